"""S3D with torchvision's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import nn

from ..errors import UserError
from .network import Network

# Filters of the nine inception blocks: 1×1×1; 1×1×1 then separable 3×3×3, twice; max-pool then 1×1×1.
BLOCKS = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)

Norm = Callable[[int], nn.BatchNorm3d]


class S3D(Network):
    """S3D (Xie et al., ECCV 2018): an inception network whose 3×3×3 convolutions are 1×3×3, then 3×1×1.

    With scale 1 it is torchvision's ``s3d``, name by name. The classifier runs at each position that the average pool of
    2 × 7 × 7 leaves, and the scores are averaged; where clips are so small that less than 2 × 7 × 7 comes to that pool, it
    takes what there is. Clips have at least 5 frames of 17 × 17.
    """

    def __init__(self, clip: Sequence[int], classes: int, scale: float = 1.0, dropout: float = 0.2) -> None:
        super().__init__()
        if clip[1] < 5 or min(clip[2:]) < 17:
            raise UserError(f"model s3d: clips of {clip[1]}x{clip[2]}x{clip[3]}: want at least 5 frames of 17x17")
        norm: Norm = partial(nn.BatchNorm3d, eps=0.001, momentum=0.001)

        def width(filters: int) -> int:
            return max(1, round(filters * scale))

        stem = width(64)
        layers: list[nn.Module] = [
            separable(clip[0], stem, 7, 2, norm),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            basic(stem, stem, (1, 1, 1), (1, 1, 1), norm),
            separable(stem, width(192), 3, 1, norm),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
        ]
        channels = width(192)
        for i, group in enumerate(BLOCKS):
            for filters in group:
                block = Inception(channels, [width(f) for f in filters], norm)
                layers.append(block)
                channels = block.outputs
            if i < 2:
                layers.append(nn.MaxPool3d(3, 2, 1) if i == 0 else nn.MaxPool3d(2, 2))
        self.features = nn.Sequential(*layers)
        left = [halved(n, times) for n, times in zip(clip[1:], (2, 4, 4))]
        depth, height, breadth = (min(most, n // 2) for most, n in zip((2, 7, 7), left))
        self.avgpool = nn.AvgPool3d((depth, height, breadth), stride=1)
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Conv3d(channels, classes, 1))

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes]."""
        return self.classifier(self.avgpool(self.features(clips))).mean((2, 3, 4))

    def pairs(self) -> list[tuple[str, str]]:
        """Convolutions of which the second sees the filters of the first and nothing else: those of one branch."""
        pairs = [(f"features.{i}.0.0", f"features.{i}.1.0") for i in (0, 3)]
        for name, module in self.features.named_modules(prefix="features"):
            if isinstance(module, Inception):
                for branch in ("branch1", "branch2"):
                    chain = [f"{name}.{branch}.{part}" for part in ("0.0", "1.0.0", "1.1.0")]
                    pairs += zip(chain, chain[1:])
        return pairs


class Inception(nn.Module):
    """Four branches on one input, their outputs side by side."""

    def __init__(self, inputs: int, filters: Sequence[int], norm: Norm) -> None:
        super().__init__()
        b0, b1_middle, b1, b2_middle, b2, b3 = filters
        one = (1, 1, 1)
        self.branch0 = basic(inputs, b0, one, one, norm)
        self.branch1 = nn.Sequential(basic(inputs, b1_middle, one, one, norm), separable(b1_middle, b1, 3, 1, norm))
        self.branch2 = nn.Sequential(basic(inputs, b2_middle, one, one, norm), separable(b2_middle, b2, 3, 1, norm))
        self.branch3 = nn.Sequential(nn.MaxPool3d(3, 1, 1), basic(inputs, b3, one, one, norm))
        self.outputs = b0 + b1 + b2 + b3

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The branches' outputs, concatenated along the channels."""
        return torch.cat((self.branch0(x), self.branch1(x), self.branch2(x), self.branch3(x)), 1)


def halved(size: int, times: int) -> int:
    """What so many layers of stride 2 that keep the edge leave of a dimension."""
    for _ in range(times):
        size = -(-size // 2)
    return size


def basic(inputs: int, outputs: int, kernel: tuple[int, int, int], stride: tuple[int, int, int], norm: Norm) -> nn.Sequential:
    """A convolution that keeps the size (but for its stride), batch normalisation and ReLU."""
    padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
    return nn.Sequential(nn.Conv3d(inputs, outputs, kernel, stride, padding, bias=False), norm(outputs), nn.ReLU(inplace=True))


def separable(inputs: int, outputs: int, kernel: int, stride: int, norm: Norm) -> nn.Sequential:
    """A cubic convolution as one in space, then one in time."""
    return nn.Sequential(
        basic(inputs, outputs, (1, kernel, kernel), (1, stride, stride), norm),
        basic(outputs, outputs, (kernel, 1, 1), (stride, 1, 1), norm),
    )
