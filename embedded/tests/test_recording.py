"""A session of the past is recorded while it plays; what cannot be had is said before."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from racetime_embedded import openf1
from racetime_embedded.errors import SourceError
from racetime_embedded.openf1 import Locked
from racetime_embedded.parts import Plan, build_parts
from racetime_embedded.plan import find_recording, recorder_environ, simulator_environ
from racetime_embedded.ports import Ports
from racetime_embedded.source import Historical, Recorded

KEY = 9693
ACCOUNT = {"RACETIME_OPENF1_USERNAME": "fan", "RACETIME_OPENF1_PASSWORD": "secret"}
PAST = {"session_key": KEY, "date_start": "2025-03-16T04:00:00+00:00"}
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / str(KEY)


def rows(*found: dict[str, object]) -> Answer:
    return lambda request: httpx.Response(200, json=list(found))


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route to host")


async def find(
    answer: Answer, folder: Path, *, known: bool = False, account: dict[str, str] | None = None
):
    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(base_url="http://openf1", transport=transport) as client:

        async def fetch(endpoint, filters):
            return await openf1.fetch(client, endpoint, filters)

        environ = {"RACETIME_POLLER_RECORDINGS": str(folder.parent), **(account or {})}
        return await find_recording(Historical(KEY, known), environ, fetch, lambda text: None)


def write(folder: Path, *, complete: bool) -> None:
    folder.mkdir()
    (folder / "sessions.jsonl.gz").touch()
    (folder / "manifest.json").write_text(json.dumps({"session_key": KEY, "complete": complete}))


async def test_a_session_that_openf1_knows_is_recorded(folder):
    assert await find(rows(PAST), folder) == Historical(KEY)


async def test_a_complete_recording_is_played_without_the_network(folder):
    write(folder, complete=True)
    assert await find(unreachable, folder) == Recorded(folder)


async def test_a_recording_that_was_cut_off_goes_on_without_a_question(folder):
    write(folder, complete=False)
    assert await find(unreachable, folder) == Historical(KEY)


async def test_a_session_that_openf1_has_named_is_not_asked_for_again(folder):
    assert await find(unreachable, folder, known=True) == Historical(KEY, known=True)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (unreachable, "did not answer .no route to host"),
        (lambda request: httpx.Response(503), "did not answer .HTTP 503"),
        (lambda request: httpx.Response(200, html="<h1>Maintenance</h1>"), "did not answer"),
        (lambda request: httpx.Response(401, json={}), "a session is live"),
        (lambda request: httpx.Response(404, json={}), f"has no session {KEY}"),
        (rows(), f"has no session {KEY}"),
        (rows({**PAST, "date_start": "2999-03-16T04:00:00+00:00"}), "has not begun"),
    ],
)
async def test_what_cannot_be_recorded_is_said_with_its_source(folder, answer, words):
    with pytest.raises(SourceError, match=f"^SOURCE={KEY}: .*{words}"):
        await find(answer, folder)
    assert not folder.exists()


async def test_who_has_an_account_may_record_while_a_session_is_live(folder):
    locked = await find(lambda request: httpx.Response(401, json={}), folder, account=ACCOUNT)
    assert locked == Historical(KEY)


async def test_a_lock_out_is_told_from_no_answer():
    transport = httpx.MockTransport(lambda request: httpx.Response(403))
    async with httpx.AsyncClient(base_url="http://openf1", transport=transport) as client:
        with pytest.raises(Locked):
            await openf1.fetch(client, "sessions", {})


def test_the_recorder_has_the_account_and_the_folder_that_the_simulator_plays(folder):
    environ = {**ACCOUNT, "RACETIME_POLLER_RECORDINGS": str(folder.parent)}
    recorder = recorder_environ(KEY, environ)
    simulator = simulator_environ(folder, 1)
    with_recorder = Plan(Ports.free(), Path("run"), simulator=simulator, recorder=recorder)
    parts = {part.name: part for part in build_parts(with_recorder, environ)}
    own = parts["recorder"].environ
    assert own["RACETIME_RECORDER_SESSION"] == str(KEY)
    played = parts["simulator"].environ["RACETIME_SIMULATOR_RECORDING"]
    assert own["RACETIME_RECORDER_FOLDER"] == played
    assert parts["recorder"].ends
    assert [name for name in parts if "secret" in parts[name].environ.values()] == ["recorder"]
