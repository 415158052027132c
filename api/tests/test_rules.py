"""The rules that stand in the contract are those that requests are checked by."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from racetime.v1 import race_service_pb2 as messages
from racetime_api.rules import Rules

RULES = Rules()


def faults(request) -> dict[str, str]:
    return RULES.faults(request.DESCRIPTOR.full_name, request.SerializeToString())


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (
            messages.WatchEventsRequest(kinds=[1, 0, 99], driver_numbers=[1000]),
            {"kinds[1]", "kinds[2]", "driver_numbers[0]"},
        ),
        (messages.WatchEventsRequest(after=messages.ResumePoint()), {"after.session_key"}),
        (messages.GetHistoryRequest(race_time=Timestamp(seconds=-1)), {"session_key", "race_time"}),
        (messages.GetSnapshotRequest(session_key=-1, lanes=[9]), {"session_key", "lanes[0]"}),
    ],
)
def test_each_field_that_breaks_a_rule_is_named(request_, found):
    assert faults(request_).keys() == found


def test_a_fault_reads_on_from_the_name_of_its_field():
    request = messages.WatchRaceRequest(speed=2.0, lanes=[9])
    assert faults(request) == {
        "speed": "goes with race_time alone",
        "lanes[0]": "must be one of the defined enum values",
    }


@pytest.mark.parametrize(
    "request_",
    [
        messages.WatchRaceRequest(),
        messages.WatchRaceRequest(speed=60, race_time=Timestamp(seconds=253_402_300_799)),
        messages.WatchRaceRequest(delay_millis=21_600_000, min_interval_millis=0),
        messages.GetCircuitRequest(),
        messages.GetHealthRequest(),
        messages.ListSessionsRequest(),
    ],
)
def test_what_keeps_the_rules_has_no_faults(request_):
    assert faults(request_) == {}


def test_the_stubs_do_without_the_rules():
    imported = [file.name for file in messages.DESCRIPTOR.dependencies]
    assert "racetime/v1/race_state.proto" in imported
    assert not any(name.startswith("buf/") for name in imported)
