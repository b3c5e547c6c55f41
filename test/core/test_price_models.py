"""Models of one price: against closed forms, QuantLib, and themselves."""

import pickle

import numpy as np
import pytest
from scipy import integrate, special, stats

from qiskit_ssqw import TargetDistribution, fit
from qiskit_ssqw.finance import (
    CIR,
    Bachelier,
    Bates,
    Call,
    Heston,
    Market,
    Merton,
    PriceModel,
    Put,
    VarianceGamma,
)

STRIKES = np.array([70.0, 85.0, 100.0, 115.0, 140.0])
DAYS = [1, 30, 365, 3650]
VARIANCES = [  # Feller's condition is violated by all but the second
    (0.04, 1.5, 0.04, 0.5, -0.7),
    (0.09, 5.0, 0.04, 0.2, 0.3),
    (0.01, 0.5, 0.09, 1.0, -0.9),
    (0.04, 0.3, 0.04, 1.0, 0.5),
    (0.0025, 1.0, 0.01, 0.6, -0.95),
]
JUMPS = [(0.5, -0.1, 0.15), (2.0, 0.05, 0.3), (0.05, -0.8, 0.1)]
GAMMAS = [(0.12, -0.14, 0.2), (0.2, 0.1, 0.5), (0.3, -0.3, 0.05), (0.2, 0.0, 2.0)]

HESTON = Heston(100, 0.03, *VARIANCES[0])
MODELS = [
    HESTON,
    Merton(100, 0.03, 0.2, *JUMPS[0]),
    Bates(100, 0.03, *VARIANCES[0], *JUMPS[0], dividend_yield=0.01),
    VarianceGamma(100, 0.03, *GAMMAS[0]),
    Bachelier(100, 0.03, 15.0),
    CIR(0.03, 0.5, 0.05, 0.1),
]


def named(models):
    return pytest.mark.parametrize("model", models, ids=lambda model: model.label)


def calls(prices):
    """Prices today of calls at all strikes."""
    return np.array([prices.discount * prices.expectation(Call(strike)) for strike in STRIKES])


@pytest.fixture(scope="module")
def quantlib():
    return QuantLib(pytest.importorskip("QuantLib"))


class QuantLib:
    """Calls on an asset of price 100, with rate 3 % and dividends of 1 %."""

    def __init__(self, library):
        self.library = library
        self.today = library.Date(2, 1, 2025)
        library.Settings.instance().evaluationDate = self.today
        self.count = library.Actual365Fixed()

    def asset(self):
        flat = [self.library.FlatForward(self.today, rate, self.count) for rate in (0.03, 0.01)]
        curves = [self.library.YieldTermStructureHandle(curve) for curve in flat]
        return curves, self.library.QuoteHandle(self.library.SimpleQuote(100.0))

    def heston(self, *variance):
        curves, spot = self.asset()
        process = self.library.HestonProcess(*curves, spot, *variance)
        return self.library.AnalyticHestonEngine(self.library.HestonModel(process), 1e-12, 100_000)

    def bates(self, *variance_and_jumps):
        curves, spot = self.asset()
        process = self.library.BatesProcess(*curves, spot, *variance_and_jumps)
        return self.library.BatesEngine(self.library.BatesModel(process), 1e-12, 100_000)

    def variance_gamma(self, volatility, drift, variance_rate):
        (rate, dividends), spot = self.asset()
        process = self.library.VarianceGammaProcess(
            spot, dividends, rate, volatility, variance_rate, drift
        )
        return self.library.VarianceGammaEngine(process)

    def calls(self, engine, days):
        exercise = self.library.EuropeanExercise(self.today + days)
        found = []
        for strike in STRIKES:
            payoff = self.library.PlainVanillaPayoff(self.library.Option.Call, strike)
            option = self.library.VanillaOption(payoff, exercise)
            option.setPricingEngine(engine)
            found.append(option.NPV())
        return np.array(found)

    def volatilities(self, prices, values, strikes=STRIKES):
        """Implied by calls today."""
        return np.array(
            [
                self.library.blackFormulaImpliedStdDev(
                    self.library.Option.Call,
                    strike,
                    prices.forward,
                    value,
                    prices.discount,
                    0.0,
                    0.2,
                    1e-14,
                    1000,
                )
                / np.sqrt(prices.maturity)
                for strike, value in zip(strikes, values, strict=True)
            ]
        )


