"""A connection to OpenF1's MQTT broker. It alone knows MQTT."""

import logging
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import aiomqtt

# Any name will do; the token is the password.
USERNAME = "racetime"
KEEPALIVE_SECONDS = 20
_TIMEOUT_SECONDS = 5.0
_MOST_AT_ONCE = 500
_PORTS = {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
# Bad user name or password, not authorised: as reason codes, whatever the protocol's version.
_NOT_ALLOWED = frozenset({134, 135})
_REFUSED_TOPIC = 128


class PushError(Exception):
    """The connection could not be made, or broke."""


class PushRefused(PushError):
    """The broker does not take the token."""


# Topic and body of each message, in batches of what has come meanwhile.
Messages = AsyncIterator[Sequence[tuple[str, bytes]]]


class Connect(Protocol):
    """Opens a connection with a token; leaving it closes it. Both raise PushError."""

    def __call__(
        self, token: str, topics: Sequence[str]
    ) -> AbstractAsyncContextManager[Messages]: ...


@dataclass(frozen=True, slots=True)
class Broker:
    """Address of a broker: mqtt, mqtts, ws or wss."""

    url: str
    tls: ssl.SSLContext | None = None

    @asynccontextmanager
    async def connect(self, token: str, topics: Sequence[str]) -> AsyncIterator[Messages]:
        """Connect and subscribe. Raises PushError."""
        try:
            async with self._client(token) as client:
                granted = await client.subscribe([(topic, 0) for topic in topics])
                if any(code == _REFUSED_TOPIC for code in map(_value, granted)):
                    raise PushRefused("the broker refuses a topic")
                yield _read(client)
        except aiomqtt.MqttCodeError as error:
            kind = PushRefused if _code(error) in _NOT_ALLOWED else PushError
            raise kind(str(error)[:200]) from error
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            raise PushError(f"{type(error).__name__}: {error}"[:200]) from error

    def _client(self, token: str) -> aiomqtt.Client:
        address = urlsplit(self.url)
        is_secure = address.scheme in ("mqtts", "wss")
        is_web = address.scheme in ("ws", "wss")
        return aiomqtt.Client(
            address.hostname or "",
            address.port or _PORTS.get(address.scheme, 1883),
            username=USERNAME,
            password=token,
            transport="websockets" if is_web else "tcp",
            websocket_path=(address.path or "/mqtt") if is_web else None,
            tls_context=(self.tls or ssl.create_default_context()) if is_secure else None,
            timeout=_TIMEOUT_SECONDS,
            keepalive=KEEPALIVE_SECONDS,
            logger=_quiet(),
        )


def _value(code: object) -> object:
    return getattr(code, "value", code)


def _code(error: aiomqtt.MqttCodeError) -> object:
    # Errors of the client itself are plain numbers with other meanings.
    return getattr(error.rc, "value", None)


def _quiet() -> logging.Logger:
    """Return a logger for what is told in errors as well."""
    logger = logging.getLogger("racetime_poller.mqtt")
    logger.setLevel(logging.CRITICAL)
    return logger


async def _read(client: aiomqtt.Client) -> Messages:
    async for message in client.messages:
        batch = [_unpack(message)]
        while len(batch) < _MOST_AT_ONCE and len(client.messages):
            batch.append(_unpack(await anext(client.messages)))
        yield batch


def _unpack(message: aiomqtt.Message) -> tuple[str, bytes]:
    payload = message.payload
    return message.topic.value, payload if isinstance(payload, bytes) else b""
