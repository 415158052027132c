"""Run the simulator: `python -m racetime_simulator`."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import structlog
import uvicorn
import uvloop

from racetime import logs
from racetime_simulator.app import abortable, create_app
from racetime_simulator.instants import to_micros
from racetime_simulator.manifest import RecordingError
from racetime_simulator.push import PushFeed
from racetime_simulator.server import Simulator, build_simulator
from racetime_simulator.settings import Settings

log = structlog.get_logger("racetime_simulator")


def main() -> int:
    """Serve until told to stop; return the process's exit code."""
    settings = Settings.from_env(os.environ, sys.argv[1:])
    logs.configure(os.environ, sys.stderr)
    try:
        listening = _listen(settings)
        simulator = build_simulator(settings, datetime.now(UTC))
    except (RecordingError, ValueError, OSError) as error:
        print(f"racetime_simulator: {error}", file=sys.stderr)
        return 1
    try:
        with listening:
            _serve(settings, simulator, listening)
    except OSError as error:
        # Only what pushes opens its port this late.
        print(f"racetime_simulator: cannot push: {error}", file=sys.stderr)
        return 1
    return 0


def _listen(settings: Settings) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host.strip("[]"), settings.port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise OSError(f"cannot listen on {settings.listen}: {error.strerror or error}") from error
    return listening


def _serve(settings: Settings, simulator: Simulator, listening: socket.socket) -> None:
    host, port = listening.getsockname()[:2]
    app = abortable(create_app(simulator.openf1, simulator.clock, may_disconnect=True))
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    log.info("simulator.settings", **settings.describe())
    log.info(
        "simulator.ready",
        url=f"http://{host}:{port}",
        session_key=simulator.session_key,
        now=simulator.clock.now().isoformat(timespec="milliseconds"),
        speed=settings.speed,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_told(_Server(config), listening, settings, simulator))
    log.info("simulator.stopped", requests=simulator.openf1.counts.requests)


class _Server(uvicorn.Server):
    """A server that leaves signals to this process, which ends with code 0 then."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve_until_told(
    server: uvicorn.Server, listening: socket.socket, settings: Settings, simulator: Simulator
) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, stop)
    async with _pushing(settings, simulator):
        await server.serve(sockets=[listening])


@contextlib.asynccontextmanager
async def _pushing(settings: Settings, simulator: Simulator) -> AsyncIterator[None]:
    """Push until left, where that is asked for."""
    if settings.mqtt_address is None:
        yield
        return
    # Loading it takes a while, which those who ask for no push need not wait for.
    from racetime_simulator.broker import serve_push

    openf1, clock = simulator.openf1, simulator.clock

    def admits(username: str, password: str) -> bool:
        return openf1.may_listen(username, password, to_micros(clock.now()))

    feed = PushFeed(openf1.archive, openf1.faults)
    host, port = settings.mqtt_address
    async with serve_push(feed, clock, admits, host, port) as broker:
        log.info("simulator.pushing", url=f"mqtt://{host}:{broker.port}")
        publishing = asyncio.create_task(broker.run())
        try:
            yield
        finally:
            publishing.cancel()
            await asyncio.gather(publishing, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(main())