class TestAgainstQuantLib:
    @pytest.mark.parametrize("days", DAYS)
    @pytest.mark.parametrize("variance", VARIANCES)
    def test_heston(self, quantlib, variance, days):
        prices = Heston(100, 0.03, *variance, dividend_yield=0.01).at(days / 365)
        expected = quantlib.calls(quantlib.heston(*variance), days)
        np.testing.assert_allclose(calls(prices), expected, rtol=1e-8, atol=1e-9)

    @pytest.mark.parametrize("days", DAYS)
    @pytest.mark.parametrize("jumps", JUMPS)
    def test_bates(self, quantlib, jumps, days):
        prices = Bates(100, 0.03, *VARIANCES[0], *jumps, dividend_yield=0.01).at(days / 365)
        expected = quantlib.calls(quantlib.bates(*VARIANCES[0], *jumps), days)
        np.testing.assert_allclose(calls(prices), expected, rtol=1e-8, atol=1e-9)

    def test_implied_volatilities(self, quantlib):
        prices = Heston(100, 0.03, *VARIANCES[0], dividend_yield=0.01).at(1.0)
        engine = quantlib.heston(*VARIANCES[0])
        found, expected = (
            quantlib.volatilities(prices, values)
            for values in (calls(prices), quantlib.calls(engine, 365))
        )
        assert np.ptp(expected) > 0.05  # a skew, so that there is something to get wrong
        np.testing.assert_allclose(found, expected, atol=1e-8)

    @pytest.mark.parametrize("jumps", JUMPS)
    def test_merton_by_his_series(self, quantlib, jumps):
        intensity, mean, std = jumps
        number = np.arange(100)
        prices = Merton(100, 0.03, 0.2, *jumps, dividend_yield=0.01).at(2.0)
        weights = stats.poisson.pmf(number, 2 * intensity)
        shift = number * (mean + std**2 / 2) - 2 * intensity * np.expm1(mean + std**2 / 2)
        forwards, stds = prices.forward * np.exp(shift), np.sqrt(0.04 * 2 + number * std**2)
        black, kind = quantlib.library.blackFormula, quantlib.library.Option.Call
        for strike in STRIKES:
            each = [black(kind, strike, *pair) for pair in zip(forwards, stds, strict=True)]
            assert prices.expectation(Call(strike)) == pytest.approx(weights @ each, rel=1e-11)

    @pytest.mark.parametrize("gamma", GAMMAS[:3])
    def test_variance_gamma(self, quantlib, gamma):
        prices = VarianceGamma(100, 0.03, *gamma, dividend_yield=0.01).at(1.0)
        expected = quantlib.calls(quantlib.variance_gamma(*gamma), 365)
        np.testing.assert_allclose(calls(prices), expected, rtol=1e-6, atol=1e-7)

    @pytest.mark.parametrize("days", DAYS)
    def test_bachelier(self, quantlib, days):
        prices = Bachelier(100, 0.03, 15.0, dividend_yield=0.01).at(days / 365)
        black, kind = quantlib.library.bachelierBlackFormula, quantlib.library.Option.Call
        for strike in STRIKES:
            expected = black(kind, strike, prices.forward, 15 * np.sqrt(days / 365))
            assert prices.expectation(Call(strike)) == pytest.approx(expected, abs=1e-12)

    def test_bonds(self, quantlib):
        theirs = quantlib.library.CoxIngersollRoss(0.03, 0.05, 0.5, 0.1)
        for maturity in (0.1, 1.0, 10.0):
            bond = CIR(0.03, 0.5, 0.05, 0.1).bond_price(maturity)
            assert bond == pytest.approx(theirs.discount(maturity), rel=1e-13)

    def test_options_on_bonds(self, quantlib):
        theirs = quantlib.library.CoxIngersollRoss(0.03, 0.05, 0.5, 0.1)
        if not hasattr(theirs, "discountBondOption"):
            pytest.skip("this version of QuantLib has no options on bonds")
        rates = CIR(0.03, 0.5, 0.05, 0.1).at(1.0)
        edges = np.linspace(0, 0.3, 2001)
        bonds = [CIR(rate, 0.5, 0.05, 0.1).bond_price(1.0) for rate in edges[:-1] + edges[1] / 2]
        for strike in (0.9, 0.95, 0.97):
            value = rates.masses([edges]) @ np.maximum(np.array(bonds) - strike, 0)
            expected = theirs.discountBondOption(quantlib.library.Option.Call, strike, 1.0, 2.0)
            assert rates.discount * value == pytest.approx(expected, abs=2e-7)


