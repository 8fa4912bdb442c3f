"""Units, penalties, cuts and the text of masks."""

from __future__ import annotations

import json
import unittest

import torch
from torch import nn

from rt3d_train.errors import UserError
from rt3d_train.models import Spec, build
from rt3d_train.sparsity import cut, maskfile
from rt3d_train.sparsity.layers import Layer, convolutions, prunable
from rt3d_train.sparsity.penalty import Penalty
from rt3d_train.sparsity.units import Grouping

from .case import CLIP, SMALL, Case

GROUPINGS = [
    Grouping("filter"),
    Grouping("vanilla", 8, 4),
    Grouping("kgs", 8, 4),
    Grouping("kgs", 5, 3),
    Grouping("vanilla", 1, 1),
]


def layer(filters: int, channels: int, kernel: tuple[int, int, int] = (3, 3, 3), name: str = "conv") -> Layer:
    """A convolution with random weights."""
    return Layer(name, nn.Conv3d(channels, filters, kernel, bias=False), filters * channels)


class UnitsTest(Case):
    def test_sums_are_those_of_a_loop_edges_included(self) -> None:
        weight = torch.randn(13, 7, 2, 1, 3, dtype=torch.double)
        for grouping in GROUPINGS:
            units = grouping.of(weight)
            groups = -(-7 // units.gn)
            sums = torch.zeros(units.count, dtype=torch.double)
            for f in range(13):
                for n in range(7):
                    for k, value in enumerate(weight[f, n].flatten()):
                        unit = f // units.gm * groups + n // units.gn
                        sums[unit * 6 + k if grouping.scheme == "kgs" else unit] += value
            self.assertTrue(torch.allclose(units.sums(weight), sums), grouping)
            self.assertEqual(units.sizes().sum().item(), weight.numel())

    def test_spreading_reaches_each_weight_of_a_unit(self) -> None:
        for grouping in GROUPINGS:
            units = grouping.of(torch.empty(13, 7, 2, 1, 3))
            spread = units.spread(torch.arange(units.count))
            self.assertEqual(spread.shape, (13, 7, 2, 1, 3))
            again = units.sums(spread.float()) / units.sizes()
            self.assertTrue(torch.allclose(again, torch.arange(units.count).float()), grouping)

    def test_bad_groupings(self) -> None:
        for arguments in (("blocks", 8, 4), ("kgs", 0, 4), ("vanilla", 8, -1)):
            with self.assertRaises(UserError):
                Grouping(*arguments)


class PenaltyTest(Case):
    def test_the_norm_is_in_the_gradient(self) -> None:
        """A published implementation detaches the norm: its penalty then moves nothing."""
        for grouping in GROUPINGS:
            for reweighted in (False, True):
                one = layer(16, 8)
                penalty = Penalty([one], grouping, 0.5, reweighted)
                penalty.loss().backward()
                weight = one.conv.weight
                units = grouping.of(weight)
                norms = units.norms(weight.detach())
                wanted = 0.5 * units.spread(penalty.terms[0].factors / norms) * weight.detach()
                self.assertGreater(weight.grad.abs().min().item(), 0)
                self.assertTrue(torch.allclose(weight.grad, wanted, atol=1e-6), (grouping, reweighted))

    def test_a_zero_unit_has_a_gradient_of_zero(self) -> None:
        one = layer(8, 4)
        with torch.no_grad():
            one.conv.weight[:, :, 1, 1, 1] = 0
        Penalty([one], Grouping("kgs"), 1.0, True).loss().backward()
        self.assertEqual(one.conv.weight.grad[:, :, 1, 1, 1].abs().max().item(), 0)
        self.assertTrue(torch.isfinite(one.conv.weight.grad).all())

    def test_reweighting_presses_on_short_units_and_is_constant_in_between(self) -> None:
        one = layer(8, 4)
        with torch.no_grad():
            one.conv.weight[:, :, 0] *= 0.1
        penalty = Penalty([one], Grouping("kgs"), 1.0, True)
        factors = penalty.terms[0].factors.clone()
        self.assertGreater(factors[:9].min().item(), 10 * factors[9:].max().item())
        with torch.no_grad():
            one.conv.weight[:, :, 0] *= 100
        self.assertTrue(torch.equal(penalty.terms[0].factors, factors))
        penalty.refresh()
        self.assertLess(penalty.terms[0].factors[:9].max().item(), penalty.terms[0].factors[9:].min().item())

    def test_reweighted_factors_are_rt3ds_but_for_a_constant(self) -> None:
        one = layer(8, 8)
        penalty = Penalty([one], Grouping("kgs"), 1.0, True, eps=1e-2)
        squares = Grouping("kgs").of(one.conv.weight).norms(one.conv.weight.detach()).square()
        ratio = penalty.terms[0].factors * (squares + 1e-2 * squares.mean())
        self.assertTrue(torch.allclose(ratio, ratio[0].expand_as(ratio), rtol=1e-4))

    def test_what_is_left_of_a_layer_is_pressed_less(self) -> None:
        """Otherwise a layer that has begun to lose units loses them all."""
        one = layer(8, 8)
        before = Penalty([one], Grouping("kgs"), 1.0, True).terms[0].factors
        with torch.no_grad():
            one.conv.weight[:, 4:] = 0
        after = Penalty([one], Grouping("kgs"), 1.0, True).terms[0].factors
        self.assertTrue((after[:27] < 0.75 * before[:27]).all())

    def test_one_strength_means_the_same_at_every_scale_of_weights(self) -> None:
        one, large = layer(8, 8), layer(8, 8)
        with torch.no_grad():
            large.conv.weight.copy_(7 * one.conv.weight)
        a, b = (Penalty([x], Grouping("kgs"), 1.0, True).terms[0].factors for x in (one, large))
        self.assertTrue(torch.allclose(a, b, rtol=1e-4))

    def test_shares_are_of_multiply_accumulates(self) -> None:
        layers = [Layer("a", nn.Conv3d(4, 8, 1), 300), Layer("b", nn.Conv3d(4, 8, 1), 100)]
        self.assertEqual([t.share for t in Penalty(layers, Grouping("kgs"), 1.0, False).terms], [1.5, 0.5])

    def test_aimed_at_rates_it_zeroes_what_they_cut_and_nothing_else(self) -> None:
        for reweighted in (False, True):
            layers = [Layer("a", layer(16, 16).conv, 300), Layer("b", layer(8, 8).conv, 100)]
            rates = {"a": 0.75, "b": 0.25}
            grouping = Grouping("kgs")
            before = {x.name: x.conv.weight.detach().clone() for x in layers}
            penalty = Penalty(layers, grouping, 1.0, reweighted, rates=rates)
            self.assertEqual([t.share for t in penalty.terms], [1, 1])
            for _ in range(200):
                penalty.refresh()
                penalty.shrink(0.1)
            for x in layers:
                kept = cut.mask_at(before[x.name], grouping, rates[x.name]).weights()
                self.assertTrue(torch.equal(x.conv.weight.detach(), before[x.name] * kept), (x.name, reweighted))

    def test_the_proximal_step_shortens_each_unit_and_stops_at_zero(self) -> None:
        one = layer(8, 8)
        with torch.no_grad():
            one.conv.weight[:, 4:, 1, 1, 1] *= 1e-3
        before = one.conv.weight.detach().clone()
        penalty = Penalty([one], Grouping("kgs"), 1.0, False)
        penalty.shrink(0.1 / 32**0.5)  # P is the root of the unit's 32 weights
        self.assertEqual(one.conv.weight[:, 4:, 1, 1, 1].abs().max().item(), 0)
        old, new = before[:, :4, 2, 0, 1], one.conv.weight.detach()[:, :4, 2, 0, 1]
        self.assertAlmostEqual(new.norm().item(), old.norm().item() - 0.1, places=5)
        self.assertTrue(torch.allclose(new / new.norm(), old / old.norm(), atol=1e-6))
        self.assertAlmostEqual(penalty.zero_share(), 1 / 54, places=6)


class CutTest(Case):
    def test_the_rate_is_met_to_half_a_unit(self) -> None:
        weight = torch.randn(50, 45, 3, 3, 3)
        for grouping in GROUPINGS:
            for rate in (0, 0.1, 0.5, 0.85):
                mask = cut.mask_at(weight, grouping, rate)
                largest = mask.units.sizes().max().item() / weight.numel()
                self.assertLessEqual(abs(1 - mask.density() - rate), 0.5001 * largest, (grouping, rate))

    def test_the_weakest_goes_first_and_one_unit_stays(self) -> None:
        weight = torch.ones(8, 8, 1, 3, 3)
        weight[4:, :4, 0, 1, 1] = 0.01
        mask = cut.mask_at(weight, Grouping("kgs", 4, 4), 1 / 36)
        self.assertEqual((~mask.kept).nonzero().flatten().tolist(), [(1 * 2 + 0) * 9 + 4])
        self.assertEqual(cut.mask_at(weight, Grouping("kgs", 4, 4), 0.9999).kept.sum().item(), 1)

    def test_the_same_density_everywhere_meets_the_factor(self) -> None:
        model = build(Spec("motion-c3d-pooled", 18, CLIP))
        layers = convolutions(model, CLIP)
        total = sum(x.macs for x in layers)
        for grouping in (Grouping("kgs"), Grouping("vanilla"), Grouping("filter")):
            masks = cut.uniform_masks(layers, prunable(layers), grouping, 3.6)
            self.assertAlmostEqual(total / cut.kept_macs(layers, masks), 3.6, delta=0.02)
        with self.assertRaisesRegex(UserError, "allow 1 to"):
            cut.uniform_masks(layers, prunable(layers), Grouping("kgs"), 1000)

    def test_one_ranking_spares_the_layer_whose_units_matter(self) -> None:
        model = build(Spec("motion-c3d-pooled", 18, CLIP))
        layers = convolutions(model, CLIP)
        with torch.no_grad():  # conv3a: a few strong units and many weak ones; scaling a layer as a whole changes nothing
            model.conv3a.weight[8:] *= 1e-3
            model.conv3b.weight *= 1e-3
        masks = cut.global_masks(layers, prunable(layers), Grouping("kgs"), 2.0)
        self.assertAlmostEqual(sum(x.macs for x in layers) / cut.kept_macs(layers, masks), 2.0, delta=0.01)
        self.assertLess(masks["conv3a"].density(), 0.3)
        self.assertGreater(masks["conv3b"].density(), 0.3)

    def test_inputs_from_removed_filters_go_and_nothing_changes(self) -> None:
        first, second = layer(6, 4, name="a"), layer(5, 6, name="b")
        masks = {
            "a": cut.mask_at(first.conv.weight, Grouping("filter"), 0.5),
            "b": cut.mask_at(second.conv.weight, Grouping("filter"), 0.4),
        }
        both = cut.with_channels(masks, [("a", "b")])
        clip = torch.randn(1, 4, 5, 5, 5)
        cut.apply([first, second], masks)
        outputs = second.conv(torch.relu(first.conv(clip)))
        cut.apply([first, second], both)
        self.assertTrue(torch.allclose(second.conv(torch.relu(first.conv(clip))), outputs, atol=1e-6))
        self.assertAlmostEqual(both["b"].density(), 0.3, places=6)


class MaskfileTest(Case):
    def test_what_is_written_is_read(self) -> None:
        weights = {"a": torch.randn(13, 7, 3, 3, 3), "b": torch.randn(8, 8, 1, 1, 1), "c": torch.randn(9, 4, 1, 3, 3)}
        masks = {name: cut.mask_at(w, g, 0.6) for (name, w), g in zip(weights.items(), GROUPINGS)}
        read = maskfile.decode(maskfile.encode(masks), weights, "m.onnx")
        for name, mask in masks.items():
            self.assertEqual(read[name].units, mask.units)
            self.assertTrue(torch.equal(read[name].kept, mask.kept))

    def test_damaged_text_is_refused(self) -> None:
        weights = {"a": torch.randn(8, 4, 1, 1, 3)}
        text = maskfile.encode({"a": cut.mask_at(weights["a"], Grouping("kgs"), 0.5)})
        entry = json.loads(text)["layers"]["a"]
        for change, words in (
            ({"scheme": "blocks"}, "want scheme"),
            ({"gm": 4}, "this layer has 6 of 4x4"),
            ({"units": 4}, "4 units of 8x4"),
            ({"kept": "//8="}, "2 bytes of bits"),
            ({"kept": "/w=="}, "beyond 3 units"),
            ({"kept": "?"}, "base64"),
            ({"more": 1}, "want scheme"),
        ):
            broken = json.dumps({"version": 1, "layers": {"a": {**entry, **change}}})
            with self.subTest(change), self.assertRaisesRegex(UserError, f"m.onnx: mask of layer 'a'.*{words}"):
                maskfile.decode(broken, weights, "m.onnx")
        for broken in ("{", "[]", '{"version": 2, "layers": {}}', json.dumps({"version": 1, "layers": {"z": entry}})):
            with self.subTest(broken), self.assertRaisesRegex(UserError, "m.onnx"):
                maskfile.decode(broken, weights, "m.onnx")


class SmallTest(Case):
    def test_layers_of_the_small_network(self) -> None:
        layers = convolutions(build(SMALL), CLIP)
        self.assertEqual([x.name for x in layers], ["conv1", "conv2", "conv3a", "conv3b", "conv4a", "conv4b"])
        self.assertEqual(layers[0].macs, 27 * 8 * 8 * 16 * 16)


if __name__ == "__main__":
    unittest.main()
