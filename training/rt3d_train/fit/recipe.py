"""What, beside the clips, decides the trained weights."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UserError

SCHEDULES = ("one-cycle", "cosine", "constant")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Recipe:
    """AdamW for so many epochs.

    ``schedule`` is the course of the learning rate: one-cycle (Smith, 2018), cosine (from the full rate to a hundredth), or
    constant. ``precision`` is that of activations and products; weights are float32. ``distill`` is the share of the loss
    that compares with a teacher's logits at ``temperature`` (Hinton et al., 2015).
    """

    seed: int = 1
    epochs: int = 6
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 2e-2
    schedule: str = "one-cycle"
    precision: str = "float32"
    distill: float = 0.0
    temperature: float = 2.0

    def __post_init__(self) -> None:
        for name, value, least in (("epochs", self.epochs, 1), ("batch", self.batch, 2)):
            if value < least:
                raise UserError(f"{name} {value}: want at least {least}")
        if self.learning_rate <= 0 or self.weight_decay < 0 or self.temperature <= 0:
            raise UserError("learning rate and temperature: want positive numbers; weight decay: want 0 or more")
        if not 0 <= self.distill <= 1:
            raise UserError(f"distill {self.distill}: want a share of the loss, 0 to 1")
        for name, choice, known in (("schedule", self.schedule, SCHEDULES), ("precision", self.precision, PRECISIONS)):
            if choice not in known:
                raise UserError(f"{name} {choice!r}: want one of {', '.join(known)}")
