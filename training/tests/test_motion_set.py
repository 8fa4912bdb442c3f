"""What a trained network can see in motion clips: nothing in single frames, much in two that follow each other.

The clips come from rt3d-tune itself, which is built for the purpose unless the environment variable RT3D_TUNE names
the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import torch
from torch import nn

from rt3d_train.data import Clips, augment, load
from rt3d_train.fit.evaluate import accuracy

REPOSITORY = Path(__file__).resolve().parents[2]
TRAINED, TESTED = 3600, 1800


def generate(folder: Path, split: str, count: int) -> Clips:
    """Clips of seed 21 from the generator, read back."""
    program = os.environ.get("RT3D_TUNE")
    command = [program] if program else ["go", "run", "./cmd/rt3d-tune"]
    arguments = ["data", "motion", "--out", str(folder), "--split", split, "--count", str(count), "--seed", "21"]
    subprocess.run([*command, *arguments], cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return load(folder)


class FrameNet(nn.Module):
    """A 2D network that sees windows of consecutive frames alone and averages its verdicts over them."""

    def __init__(self, window: int, classes: int) -> None:
        super().__init__()
        self.window = window
        self.net = nn.Sequential(
            *(nn.Conv2d(window, 24, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(24), nn.ReLU()),
            *(nn.Conv2d(24, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
            *(nn.Conv2d(32, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU()),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, classes)),
        )

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        windows = clips[:, 0].unfold(1, self.window, 1).permute(0, 1, 4, 2, 3)
        verdicts = self.net(windows.flatten(0, 1))
        return verdicts.view(len(clips), -1, verdicts.shape[1]).mean(1)


def train_and_test(window: int, train: Clips, test: Clips) -> float:
    """Accuracy on test after a short training."""
    torch.manual_seed(1)
    model, order = FrameNet(window, len(train.classes)), torch.Generator().manual_seed(1)
    batch, epochs = 36, 4
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=1e-2)
    steps = epochs * len(train) // batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=steps)
    for _ in range(epochs):
        for indices in torch.randperm(len(train), generator=order).split(batch):
            inputs, labels = train.batch(indices)
            loss = nn.functional.cross_entropy(model(augment(inputs, order)), labels)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    with torch.no_grad():
        return accuracy(torch.cat([model(test.batch(i)[0]) for i in torch.arange(len(test)).split(200)]), test.labels)


class MotionSetTest(unittest.TestCase):
    @unittest.skipIf(os.environ.get("RT3D_FAST") == "1", "RT3D_FAST=1: trains two networks for a minute or two")
    def test_only_frames_together_tell_the_class(self) -> None:
        if not os.environ.get("RT3D_TUNE") and shutil.which("go") is None:
            if os.environ.get("RT3D_REQUIRE_TOOLS") == "1":
                self.fail("program go is not installed")
            self.skipTest("program go is not installed")
        torch.set_num_threads(1)
        with tempfile.TemporaryDirectory() as folder:
            train = generate(Path(folder) / "train", "train", TRAINED)
            test = generate(Path(folder) / "test", "test", TESTED)
        chance = 1 / len(train.classes)
        margin = 5 * (chance * (1 - chance) / TESTED) ** 0.5
        alone, together = train_and_test(1, train, test), train_and_test(2, train, test)
        message = f"single frames {alone:.3f}, pairs {together:.3f}, chance {chance:.3f}"
        self.assertLess(alone, chance + margin, message)
        # The same network with the same training does see motion: the check above proves something.
        self.assertGreater(together, 4 * chance, message)
        print(message)


if __name__ == "__main__":
    unittest.main()
