"""The comparison goes on where it stopped, and its tables say what its records hold."""

from __future__ import annotations

import itertools
import unittest
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np

from rt3d_train.errors import UserError
from rt3d_train.experiment.picture import draw
from rt3d_train.experiment.plan import Budget, Cell, Plan
from rt3d_train.experiment.records import Records, pack, unpack
from rt3d_train.experiment.report import cell, markers, write_report
from rt3d_train.experiment.run import Runner, column_masks
from rt3d_train.experiment.statistics import difference, summary
from rt3d_train.models import Spec, build
from rt3d_train.sparsity import cut
from rt3d_train.sparsity.layers import convolutions, prunable
from rt3d_train.sparsity.units import Grouping

from .case import CLIP, Case


class FewCells(Plan):
    """The first cells of each kind alone."""

    def cells(self) -> Iterator[tuple[int, Cell]]:
        for algorithm in ("heuristic", "reweighted"):
            yield 1, Cell(self.network, "kgs", algorithm, "rows", self.factors[0])
        yield 1, Cell(self.network, "filter", "heuristic", "columns", self.factors[0])


BRIEF = FewCells(
    seeds=(1,),
    factors=(2.0,),
    strengths=(0.1, 0.5),
    budget=Budget(dense=1, penalty=1, fine=1, batch=12),
)


class StopError(Exception):
    pass


def record(seed: int, hits: list[int], **fields: object) -> dict[str, object]:
    """A cell's record of so many clips."""
    return {"kind": "cell", "seed": seed, "test": float(np.mean(hits)), "hits": pack(np.array(hits, bool)), **fields}


class RecordsTest(Case):
    def test_hits_come_back(self) -> None:
        hits = np.random.default_rng(0).random(37) < 0.5
        self.assertTrue((unpack(pack(hits), 37) == hits).all())

    def test_a_line_cut_short_is_dropped_and_damage_is_named(self) -> None:
        path = self.folder / "results.jsonl"
        path.write_text('{"a": 1}\n{"a": 2', encoding="utf-8")
        records = Records(path)
        records.append({"a": 3})
        self.assertEqual([r["a"] for r in Records(path).all], [1, 3])
        path.write_text('{"a": 1}\nno\n{"a": 2}\n', encoding="utf-8")
        with self.assertRaisesRegex(UserError, r"results.jsonl:2"):
            Records(path)


class StatisticsTest(Case):
    def test_summary(self) -> None:
        s = summary([record(2, [1, 1, 1, 0]), record(1, [1, 1, 0, 0])])
        self.assertEqual((s.mean, s.each), (62.5, (50.0, 75.0)))
        self.assertAlmostEqual(s.deviation, 17.68, places=2)

    def test_differences_are_paired_by_seed_and_clip(self) -> None:
        random = np.random.default_rng(0)
        base = random.random((3, 2000)) < 0.8
        better = base | (random.random((3, 2000)) < 0.05)
        a = [record(i, better[i].tolist()) for i in range(3)]
        b = [record(i, base[i].tolist()) for i in range(3)]
        d = difference(a, b, 2000)
        self.assertAlmostEqual(d.mean, 100 * (better.mean() - base.mean()))
        self.assertTrue(d.separate)
        self.assertEqual((d.ahead, d.seeds), (3, 3))
        # Unpaired, the same difference would have an interval several times as wide.
        self.assertLess(d.high - d.low, 1.0)
        self.assertFalse(difference(a, a, 2000).separate)
        self.assertIsNone(difference(a[:1], b[1:], 2000))


class ReportTest(Case):
    def test_one_seed_has_no_deviation(self) -> None:
        one, two = record(1, [1, 1, 0, 0]), record(2, [1, 1, 1, 0])
        self.assertEqual(cell([one]), "**50.00** (one seed)")
        self.assertEqual(cell([one, two]), "**62.50** ± 17.68 (50.0, 75.0)")
        self.assertEqual(cell([]), "not run")


