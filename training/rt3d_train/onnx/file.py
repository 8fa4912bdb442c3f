"""An ONNX file: its nodes, its weights, its masks, and the same file with other weights.

Field numbers are those of onnx.proto.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Union

import numpy as np

from ..errors import UserError
from . import wire

GRAPH, METADATA = 7, 14  # of ModelProto
NODE, INITIALIZER, INPUT, OUTPUT = 1, 5, 11, 12  # of GraphProto
TENSOR_DIMS, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_INT64S, TENSOR_NAME, TENSOR_RAW, TENSOR_LOCATION = 1, 2, 4, 7, 8, 9, 14
FLOAT, INT64 = 1, 7  # data types


# Of a node: an integer, a float, text, a list of integers or a tensor.
Attribute = Union[int, float, str, list[int], np.ndarray]


class OnnxError(UserError):
    """A file cannot be read or used; the message names it and, where there is one, the node."""


@dataclass(frozen=True)
class Node:
    """One operator of the graph; ``path`` is the file's, for errors."""

    path: Path
    name: str
    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Attribute]

    def integer(self, name: str, otherwise: int | None = None) -> int:
        """An attribute; without ``otherwise`` the node must have it."""
        value = self.attributes.get(name, otherwise)
        if not isinstance(value, int):
            raise self.unusable(name, "an integer")
        return value

    def number(self, name: str, otherwise: float) -> float:
        """An attribute that is a float."""
        value = self.attributes.get(name, otherwise)
        if not isinstance(value, (int, float)):
            raise self.unusable(name, "a number")
        return value

    def integers(self, name: str, otherwise: list[int] | None = None) -> list[int]:
        """An attribute; without ``otherwise`` the node must have it."""
        value = self.attributes.get(name, otherwise)
        if not isinstance(value, list):
            raise self.unusable(name, "a list of integers")
        return value

    def unusable(self, name: str, wanted: str) -> OnnxError:
        """The error for an attribute that is missing or of another kind."""
        has = f"is {self.attributes[name]!r}" if name in self.attributes else "is missing"
        return OnnxError(f"{self.path}: node {self.name!r} ({self.op}): attribute {name!r} {has}: want {wanted}")


@dataclass
class OnnxFile:
    """A parsed file. ``weights`` are its float initializers by name, ``integers`` those of int64."""

    path: Path
    nodes: list[Node]
    weights: dict[str, np.ndarray]
    integers: dict[str, np.ndarray]
    input: str
    input_dims: list[int]
    output: str
    metadata: dict[str, str]
    message: wire.Message


def read(path: Path) -> OnnxFile:
    """Read a file with one input and one output."""
    try:
        message = wire.parse(path.read_bytes())
        graphs = message.bytes_of(GRAPH)
        if len(graphs) != 1:
            raise wire.WireError("it holds no graph")
        return from_message(path, message, wire.parse(graphs[0]))
    except FileNotFoundError:
        raise OnnxError(f"{path}: no such file; want an ONNX model") from None
    except (wire.WireError, UnicodeDecodeError) as error:
        raise OnnxError(f"{path}: not an ONNX model, or damaged: {error}") from error


def from_message(path: Path, message: wire.Message, graph: wire.Message) -> OnnxFile:
    """Everything that a network is made from."""
    weights: dict[str, np.ndarray] = {}
    integers: dict[str, np.ndarray] = {}
    for data in graph.bytes_of(INITIALIZER):
        tensor = wire.parse(data)
        array = values(path, tensor)
        (weights if array.dtype == np.float32 else integers)[tensor.text(TENSOR_NAME)] = array
    nodes = []
    for one in (node(path, wire.parse(data)) for data in graph.bytes_of(NODE)):
        value = constant(one, weights)
        if value is None:
            nodes.append(one)
        else:
            (weights if value.dtype == np.float32 else integers)[one.outputs[0]] = value
    inputs = [i for i in map(wire.parse, graph.bytes_of(INPUT)) if i.text(1) not in weights and i.text(1) not in integers]
    outputs = [wire.parse(data).text(1) for data in graph.bytes_of(OUTPUT)]
    if len(inputs) != 1 or len(outputs) != 1:
        raise OnnxError(f"{path}: {len(inputs)} inputs, {len(outputs)} outputs: want one of each")
    metadata = {m.text(1): m.text(2) for m in map(wire.parse, message.bytes_of(METADATA))}
    return OnnxFile(path, nodes, weights, integers, inputs[0].text(1), dims(path, inputs[0]), outputs[0], metadata, message)


def constant(node: Node, weights: dict[str, np.ndarray]) -> np.ndarray | None:
    """The value of a node that computes nothing: a Constant, or the copy of an initializer that exporters share.

    PyTorch's exporter stores equal weights once, with an Identity for each further use.
    """
    value = node.attributes.get("value")
    if node.op == "Constant" and isinstance(value, np.ndarray):
        return value
    if node.op == "Identity" and node.inputs[0] in weights:
        return weights[node.inputs[0]]
    return None


