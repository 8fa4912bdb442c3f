"""Training with checkpoints from which a run continues exactly."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn

from .data import Clips, augment
from .model import MotionC3D


@dataclass(frozen=True)
class Recipe:
    """What, beside the clips, decides the trained weights."""

    seed: int = 1
    epochs: int = 6
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 2e-2
    group_lasso: float = 0.0
    dropout: float = 0.1
    widths: tuple[int, ...] = MotionC3D.DEFAULT_WIDTHS


class CheckpointError(Exception):
    """A checkpoint cannot be continued; the message names the file and what would be right."""


class Trainer:
    """One run: AdamW under a one-cycle learning rate (Smith, 2018), an epoch at a time."""

    def __init__(self, recipe: Recipe, clips: Clips) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.clips = clips
        self.epoch = 0
        self.model = MotionC3D(len(clips.classes), recipe.widths, recipe.dropout)
        self.order = torch.Generator().manual_seed(recipe.seed)
        steps = -(-len(clips) // recipe.batch) * recipe.epochs
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        self.scheduler = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, recipe.learning_rate, total_steps=steps, pct_start=0.15, div_factor=10
        )

    def start_from(self, path: Path) -> None:
        """Begin with the weights of a finished run instead of random ones."""
        self.model.load_state_dict(read_checkpoint(path)["model"])

    def run_epoch(self, progress: Callable[[int, int, float], None]) -> float:
        """Train on every clip once; ``progress`` gets clips done, clips in all and the mean loss so far."""
        self.model.train()
        order = torch.randperm(len(self.clips), generator=self.order)
        total = 0.0
        for begin in range(0, len(order), self.recipe.batch):
            inputs, labels = self.clips.batch(order[begin : begin + self.recipe.batch])
            loss = nn.functional.cross_entropy(self.model(augment(inputs, self.order)), labels)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            shrink_groups(self.model, self.recipe.group_lasso * self.optimizer.param_groups[0]["lr"])
            self.scheduler.step()
            total += loss.item() * len(labels)
            done = begin + len(labels)
            progress(done, len(order), total / done)
        self.epoch += 1
        return total / len(order)

    def save(self, path: Path) -> None:
        """Write all that a later run needs, whole or not at all."""
        state = {
            "recipe": asdict(self.recipe),
            "classes": self.clips.classes,
            "clips": len(self.clips),
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "order": self.order.get_state(),
            "random": torch.get_rng_state(),
        }
        partial = path.with_name(path.name + ".partial")
        torch.save(state, partial)
        partial.replace(path)

    def resume(self, path: Path) -> None:
        """Go on where the run that wrote ``path`` stopped; recipe and clips must be the same."""
        state = read_checkpoint(path)
        ours = {"recipe": asdict(self.recipe), "classes": self.clips.classes, "clips": len(self.clips)}
        for key, value in ours.items():
            if state[key] != value:
                raise CheckpointError(
                    f"{path}: its {key} is {state[key]}, this run's {value}: give another folder or the same values"
                )
        self.epoch = state["epoch"]
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        self.order.set_state(state["order"])
        torch.set_rng_state(state["random"])


@torch.no_grad()
def shrink_groups(model: MotionC3D, by: float) -> None:
    """Shorten each unit of 8 filters × 4 channels at one kernel position by ``by``, to no less than zero.

    It is the proximal step of a group lasso (Yuan and Lin, Journal of the Royal Statistical Society B 68, 2006), decoupled
    from the gradient as AdamW decouples weight decay: what a network can do with few units it then does not spread
    over many. The first layer, with one input channel, is left alone.
    """
    if by == 0:
        return
    for module in model.modules():
        if not isinstance(module, nn.Conv3d) or module.in_channels % 4 or module.out_channels % 8:
            continue
        units = module.weight.view(module.out_channels // 8, 8, module.in_channels // 4, 4, -1)
        norms = units.square().sum((1, 3), keepdim=True).sqrt()
        units.mul_((1 - by / norms.clamp_min(1e-12)).clamp_min(0))


def read_checkpoint(path: Path) -> dict:
    """What ``Trainer.save`` wrote."""
    try:
        state = torch.load(path, map_location="cpu")
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file; want the checkpoint.pt that `train` writes") from None
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        raise CheckpointError(f"{path}: not a checkpoint ({error}); want the checkpoint.pt that `train` writes") from error
    if not isinstance(state, dict) or "recipe" not in state:
        raise CheckpointError(f"{path}: not a checkpoint of this program; want the checkpoint.pt that `train` writes")
    return state


def load_model(path: Path) -> tuple[MotionC3D, list[str]]:
    """The network of a checkpoint, ready to evaluate, and its classes."""
    state = read_checkpoint(path)
    model = MotionC3D(len(state["classes"]), state["recipe"]["widths"], state["recipe"]["dropout"])
    model.load_state_dict(state["model"])
    return model.eval(), state["classes"]


@torch.no_grad()
def predict(model: nn.Module, clips: Clips, shuffle: torch.Generator | None = None) -> torch.Tensor:
    """The logits [clips, classes]; ``shuffle`` puts the frames of each clip in random order first."""
    model.eval()
    logits = []
    for begin in range(0, len(clips), 250):
        inputs, labels = clips.batch(torch.arange(begin, min(begin + 250, len(clips))))
        if shuffle is not None:
            orders = [torch.randperm(inputs.shape[2], generator=shuffle) for _ in labels]
            inputs = torch.stack([clip[:, order] for clip, order in zip(inputs, orders)])
        logits.append(model(inputs))
    return torch.cat(logits)


def confusion_matrix(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """How often each class (row) was taken for each (column)."""
    classes = logits.shape[1]
    return torch.bincount(labels * classes + logits.argmax(1), minlength=classes**2).view(classes, classes)


def accuracy(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """The share of clips whose largest logit is the label's."""
    return (logits.argmax(1) == labels).double().mean().item()


class Progress:
    """A line on a stream: epoch, share done, loss and time left."""

    def __init__(self, epochs: int, write: Callable[[str], None]) -> None:
        self.epochs, self.write = epochs, write
        self.start, self.first = time.monotonic(), None
        self.last = 0.0

    def line(self, epoch: int, done: int, total: int, loss: float) -> None:
        """Report, at most once a second and at the end of an epoch."""
        now = time.monotonic()
        share = epoch + done / total
        if self.first is None:
            self.first, self.start = share, now
            return
        if done < total and now - self.last < 1:
            return
        self.last = now
        left = (now - self.start) / (share - self.first) * (self.epochs - share)
        self.write(f"epoch {epoch + 1}/{self.epochs}  {done}/{total} clips  loss {loss:.4f}  {left:.0f} s left")
