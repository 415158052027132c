"""Circuit files are fetched from where a meeting names them."""

from collections.abc import Callable

import httpx
import pytest

from racetime_poller.sources.circuit_file import CircuitFiles
from racetime_poller.sources.errors import SourceError, Unavailable

URL = "https://circuits.example/10/2026"


async def fetched(answer: Callable[[httpx.Request], httpx.Response], url: str = URL) -> bytes:
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        return await CircuitFiles(client).fetch(url)


async def test_a_file_is_asked_for_by_who_we_are_and_without_a_token() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path == "/10/2026":
            return httpx.Response(302, headers={"Location": "/files/10"})
        return httpx.Response(200, content=b"{}")

    assert await fetched(answer) == b"{}"
    assert [str(one.url) for one in seen] == [URL, "https://circuits.example/files/10"]
    assert all(one.headers["User-Agent"] == "RaceTime" for one in seen)
    assert all("Authorization" not in one.headers for one in seen)


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_file_that_may_come_later_is_unavailable(status: int) -> None:
    with pytest.raises(Unavailable):
        await fetched(lambda _: httpx.Response(status))


async def test_a_cut_connection_is_unavailable() -> None:
    def cut(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut", request=request)

    with pytest.raises(Unavailable):
        await fetched(cut)


@pytest.mark.parametrize("url", [URL, "ftp://circuits.example/10", "no address", "https://["])
async def test_what_is_no_file_never_is_one(url: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "https":
            raise httpx.UnsupportedProtocol("no", request=request)
        return httpx.Response(404)

    with pytest.raises(SourceError) as raised:
        await fetched(answer, url)
    assert not isinstance(raised.value, Unavailable)


@pytest.mark.parametrize("where", ["http://169.254.169.254/", "http://circuits.example/10", URL])
async def test_a_redirect_leads_to_https_alone_and_not_for_ever(where: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(302, headers={"Location": where})

    with pytest.raises(SourceError) as raised:
        await fetched(answer)
    assert not isinstance(raised.value, Unavailable)
    assert set(seen) == {URL}
    assert len(seen) < 10


async def test_a_file_without_end_is_not_read_to_it() -> None:
    with pytest.raises(SourceError, match="longer"):
        await fetched(lambda _: httpx.Response(200, content=b"1" * 5_000_000))
