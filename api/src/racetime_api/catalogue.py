"""List what Redis holds beside the logs: sessions and circuits."""

from racetime.v1.race_service_pb2 import ListSessionsResponse, SessionSummary
from racetime.v1.session_pb2 import Session
from racetime_api.refusal import circuit_not_found
from racetime_api.store import Position, Store, Unreachable

CIRCUITS_KEPT = 64


class Catalogue:
    """The sessions and circuits, with what is worth remembering of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offsets: dict[int, tuple[str, int]] = {}
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
                    race_offset_millis=await self._race_offset_millis(key, positions[key]),
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

    async def _race_offset_millis(self, session_key: int, position: Position) -> int:
        """Read the offset of a log's end once for each end: those of the past do not move."""
        known = self._offsets.get(session_key)
        if known is not None and known[0] == position.last_id:
            return known[1]
        offset_millis = await self._store.newest_race_offset_millis(session_key) or 0
        self._offsets[session_key] = (position.last_id, offset_millis)
        return offset_millis


def _order(session_key: int, session: Session) -> tuple[int, int]:
    return session.scheduled_start_time.ToMilliseconds(), session_key
