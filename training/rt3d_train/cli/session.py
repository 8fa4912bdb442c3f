"""A run of training as commands show it: progress, a checkpoint and a line per epoch."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ..data import Clips
from ..fit import checkpoint
from ..fit.evaluate import accuracy, predict
from ..fit.progress import Progress, show
from ..fit.trainer import Trainer
from ..models import Spec


def run(trainer: Trainer, spec: Spec, out: Path, validation: Clips | None, resume: bool) -> None:
    """Train to the last epoch, saving after each."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / checkpoint.NAME
    if resume:
        checkpoint.resume(path, trainer, spec)
    epochs = trainer.recipe.epochs
    progress = Progress(epochs, show)
    penalty = trainer.sparsity.penalty
    while trainer.epoch < epochs:
        loss = trainer.run_epoch(partial(progress.line, trainer.epoch))
        checkpoint.save_run(path, trainer, spec)
        line = f"epoch {trainer.epoch}/{epochs}: loss {loss:.4f}"
        if penalty is not None:
            line += f", {100 * penalty.zero_share():.1f} % of MACs at zero"
        if validation is not None:
            line += f", validation accuracy {100 * accuracy(predict(trainer.model, validation), validation.labels):.2f} %"
        print(line, flush=True)
