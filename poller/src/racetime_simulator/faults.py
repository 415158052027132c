"""Misbehaviour on request, as OpenF1 has been seen to show it; underneath, the truth stays."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from racetime_simulator.answer import NO_RESULTS, Answer, json_answer
from racetime_simulator.instants import SECOND_MICROS, to_micros
from racetime_simulator.table import Lateness

FAULTS = (
    *("garbage_rows", "empty", "empty_list", "too_many_requests", "server_error", "html"),
    *("truncated", "timeout", "outage", "late", "duplicate", "reorder"),
)
"""Every fault by its name."""

_HTML = (b"content-type", b"text/html; charset=utf-8")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_JSON = (b"content-type", b"application/json")
BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>"
    b"502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n"
)
_ERRORS = (
    Answer(500, (_HTML,), b"<pre>Traceback (most recent call last):\n  KeyError: 'date'\n</pre>"),
    Answer(500, (_JSON,), b'{"detail":"Internal Server Error"}'),
    Answer(502, (_HTML,), BAD_GATEWAY),
    Answer(502, (_JSON,), BAD_GATEWAY),
    Answer(503, (_TEXT,), b"Service Unavailable"),
    Answer(504, (_TEXT,), b"upstream request timeout"),
)
_MAINTENANCE = (
    Answer(200, (_HTML,), b"<!doctype html><title>OpenF1</title><p>We are back soon.</p>"),
    Answer(200, (_JSON,), b"<!doctype html><title>OpenF1</title><p>We are back soon.</p>"),
)


@dataclass
class Faults:
    """Which faults are on, and how often. All of it may be changed while the server runs."""

    names: frozenset[str] = frozenset()
    rate: float = 0.1
    seed: int = 1
    timeout_seconds: float = 12.0
    outage_start: datetime | None = None
    outage_seconds: float = 30.0
    injected: dict[str, int] = field(default_factory=dict)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Refuse names that there are none of."""
        self.names = frozenset(self.names)
        unknown = self.names - set(FAULTS)
        if unknown:
            raise ValueError(
                f"no such fault: {', '.join(sorted(unknown))} (of {', '.join(FAULTS)})"
            )
        self._random = random.Random(self.seed)

    def turn_on(self, *names: str) -> None:
        """Turn on more faults."""
        self.names = replace(self, names=self.names | set(names)).names

    def turn_off(self, *names: str) -> None:
        """Turn off the named faults, or all."""
        self.names = self.names - set(names) if names else frozenset()

    @property
    def lateness(self) -> Lateness | None:
        """Return which rows come late, None where none do."""
        return Lateness(self.seed, self.rate) if "late" in self.names else None

    def instead(self, now: int) -> Answer | None:
        """Return the answer that a request gets instead of its own, None where it gets its own."""
        if self._is_out(now):
            self._count("outage")
            return Answer(502, (_HTML,), BAD_GATEWAY, disconnect=self._random.random() < 0.5)
        if self._strikes("timeout"):
            return Answer(504, (_TEXT,), b"upstream request timeout", self.timeout_seconds)
        if self._strikes("too_many_requests"):
            headers = ((b"retry-after", b"2"),) if self._random.random() < 0.5 else ()
            return Answer(429, (_TEXT, *headers), b"Rate exceeded")
        if self._strikes("server_error"):
            return self._random.choice(_ERRORS)
        if self._strikes("html"):
            return self._random.choice(_MAINTENANCE)
        if self._strikes("empty"):
            return NO_RESULTS
        return json_answer(200, b"[]") if self._strikes("empty_list") else None

    def disturb(self, rows: Sequence[bytes]) -> Sequence[bytes]:
        """Return rows with repeated, shuffled and garbage ones among them; none is missing."""
        if not self.names & {"duplicate", "reorder", "garbage_rows"}:
            return rows
        disturbed = list(rows)
        if self._strikes("duplicate") and rows:
            disturbed += self._random.choices(disturbed, k=1 + len(disturbed) // 4)
        if self._strikes("garbage_rows"):
            for _ in range(1 + len(disturbed) // 20):
                sample = self._random.choice(rows) if rows else b"{}"
                place = self._random.randint(0, len(disturbed))
                disturbed.insert(place, self._garbage(sample))
        if self._strikes("reorder"):
            self._random.shuffle(disturbed)
        return disturbed

    def cut(self, body: bytes) -> bytes:
        """Return a body, perhaps cut off in the middle."""
        if len(body) > 2 and self._strikes("truncated"):
            return body[: self._random.randint(1, len(body) - 1)]
        return body

    def _is_out(self, now: int) -> bool:
        if "outage" not in self.names or self.outage_start is None:
            return False
        start = to_micros(self.outage_start)
        return start <= now < start + round(self.outage_seconds * SECOND_MICROS)

    def _strikes(self, name: str) -> bool:
        if name not in self.names or self._random.random() >= self.rate:
            return False
        self._count(name)
        return True

    def _count(self, name: str) -> None:
        self.injected[name] = self.injected.get(name, 0) + 1

    def _garbage(self, sample: bytes) -> bytes:
        """Return something like a row that no client should believe."""
        row = msgspec.json.decode(sample)
        pick = self._random.choice
        kind = self._random.randrange(8)
        if kind == 0:
            return pick((b"null", b"[]", b"17", b'"row"', b"{}", b"[null]"))
        if not row:
            return b"{}"
        name = pick(sorted(row))
        if kind == 1:
            del row[name]
            row.pop("date", None)
            row.pop("driver_number", None)
        elif kind == 2:
            row = dict.fromkeys(row)
        elif kind == 3:
            row["driver_number"] = pick((-1, 0, 999, 10**12, "44?", None, 4.5))
            _spoil_date(row, "not a date")
        elif kind == 4:
            row = {key: pick(("NaN", "", "Infinity", [], {}, -1e300)) for key in row}
        elif kind == 5:
            row = {key: {"value": value} for key, value in row.items()}
        elif kind == 6:
            row["session_key"] = pick((None, "latest", [row.get("session_key")]))
            row["an_extra_field"] = {"nested": [1, 2, {"deep": None}]}
        else:
            row["date"] = pick(("0000-00-00T00:00:00", "2026-13-45T99:99:99+00:00", 1e18, True, ""))
            row["date_start"] = row["date"]
            row["driver_number"] = "NaN"
            row["lap_number"] = "NaN"
        return msgspec.json.encode(row)


def _spoil_date(row: dict[str, object], text: str) -> None:
    for name in ("date", "date_start"):
        if name in row:
            row[name] = text
