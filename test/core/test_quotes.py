"""Distributions that option quotes imply, against the ones that the quotes were made from."""

import copy
import pickle
from itertools import product

import numpy as np
import pytest
from scipy.stats import norm

from qiskit_ssqw import TargetDistribution, fit
from qiskit_ssqw.finance import Call, DigitalCall, Market, Put, QuotedPrices, from_option_quotes
from qiskit_ssqw.markets import black
from qiskit_ssqw.markets.density_fit import _Family, _Problem
from qiskit_ssqw.markets.plausibility import MarketWarning
from qiskit_ssqw.markets.smooth_density import SmoothDensity

STRIKES = np.array([80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 120.0])
SMILE = np.array([0.26, 0.23, 0.215, 0.2, 0.19, 0.185, 0.18])
CALLS = np.array([20.5, 12.2, 8.8, 6.0, 3.9, 2.4, 0.8])
MARKETS = [
    Market(100.0, volatility, rate, maturity)
    for volatility, (rate, maturity) in product(
        (0.05, 0.2, 0.8), ((0.0, 0.02), (0.05, 0.25), (-0.02, 2.0))
    )
]


def strikes_of(market, number=9, reach=2.0):
    return market.forward * np.exp(market.log_std[0] * np.linspace(-reach, reach, number))


def present_values(market, strikes, kind=Call):
    return np.array([market.discount * market.expectation(kind(strike)) for strike in strikes])


def total_variation(prices, exact_cdf, num_qubits=6):
    """On the grid of the first, against the exact probabilities of its cells."""
    target = TargetDistribution.from_market(num_qubits, prices)
    inner = np.linspace(prices.quantile(1e-3), prices.quantile(1 - 1e-3), 2**num_qubits - 1)
    edges = np.exp(inner)
    one, other = (
        np.diff(np.concatenate([[0], cdf(edges), [1]])) for cdf in (prices.cdf, exact_cdf)
    )
    assert target.expectation(float) == pytest.approx(prices.forward, rel=1e-9)
    return np.abs(one - other).sum() / 2


def check_distribution(prices):
    """What holds for every distribution without arbitrage."""
    marks = prices.forward * np.exp(prices.density.scale * np.linspace(-12, 12, 401))
    upto, share = prices.cdf(marks), prices.partial_mean(marks)
    assert (np.diff(upto) >= -1e-15).all()
    assert (np.diff(share) >= -1e-12 * prices.forward).all()
    ends = np.array([-np.inf, -1.0, 0.0, np.inf])
    np.testing.assert_allclose(prices.cdf(ends), [0, 0, 0, 1], rtol=0, atol=1e-13)
    expected = [0, 0, 0, prices.forward]
    np.testing.assert_allclose(prices.partial_mean(ends), expected, rtol=1e-12, atol=0)
    assert (prices.pdf(marks) >= 0).all()
    calls = np.array([prices.expectation(Call(mark)) for mark in marks])
    slopes = np.diff(calls) / np.diff(marks)
    assert (np.diff(slopes) >= -1e-9).all()
    assert slopes.min() >= -1 - 1e-9
    assert slopes.max() <= 1e-9
    # Each cell's mean lies in the cell, and the integral of the distribution function is the rest.
    assert (np.diff(share) <= marks[1:] * np.diff(upto) + 1e-12 * prices.forward).all()
    assert (np.diff(share) >= marks[:-1] * np.diff(upto) - 1e-12 * prices.forward).all()


@pytest.fixture(scope="module")
def smile():
    return from_option_quotes(
        STRIKES, volatilities=SMILE, forward=102.0, maturity=0.25, rate=0.03, tolerance=3e-4
    )


