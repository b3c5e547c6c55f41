import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from reference import contract, dense

from qiskit_ssqw.walks import SplitStepWalk, TorusWalk, Walk

STRUCTURES = [
    # position qubits, steps, start
    ((1, 1), 1, (0, 0)),
    ((1, 2), 2, (1, 3)),
    ((2, 1), 3, (2, 0)),
    ((2, 2), 2, (3, 1)),
    ((3, 1), 2, (5, 1)),
    ((1, 3), 4, (0, 7)),
]


@pytest.fixture(params=STRUCTURES, ids=lambda structure: "-".join(map(str, structure)))
def case(rng, request):
    """A walk with random angles, and the arguments that made it."""
    sizes, steps, start = request.param
    angles = rng.uniform(-np.pi, np.pi, size=(steps, 2, 9))
    return TorusWalk(sizes, angles, start=start), (sizes, angles, start)


def test_amplitudes_equal_the_dense_reference(case):
    walk, arguments = case
    expected = dense.torus_state(*arguments)
    np.testing.assert_allclose(walk.amplitudes(), expected, rtol=0, atol=1e-12)
    assert np.linalg.norm(walk.amplitudes()) == pytest.approx(1, abs=1e-12)


def test_probabilities_are_a_raveled_grid(case):
    walk, (sizes, angles, start) = case
    shape = (4, *(2**size for size in sizes))
    weights = np.abs(dense.torus_state(sizes, angles, start).reshape(shape)) ** 2
    expected = [weights[:, x, y].sum() for x in range(shape[1]) for y in range(shape[2])]
    assert walk.probabilities() == pytest.approx(expected, abs=1e-12)
    assert walk.probabilities().sum() == pytest.approx(1, abs=1e-12)


def test_jacobian_equals_finite_differences(case):
    contract.check_jacobian(case[0])


def test_pullback_equals_jacobian_and_finite_differences(rng, case):
    walk, _ = case
    size = 2**walk.num_qubits
    contract.check_pullback(walk, rng.normal(size=size) + 1j * rng.normal(size=size))


def test_derivatives_are_taken_at_the_given_parameters(rng, case):
    walk, _ = case
    others = rng.normal(size=walk.num_parameters)
    there = walk.with_parameters(others)
    for mine, other in zip(walk.jacobian(others), there.jacobian(others), strict=True):
        np.testing.assert_array_equal(mine, other)
    np.testing.assert_array_equal(walk.vjp(others)[0], there.amplitudes())


def test_parameters_round_trip(rng, case):
    walk, (_, angles, _) = case
    np.testing.assert_array_equal(walk.parameters, angles.ravel())
    assert walk.num_parameters == 18 * walk.num_steps
    assert walk.with_parameters(walk.parameters) == walk
    others = rng.normal(size=walk.num_parameters)
    np.testing.assert_array_equal(walk.with_parameters(others).parameters, others)
    assert walk.with_parameters(others) != walk
    with pytest.raises(ValueError, match=r"parameters must have shape \(\d+,\), got \(3,\)"):
        walk.with_parameters([1, 2, 3])


def test_dictionary_round_trip(case):
    walk, _ = case
    entries = json.loads(json.dumps(walk.to_dict()))
    for again in (TorusWalk.from_dict(entries), Walk.from_dict(entries)):
        assert type(again) is TorusWalk
        assert again == walk
        assert hash(again) == hash(walk)
        np.testing.assert_array_equal(again.amplitudes(), walk.amplitudes())
    with pytest.raises(ValueError, match=r"not a TorusWalk: .*colour"):
        Walk.from_dict(entries | {"colour": "red"})


@pytest.mark.parametrize(
    "changes",
    [
        {"num_position_qubits": (2, 1)},
        {"coin_angles": np.ones((1, 2, 9))},
        {"coin_angles": np.zeros((2, 2, 9))},
        {"start": (0, 1)},
    ],
)
def test_any_difference_makes_walks_unequal(changes):
    arguments = {"num_position_qubits": (1, 2), "coin_angles": np.zeros((1, 2, 9))}
    walk = TorusWalk(**arguments)
    assert TorusWalk(**(arguments | changes)) != walk
    assert walk not in {TorusWalk(**(arguments | changes))}
    assert walk in {TorusWalk(**arguments)}
    assert walk != SplitStepWalk(3, [[1, 2]])


def test_walk_is_frozen():
    angles = np.zeros((1, 2, 9))
    walk = TorusWalk([1, 2], angles, start=[0, 1])
    angles[...] = 9
    assert not walk.coin_angles.any()
    assert (walk.num_position_qubits, walk.start) == ((1, 2), (0, 1))
    for name in ("start", "coin_angles", "num_position_qubits", "num_qubits"):
        with pytest.raises(FrozenInstanceError):
            setattr(walk, name, 0)
    with pytest.raises(ValueError, match="read-only"):
        walk.coin_angles[...] = 0


