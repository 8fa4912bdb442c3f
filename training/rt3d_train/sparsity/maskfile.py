"""Masks as text, in the form that rt3d-tune stores under the key rt3d.masks in an ONNX file.

``{"version": 1, "layers": {"conv2": {"scheme": "kgs", "gm": 8, "gn": 4, "units": 432, "kept": "…"}}}``; kept is the base64 of
one bit per unit, least significant first, unused bits zero.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

import numpy as np
import torch

from ..errors import UserError
from .cut import Mask
from .units import SCHEMES, Grouping

KEY = "rt3d.masks"

FIELDS = ("scheme", "gm", "gn", "units", "kept")


def encode(masks: Mapping[str, Mask]) -> str:
    """The masks as JSON. Input channels that are gone with their filters are zero weights inside kept units."""
    layers = {}
    for name, mask in masks.items():
        bits = np.packbits(mask.kept.numpy(), bitorder="little").tobytes()
        units = mask.units
        layers[name] = {
            "scheme": units.scheme,
            "gm": units.gm,
            "gn": units.gn,
            "units": units.count,
            "kept": base64.b64encode(bits).decode(),
        }
    return json.dumps({"version": 1, "layers": layers}, sort_keys=True, separators=(",", ":"))


def decode(text: str, weights: Mapping[str, torch.Tensor], where: str) -> dict[str, Mask]:
    """The masks of a text, held against the layers' weights; ``where`` names the file in errors."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise UserError(f"{where}: masks: {error}: want JSON as `rt3d-tune prune` writes it") from error
    if not isinstance(whole, dict) or whole.get("version") != 1 or not isinstance(whole.get("layers"), dict):
        raise UserError(f'{where}: masks: want {{"version": 1, "layers": {{...}}}}')
    masks = {}
    for name, entry in whole["layers"].items():
        if name not in weights:
            raise UserError(f"{where}: mask of layer {name!r}: the model has {', '.join(weights)}")
        masks[name] = decode_layer(entry, weights[name], f"{where}: mask of layer {name!r}")
    return masks


def decode_layer(entry: object, weight: torch.Tensor, where: str) -> Mask:
    """One layer's mask."""
    if not isinstance(entry, dict) or sorted(entry) != sorted(FIELDS) or entry["scheme"] not in SCHEMES:
        raise UserError(f"{where}: want {', '.join(FIELDS)}, with a scheme of {', '.join(SCHEMES)}")
    units = Grouping(entry["scheme"], entry["gm"], entry["gn"]).of(weight)
    if (units.gm, units.gn, units.count) != (entry["gm"], entry["gn"], entry["units"]):
        raise UserError(
            f"{where}: {entry['units']} units of {entry['gm']}x{entry['gn']}: "
            f"this layer has {units.count} of {units.gm}x{units.gn}"
        )
    try:
        bits = np.frombuffer(base64.b64decode(entry["kept"], validate=True), np.uint8)
    except binascii.Error as error:
        raise UserError(f"{where}: kept: {error}: want base64") from error
    if len(bits) != -(-units.count // 8):
        raise UserError(f"{where}: {len(bits)} bytes of bits: {units.count} units want {-(-units.count // 8)}")
    every = np.unpackbits(bits, bitorder="little").astype(bool)
    if every[units.count :].any():
        raise UserError(f"{where}: a bit is set beyond {units.count} units")
    return Mask(units, torch.from_numpy(every[: units.count].copy()))
