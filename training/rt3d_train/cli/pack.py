"""``pack``: decode videos or folders of frames once."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from ..data import DataError
from ..data.augment import FLOWS
from ..data.folder import save_folder
from ..data.video import FrameFolders, Pixels, Videos, pack


def add(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The command's options."""
    command = commands.add_parser("pack", help="decode videos or folders of frames into a folder of arrays for training")
    command.add_argument("--source", type=Path, required=True, help="folder that the clips of the list lie in")
    command.add_argument("--list", type=Path, required=True, help="file of lines `path label`; a label is a number or a name")
    command.add_argument("--kind", choices=("video", "frames"), default="video", help="what a path of the list is")
    command.add_argument("--out", type=Path, required=True, help="folder to write")
    command.add_argument("--frames", type=int, default=16, help="frames of a clip, from all over the video (16)")
    command.add_argument("--side", type=int, default=128, help="side in pixels of the stored square (128)")
    command.add_argument("--crop", type=int, default=112, help="side in pixels that a network sees (112)")
    command.add_argument("--mean", type=numbers, default=(0.485, 0.456, 0.406), help="per channel, of values 0 to 1 (ImageNet's)")
    command.add_argument("--std", type=numbers, default=(0.229, 0.224, 0.225), help="per channel (ImageNet's)")
    command.add_argument("--augment", choices=FLOWS, default="flip", help="what leaves labels alone in training (flip)")
    command.set_defaults(run=run)
    return command


def run(options: argparse.Namespace) -> None:
    """Decode and write."""
    if not 0 < options.crop <= options.side:
        raise DataError(f"--crop {options.crop}: want 1 to {options.side}, the stored side")
    if len(options.mean) not in (1, 3) or len(options.mean) != len(options.std) or min(options.std) <= 0:
        raise DataError("--mean, --std: want three numbers each (R, G, B) or one (luma), deviations above 0")
    reader = Videos() if options.kind == "video" else FrameFolders()
    clips = pack(reader, options.source, options.list, Pixels(options.frames, options.side, options.mean, options.std))
    stored = replace(clips, crop=options.crop, flow=options.augment)
    save_folder(options.out, stored)
    print(f"{len(stored)} clips of {len(stored.classes)} classes in {options.out}")


def numbers(text: str) -> tuple[float, ...]:
    """Numbers with commas between."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: want numbers with commas between") from None
