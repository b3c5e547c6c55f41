"""Circuits against the walks they prepare."""

import numpy as np
import pytest
from qiskit import transpile
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator, Statevector
from qiskit.transpiler import CouplingMap

from qiskit_ssqw.circuit import ConditionalShiftGate, SplitStepGate
from qiskit_ssqw.synthesis import (
    synth_conditional_shift,
    synth_lattice_fourier,
    synth_lattice_shifts,
    synth_multiscale,
    synth_start,
)
from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk

BASIS = ["cx", "rz", "sx", "x"]

LATTICE_SYNTHESES = [synth_lattice_fourier, synth_lattice_shifts]


def random_lattice_walk(rng, size, *, u=True, coin="traced", steps=2, repetitions=1, ends=True):
    angles = (3,) if u else ()

    def draw(*shape):
        return rng.uniform(-4, 4, size=(*shape, *angles))

    return SplitStepWalk(
        size,
        draw(steps, 2),
        start=int(rng.integers(2**size)),
        initial_coin=draw() if ends else None,
        final_coin=draw() if ends else None,
        repetitions=repetitions,
        coin=coin,
    )


def random_multiscale_walk(rng, size, num_flips):
    low = rng.integers(size - 1, size=num_flips)
    up = rng.integers(2, size=num_flips)
    flips = [(int(q + u), int(q + 1 - u)) for q, u in zip(low, up, strict=True)]
    walk = MultiscaleWalk(size, flips, np.zeros((num_flips, 2)))
    return walk.with_parameters(rng.uniform(-4, 4, size=walk.num_parameters))


def shift_matrix(size, shift):
    """S+ or S- on ``|coin>|position>``, the coin most significant, from its definition."""
    sites = 2**size
    matrix = np.zeros((2 * sites, 2 * sites))
    for coin in (0, 1):
        moves = shift * (coin == (shift == 1))
        for site in range(sites):
            matrix[coin * sites + (site + moves) % sites, coin * sites + site] = 1
    return matrix


def coin_matrix(size, angles):
    theta, phi, lam = angles if len(angles) == 3 else (*angles, 0.0, 0.0)
    cos, sin = np.cos(theta / 2), np.sin(theta / 2)
    coin = [
        [cos, -np.exp(1j * lam) * sin],
        [np.exp(1j * phi) * sin, np.exp(1j * (phi + lam)) * cos],
    ]
    return np.kron(coin, np.eye(2**size))


def assert_plain(circuit, walk):
    """Exactly the walk's qubits: no ancilla, no reset, no classical bit."""
    assert circuit.num_qubits == walk.num_qubits
    assert circuit.num_clbits == 0
    assert not {"reset", "measure", "initialize"} & set(circuit.decompose(reps=4).count_ops())


@pytest.mark.parametrize("shift", [1, -1])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_conditional_shift_permutes_the_basis_states(size, shift):
    expected = shift_matrix(size, shift)
    np.testing.assert_allclose(
        Operator(synth_conditional_shift(size, shift)).data, expected, atol=1e-12
    )
    np.testing.assert_allclose(
        Operator(ConditionalShiftGate(size, shift)).data, expected, atol=1e-12
    )


@pytest.mark.parametrize("num_angles", [1, 3])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_split_step_is_four_matrices(size, num_angles, rng):
    first, second = rng.uniform(-4, 4, size=(2, num_angles))
    expected = (
        shift_matrix(size, -1)
        @ coin_matrix(size, second)
        @ shift_matrix(size, 1)
        @ coin_matrix(size, first)
    )
    operator = Operator(SplitStepGate(size, first, second)).data
    np.testing.assert_allclose(operator, expected, atol=1e-12)
    angles = np.array([[first, second]]).reshape((1, 2) if num_angles == 1 else (1, 2, 3))
    for start in range(2**size):
        walk = SplitStepWalk(size, angles, start=start)
        np.testing.assert_allclose(operator[:, start], walk.amplitudes(), atol=1e-12)


@pytest.mark.parametrize("u", [False, True])
@pytest.mark.parametrize("repetitions", [1, 3])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_both_lattice_forms_are_one_operator(size, repetitions, u, rng):
    for ends in (True, False):
        walk = random_lattice_walk(rng, size, u=u, repetitions=repetitions, ends=ends)
        fourier, shifts = (Operator(synth(walk)).data for synth in LATTICE_SYNTHESES)
        np.testing.assert_allclose(fourier, shifts, atol=1e-10)