@pytest.mark.parametrize("maturity", [1 / 365, 0.5, 10.0])
@named(MODELS)
class TestEveryModel:
    def test_the_whole_is_the_sum(self, model, maturity):
        prices = model.at(maturity)
        ends = np.array([-np.inf, np.inf])
        np.testing.assert_allclose(prices.cdf(ends), [0, 1], atol=1e-12)
        np.testing.assert_allclose(
            prices.partial_mean(ends), [0, model.forward(maturity)], atol=1e-12 * prices.forward
        )

    def test_put_call_parity(self, model, maturity):
        prices = model.at(maturity)
        for strike in prices.forward * np.array([0.7, 1.0, 1.3]):
            call, put = prices.expectation(Call(strike)), prices.expectation(Put(strike))
            assert call - put == pytest.approx(prices.forward - strike, abs=1e-12 * strike)

    def test_distribution_functions_rise_and_quantiles_invert_them(self, model, maturity):
        prices = model.at(maturity)
        wanted = np.append(1e-6, np.arange(1, 64) / 64)
        places = prices.quantile(wanted)
        assert np.all(np.diff(places) >= 0)
        between = prices.price_at(np.linspace(places[0], places[-1], 500))
        assert np.all(np.diff(prices.cdf(between)) >= 0)
        assert float(prices.quantile(0.25)) == pytest.approx(float(places[16]), abs=1e-12)
        if isinstance(model, VarianceGamma) and maturity < 0.1:
            return  # half of the probability lies between two neighbours in floating point
        np.testing.assert_allclose(prices.cdf(prices.price_at(places)), wanted, atol=1e-12)

    def test_partial_means_are_integrals(self, model, maturity):
        prices = model.at(maturity)
        low, high = prices.price_at(prices.quantile(np.array([0.2, 0.9])))
        # by parts: E[S; a < S <= b] = b F(b) - a F(a) - (integral of F)
        mean = np.diff(prices.partial_mean(np.array([low, high])))[0]
        upto = prices.cdf(np.array([low, high]))
        area = integrate.quad(
            lambda price: prices.cdf(np.array([price]))[0],
            low,
            high,
            limit=500,
            points=[np.exp(_cusp(model, maturity))] if model.positive else None,
            epsabs=1e-13 * high,
            epsrel=1e-12,
        )[0]
        assert mean == pytest.approx(high * upto[1] - low * upto[0] - area, abs=1e-9 * high)


def gamma_mean(function, shape):
    """Mean of a function of a standard gamma variable, by adaptive quadrature."""
    if shape >= 1:
        return integrate.quad(
            lambda part: function(special.gammaincinv(shape, part)), 0, 1, epsabs=1e-12, limit=1000
        )[0]
    # The variable to the power of its shape has a density without a pole.
    total = integrate.quad(
        lambda power: function(power ** (1 / shape)) * np.exp(-(power ** (1 / shape))),
        *(0, 50**shape),
        epsabs=1e-12,
        limit=1000,
    )[0]
    return total / special.gamma(shape + 1)


def _cusp(model, maturity):
    """Where a variance gamma density has a cusp, or somewhere."""
    start = getattr(model, "log_start", lambda maturity: np.log(model.forward(maturity)))
    return start(maturity)


@pytest.mark.parametrize("maturity", [0.25, 2.0])
@named(MODELS)
def test_moments_are_derivatives_of_the_characteristic_function(model, maturity):
    prices, step = model.at(maturity), 1e-3 if model.positive else 1e-2 / model.forward(maturity)
    waves = model.characteristic_function(step * np.array([-2, -1, 0, 1, 2], complex), maturity)
    first = (np.array([1, -8, 0, 8, -1]) / (12 * step)) @ waves / 1j
    second = -(np.array([-1, 16, -30, 16, -1]) / (12 * step**2)) @ waves
    parts = (np.arange(20_000) + 0.5) / 20_000
    ends = prices.quantile(np.array([1e-12, 1 - 1e-12]))
    edges = np.concatenate([[-np.inf], np.linspace(*ends, len(parts)), [np.inf]])
    middle = np.concatenate([ends[:1], (edges[1:-2] + edges[2:-1]) / 2, ends[1:]])
    masses = prices.masses([edges])
    assert waves[2] == pytest.approx(1)
    assert masses @ middle == pytest.approx(first.real, rel=1e-6)
    assert masses @ middle**2 - (masses @ middle) ** 2 == pytest.approx(
        second.real - first.real**2, rel=1e-3
    )


