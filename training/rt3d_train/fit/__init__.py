"""Training: the loop, its checkpoints, batch normalisation after a cut, and what a network gets right."""
