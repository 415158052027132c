"""Messages of the push feed that come twice, late and out of order, with garbage among them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from racetime_simulator.faults.garbage import garbage
from racetime_simulator.instants import SECOND_MICROS

if TYPE_CHECKING:
    from racetime_simulator.faults.faults import Faults

Message = tuple[str, bytes]
"""Topic and body."""

_LATEST_SECONDS = 8.0
_NO_ROWS = (b"", b"\xff\xfe\x00", b"<html>502</html>", b"[1, 2", b"NaN", b"null", b'{"_id": 1e400}')


@dataclass
class Delivery:
    """Delivers messages as the faults of the push feed have it; none is lost."""

    faults: "Faults"
    _count: int = 0
    # Messages that are held back, and until when.
    _held: list[tuple[int, Message]] = field(default_factory=list)

    def take(self, messages: Iterable[Message], now: int) -> list[Message]:
        """Take in what is published now; return what is delivered now."""
        delivered: list[Message] = []
        for message in messages:
            self._count += 1
            if not self._holds("mqtt_reorder", message, now):
                delivered.append(message)
                self._holds("mqtt_duplicate", message, now)
            delivered += self._garbage(message, now)
        due = [message for until, message in self._held if until <= now]
        self._held = [held for held in self._held if held[0] > now]
        return [*delivered, *due]

    def _holds(self, fault: str, message: Message, now: int) -> bool:
        """Hold a message back for a while where a fault strikes it."""
        chance = self.faults.strikes(fault, now, self._count)
        if chance is None:
            return False
        until = now + round(chance.uniform(0, _LATEST_SECONDS) * SECOND_MICROS)
        self._held.append((until, message))
        return True

    def _garbage(self, message: Message, now: int) -> list[Message]:
        chance = self.faults.strikes("mqtt_garbage", now, self._count)
        if chance is None:
            return []
        topic, body = message
        wrong = garbage(body, chance) if chance.random() < 0.5 else chance.choice(_NO_ROWS)
        return [(topic, wrong)]
