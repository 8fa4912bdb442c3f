"""``refine``: fine-tune a pruned ONNX file, as a search calls it."""

from __future__ import annotations

import argparse
import functools
from pathlib import Path

import torch

from ..errors import UserError
from ..fit.evaluate import accuracy, predict
from ..fit.progress import Progress, show
from ..fit.recipe import Recipe
from ..fit.trainer import Sparsity, Trainer
from ..onnx.file import read
from ..onnx.network import OnnxNetwork
from . import options as shared

# Clips on which activations are measured, so that batch normalisation begins as an identity.
MEASURED = 512


def add(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The command's options."""
    command = commands.add_parser("refine", help="fine-tune a pruned ONNX file; its graph and its zeros stay")
    command.add_argument("--model", type=Path, required=True, help="the pruned network, with its masks (rt3d-tune prune)")
    command.add_argument("--out", type=Path, required=True, help="the fine-tuned network, an .onnx file")
    shared.add_data(command, validation=True)
    command.add_argument("--teacher", type=Path, help="the dense network, an .onnx file, to learn from its logits, too")
    command.add_argument("--distill", type=float, default=0.5, help="share of the loss that compares with the teacher (0.5)")
    command.add_argument("--temperature", type=float, default=2.0, help="of that comparison (2)")
    shared.add_recipe(command, Recipe(epochs=1, learning_rate=1e-3, weight_decay=0.0), resumable=False)
    command.set_defaults(run=run)
    return command


def run(options: argparse.Namespace) -> None:
    """Read, train, write."""
    clips, validation = shared.training_clips(options)
    where = shared.device(options.device)
    torch.manual_seed(options.seed)
    model = OnnxNetwork(read(options.model)).to(where)
    if tuple(model.file.input_dims[1:]) != clips.shape:
        raise UserError(f"{options.model}: takes {model.file.input_dims[1:]}: the clips of {options.data} are {clips.shape}")
    masks = model.masks()
    teacher = None
    if options.teacher is not None:
        teacher = OnnxNetwork(read(options.teacher)).to(where)
        teacher.normalise(clips.first(min(MEASURED, len(clips))))
        if teacher.file.input_dims != model.file.input_dims:
            raise UserError(
                f"{options.teacher}: takes {teacher.file.input_dims}: want {model.file.input_dims}, as {options.model}"
            )
    else:
        options.distill = 0.0
    model.normalise(clips.first(min(MEASURED, len(clips))))
    before = accuracy(predict(model, validation), validation.labels) if validation is not None else None
    # Masks are by the names of layers; the trainer knows modules.
    modules = {id(module): name for name, module in model.named_modules()}
    trainer = Trainer(
        shared.recipe(options), clips, model, Sparsity(masks={modules[id(model.convs[n])]: m for n, m in masks.items()}), teacher
    )
    progress = Progress(options.epochs, show)
    while trainer.epoch < options.epochs:
        loss = trainer.run_epoch(functools.partial(progress.line, trainer.epoch))
        print(f"epoch {trainer.epoch}/{options.epochs}: loss {loss:.4f}", flush=True)
    model.eval()
    partial = options.out.with_name(options.out.name + ".partial")
    partial.write_bytes(model.write(masks))
    partial.replace(options.out)
    if validation is not None and before is not None:
        after = accuracy(predict(model, validation), validation.labels)
        print(f"{options.out}: validation accuracy {100 * before:.2f} % before, {100 * after:.2f} % after")
