"""The Black-Scholes market: closed forms against integrals, samples against their moments."""

import json
from dataclasses import FrozenInstanceError, asdict

import numpy as np
import pytest
from reference import data
from scipy.stats import norm

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Basket,
    BearSpread,
    BestOf,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    Market,
    PiecewiseLinear,
    Put,
    Spread,
    Straddle,
    delta,
    reference_value,
)

PAYOFFS = [
    Call(1.896),
    Put(2.126),
    DigitalCall(1.9),
    DigitalPut(1.9),
    BullSpread(1.438, 2.584),
    BearSpread(1.438, 2.584),
    Straddle(2.1),
    Butterfly(1.5, 1.8, 2.6),
    PiecewiseLinear([1.0, 2.0, 2.5], [0.5, -1, 3, -0.2], [-2, 4, 7, 1]),
    Call(1.9) - 2 * Put(2.0) + DigitalCall(2.2),
    delta(BullSpread(1.438, 2.584), 2.0),
]
MARKETS = [
    Market(2.0, 0.4, 0.05, 40 / 365),
    Market(2.0, 1.2, -0.3, 2.0),
    Market(1.3, 0.05, 0.2, 1.0),
    Market(2.5, 0.3, 0.0, 0.01),
]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)
CORRELATION = np.array([[1.0, 0.6, -0.2], [0.6, 1.0, 0.1], [-0.2, 0.1, 1.0]])
SIZE = 200_000


def integral(market, payoff):
    """Gauss-Legendre between the kinks, in standard deviations of the logarithm."""
    mean, std = market.log_mean[0], np.sqrt(market.log_covariance[0, 0])
    kinks = (np.log(payoff.breakpoints) - mean) / std
    ends = np.unique(np.clip([*np.linspace(-14, 14, 29), *kinks], -14, 14))
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    z = (middle[:, None] + half[:, None] * NODES).ravel()
    masses = norm.pdf(z) * (half[:, None] * WEIGHTS).ravel()
    return payoff(np.exp(mean + std * z)) @ masses


@pytest.fixture
def market(reference_market):
    return Market(**reference_market)


