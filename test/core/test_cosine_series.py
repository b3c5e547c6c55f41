"""The COS method: how precise it is, how fast, and when it refuses."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from qiskit_ssqw.finance import Bachelier, Call, Heston, Market, PriceModel, VarianceGamma
from qiskit_ssqw.markets.cos import CosineDistribution
from qiskit_ssqw.markets.cosine_series import CosineSeries
from qiskit_ssqw.markets.roots import rising_roots
from qiskit_ssqw.markets.tails import reach, scale_of


@dataclass(frozen=True)
class BlackScholes(PriceModel):
    """By the characteristic function, to be compared with the closed forms."""

    spot: float
    rate: float
    volatility: float

    def characteristic_function(self, u, maturity):
        variance = self.volatility**2 * maturity
        mean = np.log(self.forward(maturity))
        return np.exp(1j * u * mean - variance / 2 * (u * u + 1j * u))


@dataclass(frozen=True)
class Kou(PriceModel):
    """Double exponential jumps: moments end where the formula does not."""

    spot: float
    rate: float
    volatility: float
    intensity: float
    up: float  # probability of a jump up
    rate_up: float
    rate_down: float

    def characteristic_function(self, u, maturity):
        mean, variance = np.log(self.forward(maturity)), self.volatility**2
        jumps = self.jumps(u) - 1j * u * self.jumps(-1j)
        return np.exp(1j * u * mean - maturity * (variance / 2 * (u * u + 1j * u) - jumps))

    def jumps(self, u):
        up = self.up * self.rate_up / (self.rate_up - 1j * u)
        down = (1 - self.up) * self.rate_down / (self.rate_down + 1j * u)
        return self.intensity * (up + down - 1)


MATURITIES = [1 / 365, 0.1, 1.0, 10.0]


class TestPrecision:
    @pytest.mark.parametrize("maturity", MATURITIES)
    @pytest.mark.parametrize("volatility", [0.05, 0.2, 1.0])
    def test_black_scholes(self, volatility, maturity):
        market = Market(100, volatility, 0.03, maturity)
        prices = BlackScholes(100, 0.03, volatility).at(maturity)
        normals = np.linspace(-7, 7, 201)
        points = market.price_at(normals)
        assert prices.error < 1e-11
        np.testing.assert_allclose(prices.cdf(points), market.cdf(points), atol=2e-13)
        means = prices.partial_mean(points) - market.partial_mean(points)
        np.testing.assert_allclose(means / prices.forward, 0, atol=2e-13)
        density = prices.pdf(points) * points * volatility * np.sqrt(maturity)
        np.testing.assert_allclose(density, stats.norm.pdf(normals), atol=1e-10)
        for strike in (90.0, 100.0, 120.0):
            expected = market.expectation(Call(strike))
            assert prices.expectation(Call(strike)) == pytest.approx(expected, abs=1e-10)

    @pytest.mark.parametrize("maturity", MATURITIES)
    def test_prices_of_any_sign(self, maturity):
        model = Bachelier(-3.0, 0.03, 15.0)
        exact, prices = model.at(maturity), PriceModel.at(model, maturity)
        points = exact.price_at(exact.quantile(np.linspace(1e-9, 1 - 1e-9, 101)))
        np.testing.assert_allclose(prices.cdf(points), exact.cdf(points), atol=1e-13)
        np.testing.assert_allclose(
            prices.partial_mean(points), exact.partial_mean(points), atol=1e-12 * exact.std
        )
        densities = stats.norm.pdf(points, exact.forward, exact.std)
        np.testing.assert_allclose(prices.pdf(points), densities, atol=1e-10 / exact.std)
        places = prices.quantile([0.1, 0.9])
        np.testing.assert_allclose(places, exact.quantile([0.1, 0.9]), atol=1e-10 * exact.std)

    @pytest.mark.parametrize("maturity", MATURITIES)
    @pytest.mark.parametrize("rate_up", [1.5, 3.0, 50.0])
    def test_heavy_tails_end_where_the_bound_says(self, rate_up, maturity):
        model = Kou(100, 0.03, 0.2, 1.0, 0.4, rate_up, 5.0)
        prices = model.at(maturity)
        wide = CosineSeries.of(
            lambda u: (
                model.characteristic_function(u - 1j, maturity)
                / model.characteristic_function(np.array([-1j]), maturity)
            ),
            *(-300.0, 300.0),
        )
        points = np.log(100) + np.linspace(-3, 10, 50)
        shares = prices.partial_mean(np.exp(points)) / prices.forward
        np.testing.assert_allclose(shares, wide.cdf(points), atol=1e-11)

    def test_many_quantiles_are_fast_and_exact(self):
        prices = Heston(100, 0.03, 0.04, 1.5, 0.04, 0.5, -0.7).at(1.0)
        calls, series = [], prices._series[0]
        wanted = np.arange(1, 4096) / 4096

        class Counted(CosineSeries):
            def cdf(self, places):
                calls.append(len(places))
                return super().cdf(places)

        counted = Counted(series.low, series.high, series.terms, series.error)
        places = counted.inverse_cdf(wanted)
        np.testing.assert_allclose(series.cdf(places), wanted, atol=1e-14)
        assert sum(calls) < 20 * len(wanted)
        shares = prices.partial_mean(prices.price_at(prices.share_quantile(wanted)))
        np.testing.assert_allclose(shares / prices.forward, wanted, atol=1e-13)

    def test_probabilities_never_fall(self):
        prices = Heston(100, 0.03, 0.04, 1.5, 0.04, 0.5, -0.7).at(1.0)
        points = np.linspace(1e-3, 1e3, 20_001)
        for found in (prices.cdf(points), prices.partial_mean(points) / prices.forward):
            assert np.all(np.diff(found) >= 0)
            assert found.min() >= 0
            assert found.max() <= 1

    def test_samples_have_the_distribution(self):
        prices = Heston(100, 0.03, 0.04, 1.5, 0.04, 0.5, -0.7).at(1.0)
        samples = prices.sample(20_000, seed=1)
        assert stats.kstest(samples, prices.cdf).pvalue > 0.01
        assert samples.mean() == pytest.approx(prices.forward, rel=0.01)


class TestWhatIsRefused:
    def test_a_characteristic_function_that_decays_too_slowly(self):
        model = VarianceGamma(100, 0.03, 0.12, -0.14, 0.2)
        with pytest.raises(
            ValueError, match=r"variance gamma prices after 0\.1 years has an error"
        ):
            CosineDistribution(model, 0.1)

    def test_another_mean(self):
        class Uncompensated(BlackScholes):
            def characteristic_function(self, u, maturity):
                return np.exp(1j * u * np.log(self.forward(maturity)) - 0.02 * u * u)

        with pytest.raises(
            ValueError, match=r"Uncompensated prices at -i, .* must be 1, got 1\.02"
        ):
            Uncompensated(100, 0.03, 0.2).at(1.0)

    def test_no_characteristic_function(self):
        class Doubled(BlackScholes):
            def characteristic_function(self, u, maturity):
                return 2 * super().characteristic_function(u, maturity)

        with pytest.raises(ValueError, match="Doubled prices at 0 must be 1, got 2"):
            Doubled(100, 0.03, 0.2).at(1.0)

    def test_another_mean_of_prices_of_any_sign(self):
        class Shifted(Bachelier):
            def characteristic_function(self, u, maturity):
                return np.exp(2j * u) * super().characteristic_function(u, maturity)

        with pytest.raises(ValueError, match=r"Shifted prices .* must be the forward, got 2 more"):
            PriceModel.at(Shifted(100, 0.03, 15.0), 1.0)

    def test_no_moment_beyond_the_mean(self):
        with pytest.raises(ValueError, match="Kou prices have no moment beyond their mean"):
            Kou(100, 0.03, 0.2, 1.0, 0.4, 1.0001, 5.0).at(1.0)

    def test_a_price_that_is_sure(self):
        class Sure(BlackScholes):
            def characteristic_function(self, u, maturity):
                return np.exp(1j * u * np.log(self.forward(maturity)))

        with pytest.raises(ValueError, match=r"must fall from 1 .* no density"):
            Sure(100, 0.03, 0.2).at(1.0)


class TestTails:
    @pytest.mark.parametrize("std", [1e-4, 1.0, 50.0])
    def test_a_normal_distribution(self, std):
        assert scale_of(lambda u: np.exp(-((std * u) ** 2) / 2)) == pytest.approx(std)
        bound = reach(lambda p: np.exp((std * p) ** 2 / 2 + 0j), std, 1e-12)
        assert bound == pytest.approx(std * np.sqrt(2 * np.log(1e12)), rel=1e-3)

    def test_moments_that_do_not_exist_are_not_used(self):
        # The formula goes on beyond 3 with negative, complex, then falling numbers.
        for moments in (
            lambda p: 1 / (1 - p / 3 + 0j),
            lambda p: (1 - p / 3 + 0j) ** -0.5,
            lambda p: (1 - p / 3 + 0j) ** -2,
        ):
            bound = reach(moments, 1 / 3, 1e-12)
            assert np.log(1e12) / 3 <= bound < 1.2 * np.log(1e12) / 3 + 1

    def test_roots_of_many_functions(self, rng):
        wanted = rng.normal(size=50)
        steep = 10 ** rng.uniform(-3, 6, size=50)

        def rising(places, which):
            return np.arctan(steep[which] * (places - wanted[which]))

        found = rising_roots(rising, np.full(50, -10.0), np.full(50, 10.0), 1e-14)
        np.testing.assert_allclose(found, wanted, atol=2e-14)

    def test_a_root_at_a_jump(self):
        found = rising_roots(
            lambda x, _: np.where(x < 0.3, -1.0, 1.0), *np.array([[0.0], [1.0]]), 1e-9
        )
        assert found[0] == pytest.approx(0.3, abs=1e-9)
