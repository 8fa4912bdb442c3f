"""The tables of a comparison, as Markdown between two markers of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import UserError
from ..sparsity.penalty import ALGORITHMS
from .picture import draw
from .plan import Plan
from .records import Record, Records
from .statistics import Difference, difference, summary


def markers(section: str = "") -> tuple[str, str]:
    """The lines of a page between which the tables of a section go."""
    name = f"rt3d_train experiment {section}".strip()
    return f"<!-- begin: {name} -->", f"<!-- end: {name} -->"


# Rows of the tables: scheme, how its multiply-accumulates are counted, and what the row is called.
ROWS = (
    ("kgs", "rows", "kgs"),
    ("vanilla", "rows", "vanilla"),
    ("filter", "columns", "filter, next inputs too"),
    ("filter", "rows", "filter, rows only"),
)


def write_report(
    plan: Plan, records: Records, clips: int, markdown: Path | None = None, section: str = "", picture: Path | None = None
) -> None:
    """Write what was asked for; without a page, print the tables."""
    text = "\n".join(lines(plan, records, clips))
    if picture is not None:
        picture.write_text(draw(plan, records), encoding="utf-8")
    if markdown is None:
        print(text)
        return
    page = markdown.read_text(encoding="utf-8") if markdown.exists() else ""
    begin, end = markers(section)
    if page.count(begin) != 1 or page.count(end) != 1:
        raise UserError(f"{markdown}: want one line {begin} and one line {end}, between which the tables go")
    before, rest = page.split(begin)
    _, after = rest.split(end)
    markdown.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def lines(plan: Plan, records: Records, clips: int) -> Iterator[str]:
    """All tables."""
    yield f"\nDense `{plan.network}`, test accuracy in %: {cell(records.where(kind='dense', network=plan.network))}."
    longer = records.where(kind="longer", network=plan.network)
    if longer:
        yield f"Trained on, dense, for as many epochs as every cell has: {cell(longer)}."
    for factor in plan.factors:
        if records.where(kind="cell", network=plan.network, factor=factor):
            yield from table(plan, records, factor)
    yield from after_the_cut(plan, records)
    yield from differences(plan, records, clips)
    yield from macs(plan, records)
    yield from strengths(plan, records)


def cell(records: Sequence[Record]) -> str:
    """Mean and deviation over seeds, then each seed; one seed has no deviation."""
    if not records:
        return "not run"
    s = summary(records)
    if len(s.each) == 1:
        return f"**{s.mean:.2f}** (one seed)"
    each = ", ".join(f"{x:.1f}" for x in s.each)
    return f"**{s.mean:.2f}** ± {s.deviation:.2f} ({each})"


def table(plan: Plan, records: Records, factor: float) -> Iterator[str]:
    """Schemes by algorithms at one factor."""
    yield f"\n`{plan.network}`, {factor:g} times fewer MACs, test accuracy in % (mean ± deviation, each seed):\n"
    yield "| scheme | " + " | ".join(plan.algorithms) + " |"
    yield "|---" * (1 + len(plan.algorithms)) + "|"
    for scheme, count, label in ROWS:
        found = [
            records.where(kind="cell", network=plan.network, scheme=scheme, count=count, algorithm=a, factor=factor)
            for a in plan.algorithms
        ]
        if any(found):
            yield f"| {label} | " + " | ".join(cell(f) for f in found) + " |"


def after_the_cut(plan: Plan, records: Records) -> Iterator[str]:
    """What is left directly after the cut: what the penalty has prepared, and fine-tuning has not yet made up for."""
    yield "\nValidation accuracy in % directly after the cut, batch normalisation measured again, before fine-tuning (mean over"
    yield "seeds):\n"
    yield "| scheme | " + " | ".join(f"{f:g}x: {a}" for f in plan.factors for a in plan.algorithms) + " |"
    yield "|---" * (1 + len(plan.factors) * len(plan.algorithms)) + "|"
    for scheme, count, label in ROWS:
        cells = []
        for factor in plan.factors:
            for algorithm in plan.algorithms:
                key = {"network": plan.network, "scheme": scheme, "count": count, "algorithm": algorithm, "factor": factor}
                found = [100 * r["one_shot"] for r in records.where(kind="cell", **key)]
                cells.append(f"{sum(found) / len(found):.1f}" if found else "not run")
        if any(c != "not run" for c in cells):
            yield f"| {label} | " + " | ".join(cells) + " |"


def differences(plan: Plan, records: Records, clips: int) -> Iterator[str]:
    """Neighbours in RT3D's order, by how much the first is ahead."""
    network = plan.network

    def of(row: tuple[str, str, str], algorithm: str, factor: float) -> list[Record]:
        return records.where(kind="cell", network=network, scheme=row[0], count=row[1], algorithm=algorithm, factor=factor)

    yield "\nDifferences in points, with 95 % intervals (bootstrap over test clips, paired by seed), and seeds in which the first"
    yield "is ahead. Bold: the interval leaves zero out.\n"
    yield "| first - second | of | " + " | ".join(f"{f:g}x" for f in plan.factors) + " |"
    yield "|---" * (2 + len(plan.factors)) + "|"
    kgs, vanilla, columns, rows = ROWS
    pairs = [(kgs, vanilla), (vanilla, rows), (vanilla, columns), (kgs, columns)]
    for a, b in pairs:
        for algorithm in plan.algorithms:
            entries = [difference(of(a, algorithm, f), of(b, algorithm, f), clips) for f in plan.factors]
            if any(entries):
                yield f"| {a[2]} - {b[2]} | {algorithm} | " + " | ".join(map(entry, entries)) + " |"
    for first, second in (("reweighted", "fixed"), ("fixed", "heuristic"), ("reweighted", "heuristic")):
        for row in ROWS:
            entries = [difference(of(row, first, f), of(row, second, f), clips) for f in plan.factors]
            if any(entries):
                yield f"| {first} - {second} | {row[2]} | " + " | ".join(map(entry, entries)) + " |"
    for kind, label in (("dense", "dense"), ("longer", "dense, trained on")):
        reference = records.where(kind=kind, network=network)
        for row in ROWS:
            for algorithm in plan.algorithms:
                entries = [difference(of(row, algorithm, f), reference, clips) for f in plan.factors]
                if any(entries):
                    yield f"| {row[2]} - {label} | {algorithm} | " + " | ".join(map(entry, entries)) + " |"