class TestSpecialCases:
    def test_heston_of_a_sure_variance_is_black_scholes(self):
        market = Market(100, 0.2, 0.03, 2.0)
        prices = Heston(100, 0.03, 0.04, 1.5, 0.04, 1e-7, -0.7).at(2.0)
        np.testing.assert_allclose(prices.cdf(STRIKES), market.cdf(STRIKES), atol=1e-7)

    @pytest.mark.parametrize("maturity", [0.1, 5.0, 25.0])
    @pytest.mark.parametrize("correlation", [-1.0, 0.3, 0.99, 1.0])
    @pytest.mark.parametrize("sigma", [1e-3, 0.5, 5.0])
    def test_the_mean_is_precise_where_the_variance_explodes(self, sigma, correlation, maturity):
        # Weighted by prices, the variance reverts at kappa - rho sigma, which may be negative.
        model = Heston(100, 0.03, 0.04, 0.2, 0.17, sigma, correlation)
        mean = model.characteristic_function(np.array([-1j]), maturity)[0]
        assert mean == pytest.approx(model.forward(maturity), rel=1e-11)

    def test_merton_and_bates_without_jumps(self):
        market = Market(100, 0.2, 0.03, 2.0)
        merton = Merton(100, 0.03, 0.2, 0.0, -0.1, 0.1).at(2.0)
        np.testing.assert_allclose(merton.partial_mean(STRIKES), market.partial_mean(STRIKES))
        bates = Bates(100, 0.03, *VARIANCES[0], 0.0, -0.1, 0.1).at(2.0)
        np.testing.assert_array_equal(bates.cdf(STRIKES), HESTON.at(2.0).cdf(STRIKES))

    @pytest.mark.parametrize("std", [0.0, 0.1])
    def test_rare_jumps_far_out_are_seen(self, std):
        # A range of some standard deviations of the bulk would miss them altogether.
        prices = Merton(100, 0.0, 0.1, 0.001, -2.0, std).at(1 / 365)
        assert prices.cdf(np.array([50.0]))[0] == pytest.approx(-np.expm1(-0.001 / 365), rel=1e-6)

    @pytest.mark.parametrize(
        ("volatility", "maturity"), [(0.001, 10.0), (0.001, 50.0), (0.01, 9.0)]
    )
    def test_many_jumps_of_one_size(self, volatility, maturity):
        # The characteristic function vanishes, and revives where the jump is a period.
        prices = Merton(100, 0.0, volatility, 5.0, -0.1, 0.0).at(maturity)
        number, mean = np.arange(600), 5 * maturity
        weights = stats.poisson.pmf(number, mean)
        std = volatility * np.sqrt(maturity)
        logs = np.log(100) - std**2 / 2 - 0.1 * number - mean * np.expm1(-0.1)
        strikes = np.exp(logs[int(mean)] + 0.1 * np.linspace(-3, 3, 25))
        expected = [weights @ stats.norm.cdf(np.log(strike), logs, std) for strike in strikes]
        np.testing.assert_allclose(prices.cdf(strikes), expected, atol=1e-10)

    @pytest.mark.parametrize("maturity", [1 / 365, 0.05, 1.0, 10.0])
    @pytest.mark.parametrize("gamma", GAMMAS)
    def test_variance_gamma_by_adaptive_quadrature(self, gamma, maturity):
        volatility, drift, variance_rate = gamma
        model = VarianceGamma(100, 0.03, *gamma)
        places = np.array([-0.3, -0.01, 0.01, 0.2])
        found = model.at(maturity).cdf(np.exp(model.log_start(maturity) + places))
        for place, probability in zip(places, found, strict=True):

            def given(clock, place=place):
                time = max(variance_rate * clock, 1e-300)
                return special.ndtr((place - drift * time) / (volatility * np.sqrt(time)))

            expected = gamma_mean(given, maturity / variance_rate)
            assert probability == pytest.approx(expected, abs=1e-9)

    @pytest.mark.parametrize("gamma", [*GAMMAS[:3], (0.05, -0.3, 0.4)])
    def test_variance_gamma_by_its_characteristic_function(self, gamma):
        model = VarianceGamma(100, 0.03, *gamma)
        series, mixture = PriceModel.at(model, 5.0), model.at(5.0)
        np.testing.assert_allclose(series.cdf(STRIKES), mixture.cdf(STRIKES), atol=1e-12)
        np.testing.assert_allclose(
            series.partial_mean(STRIKES), mixture.partial_mean(STRIKES), rtol=1e-11
        )


