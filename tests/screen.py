"""What the page shows, read at one stroke, and what a state asks for, apart from its code."""

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

from chain import Chain

State = dict[str, Any]

ROWS = "[data-testid=leaderboard] tr[data-driver]"
DASH = "–"
READ = """() => {
  const one = name => document.querySelector(`[data-testid=${name}]`);
  const text = element => (element?.innerText ?? '').trim().replace(/\\s+/g, ' ');
  const {sequence, raceOffset, at} = one('reached').dataset;
  return {
    sequence: Number(sequence), raceOffset: Number(raceOffset), at: Number(at),
    flag: [one('frame').dataset.flag, text(one('flag').querySelector('b'))],
    lap: text(one('lap')?.querySelector('b')),
    weather: [...one('weather')?.children ?? []].map(text),
    messages: [...one('race-control')?.querySelectorAll('li[data-kind]') ?? []].map(item =>
      [text(item.querySelector('time')), item.querySelector('p').title]),
    rows: [...one('leaderboard').querySelectorAll('tr[data-driver]')].map(row => ({
      driver: row.dataset.driver,
      position: row.dataset.position,
      compounds: [...row.querySelectorAll('[data-cell=tyre] svg')]
        .map(tyre => tyre.dataset.compound),
      used: row.querySelector('[data-cell=tyre] [data-used]') !== null,
      cells: Object.fromEntries([...row.querySelectorAll('[data-cell]')]
        .map(cell => [cell.dataset.cell, text(cell)])),
      reasons: Object.fromEntries([...row.querySelectorAll('[data-cell]')]
        .map(cell => [cell.dataset.cell, cell.title])),
    })),
  };
}"""
FLAGS = {
    "TRACK_FLAG_GREEN": ("green", "GREEN"),
    "TRACK_FLAG_SAFETY_CAR": ("sc", "SAFETY CAR"),
    "TRACK_FLAG_SAFETY_CAR_ENDING": ("sc", "SAFETY CAR"),
    "TRACK_FLAG_VIRTUAL_SAFETY_CAR": ("sc", "VSC"),
    "TRACK_FLAG_VIRTUAL_SAFETY_CAR_ENDING": ("sc", "VSC"),
    "TRACK_FLAG_RED": ("red", "RED FLAG"),
    "TRACK_FLAG_CHEQUERED": ("none", "FINISH"),
}
DOING = {
    "CAR_STATE_IN_PIT": "PIT",
    "CAR_STATE_OUT_LAP": "PIT EXIT",
    "CAR_STATE_STOPPED": "STOPPED",
    "CAR_STATE_FINISHED": "FINISHED",
    "CAR_STATE_WAITING": "GRID",
}
POINTS = [
    "N",
    "NNE",
    "NE",
    "ENE",
    "E",
    "ESE",
    "SE",
    "SSE",
    "S",
    "SSW",
    "SW",
    "WSW",
    "W",
    "WNW",
    "NW",
    "NNW",
]
MOST_MESSAGES, MOST_EARLIER_SETS = 100, 3


def seconds(millis: int) -> str:
    return f"{millis / 1000:.3f}"


def lap_time(millis: int) -> str:
    minutes, rest = divmod(millis, 60_000)
    return f"{minutes}:{rest / 1000:06.3f}" if minutes else seconds(rest)


def rounded(value: float | None, unit: str, digits: str = "1") -> str:
    if value is None:
        return DASH
    return f"{Decimal(value).quantize(Decimal(digits), ROUND_HALF_UP)}{unit}"


def expected_flag(state: State) -> tuple[str, str]:
    """Tell the colour and the word of the ruling flag."""
    flag = state.get("trackStatus", {}).get("flag")
    if flag != "TRACK_FLAG_YELLOW":
        return FLAGS.get(flag, ("none", "NO FLAG"))
    kinds = {sector.get("flag") for sector in state.get("sectorFlags", {}).values()}
    doubled = "SECTOR_FLAG_KIND_DOUBLE_YELLOW" in kinds
    return "yellow", "DOUBLE" if doubled and "SECTOR_FLAG_KIND_YELLOW" not in kinds else "YELLOW"


def expected_messages(state: State) -> list[tuple[str, str]]:
    """List race control's messages, newest first; blue flags are hidden unless asked for."""
    session = state["session"]
    origin = datetime.fromisoformat(session["originTime"])
    local = origin + timedelta(minutes=session["gmtOffsetMinutes"])
    shown = [one for one in state.get("raceControl", []) if one.get("flag") != "BLUE"]
    shown.sort(key=lambda one: -one.get("raceOffsetMillis", 0))
    return [
        (
            f"{local + timedelta(milliseconds=one.get('raceOffsetMillis', 0)):%H:%M:%S}",
            one["message"],
        )
        for one in shown[:MOST_MESSAGES]
    ]


def expected_weather(state: State) -> list[str]:
    weather = state.get("weather", {})
    raining, degrees = weather.get("raining"), weather.get("windDirectionDegrees")
    point = "" if degrees is None else f"{POINTS[int(degrees / 22.5 + 0.5) % 16]} {degrees}°"
    return [
        DASH if raining is None else "Rain" if raining else "Dry",
        f"{rounded(weather.get('windSpeedMps'), '', '0.1')}m/s {point or 'wind'}",
        f"{rounded(weather.get('trackTemperatureCelsius'), '°')} track",
        f"{rounded(weather.get('airTemperatureCelsius'), '°')} air",
        f"{rounded(weather.get('humidityPercent'), '%')} humidity",
    ]


