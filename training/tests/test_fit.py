"""What training promises: learning, exact continuation, weights that stay removed."""

from __future__ import annotations

import unittest

import torch

from rt3d_train.errors import UserError
from rt3d_train.fit import checkpoint
from rt3d_train.fit.batchnorm import reestimate
from rt3d_train.fit.checkpoint import CheckpointError
from rt3d_train.fit.evaluate import accuracy, confusion_matrix, predict
from rt3d_train.fit.recipe import Recipe
from rt3d_train.fit.seeds import fresh
from rt3d_train.fit.trainer import Sparsity, Trainer
from rt3d_train.models import Spec
from rt3d_train.sparsity import cut
from rt3d_train.sparsity.layers import convolutions, prunable
from rt3d_train.sparsity.penalty import Penalty
from rt3d_train.sparsity.units import Grouping

from .case import CLIP, SMALL, Case

DROPPING = Spec("motion-c3d", 2, CLIP, (8, 8, 8, 8, 8, 8), dropout=0.5)


def penalised(model: torch.nn.Module, strength: float = 0.2) -> Sparsity:
    """A reweighted penalty on all but the first layer."""
    layers = prunable(convolutions(model, CLIP))
    return Sparsity(Penalty(layers, Grouping("kgs"), strength, True), proximal=True)


class LearningTest(Case):
    def test_it_learns(self) -> None:
        for precision in ("float32", "bfloat16"):
            with self.subTest(precision):
                trainer = Trainer(Recipe(epochs=10, batch=8, precision=precision), self.clips(64), fresh(SMALL, 1))
                losses = [trainer.run_epoch() for _ in range(10)]
                self.assertLess(losses[-1], 0.5 * losses[0])
                self.assertGreater(accuracy(predict(trainer.model, trainer.clips), trainer.clips.labels), 0.9)

    def test_learning_rates_follow_their_schedule(self) -> None:
        for name, least, last in (("constant", 1.0, 1.0), ("cosine", 0.02, 0.02), ("one-cycle", 0.0, 0.05)):
            trainer = Trainer(Recipe(epochs=2, batch=2, schedule=name, learning_rate=1e-2), self.clips(), fresh(SMALL, 1))
            rates = []
            for _ in range(2):
                trainer.run_epoch(lambda *_, t=trainer, r=rates: r.append(t.optimizer.param_groups[0]["lr"] / 1e-2))
            self.assertGreater(max(rates[:6]), 0.9, name)  # high early, whatever the course
            self.assertGreaterEqual(min(rates), least * 0.5, name)
            self.assertLessEqual(rates[-1], last + 1e-9, name)

    def test_a_last_batch_of_one_clip_is_left_out(self) -> None:
        trainer = Trainer(Recipe(epochs=1, batch=8), self.clips(17), fresh(SMALL, 1))
        seen = []
        trainer.run_epoch(lambda done, *_: seen.append(done))
        self.assertEqual(seen, [8, 16])

    def test_a_teacher_pulls_the_logits_to_its_own(self) -> None:
        clips = self.clips()
        teacher = fresh(SMALL, 5).eval()
        student = fresh(SMALL, 6)
        trainer = Trainer(Recipe(epochs=12, batch=8, distill=1.0, schedule="constant"), clips, student, teacher=teacher)

        def apart() -> float:
            return (predict(student, clips).softmax(1) - predict(teacher, clips).softmax(1)).abs().mean().item()

        before = apart()
        for _ in range(12):
            trainer.run_epoch()
        self.assertLess(apart(), 0.5 * before)

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

    def test_confusions_are_counted(self) -> None:
        matrix = confusion_matrix(torch.tensor([[1.0, 0], [0, 1], [0, 1]]), torch.tensor([0, 0, 1]))
        self.assertEqual(matrix.tolist(), [[1, 1], [0, 1]])

    def test_impossible_recipes(self) -> None:
        for change in (
            {"epochs": 0},
            {"batch": 1},
            {"learning_rate": 0},
            {"distill": 2},
            {"schedule": "no"},
            {"precision": "half"},
        ):
            with self.subTest(change), self.assertRaises(UserError):
                Recipe(**change)


