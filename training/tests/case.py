"""What the tests share: small sets of clips, a temporary folder, the command line, the built rt3d-tune."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from torch import nn

from rt3d_train.cli import main
from rt3d_train.data import Clips, load
from rt3d_train.models import Spec, build

REPOSITORY = Path(__file__).resolve().parents[2]
CLASSES = ["left", "right"]
CLIP = (1, 8, 32, 32)
SMALL = Spec("motion-c3d", 2, CLIP, (8, 8, 8, 8, 8, 8), dropout=0.0)


def make_set(folder: Path, count: int = 24, seed: int = 0) -> Path:
    """A set of two classes: a bright bar that moves left or right."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    clips = random.integers(118, 139, (count, *CLIP), dtype=np.uint8)
    labels = np.arange(count) % 2
    for clip, label in zip(clips, labels):
        start = random.integers(32)
        for frame in range(8):
            clip[0, frame, :, (start + frame * (2 * label - 1) * 2 + np.arange(6)) % 32] = 230
    np.save(folder / "clips.npy", clips)
    np.save(folder / "labels.npy", labels.astype(np.int64))
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES), encoding="utf-8")
    meta = {"generator": "motion", "offset": 128, "scale": 1 / 64}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
    return folder


class Case(unittest.TestCase):
    """A temporary folder, and threads that do not fight over cores."""

    def setUp(self) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(0)
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def clips(self, count: int = 24) -> Clips:
        return load(make_set(self.folder / "set", count))

    def small(self) -> nn.Module:
        return build(SMALL)

    def command(self, *arguments: object) -> tuple[int, str, str]:
        """Exit status, output and errors of one command line."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([*map(str, arguments), "--threads", "1"])
        return status, out.getvalue(), err.getvalue()

    def done(self, *arguments: object) -> str:
        """The output of a command line that must succeed."""
        status, out, err = self.command(*arguments)
        self.assertEqual(status, 0, err)
        return out

    def need(self, program: str) -> None:
        """Skip the test, or fail it where all tools are required, without a program."""
        if shutil.which(program) is None:
            if os.environ.get("RT3D_REQUIRE_TOOLS") == "1":
                self.fail(f"program {program} is not installed")
            self.skipTest(f"program {program} is not installed")

    def rt3d_tune(self, *arguments: object) -> str:
        """What rt3d-tune prints: the program that RT3D_TUNE names, or one built for the purpose."""
        program = os.environ.get("RT3D_TUNE")
        if not program:
            self.need("go")
        command = [program] if program else ["go", "run", "./cmd/rt3d-tune"]
        done = subprocess.run([*command, *map(str, arguments)], cwd=REPOSITORY, check=False, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout
