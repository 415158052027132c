"""What viewers notice of a replica that goes: nothing."""

import asyncio

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def answering(gateway, requests: int = 40) -> set[int]:
    answers = await asyncio.gather(
        *(gateway.http.get("/api/live/snapshot") for _ in range(requests))
    )
    assert {answer.status_code for answer in answers} == {200}
    return {answer.json()["sequence"] for answer in answers}


async def test_requests_are_spread_over_all_replicas(three_replicas):
    assert await answering(three_replicas) == {1, 2, 3}


async def test_a_dead_replica_costs_no_request(three_replicas):
    await three_replicas.replicas[0].server.stop(0)
    assert await answering(three_replicas) == {2, 3}


async def test_a_replica_that_does_not_serve_gets_nothing_until_it_serves_again(three_replicas):
    replica = three_replicas.replicas[1]
    await replica.set_serving(False)
    await three_replicas.until_healthy(2)
    assert await answering(three_replicas) == {1, 3}
    await replica.set_serving(True)
    await three_replicas.until_healthy(3)
    assert await answering(three_replicas) == {1, 2, 3}


async def test_no_replica_at_all_is_503_in_json(three_replicas):
    for replica in three_replicas.replicas:
        await replica.set_serving(False)
    await three_replicas.until_healthy(0)
    response = await three_replicas.http.get("/api/health")
    assert response.status_code == 503
    assert response.json() == {"code": 14, "message": "no healthy upstream"}
