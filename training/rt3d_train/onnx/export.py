"""ONNX export, with the masks that rt3d-tune reads."""

from __future__ import annotations

import inspect
import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from ..sparsity import maskfile
from ..sparsity.cut import Mask
from .file import metadata_field

OPSET = 13


def export(model: nn.Module, shape: tuple[int, int, int, int], path: Path, masks: Mapping[str, Mask] | None = None) -> None:
    """Write ``model`` for one clip of ``shape`` (channels, frames, height, width); batch normalisation is folded.

    The exporter folds it into the convolution before it, because the model is in evaluation mode; a weight that is zero
    stays zero. Masks go into the file's metadata under rt3d.masks, named like the convolutions' modules.
    """
    model.eval()
    buffer = io.BytesIO()
    # Newer PyTorch has two exporters. The other one needs another package and cannot write this opset.
    choice = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            model,
            (torch.zeros(1, *shape, device=next(model.parameters()).device),),
            buffer,
            opset_version=OPSET,
            input_names=["clip"],
            output_names=["logits"],
            do_constant_folding=True,
            **choice,
        )
    data = buffer.getvalue()
    if masks:
        data += metadata_field(maskfile.KEY, maskfile.encode(masks))
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)
