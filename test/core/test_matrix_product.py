"""Walks as matrix product states: against their amplitudes, and on many qubits."""

import time
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from qiskit_ssqw import MultiscaleWalk, TargetDistribution, fit
from qiskit_ssqw.fitting import fit_continuous


def random_walk(rng, num_qubits, num_flips):
    """Flips anywhere, in both directions, on a line of any order."""
    line = rng.permutation(num_qubits)
    places = rng.integers(num_qubits - 1, size=num_flips) if num_qubits > 1 else []
    flips = [rng.permutation(line[place : place + 2]).tolist() for place in places]
    return MultiscaleWalk(
        num_qubits,
        flips,
        rng.uniform(-np.pi, np.pi, (len(flips), 2)),
        initial_angles=rng.uniform(-np.pi, np.pi, num_qubits),
        line=line.tolist(),
    )


def contracted(tensors):
    """All amplitudes, the first tensor's qubit most significant."""
    amplitudes = np.ones((1, 1))
    for tensor in tensors:
        amplitudes = np.tensordot(amplitudes, tensor, 1).reshape(-1, tensor.shape[2])
    return amplitudes.ravel()


def amplitudes_of(walk, tensors):
    """In the order of sites, from tensors in that of the line."""
    along = contracted(tensors).reshape((2,) * walk.num_qubits)
    return along.transpose([walk.line.index(q) for q in reversed(range(walk.num_qubits))]).ravel()


def bonds(tensors):
    return [tensor.shape[2] for tensor in tensors[:-1]]


def check_form(tensors):
    """Bonds fit together, and all tensors but the first are isometries from the right."""
    assert tensors[0].shape[0] == tensors[-1].shape[2] == 1
    assert all(left.shape[2] == right.shape[0] for left, right in pairwise(tensors))
    for tensor in tensors[1:]:
        overlaps = np.tensordot(tensor, tensor, ((1, 2), (1, 2)))
        np.testing.assert_allclose(overlaps, np.eye(len(tensor)), atol=1e-13)
    assert np.linalg.norm(tensors[0]) == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("num_flips", [0, 3, 20, 80])
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 5, 8, 12])
def test_random_walks_have_their_amplitudes(num_qubits, num_flips, rng):
    walk = random_walk(rng, num_qubits, num_flips)
    tensors = walk.matrix_product()
    check_form(tensors)
    np.testing.assert_allclose(amplitudes_of(walk, tensors), walk.amplitudes(), atol=1e-13)
    most = [2 ** min(cut, num_qubits - cut) for cut in range(1, num_qubits)]
    assert all(bond <= limit for bond, limit in zip(bonds(tensors), most, strict=True))


@pytest.mark.parametrize(
    "make",
    [
        partial(TargetDistribution.normal, 8, 0.0, 1.0, (-4, 4)),
        partial(TargetDistribution.from_black_scholes, 10, 2.0, 0.4, 0.05, 0.5),
    ],
)
def test_fitted_walks_have_small_bonds(make):
    walk = fit(make(), tolerance=1e-3, seed=1).walk
    tensors = walk.matrix_product()
    check_form(tensors)
    np.testing.assert_allclose(amplitudes_of(walk, tensors), walk.amplitudes(), atol=1e-13)
    for place, bond in enumerate(bonds(tensors)):
        left = walk.amplitudes().reshape(2 ** (place + 1), -1)
        assert bond == np.linalg.matrix_rank(left, tol=1e-13)
    assert max(bonds(tensors)) <= 8


@pytest.mark.parametrize("cutoff", [0.0, 1e-3, 1e-2, 0.1])
def test_what_is_cut_off_is_small(cutoff, rng):
    walk = random_walk(rng, 8, 60)
    tensors = walk.matrix_product(cutoff)
    check_form(tensors)
    overlap = amplitudes_of(walk, tensors) @ walk.amplitudes()
    assert overlap >= 1 - 60 * 16 * cutoff**2 - 1e-12
    assert (sum(bonds(tensors)) < sum(bonds(walk.matrix_product()))) == (cutoff >= 1e-2)


def test_entanglement_that_is_undone_leaves_no_bond(rng):
    flips = [(5, 4), (3, 4), (1, 2), (2, 1)]
    walk = MultiscaleWalk(
        6, flips + flips[::-1], np.zeros((8, 2)), initial_angles=rng.normal(size=6)
    )
    tensors = walk.matrix_product()
    assert bonds(tensors) == [1] * 5
    np.testing.assert_allclose(contracted(tensors), walk.amplitudes(), atol=1e-14)


@pytest.mark.parametrize("finer", [9, 24, 64, 300])
def test_refined_walks_end_in_products(finer, rng):
    walk = MultiscaleWalk.from_windows(6, [(1, 2), (0, 1), (1, 2)])
    walk = walk.with_parameters(rng.normal(size=walk.num_parameters))
    tensors = walk.refined(finer).matrix_product()
    check_form(tensors)
    np.testing.assert_allclose(contracted(tensors[:6]), walk.amplitudes(), atol=1e-13)
    for tensor in tensors[6:]:
        np.testing.assert_allclose(np.abs(tensor), np.full((1, 2, 1), 0.5**0.5), atol=1e-14)
        assert tensor[0, 0, 0] * tensor[0, 1, 0] > 0


def test_each_dimension_of_a_refined_grid(rng):
    """Line and registers of a product grid, whose fresh qubits join at the end of the line."""
    walk = random_walk(rng, 4, 12)
    finer = walk.refined([4, 5], register_sizes=[2, 2])
    tensors = finer.matrix_product()
    np.testing.assert_allclose(amplitudes_of(finer, tensors), finer.amplitudes(), atol=1e-13)


@pytest.mark.parametrize("num_qubits", [24, 64])
def test_many_qubits_are_fast_and_have_the_distribution(num_qubits):
    result = fit_continuous(stats.norm(), num_qubits, (-4, 4), tolerance=1e-2, seed=1)
    begin = time.perf_counter()
    tensors = result.walk.matrix_product()
    assert time.perf_counter() - begin < 0.5
    check_form(tensors)
    for point in np.arange(1, 16) / 16:
        assert below(tensors, point) == pytest.approx(result.cdf(-4 + 8 * point), abs=1e-12)


def below(tensors, point):
    """Probability of the sites below a fraction of all, bit by bit."""
    carried, total = np.ones((1, 1)), 0.0
    for tensor in tensors:
        bit, point = divmod(2 * point, 1)
        zero = tensor[:, 0].T @ carried @ tensor[:, 0]
        if bit:
            total += np.trace(zero)
        carried = tensor[:, 1].T @ carried @ tensor[:, 1] if bit else zero
    return total


@pytest.mark.parametrize(
    ("cutoff", "error", "message"),
    [
        (-1e-3, ValueError, r"cutoff must .* got -0\.001"),
        (1.0, ValueError, "cutoff must be below 1, got 1"),
        ("a", TypeError, "cutoff must be a real number, got 'a'"),
    ],
)
def test_bad_cutoffs(cutoff, error, message):
    with pytest.raises(error, match=message):
        MultiscaleWalk(2, [], []).matrix_product(cutoff)
