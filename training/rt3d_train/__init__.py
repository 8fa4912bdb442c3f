"""The PyTorch companion of rt3d-tune: trains the networks that it ships and exports them as ONNX.

It needs Python 3.9, PyTorch 1.13 or newer and NumPy, and nothing else. Clips come from
``rt3d-tune data``; pruning, compiling and timing are rt3d-tune's, not this package's.
"""
