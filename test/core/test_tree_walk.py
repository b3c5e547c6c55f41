import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from reference import dense

from qiskit_ssqw.walks import MultiscaleWalk, TreeWalk, Walk


@pytest.fixture(params=[1, 2, 3, 5])
def walk(request, rng):
    size = request.param
    return TreeWalk(size, rng.uniform(-np.pi, np.pi, size=2**size - 1))


def dense_tree_state(num_qubits, angles):
    """One multiplexed rotation after the other, each as an explicit matrix."""
    state = np.eye(2**num_qubits)[0]
    for level in range(num_qubits):
        cells = range(2**level - 1, 2 ** (level + 1) - 1)
        matrix = np.zeros((2 ** (level + 1), 2 ** (level + 1)))
        for cell, index in enumerate(cells):
            matrix[2 * cell : 2 * cell + 2, 2 * cell : 2 * cell + 2] = dense.ry(angles[index])
        state = np.kron(matrix, np.eye(2 ** (num_qubits - 1 - level))) @ state
    return state


def assert_exact(probabilities, atol=1e-14):
    walk = TreeWalk.from_probabilities(probabilities)
    np.testing.assert_allclose(walk.probabilities(), probabilities, rtol=0, atol=atol)
    np.testing.assert_allclose(walk.amplitudes(), np.sqrt(probabilities), rtol=0, atol=1e-13)
    return walk


@pytest.mark.parametrize("concentration", [0.05, 1, 50])
@pytest.mark.parametrize("size", range(1, 11))
def test_random_distributions_are_loaded_exactly(size, concentration, rng):
    walk = assert_exact(rng.dirichlet(np.full(2**size, concentration)))
    assert walk.num_qubits == size


@pytest.mark.parametrize("size", range(1, 11))
def test_one_site_two_sites_and_all_sites_are_loaded_exactly(size, rng):
    for site in {0, 2**size - 1, int(rng.integers(2**size))}:
        assert_exact(np.eye(2**size)[site])
    first, second = rng.choice(2**size, size=2, replace=False)
    assert_exact(0.3 * np.eye(2**size)[first] + 0.7 * np.eye(2**size)[second])
    assert_exact(np.full(2**size, 0.5**size))


@pytest.mark.parametrize("size", range(2, 11))
def test_zeros_inside_stay_zero(size, rng):
    probabilities = rng.dirichlet(np.ones(2**size))
    probabilities[2 ** (size - 1) - 1 : 2 ** (size - 1) + 1] = 0  # the two middle sites
    probabilities[rng.integers(1, 2**size - 1, size=2**size // 2)] = 0
    probabilities /= probabilities.sum()
    walk = assert_exact(probabilities)
    assert walk.probabilities()[probabilities == 0] == pytest.approx(0, abs=1e-30)


def test_nearly_equal_amplitudes_of_many_qubits_are_loaded_exactly():
    x = np.linspace(0, 1, 2**12)
    probabilities = 1 + 1e-6 * np.sin(3 * x) + 1e-4 * x**2
    probabilities /= probabilities.sum()
    walk = assert_exact(probabilities, atol=1e-17)
    relative = walk.probabilities() / probabilities - 1
    assert np.abs(relative).max() < 1e-13


def test_weights_need_not_sum_to_one(rng):
    weights = rng.uniform(size=8)
    walk = TreeWalk.from_probabilities(3 * weights)
    np.testing.assert_allclose(walk.probabilities(), weights / weights.sum(), rtol=0, atol=1e-14)


def test_amplitudes_equal_the_dense_reference(walk):
    expected = dense_tree_state(walk.num_qubits, walk.angles)
    amplitudes = walk.amplitudes()
    assert np.isrealobj(amplitudes)
    np.testing.assert_allclose(amplitudes, expected, rtol=0, atol=1e-13)
    assert walk.probabilities() == pytest.approx(expected**2, abs=1e-13)


def test_jacobian_equals_finite_differences(walk):
    amplitudes, jacobian = walk.jacobian(walk.parameters)
    expected = dense.derivative(lambda x: dense_tree_state(walk.num_qubits, x), walk.parameters)
    assert jacobian.shape == (2**walk.num_qubits, walk.num_parameters)
    np.testing.assert_allclose(amplitudes, walk.amplitudes(), rtol=0, atol=1e-13)
    np.testing.assert_allclose(jacobian, expected, rtol=0, atol=1e-8)


def test_jacobian_at_zeros_is_finite(rng):
    # The angles below a site of probability zero change nothing.
    walk = TreeWalk.from_probabilities([0.4, 0.6, 0, 0])
    jacobian = walk.jacobian(walk.parameters)[1]
    expected = dense.derivative(lambda x: dense_tree_state(2, x), walk.parameters)
    np.testing.assert_allclose(jacobian, expected, rtol=0, atol=1e-8)
    assert not jacobian[:, 2].any()


@pytest.mark.parametrize("imaginary", [0, 1j])
def test_pullback_equals_finite_differences(rng, walk, imaginary):
    size = 2**walk.num_qubits
    cotangent = rng.normal(size=size) + imaginary * rng.normal(size=size)
    others = rng.normal(size=walk.num_parameters)
    amplitudes, pullback = walk.vjp(others)
    np.testing.assert_allclose(
        amplitudes, dense_tree_state(walk.num_qubits, others), rtol=0, atol=1e-13
    )
    expected = dense.derivative(
        lambda x: np.vdot(cotangent, dense_tree_state(walk.num_qubits, x)).real, others
    )
    np.testing.assert_allclose(pullback(cotangent), expected, rtol=0, atol=1e-7)


def test_parameters_round_trip(rng, walk):
    assert walk.num_parameters == len(walk.parameters) == 2**walk.num_qubits - 1
    assert walk.with_parameters(walk.parameters) == walk
    others = rng.normal(size=walk.num_parameters)
    again = walk.with_parameters(others)
    assert type(again) is TreeWalk
    np.testing.assert_array_equal(again.parameters, others)
    assert again != walk


def test_angles_come_level_by_level():
    # To the upper half, there to the lower quarter, and there to the upper eighth.
    angles = np.zeros(7)
    angles[0] = np.pi
    angles[5] = np.pi
    assert TreeWalk(3, angles).probabilities() == pytest.approx(np.eye(8)[5], abs=1e-15)


def test_dictionary_round_trip(walk):
    entries = json.loads(json.dumps(walk.to_dict()))
    for again in (TreeWalk.from_dict(entries), Walk.from_dict(entries)):
        assert type(again) is TreeWalk
        assert again == walk
        assert hash(again) == hash(walk)
        np.testing.assert_array_equal(again.amplitudes(), walk.amplitudes())


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        (MultiscaleWalk, {}, r"one of \['MultiscaleWalk'\], got 'TreeWalk'"),
        (TreeWalk, {"walk": "Tree"}, r"one of \['TreeWalk'\], got 'Tree'"),
        (Walk, {"flips": []}, "not a TreeWalk: .*flips"),
        (Walk, {"angles": [1, 2]}, r"angles must have shape \(3,\), got \(2,\)"),
    ],
)
def test_wrong_dictionary(kind, changes, message):
    entries = TreeWalk(2, [1, 2, 3]).to_dict() | changes
    with pytest.raises(ValueError, match=message):
        kind.from_dict(entries)


