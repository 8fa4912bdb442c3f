"""The command line: ``python3 -m rt3d_train train|evaluate|export``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from .data import Clips, DataError, load
from .export import export
from .training import CheckpointError, Progress, Recipe, Trainer, accuracy, confusion_matrix, load_model, predict

CHECKPOINT = "checkpoint.pt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 when done, 2 for bad usage or data, 130 when interrupted."""
    options = parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        options.run(options)
    except (DataError, CheckpointError) as error:
        print(f"rt3d_train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("rt3d_train: interrupted; the same command with --resume goes on after the last finished epoch", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    recipe = Recipe()
    top = argparse.ArgumentParser(prog="rt3d_train", description="Train, evaluate and export the network motion-c3d.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train motion-c3d on a motion set")
    train.add_argument("--data", type=Path, required=True, help="folder of the training split (rt3d-tune data motion)")
    train.add_argument("--validation", type=Path, help="folder of a split to evaluate after each epoch")
    train.add_argument("--out", type=Path, required=True, help=f"folder for {CHECKPOINT}")
    train.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    train.add_argument("--count", type=int, help="use the first clips only")
    train.add_argument("--seed", type=int, default=recipe.seed)
    train.add_argument("--epochs", type=int, default=recipe.epochs)
    train.add_argument("--batch", type=int, default=recipe.batch)
    train.add_argument("--learning-rate", type=float, default=recipe.learning_rate)
    train.add_argument("--weight-decay", type=float, default=recipe.weight_decay)
    train.add_argument("--group-lasso", type=float, default=recipe.group_lasso, help="strength; 0 for none")
    train.add_argument("--start", type=Path, help="checkpoint of a finished run to take the first weights from")
    train.set_defaults(run=run_train)

    test = commands.add_parser("evaluate", help="accuracy of a checkpoint")
    test.add_argument("--checkpoint", type=Path, required=True)
    test.add_argument("--data", type=Path, required=True, help="folder of the split")
    test.add_argument("--count", type=int, help="use the first clips only")
    test.add_argument("--logits", type=Path, help="write the logits [clips, classes] to this .npy file")
    test.add_argument("--shuffle-frames", action="store_true", help="put the frames of each clip in random order first")
    test.add_argument("--seed", type=int, default=1, help="of the random order")
    test.set_defaults(run=run_evaluate)

    write = commands.add_parser("export", help="write a checkpoint as ONNX")
    write.add_argument("--checkpoint", type=Path, required=True)
    write.add_argument("--out", type=Path, required=True, help="the .onnx file")
    write.set_defaults(run=run_export)

    for command in (train, test, write):
        command.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of the processor (all)")
    return top


def run_train(options: argparse.Namespace) -> None:
    """Train, saving after each epoch."""
    clips = load(options.data, options.count)
    validation = load(options.validation) if options.validation else None
    check_classes(clips, validation)
    recipe = Recipe(
        seed=options.seed,
        epochs=options.epochs,
        batch=options.batch,
        learning_rate=options.learning_rate,
        weight_decay=options.weight_decay,
        group_lasso=options.group_lasso,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    checkpoint = options.out / CHECKPOINT
    trainer = Trainer(recipe, clips)
    if options.start:
        trainer.start_from(options.start)
    if options.resume:
        trainer.resume(checkpoint)
    progress = Progress(recipe.epochs, show)
    while trainer.epoch < recipe.epochs:
        epoch = trainer.epoch
        loss = trainer.run_epoch(lambda done, total, mean, epoch=epoch: progress.line(epoch, done, total, mean))
        trainer.save(checkpoint)
        line = f"epoch {trainer.epoch}/{recipe.epochs}: loss {loss:.4f}"
        if validation is not None:
            line += f", validation accuracy {100 * accuracy(predict(trainer.model, validation), validation.labels):.2f} %"
        print(line, flush=True)


def run_evaluate(options: argparse.Namespace) -> None:
    """Print accuracy, in all and per class."""
    model, classes = load_model(options.checkpoint)
    clips = load(options.data, options.count)
    if clips.classes != classes:
        raise DataError(f"{options.data}: classes {clips.classes}: the checkpoint was trained on {classes}")
    order = torch.Generator().manual_seed(options.seed) if options.shuffle_frames else None
    logits = predict(model, clips, order)
    confusion = confusion_matrix(logits, clips.labels)
    for name, row, hits in zip(classes, confusion, confusion.diagonal()):
        print(f"{name:26} {100 * hits.item() / max(1, row.sum().item()):6.2f} %")
    print(f"{'accuracy':26} {100 * accuracy(logits, clips.labels):6.2f} % of {len(clips)} clips")
    if options.logits:
        np.save(options.logits, logits.numpy())


def run_export(options: argparse.Namespace) -> None:
    """Write the ONNX file."""
    model, _ = load_model(options.checkpoint)
    export(model, model.SHAPE, options.out)
    print(f"{options.out}: {options.out.stat().st_size} bytes")


def check_classes(clips: Clips, validation: Clips | None) -> None:
    """Refuse a validation set of other classes."""
    if validation is not None and validation.classes != clips.classes:
        raise DataError(f"validation classes {validation.classes}: want those of the training set, {clips.classes}")


def show(line: str) -> None:
    """One line of progress that overwrites itself on a terminal and is left out elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
