"""Measure the loader on the reference instance: the call of qiskit-finance's tutorial.

Prints TV and CX counts beside Qiskit's StatePreparation, the error of the grids, what
qiskit-finance's payoff and a lattice walk cost, and median times. Run with
``python benchmarks/reference_instance.py``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import warnings
from typing import Any

import numpy as np
from instance import BLACK_SCHOLES, CALL, MARKET, SEEDS, count_cx, reference
from qiskit import QuantumCircuit
from qiskit.circuit.library import StatePreparation
from qiskit.exceptions import QiskitError
from qiskit_finance.applications.estimation import EuropeanCallPricing
from qiskit_finance.circuit.library import LogNormalDistribution
from running import run_script

from qiskit_ssqw import (
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    fit,
)
from qiskit_ssqw.finance import OptionPricing, PriceAccuracyWarning, price


def peer(target: TargetDistribution) -> str:
    """CX of Qiskit's StatePreparation, all-to-all / on a line."""
    circuit = QuantumCircuit(target.num_qubits)
    circuit.append(StatePreparation(np.sqrt(target.probabilities)), circuit.qubits)
    try:
        return f"{count_cx(circuit, line=False)} / {count_cx(circuit, line=True)}"
    except QiskitError:
        return "fails"


def gates() -> None:
    """TV and CX at the tolerances that matter; medians over the seeds of the fit."""
    print("n   tolerance  TV (worst)  CX (best-worst)  CX on a line  StatePreparation  seconds")
    for size, tolerance in [
        (3, 1e-6),
        (4, 1e-6),
        (5, 1e-3),
        (6, 5e-3),
        (6, 1e-3),
        (8, 5e-3),
        (8, 1e-3),
        (10, 5e-3),
        (10, 2e-3),
        (10, 1e-3),
    ]:
        target, seconds, results = reference(size), [], []
        for seed in SEEDS:
            started = time.perf_counter()
            results.append(fit(target, tolerance=tolerance, seed=seed))
            seconds.append(time.perf_counter() - started)
        counts = [result.two_qubit_gates for result in results]
        best = min(results, key=lambda result: result.two_qubit_gates)
        on_a_line = count_cx(SSQWDistribution(best.walk), line=True)
        worst = max(result.total_variation for result in results)
        print(
            f"{size:<4}{tolerance:<11g}{worst:<12.1e}{f'{min(counts)}-{max(counts)}':<17}"
            f"{on_a_line:<14}{peer(target):<18}{statistics.median(seconds):.2f}"
        )


GRIDS: dict[str, dict[str, Any]] = {
    "pdf, 3 std": {"num_std": 3, "rule": "pdf"},
    "cell, 4 std": {"num_std": 4},
    "log": {},
    "log, aligned": {"align": CALL.breakpoints[0]},
    "quantile": {"grid": "quantile"},
    "quantile, aligned": {"grid": "quantile", "align": CALL.breakpoints[0]},
}


def grids() -> None:
    """Error of the grid sum against Black-Scholes; `markets.py grids` has other markets."""
    print("\nn   grid sum against Black-Scholes" + "".join(f"{name:>19}" for name in GRIDS))
    for size in (3, 4, 5, 6, 8):
        errors = [
            TargetDistribution.from_black_scholes(size, **MARKET, **options).expectation(CALL)
            / BLACK_SCHOLES
            - 1
            for options in GRIDS.values()
        ]
        print(f"{size:<34}" + "".join(f"{error:>19.3%}" for error in errors))


