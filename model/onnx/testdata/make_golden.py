"""Make the golden files of the ONNX reader with PyTorch: NAME.onnx and NAME.json.

usage: make_golden.py [FOLDER]    (written with PyTorch 1.13.1)

Each JSON file holds the output for the input x[i] = (7919 i mod 1000) / 500 - 1; several outputs are
flattened and joined.
"""

import json
import pathlib
import sys

import torch
from torch import nn
from torch.onnx import TrainingMode


class C3D(nn.Module):
    """Convolutions with bias, a padded pool, a view, fully connected layers."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv3d(3, 5, 3, padding=1)
        self.conv2 = nn.Conv3d(5, 6, 3, padding=1)
        self.pool1 = nn.MaxPool3d((1, 2, 2), (1, 2, 2))
        self.pool2 = nn.MaxPool3d(2, 2, padding=(0, 1, 1))
        self.fc6 = nn.Linear(6 * 2 * 3 * 3, 7)
        self.fc7 = nn.Linear(7, 4)
        self.dropout = nn.Dropout()

    def forward(self, x):
        x = self.pool1(torch.relu(self.conv1(x)))
        x = self.pool2(torch.relu(self.conv2(x)))
        x = x.view(x.size(0), -1)
        x = self.dropout(torch.relu(self.fc6(x)))
        return torch.softmax(self.fc7(x), dim=1)


def factorised(inputs, outputs, middle, stride):
    return nn.Sequential(
        nn.Conv3d(inputs, middle, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
        nn.BatchNorm3d(middle),
        nn.ReLU(inplace=True),
        nn.Conv3d(middle, outputs, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
    )


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Sequential(
            factorised(inputs, outputs, 5, stride), nn.BatchNorm3d(outputs), nn.ReLU(inplace=True)
        )
        self.conv2 = nn.Sequential(factorised(outputs, outputs, 5, 1), nn.BatchNorm3d(outputs))
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(
                nn.Conv3d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm3d(outputs)
            )

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.conv2(self.conv1(x)) + shortcut)


class R2Plus1D(nn.Module):
    """Residual blocks of factorised convolutions, each with its BatchNorm."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, 4, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
            nn.BatchNorm3d(4),
            nn.ReLU(inplace=True),
        )
        self.layer1 = nn.Sequential(Block(4, 4, 1), Block(4, 4, 1))
        self.layer2 = nn.Sequential(Block(4, 6, 2))
        self.avgpool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(6, 5)

    def forward(self, x):
        x = self.layer2(self.layer1(self.stem(x)))
        return self.fc(self.avgpool(x).flatten(1))


class S3D(nn.Module):
    """Branches, pools with padding, a convolution as classifier, a mean over positions."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv3d(3, 4, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False)
        self.bn1 = nn.BatchNorm3d(4)
        self.branch1 = nn.Conv3d(4, 3, 1)
        self.branch2 = nn.Sequential(nn.MaxPool3d(3, 1, 1), nn.Conv3d(4, 2, 1))
        self.pool = nn.AvgPool3d((2, 3, 3), (1, 2, 2), padding=(0, 1, 1))
        self.avgpool = nn.AvgPool3d((2, 2, 2), stride=1)
        self.classifier = nn.Conv3d(5, 4, 1)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = torch.cat([self.branch1(x), self.branch2(x)], 1)
        x = self.classifier(self.avgpool(self.pool(x)))
        return torch.mean(x, dim=(2, 3, 4))


class Flat(nn.Module):
    """A 2D network: depthwise, dilated, every activation, BatchNorm ahead of a convolution."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.1, 0.2, 0.3]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.5, 0.6, 0.7]).view(1, 3, 1, 1))
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1, groups=3)
        self.conv2 = nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=6)
        self.bn3 = nn.BatchNorm2d(6)
        self.conv3 = nn.Conv2d(6, 4, 1)
        self.conv4 = nn.Conv2d(4, 4, (3, 2), (2, 1))
        self.pool = nn.MaxPool2d(2, 2, ceil_mode=True)

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = nn.functional.leaky_relu(self.conv1(x), 0.2)
        x = nn.functional.elu(self.conv2(x), 0.7)
        x = self.conv3(torch.relu(self.bn3(x)))
        x = nn.functional.relu6(x * 2.0)
        x = torch.tanh(self.pool(x)) + torch.sigmoid(self.pool(x))
        x = nn.functional.pad(x, (1, 0, 0, 2))
        x = torch.clamp(self.conv4(x), min=-0.5)
        return x.mean(dim=(2, 3), keepdim=True).squeeze(3).squeeze(2)


