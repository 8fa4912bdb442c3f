"""The runs themselves. Dense and penalised networks are kept in files and shared between cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import nn

from ..data import Clips
from ..errors import UserError
from ..fit.batchnorm import reestimate
from ..fit.evaluate import accuracy, predict
from ..fit.recipe import Recipe
from ..fit.seeds import fresh
from ..fit.trainer import Sparsity, Trainer
from ..models import Network
from ..sparsity import cut
from ..sparsity.layers import Layer, convolutions, prunable
from ..sparsity.penalty import Penalty
from ..sparsity.units import Grouping
from .plan import Cell, Plan, spec
from .records import Record, Records, pack

# Clips on which batch normalisation is measured again after a cut.
CALIBRATION = 2000


class Runner:
    """Carries a plan out, as far as the records do not hold it already."""

    def __init__(
        self, plan: Plan, folder: Path, train: Clips, validation: Clips, test: Clips, say: Callable[[str], None]
    ) -> None:
        self.plan, self.folder, self.say = plan, folder, say
        self.train, self.validation, self.test = train, validation, test
        self.records = Records(folder / "results.jsonl")
        self.check()

    def check(self) -> None:
        """Refuse records of runs with other epochs, rates, precision or strengths to choose from: tables would mix them."""
        settings: dict[str, object] = {**asdict(self.plan.budget), "strengths": list(self.plan.strengths)}
        for record in self.records.all:
            before = {**settings, **record.get("budget", {})}
            before["strengths"] = record.get("strengths") or settings["strengths"]
            other = [f"{key} {before[key]}" for key in settings if before[key] != settings[key]]
            if other:
                had = ", ".join(other)
                raise UserError(f"{self.records.path}: its runs had {had}; use the same options, or another --out")

    def run(self) -> None:
        """Make every run that is missing."""
        for seed, cell in self.plan.cells():
            if self.records.find(kind="cell", seed=seed, **cell.key()) is None:
                self.cell(seed, cell)
        for seed in self.plan.seeds:
            if self.records.find(kind="longer", network=self.plan.network, seed=seed) is None:
                self.longer(seed)

    def longer(self, seed: int) -> None:
        """Train the dense network of a seed on for as many epochs as every cell has: what its accuracy is to be held against."""
        budget = self.plan.budget
        model = self.dense(seed, self.plan.network)
        self.fit(self.fine(seed, budget.penalty + budget.fine), model, Sparsity())
        test, hits = self.hits(model)
        record: Record = {"validation": self.validate(model), "test": test, "hits": hits, "budget": asdict(budget)}
        self.records.append({"kind": "longer", "network": self.plan.network, "seed": seed, **record})
        self.say(f"seed {seed}, {self.plan.network}, dense for longer: test {100 * test:.2f} %")

    def cell(self, seed: int, cell: Cell) -> None:
        """Make one cell's run with one seed and record it."""
        strength = None if cell.algorithm == "heuristic" else self.strength(cell)
        found = self.records.find(kind="grid", seed=seed, **cell.key(), strength=strength)
        record: Record = {**(found or self.tested(seed, cell, strength)), "kind": "cell"}
        if strength is not None:
            record["strengths"] = list(self.plan.strengths)
        self.records.append(record)
        self.say(
            f"seed {seed}, {cell.network}, {cell.scheme} {cell.algorithm} {cell.factor}x ({cell.count}): "
            f"test {100 * record['test']:.2f} %, {record['seconds']} s"
        )

    def tested(self, seed: int, cell: Cell, strength: float | None) -> Record:
        """Make a run and evaluate it on the test clips."""
        started = time.monotonic()
        record, model = self.pruned(seed, cell, strength)
        record["test"], record["hits"] = self.hits(model)
        return {"seed": seed, **cell.key(), **record, "seconds": round(time.monotonic() - started, 1)}

    def strength(self, cell: Cell) -> float:
        """The strength that does best on the validation clips for this scheme and algorithm; test clips have no say.

        It is chosen with the first seed at the first factor and serves all others.
        """
        seed = self.plan.choosing
        base = Cell(self.plan.network, cell.scheme, cell.algorithm, "rows", self.plan.factors[0])
        tried = {}
        for strength in self.plan.strengths:
            found = self.records.find(kind="grid", seed=seed, **base.key(), strength=strength)
            if found is None:
                found = {**self.tested(seed, base, strength), "kind": "grid"}
                self.records.append(found)
                self.say(
                    f"{base.scheme} {base.algorithm} strength {strength}: validation {100 * found['validation']:.2f} %, "
                    f"{100 * found['zero']:.0f} % at zero, {found['seconds']} s"
                )
            tried[strength] = found["validation"]
        return max(tried, key=lambda s: tried[s])

    def pruned(self, seed: int, cell: Cell, strength: float | None) -> tuple[Record, Network]:
        """Penalise, cut and fine-tune; the record has what validation clips and counts say."""
        budget = self.plan.budget
        if strength is None:
            model, zero, fine = self.dense(seed, cell.network), 0.0, budget.penalty + budget.fine
        else:
            model, zero = self.penalised(seed, cell, strength)
            fine = budget.fine
        layers = convolutions(model, self.train.shape)
        cut_layers = prunable(layers)
        masks = self.masks(model, layers, cut_layers, cell)
        cut.apply(layers, masks)
        reestimate(model, self.train.first(min(CALIBRATION, len(self.train))))
        once = self.validate(model)
        self.fit(self.fine(seed, fine), model, Sparsity(masks=masks))
        dense = sum(layer.macs for layer in layers)
        return {
            "strength": strength,
            "zero": round(zero, 4),
            "one_shot": once,
            "validation": self.validate(model),
            "macs_rows": cut.kept_macs(layers, {name: replace(mask, channels=None) for name, mask in masks.items()}),
            "macs_columns": cut.kept_macs(layers, cut.with_channels(masks, model.pairs())),
            "macs_dense": dense,
            "budget": asdict(budget),
        }, model

    def fine(self, seed: int, epochs: int) -> Recipe:
        """How fine-tuning goes."""
        budget = self.plan.budget
        return Recipe(
            seed=seed,
            epochs=epochs,
            batch=budget.batch,
            learning_rate=budget.fine_rate,
            schedule="one-cycle",
            weight_decay=0.0,
            precision=budget.precision,
        )

    def masks(self, model: Network, layers: Sequence[Layer], cut_layers: Sequence[Layer], cell: Cell) -> Mapping[str, cut.Mask]:
        """Every cut layer at about the same density, so that the network's multiply-accumulates fall by the cell's factor."""
        grouping = Grouping(cell.scheme, self.plan.gm, self.plan.gn)
        if cell.count == "rows":
            return cut.uniform_masks(layers, cut_layers, grouping, cell.factor)
        return column_masks(layers, cut_layers, grouping, model.pairs(), cell.factor)

    def dense(self, seed: int, network: str) -> Network:
        """The dense network of a seed, trained once."""
        budget = self.plan.budget
        model = fresh(spec(network, len(self.train.classes), self.train.shape), seed)

        def train() -> float:
            recipe = Recipe(
                seed=seed, epochs=budget.dense, batch=budget.batch, learning_rate=budget.dense_rate, precision=budget.precision
            )
            self.fit(recipe, model, Sparsity())
            return 0.0

        self.shared(f"dense-{network}-{seed}", model, train)
        if self.records.find(kind="dense", network=network, seed=seed) is None:
            test, hits = self.hits(model)
            self.records.append(
                {
                    "kind": "dense",
                    "network": network,
                    "seed": seed,
                    "validation": self.validate(model),
                    "test": test,
                    "hits": hits,
                }
            )
            self.say(f"seed {seed}, {network}, dense: test {100 * test:.2f} %")
        return model

    def penalised(self, seed: int, cell: Cell, strength: float) -> tuple[Network, float]:
        """The network after the penalty's epochs, and the share of multiply-accumulates that it brought to zero."""
        budget = self.plan.budget
        model = self.dense(seed, cell.network)

        def train() -> float:
            layers = prunable(convolutions(model, self.train.shape))
            grouping = Grouping(cell.scheme, self.plan.gm, self.plan.gn)
            penalty = Penalty(layers, grouping, strength, cell.algorithm == "reweighted")
            recipe = Recipe(
                seed=seed,
                epochs=budget.penalty,
                batch=budget.batch,
                learning_rate=budget.penalty_rate,
                schedule="one-cycle",
                weight_decay=0.0,
                precision=budget.precision,
            )
            self.fit(recipe, model, Sparsity(penalty=penalty, proximal=True, refresh=budget.refresh))
            return penalty.zero_share()

        zero = self.shared(f"{cell.network}-{cell.scheme}-{cell.algorithm}-{strength}-{seed}", model, train)
        return model, zero

    def shared(self, name: str, model: nn.Module, train: Callable[[], float]) -> float:
        """Load a network from its file or train and keep it; the result is what ``train`` said."""
        path = self.folder / f"{name}.pt"
        if path.exists():
            state = torch.load(path, map_location="cpu")
            model.load_state_dict(state["model"])
            return state["zero"]
        zero = train()
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        torch.save({"model": model.state_dict(), "zero": zero}, partial)
        partial.replace(path)
        return zero

    def fit(self, recipe: Recipe, model: nn.Module, sparsity: Sparsity) -> None:
        """Train to the end."""
        torch.manual_seed(recipe.seed)
        trainer = Trainer(recipe, self.train, model, sparsity)
        while trainer.epoch < recipe.epochs:
            trainer.run_epoch()

    def validate(self, model: nn.Module) -> float:
        """Accuracy on the validation clips."""
        return accuracy(predict(model, self.validation), self.validation.labels)

    def hits(self, model: nn.Module) -> tuple[float, str]:
        """Accuracy on the test clips, and which of them were right."""
        logits = predict(model, self.test)
        return accuracy(logits, self.test.labels), pack((logits.argmax(1) == self.test.labels).numpy())


