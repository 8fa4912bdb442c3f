"""Changes of a clip that leave its class alone."""

from __future__ import annotations

import torch

from .clips import DataError

FLOWS = ("none", "torus", "flip")


def augment(inputs: torch.Tensor, generator: torch.Generator, flow: str = "torus", crop: int | None = None) -> torch.Tensor:
    """Change each clip at random: ``torus`` moves and negates, ``flip`` mirrors half of them; then a random crop.

    Motion clips live on a torus and their textures have either sign, so that neither changes a label.
    """
    if flow == "torus":
        inputs = move(inputs, generator)
    elif flow == "flip":
        mirrored = torch.randint(2, (len(inputs), 1, 1, 1, 1), generator=generator) == 1
        inputs = torch.where(mirrored, inputs.flip(-1), inputs)
    elif flow != "none":
        raise DataError(f"augmentation {flow!r}: want one of {', '.join(FLOWS)}")
    if crop is None or inputs.shape[3:] == (crop, crop):
        return inputs
    offsets = torch.stack(
        [torch.randint(n - crop + 1, (len(inputs),), generator=generator) for n in inputs.shape[3:]], dim=1
    ).tolist()
    return torch.stack([x[..., y : y + crop, z : z + crop] for x, (y, z) in zip(inputs, offsets)])


def move(inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Move each clip by a random distance around the torus and turn some into their negative."""
    height, width = inputs.shape[-2:]
    moved = torch.empty_like(inputs)
    shifts = torch.stack([torch.randint(n, (len(inputs),), generator=generator) for n in (height, width)], dim=1).tolist()
    signs = torch.randint(2, (len(inputs), 1, 1, 1, 1), generator=generator) * 2 - 1
    for i, (down, right) in enumerate(shifts):
        moved[i] = torch.roll(inputs[i], (down, right), (-2, -1))
    return moved * signs
