"""Walks on many qubits for continuous distributions."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from qiskit_ssqw import MultiscaleWalk
from qiskit_ssqw.fitting import fit_continuous

DISTRIBUTIONS = {
    "normal": (stats.norm(), (-4, 4)),
    "skewed": (stats.lognorm(0.5), (0, 6)),
    "two heaps": (
        lambda x: 0.6 * stats.norm.cdf(x, -1.5, 0.5) + 0.4 * stats.norm.cdf(x, 1, 0.8),
        (-4, 4),
    ),
    "exponential": (stats.expon(), (0, 8)),
}


def gaps(result, cdf, low, high):
    """Largest difference of the distribution functions at many points."""
    points = np.linspace(low, high, 100_001)
    ours, theirs = result.cdf(points), np.array(cdf(points))
    theirs = (theirs - theirs[0]) / (theirs[-1] - theirs[0])
    return np.abs(ours - theirs).max()


@pytest.mark.parametrize("num_qubits", [3, 10, 200])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distances_hold(name, num_qubits):
    distribution, (low, high) = DISTRIBUTIONS[name]
    cdf = getattr(distribution, "cdf", distribution)
    result = fit_continuous(distribution, num_qubits, (low, high), tolerance=2e-2, seed=1)
    assert result.success
    assert result.walk.num_qubits == num_qubits
    assert result.two_qubit_gates == result.coarse.two_qubit_gates <= 25
    assert result.mass_beyond == pytest.approx(1 - (cdf(high) - cdf(low)), abs=1e-12)
    if num_qubits > 20:
        assert gaps(result, cdf, low, high) <= result.kolmogorov_smirnov + 1e-9
        assert result.kolmogorov_smirnov <= result.total_variation
    if num_qubits == 10:
        cells = np.diff(cdf(np.linspace(low, high, 1025)))
        error = 0.5 * np.abs(result.walk.probabilities() - cells / cells.sum()).sum()
        assert result.total_variation == pytest.approx(error)


def test_more_qubits_are_free():
    results = [
        fit_continuous(stats.norm(), size, (-4, 4), tolerance=1e-2, seed=1) for size in (40, 100)
    ]
    assert results[0].walk.flips != results[1].walk.flips
    assert results[0].two_qubit_gates == results[1].two_qubit_gates
    assert results[0].walk.refined(100) == results[1].walk


def test_a_fit_prints_well():
    result = fit_continuous(stats.norm(), 64, (-3, 3), tolerance=2e-2, seed=1)
    for part in ("continuous fit succeeded", "64 qubits", "Kolmogorov-Smirnov", "lies beyond"):
        assert part in str(result)


def test_a_missed_tolerance_is_no_success():
    result = fit_continuous(
        stats.norm(), 30, (-4, 4), tolerance=1e-3, max_two_qubit_gates=1, seed=1
    )
    assert not result.success
    assert "MISSED THE TOLERANCE" in str(result)


def test_refining_splits_into_equal_parts(rng):
    walk = MultiscaleWalk(2, [(1, 0)], rng.normal(size=(1, 2)), initial_angles=rng.normal(size=2))
    parts = np.repeat(walk.probabilities() / 8, 8)
    np.testing.assert_allclose(walk.refined(5).probabilities(), parts, atol=1e-15)
    assert walk.refined(2) == walk


@pytest.mark.parametrize(
    ("old", "new"), [((1, 2), (3, 3)), ((2, 2), (2, 4)), ((1, 1, 2), (2, 1, 3))]
)
def test_each_dimension_is_refined(old, new):
    rng = np.random.default_rng(11)
    size = sum(old)
    line = rng.permutation(size).tolist()
    flips = [*pairwise(line), (line[1], line[0])]
    angles = rng.normal(size=(len(flips), 2))
    walk = MultiscaleWalk(size, flips, angles, initial_angles=rng.normal(size=size), line=line)
    finer = walk.refined(new, register_sizes=old)
    expected = walk.probabilities().reshape([2**bits for bits in old])
    for axis, (coarse, fine) in enumerate(zip(old, new, strict=True)):
        parts = 2 ** (fine - coarse)
        expected = np.repeat(expected / parts, parts, axis=axis)
    np.testing.assert_allclose(finer.probabilities(), expected.ravel(), atol=1e-15)
    assert finer.num_qubits == sum(new)
    assert len(finer.flips) == len(flips)


def test_sizes_of_dimensions_that_do_not_fit():
    walk = MultiscaleWalk(3, [], [])
    with pytest.raises(ValueError, match=r"register_sizes must add up to 3, got \(1, 1\)"):
        walk.refined([2, 2], register_sizes=[1, 1])
    with pytest.raises(ValueError, match="num_qubits must hold 2 sizes, got 5"):
        walk.refined(5, register_sizes=[1, 2])
    with pytest.raises(ValueError, match="num_qubits must be at least 2, got 1"):
        walk.refined([2, 1], register_sizes=[1, 2])


def test_refining_asks_for_more_qubits_on_the_usual_line():
    with pytest.raises(ValueError, match="num_qubits must be at least 2, got 1"):
        MultiscaleWalk(2, [], []).refined(1)
    with pytest.raises(ValueError, match="only walks on the usual line can be refined"):
        MultiscaleWalk(2, [], [], line=(0, 1)).refined(3)


@pytest.mark.parametrize(
    ("arguments", "error", "rule"),
    [
        ((stats.norm(), 0, (-1, 1)), ValueError, "num_qubits must be at least 1, got 0"),
        ((stats.norm(), 5, (1, -1)), ValueError, r"low < high, got \(1.0, -1.0\)"),
        ((stats.norm(), 5, (90, 91)), ValueError, "no probability within the bounds"),
        (("normal", 5, (-1, 1)), TypeError, "needs a distribution with the method cdf"),
        ((stats.lognorm, 5, (0, 1)), TypeError, "distribution must be frozen"),
    ],
)
def test_bad_arguments(arguments, error, rule):
    with pytest.raises(error, match=rule):
        fit_continuous(*arguments)
