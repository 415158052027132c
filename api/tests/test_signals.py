"""A signal wakes all who wait, or each when its time is over; it keeps none who has gone."""

import asyncio

import pytest

from racetime_api.sent import Lags
from racetime_api.signals import Signal


@pytest.mark.asyncio
async def test_a_signal_wakes_all_who_wait():
    signal = Signal()
    waiting = [asyncio.ensure_future(signal.wait(60.0)) for _ in range(3)]
    signal.set()
    await asyncio.gather(*waiting)


@pytest.mark.asyncio
async def test_who_waits_less_is_woken_first_and_others_wait_on():
    signal = Signal()
    long, short, middle = signal.wait(60.0), signal.wait(0.0), signal.wait(0.02)
    await short
    assert not middle.done()
    await middle
    assert not long.done()


@pytest.mark.asyncio
async def test_who_waits_from_now_on_is_not_woken_by_what_was():
    signal = Signal()
    signal.set()
    waiter = signal.wait(60.0)
    await asyncio.sleep(0)
    assert not waiter.done()


@pytest.mark.asyncio
async def test_one_who_gives_up_takes_no_other_along():
    signal = Signal()

    async def wait() -> None:
        await signal.wait(60.0)

    gone, stays = asyncio.create_task(wait()), asyncio.create_task(wait())
    await asyncio.sleep(0)
    gone.cancel()
    signal.set()
    await stays
    with pytest.raises(asyncio.CancelledError):
        await gone


def test_lags_are_counted_up_to_each_bound():
    lags = Lags("lag_seconds", "Lag.")
    for seconds in (0.001, 0.003, 99.0):
        lags.observe(seconds)
    values = {
        sample.labels.get("le", sample.name): sample.value for sample in lags.family().samples
    }
    assert [values[bound] for bound in ("0.001", "0.0025", "0.005", "30.0", "+Inf")] == [
        1,
        1,
        2,
        2,
        3,
    ]
    assert values["lag_seconds_sum"] == pytest.approx(99.004)
