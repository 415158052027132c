"""REST and the page through the gateway."""

import json
import re
from pathlib import Path

import pytest

GATEWAY = Path(__file__).resolve().parents[1]

# The fake service answers so many messages of race control: some 2 MB of JSON.
LARGE_SESSION = 20_000

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_live_snapshot_is_json_in_camel_case_without_defaults(gateway):
    response = await gateway.http.get("/api/live/snapshot")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert body["sessionKey"] == 9693
    assert "circuitShortName" in body["state"]["session"]
    assert "logRevision" not in body


async def test_a_snapshot_of_more_than_a_megabyte_comes_whole(gateway):
    path = f"/api/sessions/{LARGE_SESSION}/snapshot"
    response = await gateway.http.get(path)
    assert response.status_code == 200
    assert len(response.json()["state"]["raceControl"]) == LARGE_SESSION


async def test_a_path_names_the_session(gateway):
    response = await gateway.http.get("/api/sessions/9998/snapshot?lanes=LANE_TIMING")
    assert response.json()["sessionKey"] == 9998


async def test_sessions_circuits_and_health_are_answered(gateway):
    assert (await gateway.http.get("/api/sessions")).json() == {}
    assert (await gateway.http.get("/api/circuits/10")).json() == {"circuit": {"circuitKey": 10}}
    for path in ("/api/health", "/health"):
        response = await gateway.http.get(path)
        assert response.json() == {"status": "ok", "redis": "ok", "feed": "ok"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/sessions/404/snapshot", 404, 5),
        ("/api/sessions/9693/history", 501, 12),
        ("/api/sessions/monaco/snapshot", 400, 3),
        ("/api/live/snapshot?lap=3", 400, 3),
        ("/api/live/snapshot?lanes=FAST", 400, 3),
        ("/health?lap=3", 400, 3),
        ("/health/nothing", 404, 5),
        ("/api/nothing", 404, 5),
        ("/api", 404, 5),
        ("/API/live/snapshot", 404, 5),
        ("/api/live/snapshot/", 404, 5),
    ],
)
async def test_an_error_is_json_with_its_status(gateway, path, status, code):
    response = await gateway.http.get(path)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/json"
    assert response.json()["message"]


async def test_an_error_carries_its_reason(gateway):
    response = await gateway.http.get("/api/sessions/404/snapshot")
    (details,) = response.json()["details"]
    assert details["reason"] == "ERROR_REASON_SESSION_NOT_FOUND"
    assert details["domain"] == "racetime"


async def test_a_dead_feed_is_503_and_does_not_cost_the_replicas_their_place(gateway):
    service = gateway.replicas[0].service
    service.feed_is_dead = True
    service.calls.clear()
    try:
        answers = [await gateway.http.get("/api/health") for _ in range(8)]
    finally:
        service.feed_is_dead = False
    assert {answer.status_code for answer in answers} == {503}
    assert answers[0].json()["message"] == "no rows for 42 s"
    assert answers[0].json()["details"][0]["reason"] == "ERROR_REASON_FEED_DEAD"
    assert len(service.calls) == len(answers), "the answer is final: it is not asked for again"
    assert (await gateway.http.get("/api/live/snapshot")).status_code == 200


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_json_is_compressed_for_who_can_unpack(gateway, encoding):
    request = gateway.http.build_request(
        "GET", "/api/live/snapshot", headers={"accept-encoding": encoding}
    )
    response = await gateway.http.send(request, stream=True)
    await response.aclose()
    assert response.headers["content-encoding"] == encoding


