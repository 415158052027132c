"""Samples: each told once; faults of the feed are left out, never drawn."""

from hypothesis import given
from hypothesis import strategies as st

from racetime.samples import places
from racetime_poller.encode_samples import motion_message
from racetime_poller.race.motion import MotionTracker
from racetime_poller.race.rows import Instant, LocationRow

T0 = 1_742_000_000_000


def row(number: int, seconds: float, x: int | None, y: int | None) -> LocationRow:
    return LocationRow(9, number, Instant(T0 + round(seconds * 1000)), x, y)


def told(tracker: MotionTracker) -> dict[int, list[tuple[int, int, int]]]:
    """Return what a reader makes of the batches: each car's samples."""
    samples: dict[int, list[tuple[int, int, int]]] = {}
    for batch in tracker.flush():
        for place in places(motion_message(batch, T0)):
            where = (place.race_offset_millis, place.x, place.y)
            samples.setdefault(place.driver_number, []).append(where)
    return samples


def test_no_fix_is_no_place() -> None:
    tracker = MotionTracker()
    assert tracker.add([row(1, 0, 0, 0), row(1, 1, None, None), row(16, 0, None, 0)]) == 0
    assert told(tracker) == {}
    assert tracker.movements() == {}


def test_a_jump_is_left_out_and_believed_when_it_lasts() -> None:
    tracker = MotionTracker()
    tracker.add([row(1, 0, 1000, 1000), row(1, 0.3, 90_000, 1000), row(1, 0.6, 1200, 1000)])
    assert told(tracker) == {1: [(0, 1000, 1000), (600, 1200, 1000)]}
    assert tracker.rejected == {"garbage_location": 1}
    moved = [row(1, 1 + n / 4, 90_000 + n, 1000) for n in range(10)]
    assert 0 < tracker.add(moved) < 10
    assert told(tracker)[1][-1] == (3250, 90_009, 1000)


def test_a_frozen_car_has_not_moved() -> None:
    tracker = MotionTracker()
    tracker.add([row(1, n / 4, 1000 + 100 * min(n, 8), 1000) for n in range(200)])
    movement = tracker.movements()[1]
    assert movement.last_moved_at == T0 + 2000
    assert movement.last_seen_at == T0 + 49_750


def test_samples_again_or_late_are_told_once() -> None:
    tracker = MotionTracker()
    first = [row(1, n / 4, 1000 + n, 1000) for n in range(8)]
    assert tracker.add([first[0], *first[4:]]) == 5
    assert [at for at, _, _ in told(tracker)[1]] == [0, 1000, 1250, 1500, 1750]
    assert tracker.add(first) == 3
    assert tracker.add(first) == 0
    assert [at for at, _, _ in told(tracker)[1]] == [250, 500, 750]
    assert told(tracker) == {}


def test_late_samples_share_no_batch_with_new_ones() -> None:
    tracker = MotionTracker()
    rows = [row(1, n / 4, 1000 + n, 1000) for n in range(8)]
    tracker.add([rows[0], *rows[3:6]])
    tracker.flush()
    tracker.add([*rows[1:3], *rows[6:]])
    late, new = tracker.flush()
    assert late.instants == (T0 + 250, T0 + 500)
    assert new.instants == (T0 + 1500, T0 + 1750)


def test_what_an_earlier_poller_told_is_not_told_again() -> None:
    tracker = MotionTracker(told_before=T0 + 1000)
    tracker.add([row(1, n / 4, 1000 + n, 1000) for n in range(8)])
    assert [at for at, _, _ in told(tracker)[1]] == [1250, 1500, 1750]
    assert tracker.told_until == T0 + 1750


def test_rows_of_one_answer_may_come_in_any_order() -> None:
    tracker = MotionTracker()
    rows = [row(1, n / 4, 1000 + n, 1000) for n in range(8)]
    assert tracker.add(reversed(rows)) == 8
    assert told(tracker) == {1: [(250 * n, 1000 + n, 1000) for n in range(8)]}


def test_cars_with_the_same_instants_share_a_batch() -> None:
    tracker = MotionTracker()
    tracker.add([row(car, n, 1000 + n, 50) for car in (1, 16, 44) for n in range(3)])
    tracker.add([row(81, 0, 7, 7)])
    shared, alone = sorted(tracker.flush(), key=lambda batch: -len(batch.driver_numbers))
    assert shared.driver_numbers == (1, 16, 44)
    assert alone.driver_numbers == (81,)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 16, 44]),
            st.integers(0, 40),
            st.integers(-90, 90),
            st.integers(1, 150),
        )
    )
)
def test_batches_read_back_are_the_samples(rows: list[tuple[int, int, int, int]]) -> None:
    tracker = MotionTracker()
    expected: dict[int, dict[int, tuple[int, int]]] = {}
    for car, at, x, y in rows:
        expected.setdefault(car, {}).setdefault(at * 25, (x, y))
    tracker.add(row(car, at / 40, x, y) for car, at, x, y in rows)
    assert told(tracker) == {
        car: [(at, *place) for at, place in sorted(samples.items())]
        for car, samples in expected.items()
    }
