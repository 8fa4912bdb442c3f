"""Files from which a run goes on exactly, and from which a network is loaded."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from ..errors import UserError
from ..models import Spec, build
from ..sparsity import maskfile
from ..sparsity.cut import Mask
from .trainer import Trainer

NAME = "checkpoint.pt"
FORMAT = 2


class CheckpointError(UserError):
    """A checkpoint cannot be used; the message names the file and what would be right."""


def save_run(path: Path, trainer: Trainer, spec: Spec) -> None:
    """Write all that a later run needs, whole or not at all."""
    penalty = trainer.sparsity.penalty
    write(
        path,
        {
            **description(trainer.model, spec, trainer.clips.classes, trainer.sparsity.masks),
            **identity(trainer),
            "epoch": trainer.epoch,
            "optimizer": trainer.optimizer.state_dict(),
            "scheduler": trainer.scheduler.state_dict(),
            "factors": penalty.state() if penalty is not None else None,
            "order": trainer.order.get_state(),
            "random": torch.get_rng_state(),
        },
    )


def save_network(path: Path, model: nn.Module, spec: Spec, classes: list[str], masks: dict[str, Mask]) -> None:
    """Write a network that no run continues, such as one that was just cut."""
    write(path, description(model, spec, classes, masks))


def description(model: nn.Module, spec: Spec, classes: list[str], masks: Mapping[str, Mask]) -> dict:
    """What makes the network again."""
    return {
        "format": FORMAT,
        "spec": asdict(spec),
        "classes": classes,
        "model": model.state_dict(),
        "masks": maskfile.encode(masks),
    }


def identity(trainer: Trainer) -> dict:
    """What must be the same for a run to go on."""
    sparsity, penalty = trainer.sparsity, trainer.sparsity.penalty
    how = None
    if penalty is not None:
        how = [asdict(penalty.grouping), penalty.strength, penalty.reweighted, penalty.eps, sparsity.proximal, sparsity.refresh]
        how += [] if penalty.rates is None else [dict(penalty.rates)]
    return {"recipe": asdict(trainer.recipe), "penalty": how, "clips": len(trainer.clips)}


def write(path: Path, state: dict) -> None:
    """Write a file that appears complete or not at all."""
    partial = path.with_name(path.name + ".partial")
    torch.save(state, partial)
    partial.replace(path)


def resume(path: Path, trainer: Trainer, spec: Spec) -> None:
    """Go on where the run that wrote ``path`` stopped; recipe, penalty and clips must be the same."""
    state = read(path)
    if "optimizer" not in state:
        raise CheckpointError(f"{path}: a network, not an unfinished run: give it as --start or --checkpoint")
    wanted = {"spec": asdict(spec), "classes": trainer.clips.classes, **identity(trainer)}
    for key, value in wanted.items():
        if state[key] != value:
            raise CheckpointError(
                f"{path}: its {key} is {state[key]}, this run's {value}: give another folder or the same values"
            )
    trainer.epoch = state["epoch"]
    trainer.model.load_state_dict(state["model"])
    trainer.optimizer.load_state_dict(state["optimizer"])
    trainer.scheduler.load_state_dict(state["scheduler"])
    if trainer.sparsity.penalty is not None:
        trainer.sparsity.penalty.restore(state["factors"])
    trainer.order.set_state(state["order"])
    torch.set_rng_state(state["random"])


def read(path: Path) -> dict:
    """What was written, on the processor."""
    wanted = "want the checkpoint.pt that `train` writes"
    try:
        state = torch.load(path, map_location="cpu")
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file; {wanted}") from None
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        raise CheckpointError(f"{path}: not a checkpoint ({str(error).splitlines()[0]}); {wanted}") from error
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise CheckpointError(f"{path}: not a checkpoint of this program's format {FORMAT}; {wanted}")
    return state


def load(path: Path) -> tuple[nn.Module, Spec, list[str], dict[str, Mask]]:
    """The network of a checkpoint, ready to evaluate; what it is made from; its classes; its masks."""
    state = read(path)
    spec = Spec(**state["spec"])
    model = build(spec)
    model.load_state_dict(state["model"])
    return model.eval(), spec, state["classes"], masks_of(path, model, state["masks"])


def masks_of(path: Path, model: nn.Module, text: str) -> dict[str, Mask]:
    """The masks of a checkpoint."""
    weights = {name: module.weight for name, module in model.named_modules() if isinstance(module, nn.Conv3d)}
    return maskfile.decode(text, weights, str(path))


def start_from(path: Path, model: nn.Module) -> dict[str, Mask]:
    """Take the weights of a finished run, or of a plain file of weights by name such as torchvision's.

    A classifier for another number of classes keeps its random weights. The result are the checkpoint's masks.
    """
    try:
        state = torch.load(path, map_location="cpu")
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such file; want a checkpoint or a file of weights by name") from None
    except (pickle.UnpicklingError, EOFError, RuntimeError) as error:
        raise CheckpointError(f"{path}: no file of weights ({str(error).splitlines()[0]})") from error
    masks = ""
    if isinstance(state, dict) and state.get("format") == FORMAT:
        state, masks = state["model"], state["masks"]
    elif isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise CheckpointError(f"{path}: no weights by name: want a checkpoint, or what torch.save(model.state_dict()) writes")
    take(path, model, {name.removeprefix("module."): v for name, v in state.items()})
    return masks_of(path, model, masks) if masks else {}


def take(path: Path, model: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Load weights by name; only the last layer may differ in shape."""
    own = model.state_dict()
    last = [name for name, _ in model.named_parameters()][-2:]
    missing = [name for name in own if name not in state and not name.endswith("num_batches_tracked")]
    if missing:
        raise CheckpointError(
            f"{path}: no weights {', '.join(missing[:4])}{', ...' if len(missing) > 4 else ''}: want those of this model"
        )
    for name, value in own.items():
        if name in state and state[name].shape != value.shape:
            if name not in last:
                raise CheckpointError(f"{path}: {name} is {list(state[name].shape)}: this model wants {list(value.shape)}")
            state = {**state, name: value}
    model.load_state_dict({**own, **{name: state[name] for name in own if name in state}})
