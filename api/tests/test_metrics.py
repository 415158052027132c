"""What Prometheus is told of calls, of the log, of the live session."""

from unittest.mock import patch

import grpc
import pytest

from racetime.v1 import race_service_pb2 as messages
from racetime.v1.error_reason_pb2 import ErrorReason
from racetime_api.catalogue import Catalogue


def outcome(service, method: str, name: str) -> float:
    """Read how many calls of a method have ended so."""
    return service.count("requests_total", method=method, outcome=name)


async def test_calls_are_counted_by_how_they_end(service, writer):
    await service.stub.GetSnapshot(messages.GetSnapshotRequest())
    with pytest.raises(grpc.aio.AioRpcError):
        await service.stub.GetSnapshot(messages.GetSnapshotRequest(session_key=5))
    assert outcome(service, "GetSnapshot", "ok") == 1
    assert outcome(service, "GetSnapshot", "refused") == 1
    reader = service.watch()
    await reader.read()
    reader.call.cancel()
    await service.until(lambda: outcome(service, "WatchRace", "gone") == 1)


async def test_a_fault_of_our_own_is_a_failure(service):
    with (
        patch.object(Catalogue, "sessions", side_effect=ZeroDivisionError),
        pytest.raises(grpc.aio.AioRpcError),
    ):
        await service.stub.ListSessions(messages.ListSessionsRequest())
    assert outcome(service, "ListSessions", "failed") == 1


async def test_what_alerts_count_is_told_before_it_happens(open_service):
    async with open_service() as service:
        told = service.metrics.registry.get_sample_value
        for reason in ErrorReason.keys()[1:]:
            assert told("racetime_api_requests_refused_total", {"reason": reason}) == 0
        for cause in ("hole", "replaced"):
            assert told("racetime_api_log_reloads_total", {"cause": cause}) == 0
        assert told("racetime_api_live_sequence") == 0


async def test_the_newest_update_is_told(service, writer):
    await service.watch().read()
    assert service.count("live_sequence") == writer.sequence
