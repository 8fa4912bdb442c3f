"""Clips are what their files say, changed in training only as their class allows."""

from __future__ import annotations

import subprocess
import unittest
from pathlib import Path

import numpy as np
import torch

from rt3d_train.data import DataError, augment, load
from rt3d_train.data.video import middles, numbered, numbers_of, square

from .case import CLIP, Case, make_set


class FolderTest(Case):
    def test_values_are_what_meta_says(self) -> None:
        inputs, labels = self.clips().batch(torch.tensor([3, 0]))
        self.assertEqual(labels.tolist(), [1, 0])
        self.assertEqual(inputs.max().item(), (230 - 128) / 64)

    def test_motion_sets_of_rt3d_tune_are_read(self) -> None:
        self.rt3d_tune("data", "motion", "--out", self.folder / "m", "--count", 20, "--seed", 3)
        clips = load(self.folder / "m")
        self.assertEqual((clips.shape, len(clips.classes), clips.flow), (CLIP, 18, "torus"))
        stored = np.load(self.folder / "m" / "clips.npy")
        self.assertTrue(torch.equal(clips.batch(torch.arange(20))[0], torch.from_numpy(stored)))

    def test_last_class_needs_no_newline(self) -> None:
        folder = make_set(self.folder / "set")
        text = (folder / "classes.txt").read_text(encoding="utf-8")
        (folder / "classes.txt").write_text(text.rstrip("\n"), encoding="utf-8")
        self.assertEqual(load(folder).classes, text.splitlines())

    def test_bad_folders(self) -> None:
        good = make_set(self.folder / "good")
        for name in ("clips.npy", "labels.npy", "classes.txt", "meta.json"):
            with self.subTest(name), self.assertRaisesRegex(DataError, name):
                broken = make_set(self.folder / f"no-{name}")
                (broken / name).unlink()
                load(broken)
        for name, content, words in (
            ("labels.npy", np.zeros(23, np.int64), "one label for each of 24"),
            ("labels.npy", np.full(24, 2), "want 0 to 1"),
            ("labels.npy", np.zeros(24), "want integers"),
            ("clips.npy", np.zeros((24, 8, 32, 32), np.uint8), "want \\[n, channels"),
        ):
            with self.subTest(words), self.assertRaisesRegex(DataError, words):
                np.save(make_set(good) / name, content)
                load(good)
        for text, words in (("{", "meta.json:1"), ('{"scale": 1}', "no offset"), ('{"scale": [1, 1], "offset": 0}', "2 values")):
            with self.subTest(words), self.assertRaisesRegex(DataError, words):
                (make_set(good) / "meta.json").write_text(text, encoding="utf-8")
                load(good)
        with self.assertRaisesRegex(DataError, "want 1 to 24"):
            load(make_set(good), 25)


class ArchiveTest(Case):
    def test_medmnist_archives(self) -> None:
        path = self.folder / "organ.npz"
        images = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3), dtype=np.uint8)
        np.savez(
            path,
            train_images=images,
            train_labels=np.arange(6)[:, None] % 3,
            val_images=images[:2],
            val_labels=np.zeros((2, 1), int),
        )
        clips = load(path)
        self.assertEqual((clips.shape, clips.classes, len(clips)), ((1, 5, 4, 3), ["0", "1", "2"], 6))
        inputs, _ = clips.batch(torch.arange(6))
        self.assertTrue(torch.allclose(inputs[:, 0], torch.from_numpy(images / 127.5 - 1).float(), atol=1e-6))
        self.assertEqual(len(load(path, split="validation")), 2)
        with self.assertRaisesRegex(DataError, "no array test_images or X or clips: it has"):
            load(path, split="test")

    def test_channels_last_and_plain_names(self) -> None:
        path = self.folder / "xy.npz"
        np.savez(path, X=np.arange(2 * 4 * 5 * 6 * 3, dtype=np.float32).reshape(2, 4, 5, 6, 3), y=np.array([0, 1]))
        inputs, labels = load(path).batch(torch.arange(2))
        self.assertEqual((tuple(inputs.shape), labels.tolist()), ((2, 3, 4, 5, 6), [0, 1]))
        self.assertEqual(inputs[0, :, 0, 0, 0].tolist(), [0, 1, 2])

    def test_files_that_are_no_archive(self) -> None:
        (self.folder / "bad.npz").write_text("no", encoding="utf-8")
        (self.folder / "clips.txt").write_text("no", encoding="utf-8")
        for name, words in (("bad.npz", "no .npz archive"), ("none.npz", "no such file"), ("clips.txt", "want a folder")):
            with self.subTest(name), self.assertRaisesRegex(DataError, words):
                load(self.folder / name)


