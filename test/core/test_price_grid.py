"""Grids of log-normal prices: how far the grid alone misplaces a price, and what it refuses."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import norm

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.targets.lognormal_grid import (
    conditional_means,
    default_tail_mass,
    linear_bounds,
    log_edges,
)

MARKETS = [
    (volatility, maturity, rate)
    for volatility in (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
    for maturity in (1 / 365, 1 / 52, 0.25, 1.0, 3.0, 10.0)
    for rate in (0.0, 0.03, 0.05, 0.1)
]
SPOT = 100.0


def grid_of(num_qubits, volatility, maturity, rate, **options):
    return TargetDistribution.from_black_scholes(
        num_qubits, SPOT, volatility, rate, maturity, **options
    )


def on_grid(target, payoff):
    return float(payoff(target.values) @ target.probabilities.ravel())


def forward_of(volatility, maturity, rate):
    return SPOT * np.exp(rate * maturity)


def black_scholes(strike, volatility, maturity, rate):
    """Undiscounted call, put, digital call and straddle."""
    std, forward = volatility * np.sqrt(maturity), forward_of(volatility, maturity, rate)
    d1 = np.log(forward / strike) / std + std / 2
    call = forward * norm.cdf(d1) - strike * norm.cdf(d1 - std)
    put = call - forward + strike
    return {"call": call, "put": put, "digital": norm.cdf(d1 - std), "straddle": call + put}


def payoffs(strike):
    return {
        "call": lambda s: np.maximum(s - strike, 0),
        "put": lambda s: np.maximum(strike - s, 0),
        "digital": lambda s: np.where(s >= strike, 1.0, 0.0),
        "straddle": lambda s: np.abs(s - strike),
    }


def errors_at_the_money(num_qubits, **options):
    """Relative error of the at-the-money call in every market."""
    found = []
    for market in MARKETS:
        strike = forward_of(*market)
        target = grid_of(num_qubits, *market, **options)
        exact = black_scholes(strike, *market)["call"]
        found.append(on_grid(target, payoffs(strike)["call"]) / exact - 1)
    return np.abs(found)


class TestAccuracy:
    def test_the_call_at_the_spot_over_all_markets(self):
        largest = []
        for num_qubits in range(4, 9):
            errors = []
            for market in MARKETS:
                exact = black_scholes(SPOT, *market)["call"]
                value = on_grid(grid_of(num_qubits, *market), payoffs(SPOT)["call"])
                errors.append(abs(value / exact - 1))
            largest.append(max(errors))
        assert largest[1] <= 5e-3  # 5 qubits
        assert largest[4] <= 1e-3  # 8 qubits
        assert np.all(np.diff(largest) < 0)

    def test_the_call_at_the_forward_over_all_markets(self):
        largest = [errors_at_the_money(num_qubits).max() for num_qubits in range(4, 9)]
        assert largest[1] <= 5e-3
        assert largest[4] <= 1e-3
        assert np.all(np.diff(largest) < 0)

    @pytest.mark.parametrize("num_qubits", [1, 2, 3, 5, 8, 11])
    def test_the_forward_is_exact(self, num_qubits):
        for market in MARKETS[::5]:
            mean = on_grid(grid_of(num_qubits, *market), lambda s: s)
            assert mean == pytest.approx(forward_of(*market), rel=1e-12)

    @pytest.mark.parametrize("num_qubits", [1, 4, 6])
    def test_no_call_is_overpriced_and_parity_holds(self, num_qubits):
        # Jensen: the mean of a cell pays less than the cell does on average.
        for market in MARKETS[::7]:
            target, forward = grid_of(num_qubits, *market), forward_of(*market)
            for strike in forward * np.array([0.6, 0.9, 1.0, 1.2, 2.0]):
                exact = black_scholes(strike, *market)
                call, put = (on_grid(target, payoffs(strike)[kind]) for kind in ("call", "put"))
                assert call <= exact["call"] + 1e-12 * forward
                assert call - put == pytest.approx(forward - strike, abs=1e-11 * forward)


class TestProbabilities:
    @pytest.mark.parametrize("num_qubits", [1, 3, 5, 8])
    def test_equal_in_every_market(self, num_qubits):
        first = grid_of(num_qubits, *MARKETS[0]).probabilities
        for market in MARKETS[1::3]:
            np.testing.assert_array_equal(grid_of(num_qubits, *market).probabilities, first)

    @pytest.mark.parametrize("num_qubits", [1, 3, 5])
    def test_equal_however_dear_the_asset_is(self, num_qubits):
        cheap, dear = (
            TargetDistribution.from_black_scholes(num_qubits, spot, 0.3, 0.03, 1)
            for spot in (1e-4, 1e6)
        )
        np.testing.assert_array_equal(cheap.probabilities, dear.probabilities)
        np.testing.assert_allclose(cheap.values * 1e10, dear.values, rtol=1e-12)

    @pytest.mark.parametrize("num_qubits", range(1, 9))
    def test_no_spike_at_the_ends(self, num_qubits):
        masses = grid_of(num_qubits, *MARKETS[9]).probabilities
        np.testing.assert_allclose(masses, masses[::-1], rtol=1e-9)
        assert masses[0] == pytest.approx(default_tail_mass(2**num_qubits), rel=1e-9)
        assert np.all(np.diff(masses[1 : 2 ** (num_qubits - 1)]) >= 0)
        assert masses[0] <= 1e-4 or masses[0] <= 2 * masses[1]

    @pytest.mark.parametrize("tail_mass", [1e-9, 1e-3, 0.05, 0.3])
    @pytest.mark.parametrize("num_qubits", [1, 2, 4])
    def test_the_tail_mass_is_that_of_the_end_cells(self, num_qubits, tail_mass):
        target = grid_of(num_qubits, 0.3, 1, 0.03, tail_mass=tail_mass)
        expected = tail_mass if num_qubits > 1 else 0.5
        assert target.probabilities[[0, -1]] == pytest.approx([expected] * 2, rel=1e-9)
        assert on_grid(target, lambda s: s) == pytest.approx(forward_of(0.3, 1, 0.03), rel=1e-12)

    def test_values_are_means_of_their_cells(self):
        market = (0.4, 2.0, 0.05)
        target, (std, forward) = grid_of(4, *market), (0.4 * np.sqrt(2), forward_of(*market))
        edges = log_edges(16, default_tail_mass(16))
        nodes, weights = np.polynomial.legendre.leggauss(80)
        for cell, (low, high) in enumerate(pairwise(edges)):
            low, high = max(low, -12), min(high, 12)
            z = low + (high - low) * (1 + nodes) / 2
            density = weights * norm.pdf(z)
            mean = forward * np.sum(density * np.exp(std * z - std**2 / 2)) / density.sum()
            assert target.values[cell] == pytest.approx(mean, rel=1e-9)

    def test_edges_are_equidistant(self):
        edges = log_edges(32, 0.002)
        assert edges[[0, -1]].tolist() == [-np.inf, np.inf]
        np.testing.assert_allclose(np.diff(edges[1:-1]), np.ptp(edges[1:-1]) / 30, rtol=1e-12)
        assert norm.cdf(edges[1]) == pytest.approx(0.002)

    def test_means_far_out_keep_their_precision(self):
        means = conditional_means(np.array([-np.inf, -7.0, 7.0, 7.1, np.inf]), 0.5)
        inner = np.exp(0.5 * np.array([7.0, 7.1]) - 0.125)
        assert inner[0] < means[2] < inner[1] < means[3]
        assert 0 < means[0] < np.exp(-3.5 - 0.125)


class TestAlign:
    MARKET = (0.2, 1.0, 0.03)

    @pytest.mark.parametrize("num_qubits", [1, 2, 3, 5, 7])
    @pytest.mark.parametrize("strike", [40.0, 60.0, 83.3, 100.0, 103.0454534, 131.0, 240.0, 390.0])
    def test_no_error_for_payoffs_that_bend_there(self, num_qubits, strike):
        target = grid_of(num_qubits, *self.MARKET, align=strike)
        exact = black_scholes(strike, *self.MARKET)
        for kind, payoff in payoffs(strike).items():
            assert on_grid(target, payoff) == pytest.approx(exact[kind], rel=1e-9, abs=1e-12)

    def test_in_every_market(self):
        for market in MARKETS[::5]:
            strike = forward_of(*market) * np.exp(0.7 * market[0] * np.sqrt(market[1]))
            target = grid_of(4, *market, align=strike)
            exact = black_scholes(strike, *market)
            for kind, payoff in payoffs(strike).items():
                assert on_grid(target, payoff) == pytest.approx(exact[kind], rel=1e-9)

    def test_moves_by_half_a_cell_at_most(self):
        plain, reach = log_edges(16, 0.01), -norm.ppf(0.01)
        cell, middles = 2 * reach / 14, (plain[1:-2] + plain[2:-1]) / 2
        for place in [*np.linspace(-reach - cell / 2, reach + cell / 2, 41)[1:-1], *middles]:
            moved = log_edges(16, 0.01, place)
            assert np.abs(moved - place).min() < 1e-12
            shift = moved[1:-1] - plain[1:-1]
            np.testing.assert_allclose(shift, shift[0], atol=1e-12)
            assert abs(shift[0]) <= cell / 2 + 1e-12

    @pytest.mark.parametrize("place", [-6.0, -3.0, 3.0, 6.0])
    def test_stretches_to_a_place_beyond(self, place):
        edges = log_edges(16, 0.01, place)
        reach = -norm.ppf(0.01)
        ends = sorted([place, -np.sign(place) * reach])
        assert edges[[1, -2]] == pytest.approx(ends)
        np.testing.assert_allclose(np.diff(edges[1:-1]), np.ptp(ends) / 14, rtol=1e-9)

    def test_leaves_an_edge_where_it_is(self):
        plain = log_edges(16, 0.01)
        np.testing.assert_allclose(log_edges(16, 0.01, plain[5]), plain, atol=1e-12)

    @pytest.mark.parametrize("strike", [5.0, 1e-9, 2000.0])
    def test_refuses_prices_that_never_come(self, strike):
        with pytest.raises(ValueError, match=rf"align must lie inside \(.*\), .*, got {strike:g}"):
            grid_of(3, *self.MARKET, align=strike)

    @pytest.mark.parametrize(
        ("align", "error", "message"),
        [
            (0, ValueError, "align must be positive, got 0"),
            (-5, ValueError, "align must be positive, got -5"),
            (np.nan, ValueError, "align must be finite, got nan"),
            ("strike", TypeError, "align must be a real number, got 'strike'"),
            ([100], TypeError, r"align must be a real number, got \[100\]"),
        ],
    )
    def test_refuses_what_is_no_price(self, align, error, message):
        with pytest.raises(error, match=message):
            grid_of(3, *self.MARKET, align=align)

    @pytest.mark.parametrize("grid", ["log", "linear"])
    def test_refuses_several_assets(self, grid):
        with pytest.raises(ValueError, match="align needs a grid of one asset, got 2"):
            grid_of([2, 2], *self.MARKET, grid=grid, align=100)


class TestLinearGrid:
    def test_converges_in_moderate_markets(self):
        largest = []
        moderate = [market for market in MARKETS if market[0] * np.sqrt(market[1]) <= 0.5]
        for num_qubits in range(4, 11):
            errors = []
            for market in moderate:
                strike = forward_of(*market)
                target = grid_of(num_qubits, *market, grid="linear")
                value = on_grid(target, payoffs(strike)["call"])
                errors.append(abs(value / black_scholes(strike, *market)["call"] - 1))
            largest.append(max(errors))
        assert np.all(np.diff(largest) < 0)
        assert largest[1] < 0.02
        assert largest[-1] < 1e-3

    @pytest.mark.parametrize("rule", ["cell", "pdf"])
    def test_bounds_follow_from_the_tail_mass(self, rule):
        target = grid_of(5, 0.4, 2, 0.05, grid="linear", rule=rule, tail_mass=0.01)
        std, forward = 0.4 * np.sqrt(2), forward_of(0.4, 2, 0.05)
        low, high = target.bounds
        below = norm.cdf((np.log(low / forward) + std**2 / 2) / std)
        worth = norm.sf((np.log(high / forward) - std**2 / 2) / std)
        assert (below, worth) == pytest.approx((0.01, 0.01))
        assert (low, high) == pytest.approx(tuple(forward * np.array(linear_bounds(32, 0.01, std))))

    @pytest.mark.parametrize("strike", [70.0, 100.0, 140.0])
    @pytest.mark.parametrize("options", [{}, {"tail_mass": 1e-3}, {"num_std": 3}])
    def test_a_digital_at_an_aligned_strike_has_no_error(self, strike, options):
        target = grid_of(4, 0.2, 1, 0.03, grid="linear", align=strike, **options)
        exact = black_scholes(strike, 0.2, 1, 0.03)["digital"]
        assert on_grid(target, payoffs(strike)["digital"]) == pytest.approx(exact, abs=1e-12)

    def test_an_aligned_strike_lies_inside(self):
        with pytest.raises(ValueError, match=r"align must lie inside the grid \(.*\), got 900"):
            grid_of(3, 0.2, 1, 0.03, grid="linear", align=900)


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"grid": "log", "num_std": 3}, 'num_std is for grid="linear"'),
            ({"grid": "log", "rule": "pdf"}, 'rule="pdf" is for grid="linear"'),
            ({"num_std": 3, "tail_mass": 0.01}, "num_std and tail_mass both set the bounds"),
            ({"grid": "square"}, "grid must be one of 'log', 'linear', got 'square'"),
            ({"grid": 3}, "grid must be one of 'log', 'linear', got 3"),
            ({"rule": "exact"}, "rule must be one of 'pdf', 'cell', got 'exact'"),
            ({"grid": "log", "rule": "exact"}, "rule must be one of 'pdf', 'cell', got 'exact'"),
            ({"num_std": 0}, "num_std must be positive, got 0"),
            ({"num_std": -1}, "num_std must be positive, got -1"),
            ({"tail_mass": 0}, "tail_mass must lie strictly between 0 and 0.5, got 0"),
            ({"tail_mass": 0.5}, "tail_mass must lie strictly between 0 and 0.5, got 0.5"),
            ({"tail_mass": -0.1}, "tail_mass must lie strictly between 0 and 0.5, got -0.1"),
            ({"tail_mass": np.nan}, "tail_mass must be finite, got nan"),
            ({"grid": "linear", "tail_mass": 0.6}, "tail_mass must lie strictly between"),
        ],
    )
    def test_arguments_that_do_not_go_together(self, options, message):
        with pytest.raises(ValueError, match=message):
            grid_of(3, 0.2, 1, 0.03, **options)

    @pytest.mark.parametrize("name", ["num_std", "tail_mass"])
    def test_words_for_numbers(self, name):
        with pytest.raises(TypeError, match=f"{name} must be a real number, got 'wide'"):
            grid_of(3, 0.2, 1, 0.03, **{name: "wide"})

    def test_a_tail_mass_beyond_floating_point(self):
        with pytest.raises(ValueError, match="cannot tell the grid's prices apart: tail_mass 1e-3"):
            grid_of(3, 0.2, 1, 0.03, tail_mass=1e-320)

    @pytest.mark.parametrize("volatility", [1e-17, 1e-15])
    def test_a_volatility_that_moves_nothing(self, volatility):
        with pytest.raises(ValueError, match=r"the volatility, .* is too small"):
            grid_of(3, volatility, 1, 0.03)
