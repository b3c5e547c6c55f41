"""Count how often intervals contain the value: every estimator, every payoff circuit.

Run with ``python benchmarks/coverage.py``, which takes an hour on a quiet core: random
contracts on random markets, as in ``markets.py``, each run a contract, a market and random numbers
of its own. The rows are appended to ``coverage.csv``; those that are there are skipped, and the
table of ``docs/explanations/reliability.md`` is written from all (``report`` as first word does
that alone). ``--runs`` (1,000), ``--qubits``
(3 5), ``--estimators``, ``--encodings``, ``--alpha`` (0.05) and ``--rows FILE`` change it,
``--jobs`` runs in parallel.

Circuits are replaced by one qubit with the same law of outcomes, ``sin((2 k + 1) theta)**2`` after
``k`` Grover iterates. ``check`` as first word runs some of the estimations on the exact state of
the real circuits, too, with the same random numbers: both must find the same interval.
"""

from __future__ import annotations

import argparse
import csv
import re
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from coins import Circuits, Coins, Phases, StandIn, Words
from joblib import Parallel, delayed
from markets import Case
from random_contracts import contracts, model_of
from row_files import append_rows
from running import RESUMED, run_script
from scipy.stats import binomtest
from tqdm import tqdm

from qiskit_ssqw._files import replace_text
from qiskit_ssqw.finance import OptionPricing, price
from qiskit_ssqw.finance.estimation.registry import method_named, names
from qiskit_ssqw.finance.estimation.schedule import NOISELESS, Goal
from qiskit_ssqw.finance.gates import unrolled
from qiskit_ssqw.finance.running.chance_plane import ChancePlane
from qiskit_ssqw.finance.running.turning import PlaneProblem

Interval = tuple[float, float]
Encoding = Literal["exact", "comparator", "auto", "fourier"]

ESTIMATORS = (*names(), "sampling")
ENCODINGS = get_args(Encoding)
EPSILONS = {"fae": 0.1, "ae": 0.05}
"""Half widths that are asked for where it is not 0.01 of the payoff's range."""
SHOTS = {"bayes": 1}
"""Of a circuit, where `price` does not take 100."""
ACCURACY = 0.2
"""Of the price, a tenth of which the payoff circuits may miss by."""
ROUNDING = 1e-9
"""Of the payoff's range."""
PAGE = Path(__file__).parents[1] / "docs" / "explanations" / "reliability.md"
CHECKED, CHECKED_EPSILON = 3, 0.1
"""Runs of each estimator and circuit that are compared with real circuits, which are shallow."""


@dataclass(frozen=True)
class Cell:
    """Whose intervals are counted."""

    estimator: str
    encoding: str
    qubits: int
    epsilon: float
    """Half width that is asked for, as a share of the payoff's range."""

    def rng(self, number: int) -> np.random.Generator:
        """The random numbers of a run, which are those of no other."""
        place = ESTIMATORS.index(self.estimator), (*ENCODINGS, "").index(self.encoding)
        return np.random.default_rng([number, self.qubits, *place])


@dataclass(frozen=True)
class Found:
    """What one run found, in units of the payoff."""

    interval: Interval
    encoded: float
    """What the circuits encode."""
    bias: float
    """By which the interval is widened."""
    truth: float
    """By Black and Scholes."""
    spread: float
    """Range of the payoff on the grid."""

    def contains(self, value: float, bias: float = 0.0) -> bool:
        """Whether the interval contains a value, rounding apart."""
        low, high = self.interval
        room = bias + ROUNDING * self.spread
        return low - room <= value <= high + room


@dataclass(frozen=True)
class Row:
    """What the runs of a cell found."""

    estimator: str
    encoding: str
    qubits: int
    epsilon: float
    alpha: float
    runs: int
    covered: int
    """Intervals that contain what the circuits encode."""
    priced: int
    """Intervals that contain Black and Scholes, after they are widened by the bias."""
    width: float
    """Mean width, in units of what was asked for."""
    seconds: float


def application_of(case: Case, cell: Cell) -> OptionPricing:
    """The circuits that `price` takes at this accuracy."""
    model, tolerance = model_of(case, cell.qubits), 0.0
    if cell.encoding != "exact":
        spread = np.ptp(case.payoff(model.values))
        tolerance = float(min(0.1 * ACCURACY * case.truth / spread, 0.5))
    return OptionPricing(case.payoff, model, encoding=cell.encoding, payoff_tolerance=tolerance)