class SparseTest(Case):
    def test_the_penalty_brings_units_to_zero(self) -> None:
        clips = self.clips(64)
        for proximal in (True, False):
            with self.subTest(proximal=proximal):
                model = fresh(SMALL, 1)
                sparsity = penalised(model, 1.0)
                sparsity.proximal = proximal
                before = [t.layer.conv.weight.norm().item() for t in sparsity.penalty.terms]
                trainer = Trainer(Recipe(epochs=3, batch=8, schedule="constant", weight_decay=0), clips, model, sparsity)
                for _ in range(3):
                    trainer.run_epoch()
                after = [t.layer.conv.weight.norm().item() for t in sparsity.penalty.terms]
                self.assertLess(sum(after), 0.7 * sum(before))
                if proximal:
                    self.assertGreater(sparsity.penalty.zero_share(), 0.1)

    def test_penalties_are_refreshed_as_often_as_asked(self) -> None:
        for refresh, wanted in ((1.0, 2), (2.0, 1), (0.5, 4), (0.01, 12)):
            model = fresh(SMALL, 1)
            sparsity = penalised(model)
            sparsity.refresh = refresh
            times = []
            sparsity.penalty.refresh = lambda times=times: times.append(1)
            trainer = Trainer(Recipe(epochs=2, batch=4), self.clips(), model, sparsity)
            for _ in range(2):
                trainer.run_epoch()
            self.assertEqual(len(times), wanted, refresh)

    def test_removed_weights_stay_removed(self) -> None:
        model = fresh(SMALL, 1)
        layers = convolutions(model, CLIP)
        masks = cut.uniform_masks(layers, prunable(layers), Grouping("kgs", 8, 4), 2.0)
        cut.apply(layers, masks)
        trainer = Trainer(Recipe(epochs=2, batch=8), self.clips(), model, Sparsity(masks=masks))
        before = model.conv3a.weight.detach().clone()
        for _ in range(2):
            trainer.run_epoch()
        for name, mask in masks.items():
            weight = dict(model.named_modules())[name].weight
            self.assertEqual(weight[~mask.weights()].abs().max().item(), 0, name)
        self.assertFalse(torch.equal(model.conv3a.weight, before))

    def test_batchnorm_is_measured_again(self) -> None:
        clips, model = self.clips(40), fresh(SMALL, 1)
        with torch.no_grad():
            model.conv2.weight *= 3
        reestimate(model, clips)
        with torch.no_grad():
            inputs, _ = clips.batch(torch.arange(40))
            x = model.conv1(inputs)
        self.assertTrue(torch.allclose(model.bn1.running_mean, x.mean((0, 2, 3, 4)), atol=1e-4))
        self.assertEqual(model.bn1.momentum, 0.1)
        self.assertFalse(model.training)


class ContinuingTest(Case):
    def check(self, spec: Spec, sparse: bool) -> None:
        recipe = Recipe(epochs=3, batch=8)
        clips = self.clips()
        runs = []
        for interrupted in (False, True):
            model = fresh(spec, 1)
            trainer = Trainer(recipe, clips, model, penalised(model) if sparse else None)
            trainer.run_epoch()
            if interrupted:
                checkpoint.save_run(self.folder / "c.pt", trainer, spec)
                model = fresh(spec, 99)
                trainer = Trainer(recipe, clips, model, penalised(model) if sparse else None)
                checkpoint.resume(self.folder / "c.pt", trainer, spec)
                self.assertEqual(trainer.epoch, 1)
            for _ in range(2):
                trainer.run_epoch()
            runs.append(model.state_dict())
        for (name, a), b in zip(runs[0].items(), runs[1].values()):
            self.assertTrue(torch.equal(a, b), name)

    def test_resuming_is_exact(self) -> None:
        self.check(DROPPING, sparse=False)

    def test_resuming_under_a_penalty_is_exact(self) -> None:
        self.check(SMALL, sparse=True)

    def test_other_runs_are_not_resumed(self) -> None:
        clips, path = self.clips(), self.folder / "c.pt"
        checkpoint.save_run(path, Trainer(Recipe(), clips, fresh(SMALL, 1)), SMALL)
        with self.assertRaisesRegex(CheckpointError, "recipe"):
            checkpoint.resume(path, Trainer(Recipe(seed=2), clips, fresh(SMALL, 1)), SMALL)
        model = fresh(SMALL, 1)
        with self.assertRaisesRegex(CheckpointError, "penalty"):
            checkpoint.resume(path, Trainer(Recipe(), clips, model, penalised(model)), SMALL)
        checkpoint.save_network(path, model, SMALL, ["a", "b"], {})
        with self.assertRaisesRegex(CheckpointError, "not an unfinished run"):
            checkpoint.resume(path, Trainer(Recipe(), clips, model), SMALL)

    def test_a_network_and_its_masks_come_back(self) -> None:
        model = fresh(SMALL, 1)
        layers = convolutions(model, CLIP)
        masks = cut.uniform_masks(layers, prunable(layers), Grouping("vanilla", 4, 4), 2.0)
        checkpoint.save_network(self.folder / "c.pt", model, SMALL, ["a", "b"], masks)
        again, spec, classes, found = checkpoint.load(self.folder / "c.pt")
        self.assertEqual((spec, classes, sorted(found)), (SMALL, ["a", "b"], sorted(masks)))
        self.assertTrue(torch.equal(again.conv4b.weight, model.conv4b.weight))
        self.assertTrue(torch.equal(found["conv3a"].kept, masks["conv3a"].kept))


if __name__ == "__main__":
    unittest.main()
