"""The training loop, an epoch at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import cos, isfinite, pi

import torch
from torch import nn

from ..data import Clips, augment
from ..errors import UserError
from ..sparsity.cut import Mask
from ..sparsity.penalty import Penalty
from .recipe import Recipe

# Clips done, clips in all, mean loss so far.
Report = Callable[[int, int, float], None]


def ignore(done: int, total: int, loss: float) -> None:
    """Report nothing."""


@dataclass
class Sparsity:
    """What training does to the weights beside learning.

    ``penalty`` acts on every step, as a term of the loss or, with ``proximal``, as a step of its own, and is refreshed every
    ``refresh`` epochs, which may be a part of one; weights outside ``masks`` (by layer) stay zero.
    """

    penalty: Penalty | None = None
    proximal: bool = False
    refresh: float = 1.0
    masks: Mapping[str, Mask] = field(default_factory=dict)


class Trainer:
    """One run on one network, which it changes in place."""

    def __init__(
        self,
        recipe: Recipe,
        clips: Clips,
        model: nn.Module,
        sparsity: Sparsity | None = None,
        teacher: nn.Module | None = None,
    ) -> None:
        self.recipe, self.clips, self.model = recipe, clips, model
        self.sparsity = sparsity or Sparsity()
        self.teacher = teacher.eval() if teacher is not None else None
        self.device = next(model.parameters()).device
        self.epoch = 0
        self.order = torch.Generator().manual_seed(recipe.seed)
        steps = -(-len(clips) // recipe.batch) * recipe.epochs
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.scheduler = schedule(self.optimizer, recipe, steps)
        modules = dict(model.named_modules())
        self.masked = [
            (modules[name].weight, mask.weights().to(self.device).float()) for name, mask in self.sparsity.masks.items()
        ]

    def run_epoch(self, report: Report = ignore) -> float:
        """Train on every clip once; the result is the mean loss, without the penalty."""
        penalty = self.sparsity.penalty
        self.model.train()
        order = torch.randperm(len(self.clips), generator=self.order)
        total, done = 0.0, 0
        batches = order.split(self.recipe.batch)
        between = max(1, round(self.sparsity.refresh * len(batches)))
        for i, indices in enumerate(batches):
            if penalty is not None and (self.epoch * len(batches) + i) % between == 0:
                penalty.refresh()
            if len(indices) == 1 and len(order) > 1:
                break  # batch normalisation has no variance of one clip
            inputs, labels = self.clips.batch(indices, whole=True)
            inputs = augment(inputs, self.order, self.clips.flow, self.clips.crop).to(self.device)
            loss = self.step(inputs, labels.to(self.device))
            total += loss * len(labels)
            done += len(labels)
            report(done, len(order), total / done)
        if not isfinite(total):
            raise UserError(
                f"epoch {self.epoch + 1}: the loss is {total / done}: training diverged; want a smaller learning rate"
            )
        self.epoch += 1
        return total / done

    def step(self, inputs: torch.Tensor, labels: torch.Tensor) -> float:
        """One step of the optimiser; the result is the loss, without the penalty."""
        penalty, proximal = self.sparsity.penalty, self.sparsity.proximal
        with autocast(self.device, self.recipe.precision):
            logits = self.model(inputs)
        loss = self.loss(inputs, logits.float(), labels)
        whole = loss + penalty.loss() if penalty is not None and not proximal else loss
        self.optimizer.zero_grad(set_to_none=True)
        whole.backward()
        self.optimizer.step()
        if penalty is not None and proximal:
            penalty.shrink(self.optimizer.param_groups[0]["lr"])
        with torch.no_grad():
            for weight, mask in self.masked:
                weight.mul_(mask)
        self.scheduler.step()
        return loss.item()

    def loss(self, inputs: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Cross-entropy with the labels and, for its share, the divergence from the teacher."""
        hard = nn.functional.cross_entropy(logits, labels)
        share, temperature = self.recipe.distill, self.recipe.temperature
        if self.teacher is None or share == 0:
            return hard
        with torch.no_grad(), autocast(self.device, self.recipe.precision):
            wanted = self.teacher(inputs)
        soft = nn.functional.kl_div(
            nn.functional.log_softmax(logits / temperature, 1),
            nn.functional.softmax(wanted.float() / temperature, 1),
            reduction="batchmean",
        )
        return (1 - share) * hard + share * temperature**2 * soft


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """The context in which activations have the given precision."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def schedule(optimizer: torch.optim.Optimizer, recipe: Recipe, steps: int) -> torch.optim.lr_scheduler._LRScheduler:
    """The learning rate over the run's steps."""
    if recipe.schedule == "one-cycle":
        return torch.optim.lr_scheduler.OneCycleLR(
            optimizer, recipe.learning_rate, total_steps=steps, pct_start=0.15, div_factor=10
        )
    if recipe.schedule == "cosine":
        return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: 0.01 + 0.99 * (1 + cos(pi * min(1, i / steps))) / 2)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
