"""Prices given by SciPy or by samples: what they know without a grid, in and out of the money."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import (
    beta,
    betaprime,
    burr,
    cauchy,
    f,
    fisk,
    gaussian_kde,
    kappa4,
    lognorm,
    norm,
    pareto,
    poisson,
    rv_histogram,
    t,
)

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.finance import CIR, Bachelier, Call, Market, Merton, Put
from qiskit_ssqw.markets.given import SampledPrices, ScipyPrices


class KeepsNearlyAll:
    """A distribution function that rounding leaves below 1."""

    def cdf(self, prices):
        return (1 - 1e-13) * lognorm(0.2).cdf(prices)

    def mean(self):
        return lognorm(0.2).mean()


def call_of_student(degrees, strike):
    law = t(degrees)
    shares = law.pdf(strike) * (degrees + strike**2) / (degrees - 1)
    return shares - strike * law.sf(strike)


def call_of_histogram(counts, edges, strike):
    inside = np.maximum(edges, strike)
    areas = ((inside[1:] - strike) ** 2 - (inside[:-1] - strike) ** 2) / 2
    return counts / counts.sum() / np.diff(edges) @ areas


@pytest.mark.parametrize(
    "prices",
    [
        Market(1.0, 0.2, 0.0, 1.0),
        Bachelier(1.0, 0.0, 0.2).at(1.0),
        Merton(1.0, 0.0, 0.2, 0.1, -0.1, 0.1).at(1.0),
        CIR(0.03, 0.5, 0.05, 0.1).at(1.0),
        ScipyPrices(lognorm(0.2)),
        ScipyPrices(gaussian_kde([1.0, 2.0])),
        SampledPrices([1.0, 2.0]),
    ],
    ids=lambda prices: prices.label,
)
@pytest.mark.parametrize("probability", [0, 1, -0.1, 1.1, np.nan])
@pytest.mark.parametrize("which", ["quantile", "upper_quantile", "share_quantile"])
def test_quantiles_are_of_probabilities_strictly_between_0_and_1(prices, probability, which):
    with pytest.raises(ValueError, match=r"strictly between 0 and 1, got .*[01n]"):
        getattr(prices, which)([0.5, probability])


class TestScipyPrices:
    @pytest.mark.parametrize("std", [0.02, 0.2, 1.0, 2.0])
    def test_log_normal_options_are_those_of_black_scholes(self, std):
        market = Market(1.0, std, 0.0, 1.0)
        prices = ScipyPrices(lognorm(std, scale=np.exp(-(std**2) / 2)))
        for strike in (1e-3, 0.5, 1.0, 2.0, 10.0, 1e3, 1e5):
            for payoff in (Call(strike), Put(strike)):
                exact = market.expectation(payoff)
                assert prices.expectation(payoff) == pytest.approx(exact, rel=1e-12, abs=1e-11)

    @pytest.mark.parametrize("degrees", [1.2, 1.5, 2.5, 4, 30])
    def test_both_tails_may_be_heavy(self, degrees):
        prices = ScipyPrices(t(degrees, loc=1, scale=0.3))
        for score in (-100, -10, -1, 0, 1, 10, 100):
            exact = 0.3 * call_of_student(degrees, score)
            found = prices.expectation(Call(1 + 0.3 * score))
            assert found == pytest.approx(exact, rel=1e-9, abs=1e-12)

    @pytest.mark.parametrize("power", [1.1, 1.5, 3.0])
    def test_one_tail_may_be_heavy(self, power):
        prices = ScipyPrices(pareto(power))
        for strike in (1.5, 10.0, 1e4):
            exact = strike ** (1 - power) / (power - 1)
            assert prices.expectation(Call(strike)) == pytest.approx(exact, rel=1e-8, abs=1e-11)

    @pytest.mark.parametrize("law", [fisk(1.1), burr(1.2, 2), betaprime(2, 1.1), f(4, 2.2)])
    def test_a_heavy_tail_may_be_known_by_its_other_side_only(self, law):
        prices = ScipyPrices(law)
        for strike in law.ppf([0.5, 0.9, 0.999]):
            exact = law.mean() - quad(law.sf, 0, strike, epsabs=0, limit=500)[0]
            assert prices.expectation(Call(strike)) == pytest.approx(exact, rel=1e-6)

    def test_quantiles_far_out_may_be_infinite(self):
        law = kappa4(0.1, 0)
        assert np.isinf(law.isf(1e-16))
        exact = quad(law.sf, 1, 50, epsabs=0)[0]
        assert ScipyPrices(law).expectation(Call(1)) == pytest.approx(exact, rel=1e-9)

    @pytest.mark.parametrize("powers", [(1e-3, 1e-3), (0.05, 0.05), (2, 1e-3)])
    def test_nearly_all_may_be_at_the_ends(self, powers):
        law, tilted = beta(*powers), beta(powers[0] + 1, powers[1])
        for strike in (0.1, 0.5, 0.9):
            exact = law.mean() * tilted.sf(strike) - strike * law.sf(strike)
            assert ScipyPrices(law).expectation(Call(strike)) == pytest.approx(exact, rel=1e-9)

    def test_there_may_be_an_atom_at_the_lowest_price(self):
        class Defaulted:
            def cdf(self, prices):
                return np.where(prices < 0, 0.0, 0.3 + 0.7 * lognorm(0.2).cdf(prices))

        for strike in (0.5, 1.0, 2.0):
            exact = 0.7 * ScipyPrices(lognorm(0.2)).expectation(Call(strike))
            found = ScipyPrices(Defaulted()).expectation(Call(strike))
            assert found == pytest.approx(exact, rel=1e-9, abs=1e-11)

    @pytest.mark.parametrize("bins", [3, 30, 100])
    def test_densities_that_jump(self, rng, bins):
        counts, edges = np.histogram(rng.lognormal(4.6, 0.2, 1000), bins)
        prices = ScipyPrices(rv_histogram((counts, edges)))
        for strike in np.linspace(edges[0] + 1, edges[-1] - 1, 5):
            exact = call_of_histogram(counts, edges, strike)
            assert prices.expectation(Call(strike)) == pytest.approx(exact, abs=1e-10)

    def test_a_distribution_function_that_misses_1_has_quantiles(self):
        prices = ScipyPrices(KeepsNearlyAll())
        edge = prices.price_at(prices.quantile([0.5, 1 - 1e-15]))
        np.testing.assert_allclose(edge[0], 1, atol=1e-12)
        assert np.isfinite(edge[1])
        assert prices.sample(2, seed=1).shape == (2,)


class OnlyFunction:
    """A distribution of which nothing but the function is known."""

    def __init__(self, law):
        self.cdf = law.cdf


class TestMeans:
    @pytest.mark.parametrize("law", [lognorm(0.4), norm(-2, 0.5), norm(0.3, 1), pareto(3)])
    def test_of_the_function_alone(self, law):
        assert ScipyPrices(OnlyFunction(law)).forward == pytest.approx(law.mean(), abs=1e-7)

    def test_of_kernels(self, rng):
        points, weights = rng.normal(2, 0.3, 20), rng.uniform(size=20)
        kernels = gaussian_kde(points, weights=weights)
        expected = points @ weights / weights.sum()
        assert ScipyPrices(kernels).forward == pytest.approx(expected)

    @pytest.mark.parametrize("law", [cauchy(), pareto(0.9)])
    def test_that_do_not_exist(self, law):
        prices = ScipyPrices(law)
        with pytest.raises(ValueError, match="the prices have no mean, got"):
            _ = prices.forward
        with pytest.raises(ValueError, match="the prices have no mean, got"):
            prices.sample(3, seed=1)
        assert not prices.has_closed_form(Call(1.0))


@pytest.mark.parametrize("prices", [ScipyPrices(lognorm(0.2)), SampledPrices([1.0, 2.0])])
def test_what_is_printed(prices):
    known = type(prices)(prices.source, rate=0.03, maturity=0.5)
    assert prices.discount is None
    assert known.discount == pytest.approx(np.exp(-0.015))
    assert prices.label in str(prices)
    assert "maturity" not in str(prices)
    assert "0.03" in str(known)
    assert "0.5" in str(known)


def test_discrete_distributions_are_refused():
    with pytest.raises(ValueError, match="must be continuous, got"):
        ScipyPrices(poisson(3))


class TestSampledPrices:
    def test_any_payoff_is_averaged(self, rng):
        samples = rng.lognormal(size=50)
        prices = SampledPrices(samples)
        assert prices.expectation(np.sqrt) == pytest.approx(np.sqrt(samples).mean())
        with pytest.raises(TypeError, match="payoff must be a function of prices, got 3"):
            prices.expectation(3)

    SAMPLES = np.repeat([90.0, 95.0, 100.0, 105.0, 110.0, 120.0], [10, 20, 30, 20, 10, 10])

    @pytest.mark.parametrize("strike", [95.0, 100.0, 105.0, 110.0])
    @pytest.mark.parametrize(
        "options",
        [
            {"grid": "log", "points": "centre"},
            {"grid": "linear", "points": "mean"},
            {"grid": "linear", "tail_mass": 0.02},
            {"grid": "quantile", "points": "centre"},
        ],
    )
    def test_those_on_an_edge_count_above_it(self, strike, options):
        samples = np.append(self.SAMPLES, np.linspace(80.5, 130.5, 51))
        target = TargetDistribution.from_samples(2, samples, align=strike, **options)
        reached = target.probabilities[target.values >= strike * (1 - 1e-12)].sum()
        assert reached == pytest.approx(np.mean(samples >= strike))

    def test_infinite_prices(self):
        market = TargetDistribution.from_samples(2, self.SAMPLES, grid="log").market
        assert market.cdf(np.array([-np.inf, 0.0, np.inf])).tolist() == [0, 0, 1]
