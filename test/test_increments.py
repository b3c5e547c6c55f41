"""Increments of a path: their moments, and the values of contracts on sums of them."""

from functools import reduce

import numpy as np
import pytest

from qiskit_ssqw.finance import Asian, Bachelier, Call, Market, Put
from qiskit_ssqw.finance.increments import increments, normal_points, price_increments
from qiskit_ssqw.targets.grid import mesh

MARKETS = [
    Market(2.0, 0.4, 0.05, 40 / 365),
    Market(100.0, 0.2, -0.01, 2.0, dividend_yield=0.03),
    Market(0.7, 1.1, 0.1, 0.5),
]
NORMAL = [
    Bachelier(1.0, 0.03, 0.5).at(0.7),
    Bachelier(-0.2, 0.3, 0.1, dividend_yield=0.02).at(3.0),
]
GRIDS = [("log", "mean"), ("quantile", "mean"), ("log", "centre"), ("quantile", "centre")]
SCORES = np.array([-1.0, -0.5, 0.0, 0.3, 1.0])
"""Strikes, in standard deviations of the mean along the path from today's price."""
KURTOSES = {2: 2.776, 3: 2.998, 4: 2.999 - 1e-9, 6: 2.999 - 1e-9, 8: 2.999 - 1e-9}


def step_of(market, num_steps):
    return Market(
        1.0,
        market.volatility,
        market.rate,
        market.maturity / num_steps,
        dividend_yield=market.dividend_yield,
    )


def weighted_integers(weights, num_steps):
    """Probabilities of ``sum_j j k_j``, the integers ``k_j`` of all steps independent."""
    found = np.ones(1)
    for factor in range(1, num_steps + 1):
        longer = np.zeros(len(found) + factor * (len(weights) - 1))
        for integer, weight in enumerate(weights):
            longer[factor * integer : factor * integer + len(found)] += weight * found
        found = longer
    return found


def mean_along(target, num_steps):
    """Values and probabilities of the mean of the sums of equidistant increments."""
    (axis,) = target.axes
    law = weighted_integers(target.probabilities, num_steps)
    spacing = (axis[-1] - axis[0]) / (len(axis) - 1)
    sums = np.arange(len(law)) * spacing / num_steps
    return axis[0] * (num_steps + 1) / 2 + sums, law


def geometric_errors(market, num_steps, *grid):
    """Errors of calls on the geometric mean, in units of one at the money."""
    places, law = mean_along(
        increments(*grid[:1], step_of(market, num_steps), *grid[1:]), num_steps
    )
    scale = float(market.log_std[0]) / np.sqrt(3)
    strikes = market.spot * np.exp(scale * SCORES)
    payments = np.maximum(market.spot * np.exp(places) - strikes[:, None], 0)
    exact = [Asian(Call(k), mean="geometric").closed_form(market, num_steps) for k in strikes]
    return (payments @ law - exact) / (0.4 * scale * market.spot)


class TestPoints:
    @pytest.mark.parametrize("grid", GRIDS, ids="-".join)
    @pytest.mark.parametrize("num_qubits", [1, 2, 3, 5, 8])
    def test_moments_of_a_normal_variable(self, num_qubits, grid):
        weights, points = normal_points(num_qubits, *grid)
        assert len(weights) == len(points) == 2**num_qubits
        assert weights.sum() == pytest.approx(1, abs=1e-14)
        assert np.all(np.diff(points) > 0)
        for moment, expected in ((1, 0), (2, 1), (3, 0)):
            assert weights @ points**moment == pytest.approx(expected, abs=1e-13)

    @pytest.mark.parametrize("num_qubits", KURTOSES)
    def test_kurtosis_of_equidistant_points(self, num_qubits):
        weights, points = normal_points(num_qubits, "log", "centre")
        np.testing.assert_allclose(np.diff(points, 2), 0, atol=1e-13)
        assert KURTOSES[num_qubits] <= weights @ points**4 <= 3
        # The density at the points, up to a factor.
        curvature = np.diff(np.log(weights), 2)
        np.testing.assert_allclose(curvature, curvature[0], atol=1e-9)
        if num_qubits > 3:
            assert curvature[0] == pytest.approx(-((points[1] - points[0]) ** 2), rel=1e-3)

    @pytest.mark.parametrize("num_qubits", [1, 2, 5])
    def test_equally_probable_points(self, num_qubits):
        weights, points = normal_points(num_qubits, "quantile", "centre")
        np.testing.assert_allclose(weights, 2.0**-num_qubits, rtol=1e-14)
        np.testing.assert_allclose(np.diff(points, 2), 0, atol=1e-13)

    def test_few_points_reach_no_further_than_needed(self):
        reaches = [normal_points(size, "log", "centre")[1][-1] for size in range(4, 11)]
        assert max(reaches) < 4.8

    def test_unknown_words(self):
        with pytest.raises(ValueError, match="grid must be one of 'log', 'quantile', got 'linear'"):
            normal_points(2, "linear", "mean")
        with pytest.raises(ValueError, match="points must be one of 'mean', 'centre', got 'edge'"):
            normal_points(2, "log", "edge")


