"""Ask this replica's health, for a container's health check: `python -m racetime_api.probe`.

It looks where the replica's own settings say. Ends with 0 when it serves, else with a line and 1.
"""

import os
import sys
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from racetime_api.settings import Settings, SettingsError

SECONDS = 3.0
# The name that the gateway, too, wants to see in a replica's certificate.
NAME = "racetime-api"


def serves(settings: Settings) -> bool:
    """Answer whether health says SERVING. Raises grpc.RpcError when nothing answers."""
    with _channel(settings) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=SECONDS)
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _channel(settings: Settings) -> grpc.Channel:
    port = settings.listen.rpartition(":")[2]
    target = f"127.0.0.1:{port}"
    if not settings.tls_cert:
        return grpc.insecure_channel(target)
    key, cert = (Path(path).read_bytes() for path in (settings.tls_key, settings.tls_cert))
    # Who vouches for clients vouches for replicas; without it the certificate vouches for itself.
    authority = Path(settings.tls_client_ca or settings.tls_cert).read_bytes()
    credentials = grpc.ssl_channel_credentials(authority, key, cert)
    return grpc.secure_channel(
        target, credentials, options=[("grpc.ssl_target_name_override", NAME)]
    )


def main() -> None:
    """Tell by the exit code."""
    try:
        if not serves(Settings.from_env(os.environ)):
            sys.exit("racetime-api: does not serve")
    except grpc.RpcError as error:
        sys.exit(f"racetime-api: {error.code().name}: {error.details()}")
    except (SettingsError, OSError) as error:
        sys.exit(f"racetime-api: {error}")


if __name__ == "__main__":
    main()
