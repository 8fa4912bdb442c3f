"""R(2+1)D with torchvision's names."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from .network import Network


class R2Plus1D(Network):
    """R(2+1)D (Tran et al., CVPR 2018): residual blocks whose 3×3×3 convolutions are 1×3×3, then 3×1×1.

    With the published widths and two blocks per stage it is torchvision's ``r2plus1d_18``, name by name. Every stage but
    the first halves frames, height and width; the stem halves height and width.
    """

    WIDTHS = (64, 128, 256, 512)
    SMALL_WIDTHS = (16, 32, 48)

    def __init__(
        self, channels: int, classes: int, widths: Sequence[int] = WIDTHS, blocks: int = 2, dropout: float = 0.0
    ) -> None:
        super().__init__()
        middle = max(1, 45 * widths[0] // 64)
        self.stem = nn.Sequential(
            nn.Conv3d(channels, middle, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
            nn.BatchNorm3d(middle),
            nn.ReLU(inplace=True),
            nn.Conv3d(middle, widths[0], (3, 1, 1), (1, 1, 1), (1, 0, 0), bias=False),
            nn.BatchNorm3d(widths[0]),
            nn.ReLU(inplace=True),
        )
        self.stages = len(widths)
        inputs = widths[0]
        for stage, outputs in enumerate(widths, start=1):
            stride = 1 if stage == 1 else 2
            rest = [Block(outputs, outputs, 1) for _ in range(blocks - 1)]
            setattr(self, f"layer{stage}", nn.Sequential(Block(inputs, outputs, stride), *rest))
            inputs = outputs
        self.avgpool = nn.AdaptiveAvgPool3d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes]."""
        x = self.stem(clips)
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(self.dropout(torch.flatten(self.avgpool(x), 1)))

    def pairs(self) -> list[tuple[str, str]]:
        """Convolutions of which the second sees the filters of the first and nothing else: those inside a block."""
        pairs = [("stem.0", "stem.3")]
        for name, module in self.named_modules():
            if isinstance(module, Block):
                chain = [f"{name}.{part}" for part in ("conv1.0.0", "conv1.0.3", "conv2.0.0", "conv2.0.3")]
                pairs += zip(chain, chain[1:])
        return pairs


class Block(nn.Module):
    """A residual block of two factorised convolutions."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        middle = inputs * outputs * 27 // (inputs * 9 + 3 * outputs)  # as many weights as 3×3×3 has
        self.conv1 = nn.Sequential(factorised(inputs, outputs, middle, stride), nn.BatchNorm3d(outputs), nn.ReLU(inplace=True))
        self.conv2 = nn.Sequential(factorised(outputs, outputs, middle, 1), nn.BatchNorm3d(outputs))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv3d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm3d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The block's output [batch, outputs, frames, height, width]."""
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.conv2(self.conv1(x)) + shortcut)


def factorised(inputs: int, outputs: int, middle: int, stride: int) -> nn.Sequential:
    """A 1×3×3 convolution, batch normalisation, ReLU and a 3×1×1 convolution."""
    return nn.Sequential(
        nn.Conv3d(inputs, middle, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
        nn.BatchNorm3d(middle),
        nn.ReLU(inplace=True),
        nn.Conv3d(middle, outputs, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
    )
