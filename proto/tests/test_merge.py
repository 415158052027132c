"""The algebra of updates: bytes joined parse as the messages merged, wherever they are joined."""

from collections.abc import Iterable, Sequence
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from states import fields_of, is_map, states

from racetime.lanes import FIELDS
from racetime.v1.car_pb2 import CarGap
from racetime.v1.race_service_pb2 import WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import Lane, UpdateRecord, UpdateRecords

LANES = sorted(FIELDS)
SUBSETS = list(chain.from_iterable(combinations(LANES, size) for size in range(1, 5)))
BODIES = ("snapshot", "update")

# An update is a part for each lane.
UPDATES = st.lists(st.tuples(*(states(lane) for lane in LANES)), max_size=4)


def merged(parts: Iterable[RaceState]) -> RaceState:
    """Merge one by one, as a reader does."""
    state = RaceState()
    for part in parts:
        state.MergeFrom(part)
    return state


def chosen(updates: Sequence[Sequence[RaceState]], lanes: Sequence[int]) -> list[RaceState]:
    """Answer the parts of some lanes in the order of the log."""
    return [update[LANES.index(lane)] for update in updates for lane in lanes]


def joined(parts: Iterable[RaceState]) -> bytes:
    """Join the bytes, as the api does."""
    return b"".join(part.SerializeToString() for part in parts)


@given(parts=st.lists(states(), max_size=4))
def test_bytes_joined_parse_as_states_merged(parts):
    assert RaceState.FromString(joined(parts)) == merged(parts)


@pytest.mark.parametrize(
    "lanes", SUBSETS, ids=lambda lanes: "+".join(Lane.Name(lane)[5:].lower() for lane in lanes)
)
def test_joining_is_merging_for_every_choice_of_lanes(lanes):
    @given(updates=UPDATES)
    def promise(updates):
        parts = chosen(updates, lanes)
        state = RaceState.FromString(joined(parts))
        assert state == merged(parts)
        # What another lane brings changes nothing in these.
        whole = merged(chosen(updates, LANES))
        for lane in set(LANES) - set(lanes):
            for field in fields_of(lane):
                whole.ClearField(field.name)
        assert state == whole

    promise()


@given(updates=UPDATES)
def test_the_order_of_lanes_within_an_update_does_not_matter(updates):
    forward = RaceState.FromString(joined(chosen(updates, LANES)))
    assert RaceState.FromString(joined(chosen(updates, LANES[::-1]))) == forward


@given(parts=st.lists(states(), max_size=4), cut=st.integers(0, 4))
def test_updates_may_be_joined_in_groups(parts, cut):
    early, late = (
        RaceState.FromString(joined(parts[:cut])),
        RaceState.FromString(joined(parts[cut:])),
    )
    early.MergeFrom(late)
    assert early == merged(parts)


@given(state=states(), parts=st.lists(states(), max_size=3))
def test_a_keyframe_stands_for_the_updates_before_it(state, parts):
    keyframe = merged([state, *parts[:1]]).SerializeToString()
    assert RaceState.FromString(keyframe + joined(parts[1:])) == merged([state, *parts])


@pytest.mark.parametrize("body", BODIES)
@given(parts=st.lists(states(), min_size=1, max_size=4))
def test_a_body_that_occurs_several_times_is_merged(body, parts):
    wire = b"".join(WatchRaceResponse(**{body: part}).SerializeToString() for part in parts)
    response = WatchRaceResponse.FromString(wire)
    assert response.WhichOneof("body") == body
    assert getattr(response, body) == merged(parts)


@pytest.mark.parametrize("body", BODIES)
@given(parts=st.lists(states(), max_size=4), sequence=st.integers(0, 2**31 - 1))
def test_a_body_may_be_bytes_joined(body, parts, sequence):
    inner = joined(parts)
    tag = WatchRaceResponse.DESCRIPTOR.fields_by_name[body].number << 3 | 2
    own = WatchRaceResponse(sequence=sequence).SerializeToString()
    response = WatchRaceResponse.FromString(own + varint(tag) + varint(len(inner)) + inner)
    assert response.sequence == sequence
    assert response.WhichOneof("body") == body
    assert getattr(response, body) == merged(parts)


def varint(value: int) -> bytes:
    """Encode a number that is not negative as protobuf does."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])


@given(updates=UPDATES)
def test_a_head_grows_by_appending_and_loses_nothing(updates):
    head, written = b"", []
    for sequence, parts in enumerate(updates, start=1):
        fields = {
            Lane.Name(lane)[5:].lower(): part for lane, part in zip(LANES, parts, strict=True)
        }
        telemetry = {1: fields.pop("telemetry").SerializeToString()}
        lanes = {name: part.SerializeToString() for name, part in fields.items()}
        record = UpdateRecord(sequence=sequence, telemetry=telemetry, **lanes)
        written.append(record)
        head += UpdateRecords(records=[record]).SerializeToString()
    records = UpdateRecords.FromString(head).records
    assert list(records) == written
    lanes = (
        lane
        for record in records
        for lane in (record.timing, record.motion, record.history, *record.telemetry.values())
    )
    assert RaceState.FromString(b"".join(lanes)) == merged(chosen(updates, LANES))


@given(first=states(), second=states())
def test_a_map_entry_is_replaced_whole(first, second):
    state = merged([first, second])
    for field in filter(is_map, RaceState.DESCRIPTOR.fields):
        older, newer = getattr(first, field.name), getattr(second, field.name)
        expected = {**older, **newer}
        assert dict(getattr(state, field.name)) == expected


def test_a_gap_never_is_a_time_and_laps_at_once():
    early, late = RaceState(), RaceState()
    early.gaps[4].CopyFrom(CarGap(gap_to_leader_millis=0, interval_millis=0))
    late.gaps[4].CopyFrom(CarGap(gap_to_leader_laps=1))
    assert RaceState.FromString(joined([early, late])).gaps[4] == CarGap(gap_to_leader_laps=1)


@given(state=states())
def test_an_empty_update_changes_nothing(state):
    assert merged([state, RaceState()]) == state == merged([RaceState(), state])