def few_qubits() -> None:
    """All two-qubit gates of a price within half a per cent, interval included, three seeds."""
    print("\nprices to 0.5 %        qubits   CX of A   of an iterate     calls   two-qubit gates")
    for name in ("log, aligned", "quantile", "quantile, aligned"):
        for size in (1, 2, 3, 4):
            model = QuantumWalkUncertaintyModel.from_black_scholes(
                size, **MARKET, **GRIDS[name], seed=0
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PriceAccuracyWarning)
                runs = [price(CALL, model, accuracy=0.005, seed=seed) for seed in range(3)]
            if not all(run.success for run in runs):
                continue
            circuit = OptionPricing(CALL, model).state_preparation
            print(
                f"{name:<23}{size:>6}{count_cx(circuit, line=False):>10}"
                f"{runs[0].iterate_two_qubit_gates:>16}"
                f"{statistics.median(run.oracle_calls for run in runs):>10,.0f}"
                f"{statistics.median(run.two_qubit_gates for run in runs):>18,.0f}"
            )


def losses() -> None:
    """What the payoff costs beside the loader, what a lattice walk costs, and tight tolerances."""
    target = reference(3)
    model = QuantumWalkUncertaintyModel(target, tolerance=1e-6, seed=0)
    loaders = {
        "qiskit-finance": LogNormalDistribution(
            3, np.log(2) + (0.05 - 0.08) * 40 / 365, 0.16 * 40 / 365, target.bounds
        ),
        "quantum walk": model,
    }
    for name, loader in loaders.items():
        call = EuropeanCallPricing(3, CALL.breakpoints[0], 0.25, target.bounds, loader)
        circuit = call.to_estimation_problem().state_preparation
        print(
            f"\n{name}: loader {count_cx(loader, line=False)} CX, "
            f"with qiskit-finance's payoff {count_cx(circuit, line=False)} CX",
            end="",
        )
    shape = SplitStepWalk.template(2, 2, start=2, coin="absorbed")
    lattice = fit(target, walk=shape, tolerance=1e-6, seed=0)
    circuit = SSQWDistribution(lattice.walk)
    print(
        f"\nlattice walk: TV {lattice.total_variation:.1e}, {count_cx(circuit, line=False)} CX, "
        f"{count_cx(circuit, line=True)} on a line"
    )
    spiky = {"spot": 100.0, "volatility": 0.2, "rate": 0.01, "maturity": 1.0}
    hard = {
        "tutorial, 6 qubits": (reference(6), 1e-5),
        "one year, 8 qubits, cells within 4 std": (
            TargetDistribution.from_black_scholes(8, **spiky, num_std=4),
            1e-3,
        ),
        "one year, 8 qubits, log grid": (TargetDistribution.from_black_scholes(8, **spiky), 1e-3),
    }
    for name, (target, tolerance) in hard.items():
        started = time.perf_counter()
        result = fit(target, tolerance=tolerance, seed=0)
        seconds = time.perf_counter() - started
        print(
            f"{name}, tolerance {tolerance:g}: TV {result.total_variation:.1e} with "
            f"{result.two_qubit_gates} CX after {seconds:.0f} s"
        )


def times() -> None:
    """Construction of the 6-qubit model, and the import."""
    mu = np.log(2) + (0.05 - 0.08) * 40 / 365
    bounds = reference(6).bounds
    seconds = []
    for seed in range(15):
        started = time.perf_counter()
        QuantumWalkUncertaintyModel.lognormal(6, mu, 0.16 * 40 / 365, bounds, seed=seed)
        seconds.append(time.perf_counter() - started)
    print(
        "\nQuantumWalkUncertaintyModel.lognormal(6, ...): "
        f"median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s of 15 seeds"
    )
    imports = {
        "qiskit": "import qiskit",
        "qiskit and all public names": "import qiskit; from qiskit_ssqw import *",
    }
    medians = {}
    for name, code in imports.items():
        runs = []
        for _ in range(7):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, start_new_session=True)
            runs.append(time.perf_counter() - started)
        medians[name] = statistics.median(runs)
    without, with_us = medians.values()
    print(
        f"import: qiskit {without:.2f} s, with qiskit_ssqw {with_us:.2f} s, "
        f"adds {with_us - without:.2f} s"
    )


def main() -> None:
    for table in (gates, grids, few_qubits, losses, times):
        table()


if __name__ == "__main__":
    run_script(main)
