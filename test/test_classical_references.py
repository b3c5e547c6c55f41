"""Prices without any grid: closed forms against QuantLib, simulation and each other."""

import numpy as np
import pytest

from qiskit_ssqw.finance import (
    Asian,
    Bachelier,
    Basket,
    Breaches,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    GeometricBasket,
    Last,
    Market,
    OptionPricing,
    PathModel,
    Put,
    Spread,
    Straddle,
    gamma,
    reference_value,
)
from qiskit_ssqw.finance.reference import _MOST_AT_ONCE

MARKETS = [
    Market(2.0, 0.4, 0.05, 40 / 365),
    Market(100.0, 0.2, -0.01, 2.0, dividend_yield=0.03),
    Market(0.7, 1.1, 0.1, 0.5, dividend_yield=0.02),
]
NORMAL = [
    Bachelier(1.0, 0.03, 0.5).at(0.7),
    Bachelier(-0.2, 0.02, 0.9, dividend_yield=0.02).at(3.0),
]
CORRELATED = [
    Market([2.0, 1.9], [0.3, 0.4], 0.05, 0.5),
    Market([2.0, 1.9], [0.3, 0.4], 0.05, 0.5, [[1, -0.8], [-0.8, 1]], dividend_yield=[0.1, 0]),
    Market([2, 1.9, 3], 0.3, 0.05, 2.0, [[1, 0.4, -0.2], [0.4, 1, 0.1], [-0.2, 0.1, 1]]),
]
SAMPLES = 100_000
named = {"ids": lambda value: getattr(value, "name", None)}


def agrees_with_simulation(payoff, market, num_steps=None):
    """Whether the closed form is within four standard errors of pseudo-random samples."""
    found = reference_value(payoff, market, num_steps=num_steps)
    assert found.standard_error == 0
    assert found.method == market.label
    assert found.value == payoff.closed_form(market, num_steps)
    payments = payoff(market.sample(SAMPLES, num_steps=num_steps, seed=2))
    error = 4 * payments.std() / np.sqrt(SAMPLES)
    return found.value == pytest.approx(payments.mean(), abs=error, rel=0)