class TestBlackScholes:
    @pytest.mark.parametrize("market", MARKETS, ids=str)
    @pytest.mark.parametrize("kind", ["calls", "puts", "volatilities"])
    def test_gives_its_own_distribution_back(self, market, kind):
        strikes = strikes_of(market)
        quotes = {
            "calls": lambda: present_values(market, strikes),
            "puts": lambda: present_values(market, strikes, Put),
            "volatilities": lambda: np.full(len(strikes), market.volatility),
        }[kind]()
        prices = from_option_quotes(
            strikes,
            forward=market.forward,
            maturity=market.maturity,
            rate=market.rate,
            **{kind: quotes},
        )
        assert prices.forward == market.forward
        assert total_variation(prices, market.cdf) < 1e-6
        assert prices.volatility == pytest.approx(market.volatility, rel=1e-6)
        np.testing.assert_allclose(
            prices.call(strikes), present_values(market, strikes), atol=1e-6 * market.forward
        )

    @pytest.mark.parametrize("market", MARKETS[1:8:3], ids=str)
    def test_three_quotes_off_the_money_will_do(self, market):
        strikes = market.forward * np.exp(market.log_std[0] * np.array([0.5, 1.0, 1.5]))
        prices = from_option_quotes(
            strikes,
            calls=present_values(market, strikes),
            forward=market.forward,
            maturity=market.maturity,
            rate=market.rate,
        )
        assert total_variation(prices, market.cdf) < 2e-3

    @pytest.mark.parametrize("volatility", [0.15, 0.4])
    def test_rounded_to_cents(self, volatility):
        market = Market(100.0, volatility, 0.03, 0.25)
        strikes = strikes_of(market, 15)
        prices = from_option_quotes(
            strikes,
            calls=np.round(present_values(market, strikes), 2),
            forward=market.forward,
            maturity=market.maturity,
            rate=market.rate,
            tolerance=0.005,
        )
        check_distribution(prices)
        assert np.abs(prices.errors).max() <= 0.005
        assert total_variation(prices, market.cdf) < 2e-3

    @pytest.mark.parametrize("seed", range(2))
    def test_noise_that_admits_arbitrage_is_smoothed_and_told(self, seed):
        market, noise = Market(100.0, 0.2, 0.0, 0.25), 0.03
        strikes = np.arange(85.0, 116.0, 1.0)
        shifts = noise * np.random.default_rng(seed).uniform(-1, 1, len(strikes))
        prices = from_option_quotes(
            strikes,
            calls=present_values(market, strikes) + shifts,
            forward=100.0,
            maturity=0.25,
            tolerance=1.05 * noise,
        )
        check_distribution(prices)
        assert np.abs(prices.errors).max() <= 1.05 * noise
        assert 0 < prices.arbitrage < 4 * 1.05 * noise
        assert "arbitrage in the quotes" in str(prices)
        assert total_variation(prices, market.cdf) < 4e-3


def two_lognormal(weight=0.5, low=92.0, std=0.04):
    """Quotes before earnings: a jump up or down, of mean 100."""
    high = (100 - weight * low) / (1 - weight)

    def call(strikes):
        each = [
            mean * (black.option_value(strikes / mean, std) + np.maximum(1 - strikes / mean, 0))
            for mean in (low, high)
        ]
        return weight * each[0] + (1 - weight) * each[1]

    def cdf(prices):
        each = [norm.cdf(np.log(prices / mean) / std + std / 2) for mean in (low, high)]
        return weight * each[0] + (1 - weight) * each[1]

    return call, cdf


class TestTwoHeaps:
    @pytest.mark.parametrize(
        ("weight", "low"), [(0.5, 92.0), pytest.param(0.3, 90.0, marks=pytest.mark.deep)]
    )
    def test_are_both_found(self, weight, low):
        call, cdf = two_lognormal(weight, low)
        strikes = np.arange(80.0, 121.0, 2.5)
        prices = from_option_quotes(
            strikes, calls=call(strikes), forward=100.0, maturity=0.02, tolerance=1e-3
        )
        check_distribution(prices)
        assert total_variation(prices, cdf) < 6e-3
        density = prices.pdf(np.linspace(80, 120, 401))
        peaks = (density[1:-1] > density[:-2]) & (density[1:-1] > density[2:])
        assert peaks.sum() == 2


