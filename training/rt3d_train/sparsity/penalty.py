"""The group lasso, with constant or reweighted penalties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from .cut import mask_at
from .layers import Layer
from .units import Grouping

ALGORITHMS = ("heuristic", "fixed", "reweighted")

ZERO = 1e-6  # a norm below this is that of a removed unit


@dataclass
class Term:
    """What the penalty knows of one layer: its share of the multiply-accumulates and the factor P of each unit."""

    layer: Layer
    share: float
    factors: torch.Tensor


class Penalty:
    """strength · Σ over layers, units of share · P · ||W_unit||, the group lasso of RT3D (Niu et al., AAAI 2021).

    P is the square root of the unit's size (``fixed``; Yuan and Lin, 2006), or that times m / (||W_unit||² + eps · m),
    refreshed in every outer iteration (``reweighted``, after Candès, Wakin and Boyd, 2008). m is the mean ||W||² of all the
    layer's units; with it, P is RT3D's 1 / (||W||² + eps) but for a factor of the layer, one strength means the same for
    every scheme, group size and scale of weights, and the more units of a layer are zero, the less the others are pressed:
    without that, what is left of a layer is pressed harder and harder until nothing is. P is a constant to the gradient; the
    norm is not. A layer's share is its multiply-accumulates over the mean layer's, so that the penalty aims at
    multiply-accumulates rather than at weights.

    ``rates`` (by layer) aim at given rates instead: every layer has a share of 1, and pressed are only the units that a cut
    at the layer's rate would take, chosen anew at each refresh. What would stay is left in peace.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        grouping: Grouping,
        strength: float,
        reweighted: bool,
        eps: float = 1e-2,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        self.grouping, self.strength, self.reweighted, self.eps = grouping, strength, reweighted, eps
        self.rates = rates
        mean = sum(layer.macs for layer in layers) / len(layers)
        self.terms = []
        for layer in layers:
            sizes = grouping.of(layer.conv.weight).sizes().to(layer.conv.weight.device)
            self.terms.append(Term(layer, layer.macs / mean if rates is None else 1.0, sizes.sqrt()))
        self.refresh()

    @torch.no_grad()
    def refresh(self) -> None:
        """Begin an outer iteration: P, and what is pressed, from the norms as they are now."""
        for term in self.terms:
            weight = term.layer.conv.weight
            units = self.grouping.of(weight)
            term.factors = units.sizes().to(weight.device).sqrt()
            if self.reweighted:
                squares = units.norms(weight).square()
                mean = squares.mean().clamp_min(ZERO**2)
                term.factors = term.factors * mean / (squares + self.eps * mean)
            if self.rates is not None:
                kept = mask_at(weight, self.grouping, self.rates[term.layer.name]).kept
                term.factors = term.factors * ~kept.to(weight.device)

    def loss(self) -> torch.Tensor:
        """The penalty as a term of the loss."""
        parts = []
        for term in self.terms:
            weight = term.layer.conv.weight
            parts.append(term.share * (term.factors * self.grouping.of(weight).norms(weight)).sum())
        return self.strength * torch.stack(parts).sum()

    @torch.no_grad()
    def shrink(self, learning_rate: float) -> None:
        """The penalty as a proximal step after the optimiser's: shorten each unit, to no less than zero.

        It is exact where a step against the penalty's gradient only jitters around zero, and decoupled from the adaptive
        gradient as AdamW decouples weight decay (block soft thresholding; Yuan and Lin, 2006).
        """
        for term in self.terms:
            weight = term.layer.conv.weight
            units = self.grouping.of(weight)
            by = learning_rate * self.strength * term.share * term.factors
            weight.mul_(units.spread((1 - by / units.norms(weight)).clamp_min(0)))

    def zero_share(self) -> float:
        """The share of the penalised layers' multiply-accumulates whose units are zero."""
        gone = total = 0.0
        for term in self.terms:
            weight = term.layer.conv.weight
            norms = self.grouping.of(weight).norms(weight.detach())
            sizes = self.grouping.of(weight).sizes().to(weight.device)
            gone += term.layer.macs * (sizes * (norms < ZERO)).sum().item() / weight.numel()
            total += term.layer.macs
        return gone / total

    def state(self) -> list[torch.Tensor]:
        """The factors P, for a checkpoint."""
        return [term.factors for term in self.terms]

    def restore(self, state: Sequence[torch.Tensor]) -> None:
        """Take the factors of a checkpoint."""
        for term, factors in zip(self.terms, state):
            term.factors = factors.to(term.factors.device)