@pytest.mark.parametrize("synthesis", LATTICE_SYNTHESES)
@pytest.mark.parametrize("coin", ["traced", "absorbed"])
@pytest.mark.parametrize("u", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_lattice_circuits_prepare_the_walk(size, u, coin, synthesis, rng):
    walk = random_lattice_walk(rng, size, u=u, coin=coin, repetitions=2)
    circuit = synthesis(walk)
    assert_plain(circuit, walk)
    state = Statevector(circuit).data  # the coin is the last qubit, whatever its role
    if coin == "absorbed":
        state = state.reshape(2, -1).T.ravel()
    np.testing.assert_allclose(state, walk.amplitudes(), atol=1e-10)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_coins_of_both_kinds_mix(size, rng):
    walk = SplitStepWalk(
        size, rng.normal(size=(2, 2)), initial_coin=rng.normal(size=3), final_coin=0.4
    )
    for synthesis in LATTICE_SYNTHESES:
        np.testing.assert_allclose(Statevector(synthesis(walk)), walk.amplitudes(), atol=1e-10)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_start_is_a_basis_state(size):
    for start in range(2**size):
        walk = SplitStepWalk(size, [[0.0, 0.0]], start=start)
        expected = np.eye(2**size)[start]
        np.testing.assert_allclose(Statevector(synth_start(walk)), expected, atol=1e-12)


@pytest.mark.parametrize(("size", "num_flips"), [(1, 0), (2, 1), (2, 4), (3, 3), (4, 7), (5, 10)])
def test_a_multiscale_circuit_prepares_the_walk_with_neighbour_gates(size, num_flips, rng):
    walk = (
        MultiscaleWalk(1, [], [], initial_angles=[0.7])
        if size == 1
        else random_multiscale_walk(rng, size, num_flips)
    )
    circuit = synth_multiscale(walk)
    assert_plain(circuit, walk)
    assert set(circuit.count_ops()) <= {"ry", "cx"}
    assert circuit.count_ops().get("cx", 0) == num_flips
    pairs = [
        tuple(circuit.find_bit(qubit).index for qubit in instruction.qubits)
        for instruction in circuit.data
        if instruction.operation.name == "cx"
    ]
    assert all(abs(control - target) == 1 for control, target in pairs)
    np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), atol=1e-12)


@pytest.mark.parametrize("synthesis", LATTICE_SYNTHESES)
def test_free_lattice_parameters_bind_in_the_order_of_the_walk(synthesis, rng):
    walk = random_lattice_walk(rng, 2, repetitions=2)
    free = ParameterVector("t", walk.num_parameters)
    bound = synthesis(walk, list(free)).assign_parameters(walk.parameters)
    np.testing.assert_allclose(Operator(bound).data, Operator(synthesis(walk)).data, atol=1e-10)


def test_free_multiscale_parameters_bind_in_the_order_of_the_walk(rng):
    walk = random_multiscale_walk(rng, 3, 4)
    free = ParameterVector("t", walk.num_parameters)
    bound = synth_multiscale(walk, list(free)).assign_parameters(walk.parameters)
    assert Operator(bound) == Operator(synth_multiscale(walk))


@pytest.mark.parametrize("window", [[(0, 1)], [(1, 2), (0, 1), (1, 2)]])
@pytest.mark.parametrize("size", [3, 4, 6])
def test_a_multiscale_walk_needs_no_more_cx_on_a_line(size, window, rng):
    template = MultiscaleWalk.from_windows(size, window)
    walk = template.with_parameters(rng.uniform(-4, 4, size=template.num_parameters))
    options = {"basis_gates": BASIS, "optimization_level": 3, "seed_transpiler": 1}
    anywhere = transpile(synth_multiscale(walk), **options)
    on_a_line = transpile(
        synth_multiscale(walk),
        coupling_map=CouplingMap.from_line(size),
        initial_layout=list(range(size)),
        **options,
    )
    assert anywhere.count_ops().get("cx", 0) <= len(walk.flips) == walk.two_qubit_gates
    assert on_a_line.count_ops().get("cx", 0) == anywhere.count_ops().get("cx", 0)
    assert "swap" not in on_a_line.count_ops()
    assert on_a_line.layout.final_index_layout() == list(range(size))
    assert Statevector(on_a_line).equiv(Statevector(walk.amplitudes()))


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_fourier_form_costs_what_the_walk_says(size, steps, rng):
    walk = random_lattice_walk(rng, size, steps=steps)
    compiled = transpile(
        synth_lattice_fourier(walk), basis_gates=BASIS, optimization_level=3, seed_transpiler=1
    )
    assert compiled.count_ops()["cx"] == walk.two_qubit_gates
