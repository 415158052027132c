"""A chain with viewers, and the faults that operators know: each is made inside `with`."""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
from chain import Chain
from delay import Way, delayed
from monitoring import Monitoring
from redis import Redis

from racetime import keys
from racetime.v1.race_service_pb2 import WatchRaceRequest
from racetime.v1.race_service_pb2_grpc import RaceServiceStub
from racetime_embedded.parts import Listening
from racetime_embedded.ports import HOST, pick_free

MOST_WATCHES = 10
STANDBY = "standby"
_MESSAGES = 10
_RETRY_SECONDS = 0.2


class Viewers:
    """Some viewers of a chain, by gRPC and REST, who come back whatever happens."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._left = threading.Event()
        watchers = [threading.Thread(target=self._watch) for _ in range(3)]
        self._threads = [*watchers, threading.Thread(target=self._ask)]

    def __enter__(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        """End."""
        self._left.set()
        for thread in self._threads:
            thread.join()

    def _watch(self) -> None:
        request = WatchRaceRequest()
        while not self._left.is_set():
            with grpc.insecure_channel(self._chain.target) as channel:
                try:
                    # They go after a while and join anew.
                    for count, _ in enumerate(RaceServiceStub(channel).WatchRace(request), 1):
                        if self._left.is_set() or count == _MESSAGES:
                            break
                except grpc.RpcError:
                    self._left.wait(_RETRY_SECONDS)

    def _ask(self) -> None:
        while not self._left.is_set():
            for path in ("/", "/api/live/snapshot", "/api/sessions", "/api/health"):
                self._chain.get(path)
                self._left.wait(0.05)


@dataclass
class Faults:
    """Makes faults in a chain."""

    chain: Chain
    way: Way

    @property
    def holder(self) -> str:
        """Answer which poller holds the lease."""
        with Redis(port=self.chain.ports.redis, decode_responses=True) as redis:
            return str(redis.hget(keys.LEASE, "holder"))

    @contextmanager
    def source(self, faults: str) -> Iterator[None]:
        """Have the source misbehave."""
        self._order(faults)
        try:
            yield
        finally:
            self._order("")

    @contextmanager
    def long_way(self) -> Iterator[None]:
        """Have what Redis says come late to the third replica."""
        self.way.seconds = 1.5
        try:
            yield
        finally:
            self.way.seconds = 0.0

    @contextmanager
    def stray_entry(self) -> Iterator[None]:
        """Have a stranger write to the log."""
        with Redis(port=self.chain.ports.redis, decode_responses=True) as redis:
            redis.xadd(keys.log(int(redis.get(keys.LIVE) or 0)), {keys.RECORD_FIELD: "no record"})
        yield

    @contextmanager
    def crowd(self) -> Iterator[None]:
        """Have more viewers come to a replica than it takes."""
        with grpc.insecure_channel(self.chain.api_targets[1]) as channel:
            stub = RaceServiceStub(channel)
            calls = [stub.WatchRace(WatchRaceRequest()) for _ in range(MOST_WATCHES + 2)]
            yield
            for call in calls:
                call.cancel()

    @contextmanager
    def little_memory(self) -> Iterator[None]:
        """Have Redis be nearly full, and refuse nothing."""
        with Redis(port=self.chain.ports.redis) as redis:
            used = int(redis.info("memory")["used_memory"])
            redis.config_set("maxmemory", int(used * 1.08))
            try:
                yield
            finally:
                redis.config_set("maxmemory", 0)

    @contextmanager
    def dead(self, *names: str) -> Iterator[None]:
        """Kill parts; start them again at the end."""
        for name in names:
            self.chain.kill(name)
        try:
            yield
        finally:
            for name in names:
                self.chain.start(name)
            for name in names:
                self.chain.until_up(name)

    @contextmanager
    def hanging(self, *names: str) -> Iterator[None]:
        """Stop parts where they are; let them go on at the end."""
        for name in names:
            self.chain.pause(name)
        try:
            yield
        finally:
            for name in names:
                self.chain.resume(name)

    @contextmanager
    def restarts(self, monitoring: Monitoring) -> Iterator[None]:
        """Have a replica start again and again."""
        target = f"{HOST}:{self.chain.ports.api_metrics[0]}"
        query = f'process_start_time_seconds{{instance="{target}"}}'

        def started() -> str:
            return "".join(one["value"][1] for one in monitoring.query(query))

        while "RacetimeRestartLoop" not in monitoring.firing():
            before = started()
            self.chain.restart("api-1")
            monitoring.until("another start is seen", lambda b=before: started() not in ("", b))
        yield

    @contextmanager
    def starved_leaders(self, monitoring: Monitoring) -> Iterator[None]:
        """Have who holds the lease hang, each time another has taken it."""

        def term() -> int:
            return max(int(one["value"][1]) for one in monitoring.query("racetime:lease_epoch:max"))

        while "RacetimeLeaseFlapping" not in monitoring.firing():
            holder, before = self.holder, term()
            with self.hanging(holder):
                self.chain.until("another leads", lambda h=holder: self.holder != h)
                monitoring.until("the term is seen", lambda b=before: term() > b)
        yield

    def _order(self, faults: str) -> None:
        url = f"{self.chain.simulator_url}/faults"
        request = urllib.request.Request(url, faults.encode(), method="POST")
        urllib.request.urlopen(request, timeout=5).close()


@contextmanager
def faulty_chain(folder: Path) -> Iterator[tuple[Faults, dict[str, list[int]]]]:
    """Run a race with a standby for the poller, and a third replica whose way to Redis can be long;
    answers the ports of metrics by job, too."""
    chain = Chain(
        folder,
        speed=10,
        simulator={"RACETIME_SIMULATOR_START": "600"},
        poller={"RACETIME_POLLER_LEASE_MILLIS": "500", "RACETIME_POLLER_HOLDER": "poller"},
        environ={"RACETIME_API_MAX_WATCHERS": str(MOST_WATCHES)},
        without=[STANDBY],
    )
    ports = chain.ports
    with delayed(ports.redis) as way:
        third = chain.parts["api-3"]
        url = {"RACETIME_REDIS_URL": f"redis://{HOST}:{way.port}/0"}
        chain.parts["api-3"] = replace(third, environ={**third.environ, **url})
        metrics = _add_standby(chain)
        with chain:
            chain.until_on_screen()
            chain.start(STANDBY)
            with Viewers(chain):
                yield (
                    Faults(chain, way),
                    {
                        "racetime-poller": [ports.poller_metrics, metrics],
                        "racetime-api": list(ports.api_metrics),
                        "racetime-gateway": [ports.gateway_admin],
                    },
                )


def _add_standby(chain: Chain) -> int:
    """Plan a second poller; answers the port of its metrics."""
    ops, metrics = pick_free(2)
    own = {
        "RACETIME_POLLER_OPS_LISTEN": f"{HOST}:{ops}",
        "RACETIME_POLLER_METRICS_LISTEN": f"{HOST}:{metrics}",
        "RACETIME_POLLER_HOLDER": STANDBY,
    }
    poller = chain.parts["poller"]
    listens = (Listening(ops, "RACETIME_POLLER_OPS_LISTEN"),)
    environ = {**poller.environ, **own}
    chain.parts[STANDBY] = replace(poller, name=STANDBY, environ=environ, listens=listens)
    return metrics
