"""What the networks have in common."""

from __future__ import annotations

from torch import nn


class Network(nn.Module):
    """A network that says which of its layers feed each other."""

    def pairs(self) -> list[tuple[str, str]]:
        """Convolutions, by name, of which the second sees the filters of the first and nothing else."""
        raise NotImplementedError
