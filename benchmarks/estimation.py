"""Measure Bayesian amplitude estimation on one-qubit stand-ins.

Run with ``python benchmarks/estimation.py``, or name tables: ``calls``, ``coverage``, ``bias``,
``noise``, ``threshold``; ``--runs`` changes the number of seeds, ``--jobs`` runs in parallel.
"""

from __future__ import annotations

import argparse
import warnings
from typing import Any, NamedTuple

import numpy as np
from coins import Coins, stand_in
from joblib import Parallel, delayed
from qiskit_algorithms import IterativeAmplitudeEstimation
from running import run_script

from qiskit_ssqw.finance import BayesianAmplitudeEstimation

ALPHA = 0.05
AMPLITUDES = (0.01, 0.05, 0.13, 0.37, 0.5, 0.8, 0.99)
EPSILONS = (1e-2, 2e-3, 2e-4)


class Run(NamedTuple):
    """One estimation; errors in half widths that were asked for."""

    calls: int
    error: float
    contained: bool
    circuits: int
    deepest: int


def once(amplitude: float, epsilon: float, seed: int, decay: float = 0.0, **options: Any) -> Run:
    """One estimation with new random numbers."""
    sampler = coins(amplitude, epsilon, seed, decay)
    estimator = BayesianAmplitudeEstimation(epsilon, ALPHA, sampler=sampler, **options)
    return run_of(estimator, amplitude, epsilon)


def iterative(amplitude: float, epsilon: float, seed: int) -> Run:
    """The same with the iterative estimation of qiskit-algorithms, 100 shots."""
    sampler = coins(amplitude, epsilon, seed)
    return run_of(IterativeAmplitudeEstimation(epsilon, ALPHA, sampler=sampler), amplitude, epsilon)


def coins(amplitude: float, epsilon: float, seed: int, decay: float = 0.0) -> Coins:
    """A sampler whose numbers are those of no other setting."""
    angle = float(np.arcsin(np.sqrt(amplitude)))
    return Coins([seed, int(1 / epsilon), int(1e6 * amplitude)], decay=decay, angle=angle)


def run_of(estimator: Any, amplitude: float, epsilon: float) -> Run:
    """Estimate an amplitude that is known."""
    result = estimator.estimate(stand_in(amplitude))
    low, high = result.confidence_interval
    return Run(
        result.num_oracle_queries,
        (result.estimation - amplitude) / epsilon,
        bool(low <= amplitude <= high),
        len(result.powers),
        max(result.powers),
    )


def many(workers: Parallel, runs: int, what: Any, *arguments: Any, **options: Any) -> np.ndarray:
    """Many runs with seeds of their own, as an array with a row each."""
    tasks = (delayed(what)(*arguments, seed=seed, **options) for seed in range(runs))
    return np.array(workers(tasks), dtype=float)


def line(head: str, found: np.ndarray, epsilon: float) -> None:
    """Print what some runs spent and missed."""
    calls, errors, contained, circuits, deepest = found.T
    bias, noise = errors.mean(), errors.std() / np.sqrt(len(errors))
    print(
        f"{head:<34}{np.median(calls) * epsilon:>8.2f}{contained.mean():>10.1%}"
        f"{np.mean(np.abs(errors) > 5):>9.2%}{np.sqrt(np.mean(errors**2)):>8.2f}"
        f"{bias:>+9.3f} +-{noise:.3f}{np.median(circuits):>9.0f}{deepest.max() * epsilon:>9.2f}",
        flush=True,
    )


def heading(title: str) -> None:
    """Print a title and the names of the columns."""
    print(
        f"\n{title}\n{'':<34}{'calls':>8}{'coverage':>10}{'far off':>9}{'rms':>8}{'bias':>16}"
        f"{'circuits':>9}{'deepest':>9}"
    )


