"""The zero reflection as a gate, and along a tree."""

import pickle
from io import BytesIO

import numpy as np
import pytest
from qiskit import QuantumCircuit, qpy, transpile
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap

from qiskit_ssqw.circuit import ZeroReflectionGate
from qiskit_ssqw.synthesis import synth_zero_reflection_tree

BASIS = ["cx", "rz", "sx", "x"]


def reflection(size):
    return np.diag([-1.0, *np.ones(2**size - 1)])


def fork(size):
    """A line with the last qubit at its middle."""
    return [*((q, q + 1) for q in range(size - 2)), ((size - 1) // 2, size - 1)]


@pytest.mark.parametrize("size", range(2, 7))
def test_the_gate_is_the_reflection_and_its_own_inverse(size):
    gate = ZeroReflectionGate(size)
    assert (gate.name, gate.num_qubits, gate.num_reflected) == ("zero_reflection", size, size)
    np.testing.assert_allclose(Operator(gate).data, reflection(size), atol=1e-12)
    assert gate.inverse() == gate
    assert gate.inverse() is not gate


@pytest.mark.parametrize("size", range(2, 7))
def test_a_clean_ancilla_stays_clean(size):
    gate = ZeroReflectionGate(size, ancilla=True)
    assert (gate.num_qubits, gate.num_reflected) == (size + 1, size)
    clean = Operator(gate).data[:, : 2**size]
    expected = np.vstack([reflection(size), np.zeros((2**size, 2**size))])
    np.testing.assert_allclose(clean, expected, atol=1e-12)


@pytest.mark.parametrize("size", range(2, 7))
@pytest.mark.parametrize("shape", ["fork", "line", "star"])
def test_along_a_tree(size, shape):
    edges = {
        "fork": fork(size),
        "line": [(q, q + 1) for q in range(size - 1)],
        "star": [(0, q) for q in range(1, size)],
    }[shape]
    circuit = synth_zero_reflection_tree(edges, size)
    np.testing.assert_allclose(Operator(circuit).data, reflection(size), atol=1e-12)
    pairs = [tuple(circuit.find_bit(q).index for q in s.qubits) for s in circuit]
    assert all(set(pair) in map(set, edges) for pair in pairs if len(pair) == 2)


@pytest.mark.parametrize(("size", "most"), [(3, 8), (4, 18), (5, 39), (6, 85)])
def test_cx_on_a_fork(size, most):
    assert synth_zero_reflection_tree(fork(size), size).count_ops()["cx"] <= most


def test_refuses_what_is_no_tree_and_too_few_qubits():
    with pytest.raises(ValueError, match="edges must make a tree of qubits 0 to 2"):
        synth_zero_reflection_tree([(0, 1)], 3)
    with pytest.raises(ValueError, match="num_qubits must be at least 2, got 1"):
        synth_zero_reflection_tree([], 1)
    with pytest.raises(ValueError, match="num_reflected must be at least 2, got 1"):
        ZeroReflectionGate(1)


@pytest.mark.parametrize("ancilla", [False, True])
@pytest.mark.parametrize("exchange", ["qpy", "pickle"])
def test_on_a_device_every_gate_is_on_an_edge(ancilla, exchange):
    circuit = QuantumCircuit(6)
    circuit.append(ZeroReflectionGate(5, ancilla), range(5 + ancilla))
    if exchange == "qpy":
        buffer = BytesIO()
        qpy.dump(circuit, buffer)
        buffer.seek(0)
        (circuit,) = qpy.load(buffer)
    else:
        circuit = pickle.loads(pickle.dumps(circuit))
    coupling = CouplingMap.from_heavy_hex(3)
    compiled = transpile(
        circuit,
        basis_gates=BASIS,
        coupling_map=coupling,
        optimization_level=2,
        seed_transpiler=1,
        qubits_initially_zero=False,
    )
    assert "swap" not in compiled.count_ops()
    assert compiled.layout.routing_permutation() == list(range(coupling.size()))
    assert compiled.count_ops()["cx"] <= 39
    used = compiled.layout.initial_index_layout(filter_ancillas=True)[:5]
    small = QuantumCircuit(5, global_phase=compiled.global_phase)
    for step in compiled:
        qubits = [compiled.find_bit(qubit).index for qubit in step.qubits]
        small.append(step.operation, [used.index(qubit) for qubit in qubits])
    np.testing.assert_allclose(Operator(small).data, reflection(5), atol=1e-8)


def test_seven_qubits_and_grids_are_left_to_routing():
    circuit = QuantumCircuit(7)
    circuit.append(ZeroReflectionGate(7), range(7))
    options = {"basis_gates": BASIS, "optimization_level": 1, "seed_transpiler": 1}
    compiled = transpile(circuit, coupling_map=CouplingMap.from_heavy_hex(3), **options)
    small = QuantumCircuit(5)
    small.append(ZeroReflectionGate(5), range(5))
    grid = transpile(small, coupling_map=CouplingMap.from_grid(5, 5), **options)
    for found in (compiled, grid):
        assert found.layout.routing_permutation() != list(range(found.num_qubits))