class TestExpectation:
    @pytest.mark.parametrize("market", MARKETS, ids=str)
    @pytest.mark.parametrize("payoff", PAYOFFS, ids=lambda payoff: payoff.name)
    def test_is_the_integral(self, market, payoff):
        assert market.expectation(payoff) == pytest.approx(integral(market, payoff), abs=1e-9)

    def test_of_the_reference_call(self, market):
        undiscounted = market.expectation(Call(data.CALL_STRIKE))
        assert undiscounted == pytest.approx(data.CALL_BLACK_SCHOLES, abs=5e-7)
        discounted = market.discount * undiscounted
        assert discounted == pytest.approx(data.CALL_BLACK_SCHOLES_DISCOUNTED, abs=5e-7)

    def test_by_the_textbook(self, market):
        std = 0.4 * np.sqrt(40 / 365)
        d1 = np.log(2.0 / 1.896) / std + 0.05 * (40 / 365) / std + std / 2
        call = 2.0 * norm.cdf(d1) - 1.896 * np.exp(-0.05 * 40 / 365) * norm.cdf(d1 - std)
        assert market.discount * market.expectation(Call(1.896)) == pytest.approx(call, abs=1e-14)
        assert market.expectation(DigitalCall(1.896)) == pytest.approx(norm.cdf(d1 - std))

    @pytest.mark.parametrize("market", MARKETS, ids=str)
    @pytest.mark.parametrize("strike", [0.1, 1.9, 2.0, 7.0])
    def test_put_call_parity(self, market, strike):
        call, put = (market.discount * market.expectation(kind(strike)) for kind in (Call, Put))
        expected = market.spot - strike * market.discount
        assert call - put == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize("market", MARKETS, ids=str)
    def test_is_linear(self, market):
        assert market.expectation(Call(1.5) - 2 * Put(2.5)) == pytest.approx(
            market.expectation(Call(1.5)) - 2 * market.expectation(Put(2.5)), abs=1e-12
        )
        both = DigitalCall(2.0) + DigitalPut(2.0)
        assert market.expectation(both) == pytest.approx(1, abs=1e-14)

    def test_reciprocity_of_puts_and_calls(self):
        # A call on one currency is a put on the other: without rates, C(S, K) = P(K, S).
        call = Market(2.0, 0.5, 0.0, 0.7).expectation(Call(1.7))
        put = Market(1.7, 0.5, 0.0, 0.7).expectation(Put(2.0))
        assert call == pytest.approx(put, abs=1e-14)

    @pytest.mark.parametrize("payoff", PAYOFFS, ids=lambda payoff: payoff.name)
    def test_without_volatility_it_is_the_payoff_of_the_forward(self, payoff):
        still = Market(2.03, 1e-9, 0.05, 1.0)
        forward = 2.03 * np.exp(0.05)
        assert still.expectation(payoff) == pytest.approx(payoff([forward])[0], abs=1e-8)

    def test_at_a_tiny_strike_a_call_is_the_forward(self, market):
        forward = 2.0 * np.exp(0.05 * 40 / 365)
        assert market.expectation(Call(1e-300)) == pytest.approx(forward, abs=1e-14)
        assert market.expectation(Put(1e-300)) == 0
        assert market.expectation(DigitalCall(1e-300)) == 1

    def test_at_a_huge_strike_a_call_is_nothing(self, market):
        assert market.expectation(Call(1e300)) == 0
        assert 0 < market.expectation(Call(6.0)) < 1e-14

    def test_negative_rates_lower_the_forward_and_raise_the_discount(self):
        market = Market(2.0, 0.4, -0.1, 1.0)
        assert market.discount == pytest.approx(np.exp(0.1))
        assert market.expectation(Call(1e-12)) == pytest.approx(2 * np.exp(-0.1))

    def test_is_a_plain_float(self, market):
        assert type(market.expectation(Call(2))) is float
        assert type(market.discount) is float

    @pytest.mark.parametrize(
        "payoff", [BestOf(Call(2)), FunctionPayoff(np.sqrt), Call(2) + FunctionPayoff(np.sqrt), 2.0]
    )
    def test_refuses_what_is_not_piecewise_linear(self, market, payoff):
        with pytest.raises(TypeError, match="closed form needs a piecewise linear payoff, got"):
            market.expectation(payoff)
        assert not market.has_closed_form(payoff)

    @pytest.mark.parametrize("strike", [0.0, -1.5])
    def test_of_strikes_that_no_price_reaches(self, market, strike):
        forward = market.expectation(Call(1e-12)) + 1e-12
        assert market.expectation(Call(strike)) == pytest.approx(forward - strike, rel=1e-12)
        assert market.expectation(Put(strike)) == 0
        assert market.expectation(DigitalCall(strike)) == 1

    def test_refuses_several_assets(self):
        pair = Market([2.0, 2.0], 0.4, 0.05, 1.0)
        with pytest.raises(ValueError, match="closed form needs one asset, got 2"):
            pair.expectation(Call(2))
        assert not pair.has_closed_form(Call(2))

    def test_says_where_it_has_a_closed_form(self, market):
        assert all(market.has_closed_form(payoff) for payoff in PAYOFFS)


class TestMoments:
    def test_of_one_asset(self, market):
        assert market.num_assets == 1
        assert market.log_mean == pytest.approx([data.MU], abs=1e-12)
        assert market.log_covariance == pytest.approx(np.array([[data.SIGMA**2]]), abs=1e-12)

    def test_of_several_assets(self):
        market = Market([1.0, 2.0, 3.0], [0.2, 0.3, 0.5], 0.1, 0.5, CORRELATION)
        assert market.num_assets == 3
        expected = [np.log(s) + (0.1 - v**2 / 2) / 2 for s, v in [(1, 0.2), (2, 0.3), (3, 0.5)]]
        assert market.log_mean == pytest.approx(expected)
        assert market.log_covariance[0, 1] == pytest.approx(0.6 * 0.2 * 0.3 * 0.5)
        assert market.log_covariance[1, 2] == pytest.approx(0.1 * 0.3 * 0.5 * 0.5)
        assert np.diag(market.log_covariance) == pytest.approx([0.02, 0.045, 0.125])

    def test_one_volatility_serves_all_assets(self):
        assert np.array_equal(
            Market([1.0, 2.0], 0.3, 0.1, 0.5).log_covariance,
            Market([1.0, 2.0], [0.3, 0.3], 0.1, 0.5, np.eye(2)).log_covariance,
        )

    @pytest.mark.parametrize("spot", [(2.0,), [2.0], np.array([2.0])])
    def test_one_asset_may_be_a_sequence(self, market, spot):
        same = Market(spot, [0.4], 0.05, 40 / 365, [[1.0]])
        assert same.num_assets == 1
        assert same.expectation(Call(1.9)) == market.expectation(Call(1.9))
        assert same.sample(3, seed=1).shape == (3,)
        assert same.sample(3, num_steps=2, seed=1).shape == (3, 2)


