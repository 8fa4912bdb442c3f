"""ONNX files: written by PyTorch's exporter, read and changed without any library.

``wire`` knows the encoding of protocol buffers and nothing of ONNX; ``file`` reads the graph; ``network`` makes it a PyTorch
module; ``export`` writes a trained network with its masks.
"""
