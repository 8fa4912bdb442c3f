"""Tests of rt3d_train; run `python3 -m unittest discover -t . -s tests` in the folder above."""
