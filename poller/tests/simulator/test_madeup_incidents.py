"""What happens in a made-up race follows from its seed or is asked for, and rows tell of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from statistics import median
from typing import Any

import pytest

from racetime_simulator.instants import parse_micros
from racetime_simulator.madeup.incidents import INCIDENTS, draw_incidents, read_incidents
from racetime_simulator.madeup.race_story import Story
from racetime_simulator.madeup.session import session_rows_of, tell_race
from racetime_simulator.settings import Settings

START = datetime(2026, 5, 3, 13, tzinfo=UTC)
Rows = Mapping[str, list[dict[str, Any]]]


@cache
def _told(incidents: str, seed: int) -> tuple[Story, Rows]:
    story = tell_race(seed, 0, START, incidents=read_incidents(incidents))
    return story, session_rows_of(story)


def _at(row: Mapping[str, Any]) -> float:
    micros = parse_micros(row["date"])
    assert micros is not None
    return micros / 1e6 - START.timestamp() - 200


def _places(rows: Rows, *messages: str) -> list[int]:
    said = [row["message"] for row in rows["race_control"]]
    return [said.index(message) for message in messages]


def test_the_seed_draws_what_happens() -> None:
    drawn = [draw_incidents(seed) for seed in range(1, 40)]
    assert drawn == [draw_incidents(seed) for seed in range(1, 40)]
    assert set(INCIDENTS) == set().union(*drawn)
    assert all("sc" in one for one in drawn)
    assert draw_incidents(1) == {"sc"}, "the race that users see first is a plain one"


def test_incidents_are_asked_for_by_flag_or_environment() -> None:
    assert Settings.from_env({}, []).story is None
    assert Settings.from_env({}, ["--story", "red, rain"]).story == {"red", "rain"}
    environ = {"RACETIME_SIMULATOR_STORY": "none"}
    assert Settings.from_env(environ).story == frozenset()
    assert Settings.from_env(environ, ["--story", "vsc"]).story == {"vsc"}
    assert Settings.from_env({}, ["--story", "vsc,red"]).describe()["story"] == "red,vsc"


@pytest.mark.parametrize("text", ["storm", "none,red", "red,Rain"])
def test_an_unknown_incident_is_refused_by_name(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        Settings.from_env({}, ["--story", text])
    said = capsys.readouterr().err
    assert "no such incident" in said
    assert all(name in said for name in INCIDENTS)


def test_a_race_without_incidents_has_none_but_a_car_that_retires() -> None:
    story, rows = _told("none", 2)
    said = {row["message"] for row in rows["race_control"]}
    assert not said & {"SAFETY CAR DEPLOYED", "VSC DEPLOYED", "RED FLAG", "LOW GRIP CONDITIONS"}
    assert len(story.timing.trace.retired) == 1
    assert len(rows["stints"]) == 22 + len(rows["pit"])


def test_a_red_flag_is_told_as_openf1_tells_it() -> None:
    story, rows = _told("sc,vsc,red,rain", 3)
    red = story.timing.trace.stoppage
    assert red is not None
    by_message = {row["message"]: row for row in rows["race_control"]}
    flag, aborted = by_message["RED FLAG"], by_message["SESSION ABORTED"]
    assert (flag["category"], flag["flag"], flag["scope"]) == ("Flag", "RED", "Track")
    assert (aborted["category"], aborted["flag"]) == ("SessionStatus", None)
    assert _at(flag) == int(red.at) < _at(aborted) < red.at + 1
    same = [row for row in rows["race_control"] if row["date"] == flag["date"]]
    assert [row["flag"] for row in same] == ["RED", "CLEAR"], "its sector is clear by then"
    starts = [_at(row) for row in rows["race_control"] if row["message"] == "SESSION STARTED"]
    assert starts == pytest.approx([0, red.resumed], abs=0.1)
    assert all(
        _at(row) % 1 == 0 for row in rows["race_control"] if row["category"] != "SessionStatus"
    )


def test_under_a_red_flag_tyres_change_without_stops_and_one_lap_is_very_long() -> None:
    story, rows = _told("sc,vsc,red,rain", 3)
    trace = story.timing.trace
    red = trace.stoppage
    assert red is not None
    waiting = [row for row in rows["pit"] if red.at < _at(row) < red.left + 60]
    assert waiting == []
    assert len(rows["stints"]) - 22 > len(rows["pit"])
    laps = {(row["driver_number"], row["lap_number"]): row for row in rows["laps"]}
    outs = {(story.number(car), lap) for car, lap in red.outs}
    assert len(outs) == 22 - len(trace.retired)
    for key in outs:
        assert laps[key]["is_pit_out_lap"]
        assert laps[key]["lap_duration"] > 700
        assert (key[0], key[1] + 1) in laps, "lap numbers go on"
    usual = [row["lap_duration"] for key, row in laps.items() if key not in outs]
    assert max(one for one in usual if one is not None) < 200


def test_a_virtual_safety_car_slows_all_and_keeps_their_gaps() -> None:
    story, rows = _told("sc,vsc,red,rain", 3)
    (virtual,) = [one for one in story.timing.trace.neutrals if one.kind == "virtual"]
    deployed, ending = _places(rows, "VSC DEPLOYED", "VSC ENDING")
    assert deployed < ending
    assert rows["race_control"][deployed]["category"] == "SafetyCar"
    assert 10 <= virtual.gone - virtual.called <= 14
    cleared = [_at(row) for row in rows["race_control"] if row["message"] == "TRACK CLEAR"]
    assert int(virtual.gone) in cleared
    trace = story.timing.trace
    inside = (trace.times > virtual.at + 5) & (trace.times < virtual.called)
    assert trace.pace[inside].max() <= 0.66
    passed = [row for row in rows["overtakes"] if virtual.at + 2 < _at(row) < virtual.gone]
    stops = {story.number(stop.car) for stop in trace.stops if stop.exit > virtual.at - 60}
    assert {row["overtaken_driver_number"] for row in passed} <= stops


def test_rain_changes_tyres_and_lap_times() -> None:
    story, rows = _told("rain", 4)
    ((begin, end),) = story.timing.trace.showers
    wet = [row for row in rows["weather"] if row["rainfall"] == 1]
    assert all(begin <= _at(row) <= end for row in wet)
    assert len(wet) == pytest.approx((end - begin) / 60, abs=1.1)
    said = [row["message"] for row in rows["race_control"]]
    assert "LOW GRIP CONDITIONS" in said
    assert "RISK OF RAIN FOR F1 RACE IS 60%" in said
    by_driver: dict[int, list[str]] = {}
    for row in rows["stints"]:
        by_driver.setdefault(row["driver_number"], []).append(row["compound"])
    through = [own for own in by_driver.values() if "INTERMEDIATE" in own]
    assert len(through) >= 20
    assert all(own[0] != "INTERMEDIATE" != own[-1] for own in through)
    wet_lap = _median_lap(rows, begin + 240, end)
    assert wet_lap > _median_lap(rows, 200, begin - 120) + 4


def _median_lap(rows: Rows, begin: float, end: float) -> float:
    """Return the usual time of laps that began between two instants."""
    starts = [(_at({"date": row["date_start"]}), row["lap_duration"]) for row in rows["laps"]]
    return median(lap for at, lap in starts if lap is not None and begin < at < end)


def test_a_wet_start_is_behind_the_safety_car() -> None:
    story, rows = _told("wet-start", 2)
    deployed, started, called, cleared = _places(
        rows, "SAFETY CAR DEPLOYED", "SESSION STARTED", "SAFETY CAR IN THIS LAP", "TRACK CLEAR"
    )
    assert deployed < started < called < cleared
    first = [row for row in rows["stints"] if row["stint_number"] == 1]
    assert {row["compound"] for row in first} == {"INTERMEDIATE"}
    gone = story.timing.trace.neutrals[0].gone
    assert [row for row in rows["overtakes"] if _at(row) < gone] == []
    assert min(row["lap_duration"] for row in rows["laps"] if row["lap_number"] <= 3) > 130
    assert any(row["rainfall"] for row in rows["weather"] if _at(row) < 0)


def test_sectors_are_yellow_then_doubly_so_then_clear() -> None:
    story, rows = _told("yellow", 6)
    spins = story.timing.trace.spins
    assert spins
    for spin in spins:
        own = [
            row["flag"]
            for row in rows["race_control"]
            if row["sector"] == spin.sector and int(spin.at) <= _at(row) <= spin.clear
        ]
        assert own == ["YELLOW", "DOUBLE YELLOW", "CLEAR"]


def test_drawn_or_told_it_is_the_same_race() -> None:
    drawn, told = tell_race(5, 0, START), tell_race(5, 0, START, incidents=draw_incidents(5))
    assert drawn.timing.passings[0].tolist() == told.timing.passings[0].tolist()
