"""Check an ONNX file and run it in ONNX Runtime.

usage: run_onnx.py MODEL INPUT OUTPUT

INPUT and OUTPUT are raw little-endian float32 values. Needs the packages onnx, onnxruntime and numpy.
"""

import os
import sys

import numpy as np
import onnx

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is imported: it would report this run over the network
import onnxruntime  # noqa: E402


def main() -> None:
    model, source, target = sys.argv[1:]
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    values = np.fromfile(source, dtype="<f4").reshape(entry.shape)
    (result,) = session.run(None, {entry.name: values})
    result.astype("<f4").tofile(target)


if __name__ == "__main__":
    main()
