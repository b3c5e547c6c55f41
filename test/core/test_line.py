"""Walks on any line of qubits, orders of product grids, and the grids a walk grows through."""

import json

import numpy as np
import pytest
from reference import contract, dense

from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.lines import along, candidate_lines, entanglement, levels, line_of
from qiskit_ssqw.walks import MultiscaleWalk, Walk


def random_line(rng, size):
    return tuple(int(qubit) for qubit in rng.permutation(size))


def random_walk(rng, line, num_flips):
    places = rng.integers(len(line) - 1, size=num_flips) if num_flips else []
    flips = [(line[i], line[i + 1])[:: int(rng.choice([-1, 1]))] for i in places]
    return MultiscaleWalk(
        len(line),
        flips,
        rng.uniform(-np.pi, np.pi, size=(num_flips, 2)),
        initial_angles=rng.uniform(-np.pi, np.pi, size=len(line)),
        line=line,
    )


def renamed(vector, line, new_line):
    """The state after qubit ``line[i]`` has been called ``new_line[i]``, site by site."""
    result = np.empty_like(vector)
    for site in range(len(vector)):
        new_site = 0
        for qubit, new_qubit in zip(line, new_line, strict=True):
            new_site |= (site >> qubit & 1) << new_qubit
        result[new_site] = vector[site]
    return result


@pytest.fixture(params=[(1, 0), (2, 0), (2, 3), (3, 5), (4, 9), (5, 12)], ids=str)
def walk(request, rng):
    size, num_flips = request.param
    return random_walk(rng, random_line(rng, size), num_flips)


def test_amplitudes_on_a_line_equal_the_dense_reference(walk):
    expected = dense.multiscale_state(walk.num_qubits, walk.flips, walk.angles, walk.initial_angles)
    np.testing.assert_allclose(walk.amplitudes(), expected, rtol=0, atol=1e-12)


def test_on_line_renames_the_qubits(walk, rng):
    for _ in range(3):
        line = random_line(rng, walk.num_qubits)
        moved = walk.on_line(line)
        assert moved.line == line
        np.testing.assert_array_equal(moved.angles, walk.angles)
        expected = renamed(walk.amplitudes(), walk.line, line)
        np.testing.assert_allclose(moved.amplitudes(), expected, rtol=0, atol=1e-12)
        assert moved.on_line(walk.line) == walk
        name = dict(zip(walk.line, line, strict=True))
        assert moved.flips == tuple((name[c], name[t]) for c, t in walk.flips)
        for qubit in range(walk.num_qubits):
            assert moved.initial_angles[name[qubit]] == walk.initial_angles[qubit]


def test_renamed_amplitudes_are_transposed(rng):
    walk = random_walk(rng, (3, 2, 1, 0), 6)
    line = (1, 3, 0, 2)
    tensor = walk.amplitudes().reshape(2, 2, 2, 2)  # axis i is place i of the line
    axes = [line.index(qubit) for qubit in (3, 2, 1, 0)]
    np.testing.assert_allclose(
        walk.on_line(line).amplitudes(), tensor.transpose(axes).ravel(), rtol=0, atol=1e-13
    )


def test_jacobian_on_a_line_equals_finite_differences(walk):
    contract.check_jacobian(walk)


@pytest.mark.parametrize("imaginary", [0, 1j])
def test_pullback_on_a_line_equals_finite_differences(walk, rng, imaginary):
    size = 2**walk.num_qubits
    contract.check_pullback(walk, rng.normal(size=size) + imaginary * rng.normal(size=size))


def test_parameters_keep_the_names_of_the_qubits(walk, rng):
    others = walk.with_parameters(rng.normal(size=walk.num_parameters))
    assert others.line == walk.line
    assert others.flips == walk.flips
    np.testing.assert_array_equal(others.parameters[: walk.num_qubits], others.initial_angles)


