"""What can go wrong with a source.

SourceError: a request brought no rows.
+-- Unavailable: a timeout, a cut connection, a 5xx, an answer that is no JSON. It heals; ask this
endpoint later.
+-- RateLimited: 429; `retry_after_seconds` tells how long to leave the whole API alone.
+-- TooMuch: 422; ask for a shorter window.
+-- TokenRefused: 401 with a token that worked or was new; there is another way in, ask again.
+-- Locked: no way in for now; ask gently until it opens.
    +-- LockedOut: a live session is on and there is no account.
    +-- WrongLogin: `/token` refuses user name and password.
    +-- NotActive: `/token` gives tokens, and requests with them are refused: nobody has paid.
    +-- NoToken: `/token` does not answer, and without a token nothing is answered.
"""


class SourceError(Exception):
    """A request brought no rows."""


class Unavailable(SourceError):
    """The source did not answer with rows; it may do so later."""


class RateLimited(SourceError):
    """The source asks to be left alone."""

    def __init__(self, retry_after_seconds: float | None) -> None:
        super().__init__("rate limited")
        self.retry_after_seconds = retry_after_seconds


class TooMuch(SourceError):
    """The window holds more than the source answers at once."""


class TokenRefused(SourceError):
    """The token was refused; the next request has another one."""


class Locked(SourceError):
    """The source lets nobody in who has no account that works."""


class LockedOut(Locked):
    """A live session is on, and no account was given."""


class WrongLogin(Locked):
    """User name or password are wrong, or the account does not exist yet."""


class NotActive(Locked):
    """The account is known, but what it may do does not include this."""


class NoToken(Locked):
    """The source asks for a token and gives none out."""
