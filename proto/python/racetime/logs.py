"""Set up a process's log by structlog, which the process brings: readable on a terminal, JSON
where `RACETIME_LOG_FORMAT=json`, so that a machine can read each line."""

import logging
from collections.abc import Mapping
from typing import TextIO

import structlog
from structlog.typing import Processor


def configure(environ: Mapping[str, str], stream: TextIO) -> None:
    """Write events, and what libraries log, to a stream."""
    as_json = environ.get("RACETIME_LOG_FORMAT") == "json"
    stamp = structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json)
    first: list[Processor] = [structlog.processors.add_log_level, stamp]
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=28)]
    )
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    if as_json:
        _take_in_libraries(stream, first, last)


def _take_in_libraries(stream: TextIO, first: list[Processor], last: list[Processor]) -> None:
    """Give what libraries log by the standard library the same form, warnings and worse."""
    handler = logging.StreamHandler(stream)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    name = structlog.stdlib.add_logger_name
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, name], processors=[remove, *last]
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
