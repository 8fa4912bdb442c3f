"""Videos and folders of frames, decoded by ffmpeg into arrays.

Frames are chosen, resized and cut as rt3d-tune does it for the same clips: one from the middle of each of as many equal
segments, bilinear with half-pixel centres and without antialiasing, the centre.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import nn

from .clips import Clips, DataError
from .folder import class_names

IMAGES = (".jpg", ".jpeg", ".png")


class Reader(Protocol):
    """Something that reads chosen frames of a clip."""

    def frames(self, path: Path, count: int) -> np.ndarray:
        """``count`` frames [count, height, width, 3] of 8 bits, evenly from the whole clip."""


def middles(total: int, count: int) -> list[int]:
    """The middles of ``count`` equal segments of ``total`` frames; a short clip repeats some."""
    return [(2 * i + 1) * total // (2 * count) for i in range(count)]


class Videos:
    """Video files, read by ffprobe and ffmpeg."""

    def frames(self, path: Path, count: int) -> np.ndarray:
        """Count the frames, then decode the wanted ones."""
        if not path.is_file():
            raise DataError(f"{path}: no such file; want a video")
        entries = "stream=nb_read_frames,width,height"
        text = run(
            path,
            "ffprobe",
            "-v",
            "error",
            "-select_streams",
            "v:0",
            "-count_frames",
            "-show_entries",
            entries,
            "-of",
            "json",
            f"file:{path}",
        )
        streams = json.loads(text).get("streams", [])
        total = int(streams[0].get("nb_read_frames", 0)) if streams else 0
        if total < 1:
            raise DataError(f"{path}: no frame can be decoded: want a video")
        wanted = middles(total, count)
        distinct = sorted(set(wanted))
        terms = "+".join(f"eq(n\\,{i})" for i in distinct)
        # Time stamps are renewed at the output's own rate, so that no frame is repeated or dropped to hold one.
        data = run(
            path,
            "ffmpeg",
            "-v",
            "error",
            "-nostdin",
            "-i",
            f"file:{path}",
            "-map",
            "0:v:0",
            "-vf",
            f"select={terms},setpts=N/25/TB",
            "-r",
            "25",
            "-f",
            "image2pipe",
            "-c:v",
            "ppm",
            "pipe:1",
        )
        images = pixmaps(path, data)
        if len(images) != len(distinct):
            raise DataError(f"{path}: {len(images)} frames decoded of {len(distinct)} wanted")
        return np.stack([images[distinct.index(i)] for i in wanted])


class FrameFolders:
    """Folders of JPEG or PNG files, one per frame, in the order of the numbers in their names."""

    def frames(self, path: Path, count: int) -> np.ndarray:
        """Decode the wanted files."""
        files = sorted((f for f in path.glob("*") if f.suffix.lower() in IMAGES), key=numbered) if path.is_dir() else []
        if not files:
            raise DataError(f"{path}: want a folder of .jpg, .jpeg or .png frames")
        images: dict[int, np.ndarray] = {}
        for i in middles(len(files), count):
            if i not in images:
                data = run(
                    files[i],
                    "ffmpeg",
                    "-v",
                    "error",
                    "-nostdin",
                    "-i",
                    f"file:{files[i]}",
                    "-frames:v",
                    "1",
                    "-f",
                    "image2pipe",
                    "-c:v",
                    "ppm",
                    "pipe:1",
                )
                images[i] = pixmaps(files[i], data)[0]
        shapes = {image.shape for image in images.values()}
        if len(shapes) > 1:
            raise DataError(f"{path}: frames of {' and '.join(f'{w}x{h}' for h, w, _ in sorted(shapes))}: want one size")
        return np.stack([images[i] for i in middles(len(files), count)])


def numbered(path: Path) -> list[tuple[int, int, str]]:
    """A key that puts frame9 before frame10."""
    parts = re.split(r"(\d+)", path.name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def run(path: Path, program: str, *arguments: str) -> bytes:
    """What a program prints."""
    if shutil.which(program) is None:
        raise DataError(f"{program} is not installed: install ffmpeg")
    done = subprocess.run([program, *arguments], capture_output=True, check=False)
    if done.returncode != 0:
        complaint = done.stderr.decode(errors="replace").strip().splitlines()
        raise DataError(f"{path}: {program}: {complaint[-1] if complaint else 'failed'}")
    return done.stdout


def pixmaps(path: Path, data: bytes) -> list[np.ndarray]:
    """Binary portable pixmaps one after the other: arrays [height, width, 3]."""
    images, at = [], 0
    while at < len(data):
        header = re.compile(rb"P6\s+(\d+)\s+(\d+)\s+255\s").match(data, at)
        if header is None:
            raise DataError(f"{path}: ffmpeg printed no pixmap at byte {at}")
        width, height = int(header[1]), int(header[2])
        size = 3 * width * height
        image = np.frombuffer(data, np.uint8, size, header.end())
        images.append(image.reshape(height, width, 3))
        at = header.end() + size
    return images


def square(frames: np.ndarray, side: int, channels: int) -> np.ndarray:
    """Resize so that the shorter side is ``side`` and cut the centre: [channels, frames, side, side] of 8 bits.

    The longer side is rounded down, the margin to even; one channel is ITU-R BT.601 luma.
    """
    values: np.ndarray = frames.astype(np.uint32)
    if channels == 1:
        values = (values @ np.array([19595, 38470, 7471], np.uint32) + (1 << 15) >> 16)[..., None]
    height, width = frames.shape[1:3]
    size = (side, width * side // height) if height <= width else (height * side // width, side)
    planes = torch.from_numpy(values.astype(np.float32)).permute(3, 0, 1, 2)
    resized = nn.functional.interpolate(planes, size=size, mode="bilinear", align_corners=False)
    top, left = (round((n - side) / 2) for n in size)
    return resized[..., top : top + side, left : left + side].round().clamp(0, 255).to(torch.uint8).numpy()


def read_list(path: Path) -> tuple[list[str], list[str]]:
    """The paths and labels of a list's lines."""
    paths, labels = [], []
    if not path.is_file():
        raise DataError(f"{path}: no such file; want lines `path label`")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        parts = re.split(r"[ \t,]+(?=[^ \t,]+$)", text)
        if len(parts) != 2:
            raise DataError(f"{path}:{number}: {text!r} has no label: want `path label`, such as `Archery/v_Archery_g01_c01 2`")
        paths.append(parts[0])
        labels.append(parts[1])
    if not paths:
        raise DataError(f"{path}: no clips: want lines `path label`")
    return paths, labels


