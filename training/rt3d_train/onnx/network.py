"""An ONNX graph as a PyTorch module that can be trained and written back.

It reads what rt3d-tune writes and what PyTorch's exporter makes of the usual 3D networks: convolutions, fully connected
layers, pools, sums, products, concatenations and pointwise functions. Batch normalisation that was folded into a
convolution is put back as an identity, so that training has it, and folded again at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, reduce

import numpy as np
import torch
from torch import nn

from ..data import Clips
from ..sparsity import maskfile
from ..sparsity.cut import Mask
from .file import Node, OnnxError, OnnxFile, replaced

# What computes a node from the activations among its inputs.
Step = Callable[..., torch.Tensor]


class OnnxNetwork(nn.Module):
    """The network of a file. ``convs`` has its 3D convolutions by the names that rt3d-tune gives layers."""

    def __init__(self, file: OnnxFile) -> None:
        super().__init__()
        self.file = file
        if len(file.input_dims) != 5:
            raise OnnxError(f"{file.path}: input of dimensions {file.input_dims}: want 1xCxDxHxW")
        self.convs: dict[str, nn.Conv3d] = {}
        self.norms: dict[str, nn.BatchNorm3d] = {}
        self.modules_of_nodes = nn.ModuleList()
        self.steps: list[tuple[Node, Step | nn.Module]] = []
        for index, node in enumerate(file.nodes):
            self.steps.append((node, self.step(node, index)))

    def step(self, node: Node, index: int) -> Step | nn.Module:
        """What computes one node."""
        if node.op == "Conv":
            return self.convolution(node, index)
        if node.op == "Gemm":
            return self.linear(node)
        if node.op not in FUNCTIONS:
            known = ", ".join(sorted([*FUNCTIONS, "Conv", "Gemm"]))
            raise OnnxError(
                f"{self.file.path}: node {node.name!r} ({node.op}): not an operator that can be trained; known: {known}"
            )
        return FUNCTIONS[node.op](self.file, node)

    def constants(self, node: Node, first: int) -> list[np.ndarray]:
        """The node's inputs from ``first`` on, which must be weights."""
        for name in node.inputs[first:]:
            if name not in self.file.weights:
                raise OnnxError(f"{self.file.path}: node {node.name!r} ({node.op}): input {name!r} is no initializer of floats")
        return [self.file.weights[name] for name in node.inputs[first:]]

    def convolution(self, node: Node, index: int) -> nn.Sequential:
        """A convolution and, if it has a bias to be folded into, batch normalisation after it, an identity at first."""
        weight, *bias = self.constants(node, 1)
        pads = node.integers("pads", [0] * 6)
        if weight.ndim != 5 or pads[:3] != pads[3:] or node.attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
            raise OnnxError(
                f"{self.file.path}: node {node.name!r} (Conv): want 3D kernels with the same padding before and after"
            )
        groups = node.integer("group", 1)
        conv = nn.Conv3d(
            weight.shape[1] * groups,
            weight.shape[0],
            triple(node, weight.shape[2:]),
            triple(node, node.integers("strides", [1] * 3)),
            triple(node, pads[:3]),
            triple(node, node.integers("dilations", [1] * 3)),
            groups,
            bias=bool(bias),
        )
        with torch.no_grad():
            conv.weight.copy_(torch.from_numpy(weight))
            if conv.bias is not None:
                conv.bias.copy_(torch.from_numpy(bias[0]))
        name = layer_name(node, index)
        self.convs[name] = conv
        module = nn.Sequential(conv)
        if bias:
            self.norms[name] = nn.BatchNorm3d(weight.shape[0])
            module.append(self.norms[name])
        self.modules_of_nodes.append(module)
        return module

    def linear(self, node: Node) -> nn.Linear:
        """A fully connected layer."""
        weight, *bias = self.constants(node, 1)
        usual = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 1}
        if any(node.attributes.get(key, value if key != "transB" else 0) != value for key, value in usual.items()):
            raise OnnxError(f"{self.file.path}: node {node.name!r} (Gemm): want alpha 1, beta 1, transA 0, transB 1")
        linear = nn.Linear(weight.shape[1], weight.shape[0], bias=bool(bias))
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight))
            if bias:
                linear.bias.copy_(torch.from_numpy(bias[0]))
        self.modules_of_nodes.append(linear)
        return linear

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        """The output for a batch of clips."""
        values = {self.file.input: clips}
        for node, step in self.steps:
            inputs = [values[name] for name in node.inputs if name in values]
            if not inputs:
                raise OnnxError(f"{self.file.path}: node {node.name!r} ({node.op}): its inputs are not computed by earlier nodes")
            values[node.outputs[0]] = step(*inputs)
        return values[self.file.output]

    def masks(self) -> dict[str, Mask]:
        """The masks that the file holds."""
        text = self.file.metadata.get(maskfile.KEY)
        if text is None:
            return {}
        return maskfile.decode(text, {name: conv.weight for name, conv in self.convs.items()}, str(self.file.path))

    @torch.no_grad()
    def normalise(self, clips: Clips) -> None:
        """Set each batch normalisation to the identity on ``clips``: it scales by what it divides by."""
        self.eval()
        sums: dict[str, list[torch.Tensor]] = {}
        hooks = []
        for name in self.norms:

            def record(_: nn.Module, __: object, out: torch.Tensor, name: str = name) -> None:
                count = torch.tensor(float(out.numel() / out.shape[1]))
                parts = [out.double().sum((0, 2, 3, 4)), out.double().square().sum((0, 2, 3, 4)), count.double()]
                sums[name] = [a + b for a, b in zip(sums[name], parts)] if name in sums else parts

            hooks.append(self.convs[name].register_forward_hook(record))
        norms = list(self.norms.values())
        for norm in norms:  # the identity, so that later layers see what the file computes
            running_mean, running_var = running(norm)
            running_mean.zero_()
            running_var.fill_(1 - norm.eps)
        for indices in torch.arange(len(clips)).split(64):
            self(clips.batch(indices)[0].to(next(self.parameters()).device))
        for hook in hooks:
            hook.remove()
        for name, norm in self.norms.items():
            total, squares, count = sums[name]
            mean = total / count
            variance = (squares / count - mean.square()).clamp_min(0)
            running_mean, running_var = running(norm)
            running_mean.copy_(mean)
            running_var.copy_(variance)
            norm.bias.copy_(mean)
            norm.weight.copy_((variance + norm.eps).sqrt())

    @torch.no_grad()
    def write(self, masks: dict[str, Mask]) -> bytes:
        """The file with the weights as they are now; removed weights are zero to the bit."""
        weights: dict[str, np.ndarray] = {}
        names = {id(conv): name for name, conv in self.convs.items()}
        for node, step in self.steps:
            if isinstance(step, nn.Sequential):
                self.put(weights, node.inputs[1:], folded(step, masks.get(names[id(step[0])])))
            elif isinstance(step, nn.Linear):
                self.put(weights, node.inputs[1:], [step.weight, *([] if step.bias is None else [step.bias])])
        return replaced(self.file, weights)

    def put(self, weights: dict[str, np.ndarray], names: Sequence[str], tensors: Sequence[torch.Tensor]) -> None:
        """Note the new values of initializers, each of which one layer uses."""
        for name, tensor in zip(names, tensors):
            if name in weights:
                raise OnnxError(f"{self.file.path}: initializer {name!r} is used by two layers: want weights of their own")
            weights[name] = tensor.float().cpu().numpy()


