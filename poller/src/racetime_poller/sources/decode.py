"""Decode OpenF1's answers into rows, once, at the edge. What does not fit is set aside and told,
never guessed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from racetime_poller.race.rows import ENDPOINTS, Instant, Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

# A set-aside row is shown to operators cut to so many characters.
SAMPLE_LENGTH = 200


class NotRows(Exception):
    """An answer that is no list of rows, such as an HTML page or cut JSON."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Rows of an answer, and what of it was set aside: reason and sample."""

    rows: Sequence[Any]
    set_aside: Sequence[tuple[str, str]] = ()


class _Version(msgspec.Struct):
    id: int | None = msgspec.field(default=None, name="_id")


@dataclass(frozen=True, slots=True)
class Message:
    """A row as it was pushed. Of two versions the one with the greater number is the newer."""

    row: Any
    version: int | None = None


@lru_cache(maxsize=4096)
def parse_instant(text: str) -> Instant:
    """Read an ISO 8601 instant; without a zone it is UTC, as MQTT sends it. Raises ValueError.

    Microseconds are cut off, as REST has them cut off.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Instant((moment - _EPOCH) // _MILLISECOND)


def _hook(kind: type, value: object) -> object:
    if kind is Instant and isinstance(value, str):
        return parse_instant(value)
    raise ValueError("not an instant")


_LISTS: dict[str, Callable[[bytes], Any]] = {
    endpoint: msgspec.json.Decoder(list[row], dec_hook=_hook).decode  # type: ignore[valid-type]
    for endpoint, row in ENDPOINTS.items()
}
_ROWS: dict[str, Callable[[msgspec.Raw], Any]] = {
    endpoint: msgspec.json.Decoder(row, dec_hook=_hook).decode
    for endpoint, row in ENDPOINTS.items()
}
# The last one comes with an answer that is nested too deep.
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_RAW = msgspec.json.Decoder(list[msgspec.Raw])
_VERSION = msgspec.json.Decoder(_Version).decode


def decode(endpoint: str, body: bytes) -> Decoded:
    """Decode an answer of an endpoint.

    Raises NotRows when the answer is no list of rows.
    """
    try:
        return Decoded(_LISTS[endpoint](body))
    except _UNREADABLE:
        return _decode_one_by_one(endpoint, body)


def decode_message(endpoint: str, body: bytes) -> Message:
    """Decode a row that was pushed; what OpenF1 keeps to itself is left out.

    Raises NotRows when it is no row of the endpoint.
    """
    try:
        return Message(_ROWS[endpoint](msgspec.Raw(body)), _version(body))
    except _UNREADABLE as error:
        sample = body[:SAMPLE_LENGTH].decode("utf-8", "replace")
        raise NotRows(sample) from error


def _version(body: bytes) -> int | None:
    try:
        return _VERSION(body).id
    except _UNREADABLE:
        return None


def _decode_one_by_one(endpoint: str, body: bytes) -> Decoded:
    raws = split_rows(body)
    rows: list[Row] = []
    set_aside = []
    for raw in raws:
        try:
            rows.append(_ROWS[endpoint](msgspec.Raw(raw)))
        except _UNREADABLE:
            sample = bytes(raw)[:SAMPLE_LENGTH].decode("utf-8", "replace")
            set_aside.append(("shape", sample))
    return Decoded(rows, set_aside)


def split_rows(body: bytes) -> Sequence[bytes]:
    """Return the rows of an answer as they are written. Raises NotRows."""
    try:
        return [bytes(raw) for raw in _RAW.decode(body)]
    except _UNREADABLE as error:
        raise NotRows(f"no list of rows: {body[:60]!r}") from error
