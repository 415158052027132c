"""The one table of faults: what each does, what it strikes, and what it loses for good."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["answers", "tokens", "rows", "schedule", "push"]

EVERYTHING = frozenset({"*"})
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fault:
    """One way to misbehave."""

    name: str
    description: str
    kind: Kind
    # Strikes throughout its window; else by chance, at the fault's rate.
    lasts: bool = False
    # How long it lasts where only its start is given.
    seconds: float = 60.0
    # Endpoints that it strikes; EVERYTHING for all.
    endpoints: frozenset[str] = EVERYTHING
    # Endpoints of which rows are missing or wrong for good.
    loses: frozenset[str] = NOTHING

    @property
    def recoverable(self) -> bool:
        """Return whether all is well again once it has ended and whole tables can be read.

        Then the final state must equal that of a clean run. Of a fault that is not recoverable
        only "no crash, and honest" is promised, and all that does not rest on what it `loses`.
        """
        return not self.loses


def _on(*endpoints: str) -> frozenset[str]:
    return frozenset(endpoints)


_TABLE = (
    # By chance, request by request.
    Fault("garbage_rows", "rows that no client should believe among the true ones", "answers"),
    Fault("duplicate", "a quarter of the rows twice", "answers"),
    Fault("reorder", "rows in any order", "answers"),
    Fault("empty", "404 No results found", "answers"),
    Fault("empty_list", "200 with []", "answers"),
    Fault("too_many_requests", "429, half of them with Retry-After", "answers"),
    Fault("server_error", "500, 502, 503 or 504, as text, HTML or JSON", "answers"),
    Fault("html", "200 with a page in place of JSON", "answers"),
    Fault("truncated", "a body that ends in the middle, whole for HTTP", "answers"),
    Fault("timeout", "no answer for many seconds, then 504", "answers"),
    Fault("slow_body", "a body that dribbles for some seconds", "answers"),
    Fault("cut_connection", "the connection is closed before or within the answer", "answers"),
    # Throughout a window.
    Fault("outage", "502 or a closed connection for all, /token too", "answers", True, 30.0),
    Fault("bad_gateway", "502 of nginx for all, /token too", "answers", True, 90.0),
    Fault("rate_limit_storm", "429 for all, with and without Retry-After", "answers", True, 45.0),
    Fault("lock_out", "401 of a live session for all, whatever the token", "answers", True, 120.0),
    Fault("too_much", "422 for windows that are normally fine", "answers", True, 600.0),
    Fault("bad_password", "401 of /token: wrong, or not yet activated", "tokens", True, 300.0),
    Fault("token_down", "/token is dead, old tokens still work", "tokens", True, 600.0),
    Fault("early_expiry", "tokens expire within ten minutes, unsaid", "tokens", True, 3_600.0),
    # Rows.
    Fault("late", "some rows come 5 to 20 s after the others", "rows"),
    Fault("late_repair", "rows are wrong or missing first, right later", "rows",
          endpoints=_on("laps", "pit", "stints", "session_result")),
    Fault("result_changes", "the result is corrected hours later, by row", "rows", True, 7_200.0,
          endpoints=_on("session_result")),
    Fault("clock_skew", "rows are dated seconds ahead of our clock, or behind it", "rows", True,
          1_800.0),
    Fault("duplicate_positions", "several cars on one place", "rows", seconds=300.0,
          endpoints=_on("position")),
    Fault("null_drivers", "all names but one null, the list short", "rows", True, 600.0,
          endpoints=_on("drivers")),
    Fault("null_stints", "compound null or UNKNOWN, stints inverted, age 0", "rows", seconds=900.0,
          endpoints=_on("stints")),
    Fault("phantom_lap", "lap 1 absurdly long, the next ones not there", "rows", True, 900.0,
          endpoints=_on("laps")),
    Fault("duplicate_pit", "a stop twice, the second a lap later", "rows", seconds=7_200.0,
          endpoints=_on("pit")),
    Fault("missing", "rows that never come, of all but the session's own tables", "rows",
          loses=EVERYTHING),
    Fault("missing_first_positions", "cars without a first place", "rows", seconds=7_200.0,
          endpoints=_on("position"), loses=_on("position")),
    Fault("same_second_messages", "race control rows share a _key, REST hides one", "rows",
          seconds=7_200.0, endpoints=_on("race_control"), loses=_on("race_control")),
    Fault("location_stop", "no location, for good or a while", "rows", True, 600.0,
          endpoints=_on("location"), loses=_on("location")),
    Fault("frozen_location", "all cars stand still on the map", "rows", True, 300.0,
          endpoints=_on("location"), loses=_on("location")),
    Fault("garbage_location", "cars jump by hundreds of metres", "rows", seconds=300.0,
          endpoints=_on("location"), loses=_on("location")),
    Fault("zero_location", "cars at 0, 0, 0", "rows", True, 300.0,
          endpoints=_on("location"), loses=_on("location")),
    # The schedule, and the push feed.
    Fault("moved_start", "the schedule is wrong by minutes or hours, corrected later", "schedule",
          True, 3_600.0, endpoints=_on("sessions")),
    Fault("mqtt_silence", "the push feed says nothing while it stays connected", "push", True),
    Fault("mqtt_disconnect", "the push feed's connections are dropped and refused", "push", True),
    Fault("mqtt_duplicate", "messages of the push feed come again seconds later", "push"),
    Fault("mqtt_reorder", "messages of the push feed come late, newer ones before them", "push"),
    Fault("mqtt_garbage", "messages of the push feed that are no rows, among the true ones",
          "push"),
)  # fmt: skip

FAULTS: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in _TABLE})
"""Every fault by its name."""

RECOVERABLE = tuple(name for name, fault in FAULTS.items() if fault.recoverable)
LOSSY = tuple(name for name, fault in FAULTS.items() if not fault.recoverable)


def describe_faults() -> str:
    """Return the table as text, for `--help`."""
    lines = [f"  {'fault':<24}{'strikes':<12}{'loses':<14}what it does"]
    for fault in FAULTS.values():
        how = "lasts" if fault.lasts else "by chance"
        loses = "rows of all" if fault.loses == EVERYTHING else ", ".join(fault.loses) or "nothing"
        lines.append(f"  {fault.name:<24}{how:<12}{loses:<14}{fault.description}")
    return "\n".join(lines)
