"""Labelled clips on disk, as ``rt3d-tune data`` writes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch


class DataError(Exception):
    """A data set cannot be used; the message names the file and what would be right."""


@dataclass(frozen=True)
class Clips:
    """A split held in memory: stored values, their labels and what the values stand for.

    ``stored`` has shape [n, channels, frames, height, width]; a network's input is
    ``(stored - offset) * scale``.
    """

    stored: torch.Tensor
    labels: torch.Tensor
    classes: list[str]
    offset: float
    scale: float

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Network inputs (float32) and labels (int64) of the clips at ``indices``."""
        return self.values(self.stored[indices]), self.labels[indices]

    def values(self, stored: torch.Tensor) -> torch.Tensor:
        """What stored values stand for, as a network's input."""
        return (stored.float() - self.offset) * self.scale


def load(folder: Path, count: int | None = None) -> Clips:
    """Read a folder with clips.npy, labels.npy, classes.txt and meta.json; ``count`` takes the first clips only."""
    for name in ("clips.npy", "labels.npy", "classes.txt", "meta.json"):
        if not (folder / name).is_file():
            raise DataError(f"{folder / name}: no such file; want a folder written by `rt3d-tune data motion --out {folder}`")
    clips, labels = np.load(folder / "clips.npy", mmap_mode="r"), np.load(folder / "labels.npy")
    classes = (folder / "classes.txt").read_text(encoding="utf-8").split("\n")[:-1]
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if clips.ndim != 5 or len(clips) == 0:
        raise DataError(f"{folder / 'clips.npy'}: shape {clips.shape}: want [n, channels, frames, height, width], n at least 1")
    if labels.shape != clips.shape[:1]:
        raise DataError(f"{folder / 'labels.npy'}: shape {labels.shape}: want one label for each of {len(clips)} clips")
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(f"{folder / 'labels.npy'}: labels {labels.min()} to {labels.max()}: want 0 to {len(classes) - 1}")
    if count is not None and not 0 < count <= len(clips):
        raise DataError(f"{folder}: {count} clips asked for: want 1 to {len(clips)}")
    return Clips(
        stored=torch.from_numpy(np.array(clips[:count])),
        labels=torch.from_numpy(labels[:count].astype(np.int64)),
        classes=classes,
        offset=float(meta["offset"]),
        scale=float(meta["scale"]),
    )


def augment(inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Move each clip by a random distance around the torus and turn some into their negative.

    Motion clips live on a torus and their textures have either sign, so that neither changes a
    label.
    """
    height, width = inputs.shape[-2:]
    moved = torch.empty_like(inputs)
    shifts = torch.stack([torch.randint(n, (len(inputs),), generator=generator) for n in (height, width)], dim=1).tolist()
    signs = torch.randint(2, (len(inputs), 1, 1, 1, 1), generator=generator) * 2 - 1
    for i, (down, right) in enumerate(shifts):
        moved[i] = torch.roll(inputs[i], (down, right), (-2, -1))
    return moved * signs
