"""The ports of the parts: where each listens, and whether it can."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from racetime_embedded.errors import PortError
from racetime_embedded.tls import has_tls

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Ports:
    """The port of each part on the loopback interface."""

    redis: int = 6379
    simulator: int = 8090
    poller_ops: int = 50060
    poller_metrics: int = 9160
    api: tuple[int, ...] = (50051, 50052, 50053)
    # Where the gateway asks the replicas.
    api_stream: tuple[int, ...] = (50151, 50152, 50153)
    api_metrics: tuple[int, ...] = (9151, 9152, 9153)
    page: int = 8001
    gateway: int = 8000
    gateway_admin: int = 9901
    # How the gateway is spoken to.
    gateway_scheme: str = "http"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Ports":
        """Read the ports from the environment."""
        replicas = read_number(environ, "RACETIME_API_REPLICAS", len(cls.api), highest=16)
        first = read_number(environ, "RACETIME_API_PORT", cls.api[0])
        first_stream = read_number(environ, "RACETIME_API_STREAM_PORT", cls.api_stream[0])
        first_metrics = read_number(environ, "RACETIME_API_METRICS_PORT", cls.api_metrics[0])
        return cls(
            redis=read_number(environ, "RACETIME_REDIS_PORT", cls.redis),
            simulator=read_listen(environ, "RACETIME_SIMULATOR_LISTEN", cls.simulator),
            poller_ops=read_listen(environ, "RACETIME_POLLER_OPS_LISTEN", cls.poller_ops),
            poller_metrics=read_listen(
                environ, "RACETIME_POLLER_METRICS_LISTEN", cls.poller_metrics
            ),
            api=tuple(range(first, first + replicas)),
            api_stream=tuple(range(first_stream, first_stream + replicas)),
            api_metrics=tuple(range(first_metrics, first_metrics + replicas)),
            page=read_listen(environ, "RACETIME_PAGE_LISTEN", cls.page),
            gateway=read_number(environ, "RACETIME_GATEWAY_PORT", cls.gateway),
            gateway_admin=read_number(environ, "RACETIME_GATEWAY_ADMIN_PORT", cls.gateway_admin),
            gateway_scheme="https" if has_tls(environ) else "http",
        )

    @classmethod
    def free(cls, replicas: int = 3) -> "Ports":
        """Pick ports that are free now."""
        picked = pick_free(7 + 3 * replicas)
        return cls(
            redis=picked[0],
            simulator=picked[1],
            poller_ops=picked[2],
            poller_metrics=picked[3],
            page=picked[4],
            gateway=picked[5],
            gateway_admin=picked[6],
            api=tuple(picked[7 : 7 + replicas]),
            api_stream=tuple(picked[7 + replicas : 7 + 2 * replicas]),
            api_metrics=tuple(picked[7 + 2 * replicas :]),
        )


def read_number(
    environ: Mapping[str, str], variable: str, default: int, highest: int = 65535
) -> int:
    """Read a number from 1 to highest from the environment."""
    text = environ.get(variable, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise PortError(f"{variable}={text}: not a number from 1 to {highest}")
    return int(text)


def read_listen(environ: Mapping[str, str], variable: str, default: int) -> int:
    """Read the port of host:port; the host must be the loopback interface."""
    text = environ.get(variable, "").strip() or f"{HOST}:{default}"
    host, _, port = text.rpartition(":")
    if host not in (HOST, "localhost") or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise PortError(f"{variable}={text}: not {HOST}:<port>")
    return int(port)


def pick_free(count: int) -> list[int]:
    """Ask the system for free ports, all different."""
    sockets = [socket.create_server((HOST, 0)) for _ in range(count)]
    try:
        return [bound.getsockname()[1] for bound in sockets]
    finally:
        for bound in sockets:
            bound.close()


def is_free(port: int) -> bool:
    """Say whether a server could listen on a port."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def is_listening(port: int) -> bool:
    """Say whether somebody answers on a port."""
    try:
        socket.create_connection((HOST, port), timeout=0.5).close()
    except OSError:
        return False
    return True
