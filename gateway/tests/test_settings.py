"""Settings that cannot be are named, and nothing is rendered."""

import re

import pytest
from running_gateway import rendered

KEY = "k" * 20


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "https://pitwall.example/"),
        ("CORS_ORIGINS", "pitwall.example"),
        ("CALLS_PER_MINUTE", "0"),
        ("WATCHES_PER_MINUTE", "many"),
        ("TRUSTED_HOPS", "-1"),
        ("API_KEYS", "nowhere.toml"),
        ("TLS_CERT", "nowhere.pem"),
        ("API_TLS_CA", "nowhere.pem"),
        ("API_TLS_CERT", __file__),
        ("ACCESS_LOG", "yes"),
    ],
)
def test_a_setting_that_cannot_be_is_named(variable, value):
    done = rendered(**{f"RACETIME_GATEWAY_{variable}": value})
    assert done.returncode == 1
    assert re.match(r"RACETIME_GATEWAY_\w+: ", done.stderr)
    assert done.stdout == ""


@pytest.mark.parametrize(
    "text",
    [
        "key = 'k'",
        "[a]\nkey = 'short'",
        "[a]",
        "[a]\nkey = 'with a space, and long'",
        f"[a]\nkey = '{KEY}'\n[b]\nkey = '{KEY}'",
        f"[a]\nkey = '{KEY}'\ncalls_per_minute = 0",
        f"[a]\nkey = '{KEY}'\ncalls = 10",
        f"['a key']\nkey = '{KEY}'\n['a\u00e9']\nkey = '{KEY}2'",
        "[",
    ],
)
def test_keys_that_cannot_be_are_named_and_not_shown(tmp_path, text):
    file = tmp_path / "keys.toml"
    file.write_text(text)
    done = rendered(RACETIME_GATEWAY_API_KEYS=str(file))
    assert done.returncode == 1
    assert done.stderr.startswith("RACETIME_GATEWAY_API_KEYS: ")
    assert KEY not in done.stderr
