"""Settings of the poller, read once from the environment."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from racetime_poller.sources.budget import TIERS

OPENF1_URL = "https://api.openf1.org"
OPENF1_MQTT_URL = "mqtts://mqtt.openf1.org:8883"
MQTT_SCHEMES = ("mqtt", "mqtts", "ws", "wss")
_MAY_BE_ZERO = frozenset({"RACETIME_POLLER_KEEP_SESSIONS"})
_MAY_BE_EMPTY = frozenset({"metrics_listen", "openf1_mqtt_url"})


class SettingsError(Exception):
    """A variable of the environment that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting has a default that works on a laptop."""

    redis_url: str = "redis://127.0.0.1:6379/0"
    openf1_url: str = OPENF1_URL
    openf1_username: str | None = None
    openf1_password: str | None = None
    openf1_tier: str = "free"
    # Address of the broker that pushes (mqtt, mqtts, ws or wss); empty for none. Unless it is set
    # it is OpenF1's, where that is the source and there is an account.
    openf1_mqtt_url: str | None = None
    # Address of a simulator's clock; None for the wall clock.
    openf1_clock_url: str | None = None
    # `latest`, or a session key.
    session: str = "latest"
    ops_listen: str = "127.0.0.1:50060"
    # Empty for none.
    metrics_listen: str = "127.0.0.1:9160"
    # Wall-clock time between two updates at least.
    publish_interval_millis: int = 500
    # Race time between two keyframes.
    keyframe_interval_seconds: int = 30
    # Without renewal the lease is free after so long.
    lease_millis: int = 2000
    # As many sessions keep their logs; the oldest are dropped when another begins. 0 keeps all.
    keep_sessions: int = 0
    # Folder of recordings: what is recorded goes there, what is imported by name comes from there.
    recordings: str = "recordings"
    # `on` fetches the circuit file that a meeting names, `off` does not; `auto` does with OpenF1.
    circuit_files: str = "auto"
    holder: str = ""

    @staticmethod
    def from_env(environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings. Raises SettingsError."""
        names = {
            "redis_url": "RACETIME_REDIS_URL",
            "openf1_url": "RACETIME_OPENF1_URL",
            "openf1_username": "RACETIME_OPENF1_USERNAME",
            "openf1_password": "RACETIME_OPENF1_PASSWORD",
            "openf1_tier": "RACETIME_OPENF1_TIER",
            "openf1_mqtt_url": "RACETIME_OPENF1_MQTT_URL",
            "openf1_clock_url": "RACETIME_OPENF1_CLOCK_URL",
        }
        values: dict[str, str | int] = {}
        for field in fields(Settings):
            name = names.get(field.name, f"RACETIME_POLLER_{field.name.upper()}")
            text = environ.get(name)
            if text is None or (text == "" and field.name not in _MAY_BE_EMPTY):
                continue
            values[field.name] = _number(name, text) if field.type is int else text
        values.setdefault("holder", f"{socket.gethostname()}-{os.getpid()}")
        settings = Settings(**values)  # type: ignore[arg-type]
        _check(settings)
        return settings

    @property
    def recordings_path(self) -> Path:
        """Folder of recordings."""
        return Path(self.recordings)

    @property
    def mqtt_url(self) -> str | None:
        """Address of the broker that pushes; None where push is off."""
        if self.openf1_mqtt_url is not None:
            return self.openf1_mqtt_url or None
        has_account = self.openf1_username and self.openf1_password
        return OPENF1_MQTT_URL if has_account and self._is_openf1 else None

    @property
    def has_circuit_files(self) -> bool:
        """Whether circuit files are fetched."""
        return self.circuit_files == "on" or (self.circuit_files == "auto" and self._is_openf1)

    @property
    def _is_openf1(self) -> bool:
        return urlsplit(self.openf1_url).hostname == urlsplit(OPENF1_URL).hostname

    def public(self) -> dict[str, object]:
        """Return the settings without secrets."""
        secrets = {"openf1_password", "redis_url"}
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        shown["openf1_mqtt_url"] = self.mqtt_url
        return {
            # A query may hold a password, too.
            name: value.rpartition("@")[2].partition("?")[0] if name == "redis_url" else value
            for name, value in shown.items()
            if name not in secrets or name == "redis_url"
        }


def _number(name: str, text: str) -> int:
    try:
        value = int(text)
    except ValueError as error:
        raise SettingsError(f"{name}={text!r} is no whole number") from error
    if value < 0 or (value == 0 and name not in _MAY_BE_ZERO):
        raise SettingsError(f"{name}={text!r} must be above 0")
    return value


def _check(settings: Settings) -> None:
    if settings.openf1_tier not in TIERS:
        choices = ", ".join(TIERS)
        raise SettingsError(f"RACETIME_OPENF1_TIER={settings.openf1_tier!r}: choose {choices}")
    if settings.session != "latest" and not settings.session.isdigit():
        raise SettingsError(
            f"RACETIME_POLLER_SESSION={settings.session!r}: give `latest` or a session key"
        )
    if settings.circuit_files not in ("auto", "on", "off"):
        text = settings.circuit_files
        raise SettingsError(f"RACETIME_POLLER_CIRCUIT_FILES={text!r}: choose auto, on, off")
    for name in ("ops_listen", "metrics_listen"):
        address = getattr(settings, name)
        host, _, port = address.rpartition(":")
        if address and not (host and port.isdigit() and int(port) <= 65535):
            variable = f"RACETIME_POLLER_{name.upper()}"
            raise SettingsError(f"{variable}={address!r}: give HOST:PORT")
    address = urlsplit(settings.mqtt_url or OPENF1_MQTT_URL)
    if address.scheme not in MQTT_SCHEMES or not address.hostname or "@" in address.netloc:
        url = settings.openf1_mqtt_url
        raise SettingsError(f"RACETIME_OPENF1_MQTT_URL={url!r} is no address of a broker")
    if not settings.openf1_url.startswith(("http://", "https://")):
        raise SettingsError(f"RACETIME_OPENF1_URL={settings.openf1_url!r} is no HTTP address")