def _distance(gap: State, name: str, leader: str, place: int) -> str:
    if place == 1:
        return leader
    if f"{name}Millis" in gap:
        return seconds(gap[f"{name}Millis"])
    laps = gap.get(f"{name}Laps")
    return DASH if laps is None else f"+{laps} {'LAP' if laps == 1 else 'LAPS'}"


def _gained(place: State) -> str:
    if "gridPosition" not in place:
        return DASH
    gained = place["gridPosition"] - place["position"]
    return f"{'▲' if gained > 0 else '▼'}{abs(gained)}" if gained else "="


def _doing(status: State) -> str:
    if status.get("state") == "CAR_STATE_RETIRED":
        return f"OUT L{status['outLap']}" if "outLap" in status else "OUT"
    return DOING.get(status.get("state", ""), "")


def _compounds(state: State, number: str) -> list[str]:
    """Letters of the set that is fitted and of those before it, newest first."""
    if number not in state.get("tyres", {}):
        return []
    tyres = state["tyres"][number]
    earlier = [
        stint
        for run in range(tyres.get("stint", 1) - 1, 0, -1)
        if (stint := state.get("stints", {}).get(str(int(number) * 1000 + run), {}))
        and stint.get("stintNumber")
    ]
    return [_letter(one) for one in (tyres, *earlier[:MOST_EARLIER_SETS])]


def _letter(set_: State) -> str:
    name = set_.get("compound", "TYRE_COMPOUND_UNSPECIFIED").removeprefix("TYRE_COMPOUND_")
    return "?" if name == "UNSPECIFIED" else name[0]


def expected_row(state: State, number: str) -> dict[str, Any]:
    """Write the row of a car that a state asks for."""
    place = state["positions"][number]
    gap, timing, status, tyres = (
        state.get(name, {}).get(number, {}) for name in ("gaps", "timings", "statuses", "tyres")
    )
    last, best = timing.get("lastLapMillis"), timing.get("bestLapMillis")
    return {
        "code": state["drivers"][number]["nameAcronym"],
        "compounds": _compounds(state, number),
        "used": tyres.get("fittedNew") is False,
        "doing": _doing(status),
        "cells": {
            "position": str(place["position"]),
            "gained": _gained(place),
            "interval": _distance(gap, "interval", "LEADER", place["position"]),
            "gap": _distance(gap, "gapToLeader", "", place["position"]),
            "last": DASH if last is None else lap_time(last),
            "best": DASH if best is None else lap_time(best),
            "stops": str(status.get("stops", DASH)),
        },
    }


def _row_faults(row: dict[str, Any], want: dict[str, Any], age: str) -> list[str]:
    cells, who = row["cells"], want["code"]
    faults = [
        f"{who} {name}: {cells[name]!r}, not {text!r}"
        for name, text in want["cells"].items()
        if cells[name] != text
    ]
    faults += [
        f"{who} {name}: a dash without a reason"
        for name, text in want["cells"].items()
        if text == DASH and not row["reasons"][name]
    ]
    faults += [
        f"{who} {name}: {row[name]!r}, not {want[name]!r}"
        for name in ("compounds", "used")
        if row[name] != want[name]
    ]
    # The letters of the sets stand beside the age.
    if cells["tyre"].replace(" ", "") not in _orders_of(want["compounds"], age):
        faults.append(f"{who} tyre: {cells['tyre']!r}, not {age!r}")
    if who not in cells["driver"]:
        faults.append(f"{who}: {cells['driver']!r}")
    if not cells["status"].startswith(want["doing"]):
        faults.append(f"{who} status: {cells['status']!r}, not {want['doing']!r}")
    return faults


def _orders_of(compounds: list[str], age: str) -> set[str]:
    return {age, "".join([*compounds[:1], age, *compounds[1:]])}


def read_screen(page: Any) -> dict[str, Any]:
    """Read what is on screen, and up to where in the log the page says that it is."""
    screen: dict[str, Any] = page.evaluate(READ)
    return screen


def state_on(chain: Chain, screen: dict[str, Any]) -> State | None:
    """Ask the API for the state that a screen says it shows.

    None when the log has another update at that very millisecond, which no request can part.
    """
    answer = state_at(chain, screen["raceOffset"])
    return answer["state"] if answer["sequence"] == screen["sequence"] else None


def state_at(chain: Chain, race_offset: int) -> dict[str, Any]:
    """Ask the API for the state at an instant of the live session, in milliseconds of its race."""
    session = chain.snapshot()["state"]["session"]
    origin = datetime.fromisoformat(session["originTime"])
    instant = (origin + timedelta(milliseconds=race_offset)).astimezone(UTC)
    text = quote(instant.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    path = f"/api/sessions/{session['sessionKey']}/snapshot?race_time={text}"
    answer = chain.get(f"{path}&lanes=LANE_TIMING&lanes=LANE_HISTORY")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


def differences(screen: dict[str, Any], state: State) -> list[str]:
    """Tell where a screen and a state differ."""
    order = sorted(state["positions"], key=lambda one: state["positions"][one]["position"])
    if [row["driver"] for row in screen["rows"]] != order:
        return [f"order {[row['driver'] for row in screen['rows']]}, not {order}"]
    faults = []
    for row in screen["rows"]:
        age = str(state.get("tyres", {}).get(row["driver"], {}).get("ageLaps", DASH))
        faults += _row_faults(row, expected_row(state, row["driver"]), age)
    wanted = {
        "flag": list(expected_flag(state)),
        "lap": str(state.get("progress", {}).get("currentLap", DASH)),
        "weather": expected_weather(state),
        "messages": [list(one) for one in expected_messages(state)],
    }
    faults += [
        f"{name}: {screen[name]!r}, not {want!r}"
        for name, want in wanted.items()
        if screen[name] != want
    ]
    return faults