class TestSample:
    @staticmethod
    def assert_moments(logs, mean, covariance):
        size = len(logs)
        variances = np.diag(covariance)
        assert np.all(np.abs(logs.mean(axis=0) - mean) < 4.5 * np.sqrt(variances / size))
        # The variance of a sample covariance of normal variables.
        spread = np.sqrt((np.outer(variances, variances) + covariance**2) / size)
        assert np.all(np.abs(np.cov(logs.T) - covariance) < 4.5 * spread)

    @pytest.mark.parametrize("market", MARKETS, ids=str)
    def test_of_one_asset(self, market):
        prices = market.sample(SIZE, seed=11)
        assert prices.shape == (SIZE,)
        self.assert_moments(np.log(prices)[:, None], market.log_mean, market.log_covariance)

    def test_of_several_assets(self):
        market = Market([1.0, 2.0, 3.0], [0.2, 0.3, 0.5], 0.1, 0.5, CORRELATION)
        prices = market.sample(SIZE, seed=12)
        assert prices.shape == (SIZE, 3)
        mean = np.log([1, 2, 3]) + (0.1 - np.array([0.2, 0.3, 0.5]) ** 2 / 2) / 2
        covariance = np.outer([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]) * CORRELATION / 2
        self.assert_moments(np.log(prices), mean, covariance)

    def test_of_a_path(self):
        paths = Market(2.0, 0.4, 0.05, 1.5).sample(SIZE, num_steps=3, seed=13)
        assert paths.shape == (SIZE, 3)
        times = np.array([0.5, 1.0, 1.5])
        mean = np.log(2) + (0.05 - 0.08) * times
        # Brownian motion: the covariance is the time until the earlier of the two.
        self.assert_moments(np.log(paths), mean, 0.16 * np.minimum.outer(times, times))

    def test_of_a_path_of_one_step(self):
        market = Market(2.0, 0.4, 0.05, 1.5)
        paths = market.sample(SIZE, num_steps=1, seed=14)
        assert paths.shape == (SIZE, 1)
        self.assert_moments(np.log(paths), market.log_mean, market.log_covariance)

    @pytest.mark.parametrize("num_steps", [None, 4])
    def test_the_seed_decides(self, market, num_steps):
        draws = market.sample(5, num_steps=num_steps, seed=1)
        np.testing.assert_array_equal(draws, market.sample(5, num_steps=num_steps, seed=1))
        assert not np.array_equal(draws, market.sample(5, num_steps=num_steps, seed=2))
        unseeded = [market.sample(5, num_steps=num_steps) for _ in range(2)]
        assert not np.array_equal(*unseeded)

    def test_shapes(self, market):
        pair = Market([1.0, 2.0], 0.3, 0.1, 0.5)
        assert market.sample(1).shape == (1,)
        assert market.sample(1, num_steps=2).shape == (1, 2)
        assert pair.sample(1).shape == (1, 2)

    def test_refuses_paths_of_several_assets(self):
        with pytest.raises(ValueError, match="paths are drawn of one asset, got 2"):
            Market([1.0, 2.0], 0.3, 0.1, 0.5).sample(10, num_steps=3)


