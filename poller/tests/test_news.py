"""When an update is due: at once, in step, or within the blink that pushed rows have."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
import virtual_time

from racetime_poller.news import URGENT_GAP_SECONDS, News

INTERVAL, IDLE = 0.5, 1.0
Tell = Callable[[News], Awaitable[None]]


def waited(tell: Tell, published_seconds_ago: float = 0.0) -> float:
    """Return how long one waits, while news are told as `tell` does."""

    async def main() -> float:
        news, begun = News(), time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(tell(news))  # type: ignore[arg-type]
            await news.wait(begun - published_seconds_ago, INTERVAL, IDLE)
            return time.monotonic() - begun

    return virtual_time.run(main)


async def nothing(news: News) -> None:
    del news


def after(seconds: float, *, urgent: bool = False) -> Tell:
    async def tell(news: News) -> None:
        await asyncio.sleep(seconds)
        news.tell(urgent=urgent)

    return tell


def test_without_news_a_picture_is_drawn_when_the_idle_time_is_over() -> None:
    assert waited(nothing) == pytest.approx(IDLE, abs=0.01)
    assert waited(nothing, published_seconds_ago=5.0) == pytest.approx(0.0, abs=0.01)


def test_news_after_a_quiet_while_are_published_at_once() -> None:
    assert waited(after(0.2), published_seconds_ago=0.6) == pytest.approx(0.2, abs=0.01)


def test_news_soon_after_an_update_wait_for_the_interval() -> None:
    assert waited(after(0.1)) == pytest.approx(INTERVAL, abs=0.01)
    assert waited(after(0.1), published_seconds_ago=0.3) == pytest.approx(0.2, abs=0.01)


def test_urgent_news_wait_for_the_small_gap_only() -> None:
    assert waited(after(0.0, urgent=True)) == pytest.approx(URGENT_GAP_SECONDS, abs=0.005)
    assert waited(after(0.2, urgent=True)) == pytest.approx(0.21, abs=0.005)


def test_urgent_news_do_not_wait_for_the_interval_of_news_before_them() -> None:
    async def both(news: News) -> None:
        news.tell()
        await asyncio.sleep(0.2)
        news.tell(urgent=True)

    assert waited(both) == pytest.approx(0.21, abs=0.005)


def test_news_are_told_of_once() -> None:
    async def main() -> float:
        news, begun = News(), time.monotonic()
        news.tell(urgent=True)
        await news.wait(begun, INTERVAL, IDLE)
        again = time.monotonic()
        await news.wait(again, INTERVAL, IDLE)
        return time.monotonic() - again

    assert virtual_time.run(main) == pytest.approx(IDLE, abs=0.01)
