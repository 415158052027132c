"""What is told slowly is told again and again."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import virtual_time

from racetime_poller.ticking import ticking


async def words(closed: list[str], *, fails: bool = False) -> AsyncGenerator[str]:
    try:
        await asyncio.sleep(2.5)
        yield "one"
        await asyncio.sleep(2.5)
        yield "two"
        if fails:
            raise ValueError("no more words")
    finally:
        closed.append("closed")


def test_the_last_word_is_told_again_while_there_is_no_other() -> None:
    closed: list[str] = []

    async def main() -> list[str]:
        return [word async for word in ticking(words(closed), 1.0)]

    assert virtual_time.run(main) == ["one", "one", "one", "two"]
    assert closed == ["closed"]


def test_a_failure_comes_through() -> None:
    async def main() -> None:
        async for _ in ticking(words([], fails=True), 1.0):
            pass

    with pytest.raises(ValueError, match="no more words"):
        virtual_time.run(main)


def test_who_leaves_early_closes_what_tells() -> None:
    closed: list[str] = []

    async def main() -> None:
        told = ticking(words(closed), 1.0)
        await anext(told)
        await told.aclose()

    virtual_time.run(main)
    assert closed == ["closed"]
