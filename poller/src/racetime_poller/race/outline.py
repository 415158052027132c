"""A closed line around a circuit: where along it a position is, and where a distance along it lies.

Coordinates and distances are decimetres in the frame of OpenF1's locations.
"""

from dataclasses import dataclass, field
from functools import cached_property
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Floats = NDArray[np.float64]
_Indices = NDArray[np.intp]

# Cells of the index: small enough that few points are near one, so many that none holds a table
# that is slow to build.
_CELL_DM = 200.0
# Positions farther from the line than this are compared with all of it; there are few.
_REACH_DM = 400.0
_MOST_CELLS = 40_000


@dataclass(frozen=True, eq=False)
class Outline:
    """A closed line from the start line in the direction of driving."""

    points: Points
    distances: Floats
    length_dm: float
    _closed: tuple[Floats, Points] = field(init=False, repr=False)
    _known_pieces: dict[int, list[tuple[float, ...]]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        along = np.append(self.distances, self.length_dm)
        object.__setattr__(self, "_closed", (along, np.vstack((self.points, self.points[:1]))))

    @staticmethod
    def of(points: Points) -> "Outline":
        """Measure a closed line."""
        steps = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
        distances = np.concatenate(([0.0], np.cumsum(steps)[:-1]))
        return Outline(points, distances, float(steps.sum()))

    def point_at(self, distance_dm: Floats | float) -> Points:
        """Return where distances along the line lie; those beyond its end go round again."""
        along, points = self._closed
        wanted = np.mod(np.asarray(distance_dm, dtype=np.float64), self.length_dm)
        return np.stack([np.interp(wanted, along, points[:, axis]) for axis in (0, 1)], axis=-1)

    def direction_at(self, distance_dm: Floats | float, span_dm: float = 100.0) -> Points:
        """Return unit vectors in the direction of driving."""
        middle = np.asarray(distance_dm, dtype=np.float64)
        way = self.point_at(middle + span_dm / 2) - self.point_at(middle - span_dm / 2)
        size = np.linalg.norm(way, axis=-1, keepdims=True)
        return np.asarray(way / np.maximum(size, 1e-9))

    def locate(self, positions: Points) -> tuple[Floats, Floats]:
        """Return distance along the line and distance from it of each position, in decimetres."""
        return self._project(positions, self._nearest(positions))

    def locate_one(self, x: float, y: float) -> tuple[float, float]:
        """Locate a single position: what `locate` does, without the toll of arrays."""
        corner, shape, _ = self._index
        row, column = (x - corner[0]) // _CELL_DM, (y - corner[1]) // _CELL_DM
        if not (0 <= row < shape[0] and 0 <= column < shape[1]):
            return self._locate_far(x, y)
        pieces = self._pieces(int(row * shape[1] + column))
        best, best_along = inf, 0.0
        for start_x, start_y, way_x, way_y, square, along, length in pieces:
            share = ((x - start_x) * way_x + (y - start_y) * way_y) / square
            share = 0.0 if share < 0.0 else min(share, 1.0)
            dx, dy = x - start_x - share * way_x, y - start_y - share * way_y
            away = dx * dx + dy * dy
            if away < best:
                best, best_along = away, along + share * length
        return (best_along, sqrt(best)) if pieces else self._locate_far(x, y)

    def _locate_far(self, x: float, y: float) -> tuple[float, float]:
        along, offset = self.locate(np.array([[x, y]], dtype=np.float64))
        return float(along[0]), float(offset[0])

    def _pieces(self, cell: int) -> list[tuple[float, ...]]:
        """Return the pieces of the line that may be nearest to a place of a cell."""
        known = self._known_pieces.get(cell)
        if known is None:
            candidates = np.unique(self._index[2][cell])
            if candidates[0] >= 0:
                candidates = np.union1d(candidates, (candidates - 1) % len(self.points))
            known = self._known_pieces[cell] = [
                self._piece(begin) for begin in candidates.tolist() if begin >= 0
            ]
        return known

    def _piece(self, begin: int) -> tuple[float, ...]:
        along, points = self._closed
        x, y = points[begin].tolist()
        way_x, way_y = (points[begin + 1] - points[begin]).tolist()
        square = max(way_x * way_x + way_y * way_y, 1e-9)
        return (
            x,
            y,
            way_x,
            way_y,
            square,
            float(along[begin]),
            float(along[begin + 1] - along[begin]),
        )

    def locate_near(
        self, positions: Points, expected_dm: Floats, reach_dm: float
    ) -> tuple[Floats, Floats]:
        """Locate positions no farther along the line than `reach_dm` from where they are expected.

        Where the line comes near itself, the nearest of all its points may be one of another place.
        """
        count = len(self.points)
        span = min(int(np.ceil(reach_dm / self.length_dm * count)) + 1, count // 2)
        expected = np.mod(expected_dm, self.length_dm) / self.length_dm * count
        window = (expected.astype(np.intp)[:, None] + np.arange(-span, span + 1)) % count
        return self._project(positions, self._best(positions, window))

    def offsets(self, positions: Points) -> tuple[Floats, Floats]:
        """Locate positions; those to the right of the line have a distance from it below zero."""
        along, offset = self.locate(positions)
        way, aside = self.direction_at(along), positions - self.point_at(along)
        left = way[:, 0] * aside[:, 1] - way[:, 1] * aside[:, 0]
        return along, np.where(left < 0, -offset, offset)

    def _best(self, positions: Points, candidates: _Indices) -> _Indices:
        """Return which of the candidates of each position is nearest to it."""
        dx = self.points[:, 0][candidates] - positions[:, :1]
        dy = self.points[:, 1][candidates] - positions[:, 1:]
        best = (dx * dx + dy * dy).argmin(axis=1)
        return np.asarray(candidates[np.arange(len(positions)), best])

    def _nearest(self, positions: Points) -> _Indices:
        """Return the nearest point of the line to each position."""
        corner, shape, cells = self._index
        cell = np.floor((positions - corner) / _CELL_DM).astype(np.intp)
        inside = (cell >= 0).all(axis=1) & (cell < shape).all(axis=1)
        place = np.where(inside, cell[:, 0] * shape[1] + cell[:, 1], 0)
        candidates = cells[place]
        near = inside & (candidates[:, 0] >= 0)
        nearest = np.empty(len(positions), dtype=np.intp)
        nearest[near] = self._best(positions[near], candidates[near])
        for far in np.flatnonzero(~near):
            away = self.points - positions[far]
            nearest[far] = np.einsum("ij,ij->i", away, away).argmin()
        return nearest

    def _project(self, positions: Points, nearest: _Indices) -> tuple[Floats, Floats]:
        """Return the nearest place on the two pieces of the line that meet in a point."""
        pieces = np.concatenate((nearest, (nearest - 1) % len(self.points)))
        along, offset = self._on_piece(np.concatenate((positions, positions)), pieces)
        before, other = along[len(nearest) :], offset[len(nearest) :]
        along, offset = along[: len(nearest)], offset[: len(nearest)]
        better = other < offset
        return np.where(better, before, along), np.where(better, other, offset)

    def _on_piece(self, positions: Points, begin: _Indices) -> tuple[Floats, Floats]:
        along, points = self._closed
        start, way = points[begin], points[begin + 1] - points[begin]
        square = np.maximum(np.einsum("ij,ij->i", way, way), 1e-9)
        share = np.clip(np.einsum("ij,ij->i", positions - start, way) / square, 0.0, 1.0)
        away = positions - start - way * share[:, None]
        offset = np.sqrt(np.einsum("ij,ij->i", away, away))
        return along[begin] + share * (along[begin + 1] - along[begin]), offset

    @cached_property
    def _index(self) -> tuple[Points, _Indices, _Indices]:
        """Return a grid's corner and shape, and for each cell the points that may be the nearest.

        A cell that is far from the line has none: -1.
        """
        corner = self.points.min(axis=0) - _REACH_DM
        extent = self.points.max(axis=0) + _REACH_DM - corner
        shape = np.ceil(np.minimum(extent / _CELL_DM, _MOST_CELLS)).astype(np.intp)
        if int(shape[0]) * int(shape[1]) > _MOST_CELLS:
            return corner, np.ones(2, dtype=np.intp), np.full((1, 1), -1, dtype=np.intp)
        cells = np.unique(self._cells_within_reach(corner, shape))
        middles = corner + (np.column_stack(np.divmod(cells, int(shape[1]))) + 0.5) * _CELL_DM
        away = _distances(middles, self.points)
        # What is nearest to some place of a cell is so near to its middle at most.
        limit = away.min(axis=1) + _CELL_DM * np.sqrt(2.0)
        found = _table(away <= limit[:, None])
        table = np.full((int(shape[0] * shape[1]), found.shape[1]), -1, dtype=np.intp)
        table[cells] = found
        return corner, shape, table

    def _cells_within_reach(self, corner: Points, shape: _Indices) -> _Indices:
        own = np.unique(np.floor((self.points - corner) / _CELL_DM).astype(np.intp), axis=0)
        reach = int(_REACH_DM // _CELL_DM)
        steps = np.arange(-reach, reach + 1)
        rows = (own[:, 0, None] + steps).clip(0, int(shape[0]) - 1)
        columns = (own[:, 1, None] + steps).clip(0, int(shape[1]) - 1)
        return np.asarray(rows[:, :, None] * shape[1] + columns[:, None, :]).ravel()


def _distances(positions: Points, points: Points) -> Floats:
    squares = (positions**2).sum(axis=1)[:, None] + (points**2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares - 2 * positions @ points.T, 0.0)))


def _table(near: NDArray[np.bool_]) -> _Indices:
    """Return the columns that are set in each row, of which there is one at least; the first one
    fills up."""
    rows, columns = np.nonzero(near)
    counts = near.sum(axis=1)
    begins = np.cumsum(counts) - counts
    table = np.repeat(columns[begins][:, None], int(counts.max()), axis=1)
    table[rows, np.arange(len(rows)) - begins[rows]] = columns
    return table
