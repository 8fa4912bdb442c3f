"""What training promises: shapes, learning, exact continuation, and an export that means the same."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

from rt3d_train.__main__ import main
from rt3d_train.data import Clips, DataError, augment, load
from rt3d_train.export import export
from rt3d_train.model import MotionC3D
from rt3d_train.training import CheckpointError, Recipe, Trainer, accuracy, predict, shrink_groups

CLASSES = ["left", "right"]
SMALL = (8, 8, 8, 8, 8, 8)


def make_set(folder: Path, count: int = 24, seed: int = 0) -> Path:
    """A set of two classes: a bright bar that moves left or right."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    clips = random.integers(118, 139, (count, *MotionC3D.SHAPE), dtype=np.uint8)
    labels = np.arange(count) % 2
    for clip, label in zip(clips, labels):
        start = random.integers(32)
        for frame in range(8):
            clip[0, frame, :, (start + frame * (2 * label - 1) * 2 + np.arange(6)) % 32] = 230
    np.save(folder / "clips.npy", clips)
    np.save(folder / "labels.npy", labels.astype(np.int64))
    (folder / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES), encoding="utf-8")
    (folder / "meta.json").write_text(json.dumps({"offset": 128, "scale": 1 / 64}), encoding="utf-8")
    return folder


class Case(unittest.TestCase):
    """A temporary folder, and threads that do not fight over cores."""

    def setUp(self) -> None:
        torch.set_num_threads(1)
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def clips(self, count: int = 24) -> Clips:
        return load(make_set(self.folder / "set", count))

    def command(self, *arguments: object) -> tuple[int, str, str]:
        """Exit status, output and errors of one command line."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([*map(str, arguments), "--threads", "1"])
        return status, out.getvalue(), err.getvalue()


class ModelTest(Case):
    def test_shapes_and_size(self) -> None:
        model = MotionC3D(18)
        shapes = {}
        for name, module in model.named_children():
            module.register_forward_hook(lambda _, __, out, name=name: shapes.update({name: tuple(out.shape[1:])}))
        self.assertEqual(model(torch.zeros(2, *MotionC3D.SHAPE)).shape, (2, 18))
        self.assertEqual(shapes["conv1"], (16, 8, 16, 16))
        self.assertEqual(shapes["conv2"], (32, 4, 8, 8))
        self.assertEqual(shapes["conv4b"], (96, 2, 4, 4))
        self.assertLessEqual(sum(p.numel() for p in model.parameters()), 1_000_000)

    def test_channels_fit_the_vector_units(self) -> None:
        for width in MotionC3D.DEFAULT_WIDTHS:
            self.assertEqual(width % 16, 0)


class DataTest(Case):
    def test_values_are_what_meta_says(self) -> None:
        clips = self.clips()
        inputs, labels = clips.batch(torch.tensor([3, 0]))
        self.assertEqual(labels.tolist(), [1, 0])
        self.assertEqual(inputs.max().item(), (230 - 128) / 64)

    def test_augmentation_moves_and_negates_whole_clips(self) -> None:
        inputs = torch.randn(16, *MotionC3D.SHAPE)
        moved = augment(inputs, torch.Generator().manual_seed(1))
        self.assertFalse(torch.equal(moved, inputs))
        for before, after in zip(inputs, moved):
            candidates = [
                sign * torch.roll(before, (down, right), (-2, -1))
                for sign in (1, -1)
                for down in range(32)
                for right in range(32)
            ]
            self.assertTrue(any(torch.equal(after, c) for c in candidates))

    def test_bad_folders(self) -> None:
        good = make_set(self.folder / "good")
        for name in ("clips.npy", "labels.npy", "classes.txt", "meta.json"):
            with self.subTest(name), self.assertRaisesRegex(DataError, name):
                broken = make_set(self.folder / f"no-{name}")
                (broken / name).unlink()
                load(broken)
        with self.assertRaisesRegex(DataError, "one label for each of 24"):
            np.save(good / "labels.npy", np.zeros(23, dtype=np.int64))
            load(good)
        with self.assertRaisesRegex(DataError, "want 0 to 1"):
            np.save(good / "labels.npy", np.full(24, 2))
            load(good)
        with self.assertRaisesRegex(DataError, "want 1 to 24"):
            load(make_set(good), 25)


class TrainingTest(Case):
    def test_it_learns(self) -> None:
        trainer = Trainer(Recipe(epochs=12, batch=8, widths=SMALL, dropout=0), self.clips(64))
        losses = [trainer.run_epoch(lambda *_: None) for _ in range(12)]
        self.assertLess(losses[-1], 0.5 * losses[0])
        self.assertGreater(accuracy(predict(trainer.model, trainer.clips), trainer.clips.labels), 0.9)

    def test_a_step_lowers_the_loss(self) -> None:
        clips = self.clips(8)
        trainer = Trainer(Recipe(epochs=20, batch=8, widths=SMALL, dropout=0), clips)
        inputs, labels = clips.batch(torch.arange(8))
        trainer.model.train()

        def loss() -> float:
            with torch.no_grad():
                return torch.nn.functional.cross_entropy(trainer.model(inputs), labels).item()

        before = loss()
        trainer.run_epoch(lambda *_: None)
        self.assertLess(loss(), before)

    def test_shuffled_frames_are_the_same_frames(self) -> None:
        clips = self.clips(8)
        seen = []

        class Watch(torch.nn.Module):
            def forward(self, inputs: torch.Tensor) -> torch.Tensor:
                seen.append(inputs)
                return torch.zeros(len(inputs), 2)

        predict(Watch(), clips, torch.Generator().manual_seed(1))
        original, _ = clips.batch(torch.arange(8))
        self.assertFalse(torch.equal(seen[0], original))
        self.assertTrue(torch.allclose(seen[0].sum(2), original.sum(2), atol=1e-5))

    def test_resuming_is_exact(self) -> None:
        recipe = Recipe(epochs=3, batch=8, widths=SMALL, dropout=0.5)
        clips = self.clips()
        straight = Trainer(recipe, clips)
        for _ in range(3):
            straight.run_epoch(lambda *_: None)

        first = Trainer(recipe, clips)
        first.run_epoch(lambda *_: None)
        first.save(self.folder / "checkpoint.pt")
        torch.manual_seed(99)
        second = Trainer(recipe, clips)
        second.resume(self.folder / "checkpoint.pt")
        self.assertEqual(second.epoch, 1)
        for _ in range(2):
            second.run_epoch(lambda *_: None)
        for (name, a), b in zip(straight.model.state_dict().items(), second.model.state_dict().values()):
            self.assertTrue(torch.equal(a, b), name)

    def test_shrinking_shortens_each_unit(self) -> None:
        model = MotionC3D(2, (8, 8, 8, 8, 8, 8))
        with torch.no_grad():
            model.conv2.weight[:, 4:, 1, 1, 1] *= 1e-3
        before = {name: value.clone() for name, value in model.state_dict().items()}
        shrink_groups(model, 0.1)
        self.assertTrue(torch.equal(model.conv1.weight, before["conv1.weight"]), "the first layer has changed")
        self.assertTrue(torch.equal(model.fc.weight, before["fc.weight"]), "the last layer has changed")
        self.assertEqual(model.conv2.weight[:, 4:, 1, 1, 1].abs().max().item(), 0)
        old, new = before["conv2.weight"][:, :4, 2, 0, 1], model.conv2.weight[:, :4, 2, 0, 1]
        self.assertAlmostEqual(new.norm().item(), old.norm().item() - 0.1, places=5)
        self.assertTrue(torch.allclose(new / new.norm(), old / old.norm(), atol=1e-6))

    def test_starting_from_a_finished_run(self) -> None:
        clips = self.clips()
        first = Trainer(Recipe(widths=SMALL), clips)
        first.save(self.folder / "checkpoint.pt")
        second = Trainer(Recipe(widths=SMALL, seed=2), clips)
        second.start_from(self.folder / "checkpoint.pt")
        self.assertEqual(second.epoch, 0)
        for a, b in zip(first.model.parameters(), second.model.parameters()):
            self.assertTrue(torch.equal(a, b))

    def test_another_recipe_is_not_resumed(self) -> None:
        clips = self.clips()
        Trainer(Recipe(widths=SMALL), clips).save(self.folder / "checkpoint.pt")
        with self.assertRaisesRegex(CheckpointError, "recipe"):
            Trainer(Recipe(widths=SMALL, seed=2), clips).resume(self.folder / "checkpoint.pt")


class CommandTest(Case):
    def test_train_evaluate_export(self) -> None:
        data, out = make_set(self.folder / "set"), self.folder / "run"
        status, text, _ = self.command("train", "--data", data, "--validation", data, "--out", out, "--epochs", 1, "--batch", 8)
        self.assertEqual(status, 0)
        self.assertRegex(text, r"epoch 1/1: loss .*validation accuracy")
        status, text, _ = self.command("evaluate", "--checkpoint", out / "checkpoint.pt", "--data", data, "--shuffle-frames")
        self.assertEqual(status, 0)
        self.assertRegex(text, r"accuracy +\d+\.\d\d % of 24 clips")
        onnx = self.folder / "m.onnx"
        self.assertEqual(self.command("export", "--checkpoint", out / "checkpoint.pt", "--out", onnx)[0], 0)
        self.assertGreater(onnx.stat().st_size, 1_000_000)
        # A finished run is finished.
        status, text, _ = self.command("train", "--data", data, "--out", out, "--epochs", 1, "--batch", 8, "--resume")
        self.assertEqual((status, text), (0, ""))

    def test_errors_are_one_line_and_status_2(self) -> None:
        data = make_set(self.folder / "set")
        text_file = self.folder / "text.pt"
        text_file.write_text("no checkpoint", encoding="utf-8")
        for arguments, words in (
            (("train", "--data", self.folder / "none", "--out", self.folder), "none/clips.npy: no such file"),
            (("evaluate", "--data", data, "--checkpoint", self.folder / "none.pt"), "none.pt: no such file"),
            (("evaluate", "--data", data, "--checkpoint", text_file), "not a checkpoint"),
            (("train", "--data", data, "--out", self.folder, "--resume"), "checkpoint.pt: no such file"),
        ):
            with self.subTest(words):
                status, _, errors = self.command(*arguments)
                self.assertEqual(status, 2)
                self.assertEqual(errors.count("\n"), 1)
                self.assertIn(words, errors)


class ExportTest(Case):
    """That a shipped file computes what PyTorch did is tested where it is used: accuracy/shipped_test.go."""

    def test_convolutions_keep_their_names_and_swallow_the_normalisation(self) -> None:
        path = self.folder / "m.onnx"
        export(MotionC3D(4), MotionC3D.SHAPE, path)
        data = path.read_bytes()
        for layer in ("conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b"):
            self.assertIn(f"/{layer}/Conv".encode(), data)
        self.assertIn(b"fc.weight", data)
        self.assertNotIn(b"BatchNormalization", data)
        self.assertNotIn(b"Dropout", data)

    def test_the_same_weights_give_the_same_file(self) -> None:
        model = MotionC3D(4)
        for name in ("a.onnx", "b.onnx"):
            export(model, MotionC3D.SHAPE, self.folder / name)
        self.assertEqual((self.folder / "a.onnx").read_bytes(), (self.folder / "b.onnx").read_bytes())


if __name__ == "__main__":
    unittest.main()