@pytest.mark.parametrize("missing", ["walk", "num_qubits", "angles"])
def test_incomplete_dictionary(missing):
    entries = TreeWalk(1, [1]).to_dict()
    del entries[missing]
    with pytest.raises(ValueError, match=missing):
        Walk.from_dict(entries)


def test_equality_and_hash():
    walk = TreeWalk(2, [1, 2, 3])
    assert walk == TreeWalk(2, np.array([1.0, 2.0, 3.0]))
    assert walk in {TreeWalk(2, [1, 2, 3])}
    for other in (TreeWalk(2, [1, 2, 4]), TreeWalk(1, [1]), TreeWalk(2, [1, 3, 2])):
        assert walk != other
        assert walk not in {other}
    assert TreeWalk(1, [0.5]) != MultiscaleWalk(1, [], [], initial_angles=[0.5])


def test_walk_is_frozen():
    angles = np.array([1.0])
    walk = TreeWalk(1, angles)
    angles[0] = 9
    assert walk.angles.tolist() == [1]
    for name in ("num_qubits", "angles"):
        with pytest.raises(FrozenInstanceError):
            setattr(walk, name, 0)
    with pytest.raises(ValueError, match="read-only"):
        walk.angles[0] = 0


@pytest.mark.parametrize("size", range(1, 11))
def test_two_qubit_gates(size):
    assert TreeWalk(size, np.zeros(2**size - 1)).two_qubit_gates == 2**size - 2


@pytest.mark.parametrize(
    ("num_qubits", "angles", "message"),
    [
        (2, [1, 2], r"angles must have shape \(3,\), got \(2,\)"),
        (2, [1, 2, 3, 4], r"angles must have shape \(3,\), got \(4,\)"),
        (2, [[1, 2, 3]], r"angles must have shape \(3,\), got \(1, 3\)"),
        (2, [1, np.nan, 3], "angles must be finite, got nan"),
        (1, [np.inf], "angles must be finite, got inf"),
        (0, [], "num_qubits must be at least 1, got 0"),
    ],
)
def test_wrong_arguments(num_qubits, angles, message):
    with pytest.raises(ValueError, match=message):
        TreeWalk(num_qubits, angles)


@pytest.mark.parametrize(
    ("probabilities", "message"),
    [
        ([0.2, 0.3, 0.5], "must be a power of two, got 3"),
        ([1.0], "must be a power of two, got 1"),
        ([], "must be a power of two, got 0"),
        ([1.5, -0.5], r"must not be negative, got -0\.5"),
        ([0.5, np.nan], "probabilities must be finite, got nan"),
        ([0.5, np.inf], "probabilities must be finite, got inf"),
        ([[0.25, 0.25], [0.25, 0.25]], r"must have shape \(any,\), got \(2, 2\)"),
    ],
)
def test_wrong_probabilities(probabilities, message):
    with pytest.raises(ValueError, match=message):
        TreeWalk.from_probabilities(probabilities)


def test_wrong_parameters():
    walk = TreeWalk(2, [1, 2, 3])
    for method in (walk.with_parameters, walk.vjp, walk.jacobian):
        with pytest.raises(ValueError, match=r"parameters must have shape \(3,\), got \(4,\)"):
            method([1, 2, 3, 4])


def test_representation_names_the_essentials():
    assert repr(TreeWalk(3, np.zeros(7))) == "<TreeWalk: 3 qubits, 6 CX>"


def test_all_zero_probabilities():
    with pytest.raises(ValueError, match="probabilities must not all be zero"):
        TreeWalk.from_probabilities(np.zeros(4))


def test_probabilities_need_not_be_normalised():
    walk = TreeWalk.from_probabilities([1e308, 1e308, 0, 2e307])
    assert walk.probabilities() == pytest.approx(np.array([10, 10, 0, 2]) / 22)
