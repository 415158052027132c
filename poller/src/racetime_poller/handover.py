"""Hand over: what a poller knows of the race is kept beside its log, so that who takes over goes on
at once.

It is written before the update that rests on it, so it is never older than the log: who goes on
from it un-tells nothing. When nobody writes it, it is forgotten soon.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

import msgspec

from racetime_poller.intake import Intake
from racetime_poller.publisher import Publisher
from racetime_poller.race.rows import Instant
from racetime_poller.race.state import Race
from racetime_poller.race.views import SessionPhase
from racetime_poller.sources.budget import Budget
from racetime_poller.sources.clock import SourceClock

# Without news it is written again after so long, in wall-clock seconds.
_AGAIN_SECONDS = 5.0
# Two clocks differ by less; a race that is played again by more.
_AHEAD_MILLIS = 60_000
_FACTS = "facts"
_LAPS = "laps/"
_KINDS: Mapping[str, Any] = get_type_hints(Race)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the race. Instants are epoch milliseconds of race time."""

    source: str
    provenance: str
    # The update that is written next, and the log's revision.
    sequence: int
    log_revision: int
    at: int
    phase: int
    answered: set[str]
    row_counts: dict[str, int]
    newest: dict[str, int]
    # Who made the requests of the last minute, and when: the limit is one for all pollers.
    spender: str
    spent_at: list[int]
    # All that is kept.
    names: list[str]


@dataclass(frozen=True, slots=True)
class Handover:
    """What was kept by the poller that led before."""

    facts: Facts
    race: Race

    @staticmethod
    def read(kept: Mapping[bytes, bytes]) -> "Handover | None":
        """Read what was kept; None where there is nothing, or nothing that can be read."""
        try:
            facts = _decode(kept[_FACTS.encode()], Facts)
            values: dict[str, Any] = {}
            laps = {}
            for name in facts.names:
                if name.startswith(_LAPS):
                    number = int(name.removeprefix(_LAPS))
                    laps[number] = _decode(kept[name.encode()], _TABLE_OF_LAPS)
                else:
                    values[name] = _decode(kept[name.encode()], _KINDS[name])
            return Handover(facts, Race(**values, laps=laps))
        except (KeyError, TypeError, ValueError):
            # Of another version, or cut off.
            return None

    def is_of(self, session: str, source: str, clock: SourceClock) -> bool:
        """Tell whether it is of the session, the source and the time that are followed now."""
        facts, key = self.facts, self.race.session.session_key
        return (
            session in ("latest", str(key))
            and (facts.source, facts.provenance) == (source, clock.provenance)
            and facts.at - clock.now() <= _AHEAD_MILLIS
        )

    def fits(self, sequence: int, log_revision: int) -> bool:
        """Tell whether a log that ends so tells nothing that is not known here."""
        return sequence <= self.facts.sequence and log_revision == self.facts.log_revision

    def restore(self, intake: Intake, budget: Budget, clock: SourceClock) -> None:
        """Let an intake know what the other poller knew, and a budget what it spent."""
        if self.facts.spender != budget.spender:
            budget.take_over([(clock.now() - at) / 1000 for at in self.facts.spent_at])
        intake.race = self.race
        intake.phase = SessionPhase(self.facts.phase)
        intake.answered |= self.facts.answered
        intake.row_counts.update(self.facts.row_counts)
        intake.freshness.newest.update(self.facts.newest)


@dataclass(slots=True)
class Keeper:
    """Keeps a race for who takes over: of its tables those that are other ones than before."""

    publisher: Publisher
    source: str
    clock: SourceClock
    budget: Budget
    _kept: dict[str, object] = field(default_factory=dict)
    _kept_at: float = float("-inf")

    @property
    def is_due(self) -> bool:
        """Whether it is to be written even without news."""
        return time.monotonic() - self._kept_at > _AGAIN_SECONDS

    async def keep(self, intake: Intake, sequence: int, log_revision: int) -> None:
        """Keep a race, and the update that will rest on it. Raises PublishError and
        redis.RedisError."""
        tables, key = _tables(intake.race), intake.race.session.session_key
        facts = self._facts(intake, sequence, log_revision, list(tables))
        if not await self._write(key, tables, facts):
            self._kept = {}
            await self._write(key, tables, facts)
        self._kept, self._kept_at = tables, time.monotonic()

    def _facts(self, intake: Intake, sequence: int, log_revision: int, names: list[str]) -> Facts:
        now = self.clock.now()
        return Facts(
            source=self.source,
            provenance=self.clock.provenance,
            sequence=sequence,
            log_revision=log_revision,
            at=now,
            phase=intake.phase,
            answered=intake.answered,
            row_counts=intake.row_counts,
            newest=intake.freshness.newest,
            spender=self.budget.spender,
            spent_at=[now - int(1000 * one) for one in self.budget.spent_seconds_ago],
            names=names,
        )

    async def _write(self, session_key: int, tables: Mapping[str, object], facts: Facts) -> bool:
        values = {
            name: _encode(table)
            for name, table in tables.items()
            if self._kept.get(name) is not table or not self._kept
        }
        values[_FACTS] = _encode(facts)
        return await self.publisher.hand_over(session_key, values, anew=not self._kept)


def _tables(race: Race) -> dict[str, object]:
    tables: dict[str, object] = {
        one.name: getattr(race, one.name) for one in fields(race) if one.name != "laps"
    }
    return tables | {f"{_LAPS}{number}": table for number, table in race.laps.items()}


_TABLE_OF_LAPS: Any = _KINDS["laps"].__args__[1]
_encode = msgspec.msgpack.Encoder(enc_hook=int).encode


def _decode(value: bytes, kind: Any) -> Any:
    return msgspec.msgpack.decode(value, type=kind, dec_hook=_hook)


def _hook(kind: type, value: object) -> object:
    if kind is Instant and isinstance(value, int):
        return Instant(value)
    raise ValueError("not an instant")
