"""``prune``: cut a trained network."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..data import load
from ..fit import checkpoint
from ..fit.batchnorm import reestimate
from ..sparsity import cut
from ..sparsity.layers import Layer, convolutions, prunable
from . import options as shared


def add(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The command's options."""
    command = commands.add_parser("prune", help="remove the units of lowest norm and measure batch normalisation again")
    command.add_argument("--checkpoint", type=Path, required=True, help="the trained network")
    command.add_argument("--out", type=Path, required=True, help="the pruned network, a file")
    how = command.add_mutually_exclusive_group(required=True)
    how.add_argument("--macs", type=float, help="how many times fewer multiply-accumulates, all layers but the first alike")
    how.add_argument("--macs-by-norm", type=float, help="the same by one ranking of all units, layers unlike")
    how.add_argument("--rates", type=Path, help='rates of layers, a JSON file such as {"conv2": 0.85}')
    command.add_argument("--data", type=Path, help="clips on which batch normalisation is measured again")
    command.add_argument("--count", type=int, default=2000, help="how many of them, at most (2000)")
    shared.add_grouping(command)
    command.set_defaults(run=run)
    return command


def run(options: argparse.Namespace) -> None:
    """Cut, restore, save, and print what is left of each layer."""
    model, spec, classes, _ = checkpoint.load(options.checkpoint)
    layers = convolutions(model, spec.clip)
    masks = choose(options, layers)
    cut.apply(layers, masks)
    if options.data is not None:
        clips = load(options.data)
        shared.fits(clips, options.data, spec, classes)
        reestimate(model, clips.first(min(options.count, len(clips))))
    checkpoint.save_network(options.out, model, spec, classes, masks)
    for layer in layers:
        density = masks[layer.name].density() if layer.name in masks else 1.0
        print(f"{layer.name:32} {layer.macs / 1e6:10.2f} MMACs  rate {1 - density:.3f}")
    dense, kept = sum(layer.macs for layer in layers), cut.kept_macs(layers, masks)
    print(f"{options.out}: {kept / 1e6:.2f} of {dense / 1e6:.2f} MMACs in convolutions kept, {dense / kept:.2f} times fewer")


def choose(options: argparse.Namespace, layers: list[Layer]) -> dict[str, cut.Mask]:
    """The masks that the options ask for."""
    grouping = shared.grouping(options)
    if options.rates is not None:
        rates = shared.read_rates(options.rates, layers)
        return {
            layer.name: cut.mask_at(layer.conv.weight, grouping, rates[layer.name]) for layer in layers if layer.name in rates
        }
    cut_layers = prunable(layers)
    if options.macs_by_norm is not None:
        return cut.global_masks(layers, cut_layers, grouping, options.macs_by_norm)
    return cut.uniform_masks(layers, cut_layers, grouping, options.macs)
