"""How cars drive a lap is kept with the circuit, and known again after a restart."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from driven_field import START, Car, Field, circle, measured
from fakeredis import FakeAsyncRedis

from racetime import keys
from racetime_poller.circuits import CircuitKeeper
from racetime_poller.intake import Intake
from racetime_poller.kept_profile import profile_bytes, profile_of
from racetime_poller.publisher import Publisher
from racetime_poller.race.circuit import Outline
from racetime_poller.race.lap_profiles import LapProfiles, Learned
from racetime_poller.race.profile import PROFILE_STEPS, Profile
from racetime_poller.race.rows import Instant, SessionRow

SESSION = SessionRow(9, 3, "Race", Instant(START), circuit_key=150)


def learned(laps: int = 12) -> Learned:
    """The first half of the lap takes a third of the time."""
    times = np.interp(np.linspace(0, 1, PROFILE_STEPS + 1), [0, 0.5, 1], [0, 1 / 3, 1])
    outline = circle().outline
    x, y = outline.point_at(0.0)
    return Learned(Profile(times, 91_000.0), laps, (float(x), float(y)), outline.length_dm)


def test_a_profile_is_read_back_and_takes_always_as_little() -> None:
    data = profile_bytes(learned())
    found = profile_of(data)
    assert found is not None
    assert found.profile.times == pytest.approx(learned().profile.times, abs=1e-6)
    assert (found.lap_count, found.profile.lap_millis) == (12, 91_000.0)
    assert found.is_along(circle().outline)
    assert len(data) == len(profile_bytes(learned(24))) < 1_000


def test_what_is_no_profile_is_not_taken() -> None:
    good = profile_bytes(learned())
    bad = [b"", good[:-1], good + b"\0", b"\xff" * len(good)]
    for place, value in ((2, np.nan), (10, np.inf), (14, 1.0), (18, 0.5), (18 + 400, 2.0)):
        bad.append(good[:place] + struct.pack("<f", value) + good[place + 4 :])
    bad.append(struct.pack("<H", 0) + good[2:])
    assert [profile_of(data) for data in bad] == [None] * len(bad)


async def test_what_is_learned_is_there_after_a_restart() -> None:
    redis = FakeAsyncRedis()
    one = await keeper(redis)
    driven = Field([Car(1, 90_000), Car(2, 91_000)], measured)
    driven.play(300)
    one.intake.motion.estimator.profiles = driven.motion.estimator.profiles
    await one.improve()
    two = await keeper(redis)
    known, told = (each.intake.motion.estimator.profiles.learned for each in (one, two))
    assert known is not None
    assert told is not None
    assert told.profile.times == pytest.approx(known.profile.times, abs=1e-6)
    # The car drives evenly.
    assert float(told.profile.time(0.4)) == pytest.approx(0.4, abs=0.01)
    # Nothing is written again that is kept.
    await redis.delete(keys.profile(150))
    await two.improve()
    assert not await redis.exists(keys.profile(150))


async def keeper(redis: FakeAsyncRedis) -> CircuitKeeper:
    async def at_once(write):
        await write()

    found = CircuitKeeper(Publisher(redis, 1), Intake.of(SESSION), {}, at_once)
    await found.open()
    if found.intake.circuit is None:
        await found._keep(circle())
    return found


def test_a_few_laps_do_not_replace_what_many_have_told() -> None:
    profiles = LapProfiles()
    profiles.go_on_from(learned())
    circuit = circle()
    times = np.linspace(0, 1, PROFILE_STEPS + 1)
    for lap in range(1, 7):
        assert float(profiles.profile(circuit).time(0.5)) == pytest.approx(1 / 3, abs=0.01)
        profiles._add(times, 90_000.0)
        assert (lap < 6) == (profiles.learned is not None and profiles.learned.lap_count == 12)
    assert float(profiles.profile(circuit).time(0.5)) == pytest.approx(0.5, abs=0.01)


def test_what_is_known_of_another_line_is_forgotten() -> None:
    profiles = LapProfiles()
    profiles.go_on_from(learned())
    circuit = circle()
    longer = replace(circuit, outline=Outline.of(circuit.outline.points * 1.1))
    assert float(profiles.profile(longer).time(0.5)) == pytest.approx(0.5, abs=0.05)
    assert profiles.learned is None