class TestReferenceValue:
    def test_is_the_closed_form_where_there_is_one(self, market):
        reference = reference_value(Call(1.9), market, seed=1)
        assert reference.value == market.expectation(Call(1.9))
        assert reference.standard_error == 0
        assert reference.method == "Black-Scholes"

    @pytest.mark.parametrize(
        ("payoff", "seed"), [(Call(1.9), 1), (Butterfly(1.5, 2.0, 2.5), 2), (DigitalPut(1.9), 3)]
    )
    def test_simulation_agrees_with_the_closed_form(self, market, payoff, seed):
        simulated = reference_value(FunctionPayoff(payoff), market, seed=seed)
        error = abs(simulated.value - market.expectation(payoff))
        assert simulated.method == "Monte Carlo, 2,097,152 samples"
        assert 0 < simulated.standard_error < 1e-4
        assert error < 4 * simulated.standard_error

    @pytest.mark.parametrize(
        "payoff", [Call(1.9), Straddle(2.1), DigitalPut(1.8)], ids=lambda payoff: payoff.name
    )
    def test_the_standard_error_is_calibrated(self, market, payoff):
        # Low discrepancy makes errors smaller than their share of a sample, but no larger ones.
        exact, hidden = market.expectation(payoff), FunctionPayoff(payoff)
        found = [reference_value(hidden, market, standard_error=1, seed=k) for k in range(40)]
        assert {one.method for one in found} == {"Monte Carlo, 65,536 samples"}
        off = np.array([(one.value - exact) / one.standard_error for one in found])
        assert 0.005 < np.mean(off**2) < 2
        assert np.abs(off).max() < 4

    @pytest.mark.parametrize("wanted", [1e-5, 3e-6, 1e-6])
    def test_samples_are_doubled_until_the_error_is_small_enough(self, market, wanted):
        found = reference_value(FunctionPayoff(Call(1.9)), market, standard_error=wanted, seed=1)
        fewer = reference_value(FunctionPayoff(Call(1.9)), market, standard_error=1, seed=1)
        assert found.standard_error <= wanted < fewer.standard_error
        samples = int(found.method.split()[2].replace(",", ""))
        assert 2**16 < samples <= 2**21

    def test_low_discrepancy_beats_as_many_pseudo_random_samples(self, market):
        found = reference_value(FunctionPayoff(Call(1.9)), market, standard_error=1, seed=1)
        draws = Call(1.9)(market.sample(2**16, seed=1))
        assert found.standard_error < draws.std() / 2**8 / 10

    def test_the_old_order_of_arguments_warns(self, market):
        payoff = FunctionPayoff(Call(1.9))
        with pytest.warns(DeprecationWarning, match="give the payoff first"):
            old = reference_value(market, payoff, standard_error=1, seed=1)
        assert old == reference_value(payoff, market, standard_error=1, seed=1)

    def test_of_two_assets_is_margrabe(self):
        # The option to exchange one asset for another (Margrabe 1978).
        market = Market([2.0, 1.9], [0.3, 0.4], 0.05, 0.5, [[1, 0.4], [0.4, 1]])
        std = np.sqrt((0.09 + 0.16 - 2 * 0.4 * 0.12) * 0.5)
        d1 = np.log(2.0 / 1.9) / std + std / 2
        exact = (2.0 * norm.cdf(d1) - 1.9 * norm.cdf(d1 - std)) / market.discount
        reference = reference_value(Spread(Call(0)), market, seed=4)
        assert reference.value == pytest.approx(exact, abs=4 * reference.standard_error)

    def test_of_a_basket_without_option(self):
        market = Market([2.0, 3.0], [0.3, 0.4], 0.05, 0.5)
        reference = reference_value(Basket((1, -2), Call(-1e6)), market, seed=5)
        forwards = (2.0 - 6.0) / market.discount
        assert reference.value == pytest.approx(
            1e6 + forwards, abs=4 * reference.standard_error, rel=0
        )

    def test_of_a_path(self, market):
        # The mean of the prices, and a knock-out and knock-in that make the option together.
        options = {"num_steps": 4, "seed": 6, "standard_error": 1e-3}
        mean = reference_value(Asian(Call(1e-9)), market, **options)
        times = np.arange(1, 5) / 4 * (40 / 365)
        exact = 2.0 * np.exp(0.05 * times).mean()
        assert mean.value == pytest.approx(exact, abs=4 * mean.standard_error, rel=0)
        whole, out, into = (
            reference_value(payoff, market, **options)
            for payoff in (
                Barrier(Call(1.9), 1e6),
                Barrier(Call(1.9), 2.3, "up-and-out"),
                Barrier(Call(1.9), 2.3, "up-and-in"),
            )
        )
        assert 0 < out.value < whole.value
        assert out.value + into.value == pytest.approx(whole.value, abs=1e-12)
        plain = market.expectation(Call(1.9))
        assert whole.value == pytest.approx(plain, abs=4 * whole.standard_error, rel=0)

    def test_the_seed_decides(self, market):
        values = [
            reference_value(Asian(Call(2)), market, num_steps=2, standard_error=1, seed=seed)
            for seed in (1, 1, 2)
        ]
        assert values[0] == values[1] != values[2]

    def test_refuses_payoffs_of_another_dimension(self, market):
        with pytest.raises(ValueError, match="takes several prices per point, got"):
            reference_value(BestOf(Call(2)), market)
        with pytest.raises(ValueError, match=r"takes 1 price\(s\) per point, got"):
            reference_value(Call(2), market, num_steps=3)
        with pytest.raises(ValueError, match="paths are drawn of one asset, got 2"):
            reference_value(Asian(Call(2)), Market([1.0, 2.0], 0.3, 0.1, 0.5), num_steps=3)


