"""OpenF1's answers, as a function of the request and the instant: no network, no wall clock."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import msgspec

from racetime_simulator.access import (
    LOCKED_OUT,
    TIERS,
    TOKEN_SECONDS,
    WRONG_LOGIN,
    Rate,
    RateLimiter,
    TokenDesk,
)
from racetime_simulator.answer import NO_RESULTS, Answer, detail, json_answer
from racetime_simulator.archive import Archive, SessionRow, is_live, latest_session
from racetime_simulator.faults import Faults
from racetime_simulator.instants import SECOND_MICROS, from_micros
from racetime_simulator.query import Query, QueryError, parse_query

BULKY = frozenset({"location", "car_data"})
MOST_ROWS = 120_000
"""Beyond this an answer is too much; the real bound is not known (49,000 were seen to work)."""


@dataclass
class Counts:
    """What has been asked and answered; tests read it."""

    requests: int = 0
    violations: int = 0
    locked_out: int = 0
    logins: int = 0
    rows: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    endpoints: Counter[str] = field(default_factory=Counter)
    # Most requests in a rolling second and minute of race time: of all endpoints, /token too,
    # whatever was answered.
    second: Rate = field(default_factory=lambda: Rate(SECOND_MICROS))
    minute: Rate = field(default_factory=lambda: Rate(60 * SECOND_MICROS))

    def begin(self, now: int) -> None:
        """Count a request."""
        self.requests += 1
        self.second.count(now)
        self.minute.count(now)


@dataclass
class OpenF1:
    """An OpenF1 made of an archive; `respond` is all of it."""

    archive: Archive
    tier: str = "unlimited"
    require_token: bool = False
    username: str = ""
    password: str = ""
    faults: Faults = field(default_factory=Faults)
    counts: Counts = field(default_factory=Counts)
    _limiter: RateLimiter = field(init=False)
    _desk: TokenDesk = field(init=False)

    def __post_init__(self) -> None:
        """Open the desk and start counting."""
        if self.tier not in TIERS:
            raise ValueError(f"no such tier: {self.tier} (of {', '.join(TIERS)})")
        self._limiter = RateLimiter(TIERS[self.tier])
        self._desk = TokenDesk(self.username, self.password)

    def respond(
        self,
        method: str,
        path: str,
        raw_query: str,
        headers: Mapping[str, str],
        body: bytes,
        now: int,
        jitter_micros: int = 0,
    ) -> Answer:
        """Answer one request at an instant in microseconds; header names are in lower case."""
        self.counts.begin(now)
        self.faults.begin_request()
        answer = self._answer(method, path.lower(), raw_query, headers, body, now, jitter_micros)
        self.counts.statuses[answer.status] += 1
        return self.faults.deliver(answer, now)

    def may_listen(self, username: str, password: str, now: int) -> bool:
        """Return whether a client may listen to what is pushed: its password is a token."""
        if not username:
            return False
        return not self.require_token or self._desk.is_valid(f"Bearer {password}", now)

    def describe_clock(self, now: int, speed: float) -> Answer:
        """Answer `GET /clock`, which OpenF1 does not have: never limited, never disturbed."""
        sessions = self.archive.sessions_at(now)
        latest = latest_session(self._scheduled(now), now)
        text = {
            "now": from_micros(now).isoformat(timespec="milliseconds"),
            "speed": speed,
            "provenance": self.archive.provenance,
            "session_key": latest.session_key if latest else sessions[0].session_key,
            # Laps of each session that has a known distance, by session key.
            "total_laps": {str(s.session_key): s.total_laps for s in sessions if s.total_laps},
        }
        return json_answer(200, msgspec.json.encode(text))

    def describe_stats(self) -> Answer:
        """Answer `GET /stats`, which OpenF1 does not have: what has been asked and answered."""
        counts, limit = self.counts, TIERS[self.tier]
        text = {
            "requests": counts.requests,
            "most_per_second": counts.second.most,
            "most_per_minute": counts.minute.most,
            "tier": self.tier,
            "limit_per_second": limit.per_second,
            "limit_per_minute": limit.per_minute,
            "violations": counts.violations,
            "locked_out": counts.locked_out,
            "logins": counts.logins,
            "rows": counts.rows,
            "statuses": {str(status): times for status, times in counts.statuses.items()},
            "endpoints": dict(counts.endpoints),
            "faults": sorted(self.faults.names),
            "injected": dict(self.faults.injected),
        }
        return json_answer(200, msgspec.json.encode(text))

    def _scheduled(self, now: int) -> list[SessionRow]:
        return [
            self.faults.scheduled(row, now)
            for session in self.archive.sessions_at(now)
            for row in session.sessions
        ]

    def _answer(
        self,
        method: str,
        path: str,
        raw_query: str,
        headers: Mapping[str, str],
        body: bytes,
        now: int,
        jitter_micros: int,
    ) -> Answer:
        endpoint = path.removeprefix("/v1/")
        if path != "/token" and (endpoint == path or "/" in endpoint or not endpoint):
            return detail(404, "Not Found")
        self.counts.endpoints[endpoint.removeprefix("/")] += 1
        wait = self._limiter.admit(now, jitter_micros)
        if wait is not None:
            self.counts.violations += 1
            return detail(429, "Rate limit exceeded. Please slow down.")
        if path == "/token":
            return self.faults.instead_of_token(now) or self._login(method, body, now)
        if self._is_locked_out(headers, now):
            self.counts.locked_out += 1
            return detail(401, LOCKED_OUT)
        return self.faults.instead(now) or self._query(endpoint, raw_query, now)

    def _login(self, method: str, body: bytes, now: int) -> Answer:
        if method != "POST":
            return detail(405, "Method Not Allowed")
        form = parse_qs(body.decode("utf-8", "replace"))
        if "username" not in form or "password" not in form:
            return detail(422, "username and password are required")
        self.counts.logins += 1
        seconds = self.faults.token_seconds(TOKEN_SECONDS, now)
        token = self._desk.login(form["username"][0], form["password"][0], now, seconds)
        if token is None:
            return detail(401, WRONG_LOGIN)
        answer = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": str(TOKEN_SECONDS),
        }
        return json_answer(200, msgspec.json.encode(answer))

    def _is_locked_out(self, headers: Mapping[str, str], now: int) -> bool:
        if not self.require_token or not is_live(self._scheduled(now), now):
            return False
        return not self._desk.is_valid(headers.get("authorization", ""), now)

    def _query(self, endpoint: str, raw_query: str, now: int) -> Answer:
        sessions = self.archive.sessions_at(now)
        latest = latest_session(self._scheduled(now), now)
        try:
            query = parse_query(raw_query, lambda name: _key_of(latest, name))
        except QueryError:
            return Answer(500, ((b"content-type", b"text/plain"),), b"Internal Server Error")
        if endpoint in BULKY and not query.names("date") and not query.names("driver_number"):
            return _too_much()
        rows: list[bytes] = []
        for session in sessions:
            table = session.tables.get(endpoint)
            if table is not None:
                rows.extend(table.select(query, now, self.faults.view))
        if len(rows) > self.faults.most_rows(MOST_ROWS, now):
            return _too_much()
        self.counts.rows += len(rows)
        if not rows:
            return NO_RESULTS
        return self._print(self.faults.disturb(rows, now), query, now)

    def _print(self, rows: Sequence[bytes], query: Query, now: int) -> Answer:
        if query.csv:
            return Answer(200, ((b"content-type", b"text/csv; charset=utf-8"),), _csv(rows))
        return json_answer(200, self.faults.cut(b"[" + b",".join(rows) + b"]", now))


def _key_of(latest: SessionRow | None, field_name: str) -> int | None:
    if latest is None:
        return None
    return latest.session_key if field_name == "session_key" else latest.meeting_key


def _too_much() -> Answer:
    return detail(422, "Query would return too much data. Please add filters, e.g. on date.")


def _csv(rows: Sequence[bytes]) -> bytes:
    decoded = [row for row in map(msgspec.json.decode, rows) if isinstance(row, dict)]
    text = io.StringIO()
    names = sorted({name for row in decoded for name in row})
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(decoded)
    return text.getvalue().encode()


def jitter_micros(jitter_seconds: float) -> int:
    """Return a jitter in microseconds."""
    return round(jitter_seconds * SECOND_MICROS)
