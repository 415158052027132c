"""What fuzz tests make up: messages of the contract, right and wrong, by seed and in bounds."""

import os
from collections.abc import Callable
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("RACETIME_FUZZ_TIMES") or 1)
SEED = int(os.environ.get("RACETIME_FUZZ_SEED") or 1)

_DEEPEST = 3
_INT32 = (-(2**31), -1, 0, 1, 9, 90001, 2**31 - 1)
_INT64 = (*_INT32, -(2**63), 253_402_300_799, 253_402_300_800, 2**63 - 1)
_TEXTS = (
    *("", "A", "ABC234", "abc234", "0OI1L0", "../../etc/passwd", "/etc/passwd", "a\0b", "%00"),
    *(
        "é" * 300,
        "\u202e",
        "x" * 70_000,
        "${jndi:ldap://x}",
        "' or 1=1 --",
        "{1}",
        "*",
        "\r\nGET /",
    ),
)
_FLOATS = (0.0, -0.0, 0.25, 60.0, 1e-320, 1e308, float("nan"), float("inf"), float("-inf"))


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """Try so many examples, always the same unless a seed is given, and more where that is said."""

    def decorate(test: Any) -> Any:
        bounded = settings(
            max_examples=examples * TIMES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        return seed(SEED)(bounded(test))

    return decorate


def requests(descriptor: Descriptor) -> st.SearchStrategy[bytes]:
    """Make up the bytes of a request: any values, spoilt ones, or no message at all."""
    made = messages(descriptor).map(_serialized)
    return st.one_of(made, st.builds(_spoilt, made, st.randoms(use_true_random=False)), _noise())


def messages(descriptor: Descriptor, depth: int = 0) -> st.SearchStrategy[Message]:
    """Make up a message: each field is left out, or set to anything that its type holds."""
    kind = message_factory.GetMessageClass(descriptor)
    inner = [one for one in descriptor.fields if depth < _DEEPEST or one.message_type is None]
    chosen = st.fixed_dictionaries({}, optional={one.name: _field(one, depth) for one in inner})
    return chosen.map(lambda values: kind(**values))


def _field(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    one = _value(field, depth)
    return st.lists(one, max_size=6) if field.is_repeated else one


def _value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return messages(field.message_type, depth + 1)
    kinds = {
        FieldDescriptor.CPPTYPE_STRING: st.sampled_from(_TEXTS) | st.text(max_size=20),
        FieldDescriptor.CPPTYPE_INT32: st.sampled_from(_INT32) | st.integers(-(2**31), 2**31 - 1),
        FieldDescriptor.CPPTYPE_INT64: st.sampled_from(_INT64) | st.integers(-(2**63), 2**63 - 1),
        FieldDescriptor.CPPTYPE_ENUM: st.sampled_from((-1, 0, 1, 2, 3, 4, 99, 2**31 - 1)),
        FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
        FieldDescriptor.CPPTYPE_FLOAT: st.sampled_from(_FLOATS[:4]) | st.floats(width=32),
        FieldDescriptor.CPPTYPE_DOUBLE: st.sampled_from(_FLOATS) | st.floats(),
    }
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=100)
    return kinds[field.cpp_type]


def _serialized(message: Message) -> bytes:
    return message.SerializePartialToString()


def _spoilt(data: bytes, chance: Any) -> bytes:
    """Cut, repeat or change bytes, as no client of ours would."""
    at = chance.randint(0, len(data))
    return chance.choice(
        (
            data[:at],
            data[at:] + data[:at],
            data + data,
            data[:at] + chance.randbytes(3) + data[at:],
            data[:at] + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + data[at:],
        )
    )


def _noise() -> st.SearchStrategy[bytes]:
    # The last ones are groups within groups, and a length that is a lie.
    deep = st.sampled_from((b"\x0b" * 5_000, b"\x0a\xff\xff\xff\xff\x0f", b"\x00" * 100))
    return st.binary(max_size=300) | deep