class TestMarket:
    def test_numbers_are_plain_floats(self):
        market = Market(
            np.array([2, 3]), (np.float32(0.5), 1), np.int64(0), np.float64(1), np.eye(2)
        )
        assert json.loads(json.dumps(asdict(market))) == {
            "spot": [2.0, 3.0],
            "volatility": [0.5, 1.0],
            "rate": 0.0,
            "maturity": 1.0,
            "correlation": [[1.0, 0.0], [0.0, 1.0]],
            "dividend_yield": 0.0,
        }
        single = asdict(Market(2, np.array(0.4), 0, 1))
        assert json.dumps(single)
        assert [type(single[name]) for name in ("spot", "volatility", "rate", "maturity")] == [
            float
        ] * 4

    def test_can_be_made_again_of_its_dictionary(self):
        market = Market([2, 3], [0.4, 0.3], 0.05, 1, [[1, 0.5], [0.5, 1]])
        again = Market(**json.loads(json.dumps(asdict(market))))
        assert again == market
        assert hash(again) == hash(market)

    def test_cannot_be_changed(self, market):
        with pytest.raises(FrozenInstanceError):
            market.spot = 3.0

    @pytest.mark.parametrize("name", ["spot", "volatility", "maturity"])
    @pytest.mark.parametrize("value", [0, -1.5])
    def test_must_be_positive(self, reference_market, name, value):
        with pytest.raises(ValueError, match=f"{name} must be positive, got {value}"):
            Market(**{**reference_market, name: value})

    @pytest.mark.parametrize("name", ["spot", "volatility", "rate", "maturity"])
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_must_be_finite(self, reference_market, name, value):
        with pytest.raises(ValueError, match=f"{name} must be finite, got {value}"):
            Market(**{**reference_market, name: value})

    @pytest.mark.parametrize("name", ["spot", "volatility", "rate", "maturity"])
    @pytest.mark.parametrize("value", [None, "2.0", "two", 1j, {2.0}])
    def test_must_be_a_number(self, reference_market, name, value):
        with pytest.raises(TypeError, match=f"{name} must be a real number, got {value!r}"):
            Market(**{**reference_market, name: value})

    @pytest.mark.parametrize("name", ["rate", "maturity"])
    def test_is_the_same_for_all_assets(self, reference_market, name):
        with pytest.raises(TypeError, match=rf"{name} must be a real number, got \[0\.1, 0\.2\]"):
            Market(**{**reference_market, "spot": [2.0, 2.0], name: [0.1, 0.2]})

    @pytest.mark.parametrize("name", ["spot", "volatility"])
    @pytest.mark.parametrize(
        ("entry", "error", "message"),
        [
            (0, ValueError, "must be positive, got 0"),
            (-2.0, ValueError, r"must be positive, got -2\.0"),
            (np.nan, ValueError, "must be finite, got nan"),
            (None, TypeError, "must be a real number, got None"),
            ("2", TypeError, "must be a real number, got '2'"),
        ],
    )
    def test_each_entry_is_checked(self, name, entry, error, message):
        arguments = {"spot": [2.0, 2.0], "volatility": [0.4, 0.4], "rate": 0.05, "maturity": 1.0}
        with pytest.raises(error, match=f"{name} {message}"):
            Market(**{**arguments, name: [1.0, entry]})

    @pytest.mark.parametrize("name", ["spot", "volatility"])
    def test_must_not_be_empty(self, reference_market, name):
        with pytest.raises(ValueError, match=f"{name} must name at least one asset, got none"):
            Market(**{**reference_market, name: []})

    @pytest.mark.parametrize(
        ("spot", "volatility", "got"),
        [
            (2.0, [0.4, 0.4], "2 for 1"),
            ([2.0, 2.0], [0.4], "1 for 2"),
            ([2.0, 2.0], [0.4] * 3, "3 for 2"),
        ],
    )
    def test_one_volatility_or_one_per_asset(self, spot, volatility, got):
        with pytest.raises(ValueError, match=f"one number or one per asset, got {got}"):
            Market(spot, volatility, 0.05, 1.0)

    @pytest.mark.parametrize(
        ("correlation", "message"),
        [
            ([[1, 0.5], [0.4, 1]], r"symmetric and positive definite .* got \[\[1\.0, 0\.5\]"),
            ([[1, 1.5], [1.5, 1]], r"positive definite with ones .* \[\[1\.0, 1\.5\]"),
            ([[1, -1], [-1, 1]], r"positive definite with ones .* \[\[1\.0, -1\.0\]"),
            ([[2, 0], [0, 2]], r"ones on the diagonal, got \[\[2\.0, 0\.0\]"),
            ([[1, np.nan], [np.nan, 1]], "correlation must be finite, got nan"),
            (np.eye(3), r"correlation must have shape \(2, 2\), got \(3, 3\)"),
            (0.5, r"correlation must have shape \(2, 2\), got \(\)"),
            ([1, 0.5], r"correlation must have shape \(2, 2\), got \(2,\)"),
        ],
    )
    def test_bad_correlation(self, correlation, message):
        with pytest.raises(ValueError, match=message):
            Market([2.0, 2.0], 0.4, 0.05, 1.0, correlation)

    def test_correlation_must_be_numbers(self):
        with pytest.raises(
            TypeError, match="correlation must be an array of real numbers, got 'x'"
        ):
            Market([2.0, 2.0], 0.4, 0.05, 1.0, "x")

    @pytest.mark.parametrize(("rate", "maturity"), [(1000, 1), (0.5, 2000)])
    def test_refuses_prices_that_overflow(self, rate, maturity):
        with pytest.raises(ValueError, match="too large or too small"):
            Market(2.0, 0.4, rate, maturity)


