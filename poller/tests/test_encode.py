"""Updates tell only what changed, once; joined they are the whole that is published."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from racetime.samples import places
from racetime.v1.race_state_pb2 import RaceState
from racetime.v1.update_record_pb2 import UpdateRecord
from racetime_poller.encode import ORIGIN_BEFORE_START_MILLIS, Encoder, session_message
from racetime_poller.intake import Intake
from racetime_poller.race.rows import DriverRow, Instant, LapRow, SessionRow, StintRow
from racetime_poller.sources.decode import Decoded

STEP_MILLIS = 20_000
SAMPLED = ("location", "car_data")


def timed(recording: Any) -> Iterator[tuple[int, str, Any]]:
    """Yield instant, endpoint and row, as the race goes on; what has no instant is there first."""
    for endpoint in recording.endpoints:
        if endpoint in ("sessions", *SAMPLED):
            continue
        for row in recording.decoded(endpoint).rows:
            at = getattr(row, "date", None) or getattr(row, "date_start", None) or 0
            yield int(at), endpoint, row


class Play:
    """Plays a recording through intake and encoder, without network or clock."""

    def __init__(self, recording: Any) -> None:
        self.intake = Intake.of(recording.session)
        start = recording.session.date_start
        self.encoder = Encoder(RaceState(), origin_at=start - ORIGIN_BEFORE_START_MILLIS)
        self.updates: list[UpdateRecord] = []
        self.keyframes: list[tuple[int, UpdateRecord]] = []
        rows = sorted(timed(recording), key=lambda one: (one[0], one[1]))
        samples = recording.decoded("location").rows[:4000]
        self.now = start
        self.intake.apply("location", Decoded(samples), start + 10**9)
        self._play(rows)

    def _play(self, rows: list[tuple[int, str, Any]]) -> None:
        due = 0
        for at, endpoint, row in rows:
            if at > due:
                self.publish()
                due = at + STEP_MILLIS
            self.now = max(self.now, at)
            self.intake.apply(endpoint, Decoded([row]), self.now)
        self.publish()

    def publish(self) -> UpdateRecord | None:
        update = self.encode(self.encoder)
        if update is not None:
            self.updates.append(update)
            if len(self.updates) % 40 == 0:
                self.keyframes.append((len(self.updates), self.encoder.keyframe()))
        return update

    def encode(self, encoder: Encoder) -> UpdateRecord | None:
        picture = self.intake.picture(self.now)
        message = session_message(
            picture,
            origin_at=encoder.origin_at,
            published_origin_at=0,
            log_revision=1,
            provenance="replay",
            speed=1.0,
        )
        motion, telemetry = self.intake.motion.flush(), self.intake.telemetry.flush()
        return encoder.update(picture, message, None, motion, telemetry)


def merged(records: list[UpdateRecord]) -> RaceState:
    return RaceState.FromString(b"".join(one.timing + one.history for one in records))


@pytest.fixture(scope="module")
def play(open_recording: Callable[[str], Any]) -> Play:
    return Play(open_recording("2025-qatar-sprint"))


def test_joined_updates_are_the_whole(play: Play) -> None:
    assert merged(play.updates) == merged([play.encoder.keyframe()])
    assert len(merged(play.updates).laps) > 300


def test_every_keyframe_is_the_updates_before_it(play: Play) -> None:
    assert play.keyframes
    for count, keyframe in play.keyframes:
        assert keyframe.keyframe
        assert merged([keyframe]) == merged(play.updates[:count])


def test_nothing_is_told_twice(play: Play) -> None:
    assert play.encode(play.encoder) is None
    whole = RaceState()
    for update in play.updates:
        part = merged([update])
        for field, value in part.ListFields():
            if field.message_type.GetOptions().map_entry:
                known = getattr(whole, field.name)
                assert all(key not in known or known[key] != value[key] for key in value)
            elif not field.is_repeated:
                assert getattr(whole, field.name) != value
        whole.MergeFrom(part)


def test_race_control_is_told_once_each(play: Play) -> None:
    told = [(one.race_offset_millis, one.message) for one in merged(play.updates).race_control]
    assert len(told) == len(set(told)) == len(play.intake.race.race_control)


def test_who_takes_a_head_over_tells_only_what_is_new(play: Play) -> None:
    published = merged(play.updates)
    heir = Encoder(published, origin_at=play.encoder.origin_at)
    update = play.encode(heir)
    assert update is None
    assert merged([heir.keyframe()]) == published


def test_samples_reach_the_motion_lane(open_recording: Callable[[str], Any]) -> None:
    play = Play(open_recording("2025-australia-race"))
    lanes = RaceState.FromString(b"".join(update.motion for update in play.updates))
    count = sum(len(list(places(batch))) for batch in lanes.motion)
    assert 0 < count <= 4000
    assert not any(update.telemetry for update in play.updates)


class Bare:
    """A race of a few laps, encoded row by row."""

    def __init__(self) -> None:
        session = SessionRow(1, 1, "Race", Instant(10**12), circuit_short_name="Melbourne")
        self.intake = Intake.of(session)
        self.encoder = Encoder(RaceState(), origin_at=10**12 - ORIGIN_BEFORE_START_MILLIS)
        self.held = RaceState()

    def take(self, *rows: Any) -> RaceState:
        now = 10**12 + 600_000
        endpoints = {LapRow: "laps", StintRow: "stints", DriverRow: "drivers"}
        for row in rows:
            self.intake.apply(endpoints[type(row)], Decoded([row]), now)
        message = session_message(
            self.intake.picture(now),
            origin_at=self.encoder.origin_at,
            published_origin_at=0,
            log_revision=1,
            provenance="replay",
            speed=1.0,
        )
        update = self.encoder.update(self.intake.picture(now), message, None, (), ())
        for lane in (update.timing, update.history) if update else ():
            self.held.MergeFromString(lane)
        return self.held


def test_what_turned_out_untrue_becomes_an_empty_entry() -> None:
    race = Bare()
    drivers = [DriverRow(1, number) for number in range(1, 9)]
    laps = [LapRow(1, number, 1, Instant(10**12)) for number in range(1, 9)]
    # Stranger: two tables speak of a car 77, so it is one, until it is only in one of them.
    held = race.take(*drivers, *laps, LapRow(1, 77, 1, Instant(10**12)), StintRow(1, 77, 1))
    assert held.laps[77_001].driver_number == 77
    race.intake.race = replace(race.intake.race, stints={})
    held = race.take(StintRow(1, 4, 1, compound="SOFT"))
    assert not held.laps[77_001].ByteSize()
    assert not held.stints[77_001].ByteSize()
    assert held.laps[4_001].driver_number == 4


def test_an_endpoint_that_has_told_nothing_withdraws_nothing() -> None:
    race = Bare()
    drivers = [DriverRow(1, number) for number in range(1, 9)]
    race.take(*drivers, *(StintRow(1, number, 1) for number in range(1, 9)))
    again = Bare()
    again.encoder = Encoder(race.held, origin_at=race.encoder.origin_at)
    again.held = race.held
    held = again.take(*drivers, *(LapRow(1, n, 1, Instant(10**12)) for n in range(1, 9)))
    assert held.stints[4_001].driver_number == 4
