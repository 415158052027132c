"""Logging: readable on a terminal, JSON where `RACETIME_LOG_FORMAT=json`."""

import sys
from collections.abc import Mapping

import structlog


def configure_logging(environ: Mapping[str, str]) -> None:
    """Set up structlog to write to standard error."""
    as_json = environ.get("RACETIME_LOG_FORMAT") == "json"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer()
            if as_json
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
