"""ONNX Runtime or OpenVINO with a model loaded, executing on request (serve.h tells the requests).

python peer.py onnxruntime|openvino MODEL.onnx INPUT THREADS

INPUT is one input of the model, row-major float32. Both engines compute in float32.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


def onnxruntime(model: str, values: np.ndarray, threads: int) -> tuple[str, Callable[[], np.ndarray]]:
    """Load a model into ONNX Runtime; returns what runs and a function that executes."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is imported: it would report this run over the network
    import onnxruntime as ort  # noqa: PLC0415 - one engine's threads must not be in the other's process

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    feed = {name: values.reshape(session.get_inputs()[0].shape)}
    return f"ONNX Runtime {ort.__version__}", lambda: session.run(None, feed)[0]


def openvino(model: str, values: np.ndarray, threads: int) -> tuple[str, Callable[[], np.ndarray]]:
    """Load a model into OpenVINO; returns what runs and a function that executes."""
    import openvino as ov  # noqa: PLC0415

    config = {
        "INFERENCE_PRECISION_HINT": "f32",
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": "1",
        "INFERENCE_NUM_THREADS": str(threads),
    }
    compiled = ov.Core().compile_model(model, "CPU", config)
    request = compiled.create_infer_request()
    request.set_input_tensor(ov.Tensor(values.reshape(tuple(compiled.input(0).shape)), shared_memory=True))

    def execute() -> np.ndarray:
        request.infer()
        return request.get_output_tensor(0).data

    return f"OpenVINO {ov.__version__}", execute


def answer(request: list[str], about: str, execute: Callable[[], np.ndarray]) -> str:
    """Do what a request asks for."""
    if request[0] == "about":
        return about
    if request[0] == "output":
        np.ascontiguousarray(execute(), dtype=np.float32).tofile(request[1])
        return "ok"
    if request[0] == "run":
        for _ in range(int(request[1])):
            execute()
        begin = time.perf_counter_ns()
        for _ in range(int(request[2])):
            execute()
        return str(time.perf_counter_ns() - begin)
    return f"error: request {' '.join(request)}"


def main() -> None:
    """Serve until the input ends."""
    engine, model, path, threads = sys.argv[1:]
    load = {"onnxruntime": onnxruntime, "openvino": openvino}[engine]
    values = np.fromfile(Path(path), dtype=np.float32)
    about, execute = load(model, values, int(threads))
    for line in sys.stdin:
        print(answer(line.split(), about, execute), flush=True)


if __name__ == "__main__":
    main()
