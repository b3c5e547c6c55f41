"""Circuits of walks: the amplitudes of NumPy, one operator, and the ways to store them."""

import copy
import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm2, qasm3, qpy
from qiskit.quantum_info import Operator, Statevector
from reference import dense

from qiskit_ssqw import SSQWDistribution
from qiskit_ssqw.circuit import WalkGate, WalshRYGate, ZeroReflectionGate
from qiskit_ssqw.synthesis import (
    synth_lattice_fourier,
    synth_lattice_multiplexed,
    synth_lattice_shifts,
    synth_lattice_tree,
)

from .strategies import WALKS, lattice_walks, walks

of_each_kind = pytest.mark.parametrize("kind", WALKS, ids=lambda kind: kind.__name__)


def in_its_qubits(walk, circuit_state):
    np.testing.assert_allclose(circuit_state, walk.amplitudes(), rtol=0, atol=1e-10)


def through_qpy(circuit):
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    return qpy.load(file)[0]


def through_qasm2(circuit):
    return qasm2.loads(qasm2.dumps(circuit), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)


@of_each_kind
@given(data=st.data())
def test_the_circuit_prepares_the_amplitudes_of_numpy(kind, data):
    walk = data.draw(WALKS[kind])
    circuit = SSQWDistribution(walk)
    in_its_qubits(walk, Statevector(circuit).data)
    assert circuit.walk == walk
    np.testing.assert_array_equal(circuit.probabilities, walk.probabilities())


@of_each_kind
@given(data=st.data())
def test_the_gate_is_unitary_and_its_inverse_undoes_it(kind, data):
    circuit = SSQWDistribution(data.draw(WALKS[kind]))
    operator = Operator(circuit).data
    size = len(operator)
    np.testing.assert_allclose(operator.conj().T @ operator, np.eye(size), rtol=0, atol=1e-10)
    back = Operator(circuit.inverse()).data
    np.testing.assert_allclose(back @ operator, np.eye(size), rtol=0, atol=1e-10)


@of_each_kind
@given(data=st.data())
def test_copies_of_circuits_hold_the_walk(kind, data):
    walk = data.draw(WALKS[kind])
    circuit = SSQWDistribution(walk)
    for other in (pickle.loads(pickle.dumps(circuit)), copy.deepcopy(circuit), circuit.copy()):
        assert other == circuit
        assert other.walk == walk
    for other, inverted in ((circuit, False), (circuit.inverse(), True)):
        (step,) = through_qpy(other).data
        gate = WalkGate.from_operation(step.operation)
        assert gate.inverted == inverted
        assert (gate.inverse() if inverted else gate).prepares_walk
        assert gate.walk == walk


@given(walk=walks)
def test_openqasm_2_keeps_the_state(walk):
    found = Statevector(through_qasm2(SSQWDistribution(walk)))
    assert abs(np.vdot(found.data, walk.amplitudes())) == pytest.approx(1, abs=1e-9)


@given(walk=walks)
def test_openqasm_3_keeps_the_state(walk):
    found = Statevector(qasm3.loads(qasm3.dumps(SSQWDistribution(walk))))
    assert abs(np.vdot(found.data, walk.amplitudes())) == pytest.approx(1, abs=1e-9)


@given(walk=lattice_walks(2))
def test_all_syntheses_of_a_lattice_walk_are_one_operator(walk):
    angles = walk.parameters.tolist()
    expected = Operator(synth_lattice_fourier(walk, angles)).data
    for synthesis in (synth_lattice_shifts, synth_lattice_multiplexed, synth_lattice_tree):
        found = Operator(synthesis(walk, angles)).data
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@given(walk=walks)
def test_free_parameters_bound_are_the_walk(walk):
    free = SSQWDistribution.parametrised(walk)
    assert free.num_parameters == walk.num_parameters
    assert free.assign_parameters(walk.parameters.tolist()).walk == walk


@given(
    rotations=st.dictionaries(st.integers(0, 7), st.floats(-7, 7), max_size=6),
    order=st.permutations(range(4)),
)
def test_a_rotation_by_parities_is_block_diagonal(rotations, order):
    circuit = QuantumCircuit(4)
    circuit.append(WalshRYGate(rotations, 3), order)
    found = Operator(circuit).data
    *controls, target = order
    for held in range(8):
        angle = sum(c * (-1) ** (mask & held).bit_count() for mask, c in rotations.items())
        zero = sum((held >> place & 1) << qubit for place, qubit in enumerate(controls))
        pair = [zero, zero | 1 << target]
        np.testing.assert_allclose(found[np.ix_(pair, pair)], dense.ry(angle), atol=1e-10)
        others = np.delete(found[:, pair], pair, axis=0)
        assert np.abs(others).max() < 1e-10


@given(order=st.integers(2, 4).flatmap(lambda size: st.permutations(range(size))))
def test_the_reflection_changes_the_sign_of_zero_alone(order):
    size = len(order)
    circuit = QuantumCircuit(size)
    circuit.append(ZeroReflectionGate(size), order)
    found = Operator(circuit).data
    expected = np.diag([-1] + [1] * (2**size - 1))
    assert min(np.abs(found - expected).max(), np.abs(found + expected).max()) < 1e-10
