"""``export``: a checkpoint as ONNX."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..fit import checkpoint
from ..onnx.export import export


def add(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The command's options."""
    command = commands.add_parser("export", help="write a checkpoint as ONNX, masks included")
    command.add_argument("--checkpoint", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True, help="the .onnx file")
    command.set_defaults(run=run)
    return command


def run(options: argparse.Namespace) -> None:
    """Write the ONNX file."""
    model, spec, _, masks = checkpoint.load(options.checkpoint)
    export(model, spec.clip, options.out, masks)
    print(f"{options.out}: {options.out.stat().st_size} bytes")