def calls(workers: Parallel, runs: int) -> None:
    """Calls times epsilon, medians."""
    heading(f"calls and largest power times epsilon; {runs} runs; errors in half widths")
    for shots in (1, 10, 100):
        for epsilon in EPSILONS:
            for amplitude in AMPLITUDES:
                found = many(workers, runs, once, amplitude, epsilon, shots=shots)
                line(f"{shots} shots, {epsilon:g}, a={amplitude}", found, epsilon)
    for epsilon in EPSILONS[:2]:
        for amplitude in AMPLITUDES:
            found = many(workers, runs, iterative, amplitude, epsilon)
            line(f"IAE, 100 shots, {epsilon:g}, a={amplitude}", found, epsilon)


def coverage(workers: Parallel, runs: int) -> None:
    """How often the interval contains the amplitude."""
    heading(f"coverage of the 95% interval, {runs} runs; far off: by more than 5 half widths")
    for shots, epsilon in ((1, 1e-2), (1, 2e-3), (1, 2e-4), (10, 2e-3)):
        rows = [many(workers, runs, once, a, epsilon, shots=shots) for a in AMPLITUDES]
        for amplitude, found in zip(AMPLITUDES, rows, strict=True):
            line(f"{shots} shots, {epsilon:g}, a={amplitude}", found, epsilon)
        line(f"{shots} shots, {epsilon:g}, all", np.concatenate(rows), epsilon)


def bias(workers: Parallel, runs: int) -> None:
    """Bias of the estimate, in half widths."""
    heading(f"bias of the estimate in half widths, {runs} runs")
    for amplitude in (0.05, 0.37, 0.8):
        line(f"1 shot, 0.01, a={amplitude}", many(workers, runs, once, amplitude, 1e-2), 1e-2)


def noise(workers: Parallel, runs: int) -> None:
    """Coverage where circuits decay."""
    heading(f"circuits that decay, {runs} runs, 100 shots, epsilon 0.005")
    for decay in (0.003, 0.03):
        for amplitude in (0.05, 0.13, 0.37, 0.5, 0.8):
            for kind, known in (("ignored", 0.0), ("known", decay), ("unknown", (1e-5, 0.1))):
                found = many(
                    workers, runs, once, amplitude, 5e-3, shots=100, noise=known, decay=decay
                )
                line(f"decay {decay:g} {kind}, a={amplitude}", found, 5e-3)


def threshold(workers: Parallel, runs: int) -> None:
    """How often the side of a threshold is told, and how often wrongly, next to it."""
    print(f"\nthreshold 0.99, epsilon 1e-5, alpha {ALPHA}, {runs} runs, both sides in turn")
    print(f"{'distance':<10}{'wrong side':>12}{'not told':>10}{'calls, median':>15}")
    for distance in (1e-6, 4e-6, 3e-5, 4e-4):
        found = workers(delayed(_side)(distance, seed) for seed in range(runs))
        wrong, untold, spent = np.array(found, dtype=float).T
        print(
            f"{distance:<10g}{wrong.mean():>12.1%}{untold.mean():>10.1%}{np.median(spent):>15,.0f}"
        )


def _side(distance: float, seed: int) -> tuple[bool, bool, int]:
    """Whether the side was told wrongly or not at all, and the calls."""
    side = 1 if seed % 2 else -1
    estimator = BayesianAmplitudeEstimation(1e-5, ALPHA, sampler=Coins(seed), threshold=0.99)
    result = estimator.estimate(stand_in(0.99 + side * distance))
    low, high = result.confidence_interval
    wrong = high < 0.99 if side > 0 else low > 0.99
    return wrong, low <= 0.99 <= high, result.num_oracle_queries


TABLES = {"calls": (calls, 200), "coverage": (coverage, 1000), "bias": (bias, 10_000)}
TABLES["noise"] = (noise, 100)
TABLES["threshold"] = (threshold, 250)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="*", choices=[[], *TABLES], default=list(TABLES))
    parser.add_argument("--runs", type=int)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with Parallel(n_jobs=options.jobs) as workers:
        for name in options.tables:
            table, runs = TABLES[name]
            table(workers, options.runs or runs)


if __name__ == "__main__":
    run_script(main)