def entry(d: Difference | None) -> str:
    """One difference."""
    if d is None:
        return "not run"
    mark = "**" if d.separate else ""
    return f"{mark}{d.mean:+.2f}{mark} ({d.low:+.2f} to {d.high:+.2f}; {d.ahead} of {d.seeds})"


def macs(plan: Plan, records: Records) -> Iterator[str]:
    """Multiply-accumulates counted both ways, of the first seed."""
    network, seed = plan.network, plan.choosing
    yield f"\nMACs of the convolutions that are left, counted both ways (seed {seed}): by the mask alone, and without the inputs"
    yield "that come from filters that are gone.\n"
    yield "| scheme | algorithm | " + " | ".join(f"{f:g}x: mask alone | {f:g}x: without dead inputs" for f in plan.factors) + " |"
    yield "|---" * (2 + 2 * len(plan.factors)) + "|"
    for scheme, count, label in ROWS:
        for algorithm in plan.algorithms:
            key = {"network": network, "seed": seed, "scheme": scheme, "count": count, "algorithm": algorithm}
            found = [records.find(kind="cell", factor=f, **key) for f in plan.factors]
            if any(found):
                yield f"| {label} | {algorithm} | " + " | ".join(both(r) for r in found) + " |"


def both(record: Record | None) -> str:
    """The two counts as factors."""
    if record is None:
        return "not run | not run"
    dense = record["macs_dense"]
    return f"{dense / record['macs_rows']:.2f}x | {dense / record['macs_columns']:.2f}x"


def strengths(plan: Plan, records: Records) -> Iterator[str]:
    """The grid on which strengths were chosen."""
    found = records.where(kind="grid")
    if not found:
        return
    yield f"\nStrengths, chosen on validation clips at {plan.factors[0]:g}x with seed {plan.choosing}: accuracy in %, and"
    yield "the share of the penalised MACs that the penalty alone brought to zero:\n"
    grid = sorted({r["strength"] for r in found if r["strength"] is not None})
    yield "| scheme | algorithm | " + " | ".join(f"{s:g}" for s in grid) + " |"
    yield "|---" * (2 + len(grid)) + "|"
    for scheme in ("kgs", "vanilla", "filter"):
        for algorithm in ALGORITHMS[1:]:
            tried = {r["strength"]: r for r in found if r["scheme"] == scheme and r["algorithm"] == algorithm}
            best = max(tried, key=lambda s: tried[s]["validation"], default=None)
            if best is None:
                continue
            entries = []
            for s in grid:
                r = tried.get(s)
                mark = "**" if s == best else ""
                entries.append(f"{mark}{100 * r['validation']:.2f}{mark} ({100 * r['zero']:.0f} %)" if r else "")
            yield f"| {scheme} | {algorithm} | " + " | ".join(entries) + " |"
