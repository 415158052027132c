"""Hold what RaceTime tells of a recorded session against the official result.

The picture is drawn as of the moment before the result is published: neither the result nor the
starting grid is among what it rests on.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from racetime_poller.intake import Intake
from racetime_poller.race.derive import Picture
from racetime_poller.race.rows import SessionResultRow, StartingGridRow
from racetime_poller.race.views import CarState, PenaltyKind, RaceEventKind, TrackFlag
from racetime_poller.recorded import Recorded

_OFFICIAL = frozenset({"session_result", "starting_grid"})
_BEGIN, _END = "<!-- compare: begin -->", "<!-- compare: end -->"
_PERIODS = {
    TrackFlag.SAFETY_CAR: "SC",
    TrackFlag.VIRTUAL_SAFETY_CAR: "VSC",
    TrackFlag.RED: "red",
}
_OUT = frozenset({CarState.RETIRED, CarState.STOPPED})


@dataclass(frozen=True, slots=True)
class Session:
    """A session as RaceTime tells it, and as the officials do."""

    name: str
    is_race: bool
    picture: Picture
    results: Mapping[int, SessionResultRow]
    grid: Mapping[int, int]
    pit_rows: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one comparison found: so many of so many alike, and why the others are not."""

    alike: int
    of: int
    why: str = ""

    def __str__(self) -> str:
        return f"{self.alike}/{self.of}" + (f" ({self.why})" if self.why else "")


def read(folder: Path) -> Session:
    """Play a recording without its official tables. Raises RecordingError."""
    recorded = Recorded.open(folder, samples=False)
    intake = Intake.of(recorded.session)
    results: dict[int, SessionResultRow] = {}
    grids: list[StartingGridRow] = []
    pits: dict[tuple[int, int], None] = {}
    while (now := recorded.next_at()) is not None:
        for endpoint, decoded in recorded.until(now):
            if endpoint == "session_result":
                results.update((row.driver_number, row) for row in decoded.rows)
            elif endpoint == "starting_grid":
                grids.extend(decoded.rows)
            else:
                intake.apply(endpoint, decoded, now)
            if endpoint == "pit":
                pits.update(((row.driver_number, row.lap_number), None) for row in decoded.rows)
        at = now
    intake.picture(at)
    picture = intake.picture(at)
    counts = {number: 0 for number in picture.positions}
    for number, _ in pits:
        counts[number] = counts.get(number, 0) + 1
    grid = {row.driver_number: row.position for row in grids if row.position}
    return Session(folder.name, picture.race.is_race, picture, results, grid, counts)


def order(session: Session) -> Finding:
    """Compare the order on the road with the result."""
    placed = {n: row.position for n, row in session.results.items() if row.position}
    official = sorted(placed, key=lambda number: placed[number] or 0)
    excluded = [n for n, row in session.results.items() if row.dsq]
    ours = sorted(session.picture.positions, key=lambda n: session.picture.positions[n].position)
    ours = [number for number in ours if number in placed and number not in excluded]
    official = [number for number in official if number not in excluded]
    moved = [n for n, m in zip(ours, official, strict=True) if n != m]
    reasons = []
    if excluded:
        reasons.append(f"disqualified after it: {_listed(excluded)}")
    if moved:
        given = sorted(set(moved) & _penalised(session))
        reasons.append(f"moved by time penalties of {_listed(given)}" if given else "unexplained")
    return Finding(len(official) - len(moved), len(official), "; ".join(reasons))


def _penalised(session: Session) -> set[int]:
    kinds = (PenaltyKind.TIME, PenaltyKind.DRIVE_THROUGH)
    return {
        number
        for matter in session.picture.steward_matters.values()
        if matter.penalty_kind in kinds
        for number in matter.driver_numbers[:1]
    }


def laps(session: Session) -> Finding:
    """Compare laps completed."""
    told = {n: row.number_of_laps for n, row in session.results.items()}
    known = {n: count for n, count in told.items() if count is not None}
    timings = session.picture.timings
    ours = {n: (timings[n].laps_completed or 0) if n in timings else 0 for n in known}
    other = {n for n in known if ours[n] != known[n]}
    why = ", ".join(f"car {n}: {ours[n]}, not {known[n]}" for n in sorted(other))
    return Finding(len(known) - len(other), len(known), why)


def retirements(session: Session) -> Finding:
    """Compare who is out: of all cars, those that are told alike."""
    out = {n for n, one in session.picture.statuses.items() if one.state in _OUT}
    official = {n for n, row in session.results.items() if row.dnf or row.dns}
    other = out ^ official
    why = _listed(sorted(other))
    return Finding(len(session.results) - len(other), len(session.results), why)


