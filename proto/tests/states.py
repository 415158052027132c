"""Make up random messages from descriptors, so that a new field is tested the day it comes."""

from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from racetime.lanes import FIELDS
from racetime.v1.race_state_pb2 import RaceState

INT32 = st.integers(-(2**31), 2**31 - 1)
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_INT32: INT32,
    FieldDescriptor.TYPE_SINT32: INT32,
    FieldDescriptor.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_FLOAT: st.floats(width=32, allow_nan=False),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_STRING: st.sampled_from(["", "VER", "Köln", "DOUBLE YELLOW"]),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=4),
}
# Few keys, so that updates meet in the same entries; 0 and the empty key are keys like others.
KEYS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_INT32: st.sampled_from([0, 1, 44]),
    FieldDescriptor.TYPE_STRING: st.sampled_from(["", "location", "intervals"]),
}
MOST_FIELDS = 4
MOST_ENTRIES = 3


def is_map(field: FieldDescriptor) -> bool:
    """Tell a map from a plain field."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def is_singular_message(field: FieldDescriptor) -> bool:
    """Tell a message that occurs once from all other fields."""
    return field.message_type is not None and not field.is_repeated


def fields_of(lane: Any) -> list[FieldDescriptor]:
    """Answer the fields of RaceState that belong to a lane."""
    return [field for field in RaceState.DESCRIPTOR.fields if field.name in FIELDS[lane]]


@st.composite
def messages(
    draw: st.DrawFn, descriptor: Descriptor, fields: Iterable[FieldDescriptor] | None = None
) -> Message:
    """Make up a message of which some (or of the fields named, some) are set, at any depth."""
    message: Any = GetMessageClass(descriptor)()
    choice = list(descriptor.fields if fields is None else fields)
    for field in draw(st.lists(st.sampled_from(choice), max_size=MOST_FIELDS)) if choice else ():
        _set(draw, message, field)
    return message


def states(lane: Any = None) -> st.SearchStrategy[RaceState]:
    """Make up a partial RaceState, of one lane or of any."""
    return messages(RaceState.DESCRIPTOR, None if lane is None else fields_of(lane))


def enum_numbers(enum: EnumDescriptor) -> st.SearchStrategy[int]:
    """Draw a value; one that is not known yet is passed on like any other."""
    return st.sampled_from([*(value.number for value in enum.values), 999])


def value_of(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    """Draw one value of a field that is no message."""
    return enum_numbers(field.enum_type) if field.enum_type else SCALARS[field.type]


def _set(draw: st.DrawFn, message: Any, field: FieldDescriptor) -> None:
    if is_map(field):
        _set_entries(draw, getattr(message, field.name), field.message_type)
    elif field.is_repeated:
        one = messages(field.message_type) if field.message_type else value_of(field)
        getattr(message, field.name).extend(draw(st.lists(one, max_size=MOST_ENTRIES)))
    elif field.message_type is not None:
        getattr(message, field.name).MergeFrom(draw(messages(field.message_type)))
        getattr(message, field.name).SetInParent()
    else:
        setattr(message, field.name, draw(value_of(field)))


def _set_entries(draw: st.DrawFn, entries: Any, entry: Descriptor) -> None:
    value = entry.fields_by_name["value"]
    keys = KEYS[entry.fields_by_name["key"].type]
    for key in draw(st.lists(keys, min_size=1, max_size=MOST_ENTRIES)):
        if value.message_type is not None:
            entries[key].CopyFrom(draw(messages(value.message_type)))
        else:
            entries[key] = draw(value_of(value))