def triple(node: Node, values: Sequence[int]) -> tuple[int, int, int]:
    """Numbers of a convolution: of frames, height and width."""
    if len(values) != 3:
        raise OnnxError(f"{node.path}: node {node.name!r} ({node.op}): {list(values)}: want three numbers: depth, height, width")
    return values[0], values[1], values[2]


def running(norm: nn.BatchNorm3d) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and variance, which each normalisation made here keeps."""
    assert norm.running_mean is not None and norm.running_var is not None
    return norm.running_mean, norm.running_var


def folded(module: nn.Sequential, mask: Mask | None) -> list[torch.Tensor]:
    """Weight and, if there is one, bias of a convolution with the batch normalisation after it."""
    conv = module[0]
    weight, tensors = conv.weight.double(), []
    if len(module) > 1:
        norm = module[1]
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        weight = weight * scale.view(-1, 1, 1, 1, 1)
        tensors.append((conv.bias.double() - norm.running_mean.double()) * scale + norm.bias.double())
    if mask is not None:
        weight = torch.where(mask.weights().to(weight.device), weight, torch.zeros_like(weight))
    return [weight, *tensors]


def layer_name(node: Node, index: int) -> str:
    """The layer's name in rt3d-tune: that of its weights, or the path of its scope without repetitions."""
    if node.inputs[1].endswith(".weight"):
        return node.inputs[1][: -len(".weight")]
    if not node.name.startswith("/"):
        return node.name or f"{node.op}_{index}"
    parts: list[str] = []
    for part in node.name[1:].split("/"):
        if parts and part.startswith(parts[-1] + "."):
            parts[-1] = part
        else:
            parts.append(part)
    if len(parts) > 1 and parts[-1] == node.op:
        parts.pop()
    return ".".join(parts)


def window(node: Node, otherwise: int) -> tuple[list[int], list[int], list[int]]:
    """Kernel, strides and padding of a pool."""
    kernel = node.integers("kernel_shape")
    return kernel, node.integers("strides", [otherwise] * len(kernel)), node.integers("pads", [0] * 2 * len(kernel))


def max_pool(file: OnnxFile, node: Node) -> Step:
    """MaxPool."""
    kernel, strides, pads = window(node, 1)
    begin, end = pads[: len(kernel)], pads[len(kernel) :]
    if begin != end:
        raise OnnxError(f"{file.path}: node {node.name!r} (MaxPool): want the same padding before and after")
    ceil = bool(node.attributes.get("ceil_mode", 0))
    return lambda x: nn.functional.max_pool3d(x, kernel, strides, begin, ceil_mode=ceil)


