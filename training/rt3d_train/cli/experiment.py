"""``experiment``: compare schemes and algorithms on motion clips."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..data import load
from ..errors import UserError
from ..experiment.plan import Budget, Plan
from ..experiment.report import write_report
from ..experiment.run import Runner
from ..fit.recipe import PRECISIONS
from ..models import names
from ..sparsity.penalty import ALGORITHMS
from ..sparsity.units import SCHEMES


def add(commands: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """The command's options."""
    command = commands.add_parser("experiment", help="compare the pruning schemes and algorithms; a second start goes on")
    command.add_argument("--train", type=Path, required=True, help="folder of the training clips")
    command.add_argument("--validation", type=Path, required=True, help="folder of the clips on which strengths are chosen")
    command.add_argument("--test", type=Path, required=True, help="folder of the clips that the tables are about")
    command.add_argument("--out", type=Path, required=True, help="folder for results.jsonl and shared networks")
    command.add_argument("--count", type=int, default=8000, help="training clips (8000)")
    command.add_argument("--seeds", type=int, default=3, help="seeds (3)")
    command.add_argument("--factors", type=floats, default=Plan().factors, help="how many times fewer MACs (3.6,6)")
    command.add_argument("--schemes", type=schemes, default=Plan().schemes, help="schemes (kgs,vanilla,filter)")
    command.add_argument("--algorithms", type=algorithms, default=ALGORITHMS, help="algorithms (heuristic,fixed,reweighted)")
    command.add_argument("--network", choices=names(), default=Plan().network, help=f"what is pruned ({Plan().network})")
    command.add_argument("--strengths", type=floats, default=Plan().strengths, help="grid of penalties' strengths (0.1,0.3)")
    command.add_argument("--epochs", type=epochs, default=(10, 2, 3), help="dense, under a penalty, fine-tuning (10,2,3)")
    command.add_argument(
        "--precision", choices=PRECISIONS, default="bfloat16", help="of activations and products in training (bfloat16)"
    )
    command.add_argument("--markdown", type=Path, help="write the tables between this file's markers")
    command.add_argument("--section", default="", help="which of the file's pairs of markers, by the word behind `experiment`")
    command.add_argument("--picture", type=Path, help="write the chart to this .svg file")
    command.set_defaults(run=run)
    return command


def run(options: argparse.Namespace) -> None:
    """Make the runs that are missing, then the report."""
    if options.seeds < 1:
        raise UserError(f"--seeds {options.seeds}: want at least 1")
    dense, penalty, fine = options.epochs
    plan = Plan(
        seeds=tuple(range(1, options.seeds + 1)),
        factors=options.factors,
        schemes=options.schemes,
        algorithms=options.algorithms,
        network=options.network,
        strengths=options.strengths,
        budget=Budget(dense=dense, penalty=penalty, fine=fine, precision=options.precision),
    )
    clips = (load(options.train, options.count), load(options.validation), load(options.test))
    runner = Runner(plan, options.out, *clips, say=lambda line: print(line, flush=True))
    runner.run()
    write_report(plan, runner.records, len(clips[2]), options.markdown, options.section, options.picture)


def floats(text: str) -> tuple[float, ...]:
    """Numbers with commas between."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: want numbers with commas between, such as 0.1,0.3") from None


def schemes(text: str) -> tuple[str, ...]:
    """Schemes with commas between."""
    return some(text, "schemes", SCHEMES)


def algorithms(text: str) -> tuple[str, ...]:
    """Algorithms with commas between."""
    return some(text, "algorithms", ALGORITHMS)


def some(text: str, what: str, known: Sequence[str]) -> tuple[str, ...]:
    """Some of what is known, with commas between."""
    parts = tuple(text.split(","))
    unknown = [part for part in parts if part not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r}: want {what} of {', '.join(known)} with commas between")
    return parts


def epochs(text: str) -> tuple[int, int, int]:
    """Three numbers of epochs."""
    parts = text.split(",")
    if len(parts) != 3 or not all(part.isdigit() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r}: want three numbers of epochs, such as 10,2,3")
    dense, penalty, fine = (int(part) for part in parts)
    return dense, penalty, fine
