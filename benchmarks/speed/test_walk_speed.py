"""Walks know their amplitudes and exact gradients without simulating a circuit."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import transpile
from qiskit.quantum_info import Statevector
from transpile import lattice_loader

from qiskit_ssqw import MultiscaleWalk, SSQWDistribution
from qiskit_ssqw.walks import Walk


@pytest.fixture(scope="module")
def walks() -> dict[str, Walk]:
    ladder = MultiscaleWalk.from_windows(10, [(1, 2), (0, 1), (1, 2)])
    angles = np.random.default_rng(1).uniform(-np.pi, np.pi, ladder.num_parameters)
    return {
        "multiscale walk, n = 10": ladder.with_parameters(angles),
        "lattice walk, n = 8, T = 8": lattice_loader(8, 8).walk,
    }


@pytest.mark.parametrize(
    ("name", "bound"), [("multiscale walk, n = 10", 0.25), ("lattice walk, n = 8, T = 8", 0.06)]
)
def test_amplitudes_against_simulation(check_ratio, walks, name, bound):
    walk = walks[name]
    circuit = transpile(SSQWDistribution(walk), basis_gates=["u", "cx"], optimization_level=1)
    check_ratio(
        f"{name}: amplitudes / Statevector of its circuit",
        walk.amplitudes,
        lambda: Statevector(circuit),
        bound=bound,
        rounds=40,
    )


@pytest.mark.parametrize(
    ("name", "bound"), [("multiscale walk, n = 10", 6), ("lattice walk, n = 8, T = 8", 6)]
)
def test_gradient_against_one_evaluation(check_ratio, walks, name, bound):
    """Finite differences take as many evaluations as twice the number of parameters."""
    walk = walks[name]
    parameters = walk.parameters

    def gradient() -> None:
        amplitudes, pullback = walk.vjp(parameters)
        pullback(amplitudes)

    check_ratio(
        f"{name}: gradient by {walk.num_parameters} angles / evaluation",
        gradient,
        lambda: walk.with_parameters(parameters).amplitudes(),
        bound=bound,
        rounds=200,
    )