def test_flips_are_neighbours_on_the_line_not_in_number():
    walk = MultiscaleWalk(3, [(2, 0), (1, 0)], np.zeros((2, 2)), line=(2, 0, 1))
    assert walk.flips == ((2, 0), (1, 0))
    for flip in [(2, 1), (1, 2), (0, 0)]:
        with pytest.raises(ValueError, match="neighbours on the line"):
            MultiscaleWalk(3, [flip], [[0, 0]], line=(2, 0, 1))
    with pytest.raises(ValueError, match="neighbours on the line"):
        MultiscaleWalk(3, [(2, 0)], [[0, 0]])


@pytest.mark.parametrize("line", [(), (0, 1), (0, 1, 2, 3), (0, 1, 1), (1, 2, 3)])
def test_wrong_line(line):
    message = "line must contain each of 3 qubits once"
    with pytest.raises(ValueError, match=message):
        MultiscaleWalk(3, [], [], line=line)
    with pytest.raises(ValueError, match=message):
        MultiscaleWalk(3, [], []).on_line(line)


def test_dictionary_round_trip_keeps_the_line(walk):
    entries = json.loads(json.dumps(walk.to_dict()))
    for again in (MultiscaleWalk.from_dict(entries), Walk.from_dict(entries)):
        assert again == walk
        assert hash(again) == hash(walk)
        assert again.line == walk.line
        np.testing.assert_array_equal(again.amplitudes(), walk.amplitudes())


def test_a_dictionary_without_a_line_has_the_usual_one(rng):
    walk = random_walk(rng, (3, 2, 1, 0), 5)
    entries = walk.to_dict()
    del entries["line"]
    again = Walk.from_dict(entries)
    assert again == walk
    assert again.line == (3, 2, 1, 0)


def test_another_line_is_another_walk():
    walk = MultiscaleWalk(3, [(1, 0)], [[1, 2]])
    other = MultiscaleWalk(3, [(1, 0)], [[1, 2]], line=(0, 1, 2))
    assert walk != other
    np.testing.assert_allclose(walk.amplitudes(), other.amplitudes(), rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("order", "sizes", "line"),
    [
        ("concatenated", (4,), (3, 2, 1, 0)),
        ("interleaved", (4,), (3, 2, 1, 0)),
        ("concatenated", (2, 3), (4, 3, 2, 1, 0)),
        ("interleaved", (2, 3), (4, 2, 3, 1, 0)),
        ("mirrored", (2, 3), (3, 4, 2, 1, 0)),
        ("interleaved", (3, 1), (3, 0, 2, 1)),
        ("mirrored", (3, 1), (1, 2, 3, 0)),
        ("concatenated", (1, 2, 2), (4, 3, 2, 1, 0)),
        ("interleaved", (1, 2, 2), (4, 3, 1, 2, 0)),
        ("mirrored", (2, 2, 2), (4, 5, 3, 2, 0, 1)),
    ],
)
def test_orders_of_a_product_grid(order, sizes, line):
    assert line_of(order, sizes) == line


@pytest.mark.parametrize(
    ("line", "sizes", "expected"),
    [
        ((3, 2, 1, 0), (4,), [0, 1, 2, 3]),
        ((4, 3, 2, 1, 0), (2, 3), [0, 1, 0, 1, 2]),
        ((4, 2, 3, 1, 0), (2, 3), [0, 0, 1, 1, 2]),
        ((3, 4, 2, 1, 0), (2, 3), [1, 0, 0, 1, 2]),
        ((0, 1, 2, 3, 4), (1, 2, 2), [1, 0, 1, 0, 0]),
    ],
)
def test_levels_count_from_the_most_significant_qubit_of_each_register(line, sizes, expected):
    assert levels(line, sizes) == expected


@pytest.mark.parametrize("size", [1, 3, 5])
def test_along_makes_the_first_qubit_the_most_significant(size, rng):
    line = random_line(rng, size)
    probabilities = rng.dirichlet(np.ones(2**size))
    expected = renamed(probabilities, line, range(size - 1, -1, -1))
    np.testing.assert_array_equal(along(line, probabilities), expected)


