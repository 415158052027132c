"""Set up logging: readable on a terminal, JSON where a cluster collects it."""

import logging
import sys
from collections.abc import Mapping

import structlog


def configure(environ: Mapping[str, str]) -> None:
    """Write events to standard error, as RACETIME_LOG_FORMAT says."""
    json = environ.get("RACETIME_LOG_FORMAT") == "json"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer()
            if json
            else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
