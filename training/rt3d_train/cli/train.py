"""``train``: train a network, dense or under a penalty."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import UserError
from ..fit.checkpoint import start_from
from ..fit.recipe import Recipe
from ..fit.seeds import fresh
from ..fit.trainer import Sparsity, Trainer
from ..models import Spec, names
from ..sparsity.layers import convolutions, prunable
from ..sparsity.penalty import Penalty
from . import options as shared
from . import session


def add(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The command's options."""
    command = commands.add_parser("train", help="train a network, dense or under a penalty that prunes")
    shared.add_data(command, validation=True)
    command.add_argument("--out", type=Path, required=True, help="folder for checkpoint.pt")
    command.add_argument("--model", choices=names(), default="motion-c3d")
    command.add_argument("--widths", type=shared.sizes, default=(), help="filters of each stage (as published)")
    command.add_argument("--scale", type=float, default=1.0, help="factor of the published filters (1)")
    command.add_argument("--dropout", type=float, default=0.1, help="share dropped before the classifier (0.1)")
    command.add_argument("--start", type=Path, help="first weights: a checkpoint, or weights by name such as torchvision's")
    shared.add_recipe(command, Recipe())
    command.add_argument("--penalty", choices=("none", "fixed", "reweighted"), default="none", help="group lasso")
    command.add_argument("--strength", type=float, default=0.1, help="of the penalty (0.1)")
    command.add_argument("--as-loss", action="store_true", help="add the penalty to the loss, not as a proximal step")
    command.add_argument(
        "--refresh", type=float, default=1.0, help="epochs, or a part of one, between refreshes of reweighted penalties (1)"
    )
    command.add_argument("--eps", type=float, default=1e-2, help="least square norm, of the layer's mean (0.01)")
    command.add_argument(
        "--rates", type=Path, help='aim at rates of layers, a JSON file such as {"conv2": 0.85}, not at multiply-accumulates'
    )
    shared.add_grouping(command)
    command.set_defaults(run=run)
    return command


def run(options: argparse.Namespace) -> None:
    """Train, saving after each epoch."""
    clips, validation = shared.training_clips(options)
    recipe = shared.recipe(options)
    spec = Spec(options.model, len(clips.classes), clips.shape, options.widths, options.scale, options.dropout)
    model = fresh(spec, recipe.seed)
    if options.start:
        start_from(options.start, model)
    model.to(shared.device(options.device))
    sparsity = Sparsity(proximal=not options.as_loss, refresh=options.refresh)
    if options.penalty != "none":
        layers, rates = convolutions(model, clips.shape), None
        if options.rates is not None:
            rates = {name: rate for name, rate in shared.read_rates(options.rates, layers).items() if rate > 0}
            if not rates:
                raise UserError(f'{options.rates}: no rate above 0: want rates such as {{"conv2": 0.85}}')
            layers = [layer for layer in layers if layer.name in rates]
        else:
            layers = prunable(layers)
        sparsity.penalty = Penalty(
            layers, shared.grouping(options), options.strength, options.penalty == "reweighted", options.eps, rates
        )
    elif options.rates is not None:
        raise UserError("--rates without --penalty: want --penalty fixed or reweighted")
    session.run(Trainer(recipe, clips, model, sparsity), spec, options.out, validation, options.resume)