class TestHeston:
    @pytest.mark.parametrize(
        ("maturity", "allowed"), [(0.25, 2e-3), pytest.param(1.0, 2e-3, marks=pytest.mark.deep)]
    )
    def test_against_quantlib(self, maturity, allowed):
        exact = heston_calls(maturity)
        std = 0.2 * np.sqrt(maturity)
        strikes = 100 * np.exp(std * np.linspace(-3, 2, 21))
        prices = from_option_quotes(
            strikes, calls=exact(strikes), forward=100.0, maturity=maturity, tolerance=1e-3
        )
        check_distribution(prices)
        assert total_variation(prices, lambda x: 1 + slope(exact, x), 5) < allowed
        between = np.sqrt(strikes[1:] * strikes[:-1])
        np.testing.assert_allclose(prices.call(between), exact(between), rtol=0, atol=1.5e-3)


def slope(function, points):
    step = 1e-4 * points
    return (function(points + step) - function(points - step)) / (2 * step)


def heston_calls(maturity):
    ql = pytest.importorskip("QuantLib")
    today = ql.Date(2, 1, 2025)
    ql.Settings.instance().evaluationDate = today
    curve = ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, ql.Actual365Fixed()))
    spot = ql.QuoteHandle(ql.SimpleQuote(100.0))
    process = ql.HestonProcess(curve, curve, spot, 0.04, 2.0, 0.06, 0.6, -0.7)
    engine = ql.AnalyticHestonEngine(ql.HestonModel(process), 1e-12, 10_000)

    def call(strikes):
        found = []
        for strike in np.ravel(strikes):
            payoff = ql.PlainVanillaPayoff(ql.Option.Call, float(strike))
            exercise = ql.EuropeanExercise(today + ql.Period(round(365 * maturity), ql.Days))
            option = ql.VanillaOption(payoff, exercise)
            option.setPricingEngine(engine)
            found.append(option.NPV())
        return np.array(found)

    return call