def stops(session: Session) -> Finding:
    """Compare stops with the feed's rows of visits to the pit lane."""
    told = session.picture.statuses
    other = {n for n, one in told.items() if one.stops != session.pit_rows.get(n, 0)}
    ours = sum(told[n].stops or 0 for n in told)
    rows = sum(session.pit_rows.values())
    why = f"{ours} stops of {rows} visits: the others followed the safety car" if other else ""
    return Finding(len(told) - len(other), len(told), why)


def grid(session: Session) -> Finding:
    """Compare the grid as the first rows of positions tell it."""
    ours = {n: one.grid_position for n, one in session.picture.positions.items()}
    other = sorted(n for n, place in session.grid.items() if ours.get(n) != place)
    why = f"cars {_listed(other)} started elsewhere, such as from the pit lane" if other else ""
    return Finding(len(session.grid) - len(other), len(session.grid), why)


def fastest(session: Session) -> str:
    """Name the fastest lap, which must be that of the events too."""
    best = session.picture.bests
    if best.lap_millis is None:
        return "-"
    minutes, millis = divmod(best.lap_millis, 60_000)
    return f"{minutes}:{millis / 1000:06.3f} car {best.lap_driver_number} lap {best.lap}"


def eliminations(session: Session) -> Finding:
    """Compare who went out in which phase: those without a time of the next one."""
    cuts = session.picture.qualifying.cut_positions if session.picture.qualifying else {}
    ours = {n: one.position for n, one in session.picture.positions.items()}
    alike = 0
    for number, row in session.results.items():
        times = row.duration if isinstance(row.duration, tuple | list) else ()
        official = sum(1 for time in times if time is not None) or 1
        own = 1 + sum(ours.get(number, 99) <= cut for cut in cuts.values())
        alike += official == own or (official < own and row.position == ours.get(number))
    return Finding(alike, len(session.results))


def periods(session: Session) -> str:
    """List safety cars, virtual ones and red flags with their laps."""
    found = []
    for period in sorted(session.picture.track_periods.values(), key=lambda one: one.start_at):
        if (name := _PERIODS.get(period.flag)) is None:
            continue
        if period.first_lap is None:
            found.append(name)
        elif period.first_lap == period.last_lap:
            found.append(f"{name} lap {period.first_lap}")
        else:
            found.append(f"{name} laps {period.first_lap}-{period.last_lap}")
    return ", ".join(found) or "none"


def events(session: Session) -> str:
    """Count events by kind."""
    counts = {kind: 0 for kind in RaceEventKind}
    for event in session.picture.events.values():
        counts[event.kind] += 1
    return ", ".join(
        f"{kind.name.lower().replace('_', ' ')} {count}" for kind, count in counts.items() if count
    )


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in numbers)


Column = Callable[[Session], object]
_RACES: Mapping[str, Column] = {
    "order": order,
    "laps": laps,
    "out": retirements,
    "stops": stops,
    "grid": grid,
    "fastest lap": fastest,
    "SC, VSC, red": periods,
    "events": events,
}
_QUALIFYING: Mapping[str, Column] = {
    "order": order,
    "eliminations": eliminations,
    "best lap": fastest,
    "SC, VSC, red": periods,
}


def table(sessions: Sequence[Session]) -> str:
    """Return tables in Markdown: of the races, and of the qualifyings."""
    races = [session for session in sessions if session.is_race]
    others = [session for session in sessions if session.picture.qualifying is not None]
    texts = [
        _table(columns, own) for columns, own in ((_RACES, races), (_QUALIFYING, others)) if own
    ]
    return "\n\n".join(texts)


def _table(columns: Mapping[str, Column], sessions: Sequence[Session]) -> str:
    lines = [f"| | {' | '.join(session.name for session in sessions)} |"]
    lines.append("|---" * (len(sessions) + 1) + "|")
    for name, column in columns.items():
        cells = " | ".join(str(column(session)) for session in sessions)
        lines.append(f"| {name} | {cells} |")
    return "\n".join(lines)


def write(readme: Path, text: str) -> None:
    """Put tables between the marks of a README. Raises ValueError where there are none."""
    whole = readme.read_text()
    if _BEGIN not in whole or _END not in whole:
        raise ValueError(f"{readme} has no {_BEGIN} and {_END}")
    pattern = re.escape(_BEGIN) + ".*" + re.escape(_END)
    found = f"{_BEGIN}\n{text}\n{_END}"
    readme.write_text(re.sub(pattern, lambda _: found, whole, flags=re.DOTALL))


__all__ = ["Finding", "Session", "order", "read", "table", "write"]
