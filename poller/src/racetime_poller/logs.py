"""Configure structlog: readable on a terminal, JSON where a machine reads it."""

import logging
import os
from collections.abc import Mapping

import structlog


def configure(environ: Mapping[str, str] = os.environ) -> None:
    """Set up logging for the process."""
    as_json = environ.get("RACETIME_LOG_FORMAT") == "json"
    renderer = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=28)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
