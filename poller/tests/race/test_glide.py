"""Cars on the map settle where they are held to be: forward, and no faster than a car."""

from hypothesis import given
from hypothesis import strategies as st

from racetime_poller.race.glide import MAX_SPEED, glide, wrapped

LENGTH_DM = 50_000.0


@given(
    st.floats(0, LENGTH_DM),
    st.floats(0, LENGTH_DM),
    st.floats(0, 0.9),
    st.integers(1, 15_000),
)
def test_a_car_goes_forward_and_never_too_fast(
    shown: float, held: float, speed: float, millis: int
) -> None:
    step = glide(shown, held, speed, millis, LENGTH_DM) - shown
    assert -1e-6 <= step <= MAX_SPEED * millis + 1e-6


@given(st.floats(0, LENGTH_DM), st.floats(-1_500, 1_500), st.floats(0.3, 0.7))
def test_a_difference_is_made_good_in_some_seconds(shown: float, off: float, speed: float) -> None:
    held = shown + off
    for _ in range(20):
        held += speed * 1000
        shown = glide(shown, held, speed, 1000, LENGTH_DM)
    assert abs(held - shown) < 50


def test_the_way_over_the_line_is_the_shorter_one() -> None:
    assert wrapped(49_900, LENGTH_DM) == -100
    assert glide(49_900, 100 + 500, 0.5, 1000, LENGTH_DM) > 50_000
