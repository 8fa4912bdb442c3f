"""The command line: one module per command, each with ``add`` (its options) and ``run``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import torch

from ..errors import UserError
from . import evaluate, experiment, export, finetune, pack, prune, refine, train

COMMANDS = (train, prune, finetune, evaluate, export, refine, pack, experiment)


def entry() -> None:
    """The installed program."""
    sys.exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0 when done, 2 for bad usage, data or files, 130 when interrupted."""
    options = parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        options.run(options)
    except UserError as error:
        print(f"rt3d_train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("rt3d_train: interrupted; the same command with --resume goes on after the last finished epoch", file=sys.stderr)
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="rt3d_train",
        description="Train 3D convolutional networks, prune them with retraining, and export them for rt3d-tune.",
        epilog="Exit status: 0 done, 2 bad usage, data or files (one line says which), 130 interrupted.",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for module in COMMANDS:
        command = module.add(commands)
        command.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="of the processor (all)")
    return top
