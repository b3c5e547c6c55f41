"""Fits hardly depend on the number of qubits, and profit from neighbours and exact synthesis."""

from __future__ import annotations

import os
from contextlib import nullcontext

import numpy as np
from instance import BASIS, MARKET, reference
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import StatePreparation
from threadpoolctl import threadpool_limits

from qiskit_ssqw import SplitStepWalk, SSQWDistribution, TargetDistribution, fit, fit_many
from qiskit_ssqw._threads import one_blas_thread
from qiskit_ssqw.fitting import entry, request


def exact_loader(num_qubits: int) -> QuantumCircuit:
    """Qiskit's StatePreparation of the reference, as a circuit of CX and rotations."""
    circuit = QuantumCircuit(num_qubits)
    amplitudes = np.sqrt(reference(num_qubits).probabilities)
    circuit.append(StatePreparation(amplitudes), circuit.qubits)
    return transpile(circuit, basis_gates=BASIS, optimization_level=1)


def fit_three_times(num_qubits: int) -> None:
    for seed in range(3):
        fit(reference(num_qubits), tolerance=2e-2, seed=seed)


def test_large_grid_against_small_grid(check_ratio):
    check_ratio(
        "three fits to 2e-2, n = 12 / n = 6",
        lambda: fit_three_times(12),
        lambda: fit_three_times(6),
        bound=4,
        rounds=3,
    )


def test_fit_against_state_preparation(check_ratio):
    check_ratio(
        "fit to 2e-3, n = 6 / StatePreparation, n = 8",
        lambda: fit(reference(6), tolerance=2e-3, seed=0),
        lambda: exact_loader(8),
        bound=12,
        rounds=3,
    )


def test_loader_against_state_preparation(check_ratio):
    walk = fit(reference(8), tolerance=2e-2, seed=0).walk
    check_ratio(
        "loader of a fitted walk, n = 8 / StatePreparation, n = 8",
        lambda: transpile(SSQWDistribution(walk), basis_gates=BASIS, optimization_level=1),
        lambda: exact_loader(8),
        bound=0.15,
        rounds=5,
    )


def test_warm_starts_against_cold_starts(check_ratio):
    family = [
        TargetDistribution.from_black_scholes(
            6, **{**MARKET, "volatility": volatility}, num_std=3, rule="pdf"
        )
        for volatility in np.linspace(0.35, 0.45, 5)
    ]
    check_ratio(
        "fit_many of 5 volatilities to 5e-3, n = 6: warm / cold",
        lambda: fit_many(family, tolerance=5e-3, seed=0),
        lambda: fit_many(family, tolerance=5e-3, seed=0, warm_start=False),
        bound=0.8,
        rounds=3,
    )


def test_exact_lattice_walk_against_gradient(check_ratio):
    walk = SplitStepWalk.template(6, 2**5)
    check_ratio(
        "lattice walk, n = 6: exact synthesis / gradient fit to 1e-8",
        lambda: fit(reference(6), walk=walk, method="exact", seed=1),
        lambda: fit(reference(6), walk=walk, tolerance=1e-8, seed=1),
        bound=1,
        rounds=5,
    )


def test_one_thread_against_all(check_ratio, monkeypatch):
    """On a machine with several cores; these checks let BLAS have one if nothing else is said."""
    walk, cores = SplitStepWalk.template(6, 16), os.cpu_count()

    def fitted(limit) -> None:
        monkeypatch.setattr(request, "one_blas_thread", limit)
        entry.remembered.cache_clear()
        with threadpool_limits(cores, user_api="blas"):
            fit(reference(6), walk=walk, tolerance=1e-8, seed=1)

    check_ratio(
        "lattice walk of 16 steps, n = 6: one thread of BLAS / all",
        lambda: fitted(one_blas_thread),
        lambda: fitted(nullcontext),
        bound=1.1,
        rounds=3,
    )
