"""The networks: C3D, R(2+1)D, S3D and the small ones for motion clips, at any width and clip size.

Weights have torchvision's names where torchvision has the network, so that its checkpoints load. ``build`` makes a network
from a ``Spec``, which is what a checkpoint stores.
"""

from .network import Network
from .registry import Spec, build, names

__all__ = ["Network", "Spec", "build", "names"]
