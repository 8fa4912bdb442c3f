"""How far a run is, for people."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


class Progress:
    """A line: epoch, clips done, loss and time left."""

    def __init__(self, epochs: int, write: Callable[[str], None]) -> None:
        self.epochs, self.write = epochs, write
        self.start, self.last = time.monotonic(), 0.0
        self.first: float | None = None

    def line(self, epoch: int, done: int, total: int, loss: float) -> None:
        """Report, at most once a second and at the end of an epoch."""
        now = time.monotonic()
        share = epoch + done / total
        if self.first is None:
            self.first, self.start = share, now
            return
        if done < total and now - self.last < 1:
            return
        self.last = now
        left = (now - self.start) / (share - self.first) * (self.epochs - share)
        self.write(f"epoch {epoch + 1}/{self.epochs}  {done}/{total} clips  loss {loss:.4f}  {left:.0f} s left")


def show(line: str) -> None:
    """One line that overwrites itself on a terminal and is left out elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{line}\033[K", end="", file=sys.stderr, flush=True)
