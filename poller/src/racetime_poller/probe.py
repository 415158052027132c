"""Ask this poller's health, for a container's health check: `python -m racetime_poller.probe`.

It looks where the poller's own settings say. Ends with 0 when it serves, else with a line and 1.
"""

import os
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from racetime_poller.settings import Settings, SettingsError

SECONDS = 3.0


def serves(settings: Settings) -> bool:
    """Answer whether health says SERVING. Raises grpc.RpcError when nothing answers."""
    port = settings.ops_listen.rpartition(":")[2]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def main() -> None:
    """Tell by the exit code."""
    try:
        if not serves(Settings.from_env(os.environ)):
            sys.exit("racetime-poller: does not serve")
    except grpc.RpcError as error:
        sys.exit(f"racetime-poller: {error.code().name}: {error.details()}")
    except SettingsError as error:
        sys.exit(f"racetime-poller: {error}")


if __name__ == "__main__":
    main()
