"""Archives of arrays: .npz files of volumes, with the names that MedMNIST uses."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import torch

from .clips import Clips, DataError
from .folder import check

SPLITS = {"train": "train", "validation": "val", "test": "test"}


def load_archive(path: Path, split: str) -> Clips:
    """Read one split of an archive into memory.

    Images are [n, depth, height, width] of one channel, [n, depth, height, width, 3] with the channels last, or [n,
    channels, depth, height, width]. Values of 8 bits become 0 … 1, then minus a half and times two; other values stay as
    they are.
    """
    if split not in SPLITS:
        raise DataError(f"split {split!r}: want one of {', '.join(SPLITS)}")
    prefix = SPLITS[split]
    try:
        with np.load(path) as archive:
            images = pick(path, archive, (f"{prefix}_images", "X", "clips"))
            labels = pick(path, archive, (f"{prefix}_labels", "y", "labels"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; want an .npz archive") from None
    except (ValueError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: no .npz archive ({error})") from error
    if images.ndim == 4:
        images = images[:, None]
    elif images.ndim == 5 and images.shape[4] == 3 and images.shape[1] != 3:
        images = np.ascontiguousarray(images.transpose(0, 4, 1, 2, 3))
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    classes = [str(i) for i in range(int(labels.max()) + 1)] if labels.size and labels.ndim == 1 else []
    check(f"{path}, images", images, f"{path}, labels", labels, classes)
    eight_bits = images.dtype == np.uint8
    return Clips(
        images,
        torch.from_numpy(labels.astype(np.int64)),
        classes,
        torch.tensor([127.5 if eight_bits else 0.0]),
        torch.tensor([1 / 127.5 if eight_bits else 1.0]),
    )


def pick(path: Path, archive: np.lib.npyio.NpzFile, names: tuple[str, ...]) -> np.ndarray:
    """The first of ``names`` that the archive has."""
    for name in names:
        if name in archive.files:
            return archive[name]
    raise DataError(f"{path}: no array {' or '.join(names)}: it has {', '.join(archive.files)}")