class TestPaths:
    @pytest.mark.parametrize("num_steps", [2, 3, 12, 52])
    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    def test_geometric_means_agree_with_quantlib(self, market, num_steps):
        ql = pytest.importorskip("QuantLib")
        for strike in market.spot * np.array([0.8, 1.0, 1.25]):
            for kind, payoff in ((ql.Option.Call, Call(strike)), (ql.Option.Put, Put(strike))):
                expected = quantlib_geometric(ql, market, num_steps, kind, strike)
                found = Asian(payoff, mean="geometric").closed_form(market, num_steps)
                assert market.discount * found == pytest.approx(expected, rel=2e-9, abs=1e-13)

    @pytest.mark.parametrize("num_steps", [2, 12])
    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize(
        "make",
        [
            lambda spot: Asian(DigitalPut(spot), mean="geometric"),
            lambda spot: Last(Call(spot)) - 2 * Asian(Straddle(spot), mean="geometric") + 3,
            lambda spot: Asian(2 * Call(spot) + 1, mean="geometric"),
        ],
    )
    def test_log_normal(self, market, num_steps, make):
        assert agrees_with_simulation(make(market.spot), market, num_steps)

    @pytest.mark.parametrize("num_steps", [2, 12])
    @pytest.mark.parametrize("market", NORMAL, ids=repr)
    @pytest.mark.parametrize(
        "payoff", [Asian(Call(0.5)), Asian(DigitalCall(0.2)) / 2 + Last(Put(0.1))], **named
    )
    def test_normal(self, market, num_steps, payoff):
        assert agrees_with_simulation(payoff, market, num_steps)

    @pytest.mark.parametrize("market", NORMAL, ids=repr)
    def test_weights_along_a_normal_path(self, market):
        assert agrees_with_simulation(Basket((-1, 0.5, 2), Call(0.3)), market, 3)

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    def test_weights_along_a_log_normal_path(self, market):
        """A performance from one time to another is one over the time between."""
        performance = GeometricBasket((-1, 0, 1), Call(1.0)).closed_form(market, 3)
        between = Market(
            1.0,
            market.volatility,
            market.rate,
            market.maturity * 2 / 3,
            dividend_yield=market.dividend_yield,
        )
        assert performance == pytest.approx(between.expectation(Call(1.0)), rel=1e-12)

    @pytest.mark.parametrize("market", [*MARKETS, *NORMAL], ids=repr)
    def test_the_last_price_is_that_at_maturity(self, market):
        for num_steps in (2, 252):
            value = reference_value(Last(Call(0.6)), market, num_steps=num_steps).value
            assert value == market.expectation(Call(0.6))

    def test_a_geometric_mean_falls_to_the_continuous_one(self):
        """Of many times the variance is a third, the drift a half (Kemna and Vorst 1990)."""
        market = MARKETS[0]
        variance = market.log_covariance[0, 0]
        mean = np.log(market.spot) + (market.log_mean[0] - np.log(market.spot)) / 2
        payoff = Asian(Call(1e-9), mean="geometric")
        found = payoff.closed_form(market, 100_000) + 1e-9
        assert found == pytest.approx(np.exp(mean + variance / 6), rel=1e-6)

    @pytest.mark.parametrize(
        ("payoff", "market"),
        [
            (Asian(Call(2.0)), MARKETS[0]),
            (Asian(Call(2.0), mean="geometric"), NORMAL[0]),
            (Asian(FunctionPayoff(np.sqrt), mean="geometric"), MARKETS[0]),
            (Basket((1, 1, 1), Call(6.0)), MARKETS[0]),
            (Asian(Call(2.0), mean="geometric"), CORRELATED[0]),
            (GeometricBasket((1, 1), Call(2.0)), MARKETS[0]),
            (GeometricBasket((0, 0, 0), Call(0.5)), MARKETS[0]),
            (GeometricBasket((900, 0, 0), Call(0.5)), MARKETS[2]),
            (Basket((0, 0, 0), Call(-0.5)), NORMAL[0]),
            (Last(Call(2.0)) + Asian(Call(2.0)), MARKETS[0]),
            (Asian(gamma(Call(2.0), MARKETS[0]), mean="geometric"), MARKETS[0]),
        ],
    )
    def test_without_a_closed_form(self, payoff, market):
        assert payoff.closed_form(market, 3) is None

    def test_a_greek_of_the_last_price_has_one(self):
        weight = gamma(Call(2.0), MARKETS[0])
        assert Last(weight).closed_form(MARKETS[0], 3) == weight.closed_form(MARKETS[0])

    def test_normal_paths_have_their_covariance(self):
        market = NORMAL[0]
        paths = market.sample(SAMPLES, num_steps=4, seed=5)
        times = market.maturity * np.arange(1, 5) / 4
        np.testing.assert_allclose(paths.mean(axis=0), np.exp(0.03 * times), atol=6e-3)
        covariance = 0.25 * np.minimum.outer(times, times)
        np.testing.assert_allclose(np.cov(paths.T), covariance, atol=6e-3)
        assert market.sample(3, seed=5).shape == (3,)

    def test_normal_simulation_agrees_with_the_closed_form(self):
        hidden = Asian(FunctionPayoff(Call(0.9)))
        found = reference_value(hidden, NORMAL[0], num_steps=3, standard_error=1e-4, seed=1)
        exact = Asian(Call(0.9)).closed_form(NORMAL[0], 3)
        assert 0 < found.standard_error <= 1e-4
        assert abs(found.value - exact) < 5 * found.standard_error

    @pytest.mark.parametrize(
        ("num_steps", "error", "message"),
        [(0, ValueError, "at least 1, got 0"), (2.5, TypeError, "must be an integer")],
    )
    def test_bad_numbers_of_steps(self, num_steps, error, message):
        for payoff, market in ((Last(Call(2.0)), MARKETS[0]), (Asian(Call(1.0)), NORMAL[0])):
            with pytest.raises(error, match=f"num_steps {message}|num_steps must be {message}"):
                reference_value(payoff, market, num_steps=num_steps)

    @pytest.mark.deep
    def test_long_paths_are_drawn_in_parts(self, monkeypatch):
        drawn = []
        whole = Market.prices_of
        monkeypatch.setattr(
            Market, "prices_of", lambda *given: drawn.append(given[1].shape) or whole(*given)
        )
        payoff = Asian(Call(2.0))
        found = reference_value(payoff, MARKETS[0], num_steps=1000, standard_error=1, seed=1)
        assert found.method == "Monte Carlo, 65,536 samples"
        assert max(rows * columns for rows, columns in drawn) <= _MOST_AT_ONCE
        assert sum(rows for rows, _ in drawn) == 2**16

    def test_parts_are_the_same_samples(self, monkeypatch):
        arguments = Asian(Call(2.0)), MARKETS[0]
        options = {"num_steps": 3, "standard_error": 1, "seed": 1}
        together = reference_value(*arguments, **options)
        monkeypatch.setattr("qiskit_ssqw.finance.reference._MOST_AT_ONCE", 5000)
        assert reference_value(*arguments, **options).value == pytest.approx(
            together.value, rel=1e-13
        )


