"""Made-up sessions without end: when one is over, the next of its course begins."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

from racetime_simulator.archive import Provenance, SessionTables
from racetime_simulator.instants import to_micros
from racetime_simulator.madeup.incidents import Incidents
from racetime_simulator.madeup.program import Course, slot_at
from racetime_simulator.madeup.session import build_session, tell_race, tell_session, time_race
from racetime_simulator.madeup.story import SessionStory, Weekend

__all__ = ["Season", "build_session", "tell_race", "time_race"]

PAUSE = timedelta(minutes=5)


class Season:
    """An archive that grows by a session whenever the last one is over."""

    provenance: Provenance = "simulated"

    def __init__(
        self,
        seed: int,
        scheduled: datetime,
        *,
        course: Course = "race",
        cars: int = 22,
        incidents: Incidents | None = None,
        in_background: bool = False,
    ) -> None:
        """Make up the first one; later ones come when they are due, or before that in a thread."""
        self._seed = seed
        self._course = course
        self._cars = cars
        self._incidents = incidents
        self._in_background = in_background
        self._thread: threading.Thread | None = None
        self._opened = scheduled
        self._sessions = [build_session(self._tell(0, scheduled))]

    @property
    def first(self) -> SessionTables:
        """Return the first session."""
        return self._sessions[0]

    def sessions_at(self, now: int) -> Sequence[SessionTables]:
        """Return the sessions that there are by now, making up the next one where it is due."""
        while now >= to_micros(self._sessions[-1].end):
            self._finish_next()
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
        if self._in_background and self._thread is None and self._is_half_over(now):
            self._thread = threading.Thread(target=self._add_next, name="next session", daemon=True)
            self._thread.start()
        return [own for place, own in enumerate(self._sessions) if self._is_announced(place, now)]

    def _is_announced(self, place: int, now: int) -> bool:
        return place == 0 or now >= to_micros(self._sessions[place - 1].end)

    def _is_half_over(self, now: int) -> bool:
        race = self._sessions[-1]
        return now >= to_micros(race.first_lap_start + (race.end - race.first_lap_start) / 2)

    def _finish_next(self) -> None:
        """Wait for the session that a thread is making up, or make it up now."""
        thread, self._thread = self._thread, None
        if thread is None:
            self._add_next()
        else:
            thread.join()

    def _add_next(self) -> None:
        end, number = self._sessions[-1].end, len(self._sessions)
        due = (end + PAUSE + timedelta(seconds=59)).replace(second=0, microsecond=0)
        self._sessions.append(build_session(self._tell(number, due), to_micros(end)))

    def _tell(self, number: int, due: datetime) -> SessionStory:
        slot = slot_at(self._course, self._seed, number)
        if slot.opens:
            self._opened = due
        weekend = Weekend(slot.weekend, self._opened) if slot.weekend else None
        return tell_session(
            slot.kind, slot.seed, slot.meeting, due, self._cars, self._incidents, weekend
        )
