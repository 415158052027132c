"""Tell the newest word again while there is no newer one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

T = TypeVar("T")


async def ticking(told: AsyncGenerator[T], seconds: float) -> AsyncGenerator[T]:
    """Yield what is told, and the last of it again whenever nothing was for so long."""
    last: list[T] = []
    async with aclosing(told):
        while True:
            following = asyncio.create_task(_next(told))
            try:
                while not (await asyncio.wait({following}, timeout=seconds))[0]:
                    for one in last:
                        yield one
                last = following.result()
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)
            if not last:
                return
            yield last[0]


async def _next(told: AsyncGenerator[T]) -> list[T]:
    async for one in told:
        return [one]
    return []
