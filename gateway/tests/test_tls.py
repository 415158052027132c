"""TLS at both sides of the gateway."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import httpx
import pytest
import pytest_asyncio
import trustme
from running_gateway import Gateway, start_gateway

from racetime.v1 import race_service_pb2, race_service_pb2_grpc

pytestmark = pytest.mark.asyncio(loop_scope="module")


def written(leaf: trustme.LeafCert, folder: Path, name: str) -> tuple[str, str]:
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    leaf.cert_chain_pems[0].write_to_path(str(cert))
    leaf.private_key_pem.write_to_path(str(key))
    return str(cert), str(key)


class Pki:
    """An authority of this test's, and what it vouches for."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.ca = folder / "ca.pem"
        self.authority.cert_pem.write_to_path(str(self.ca))
        self.gateway = written(self.authority.issue_cert("127.0.0.1"), folder, "gateway")
        self.client = written(self.authority.issue_cert("gateway"), folder, "client")
        self.stranger = written(trustme.CA().issue_cert("gateway"), folder, "stranger")

    def replica(self, name: str) -> grpc.ServerCredentials:
        """Answer what a replica shows as its name, and asks of its clients."""
        leaf = self.authority.issue_cert(name)
        chain = [(leaf.private_key_pem.bytes(), leaf.cert_chain_pems[0].bytes())]
        return grpc.ssl_server_credentials(chain, self.ca.read_bytes(), require_client_auth=True)

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))

    def environ(self, client: tuple[str, str]) -> dict[str, str]:
        return {
            "RACETIME_GATEWAY_TLS_CERT": self.gateway[0],
            "RACETIME_GATEWAY_TLS_KEY": self.gateway[1],
            "RACETIME_GATEWAY_API_TLS_CA": str(self.ca),
            "RACETIME_GATEWAY_API_TLS_CERT": client[0],
            "RACETIME_GATEWAY_API_TLS_KEY": client[1],
        }


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sealed(
    tmp_path_factory: pytest.TempPathFactory, page_root: Path, pki: Pki
) -> AsyncIterator[Gateway]:
    """A gateway that speaks TLS to readers, and TLS with a certificate to the replica."""
    async with start_gateway(
        tmp_path_factory.mktemp("sealed"),
        page_root,
        1,
        pki.environ(pki.client),
        pki.replica("racetime-api"),
        pki.trusted(),
    ) as started:
        yield started


@pytest.mark.parametrize(
    ("offered", "spoken"), [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1")]
)
async def test_a_browser_is_offered_http2(sealed, pki, offered, spoken):
    context = pki.trusted()
    context.set_alpn_protocols(offered)
    _, writer = await asyncio.open_connection("127.0.0.1", sealed.port, ssl=context)
    chosen = writer.get_extra_info("ssl_object")
    writer.close()
    assert chosen.selected_alpn_protocol() == spoken
    assert chosen.version() in ("TLSv1.2", "TLSv1.3")


async def test_rest_and_the_page_are_answered(sealed):
    assert (await sealed.http.get("/api/sessions/7/snapshot")).json()["sessionKey"] == 7
    assert (await sealed.http.get("/")).status_code == 200


async def test_more_than_six_watches_are_open_on_one_connection(sealed, pki):
    credentials = grpc.ssl_channel_credentials(pki.ca.read_bytes())
    async with grpc.aio.secure_channel(sealed.target, credentials) as channel:
        stub = race_service_pb2_grpc.RaceServiceStub(channel)
        watches = [stub.WatchRace(race_service_pb2.WatchRaceRequest()) for _ in range(10)]
        for _ in range(30):
            sealed.replicas[0].service.next_message.release()
        for watch in watches:
            assert (await watch.read()).sequence == 1
        for watch in watches:
            watch.cancel()


async def test_without_tls_nothing_is_answered(sealed):
    async with httpx.AsyncClient() as plain:
        with pytest.raises(httpx.TransportError):
            await plain.get(f"http://{sealed.target}/")


@pytest.mark.parametrize("fault", ["another name", "a stranger to the replica"])
async def test_who_is_not_known_to_the_other_is_not_spoken_to(tmp_path, page_root, pki, fault):
    name = "racetime-page" if fault == "another name" else "racetime-api"
    client = pki.client if fault == "another name" else pki.stranger
    gateway = start_gateway(
        tmp_path,
        page_root,
        1,
        pki.environ(client),
        pki.replica(name),
        pki.trusted(),
        healthy=0,
    )
    async with gateway as started:
        async with asyncio.timeout(10):
            while await started.stat("cluster.api.health_check.network_failure") == 0:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        answer = await started.http.get("/api/health")
        assert answer.status_code == 503
        assert answer.json()["code"] == 14
        assert started.replicas[0].service.calls == []
