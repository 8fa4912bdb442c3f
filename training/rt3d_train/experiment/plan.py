"""Which runs there are, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..models import Spec
from ..sparsity.penalty import ALGORITHMS
from ..sparsity.units import SCHEMES
from .records import Key

# How a filter's multiply-accumulates are counted: its own alone, or with those that read it in the next layer.
COUNTS = ("rows", "columns")


@dataclass(frozen=True)
class Budget:
    """How long each stage takes, in epochs of the training clips.

    Every cell gets as many epochs after the dense network: the heuristic spends the penalty's on fine-tuning.
    """

    dense: int = 10
    penalty: int = 2
    fine: int = 3
    batch: int = 32
    dense_rate: float = 3e-3
    penalty_rate: float = 2e-3
    fine_rate: float = 1e-3
    refresh: float = 0.125
    precision: str = "bfloat16"


@dataclass(frozen=True)
class Cell:
    """One entry of the table: how a network is pruned, and how far."""

    network: str
    scheme: str
    algorithm: str
    count: str
    factor: float

    def key(self) -> Key:
        """The fields by which a record is found."""
        return {
            "network": self.network,
            "scheme": self.scheme,
            "algorithm": self.algorithm,
            "count": self.count,
            "factor": self.factor,
        }


@dataclass(frozen=True)
class Plan:
    """The whole comparison.

    Strengths of a penalty are tried on ``choosing``, the first seed, with the validation clips at the first factor; all
    penalised cells have a grid of this size.
    """

    seeds: tuple[int, ...] = (1, 2, 3)
    factors: tuple[float, ...] = (3.6, 6.0)
    strengths: tuple[float, ...] = (0.1, 0.3)
    gm: int = 8
    gn: int = 4
    budget: Budget = field(default_factory=Budget)
    network: str = "motion-c3d-pooled"
    schemes: tuple[str, ...] = SCHEMES[::-1]
    algorithms: tuple[str, ...] = ALGORITHMS

    @property
    def choosing(self) -> int:
        """The seed on which strengths are chosen."""
        return self.seeds[0]

    def cells(self) -> Iterator[tuple[int, Cell]]:
        """Seeds and cells, most telling first: the schemes at the first factor, the next, then filters counted otherwise."""
        for factor in self.factors:
            for seed in self.seeds:
                for scheme in self.schemes:
                    for algorithm in self.algorithms:
                        yield seed, Cell(self.network, scheme, algorithm, "rows", factor)
        for factor in self.factors:
            for seed in self.seeds:
                for algorithm in self.algorithms if "filter" in self.schemes else ():
                    yield seed, Cell(self.network, "filter", algorithm, "columns", factor)


def spec(network: str, classes: int, clip: tuple[int, int, int, int]) -> Spec:
    """The network of a plan."""
    return Spec(network, classes, clip)