class TestTargetOfTheMarket:
    @pytest.mark.parametrize("rule", ["pdf", "cell"])
    def test_of_several_assets_is_the_lognormal_target(self, rule):
        market = Market([2.0, 3.0], [0.4, 0.2], 0.05, 0.5, [[1, 0.6], [0.6, 1]])
        target = TargetDistribution.from_black_scholes(
            [2, 3],
            [2.0, 3.0],
            [0.4, 0.2],
            0.05,
            0.5,
            num_std=3,
            rule=rule,
            correlation=[[1, 0.6], [0.6, 1]],
        )
        forwards = np.array([2.0, 3.0]) * np.exp(0.025)
        reach = 3 * forwards * np.sqrt(np.expm1(np.array([0.08, 0.02])))
        bounds = np.stack([np.maximum(forwards - reach, 0), forwards + reach], axis=1)
        assert target.register_sizes == (2, 3)
        np.testing.assert_allclose(target.bounds, bounds, rtol=1e-12)
        expected = TargetDistribution.lognormal(
            [2, 3], market.log_mean, market.log_covariance, bounds, rule=rule
        )
        np.testing.assert_allclose(target.probabilities, expected.probabilities, rtol=0, atol=1e-12)

    @pytest.mark.parametrize("grid", [{}, {"num_std": 4}])
    def test_correlation_couples_the_assets(self, grid):
        def covariance(correlation):
            target = TargetDistribution.from_black_scholes(
                [5, 5],
                2.0,
                0.3,
                0.05,
                0.5,
                correlation=[[1, correlation], [correlation, 1]],
                **grid,
            )
            centred = target.values - target.probabilities.ravel() @ target.values
            return target.probabilities.ravel() @ centred.prod(axis=1)

        forward = 2.0 * np.exp(0.025)
        for correlation in (-0.5, 0.0, 0.7):
            exact = forward**2 * np.expm1(correlation * 0.09 * 0.5)
            assert covariance(correlation) == pytest.approx(exact, abs=2e-3)

    @pytest.mark.parametrize("grid", [{}, {"num_std": 4}, {"grid": "linear"}])
    def test_assets_are_independent_and_alike_by_default(self, grid):
        pair = TargetDistribution.from_black_scholes([3, 3], 2.0, 0.4, 0.05, 0.5, **grid)
        single = TargetDistribution.from_black_scholes(3, 2.0, 0.4, 0.05, 0.5, **grid)
        for axis in pair.axes:
            np.testing.assert_array_equal(axis, single.values)
        product = np.outer(single.probabilities, single.probabilities)
        np.testing.assert_allclose(pair.probabilities, product, rtol=0, atol=1e-12)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"spot": [2.0] * 3}, ValueError, r"spot must have shape \(2,\), got \(3,\)"),
            ({"volatility": [0.4]}, ValueError, r"volatility must have shape \(2,\), got \(1,\)"),
            ({"spot": [2.0, -1.0]}, ValueError, r"spot must be positive, got -1\.0"),
            ({"volatility": [0.4, 0.0]}, ValueError, r"volatility must be positive, got 0\.0"),
            ({"spot": None}, TypeError, "spot must be a real number, got None"),
            ({"rate": np.nan}, ValueError, "rate must be finite, got nan"),
            ({"maturity": 0}, ValueError, "maturity must be positive, got 0"),
            ({"correlation": np.eye(3)}, ValueError, r"correlation must have shape \(2, 2\)"),
            ({"correlation": [[1, 2], [2, 1]]}, ValueError, "positive definite with ones"),
            ({"correlation": [[1, 0.5], [0, 1]]}, ValueError, "positive definite with ones"),
            ({"rate": 1e4}, ValueError, "too large or too small for floating-point numbers"),
            ({"align": 2.0}, ValueError, "align needs a grid of one asset, got 2"),
        ],
    )
    def test_bad_input(self, reference_market, arguments, error, message):
        with pytest.raises(error, match=message):
            TargetDistribution.from_black_scholes([2, 2], **{**reference_market, **arguments})


