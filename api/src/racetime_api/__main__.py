"""Run the api: the log in Redis to gRPC streams."""

import asyncio
import gc
import os
import signal
import sys
from contextlib import AsyncExitStack

import structlog
import uvloop

from racetime import logs
from racetime.redis_connection import RedisUrlError
from racetime.traces import TraceSettingsError, tracing
from racetime_api.api import serving
from racetime_api.metrics import Metrics, MetricsPortTaken
from racetime_api.server import PortTaken
from racetime_api.settings import Settings, SettingsError

# A write to each of thousands of watches makes as many objects at once, which are gone as soon: at
# the default of 700 the collector goes through those that wait all the time, and finds nothing.
GC_THRESHOLDS = 50_000, 20, 100

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        stack.enter_context(metrics.serving(settings.metrics_listen))
        tracer = stack.enter_context(tracing("racetime-api", os.environ))
        api = await stack.enter_async_context(serving(settings, metrics, tracer))
        log.info("api.started", port=api.server.port, **settings.shown())
        # What start-up made stays for good: the collector need not look at it again.
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        await stopped.wait()
        log.info("api.draining", watchers=api.hub.watchers)
        await api.drain()
    log.info("api.stopped")


def main() -> None:
    """Read the settings and run; end with one line where that cannot be."""
    logs.configure(os.environ, sys.stderr)
    try:
        uvloop.run(run(Settings.from_env(os.environ)))
    except RedisUrlError as error:
        sys.exit(f"racetime-api: RACETIME_REDIS_URL {error}")
    except (SettingsError, TraceSettingsError, PortTaken, MetricsPortTaken) as error:
        sys.exit(f"racetime-api: {error}")


if __name__ == "__main__":
    main()