class TestSmile:
    def test_is_a_distribution(self, smile):
        check_distribution(smile)

    def test_quotes_come_back(self, smile):
        values = [smile.discount * smile.expectation(Call(strike)) for strike in STRIKES]
        np.testing.assert_allclose(values, smile.call(STRIKES), rtol=0, atol=1e-10)
        np.testing.assert_allclose(
            smile.call(STRIKES) - smile.quotes.calls, smile.errors, atol=1e-10
        )
        np.testing.assert_allclose(smile.implied_volatility(STRIKES), SMILE, rtol=0, atol=3.1e-4)
        np.testing.assert_allclose(
            smile.implied_volatility(STRIKES) - SMILE, smile.volatility_errors, rtol=0, atol=1e-6
        )

    @pytest.mark.parametrize("strike", [60.0, 95.0, 102.0, 140.0])
    def test_put_call_parity(self, smile, strike):
        call, put = smile.expectation(Call(strike)), smile.expectation(Put(strike))
        assert call - put == pytest.approx(102.0 - strike, abs=1e-11)

    def test_a_digital_is_the_slope_of_calls(self, smile):
        for strike in (85.0, 100.0, 118.0):
            fall = slope(smile.call, np.array([strike]))[0] / smile.discount
            assert smile.expectation(DigitalCall(strike)) == pytest.approx(-fall, abs=1e-6)

    def test_the_density_is_the_slope_of_the_distribution_function(self, smile):
        points = np.array([50.0, 80.0, 101.0, 130.0])
        found = smile.pdf(points)
        np.testing.assert_allclose(found, slope(smile.cdf, points), rtol=1e-5)
        assert smile.pdf([-1.0, 0.0, np.inf]).tolist() == [0, 0, 0]

    def test_partial_means_are_those_of_samples(self, smile):
        samples = smile.sample(200_000, seed=1)
        for edge in (85.0, 100.0, 120.0):
            noise = 5 * samples.std() / np.sqrt(len(samples)) + 5 * edge / np.sqrt(len(samples)) / 2
            assert (samples * (samples <= edge)).mean() == pytest.approx(
                float(smile.partial_mean(edge)), abs=noise
            )

    def test_puts_tell_the_same_as_calls(self, smile):
        options = {"forward": 102.0, "maturity": 0.25, "rate": 0.03, "tolerance": 1e-2}
        puts = smile.quotes.calls - smile.discount * (102.0 - STRIKES)
        one = from_option_quotes(STRIKES, calls=smile.quotes.calls, **options)
        other = from_option_quotes(STRIKES, puts=puts, **options)
        np.testing.assert_allclose(one.cdf(STRIKES), other.cdf(STRIKES), rtol=0, atol=1e-9)

    def test_a_smaller_tolerance_is_kept(self):
        options = {"volatilities": SMILE, "forward": 102.0, "maturity": 0.25}
        for tolerance in (2e-3, np.where(STRIKES < 100, 1e-3, 1e-4)):
            prices = from_option_quotes(STRIKES, **options, tolerance=tolerance)
            assert (np.abs(prices.volatility_errors) <= 1.001 * np.asarray(tolerance)).all()

    def test_units_of_price_do_not_matter(self, smile):
        found = from_option_quotes(
            1e-3 * STRIKES,
            volatilities=SMILE,
            forward=0.102,
            maturity=0.25,
            rate=0.03,
            tolerance=3e-4,
        )
        np.testing.assert_allclose(found.cdf(1e-3 * STRIKES), smile.cdf(STRIKES), rtol=1e-7)

    def test_shapes_of_strikes(self, smile):
        assert np.shape(smile.call(100)) == np.shape(smile.implied_volatility(100)) == ()
        assert smile.call(np.full((2, 3), 99.0)).shape == (2, 3)
        assert np.isnan(smile.implied_volatility(1e6))

    def test_prints(self, smile):
        text = str(smile)
        for part in (
            "7 volatilities, strikes 80 to 120",
            "volatility at the money",
            "largest error of a price",
            "basis points",
            "log-normal tail, volatility",
            "probability below quotes",
        ):
            assert part in text
        assert "arbitrage" not in text
        assert "<table>" in smile._repr_html_()
        assert repr(smile) == "<QuotedPrices: 7 volatilities, strikes 80 to 120, maturity 0.25>"

    def test_is_a_market(self, smile):
        assert isinstance(smile, QuotedPrices)
        assert (smile.maturity, smile.rate, smile.spot) == (0.25, 0.03, None)
        with pytest.raises(ValueError, match="option quotes tells the price at maturity only"):
            smile.sample(2, num_steps=3)

    @pytest.mark.parametrize("grid", ["log", "linear", "quantile"])
    def test_grids(self, smile, grid):
        target = TargetDistribution.from_market(5, smile, grid=grid, points="mean", align=95.0)
        assert target.expectation(float) == pytest.approx(102.0, rel=1e-9)
        put = target.expectation(lambda price: max(95.0 - price, 0.0))
        assert put == pytest.approx(smile.expectation(Put(95.0)), rel=1e-9)

    def test_quantiles_to_the_last_digit(self, smile):
        for probability in (1e-15, 1e-3, 0.5, 1 - 1e-15):
            price = smile.price_at(smile.quantile(probability))
            assert smile.cdf(price) == pytest.approx(probability, rel=1e-9)

    def test_a_short_walk_loads_it(self, smile):
        found = fit(TargetDistribution.from_market(5, smile), tolerance=1e-3, seed=1)
        assert found.total_variation <= 1e-3
        assert found.two_qubit_gates <= 16

    def test_copies_are_frozen(self, smile):
        for again in (copy.deepcopy(smile), pickle.loads(pickle.dumps(smile))):
            np.testing.assert_array_equal(again.cdf(STRIKES), smile.cdf(STRIKES))
            with pytest.raises(ValueError, match="read-only"):
                again.quotes.strikes[0] = 1


def refused(match, error=ValueError, **changes):
    arguments = {"strikes": STRIKES, "calls": CALLS, "forward": 100.0, "maturity": 0.25}
    arguments |= changes
    with pytest.raises(error, match=match):
        from_option_quotes(arguments.pop("strikes"), **arguments)


def changed(values, place, value):
    return np.where(np.arange(len(values)) == place, value, values)


