"""Whatever is sent to what faces outside, it is answered for what it is, and nothing breaks."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import fuzzing
import grpc
import httpx
import pytest
import schemathesis
from chain import Chain
from fuzzing import fuzzed, requests
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from racetime.ops.v1 import ops_service_pb2
from racetime.v1 import race_service_pb2, room_service_pb2
from racetime_embedded.parts import ROOT

pytestmark = [pytest.mark.chain, pytest.mark.fuzz, pytest.mark.timeout(120 * fuzzing.TIMES)]

SERVICES = (
    race_service_pb2.DESCRIPTOR.services_by_name["RaceService"],
    room_service_pb2.DESCRIPTOR.services_by_name["RoomService"],
)
METHODS = [method for service in SERVICES for method in service.methods]
UNARY = [method for method in METHODS if not method.server_streaming]
OPS = ops_service_pb2.DESCRIPTOR.services_by_name["OpsService"]
# What says that the server did not know what to do.
FAULTS = {grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL, grpc.StatusCode.DATA_LOSS}

schema = schemathesis.openapi.from_path(ROOT / "gateway" / "openapi.json").exclude(
    # They go on for as long as the race; what they are asked by is fuzzed by gRPC below.
    path_regex="/(stream|events)$"
)


def path_of(method: Any) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


@pytest.fixture(scope="module")
def racing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A made-up race; what is told to be recorded goes into a folder of its own."""
    folder = tmp_path_factory.mktemp("fuzzed")
    poller = {"RACETIME_POLLER_RECORDINGS": str(folder / "recordings")}
    with Chain(folder, speed=10, replicas=1, poller=poller) as chain:
        chain.until_on_screen()
        yield chain


@pytest.fixture(autouse=True)
def nothing_breaks(racing: Chain) -> Iterator[None]:
    """Afterwards all parts run, none has told of an exception, and the race can be watched."""
    yield
    racing.check()
    for name in racing.parts:
        assert "Traceback" not in racing.log(name), racing.tail(name)
    answer = racing.get("/api/live/snapshot")
    assert answer.status == 200, (answer.status, answer.body[:300])
    assert b'"positions"' in answer.body, answer.body[:300]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_any_request_of_a_viewer_is_answered_or_refused(racing: Chain, method: Any) -> None:
    with grpc.insecure_channel(racing.api_targets[0]) as channel:

        @fuzzed(60)
        @given(requests(method.input_type))
        def ask(request: bytes) -> None:
            assert answer_of(channel, method, request) not in FAULTS

        ask()


@pytest.mark.parametrize("method", list(OPS.methods), ids=lambda method: method.name)
def test_any_request_of_an_operator_is_answered_or_refused(racing: Chain, method: Any) -> None:
    with grpc.insecure_channel(racing.ops_target) as channel:

        @fuzzed(40)
        @given(fuzzing.messages(method.input_type))
        def ask(request: Any) -> None:
            assert answer_of(channel, method, request.SerializeToString()) not in FAULTS

        ask()


def answer_of(channel: grpc.Channel, method: Any, request: bytes) -> grpc.StatusCode:
    """Ask, and answer with the code: of a stream it is OK as soon as it has begun."""
    try:
        if not method.server_streaming:
            channel.unary_unary(path_of(method))(request, timeout=10)
            return grpc.StatusCode.OK
        stream = channel.unary_stream(path_of(method))(request, timeout=10)
        try:
            stream.initial_metadata()
            return stream.code() if stream.done() else grpc.StatusCode.OK
        finally:
            stream.cancel()
    except grpc.RpcError as error:
        return error.code()


@pytest.mark.parametrize("text", [False, True], ids=["binary", "text"])
def test_any_frame_of_grpc_web_is_answered_or_refused(racing: Chain, text: bool) -> None:
    form = "application/grpc-web-text" if text else "application/grpc-web+proto"
    lengths = st.none() | st.sampled_from((0, 1, 2**24, 2**31, 2**32 - 1))
    flags = st.sampled_from((0, 1, 2, 0x7F, 0x80, 0x81, 0xFF))
    with httpx.Client(base_url=racing.url, timeout=10) as client:

        @fuzzed(150)
        @given(st.data(), st.sampled_from(UNARY), lengths, flags, st.integers(0, 3))
        def ask(data: st.DataObject, method: Any, length: int, flag: int, times: int) -> None:
            body = data.draw(requests(method.input_type))
            size = len(body) if length is None else length
            said = (bytes([flag]) + size.to_bytes(4, "big") + body) * times
            if text:
                cut = data.draw(st.integers(0, 3))
                said = base64.b64encode(said)[: -cut or None]
            answer = client.post(path_of(method), content=said, headers={"content-type": form})
            assert answer.status_code < 500, (answer.status_code, answer.text[:200])

        ask()


@schema.parametrize()
@fuzzed(12)
def test_any_request_of_rest_is_answered_as_described(
    case: schemathesis.Case, racing: Chain
) -> None:
    case.call_and_validate(
        base_url=racing.url,
        timeout=10,
        checks=[
            schemathesis.checks.not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )


def test_any_path_of_rest_is_answered_or_refused(racing: Chain) -> None:
    piece = st.sampled_from(
        ("api", "live", "sessions", "snapshot", "rooms", "circuits", "history", "..", ".", "", "9")
    ) | st.text(max_size=8)
    value = st.text(max_size=12) | st.integers().map(str)
    query = st.dictionaries(st.sampled_from(("lanes", "race_time", "x")) | st.text(), value)
    with httpx.Client(base_url=racing.url, timeout=10) as client:

        @fuzzed(150)
        @given(
            st.sampled_from(("GET", "POST", "PUT", "HEAD")),
            st.lists(piece, max_size=5),
            query,
            st.binary(max_size=50),
        )
        def ask(method: str, pieces: list[str], query: dict[str, str], body: bytes) -> None:
            # As it stands, dots and all, but for what no path may hold.
            path = "/".join(quote(one, safe="./%") for one in pieces)
            url = f"/api/{path}?{urlencode(query)}"
            with client.stream(method, url, content=body) as answer:
                assert answer.status_code < 500, (url, answer.status_code)

        ask()
