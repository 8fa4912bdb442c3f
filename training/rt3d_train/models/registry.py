"""Networks by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..errors import UserError
from .c3d import C3D
from .motion import MotionC3D, PooledC3D
from .network import Network
from .r2plus1d import R2Plus1D
from .s3d import S3D


@dataclass(frozen=True)
class Spec:
    """What a network is made from.

    ``clip`` is the input's shape (channels, frames, height, width); ``widths`` are the filters of its stages, empty for the
    published ones times ``scale``; ``dropout`` is the share dropped before the classifier.
    """

    name: str
    classes: int
    clip: tuple[int, int, int, int]
    widths: tuple[int, ...] = ()
    scale: float = 1.0
    dropout: float = 0.1

    def stages(self, published: tuple[int, ...]) -> tuple[int, ...]:
        """The filters of each stage."""
        if self.widths:
            if len(self.widths) != len(published):
                raise UserError(f"model {self.name}: {len(self.widths)} widths: want {len(published)}, as in {published}")
            return self.widths
        return tuple(max(1, round(width * self.scale)) for width in published)


def s3d(spec: Spec) -> Network:
    """S3D, whose dozens of filter counts are scaled together."""
    if spec.widths:
        raise UserError(f"model s3d: widths {spec.widths}: its blocks have no list of stages; want a scale, such as 0.5")
    return S3D(spec.clip, spec.classes, spec.scale, spec.dropout)


BUILDERS: dict[str, Callable[[Spec], Network]] = {
    "c3d": lambda s: C3D(s.clip, s.classes, s.stages(C3D.WIDTHS), s.dropout),
    "motion-c3d": lambda s: MotionC3D(s.clip[0], s.classes, s.stages(MotionC3D.WIDTHS), s.dropout),
    "motion-c3d-pooled": lambda s: PooledC3D(s.clip[0], s.classes, s.stages(PooledC3D.WIDTHS), s.dropout),
    "r2plus1d_18": lambda s: R2Plus1D(s.clip[0], s.classes, s.stages(R2Plus1D.WIDTHS), 2, s.dropout),
    "motion-r2plus1d": lambda s: R2Plus1D(s.clip[0], s.classes, s.stages(R2Plus1D.SMALL_WIDTHS), 1, s.dropout),
    "s3d": s3d,
}


def names() -> list[str]:
    """The networks that ``build`` knows."""
    return list(BUILDERS)


def build(spec: Spec) -> Network:
    """Make a network with random weights."""
    if spec.name not in BUILDERS:
        raise UserError(f"model {spec.name!r}: want one of {', '.join(names())}")
    if len(spec.clip) != 4 or min(spec.clip) < 1 or spec.classes < 1 or spec.scale <= 0:
        raise UserError(f"model {spec.name}: clip {spec.clip}, {spec.classes} classes, scale {spec.scale}: want positive sizes")
    return BUILDERS[spec.name](spec)
