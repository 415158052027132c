"""Nothing listens but what is documented, and through the gateway nobody gets to what is hidden."""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from itertools import islice

import grpc
import hidden
import httpx
import psutil
import pytest
import yaml
from chain import Chain
from raw_http import connect, exchange, read_all, status

from racetime_embedded.parts import ROOT
from racetime_embedded.ports import HOST
from racetime_embedded.ready import ask

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]

# Connections at once: Envoy closes each a moment later.
AT_ONCE = 200
EMPTY_FRAME = b"\0\0\0\0\0"
# An answer of gRPC says how the call went, in a header or in the last frame of gRPC-Web.
# What no client says by HTTP/2, by which gRPC goes.
OF_HTTP_1 = ("connection", "upgrade", "http2-settings")
REFUSALS = (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL)
WENT_WELL = re.compile(rb"grpc-status: ?0\r\n", re.IGNORECASE)


def sockets(chain: Chain) -> dict[str, set[tuple[str, int]]]:
    """Tell where each part listens, its children's sockets included."""
    found: dict[str, set[tuple[str, int]]] = {}
    for name in chain.parts:
        leader = psutil.Process(chain.pid(name))
        connections = [
            connection
            for process in (leader, *leader.children(recursive=True))
            for connection in process.net_connections(kind="inet")
        ]
        found[name] = {
            # gRPC listens by a socket of IPv6 that is bound to an address of IPv4.
            (connection.laddr.ip.removeprefix("::ffff:"), connection.laddr.port)
            for connection in connections
            # What has no other side: TCP that listens, any UDP.
            if connection.status == psutil.CONN_LISTEN or not connection.raddr
        }
    return found


def test_only_documented_ports_listen_and_on_this_machine_alone(racing: Chain) -> None:
    expected = {
        name: {(HOST, listening.port) for listening in part.listens}
        for name, part in racing.parts.items()
    }
    assert sockets(racing) == expected


def test_every_port_can_be_moved_by_a_variable_that_is_documented(racing: Chain) -> None:
    documented = (ROOT / "embedded" / "README.md").read_text()
    for part in racing.parts.values():
        for listening in part.listens:
            assert f"`{listening.variable}`" in documented


def test_the_gateway_knows_no_address_but_the_replicas_and_the_page(racing: Chain) -> None:
    rendered = yaml.safe_load((racing.folder / "run" / "envoy.yaml").read_text())
    ports = {
        cluster["name"]: [
            endpoint["endpoint"]["address"]["socket_address"]["port_value"]
            for locality in cluster["load_assignment"]["endpoints"]
            for endpoint in locality["lb_endpoints"]
        ]
        for cluster in rendered["static_resources"]["clusters"]
    }
    # Nothing is traced: the collector's cluster is empty.
    assert ports == {"api": list(racing.ports.api_stream), "page": [racing.ports.page], "otlp": []}
    assert [one["name"] for one in rendered["static_resources"]["listeners"]] == ["public"]


def test_what_is_hidden_answers_at_its_own_port(racing: Chain) -> None:
    """Else the tests below would prove nothing."""
    with grpc.insecure_channel(racing.ops_target) as channel:
        for path in (hidden.RPCS[0], f"/{hidden.OPS.full_name}/ListLogs"):
            assert channel.unary_unary(path)(b"", timeout=5)
    for port, path in (
        (racing.ports.gateway_admin, "/stats"),
        (racing.ports.gateway_admin, "/ready"),
        (racing.ports.api_metrics[0], "/metrics"),
        (racing.ports.poller_metrics, "/metrics"),
    ):
        assert httpx.get(f"http://{HOST}:{port}{path}").status_code == 200


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    "path", ["/quitquitquit", "/config_dump", "/logging?level=trace", "/runtime_modify?a=b"]
)
def test_the_admin_does_what_drains_and_tells_and_nothing_else(
    racing: Chain, method: str, path: str
) -> None:
    answer = httpx.request(method, f"http://{HOST}:{racing.ports.gateway_admin}{path}")
    assert answer.status_code == 403


