"""Whatever is answered or pushed, nothing crashes, and what is set aside is counted."""

import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.session_pb2 import Session
from racetime_poller.door import Door
from racetime_poller.encode import Encoder
from racetime_poller.intake import Intake
from racetime_poller.sources.decode import NotRows, decode, split_rows

pytestmark = pytest.mark.fuzz

TIMES = int(os.environ.get("RACETIME_FUZZ_TIMES") or 1)
SEED = int(os.environ.get("RACETIME_FUZZ_SEED") or 1)
RECORDED = ("2025-qatar-sprint", "2025-emilia-romagna-qualifying", "2025-australia-practice-1")
# Rows of each recording: those of answers, and those that are pushed; lives of a poller.
ANSWERED, PUSHED, LIVES = 30_000, 10_000, 25
SEEDS = range((SEED - 1) * LIVES, (SEED - 1 + TIMES) * LIVES)
_MOST_AT_ONCE = 40
_SAMPLES = 400
_DEEP = 3_000
_VALUES: tuple[Any, ...] = (
    *(None, True, False, "", "NaN", "null", [], {}, [None], {"value": 1}, "é" * 300, "\ud800"),
    *(0, -1, 1, 127, 128, 999, 10**6, 2**31, -(2**31), 2**53, 2**63, 2**64, 10**40),
    *(0.0, -0.5, 1e-320, 1e308, -1e308, 4.5, "+1 LAP", "LAP 99999999999", "-3", "1e9"),
    *("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999+00:00", "2025-02-30T00:00:00"),
    *("2025-03-16T04:00:00+99:99", "2025-W11-7", "2025-03-16", "2025-03-16T04:00:00.123456789Z"),
)
_BODIES = (
    *(b"", b" ", b"[]", b"{}", b"null", b"17", b"NaN", b"[NaN]", b"[null,[],{},17]", b"[{]"),
    *(b"<html><h1>502 Bad Gateway</h1></html>", b"\xef\xbb\xbf[]", b"\x1f\x8b\x08\x00garbage"),
    *(b"[" * _DEEP, b"[" * _DEEP + b"]" * _DEEP, b'{"a":' * _DEEP + b"1" + b"}" * _DEEP),
    *(b'[{"session_key":1e400}]', b'[{"driver_number":' + b"9" * 5_000 + b"}]"),
    *(b'{"detail":"No results found."}', '[{"name":"é"}]'.encode("utf-16"), b'["\xff\xfe"]'),
)


def _spoilt(row: dict[str, Any], chance: random.Random) -> Any:
    """Return a row of which something is wrong, or no row at all."""
    if chance.random() < 0.02:
        return chance.choice(_VALUES)
    wrong = dict(row)
    for name in chance.sample(sorted(row), min(len(row), chance.randint(0, 3))):
        kind = chance.randrange(5)
        if kind == 0:
            del wrong[name]
        elif kind == 1 and isinstance(row[name], int | float):
            wrong[name] = row[name] * chance.choice((-1, 0, 2, 1000, 0.37))
        else:
            wrong[name] = chance.choice(_VALUES)
    return wrong


def _broken(body: bytes, chance: random.Random) -> bytes:
    """Return a body as a network or a proxy may leave it."""
    kind = chance.randrange(6)
    if kind == 0:
        return body[: chance.randint(0, len(body))]
    if kind == 1:
        return body[chance.randint(0, len(body)) :]
    if kind == 2:
        return body.decode().encode("utf-16")
    if kind == 3:
        return chance.choice(_BODIES)
    if kind == 4:
        at = chance.randint(0, len(body))
        return body[:at] + chance.choice((b"\x00", b"\xff", b"NaN", b"{", b'"')) + body[at:]
    return body + body


@dataclass(frozen=True, slots=True)
class StandingClock:
    """A clock that stands."""

    at: int
    speed: float = 1.0

    def now(self) -> int:
        """Return the race's now."""
        return self.at

    def seconds(self) -> float:
        """Return seconds of race time."""
        return 0.0


