"""Read the service's settings from the environment, once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlsplit, urlunsplit


class SettingsError(Exception):
    """A variable of the environment cannot be read as what it should be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set; each field is the variable RACETIME_API_<NAME> unless noted."""

    redis_url: str = "redis://127.0.0.1:6379/0"  # RACETIME_REDIS_URL
    listen: str = "127.0.0.1:50051"
    # Where gateways ask: the same methods, at a fraction of the cost when one connection carries
    # many watches. Empty for nowhere.
    stream_listen: str = "127.0.0.1:50151"
    metrics_listen: str = "127.0.0.1:9151"
    # gRPC health without TLS and nothing else, for a kubelet's probes; empty for none.
    health_listen: str = ""
    heartbeat_seconds: float = 5.0
    drain_seconds: float = 5.0
    max_watchers: int = 10_000
    # Watches that one address may have open at this replica, a known API key ten times as many.
    # Many people may share an address. Zero is no bound.
    watches_per_client: int = 1_000
    # Health says that the feed is dead when the poller has not reported for this long.
    poller_silence_seconds: float = 10.0
    # How long a session that nobody watches is still followed.
    linger_seconds: float = 30.0
    # Bounds of what is kept of a session for readers that resume.
    window_updates: int = 4_000
    window_bytes: int = 16_000_000
    # Bound of what is kept of the past of all logs for readers that replay.
    reel_bytes: int = 64_000_000
    # gRPC looks for connections that are dead when nothing came for this long, and lets clients
    # look as often as that.
    keepalive_seconds: float = 30.0
    keepalive_timeout_seconds: float = 10.0
    # The gateway pings each second, and a ping may come early.
    client_ping_seconds: float = 0.5
    # A connection this old (a tenth more or less) takes no new calls; those that it has go on for
    # the grace. Zero is never: a gateway spreads its calls whatever their connection.
    max_connection_age_seconds: float = 0.0
    connection_grace_seconds: float = 30.0
    # A gateway carries thousands of watches over a few connections.
    max_concurrent_streams: int = 20_000
    max_request_bytes: int = 65_536
    max_metadata_bytes: int = 32_768
    # Files of PEM: with a certificate and its key the port speaks TLS, with a CA it wants clients
    # that the CA vouches for.
    tls_cert: str = ""
    tls_key: str = ""
    tls_client_ca: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Take each setting from its variable or default; raise SettingsError on nonsense."""
        values: dict[str, str | int | float] = {}
        for field in fields(cls):
            name = variable(field.name)
            if name in environ:
                values[field.name] = _read(name, environ[name], type(field.default))
        return cls(**values)  # type: ignore[arg-type]

    def shown(self) -> dict[str, str | int | float]:
        """Give the settings for printing, without secrets."""
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        shown["redis_url"] = _without_password(self.redis_url)
        return shown


def variable(field_name: str) -> str:
    """Name the environment variable of a field."""
    return (
        "RACETIME_REDIS_URL" if field_name == "redis_url" else f"RACETIME_API_{field_name.upper()}"
    )


def _read(name: str, text: str, kind: type) -> str | int | float:
    if kind is str:
        return text
    try:
        number: int | float = kind(text)
    except ValueError as error:
        raise SettingsError(f"{name} must be a number, not {text!r}") from error
    may_be_zero = name in map(variable, ("max_connection_age_seconds", "watches_per_client"))
    if not 0 <= number < 1e12 or (number == 0 and not may_be_zero):
        raise SettingsError(f"{name} must be above zero, not {text!r}")
    return number


def _without_password(url: str) -> str:
    # A query may hold another one.
    parts = urlsplit(url)._replace(query="")
    if parts.password is None:
        return urlunsplit(parts)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username or ''}:***@{host}"))
