"""The processes of a run: the Procfile's commands, and the environment that ties them together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from honcho.environ import parse_procfile  # type: ignore[import-untyped]

from racetime_embedded.ports import HOST, Ports
from racetime_embedded.programs import search_path

ROOT = Path(__file__).resolve().parents[3]

# Addresses of Redis may hold a password.
ACCOUNT = ("RACETIME_OPENF1_USERNAME", "RACETIME_OPENF1_PASSWORD")
REDIS = ("RACETIME_REDIS_URL", "REDIS_URL")


@dataclass(frozen=True)
class Listening:
    """A port that a part listens on, and the variable that moves it."""

    port: int
    variable: str


@dataclass(frozen=True)
class Part:
    """One process of the run."""

    name: str
    command: str
    environ: Mapping[str, str]
    listens: tuple[Listening, ...]
    # Whether it has an end: then it rests, and the others go on without it.
    ends: bool = False


@dataclass(frozen=True)
class Plan:
    """What to run: where, and with which race."""

    ports: Ports
    run_folder: Path
    # Redis to use instead of starting one.
    redis_url: str | None = None
    # Settings of the simulator; None when none is needed.
    simulator: Mapping[str, str] | None = None
    # Settings of the poller beyond those that follow from the ports.
    poller: Mapping[str, str] = field(default_factory=dict)
    # What is to be recorded; None when nothing is.
    recorder: Mapping[str, str] | None = None
    # The gateway's certificate, when one was made for it.
    gateway: Mapping[str, str] = field(default_factory=dict)
    page_root: Path = ROOT / "frontend" / "dist"


def shared_environ(plan: Plan, environ: Mapping[str, str]) -> dict[str, str]:
    """Answer what every part finds in its environment: no secret is in it."""
    ports = plan.ports
    secrets = {*ACCOUNT, *REDIS}
    return {
        **{name: value for name, value in environ.items() if name not in secrets},
        "PATH": search_path(environ),
        "PYTHONUNBUFFERED": "1",
        "RACETIME_RUN_FOLDER": str(plan.run_folder),
        "RACETIME_REDIS_PORT": str(ports.redis),
        "RACETIME_SIMULATOR_LISTEN": f"{HOST}:{ports.simulator}",
        "RACETIME_POLLER_OPS_LISTEN": f"{HOST}:{ports.poller_ops}",
        "RACETIME_POLLER_METRICS_LISTEN": f"{HOST}:{ports.poller_metrics}",
        "RACETIME_PAGE_LISTEN": f"{HOST}:{ports.page}",
        "RACETIME_PAGE_BIND": HOST,
        "RACETIME_PAGE_PORT": str(ports.page),
        "RACETIME_PAGE_ROOT": str(plan.page_root),
        "RACETIME_GATEWAY_PORT": str(ports.gateway),
        "RACETIME_GATEWAY_ADMIN_PORT": str(ports.gateway_admin),
        "RACETIME_GATEWAY_API": ",".join(f"{HOST}:{port}" for port in ports.api_stream),
    }


def redis_environ(plan: Plan) -> dict[str, str]:
    """Answer where Redis is, for those who use it."""
    return {"RACETIME_REDIS_URL": plan.redis_url or f"redis://{HOST}:{plan.ports.redis}/0"}


def account(environ: Mapping[str, str]) -> dict[str, str]:
    """Answer the account of OpenF1, for those who ask there."""
    return {name: environ[name] for name in ACCOUNT if name in environ}


def poller_environ(plan: Plan, environ: Mapping[str, str]) -> dict[str, str]:
    """Answer the poller's own settings: OpenF1 and the account there, or the simulator."""
    if plan.simulator is None:
        return {**account(environ), **plan.poller}
    address = f"http://{HOST}:{plan.ports.simulator}"
    return {
        "RACETIME_OPENF1_URL": address,
        "RACETIME_OPENF1_CLOCK_URL": f"{address}/clock",
        "RACETIME_OPENF1_TIER": "local",
        "RACETIME_POLLER_SESSION": "latest",
        **plan.poller,
    }


def build_parts(plan: Plan, environ: Mapping[str, str]) -> list[Part]:
    """List the processes to start, in the order of the data's way."""
    commands = parse_procfile((ROOT / "Procfile").read_text()).processes
    shared = shared_environ(plan, environ)
    ports = plan.ports

    def part(name: str, own: Mapping[str, str], *listens: Listening, of: str = "") -> Part:
        return Part(name, commands[of or name], {**shared, **own}, listens)

    parts = []
    if plan.recorder is not None:
        # First, since the race waits for what it fetches.
        own = {**account(environ), **plan.recorder}
        parts.append(Part("recorder", commands["recorder"], {**shared, **own}, (), ends=True))
    if plan.redis_url is None:
        parts.append(part("redis", {}, Listening(ports.redis, "RACETIME_REDIS_PORT")))
    if plan.simulator is not None:
        listening = Listening(ports.simulator, "RACETIME_SIMULATOR_LISTEN")
        parts.append(part("simulator", plan.simulator, listening))
    parts.append(
        part(
            "poller",
            {**redis_environ(plan), **poller_environ(plan, environ)},
            Listening(ports.poller_ops, "RACETIME_POLLER_OPS_LISTEN"),
            Listening(ports.poller_metrics, "RACETIME_POLLER_METRICS_LISTEN"),
        )
    )
    replicas = zip(ports.api, ports.api_stream, ports.api_metrics, strict=True)
    for number, (port, stream, metrics) in enumerate(replicas, 1):
        own = {
            **redis_environ(plan),
            "RACETIME_API_LISTEN": f"{HOST}:{port}",
            "RACETIME_API_STREAM_LISTEN": f"{HOST}:{stream}",
            "RACETIME_API_METRICS_LISTEN": f"{HOST}:{metrics}",
        }
        listens = (
            Listening(port, "RACETIME_API_PORT"),
            Listening(stream, "RACETIME_API_STREAM_PORT"),
            Listening(metrics, "RACETIME_API_METRICS_PORT"),
        )
        parts.append(part(f"api-{number}", own, *listens, of="api"))
    parts.append(part("page", {}, Listening(ports.page, "RACETIME_PAGE_LISTEN")))
    parts.append(
        part(
            "gateway",
            plan.gateway,
            Listening(ports.gateway, "RACETIME_GATEWAY_PORT"),
            Listening(ports.gateway_admin, "RACETIME_GATEWAY_ADMIN_PORT"),
        )
    )
    return parts
