"""The file of results: one JSON object per line, one line per finished run."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TypedDict

import numpy as np

from ..errors import UserError


class Key(TypedDict, total=False):
    """The fields by which a record of a cell is found."""

    network: str
    scheme: str
    algorithm: str
    count: str
    factor: float


class Record(Key, total=False):
    """One finished run; its ``kind``, dense, longer, grid or cell, decides which fields it has.

    ``validation``, ``test`` and ``one_shot``, right after the cut, are accuracies from 0 to 1, ``hits`` the test clips that
    were right, as ``pack`` writes them, ``zero`` the share of the penalised multiply-accumulates that the penalty alone
    brought to zero.
    """

    kind: str
    seed: int
    strength: float | None
    strengths: list[float]
    zero: float
    one_shot: float
    validation: float
    test: float
    hits: str
    macs_rows: float
    macs_columns: float
    macs_dense: float
    budget: dict[str, object]
    seconds: float


class Records:
    """Records that only grow. A line that a kill cut short is dropped when the file is opened again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.all: list[Record] = []
        if not path.exists():
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for number, line in enumerate(lines, start=1):
            try:
                self.all.append(json.loads(line))
            except json.JSONDecodeError as error:
                if number < len(lines) or line.endswith("\n"):
                    raise UserError(
                        f"{path}:{number}: {error.msg}: want a JSON object per line, as `experiment` wrote it"
                    ) from error
                path.write_text("".join(lines[:-1]), encoding="utf-8")

    def find(self, **fields: object) -> Record | None:
        """The record with these fields, or None."""
        return next((r for r in self.all if all(r.get(k) == v for k, v in fields.items())), None)

    def where(self, **fields: object) -> list[Record]:
        """All records with these fields."""
        return [r for r in self.all if all(r.get(k) == v for k, v in fields.items())]

    def append(self, record: Record) -> None:
        """Store a finished run before anything else happens."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self.all.append(record)


def pack(hits: np.ndarray) -> str:
    """Which clips were right, a bit each, as text."""
    return base64.b64encode(np.packbits(hits, bitorder="little").tobytes()).decode()


def unpack(text: str, count: int) -> np.ndarray:
    """What ``pack`` packed: booleans [count]."""
    return np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8), count=count, bitorder="little").astype(bool)
