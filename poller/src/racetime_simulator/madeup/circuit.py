"""Made-up circuits: straights and rounded corners, and how fast they can be driven."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEP_METERS = 2.0
TOP_SPEED = 91.5  # m/s: 329 km/h
PIT_SPEED = 80 / 3.6
PIT_ENTRY_METERS = 300.0
"""The pit lane starts this far before the line ..."""
PIT_EXIT_METERS = 290.0
"""... and ends this far behind it."""
PIT_OFFSET_METERS = 20.0
PIT_RAMP_METERS = 70.0


@dataclass(frozen=True)
class Layout:
    """What a circuit is drawn from: corners (x, y, radius; metres before scaling) as driven.

    The first is turn 1; the line lies on the straight that leads to it, `line` of it along.
    """

    key: int
    short_name: str
    location: str
    country: str
    country_code: str
    gmt_offset: str
    length_meters: float
    corners: tuple[tuple[float, float, float], ...]
    line: float
    rotation: float
    sectors: tuple[float, float]


LAYOUTS = (
    Layout(
        901,
        "Valmora",
        "Valmora Bay",
        "Lorvania",
        "LRV",
        "02:00:00",
        5210.0,
        (
            (760, 0, 45),
            (700, 190, 60),
            (900, 330, 90),
            (880, 640, 110),
            (620, 760, 40),
            (560, 560, 45),
            (330, 470, 90),
            (180, 640, 70),
            (-60, 620, 120),
            (-330, 820, 26),
            (-390, 560, 110),
            (-250, 330, 55),
            (-470, 250, 60),
            (-560, 420, 70),
            (-760, 360, 90),
            (-740, 0, 70),
        ),
        0.50,
        0.0,
        (0.31, 0.67),
    ),
    Layout(
        902,
        "Kestrel Park",
        "Kestrel Park",
        "Ardenmark",
        "ADM",
        "01:00:00",
        5480.0,
        (
            (820, -60, 34),
            (560, 250, 120),
            (640, 520, 80),
            (930, 640, 95),
            (860, 900, 70),
            (480, 860, 190),
            (250, 660, 60),
            (60, 800, 60),
            (-250, 700, 130),
            (-420, 900, 28),
            (-640, 640, 120),
            (-470, 380, 80),
            (-640, 230, 60),
            (-820, 150, 60),
            (-700, -60, 60),
        ),
        0.47,
        0.6,
        (0.34, 0.70),
    ),
    Layout(
        903,
        "Nordhavn Ring",
        "Nordhavn",
        "Skarland",
        "SKL",
        "00:00:00",
        4870.0,
        (
            (700, 20, 75),
            (860, 210, 60),
            (660, 400, 24),
            (420, 210, 70),
            (230, 320, 70),
            (330, 560, 100),
            (600, 640, 150),
            (640, 860, 50),
            (330, 920, 160),
            (60, 700, 60),
            (-120, 820, 60),
            (-390, 700, 100),
            (-380, 450, 50),
            (-600, 380, 30),
            (-520, 170, 60),
            (-760, 20, 40),
        ),
        0.52,
        -0.4,
        (0.33, 0.66),
    ),
)


@dataclass(frozen=True)
class Circuit:
    """A circuit: points every STEP_METERS from the line on, and the speed at each of them."""

    layout: Layout
    length: float
    x: Floats
    y: Floats
    z: Floats
    speed: Floats
    corner_meters: tuple[float, ...]

    @cached_property
    def lap_seconds(self) -> float:
        """Return the time of a lap driven at the limit."""
        return float(self.times[-1])

    @cached_property
    def meters(self) -> Floats:
        """Return the distance of each point from the line, and the length at the end."""
        return np.linspace(0.0, self.length, len(self.x) + 1)

    @cached_property
    def times(self) -> Floats:
        """Return when a car at the limit passes each point, and the lap time at the end."""
        step = self.length / len(self.x)
        speed = np.append(self.speed, self.speed[0])
        return np.concatenate(([0.0], np.cumsum(2 * step / (speed[1:] + speed[:-1]))))

    @cached_property
    def normals(self) -> tuple[Floats, Floats]:
        """Return the unit vectors to the left of the line, point by point."""
        dx = np.roll(self.x, -1) - np.roll(self.x, 1)
        dy = np.roll(self.y, -1) - np.roll(self.y, 1)
        size = np.hypot(dx, dy)
        return -dy / size, dx / size

    @cached_property
    def curvature(self) -> Floats:
        """Return the curvature of each point, left turns above zero."""
        return _curvature(self.x, self.y)

    def meters_at(self, seconds: Floats) -> Floats:
        """Return how far from the line a car at the limit is."""
        return np.interp(seconds, self.times, self.meters)

    def seconds_at(self, meters: Floats) -> Floats:
        """Return when a car at the limit is there."""
        return np.interp(meters, self.meters, self.times)

    def speed_at(self, meters: Floats) -> Floats:
        """Return the limit's speed in m/s."""
        return np.interp(meters, self.meters, self._closed_speed)

    @cached_property
    def _closed_speed(self) -> Floats:
        return np.append(self.speed, self.speed[0])

    def place_of(self, seconds: float) -> tuple[float, float]:
        """Return how far from the line a car at the limit is after so long, and its speed."""
        meters = float(np.interp(seconds, self.times, self.meters))
        return meters, float(np.interp(meters, self.meters, self._closed_speed))

    def point_at(self, meters: Floats, aside: Floats) -> tuple[Floats, Floats, Floats]:
        """Return x, y and z in metres, `aside` metres to the left of the centre line."""
        x, y, z, nx, ny = (
            np.interp(meters, self.meters, np.append(values, values[0]))
            for values in (self.x, self.y, self.z, *self.normals)
        )
        return x + nx * aside, y + ny * aside, z

    def pit_aside(self, meters: Floats) -> Floats:
        """Return how far the pit lane lies from the centre line, at these metres from the line."""
        from_line = (meters + self.length / 2) % self.length - self.length / 2
        into = np.clip((from_line + PIT_ENTRY_METERS) / PIT_RAMP_METERS, 0, 1)
        out = np.clip((PIT_EXIT_METERS - from_line) / PIT_RAMP_METERS, 0, 1)
        share = np.minimum(into, out)
        side = np.sign(np.sum(self.curvature))
        aside: Floats = side * PIT_OFFSET_METERS * share * share * (3 - 2 * share)
        return aside