class TestRefusals:
    def test_the_quotes_as_they_are_will_do(self):
        from_option_quotes(STRIKES, calls=CALLS, forward=100.0, maturity=0.25, tolerance=0.1)

    @pytest.mark.parametrize(
        ("changes", "got"),
        [
            ({"calls": None}, "none"),
            ({"puts": CALLS}, "calls and puts"),
            ({"volatilities": SMILE}, "calls and volatilities"),
        ],
    )
    def test_not_one_kind(self, changes, got):
        refused(f"one of calls, puts or volatilities, got {got}$", TypeError, **changes)

    @pytest.mark.parametrize(
        ("strikes", "match"),
        [
            (STRIKES[::-1], r"strikes must increase, each once, got 110 after 120$"),
            (changed(STRIKES, 2, 90.0), r"strikes must increase, each once, got 90 after 90$"),
            (changed(STRIKES, 0, -1.0), r"strikes must be positive, got -1$"),
            (changed(STRIKES, 0, np.nan), r"strikes must be finite, got nan"),
            (STRIKES[:2], r"strikes must be at least 3, got 2$"),
        ],
    )
    def test_strikes(self, strikes, match):
        refused(match, strikes=strikes, calls=CALLS[: len(strikes)])

    def test_lengths_and_types(self):
        refused(r"calls must have shape \(7,\), got \(6,\)", calls=CALLS[1:])
        refused(r"tolerance must have shape \(7,\), got \(6,\)", tolerance=CALLS[1:])
        refused("calls must be an array of real numbers", TypeError, calls=["a"] * 7)

    def test_numbers(self):
        refused("calls must be finite, got nan at strike 95$", calls=changed(CALLS, 2, np.nan))
        refused("calls must be finite, got inf at strike 95$", calls=changed(CALLS, 2, np.inf))
        for value in (0.0, -0.2):
            refused(
                f"volatilities must be positive, got {value:g} at strike 105$",
                calls=None,
                volatilities=changed(SMILE, 4, value),
            )
        refused("tolerance must be positive, got 0 at strike 80$", tolerance=0)

    @pytest.mark.parametrize("name", ["forward", "maturity"])
    @pytest.mark.parametrize("value", [0, -1.0])
    def test_forward_and_maturity(self, name, value):
        refused(f"{name} must be positive, got {value}", **{name: value})

    def test_the_rate(self):
        refused("rate must be finite, got inf", rate=np.inf)

    def test_calls_below_intrinsic_or_above_the_forward(self):
        rule = "calls must be worth between their intrinsic value and the forward"
        low = changed(CALLS, 0, 18.0)
        refused(f"{rule}, 20 to 100 today, got 18 at strike 80: violated by 2,", calls=low)
        high = np.linspace(103, 90, 7)
        refused(f"{rule}, 20 to 100 today, got 103 at strike 80: violated by 3,", calls=high)
        refused(f"{rule}, 0 to 100 today, got -0.5 at strike 120", calls=changed(CALLS, 6, -0.5))

    def test_puts_below_intrinsic_or_above_the_strike(self):
        rule = "puts must be worth between their intrinsic value and the strike"
        puts = CALLS - 100 + STRIKES
        refused(
            f"{rule}, 20 to 120 today, got 19 at strike 120",
            calls=None,
            puts=changed(puts, 6, 19.0),
        )
        refused(f"{rule}, 0 to 80 today, got 81", calls=None, puts=puts + 80.5)

    def test_rising_calls(self):
        refused(
            r"calls must not rise with the strike, from 105 to 110: violated by 0\.5, the "
            r"tolerance being 0\.02$",
            calls=changed(CALLS, 5, 4.4),
            tolerance=changed(np.ones(7), 4, 0.01) * changed(np.ones(7), 5, 0.01),
        )

    def test_calls_that_fall_too_fast(self):
        strikes, calls = [80.0, 81.0, 100.0], [22.0, 20.0, 6.0]
        refused(
            r"calls must not fall faster .*, from 80 to 81: violated by 1, the tolerance .*2e-05$",
            strikes=strikes,
            calls=calls,
            tolerance=[1e-5, 1e-5, 1.0],
        )

    def test_puts_that_fall(self):
        puts = np.array([0.5, 1.6, 1.5])
        refused(
            r"puts must not fall with rising strikes, from 85 to 90: violated by 0\.1",
            strikes=[80.0, 85.0, 90.0],
            calls=None,
            puts=puts,
            tolerance=[1.0, 1e-3, 1e-3],
        )

    def test_a_butterfly(self):
        refused(
            r"calls must be convex at strikes 95, 100 and 105, .*: violated by 0\.65, the "
            r"tolerance being 0\.02$",
            calls=changed(CALLS, 3, 7.0),
        )
        refused(
            "calls must be convex at strikes 0, 80 and 90",
            strikes=[80.0, 90.0, 100.0],
            calls=[60.0, 52.0, 45.0],
        )

    def test_volatilities_that_admit_a_butterfly(self):
        refused(
            "calls must be convex at strikes 95, 100 and 105, or a butterfly costs less",
            calls=None,
            volatilities=changed(SMILE, 3, 0.3),
        )

    def test_a_discount_counts(self):
        calls = np.exp(-0.1) * CALLS
        from_option_quotes(
            STRIKES, calls=calls, forward=100.0, maturity=1.0, rate=0.1, tolerance=0.1
        )
        refused("between their intrinsic value and the forward, 20 to 100", calls=calls)

    def test_quotes_that_no_smooth_density_meets(self):
        steps = np.maximum(100 - STRIKES, 0.0) + 1e-3 * np.array([0, 1, 2, 3, 2, 1, 0])
        refused("no smooth density prices all quotes: .* strike .*", calls=steps, tolerance=1e-12)

    def test_quotes_without_time_value(self):
        refused(
            "quotes must tell a volatility, got 20 at strike 80",
            calls=np.maximum(100 - STRIKES, 0.0),
        )

    def test_percentages_are_warned_of(self):
        with pytest.warns(MarketWarning, match="volatility 20 means"):
            from_option_quotes(
                [90, 100, 110], volatilities=[20, 20, 20], forward=100, maturity=0.01
            )