def dims(path: Path, value: wire.Message) -> list[int]:
    """The dimensions that a ValueInfoProto states: type, tensor type, shape, dimension, value."""
    message = value
    for number in (2, 1, 2):
        parts = message.bytes_of(number)
        if not parts:
            raise OnnxError(f"{path}: input {value.text(1)!r} states no shape: export with static shapes")
        message = wire.parse(parts[-1])
    sizes = [wire.parse(part).integer(1) for part in message.bytes_of(1)]
    if not sizes or min(sizes) < 1 or sizes[0] != 1:
        raise OnnxError(f"{path}: input {value.text(1)!r} has dimensions {sizes}: want static ones with a batch of 1")
    return sizes


def values(path: Path, tensor: wire.Message) -> np.ndarray:
    """A tensor's values."""
    name, shape = tensor.text(TENSOR_NAME), tensor.integers(TENSOR_DIMS)
    kinds: dict[int, np.dtype] = {FLOAT: np.dtype("<f4"), INT64: np.dtype("<i8")}
    kind = kinds.get(tensor.integer(TENSOR_TYPE))
    if kind is None:
        raise OnnxError(f"{path}: tensor {name!r} has data type {tensor.integer(TENSOR_TYPE)}: want float32 or int64")
    if tensor.integer(TENSOR_LOCATION) != 0:
        raise OnnxError(f"{path}: tensor {name!r} lies in another file: want one file, as `rt3d-tune prune` writes it")
    raw = b"".join(tensor.bytes_of(TENSOR_RAW))
    if not raw and kind.kind == "f":
        raw = b"".join(tensor.bytes_of(TENSOR_FLOATS))
    array = np.frombuffer(raw, kind) if raw or kind.kind == "f" else np.array(tensor.integers(TENSOR_INT64S), np.int64)
    if array.size != int(np.prod(shape, dtype=np.int64)):
        raise OnnxError(f"{path}: tensor {name!r} has {array.size} values for dimensions {shape}")
    return array.reshape(shape).astype(array.dtype.newbyteorder("="))


def node(path: Path, message: wire.Message) -> Node:
    """One operator."""
    attributes: dict[str, Attribute] = {}
    for data in message.bytes_of(5):
        attribute = wire.parse(data)
        name, kind = attribute.text(1), attribute.integer(20)
        if kind == 1:
            attributes[name] = attribute.number(2)
        elif kind == 2:
            attributes[name] = attribute.integer(3)
        elif kind == 3:
            attributes[name] = attribute.text(4)
        elif kind == 4:
            attributes[name] = values(path, wire.parse(attribute.bytes_of(5)[-1]))
        elif kind == 7:
            attributes[name] = attribute.integers(8)
        else:
            raise OnnxError(f"{path}: node {message.text(3)!r}: attribute {name!r} has kind {kind}, which is not read")
    inputs, outputs = ([part.decode() for part in message.bytes_of(number)] for number in (1, 2))
    return Node(path, message.text(3), message.text(4), inputs, outputs, attributes)


def replaced(file: OnnxFile, weights: dict[str, np.ndarray]) -> bytes:
    """The file's bytes with other values for some weights, all else as it was.

    A weight that was a copy of another initializer becomes an initializer of its own.
    """
    out = wire.Message()
    for number, kind, value in file.message.fields:
        if number == GRAPH and isinstance(value, bytes):
            graph = wire.parse(value)
            stored = {wire.parse(data).text(TENSOR_NAME) for data in graph.bytes_of(INITIALIZER)}
            copies = {name: array for name, array in weights.items() if name not in stored}
            fields: list[wire.Field] = []
            for n, k, v in graph.fields:
                if n == INITIALIZER and isinstance(v, bytes):
                    fields.append((n, k, tensor(v, weights)))
                elif n != NODE or not isinstance(v, bytes) or wire.parse(v).text(2) not in copies:
                    fields.append((n, k, v))
            fields += [(INITIALIZER, wire.BYTES, new_tensor(name, array)) for name, array in copies.items()]
            out.fields.append((number, kind, wire.Message(fields).encode()))
        else:
            out.fields.append((number, kind, value))
    return out.encode()


def tensor(data: bytes, weights: dict[str, np.ndarray]) -> bytes:
    """An initializer, with other values if ``weights`` has them."""
    message = wire.parse(data)
    array = weights.get(message.text(TENSOR_NAME))
    if array is None:
        return data
    message.fields = [f for f in message.fields if f[0] not in (TENSOR_RAW, TENSOR_FLOATS)]
    message.fields.append((TENSOR_RAW, wire.BYTES, np.ascontiguousarray(array, "<f4").tobytes()))
    return message.encode()


def new_tensor(name: str, array: np.ndarray) -> bytes:
    """An initializer of floats."""
    fields: list[wire.Field] = [(TENSOR_DIMS, wire.VARINT, size) for size in array.shape]
    fields += [(TENSOR_TYPE, wire.VARINT, FLOAT), (TENSOR_NAME, wire.BYTES, name.encode())]
    fields.append((TENSOR_RAW, wire.BYTES, np.ascontiguousarray(array, "<f4").tobytes()))
    return wire.Message(fields).encode()


def metadata_field(key: str, value: str) -> bytes:
    """An entry of metadata_props that may be appended to a file: messages one after the other are one message."""
    entry = wire.Message([(1, wire.BYTES, key.encode()), (2, wire.BYTES, value.encode())])
    return wire.Message([(METADATA, wire.BYTES, entry.encode())]).encode()
