"""Batches of positions: cars that have samples at the same instants share one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from racetime_poller.race.samples import Integers, Samples


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Positions of some cars at the same instants; `xs` and `ys` have one row per car."""

    instants: tuple[int, ...]
    driver_numbers: tuple[int, ...]
    xs: Integers
    ys: Integers
    # Whether they are estimated from laps and pace; else they are measured.
    estimated: bool = False


def batches(samples: Samples, *, estimated: bool = False) -> list[Batch]:
    """Return samples, which are in order, as few batches as their instants allow."""
    if not len(samples):
        return []
    bounds = [*np.flatnonzero(samples.firsts).tolist(), len(samples)]
    groups: dict[bytes, list[tuple[int, int]]] = {}
    for begin, end in pairwise(bounds):
        key = samples.instants[begin:end].tobytes()
        groups.setdefault(key, []).append((begin, end))
    told = [_batch(samples, spans, estimated) for spans in groups.values()]
    return sorted(told, key=lambda batch: batch.instants)


def _batch(samples: Samples, spans: Sequence[tuple[int, int]], estimated: bool) -> Batch:
    begin, end = spans[0]
    return Batch(
        tuple(samples.instants[begin:end].tolist()),
        tuple(samples.drivers[[begin for begin, _ in spans]].tolist()),
        np.stack([samples.xs[begin:end] for begin, end in spans]),
        np.stack([samples.ys[begin:end] for begin, end in spans]),
        estimated,
    )