class TestParts:
    @pytest.mark.parametrize("ratio", [0.3, 0.99, 1.0, 1.01, 4.0])
    @pytest.mark.parametrize("std", [0.02, 0.3, 2.0])
    def test_implied_std_inverts_black(self, ratio, std):
        value = black.option_value(np.array(ratio), std)
        if value > 1e-12:
            assert black.implied_std(np.array(ratio), value) == pytest.approx(std, rel=1e-6)
        step = 1e-5
        rise = black.option_value(np.array(ratio), std + step)
        rise = (rise - black.option_value(np.array(ratio), std - step)) / (2 * step)
        assert black.vega(np.array(ratio), std) == pytest.approx(rise, rel=1e-3, abs=1e-12)

    @pytest.mark.parametrize("value", [-0.1, 0.0, 1.0, 2.0])
    def test_no_std_for_impossible_values(self, value):
        assert np.isnan(black.implied_std(np.array(1.5), np.array(value)))

    def test_the_jacobian(self, rng):
        family = _Family.of(np.array([-1.5, -0.2, 0.4, 2.0]), 0.3)
        problem = _Problem(family, np.full(4, 0.05), np.full(4, 1e-2), 0.3)
        at = family.lognormal() + 0.1 * rng.standard_normal(len(family.knots) + 1)
        step = 1e-6 * np.eye(len(at))
        columns = [(problem.residuals(at + s) - problem.residuals(at - s)) / 2e-6 for s in step]
        np.testing.assert_allclose(problem.jacobian(at), np.array(columns).T, rtol=1e-5, atol=2e-4)

    @pytest.mark.parametrize("scale", [0.01, 0.3, 1.5])
    def test_a_flat_curvature_is_a_normal_density(self, scale):
        density = SmoothDensity(np.linspace(-2, 3, 9), -np.ones(9), -scale / 2, scale)
        z = np.array([-np.inf, -6.0, -1.234, 0.0, 0.1, 2.5, 7.0, np.inf])
        mass, share = density.below(z)
        np.testing.assert_allclose(mass, norm.cdf(z + scale / 2), rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(share, norm.cdf(z - scale / 2), rtol=1e-10, atol=1e-14)
        assert density.mean == pytest.approx(1, abs=1e-12)
