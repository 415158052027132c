"""The API's description, held against what the gateway answers; and the page to try it."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chain import Chain
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from racetime_embedded.parts import ROOT

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]

DOCUMENT: dict[str, Any] = json.loads((ROOT / "gateway" / "openapi.json").read_text())
GETS: dict[str, dict[str, Any]] = {
    path: item["get"] for path, item in DOCUMENT["paths"].items() if "get" in item
}
# A watch begins at one of them alone.
STARTS = (("race_time", "speed"), ("delay_millis",), ("after.",))
NOWHERE = {"session_key": 1, "circuit_key": 999_999, "code": "QQQQQQ"}


def closed_components() -> dict[str, Any]:
    """Answer the description's components without room for a property that it does not name."""
    components = copy.deepcopy(DOCUMENT["components"])
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return components


COMPONENTS = closed_components()


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A race with a circuit on screen, for all tests of this module."""
    with Chain(tmp_path_factory.mktemp("chain"), speed=30, replicas=1) as chain:
        chain.until_on_screen()
        chain.until("health is well", lambda: chain.get("/api/health").status == 200)
        chain.until("there is a circuit", lambda: "circuit" in chain.snapshot()["state"], 30)
        yield chain


@pytest.fixture(scope="module")
def http(chain: Chain) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=chain.url, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def samples(chain: Chain) -> dict[str, Any]:
    """A value of every parameter that a request can have."""
    newest = chain.snapshot()
    room = httpx.post(f"{chain.url}/api/rooms", json={"shared_control": True}, timeout=20).json()
    return {
        "code": room["room"]["code"],
        "session_key": newest["sessionKey"],
        "circuit_key": newest["state"]["circuit"]["circuitKey"],
        "race_time": newest["raceTime"],
        "speed": 10,
        "delay_millis": 1000,
        "after.session_key": newest["sessionKey"],
        "after.log_revision": newest["logRevision"],
        "after.sequence": newest["sequence"],
        "lanes": ["LANE_TIMING", "LANE_MOTION", "LANE_HISTORY", "LANE_TELEMETRY"],
        "driver_numbers": [int(number) for number in newest["state"]["drivers"]],
        "min_interval_millis": 100,
        "kinds": ["RACE_EVENT_KIND_OVERTAKE", "RACE_EVENT_KIND_FLAG"],
    }


def faults_of(body: Any, schema: dict[str, Any]) -> list[str]:
    validator = OAS31Validator(
        {**schema, "components": COMPONENTS}, format_checker=oas31_format_checker
    )
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in validator.iter_errors(body)]


def queries(operation: dict[str, Any]) -> list[list[str]]:
    """Answer sets of parameters that go together; all of them have every parameter."""
    names = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
    starts = [name for name in names if name.startswith(("speed", "delay_millis", "after."))]
    if not starts:
        return [names]
    every = tuple(prefix for start in STARTS for prefix in start)
    plain = [name for name in names if not name.startswith(every)]
    return [plain + [name for name in names if name.startswith(start)] for start in STARTS]


def first_answer(http: httpx.Client, path: str, query: dict[str, Any], media_type: str) -> Any:
    """Ask for a path; of a stream, answer the first message."""
    with http.stream("GET", path, params=query) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"] == media_type
        if media_type == "application/json":
            return json.loads(response.read())
        lines = (line for line in response.iter_lines() if line.startswith("data: "))
        return json.loads(next(lines).removeprefix("data: "))


@pytest.mark.parametrize("path", GETS)
def test_every_answer_is_as_described(
    http: httpx.Client, samples: dict[str, Any], path: str
) -> None:
    operation = GETS[path]
    ((media_type, media),) = operation["responses"]["200"]["content"].items()
    asked = set()
    for names in [[], *queries(operation)]:
        query = {name: samples[name] for name in names}
        body = first_answer(http, path.format(**samples), query, media_type)
        assert body
        assert faults_of(body, media["schema"]) == [], (path, query)
        asked |= set(names)
    assert asked == {one["name"] for one in operation["parameters"] if one["in"] == "query"}


@pytest.mark.parametrize("path", ["/api/rooms", "/api/rooms/{code}"])
def test_what_is_posted_is_answered_as_described(
    http: httpx.Client, samples: dict[str, Any], path: str
) -> None:
    responses = DOCUMENT["paths"][path]["post"]["responses"]
    body = {"playhead": {"delay_millis": 37_000}}
    answer = http.post(path.format(**samples), json=body)
    assert answer.status_code == 200
    assert not faults_of(answer.json(), responses["200"]["content"]["application/json"]["schema"])
    assert answer.json()["room"]["playhead"]["delayMillis"] == 37_000


@pytest.mark.parametrize("path", GETS)
def test_every_error_is_as_described(http: httpx.Client, path: str) -> None:
    requests = [(path.format(**NOWHERE), {"nonsense": "1"}, "400")]
    if "{" in path:
        requests.append((path.format(**NOWHERE), {}, "404"))
    for url, query, status in requests:
        response = http.get(url, params=query)
        assert str(response.status_code) == status
        name = GETS[path]["responses"][status]["$ref"].rpartition("/")[2]
        (media,) = COMPONENTS["responses"][name]["content"].values()
        assert response.json()["message"]
        assert faults_of(response.json(), media["schema"]) == []


def _watched(page: Any) -> tuple[list[str], set[str]]:
    """Collect what goes wrong on a page, and the hosts that it asks."""
    problems: list[str] = []
    hosts: set[str] = set()

    def failed(url: str) -> None:
        if not url.endswith("/stream"):  # that one the page itself ends
            problems.append(url)

    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("requestfailed", lambda request: failed(request.url))
    page.on("request", lambda request: hosts.add(httpx.URL(request.url).netloc.decode()))
    page.on(
        "console",
        lambda said: problems.append(said.text) if said.type == "error" else None,
    )
    return problems, hosts


def _try(page: Any, operation: str) -> str:
    """Press the page's button of an operation and read the answer that it shows."""
    block = f"#operations-RaceService-{operation}"
    page.click(f"{block} .opblock-summary-control")
    page.click(f"{block} .execute")
    answer = page.wait_for_selector(f"{block} .live-responses-table tr.response")
    return str(answer.inner_text())


@pytest.mark.browser
def test_the_page_tries_a_call_and_a_stream(chain: Chain, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="light")
    problems, hosts = _watched(page)
    page.goto(f"{chain.url}/api/docs")
    answer = _try(page, "ListSessions")
    assert answer.startswith("200")
    assert f'"sessionKey": {chain.snapshot()["sessionKey"]}' in answer
    stream = _try(page, "WatchRace")
    assert stream.startswith("200")
    assert 'data: {"sequence":' in stream
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    assert problems == []
    assert hosts == {chain.target}
