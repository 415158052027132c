"""What the simulator's tests share: recordings, one made-up race, and a way to ask."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from racetime_simulator.archive import Archive, FixedArchive, SessionTables, read_session_row
from racetime_simulator.instants import to_micros
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.season import build_session, tell_race
from racetime_simulator.openf1 import OpenF1
from racetime_simulator.table import build_table
from racetime_simulator.versions import SORT_FIELDS, LapSpans, session_versions

SCHEDULED = datetime(2026, 5, 3, 13, tzinfo=UTC)
RECORDINGS = Path(
    os.environ.get("RACETIME_RECORDINGS") or Path(__file__).parents[4] / "shared" / "recordings"
)


@dataclass
class Asker:
    """Asks an OpenF1 at an instant and reads what it answers."""

    openf1: OpenF1

    def status(self, endpoint: str, query: str = "", at: datetime = SCHEDULED) -> int:
        return self._ask(endpoint, query, at)[0]

    def rows(self, endpoint: str, query: str = "", at: datetime = SCHEDULED) -> list[Any]:
        status, body = self._ask(endpoint, query, at)
        if status == 404:
            assert json.loads(body) == {"detail": "No results found."}
            return []
        assert status == 200, body
        rows: list[Any] = msgspec.json.decode(body)
        return rows

    def body(self, endpoint: str, query: str, at: datetime) -> bytes:
        return self._ask(endpoint, query, at)[1]

    def _ask(self, endpoint: str, query: str, at: datetime) -> tuple[int, bytes]:
        answer = self.openf1.respond("GET", f"/v1/{endpoint}", query, {}, b"", to_micros(at))
        return answer.status, answer.body


@pytest.fixture(scope="session")
def story() -> Story:
    """Return one made-up race."""
    return tell_race(1, 0, SCHEDULED)


@pytest.fixture(scope="session")
def session(story: Story) -> SessionTables:
    """Return that race's tables."""
    return build_session(story)


@pytest.fixture
def madeup(session: SessionTables) -> Asker:
    """Return that race as OpenF1."""
    return Asker(OpenF1(FixedArchive(session, "simulated")))


@pytest.fixture
def small() -> Callable[..., Asker]:
    """Return a maker of archives out of a few rows."""

    def make(scheduled: datetime = SCHEDULED, **endpoints: list[dict[str, Any]]) -> Asker:
        return Asker(OpenF1(small_archive(scheduled, **endpoints)))

    return make


def small_archive(scheduled: datetime, **endpoints: list[dict[str, Any]]) -> Archive:
    own = {
        "session_key": 7,
        "meeting_key": 3,
        "date_start": scheduled.isoformat(),
        "date_end": (scheduled + timedelta(hours=2)).isoformat(),
    }
    spans = LapSpans(endpoints.get("laps", []))
    tables = {
        name: build_table(name, session_versions(name, rows, spans), SORT_FIELDS.get(name))
        for name, rows in {"sessions": [own], **endpoints}.items()
    }
    row = read_session_row(own)
    assert row is not None
    return FixedArchive(
        SessionTables(7, scheduled, scheduled + timedelta(hours=2), (row,), dict(tables))
    )
