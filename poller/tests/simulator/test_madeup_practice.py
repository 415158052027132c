"""A made-up practice is an hour of runs: what was driven, told and published agree."""

from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from racetime_simulator.instants import parse_micros
from racetime_simulator.madeup.driven_story import DrivenStory
from racetime_simulator.madeup.session import practise, session_rows_of, tell_session

START = datetime(2026, 5, 1, 11, 30, tzinfo=UTC)
SEEDS = pytest.mark.parametrize(("seed", "cars"), [(1, 22), (2, 20), (5, 22)])
Rows = dict[str, list[dict[str, Any]]]


@cache
def _told(seed: int, cars: int) -> tuple[DrivenStory, Rows]:
    story = tell_session("practice", seed, 0, START, cars)
    assert isinstance(story, DrivenStory)
    return story, session_rows_of(story)


def _at(date: str) -> float:
    micros = parse_micros(date)
    assert micros is not None
    return micros / 1e6 - START.timestamp()


@SEEDS
def test_the_result_is_the_order_of_best_laps_and_the_last_order(seed: int, cars: int) -> None:
    _, rows = _told(seed, cars)
    deleted = set()
    for row in rows["race_control"]:
        words = row["message"].split()
        if "DELETED" in words:
            deleted.add((int(words[1]), int(words[words.index("LAP") + 1])))
    stops = [_at(row["date"]) for row in rows["race_control"] if "ABORTED" in row["message"]]
    bests: dict[int, float] = {}
    for lap in rows["laps"]:
        key = (lap["driver_number"], lap["lap_number"])
        whole = lap["lap_duration"]
        if whole is None or lap["is_pit_out_lap"] or key in deleted:
            continue
        end = _at(lap["date_start"]) + whole
        if not stops or not stops[0] < end < stops[0] + 400:
            bests[key[0]] = min(whole, bests.get(key[0], whole))
    result = rows["session_result"]
    times = {row["driver_number"]: row["duration"] for row in result if row["duration"]}
    assert times == pytest.approx(bests)
    assert list(times.values()) == sorted(times.values())
    assert len(times) >= cars - 2
    assert result[0]["gap_to_leader"] == 0
    order = {row["driver_number"]: row["position"] for row in rows["position"]}
    assert order == {row["driver_number"]: row["position"] for row in result}
    assert "points" not in result[0]


@SEEDS
def test_it_has_no_gaps_overtakes_or_grid_and_ends_on_the_hour(seed: int, cars: int) -> None:
    _, rows = _told(seed, cars)
    assert not rows.keys() & {"intervals", "overtakes", "starting_grid"}
    said = {row["message"]: row for row in rows["race_control"]}
    assert _at(said["CHEQUERED FLAG"]["date"]) == 3600, "the clock runs on under a red flag"
    assert {row["lap_number"] for row in rows["race_control"]} == {None}
    assert {row["qualifying_phase"] for row in rows["race_control"]} == {None}
    (session,) = rows["sessions"]
    assert (session["session_type"], session["session_name"]) == ("Practice", "Practice 1")


@SEEDS
def test_cars_push_and_rest_then_run_long_and_stand_between(seed: int, cars: int) -> None:
    story, rows = _told(seed, cars)
    laps: dict[int, list[Any]] = defaultdict(list)
    for lap in rows["laps"]:
        laps[lap["driver_number"]].append(lap)
    stints: dict[int, list[Any]] = defaultdict(list)
    for stint in rows["stints"]:
        stints[stint["driver_number"]].append(stint)
    halted = {story.number(c) for c, d in enumerate(story.driven.drives) if d.halted is not None}
    long_runs = 0
    for number, own in laps.items():
        assert [lap["lap_number"] for lap in own] == list(range(1, len(own) + 1))
        outs = [lap["lap_number"] for lap in own if lap["is_pit_out_lap"]]
        assert [stint["lap_start"] for stint in stints[number]] == outs
        if number not in halted:
            assert len(outs) in (2, 3)
        long_runs += any(s["lap_end"] - s["lap_start"] >= 7 for s in stints[number])
    assert long_runs > cars // 2
    stays = [row["lane_duration"] for row in rows["pit"]]
    assert max(stays) > 300


def test_some_seeds_see_a_red_flag() -> None:
    stopped = {seed: practise(seed).parts[0].red is not None for seed in range(1, 9)}
    assert set(stopped.values()) == {True, False}
    seed = next(seed for seed, red in stopped.items() if red)
    story, rows = _told(seed, 22)
    said = [row["message"] for row in rows["race_control"]]
    assert said.index("RED FLAG") < said.index("TRACK CLEAR")
    assert said.count("SESSION STARTED") == 2
    assert any(message.startswith("SESSION WILL RESUME AT") for message in said)
    red = story.driven.parts[0].red
    assert red is not None
    driven = [_at(lap["date_start"]) for lap in rows["laps"] if lap["is_pit_out_lap"]]
    assert not [at for at in driven if red.at < at < red.resumed]


def test_the_same_seed_makes_the_same_practice() -> None:
    again = session_rows_of(tell_session("practice", 5, 0, START, 22))
    assert again == _told(5, 22)[1]
    assert again != _told(1, 22)[1]