@lru_cache(maxsize=8)
def build_circuit(index: int) -> Circuit:
    """Build one of the circuits."""
    layout = LAYOUTS[index % len(LAYOUTS)]
    x, y, corners = _rounded(layout)
    perimeter = _perimeter(x, y)
    scale = layout.length_meters / perimeter
    count = round(layout.length_meters / STEP_METERS)
    x, y = _resample(x * scale, y * scale, count)
    x, y = _smooth(x, 9.0), _smooth(y, 9.0)
    shrink = layout.length_meters / _perimeter(x, y)
    x, y = _resample(x * shrink, y * shrink, count)
    cos, sin = np.cos(layout.rotation), np.sin(layout.rotation)
    x, y = x * cos - y * sin, x * sin + y * cos
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    z = 60 + 9 * np.sin(turn + layout.key) + 5 * np.sin(2 * turn + 1) + 2 * np.sin(5 * turn)
    return Circuit(
        layout=layout,
        length=layout.length_meters,
        x=x,
        y=y,
        z=z,
        speed=_speed_profile(_curvature(x, y), layout.length_meters / count),
        corner_meters=tuple(place * layout.length_meters for place in corners),
    )


def _rounded(layout: Layout) -> tuple[Floats, Floats, list[float]]:
    """Return a layout's polygon, corners rounded, from the line on, and where they are (0..1)."""
    points = np.array([(x, y) for x, y, _ in layout.corners], dtype=np.float64)
    xs: list[Floats] = []
    ys: list[Floats] = []
    count = len(points)
    middles: list[tuple[float, float]] = []
    line = points[-1] + layout.line * (points[0] - points[-1])
    xs.append(line[:1])
    ys.append(line[1:])
    for place, (corner, (_, _, radius)) in enumerate(zip(points, layout.corners, strict=True)):
        before, after = points[place - 1], points[(place + 1) % count]
        into = (corner - before) / np.hypot(*(corner - before))
        out = (after - corner) / np.hypot(*(after - corner))
        cross = into[0] * out[1] - into[1] * out[0]
        angle = float(np.arctan2(cross, into @ out))
        tangent = radius * abs(np.tan(angle / 2))
        room = 0.5 * min(np.hypot(*(corner - before)), np.hypot(*(after - corner)))
        if tangent > room:
            radius, tangent = radius * room / tangent, room
        start = corner - into * tangent
        centre = start + np.sign(angle) * radius * np.array([-into[1], into[0]])
        first = np.arctan2(start[1] - centre[1], start[0] - centre[0])
        sweep = first + np.linspace(0, angle, 24)
        xs.append(centre[0] + radius * np.cos(sweep))
        ys.append(centre[1] + radius * np.sin(sweep))
        middles.append((float(xs[-1][12]), float(ys[-1][12])))
    x, y = np.concatenate(xs), np.concatenate(ys)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    whole = along[-1] + np.hypot(x[0] - x[-1], y[0] - y[-1])
    corners = [float(along[np.argmin(np.hypot(x - cx, y - cy))] / whole) for cx, cy in middles]
    return x, y, corners