class PlanTest(Case):
    def test_what_matters_most_comes_first(self) -> None:
        plan = Plan()
        cells = list(plan.cells())
        self.assertEqual(cells[0], (1, Cell("motion-c3d-pooled", "kgs", "heuristic", "rows", 3.6)))
        first = cells[: 9 * len(plan.seeds)]
        self.assertTrue(all(c.factor == 3.6 and c.count == "rows" and c.network == plan.network for _, c in first))
        self.assertEqual(len(set(cells)), len(cells))

    def test_a_part_can_be_asked_for(self) -> None:
        plan = Plan(seeds=(1, 2), factors=(3.6,), schemes=("kgs",), algorithms=("reweighted",))
        kgs = Cell("motion-c3d-pooled", "kgs", "reweighted", "rows", 3.6)
        self.assertEqual(list(plan.cells()), [(1, kgs), (2, kgs)])

    def test_inputs_that_go_with_filters_count(self) -> None:
        model = build(Spec("motion-c3d-pooled", 18, CLIP))
        layers = convolutions(model, CLIP)
        total = sum(x.macs for x in layers)
        for factor in (3.6, 6.0):
            masks = column_masks(layers, prunable(layers), Grouping("filter"), model.pairs(), factor)
            self.assertAlmostEqual(total / cut.kept_macs(layers, masks), factor, delta=0.05 * factor)


class RunnerTest(Case):
    def test_a_second_start_goes_on(self) -> None:
        clips = self.clips()
        said: list[str] = []
        steps = itertools.count()

        def say(line: str) -> None:
            said.append(line)
            if next(steps) == 2:
                raise StopError

        with self.assertRaises(StopError):
            Runner(BRIEF, self.folder / "x", clips, clips, clips, say).run()
        before = Records(self.folder / "x" / "results.jsonl").all
        runner = Runner(BRIEF, self.folder / "x", clips, clips, clips, said.append)
        runner.run()
        records = runner.records
        self.assertEqual(records.all[: len(before)], before)
        self.assertEqual(len(records.where(kind="cell")), 3)
        self.assertEqual(len(records.where(kind="grid")), 2)
        self.assertEqual(len(records.where(kind="dense")), 1)
        self.assertEqual([r["seed"] for r in records.where(kind="longer")], [1])
        again = len(said)
        Runner(BRIEF, self.folder / "x", clips, clips, clips, said.append).run()
        self.assertEqual(len(said), again)
        # Every cell has as many epochs, and the strength that did best on validation clips.
        for r in records.where(kind="cell", algorithm="reweighted", scheme="kgs"):
            grid = records.where(kind="grid", algorithm="reweighted", scheme="kgs")
            self.assertEqual(r["strength"], max(grid, key=lambda g: g["validation"])["strength"])
        self.tables(records, len(clips))
        other = replace(BRIEF, budget=replace(BRIEF.budget, fine=2))
        with self.assertRaisesRegex(UserError, "results.jsonl: its runs had fine 1;"):
            Runner(other, self.folder / "x", clips, clips, clips, said.append)
        other = replace(BRIEF, strengths=(0.1,))
        with self.assertRaisesRegex(UserError, r"results.jsonl: its runs had strengths \[0.1, 0.5\];"):
            Runner(other, self.folder / "x", clips, clips, clips, said.append)

    def tables(self, records: Records, clips: int) -> None:
        """Tables go between the markers of their section."""
        page, picture = self.folder / "page.md", self.folder / "p.svg"
        with self.assertRaisesRegex(UserError, "want one line"):
            write_report(BRIEF, records, clips, page)
        begin, end = markers()
        longer = "\nLONGER\n".join(markers("longer"))
        page.write_text(f"before\n{begin}\nSTALE\n{end}\n{longer}\nafter\n", encoding="utf-8")
        write_report(BRIEF, records, clips, page, picture=picture)
        text = page.read_text(encoding="utf-8")
        self.assertIn(longer, text)
        write_report(BRIEF, records, clips, page, "longer")
        self.assertEqual(page.read_text(encoding="utf-8").count("| reweighted - heuristic | kgs |"), 2)
        self.assertTrue(text.startswith("before\n") and text.endswith("after\n") and "STALE" not in text)
        self.assertIn("| reweighted - heuristic | kgs |", text)
        self.assertIn("for as many epochs as every cell has", text)
        self.assertIn("| kgs - dense | reweighted |", text)
        self.assertIn("| filter, next inputs too - dense, trained on | heuristic |", text)
        svg = ElementTree.parse(picture).getroot()
        self.assertEqual(svg.tag, "{http://www.w3.org/2000/svg}svg")
        self.assertEqual(draw(BRIEF, records), picture.read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
