"""ONNX files mean the same to PyTorch, to this package and to rt3d-tune, zeros and masks included."""

from __future__ import annotations

import io
import json
import re
import unittest
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch import nn

from rt3d_train.fit.batchnorm import reestimate
from rt3d_train.fit.recipe import Recipe
from rt3d_train.fit.seeds import fresh
from rt3d_train.fit.trainer import Trainer
from rt3d_train.models import Spec, build
from rt3d_train.onnx import wire
from rt3d_train.onnx.export import export
from rt3d_train.onnx.file import OnnxError, read
from rt3d_train.onnx.network import OnnxNetwork
from rt3d_train.sparsity import cut, maskfile
from rt3d_train.sparsity.layers import convolutions, prunable
from rt3d_train.sparsity.units import Grouping

from .case import CLIP, SMALL, Case
from .test_models import TINY


def lively(model: nn.Module) -> nn.Module:
    """Give batch normalisation something to fold."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm3d):
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.weight, 0.5, 2)
            nn.init.normal_(module.bias, 0, 0.1)
    return model.eval()


class WireTest(Case):
    def test_messages_come_back_byte_for_byte(self) -> None:
        export(self.small(), CLIP, self.folder / "m.onnx")
        data = (self.folder / "m.onnx").read_bytes()
        self.assertEqual(wire.parse(data).encode(), data)
        for value in (0, 1, 127, 128, 300, 2**63, 2**64 - 1):
            self.assertEqual(wire.varint(wire.encode_varint(value), 0)[0], value)
        self.assertEqual(wire.signed(2**64 - 5), -5)

    def test_damaged_files_are_refused(self) -> None:
        export(self.small(), CLIP, self.folder / "m.onnx")
        data = (self.folder / "m.onnx").read_bytes()
        for name, broken in (("cut", data[: len(data) // 2]), ("text", b"no model"), ("empty", b"")):
            path = self.folder / f"{name}.onnx"
            path.write_bytes(broken)
            with self.subTest(name), self.assertRaisesRegex(OnnxError, f"{name}.onnx: not an ONNX model, or damaged"):
                read(path)
        with self.assertRaisesRegex(OnnxError, "no such file"):
            read(self.folder / "none.onnx")


class NetworkTest(Case):
    def test_every_model_is_the_same_network_again(self) -> None:
        for name, spec in TINY.items():
            with self.subTest(name), torch.no_grad():
                model = lively(build(spec))
                export(model, spec.clip, self.folder / "m.onnx")
                again = OnnxNetwork(read(self.folder / "m.onnx")).eval()
                for norm in again.norms.values():
                    norm.running_var.fill_(1 - norm.eps)
                clips = torch.randn(3, *spec.clip)
                self.assertTrue(torch.allclose(again(clips), model(clips), rtol=1e-3, atol=1e-4))
                self.assertEqual(list(again.convs), [x.name for x in convolutions(model, spec.clip)])

    def test_normalisation_begins_as_the_identity_and_folds_back(self) -> None:
        clips = self.clips(40)
        export(lively(self.small()), CLIP, self.folder / "m.onnx")
        model = OnnxNetwork(read(self.folder / "m.onnx")).eval()
        inputs, _ = clips.batch(torch.arange(40))
        with torch.no_grad():
            for norm in model.norms.values():
                norm.running_var.fill_(1 - norm.eps)
            plain = model(inputs)
            model.normalise(clips)
            self.assertTrue(torch.allclose(model(inputs), plain, rtol=1e-3, atol=1e-4))
            for norm in model.norms.values():  # what training may have changed
                norm.weight.mul_(1.5)
                norm.bias.add_(0.1)
            trained = model(inputs)
            (self.folder / "again.onnx").write_bytes(model.write({}))
            again = OnnxNetwork(read(self.folder / "again.onnx")).eval()
            for norm in again.norms.values():
                norm.running_var.fill_(1 - norm.eps)
            self.assertTrue(torch.allclose(again(inputs), trained, rtol=1e-3, atol=1e-4))

    def test_constants_count_on_either_side_of_an_operator(self) -> None:
        class Scaled(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.conv = nn.Conv3d(1, 4, 3)
                self.scale, self.shift = (nn.Parameter(torch.randn(1, 4, 1, 1, 1)) for _ in range(2))

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                y = nn.functional.gelu(self.conv(x / 3 - 0.5)) * self.scale + self.shift
                return (1 - y).mean((2, 3, 4)) + (y / (y * y + 1)).mean((2, 3, 4))

        model, clips = Scaled(), torch.randn(3, *CLIP)
        export(model, CLIP, self.folder / "m.onnx")
        again = OnnxNetwork(read(self.folder / "m.onnx")).eval()
        for norm in again.norms.values():
            norm.running_var.fill_(1 - norm.eps)
        with torch.no_grad():
            self.assertTrue(torch.allclose(again(clips), model(clips), rtol=1e-4, atol=1e-5))

    def test_what_cannot_be_trained_is_named(self) -> None:
        class Odd(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.conv = nn.Conv3d(1, 2, 3)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return torch.sin(self.conv(x)).mean((2, 3, 4))

        export(Odd(), CLIP, self.folder / "m.onnx")
        with self.assertRaisesRegex(
            OnnxError, r"m.onnx: node '/Sin' \(Sin\): not an operator that can be trained; known: .*Conv"
        ):
            OnnxNetwork(read(self.folder / "m.onnx"))

    def test_attributes_of_another_kind_are_named(self) -> None:
        model = nn.Sequential(
            nn.Conv3d(1, 2, 3), nn.LeakyReLU(0.3), nn.MaxPool3d(2), nn.ELU(0.7), nn.AdaptiveAvgPool3d(1), nn.Flatten()
        )
        export(model, CLIP, self.folder / "m.onnx")
        file = read(self.folder / "m.onnx")
        again, clips = OnnxNetwork(file).eval(), torch.randn(3, *CLIP)
        for norm in again.norms.values():
            nn.init.constant_(norm.running_var, 1 - norm.eps)
        with torch.no_grad():
            self.assertTrue(torch.allclose(again(clips), model(clips), rtol=1e-4, atol=1e-5))
        for op, attributes, complaint in (
            ("Conv", {"strides": 1}, "attribute 'strides' is 1: want a list of integers"),
            ("Conv", {"strides": [2, 2]}, "[2, 2]: want three numbers: depth, height, width"),
            ("Conv", {"group": "one"}, "attribute 'group' is 'one': want an integer"),
            ("LeakyRelu", {"alpha": [1]}, "attribute 'alpha' is [1]: want a number"),
            ("MaxPool", {}, "attribute 'kernel_shape' is missing: want a list of integers"),
        ):
            nodes = [replace(node, attributes=attributes) if node.op == op else node for node in file.nodes]
            with (
                self.subTest(complaint),
                self.assertRaisesRegex(OnnxError, rf"m.onnx: node '.+' \({op}\): {re.escape(complaint)}"),
            ):
                OnnxNetwork(replace(file, nodes=nodes))


class ExportTest(Case):
    """That a shipped file computes what PyTorch did is tested where it is used: accuracy/shipped_test.go."""

    def test_convolutions_keep_their_names_and_swallow_the_normalisation(self) -> None:
        path = self.folder / "m.onnx"
        export(self.small(), CLIP, path)
        data = path.read_bytes()
        for layer in ("conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b"):
            self.assertIn(f"/{layer}/Conv".encode(), data)
        self.assertIn(b"fc.weight", data)
        self.assertNotIn(b"BatchNormalization", data)
        self.assertNotIn(b"Dropout", data)

    def test_of_two_exporters_the_one_that_writes_one_file_is_taken(self) -> None:
        def exporter(model: nn.Module, args: tuple, f: io.BytesIO, *, dynamo: bool = True, **_: object) -> None:
            f.write(b"two files" if dynamo else b"one file")

        with mock.patch("torch.onnx.export", exporter):
            export(self.small(), CLIP, self.folder / "m.onnx")
        self.assertEqual((self.folder / "m.onnx").read_bytes(), b"one file")

    def test_the_same_weights_give_the_same_file(self) -> None:
        model = self.small()
        for name in ("a.onnx", "b.onnx"):
            export(model, CLIP, self.folder / name)
        self.assertEqual((self.folder / "a.onnx").read_bytes(), (self.folder / "b.onnx").read_bytes())


class Rt3dTuneTest(Case):
    """rt3d-tune reads what this package writes, and the other way round."""

    def shown(self, path: Path) -> dict[str, dict]:
        """What rt3d-tune says of a model's layers."""
        return {x["name"]: x for x in json.loads(self.rt3d_tune("models", "show", path, "--json"))["layers"]}

    def test_every_model_is_read_with_its_masks(self) -> None:
        grouping = Grouping("kgs", 4, 3)
        for name, spec in TINY.items():
            with self.subTest(name):
                model = lively(build(spec))
                layers = convolutions(model, spec.clip)
                masks = {x.name: cut.mask_at(x.conv.weight, grouping, 0.5) for x in prunable(layers)}
                cut.apply(layers, masks)
                path = self.folder / "m.onnx"
                export(model, spec.clip, path, masks)
                shown = self.shown(path)
                for layer in layers:
                    density = masks[layer.name].density() if layer.name in masks else 1
                    self.assertAlmostEqual(1 - shown[layer.name]["rate"], density, places=6)
                    self.assertEqual(shown[layer.name]["macs_dense"], layer.macs)

    def test_zeros_are_the_same_after_a_way_through_rt3d_tune(self) -> None:
        model = lively(fresh(Spec("motion-c3d", 18, CLIP), 3))
        layers = convolutions(model, CLIP)
        for scheme in ("filter", "vanilla", "kgs"):
            with self.subTest(scheme):
                masks = cut.uniform_masks(layers, prunable(layers), Grouping(scheme, 8, 4), 3.0)
                pruned = lively(fresh(Spec("motion-c3d", 18, CLIP), 3))
                cut.apply(convolutions(pruned, CLIP), masks)
                ours, theirs = self.folder / "ours.onnx", self.folder / "theirs.onnx"
                export(pruned, CLIP, ours, masks)
                # conv1 has no mask here; cutting it makes rt3d-tune read all masks and write them again.
                keep = ",".join(x.name for x in layers if x.name != "conv1")
                self.rt3d_tune(
                    "prune", ours, "--scheme", "kgs", "--gm", 4, "--gn", 1, "--rate", 0.25, "--keep", keep, "-o", theirs
                )
                a, b = OnnxNetwork(read(ours)), OnnxNetwork(read(theirs))
                for name, mask in masks.items():
                    self.assertTrue(torch.equal(b.masks()[name].kept, mask.kept), name)
                    self.assertTrue(torch.equal(a.convs[name].weight, b.convs[name].weight), name)
                    self.assertTrue(torch.equal(b.convs[name].weight == 0, ~mask.weights()), name)

    def test_both_choose_the_same_units(self) -> None:
        path, pruned = self.folder / "m.onnx", self.folder / "p.onnx"
        export(lively(self.small()), CLIP, path)
        dense = OnnxNetwork(read(path))
        for scheme, gm, gn in (("filter", 1, 8), ("vanilla", 4, 3), ("kgs", 3, 4)):
            with self.subTest(scheme):
                self.rt3d_tune(
                    "prune", path, "--scheme", scheme, "--gm", gm, "--gn", gn, "--rate", 0.6, "--keep", "conv1", "-o", pruned
                )
                found = OnnxNetwork(read(pruned)).masks()
                for name, conv in dense.convs.items():
                    if name != "conv1":
                        mask = cut.mask_at(conv.weight, Grouping(scheme, gm, gn), 0.6)
                        self.assertTrue(torch.equal(found[name].kept, mask.kept), name)

    def test_rt3d_tune_computes_the_same_logits(self) -> None:
        self.need("gcc")
        spec = TINY["motion-r2plus1d"]
        model = lively(build(spec))
        export(model, spec.clip, self.folder / "m.onnx")
        clips = torch.randn(2, *spec.clip)
        np.save(self.folder / "x.npy", clips.numpy())
        self.rt3d_tune("run", self.folder / "m.onnx", "--input", self.folder / "x.npy", "--output", self.folder / "y.npy")
        with torch.no_grad():
            self.assertTrue(np.allclose(np.load(self.folder / "y.npy"), model(clips).numpy(), rtol=1e-3, atol=1e-3))


