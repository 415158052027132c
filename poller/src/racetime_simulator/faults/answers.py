"""Answers that a request gets in place of its own, or that come in pieces."""

import random
from typing import TYPE_CHECKING

from racetime_simulator.access import LOCKED_OUT, WRONG_LOGIN
from racetime_simulator.answer import NO_RESULTS, Answer, Header, detail, json_answer

if TYPE_CHECKING:
    from racetime_simulator.faults.faults import Faults

_HTML = (b"content-type", b"text/html; charset=utf-8")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_JSON = (b"content-type", b"application/json")
BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>"
    b"502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n"
)
BAD_GATEWAY_ANSWER = Answer(502, (_HTML,), BAD_GATEWAY)
_ERRORS = (
    Answer(500, (_HTML,), b"<pre>Traceback (most recent call last):\n  KeyError: 'date'\n</pre>"),
    Answer(500, (_JSON,), b'{"detail":"Internal Server Error"}'),
    BAD_GATEWAY_ANSWER,
    Answer(502, (_JSON,), BAD_GATEWAY),
    Answer(503, (_TEXT,), b"Service Unavailable"),
    Answer(504, (_TEXT,), b"upstream request timeout"),
)
_MAINTENANCE = (
    Answer(200, (_HTML,), b"<!doctype html><title>OpenF1</title><p>We are back soon.</p>"),
    Answer(200, (_JSON,), b"<!doctype html><title>OpenF1</title><p>We are back soon.</p>"),
)
_RETRY_AFTER_SECONDS = (b"1", b"2", b"5", b"10")
_SLOW_SECONDS = 3.0


def instead_of_answer(faults: "Faults", now: int) -> Answer | None:
    """Return what an endpoint answers in place of its rows, None where it answers them."""
    found = _instead_of_all(faults, now)
    if found is not None:
        return found
    if faults.strikes("lock_out", now):
        return detail(401, LOCKED_OUT)
    return _by_chance(faults, now)


def instead_of_token(faults: "Faults", now: int) -> Answer | None:
    """Return what /token answers in place of a token, None where it answers one."""
    found = _instead_of_all(faults, now)
    if found is not None:
        return found
    if faults.strikes("bad_password", now):
        return detail(401, WRONG_LOGIN)
    down = faults.strikes("token_down", now)
    if down is not None:
        return down.choice(_ERRORS)
    return _by_chance(faults, now)


def dribbled(faults: "Faults", answer: Answer, now: int) -> Answer:
    """Return an answer, perhaps one whose body comes slowly or not wholly."""
    cut = faults.strikes("cut_connection", now)
    if cut is not None:
        return answer._replace(cut_share=0.0 if cut.random() < 0.5 else cut.uniform(0.1, 0.9))
    if faults.strikes("slow_body", now) is not None:
        return answer._replace(dribble_seconds=_SLOW_SECONDS)
    return answer


def _instead_of_all(faults: "Faults", now: int) -> Answer | None:
    outage = faults.strikes("outage", now)
    if outage is not None:
        return BAD_GATEWAY_ANSWER._replace(cut_share=0.0 if outage.random() < 0.5 else None)
    if faults.strikes("bad_gateway", now) is not None:
        return BAD_GATEWAY_ANSWER
    storm = faults.strikes("rate_limit_storm", now)
    return None if storm is None else _refusal(storm)


def _by_chance(faults: "Faults", now: int) -> Answer | None:
    if faults.strikes("timeout", now) is not None:
        return Answer(504, (_TEXT,), b"upstream request timeout", faults.timeout_seconds)
    refused = faults.strikes("too_many_requests", now)
    if refused is not None:
        headers = ((b"retry-after", b"2"),) if refused.random() < 0.5 else ()
        return Answer(429, (_TEXT, *headers), b"Rate exceeded")
    broken = faults.strikes("server_error", now)
    if broken is not None:
        return broken.choice(_ERRORS)
    page = faults.strikes("html", now)
    if page is not None:
        return page.choice(_MAINTENANCE)
    if faults.strikes("empty", now) is not None:
        return NO_RESULTS
    return json_answer(200, b"[]") if faults.strikes("empty_list", now) is not None else None


def _refusal(chance: random.Random) -> Answer:
    headers: tuple[Header, ...] = ()
    if chance.random() < 0.5:
        headers = ((b"retry-after", chance.choice(_RETRY_AFTER_SECONDS)),)
    if chance.random() < 0.5:
        return detail(429, "Rate limit exceeded. Please slow down.", *headers)
    return Answer(429, (_TEXT, *headers), b"Rate exceeded")
