import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from reference import contract, dense

from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk, Walk

STRUCTURES = [
    (1, ()),
    (2, ()),
    (4, ()),
    (2, ((1, 0),)),
    (2, ((0, 1), (1, 0), (0, 1))),
    (3, ((2, 1), (1, 0), (2, 1))),
    (3, ((0, 1), (1, 2))),
    (4, ((2, 1), (3, 2), (2, 1), (1, 0), (2, 1), (1, 0), (2, 1))),
    (4, ((0, 1), (2, 3), (1, 2), (3, 2), (1, 0))),
    (5, ((4, 3), (3, 4), (3, 2), (1, 2), (1, 0), (0, 1), (3, 2), (4, 3))),
    (5, tuple((j + 1, j) for j in reversed(range(4)))),
]


@pytest.fixture(params=STRUCTURES, ids=str)
def walk(request, rng):
    num_qubits, flips = request.param
    return MultiscaleWalk(
        num_qubits,
        flips,
        rng.uniform(-np.pi, np.pi, size=(len(flips), 2)),
        initial_angles=rng.uniform(-np.pi, np.pi, size=num_qubits),
    )


def test_amplitudes_equal_the_dense_reference(walk):
    expected = dense.multiscale_state(walk.num_qubits, walk.flips, walk.angles, walk.initial_angles)
    np.testing.assert_allclose(walk.amplitudes(), expected, rtol=0, atol=1e-12)
    assert walk.probabilities() == pytest.approx(expected**2, abs=1e-12)


def test_large_strides_equal_the_dense_reference(rng):
    # From stride 8 on the walk multiplies blocks in another way.
    flips = [(7, 6), (5, 6), (6, 5), (4, 5), (4, 3), (3, 2), (7, 6), (1, 0)]
    angles, initial = rng.normal(size=(8, 2)), rng.normal(size=8)
    walk = MultiscaleWalk(8, flips, angles, initial_angles=initial)
    expected = dense.multiscale_state(8, flips, angles, initial)
    np.testing.assert_allclose(walk.amplitudes(), expected, rtol=0, atol=1e-12)
    cotangent = rng.normal(size=2**8)
    amplitudes, jacobian = walk.jacobian(walk.parameters)
    np.testing.assert_allclose(amplitudes, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        walk.vjp(walk.parameters)[1](cotangent), cotangent @ jacobian, rtol=0, atol=1e-11
    )


def test_initial_angles_default_to_zero():
    walk = MultiscaleWalk(3, [(2, 1)], [[0.3, 0.4]])
    assert walk.initial_angles.tolist() == [0, 0, 0]
    expected = dense.multiscale_state(3, walk.flips, walk.angles, [0, 0, 0])
    np.testing.assert_allclose(walk.amplitudes(), expected, rtol=0, atol=1e-12)


def test_norm_is_one_and_amplitudes_are_real(walk):
    amplitudes = walk.amplitudes()
    assert amplitudes.shape == (2**walk.num_qubits,)
    assert np.isrealobj(amplitudes)
    assert np.linalg.norm(amplitudes) == pytest.approx(1, abs=1e-12)


def test_jacobian_equals_finite_differences(walk):
    contract.check_jacobian(walk)


@pytest.mark.parametrize("imaginary", [0, 1j])
def test_pullback_equals_jacobian_and_finite_differences(rng, walk, imaginary):
    size = 2**walk.num_qubits
    contract.check_pullback(walk, rng.normal(size=size) + imaginary * rng.normal(size=size))


def test_parameters_round_trip(rng, walk):
    assert walk.num_parameters == len(walk.parameters) == walk.num_qubits + 2 * len(walk.flips)
    assert walk.with_parameters(walk.parameters) == walk
    others = rng.normal(size=walk.num_parameters)
    np.testing.assert_array_equal(walk.with_parameters(others).parameters, others)
    assert walk.with_parameters(others).flips == walk.flips


def test_order_of_parameters():
    walk = MultiscaleWalk(2, [(1, 0), (0, 1)], [[3, 4], [5, 6]], initial_angles=[1, 2])
    assert walk.parameters.tolist() == [1, 2, 3, 4, 5, 6]


def test_two_qubit_gates_are_flips(walk):
    assert walk.two_qubit_gates == len(walk.flips)


