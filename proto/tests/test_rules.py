"""Rules of the contract that make the algebra hold, read off the descriptors."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from states import is_map, is_singular_message

import racetime
import racetime.v1
from racetime import keys, lanes
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import LANE_UNSPECIFIED, Lane

WIDE = {
    FieldDescriptor.TYPE_INT64,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_SINT64,
    FieldDescriptor.TYPE_FIXED64,
    FieldDescriptor.TYPE_SFIXED64,
}
UNSIGNED = {
    FieldDescriptor.TYPE_UINT32,
    FieldDescriptor.TYPE_FIXED32,
    FieldDescriptor.TYPE_UINT64,
    FieldDescriptor.TYPE_FIXED64,
}
TIMESTAMP = "google.protobuf.Timestamp"


def modules() -> list[object]:
    """Answer the generated modules of racetime.v1."""
    names = (found.name for found in pkgutil.iter_modules(racetime.v1.__path__))
    return [importlib.import_module(f"racetime.v1.{n}") for n in names if n.endswith("_pb2")]


def descriptors() -> Iterator[Descriptor]:
    """Walk all messages of racetime.v1, nested ones (map entries) included."""
    for module in modules():
        waiting = list(module.DESCRIPTOR.message_types_by_name.values())
        while waiting:
            waiting.extend((one := waiting.pop()).nested_types)
            yield one


def enums() -> Iterator[EnumDescriptor]:
    """Walk all enums of racetime.v1."""
    for module in modules():
        yield from module.DESCRIPTOR.enum_types_by_name.values()


def facts() -> list[Descriptor]:
    """Answer the messages that stand alone: those that RaceState holds once."""
    fields = filter(is_singular_message, RaceState.DESCRIPTOR.fields)
    return sorted((field.message_type for field in fields), key=lambda one: one.name)


by_name = pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.name)


def test_these_messages_stand_alone():
    assert [fact.name for fact in facts()] == [
        "CircuitReference",
        "NewestRows",
        "OvertakingAid",
        "Qualifying",
        "RaceProgress",
        "Session",
        "SessionBests",
        "SessionClock",
        "TrackStatus",
        "Weather",
    ]


@by_name
def test_a_fact_tells_not_known_from_zero_in_every_field(fact):
    plain = [f.name for f in fact.fields if not f.is_repeated and not f.has_presence]
    assert plain == []


@by_name
def test_a_fact_holds_no_list(fact):
    assert [f.name for f in fact.fields if f.is_repeated and not is_map(f)] == []


@by_name
def test_a_fact_holds_no_message_but_instants(fact):
    inner = {f.message_type.full_name for f in filter(is_singular_message, fact.fields)}
    assert inner <= {TIMESTAMP}


def test_lists_at_the_top_are_logs_and_nothing_else():
    logs = {f.name for f in RaceState.DESCRIPTOR.fields if f.is_repeated and not is_map(f)}
    assert logs == {"race_control", "motion", "telemetry", "telemetry_groups"}


def test_every_field_of_the_state_is_a_fact_an_identity_or_a_log():
    assert all(field.message_type is not None for field in RaceState.DESCRIPTOR.fields)


def test_each_field_belongs_to_exactly_one_lane():
    told = sorted(name for fields in lanes.FIELDS.values() for name in fields)
    assert told == sorted(field.name for field in RaceState.DESCRIPTOR.fields)


def test_every_lane_has_fields():
    assert set(lanes.FIELDS) == set(Lane.values()) - {LANE_UNSPECIFIED}
    assert all(lanes.FIELDS.values())


def test_the_comment_of_each_field_names_its_lane():
    proto = Path(__file__).parents[1] / "racetime" / "v1" / "race_state.proto"
    body = re.sub(r"\n\s*// ", " ", proto.read_text().partition("message RaceState {")[2])
    told: dict[str, set[str]] = {}
    for lane, name in re.findall(r"(\w+) lane\.\s+[\w<>, ]+? (\w+) = \d+;", body):
        told.setdefault(f"LANE_{lane.upper()}", set()).add(name)
    assert told == {Lane.Name(lane): set(fields) for lane, fields in lanes.FIELDS.items()}


def test_numbers_fit_the_browser():
    wide = [f.full_name for one in descriptors() for f in one.fields if f.type in WIDE]
    assert wide == []


def test_no_number_is_unsigned():
    unsigned = [f.full_name for one in descriptors() for f in one.fields if f.type in UNSIGNED]
    assert unsigned == []


def test_only_moments_come_from_google():
    foreign = {
        field.message_type.full_name
        for one in descriptors()
        for field in one.fields
        if field.message_type and not field.message_type.full_name.startswith("racetime.v1.")
    }
    assert foreign == {TIMESTAMP}


@pytest.mark.parametrize("enum", list(enums()), ids=lambda enum: enum.name)
def test_an_enums_zero_says_not_known(enum):
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper()
    assert enum.values_by_number[0].name == f"{prefix}_UNSPECIFIED"
    assert all(value.name.startswith(f"{prefix}_") for value in enum.values)


def test_keys_of_a_session_share_a_hash_tag():
    session = [keys.log(9693), keys.head(9693), keys.meta(9693), keys.keyframes(9693)]
    assert len(set(session)) == len(session)
    assert {re.search(r"\{(.+?)\}", key).group(1) for key in session} == {"9693"}


def test_keys_of_two_sessions_differ():
    for name in (keys.log, keys.head, keys.meta, keys.keyframes, keys.circuit):
        assert name(1) != name(11)


def test_every_key_is_ours():
    own = [keys.SESSIONS, keys.LIVE, keys.FEED, keys.LEASE, keys.log(1), keys.circuit(1)]
    assert all(key.startswith("racetime:") for key in own)


def test_the_package_is_typed():
    folder = Path(racetime.__file__).parent
    assert (folder / "py.typed").is_file()
    generated = list(folder.rglob("*_pb2.py")) + list(folder.rglob("*_pb2_grpc.py"))
    assert generated
    assert [str(path) for path in generated if not path.with_suffix(".pyi").is_file()] == []
