"""Run the poller: `python -m racetime_poller [run | record ... | import ...]`."""

import asyncio
import os
import signal
import sys
from functools import partial

import httpx
import msgspec
import structlog
import uvloop

from racetime import logs
from racetime_poller.asker import Asker
from racetime_poller.commands import parser, run_command
from racetime_poller.jobs import Jobs
from racetime_poller.lease import Lease
from racetime_poller.ops import OpsService
from racetime_poller.poller import Poller
from racetime_poller.publisher import Publisher, RedisError, RedisUrlError, connect
from racetime_poller.server import PortTaken, serve, serve_metrics
from racetime_poller.settings import Settings, SettingsError
from racetime_poller.sources.budget import TIERS, Budget
from racetime_poller.sources.circuit_file import CircuitFiles
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.mqtt import Broker as MqttBroker
from racetime_poller.sources.openf1 import OpenF1
from racetime_poller.sources.push import Push
from racetime_poller.spans import TraceSettingsError, tracing

log = structlog.get_logger()


async def read_clock(clock: SourceClock, client: httpx.AsyncClient, url: str | None) -> None:
    """Set the clock by the source's, waiting until it answers."""
    while url is not None:
        if await try_clock(clock, client, url):
            return
        await asyncio.sleep(0.3)


async def try_clock(clock: SourceClock, client: httpx.AsyncClient, url: str) -> bool:
    """Set the clock by the source's; return whether it answered."""
    try:
        await clock.read(client, url)
    except (httpx.HTTPError, msgspec.MsgspecError, ValueError) as error:
        log.warning("poller.no_clock", url=url, error=str(error))
        return False
    return True


async def run(settings: Settings) -> None:
    """Open the resources and run until cancelled."""
    async with (
        connect(settings.redis_url) as redis,
        httpx.AsyncClient(base_url=settings.openf1_url) as client,
        httpx.AsyncClient() as file_client,
        serve_metrics(settings.metrics_listen),
    ):
        clock = SourceClock()
        lease = Lease(redis, settings.holder, settings.lease_millis)
        source = OpenF1(client, settings.openf1_username, settings.openf1_password)
        budget = Budget(TIERS[settings.openf1_tier], clock.seconds)
        url = settings.openf1_clock_url
        poller = Poller(settings, source, clock, budget, Publisher(redis), lease)
        if settings.has_circuit_files:
            poller.circuit_files = CircuitFiles(file_client)
        if settings.mqtt_url is not None:
            connect_push = MqttBroker(settings.mqtt_url).connect
            poller.push = Push(connect_push, settings.mqtt_url, source.account, clock)
        asker = Asker(source, budget, clock, left=budget.tier.sustained // 2)
        jobs = Jobs(settings, asker)
        poller.rebuild = jobs.rebuild
        service = OpsService(
            redis,
            lease,
            lambda: poller.following,
            settings.openf1_url,
            push=poller.push,
            account=source.account,
            jobs=jobs,
            reviews=poller.reviews,
        )
        async with serve(settings.ops_listen, service):
            await read_clock(clock, client, url)
            if url is not None:
                poller.read_clock = partial(try_clock, clock, client, url)
            try:
                await poller.run()
            finally:
                try:
                    await lease.release()
                except RedisError as error:
                    log.warning("poller.lease_not_released", error=str(error))


async def run_until_told(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    log.info("poller.starting", **settings.public())
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, task.cancel)
    try:
        with tracing("racetime-poller", os.environ):
            await run(settings)
    except asyncio.CancelledError:
        log.info("poller.stopped")


def main() -> None:
    """Run the process; a setting or port that cannot be used ends it with one line."""
    arguments = parser().parse_args()
    logs.configure(os.environ, sys.stdout)
    try:
        settings = Settings.from_env()
        if arguments.command in ("record", "import", "compare"):
            run_command(arguments, settings, uvloop.run)
        else:
            uvloop.run(run_until_told(settings))
    except RedisUrlError as error:
        sys.exit(f"racetime-poller: RACETIME_REDIS_URL {error}")
    except (SettingsError, TraceSettingsError, PortTaken) as error:
        sys.exit(f"racetime-poller: {error}")


if __name__ == "__main__":
    main()