class TestAlign:
    @pytest.mark.parametrize("num_qubits", [1, 2, 3, 5])
    @pytest.mark.parametrize("strike", [1.35, 1.896, 2.0, 2.126, 2.6])
    def test_digital_options_have_no_grid_error(self, market, reference_market, num_qubits, strike):
        target = TargetDistribution.from_black_scholes(
            num_qubits, **reference_market, num_std=4, align=strike
        )
        for payoff in (DigitalCall(strike), DigitalPut(strike)):
            value = payoff(target.values) @ target.probabilities
            assert value == pytest.approx(market.expectation(payoff), abs=1e-12)

    @pytest.mark.parametrize("strike", [1.0, 1.35, 1.896, 2.126, 3.0])
    @pytest.mark.parametrize("rule", ["cell", "pdf"])
    def test_puts_the_strike_on_an_edge_of_a_cell(self, reference_market, strike, rule):
        plain, aligned = (
            TargetDistribution.from_black_scholes(
                4, **reference_market, num_std=4, rule=rule, **extra
            )
            for extra in ({}, {"align": strike})
        )
        edges = (aligned.values[1:] + aligned.values[:-1]) / 2
        assert np.abs(edges - strike).min() < 1e-12
        cell = np.diff(plain.values)[0]
        np.testing.assert_allclose(np.diff(aligned.values), cell, rtol=1e-12)
        assert abs(aligned.bounds[0] - plain.bounds[0]) <= cell / 2 + 1e-12

    def test_leaves_a_strike_that_is_on_an_edge(self, reference_market):
        plain = TargetDistribution.from_black_scholes(3, **reference_market, num_std=4)
        edge = (plain.values[2] + plain.values[3]) / 2
        aligned = TargetDistribution.from_black_scholes(
            3, **reference_market, num_std=4, align=edge
        )
        np.testing.assert_allclose(aligned.values, plain.values, rtol=0, atol=1e-13)

    @pytest.mark.parametrize("strike", [0.9, 1.4, 3.0])
    def test_a_grid_from_zero_stays_above_zero(self, strike):
        wide = Market(1.0, 1.5, 0.0, 1.0)
        target = TargetDistribution.from_black_scholes(
            4, 1.0, 1.5, 0.0, 1.0, num_std=4, align=strike
        )
        assert target.bounds[0] >= 0
        value = DigitalCall(strike)(target.values) @ target.probabilities
        assert value == pytest.approx(wide.expectation(DigitalCall(strike)), abs=1e-12)

    @pytest.mark.parametrize(
        ("align", "error", "message"),
        [
            (0.5, ValueError, r"align must lie inside the grid \(.*\), got 0\.5"),
            (9.0, ValueError, r"align must lie inside the grid \(.*\), got 9"),
            (-1.9, ValueError, r"align must be positive, got -1\.9"),
            (np.nan, ValueError, "align must be finite, got nan"),
            ("strike", TypeError, "align must be a real number, got 'strike'"),
            ([1.9], TypeError, r"align must be a real number, got \[1\.9\]"),
        ],
    )
    def test_bad_input(self, reference_market, align, error, message):
        with pytest.raises(error, match=message):
            TargetDistribution.from_black_scholes(3, **reference_market, num_std=4, align=align)


