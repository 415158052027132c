"""Location and car data of a simulated race: numbers first, rows when somebody asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from racetime_simulator.instants import print_micros, to_micros
from racetime_simulator.madeup.motion import Integers
from racetime_simulator.madeup.story import SessionStory
from racetime_simulator.recording import batch_visible
from racetime_simulator.table import Column, Table

ON_GRID_SECONDS = 90.0
"""Cars stand on the grid this long before the start."""
GEAR_TOPS = np.array([0, 82, 122, 160, 198, 236, 272, 304])
"""Up to which speed in km/h each gear goes."""


@dataclass
class SampledRows:
    """Rows of samples x cars, written as JSON when they are asked for."""

    dates: list[str]
    cars: int
    heads: list[str]
    names: tuple[str, ...]
    values: list[Integers]
    tail: str = ""

    def slice(self, start: int, stop: int) -> Sequence[bytes]:
        """Return the rows from start up to stop."""
        return self.take(np.arange(start, stop, dtype=np.int64))

    def take(self, places: Column) -> Sequence[bytes]:
        """Return the rows at these places, in that order."""
        samples, cars = np.divmod(places, self.cars)
        columns = [column[places].tolist() for column in self.values]
        dates, heads = self.dates, self.heads
        body = ",".join(f'"{name}":%d' for name in self.names) + self.tail + "}"
        return [
            f'{{"date":"{dates[sample]}",{heads[car]},{body % numbers}'.encode()
            for sample, car, numbers in zip(
                samples.tolist(), cars.tolist(), zip(*columns, strict=True), strict=True
            )
        ]


def _sample_millis(story: SessionStory, stream: int) -> Integers:
    steps = story.random(stream).choice([220, 240, 260, 280, 300, 320, 340], 400_000 // 10)
    millis = np.cumsum(steps) - round(ON_GRID_SECONDS * 1000) + stream * 37
    kept: Integers = millis[millis < story.seen_until * 1000].astype(np.int64)
    return kept


def _table(
    story: SessionStory, name: str, millis: Integers, values: dict[str, Integers], tail: str = ""
) -> Table:
    count = len(story.entries)
    base = to_micros(story.zero)
    sample_dates = base + millis * 1000
    dates = np.repeat(sample_dates, count)
    heads = [
        f'"driver_number":{entry.number},"meeting_key":{story.meeting_key},'
        f'"session_key":{story.session_key}'
        for entry in story.entries
    ]
    fields = {"date", "driver_number", "meeting_key", "session_key", *values}
    return Table(
        name=name,
        fields=frozenset(fields | ({"drs"} if tail else set())),
        visible=batch_visible(dates),
        source=SampledRows(
            dates=[print_micros(micros) for micros in sample_dates.tolist()],
            cars=count,
            heads=heads,
            names=tuple(values),
            values=[value.reshape(-1) for value in values.values()],
            tail=tail,
        ),
        constants={"session_key": story.session_key, "meeting_key": story.meeting_key},
        columns={
            "date": dates,
            "driver_number": np.tile([entry.number for entry in story.entries], len(millis)).astype(
                np.int64
            ),
        },
    )


def location_table(story: SessionStory) -> Table:
    """Return where the cars are, in tenths of metres; zeros where there is no fix."""
    millis = _sample_millis(story, 5)
    motion = story.motion_at(millis)
    points = story.circuit.point_at(motion.meters, motion.aside)
    values = {
        name: np.where(motion.gone, 0, np.rint(value * 10)).astype(np.int64)
        for name, value in zip("xyz", points, strict=True)
    }
    return _table(story, "location", millis, values)


def car_data_table(story: SessionStory) -> Table:
    """Return speed, gear, engine speed and pedals; `drs` is null since 2026."""
    millis = _sample_millis(story, 6)
    motion = story.motion_at(millis)
    kph = np.where(motion.gone, 0, motion.kph)
    gear = np.searchsorted(GEAR_TOPS, kph, side="left")
    gear = np.where(kph < 1, 0, np.clip(gear, 1, 8))
    tops = np.append(GEAR_TOPS, 335)
    share = np.clip(kph / tops[np.clip(gear, 1, 8)], 0.3, 1.0)
    rpm = np.where(motion.gone, 0, np.where(kph < 1, 4200, np.rint(share * 11_900)))
    throttle = np.where(motion.accel > 0.8, 100, np.clip(45 + 40 * motion.accel, 0, 100))
    throttle = np.where((motion.accel < -3) | (kph < 1), 0, throttle)
    brake = np.where((motion.accel < -5) & (kph > 1), 100, 0)
    values = {
        "rpm": rpm,
        "speed": np.rint(kph),
        "n_gear": gear,
        "throttle": np.where(motion.gone, 0, np.rint(throttle)),
        "brake": brake,
    }
    whole = {name: value.astype(np.int64) for name, value in values.items()}
    return _table(story, "car_data", millis, whole, ',"drs":null')
