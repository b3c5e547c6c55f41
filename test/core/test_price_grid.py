"""Grids of prices: how far the grid alone misplaces a price, and what it refuses."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import cauchy, gamma, gaussian_kde, halfcauchy, lognorm, norm, poisson, t

from qiskit_ssqw import TargetDistribution, fit
from qiskit_ssqw.finance import Call, DigitalCall, Market, Put
from qiskit_ssqw.markets.given import SampledPrices, ScipyPrices
from qiskit_ssqw.targets.price_grid import default_tail_mass, equidistant_edges

MARKETS = [
    (volatility, maturity, rate)
    for volatility in (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
    for maturity in (1 / 365, 1 / 52, 0.25, 1.0, 3.0, 10.0)
    for rate in (0.0, 0.03, 0.05, 0.1)
]
SPOT = 100.0


def log_edges(num_points, tail_mass, through=None):
    reach = -norm.ppf(tail_mass)
    inner = equidistant_edges(num_points, -reach, reach, through)
    return np.concatenate([[-np.inf], inner, [np.inf]])


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


def test_a_place_beyond_moves_or_stretches_the_edges():
    """By half a cell at most, else they end there."""
    plain = equidistant_edges(6, 0.0, 4.0)
    np.testing.assert_allclose(equidistant_edges(6, 0.0, 4.0, 4.45), plain + 0.45)
    np.testing.assert_allclose(equidistant_edges(6, 0.0, 4.0, 4.55), plain * 4.55 / 4)


class TestAccuracy:
    def test_the_call_at_the_spot_over_all_markets(self):
        largest = []
        for num_qubits in (4, 5, 8):
            errors = []
            for market in MARKETS:
                exact = black_scholes(SPOT, *market)["call"]
                value = on_grid(grid_of(num_qubits, *market), payoffs(SPOT)["call"])
                errors.append(abs(value / exact - 1))
            largest.append(max(errors))
        assert largest[1] <= 5e-3
        assert largest[2] <= 1e-3
        assert np.all(np.diff(largest) < 0)

    def test_the_call_at_the_forward_over_all_markets(self):
        largest = [errors_at_the_money(num_qubits).max() for num_qubits in (4, 5, 8)]
        assert largest[1] <= 5e-3
        assert largest[2] <= 1e-3
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
        means = Market(1.0, 0.5, 0, 1).means(np.array([-np.inf, -7.0, 7.0, 7.1, np.inf]))
        inner = np.exp(0.5 * np.array([7.0, 7.1]) - 0.125)
        assert inner[0] < means[2] < inner[1] < means[3]
        assert 0 < means[0] < np.exp(-3.5 - 0.125)


class TestQuantiles:
    @pytest.mark.parametrize("num_qubits", [1, 2, 3, 6])
    def test_cells_are_equally_probable_and_need_no_gates(self, num_qubits):
        for market in MARKETS[::17]:
            target = grid_of(num_qubits, *market, grid="quantile")
            np.testing.assert_allclose(target.probabilities, 1 / 2**num_qubits, atol=1e-15)
            assert on_grid(target, lambda s: s) == pytest.approx(forward_of(*market), rel=1e-12)
            assert fit(target, seed=1).two_qubit_gates == 0

    @pytest.mark.parametrize("num_qubits", [1, 3, 5])
    @pytest.mark.parametrize("strike", [60.0, 100.0, 131.0, 240.0])
    def test_an_aligned_strike_halves_the_register(self, num_qubits, strike):
        target = grid_of(num_qubits, 0.2, 1, 0.03, grid="quantile", align=strike)
        lower, upper = np.split(target.probabilities, 2)
        assert lower == pytest.approx(np.full(len(lower), lower[0]), rel=1e-9)
        assert upper == pytest.approx(np.full(len(upper), upper[0]), rel=1e-9)
        half = len(lower)
        assert target.values[half - 1] < strike < target.values[half]
        exact = black_scholes(strike, 0.2, 1, 0.03)
        for kind, payoff in payoffs(strike).items():
            assert on_grid(target, payoff) == pytest.approx(exact[kind], rel=1e-9, abs=1e-12)
        assert fit(target, seed=1).two_qubit_gates == 0

    def test_the_call_at_the_forward_over_all_markets(self):
        largest = [errors_at_the_money(n, grid="quantile").max() for n in (3, 4, 6)]
        assert largest[0] <= 0.04
        assert np.all(np.diff(largest) < 0)

    def test_of_correlated_assets(self):
        target = TargetDistribution.from_black_scholes(
            [2, 3],
            [90, 110],
            [0.2, 0.4],
            0.03,
            1,
            correlation=[[1, 0.6], [0.6, 1]],
            grid="quantile",
        )
        np.testing.assert_allclose(target.probabilities.sum(axis=1), 1 / 4, atol=1e-12)
        np.testing.assert_allclose(target.probabilities.sum(axis=0), 1 / 8, atol=1e-12)
        means = target.probabilities.ravel() @ target.values
        np.testing.assert_allclose(means, np.array([90, 110]) * np.exp(0.03), rtol=1e-12)


class TestPoints:
    def test_centres_of_log_cells_are_geometric(self):
        centres = grid_of(4, 0.3, 1, 0.03, points="centre").values
        means = grid_of(4, 0.3, 1, 0.03).values
        np.testing.assert_allclose(np.diff(np.log(centres), 2), 0, atol=1e-12)
        assert np.all(np.abs(np.log(centres / means))[1:-1] < np.diff(np.log(centres))[0] / 2)

    def test_centres_of_quantiles_are_medians(self):
        centres = grid_of(3, 0.3, 1, 0.03, grid="quantile", points="centre").values
        market = Market(SPOT, 0.3, 0.03, 1)
        np.testing.assert_allclose(market.cdf(centres), (np.arange(8) + 0.5) / 8, rtol=1e-12)

    def test_means_of_equally_wide_cells(self):
        target = grid_of(4, 0.3, 1, 0.03, grid="linear", points="mean")
        assert on_grid(target, lambda s: s) == pytest.approx(forward_of(0.3, 1, 0.03), rel=1e-12)
        with pytest.raises(AttributeError, match="bounds describe equidistant grid points"):
            _ = target.bounds

    def test_one_qubit_has_two_centres(self):
        low, high = grid_of(1, 0.3, 1, 0.03, points="centre").values
        assert Market(SPOT, 0.3, 0.03, 1).cdf(np.array([low, high])) == pytest.approx([0.25, 0.75])


class TestFromMarket:
    @pytest.mark.parametrize("options", [{}, {"grid": "quantile"}, {"align": 104.0}])
    @pytest.mark.parametrize("points", ["mean", "centre"])
    @pytest.mark.parametrize("market", [MARKETS[30], MARKETS[70], MARKETS[130]])
    def test_any_log_normal_distribution_is_a_market(self, market, options, points):
        volatility, maturity, _ = market
        std = volatility * np.sqrt(maturity)
        scale = forward_of(*market) * np.exp(-(std**2) / 2)
        given = TargetDistribution.from_scipy(
            4, lognorm(std, scale=scale), points=points, **options
        )
        ours = grid_of(4, *market, points=points, **options)
        np.testing.assert_allclose(given.probabilities, ours.probabilities, atol=1e-9)
        np.testing.assert_allclose(given.values, ours.values, rtol=1e-6)

    def test_carries_its_market(self):
        market = Market(SPOT, 0.2, 0.03, 1, dividend_yield=0.02)
        target = TargetDistribution.from_market(3, market)
        assert target.market is market
        assert target.of_market(None).market is None
        assert target == target.of_market(None)
        again = TargetDistribution.from_black_scholes(3, SPOT, 0.2, 0.03, 1, dividend_yield=0.02)
        assert again == target
        assert again.market == market

    @pytest.mark.parametrize(
        "distribution", [gamma(3.0), t(5, 2), norm(1, 2), gaussian_kde([1, 4, 9])]
    )
    @pytest.mark.parametrize("grid", ["linear", "quantile"])
    def test_scipy_distributions_have_cells_with_means(self, distribution, grid):
        target = TargetDistribution.from_scipy(5, distribution, grid=grid, points="mean")
        mean = 14 / 3 if isinstance(distribution, gaussian_kde) else distribution.mean()
        assert target.expectation(lambda x: x) == pytest.approx(mean, abs=1e-9)
        assert target.market.discount is None
        low = np.array([target.values[3]])
        value = quad(
            lambda x: x * float(np.squeeze(distribution.pdf(x))), -np.inf, low[0], limit=200
        )[0]
        assert target.market.partial_mean(low)[0] == pytest.approx(value, abs=1e-7)

    def test_the_default_grid_of_positive_and_other_prices(self):
        positive = TargetDistribution.from_scipy(4, gamma(3.0))
        inner = np.log(gamma(3.0).ppf(np.cumsum(positive.probabilities)[:-1]))
        np.testing.assert_allclose(np.diff(inner, 2), 0, atol=1e-9)
        signed = TargetDistribution.from_scipy(4, norm(1, 2))
        inner = norm(1, 2).ppf(np.cumsum(signed.probabilities)[:-1])
        np.testing.assert_allclose(np.diff(inner, 2), 0, atol=1e-9)

    def test_samples_have_cells_with_means(self):
        samples = np.random.default_rng(5).lognormal(0, 0.3, 3000)
        for grid in ("log", "quantile", "linear"):
            target = TargetDistribution.from_samples(4, samples, grid=grid, points="mean")
            assert target.expectation(lambda x: x) == pytest.approx(samples.mean(), rel=1e-12)
        market = TargetDistribution.from_samples(4, samples, rate=0.03, maturity=2).market
        assert market.discount == pytest.approx(np.exp(-0.06))
        for payoff in (Call(1.1), Put(0.9), DigitalCall(samples[7])):
            assert market.expectation(payoff) == pytest.approx(payoff(samples).mean())

    @pytest.mark.parametrize(
        ("make", "error", "message"),
        [
            (lambda: TargetDistribution.from_market(3, 2.0), TypeError, "market must be a market"),
            (
                lambda: TargetDistribution.from_market(3, Market(1, 0.2, 0, 1), maturity=2),
                TypeError,
                "the market has a maturity, 1: leave out maturity=2",
            ),
            (
                lambda: TargetDistribution.from_market([2, 2], Market(1, 0.2, 0, 1)),
                ValueError,
                r"one size per asset, 1, got \[2, 2\]",
            ),
            (
                lambda: TargetDistribution([0.5, 0.5], (0, 1), market="Black-Scholes"),
                TypeError,
                "market must be a market at maturity, such as Market, got 'Black-Scholes'",
            ),
            (
                lambda: TargetDistribution.from_scipy(3, norm(), grid="log"),
                ValueError,
                'grid="log" needs positive prices',
            ),
            (
                lambda: TargetDistribution.from_scipy(3, norm(), (0, 1), grid="quantile"),
                TypeError,
                "bounds are those of equidistant points: leave them out, or grid='quantile'",
            ),
            (
                lambda: TargetDistribution.from_scipy(3, cauchy()),
                ValueError,
                "the prices have no mean",
            ),
            (
                lambda: TargetDistribution.from_scipy(3, poisson(3.0)),
                ValueError,
                "must be continuous",
            ),
            (
                lambda: TargetDistribution.from_scipy(3, norm(), (0, 1), rate=0.03),
                TypeError,
                "rate and maturity go together, got rate=0.03, maturity=None",
            ),
            (
                lambda: grid_of(3, 0.2, 1, 0.03, points="median"),
                ValueError,
                "points must be one of",
            ),
            (
                lambda: grid_of(3, 0.2, 1, 0.03, grid="quantile", tail_mass=0.1),
                ValueError,
                'tail_mass is for "log" and "linear"',
            ),
            (
                lambda: grid_of(3, 0.2, 1, 0.03, num_std=3, points="mean"),
                ValueError,
                """num_std and rule="pdf" are for points="centre", got 'mean'""",
            ),
            (
                lambda: grid_of(3, 0.2, 1, 0.03, rule="pdf", points="median"),
                ValueError,
                "points must be one of",
            ),
            (
                lambda: TargetDistribution.from_scipy(3, norm(), rule="pdf"),
                ValueError,
                'rule="pdf" is for points between bounds',
            ),
            (
                lambda: TargetDistribution.from_scipy(2, poisson(3), (0, 3), rate=0, maturity=1),
                ValueError,
                "rate and maturity are for one price with a continuous distribution function",
            ),
            (
                lambda: TargetDistribution.from_samples([1, 1], np.eye(2), rate=0, maturity=1),
                ValueError,
                "samples of one, got rate=0 and maturity=1",
            ),
            (lambda: SampledPrices([]), ValueError, "at least one sample, got none"),
            (lambda: ScipyPrices(norm(), 0.1, 0), ValueError, "maturity must be positive, got 0"),
        ],
    )
    def test_bad_input(self, make, error, message):
        with pytest.raises(error, match=message):
            make()

    def test_a_distribution_without_a_mean_has_centres(self):
        target = TargetDistribution.from_scipy(3, cauchy(), grid="quantile", points="centre")
        np.testing.assert_allclose(target.values, cauchy.ppf((np.arange(8) + 0.5) / 8), atol=1e-9)
        assert not target.market.has_closed_form(Call(1.0))
        positive = TargetDistribution.from_scipy(3, halfcauchy(), points="centre")
        np.testing.assert_allclose(np.diff(np.log(positive.values), 2), 0, atol=1e-12)
        masses = halfcauchy.cdf(np.sqrt(positive.values[1:] * positive.values[:-1]))
        np.testing.assert_allclose(np.cumsum(positive.probabilities)[:-1], masses, atol=1e-9)

    def test_an_empty_cell_has_no_mean(self):
        samples = np.array([1.0, 1.1, 5.0, 9.0])
        with pytest.raises(
            ValueError, match=r"no price lies between .*, so nothing stands for the cell"
        ):
            TargetDistribution.from_samples(3, samples, grid="log")


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
        for num_qubits in (4, 5, 7, 10):
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
            ({"grid": "square"}, "grid must be one of 'log', 'linear', 'quantile', got 'square'"),
            ({"grid": 3}, "grid must be one of 'log', 'linear', 'quantile', got 3"),
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
        with pytest.raises(ValueError, match="no price lies between 0 and"):
            grid_of(3, 0.2, 1, 0.03, tail_mass=1e-320)

    @pytest.mark.parametrize("volatility", [1e-17, 1e-15])
    def test_a_volatility_that_moves_nothing(self, volatility):
        with pytest.raises(ValueError, match="the spread of Black-Scholes prices is too small"):
            grid_of(3, volatility, 1, 0.03)