class TestCornerCases:
    def test_no_grid_is_moved_below_zero_nor_past_the_price(self):
        with pytest.raises(ValueError, match=r"align must be at least half a cell above 0.* 0\.2"):
            TargetDistribution.from_black_scholes(3, 1.0, 1.5, 0.0, 1.0, num_std=4, align=0.2)
        target = TargetDistribution.from_black_scholes(3, 1.0, 1.5, 0.0, 1.0, num_std=4, align=1.4)
        value = DigitalCall(1.4)(target.values) @ target.probabilities
        exact = Market(1.0, 1.5, 0.0, 1.0).expectation(DigitalCall(1.4))
        assert target.bounds[0] >= 0
        assert value == pytest.approx(exact, abs=1e-12)

    def test_a_correlation_has_ones_on_its_diagonal(self):
        with pytest.raises(ValueError, match="ones on the diagonal"):
            TargetDistribution.from_black_scholes(
                (2, 2), 2.0, 0.4, 0.05, 1, correlation=[[4, 0], [0, 4]]
            )

    @pytest.mark.parametrize(("size", "steps"), [(0, None), (2, 0), (2, -1)])
    def test_samples_and_steps_are_counted_from_one(self, size, steps):
        with pytest.raises(ValueError, match="must be at least 1"):
            Market(2.0, 0.4, 0.05, 1.0).sample(size, num_steps=steps)

    def test_a_nested_spot_is_no_number(self):
        with pytest.raises(TypeError, match=r"spot must be a real number, got \[1, 2\]"):
            Market([1.0, [1, 2]], 0.4, 0.05, 1.0)

    @pytest.mark.parametrize(("volatility", "rate"), [(1e200, 0.05), (1e-200, 0.0), (0.4, -1000.0)])
    def test_numbers_out_of_floating_point_are_refused(self, volatility, rate):
        with pytest.raises(ValueError, match="too large or too small"):
            Market(2.0, volatility, rate, 1.0)