class RefineTest(Case):
    def test_it_trains_and_keeps_graph_and_zeros(self) -> None:
        clips = self.clips(64)
        model = fresh(SMALL, 1)
        dense = Trainer(Recipe(epochs=6, batch=8), clips, model)
        for _ in range(6):
            dense.run_epoch()
        export(model, CLIP, self.folder / "dense.onnx")
        layers = convolutions(model, CLIP)
        masks = cut.uniform_masks(layers, prunable(layers), Grouping("kgs", 4, 4), 3.0)
        cut.apply(layers, masks)
        reestimate(model, clips)
        export(model, CLIP, self.folder / "p.onnx", masks)
        out, data = self.folder / "r.onnx", self.folder / "set"
        text = self.done(
            *("refine", "--model", self.folder / "p.onnx", "--teacher", self.folder / "dense.onnx", "--data", data),
            *("--validation", data, "--out", out, "--epochs", 8, "--batch", 8, "--learning-rate", 3e-3),
        )
        before, after = (float(share) for share in re.findall(r"(\d+\.\d+) %", text))
        self.assertGreater(after, max(before, 85))
        before, after = read(self.folder / "p.onnx"), read(out)
        self.assertEqual([(n.op, n.inputs, n.outputs) for n in before.nodes], [(n.op, n.inputs, n.outputs) for n in after.nodes])
        self.assertEqual(before.metadata[maskfile.KEY], after.metadata[maskfile.KEY])
        network = OnnxNetwork(after)
        for name, mask in masks.items():
            self.assertTrue(torch.equal(network.convs[name].weight == 0, ~mask.weights()), name)
        self.assertEqual(len(clips), 64)

    def test_clips_of_another_shape_are_refused(self) -> None:
        spec = Spec("motion-c3d", 2, (1, 8, 16, 16), (8, 8, 8, 8, 8, 8))
        export(build(spec), spec.clip, self.folder / "m.onnx")
        self.clips()
        status, _, errors = self.command(
            "refine", "--model", self.folder / "m.onnx", "--data", self.folder / "set", "--out", self.folder / "o.onnx"
        )
        self.assertEqual(status, 2)
        self.assertIn("takes [1, 8, 16, 16]: the clips of", errors)


if __name__ == "__main__":
    unittest.main()