class TestShortRates:
    @pytest.mark.parametrize("maturity", [1 / 365, 1.0, 30.0])
    def test_risk_neutral_rates_are_chi_squared(self, maturity):
        start, pull, level, sigma = 0.01, 0.2, 0.03, 0.15
        model = CIR(start, pull, level, sigma, measure="risk-neutral")
        decay = np.exp(-pull * maturity)
        scale = sigma**2 * (1 - decay) / (4 * pull)
        known = stats.ncx2(4 * pull * level / sigma**2, start * decay / scale, scale=scale)
        points = known.ppf([0.01, 0.3, 0.9])
        np.testing.assert_allclose(model.at(maturity).cdf(points), [0.01, 0.3, 0.9], rtol=1e-10)
        assert model.forward(maturity) == pytest.approx(level + (start - level) * decay, rel=1e-12)

    @pytest.mark.parametrize("rates", [(0.03, 0.5, 0.05, 0.1), (0.01, 0.2, 0.03, 0.15)])
    def test_the_forward_measure_prices_longer_bonds(self, rates):
        # P(T + t) = P(T) E[the bond of t at the rate of T], for every t
        model = CIR(*rates)
        for maturity in (0.5, 5.0):
            for longer in (0.1, 2.0, 20.0):
                level, slope = (CIR(rate, *rates[1:]).bond_price(longer) for rate in (1e-12, 1.0))
                exponent = np.log(level / slope)
                mean = model.characteristic_function(np.array([1j * exponent]), maturity)[0].real
                value = model.at(maturity).discount * level * mean
                assert value == pytest.approx(model.bond_price(maturity + longer), rel=1e-9)

    def test_the_mean_is_the_instantaneous_forward_rate(self):
        model, step = CIR(0.03, 0.5, 0.05, 0.1), 1e-4
        bonds = np.log([model.bond_price(time) for time in (2 - step, 2 + step)])
        assert model.forward(2.0) == pytest.approx(-np.diff(bonds)[0] / (2 * step), rel=1e-7)


def test_numbers_of_any_type_become_floats():
    given = Bates(*map(np.array, [100, 0, 0.04, 1, 0.04, 0.5, 0, 1, 0, 0.1]))
    assert given == Bates(100, 0, 0.04, 1, 0.04, 0.5, 0, 1, 0, 0.1)
    assert {type(getattr(given, name)) for name in ("spot", "rate", "jump_std")} == {float}


@named(MODELS)
def test_copies_are_equal(model):
    prices = model.at(0.5)
    samples = prices.sample(5, seed=1)
    copied = pickle.loads(pickle.dumps(prices))
    assert copied == prices == model.at(0.5) != model.at(0.25)
    assert len({copied, prices}) == 1
    np.testing.assert_array_equal(copied.sample(5, seed=1), samples)


@pytest.mark.parametrize("grid", ["log", "quantile", "linear"])
@named(MODELS)
def test_grids_keep_the_forward(model, grid):
    if grid == "log" and not model.positive:
        with pytest.raises(ValueError, match=f"which those of {model.label} need not be"):
            TargetDistribution.from_market(6, model, maturity=1.0, grid=grid)
        return
    target = TargetDistribution.from_market(6, model, maturity=1.0, grid=grid, points="mean")
    forward = model.forward(1.0)
    assert target.values @ target.probabilities == pytest.approx(forward, rel=1e-12)
    assert target.market.label.startswith(model.label)


@named(MODELS)
def test_a_strike_on_an_edge_has_no_error(model):
    strike = 1.05 * model.forward(1.0)
    target = TargetDistribution.from_market(5, model, maturity=1.0, align=strike)
    value = np.maximum(target.values - strike, 0) @ target.probabilities
    assert value == pytest.approx(model.at(1.0).expectation(Call(strike)), rel=1e-9)


class TestSixQubits:
    """What a loader of Heston's prices after a year costs, and what its grid misses."""

    def test_gates(self):
        target = TargetDistribution.from_market(6, HESTON, maturity=1.0)
        result = fit(target, tolerance=1e-3, seed=1)
        assert result.success
        assert result.two_qubit_gates <= 24

    @pytest.mark.parametrize(
        ("options", "most"),
        [({"tail_mass": 1e-3}, 2.0), ({"grid": "quantile"}, 2.0), ({"align": None}, 1e-4)],
    )
    def test_implied_volatilities_in_basis_points(self, quantlib, options, most):
        prices, strikes, values = HESTON.at(1.0), [80.0, 90.0, 100.0, 110.0, 120.0], []
        for strike in strikes:
            given = {"align": strike} if "align" in options else options
            target = TargetDistribution.from_market(6, HESTON, maturity=1.0, **given)
            call = np.maximum(target.values - strike, 0) @ target.probabilities
            values.append(
                (prices.discount * call, prices.discount * prices.expectation(Call(strike)))
            )
        found, exact = (
            quantlib.volatilities(prices, each, strikes) for each in zip(*values, strict=True)
        )
        assert np.abs(found - exact).max() < most * 1e-4