class Ward:
    """Says things to the gateway and checks what it answers."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.port = chain.ports.gateway
        self.refused = 0

    def forwarded(self) -> int:
        """Tell how many requests the gateway has passed on to the replicas."""
        name = "cluster.api.upstream_rq_total"
        stats = ask(self.chain.ports.gateway_admin, f"/stats?filter=^{name}$").body
        return int(stats.rpartition(b":")[2])

    def refuses(self, requests: Iterable[bytes]) -> None:
        """Say requests: each is refused, or answered by the page, which is for everybody."""
        rest = iter(requests)
        while some := list(islice(rest, AT_ONCE)):
            with ExitStack() as stack:
                connections = [stack.enter_context(connect(self.port)) for _ in some]
                for connection, said in zip(connections, some, strict=True):
                    with suppress(ConnectionError):
                        connection.sendall(said)
                for connection, said in zip(connections, some, strict=True):
                    self.judge(said, read_all(connection))

    def judge(self, said: bytes, answer: bytes) -> None:
        """Check an answer."""
        head, _, body = answer.partition(b"\r\n\r\n")
        is_page = status(answer) == 200 and (b"<title>RaceTime" in body or not body)
        is_refusal = status(answer) == 0 or status(answer) >= 400 or b"grpc-status: " in head
        assert not WENT_WELL.search(answer), (said, answer[:400])
        assert is_refusal or is_page, (said, answer[:400])
        self.refused += is_refusal


def request(method: str, path: str, headers: dict[str, str]) -> bytes:
    """Write the last request of a connection of HTTP/1.1, with a body where it may have one."""
    body = b"" if method in ("GET", "HEAD", "CONNECT") else EMPTY_FRAME
    every = {
        "host": "localhost",
        "connection": "close",
        "content-length": str(len(body)),
        **headers,
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {text}" for name, text in every.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@pytest.fixture
def ward(racing: Chain) -> Iterator[Ward]:
    """After all that was said, no replica has heard of it."""
    ward = Ward(racing)
    before = ward.forwarded()
    yield ward
    assert ward.forwarded() == before
    assert ward.refused > 0


@pytest.mark.parametrize("path", [*hidden.RPCS, *hidden.PAGES])
def test_no_spelling_of_a_path_leads_to_what_is_hidden(ward: Ward, path: str) -> None:
    forms = [{"content-type": "application/grpc-web+proto"}, {"content-type": "application/json"}]
    ward.refuses(
        request(method, spelling, headers)
        for spelling in hidden.spellings(path)
        for method, headers in (("GET", {}), *(("POST", form) for form in forms))
    )


@pytest.mark.parametrize("method", hidden.METHODS)
def test_no_method_and_form_of_body_leads_to_what_is_hidden(ward: Ward, method: str) -> None:
    ward.refuses(
        request(method, path, {"content-type": content_type, "te": "trailers"})
        for path in (*hidden.RPCS, *hidden.PAGES)
        for content_type in hidden.CONTENT_TYPES
    )


@pytest.mark.parametrize("path", [hidden.RPCS[0], hidden.PAGES[0]])
def test_no_header_leads_to_what_is_hidden(ward: Ward, path: str) -> None:
    ports = ward.chain.ports
    tricks = [{"host": name} for name in hidden.hosts(ports.poller_ops, ports.gateway_admin)]
    tricks += hidden.headers(path, ports.poller_ops)
    ward.refuses(
        request(method, said, {"content-type": content_type, **trick})
        for trick in tricks
        for said in (path, "/nothing.at.all", "/api/nothing")
        for content_type in hidden.CONTENT_TYPES
        for method in ("GET", "POST", "OPTIONS")
    )


def test_no_tunnel_is_opened(ward: Ward) -> None:
    ports = ward.chain.ports
    with ExitStack() as stack:
        tunnels = []
        for port in (ports.poller_ops, ports.redis, ports.gateway_admin, ports.api[0]):
            target = f"{HOST}:{port}"
            said = request("CONNECT", target, {"host": target, "connection": "keep-alive"})
            tunnels.append((said, stack.enter_context(connect(ward.port))))
            tunnels[-1][1].sendall(said + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        for said, tunnel in tunnels:
            ward.judge(said, read_all(tunnel))


def test_a_request_within_a_request_is_not_heard(ward: Ward) -> None:
    within = request("POST", hidden.RPCS[0], {"content-type": "application/grpc-web+proto"})
    for lengths in (
        "content-length: 4\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity",
        "transfer-encoding: xchunked",
        "transfer-encoding : chunked",
        "content-length: 0\r\ncontent-length: 4",
        "content-length: +4",
    ):
        head = f"POST {hidden.OPEN_RPC} HTTP/1.1\r\nhost: a\r\n{lengths}\r\n\r\n"
        answer = exchange(ward.port, head.encode() + b"0\r\n\r\n" + within)
        ward.judge(head.encode(), answer)
        assert answer.count(b"HTTP/1.1") <= 1


@pytest.mark.parametrize("path", hidden.RPCS)
def test_no_call_of_grpc_leads_to_what_is_hidden(ward: Ward, path: str) -> None:
    ports = ward.chain.ports
    tricks = [{}, *hidden.headers(path, ports.poller_ops)]
    for authority in hidden.hosts(ports.poller_ops, ports.gateway_admin):
        options = [("grpc.default_authority", authority)]
        with grpc.insecure_channel(ward.chain.target, options=options) as channel:
            for headers in tricks if authority == "localhost" else tricks[:1]:
                metadata = [pair for pair in headers.items() if pair[0] not in OF_HTTP_1]
                with pytest.raises(grpc.RpcError) as refused:
                    channel.unary_unary(path)(b"", timeout=5, metadata=metadata)
                assert refused.value.code() in REFUSALS
                ward.refused += 1