class Fuzz:
    """Feeds a poller's door with rows of a recording that are spoilt."""

    def __init__(self, recording: Any, seed: int) -> None:
        self.chance = random.Random(f"{recording.name}/{seed}")
        self.recording = recording
        self.rows = {name: rows for name in recording.endpoints if (rows := self._some(name))}
        self.now = max(int(row.date) for row in recording.decoded("race_control").rows) + 10_000
        self.intake = Intake.of(recording.session)
        clock: Any = StandingClock(self.now)
        self.door = Door(self.intake, clock, lambda *, urgent=False: None)
        self.refused = self.aside = self.taken = 0

    def _some(self, endpoint: str) -> list[dict[str, Any]]:
        rows = self.recording.raw(endpoint)
        return rows if len(rows) <= _SAMPLES else self.chance.sample(rows, _SAMPLES)

    def bodies(self, count: int) -> Iterator[tuple[str, bytes]]:
        """Yield endpoints and bodies of so many rows together."""
        while count > 0:
            endpoint = self.chance.choice(sorted(self.rows))
            size = self.chance.randint(1, _MOST_AT_ONCE)
            count -= size
            own = self.rows[endpoint]
            rows = [_spoilt(self.chance.choice(own), self.chance) for _ in range(size)]
            body = json.dumps(rows).encode()
            yield endpoint, _broken(body, self.chance) if self.chance.random() < 0.1 else body

    def answer(self, endpoint: str, body: bytes) -> None:
        """Take in an answer as the fetcher does; all its rows are accounted for."""
        try:
            decoded = decode(endpoint, body)
        except NotRows:
            self.refused += 1
            return
        assert len(decoded.rows) + len(decoded.set_aside) == len(split_rows(body))
        before = sum(self.intake.set_aside.values())
        self.door.answer(endpoint, decoded)
        self._count(len(decoded.set_aside), before)
        self.taken += len(decoded.rows)

    def push(self, endpoint: str, payloads: list[bytes]) -> None:
        """Take in what was pushed."""
        before = sum(self.intake.set_aside.values())
        self.door.messages(endpoint, payloads)
        self._count(0, before)

    def _count(self, least: int, before: int) -> None:
        aside = sum(self.intake.set_aside.values()) - before
        assert aside >= least
        self.aside += aside

    def draw(self) -> RaceState:
        """Draw a picture and tell it."""
        encoder = Encoder(RaceState(), origin_at=int(self.intake.race.session.date_start))
        picture = self.intake.picture(self.now)
        motion, telemetry = self.intake.motion.flush(), self.intake.telemetry.flush()
        record = encoder.update(picture, Session(), None, motion, telemetry)
        assert record is not None
        return RaceState.FromString(record.timing)


@pytest.mark.parametrize("name", RECORDED)
def test_no_answer_crashes(name: str, open_recording: Callable[[str], Any]) -> None:
    refused = aside = taken = 0
    for seed in SEEDS:
        fuzz = Fuzz(open_recording(name), seed)
        for endpoint, body in fuzz.bodies(ANSWERED // LIVES):
            fuzz.answer(endpoint, body)
        fuzz.draw()
        refused, aside, taken = refused + fuzz.refused, aside + fuzz.aside, taken + fuzz.taken
    assert refused > 10
    assert aside > 0.1 * ANSWERED
    assert taken > 0.1 * ANSWERED


@pytest.mark.parametrize("name", RECORDED)
async def test_no_message_crashes(name: str, open_recording: Callable[[str], Any]) -> None:
    aside = 0
    for seed in SEEDS:
        fuzz = Fuzz(open_recording(name), seed)
        for endpoint, body in fuzz.bodies(PUSHED // LIVES):
            payloads = [bytes(raw) for raw in _payloads(body)]
            fuzz.push(endpoint, payloads)
        fuzz.draw()
        aside += fuzz.aside
    assert aside > 0.1 * PUSHED


def _payloads(body: bytes) -> list[Any]:
    """Return the rows of a body, each by itself; the body where it has none."""
    try:
        return msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [body]