def numbers_of(path: Path, labels: Sequence[str]) -> tuple[torch.Tensor, list[str]]:
    """Labels as numbers, and the classes: names in alphabetical order, or the numbers themselves.

    A classes.txt beside the list gives the order of the names, or the numbers their names.
    """
    beside = path.with_name("classes.txt")
    classes = class_names(beside) if beside.is_file() else None
    if all(label.isdigit() for label in labels):
        values = [int(label) for label in labels]
        classes = classes or [str(i) for i in range(max(values) + 1)]
        if max(values) >= len(classes):
            raise DataError(f"{path}: class {max(values)}: want 0 to {len(classes) - 1}, as {beside} has {len(classes)} names")
        return torch.tensor(values), classes
    classes = classes or sorted(set(labels))
    unknown = [label for label in labels if label not in classes]
    if unknown:
        raise DataError(f"{path}: class {unknown[0]}: {beside} has no such name")
    return torch.tensor([classes.index(label) for label in labels]), classes


@dataclass(frozen=True)
class Pixels:
    """What becomes of a video: how many frames, the side of the stored square, mean and deviation of each channel."""

    frames: int
    side: int
    mean: Sequence[float]
    std: Sequence[float]


def pack(reader: Reader, root: Path, listing: Path, pixels: Pixels) -> Clips:
    """Decode all clips of a list; stored values are 8 bits, a network sees (value / 255 - mean) / std."""
    frames, side, channels = pixels.frames, pixels.side, len(pixels.mean)
    if frames < 1 or side < 1:
        raise DataError(f"{frames} frames of {side} pixels: want at least 1")
    paths, labels = read_list(listing)
    values, classes = numbers_of(listing, labels)
    stored = np.empty((len(paths), channels, frames, side, side), np.uint8)
    for i, path in enumerate(paths):
        stored[i] = square(reader.frames(root / path, frames), side, channels)
    offset = 255 * torch.tensor(pixels.mean, dtype=torch.float32)
    return Clips(stored, values, classes, offset, 1 / (255 * torch.tensor(pixels.std, dtype=torch.float32)))
