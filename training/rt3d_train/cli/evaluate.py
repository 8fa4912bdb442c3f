"""``evaluate``: what a network gets right."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from ..data import load
from ..fit import checkpoint
from ..fit.evaluate import accuracy, confusion_matrix, predict
from . import options as shared


def add(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The command's options."""
    command = commands.add_parser("evaluate", help="accuracy of a checkpoint")
    command.add_argument("--checkpoint", type=Path, required=True)
    command.add_argument("--data", type=Path, required=True, help=f"the clips: a {shared.DATA}")
    command.add_argument("--split", choices=("train", "validation", "test"), default="test", help="of an archive (test)")
    command.add_argument("--count", type=int, help="use the first clips only")
    command.add_argument("--device", default="cpu", help="where to run: cpu, cuda ...")
    command.add_argument("--logits", type=Path, help="write the logits [clips, classes] to this .npy file")
    command.add_argument("--shuffle-frames", action="store_true", help="put the frames of each clip in random order first")
    command.add_argument("--seed", type=int, default=1, help="of the random order")
    command.set_defaults(run=run)
    return command


def run(options: argparse.Namespace) -> None:
    """Print accuracy, in all and per class."""
    model, spec, classes, _ = checkpoint.load(options.checkpoint)
    model.to(shared.device(options.device))
    clips = load(options.data, options.count, options.split)
    shared.fits(clips, options.data, spec, classes)
    order = torch.Generator().manual_seed(options.seed) if options.shuffle_frames else None
    logits = predict(model, clips, order)
    confusion = confusion_matrix(logits, clips.labels)
    for name, row, hits in zip(classes, confusion, confusion.diagonal()):
        print(f"{name:26} {100 * hits.item() / max(1, row.sum().item()):6.2f} %")
    print(f"{'accuracy':26} {100 * accuracy(logits, clips.labels):6.2f} % of {len(clips)} clips")
    if options.logits:
        np.save(options.logits, logits.numpy())
