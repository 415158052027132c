"""The made-up race is one consistent story, and the same one for the same seed."""

import hashlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from racetime_simulator.archive import FixedArchive, SessionTables
from racetime_simulator.instants import parse_micros, to_micros
from racetime_simulator.madeup.circuit import LAYOUTS, build_circuit
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.season import Season, build_session, tell_race, time_race
from racetime_simulator.openf1 import OpenF1

from . import conftest

START = conftest.SCHEDULED
END = START + timedelta(hours=3)
KEY = "session_key=90001"


def _seconds(date: str) -> float:
    micros = parse_micros(date)
    assert micros is not None
    return micros / 1e6


def _digest(session: SessionTables) -> str:
    asker = conftest.Asker(OpenF1(FixedArchive(session)))
    digest = hashlib.sha256()
    for endpoint in ("sessions", "drivers", "laps", "position", "intervals", "race_control"):
        digest.update(asker.body(endpoint, "", END))
    for endpoint in ("location", "car_data"):
        digest.update(asker.body(endpoint, "driver_number=4", END))
    return digest.hexdigest()


def test_the_same_seed_makes_the_same_race_and_another_another(
    session: SessionTables, story: Story
) -> None:
    time_race.cache_clear()
    assert _digest(session) == _digest(build_session(tell_race(1, 0, START)))
    other = tell_race(2, 0, START)
    assert other.timing.passings[0].tolist() != story.timing.passings[0].tolist()


@pytest.mark.parametrize("index", range(len(LAYOUTS)))
def test_a_circuit_is_closed_and_does_not_cross_itself(index: int) -> None:
    circuit = build_circuit(index)
    assert 4500 <= circuit.length <= 6000
    assert 80 <= circuit.lap_seconds <= 95
    assert 14 <= len(circuit.corner_meters) <= 18
    steps = np.hypot(
        np.diff(circuit.x, append=circuit.x[0]), np.diff(circuit.y, append=circuit.y[0])
    )
    assert np.allclose(steps, circuit.length / len(circuit.x), rtol=0.05)
    x, y = circuit.x[::5], circuit.y[::5]
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    places = np.arange(len(x))
    away = np.abs(places[:, None] - places)
    away = np.minimum(away, len(x) - away)
    assert apart[away > 14].min() > 60
    assert circuit.speed.max() * 3.6 < 335
    near = np.abs((circuit.meters[:-1] + 330) % circuit.length) < 660
    assert np.abs(circuit.curvature[near]).max() < 0.001, "the pit lane lies beside a straight"


def test_each_rows_of_one_instant_form_one_order(madeup) -> None:
    rows = madeup.rows("position", KEY, END)
    order: dict[int, int] = {}
    by_date: dict[str, list[Any]] = {}
    for row in rows:
        by_date.setdefault(row["date"], []).append(row)
    for changes in by_date.values():
        order.update({row["driver_number"]: row["position"] for row in changes})
        assert sorted(order.values()) == list(range(1, 23))
    result = madeup.rows("session_result", KEY, END)
    laps = madeup.rows("laps", KEY, END)
    done = {
        number: [lap for lap in laps if lap["driver_number"] == number and lap["lap_duration"]]
        for number in order
    }
    by_laps = sorted(
        order,
        key=lambda n: (
            -len(done[n]),
            _seconds(done[n][-1]["date_start"]) + done[n][-1]["lap_duration"],
        ),
    )
    assert sorted(order, key=order.__getitem__) == by_laps
    assert [row["driver_number"] for row in result] == by_laps
    assert [row["number_of_laps"] for row in result] == [len(done[n]) for n in by_laps]
    assert len({row["number_of_laps"] for row in result[:-1]}) > 1, "somebody was lapped"


def test_laps_follow_each_other_and_their_sectors_add_up(madeup) -> None:
    laps = madeup.rows("laps", KEY, END)
    stops = {(row["driver_number"], row["lap_number"]) for row in madeup.rows("pit", KEY, END)}
    assert 22 <= len(stops) <= 50
    clean: list[float] = []
    for number in {lap["driver_number"] for lap in laps}:
        own = sorted(
            (p for p in laps if p["driver_number"] == number), key=lambda p: p["lap_number"]
        )
        assert [lap["lap_number"] for lap in own] == list(range(1, len(own) + 1))
        for lap, following in pairwise(own):
            sectors = sum(lap[f"duration_sector_{n}"] for n in (1, 2, 3))
            assert sectors == pytest.approx(lap["lap_duration"], abs=0.002)
            begun = _seconds(lap["date_start"]) + lap["lap_duration"]
            assert begun == pytest.approx(_seconds(following["date_start"]), abs=0.002)
            assert following["is_pit_out_lap"] is ((number, lap["lap_number"]) in stops)
            codes = [c for n in (1, 2, 3) for c in lap[f"segments_sector_{n}"]]
            assert {2048, 2049, 2051, 2064} >= set(codes)
            clean.append(lap["lap_duration"])
    assert 80 <= np.percentile(clean, 5) <= np.median(clean) <= 95


def test_a_lap_starts_when_the_car_crosses_the_line(madeup, story: Story) -> None:
    circuit = story.timing.trace.circuit
    nx, ny = (float(n[0]) for n in circuit.normals)
    for number in (4, 99):
        places = madeup.rows("location", f"{KEY}&driver_number={number}", END)
        times = np.array([_seconds(row["date"]) for row in places])
        ahead = np.array([row["x"] - circuit.x[0] * 10 for row in places]) * ny
        ahead -= np.array([row["y"] - circuit.y[0] * 10 for row in places]) * nx
        for lap in madeup.rows("laps", f"{KEY}&driver_number={number}&lap_number>1", END):
            at = _seconds(lap["date_start"])
            assert abs(np.interp(at, times, ahead)) < 60, "within 6 m of the line"


def test_speed_by_location_and_by_car_data_agree(madeup) -> None:
    window = "date%3E=2026-05-03T13:20:00&date%3C=2026-05-03T13:24:00&driver_number=9"
    places = madeup.rows("location", f"{KEY}&{window}", END)
    cars = madeup.rows("car_data", f"{KEY}&{window}", END)
    times = np.array([_seconds(row["date"]) for row in places])
    xyz = np.array([(row["x"], row["y"], row["z"]) for row in places]) / 10
    moved = np.sqrt((np.diff(xyz, axis=0) ** 2).sum(1)) / np.diff(times) * 3.6
    told = np.interp(
        (times[1:] + times[:-1]) / 2,
        [_seconds(row["date"]) for row in cars],
        [row["speed"] for row in cars],
    )
    assert np.median(np.abs(moved - told)) < 4
    assert np.percentile(np.abs(moved - told), 95) < 20
    assert told.max() < 340
    assert 3.3 < len(places) / 240 < 4.1
    assert all(row["drs"] is None for row in cars)


def test_gaps_grow_down_the_order(madeup) -> None:
    rows = madeup.rows("intervals", KEY, END)
    by_date: dict[str, list[Any]] = {}
    for row in rows:
        by_date.setdefault(row["date"], []).append(row)
    assert len(by_date) > 1000
    lapped = False
    for together in by_date.values():
        gaps = [row["gap_to_leader"] for row in together]
        seconds = [gap for gap in gaps if not isinstance(gap, str)]
        assert seconds == sorted(seconds)
        assert gaps[: len(seconds)] == seconds, "who is lapped comes last"
        lapped |= len(seconds) < len(gaps)
    assert lapped
    assert {row["gap_to_leader"] for row in rows if isinstance(row["gap_to_leader"], str)} <= {
        "+1 LAP",
        "+2 LAPS",
        *(f"+{n} LAPS" for n in range(3, 60)),
    }


def test_the_race_has_its_incidents(madeup, story: Story) -> None:
    messages = [row["message"] for row in madeup.rows("race_control", KEY, END)]
    for text in (
        "SESSION STARTED",
        "SAFETY CAR DEPLOYED",
        "SAFETY CAR IN THIS LAP",
        "TRACK CLEAR",
        "OVERTAKE ENABLED",
        "CHEQUERED FLAG",
        "SESSION FINISHED",
    ):
        assert text in messages
    assert messages.index("SAFETY CAR DEPLOYED") < messages.index("TRACK CLEAR")
    assert any("DELETED - TRACK LIMITS" in message for message in messages)
    assert any(message.startswith("WAVED BLUE FLAG") for message in messages)
    (car,) = story.timing.trace.retired
    stopped = story.number(car)
    places = madeup.rows("location", f"{KEY}&driver_number={stopped}", END)
    assert (places[-1]["x"], places[-1]["y"], places[-1]["z"]) == (0, 0, 0)
    assert [row["driver_number"] for row in madeup.rows("session_result", "dnf=true", END)] == [
        stopped
    ]
    stints = madeup.rows("stints", KEY, END)
    assert len(stints) == 22 + len(madeup.rows("pit", KEY, END))
    assert len({row["team_colour"] for row in madeup.rows("drivers", KEY, END)}) == 11
    assert len(madeup.rows("starting_grid", "meeting_key=9001", END)) == 22
    for endpoint in ("championship_drivers", "championship_teams", "weather", "overtakes"):
        assert madeup.rows(endpoint, KEY, END)


def test_before_lights_out_the_cars_stand_on_the_grid(madeup, story: Story) -> None:
    at = story.lights_out - timedelta(seconds=14)
    rows = madeup.rows("location", f"{KEY}&date%3E=2026-05-03T13:00:00", at)
    assert {row["driver_number"] for row in rows} == {e.number for e in story.timing.trace.entries}
    for number in (4, 99):
        assert len({(r["x"], r["y"]) for r in rows if r["driver_number"] == number}) == 1
    assert madeup.rows("laps", KEY, at) == []


@pytest.mark.parametrize("in_background", [False, True])
def test_when_a_race_is_over_the_next_one_begins(in_background: bool) -> None:
    season = Season(1, START, in_background=in_background)
    asker = conftest.Asker(OpenF1(season))
    end = season.first.end
    assert len(asker.rows("sessions", "session_name=Race", end - timedelta(seconds=1))) == 1
    announced = asker.rows("sessions", "session_name=Race", end)
    assert [row["session_key"] for row in announced] == [90001, 90011]
    begins = datetime.fromisoformat(announced[1]["date_start"])
    assert timedelta(minutes=5) <= begins - end <= timedelta(minutes=6)
    assert asker.rows("sessions", "session_key=latest", end)[0]["session_key"] == 90001
    assert asker.rows("sessions", "session_key=latest", begins)[0]["session_key"] == 90011
    assert asker.rows("laps", KEY, begins)
    assert asker.rows("drivers", "session_key=latest", begins)
    clock = asker.openf1.describe_clock(to_micros(begins.astimezone(UTC)), 1.0)
    assert b'"session_key":90011' in clock.body
