"""Tell when the race can be seen, and what keeps it from being seen."""

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event
from typing import Any

from racetime_embedded.parts import Part
from racetime_embedded.ports import HOST, Ports, is_listening

POLL_SECONDS = 0.1
REQUEST_SECONDS = 2.0
# After this long without a race on screen the run says what is missing.
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What the gateway answered; status 0 when it did not."""

    status: int
    body: bytes


def ask(port: int, path: str, scheme: str = "http") -> Answer:
    """Ask the gateway for a path."""
    # Whether it answers is the question, not who vouches for it.
    anyone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(
            f"{scheme}://{HOST}:{port}{path}", timeout=REQUEST_SECONDS, context=anyone
        ) as response:
            return Answer(response.status, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())
    except OSError:
        return Answer(0, b"")


def decode(answer: Answer) -> dict[str, Any]:
    """Read a JSON object; empty when the answer is none."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def race_on_screen(ports: Ports) -> dict[str, Any] | None:
    """Answer the state of the race once the page answers and cars have places; else None."""
    snapshot = decode(ask(ports.gateway, "/api/live/snapshot", ports.gateway_scheme))
    state = snapshot.get("state") or {}
    if not state.get("drivers") or not state.get("positions"):
        return None
    return state if ask(ports.gateway, "/", ports.gateway_scheme).status == 200 else None


def missing(ports: Ports, parts: Iterable[Part]) -> str:
    """Say which parts do not answer, else what the gateway says of the race."""
    silent = [
        f"{part.name} (port {part.listens[0].port})"
        for part in parts
        if part.listens and not is_listening(part.listens[0].port)
    ]
    if silent:
        return "not answering: " + ", ".join(silent)
    for path in ("/", "/api/health", "/api/live/snapshot"):
        answer = ask(ports.gateway, path, ports.gateway_scheme)
        if answer.status != 200:
            return f"{path} answers {answer.status}: {tell_body(answer)}"
    return "every part answers, but no car has a place yet: the poller may still be catching up"


def tell_body(answer: Answer) -> str:
    """Cut an answer to what a person can use."""
    message = decode(answer).get("message")
    return str(message or answer.body[:200].decode(errors="replace") or "nothing")


def wait_for_race(
    ports: Ports, parts: list[Part], stopping: Event, say: Callable[[str], None]
) -> dict[str, Any] | None:
    """Wait until the race can be seen; answers its state, or None when the run is stopping."""
    began = time.monotonic()
    next_word = PATIENCE_SECONDS
    while not stopping.wait(POLL_SECONDS):
        if state := race_on_screen(ports):
            return state
        if (waited := time.monotonic() - began) > next_word:
            say(f"*** no race on screen after {waited:.0f} s; {missing(ports, parts)}\n")
            next_word += PATIENCE_SECONDS
    return None
