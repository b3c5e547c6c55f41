"""Precompute the walks that the explorer shows, or write the explorer as a page of its own.

``python docs/explorer/make_explorer.py`` fits every walk and writes ``data.json`` beside this
file, in about two minutes of processor time. ``python docs/explorer/make_explorer.py --page FILE``
puts data, style and scripts into one HTML file that needs neither a server nor a network.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import StatePreparation
from qiskit.exceptions import QiskitError
from scipy import stats

from qiskit_ssqw import MultiscaleWalk, TargetDistribution, fit
from qiskit_ssqw.finance import Call, Market
from qiskit_ssqw.metrics import total_variation

HERE = Path(__file__).parent
MARKET: dict[str, Any] = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365}
STRIKE = 1.896
CELL_BOUNDS = (1.1, 3.6)
"""Less than 1e-5 lies beyond either, which the end cells take."""
QUBITS = range(3, 11)
TOLERANCES = (2e-2, 1e-2, 5e-3, 2e-3, 1e-3, 5e-4)
SEED = 1
DIGITS = 7
"""Digits of an angle in the data; with them the total variation is exact to about 1e-6."""


class Scenarios:
    """A mixture of two normal distributions, as prices before a decision look."""

    parts = ((0.6, stats.norm(1.75, 0.12)), (0.4, stats.norm(2.4, 0.15)))

    def cdf(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(sum(share * part.cdf(points) for share, part in self.parts))

    def call(self, strike: float) -> float:
        """Expected payoff of a call, part by part."""
        return float(sum(share * normal_call(part, strike) for share, part in self.parts))


def normal_call(part: Any, strike: float) -> float:
    """``E[max(X - strike, 0)]`` of a normal distribution."""
    return float((part.mean() - strike) * part.sf(strike) + part.std() ** 2 * part.pdf(strike))


@dataclass(frozen=True)
class Choice:
    """A target that the explorer offers, on each of ``QUBITS``."""

    key: str
    name: str
    about: str
    make: Callable[[int], TargetDistribution]
    exact_name: str
    exact_price: float
    tightest: Mapping[int, float] = field(default_factory=dict)
    """The last tolerance on these numbers of qubits; all of ``TOLERANCES`` on the others."""

    def tolerances(self, num_qubits: int) -> list[float]:
        """What is fitted on so many qubits: the fits beyond take more than a minute."""
        last = self.tightest.get(num_qubits, 0)
        return [tolerance for tolerance in TOLERANCES if tolerance >= last]


def black_scholes(num_qubits: int, bounds: tuple[float, float] = CELL_BOUNDS) -> TargetDistribution:
    """The reference instance by the cell rule, whose end cells take the tails."""
    market = Market(**MARKET)
    return TargetDistribution.lognormal(
        num_qubits, market.log_mean[0], market.log_covariance[0, 0], bounds, rule="cell"
    )


def choices() -> tuple[Choice, ...]:
    """The reference log-normal by both rules, and shapes that need more and fewer gates."""
    return (
        Choice(
            "lognormal",
            "Log-normal, cells",
            "Spot 2, volatility 0.4, rate 0.05, 40 days. Probabilities of cells between "
            "{} and {}; the end cells take the tails, less than 1e-5 each.".format(*CELL_BOUNDS),
            black_scholes,
            "Black-Scholes",
            Market(**MARKET).expectation(Call(STRIKE)),
        ),
        Choice(
            "lognormal-pdf",
            "Log-normal, density at points",
            "The same by the rule of qiskit-finance: density at points, up to 3 standard "
            "deviations.",
            partial(TargetDistribution.from_black_scholes, **MARKET, num_std=3, rule="pdf"),
            "Black-Scholes",
            Market(**MARKET).expectation(Call(STRIKE)),
        ),
        Choice(
            "scenarios",
            "Two scenarios (bimodal)",
            "60% around 1.75 and 40% around 2.4, a mixture of two normal distributions. Cells.",
            lambda size: TargetDistribution.from_scipy(size, Scenarios(), (1.2, 3.0)),
            "closed form",
            Scenarios().call(STRIKE),
            {10: 1e-3},
        ),
        Choice(
            "exponential",
            "Exponential",
            "Mean 1, density at points up to 12. It is a product of its bits: rotations load it, "
            "and no flip is needed.",
            lambda size: TargetDistribution.from_scipy(size, stats.expon(), (0, 12), rule="pdf"),
            "closed form",
            float(np.exp(-STRIKE)),
        ),
    )


def rounded(walk: MultiscaleWalk) -> MultiscaleWalk:
    """The walk with short angles in (-pi, pi]; a turn by 2 pi only changes the global sign."""
    angles = np.pi - (np.pi - walk.parameters) % (2 * np.pi)
    return walk.with_parameters(np.round(angles, DIGITS))


def one_walk(target: TargetDistribution, tolerance: float) -> MultiscaleWalk:
    """Fit a multiscale walk to a tolerance.

    Raises:
        RuntimeError: The fit misses the tolerance, or falls back to another walk.
    """
    result = fit(target, tolerance=tolerance, seed=SEED)
    if not isinstance(result.walk, MultiscaleWalk) or not result.success:
        raise RuntimeError(f"{target.num_qubits} qubits, {tolerance:g}: {result.message}")
    return rounded(result.walk)


def state_preparation(target: TargetDistribution) -> int | None:
    """CX of Qiskit's StatePreparation after level 3, all-to-all; None where it raises."""
    circuit = QuantumCircuit(target.num_qubits)
    try:
        circuit.append(StatePreparation(np.sqrt(target.probabilities)), circuit.qubits)
        flat = transpile(
            circuit, basis_gates=["cx", "rz", "sx", "x"], optimization_level=3, seed_transpiler=0
        )
    except QiskitError:
        return None
    return int(flat.count_ops().get("cx", 0))


