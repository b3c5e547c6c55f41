"""Probabilities of the cells of a normal distribution, against integrals of another kind."""

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss
from scipy.stats import multivariate_normal, norm

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.markets.normal_cells import normal_cells, normal_masses

POINTS, WEIGHTS = leggauss(1200)


def edges(num_qubits, reach=2.5):
    inner = np.linspace(-reach, reach, 2**num_qubits - 1) if num_qubits > 1 else np.array([0.1])
    return np.concatenate([[-np.inf], inner, [np.inf]])


def one_factor(cells, loadings):
    """``x_i = l_i m + sqrt(1 - l_i**2) e_i``: independent given ``m``, so one integral does it."""
    factor = 9 * POINTS
    parts = [
        np.diff(norm.cdf((axis - load * factor[:, None]) / np.sqrt(1 - load**2)), axis=1)
        for axis, load in zip(cells, loadings, strict=True)
    ]
    letters = "abcd"[: len(cells)]
    rule = ",".join(f"m{letter}" for letter in letters)
    return np.einsum(f"m,{rule}->{letters}", 9 * WEIGHTS * norm.pdf(factor), *parts, optimize=True)


def of_one_factor(loadings):
    correlation = np.outer(loadings, loadings)
    np.fill_diagonal(correlation, 1)
    return correlation


def total_variation(one, other):
    return np.abs(one - other).sum() / 2


def standard(cells, correlation):
    return normal_cells(cells, np.zeros(len(cells)), np.asarray(correlation, float))


class TestOneDimension:
    @pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (-3.0, 0.01), (70.0, 400.0)])
    def test_differences_of_the_distribution_function_in_both_tails(self, mean, variance):
        std = np.sqrt(variance)
        cells = mean + std * np.concatenate([[-np.inf], np.linspace(-20, 20, 81), [np.inf]])
        found = normal_cells([cells], np.array([mean]), np.array([[variance]]))
        z = (cells - mean) / std
        expected = np.where(z[1:] <= 0, np.diff(norm.cdf(z)), -np.diff(norm.sf(z)))
        np.testing.assert_allclose(found, expected, rtol=1e-9)
        assert found.min() > 1e-90

    def test_masses_of_several_rows(self):
        rows = np.array([[-np.inf, 0, np.inf], [-np.inf, -1, np.inf]])
        np.testing.assert_allclose(
            normal_masses(rows), [[0.5, 0.5], [norm.cdf(-1), norm.cdf(1)]], rtol=1e-14
        )


class TestTwoDimensions:
    @pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.0, 0.5, 0.95])
    def test_against_the_bivariate_distribution_function(self, correlation):
        cells = [edges(3), edges(2, 1.5)]
        matrix = [[1, correlation], [correlation, 1]]
        corners = np.stack(np.meshgrid(*(np.clip(e, -9, 9) for e in cells), indexing="ij"), -1)
        cumulative = multivariate_normal([0, 0], matrix).cdf(corners)
        expected = np.diff(np.diff(cumulative, axis=0), axis=1)
        assert total_variation(standard(cells, matrix), expected) < 1e-10

    @pytest.mark.parametrize("correlation", [-0.95, 0.2, 0.95])
    def test_means_and_variances_only_scale(self, correlation):
        std, mean = np.array([0.3, 40.0]), np.array([5.0, -100.0])
        matrix = np.array([[1, correlation], [correlation, 1]])
        cells = [edges(3), edges(4)]
        moved = [m + s * axis for m, s, axis in zip(mean, std, cells, strict=True)]
        found = normal_cells(moved, mean, matrix * np.outer(std, std))
        np.testing.assert_allclose(found, standard(cells, matrix), rtol=1e-9, atol=1e-14)


CASES = [
    # sizes, loadings, largest total variation
    ((4, 4), [0.5**0.5] * 2, 1e-12),
    ((1, 3), [0.95**0.5] * 2, 1e-12),
    ((4, 4, 4), [0.5**0.5] * 3, 1e-12),
    ((4, 4, 4), [0.0] * 3, 1e-12),
    ((3, 3, 3), [0.9**0.5] * 3, 1e-12),
    ((1, 2, 3), [0.95**0.5] * 3, 1e-12),
    ((2, 3, 1), [-0.8, 0.9, 0.3], 1e-12),
    ((1, 1, 1), [0.99, 0.9, -0.5], 1e-12),
    ((2, 2, 2, 2), [0.5**0.5] * 4, 1e-10),
    ((2, 1, 3, 2), [0.9, -0.7, 0.2, 0.5], 1e-10),
    ((1, 1, 1, 1), [0.8**0.5] * 4, 1e-10),
    pytest.param((1, 1, 1, 1), [0.95**0.5] * 4, 1e-10, marks=pytest.mark.deep),
]


