"""Counts of two-qubit gates, and those of long rotations that are known without unrolling them."""

import numpy as np
import pytest
from qiskit import QuantumCircuit

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution
from qiskit_ssqw.circuit import TreeWalkGate, WalshRYGate
from qiskit_ssqw.finance import Asian, Call, OptionPricing, PathModel, Put
from qiskit_ssqw.finance import gates as counted
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.walks import TreeWalk

MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365}


def rotation(rng):
    masks = rng.choice(2**9, size=400, replace=False)
    return WalshRYGate(dict.fromkeys(masks.tolist(), 0.1), 9)


def tree(rng):
    return TreeWalkGate(TreeWalk.from_probabilities(rng.dirichlet(np.ones(2**9))))


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("make", [rotation, tree])
def test_long_rotations_count_as_they_are_unrolled(make, level, rng, monkeypatch):
    monkeypatch.setattr(counted, "_MANY", 100)
    gate = make(rng)
    circuit = QuantumCircuit(10)
    for qubit in range(10):
        circuit.ry(0.3, qubit)
    circuit.cx(0, 9)
    circuit.append(gate, range(gate.num_qubits))
    circuit.cx(0, 9)
    circuit.append(gate.inverse(), range(gate.num_qubits))
    found = count_two_qubit_gates(circuit, optimization_level=level)
    monkeypatch.setattr(counted, "_MANY", np.inf)
    assert found == count_two_qubit_gates(circuit, optimization_level=level)


def on_a_grid():
    target = TargetDistribution.from_black_scholes(9, **MARKET)
    walk = TreeWalk.from_probabilities(target.probabilities)
    return OptionPricing(Put(2.1), QuantumWalkUncertaintyModel(target, walk=walk))


def on_a_flat_grid():
    model = QuantumWalkUncertaintyModel.from_black_scholes(9, **MARKET, grid="quantile", seed=1)
    return OptionPricing(Call(1.9), model)


def on_paths():
    return OptionPricing(Asian(Call(1.9)), PathModel(3, 3, **MARKET))


@pytest.mark.parametrize("make", [on_a_grid, on_a_flat_grid, on_paths])
def test_an_iterate_is_counted_as_it_is_transpiled(make, monkeypatch):
    """Gates of two iterates that meet cancel in both counts, or in none."""
    monkeypatch.setattr(counted, "_MANY", 100)
    found = make().count_iterate_two_qubit_gates()
    assert found > 400
    monkeypatch.setattr(counted, "_MANY", np.inf)
    assert found == make().count_iterate_two_qubit_gates()
