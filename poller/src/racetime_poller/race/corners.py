"""Corners of a circuit, by how much its outline bends, and how to turn it to fit a screen."""

from dataclasses import dataclass

import numpy as np

from racetime_poller.race.outline import Floats, Outline

# Bends are measured along the outline at such steps, and evened out over some of them.
_STEP_DM = 50.0
_WIDTH_DM = 100.0
# What is straighter is no part of a corner; what nowhere bends more, or turns less, is none at all.
_STRAIGHT_METERS = 400.0
_WIDEST_METERS = 170.0
_LEAST_TURN = np.radians(15.0)
# Where it turns by so much more, and so much wider than at its tightest, that is a corner too.
_OWN_TURN = np.radians(45.0)
_WIDER_SHARE = 1 / 1.6
_APART_DM = 900.0
# Screens are wider than high.
_SCREEN_RATIO = 16 / 9


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner: its number and where along the outline its apex lies."""

    number: int
    distance_dm: float


def find_corners(outline: Outline) -> tuple[Corner, ...]:
    """Return the corners in the order of driving, numbered from the start line."""
    bends, step_dm = _bends(outline)
    apexes = [_apex(bends, part) for part in _parts(bends, step_dm)]
    ordered = sorted(apex * step_dm % outline.length_dm for apex in apexes)
    return tuple(Corner(number, distance) for number, distance in enumerate(ordered, 1))


def _bends(outline: Outline) -> tuple[Floats, float]:
    """Return by how much the outline bends at even steps, by the metre; to the left above zero."""
    count = max(16, round(outline.length_dm / _STEP_DM))
    step = outline.length_dm / count
    points = outline.point_at(np.arange(count, dtype=np.float64) * step)
    way = np.roll(points, -1, axis=0) - points
    heading = np.arctan2(way[:, 1], way[:, 0])
    turned = (heading - np.roll(heading, 1) + np.pi) % (2 * np.pi) - np.pi
    width = _WIDTH_DM / step
    reach = np.arange(-int(3 * width), int(3 * width) + 1)
    weights = np.exp(-(reach**2) / (2 * width**2))
    weights /= weights.sum()
    even = sum(
        weight * np.roll(turned, int(shift)) for weight, shift in zip(weights, reach, strict=True)
    )
    return np.asarray(even) / (step / 10), step


def _parts(bends: Floats, step_dm: float) -> list[range]:
    """Return the stretches that are corners; one may reach beyond the end of the lap."""
    count = len(bends)
    signs = np.where(np.abs(bends) > 1 / _STRAIGHT_METERS, np.sign(bends), 0)
    begins = np.flatnonzero(signs != np.roll(signs, 1))
    found: list[range] = []
    for begin, end in zip(begins, np.append(begins[1:], begins[:1] + count), strict=True):
        if signs[begin]:
            found += _split(bends, range(int(begin), int(end)), step_dm)
    return [part for part in found if _is_corner(bends, part, step_dm)]


def _split(bends: Floats, part: range, step_dm: float) -> list[range]:
    """Take apart a corner that tightens or opens so much that it counts as several."""
    own = np.abs(bends[np.array(part) % len(bends)])
    tight = np.flatnonzero(own > _WIDER_SHARE * own.max())
    turned = own * step_dm / 10
    for place in (int(tight[0]), int(tight[-1]) + 1):
        wide = slice(None, place) if place == tight[0] else slice(place, None)
        if turned[wide].sum() <= _OWN_TURN:
            continue
        pieces = part[:place], part[place:]
        if (_apex(bends, pieces[1]) - _apex(bends, pieces[0])) * step_dm > _APART_DM:
            return [found for piece in pieces for found in _split(bends, piece, step_dm)]
    return [part]


def _is_corner(bends: Floats, part: range, step_dm: float) -> bool:
    own = np.abs(bends[np.array(part) % len(bends)])
    return bool(own.max() > 1 / _WIDEST_METERS and own.sum() * step_dm / 10 > _LEAST_TURN)


def _apex(bends: Floats, part: range) -> float:
    """Return where a corner is at its tightest, as a place between steps."""
    weights = bends[np.array(part) % len(bends)] ** 2
    return float((np.array(part) * weights).sum() / weights.sum())


def widest_rotation(outline: Outline) -> float:
    """Return by how many degrees to turn an outline, counter-clockwise, to fill a screen best."""
    degrees = np.arange(-90.0, 90.0)
    angles = np.radians(degrees)[:, None]
    xs, ys = outline.points[:, 0], outline.points[:, 1]
    widths = np.ptp(xs * np.cos(angles) - ys * np.sin(angles), axis=1)
    heights = np.ptp(xs * np.sin(angles) + ys * np.cos(angles), axis=1)
    sizes = np.maximum(widths / _SCREEN_RATIO, heights)
    # Of turns that are as good the smaller one.
    good = sizes <= sizes.min() * 1.001
    return float(degrees[good][np.abs(degrees[good]).argmin()])