def column_masks(
    layers: Sequence[Layer],
    cut_layers: Sequence[Layer],
    grouping: Grouping,
    pairs: Sequence[tuple[str, str]],
    factor: float,
) -> dict[str, cut.Mask]:
    """As ``cut.uniform_masks``, counting the inputs that go with the filters of the layer before."""
    goal = sum(layer.macs for layer in layers) / factor

    def at(density: float) -> dict[str, cut.Mask]:
        return {layer.name: cut.mask_at(layer.conv.weight, grouping, 1 - density) for layer in cut_layers}

    def left(masks: Mapping[str, cut.Mask]) -> float:
        return cut.kept_macs(layers, cut.with_channels(masks, pairs))

    low, high = 1e-3, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (low, middle) if left(at(middle)) > goal else (middle, high)
    # Whole filters are coarse: add some, the cheapest layers first, as long as the goal is met within a hundredth.
    masks = at(low)
    for _ in range(3):
        for layer in reversed(cut_layers):
            units, kept = masks[layer.name].units, int(masks[layer.name].kept.sum())
            more = cut.mask_at(layer.conv.weight, grouping, 1 - min(kept + 1, units.count) / units.count)
            if left({**masks, layer.name: more}) <= 1.01 * goal:
                masks[layer.name] = more
    return cut.with_channels(masks, pairs)
