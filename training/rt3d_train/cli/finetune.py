"""``finetune``: train a pruned network on, its removed weights staying zero."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from ..errors import UserError
from ..fit import checkpoint
from ..fit.recipe import Recipe
from ..fit.trainer import Sparsity, Trainer
from . import options as shared
from . import session


def add(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The command's options."""
    command = commands.add_parser("finetune", help="train a pruned network on; removed weights stay zero")
    command.add_argument("--checkpoint", type=Path, required=True, help="what `prune` wrote")
    shared.add_data(command, validation=True)
    command.add_argument("--out", type=Path, required=True, help="folder for checkpoint.pt")
    command.add_argument("--teacher", type=Path, help="checkpoint of the dense network, to learn from its logits, too")
    command.add_argument("--distill", type=float, help="share of the loss that compares with the teacher (0.5 with one)")
    command.add_argument("--temperature", type=float, default=2.0, help="of that comparison (2)")
    shared.add_recipe(command, Recipe(epochs=3, learning_rate=1e-3, weight_decay=0.0))
    command.set_defaults(run=run)
    return command


def run(options: argparse.Namespace) -> None:
    """Fine-tune, saving after each epoch."""
    if options.distill is None:
        options.distill = 0.5 if options.teacher else 0.0
    elif options.teacher is None:
        raise UserError("--distill without --teacher: want the checkpoint of a dense network")
    clips, validation = shared.training_clips(options)
    model, spec, classes, masks = checkpoint.load(options.checkpoint)
    shared.fits(clips, options.data, spec, classes)
    teacher = None
    if options.teacher is not None:
        teacher, of, taught, _ = checkpoint.load(options.teacher)
        if taught != classes or of.clip != spec.clip:
            raise UserError(f"{options.teacher}: classes {taught}, clips {of.clip}: want {classes}, {spec.clip}")
        teacher.to(shared.device(options.device))
    if not masks:
        raise UserError(f"{options.checkpoint}: it has no masks: want what `prune` wrote, or `train --start` for a dense network")
    model.to(shared.device(options.device))
    torch.manual_seed(options.seed)
    trainer = Trainer(shared.recipe(options), clips, model, Sparsity(masks=masks), teacher)
    session.run(trainer, spec, options.out, validation, options.resume)