def shortest(
    target: TargetDistribution, walks: Mapping[float, MultiscaleWalk]
) -> tuple[list[MultiscaleWalk], list[int]]:
    """The walk with the fewest flips within each tolerance, whatever tolerance it was fitted to.

    Returns:
        The walks that are used, and for each tolerance the index of its walk.
    """
    probabilities = target.probabilities
    errors = {walk: total_variation(probabilities, walk.probabilities()) for walk in walks.values()}
    best = [
        min(
            (walk for walk, error in errors.items() if error <= tolerance),
            key=lambda walk: (walk.two_qubit_gates, errors[walk]),
        )
        for tolerance in walks
    ]
    used = list(dict.fromkeys(best))
    return used, [used.index(walk) for walk in best]


def entry(walk: MultiscaleWalk) -> dict[str, Any]:
    """What a browser needs of a walk."""
    return {key: walk.to_dict()[key] for key in ("initial_angles", "flips", "angles")}


def grid(target: TargetDistribution, walks: Mapping[float, MultiscaleWalk]) -> dict[str, Any]:
    """Everything about one target on one number of qubits, from its walk for each tolerance."""
    used, indices = shortest(target, walks)
    probabilities = np.round(target.probabilities, 9)
    errors = [total_variation(probabilities, walk.probabilities()) for walk in used]
    return {
        "qubits": target.num_qubits,
        "probabilities": probabilities.tolist(),
        "state_preparation": state_preparation(target),
        "walk_of_tolerance": indices,
        "total_variations": np.round(errors, 9).tolist(),
        "walks": [entry(walk) for walk in used],
    }


def compute(largest: int = max(QUBITS), jobs: int = 2) -> dict[str, Any]:
    """Fit everything on up to ``largest`` qubits and return what goes to ``data.json``."""
    offered = choices()
    tasks = [
        (choice, size, tolerance)
        for choice in offered
        for size in QUBITS
        if size <= largest
        for tolerance in choice.tolerances(size)
    ]
    walks: dict[tuple[str, int], dict[float, MultiscaleWalk]] = {}
    fits = Parallel(n_jobs=jobs)(
        delayed(one_walk)(choice.make(size), tolerance) for choice, size, tolerance in tasks
    )
    for (choice, size, tolerance), walk in zip(tasks, fits, strict=True):
        walks.setdefault((choice.key, size), {})[tolerance] = walk
    return {
        "versions": {name: version(name) for name in ("qiskit-ssqw", "qiskit")},
        "seed": SEED,
        "strike": STRIKE,
        "tolerances": list(TOLERANCES),
        "targets": [
            {
                "key": choice.key,
                "name": choice.name,
                "about": choice.about,
                "bounds": list(choice.make(min(QUBITS)).bounds),
                "exact_price": {"name": choice.exact_name, "value": choice.exact_price},
                "grids": [
                    grid(choice.make(size), walks[key, size])
                    for key, size in walks
                    if key == choice.key
                ],
            }
            for choice in offered
        ],
    }


def page() -> str:
    """The explorer as one HTML document: the raw blocks of ``docs/explorer.md``, in order."""
    source = (HERE.parent / "explorer.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\{raw\} html\n(.*?)^```$", source, flags=re.DOTALL | re.MULTILINE)
    files = [re.fullmatch(r":file: (\S+)\n", block) for block in blocks]
    parts = [
        (HERE.parent / found[1]).read_text(encoding="utf-8") if found else block
        for block, found in zip(blocks, files, strict=True)
    ]
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<title>Explorer of quantum-walk loaders</title>\n</head>\n"
        '<body style="font-family: system-ui, sans-serif; margin: 1rem; background: Canvas">\n'
    )
    return head + "".join(parts) + "</body>\n</html>\n"


def main() -> None:
    """Write the data, or the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the page, fit nothing")
    parser.add_argument("--jobs", type=int, default=2, help="processes that fit (default: 2)")
    options = parser.parse_args()
    if options.page:
        options.page.write_text(page(), encoding="utf-8")
        return
    text = json.dumps(compute(jobs=options.jobs), separators=(",", ":"), ensure_ascii=False)
    broken = text.replace('{"qubits"', '\n{"qubits"').replace('{"initial', '\n{"initial')
    (HERE / "data.json").write_text(broken + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
