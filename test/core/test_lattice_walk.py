import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from reference import contract, dense

from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk, Walk

COINS = {"none": None, "ry": (), "u": (3,)}
STRUCTURES = [
    # position qubits, steps, step coins, initial, final, start, repetitions
    (1, 1, "ry", "none", "none", 0, 1),
    (1, 3, "u", "u", "u", 1, 2),
    (2, 2, "ry", "ry", "none", 3, 1),
    (2, 1, "u", "none", "ry", 2, 4),
    (3, 2, "u", "u", "none", 4, 1),
    (3, 3, "ry", "u", "ry", 7, 1),
    (3, 1, "ry", "none", "u", 0, 3),
    (4, 4, "u", "ry", "u", 8, 1),
    (4, 2, "u", "u", "ry", 15, 3),
    (4, 9, "ry", "ry", "ry", 5, 1),
]


def build(rng, structure, coin):
    """A walk with random angles, and the arguments that made it."""
    size, steps, kind, initial, final, start, repetitions = structure

    def angles(shape):
        return None if shape is None else rng.uniform(-np.pi, np.pi, size=shape)

    arguments = {
        "num_position_qubits": size,
        "coin_angles": angles((steps, 2, *COINS[kind])),
        "start": start,
        "initial_coin": angles(COINS[initial]),
        "final_coin": angles(COINS[final]),
        "repetitions": repetitions,
        "coin": coin,
    }
    return SplitStepWalk(**arguments), arguments


@pytest.fixture(params=["traced", "absorbed"])
def coin(request):
    return request.param


@pytest.fixture(params=STRUCTURES, ids=lambda structure: "-".join(map(str, structure)))
def structure(request):
    return request.param


@pytest.fixture
def case(rng, structure, coin):
    return build(rng, structure, coin)


def test_amplitudes_equal_the_dense_reference(case):
    walk, arguments = case
    expected = dense.lattice_state(**arguments)
    np.testing.assert_allclose(walk.amplitudes(), expected, rtol=0, atol=1e-12)


def test_probabilities_are_the_marginal_of_the_dense_reference(case):
    walk, arguments = case
    weights = np.abs(dense.lattice_state(**arguments)) ** 2
    if walk.coin == "traced":
        sites = 2**walk.num_position_qubits
        weights = [weights[site] + weights[sites + site] for site in range(sites)]
    assert walk.probabilities() == pytest.approx(weights, abs=1e-12)
    assert walk.probabilities().sum() == pytest.approx(1, abs=1e-12)


def test_norm_is_one(case):
    walk, _ = case
    assert walk.amplitudes().shape == (2**walk.num_qubits,)
    assert np.linalg.norm(walk.amplitudes()) == pytest.approx(1, abs=1e-12)


def test_jacobian_equals_finite_differences(case):
    contract.check_jacobian(case[0])


def test_pullback_equals_jacobian_and_finite_differences(rng, case):
    walk, _ = case
    size = 2**walk.num_qubits
    contract.check_pullback(walk, rng.normal(size=size) + 1j * rng.normal(size=size))


def test_parameters_round_trip(rng, case):
    walk, _ = case
    assert walk.with_parameters(walk.parameters) == walk
    others = rng.normal(size=walk.num_parameters)
    np.testing.assert_array_equal(walk.with_parameters(others).parameters, others)
    assert walk.with_parameters(others) != walk


def test_parameters_run_from_the_initial_to_the_final_coin():
    walk = SplitStepWalk(2, [[1, 2], [3, 4]], initial_coin=0.5, final_coin=[5, 6, 7])
    assert walk.parameters.tolist() == [0.5, 1, 2, 3, 4, 5, 6, 7]
    assert walk.coin_sizes == [1, 1, 1, 1, 1, 3]
    assert list(walk.schedule()) == [(0, 0), (1, 1), (2, -1), (3, 1), (4, -1), (5, 0)]


def test_dictionary_round_trip(case):
    walk, _ = case
    entries = json.loads(json.dumps(walk.to_dict()))
    for again in (SplitStepWalk.from_dict(entries), Walk.from_dict(entries)):
        assert type(again) is SplitStepWalk
        assert again == walk
        assert hash(again) == hash(walk)
        np.testing.assert_array_equal(again.amplitudes(), walk.amplitudes())


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        (SplitStepWalk, {"walk": "MultiscaleWalk"}, r"one of \['SplitStepWalk'\], got 'Multi"),
        (MultiscaleWalk, {}, r"one of \['MultiscaleWalk'\], got 'SplitStepWalk'"),
        (Walk, {"walk": "RandomWalk"}, "got 'RandomWalk'"),
        (Walk, {"colour": "red"}, "not a SplitStepWalk: .*colour"),
        (Walk, {"start": 9}, "start must be below"),
    ],
)
def test_wrong_dictionary(kind, changes, message):
    entries = SplitStepWalk(2, [[1, 2]]).to_dict() | changes
    with pytest.raises(ValueError, match=message):
        kind.from_dict(entries)


