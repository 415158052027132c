"""The one door by which rows come in, be they asked for or pushed: older versions stay outside."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from racetime_poller import metrics
from racetime_poller.intake import Intake
from racetime_poller.race.rows import ENDPOINTS
from racetime_poller.reranking import HOLD_SECONDS, Reranking
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import Decoded, Message, NotRows, decode_message
from racetime_poller.sources.periods import SAMPLED
from racetime_poller.sources.versions import Versions


class Tell(Protocol):
    """Says that there is something new."""

    def __call__(self, *, urgent: bool = False) -> None: ...


@dataclass(slots=True)
class Door:
    """Takes rows into the intake and tells whether they are news."""

    intake: Intake
    clock: SourceClock
    tell: Tell
    versions: Versions = field(default_factory=Versions)
    # When the newest news came, in seconds of race time.
    news_at: float | None = None
    _reranking: Reranking = field(default_factory=Reranking)

    def answer(self, endpoint: str, decoded: Decoded, asked_at: float | None = None) -> bool:
        """Take in what was asked for at an instant; return whether it brought anything new."""
        asked = self.clock.seconds() if asked_at is None else asked_at
        rows = self.versions.current(endpoint, decoded.rows, asked)
        news = self._take_in(endpoint, Decoded(rows, decoded.set_aside))
        if news:
            self.tell()
        return news

    def messages(self, endpoint: str, bodies: Sequence[bytes]) -> bool:
        """Take in what was pushed; return whether it brought anything new."""
        if endpoint not in ENDPOINTS:
            return False
        rows: list[Any] = []
        aside: list[tuple[str, str]] = []
        now, seconds = self.clock.now(), self.clock.seconds()
        for body in bodies:
            try:
                message = decode_message(endpoint, body)
            except NotRows as error:
                aside.append(("shape", str(error)))
                continue
            if self._admits(endpoint, message, now, seconds):
                rows.append(message.row)
            else:
                aside.append(("older_version", str(message.row)))
        if endpoint == "position":
            rows = list(self._reranking.add(rows, self.intake.race.positions))
            if self._reranking.held:
                pause = HOLD_SECONDS / self.clock.speed
                asyncio.get_running_loop().call_later(pause, self._let_in_places)
        return self._push_in(endpoint, Decoded(rows, aside))

    def _let_in_places(self) -> None:
        if self._reranking.held:
            self._push_in("position", Decoded(self._reranking.release()))

    def _push_in(self, endpoint: str, decoded: Decoded) -> bool:
        news = self._take_in(endpoint, decoded)
        if news:
            self.tell(urgent=endpoint not in SAMPLED)
        return news

    def _admits(self, endpoint: str, message: Message, now: int, seconds: float) -> bool:
        return self.versions.admit(endpoint, message, now, seconds)

    def _take_in(self, endpoint: str, decoded: Decoded) -> bool:
        intake = self.intake
        aside = intake.set_aside.copy()
        intake.speed = self.clock.speed
        news = intake.apply(endpoint, decoded, self.clock.now())
        metrics.ROWS.labels(endpoint).inc(len(decoded.rows))
        for (name, reason), count in (intake.set_aside - aside).items():
            metrics.SET_ASIDE.labels(name, reason).inc(count)
        if news:
            self.news_at = self.clock.seconds()
        return news