def quantlib_geometric(ql, market, num_steps, kind, strike):
    """Price of an option on the geometric mean, at times that need not be whole days."""
    ql.Settings.instance().evaluationDate = today = ql.Date(1, 1, 2024)
    # In a longer time, of which the steps are whole days, rates and variances are smaller.
    days, clock = 7800, ql.Actual365Fixed()
    scale = market.maturity * 365 / days

    def flat(rate):
        return ql.YieldTermStructureHandle(ql.FlatForward(today, rate * scale, clock))

    volatility = market.volatility * np.sqrt(scale)
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(market.spot)),
        flat(market.dividend_yield),
        flat(market.rate),
        ql.BlackVolTermStructureHandle(
            ql.BlackConstantVol(today, ql.NullCalendar(), volatility, clock)
        ),
    )
    dates = [today + round(days * step / num_steps) for step in range(1, num_steps + 1)]
    option = ql.DiscreteAveragingAsianOption(
        ql.Average.Geometric,
        1.0,
        0,
        dates,
        ql.PlainVanillaPayoff(kind, strike),
        ql.EuropeanExercise(dates[-1]),
    )
    option.setPricingEngine(ql.AnalyticDiscreteGeometricAveragePriceAsianEngine(process))
    return option.NPV()


class TestAssets:
    @pytest.mark.parametrize("market", CORRELATED, ids=repr)
    @pytest.mark.parametrize("weights", [(0.5, 0.5, 1), (1, -1, 0.5), (0, 2, 0)])
    def test_geometric_baskets(self, market, weights):
        weights = weights[: market.num_assets]
        level = float(np.prod(market.forwards ** np.array(weights)))
        for payoff in (Call(level), 2 * Put(0.9 * level) + 1, DigitalCall(1.1 * level)):
            assert agrees_with_simulation(GeometricBasket(weights, payoff), market)

    @pytest.mark.parametrize("market", CORRELATED, ids=repr)
    def test_one_asset_of_a_basket_is_that_asset(self, market):
        weights = np.eye(market.num_assets)[1]
        expected = market.marginals[1].expectation(Call(1.8))
        found = GeometricBasket(weights, Call(1.8)).closed_form(market)
        assert found == pytest.approx(expected, rel=1e-12)

    def test_a_ratio_is_margrabe(self):
        """The option to exchange is one on the ratio of the prices, in units of the second."""
        market = CORRELATED[1]
        ratio = GeometricBasket((1, -1), Call(1.0))
        shifted = Market(
            market.forwards * np.exp(market.log_covariance[:, 1]),
            market.volatility,
            0.0,
            market.maturity,
            market.correlation,
        )
        expected = market.forwards[1] * ratio.closed_form(shifted)
        found = reference_value(Spread(Call(0)), market, seed=3)
        assert found.value == pytest.approx(expected, abs=4 * found.standard_error)

    @pytest.mark.parametrize("market", CORRELATED, ids=repr)
    @pytest.mark.parametrize("kind", ["above", "below"])
    def test_breaches(self, market, kind):
        levels = tuple(0.95 * market.forwards)
        for payoff in (Call(0), DigitalCall(2), FunctionPayoff(np.square)):
            for level in (2.0, levels):
                assert agrees_with_simulation(Breaches(payoff, level, kind), market)

    def test_the_mean_number_of_breaches_is_the_sum_of_their_probabilities(self):
        market = CORRELATED[2]
        expected = sum(asset.expectation(DigitalCall(2.1)) for asset in market.marginals)
        found = Breaches(Call(0), 2.1, "above").closed_form(market)
        assert found == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize(
        ("payoff", "market"),
        [
            (Basket((1, 1), Call(4.0)), CORRELATED[0]),
            (GeometricBasket((1, 1, 1), Call(4.0)), CORRELATED[0]),
            (Breaches(Call(0), 2.0), Market([2.0] * 5, 0.3, 0.05, 0.5)),
            (Breaches(Call(0), (2.0, 1.0)), CORRELATED[2]),
            (Breaches(Call(0), 2.0), MARKETS[0]),
        ],
    )
    def test_without_a_closed_form(self, payoff, market):
        assert payoff.closed_form(market) is None


class TestGridError:
    @pytest.mark.parametrize(
        "payoff",
        [
            Asian(Call(2.0), mean="geometric"),
            Last(Put(2.0)) + 1,
            Last(gamma(Call(2.0), MARKETS[0])),
        ],
        **named,
    )
    def test_of_a_path_is_known(self, payoff):
        model = PathModel(2, 3, 2.0, 0.4, 0.05, 40 / 365, seed=1)
        application = OptionPricing(payoff, model)
        exact = reference_value(payoff, model.market, num_steps=3)
        assert exact.standard_error == 0
        assert application.bias_bound.grid == abs(application.exact_value - exact.value)