def estimated(
    cell: Cell, case: Case, problems: Sequence[Any], sampler: Coins, application: Any, alpha: float
) -> Found:
    """Estimate amplitudes on a sampler, one after the other."""
    low, high = application.payoff_range
    errors = application.amplitude_errors(cell.epsilon * (high - low))
    level = alpha / len(problems)
    method, shots = method_named(cell.estimator), sampler.default_shots
    results = [
        method.make(Goal(error, level, shots, noise=NOISELESS), sampler).estimate(problem)
        for problem, error in zip(problems, errors, strict=True)
    ]
    return Found(
        application.confidence_interval(results, alpha),
        application.loaded_value,
        application.bias_bound.total,
        case.truth,
        high - low,
    )


def on_coins(cell: Cell, number: int, case: Case, application: Any, alpha: float) -> Found:
    """One run on the law of outcomes."""
    kind: type[Coins] = {"ae": Phases, "rae": Circuits}.get(cell.estimator, Coins)
    sampler = kind(cell.rng(number), default_shots=SHOTS.get(cell.estimator, 100))
    if cell.estimator == "rae":  # it counts the gates of the circuits
        problems = [in_plane(problem) for problem in application.to_estimation_problems()]
    else:
        parts = zip(application.loaded_amplitudes, application.encoded.parts, strict=True)
        problems = [StandIn(float(np.clip(chance, 0, 1)), part.to_price) for chance, part in parts]
    return estimated(cell, case, problems, sampler, application, alpha)


def in_plane(problem: Any) -> PlaneProblem:
    """A problem whose circuits set one qubit, and have the gates of the real ones."""
    return PlaneProblem(problem, ChancePlane(problem, unrolled))


def on_circuits(cell: Cell, number: int, case: Case, application: Any, alpha: float) -> Found:
    """The same run on the states of the real circuits."""
    kind = Words if cell.estimator == "ae" else Circuits
    sampler = kind(cell.rng(number), default_shots=SHOTS.get(cell.estimator, 100))
    problems = application.to_estimation_problems()
    return estimated(cell, case, problems, sampler, application, alpha)


def by_sampling(cell: Cell, number: int, case: Case, alpha: float) -> Found:
    """One run of the loader itself."""
    seed = int(cell.rng(number).integers(2**31))
    model = model_of(case, cell.qubits)
    result = price(
        case.payoff, model, estimator="sampling", epsilon=cell.epsilon, alpha=alpha, seed=seed
    )
    low, high = result.payoff_range
    bias = result.bias_bound.total
    return Found(result.confidence_interval, result.loaded_value, bias, case.truth, high - low)


def runs_of(cells: Sequence[Cell], number: int, count: int, alpha: float) -> list[Found]:
    """A run of each of some cells that have their circuits in common."""
    warnings.simplefilter("ignore")
    case = contracts(count, cells[0].qubits, digital=cells[0].encoding == "comparator")[number]
    if cells[0].estimator == "sampling":
        return [by_sampling(cell, number, case, alpha) for cell in cells]
    application = application_of(case, cells[0])
    return [on_coins(cell, number, case, application, alpha) for cell in cells]


def counted(cell: Cell, found: Sequence[Found], alpha: float, seconds: float) -> Row:
    """The runs of a cell as a row."""
    widths = [np.diff(one.interval)[0] / (2 * cell.epsilon * one.spread) for one in found]
    return Row(
        *astuple(cell),
        alpha=alpha,
        runs=len(found),
        covered=sum(one.contains(one.encoded) for one in found),
        priced=sum(one.contains(one.truth, one.bias) for one in found),
        width=round(float(np.mean(widths)), 4),
        seconds=round(seconds),
    )


def groups(options: argparse.Namespace, known: Sequence[Row]) -> Iterator[list[Cell]]:
    """Cells that have their circuits in common and are not counted yet."""
    done = {astuple(row)[:6] for row in known}
    for encoding, qubits in product(("", *options.encodings), options.qubits):
        names = [name for name in options.estimators if (name == "sampling") == (not encoding)]
        cells = [Cell(name, encoding, qubits, EPSILONS.get(name, 0.01)) for name in names]
        left = [c for c in cells if (*astuple(c), options.alpha, options.runs) not in done]
        if left:
            yield left