def test_candidate_lines():
    concatenated, interleaved, mirrored = (
        line_of(word, (2, 3)) for word in ("concatenated", "interleaved", "mirrored")
    )
    assert sorted(candidate_lines("auto", (2, 3))) == sorted([concatenated, interleaved, mirrored])
    assert candidate_lines("mirrored", (2, 3)) == [mirrored]
    assert candidate_lines("interleaved", (2, 3)) == [interleaved]
    assert candidate_lines("concatenated", (2, 3)) == [concatenated]
    assert candidate_lines("auto", (1, 1)) == [(1, 0)]  # all orders are one
    assert candidate_lines([0, 2, 4, 1, 3], (2, 3)) == [(0, 2, 4, 1, 3)]
    assert candidate_lines(np.array([1, 0, 2]), (3,)) == [(1, 0, 2)]


@pytest.mark.parametrize("word", ["auto", "concatenated", "interleaved", "mirrored"])
def test_one_register_has_one_line(word):
    assert candidate_lines(word, (4,)) == [(3, 2, 1, 0)]


@pytest.mark.parametrize("sizes", [(3,), (2, 3)])
def test_unknown_order(sizes):
    with pytest.raises(ValueError, match=r"order must be one of .*'interleaved'.*, got 'zigzag'"):
        candidate_lines("zigzag", sizes)
    with pytest.raises(ValueError, match=r"order must be one of .*'interleaved'.*, got 'zigzag'"):
        line_of("zigzag", sizes)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 1, 2, 3, 3), (1, 2, 3, 4, 5), ()])
def test_an_order_must_have_every_qubit(order):
    with pytest.raises(ValueError, match="order must contain each of 5 qubits once"):
        candidate_lines(order, (2, 3))


def test_an_order_of_no_integers():
    with pytest.raises(TypeError, match="a qubit of order must be an integer"):
        candidate_lines((0.0, 1.0), (1, 1))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_independent_qubits_have_no_entanglement(size, rng):
    probabilities = np.ones(1)
    for _ in range(size):
        probabilities = np.kron(probabilities, rng.dirichlet([1, 1]))
    assert entanglement(random_line(rng, size), probabilities) == pytest.approx(0, abs=1e-10)


def test_independent_registers_have_no_entanglement_across_their_cut(rng):
    first, second = rng.dirichlet(np.ones(4)), rng.dirichlet(np.ones(8))
    within = entanglement((1, 0), first) + entanglement((2, 1, 0), second)
    assert within > 0.05
    joint = np.kron(first, second)
    for order in ("concatenated", "mirrored"):
        reordered = entanglement(line_of(order, (2, 3)), joint)
        assert reordered == pytest.approx(within, abs=1e-10)
    assert entanglement(line_of("interleaved", (2, 3)), joint) > within + 0.01


@pytest.mark.parametrize(("order", "bits"), [("concatenated", 2), ("mirrored", 1)])
def test_one_bit_of_entanglement_per_cut_between_correlated_qubits(order, bits):
    # The most significant qubits of two registers are equal, the other two uniform.
    joint = np.zeros((2, 2, 2, 2))
    joint[0, :, 0, :] = joint[1, :, 1, :] = 1 / 8
    line = line_of(order, (2, 2))
    assert entanglement(line, joint.ravel()) == pytest.approx(bits, abs=1e-10)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_entanglement_of_two_opposite_sites_is_one_bit_per_cut(size, rng):
    probabilities = np.zeros(2**size)
    probabilities[[0, -1]] = 0.5
    line = random_line(rng, size)
    assert entanglement(line, probabilities) == pytest.approx(size - 1, abs=1e-10)


# Levels along the line, and the places of the line in the order in which they come in.
GROWTHS = [
    ([0, 1, 2, 3], [0, 1, 2, 3]),
    ([1, 0, 0, 1], [1, 2, 3, 0]),  # mirrored (2, 2)
    ([1, 0, 0, 1, 2], [1, 2, 3, 0, 4]),  # mirrored (2, 3)
    ([2, 1, 0, 0, 1], [2, 3, 4, 1, 0]),  # mirrored (3, 2)
    ([0, 0, 1, 1, 2], [0, 1, 2, 3, 4]),  # interleaved (2, 3)
    ([0, 1, 0, 1, 2], [0, 1, 2, 3, 4]),  # concatenated (2, 3)
]


