"""ONNX export."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

OPSET = 13


def export(model: nn.Module, shape: tuple[int, int, int, int], path: Path) -> None:
    """Write ``model`` for one clip of ``shape`` (channels, frames, height, width); batch normalisation is folded.

    The exporter folds it into the convolution before it, because the model is in evaluation mode.
    """
    model.eval()
    torch.onnx.export(
        model,
        torch.zeros(1, *shape),
        str(path),
        opset_version=OPSET,
        input_names=["clip"],
        output_names=["logits"],
        do_constant_folding=True,
    )