def count(options: argparse.Namespace) -> None:
    """Append the rows that are missing, and print the table."""
    for cells in groups(options, read(options.rows)):
        start = time.process_time()
        workers = Parallel(n_jobs=options.jobs, return_as="generator")
        tasks = (
            delayed(runs_of)(cells, number, options.runs, options.alpha)
            for number in range(options.runs)
        )
        what = f"{cells[0].encoding or 'sampling'}, {cells[0].qubits} qubits"
        found = list(tqdm(workers(tasks), what, total=options.runs, mininterval=10))
        seconds = time.process_time() - start
        rows = [
            counted(cell, one, options.alpha, seconds / len(cells))
            for cell, one in zip(cells, zip(*found, strict=True), strict=True)
        ]
        append(options.rows, rows)
    report(read(options.rows))


def read(path: Path) -> list[Row]:
    """The rows of a file."""
    if not path.exists():
        return []
    kinds = {"str": str, "int": int, "float": float}
    with path.open(newline="") as file:
        return [
            Row(**{field.name: kinds[str(field.type)](row[field.name]) for field in fields(Row)})
            for row in csv.DictReader(file)
        ]


def append(path: Path, rows: Sequence[Row]) -> None:
    """Add rows to a file."""
    append_rows(path, [field.name for field in fields(Row)], map(asdict, rows))


def report(rows: Sequence[Row]) -> None:
    """Print the rows as a table in Markdown, and write it into the page."""
    heads = ("estimator", "payoff circuit", "qubits", "encoded", "Black-Scholes", "width")
    ordered = sorted(rows, key=lambda row: (ESTIMATORS.index(row.estimator), row.qubits))
    lines = [heads, ("---",) * len(heads), *map(cells_of, ordered)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    print(table)
    block = f"<!-- table: intervals -->\n\n{table}\n\n<!-- end -->"
    marked = r"<!-- table: intervals -->.*?<!-- end -->"
    page = PAGE.read_text(encoding="utf-8")
    replace_text(PAGE, re.sub(marked, lambda _: block, page, flags=re.DOTALL))


def cells_of(row: Row) -> tuple[str, ...]:
    """A row of the table."""
    return (
        f"`{row.estimator}`",
        row.encoding or "none",
        str(row.qubits),
        share(row.covered, row),
        share(row.priced, row),
        f"{row.width:.2f}",
    )


def share(hits: int, row: Row) -> str:
    """How often, with the binomial interval, marked where that lies below what is promised."""
    low, high = binomtest(hits, row.runs).proportion_ci(0.95)
    mark = "**" if high < 1 - row.alpha else ""
    return f"{mark}{hits / row.runs:.1%}{mark} ({low:.1%} to {high:.1%})"


def check(options: argparse.Namespace) -> None:
    """Compare some runs with the same ones on real circuits."""
    names = [name for name in options.estimators if name != "sampling"]
    for name, encoding in product(names, options.encodings):
        cell = Cell(name, encoding, 3, CHECKED_EPSILON)
        cases = contracts(CHECKED, cell.qubits, digital=cell.encoding == "comparator")
        off = []
        for number, case in enumerate(cases):
            application = application_of(case, cell)
            run = cell, number, case, application, options.alpha
            ours, theirs = on_coins(*run), on_circuits(*run)
            off.append(np.abs(np.subtract(ours.interval, theirs.interval)).max() / ours.spread)
        print(
            f"{cell.estimator:<7}{cell.encoding:<12}{len(off)} runs, ends differ by up to "
            f"{max(off):.1e} of the payoff's range",
            flush=True,
        )


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", nargs="?", choices=("count", "check", "report"), default="count")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--qubits", type=int, nargs="+", default=[3, 5])
    parser.add_argument("--estimators", nargs="+", choices=ESTIMATORS, default=ESTIMATORS)
    parser.add_argument("--encodings", nargs="+", choices=ENCODINGS, default=ENCODINGS)
    parser.add_argument("--alpha", type=float, default=0.05)
    parser.add_argument("--rows", type=Path, default=Path(__file__).with_suffix(".csv"))
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.what == "check":
        check(options)
    elif options.what == "report":
        report(read(options.rows))
    else:
        count(options)


if __name__ == "__main__":
    run_script(main, RESUMED)
