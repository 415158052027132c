"""Say how many calls a client may make, as Envoy's local rate limits: by address, or by API key."""

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY_HEADER = "x-api-key"
# A key stands in a regular expression and must not be guessed.
KEY_FORM = re.compile(r"[A-Za-z0-9_-]{16,128}")
# Goes to the api in a header.
NAME_FORM = re.compile(r"[A-Za-z0-9._ -]{1,64}")
# What runs on this machine is not counted; neither is a proxy on it that hides its clients.
HERE = ("127.0.0.1/32", "::/64")
ENDLESS = 1_000_000_000


@dataclass(frozen=True)
class Limit:
    """Calls and watches that a client may begin in a minute, evenly or at once."""

    calls: int
    watches: int
    # Whose it is; nothing where it is anybody's.
    name: str = ""


def read_keys(variable: str, path: str, default: Limit) -> dict[str, Limit]:
    """Read a file of API keys, each in a table [name] with `key` and perhaps its own limits."""
    try:
        tables = tomllib.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"{variable}: cannot read {path}: {error}")
    keys: dict[str, Limit] = {}
    for name, table in tables.items():
        fault = _fault(name, table)
        if fault or table["key"] in keys:
            sys.exit(f"{variable}: {path}: [{name}] {fault or 'has the key of another'}")
        calls = table.get("calls_per_minute", default.calls)
        watches = table.get("watches_per_minute", default.watches)
        keys[table["key"]] = Limit(calls, watches, name)
    return keys


def _fault(owner: str, table: Any) -> str:
    if not NAME_FORM.fullmatch(owner):
        return "has a name of other than letters, digits, ., _, - and spaces"
    if not isinstance(table, dict) or not KEY_FORM.fullmatch(str(table.get("key"))):
        return "needs a key of 16 to 128 letters, digits, _ and -"
    limits = {name: value for name, value in table.items() if name != "key"}
    for name, value in limits.items():
        if name not in ("calls_per_minute", "watches_per_minute"):
            return f"has {name}, which is no setting"
        if type(value) is not int or not 0 < value <= ENDLESS:
            return f"{name} is not a positive whole number"
    return ""


def rate_limits(keys: dict[str, Limit]) -> list[dict[str, Any]]:
    """Say what calls are counted by: what their route says, and an API key that is known or else
    the address."""
    kind = {"key": "racetime", "path": [{"key": "counts_as"}]}
    counted = {
        "metadata": {"descriptor_key": "kind", "metadata_key": kind, "source": "ROUTE_ENTRY"}
    }
    # Whoever has an IPv6 address has 2**64 of them.
    address = {"masked_remote_address": {"v4_prefix_mask_len": 32, "v6_prefix_mask_len": 64}}
    if not keys:
        return [{"actions": [counted, address]}]
    known = {"safe_regex": {"regex": "|".join(map(re.escape, keys))}}
    nameless = {
        "descriptor_key": "key",
        "descriptor_value": "none",
        "expect_match": False,
        "headers": [{"name": KEY_HEADER, "string_match": known}],
    }
    named = {"header_name": KEY_HEADER, "descriptor_key": "key"}
    return [
        {"actions": [counted, {"header_value_match": nameless}, address]},
        {"actions": [counted, {"request_headers": named}]},
    ]


def key_names(keys: dict[str, Limit]) -> dict[str, Any] | None:
    """Answer rules that tell whose a key is; they are for the record and forbid nothing."""
    if not keys:
        return None
    policies = {
        limit.name: {
            "permissions": [{"any": True}],
            "principals": [{"header": {"name": KEY_HEADER, "string_match": {"exact": key}}}],
        }
        for key, limit in keys.items()
    }
    return {"action": "ALLOW", "policies": policies}


def buckets(kind: str, per_minute: int, keys: dict[str, int]) -> list[dict[str, Any]]:
    """Answer a bucket for each address, made when it calls, and one for each key."""
    counted = {"key": "kind", "value": kind}
    nameless = [counted, {"key": "key", "value": "none"}] if keys else [counted]
    address = "masked_remote_address"
    return [
        *(bucket(ENDLESS, *nameless, {"key": address, "value": here}) for here in HERE),
        bucket(per_minute, *nameless, {"key": address}),
        *(bucket(limit, counted, {"key": "key", "value": key}) for key, limit in keys.items()),
    ]


def bucket(per_minute: int, *entries: dict[str, str]) -> dict[str, Any]:
    """Answer a bucket that a minute fills."""
    fill = {
        "max_tokens": per_minute,
        "tokens_per_fill": -(-per_minute // 60),
        "fill_interval": "1s",
    }
    return {"entries": list(entries), "token_bucket": fill}