@pytest.mark.parametrize("missing", ["walk", "coin_angles", "num_position_qubits"])
def test_incomplete_dictionary(missing):
    entries = SplitStepWalk(2, [[1, 2]]).to_dict()
    del entries[missing]
    with pytest.raises(ValueError, match=missing):
        Walk.from_dict(entries)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_position_qubits": 3},
        {"coin_angles": [[1, 3]]},
        {"coin_angles": [[1, 2], [1, 2]]},
        {"start": 1},
        {"initial_coin": 1},
        {"final_coin": 0},
        {"repetitions": 2},
        {"coin": "absorbed"},
    ],
)
def test_any_difference_makes_walks_unequal(changes):
    arguments = {"num_position_qubits": 2, "coin_angles": [[1, 2]], "initial_coin": 0}
    walk = SplitStepWalk(**arguments)
    assert SplitStepWalk(**(arguments | changes)) != walk
    assert walk not in {SplitStepWalk(**(arguments | changes))}
    assert walk in {SplitStepWalk(**arguments)}


def test_walk_equals_no_other_kind():
    assert SplitStepWalk(1, [[1, 2]]) != MultiscaleWalk(2, [], [])
    assert SplitStepWalk(1, [[1, 2]]) != "walk"


def test_walk_is_frozen():
    angles = np.array([[1.0, 2.0]])
    walk = SplitStepWalk(2, angles, initial_coin=[1, 2, 3], final_coin=1)
    angles[0, 0] = 9
    assert walk.coin_angles[0, 0] == 1
    for name in ("start", "coin_angles", "coin", "num_qubits"):
        with pytest.raises(FrozenInstanceError):
            setattr(walk, name, 0)
    for array in (walk.coin_angles, walk.initial_coin, walk.final_coin):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("start", [0, 5, 15])
def test_light_cone(rng, steps, start):
    walk = SplitStepWalk(4, rng.normal(size=(steps, 2, 3)), start=start)
    reached = {(start + distance) % 16 for distance in range(-steps, steps + 1)}
    for site, probability in enumerate(walk.probabilities()):
        assert (probability > 0) == (site in reached)


@pytest.mark.parametrize("repetitions", [2, 5])
def test_repetitions_repeat_the_block_with_shared_angles(rng, repetitions):
    block = rng.normal(size=(2, 2, 3))
    repeated = SplitStepWalk(3, block, repetitions=repetitions)
    written_out = SplitStepWalk(3, np.concatenate([block] * repetitions))
    assert repeated.num_parameters == 12
    assert repeated.num_steps == written_out.num_steps == 2 * repetitions
    np.testing.assert_allclose(repeated.amplitudes(), written_out.amplitudes(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["traced", "absorbed"])
def test_start_rotates_the_cycle(rng, kind):
    angles = rng.normal(size=(3, 2))
    origin = SplitStepWalk(3, angles, coin=kind).probabilities()
    moved = SplitStepWalk(3, angles, start=3, coin=kind).probabilities()
    sites = 3 if kind == "traced" else 6
    np.testing.assert_allclose(moved, np.roll(origin, sites), rtol=0, atol=1e-12)


@pytest.mark.parametrize("investors", [1, 2, 5])
def test_multi_ssqw_has_three_and_six_per_investor_parameters(investors):
    walk = SplitStepWalk(
        3, np.zeros((investors, 2, 3)), initial_coin=[0, 0, 0], repetitions=investors + 3
    )
    assert walk.num_parameters == 3 + 6 * investors


@pytest.mark.parametrize(
    ("size", "steps", "repetitions", "gates"),
    [(1, 1, 1, 2), (2, 1, 1, 8), (3, 2, 1, 26), (3, 2, 4, 86), (8, 8, 1, 296), (4, 1, 16, 236)],
)
@pytest.mark.parametrize("kind", [(), (3,)])
def test_two_qubit_gates(size, steps, repetitions, gates, kind):
    walk = SplitStepWalk(size, np.zeros((steps, 2, *kind)), repetitions=repetitions)
    assert walk.two_qubit_gates == gates


@pytest.mark.parametrize(("coin_kind", "sites"), [("traced", 8), ("absorbed", 16)])
def test_number_of_sites(coin_kind, sites):
    walk = SplitStepWalk(3, [[1, 2]], coin=coin_kind)
    assert (walk.num_qubits, len(walk.probabilities())) == (4, sites)


def test_representation_names_the_essentials():
    text = repr(SplitStepWalk(3, np.zeros((2, 2, 3)), repetitions=2, coin="absorbed"))
    assert text == "<SplitStepWalk: 3 position qubits, 4 split steps, U coins, coin absorbed>"
    assert "RY coins, coin traced" in repr(SplitStepWalk(3, [[0, 0]]))


@pytest.mark.parametrize("coin", ["traced", "absorbed"])
def test_the_history_of_the_position_begins_at_the_start_and_ends_with_the_walk(coin, rng):
    walk = SplitStepWalk(
        3,
        rng.normal(size=(2, 2, 3)),
        start=2,
        initial_coin=rng.normal(size=3),
        final_coin=rng.normal(size=3),
        repetitions=2,
        coin=coin,
    )
    history = walk.position_history()
    assert history.shape == (9, 8)
    np.testing.assert_array_equal(history[0], np.eye(8)[2])
    np.testing.assert_allclose(history.sum(axis=1), 1)
    last = walk.probabilities()
    last = last if coin == "traced" else last.reshape(8, 2).sum(axis=1)
    np.testing.assert_allclose(history[-1], last, atol=1e-12)
    one_step = SplitStepWalk(
        3, walk.coin_angles[:1], start=2, initial_coin=walk.initial_coin
    ).probabilities()
    np.testing.assert_allclose(history[2], one_step, atol=1e-12)
