"""Set the servers up: bounds of gRPC's connections, and TLS."""

import ssl
from pathlib import Path

import grpc

from racetime_api.settings import Settings, SettingsError, variable

_Option = tuple[str, int]


def options(settings: Settings) -> list[_Option]:
    """Give a server's options."""
    # For ever, to gRPC.
    age_millis = 2**31 - 1
    if settings.max_connection_age_seconds:
        age_millis = _millis(settings.max_connection_age_seconds)
    silence_millis = _millis(settings.keepalive_timeout_seconds)
    return [
        # Two servers on one port are a mistake, not a load balancer.
        ("grpc.so_reuseport", 0),
        # Past 1,000 pending calls gRPC drops new ones at random, and after a restart all readers
        # come back at once.
        ("grpc.server.max_pending_requests", 20_000),
        ("grpc.server.max_pending_requests_hard_limit", 40_000),
        ("grpc.max_concurrent_streams", settings.max_concurrent_streams),
        ("grpc.max_receive_message_length", settings.max_request_bytes),
        ("grpc.max_send_message_length", -1),
        # Between the two limits gRPC refuses at random.
        ("grpc.max_metadata_size", settings.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", settings.max_metadata_bytes),
        ("grpc.keepalive_time_ms", _millis(settings.keepalive_seconds)),
        ("grpc.keepalive_timeout_ms", silence_millis),
        # By this one gRPC cuts; it would wait for a minute.
        ("grpc.http2.ping_timeout_ms", silence_millis),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        (
            "grpc.http2.min_ping_interval_without_data_ms",
            _millis(settings.client_ping_seconds),
        ),
        ("grpc.max_connection_age_ms", age_millis),
        ("grpc.max_connection_age_grace_ms", _millis(settings.connection_grace_seconds)),
    ]


def credentials(settings: Settings) -> grpc.ServerCredentials | None:
    """Give what gRPC's port needs for TLS, None for none; raise SettingsError where that is
    unsound."""
    # gRPC says of a bad file that the port is taken: the context has read them all.
    if tls_context(settings) is None:
        return None
    chain = [(Path(settings.tls_key).read_bytes(), Path(settings.tls_cert).read_bytes())]
    if not settings.tls_client_ca:
        return grpc.ssl_server_credentials(chain)
    authority = Path(settings.tls_client_ca).read_bytes()
    return grpc.ssl_server_credentials(chain, authority, require_client_auth=True)


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """Give what a port of our own needs for TLS, None for none; raise SettingsError where that is
    unsound."""
    if not (settings.tls_cert or settings.tls_key or settings.tls_client_ca):
        return None
    for name in ("tls_cert", "tls_key"):
        if not getattr(settings, name):
            raise SettingsError(f"{variable(name)} is missing: TLS needs a certificate and its key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    name = "tls_cert"
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
        name = "tls_client_ca"
        if settings.tls_client_ca:
            context.load_verify_locations(settings.tls_client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:
        path = getattr(settings, name)
        raise SettingsError(f"{variable(name)}: cannot use {path}: {error}") from error
    return context


def _millis(seconds: float) -> int:
    return min(round(seconds * 1000), 2**31 - 1)