class TestMessages:
    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Heston(-1, 0, *VARIANCES[0]), "spot must be positive, got -1"),
            (lambda: Heston(1, 0, 0, 1, 1, 1, 0), "initial_variance must be positive, got 0"),
            (lambda: Heston(1, 0, 0.1, 1, -1, 1, 0), "long_run_variance must be positive, got -1"),
            (
                lambda: Heston(1, 0, 0.1, 1, 1, 1, 1.5),
                "correlation must lie between -1 and 1, got 1",
            ),
            (lambda: Bates(1, 0, 0.1, 1, 1, 1, -2, 1, 0, 1), "correlation must lie between"),
            (
                lambda: Bates(1, 0, 0.1, 1, 1, 1, 0, 1, 0, -1),
                "jump_std must not be negative, got -1",
            ),
            (lambda: Merton(1, 0, 0.1, -2, 0, 1), "jump_intensity must not be negative, got -2"),
            (lambda: Merton(1, np.inf, 0.1, 2, 0, 1), "rate must be finite, got inf"),
            (lambda: VarianceGamma(1, 0, 0.2, 0, 0), "variance_rate must be positive, got 0"),
            (lambda: VarianceGamma(1, 0, 0.2, 5, 0.2), "must be below 1, .* no mean, got 1.004"),
            (lambda: Bachelier(1, 0, 0), "volatility must be positive, got 0"),
            (lambda: CIR(0, 1, 1, 1), "initial_rate must be positive, got 0"),
            (lambda: CIR(0.1, 1, 0.1, 1, "real"), "measure must be one of 'forward', 'risk-n"),
            (lambda: HESTON.at(0), "maturity must be positive, got 0"),
            (lambda: MODELS[3].at(-1), "maturity must be positive, got -1"),
            (lambda: MODELS[4].at(np.nan), "maturity must be finite, got nan"),
            (lambda: MODELS[5].at(0), "maturity must be positive, got 0"),
            (lambda: HESTON.at(1.0).quantile(1.0), "strictly between 0 and 1, got 1.0"),
            (
                lambda: HESTON.at(1.0).sample(3, num_steps=2),
                "Heston, COS method tells the price at",
            ),
        ],
    )
    def test_what_is_out_of_range(self, make, message):
        with pytest.raises(ValueError, match=message):
            make()

    def test_what_is_no_number(self):
        with pytest.raises(TypeError, match="volatility must be a real number, got 'high'"):
            Bachelier(1, 0, "high")

    def test_percentages_and_days(self):
        from qiskit_ssqw.finance import MarketWarning

        with pytest.warns(MarketWarning, match="volatility 20 means 2,000 % a year"):
            Merton(100, 0.03, 20, 0.1, 0, 0.1)
        with pytest.warns(MarketWarning, match="maturity 365 means 365 years"):
            MODELS[4].at(365)

    @named(MODELS)
    def test_tables(self, model):
        assert str(model).startswith(f"{model.label} model\n")
        table = str(model.at(0.5))
        assert "after 0.5 years" in table
        assert "discount" in table

    def test_fellers_condition_is_told(self):
        assert "Feller ratio             0.48   of the variance: it reaches 0" in str(HESTON)
        assert "the variance stays positive" in str(Heston(100, 0.03, *VARIANCES[1]))


def test_rates_that_gather_at_zero():
    """Where a share of them lies below 1e-20, cells still have edges and means."""
    rates = CIR(0.0625, 0.25, 0.015625, 0.25).at(2.0)
    shares = np.array([1e-4, 0.0015, 0.1, 0.5, 0.99])
    np.testing.assert_allclose(rates.cdf(rates.quantile(shares)), shares, rtol=1e-9)
    np.testing.assert_allclose(1 - rates.cdf(rates.upper_quantile(shares)), shares, rtol=1e-9)
    for num_qubits in (2, 5, 7):
        target = TargetDistribution.from_market(num_qubits, rates)
        mean = target.probabilities @ target.values
        assert mean == pytest.approx(rates.forward, rel=1e-9)
