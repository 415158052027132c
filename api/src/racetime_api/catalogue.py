"""List what Redis holds beside the logs: sessions and circuits."""

from typing import Any

from racetime.v1.race_service_pb2 import ListSessionsResponse, SessionSummary
from racetime.v1.session_pb2 import Session
from racetime_api.fold import Unreadable, parsed
from racetime_api.record import LANES, Selection
from racetime_api.refusal import circuit_not_found
from racetime_api.store import BrokenLog, Position, Store, Unreachable

CIRCUITS_KEPT = 64


class Catalogue:
    """The sessions and circuits, with what is worth remembering of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ends: dict[int, tuple[str, dict[str, Any]]] = {}
        self._circuits: dict[int, bytes] = {}

    async def sessions(self, live_session_key: int | None) -> ListSessionsResponse:
        """List the sessions that have a log, newest first."""
        sessions = await self._store.sessions()
        positions = await self._store.positions(list(sessions))
        newest_first = sorted(positions, key=lambda key: _order(key, sessions[key]), reverse=True)
        response = ListSessionsResponse()
        for key in newest_first:
            response.sessions.append(
                SessionSummary(
                    session=sessions[key],
                    live=key == live_session_key,
                    sequence=positions[key].sequence,
                    **await self._described(key, positions[key]),
                )
            )
        return response

    async def circuit(self, circuit_key: int) -> bytes:
        """Give a circuit's bytes, from memory while Redis is away; raise Refusal without any."""
        try:
            data = await self._store.circuit(circuit_key)
        except Unreachable:
            data = self._circuits.get(circuit_key)
            if data is None:
                raise
        if data is None:
            raise circuit_not_found(circuit_key)
        if circuit_key in self._circuits or len(self._circuits) < CIRCUITS_KEPT:
            self._circuits[circuit_key] = data
        return data

    async def _described(self, session_key: int, position: Position) -> dict[str, Any]:
        """Read what a log holds once for each end of it: those of the past do not move."""
        known = self._ends.get(session_key)
        if known is None or known[0] != position.last_id:
            described = await self._read(session_key)
            self._ends[session_key] = known = (position.last_id, described)
        return known[1]

    async def _read(self, session_key: int) -> dict[str, Any]:
        try:
            head, cuts = await self._store.head(session_key), await self._store.cuts(session_key)
            if head is None or not head.records:
                return {}
            state = parsed([record.timing for record in head.records])
        except (BrokenLog, Unreadable):
            # Others can be listed all the same.
            return {}
        newest, keyframe = head.records[-1], head.records[0]
        first = None
        if cuts and state.session.HasField("origin_time"):
            first = cuts[0].race_millis - state.session.origin_time.ToMilliseconds()
        return {
            "race_offset_millis": newest.race_offset_millis,
            "first_race_offset_millis": first,
            "phase": state.clock.phase,
            "lanes": [lane for lane in sorted(LANES) if Selection.of([lane]).parts([keyframe])],
        }


def _order(session_key: int, session: Session) -> tuple[int, int]:
    return session.scheduled_start_time.ToMilliseconds(), session_key
