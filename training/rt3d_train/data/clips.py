"""A split of labelled clips."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from ..errors import UserError


class DataError(UserError):
    """A data set cannot be used; the message names the file and what would be right."""


@dataclass(frozen=True)
class Clips:
    """Stored values, their labels and what the values stand for.

    ``stored`` has shape [n, channels, frames, height, width], in memory or mapped from a file; a network's input is
    ``(stored - offset) * scale``, with offset and scale per channel. ``crop`` is the side of the square that a network sees
    of larger frames: the centre, or any part in training. ``flow`` says which changes leave labels alone in training:
    ``torus``, ``flip`` or ``none``.
    """

    stored: np.ndarray
    labels: torch.Tensor
    classes: list[str]
    offset: torch.Tensor
    scale: torch.Tensor
    crop: int | None = None
    flow: str = "none"

    def __post_init__(self) -> None:
        if self.crop is not None and not 0 < self.crop <= min(self.stored.shape[3:]):
            raise DataError(f"crop {self.crop}: want 1 to {min(self.stored.shape[3:])}, the smaller side of the stored frames")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """The shape of a network's input: channels, frames, height, width."""
        channels, frames, height, width = self.stored.shape[1:]
        return (channels, frames, height, width) if self.crop is None else (channels, frames, self.crop, self.crop)

    def batch(self, indices: torch.Tensor, whole: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """Network inputs (float32) and labels (int64) of the clips at ``indices``; ``whole`` leaves frames uncropped."""
        stored = torch.from_numpy(np.ascontiguousarray(self.stored[indices.numpy()]))
        if self.crop is not None and not whole:
            # Margins are rounded to even, as torchvision and rt3d-tune do.
            top, left = (round((n - self.crop) / 2) for n in stored.shape[3:])
            stored = stored[..., top : top + self.crop, left : left + self.crop]
        return self.values(stored), self.labels[indices]

    def values(self, stored: torch.Tensor) -> torch.Tensor:
        """What stored values stand for, as a network's input."""
        view = (1, -1, 1, 1, 1)
        return (stored.float() - self.offset.view(view)) * self.scale.view(view)

    def first(self, count: int | None) -> Clips:
        """The first ``count`` clips; None for all."""
        if count is None:
            return self
        if not 0 < count <= len(self):
            raise DataError(f"{count} clips asked for: want 1 to {len(self)}")
        return replace(self, stored=self.stored[:count], labels=self.labels[:count])
