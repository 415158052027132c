"""Run the simulator: `python -m racetime_simulator`."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import structlog
import uvicorn
import uvloop

from racetime_simulator.app import abortable, create_app
from racetime_simulator.logs import configure_logging
from racetime_simulator.recording import RecordingError
from racetime_simulator.server import Simulator, build_simulator
from racetime_simulator.settings import Settings

log = structlog.get_logger("racetime_simulator")


def main() -> int:
    """Serve until told to stop; return the process's exit code."""
    settings = Settings.from_env(os.environ, sys.argv[1:])
    configure_logging(os.environ)
    try:
        listening = _listen(settings)
        simulator = build_simulator(settings, datetime.now(UTC))
    except (RecordingError, ValueError, OSError) as error:
        print(f"racetime_simulator: {error}", file=sys.stderr)
        return 1
    with listening:
        _serve(settings, simulator, listening)
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
        runner.run(_serve_until_told(_Server(config), listening))
    log.info("simulator.stopped", requests=simulator.openf1.counts.requests)


class _Server(uvicorn.Server):
    """A server that leaves signals to this process, which ends with code 0 then."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve_until_told(server: uvicorn.Server, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, stop)
    await server.serve(sockets=[listening])


if __name__ == "__main__":
    sys.exit(main())