def test_marginal_sums_over_both_coins(rng):
    walk = TorusWalk.template((1, 2), 1)
    weights = rng.normal(size=(32, 3, 2))
    expected = [sum(weights[coins * 8 + site] for coins in range(4)) for site in range(8)]
    np.testing.assert_allclose(walk.marginal(weights), expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(
        walk.marginal(weights[:, 0, 0]), np.array(expected)[:, 0, 0], rtol=0, atol=1e-14
    )


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("start", [(0, 0), (5, 1), (15, 2)])
def test_light_cone(rng, steps, start):
    walk = TorusWalk((4, 2), rng.normal(size=(steps, 2, 9)), start=start)
    loaded = walk.probabilities().reshape(16, 4)
    rows, columns = (
        {(site + distance) % sites for distance in range(-steps, steps + 1)}
        for site, sites in zip(start, (16, 4), strict=True)
    )
    for (row, column), probability in np.ndenumerate(loaded):
        assert (probability > 0) == (row in rows and column in columns)


def test_without_entanglement_the_walk_is_two_walks(rng, case):
    walk, (sizes, angles, start) = case
    angles = angles.copy()
    angles[..., 6:] = 0
    first = SplitStepWalk(sizes[0], angles[..., :3], start=start[0])
    second = SplitStepWalk(sizes[1], angles[..., 3:6], start=start[1])
    product = np.outer(first.probabilities(), second.probabilities())
    alone = TorusWalk(sizes, angles, start=start).probabilities()
    np.testing.assert_allclose(alone, product.ravel(), rtol=0, atol=1e-12)
    assert np.abs(walk.probabilities() - alone).max() > 1e-3


def test_start_moves_the_image(rng):
    angles = rng.normal(size=(2, 2, 9))
    origin = TorusWalk((2, 3), angles).probabilities().reshape(4, 8)
    moved = TorusWalk((2, 3), angles, start=(1, 5)).probabilities().reshape(4, 8)
    np.testing.assert_allclose(moved, np.roll(origin, (1, 5), axis=(0, 1)), rtol=0, atol=1e-12)


def test_template_starts_in_the_middle():
    walk = TorusWalk.template((3, 1), 2)
    assert (walk.start, walk.num_qubits, walk.num_steps) == ((4, 1), 6, 2)
    assert walk.coin_angles.shape == (2, 2, 9)
    assert not walk.parameters.any()
    assert TorusWalk.template((3, 1), 2, start=(0, 0)).start == (0, 0)


@pytest.mark.parametrize(
    ("sizes", "steps", "gates"), [((1, 1), 1, 10), ((1, 2), 2, 30), ((3, 3), 5, 142)]
)
def test_two_qubit_gates(sizes, steps, gates):
    assert TorusWalk.template(sizes, steps).two_qubit_gates == gates


def test_representation_names_the_essentials():
    text = repr(TorusWalk.template((3, 2), 4))
    assert text == "<TorusWalk: 3 + 2 position qubits, 4 split steps>"


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"num_position_qubits": 3}, TypeError, "num_position_qubits must be a sequence, got 3"),
        ({"num_position_qubits": (1, 2, 3)}, ValueError, r"two integers, got \(1, 2, 3\)"),
        ({"num_position_qubits": (0, 2)}, ValueError, "must be at least 1, got 0"),
        ({"num_position_qubits": (1, 2.0)}, TypeError, "must be an integer, got 2.0"),
        ({"num_position_qubits": "12"}, TypeError, "must be a sequence, got '12'"),
        ({"start": 1}, TypeError, "start must be a sequence, got 1"),
        ({"start": (1,)}, ValueError, r"start must be two integers, got \(1,\)"),
        ({"start": (-1, 0)}, ValueError, "each of start must be at least 0, got -1"),
        ({"start": (2, 0)}, ValueError, r"torus of 2 x 4 sites, got \(2, 0\)"),
        ({"start": (0, 4)}, ValueError, r"torus of 2 x 4 sites, got \(0, 4\)"),
        ({"coin_angles": np.zeros((1, 9))}, ValueError, r"shape \(any, 2, 9\), got \(1, 9\)"),
        ({"coin_angles": np.zeros((0, 2, 9))}, ValueError, "at least one split step, got none"),
        ({"coin_angles": np.full((1, 2, 9), np.nan)}, ValueError, "must be finite, got nan"),
        ({"coin_angles": "abc"}, TypeError, "must be an array of real numbers, got 'abc'"),
    ],
)
def test_bad_input(changes, error, message):
    arguments = {"num_position_qubits": (1, 2), "coin_angles": np.zeros((1, 2, 9))} | changes
    sizes, angles = arguments.pop("num_position_qubits"), arguments.pop("coin_angles")
    with pytest.raises(error, match=message):
        TorusWalk(sizes, angles, **arguments)


@pytest.mark.parametrize(("steps", "error"), [(0, ValueError), (1.5, TypeError)])
def test_bad_number_of_steps(steps, error):
    with pytest.raises(error, match="steps must be"):
        TorusWalk.template((1, 1), steps)
