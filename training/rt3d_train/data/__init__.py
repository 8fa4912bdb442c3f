"""Labelled clips: arrays that rt3d-tune or others wrote, folders of frames, videos.

A data set is refused rather than guessed at: clips of unequal size, labels out of range and files that do not decode are
errors, never skipped.
"""

from .augment import augment
from .clips import Clips, DataError
from .load import load

__all__ = ["Clips", "DataError", "augment", "load"]
