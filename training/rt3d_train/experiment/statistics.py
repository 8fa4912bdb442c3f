"""Means over seeds, and intervals of differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .records import Record, unpack

RESAMPLES = 2000


@dataclass(frozen=True)
class Summary:
    """One cell over its seeds: mean and sample standard deviation of accuracy in %, and each seed's."""

    mean: float
    deviation: float
    each: tuple[float, ...]


@dataclass(frozen=True)
class Difference:
    """A minus B in points of accuracy, with a 95 % interval, and in how many of the seeds A is ahead."""

    mean: float
    low: float
    high: float
    ahead: int
    seeds: int

    @property
    def separate(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def summary(records: Sequence[Record]) -> Summary:
    """Of one cell's records, in the order of the seeds."""
    each = [100 * r["test"] for r in sorted(records, key=lambda r: r["seed"])]
    deviation = float(np.std(each, ddof=1)) if len(each) > 1 else 0.0
    return Summary(float(np.mean(each)), deviation, tuple(each))


def difference(a: Sequence[Record], b: Sequence[Record], clips: int) -> Difference | None:
    """A minus B on the seeds that both have, or None.

    The interval is of the bootstrap (Efron, 1979) over test clips: the same clips are drawn for both cells and for every
    seed. It says how certain the difference is for these trained networks; the seeds' own spread is beside it.
    """
    first, second = ({r["seed"]: unpack(r["hits"], clips) for r in records} for records in (a, b))
    seeds = sorted(set(first) & set(second))
    if not seeds:
        return None
    each = np.stack([first[s].astype(np.int8) - second[s].astype(np.int8) for s in seeds])  # [seeds, clips]
    per_clip = each.mean(0)
    random = np.random.default_rng(1)
    draws = np.array([per_clip[random.integers(0, clips, clips)].mean() for _ in range(RESAMPLES)])
    low, high = np.percentile(100 * draws, (2.5, 97.5))
    ahead = int((each.mean(1) > 0).sum())
    return Difference(100 * float(per_clip.mean()), float(low), float(high), ahead, len(seeds))
