"""How long it takes from `kill -9` of the poller that leads to the next one's first update.

Real processes at speed 1: Valkey, the simulator, a leader that has followed a race for some while
and a standby. It is told, too, when the first fresh positions and gaps of cars are in the log.
"""

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.report import Report
from racetime import keys
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord

sys.path.append(str(Path(__file__).resolve().parents[1] / "poller" / "tests"))
from cluster import HOST, Cluster, free_port

RUNS = 2
# The leader has used up its minute by then.
FOLLOWED_SECONDS = 62.0
_MOST_SECONDS = 60.0
_START_SECONDS = "2000"
_KEY = 90001
WAYS: Mapping[str, tuple[str, bool]] = {
    "local": ("local", False),
    "sponsor": ("sponsor", False),
    "free": ("free", False),
    "push": ("sponsor", True),
}
_TOLD = ("first update", "first positions", "first gaps")


def measure() -> Report:
    """Kill the leader some times in each way; answers the slowest of each."""
    found = {way: asyncio.run(_measure(*how)) for way, how in WAYS.items()}
    result = Report("failover", details={"runs": found})
    for way, runs in found.items():
        for name in _TOLD:
            result.add(f"{way}: {name}", max(run[name] for run in runs), "s", key=True)
    result.notes.append(
        f"slowest of {RUNS} kills, {FOLLOWED_SECONDS:g} s apart; the lease of 2 s runs out first; "
        "gaps are told when there are newer ones than the leader had"
    )
    return result


async def _measure(tier: str, is_pushed: bool) -> Sequence[Mapping[str, float]]:
    simulator = ("--listen", f"{HOST}:0", "--tier", tier, "--start", _START_SECONDS)
    poller = {"RACETIME_OPENF1_TIER": tier, "RACETIME_POLLER_SESSION": str(_KEY)}
    if is_pushed:
        port = free_port()
        simulator += ("--mqtt-listen", f"{HOST}:{port}")
        poller["RACETIME_OPENF1_MQTT_URL"] = f"mqtt://{HOST}:{port}"
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder), simulator, poller)
        async with cluster.running(), cluster.pollers():
            return [await _kill(cluster) for _ in range(RUNS)]


async def _kill(cluster: Cluster) -> Mapping[str, float]:
    """Kill who leads once it has followed for a while, and start it again as the standby."""
    await cluster.until("an update", lambda: cluster.sequence(_KEY), _MOST_SECONDS)
    await asyncio.sleep(FOLLOWED_SECONDS)
    leader, _ = await cluster.roles()
    last = (await cluster.redis.xrevrange(keys.log(_KEY), count=1))[0][0]
    epoch = int(await cluster.redis.hget(keys.LEASE, "epoch"))
    cluster.signal(leader, signal.SIGKILL)
    killed = time.monotonic()
    await cluster.ended(leader)
    told = await _watch(cluster, last, epoch, killed)
    cluster.start_poller(leader)
    return told


async def _watch(cluster: Cluster, last: bytes, epoch: int, killed: float) -> Mapping[str, float]:
    """Note what pollers of later terms tell after an entry, and when."""
    told: dict[str, float] = {}
    while len(told) < len(_TOLD) and time.monotonic() - killed < _MOST_SECONDS:
        rows = await cluster.redis.xread({keys.log(_KEY): last}, block=1_000)
        for name, entry in rows[keys.log(_KEY).encode()] if rows else ():
            last, at = name, time.monotonic() - killed
            if int(entry[keys.EPOCH_FIELD]) <= epoch:
                continue
            for what in _kinds(UpdateRecord.FromString(entry[keys.RECORD_FIELD])):
                told.setdefault(what, at)
    return told


def _kinds(record: UpdateRecord) -> Sequence[str]:
    if record.keyframe:
        return ()
    kinds = ["first update"]
    if record.motion:
        kinds.append("first positions")
    if RaceState.FromString(record.timing).gaps:
        kinds.append("first gaps")
    return kinds
