"""Errors that a person can mend; each message says how.

RunError
  SourceError    the race asked for is not to be had
  PortError      a port that a part needs is taken
"""


class RunError(Exception):
    """Something that keeps the run from starting."""


class SourceError(RunError):
    """The race asked for is not to be had."""


class PortError(RunError):
    """A port that a part needs is taken."""
