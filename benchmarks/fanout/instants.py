"""The instants at which everyone publishes: whole seconds of the wall clock."""

import asyncio
import time
from collections.abc import AsyncIterator

_MOMENT_SECONDS = 0.002


async def whole_seconds() -> AsyncIterator[float]:
    """Yield at each whole second: the instant at which it really is."""
    while True:
        # A moment after it: the loop's clock may be early by as much.
        await asyncio.sleep(1.0 - time.time() % 1.0 + _MOMENT_SECONDS)
        yield time.time()
