"""Networks whose first weights, and whose dropout, come from a seed."""

from __future__ import annotations

import torch

from ..models import Network, Spec, build


def fresh(spec: Spec, seed: int) -> Network:
    """A network with the random weights of ``seed``; dropout during the training that follows is the seed's, too."""
    torch.manual_seed(seed)
    return build(spec)
