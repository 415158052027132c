"""Write the messages of a watch by joining bytes.

The lanes of a record are bytes of partial RaceStates, and protobuf merges what is concatenated; so
a response is its own few scalar fields, then one tag, the length, and the lanes as they are.
Nothing is parsed and nothing is encoded twice.
"""

from collections.abc import Sequence

from racetime.v1.race_service_pb2 import GetCircuitResponse, WatchRaceResponse

_VARINT = 0
_LENGTH_DELIMITED = 2
_UINT64_MASK = (1 << 64) - 1


def _numbers(descriptor: object) -> dict[str, int]:
    return {field.name: field.number for field in descriptor.fields}  # type: ignore[attr-defined]


_WATCH = _numbers(WatchRaceResponse.DESCRIPTOR)
_CIRCUIT = _numbers(GetCircuitResponse.DESCRIPTOR)


def varint(value: int) -> bytes:
    """Encode an integer as a varint; a negative one as protobuf's int32 does, in ten bytes."""
    value &= _UINT64_MASK
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def int32_field(number: int, value: int | None) -> bytes:
    """Encode an int32 field with explicit presence: nothing for None."""
    return b"" if value is None else varint(number << 3 | _VARINT) + varint(value)


def message_field(number: int, parts: Sequence[bytes]) -> list[bytes]:
    """Encode a message field whose body is the parts joined."""
    length = sum(map(len, parts))
    return [varint(number << 3 | _LENGTH_DELIMITED) + varint(length), *parts]


def watch_response(
    body: str,
    parts: Sequence[bytes],
    *,
    sequence: int,
    race_offset_millis: int,
    published_offset_millis: int,
    first_sequence: int | None = None,
    session_key: int | None = None,
    log_revision: int | None = None,
) -> bytes:
    """Encode a WatchRaceResponse whose body, by the name of its field, is the parts joined."""
    scalars = b"".join(
        (
            int32_field(_WATCH["sequence"], sequence or None),
            int32_field(_WATCH["first_sequence"], first_sequence),
            int32_field(_WATCH["race_offset_millis"], race_offset_millis or None),
            int32_field(_WATCH["published_offset_millis"], published_offset_millis or None),
            int32_field(_WATCH["session_key"], session_key),
            int32_field(_WATCH["log_revision"], log_revision),
        )
    )
    return b"".join((scalars, *message_field(_WATCH[body], parts)))


def circuit_response(circuit: bytes) -> bytes:
    """Encode a GetCircuitResponse around the bytes of a Circuit."""
    return b"".join(message_field(_CIRCUIT["circuit"], [circuit]))