@pytest.mark.parametrize(("line_levels", "arrivals"), GROWTHS, ids=str)
def test_goals_are_the_marginals_of_a_growing_stretch(line_levels, arrivals, rng):
    size = len(line_levels)
    probabilities = rng.dirichlet(np.ones(2**size))
    grids = Grids(probabilities, line_levels)
    assert grids.num_qubits == size
    for bits in range(1, size + 1):
        stretch = sorted(arrivals[:bits])
        expected = np.zeros(2**bits)
        for site, probability in enumerate(probabilities):
            coarse = 0
            for place in stretch:
                coarse = 2 * coarse + (site >> (size - 1 - place) & 1)
            expected[coarse] += probability
        np.testing.assert_allclose(grids.marginal(bits), expected, rtol=0, atol=1e-14)
        if bits > 1:
            at_the_low_end = arrivals[bits - 1] == stretch[-1]
            assert grids.grows_at_the_low_end(bits) == at_the_low_end


def test_a_mirrored_line_grows_to_both_ends():
    line_levels = levels(line_of("mirrored", (3, 3)), (3, 3))
    grids = Grids(np.full(64, 1 / 64), line_levels)
    ends = [grids.grows_at_the_low_end(bits) for bits in range(2, 7)]
    assert ends.count(False) == 2  # all but the most significant bit of the first register
    assert ends.count(True) == 3


def test_grids_are_one_dimensional_by_default(rng):
    probabilities = rng.dirichlet(np.ones(32))
    grids = Grids(probabilities)
    for bits in range(1, 6):
        expected = [part.sum() for part in np.split(probabilities, 2**bits)]
        np.testing.assert_allclose(grids.marginal(bits), expected, rtol=0, atol=1e-14)
    assert all(grids.grows_at_the_low_end(bits) for bits in range(2, 6))


@pytest.mark.parametrize("tolerance", [1e-6, 1e-2, 0.5])
@pytest.mark.parametrize(("line_levels", "arrivals"), GROWTHS, ids=str)
def test_aims_lie_between_the_tolerance_and_its_share(line_levels, arrivals, tolerance, rng):
    size = len(line_levels)
    for concentration in (0.1, 1, 1e4, 1e12):
        grids = Grids(rng.dirichlet(np.full(2**size, concentration)), line_levels)
        for bits in range(1, size + 1):
            aim = grids.aim(bits, tolerance)
            assert np.sqrt(0.5) * tolerance * (1 - 1e-12) <= aim <= tolerance
        assert grids.aim(size, tolerance) == pytest.approx(tolerance, rel=1e-12)


def test_aims_set_aside_what_equal_parts_will_add():
    grids = Grids(np.array([0.3, 0.2, 0.26, 0.24]))
    # Equal parts of the two halves are off by 0.05 and 0.01 on each of their two sites.
    assert grids.aim(1, 0.1) == pytest.approx(np.sqrt(0.1**2 - 0.06**2), rel=1e-12)
    assert grids.aim(1, 0.01) == pytest.approx(np.sqrt(0.5) * 0.01, rel=1e-12)
    assert Grids(np.full(8, 1 / 8)).aim(1, 0.01) == pytest.approx(0.01, rel=1e-12)


def test_aims_of_a_line_that_grows_at_its_high_end():
    # One bit: the second of the line; the first is split into equal parts later.
    grids = Grids(np.array([0.3, 0.2, 0.26, 0.24]), [1, 0])
    np.testing.assert_allclose(grids.marginal(1), [0.56, 0.44], rtol=0, atol=1e-15)
    assert grids.aim(1, 0.1) == pytest.approx(np.sqrt(0.1**2 - 0.04**2), rel=1e-12)


@pytest.mark.parametrize(
    ("line", "error", "rule"),
    [
        (5, TypeError, "line must be a sequence of qubits, got 5"),
        ((1.0, 0.0), TypeError, "a qubit of line must be an integer, got 1.0"),
        ((1, -1), ValueError, "a qubit of line must be at least 0"),
    ],
)
def test_a_line_is_made_of_integers(line, error, rule):
    with pytest.raises(error, match=rule):
        MultiscaleWalk(2, [], [], line=line)
    with pytest.raises(error, match=rule):
        MultiscaleWalk(2, [], []).on_line(line)
