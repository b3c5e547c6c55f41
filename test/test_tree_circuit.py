"""Circuits of tree walks, and of walks for product grids, against what they should load."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator, Statevector
from reference import dense

from qiskit_ssqw import QuantumWalkUncertaintyModel, SSQWDistribution, TargetDistribution
from qiskit_ssqw.circuit import TreeWalkGate
from qiskit_ssqw.fitting.lines import line_of
from qiskit_ssqw.synthesis import append_multiplexed_ry, synth_tree
from qiskit_ssqw.walks import MultiscaleWalk, TreeWalk


def random_tree(rng, size):
    return TreeWalk(size, rng.uniform(-4, 4, size=2**size - 1))


def multiplexer(num_qubits, angles, controls, target):
    """RY by ``angles[i]`` on the target where the controls hold ``i``, entry by entry."""
    matrix = np.zeros((2**num_qubits, 2**num_qubits))
    for column in range(2**num_qubits):
        held = sum((column >> control & 1) << place for place, control in enumerate(controls))
        bit = column >> target & 1
        for new_bit in (0, 1):
            row = column ^ ((bit ^ new_bit) << target)
            matrix[row, column] = dense.ry(angles[held])[new_bit, bit]
    return matrix


@pytest.mark.parametrize("size", range(1, 8))
def test_a_tree_circuit_prepares_the_walk(size, rng):
    walk = random_tree(rng, size)
    circuit = synth_tree(walk)
    assert circuit.num_qubits == size
    assert circuit.num_clbits == 0
    assert set(circuit.count_ops()) <= {"ry", "cx"}
    assert circuit.count_ops().get("cx", 0) == walk.two_qubit_gates == 2**size - 2
    np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 4, 6])
def test_a_tree_circuit_loads_a_distribution(size, rng):
    probabilities = rng.dirichlet(np.full(2**size, 0.3))
    circuit = synth_tree(TreeWalk.from_probabilities(probabilities))
    loaded = Statevector(circuit).probabilities()
    np.testing.assert_allclose(loaded, probabilities, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_tree_is_a_product_of_multiplexers(size, rng):
    walk = random_tree(rng, size)
    expected = np.eye(2**size)
    for level in range(size):
        angles = walk.angles[2**level - 1 : 2 ** (level + 1) - 1]
        target = size - 1 - level
        expected = multiplexer(size, angles, range(target + 1, size), target) @ expected
    np.testing.assert_allclose(Operator(synth_tree(walk)).data, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(Operator(TreeWalkGate(walk)).data, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("num_controls", [0, 1, 2, 3])
def test_a_multiplexed_rotation_is_block_diagonal(num_controls, rng):
    size = num_controls + 2  # one qubit is idle
    for _ in range(3):
        target, *controls = (int(qubit) for qubit in rng.permutation(size)[:-1])
        angles = rng.uniform(-4, 4, size=2**num_controls)
        before = angles.copy()
        circuit = QuantumCircuit(size)
        append_multiplexed_ry(circuit, angles, controls, target)
        expected = multiplexer(size, angles, controls, target)
        np.testing.assert_allclose(Operator(circuit).data, expected, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(angles, before)
        gates = {"ry": 2**num_controls} | ({"cx": 2**num_controls} if controls else {})
        assert dict(circuit.count_ops()) == gates


@pytest.mark.parametrize("size", [1, 2, 3])
def test_free_tree_parameters_bind_in_the_order_of_the_walk(size, rng):
    walk = random_tree(rng, size)
    free = ParameterVector("t", walk.num_parameters)
    open_circuit = synth_tree(walk, list(free))
    assert set(open_circuit.parameters) == set(free)
    bound = open_circuit.assign_parameters(walk.parameters)
    np.testing.assert_allclose(
        Operator(bound).data, Operator(synth_tree(walk)).data, rtol=0, atol=1e-12
    )


def test_the_free_parameters_of_a_gate_bind(rng):
    walk = random_tree(rng, 3)
    circuit = QuantumCircuit(3)
    circuit.append(TreeWalkGate(walk, ParameterVector("t", 7)), range(3))
    assert circuit.num_parameters == 7
    others = rng.normal(size=7)
    np.testing.assert_allclose(
        Statevector(circuit.assign_parameters(others)),
        walk.with_parameters(others).amplitudes(),
        rtol=0,
        atol=1e-12,
    )


def test_a_gate_holds_the_angles_of_its_walk(rng):
    walk = random_tree(rng, 3)
    gate = TreeWalkGate(walk, label="load")
    assert (gate.name, gate.num_qubits, gate.label) == ("tree_walk", 3, "load")
    assert gate.angles == walk.parameters.tolist()
    assert gate.walk == walk
    circuit = QuantumCircuit(3)
    circuit.append(gate, range(3))
    circuit.append(gate.inverse(), range(3))
    np.testing.assert_allclose(Operator(circuit).data, np.eye(8), rtol=0, atol=1e-12)


@pytest.mark.parametrize("length", [0, 6, 8])
def test_a_gate_of_another_number_of_parameters(length):
    message = f"parameters must have length 7, got {length}"
    with pytest.raises(ValueError, match=message):
        TreeWalkGate(TreeWalk(3, np.zeros(7)), np.zeros(length))


@pytest.mark.parametrize("size", [1, 3])
def test_a_distribution_circuit_holds_a_tree_walk(size, rng):
    walk = random_tree(rng, size)
    circuit = SSQWDistribution(walk)
    np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(circuit.probabilities, walk.probabilities(), rtol=0, atol=1e-14)
    assert circuit.walk == walk
    assert circuit.position_qubits == circuit.value_qubits == list(range(size))
    assert circuit.coin_qubits == []


def test_an_uncertainty_model_loads_its_target_with_a_tree(rng):
    target = TargetDistribution(rng.dirichlet(np.ones(16)), (0, 3))
    walk = TreeWalk.from_probabilities(target.probabilities)
    model = QuantumWalkUncertaintyModel(target, walk=walk, tolerance=1e-9)
    assert model.fit_result.success
    assert model.fit_result.walk == walk
    loaded = Statevector(model).probabilities()
    np.testing.assert_allclose(loaded, target.probabilities, rtol=0, atol=1e-12)
    np.testing.assert_allclose(loaded, model.loaded_probabilities, rtol=0, atol=1e-12)


def test_an_uncertainty_model_loads_a_product_grid_with_a_tree(rng):
    grid = rng.dirichlet(np.ones(16)).reshape(2, 8)
    target = TargetDistribution(grid, [(0, 1), (0, 7)])
    walk = TreeWalk.from_probabilities(grid.ravel())
    model = QuantumWalkUncertaintyModel(target, walk=walk, tolerance=1e-9)
    loaded = Statevector(model).probabilities([0, 1, 2, 3]).reshape(2, 8)
    np.testing.assert_allclose(loaded, grid, rtol=0, atol=1e-12)


TOLERANCE = 1e-2
BOUNDS = [(-2.0, 2.5), (-2.0, 2.0)]


@pytest.fixture(
    scope="module",
    params=[
        (sizes, order)
        for sizes in ((2, 2), (2, 3))
        for order in ("mirrored", "interleaved", "concatenated")
    ],
    ids=lambda param: f"{param[0][0]}x{param[0][1]}-{param[1]}",
)
def grid_case(request):
    sizes, order = request.param
    target = TargetDistribution.normal(sizes, [0.1, -0.2], [[1, 0.6], [0.6, 0.8]], BOUNDS)
    model = QuantumWalkUncertaintyModel(target, order=order, tolerance=TOLERANCE, seed=1)
    return sizes, order, model


def normal_density(sizes):
    """The correlated normal density on the grid, point by point, and the points."""
    precision = np.linalg.inv([[1, 0.6], [0.6, 0.8]])
    axes = [np.linspace(*bounds, 2**size) for bounds, size in zip(BOUNDS, sizes, strict=True)]
    points = np.array([(x, y) for x in axes[0] for y in axes[1]])
    weights = np.array([np.exp(-0.5 * d @ precision @ d) for d in points - [0.1, -0.2]])
    return weights / weights.sum(), points


def test_a_product_grid_is_loaded_within_the_tolerance(grid_case):
    sizes, order, model = grid_case
    expected, points = normal_density(sizes)
    loaded = Statevector(model).probabilities()
    assert model.num_qubits == sum(sizes)
    assert isinstance(model.fit_result.walk, MultiscaleWalk)
    assert model.fit_result.walk.line == line_of(order, sizes)
    np.testing.assert_allclose(model.values, points, rtol=0, atol=1e-14)
    np.testing.assert_allclose(model.probabilities, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(loaded, model.loaded_probabilities, rtol=0, atol=1e-12)
    assert 0.5 * np.abs(loaded - expected).sum() <= TOLERANCE


def test_the_circuit_has_the_flips_of_the_walk(grid_case):
    _, _, model = grid_case
    walk = model.fit_result.walk
    circuit = model.decompose(reps=3)
    pairs = [
        tuple(circuit.find_bit(qubit).index for qubit in instruction.qubits)
        for instruction in circuit.data
        if instruction.operation.num_qubits == 2
    ]
    assert sorted(pairs) == sorted(walk.flips)  # decomposing may swap independent gates
    places = {qubit: place for place, qubit in enumerate(walk.line)}
    assert all(abs(places[control] - places[target]) == 1 for control, target in pairs)


def test_the_certificate_follows_from_the_circuit(grid_case):
    sizes, _, model = grid_case
    result = model.fit_result
    expected, points = normal_density(sizes)
    excess = Statevector(model).probabilities() - expected
    distance = 0.5 * np.abs(excess).sum()
    assert result.success
    assert result.tolerance == TOLERANCE
    assert result.total_variation == pytest.approx(distance, abs=1e-12)

    mean_error = sum(e * point for e, point in zip(excess, points, strict=True))
    np.testing.assert_allclose(result.mean_error, mean_error, rtol=0, atol=1e-12)
    second = sum(e * np.outer(point, point) for e, point in zip(excess, points, strict=True))
    np.testing.assert_allclose(result.second_moment_error, second, rtol=0, atol=1e-12)

    basket = np.maximum(points.sum(axis=1) - 0.5, 0)
    bound = result.price_error_bound(np.ptp(basket))
    assert bound == pytest.approx(np.ptp(basket) * distance, abs=1e-12)
    assert abs(excess @ basket) <= bound + 1e-12
    worst = (excess > 0).astype(float)
    assert excess @ worst == pytest.approx(result.price_error_bound(1), abs=1e-12)


def test_one_dimensional_certificate_follows_from_the_circuit():
    target = TargetDistribution.normal(3, 0.1, 0.5, (-2, 2))
    model = QuantumWalkUncertaintyModel(target, tolerance=TOLERANCE, seed=1)
    result = model.fit_result
    points = np.linspace(-2, 2, 8)
    weights = np.exp(-((points - 0.1) ** 2))
    excess = Statevector(model).probabilities() - weights / weights.sum()
    assert result.total_variation == pytest.approx(0.5 * np.abs(excess).sum(), abs=1e-12)
    assert result.mean_error == pytest.approx(excess @ points, abs=1e-12)
    assert result.second_moment_error == pytest.approx(excess @ points**2, abs=1e-12)


@pytest.mark.parametrize(
    ("payoff_range", "message"), [(-1, "must not be negative, got -1"), (np.nan, "must be finite")]
)
def test_wrong_payoff_range(payoff_range, message):
    target = TargetDistribution([0.5, 0.5], (0, 1))
    walk = TreeWalk.from_probabilities(target.probabilities)
    model = QuantumWalkUncertaintyModel(target, walk=walk)
    with pytest.raises(ValueError, match=message):
        model.fit_result.price_error_bound(payoff_range)