def average_pool(file: OnnxFile, node: Node) -> Step:
    """AveragePool."""
    kernel, strides, pads = window(node, 1)
    begin, end = pads[: len(kernel)], pads[len(kernel) :]
    if begin != end:
        raise OnnxError(f"{file.path}: node {node.name!r} (AveragePool): want the same padding before and after")
    ceil, count = bool(node.attributes.get("ceil_mode", 0)), bool(node.attributes.get("count_include_pad", 0))
    return lambda x: nn.functional.avg_pool3d(x, kernel, strides, begin, ceil, count)


def reshape(file: OnnxFile, node: Node) -> Step:
    """Reshape to constant dimensions whose first is the batch."""
    if len(node.inputs) < 2 or node.inputs[1] not in file.integers:
        raise OnnxError(f"{file.path}: node {node.name!r} (Reshape): its shape is computed: export with static shapes")
    target = file.integers[node.inputs[1]].tolist()
    if target[0] not in (1, 0, -1) or 0 in target[1:]:
        raise OnnxError(f"{file.path}: node {node.name!r} (Reshape): dimensions {target}: want a batch first")
    return lambda x: x.reshape(x.shape[0], *target[1:])


def pad(file: OnnxFile, node: Node) -> Step:
    """Pad with zeros by constant sizes."""
    pads = file.integers.get(node.inputs[1]) if len(node.inputs) > 1 else None
    mode = node.attributes.get("mode", "constant")
    if pads is None or mode != "constant" or any(file.weights.get(name, 0) != 0 for name in node.inputs[2:3]):
        raise OnnxError(f"{file.path}: node {node.name!r} (Pad): want zeros in constant number")
    half = len(pads) // 2
    # ONNX lists all beginnings, then all ends; PyTorch pairs, the last axis first.
    pairs = [int(n) for begin, end in reversed(list(zip(pads[:half], pads[half:]))) for n in (begin, end)]
    return lambda x: nn.functional.pad(x, pairs)


def reduce_mean(file: OnnxFile, node: Node) -> Step:
    """ReduceMean over constant axes."""
    if "axes" in node.attributes:
        axes = node.integers("axes")
    else:
        axes = file.integers[node.inputs[1]].tolist() if len(node.inputs) > 1 and node.inputs[1] in file.integers else []
    if not axes:
        raise OnnxError(f"{file.path}: node {node.name!r} (ReduceMean): want constant axes")
    keep = bool(node.attributes.get("keepdims", 1))
    return lambda x: x.mean(tuple(axes), keepdim=keep)


def clip(file: OnnxFile, node: Node) -> Step:
    """Clip between constants."""
    bounds = [float(file.weights[name]) if name in file.weights else None for name in node.inputs[1:3]]
    low, high = [*bounds, None, None][:2]
    return lambda x: x.clamp(low, high)


def concat(_: OnnxFile, node: Node) -> Step:
    """Concat along a constant axis."""
    axis = node.integer("axis")
    return lambda *x: torch.cat(x, axis)


def elementwise(combine: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> Callable[[OnnxFile, Node], Step]:
    """An operator between activations and constants, in the order of its inputs. Constants are not trained."""

    def bound(file: OnnxFile, node: Node) -> Step:
        constants = [torch.from_numpy(file.weights[name]) if name in file.weights else None for name in node.inputs]

        def step(*inputs: torch.Tensor) -> torch.Tensor:
            rest = iter(inputs)
            return reduce(combine, [next(rest) if x is None else x.to(inputs[0].device) for x in constants])

        return step

    return bound


FUNCTIONS: dict[str, Callable[[OnnxFile, Node], Step]] = {
    "Relu": lambda *_: torch.relu,
    "Sigmoid": lambda *_: torch.sigmoid,
    "Tanh": lambda *_: torch.tanh,
    "LeakyRelu": lambda _, n: partial(nn.functional.leaky_relu, negative_slope=n.number("alpha", 0.01)),
    "Elu": lambda _, n: partial(nn.functional.elu, alpha=n.number("alpha", 1.0)),
    "Clip": clip,
    "Identity": lambda *_: lambda x: x,
    "Dropout": lambda *_: lambda x: x,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "GlobalAveragePool": lambda *_: lambda x: x.mean((2, 3, 4), keepdim=True),
    "ReduceMean": reduce_mean,
    "Flatten": lambda _, n: partial(torch.flatten, start_dim=n.integer("axis", 1)),
    "Reshape": reshape,
    "Pad": pad,
    "Add": elementwise(torch.add),
    "Sub": elementwise(torch.sub),
    "Mul": elementwise(torch.mul),
    "Div": elementwise(torch.div),
    "Sum": elementwise(torch.add),
    "Erf": lambda *_: torch.erf,
    "Concat": concat,
}
