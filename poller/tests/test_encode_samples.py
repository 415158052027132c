"""Batches of samples: what a reader unpacks is what was packed; the unknown stays unknown."""

from itertools import accumulate

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from racetime.samples import Reading, group_readings, instants, places, readings
from racetime.v1.motion_pb2 import MotionBatch, TelemetryGroup
from racetime.v1.motion_pb2 import TelemetryBatch as TelemetryMessage
from racetime_poller.encode_samples import motion_message, telemetry_message, telemetry_of_all
from racetime_poller.race.batches import Batch
from racetime_poller.race.telemetry import TelemetryBatch

ORIGIN = 1_742_000_000_000
steps = st.lists(st.integers(1, 5_000), max_size=6)


def column(values: st.SearchStrategy[int], count: int) -> st.SearchStrategy[tuple[int, ...] | None]:
    return st.none() | st.lists(values, min_size=count, max_size=count).map(tuple)


@given(steps=steps, data=st.data())
def test_positions_are_unpacked_as_they_were_measured(
    steps: list[int], data: st.DataObject
) -> None:
    at = tuple(accumulate(steps, initial=ORIGIN + 7))
    place = st.integers(-40_000, 40_000)
    rows = st.lists(st.lists(place, min_size=len(at), max_size=len(at)), min_size=2, max_size=2)
    xs, ys = np.array(data.draw(rows)), np.array(data.draw(rows))
    message = motion_message(Batch(at, (4, 81), xs, ys), ORIGIN)
    told = {(one.driver_number, one.race_offset_millis): (one.x, one.y) for one in places(message)}
    assert told == {
        (number, instant - ORIGIN): (int(xs[row, n]), int(ys[row, n]))
        for row, number in enumerate((4, 81))
        for n, instant in enumerate(at)
    }


@given(steps=steps, data=st.data())
def test_telemetry_is_unpacked_as_it_was_measured(steps: list[int], data: st.DataObject) -> None:
    at = tuple(accumulate(steps, initial=ORIGIN))
    of = len(at)
    batch = TelemetryBatch(
        44,
        at,
        data.draw(column(st.integers(0, 350), of)),
        data.draw(column(st.integers(0, 8), of)),
        data.draw(column(st.integers(0, 100), of)),
        data.draw(column(st.booleans(), of)),
        data.draw(column(st.integers(0, 1_300).map(lambda tens: tens * 10), of)),
        data.draw(column(st.booleans(), of)),
    )
    unknown = (None,) * of
    columns = (
        tuple(instant - ORIGIN for instant in at),
        batch.speeds or unknown,
        batch.gears or unknown,
        batch.throttles or unknown,
        batch.brakes or unknown,
        batch.revolutions or unknown,
        batch.aids or unknown,
    )
    told = readings(telemetry_message(batch, ORIGIN))
    assert told == [Reading(*row) for row in zip(*columns, strict=True)]


@given(many=st.lists(steps, max_size=3), data=st.data())
def test_telemetry_of_all_holds_the_samples_of_each(
    many: list[list[int]], data: st.DataObject
) -> None:
    batches = []
    for number in range(1, 5):
        at = tuple(accumulate(data.draw(st.sampled_from([[], *many])), initial=ORIGIN))
        of = len(at)
        speeds, gears = column(st.integers(0, 350), of), column(st.integers(0, 8), of)
        brakes, pedals = column(st.booleans(), of), column(st.integers(0, 100), of)
        engines = column(st.integers(0, 1_300).map(lambda tens: tens * 10), of)
        drawn = map(data.draw, (speeds, gears, pedals, brakes, engines, brakes))
        batches.append(TelemetryBatch(number, at, *drawn))  # type: ignore[arg-type]
    state = telemetry_of_all(batches, ORIGIN)
    told = {one.driver_number: readings(one) for one in state.telemetry}
    for group in state.telemetry_groups:
        found = group_readings(group)
        assert not found.keys() & told.keys()
        told |= found
    assert told == {b.driver_number: readings(telemetry_message(b, ORIGIN)) for b in batches}


def test_a_group_that_does_not_add_up_has_no_samples() -> None:
    bad = TelemetryGroup(driver_numbers=[4, 5], speed_kph=[1], controls=[1, 1])
    assert group_readings(bad) == {}


def test_what_cannot_be_is_not_known() -> None:
    batch = TelemetryBatch(44, (ORIGIN,), (300,), (14,), (128,), None, None, None)
    (reading,) = readings(telemetry_message(batch, ORIGIN))
    assert reading == Reading(0, 300, None, None, None, None, None)


def test_what_brings_no_change_is_left_out() -> None:
    at = tuple(ORIGIN + second * 220 for second in range(4))
    message = telemetry_message(
        TelemetryBatch(
            44, at, (300, 301, 301, 301), (8,) * 4, (100,) * 4, (False,) * 4, None, None
        ),
        ORIGIN,
    )
    assert list(message.speed_kph) == [300, 1]
    assert len(message.controls) == 1
    assert [one.speed_kph for one in readings(message)] == [300, 301, 301, 301]


def test_batches_of_older_logs_are_unpacked() -> None:
    motion = MotionBatch(
        race_offset_millis=5,
        step_millis=[270],
        driver_numbers=[4],
        x_decimeters=[100, -3],
        y_decimeters=[7, 0],
    )
    assert [(one.race_offset_millis, one.x, one.y) for one in places(motion)] == [
        (5, 100, 7),
        (275, 97, 7),
    ]
    telemetry = TelemetryMessage(
        race_offset_millis=5, step_millis=[270], gears=[7, 8], throttle_percent=[99, 1]
    )
    assert readings(telemetry) == [
        Reading(5, None, 7, 99, None, None, None),
        Reading(275, None, 8, 100, None, None, None),
    ]


def test_a_batch_that_does_not_add_up_has_no_places() -> None:
    bad = MotionBatch(driver_numbers=[4], x_curve_decimeters=[1, 2], y_curve_decimeters=[1, 2])
    assert list(places(bad)) == []
    assert instants(bad) == [0]
