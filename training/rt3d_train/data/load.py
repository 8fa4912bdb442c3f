"""One way in to every kind of data set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .archive import load_archive
from .clips import Clips, DataError
from .folder import load_folder


def load(path: Path, count: int | None = None, split: str = "train", crop: int | None = None) -> Clips:
    """Open a data set; ``count`` takes the first clips only.

    A folder holds clips.npy, labels.npy, classes.txt and meta.json, as ``rt3d-tune data`` or ``rt3d_train pack`` writes
    it. A file ending in .npz is an archive with arrays ``{split}_images`` and ``{split}_labels`` (MedMNIST's names), or
    ``X`` and ``y``. Videos and folders of frames are packed first.
    """
    if path.suffix == ".npz":
        clips = load_archive(path, split)
    elif path.is_file():
        raise DataError(f"{path}: a file that is no .npz archive: want a folder of clips.npy and labels.npy, or an archive")
    else:
        clips = load_folder(path)
    if crop is not None:
        clips = replace(clips, crop=crop)
    return clips.first(count)
