"""The instants at which everyone publishes: whole seconds of the wall clock."""

import asyncio
import time
from collections.abc import AsyncIterator


async def whole_seconds() -> AsyncIterator[float]:
    """Yield at each whole second: the instant at which it really is."""
    while True:
        await asyncio.sleep(1.0 - time.time() % 1.0)
        # The loop's clock may be a moment early.
        while time.time() % 1.0 > 0.5:
            await asyncio.sleep(0.001)
        yield time.time()