class TestOneFactor:
    @pytest.mark.parametrize(("sizes", "loadings", "allowed"), CASES)
    def test_against_one_integral(self, sizes, loadings, allowed):
        cells = [edges(size) for size in sizes]
        found = standard(cells, of_one_factor(loadings))
        assert found.shape == tuple(2**size for size in sizes)
        assert total_variation(found, one_factor(cells, loadings)) < allowed

    @pytest.mark.parametrize("reach", [0.2, 1.0, 4.0, 8.0])
    def test_narrow_and_wide_cells(self, reach):
        cells, loadings = [edges(3, reach), edges(2, reach), edges(2, 1)], [0.8, -0.6, 0.7]
        found = standard(cells, of_one_factor(loadings))
        assert total_variation(found, one_factor(cells, loadings)) < 1e-12

    @pytest.mark.parametrize("sizes", [(4, 4, 4), (3, 3, 3), (2, 2, 2, 2)])
    def test_no_cell_is_empty(self, sizes):
        loadings = [0.5**0.5] * len(sizes)
        found = standard([edges(size) for size in sizes], of_one_factor(loadings))
        exact = one_factor([edges(size) for size in sizes], loadings)
        assert found.min() > 0
        np.testing.assert_allclose(found, exact, rtol=1e-3)
        likely = exact > 1e-9
        np.testing.assert_allclose(found[likely], exact[likely], rtol=1e-7)

    @pytest.mark.parametrize(
        ("size", "allowed"), [(2, 1e-12), (3, 1e-11), pytest.param(4, 1e-7, marks=pytest.mark.deep)]
    )
    def test_nearly_equal_variables(self, size, allowed):
        cells, loadings = [edges(2, 0.7)] * size, [0.995] * size
        found = standard(cells, of_one_factor(loadings))
        assert total_variation(found, one_factor(cells, loadings)) < allowed

    @pytest.mark.parametrize("size", [3, pytest.param(4, marks=pytest.mark.deep)])
    def test_variables_that_are_too_nearly_equal_are_refused(self, size):
        with pytest.raises(ValueError, match=rf"{size} variables depend .* too closely .*, got"):
            standard([edges(1)] * size, of_one_factor([1 - 1e-7] * size))

    def test_empty_cells(self):
        cells = [np.array([-np.inf, -np.inf, -np.inf, -1, 0.5, np.inf]), edges(2)]
        found = standard(cells, of_one_factor([0.6, -0.5]))
        assert not found[:2].any()
        full = standard([cells[0][2:], cells[1]], of_one_factor([0.6, -0.5]))
        np.testing.assert_array_equal(found[2:], full)

    def test_cells_far_from_the_distribution(self):
        far = np.array([-np.inf, 1e6, 2e6, 3e6, np.inf])
        found = standard([far, edges(2), edges(1)], of_one_factor([0.7, 0.5, 0.5]))
        assert found[1:].max() < 1e-100
        assert found[0].sum() == pytest.approx(1, abs=1e-12)


class TestUnequalCorrelations:
    MATRIX = np.array([[1.0, 0.7, -0.4], [0.7, 1.0, 0.1], [-0.4, 0.1, 1.0]])

    def test_against_scipy(self):
        cells = [np.array([-np.inf, -0.5, 0.4, np.inf]), edges(1), np.array([-np.inf, 0.2, np.inf])]
        corners = np.stack(np.meshgrid(*(np.clip(e, -9, 9) for e in cells), indexing="ij"), -1)
        limits = {"abseps": 1e-6, "maxpts": 2_000_000}
        expected = multivariate_normal.cdf(corners, np.zeros(3), self.MATRIX, **limits)
        for axis in range(3):
            expected = np.diff(expected, axis=axis)
        np.testing.assert_allclose(standard(cells, self.MATRIX), expected, rtol=0, atol=1e-5)

    def test_pairs_have_their_own_distribution(self):
        cells = [edges(2), edges(3), edges(1)]
        joint = standard(cells, self.MATRIX)
        for pair in ([0, 1], [0, 2], [1, 2]):
            (other,) = {0, 1, 2} - set(pair)
            alone = standard([cells[i] for i in pair], self.MATRIX[np.ix_(pair, pair)])
            np.testing.assert_allclose(joint.sum(axis=other), alone, rtol=0, atol=1e-12)

    def test_the_order_of_the_variables_does_not_matter(self):
        cells, order = [edges(2), edges(3), edges(1)], [2, 0, 1]
        turned = standard([cells[i] for i in order], self.MATRIX[np.ix_(order, order)])
        np.testing.assert_allclose(
            standard(cells, self.MATRIX).transpose(order), turned, rtol=0, atol=1e-12
        )


def test_a_target_of_three_correlated_assets():
    loadings = [0.5**0.5] * 3
    target = TargetDistribution.normal(
        [4, 4, 4], np.zeros(3), of_one_factor(loadings), [(-2.5, 2.5)] * 3, rule="cell"
    )
    axis = np.linspace(-2.5, 2.5, 16)
    cells = [np.concatenate([[-np.inf], (axis[1:] + axis[:-1]) / 2, [np.inf]])] * 3
    assert total_variation(target.probabilities, one_factor(cells, loadings)) < 1e-10
    assert target.probabilities.min() > 0
