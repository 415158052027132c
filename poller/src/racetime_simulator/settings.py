"""The simulator's settings, from flags and from `RACETIME_SIMULATOR_*`; a flag wins."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from racetime_simulator.access import TIERS
from racetime_simulator.faults.catalogue import describe_faults
from racetime_simulator.faults.window import Order, read_orders
from racetime_simulator.madeup.incidents import INCIDENTS, NONE, Incidents, read_incidents
from racetime_simulator.madeup.program import COURSES, Course
from racetime_simulator.madeup.qualifying import CUTS

PREFIX = "RACETIME_SIMULATOR_"
_FAULTS_HELP = """\
faults: `late:0.3` strikes 30 % of the rows; `outage@60-90` is on from 60 to 90 s of race time after
the clock's start, `outage@60-` from 60 s on for good, `outage@60` as long as such a fault usually
lasts. POST the same text to /faults to change it while the server runs (nothing turns all off);
GET /stats counts requests, answers and faults."""
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True)
class Settings:
    """All that the simulator can be told."""

    recording: Path | None = None
    wait_seconds: float = 0.0
    seed: int = 1
    session: Course = "season"
    story: Incidents | None = None
    cars: int = 22
    date: datetime | None = None
    speed: float = 1.0
    listen: str = "127.0.0.1:8090"
    mqtt_listen: str = ""
    tier: str = "local"
    require_token: bool = False
    username: str = ""
    password: str = ""
    start: str = ""
    faults: tuple[Order, ...] = ()
    fault_rate: float = 0.1
    fault_seed: int = 1
    fault_timeout_seconds: float = 12.0
    outage_start_seconds: float = 60.0
    outage_seconds: float = 30.0

    @classmethod
    def from_env(cls, environ: Mapping[str, str], arguments: Sequence[str] = ()) -> "Settings":
        """Read the settings; a wrong one ends the process with a line that says so."""
        parser = _parser(environ)
        given = vars(parser.parse_args(list(arguments)))
        try:
            settings = cls(**given)
            settings.check()
        except ValueError as error:
            parser.error(str(error))
        return settings

    @property
    def host(self) -> str:
        """Return the host to listen on."""
        return self.listen.rpartition(":")[0] or "127.0.0.1"

    @property
    def port(self) -> int:
        """Return the port to listen on; 0 picks a free one."""
        return int(self.listen.rpartition(":")[2])

    @property
    def mqtt_address(self) -> tuple[str, int] | None:
        """Return where to push from, None where nothing is pushed; port 0 picks a free one."""
        if not self.mqtt_listen:
            return None
        host, _, port = self.mqtt_listen.rpartition(":")
        return host or "127.0.0.1", int(port)

    def check(self) -> None:
        """Refuse what cannot be meant."""
        if not self.speed > 0:
            raise ValueError(f"speed must be above zero, not {self.speed}")
        if not 0 <= self.fault_rate <= 1:
            raise ValueError(f"fault rate must be between 0 and 1, not {self.fault_rate}")
        if not self.listen.rpartition(":")[2].isdigit() or self.port > 65535:
            raise ValueError(f"listen must be HOST:PORT, not {self.listen!r}")
        port = self.mqtt_listen.rpartition(":")[2]
        if self.mqtt_listen and not (port.isdigit() and int(port) <= 65535):
            raise ValueError(f"mqtt listen must be HOST:PORT, not {self.mqtt_listen!r}")

    def describe(self) -> dict[str, object]:
        """Return the settings for a log line, without secrets."""
        hidden = {"username", "password"}
        return {
            name: ",".join(order.name for order in self.faults)
            if name == "faults"
            else ",".join(sorted(value)) or NONE
            if isinstance(value, frozenset)
            else str(value)
            if isinstance(value, Path | datetime)
            else value
            for name, value in vars(self).items()
            if name not in hidden and value not in (None, "", ())
        }


def read_instant(text: str) -> datetime:
    """Read an ISO instant or day; one without a zone is UTC."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _orders(text: str) -> tuple[Order, ...]:
    try:
        return read_orders(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _is_true(text: str) -> bool:
    return text.strip().lower() in TRUE_WORDS


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="racetime_simulator",
        description="An HTTP server that answers like OpenF1: a recording, or a made-up session.",
        epilog=f"{_FAULTS_HELP}\n\n{describe_faults()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )

    def add(flag: str, default: object, kind: type | object, text: str) -> None:
        name = flag.removeprefix("--").replace("-", "_")
        environment = environ.get(PREFIX + name.upper()) or None
        parser.add_argument(
            flag,
            type=kind,  # type: ignore[arg-type]
            default=default if environment is None else environment,
            help=f"{text} [{PREFIX}{name.upper()}]",
        )

    add("--recording", None, Path, "folder of a recording to play; without one a race is made up")
    add("--wait-seconds", 0.0, float, "for what a recording that is being made lacks to be played")
    add("--seed", 1, int, "of the made-up session")
    courses = f"{', '.join(COURSES)}; a season begins with a race, a weekend with a practice"
    add("--session", "season", _course, f"which sessions are made up: {courses}")
    told = f"what happens in a made-up race, comma-separated: {', '.join(INCIDENTS)}, or {NONE};"
    add("--story", None, _story, f"{told} without it the seed decides")
    add("--cars", 22, _cars, f"how many cars take part: {', '.join(map(str, CUTS))}")
    add("--date", None, read_instant, "day or instant of the made-up session's scheduled start")
    add("--speed", 1.0, float, "race seconds per second")
    add("--listen", "127.0.0.1:8090", str, "HOST:PORT, port 0 picks a free one")
    add("--mqtt-listen", "", str, "HOST:PORT to push rows from by MQTT; without it none are pushed")
    add("--tier", "local", _tier, f"rate limits: {', '.join(TIERS)}")
    parser.add_argument(
        "--require-token",
        action=argparse.BooleanOptionalAction,
        default=_is_true(environ.get(PREFIX + "REQUIRE_TOKEN", "")),
        help=f"answer 401 without a token while a session is live [{PREFIX}REQUIRE_TOKEN]",
    )
    add("--username", "", str, "the only one that may log in; without it any may")
    add("--password", "", str, "goes with the username")
    add("--start", "", str, "where the clock starts: an instant, or seconds from the first lap")
    add("--faults", (), _orders, "comma-separated NAME[:RATE][@FROM[-[TO]]], of the table below")
    add("--fault-rate", 0.1, float, "share of the requests or rows that a fault strikes")
    add("--fault-seed", 1, int, "of the faults")
    add("--fault-timeout-seconds", 12.0, float, "by which the timeout fault delays an answer")
    add("--outage-start-seconds", 60.0, float, "race time from the clock's start to the outage")
    add("--outage-seconds", 30.0, float, "race time that the outage lasts")
    return parser


def _course(text: str) -> Course:
    for course in COURSES:
        if course == text:
            return course
    raise argparse.ArgumentTypeError(f"no such session: {text} (of {', '.join(COURSES)})")


def _story(text: str) -> Incidents | None:
    try:
        return read_incidents(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _cars(text: str) -> int:
    if text not in map(str, CUTS):
        raise argparse.ArgumentTypeError(f"cars must be {' or '.join(map(str, CUTS))}, not {text}")
    return int(text)


def _tier(text: str) -> str:
    if text not in TIERS:
        raise argparse.ArgumentTypeError(f"no such tier: {text} (of {', '.join(TIERS)})")
    return text
