"""Units: the weights of a convolution that stay or go together."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch
from torch import nn

from ..errors import UserError

SCHEMES = ("filter", "vanilla", "kgs")


@dataclass(frozen=True)
class Grouping:
    """A scheme and its group size: gM filters × gN input channels. ``filter`` ignores the size."""

    scheme: str
    gm: int = 8
    gn: int = 4

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise UserError(f"scheme {self.scheme!r}: want one of {', '.join(SCHEMES)}")
        if self.gm < 1 or self.gn < 1:
            raise UserError(f"group size {self.gm}x{self.gn}: want at least 1 filter and 1 channel")

    def of(self, weight: torch.Tensor) -> Units:
        """The units of a weight [filters, channels, *kernel]; groups larger than the layer are cut down to it."""
        filters, channels, *kernel = weight.shape
        if self.scheme == "filter":
            return Units("filter", 1, channels, filters, channels, tuple(kernel))
        return Units(self.scheme, min(self.gm, filters), min(self.gn, channels), filters, channels, tuple(kernel))


@dataclass(frozen=True)
class Units:
    """The units of one layer, numbered as rt3d-tune's masks number them.

    With P = ceil(filters / gm), Q = ceil(channels / gn) and K kernel positions: ``filter`` has a unit per filter,
    ``vanilla`` P · Q units in the order p · Q + q, ``kgs`` P · Q · K in the order (p · Q + q) · K + k. Edges of partial
    groups are padded with zeros that never count.
    """

    scheme: str
    gm: int
    gn: int
    filters: int
    channels: int
    kernel: tuple[int, ...]

    @property
    def count(self) -> int:
        """The number of units."""
        groups = -(-self.filters // self.gm) * -(-self.channels // self.gn)
        return groups * prod(self.kernel) if self.scheme == "kgs" else groups

    def sums(self, values: torch.Tensor) -> torch.Tensor:
        """The sum of ``values`` (of the weight's shape) over each unit, [units]; differentiable."""
        flat = values.reshape(self.filters, self.channels, -1)
        pad = (0, 0, 0, -self.channels % self.gn, 0, -self.filters % self.gm)
        flat = nn.functional.pad(flat, pad)
        groups = flat.view(flat.shape[0] // self.gm, self.gm, flat.shape[1] // self.gn, self.gn, flat.shape[2])
        return groups.sum((1, 3)).reshape(-1) if self.scheme == "kgs" else groups.sum((1, 3, 4)).reshape(-1)

    def sizes(self) -> torch.Tensor:
        """How many weights each unit has, [units]."""
        return self.sums(torch.ones(self.filters, self.channels, *self.kernel))

    def norms(self, weight: torch.Tensor) -> torch.Tensor:
        """The L2 norm of each unit, [units]; differentiable, with gradient zero where a unit is zero."""
        return self.sums(weight.square()).clamp_min(1e-24).sqrt()

    def scores(self, weight: torch.Tensor) -> torch.Tensor:
        """Norms over the square root of the unit's size, [units], so that partial groups compare fairly (RT3D, AAAI 2021)."""
        return self.norms(weight) / self.sizes().to(weight.device).sqrt()

    def spread(self, values: torch.Tensor) -> torch.Tensor:
        """Each weight's value of its unit: [units] to the weight's shape."""
        positions = prod(self.kernel)
        groups = values.view(-(-self.filters // self.gm), 1, -(-self.channels // self.gn), 1, -1)
        full = groups.expand(-1, self.gm, -1, self.gn, positions).reshape(
            groups.shape[0] * self.gm, groups.shape[2] * self.gn, positions
        )
        return full[: self.filters, : self.channels].reshape(self.filters, self.channels, *self.kernel)
