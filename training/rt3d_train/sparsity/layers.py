"""The convolutions of a network: their names, sizes and multiply-accumulates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import nn


@dataclass(frozen=True)
class Layer:
    """A convolution: its module's name, the module, and its multiply-accumulates for one clip, dense."""

    name: str
    conv: nn.Conv3d
    macs: int


@torch.no_grad()
def convolutions(model: nn.Module, shape: Sequence[int]) -> list[Layer]:
    """All 3D convolutions in the order in which they run on a clip of ``shape`` (channels, frames, height, width)."""
    found: list[Layer] = []
    hooks = []
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv3d):

            def record(module: nn.Conv3d, _: object, out: torch.Tensor, name: str = name) -> None:
                found.append(Layer(name, module, prod(out.shape[2:]) * module.weight.numel()))

            hooks.append(module.register_forward_hook(record))
    training = model.training
    model.eval()
    try:
        model(torch.zeros(1, *shape, device=next(model.parameters()).device))
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()
    return found


def prunable(layers: Sequence[Layer], keep: Sequence[str] = ()) -> list[Layer]:
    """The layers that are cut: all but the first, which sees the clip itself and is small, and those named in ``keep``."""
    return [layer for layer in layers[1:] if layer.name not in keep]
