"""What the poller's tests share: the recordings, raw and decoded, and a quiet log."""

import gc
import gzip
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import structlog

FOLDER = Path(__file__).resolve().parent
# So that tests find the modules beside them; pytest's importlib mode adds no folder.
sys.path.insert(0, str(FOLDER))

from recording_names import OTHERS, RACES  # noqa: E402  after the line above

from racetime_poller.race.rows import SessionRow  # noqa: E402  after the line above
from racetime_poller.sources.decode import Decoded, decode  # noqa: E402

# Races are large and live for the whole run: looking through them for garbage in cycles costs a
# tenth of the time.
gc.set_threshold(100_000, 20, 20)

RECORDINGS = Path(
    os.environ.get("RACETIME_RECORDINGS") or FOLDER.parents[2] / "shared" / "recordings"
)
SAMPLED = ("location", "car_data")


class Recording:
    """A recorded session: what OpenF1 answers, raw and as rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.endpoints = sorted(path.name.split(".")[0] for path in folder.glob("*.json.gz"))

    @cache  # noqa: B019  recordings live as long as the tests
    def raw(self, endpoint: str) -> list[dict[str, Any]]:
        """Rows as recorded; none where there is no such file."""
        return json.loads(self.body(endpoint))

    def body(self, endpoint: str) -> bytes:
        """The whole table as OpenF1 would answer it."""
        path = self.folder / f"{endpoint}.json.gz"
        return gzip.decompress(path.read_bytes()) if path.exists() else b"[]"

    @cache  # noqa: B019
    def decoded(self, endpoint: str) -> Decoded:
        """The whole table, decoded."""
        return decode(endpoint, self.body(endpoint))

    @property
    def session(self) -> SessionRow:
        """The session's own row: there may be those of the whole weekend."""
        key = self.raw("laps")[0]["session_key"]
        rows = self.decoded("sessions").rows
        return next(row for row in rows if row.session_key == key)


@cache
def _recording(name: str) -> Recording:
    return Recording(RECORDINGS / name)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of the recordings (RACETIME_RECORDINGS); skips where there are none."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings in {RECORDINGS}: set RACETIME_RECORDINGS")
    return RECORDINGS


@pytest.fixture(scope="session")
def open_recording(recordings: Path) -> Callable[[str], Recording]:
    """Open a recording by its name."""
    return _recording


@pytest.fixture(params=RACES)
def race_recording(request: pytest.FixtureRequest, recordings: Path) -> Recording:
    """Each recorded race and sprint."""
    return _recording(request.param)


@pytest.fixture(params=RACES + OTHERS)
def recording(request: pytest.FixtureRequest, recordings: Path) -> Recording:
    """Each recording."""
    return _recording(request.param)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()
