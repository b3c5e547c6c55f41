"""The lattice walk in one-hot form, with its ancillas, against the circuits without ancillas."""

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator, Statevector
from test_synthesis import BASIS, random_lattice_walk

from qiskit_ssqw.synthesis import synth_lattice_fourier, synth_lattice_shifts, synth_start
from qiskit_ssqw.synthesis.unary import _append_and, num_unary_ancillas, synth_lattice_unary
from qiskit_ssqw.walks import SplitStepWalk


def on_clean_ancillas(circuit, vector):
    """Apply a circuit to a vector of its first qubits; the others start and must end in 0."""
    rest = circuit.num_qubits - int(np.log2(len(vector)))
    given = np.kron(np.eye(2**rest)[0], vector)
    state = Statevector(given).evolve(circuit).data.reshape(-1, len(vector))
    np.testing.assert_allclose(state[1:], 0, atol=1e-10)
    return state[0]


def random_vector(rng, size, *, at_zero=False):
    """A state of position and coin; with all positions, or at site 0 and any coin."""
    parts = rng.normal(size=(2, 2, 2**size))
    state = parts[0] + 1j * parts[1]
    if at_zero:
        state[:, 1:] = 0
    return state.ravel() / np.linalg.norm(state)


def expected_operator(walk, *, prepare):
    circuit = synth_lattice_shifts(walk)
    if not prepare:
        circuit = circuit.compose(
            synth_start(walk).inverse(), range(walk.num_position_qubits), front=True
        )
    return Operator(circuit).data


def cost(circuit):
    compiled = transpile(circuit, basis_gates=BASIS, optimization_level=0)
    return compiled.count_ops().get("cx", 0)


