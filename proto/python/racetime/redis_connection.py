"""Reach Redis by a URL: one server, the one that Sentinels say leads, or a cluster. Needs redis-py.

    redis://[user:password@]host:6379/0                              rediss:// by TLS, unix:///path
    redis+sentinel://[user:password@]host:26379,host:26379/name/0    rediss+sentinel:// by TLS
    redis+cluster://[user:password@]host:6379,host:6379              rediss+cluster:// by TLS

Options of redis-py stand in the query (`?ssl_ca_certs=/ca.pem`). User and password are for the
servers, `sentinel_username` and `sentinel_password` in the query for the Sentinels.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from racetime.redis_cluster import Cluster

T = TypeVar("T")

_SENTINEL_SCHEMES = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}
_CLUSTER_SCHEMES = {"redis+cluster": "redis", "rediss+cluster": "rediss"}
_SCHEMES = ("redis", "rediss", "unix", *_SENTINEL_SCHEMES, *_CLUSTER_SCHEMES)
_SENTINEL_PORT, _PORT = 26379, 6379
# Who leads is asked of one Sentinel after the other: one that is silent must not hold up the rest.
_SENTINEL_SECONDS = 0.5


class RedisUrlError(ValueError):
    """A URL that names no Redis; the message says what is wrong, without passwords."""


@dataclass(frozen=True, slots=True)
class Sentinels:
    """What a URL says of Sentinels, and of the servers that they watch over."""

    addresses: Sequence[tuple[str, int]]
    name: str
    sentinel_options: dict[str, Any]
    server_options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Nodes:
    """What a URL says of a cluster: some of its nodes, which know the others."""

    addresses: Sequence[tuple[str, int]]
    options: dict[str, Any]


@asynccontextmanager
async def open_redis(url: str, **options: Any) -> AsyncIterator[Redis]:
    """Open a pool of connections, none of which is made before it is needed.

    Nothing is retried inside, so that a failure is seen at once. Raises RedisUrlError.
    """
    options |= {"legacy_responses": False, "retry": Retry(NoBackoff(), 0)}
    sentinels, nodes = read_sentinels(url), read_cluster(url)
    if nodes is not None:
        async with _open_cluster(url, nodes, options) as redis:
            yield redis
        return
    if sentinels is None:
        redis = _checked(url, lambda: Redis.from_url(url, **options))
        try:
            yield redis
        finally:
            await redis.aclose()
        return
    # What redis-py has of types ends here and there.
    sentinel: Any = Sentinel
    async with sentinel(sentinels.addresses, sentinel_kwargs=sentinels.sentinel_options) as asked:
        options |= sentinels.server_options
        redis = _checked(url, lambda: asked.master_for(sentinels.name, **options))
        try:
            yield redis
        finally:
            await redis.aclose()


@asynccontextmanager
async def _open_cluster(url: str, nodes: Nodes, options: dict[str, Any]) -> AsyncIterator[Redis]:
    options |= nodes.options
    startup = [ClusterNode(*address) for address in nodes.addresses]
    cluster = _checked(url, lambda: Cluster(startup_nodes=startup, **options))
    try:
        # It has the commands that are used here; of pipelines, those that are no transaction.
        yield cast(Redis, cluster)
    finally:
        await cluster.aclose()


def read_cluster(url: str) -> Nodes | None:
    """Read a URL of a cluster; None where it is another one. Raises RedisUrlError."""
    parts = urlsplit(url)
    scheme = _CLUSTER_SCHEMES.get(parts.scheme)
    if scheme is None:
        return None
    if parts.path.strip("/") not in ("", "0"):
        raise RedisUrlError(f"{shown_url(url)!r}: a cluster has no database but 0")
    credentials, _, hosts = parts.netloc.rpartition("@")
    found = _server_options(url, scheme, credentials, "0", parts.query)
    addresses = [_address(url, part, _PORT) for part in hosts.split(",")]
    return Nodes(addresses, {key: found[key] for key in found.keys() - {"db"}})


def read_sentinels(url: str) -> Sentinels | None:
    """Read a URL of Sentinels; None where it is one of a server. Raises RedisUrlError."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES:
        raise RedisUrlError(f"{shown_url(url)!r} begins with none of {', '.join(_SCHEMES)}")
    scheme = _SENTINEL_SCHEMES.get(parts.scheme)
    if scheme is None:
        return None
    credentials, _, hosts = parts.netloc.rpartition("@")
    name, _, database = parts.path.strip("/").partition("/")
    if not name or (database and not database.isdecimal()):
        raise RedisUrlError(
            f"{shown_url(url)!r} is not hosts/name/0 (what Sentinels watch, by name)"
        )
    found = _server_options(url, scheme, credentials, database, parts.query)
    own = {
        key: found.pop(f"sentinel_{key}")
        for key in ("username", "password")
        if f"sentinel_{key}" in found
    }
    tls = {key: value for key, value in found.items() if key.startswith("ssl")}
    waits = {"socket_timeout": _SENTINEL_SECONDS, "socket_connect_timeout": _SENTINEL_SECONDS}
    return Sentinels(
        [_address(url, part, _SENTINEL_PORT) for part in hosts.split(",")],
        name,
        {**own, **tls, **waits, "retry": Retry(NoBackoff(), 0)},
        found,
    )


def _server_options(
    url: str, scheme: str, credentials: str, database: str, query: str
) -> dict[str, Any]:
    """Read what a URL of several hosts says of each, as redis-py reads one of a server."""
    user = f"{credentials}@" if credentials else ""
    server = f"{scheme}://{user}host/{database}?{query}"
    found: dict[str, Any] = dict(_checked(url, lambda: parse_url(server)))
    by_tls = found.pop("connection_class", None) is SSLConnection
    del found["host"]
    return found | {"ssl": by_tls}


def shown_url(url: str) -> str:
    """Give a URL for printing, without its passwords."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "what is no URL"
    credentials, at, hosts = parts.netloc.rpartition("@")
    user, colon, _ = credentials.partition(":")
    query = [(key, "***" if "password" in key else value) for key, value in parse_qsl(parts.query)]
    hidden = f"{user}{colon}***" if colon else user
    return urlunsplit(
        parts._replace(netloc=f"{hidden}{at}{hosts}", query=urlencode(query, safe="*/"))
    )


def _address(url: str, text: str, default: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or default
    except ValueError as error:
        raise RedisUrlError(f"{shown_url(url)!r}: {error}") from error
    if not host:
        raise RedisUrlError(f"{shown_url(url)!r}: {text!r} is no host")
    return host, port


def _checked(url: str, build: Callable[[], T]) -> T:
    """Build what a URL says, and see that connections take its options."""
    try:
        built = build()
        if isinstance(built, Redis):
            pool: Any = built.connection_pool
            pool.make_connection()
    except (ValueError, TypeError) as error:
        fault = re.sub(r"\w+\.__init__\(\) got an unexpected keyword", "no", str(error))
        raise RedisUrlError(f"{shown_url(url)!r}: {fault}") from error
    return built
