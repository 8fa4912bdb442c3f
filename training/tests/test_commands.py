"""The command line from training to export."""

from __future__ import annotations

import json
import subprocess
import sys
import unittest

from rt3d_train.onnx.file import read
from rt3d_train.onnx.network import OnnxNetwork

from .case import REPOSITORY, Case, make_set

WIDTHS = ("--widths", "8,8,8,8,8,8")


class CommandTest(Case):
    def test_train_evaluate_export(self) -> None:
        data, out = make_set(self.folder / "set"), self.folder / "run"
        text = self.done("train", "--data", data, "--validation", data, "--out", out, "--epochs", 1, "--batch", 8)
        self.assertRegex(text, r"epoch 1/1: loss .*validation accuracy")
        checkpoint = out / "checkpoint.pt"
        text = self.done("evaluate", "--checkpoint", checkpoint, "--data", data, "--shuffle-frames")
        self.assertRegex(text, r"accuracy +\d+\.\d\d % of 24 clips")
        onnx = self.folder / "m.onnx"
        self.done("export", "--checkpoint", checkpoint, "--out", onnx)
        self.assertGreater(onnx.stat().st_size, 1_000_000)
        # A finished run is finished.
        self.assertEqual(self.done("train", "--data", data, "--out", out, "--epochs", 1, "--batch", 8, "--resume"), "")

    def test_the_road_of_reweighted_pruning(self) -> None:
        data = make_set(self.folder / "set")
        common = ("--data", data, "--batch", 8, "--epochs", 1)
        self.done("train", *common, *WIDTHS, "--out", self.folder / "dense")
        dense = self.folder / "dense" / "checkpoint.pt"
        text = self.done(
            *("train", *common, *WIDTHS, "--start", dense, "--out", self.folder / "penalised", "--penalty", "reweighted"),
            *("--strength", 0.5, "--scheme", "kgs", "--gm", 4, "--gn", 4, "--schedule", "constant"),
        )
        self.assertRegex(text, r"% of MACs at zero")
        pruned = self.folder / "pruned.pt"
        text = self.done(
            *("prune", "--checkpoint", self.folder / "penalised" / "checkpoint.pt", "--macs", 2, "--gm", 4, "--gn", 4),
            *("--data", data, "--out", pruned),
        )
        self.assertRegex(text, r"conv3b .* rate 0\.\d+")
        self.assertRegex(text, r"(1\.9\d|2\.0\d) times fewer")
        tuned = self.folder / "tuned"
        self.done("finetune", "--checkpoint", pruned, "--teacher", dense, *common, "--out", tuned)
        onnx = self.folder / "m.onnx"
        self.done("export", "--checkpoint", tuned / "checkpoint.pt", "--out", onnx)
        network = OnnxNetwork(read(onnx))
        masks = network.masks()
        self.assertEqual(sorted(masks), ["conv2", "conv3a", "conv3b", "conv4a", "conv4b"])
        for name, mask in masks.items():
            self.assertEqual(network.convs[name].weight[~mask.weights()].abs().max().item(), 0)
        # Resuming takes masks, teacher and all.
        text = self.done("finetune", "--checkpoint", pruned, "--teacher", dense, *common, "--out", tuned, "--resume")
        self.assertEqual(text, "")

    def test_rates_by_layer_and_by_norm(self) -> None:
        data = make_set(self.folder / "set")
        self.done("train", "--data", data, "--batch", 8, "--epochs", 1, *WIDTHS, "--out", self.folder)
        rates = self.folder / "rates.json"
        rates.write_text(json.dumps({"conv3b": 0.5}), encoding="utf-8")
        prune = ("prune", "--checkpoint", self.folder / "checkpoint.pt", "--out", self.folder / "p.pt")
        text = self.done(*prune, "--rates", rates)
        self.assertRegex(text, r"conv3b .* rate 0\.5\d\d\nconv4a .* rate 0\.000")
        self.assertRegex(self.done(*prune, "--macs-by-norm", 2), r"(1\.9\d|2\.0\d) times fewer")
        aimed = ("train", "--data", data, "--batch", 8, "--epochs", 1, *WIDTHS, "--out", self.folder / "aimed", "--rates", rates)
        text = self.done(*aimed, "--penalty", "fixed", "--strength", 1e4, "--schedule", "constant")
        # conv3b alone is pressed, and half of it, to the unit.
        self.assertRegex(text, r"epoch 1/1: .*, (49|50)\.\d % of MACs at zero")
        for extra, words in (((), "--rates without --penalty"), (("--penalty", "fixed"), "no rate above 0")):
            rates.write_text('{"conv3b": 0}', encoding="utf-8")
            status, _, errors = self.command(*aimed, *extra)
            self.assertEqual(status, 2)
            self.assertIn(words, errors)
        for content, words in (
            ("{", "rates.json:1"),
            ('{"conv9": 0.5}', "layer 'conv9': the model has conv1, conv2"),
            ('{"conv2": 1}', "conv2: rate 1: want 0 or more and less than 1"),
            ("[]", "want rates by layer"),
        ):
            rates.write_text(content, encoding="utf-8")
            status, _, errors = self.command(*prune, "--rates", rates)
            self.assertEqual(status, 2)
            self.assertIn(words, errors)

    def test_errors_are_one_line_and_status_2(self) -> None:
        data = make_set(self.folder / "set")
        text_file = self.folder / "text.pt"
        text_file.write_text("no checkpoint", encoding="utf-8")
        self.done("train", "--data", data, "--batch", 8, "--epochs", 1, *WIDTHS, "--out", self.folder / "run")
        dense = self.folder / "run" / "checkpoint.pt"
        other = make_set(self.folder / "other")
        (other / "classes.txt").write_text("up\ndown\n", encoding="utf-8")
        for arguments, words in (
            (
                ("train", "--data", data, "--batch", 8, *WIDTHS, "--learning-rate", 1e38, "--out", self.folder / "run"),
                "the loss is nan: training diverged; want a smaller learning rate",
            ),
            (("train", "--data", self.folder / "none", "--out", self.folder), "none/clips.npy: no such file"),
            (("train", "--data", data, "--validation", other, "--out", self.folder), "want those of"),
            (("train", "--data", data, "--out", self.folder, "--device", "nowhere"), "--device nowhere"),
            (("train", "--data", data, "--out", self.folder, "--resume"), "checkpoint.pt: no such file"),
            (("train", "--data", data, "--out", self.folder, "--epochs", 0), "epochs 0: want at least 1"),
            (("evaluate", "--data", data, "--checkpoint", self.folder / "none.pt"), "none.pt: no such file"),
            (("evaluate", "--data", data, "--checkpoint", text_file), "not a checkpoint"),
            (("evaluate", "--data", other, "--checkpoint", dense), "the checkpoint was trained on ['left', 'right']"),
            (("prune", "--checkpoint", dense, "--out", self.folder / "p.pt", "--macs", 99), "allow 1 to"),
            (("finetune", "--checkpoint", dense, "--data", data, "--out", self.folder), "it has no masks"),
            (("finetune", "--checkpoint", dense, "--data", data, "--out", self.folder, "--distill", 1), "--distill without"),
        ):
            with self.subTest(words):
                status, _, errors = self.command(*arguments)
                self.assertEqual(status, 2, errors)
                self.assertEqual(errors.count("\n"), 1, errors)
                self.assertIn(words, errors)

    def test_the_module_runs(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "rt3d_train", "--help"],
            cwd=REPOSITORY / "training",
            capture_output=True,
            text=True,
            check=True,
        )
        for command in ("train", "prune", "finetune", "evaluate", "export", "refine", "pack", "experiment"):
            self.assertIn(command, done.stdout)


if __name__ == "__main__":
    unittest.main()