async def test_the_index_is_asked_for_again_each_time_and_safe_to_show(gateway):
    response = await gateway.http.get("/")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"[\w-]+ [^;]*https?:[^;]*", policy) == [
        "media-src https://livetiming.formula1.com"
    ]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_an_index_that_has_not_changed_is_not_sent_again(gateway, encoding):
    headers = {"accept-encoding": encoding}
    etag = (await gateway.http.get("/", headers=headers)).headers["etag"]
    again = await gateway.http.get("/", headers={**headers, "if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_hashed_asset_may_be_kept_for_ever(gateway):
    response = await gateway.http.get("/assets/index-4f9a.js", headers={"accept-encoding": "gzip"})
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["content-encoding"] == "gzip"


async def test_an_asset_that_is_not_there_is_404_and_may_not_be_kept(gateway):
    response = await gateway.http.get("/assets/index-old.js")
    assert response.status_code == 404
    assert "immutable" not in response.headers.get("cache-control", "")


async def test_a_view_of_the_page_is_the_page(gateway):
    response = await gateway.http.get("/session/9693/replay")
    assert response.status_code == 200
    assert "<title>RaceTime</title>" in response.text


async def test_the_description_of_the_api_is_the_one_that_was_generated(gateway):
    response = await gateway.http.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-encoding"] == "gzip"
    assert response.json() == json.loads((GATEWAY / "openapi.json").read_text())


async def test_the_page_of_the_api_may_load_nothing_but_its_own(gateway):
    response = await gateway.http.get("/api/docs")
    assert response.status_code == 200
    assert "<title>RaceTime API</title>" in response.text
    assert response.headers["cache-control"] == "no-cache"
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("path", ["/api/docs.html", "/api/docs/x", "/api/openapi.yaml"])
async def test_beside_the_page_of_the_api_there_is_nothing(gateway, path):
    assert (await gateway.http.get(path)).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_the_page_is_only_read(gateway, method):
    assert (await gateway.http.request(method, "/")).status_code == 405


@pytest.mark.parametrize("path", ["/../etc/passwd", "/..%2f..%2fetc%2fpasswd", "/.git/config"])
async def test_nothing_but_the_page_is_served(gateway, path):
    url = gateway.http.base_url.copy_with(raw_path=path.encode())
    response = await gateway.http.get(url)
    assert response.status_code in (400, 404) or "<title>RaceTime" in response.text


@pytest.mark.parametrize(
    "path", ["/api/live/stream", "/api/sessions/9693/stream?delay_millis=5000"]
)
async def test_a_watch_is_a_stream_of_server_sent_events(gateway, path):
    for replica in gateway.replicas:
        for _ in range(3):
            replica.service.next_message.release()
    events, lines = [], []
    async with gateway.http.stream("GET", path) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-store"
        async for line in response.aiter_lines():
            lines.append(line)
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
    assert [event["sequence"] for event in events] == [1, 2, 3]
    assert events[0]["heartbeat"] == {"periodMillis": 5000}
    assert set(lines[1::2]) == {""}


async def test_events_are_a_stream_as_well(gateway):
    response = await gateway.http.get("/api/live/events?driver_numbers=44")
    event = json.loads(response.text.removeprefix("data: "))
    assert event["sessionKey"] == 9693


async def test_rooms_are_made_set_and_watched(gateway):
    made = await gateway.http.post("/api/rooms", json={"playhead": {"delayMillis": 37000}})
    assert made.status_code == 200
    assert made.json()["room"]["playhead"] == {"delayMillis": 37000}
    path = f"/api/rooms/{made.json()['room']['code']}"
    body = {"key": made.json()["key"], "playhead": {}}
    moved = await gateway.http.post(path, json=body)
    assert (moved.status_code, moved.json()["room"]["revision"]) == (200, 2)
    watched = await gateway.http.get(f"{path}/stream")
    assert watched.headers["content-type"] == "text/event-stream"
    assert '"code":"K7XQ2M"' in watched.text


async def test_the_schedule_is_answered(gateway):
    answer = await gateway.http.get("/api/schedule")
    assert answer.json() == {"sessions": [{"sessionKey": 9700}]}


async def test_a_stream_asked_for_wrongly_is_refused(gateway):
    response = await gateway.http.get("/api/live/stream?lap=3")
    assert (response.status_code, response.json()["code"]) == (400, 3)
