"""Whatever the order in which rows come, however often and in however many pieces: once all are in,
the picture is the one that a perfect feed gives."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from racetime_poller.intake import Intake
from racetime_poller.race.derive import Picture
from racetime_poller.sources.decode import Decoded

_AFTER_MILLIS = 60_000
# Every so-manieth row of the gaps: they are nine rows of ten, and each is only the next value.
_GAP_STEP = 12
_SAMPLED = frozenset({"location", "car_data"})
_MAX_PIECE = 400
# Examples are whole races: nothing to shrink, and a seed tells all.
_seeds = st.integers(0, 2**32 - 1)
_MANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Piece = tuple[str, Sequence[Any]]


@cache
def _tables(recording: Any) -> dict[str, Sequence[Any]]:
    tables = {
        endpoint: recording.decoded(endpoint).rows
        for endpoint in recording.endpoints
        if endpoint not in (*_SAMPLED, "sessions")
    }
    if "intervals" in tables:
        tables["intervals"] = tables["intervals"][-_GAP_STEP * 400 :: _GAP_STEP]
    return tables


@cache
def _now(recording: Any) -> int:
    tables = _tables(recording)
    return _AFTER_MILLIS + max(
        row.date for name in ("position", "race_control") for row in tables[name]
    )


def _ended(recording: Any, pieces: Sequence[Piece]) -> Picture:
    """Return the picture once all pieces are in, and each table was read whole again."""
    intake = Intake.of(recording.session)
    for endpoint, rows in (*pieces, *_tables(recording).items()):
        intake.apply(endpoint, Decoded(rows), _now(recording))
    # What is counted by the picture before counts for the one after, such as its phase.
    intake.picture(_now(recording))
    return intake.picture(_now(recording))


@cache
def _perfect(recording: Any) -> Picture:
    return _ended(recording, [])


def _pieces(recording: Any, chance: random.Random) -> Iterator[Piece]:
    """Yield the rows of all tables: shuffled, some of them twice, cut into pieces."""
    cut = []
    for endpoint, rows in _tables(recording).items():
        shuffled = [*rows, *chance.choices(rows, k=len(rows) // 5)] if rows else []
        chance.shuffle(shuffled)
        while shuffled:
            size = chance.randint(1, _MAX_PIECE)
            cut.append((endpoint, shuffled[:size]))
            shuffled = shuffled[size:]
    chance.shuffle(cut)
    yield from cut


def _differences(one: Picture, other: Picture) -> list[str]:
    return [
        field.name
        for field in fields(Picture)
        if field.name != "sources" and getattr(one, field.name) != getattr(other, field.name)
    ]


@settings(_MANY, max_examples=40)
@given(seed=_seeds)
def test_any_interleaving_ends_in_the_perfect_picture(recording: Any, seed: int) -> None:
    ended = _ended(recording, list(_pieces(recording, random.Random(seed))))
    assert _differences(ended, _perfect(recording)) == []


@settings(_MANY, max_examples=10)
@given(seed=_seeds)
def test_pictures_on_the_way_change_nothing(recording: Any, seed: int) -> None:
    chance = random.Random(seed)
    intake = Intake.of(recording.session)
    for endpoint, rows in (*_pieces(recording, chance), *_tables(recording).items()):
        intake.apply(endpoint, Decoded(rows), _now(recording))
        if chance.random() < 0.1:
            intake.picture(_now(recording))
    intake.picture(_now(recording))
    assert _differences(intake.picture(_now(recording)), _perfect(recording)) == []


@pytest.mark.parametrize("missing", ["race_control", "position", "stints", "pit", "intervals"])
def test_a_table_that_comes_last_of_all_is_not_too_late(recording: Any, missing: str) -> None:
    if missing not in _tables(recording):
        pytest.skip(f"no {missing} in {recording.name}")
    others = [(name, rows) for name, rows in _tables(recording).items() if name != missing]
    assert _differences(_ended(recording, others), _perfect(recording)) == []
