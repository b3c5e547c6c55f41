"""Measure the lattice walk: exact, gradient and variational fits, gates, and a published lesson.

Run all tables with ``python benchmarks/lattice.py``, or some of them by name, such as
``python benchmarks/lattice.py exact gates``.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from instance import count_cx, reference
from qiskit import QuantumCircuit
from qiskit.circuit.library import StatePreparation
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms.optimizers import SPSA
from running import run_tables
from sklearn.datasets import load_digits

from qiskit_ssqw import (
    FitResult,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    fit,
    metrics,
)
from qiskit_ssqw.fitting import Variational, fit_fewest_steps
from qiskit_ssqw.synthesis import synth_lattice_shifts
from qiskit_ssqw.walks import TorusWalk

EVALUATIONS = 500


class Timed(NamedTuple):
    """A fit and the seconds it took."""

    result: FitResult
    seconds: float


def timed(target: TargetDistribution, **options: object) -> Timed:
    started = time.perf_counter()
    result = fit(target, **options)
    return Timed(result, time.perf_counter() - started)


def absorbed(num_qubits: int) -> SplitStepWalk:
    """The walk with absorbed coin and 2**(n-2) split steps, around the whole cycle."""
    sites, steps = 2 ** (num_qubits - 1), 2 ** (num_qubits - 2)
    mode = int(np.argmax(reference(num_qubits).probabilities.reshape(sites, 2).sum(axis=1)))
    return SplitStepWalk.template(
        num_qubits - 1, steps, coin="absorbed", start=(mode + steps) % sites
    )


def mean_squared_error(result: FitResult) -> float:
    return metrics.mean_squared_error(result.target.probabilities, result.walk.probabilities())


def solved(num_qubits: int) -> Iterator[tuple[str, Timed]]:
    """The absorbed walk fitted in every way, by name and from one seed, gradients first.

    Samples come from Aer; variational fits stop after 500 walks.
    """
    target, walk = reference(num_qubits), absorbed(num_qubits)
    yield "gradient", timed(target, walk=walk, tolerance=1e-8, seed=1)
    yield "exact", timed(target, walk=walk, method="exact", seed=1)
    for shots in (None, 10_000, 100):
        sampler = None if shots is None else SamplerV2
        name = "exact values" if shots is None else f"{shots:,} shots"
        for title, optimizer in (("COBYLA", "COBYLA"), ("SPSA", SPSA(maxiter=EVALUATIONS // 2))):
            method = Variational(
                sampler=sampler, shots=shots, optimizer=optimizer, max_evaluations=EVALUATIONS
            )
            yield f"{name}, {title}", timed(target, walk=walk, method=method, seed=1)


def solvers() -> None:
    """The same walk fitted in every way; times as ratios to the gradient fit."""
    print("absorbed coin, 2**(n-2) split steps, the reference log-normal; loss: mean squared error")
    print(f"{'n':<3}{'method':<28}{'TV':>9}{'MSE':>10}{'walks':>8}{'seconds':>9}{'ratio':>8}")
    for size in (3, 4, 5, 6):
        rows = dict(solved(size))
        for name, (result, seconds) in rows.items():
            print(
                f"{size:<3}{name:<28}{result.total_variation:>9.1e}{mean_squared_error(result):>10.1e}"
                f"{result.history[-1].evaluation:>8}{seconds:>9.2f}"
                f"{seconds / rows['gradient'].seconds:>8.1f}"
            )


def race() -> None:
    """Gradient fits to the loss that COBYLA reaches on exact probabilities."""
    print("\nn  COBYLA: MSE, seconds (exact values / 10,000 shots)   gradient to that MSE   ratios")
    for size in (3, 4, 5):
        target, walk = reference(size), absorbed(size)
        exact = timed(target, walk=walk, method=Variational(shots=None), seed=1)
        method = Variational(sampler=SamplerV2)
        sampled = timed(target, walk=walk, method=method, seed=1)
        goal = exact.result.total_variation
        gradient = min(
            (timed(target, walk=walk, tolerance=goal, seed=1) for _ in range(3)),
            key=lambda run: run.seconds,
        )
        print(
            f"{size:<3}{mean_squared_error(exact.result):.1e}, {exact.seconds:.2f} / "
            f"{sampled.seconds:.2f} s   {gradient.seconds:.3f} s   "
            f"{exact.seconds / gradient.seconds:.0f} / {sampled.seconds / gradient.seconds:.0f}"
        )


def kinds(
    num_qubits: int, each: int, rng: np.random.Generator
) -> Iterator[tuple[str, TargetDistribution]]:
    """Random targets of ten kinds, some of each."""
    sites = 2**num_qubits
    x = (np.arange(sites) + 0.5) / sites

    def bell(mean: float, deviation: float) -> np.ndarray:
        return np.exp(-0.5 * ((x - mean) / deviation) ** 2)

    def two_bells() -> np.ndarray:
        first = bell(rng.uniform(0.2, 0.4), rng.uniform(0.04, 0.1))
        return first + rng.uniform(0.3, 1) * bell(rng.uniform(0.6, 0.8), rng.uniform(0.04, 0.1))

    shapes: dict[str, Callable[[], np.ndarray]] = {
        "Dirichlet(1)": lambda: rng.dirichlet(np.ones(sites)),
        "sparse Dirichlet(0.3)": lambda: rng.dirichlet(np.full(sites, 0.3)),
        "log-normal": lambda: np.exp(-0.5 * (np.log(3 * x) / rng.uniform(0.15, 0.6)) ** 2) / x,
        "normal": lambda: bell(rng.uniform(0.3, 0.7), rng.uniform(0.05, 0.25)),
        "two Gaussians": two_bells,
        "exponential": lambda: np.exp(-rng.uniform(1, 20) * x),
        "noisy uniform": lambda: rng.uniform(0.5, 1.5, sites),
        "Student t": lambda: (1 + ((x - 0.5) / rng.uniform(0.03, 0.1)) ** 2) ** -2,
        "beta": lambda: x ** rng.uniform(0.5, 4) * (1 - x) ** rng.uniform(0.5, 4),
        "histogram": lambda: np.histogram(rng.normal(0.5, 0.15, 20 * sites), sites, (0, 1))[0] / 1,
    }
    for name, shape in shapes.items():
        for _ in range(each):
            weights = shape()
            yield name, TargetDistribution(weights / weights.sum(), (0, 1))


def exact() -> None:
    """Exact walks for the reference and for random targets: errors, lengths, times."""
    print("\nexact synthesis, coin traced out; half steps as a multiple of 2**n")
    print(f"{'n':<4}{'target':<24}{'TV (worst)':>11}{'length':>13}{'seconds: median, worst':>25}")
    for size in (3, 4, 5, 6, 7, 8, 10):
        groups: dict[str, list[Timed]] = {}
        targets = [("reference", reference(size))]
        targets += kinds(size, 5 if size <= 8 else 1, np.random.default_rng(size))
        for name, target in targets:
            groups.setdefault(name, []).append(timed(target, method="exact", seed=1))
        for name, runs in groups.items():
            lengths = [2 * run.result.walk.num_steps / 2**size for run in runs]
            seconds = [run.seconds for run in runs]
            print(
                f"{size:<4}{name:<24}{max(run.result.total_variation for run in runs):>11.0e}"
                f"{f'{min(lengths):.2f}-{max(lengths):.2f}':>13}"
                f"{statistics.median(seconds):>15.2f}{max(seconds):>10.2f}",
                flush=True,
            )


def steps() -> None:
    """The fewest split steps found for the reference."""
    print("\nfewest split steps for the reference, seed 1")
    print(f"{'coin':<22}{'tolerance':>10}" + "".join(f"{f'n={n}':>8}" for n in (3, 4, 5, 6)))
    for structure in (
        {"coin": "absorbed"},
        {"coin": "traced"},
        {"coin": "traced", "repetitions": 2},
        {"coin": "absorbed", "coins": "ry"},
    ):
        name = ", ".join(map(str, structure.values()))
        for tolerance in (1e-3, 1e-8):
            cells = []
            for size in (3, 4, 5, 6):
                result = fit_fewest_steps(
                    reference(size),
                    tolerance=tolerance,
                    max_steps=2 ** (size - 1),
                    seed=1,
                    **structure,
                )
                found, missed = str(result.walk.num_steps), f"({result.total_variation:.0e})"
                cells.append(found if result.success else missed)
            print(f"{name:<22}{tolerance:>10g}" + "".join(f"{cell:>8}" for cell in cells))


def gates() -> None:
    """CX of the lattice walk in two syntheses beside the multiscale walk and StatePreparation."""
    print("\nCX all-to-all (in brackets on a line) to load the reference to TV <= 1e-3 or better")
    print("n   lattice            lattice, multi-controlled   multiscale   StatePreparation")
    for size in (3, 4, 5, 6):
        target = reference(size)
        lattice = fit(target, walk=absorbed(size), seed=1).walk
        multiscale = SSQWDistribution(fit(target, seed=1).walk)
        peer = QuantumCircuit(size)
        peer.append(StatePreparation(np.sqrt(target.probabilities)), peer.qubits)
        circuits = (SSQWDistribution(lattice), synth_lattice_shifts(lattice), multiscale, peer)
        cells = [
            f"{count_cx(circuit, line=False)} ({count_cx(circuit, line=True)})"
            for circuit in circuits
        ]
        print(f"{size:<4}" + "".join(f"{cell:<22}" for cell in cells), flush=True)


def lesson() -> None:
    """The SSQW lesson of NVIDIA's cuda-q-academic: 15 parameters, shared over two time steps.

    Two investors, two time steps, 16 sites, start on site 5. Its target is a histogram: 1,024
    samples of a log-normal (spot 4, volatility 0.3, rate 0.06, 30 days) rounded down. Its walk
    stays at the ends, with an ancilla that is reset, but these are out of reach from site 5.
    """
    counts = np.zeros(16)
    counts[3:6] = 214, 784, 26
    cases = {
        "their histogram": TargetDistribution(counts / 1024, (0, 15)),
        "reference log-normal": reference(4),
    }
    print("\nthe lesson's walk (published MSE: 0.0036 with 10,000 shots, 0.0137 with 100)")
    print(f"{'target':<22}{'method':<36}{'MSE':>9}{'TV':>9}{'seconds':>9}")
    for name, target in cases.items():
        walk = SplitStepWalk.template(4, 2, repetitions=2, start=5)
        runs = {
            f"COBYLA, {shots:,} shots, seed {seed}": {
                "walk": walk,
                "method": Variational(shots=shots, max_evaluations=limit),
                "seed": seed,
            }
            for shots, limit in ((10_000, 250), (100, 100))
            for seed in range(3)
        }
        runs["gradient, same 15 parameters"] = {"walk": walk, "tolerance": 1e-8, "seed": 1}
        runs["exact, angles of its own per step"] = {"method": "exact", "seed": 1}
        for method, options in runs.items():
            result, seconds = timed(target, **options)
            error = mean_squared_error(result)
            print(
                f"{name:<22}{method:<36}{error:>9.1e}{result.total_variation:>9.1e}{seconds:>9.2f}"
            )


def digits() -> None:
    """Ten digits of 8 x 8 pixels on the torus, in as few split steps as do for all of them."""
    images, labels = load_digits(return_X_y=True)
    pictures = [images[np.flatnonzero(labels == digit)[0]].reshape(8, 8) for digit in range(10)]
    print(
        "\ndigits on the torus, seed 1\nsteps  tolerance  TV (worst)  CX    seconds: median, worst"
    )
    for split_steps, tolerance in ((5, 0.05), (10, 0.01)):
        walk = TorusWalk.template((3, 3), split_steps)
        runs = [
            timed(
                TargetDistribution(picture / picture.sum(), [(0, 7), (0, 7)]),
                walk=walk,
                tolerance=tolerance,
                seed=1,
            )
            for picture in pictures
        ]
        seconds = [run.seconds for run in runs]
        print(
            f"{split_steps:<7}{tolerance:<11g}"
            f"{max(run.result.total_variation for run in runs):<12.1e}{walk.two_qubit_gates:<6}"
            f"{statistics.median(seconds):.1f}, {max(seconds):.1f}"
        )


TABLES = {
    "solvers": solvers,
    "race": race,
    "exact": exact,
    "steps": steps,
    "gates": gates,
    "digits": digits,
    "lesson": lesson,
}

if __name__ == "__main__":
    run_tables(TABLES)
