"""The PyTorch companion of rt3d-tune: trains 3D convolutional networks, prunes them with retraining, exports ONNX.

It needs Python 3.9, PyTorch 1.13 or newer and NumPy; videos and folders of frames need ffmpeg, too. Compiling and timing are
rt3d-tune's, not this package's.

``models`` are the networks, ``data`` the clips, ``sparsity`` units, masks and penalties, ``fit`` training and checkpoints,
``onnx`` files in and out, ``experiment`` the comparison of algorithms, ``cli`` one module per command.
"""
