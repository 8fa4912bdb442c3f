"""The chart of a comparison, as SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..sparsity.penalty import ALGORITHMS
from .plan import Plan
from .records import Records
from .statistics import summary

GROUPS = (("filter", "rows"), ("filter", "columns"), ("vanilla", "rows"), ("kgs", "rows"))
LABELS = ("filter", "filter (next too)", "vanilla", "kgs")
# Okabe and Ito's colours, which people who see few colours tell apart; shapes differ, too.
COLOURS = {"heuristic": "#0072b2", "fixed": "#e69f00", "reweighted": "#009e73"}
LEFT, TOP, WIDTH, HEIGHT, GAP = 52, 40, 360, 240, 28


def draw(plan: Plan, records: Records) -> str:
    """Accuracy of each cell: a large mark for the mean over seeds, small ones for the seeds."""
    cells = records.where(kind="cell", network=plan.network)
    dense = summary(records.where(kind="dense", network=plan.network)).mean if cells else 100.0
    values = [100 * r["test"] for r in cells] or [0.0]
    low = 5 * int(min(values) // 5)
    high = 5 * (int(max([*values, dense]) // 5) + 1)

    def y(value: float) -> float:
        return TOP + HEIGHT * (high - value) / (high - low)

    panels = len(plan.factors)
    width, height = LEFT + panels * WIDTH + (panels - 1) * GAP + 12, TOP + HEIGHT + 64
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for i, factor in enumerate(plan.factors):
        left = LEFT + i * (WIDTH + GAP)
        out += panel(left, f"{factor:g} times fewer MACs", low, high, y)
        ends = f'x1="{left}" x2="{left + WIDTH}" y1="{y(dense):.1f}" y2="{y(dense):.1f}"'
        out.append(f'<line {ends} stroke="#555" stroke-dasharray="4 3"/>')
        out.append(f'<text x="{left + 4}" y="{y(dense) - 4:.1f}" fill="#555">dense {dense:.1f} %</text>')
        for j, (scheme, count) in enumerate(GROUPS):
            centre = left + WIDTH * (j + 0.5) / len(GROUPS)
            out.append(f'<text x="{centre:.1f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{LABELS[j]}</text>')
            for k, algorithm in enumerate(ALGORITHMS):
                found = [
                    r
                    for r in cells
                    if (r["scheme"], r["count"], r["algorithm"], r["factor"]) == (scheme, count, algorithm, factor)
                ]
                if found:
                    s = summary(found)
                    x = centre + (k - 1) * 22
                    out += [f'<circle cx="{x + 7:.1f}" cy="{y(v):.1f}" r="2" fill="{COLOURS[algorithm]}"/>' for v in s.each]
                    out.append(mark(algorithm, x, y(s.mean)))
    for k, algorithm in enumerate(ALGORITHMS):
        x = LEFT + 8 + k * 120
        out.append(mark(algorithm, x, TOP + HEIGHT + 42))
        out.append(f'<text x="{x + 12}" y="{TOP + HEIGHT + 46}">{algorithm}</text>')
    out.append(f'<text x="{LEFT + 370}" y="{TOP + HEIGHT + 46}" fill="#555">large: mean, small: each seed</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def panel(left: int, title: str, low: int, high: int, y: Callable[[float], float]) -> Iterator[str]:
    """Title, grid and axis of one factor."""
    yield f'<text x="{left + WIDTH / 2}" y="{TOP - 16}" text-anchor="middle" font-weight="bold">{title}</text>'
    step = 5 if high - low <= 40 else 10
    for value in range(low, high + 1, step):
        yield f'<line x1="{left}" x2="{left + WIDTH}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#ddd"/>'
        yield f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value}</text>'


def mark(algorithm: str, x: float, y: float) -> str:
    """The mean's mark: a circle, a square or a triangle."""
    colour = COLOURS[algorithm]
    if algorithm == "heuristic":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>'
    if algorithm == "fixed":
        return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="{colour}"/>'
    return f'<path d="M{x:.1f} {y - 6:.1f} l6 10.5 h-12 z" fill="{colour}"/>'
