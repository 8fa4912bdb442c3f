"""C3D as published."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from ..errors import UserError
from .network import Network


class C3D(Network):
    """C3D (Tran et al., ICCV 2015): eight 3×3×3 convolutions with bias, five max-pools, three fully connected layers.

    The first pool keeps time, the last is padded in height and width. ``widths`` are the filters of the convolutions and
    the units of fc6 and fc7. Layers are named as in the authors' network.
    """

    WIDTHS = (64, 128, 256, 256, 512, 512, 512, 512, 4096, 4096)
    conv1: nn.Conv3d
    conv2: nn.Conv3d
    conv3a: nn.Conv3d
    conv3b: nn.Conv3d
    conv4a: nn.Conv3d
    conv4b: nn.Conv3d
    conv5a: nn.Conv3d
    conv5b: nn.Conv3d
    NAMES = ("conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b", "conv5a", "conv5b")

    def __init__(self, clip: Sequence[int], classes: int, widths: Sequence[int] = WIDTHS, dropout: float = 0.5) -> None:
        super().__init__()
        channels = clip[0]
        for name, filters in zip(self.NAMES, widths):
            setattr(self, name, nn.Conv3d(channels, filters, 3, padding=1))
            channels = filters
        self.pool1 = nn.MaxPool3d((1, 2, 2), (1, 2, 2))
        self.pool2, self.pool3, self.pool4 = nn.MaxPool3d(2), nn.MaxPool3d(2), nn.MaxPool3d(2)
        self.pool5 = nn.MaxPool3d(2, padding=(0, 1, 1))
        self.dropout = nn.Dropout(dropout)
        frames, height, width = clip[1] // 8, clip[2] // 16, clip[3] // 16
        positions = (frames // 2) * (height // 2 + 1) * (width // 2 + 1)
        if positions < 1 or min(height, width) < 1:
            raise UserError(f"model c3d: clips of {clip[1]}x{clip[2]}x{clip[3]}: want at least 16 frames of 16x16")
        self.fc6 = nn.Linear(channels * positions, widths[8])
        self.fc7 = nn.Linear(widths[8], widths[9])
        self.fc8 = nn.Linear(widths[9], classes)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes]."""
        x = self.pool1(torch.relu(self.conv1(clips)))
        x = self.pool2(torch.relu(self.conv2(x)))
        x = self.pool3(torch.relu(self.conv3b(torch.relu(self.conv3a(x)))))
        x = self.pool4(torch.relu(self.conv4b(torch.relu(self.conv4a(x)))))
        x = self.pool5(torch.relu(self.conv5b(torch.relu(self.conv5a(x)))))
        x = self.dropout(torch.relu(self.fc6(torch.flatten(x, 1))))
        return self.fc8(self.dropout(torch.relu(self.fc7(x))))

    def pairs(self) -> list[tuple[str, str]]:
        """Convolutions of which the second sees the filters of the first and nothing else."""
        return list(zip(self.NAMES, self.NAMES[1:]))
