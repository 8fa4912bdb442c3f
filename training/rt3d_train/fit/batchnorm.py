"""Batch normalisation after a cut."""

from __future__ import annotations

import torch
from torch import nn

from ..data import Clips

BATCH = 64


@torch.no_grad()
def reestimate(model: nn.Module, clips: Clips) -> None:
    """Measure the means and variances that batch normalisation uses again, on ``clips``.

    A cut changes the activations that they describe. All normalisations see the batch's own statistics while the clips
    pass, as in training, and keep the average over all batches.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm3d)]
    momenta = [norm.momentum for norm in norms]
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        # The plain average, which PyTorch documents and 1.13 leaves out of the attribute's type.
        norm.momentum = None  # type: ignore[assignment]
        norm.train()
    device = next(model.parameters()).device
    for indices in torch.arange(len(clips)).split(BATCH):
        if len(indices) > 1 or len(clips) == 1:
            model(clips.batch(indices)[0].to(device))
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum
    model.eval()
