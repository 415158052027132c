"""Who may ask how much: rate limits in race time, tokens, and the lock-out of a live session."""

import base64
import hmac
from collections import deque
from dataclasses import dataclass, field

import msgspec

from racetime_simulator.instants import SECOND_MICROS

TOKEN_SECONDS = 3600
LOCKED_OUT = (
    "Live F1 session in progress. Global API access (including past sessions) is restricted to "
    "authenticated users until the session ends."
)
WRONG_LOGIN = "Incorrect username or password"


@dataclass(frozen=True)
class RateLimit:
    """How many requests a tier grants; None grants any number."""

    per_second: int | None
    per_minute: int | None


TIERS = {
    "free": RateLimit(3, 30),
    "sponsor": RateLimit(6, 60),
    "local": RateLimit(20, 600),
    "unlimited": RateLimit(None, None),
}


@dataclass
class RateLimiter:
    """Counts the requests of the last second and minute of race time."""

    limit: RateLimit
    _granted: deque[int] = field(default_factory=deque)

    def admit(self, now: int, jitter_micros: int = 0) -> float | None:
        """Grant a request (None), or return the seconds of race time to wait.

        What is refused does not count. `jitter_micros` shortens the windows: at high speed a busy
        machine delivers two requests closer together than they were sent.
        """
        while self._granted and self._granted[0] <= now - 60 * SECOND_MICROS:
            self._granted.popleft()
        waits = [
            self._wait(now, self.limit.per_second, SECOND_MICROS, jitter_micros),
            self._wait(now, self.limit.per_minute, 60 * SECOND_MICROS, jitter_micros),
        ]
        if max(waits) > 0:
            return max(waits) / SECOND_MICROS
        self._granted.append(now)
        return None

    def _wait(self, now: int, most: int | None, window: int, jitter_micros: int) -> int:
        if most is None or len(self._granted) < most:
            return 0
        return max(0, self._granted[-most] + max(0, window - jitter_micros) - now)


@dataclass
class Rate:
    """Counts requests in a rolling window of race time, and remembers the most there were."""

    window_micros: int
    most: int = 0
    _instants: deque[int] = field(default_factory=deque)

    def count(self, now: int) -> None:
        """Count a request."""
        while self._instants and self._instants[0] <= now - self.window_micros:
            self._instants.popleft()
        self._instants.append(now)
        self.most = max(self.most, len(self._instants))


@dataclass
class TokenDesk:
    """Hands out tokens for a username and a password, and knows how long they last."""

    username: str
    password: str
    _expiries: dict[str, int] = field(default_factory=dict)

    def login(
        self, username: str, password: str, now: int, seconds: int = TOKEN_SECONDS
    ) -> str | None:
        """Return a token, None for a wrong login. Without a set username any login will do.

        `seconds` is for how long it really works; it always says an hour.
        """
        right = username == self.username and password == self.password
        if not username or not password or (self.username and not right):
            return None
        token = self._token(username, now)
        self._expiries[token] = now + seconds * SECOND_MICROS
        return token

    def is_valid(self, authorization: str, now: int) -> bool:
        """Return whether an Authorization header carries a token that has not expired."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and now < self._expiries.get(token.strip(), 0)

    def _token(self, username: str, now: int) -> str:
        issued = now // SECOND_MICROS
        payload = {
            "sub": username,
            "iat": issued,
            "exp": issued + TOKEN_SECONDS,
            "jti": len(self._expiries),
            "scope": ["rest", "mqtt", "simulated"] * 12,
        }
        head = _part(msgspec.json.encode({"alg": "HS256", "typ": "JWT"}))
        body = _part(msgspec.json.encode(payload))
        signature = hmac.digest(b"racetime simulator", f"{head}.{body}".encode(), "sha256")
        return f"{head}.{body}.{_part(signature)}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