@pytest.mark.parametrize("inputs", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_and_sets_a_clean_target_and_clears_it(inputs):
    circuit = QuantumCircuit(3)
    _append_and(circuit, 0, 1, 2)
    index = inputs[0] + 2 * inputs[1]
    after = 7 if index == 3 else index
    for start, end in ((index, after), (after, index)):
        state = Statevector.from_int(start, 8).evolve(circuit)
        np.testing.assert_allclose(state.data, np.eye(8)[end], atol=1e-12)


@pytest.mark.parametrize("prepare", [True, False])
@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("u", [False, True])
@pytest.mark.parametrize("size", [1, 2])
def test_it_is_the_operator_of_the_other_forms_on_every_basis_state(size, u, ends, prepare, rng):
    walk = random_lattice_walk(rng, size, u=u, ends=ends)
    circuit = synth_lattice_unary(walk, prepare=prepare)
    columns = [on_clean_ancillas(circuit, column) for column in np.eye(2 ** (size + 1))]
    operator = expected_operator(walk, prepare=prepare)
    np.testing.assert_allclose(np.transpose(columns), operator, atol=1e-10)


@pytest.mark.parametrize("prepare", [True, False])
@pytest.mark.parametrize("steps", [1, 3])
def test_it_maps_any_state_of_eight_sites_like_the_other_forms(steps, prepare, rng):
    walk = random_lattice_walk(rng, 3, steps=steps)
    given = random_vector(rng, 3)
    state = on_clean_ancillas(synth_lattice_unary(walk, prepare=prepare), given)
    np.testing.assert_allclose(state, expected_operator(walk, prepare=prepare) @ given, atol=1e-10)


@pytest.mark.parametrize("prepare", [True, False])
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_from_zero_it_agrees_on_any_coin(size, steps, prepare, rng):
    for u in (False, True):
        walk = random_lattice_walk(rng, size, u=u, steps=steps, ends=u)
        given = random_vector(rng, size, at_zero=True)
        circuit = synth_lattice_unary(walk, prepare=prepare, from_zero=True)
        expected = expected_operator(walk, prepare=prepare) @ given
        np.testing.assert_allclose(on_clean_ancillas(circuit, given), expected, atol=1e-10)


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("start", range(8))
def test_from_zero_it_starts_anywhere(start, steps, rng):
    """The sites that are reached share other bits for each start, and may lie across the end."""
    walk = SplitStepWalk(3, rng.normal(size=(steps, 2, 3)), start=start)
    given = random_vector(rng, 3, at_zero=True)
    circuit = synth_lattice_unary(walk, from_zero=True)
    assert circuit.num_qubits == walk.num_qubits + num_unary_ancillas(walk, from_zero=True)
    expected = expected_operator(walk, prepare=True) @ given
    np.testing.assert_allclose(on_clean_ancillas(circuit, given), expected, atol=1e-10)


@pytest.mark.parametrize("from_zero", [True, False])
@pytest.mark.parametrize("coin", ["traced", "absorbed"])
def test_repetitions_and_the_role_of_the_coin(coin, from_zero, rng):
    walk = random_lattice_walk(rng, 2, steps=1, repetitions=3, coin=coin)
    circuit = synth_lattice_unary(walk, from_zero=from_zero)
    state = on_clean_ancillas(circuit, np.eye(8)[0])
    np.testing.assert_allclose(state, Statevector(synth_lattice_fourier(walk)).data, atol=1e-10)


@pytest.mark.parametrize("from_zero", [True, False])
def test_free_parameters_bind_in_the_order_of_the_walk(from_zero, rng):
    template = random_lattice_walk(rng, 2, repetitions=2)
    free = ParameterVector("t", template.num_parameters)
    angles = rng.normal(size=template.num_parameters)
    bound = synth_lattice_unary(template, list(free), from_zero=from_zero).assign_parameters(angles)
    expected = expected_operator(template.with_parameters(angles), prepare=True)[:, 0]
    np.testing.assert_allclose(on_clean_ancillas(bound, np.eye(8)[0]), expected, atol=1e-10)


def test_the_inverse_undoes_it(rng):
    walk = random_lattice_walk(rng, 2)
    circuit = synth_lattice_unary(walk)
    given = random_vector(rng, 2)
    there_and_back = circuit.compose(circuit.inverse())
    np.testing.assert_allclose(on_clean_ancillas(there_and_back, given), given, atol=1e-10)


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_cost_on_all_sites(size, steps, rng):
    walk = random_lattice_walk(rng, size, steps=steps)
    circuit = synth_lattice_unary(walk)
    assert num_unary_ancillas(walk) == 2 ** (size + 1) - size - 1
    assert circuit.num_qubits == 2 ** (size + 1)
    conversion = 10 * 2**size - 4 * size - 9
    steps_alone = 2 ** (size + 1) * (2 * steps - 1) + 2 * conversion
    assert cost(circuit) == steps_alone + size * (size - 1)
    assert cost(synth_lattice_unary(walk, prepare=False)) == steps_alone


@pytest.mark.parametrize("start", [0, 5, 31, 32, 63])
@pytest.mark.parametrize("steps", [1, 2, 4, 7])
def test_cost_from_one_site(steps, start, rng):
    size = 6
    walk = SplitStepWalk(size, rng.normal(size=(steps, 2)), start=start)
    circuit = synth_lattice_unary(walk, from_zero=True)
    assert circuit.count_ops()["xx_plus_yy"] == 2 * steps**2 + steps - 1
    conversion = cost(circuit) - (4 * steps**2 + 2 * steps - 2) - 1
    assert conversion < 20 * steps + size
    wires = 4 * steps
    assert wires - size - 1 <= num_unary_ancillas(walk, from_zero=True) <= wires - 1
    assert not {"reset", "measure"} & set(circuit.count_ops())


def test_from_one_site_few_steps_take_fewer_cx_than_in_momentum_space(rng):
    for steps in (1, 2, 3, 4, 5):
        walk = SplitStepWalk(8, rng.normal(size=(steps, 2)), start=128)
        unary = synth_lattice_unary(walk, from_zero=True)
        assert cost(unary) < walk.two_qubit_gates


def test_rotations_act_on_neighbours_of_a_ring(rng):
    """Without merging the wires would take no SWAP on a ring."""
    walk = random_lattice_walk(rng, 3, steps=5)
    circuit = synth_lattice_unary(walk)
    neighbours = {}
    for instruction in circuit.data:
        if instruction.operation.name == "xx_plus_yy":
            first, second = (circuit.find_bit(qubit).index for qubit in instruction.qubits)
            neighbours.setdefault(first, set()).add(second)
            neighbours.setdefault(second, set()).add(first)
    assert len(neighbours) == 16
    assert all(len(others) == 2 for others in neighbours.values())
