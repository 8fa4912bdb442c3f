"""Which units go, and how far each layer is cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from ..errors import UserError
from .layers import Layer
from .units import Grouping, Units


@dataclass(frozen=True)
class Mask:
    """The kept units of one layer, and which input channels are gone with the filters that made them.

    ``kept`` is [units]. ``channels``, where given, is [channels]: False where the filter of the layer before is removed and
    this layer's weights for it with it.
    """

    units: Units
    kept: torch.Tensor
    channels: torch.Tensor | None = None

    def weights(self) -> torch.Tensor:
        """True where a weight is kept, of the weight's shape."""
        kept = self.units.spread(self.kept)
        if self.channels is not None:
            kept = kept & self.channels.view(1, -1, *(1 for _ in self.units.kernel))
        return kept

    def density(self) -> float:
        """The share of weights kept."""
        return self.weights().double().mean().item()

    def dead_filters(self) -> torch.Tensor:
        """True for each filter without a kept weight, [filters]."""
        return ~self.weights().flatten(1).any(1)


def mask_at(weight: torch.Tensor, grouping: Grouping, rate: float) -> Mask:
    """Remove the units of lowest score until a share of ``rate`` of the weights is gone.

    Units go whole: the share removed is the nearest that whole units allow; at least one stays; equal scores fall in the
    order of the units. `rt3d-tune prune` does the same.
    """
    if not 0 <= rate < 1:
        raise UserError(f"rate {rate}: want 0 or more and less than 1")
    units = grouping.of(weight)
    scores, sizes = units.scores(weight.detach()).double().cpu(), units.sizes().double()
    order = torch.sort(scores, stable=True).indices[:-1]
    removed = torch.cumsum(sizes[order], 0)
    gone = order[removed - sizes[order] / 2 <= rate * weight.numel()]
    kept = torch.ones(units.count, dtype=torch.bool)
    kept[gone] = False
    return Mask(units, kept)


def uniform_density(layers: Sequence[Layer], cut_layers: Sequence[Layer], factor: float) -> float:
    """The density of each cut layer with which the network's multiply-accumulates fall by ``factor``."""
    total, cut = sum(layer.macs for layer in layers), sum(layer.macs for layer in cut_layers)
    density = (total / factor - (total - cut)) / cut
    if not 0 < density <= 1:
        lowest = total / (total - cut) if total > cut else float("inf")
        raise UserError(f"{factor} times fewer MACs: the layers that are not cut allow 1 to {lowest:.2f} times")
    return density


def uniform_masks(layers: Sequence[Layer], cut_layers: Sequence[Layer], grouping: Grouping, factor: float) -> dict[str, Mask]:
    """Masks of one density for all cut layers, whose multiply-accumulates fall by ``factor``.

    What whole units leave over or short in one layer, the next makes up for, in multiply-accumulates.
    """
    rate = 1 - uniform_density(layers, cut_layers, factor)
    masks, left = {}, 0.0
    for layer in cut_layers:
        goal = rate * layer.macs + left
        mask = mask_at(layer.conv.weight, grouping, min(max(goal / layer.macs, 0), 1 - 1e-9))
        masks[layer.name] = mask
        left = goal - (1 - mask.density()) * layer.macs
    return masks


def global_masks(layers: Sequence[Layer], cut_layers: Sequence[Layer], grouping: Grouping, factor: float) -> dict[str, Mask]:
    """Masks by one ranking of all units, so that the weights decide how far each layer is cut.

    Scores are taken relative to the root mean square weight of their layer, which no scaling between layers changes. One
    unit of each layer always stays.
    """
    uniform_density(layers, cut_layers, factor)  # refuses factors that cannot be reached
    total = sum(layer.macs for layer in layers)
    parts: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
    for i, layer in enumerate(cut_layers):
        weight = layer.conv.weight.detach().cpu()
        units = grouping.of(weight)
        relative = units.scores(weight).double() / weight.double().square().mean().sqrt()
        relative[relative.argmax()] = float("inf")
        cost = units.sizes().double() * (layer.macs / weight.numel())
        parts.append((relative, cost, torch.full((units.count,), i)))
    scores, costs, homes = (torch.cat(part) for part in zip(*parts))
    order = torch.sort(scores, stable=True).indices
    order = order[scores[order] < float("inf")]
    removed = torch.cumsum(costs[order], 0)
    kept = torch.ones(len(scores), dtype=torch.bool)
    kept[order[removed - costs[order] / 2 <= total - total / factor]] = False
    return {layer.name: Mask(grouping.of(layer.conv.weight), kept[homes == i]) for i, layer in enumerate(cut_layers)}


def with_channels(masks: Mapping[str, Mask], pairs: Sequence[tuple[str, str]]) -> dict[str, Mask]:
    """Take the input channels of removed filters away as well.

    ``pairs`` name layers of which the second sees the filters of the first and nothing else.
    """
    masks = dict(masks)
    for first, second in pairs:
        if first in masks and second in masks:
            masks[second] = Mask(masks[second].units, masks[second].kept, ~masks[first].dead_filters())
    return masks


def kept_macs(layers: Sequence[Layer], masks: Mapping[str, Mask]) -> float:
    """The multiply-accumulates that are left under the masks."""
    return sum(layer.macs * (masks[layer.name].density() if layer.name in masks else 1) for layer in layers)


@torch.no_grad()
def apply(layers: Sequence[Layer], masks: Mapping[str, Mask]) -> None:
    """Set the weights that are not kept to zero."""
    for layer in layers:
        if layer.name in masks:
            layer.conv.weight.mul_(masks[layer.name].weights().to(layer.conv.weight.device))
