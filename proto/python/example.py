"""Watch a race and print the first three: python example.py localhost:8000."""

import asyncio
import sys

from racetime.client import watch


async def main(target: str) -> None:
    """Print the order whenever it may have changed."""
    async for race in watch(target):
        names = [race.state.drivers[number].name_acronym for number in race.order()]
        print(race.sequence, *names[:3], flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:] or ["localhost:8000"]))