class AugmentTest(Case):
    def test_the_torus_moves_and_negates_whole_clips(self) -> None:
        inputs = torch.randn(16, *CLIP)
        moved = augment(inputs, torch.Generator().manual_seed(1))
        self.assertFalse(torch.equal(moved, inputs))
        for before, after in zip(inputs, moved):
            rolled = (sign * torch.roll(before, (y, x), (-2, -1)) for sign in (1, -1) for y in range(32) for x in range(32))
            self.assertTrue(any(torch.equal(after, candidate) for candidate in rolled))

    def test_flip_and_crop(self) -> None:
        inputs = torch.randn(32, 3, 2, 10, 12)
        changed = augment(inputs, torch.Generator().manual_seed(1), "flip", 8)
        self.assertEqual(tuple(changed.shape), (32, 3, 2, 8, 8))
        flips = 0
        for before, after in zip(inputs, changed):
            places = [(y, x, m) for y in range(3) for x in range(5) for m in (False, True)]
            found = [m for y, x, m in places if torch.equal((before.flip(-1) if m else before)[..., y : y + 8, x : x + 8], after)]
            self.assertEqual(len(found), 1)
            flips += found[0]
        self.assertTrue(4 < flips < 28)
        self.assertTrue(torch.equal(augment(inputs, torch.Generator(), "none"), inputs))


class VideoTest(Case):
    def test_frames_are_the_middles_of_segments(self) -> None:
        self.assertEqual(middles(16, 4), [2, 6, 10, 14])
        self.assertEqual(middles(2, 4), [0, 0, 1, 1])
        self.assertEqual(sorted(map(Path, ("f10.png", "f9.png", "f1.png")), key=numbered)[0].name, "f1.png")
        self.assertEqual(sorted(map(Path, ("f10.png", "f9.png", "f1.png")), key=numbered)[2].name, "f10.png")

    def test_names_of_classes_may_hold_spaces(self) -> None:
        (self.folder / "classes.txt").write_text("Apply Eye Makeup\nArchery\n\n", encoding="utf-8")
        labels, classes = numbers_of(self.folder / "list.txt", ["1", "0"])
        self.assertEqual((labels.tolist(), classes), ([1, 0], ["Apply Eye Makeup", "Archery"]))

    def test_the_square_is_the_centre(self) -> None:
        frames = np.zeros((1, 10, 20, 3), np.uint8)
        frames[:, :, 5:15] = (10, 20, 30)
        self.assertEqual(square(frames, 10, 3)[:, 0, 4, 4].tolist(), [10, 20, 30])
        self.assertEqual(square(frames, 10, 3).min(), 10)
        self.assertEqual(square(frames, 10, 1)[0, 0, 4, 4], 18)  # BT.601 luma of (10, 20, 30)

    def test_videos_and_frames_are_packed_alike(self) -> None:
        self.need("ffmpeg")
        self.need("ffprobe")
        for label, source in (("a", "testsrc=size=48x32:rate=10:duration=2"), ("b", "color=red:size=48x32:rate=10:duration=2")):
            (self.folder / "frames" / label).mkdir(parents=True)
            make = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source]
            subprocess.run([*make, "-c:v", "ffv1", str(self.folder / f"{label}.mkv")], check=True)
            unpack = ["ffmpeg", "-v", "error", "-i", str(self.folder / f"{label}.mkv")]
            subprocess.run([*unpack, str(self.folder / "frames" / label / "%d.png")], check=True)
        (self.folder / "videos.txt").write_text("# clips\na.mkv test\nb.mkv red\n", encoding="utf-8")
        (self.folder / "frames.txt").write_text("a test\nb red\n", encoding="utf-8")
        options = ("--frames", 4, "--side", 32, "--crop", 24)
        self.done("pack", "--source", self.folder, "--list", self.folder / "videos.txt", "--out", self.folder / "v", *options)
        self.done(
            *("pack", "--source", self.folder / "frames", "--list", self.folder / "frames.txt", "--kind", "frames"),
            *("--out", self.folder / "f", *options),
        )
        videos, frames = load(self.folder / "v"), load(self.folder / "f")
        self.assertEqual((videos.shape, videos.classes, videos.labels.tolist()), ((3, 4, 24, 24), ["red", "test"], [1, 0]))
        self.assertEqual(videos.flow, "flip")
        # PNG holds RGB, the video 4:2:0 or RGB by its codec: the conversion may round differently by a step.
        self.assertLess(np.abs(videos.stored.astype(int) - frames.stored.astype(int)).max(), 4)
        red = (videos.batch(torch.tensor([1]))[0][0, :, 0, 0, 0] * videos.scale.reciprocal() + videos.offset).round()
        self.assertTrue(torch.allclose(red, torch.tensor([254.0, 0.0, 0.0]), atol=3), red)

    def test_lists_and_clips_that_cannot_be_read(self) -> None:
        self.need("ffmpeg")
        (self.folder / "empty").mkdir()
        (self.folder / "bad.mkv").write_text("no video", encoding="utf-8")
        for text, kind, words in (
            ("only-a-path\n", "video", "list.txt:1: .* has no label"),
            ("\n", "video", "no clips"),
            ("none.mkv 0\n", "video", "none.mkv: no such file"),
            ("bad.mkv 0\n", "video", "bad.mkv: ffprobe"),
            ("empty 0\n", "frames", "empty: want a folder of .jpg"),
        ):
            (self.folder / "list.txt").write_text(text, encoding="utf-8")
            with self.subTest(words):
                arguments = (
                    "--source",
                    self.folder,
                    "--list",
                    self.folder / "list.txt",
                    "--kind",
                    kind,
                    "--out",
                    self.folder / "x",
                )
                status, _, errors = self.command("pack", *arguments)
                self.assertEqual(status, 2)
                self.assertRegex(errors, words)


if __name__ == "__main__":
    unittest.main()
