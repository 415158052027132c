"""What a URL says of Redis, and what is wrong with one that cannot be used."""

import socket
from typing import Any

import pytest
from redis.exceptions import RedisError

from racetime.redis_connection import (
    RedisUrlError,
    open_redis,
    read_cluster,
    read_sentinels,
    shown_url,
)

WAYS = ["host", "port", "username", "password", "db", "ssl", "ssl_ca_certs"]


def chosen(options: Any) -> dict[str, Any]:
    return {name: options[name] for name in WAYS if options.get(name)}


@pytest.mark.parametrize(
    ("url", "addresses", "name", "sentinel", "server"),
    [
        ("redis+sentinel://one/main", [("one", 26379)], "main", {}, {}),
        (
            "redis+sentinel://me:pa%40ss@one:1,[::1]:2/main/3?sentinel_password=other",
            [("one", 1), ("::1", 2)],
            "main",
            {"password": "other"},
            {"username": "me", "password": "pa@ss", "db": 3},
        ),
        (
            "rediss+sentinel://one,two/main?ssl_ca_certs=/ca.pem&sentinel_username=him",
            [("one", 26379), ("two", 26379)],
            "main",
            {"username": "him", "ssl": True, "ssl_ca_certs": "/ca.pem"},
            {"ssl": True, "ssl_ca_certs": "/ca.pem"},
        ),
    ],
)
def test_a_url_of_sentinels_is_read(
    url: str, addresses: list[tuple[str, int]], name: str, sentinel: Any, server: Any
) -> None:
    found = read_sentinels(url)
    assert found is not None
    assert (found.addresses, found.name) == (addresses, name)
    assert chosen(found.sentinel_options) == sentinel
    assert chosen(found.server_options) == server


@pytest.mark.parametrize(
    ("url", "addresses", "options"),
    [
        ("redis+cluster://one", [("one", 6379)], {}),
        (
            "redis+cluster://me:pa%40ss@one:1,[::1]:2/0",
            [("one", 1), ("::1", 2)],
            {"username": "me", "password": "pa@ss"},
        ),
        (
            "rediss+cluster://one,two?ssl_ca_certs=/ca.pem",
            [("one", 6379), ("two", 6379)],
            {"ssl": True, "ssl_ca_certs": "/ca.pem"},
        ),
    ],
)
async def test_a_url_of_a_cluster_is_read(
    url: str, addresses: list[tuple[str, int]], options: Any
) -> None:
    found = read_cluster(url)
    assert found is not None
    assert (found.addresses, chosen(found.options)) == (addresses, options)
    async with open_redis(url, client_name="racetime"):
        pass


async def test_a_cluster_of_which_no_node_answers_is_out_of_reach_as_a_server_is() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with open_redis(f"redis+cluster://127.0.0.1:{port}") as redis:
        with pytest.raises(RedisError):
            await redis.get("name")
        pipeline = redis.pipeline(transaction=False)
        pipeline.get("name")
        with pytest.raises(RedisError):
            await pipeline.execute()


async def test_a_url_of_a_server_is_as_redis_py_has_it() -> None:
    url = "rediss://me:secret@there:7/2?ssl_ca_certs=/ca.pem"
    async with open_redis(url, client_name="racetime") as redis:
        options = redis.connection_pool.connection_kwargs
        there = {"host": "there", "port": 7, "username": "me", "password": "secret", "db": 2}
        assert chosen(options) == {**there, "ssl_ca_certs": "/ca.pem"}
        assert options["client_name"] == "racetime"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "begins with none of redis, rediss"),
        ("redis+ring://me:secret@one/0", "begins with none of redis, rediss"),
        ("redis://me:secret@one:x/0", "integer"),
        ("redis://me:secret@one/0?colour=red", "no argument 'colour'"),
        ("redis+sentinel://me:secret@one", "is not hosts/name/0"),
        ("redis+sentinel://me:secret@one/main/first", "is not hosts/name/0"),
        ("redis+sentinel://me:secret@one,/main", "'' is no host"),
        ("redis+sentinel://me:secret@one:x/main", "integer"),
        ("redis+sentinel://me:secret@one/main?colour=red", "no argument 'colour'"),
        ("redis+sentinel://one/main?sentinel_password=secret&socket_timeout=x", "socket_timeout"),
        ("redis+cluster://me:secret@one/1", "no database but 0"),
        ("redis+cluster://me:secret@one,/0", "'' is no host"),
        ("redis+cluster://me:secret@one:x", "integer"),
        ("redis+cluster://me:secret@one?colour=red", "no argument 'colour'"),
    ],
)
async def test_a_url_that_cannot_be_used_is_told_without_its_passwords(
    url: str, fault: str
) -> None:
    with pytest.raises(RedisUrlError, match=fault) as refused:
        async with open_redis(url):
            pass
    assert "secret" not in str(refused.value)


def test_a_shown_url_has_no_password() -> None:
    url = "redis+sentinel://me:secret@one:1,two/main/0?sentinel_password=secret&db=2"
    shown = "redis+sentinel://me:***@one:1,two/main/0?sentinel_password=***&db=2"
    assert shown_url(url) == shown
