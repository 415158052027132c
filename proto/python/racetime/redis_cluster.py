"""A client of a Redis Cluster whose failures are those of a client of one server."""

from typing import Any, cast

from redis.asyncio.cluster import ClusterPipeline, RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException

# What is raised besides RedisError where a cluster is out of reach. The last two are what uvloop
# and redis-py say of a connection that another task has closed: this client closes all of a node's
# when one fails.
_FAILURES = (RedisClusterException, RuntimeError, AttributeError)
# Connections to a node: each follower of a log waits on one of its own.
_MOST_CONNECTIONS = 10_000


class Cluster(RedisCluster):
    """redis-py's client: what is no RedisError there, such as that no node answers, is one here."""

    def __init__(self, **options: Any) -> None:
        # A part of a cluster goes on while another one has no primary.
        own = {"require_full_coverage": False, "max_connections": _MOST_CONNECTIONS}
        super().__init__(**{**own, **options})

    async def initialize(self, *arguments: Any, **options: Any) -> "Cluster":
        """Find out who has which slots."""
        try:
            await super().initialize(*arguments, **options)
        except _FAILURES as error:
            raise RedisConnectionError(f"{type(error).__name__}: {error}") from error
        return self

    async def execute_command(self, *arguments: Any, **options: Any) -> Any:
        """Send a command to the node that has its keys."""
        try:
            return await super().execute_command(*arguments, **options)
        except _FAILURES as error:
            raise RedisConnectionError(f"{type(error).__name__}: {error}") from error

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> ClusterPipeline:
        """Gather commands. Not for a transaction: redis-py begins those in a thread and an event
        loop of another one; a script does as well."""
        if transaction:
            raise NotImplementedError("no transaction in a cluster: use a script")
        pipeline: Any = _Pipeline  # abstract by redis-py's types alone
        return cast(ClusterPipeline, pipeline(self))


class _Pipeline(ClusterPipeline):
    async def execute(self, *arguments: Any, **options: Any) -> list[Any]:
        try:
            return await super().execute(*arguments, **options)
        except _FAILURES as error:
            raise RedisConnectionError(f"{type(error).__name__}: {error}") from error
        except RedisCluster.ERRORS_ALLOW_RETRY:
            # So that the next command finds out anew who has which slots.
            await self.cluster_client.aclose()
            raise
