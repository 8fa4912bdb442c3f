"""What a network gets right."""

from __future__ import annotations

import torch
from torch import nn

from ..data import Clips

BATCH = 250


@torch.no_grad()
def predict(model: nn.Module, clips: Clips, shuffle: torch.Generator | None = None) -> torch.Tensor:
    """The logits [clips, classes]; ``shuffle`` puts the frames of each clip in random order first."""
    model.eval()
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    logits = []
    for indices in torch.arange(len(clips)).split(BATCH):
        inputs, labels = clips.batch(indices)
        if shuffle is not None:
            orders = [torch.randperm(inputs.shape[2], generator=shuffle) for _ in labels]
            inputs = torch.stack([clip[:, order] for clip, order in zip(inputs, orders)])
        logits.append(model(inputs.to(device)).cpu())
    return torch.cat(logits)


def confusion_matrix(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """How often each class (row) was taken for each (column)."""
    classes = logits.shape[1]
    return torch.bincount(labels * classes + logits.argmax(1), minlength=classes**2).view(classes, classes)


def accuracy(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """The share of clips whose largest logit is the label's."""
    return (logits.argmax(1) == labels).double().mean().item()
