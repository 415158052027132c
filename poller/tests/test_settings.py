"""Settings: a wrong one is named; secrets are shown to nobody."""

import pytest

from racetime_poller.settings import Settings, SettingsError


def test_nothing_set_works_on_a_laptop() -> None:
    settings = Settings.from_env({})
    assert settings.redis_url == "redis://127.0.0.1:6379/0"
    assert (settings.openf1_tier, settings.session) == ("free", "latest")
    assert settings.holder


def test_every_variable_is_read() -> None:
    settings = Settings.from_env(
        {
            "RACETIME_REDIS_URL": "redis://r:1/0",
            "RACETIME_OPENF1_URL": "http://o",
            "RACETIME_OPENF1_CLOCK_URL": "http://o/clock",
            "RACETIME_OPENF1_TIER": "local",
            "RACETIME_POLLER_SESSION": "9845",
            "RACETIME_POLLER_METRICS_LISTEN": "",
            "RACETIME_POLLER_LEASE_MILLIS": "500",
        }
    )
    assert (settings.redis_url, settings.openf1_url) == ("redis://r:1/0", "http://o")
    assert (settings.openf1_clock_url, settings.openf1_tier) == ("http://o/clock", "local")
    assert (settings.session, settings.metrics_listen) == ("9845", "")
    assert settings.lease_millis == 500


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("RACETIME_OPENF1_TIER", "gold"),
        ("RACETIME_POLLER_SESSION", "newest"),
        ("RACETIME_OPENF1_URL", "api.openf1.org"),
        ("RACETIME_POLLER_CIRCUIT_FILES", "yes"),
        ("RACETIME_POLLER_LEASE_MILLIS", "soon"),
        ("RACETIME_POLLER_PUBLISH_INTERVAL_MILLIS", "0"),
        ("RACETIME_POLLER_METRICS_LISTEN", "9160"),
        ("RACETIME_POLLER_METRICS_LISTEN", "127.0.0.1:port"),
        ("RACETIME_POLLER_OPS_LISTEN", "127.0.0.1:99999"),
    ],
)
def test_a_wrong_setting_is_named(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({name: text})


ACCOUNT = {"RACETIME_OPENF1_USERNAME": "me", "RACETIME_OPENF1_PASSWORD": "hidden"}


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, None),
        (ACCOUNT, "mqtts://mqtt.openf1.org:8883"),
        (ACCOUNT | {"RACETIME_OPENF1_MQTT_URL": ""}, None),
        (ACCOUNT | {"RACETIME_OPENF1_URL": "http://127.0.0.1:8090"}, None),
        ({"RACETIME_OPENF1_MQTT_URL": "mqtt://127.0.0.1:1883"}, "mqtt://127.0.0.1:1883"),
    ],
)
def test_push_is_on_where_it_is_asked_for_or_where_openf1_lets_us_in(
    environ: dict[str, str], url: str | None
) -> None:
    assert Settings.from_env(environ).mqtt_url == url


@pytest.mark.parametrize(
    ("url", "choice", "fetched"),
    [
        ("https://api.openf1.org", "auto", True),
        ("https://api.openf1.org", "off", False),
        ("http://127.0.0.1:8090", "auto", False),
        ("http://127.0.0.1:8090", "on", True),
    ],
)
def test_circuit_files_are_fetched_with_openf1_or_where_asked_for(
    url: str, choice: str, fetched: bool
) -> None:
    environ = {"RACETIME_OPENF1_URL": url, "RACETIME_POLLER_CIRCUIT_FILES": choice}
    assert Settings.from_env(environ).has_circuit_files is fetched


@pytest.mark.parametrize("url", ["mqtt.openf1.org", "http://x", "mqtt://", "mqtt://me:secret@x"])
def test_an_address_that_is_no_brokers_is_named(url: str) -> None:
    with pytest.raises(SettingsError, match="RACETIME_OPENF1_MQTT_URL"):
        Settings.from_env({"RACETIME_OPENF1_MQTT_URL": url})


def test_secrets_are_not_shown() -> None:
    environ = {
        "RACETIME_OPENF1_USERNAME": "me",
        "RACETIME_OPENF1_PASSWORD": "hidden",
        "RACETIME_REDIS_URL": "redis://user:hidden@redis:6379/0?sentinel_password=hidden",
    }
    shown = str(Settings.from_env(environ).public())
    assert "hidden" not in shown
    assert "redis:6379/0" in shown