class TestLogarithms:
    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize("grid", GRIDS, ids="-".join)
    @pytest.mark.parametrize("num_qubits", [1, 2, 4])
    def test_forward_and_variance_are_exact(self, market, grid, num_qubits):
        step = step_of(market, 3)
        target = increments(num_qubits, step, *grid)
        (axis,) = target.axes
        assert target.probabilities @ np.exp(axis) == pytest.approx(step.forward, rel=1e-13)
        mean = target.probabilities @ axis
        variance = target.probabilities @ (axis - mean) ** 2
        assert variance == pytest.approx(step.log_covariance[0, 0], rel=1e-12)
        cells = np.diff(axis)
        assert grid[1] == "mean" or np.allclose(cells, cells[0], rtol=1e-9, atol=0)

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize(("num_qubits", "allowed"), [(2, 0.06), (3, 0.02), (4, 5e-3)])
    def test_arithmetic_asian_calls_of_three_steps(self, market, num_qubits, allowed):
        """Both kinds of points are as close to what many points give."""
        errors = {}
        exact = self.three_steps(market, 6, "mean")
        for points in ("mean", "centre"):
            found = self.three_steps(market, num_qubits, points)
            errors[points] = np.abs(found - exact).max() / exact[2]
        assert errors["centre"] < allowed
        assert errors["centre"] < 2.5 * errors["mean"] + 2e-3

    def three_steps(self, market, num_qubits, points):
        target = increments(num_qubits, step_of(market, 3), "log", points)
        logs = np.cumsum(mesh([target.axes[0]] * 3).reshape(-1, 3), axis=1)
        law = reduce(np.multiply.outer, [target.probabilities] * 3).ravel()
        strikes = market.spot * np.exp(float(market.log_std[0]) / np.sqrt(3) * SCORES)
        paths = market.spot * np.exp(logs)
        return np.array([Asian(Call(strike))(paths) @ law for strike in strikes])

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize(
        ("num_steps", "num_qubits", "allowed"),
        [
            (3, 3, 1e-2),
            (3, 5, 1e-3),
            (12, 2, 2e-3),
            (12, 3, 2e-4),
            (12, 4, 5e-5),
            (52, 2, 4e-4),
            (52, 3, 1e-5),
            (52, 4, 5e-6),
        ],
    )
    def test_geometric_asian_calls(self, market, num_steps, num_qubits, allowed):
        errors = geometric_errors(market, num_steps, num_qubits, "log", "centre")
        assert np.abs(errors).max() < allowed

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize(
        ("num_steps", "num_qubits", "allowed"),
        [(12, 3, 1e-2), (52, 2, 2e-3), (52, 4, 2e-3), (252, 2, 5e-4)],
    )
    def test_equally_probable_points_do_for_many_steps(
        self, market, num_steps, num_qubits, allowed
    ):
        errors = geometric_errors(market, num_steps, num_qubits, "quantile", "centre")
        assert np.abs(errors).max() < allowed


class TestNormalPrices:
    @pytest.mark.parametrize("market", NORMAL, ids=repr)
    @pytest.mark.parametrize("grid", GRIDS, ids="-".join)
    def test_sums_have_the_moments_of_the_path(self, market, grid):
        target = price_increments(2, market.std / np.sqrt(4), *grid)
        law = reduce(np.multiply.outer, [target.probabilities] * 4).ravel()
        sums = np.cumsum(mesh([target.axes[0]] * 4).reshape(-1, 4), axis=1)
        paths = market.path_forwards(4) + sums
        times = market.maturity * np.arange(1, 5) / 4
        forwards = [market.model.forward(time) for time in times]
        np.testing.assert_allclose(law @ paths, forwards, rtol=1e-12)
        centred = paths - forwards
        covariance = market.model.volatility**2 * np.minimum.outer(times, times)
        np.testing.assert_allclose((law * centred.T) @ centred, covariance, rtol=1e-12)
        assert forwards[-1] == pytest.approx(market.forward, rel=1e-14)

    @pytest.mark.parametrize("market", NORMAL, ids=repr)
    @pytest.mark.parametrize(
        ("num_steps", "num_qubits", "allowed"),
        [(3, 5, 1e-3), (12, 2, 2e-3), (12, 4, 5e-5), (52, 3, 1e-5)],
    )
    def test_arithmetic_asians(self, market, num_steps, num_qubits, allowed):
        target = price_increments(num_qubits, market.std / np.sqrt(num_steps), "log", "centre")
        places, law = mean_along(target, num_steps)
        means = market.path_forwards(num_steps).mean() + places
        scale = market.std / np.sqrt(3)
        for strike in means @ law + scale * SCORES:
            for payoff in (Call(strike), Put(strike)):
                exact = Asian(payoff).closed_form(market, num_steps)
                assert abs(payoff(means) @ law - exact) < allowed * 0.4 * scale

    @pytest.mark.parametrize("std", [0.0, -1.0])
    def test_a_standard_deviation_is_positive(self, std):
        with pytest.raises(ValueError, match=f"std must be positive, got {std:g}"):
            price_increments(2, std, "log")
