"""The ways between parts, each through a proxy that can be cut; in a thread of their own."""

import asyncio
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

sys.path.append(str(Path(__file__).resolve().parents[2] / "poller" / "tests"))
from proxy import Proxy

_START_SECONDS = 10
# From whom to whom.
Way = tuple[str, str]


class Ways:
    """Proxies by who goes through them, until left."""

    def __init__(self, targets: Mapping[Way, int]) -> None:
        self._proxies = {way: Proxy(port) for way, port in targets.items()}
        self._loop = asyncio.new_event_loop()
        self._serving = threading.Event()
        self._leaving = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._serving.wait(_START_SECONDS):
            raise RuntimeError("the proxies do not listen")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._leaving.set)
        self._thread.join(_START_SECONDS)

    def port(self, way: Way) -> int:
        """Answer where somebody goes who wants to get somewhere."""
        return self._proxies[way].port

    def cut(self, parts: Iterable[str]) -> None:
        """Close and refuse what goes from or to parts."""
        for proxy in self._of(parts):
            self._loop.call_soon_threadsafe(proxy.cut)

    def swallow(self, parts: Iterable[str]) -> None:
        """Hold back what goes from or to parts."""
        for proxy in self._of(parts):
            self._loop.call_soon_threadsafe(proxy.swallow)

    def heal(self) -> None:
        """Let all through."""
        for proxy in self._proxies.values():
            self._loop.call_soon_threadsafe(proxy.heal)

    def _of(self, parts: Iterable[str]) -> list[Proxy]:
        named = set(parts)
        return [proxy for way, proxy in self._proxies.items() if named & set(way)]

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            for proxy in self._proxies.values():
                await stack.enter_async_context(proxy.serving())
            self._serving.set()
            await self._leaving.wait()