class Tokens(nn.Module):
    """A Linear on three dimensions (MatMul and Add), dimensions added and taken away."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(2, 8, (2, 3, 3))
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        x = torch.relu(self.conv(x)).mean(dim=[2, 3, 4])
        x = x.unsqueeze(1)
        x = self.linear(x).transpose(1, 2)
        return x.flatten(1)


def convolved(inputs, outputs):
    return nn.Sequential(
        nn.Conv3d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm3d(outputs),
        nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    """An encoder-decoder: transposed convolutions of both usual forms, with BatchNorm, and skips."""

    def __init__(self):
        super().__init__()
        self.enc1 = convolved(2, 4)
        self.enc2 = convolved(4, 6)
        self.middle = convolved(6, 8)
        self.up2 = nn.ConvTranspose3d(8, 6, 2, stride=2)
        self.dec2 = convolved(12, 6)
        self.up1 = nn.ConvTranspose3d(6, 4, 3, (1, 2, 2), padding=1, output_padding=(0, 1, 1))
        self.norm1 = nn.BatchNorm3d(4)
        self.dec1 = convolved(8, 4)
        self.out = nn.Conv3d(4, 3, 1)

    def forward(self, x):
        one = self.enc1(x)
        two = self.enc2(nn.functional.max_pool3d(one, (1, 2, 2)))
        x = self.middle(nn.functional.max_pool3d(two, 2))
        x = self.dec2(torch.cat([two, self.up2(x)], 1))
        x = torch.relu(self.norm1(self.up1(x)))
        return self.out(self.dec1(torch.cat([x, one], 1)))


class Dilated(nn.Module):
    """Branches of growing dilation, one of them pooled, brought back to size in both ways."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv3d(2, 4, 3, (1, 2, 2), padding=1)
        self.branches = nn.ModuleList(
            [nn.Conv3d(4, 3, 3, padding=(1, d, d), dilation=(1, d, d)) for d in (1, 2, 3)]
        )
        self.pooled = nn.Conv3d(4, 2, 1)
        self.out = nn.Conv3d(11, 3, 1)

    def forward(self, x):
        size = x.shape[2:]
        x = torch.relu(self.stem(x))
        low = self.pooled(nn.functional.avg_pool3d(x, (1, 3, 3)))
        low = nn.functional.interpolate(low, size=x.shape[2:], mode="nearest")
        x = torch.cat([torch.relu(branch(x)) for branch in self.branches] + [low], 1)
        return nn.functional.interpolate(self.out(x), size=size, mode="trilinear", align_corners=False)


