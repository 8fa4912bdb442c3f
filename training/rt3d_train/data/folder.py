"""Folders of arrays, as ``rt3d-tune data`` and ``rt3d_train pack`` write them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from .clips import Clips, DataError

NAMES = ("clips.npy", "labels.npy", "classes.txt", "meta.json")


def load_folder(folder: Path) -> Clips:
    """Open a folder of clips; the clips stay on disk and are read as they are used."""
    for name in NAMES:
        if not (folder / name).is_file():
            raise DataError(
                f"{folder / name}: no such file; want a folder written by `rt3d-tune data motion --out {folder}` "
                f"or `rt3d_train pack --out {folder}`"
            )
    try:
        clips, labels = np.load(folder / "clips.npy", mmap_mode="r"), np.load(folder / "labels.npy")
    except ValueError as error:
        raise DataError(f"{folder}: clips.npy or labels.npy is no array file ({error})") from error
    classes = class_names(folder / "classes.txt")
    meta = read_meta(folder / "meta.json")
    check(folder / "clips.npy", clips, folder / "labels.npy", labels, classes)
    offset, scale = (torch.tensor(meta[key], dtype=torch.float32).reshape(-1) for key in ("offset", "scale"))
    for key, value in (("offset", offset), ("scale", scale)):
        if len(value) not in (1, clips.shape[1]):
            raise DataError(f"{folder / 'meta.json'}: {key} has {len(value)} values: want 1, or {clips.shape[1]}, the channels")
    flow = "torus" if meta.get("generator") == "motion" else meta.get("flow", "none")
    return Clips(clips, torch.from_numpy(labels.astype(np.int64)), classes, offset, scale, meta.get("crop"), flow)


def read_meta(path: Path) -> dict:
    """What meta.json says: offset and scale at least."""
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}: {error.msg}: want JSON with offset and scale") from error
    for key in ("offset", "scale"):
        if not isinstance(meta, dict) or key not in meta:
            raise DataError(f"{path}: no {key}: want JSON with offset and scale")
    return meta


def class_names(path: Path) -> list[str]:
    """The lines of a classes.txt, which may hold spaces; empty ones do not count."""
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def check(clips_path: Path | str, clips: np.ndarray, labels_path: Path | str, labels: np.ndarray, classes: list[str]) -> None:
    """Find out whether clips, labels and classes fit each other."""
    if clips.ndim != 5 or clips.size == 0:
        raise DataError(f"{clips_path}: shape {clips.shape}: want [n, channels, frames, height, width], n at least 1")
    if labels.shape != clips.shape[:1]:
        raise DataError(f"{labels_path}: shape {labels.shape}: want one label for each of {len(clips)} clips")
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{labels_path}: {labels.dtype} values: want integers")
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(f"{labels_path}: labels {labels.min()} to {labels.max()}: want 0 to {len(classes) - 1}")


def save_folder(folder: Path, clips: Clips) -> None:
    """Write clips that ``load_folder`` reads again."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "clips.npy", clips.stored)
    np.save(folder / "labels.npy", clips.labels.numpy())
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in clips.classes), encoding="utf-8")
    meta = {"offset": clips.offset.tolist(), "scale": clips.scale.tolist(), "crop": clips.crop, "flow": clips.flow}
    (folder / "meta.json").write_text(json.dumps(meta) + "\n", encoding="utf-8")