def _perimeter(x: Floats, y: Floats) -> float:
    return float(np.sum(np.hypot(np.roll(x, -1) - x, np.roll(y, -1) - y)))


def _resample(x: Floats, y: Floats, count: int) -> tuple[Floats, Floats]:
    x, y = np.append(x, x[0]), np.append(y, y[0])
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    wanted = np.linspace(0, along[-1], count, endpoint=False)
    return np.interp(wanted, along, x), np.interp(wanted, along, y)


def _smooth(values: Floats, sigma_points: float) -> Floats:
    """Smooth a closed curve: the radius of a corner comes and goes as it does on a road."""
    frequency = np.fft.rfftfreq(len(values))
    gain = np.exp(-2 * (np.pi * frequency * sigma_points) ** 2)
    return np.fft.irfft(np.fft.rfft(values) * gain, len(values))


def _curvature(x: Floats, y: Floats) -> Floats:
    dx, dy = (np.roll(v, -1) - np.roll(v, 1) for v in (x, y))
    ddx, ddy = (np.roll(v, -1) - 2 * v + np.roll(v, 1) for v in (x, y))
    curvature: Floats = 4 * (dx * ddy - dy * ddx) / np.power(dx * dx + dy * dy, 1.5) * 2
    return curvature / 2


def _speed_profile(curvature: Floats, step: float) -> Floats:
    """Return the speed at each point: grip in corners, power on straights, brakes between."""
    bend = np.abs(_smooth(np.abs(curvature), 3.0))
    grip = bend - 0.0042  # downforce: lateral acceleration 17 + 0.0042 v^2
    limit = np.where(grip > 17 / TOP_SPEED**2, np.sqrt(17 / np.maximum(grip, 1e-9)), TOP_SPEED)
    speed = limit.tolist()
    count = len(speed)
    for _ in range(2):
        for place in range(count):
            v = speed[place - 1]
            pull = min(11.5, 740 / max(v, 1.0)) - 0.00088 * v * v
            speed[place] = min(speed[place], (v * v + 2 * max(pull, 0.0) * step) ** 0.5)
        for place in range(count - 1, -1, -1):
            v = speed[(place + 1) % count]
            speed[place] = min(speed[place], (v * v + 2 * (17 + 0.0034 * v * v) * step) ** 0.5)
    return np.array(speed)