class Gelu(nn.Module):
    """Residual blocks with Gelu in three spellings and layer scale."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv3d(2, 6, (2, 3, 3), (2, 2, 2))
        self.depthwise = nn.Conv3d(6, 6, 3, padding=1, groups=6)
        self.wide = nn.Conv3d(6, 9, 1)
        self.narrow = nn.Conv3d(9, 6, 1)
        self.gamma = nn.Parameter(torch.linspace(0.2, 1.1, 6).view(1, 6, 1, 1, 1))
        self.beta = nn.Parameter(torch.linspace(-0.5, 0.5, 6).view(1, 6, 1, 1, 1))
        self.gelu = nn.GELU()
        self.fc = nn.Linear(6, 4)

    def forward(self, x):
        x = self.gelu(self.stem(x))
        y = self.wide(self.depthwise(x))
        y = 0.5 * y * (1 + torch.erf(y / 1.4142))  # not quite the root of two
        x = x + self.narrow(y) * self.gamma + self.beta
        x = (x * 0.70710678).erf().add(1).mul(x)  # twice a Gelu
        return self.fc(x.mean([2, 3, 4]))


class ChannelsLast(nn.Module):
    """Clips with their channels last, a map and a vector as outputs."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(3, 5, 3, padding=1)
        self.up = nn.ConvTranspose3d(5, 4, (1, 4, 4), (1, 2, 2), (0, 1, 1), groups=1)
        self.fc = nn.Linear(4, 6)

    def forward(self, x):
        x = torch.relu(self.conv(x.permute(0, 4, 1, 2, 3)))
        x = torch.sigmoid(self.up(x[:, :, 1:, :-1]))
        return x.mean(1, keepdim=True).permute(0, 2, 3, 4, 1), self.fc(x.mean(dim=(2, 3, 4)))


class Upscaler(nn.Module):
    """A 2D network that ends in a pixel shuffle."""

    def __init__(self):
        super().__init__()
        self.body = nn.Conv2d(1, 5, 3, padding=1)
        self.up = nn.ConvTranspose2d(5, 4, 3, 3, 1, 1, bias=False, dilation=2)
        self.tail = nn.Conv2d(4, 8, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.up(torch.relu(self.body(x))))
        return nn.functional.pixel_shuffle(self.tail(x), 2)


# name, network, input shape, opset, and whether BatchNorm is kept apart from its convolution
MODELS = [
    ("c3d-opset11", C3D, (1, 3, 4, 8, 8), 11, False),
    ("r2plus1d-opset17", R2Plus1D, (1, 3, 4, 12, 12), 17, True),
    ("r2plus1d-fused-opset13", R2Plus1D, (1, 3, 4, 12, 12), 13, False),
    ("s3d-opset12", S3D, (1, 3, 4, 12, 12), 12, True),
    ("flat-opset14", Flat, (1, 3, 11, 10), 14, True),
    ("tokens-opset15", Tokens, (1, 2, 3, 5, 5), 15, False),
    ("unet-opset13", UNet, (1, 2, 4, 8, 12), 13, True),
    ("dilated-opset14", Dilated, (1, 2, 3, 11, 14), 14, False),
    ("gelu-opset17", Gelu, (1, 2, 4, 9, 7), 17, False),
    ("channelslast-opset12", ChannelsLast, (1, 3, 5, 6, 3), 12, False),
    ("upscaler-opset11", Upscaler, (1, 1, 5, 4), 11, False),
]


def randomise(network):
    """Give BatchNorm layers statistics as after training."""
    for layer in network.modules():
        if isinstance(layer, (nn.BatchNorm2d, nn.BatchNorm3d)):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
            nn.init.uniform_(layer.running_mean, -0.5, 0.5)
            nn.init.uniform_(layer.running_var, 0.5, 2.0)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    for name, make, shape, opset, apart in MODELS:
        torch.manual_seed(1)
        network = make().eval()
        randomise(network)
        count = int(torch.tensor(shape).prod())
        values = [(7919 * i % 1000) / 500 - 1 for i in range(count)]
        x = torch.tensor(values).reshape(shape)
        with torch.no_grad():
            expected = network.double()(x.double())
        names = ["scores"]
        if isinstance(expected, tuple):
            names = [f"scores{i}" for i in range(len(expected))]
            expected = torch.cat([e.flatten() for e in expected]).unsqueeze(0)
        torch.onnx.export(
            network.float(),
            x,
            folder / f"{name}.onnx",
            opset_version=opset,
            training=TrainingMode.PRESERVE if apart else TrainingMode.EVAL,
            input_names=["clip"],
            output_names=names,
        )
        text = json.dumps({"dims": list(expected.shape), "output": expected.flatten().tolist()})
        (folder / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
