"""Options that several commands share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from ..data import Clips, DataError, load
from ..errors import UserError
from ..fit.recipe import PRECISIONS, SCHEDULES, Recipe
from ..models import Spec
from ..sparsity.layers import Layer
from ..sparsity.units import SCHEMES, Grouping

DATA = "folder of arrays (rt3d-tune data motion, rt3d_train pack) or .npz archive"


def sizes(text: str) -> tuple[int, ...]:
    """Integers with commas between."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: want integers with commas between, such as 16,32,64") from None


def add_data(command: argparse.ArgumentParser, validation: bool) -> None:
    """The training clips and, perhaps, those to evaluate on."""
    command.add_argument("--data", type=Path, required=True, help=f"the training clips: a {DATA}")
    if validation:
        command.add_argument("--validation", type=Path, help="clips to evaluate on after each epoch")
    command.add_argument("--count", type=int, help="use the first clips only")
    command.add_argument("--crop", type=int, help="side of the square that the network sees of larger frames")


def add_recipe(command: argparse.ArgumentParser, defaults: Recipe, resumable: bool = True) -> None:
    """How to train."""
    command.add_argument("--seed", type=int, default=defaults.seed)
    command.add_argument("--epochs", type=int, default=defaults.epochs)
    command.add_argument("--batch", type=int, default=defaults.batch)
    command.add_argument("--learning-rate", type=float, default=defaults.learning_rate)
    command.add_argument("--weight-decay", type=float, default=defaults.weight_decay)
    command.add_argument("--schedule", choices=SCHEDULES, default=defaults.schedule, help="course of the learning rate")
    command.add_argument("--precision", choices=PRECISIONS, default=defaults.precision, help="of activations and products")
    command.add_argument("--device", default="cpu", help="where to train: cpu, cuda, cuda:1 ...")
    if resumable:
        command.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")


def add_grouping(command: argparse.ArgumentParser) -> None:
    """A scheme and its group size."""
    command.add_argument("--scheme", choices=SCHEMES, default="kgs", help="what goes together (kgs)")
    command.add_argument("--gm", type=int, default=8, help="filters of a group (8)")
    command.add_argument("--gn", type=int, default=4, help="input channels of a group (4)")


def grouping(options: argparse.Namespace) -> Grouping:
    """What ``add_grouping`` asked for."""
    return Grouping(options.scheme, options.gm, options.gn)


def recipe(options: argparse.Namespace) -> Recipe:
    """What ``add_recipe`` asked for."""
    names = ("seed", "epochs", "batch", "learning_rate", "weight_decay", "schedule", "precision", "distill", "temperature")
    return Recipe(**{name: getattr(options, name) for name in names if hasattr(options, name)})


def device(name: str) -> torch.device:
    """A device that is there."""
    try:
        found = torch.device(name)
        torch.zeros(1, device=found)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"--device {name}: {str(error).splitlines()[0]}: want cpu or a device that PyTorch finds") from error
    return found


def training_clips(options: argparse.Namespace) -> tuple[Clips, Clips | None]:
    """The training clips and those to evaluate on, of equal classes and shape."""
    clips = load(options.data, options.count, "train", options.crop)
    if options.validation is None:
        return clips, None
    validation = load(options.validation, None, "validation", options.crop)
    if validation.classes != clips.classes:
        raise DataError(f"{options.validation}: classes {validation.classes}: want those of {options.data}, {clips.classes}")
    if validation.shape != clips.shape:
        raise DataError(f"{options.validation}: clips of {validation.shape}: want those of {options.data}, {clips.shape}")
    return clips, validation


def fits(clips: Clips, path: Path, spec: Spec, classes: list[str]) -> None:
    """Refuse clips that a network was not made for."""
    if clips.classes != classes:
        raise DataError(f"{path}: classes {clips.classes}: the checkpoint was trained on {classes}")
    if clips.shape != spec.clip:
        raise DataError(f"{path}: clips of {clips.shape}: the checkpoint's network takes {spec.clip}")


def read_rates(path: Path, layers: Sequence[Layer]) -> dict[str, float]:
    """Rates by layer, of layers that are there."""
    try:
        rates = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f'{path}: no such file; want rates such as {{"conv2": 0.85}}') from None
    except json.JSONDecodeError as error:
        raise UserError(f'{path}:{error.lineno}: {error.msg}: want rates such as {{"conv2": 0.85}}') from error
    known = [layer.name for layer in layers]
    if not isinstance(rates, dict):
        raise UserError(f'{path}: want rates by layer such as {{"conv2": 0.85}}')
    for name, rate in rates.items():
        if name not in known:
            raise UserError(f"{path}: layer {name!r}: the model has {', '.join(known)}")
        if not isinstance(rate, (int, float)) or not 0 <= rate < 1:
            raise UserError(f"{path}: {name}: rate {rate!r}: want 0 or more and less than 1")
    return rates
