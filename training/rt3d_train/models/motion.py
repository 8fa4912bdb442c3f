"""The networks for motion clips."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from .network import Network


class MotionC3D(Network):
    """A small C3D (Tran et al., ICCV 2015) with batch normalisation and global average pooling.

    The input is [batch, channels, 8, 32, 32] or larger. The first convolution halves height and width; the second and the
    pooling layer halve frames, height and width. It is wider than its task needs: what pruning finds superfluous is what it
    is there to find.
    """

    WIDTHS = (16, 32, 64, 64, 96, 96)

    def __init__(self, channels: int, classes: int, widths: Sequence[int] = WIDTHS, dropout: float = 0.1) -> None:
        super().__init__()
        w1, w2, w3a, w3b, w4a, w4b = widths
        self.conv1, self.bn1 = conv(channels, w1, stride=(1, 2, 2)), nn.BatchNorm3d(w1)
        self.conv2, self.bn2 = conv(w1, w2, stride=(2, 2, 2)), nn.BatchNorm3d(w2)
        self.conv3a, self.bn3a = conv(w2, w3a), nn.BatchNorm3d(w3a)
        self.conv3b, self.bn3b = conv(w3a, w3b), nn.BatchNorm3d(w3b)
        self.conv4a, self.bn4a = conv(w3b, w4a), nn.BatchNorm3d(w4a)
        self.conv4b, self.bn4b = conv(w4a, w4b), nn.BatchNorm3d(w4b)
        self.pool3 = nn.MaxPool3d(2)
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(w4b, classes)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes]."""
        x = torch.relu(self.bn1(self.conv1(clips)))
        x = torch.relu(self.bn2(self.conv2(x)))
        x = torch.relu(self.bn3a(self.conv3a(x)))
        x = self.pool3(torch.relu(self.bn3b(self.conv3b(x))))
        x = torch.relu(self.bn4a(self.conv4a(x)))
        x = torch.relu(self.bn4b(self.conv4b(x)))
        return self.fc(self.dropout(torch.flatten(self.pool(x), 1)))

    def pairs(self) -> list[tuple[str, str]]:
        """Convolutions of which the second sees the filters of the first and nothing else."""
        chain = ["conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b"]
        return list(zip(chain, chain[1:]))


class PooledC3D(Network):
    """Five convolutions with max-pools between, for the comparison of pruning algorithms in docs/accuracy.md.

    The input is [batch, channels, 8, 32, 32] or larger; 45 MMACs on one channel.
    """

    WIDTHS = (16, 32, 32, 32, 48)

    def __init__(self, channels: int, classes: int, widths: Sequence[int] = WIDTHS, dropout: float = 0.1) -> None:
        super().__init__()
        w1, w2, w3a, w3b, w4 = widths
        self.conv1, self.bn1 = conv(channels, w1, stride=(1, 2, 2)), nn.BatchNorm3d(w1)
        self.conv2, self.bn2 = conv(w1, w2), nn.BatchNorm3d(w2)
        self.pool2 = nn.MaxPool3d(2)
        self.conv3a, self.bn3a = conv(w2, w3a), nn.BatchNorm3d(w3a)
        self.conv3b, self.bn3b = conv(w3a, w3b), nn.BatchNorm3d(w3b)
        self.pool3 = nn.MaxPool3d(2)
        self.conv4, self.bn4 = conv(w3b, w4), nn.BatchNorm3d(w4)
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(w4, classes)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes]."""
        x = torch.relu(self.bn1(self.conv1(clips)))
        x = self.pool2(torch.relu(self.bn2(self.conv2(x))))
        x = torch.relu(self.bn3a(self.conv3a(x)))
        x = self.pool3(torch.relu(self.bn3b(self.conv3b(x))))
        x = torch.relu(self.bn4(self.conv4(x)))
        return self.fc(self.dropout(torch.flatten(self.pool(x), 1)))

    def pairs(self) -> list[tuple[str, str]]:
        """Convolutions of which the second sees the filters of the first and nothing else."""
        chain = ["conv1", "conv2", "conv3a", "conv3b", "conv4"]
        return list(zip(chain, chain[1:]))


def conv(channels: int, filters: int, stride: tuple[int, int, int] = (1, 1, 1)) -> nn.Conv3d:
    """A 3×3×3 convolution without bias: batch normalisation follows."""
    return nn.Conv3d(channels, filters, 3, stride=stride, padding=1, bias=False)
