"""A made-up qualifying is one consistent story: what was driven, told and published agree."""

import re
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from racetime_simulator.instants import parse_micros
from racetime_simulator.madeup.season import Season
from racetime_simulator.madeup.session import qualify, session_rows_of, tell_session
from racetime_simulator.madeup.story import Kind
from racetime_simulator.openf1 import OpenF1

from . import conftest

START = datetime(2026, 5, 2, 14, tzinfo=UTC)
CASES: list[tuple[Kind, int, int]] = [
    ("qualifying", 1, 22),
    ("qualifying", 2, 22),
    ("qualifying", 13, 20),
    ("sprint_qualifying", 7, 22),
    ("sprint_qualifying", 23, 20),
]
DELETED = re.compile(r"CAR (\d+) \(\w{3}\) TIME (\d):(\d\d\.\d{3}) DELETED - .* LAP (\d+) ")

Rows = dict[str, list[dict[str, Any]]]


def _rows(kind: Kind, seed: int, cars: int) -> Rows:
    return session_rows_of(tell_session(kind, seed, 0, START, cars))


def _seconds(date: str) -> float:
    micros = parse_micros(date)
    assert micros is not None
    return micros / 1e6


def _parts(rows: Rows) -> list[dict[str, Any]]:
    """Read the parts from the messages alone: when they ran, and when they stood."""
    parts: dict[int, dict[str, Any]] = defaultdict(lambda: {"starts": [], "stops": []})
    for row in rows["race_control"]:
        part = parts[row["qualifying_phase"]]
        match row["message"]:
            case "SESSION STARTED":
                part["starts"].append(_seconds(row["date"]))
            case "SESSION ABORTED":
                part["stops"].append(_seconds(row["date"]))
            case "CHEQUERED FLAG":
                part["flag"] = _seconds(row["date"])
            case "SESSION FINISHED":
                part["end"] = _seconds(row["date"])
    parts.pop(None, None)
    assert sorted(parts) == [1, 2, 3]
    return [parts[number] for number in (1, 2, 3)]


def _deleted(rows: Rows) -> set[tuple[int, int]]:
    durations = {(r["driver_number"], r["lap_number"]): r["lap_duration"] for r in rows["laps"]}
    deleted = set()
    for row in rows["race_control"]:
        if found := DELETED.match(row["message"]):
            key = (int(found[1]), int(found[4]))
            assert durations[key] == pytest.approx(int(found[2]) * 60 + float(found[3]))
            deleted.add(key)
    return deleted


def _bests(rows: Rows, part: dict[str, Any]) -> dict[int, float]:
    deleted, bests = _deleted(rows), {}
    for lap in rows["laps"]:
        key = (lap["driver_number"], lap["lap_number"])
        start, whole = _seconds(lap["date_start"]), lap["lap_duration"]
        if key in deleted or whole is None or lap["is_pit_out_lap"]:
            continue
        stood = any(
            stop <= start + whole < go
            for stop, go in zip(part["stops"], part["starts"][1:], strict=True)
        )
        if part["starts"][0] - 0.1 <= start <= part["flag"] and not stood:
            bests[key[0]] = min(whole, bests.get(key[0], whole))
    return bests


@pytest.mark.parametrize(("kind", "seed", "cars"), CASES)
def test_the_result_is_what_was_driven_and_not_deleted(kind: Kind, seed: int, cars: int) -> None:
    rows = _rows(kind, seed, cars)
    result = rows["session_result"]
    assert [row["position"] for row in result] == list(range(1, cars + 1))
    inside = [cars, 16 if cars == 22 else 15, 10]
    for n, (part, count) in enumerate(zip(_parts(rows), inside, strict=True)):
        bests = _bests(rows, part)
        assert {
            row["driver_number"]: row["duration"][n] for row in result if row["duration"][n]
        } == pytest.approx(bests)
        placed = [row["driver_number"] for row in result[:count]]
        assert bests.keys() <= set(placed), "who is out does not run"
        below = placed[inside[n + 1] :] if n < 2 else placed
        times = [bests.get(number, 1e9) for number in below]
        assert times == sorted(times)
        gaps = [row["gap_to_leader"][n] for row in result if row["duration"][n]]
        assert min(gaps) == 0
    assert [row["driver_number"] for row in rows["starting_grid"]] == [
        row["driver_number"] for row in result
    ]
    assert rows["starting_grid"][0]["lap_duration"] == result[0]["duration"][2]


@pytest.mark.parametrize(("kind", "seed", "cars"), CASES)
def test_each_order_is_whole_and_the_last_is_the_result(kind: Kind, seed: int, cars: int) -> None:
    rows = _rows(kind, seed, cars)
    order: dict[int, int] = {}
    by_date: dict[str, list[Any]] = defaultdict(list)
    for row in rows["position"]:
        by_date[row["date"]].append(row)
    assert list(by_date) == sorted(by_date)
    for changes in by_date.values():
        order.update({row["driver_number"]: row["position"] for row in changes})
        assert sorted(order.values()) == list(range(1, cars + 1))
    assert order == {row["driver_number"]: row["position"] for row in rows["session_result"]}