def test_dictionary_round_trip(walk):
    entries = json.loads(json.dumps(walk.to_dict()))
    for again in (MultiscaleWalk.from_dict(entries), Walk.from_dict(entries)):
        assert type(again) is MultiscaleWalk
        assert again == walk
        assert hash(again) == hash(walk)
        np.testing.assert_array_equal(again.amplitudes(), walk.amplitudes())


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        (SplitStepWalk, {}, r"one of \['SplitStepWalk'\], got 'MultiscaleWalk'"),
        (Walk, {"walk": None}, "got None"),
        (Walk, {"start": 1}, "not a MultiscaleWalk: .*start"),
        (Walk, {"flips": [[0, 2]]}, "must be neighbours"),
    ],
)
def test_wrong_dictionary(kind, changes, message):
    entries = MultiscaleWalk(3, [(1, 0)], [[1, 2]]).to_dict() | changes
    with pytest.raises(ValueError, match=message):
        kind.from_dict(entries)


@pytest.mark.parametrize("missing", ["walk", "num_qubits", "flips", "angles"])
def test_incomplete_dictionary(missing):
    entries = MultiscaleWalk(3, [(1, 0)], [[1, 2]]).to_dict()
    del entries[missing]
    with pytest.raises(ValueError, match=missing):
        Walk.from_dict(entries)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_qubits": 3, "initial_angles": [0, 0, 0]},
        {"flips": [(0, 1)]},
        {"flips": [(1, 0)] * 2, "angles": [[1, 2]] * 2},
        {"angles": [[2, 1]]},
        {"initial_angles": [0, 1]},
    ],
)
def test_any_difference_makes_walks_unequal(changes):
    arguments = {"num_qubits": 2, "flips": [(1, 0)], "angles": [[1, 2]], "initial_angles": [0, 0]}
    walk = MultiscaleWalk(**arguments)
    assert MultiscaleWalk(**(arguments | changes)) != walk
    assert walk not in {MultiscaleWalk(**(arguments | changes))}
    assert walk in {MultiscaleWalk(**arguments)}


def test_walk_is_frozen():
    angles = np.array([[1.0, 2.0]])
    walk = MultiscaleWalk(2, [[1, 0]], angles)
    angles[0, 0] = 9
    assert walk.angles[0, 0] == 1
    assert walk.flips == ((1, 0),)
    for name in ("num_qubits", "flips", "angles", "initial_angles"):
        with pytest.raises(FrozenInstanceError):
            setattr(walk, name, 0)
    for array in (walk.angles, walk.initial_angles):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_changing_a_result_leaves_the_walk_as_it_was(walk):
    before = walk.amplitudes().copy()
    walk.amplitudes()[...] = 0
    walk.parameters[...] = 0
    walk.probabilities()[...] = 0
    np.testing.assert_array_equal(walk.amplitudes(), before)


@pytest.mark.parametrize(
    ("num_qubits", "window", "last", "flips"),
    [
        (4, [(0, 1)], [], [(3, 2), (2, 1), (1, 0)]),
        (3, [(0, 1), (0, 1)], [], [(2, 1), (2, 1), (1, 0), (1, 0)]),
        (3, [(0, 1), (1, 2), (0, 1)], [], [(2, 1), (1, 0), (2, 1)]),
        (
            4,
            [(1, 2), (0, 1), (1, 2)],
            [(0, 1)],
            [(2, 1), (3, 2), (2, 1), (1, 0), (2, 1), (1, 0), (2, 1)],
        ),
        (3, [(1, 0)], [], [(1, 2), (0, 1)]),
        (2, [], [], []),
    ],
)
def test_windows_slide_from_coarse_to_fine(num_qubits, window, last, flips):
    walk = MultiscaleWalk.from_windows(num_qubits, window, last=last)
    assert walk.flips == tuple(flips)
    assert not walk.parameters.any()


@pytest.mark.parametrize(("num_qubits", "gates"), [(3, 4), (4, 7), (6, 13), (8, 19), (10, 25)])
def test_gates_of_three_flips_per_window(num_qubits, gates):
    walk = MultiscaleWalk.from_windows(num_qubits, [(1, 2), (0, 1), (1, 2)], last=[(0, 1)])
    assert walk.two_qubit_gates == gates


def test_window_wider_than_the_register():
    with pytest.raises(ValueError, match="num_qubits must be at least 3, got 2"):
        MultiscaleWalk.from_windows(2, [(0, 1)], last=[(1, 2)])


def test_representation_names_the_essentials():
    text = repr(MultiscaleWalk(3, [(1, 0), (2, 1)], np.zeros((2, 2))))
    assert text == "<MultiscaleWalk: 3 qubits, 2 flips>"
