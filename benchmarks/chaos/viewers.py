"""Viewers in their hundreds, of all ways that there are to watch through a gateway."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.chaos.held import Held, Watcher, held_by, longest_gap
from benchmarks.chaos.pages import Pages

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))
from crowd import Crowd

_COPY_SECONDS = 20
# As many of a hundred watch by the client that third parties use for Python, and by the page's.
CLIENTS_SHARE, PAGES_SHARE = 0.04, 0.02


class Viewers(Crowd):
    """All who watch."""

    def __init__(self, target: str, count: int) -> None:
        clients, pages = round(count * CLIENTS_SHARE), round(count * PAGES_SHARE)
        by_hand = count - clients - pages
        super().__init__(target, {"grpc-web": by_hand, "client": clients}, Watcher)
        self._pages = Pages(f"http://{target}", pages)
        self.viewers += self._pages.viewers

    def __enter__(self) -> Self:
        self._pages.__enter__()
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self._pages.__exit__(kind, error, trace)

    def silence(self, since: float, until: float) -> tuple[float, str]:
        """Answer the longest that anybody had no news for, in a span of time; and by which way."""
        return max((longest_gap(one.news_at, since, until), one.way) for one in self.viewers)

    def unheard(self, since: float, until: float) -> float:
        """Answer the longest that anybody heard nothing at all for, heartbeats included."""
        counted = (one.heard_at for one in self.viewers if isinstance(one, Watcher))
        return max(longest_gap(heard, since, until) for heard in counted if heard)

    def have_news(self, since: float) -> bool:
        """Tell whether everybody has had news from after an instant."""
        return all(one.news_at and one.news_at[-1] > since for one in self.viewers)

    @property
    def faults(self) -> list[str]:
        """What was amiss in what they were told: gaps."""
        return [fault for one in self.viewers for fault in one.faults]

    @property
    def counts(self) -> Mapping[str, int]:
        """How often they were cut off, and were sent a whole state again."""
        cuts = sum(one.cuts for one in self.viewers)
        again = sum(max(0, one.snapshots - 1) for one in self.viewers)
        return {"cuts": cuts, "snapshots": again}

    def held(self, which: Sequence[int]) -> list[Held]:
        """Copy what some viewers hold, and all pages."""

        here = len(self.viewers) - len(self._pages.viewers)

        async def copy() -> list[Held]:
            return [held_by(self.viewers[number]) for number in which if number < here]

        copied = asyncio.run_coroutine_threadsafe(copy(), self._loop).result(_COPY_SECONDS)
        return copied + self._pages.held() if self._pages.viewers else copied
