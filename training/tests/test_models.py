"""The networks are the published ones, with the names that others give their weights."""

from __future__ import annotations

import unittest
from pathlib import Path

import torch

from rt3d_train.errors import UserError
from rt3d_train.fit.checkpoint import CheckpointError, start_from
from rt3d_train.models import Spec, build, names
from rt3d_train.sparsity.layers import convolutions, prunable

from .case import CLIP, REPOSITORY, Case

VIDEO = (3, 16, 112, 112)
TINY = {
    "c3d": Spec("c3d", 5, (3, 16, 32, 32), (2, 2, 2, 2, 2, 2, 2, 2, 4, 4)),
    "motion-c3d": Spec("motion-c3d", 5, CLIP),
    "motion-c3d-pooled": Spec("motion-c3d-pooled", 5, CLIP),
    "r2plus1d_18": Spec("r2plus1d_18", 5, (3, 8, 32, 32), (4, 4, 8, 8)),
    "motion-r2plus1d": Spec("motion-r2plus1d", 5, CLIP),
    "s3d": Spec("s3d", 5, (3, 13, 209, 209), scale=0.05),
}


def published(network: str) -> dict[str, list[str]]:
    """The fields of the layer tables that the zoo is held against, by layer."""
    text = Path(REPOSITORY, "model/zoo/testdata/layers.txt").read_text(encoding="utf-8")
    rows = [line.split() for line in text.splitlines() if line.startswith(f"{network} ")]
    return {row[1]: row[2:] for row in rows}


class ModelTest(Case):
    def test_every_model_runs_at_any_width_and_size(self) -> None:
        self.assertEqual(sorted(TINY), sorted(names()))
        for name, spec in TINY.items():
            with self.subTest(name):
                model = build(spec).eval()
                with torch.no_grad():
                    self.assertEqual(model(torch.zeros(2, *spec.clip)).shape, (2, 5))

    def test_r2plus1d_is_torchvisions(self) -> None:
        model = build(Spec("r2plus1d_18", 101, VIDEO))
        table = published("r2plus1d-18")
        with torch.no_grad():
            layers = {layer.name: layer for layer in convolutions(model, VIDEO)}
        self.assertEqual(sorted(layers), sorted(name for name in table if name != "fc"))
        for name, layer in layers.items():
            self.assertEqual(layer.conv.weight.numel(), int(table[name][7]), name)
            self.assertEqual(f"{layer.macs / 1e6:.1f}", table[name][8], name)
        self.assertEqual(sum(p.numel() for p in model.parameters()), 31_351_938)
        for key in ("stem.1.running_var", "layer2.0.downsample.1.weight", "layer4.1.conv2.0.1.bias", "layer4.1.conv2.1.weight"):
            self.assertIn(key, model.state_dict())

    def test_s3d_is_torchvisions(self) -> None:
        model = build(Spec("s3d", 400, (3, 16, 224, 224)))
        self.assertEqual(sum(p.numel() for p in model.parameters()), 8_320_048)
        keys = model.state_dict()
        for key, shape in (
            ("features.0.0.0.weight", (64, 3, 1, 7, 7)),
            ("features.0.1.0.weight", (64, 64, 7, 1, 1)),
            ("features.5.branch0.0.weight", (64, 192, 1, 1, 1)),
            ("features.5.branch1.1.0.0.weight", (128, 96, 1, 3, 3)),
            ("features.15.branch3.1.1.running_mean", (128,)),
            ("classifier.1.weight", (400, 1024, 1, 1, 1)),
        ):
            self.assertEqual(tuple(keys[key].shape), shape, key)

    def test_s3d_pools_what_small_clips_leave(self) -> None:
        for clip, pool in (((3, 16, 224, 224), [2, 7, 7]), ((3, 5, 17, 200), [1, 1, 6]), ((1, 16, 64, 64), [2, 2, 2])):
            with self.subTest(clip), torch.no_grad():
                model = build(Spec("s3d", 5, clip, scale=0.05)).eval()
                self.assertEqual(list(model.avgpool.kernel_size), pool)
                self.assertEqual(list(model.features(torch.zeros(1, *clip)).shape[2:]), pool)

    def test_pairs_are_layers_of_which_the_second_reads_the_first(self) -> None:
        for name, spec in TINY.items():
            with self.subTest(name):
                model = build(spec)
                convs = {n: m for n, m in model.named_modules() if isinstance(m, torch.nn.Conv3d)}
                for first, second in model.pairs():
                    self.assertEqual(convs[first].out_channels, convs[second].in_channels, (first, second))

    def test_the_first_layer_is_not_pruned(self) -> None:
        layers = convolutions(build(TINY["r2plus1d_18"]), TINY["r2plus1d_18"].clip)
        self.assertNotIn("stem.0", [layer.name for layer in prunable(layers)])
        self.assertEqual(len(prunable(layers, keep=["stem.3"])), len(layers) - 2)

    def test_impossible_models_are_refused(self) -> None:
        for spec, words in (
            (Spec("c4d", 5, CLIP), "want one of c3d"),
            (Spec("c3d", 5, (3, 16, 8, 8)), "want at least 16 frames of 16x16"),
            (Spec("s3d", 5, (3, 4, 224, 224)), "want at least 5 frames"),
            (Spec("s3d", 5, (3, 16, 224, 224), widths=(8, 8)), "want a scale"),
            (Spec("motion-c3d", 5, CLIP, (8, 8)), "2 widths: want 6"),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                build(spec)


class StartTest(Case):
    def test_weights_by_name_load_and_another_classifier_stays_random(self) -> None:
        path = self.folder / "r2plus1d_18.pth"
        donor = build(TINY["r2plus1d_18"])
        torch.save(donor.state_dict(), path)
        model = build(Spec("r2plus1d_18", 3, (3, 8, 32, 32), (4, 4, 8, 8)))
        before = model.fc.weight.clone()
        start_from(path, model)
        self.assertTrue(torch.equal(model.layer2[0].conv1[0][0].weight, donor.layer2[0].conv1[0][0].weight))
        self.assertTrue(torch.equal(model.fc.weight, before))

    def test_weights_of_another_model_are_refused(self) -> None:
        path = self.folder / "other.pth"
        torch.save(build(TINY["motion-c3d"]).state_dict(), path)
        with self.assertRaisesRegex(CheckpointError, r"other.pth: no weights stem\.0\.weight"):
            start_from(path, build(TINY["r2plus1d_18"]))
        torch.save(build(Spec("r2plus1d_18", 5, (3, 8, 32, 32), (4, 4, 8, 16))).state_dict(), path)
        with self.assertRaisesRegex(CheckpointError, r"layer4\.0.* wants"):
            start_from(path, build(TINY["r2plus1d_18"]))


if __name__ == "__main__":
    unittest.main()