@pytest.mark.parametrize(("kind", "seed", "cars"), CASES)
def test_runs_have_tyres_and_laps_run_on(kind: Kind, seed: int, cars: int) -> None:
    rows = _rows(kind, seed, cars)
    laps: dict[int, list[Any]] = defaultdict(list)
    for lap in rows["laps"]:
        laps[lap["driver_number"]].append(lap)
        codes = [code for n in (1, 2, 3) for code in lap[f"segments_sector_{n}"]]
        assert {2048, 2049, 2051, 2064, None} >= set(codes)
        sectors = [lap[f"duration_sector_{n}"] for n in (1, 2, 3)]
        if not lap["is_pit_out_lap"] and lap["lap_duration"] is not None:
            assert sum(sectors) == pytest.approx(lap["lap_duration"], abs=0.002)
    for number, own in laps.items():
        assert [lap["lap_number"] for lap in own] == list(range(1, len(own) + 1))
        outs = [lap["lap_number"] for lap in own if lap["is_pit_out_lap"]]
        stints = [row for row in rows["stints"] if row["driver_number"] == number]
        assert [row["lap_start"] for row in stints] == outs
        covered = [n for row in stints for n in range(row["lap_start"], row["lap_end"] + 1)]
        assert covered == [lap["lap_number"] for lap in own]
        pits = [row["lap_number"] for row in rows["pit"] if row["driver_number"] == number]
        assert pits == [lap - 1 for lap in outs[1:]]


def test_rows_of_race_control_carry_the_phase_where_openf1_has_it() -> None:
    for row in _rows("qualifying", 2, 22)["race_control"]:
        phased = row["category"] in ("Flag", "CarEvent", "SafetyCar", "SessionStatus")
        assert (row["qualifying_phase"] in (1, 2, 3)) is phased
        assert row["lap_number"] is None


def test_some_seeds_see_a_red_flag_and_go_on_after_it() -> None:
    rows = _rows("qualifying", 2, 22)
    part = next(part for part in _parts(rows) if part["stops"])
    (stop,), (start, again) = part["stops"], part["starts"]
    assert start < stop < again < part["flag"]
    run = (stop - start) + (part["flag"] - again)
    assert run == pytest.approx(15 * 60, abs=2), "the clock stands under a red flag"
    assert "RED FLAG" in {row["message"] for row in rows["race_control"]}
    places = {
        seed: [p.red is not None for p in qualify("qualifying", seed, 2026).parts]
        for seed in range(1, 9)
    }
    assert len({tuple(value) for value in places.values()}) > 1, "by seed"


def test_the_same_seed_makes_the_same_qualifying() -> None:
    assert _rows("qualifying", 3, 22) == _rows("qualifying", 3, 22)
    assert _rows("qualifying", 3, 22) != _rows("qualifying", 4, 22)


def test_location_and_car_data_agree_and_the_result_comes_later() -> None:
    season = Season(1, START, course="qualifying")
    asker = conftest.Asker(OpenF1(season))
    end = season.first.end
    window = (
        "session_key=90000&driver_number=9&date%3E=2026-05-02T14:01:20&date%3C=2026-05-02T14:05"
    )
    places, cars = asker.rows("location", window, end), asker.rows("car_data", window, end)
    assert len(places) > 700
    assert 280 < max(row["speed"] for row in cars) < 340
    moved = sum(
        ((b["x"] - a["x"]) ** 2 + (b["y"] - a["y"]) ** 2) ** 0.5 / 10 for a, b in pairwise(places)
    )
    hours = (_seconds(cars[-1]["date"]) - _seconds(cars[0]["date"])) / 3600
    told = sum(row["speed"] for row in cars) / len(cars) * hours * 1000
    assert moved == pytest.approx(told, rel=0.02)
    assert asker.rows("session_result", "session_key=90000", end) == []
    assert asker.rows("starting_grid", "session_key=90000", end) == []
    assert asker.rows("sessions", "session_name=Qualifying", end)[0]["session_key"] == 90000


@pytest.mark.parametrize("seed", [1, 2])
def test_a_sprint_is_short_and_starts_where_its_qualifying_ended(seed: int) -> None:
    rows = _rows("sprint", seed, 22)
    grid = qualify("sprint_qualifying", seed, 2026).grid
    story = tell_session("sprint", seed, 0, START)
    assert [row["driver_number"] for row in rows["starting_grid"]] == [
        story.number(car) for car in grid
    ]
    assert {row["session_name"] for row in rows["sessions"]} == {"Sprint Qualifying", "Sprint"}
    assert 17 <= max(row["lap_number"] for row in rows["laps"]) <= 22
    assert len(rows["stints"]) == 22
    assert rows["pit"] == []
    assert [row["points"] for row in rows["session_result"]][:9] == [8, 7, 6, 5, 4, 3, 2, 1, 0]
