"""Rows that are wrong, late or missing: how, for how long, and what is left afterwards."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from racetime_simulator.faults import FAULTS, Faults, read_orders
from racetime_simulator.instants import to_micros
from racetime_simulator.openf1 import OpenF1

from . import conftest

START = datetime(2026, 5, 3, 13, tzinfo=UTC)
DRIVERS = range(1, 23)
Rows = list[dict[str, Any]]


def _row(driver: int, seconds: float | None = None, **values: Any) -> dict[str, Any]:
    date = {} if seconds is None else {"date": (START + timedelta(seconds=seconds)).isoformat()}
    return {"session_key": 7, "meeting_key": 3, "driver_number": driver, **date, **values}


def _laps() -> Rows:
    return [
        _row(
            driver,
            lap_number=lap,
            date_start=(START + timedelta(seconds=90 * (lap - 1) + driver)).isoformat(),
            lap_duration=90.0,
            duration_sector_1=30.0,
            duration_sector_2=30.0,
            duration_sector_3=30.0,
            is_pit_out_lap=False,
        )
        for driver in DRIVERS
        for lap in range(1, 11)
    ]


TABLES: dict[str, Rows] = {
    "laps": _laps(),
    "position": [
        _row(d, s, position=(d + s) % 22 + 1) for s in (-60, 100, 200, 300) for d in DRIVERS
    ],
    "pit": [_row(d, 300 + d, lap_number=4, lane_duration=21.5, stop_duration=2.2) for d in DRIVERS],
    "stints": [
        _row(d, stint_number=1, lap_start=1, lap_end=10, compound="HARD", tyre_age_at_start=3)
        for d in DRIVERS
    ],
    "drivers": [_row(d, full_name=f"Driver {d}", name_acronym=f"D{d:02}") for d in DRIVERS],
    "race_control": [
        _row(1, 10 * n, category="Other", flag=None, message=f"MESSAGE {n}") for n in range(60)
    ],
    "session_result": [_row(d, position=d, number_of_laps=10, points=None) for d in DRIVERS],
    "location": [_row(d, s, x=10 * s + d, y=-s, z=5) for s in range(0, 400, 2) for d in DRIVERS],
}
CLEAN = OpenF1(conftest.small_archive(START, **TABLES))
FROM, TO, AFTER = 120, 600, 20_000


def _openf1(name: str, *, rate: float = 0.5, spell: str = f"@{FROM}-{TO}", seed: int = 1) -> OpenF1:
    faults = Faults.ordered(read_orders(f"{name}:{rate}{spell}"), START, seed=seed)
    return OpenF1(conftest.small_archive(START, **TABLES), faults=faults)


def _told(openf1: OpenF1, endpoint: str, seconds: float) -> Rows:
    at = to_micros(START + timedelta(seconds=seconds))
    answer = openf1.respond("GET", f"/v1/{endpoint}", "driver_number%3E=0", {}, b"", at)
    rows: Rows = json.loads(answer.body) if answer.status == 200 else []
    return rows


def _sorted(rows: Rows) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "name", [n for n, f in FAULTS.items() if f.recoverable and f.kind == "rows"]
)
def test_when_a_recoverable_fault_is_over_the_tables_are_right(name: str, seed: int) -> None:
    openf1 = _openf1(name, seed=seed)
    for endpoint in TABLES:
        expected, told = _told(CLEAN, endpoint, AFTER), _told(openf1, endpoint, AFTER)
        if (name, endpoint) == ("duplicate_pit", "pit"):
            assert set(_sorted(expected)) < set(_sorted(told))
        else:
            assert _sorted(told) == _sorted(expected)
    if name != "result_changes":
        assert openf1.faults.injected[name] > 0


def _changed(name: str, endpoint: str, seconds: float, **options: Any) -> Rows:
    """Return the rows that are told and are not true."""
    true = _sorted(_told(CLEAN, endpoint, seconds))
    openf1 = _openf1(name, **options)
    told = _told(openf1, endpoint, seconds)
    return [row for row in told if json.dumps(row, sort_keys=True) not in true]


def test_rows_that_are_repaired_late_are_wrong_or_missing_first() -> None:
    openf1 = _openf1("late_repair")
    seen = len(_told(openf1, "laps", 500))
    assert seen < len(_told(CLEAN, "laps", 500))
    wrong = [row for row in _changed("late_repair", "laps", 500) if row["lap_duration"]]
    assert wrong
    assert all(abs(row["lap_duration"] - 90) < 5 for row in wrong)


def test_several_cars_are_on_one_place_for_a_while() -> None:
    wrong = _changed("duplicate_positions", "position", 400)
    assert wrong
    openf1 = _openf1("duplicate_positions")
    newest = {row["driver_number"]: row["position"] for row in _told(openf1, "position", 400)}
    assert len(set(newest.values())) < 22


def test_all_names_but_one_are_null_and_the_list_is_short() -> None:
    rows = _told(_openf1("null_drivers"), "drivers", 400)
    assert 5 < len(rows) < 22
    assert len([row for row in rows if row["full_name"]]) == 1


def test_stints_lose_their_compound_or_are_inverted() -> None:
    wrong = _changed("null_stints", "stints", 500, rate=1.0)
    assert {row["compound"] for row in wrong} >= {None, "UNKNOWN"}
    assert any(row["lap_end"] < row["lap_start"] for row in wrong)


def test_a_phantom_lap_is_absurd_and_the_next_ones_are_not_there() -> None:
    laps = _told(_openf1("phantom_lap", spell="@0-600"), "laps", 599)
    assert {row["lap_number"] for row in laps} == {1, 7}
    assert {row["lap_duration"] for row in laps if row["lap_number"] == 1} == {1260.0}


def test_a_stop_is_told_twice_seconds_apart() -> None:
    again = _changed("duplicate_pit", "pit", 500)
    assert again
    assert {row["lap_number"] for row in again} == {5}
    assert {row["stop_duration"] for row in again} == {None}


def test_a_result_is_corrected_row_by_row() -> None:
    openf1 = _openf1("result_changes", spell="")
    first, last = (
        {row["position"]: row["driver_number"] for row in _told(openf1, "session_result", seconds)}
        for seconds in (1_500, AFTER)
    )
    assert sorted(first.values()) == list(DRIVERS)
    assert last == {place: place for place in DRIVERS} != first


def test_a_skewed_clock_shows_rows_early_or_late_by_seconds() -> None:
    seen = {
        seed: len(_told(_openf1("clock_skew", spell="", seed=seed), "location", 300))
        for seed in range(8)
    }
    clean = len(_told(CLEAN, "location", 300))
    assert {count > clean for count in seen.values()} == {True, False}
    assert all(1 <= abs(count - clean) / 11 <= 10 for count in seen.values())


def test_missing_rows_never_come_and_the_drivers_are_all_there() -> None:
    openf1 = _openf1("missing", rate=0.2, spell="")
    for endpoint in ("laps", "position", "race_control"):
        share = len(_told(openf1, endpoint, AFTER)) / len(TABLES[endpoint])
        assert 0.6 < share < 0.95
    assert len(_told(openf1, "drivers", AFTER)) == 22
    laps = _told(openf1, "laps", AFTER)
    assert all(row["lap_duration"] for row in laps), "a lap is there as a whole or not at all"


def test_some_cars_have_no_first_place() -> None:
    rows = _told(_openf1("missing_first_positions", spell=""), "position", 50)
    assert 3 < len(rows) < 20
    assert len({r["driver_number"] for r in _told(_openf1("missing_first_positions", spell=""),
                                                  "position", 150)}) == 22  # fmt: skip


def test_of_two_messages_of_one_key_one_is_told() -> None:
    rows = _told(_openf1("same_second_messages"), "race_control", AFTER)
    assert len(rows) == 60
    hidden = [row for row in rows if row["message"].startswith("RISK OF RAIN")]
    assert 3 < len(hidden) < 40


def test_location_stops_for_a_while_or_for_good() -> None:
    within = [_row["date"] for _row in _told(_openf1("location_stop", spell="@120-200"),
                                             "location", AFTER)]  # fmt: skip
    gone = [START + timedelta(seconds=s) for s in (122, 196)]
    assert not [d for d in within if gone[0] <= datetime.fromisoformat(d) <= gone[1]]
    assert max(within) == max(row["date"] for row in TABLES["location"])
    for_good = _told(_openf1("location_stop", spell="@120-"), "location", AFTER)
    assert max(row["date"] for row in for_good) < (START + timedelta(seconds=121)).isoformat()


def test_cars_freeze_where_they_were() -> None:
    rows = _told(_openf1("frozen_location", spell="@120-200"), "location", AFTER)
    own = {row["date"]: row["x"] for row in rows if row["driver_number"] == 4}
    frozen = [own[(START + timedelta(seconds=s)).isoformat()] for s in (122, 150, 190)]
    assert len(set(frozen)) == 1
    assert frozen[0] == own[(START + timedelta(seconds=118)).isoformat()]
    assert own[(START + timedelta(seconds=210)).isoformat()] == 2_104


def test_cars_jump_by_hundreds_of_metres() -> None:
    wrong = _changed("garbage_location", "location", AFTER, rate=0.3)
    assert 0.2 < len(wrong) / (22 * (TO - FROM) / 2) < 0.4 or len(wrong) > 500
    for row in wrong:
        seconds = (datetime.fromisoformat(row["date"]) - START).total_seconds()
        away = (row["x"] - 10 * seconds - row["driver_number"], row["y"] + seconds)
        assert 1_990 < (away[0] ** 2 + away[1] ** 2) ** 0.5 < 32_010


def test_cars_are_nowhere() -> None:
    wrong = _changed("zero_location", "location", AFTER, spell="@120-200")
    assert len(wrong) > 22 * 30
    assert {(row["x"], row["y"], row["z"]) for row in wrong} == {(0, 0, 0)}


def test_the_same_seed_spoils_the_same_rows() -> None:
    for name, fault in FAULTS.items():
        if fault.kind != "rows":
            continue
        one, same = (_openf1(name, seed=3) for _ in range(2))
        for endpoint in TABLES:
            assert _told(one, endpoint, 450) == _told(same, endpoint, 450)


def test_each_version_is_pushed_once_in_the_order_of_being_seen() -> None:
    openf1 = _openf1("late", spell="")
    table: Any = next(iter(openf1.archive.sessions_at(0))).tables["laps"]
    view = openf1.faults.view(table)
    base, pushed, instant = to_micros(START), [], 0
    while (instant := view.next_shown(instant)) < base + 20_000 * 1_000_000:
        pushed += view.seen_between(instant - 1, instant)
    assert len(pushed) == len(table.visible)
    assert sorted(pushed) == sorted(table.source.slice(0, len(table.visible)))
