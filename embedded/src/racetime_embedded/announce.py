"""Say where the race is, in a box that stands out from the logs."""

from collections.abc import Mapping
from typing import Any

from racetime_embedded.ports import Ports

LABELS = {
    "PROVENANCE_LIVE": "LIVE",
    "PROVENANCE_REPLAY": "REPLAY",
    "PROVENANCE_SIMULATED": "SIMULATED",
}


def title(state: Mapping[str, Any]) -> str:
    """Name the session, such as "Melbourne 2025, Race (REPLAY, speed 20)"."""
    session = state.get("session") or {}
    place = " ".join(str(session[k]) for k in ("circuitShortName", "year") if k in session)
    label = LABELS.get(str(session.get("provenance")), "source not known")
    speed = session.get("speed", 1)
    pace = f", speed {speed:g}" if isinstance(speed, int | float) and speed != 1 else ""
    return f"{place or 'Session'}, {session.get('sessionName', 'session')} ({label}{pace})"


def announcement(ports: Ports, state: Mapping[str, Any], seconds: float) -> str:
    """Answer the box."""
    url = f"{ports.gateway_scheme}://localhost:{ports.gateway}"
    curl = "curl -k" if ports.gateway_scheme == "https" else "curl"
    lines = [
        f"RaceTime is on:  {url}",
        title(state),
        "",
        f"{curl} {url}/api/live/snapshot",
        f"{curl} {url}/api/health",
        f"grpcurl -plaintext localhost:{ports.api[0]} list",
        f"grpcurl -plaintext localhost:{ports.poller_ops} list",
        "",
        f"On screen after {seconds:.1f} s. Ctrl-C stops everything.",
    ]
    width = max(map(len, lines))
    body = [f"│ {line.ljust(width)} │" for line in lines]
    return "\n".join([f"┌{'─' * (width + 2)}┐", *body, f"└{'─' * (width + 2)}┘", ""])
