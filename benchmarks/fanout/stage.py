"""What is measured: the chain from Redis to the gateway, with the api or one that stands for it."""

import asyncio
import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from racetime_embedded.ports import HOST, is_listening
from racetime_embedded.ready import decode

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
from chain import Chain, ChainError

BASELINES = ("sse", "polling")
PATHS = {
    "floor": "/racetime.v1.RaceService/WatchRace",
    "racetime": "/racetime.v1.RaceService/WatchRace",
    "sse": "/sse",
    "polling": "/snapshot",
}
FEEDER = "poller"
_ADMIN_SECONDS = 10
_LOOK_SECONDS = 0.25


class Stage:
    """A chain that runs, and what may be asked of it."""

    def __init__(self, kind: str, chain: Chain, replicas: int) -> None:
        self.kind = kind
        self.chain = chain
        self.replicas = [f"api-{number}" for number in range(1, replicas + 1)]

    @property
    def url(self) -> str:
        """Address that viewers ask."""
        return self.chain.url + PATHS[self.kind]

    @property
    def pids(self) -> dict[str, list[int]]:
        """The processes by what they are, those of the load apart."""
        chain = self.chain
        groups = {
            "api": [chain.pid(name) for name in self.replicas],
            "gateway": [chain.pid("gateway")],
        }
        if self.kind != "floor":
            groups |= {"redis": [chain.pid("redis")], "feeder": [chain.pid(FEEDER)]}
        return groups

    def gateway_stat(self, name: str) -> int:
        """Ask the gateway for one of its counts."""
        address = f"http://{HOST}:{self.chain.ports.gateway_admin}"
        query = f"/stats?format=json&filter=^{name.replace('.', '%5C.')}$"
        with urllib.request.urlopen(address + query, timeout=_ADMIN_SECONDS) as answer:
            stats = json.load(answer)["stats"]
        return int(stats[0]["value"]) if stats else 0

    @property
    def viewers(self) -> int:
        """How many watch: streams that are open, of those that poll connections."""
        what = "cx" if self.kind == "polling" else "rq"
        return self.gateway_stat(f"http.public.downstream_{what}_active")

    @property
    def bytes_out(self) -> int:
        """Bytes that the gateway has sent to viewers."""
        return self.gateway_stat("http.public.downstream_cx_tx_bytes_total")

    @property
    def answers(self) -> int:
        """Answers that the gateway has given."""
        return self.gateway_stat("http.public.downstream_rq_2xx")

    async def until_viewers(self, count: int, seconds: float) -> None:
        """Wait until so many are there."""
        deadline = time.monotonic() + seconds
        while (there := self.viewers) < count:
            self.chain.check()
            if time.monotonic() > deadline:
                raise ChainError(f"{there} of {count} viewers came within {seconds:g} s")
            await asyncio.sleep(_LOOK_SECONDS)


@contextmanager
def staged(
    kind: str, folder: Path, replicas: int, race: Path, past: int, size_bytes: int
) -> Iterator[Stage]:
    """Start a stage and what feeds it; stop all when left."""
    folder.mkdir(parents=True)
    # All of them are one address.
    chain = Chain(folder, replicas=replicas, environ={"RACETIME_API_WATCHES_PER_CLIENT": "0"})
    stage = Stage(kind, chain, replicas)
    _recast(stage, race, past, size_bytes)
    fed = [] if kind == "floor" else ["redis", FEEDER]
    wanted = {*fed, *stage.replicas, "gateway"}
    chain.without = frozenset(chain.parts.keys() - wanted)
    with chain:
        for name in stage.replicas:
            chain.until_up(name)
        admin = chain.ports.gateway_admin
        chain.until("the gateway is up", lambda: is_listening(admin) or None)
        chain.until("the gateway answers", lambda: _answers(stage, past))
        yield stage


def _recast(stage: Stage, race: Path, past: int, size_bytes: int) -> None:
    """Put other programs in the parts' places."""
    chain, kind = stage.chain, stage.kind
    plain = "plain" if kind in BASELINES else ""
    feeder = f"exec python -m benchmarks.fanout.feeder '{race}' {past} {plain}"
    _give(chain, FEEDER, feeder, {"RACETIME_REDIS_URL": chain.redis_url})
    programs = {
        "floor": f"exec python -m benchmarks.fanout.floor {size_bytes}",
        "sse": "exec python -m benchmarks.fanout.baselines",
        "polling": "exec python -m benchmarks.fanout.baselines",
    }
    if kind in programs:
        for name in stage.replicas:
            _give(chain, name, programs[kind], {"RACETIME_REDIS_URL": chain.redis_url})
    if kind == "floor":
        own_ports = {"RACETIME_GATEWAY_API": ",".join(chain.api_targets)}
        _give(chain, "gateway", chain.parts["gateway"].command, own_ports)
    if kind in BASELINES:
        command = chain.parts["gateway"].command.replace(
            "gateway/render.py", "gateway/render.py | python -m benchmarks.fanout.lenient"
        )
        # Not the api: the baselines stand where the page does.
        elsewhere = {
            "RACETIME_GATEWAY_PAGE": ",".join(chain.api_targets),
            "RACETIME_GATEWAY_API": f"{HOST}:{chain.ports.page}",
        }
        _give(chain, "gateway", command, elsewhere)


def _give(chain: Chain, name: str, command: str, environ: dict[str, str]) -> None:
    part = chain.parts[name]
    chain.parts[name] = replace(part, command=command, environ={**part.environ, **environ})


def _answers(stage: Stage, past: int) -> bool | None:
    """Whether a viewer would be answered: all replicas are well, and the past is there."""
    if stage.kind in BASELINES:
        return decode(stage.chain.get("/snapshot")).get("sequence", 0) >= past or None
    if stage.gateway_stat("cluster.api.membership_healthy") < len(stage.replicas):
        return None
    return stage.kind == "floor" or int(stage.chain.snapshot().get("sequence", 0)) >= past or None
