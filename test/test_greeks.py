"""Greeks: closed forms against differences and QuantLib, weights against closed forms."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import StatePreparation

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.finance import (
    Asian,
    BestOf,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    Market,
    OptionPricing,
    PiecewiseLinear,
    Put,
    Straddle,
    delta,
    gamma,
    price,
    reference_value,
    rho,
    theta,
    vega,
)

GREEKS = ["delta", "gamma", "vega", "theta", "rho"]
MAKERS = {"gamma": gamma, "vega": vega, "theta": theta, "rho": rho}
MARKETS = [
    Market(100.0, 0.05, 0.03, 0.5, dividend_yield=0.01),
    Market(2.0, 0.4, 0.05, 40 / 365),
    Market(2.0, 0.25, 0.05, 1 / 365, dividend_yield=0.02),
    Market(1.3, 1.0, -0.02, 2.0),
    Market(50.0, 0.3, 0.04, 5.0, dividend_yield=0.06),
    Market(7.0, 0.6, 0.0, 1.0, dividend_yield=-0.03),
]
MONEYNESS = [0.8, 0.9, 1.0, 1.1, 1.2]
SMOOTH = [
    Call,
    Put,
    Straddle,
    lambda k: BullSpread(0.95 * k, 1.03 * k),
    lambda k: Butterfly(0.9 * k, k, 1.2 * k),
    lambda k: 3 * Call(k) - 2 * Put(1.1 * k) + 0.1 * k,
]
JUMPING = [
    DigitalCall,
    lambda k: DigitalPut(k, size=5),
    lambda k: PiecewiseLinear([0.9 * k, k, 1.1 * k], [0.5, -1, 3, -0.2], [-0.2 * k, 0.4, k, 1]),
    lambda k: PiecewiseLinear([-1.0, k], [1, 2, 0.5], [0.3, 0.3, k]),
]
NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)


def strike_of(market, moneyness):
    """A strike for a moneyness between 0.8 and 1.2, within 1.6 standard deviations."""
    std = market.log_std[0]
    return market.spot * np.exp(np.clip(np.log(moneyness), -1.6 * std, 1.6 * std))


def sensitivity(greek, payoff, market, method=None):
    if greek != "delta":
        return MAKERS[greek](payoff, market, method=method)
    if method == "likelihood-ratio":
        return delta(payoff, market=market, method=method)
    return delta(payoff, market.spot)


def methods_of(payoff):
    smooth = isinstance(payoff, PiecewiseLinear) and not payoff.jumps
    return ["pathwise", "likelihood-ratio"] if smooth else ["likelihood-ratio"]


def scale_of(market, payoff, greek):
    """Size of a Greek: what it is made of, each part without its sign."""
    found, spot = market.greeks(payoff), market.spot
    carry = abs(market.rate) + abs(market.dividend_yield)
    first = abs(spot * found.delta) + abs(found.value) + spot
    second = abs(spot**2 * found.gamma) + spot
    return {
        "delta": first / spot,
        "gamma": second / spot**2,
        "vega": market.volatility * market.maturity * second,
        "theta": carry * first + market.volatility**2 * second,
        "rho": market.maturity * first,
    }[greek]


def integral(market, function, strikes):
    """Gauss-Legendre between the strikes, in standard deviations of the logarithm."""
    kinks = market.coordinate(np.array(strikes))
    ends = np.unique(np.clip([*np.linspace(-14, 14, 57), *kinks], -14, 14))
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    z = (middle[:, None] + half[:, None] * NODES).ravel()
    masses = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (half[:, None] * WEIGHTS).ravel()
    return function(market.price_at(z)) @ masses


def value(market, payoff):
    return market.discount * market.expectation(payoff)


def differences(market, payoff, name, step):
    """First and second derivative by a number of the market, with five points."""
    number = getattr(market, name)
    values = np.array(
        [value(replace(market, **{name: number + k * step}), payoff) for k in (-2, -1, 0, 1, 2)]
    )
    first = values @ [1, -8, 0, 8, -1] / (12 * step)
    return first, values @ [-1, 16, -30, 16, -1] / (12 * step**2)


def on_grid(target, payoff):
    return payoff(target.values) @ target.probabilities


def model_of(market, num_qubits=5, **options):
    """A loader that prepares a state as it is, and knows its market."""
    target = TargetDistribution.from_market(num_qubits, market, **options)
    circuit = QuantumCircuit(num_qubits)
    circuit.append(StatePreparation(np.sqrt(target.probabilities)), range(num_qubits))
    circuit.values, circuit.probabilities = target.values, target.probabilities
    circuit.market = market
    return circuit


class TestClosedForm:
    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize("moneyness", MONEYNESS[::2])
    def test_is_the_derivative_of_the_price(self, market, moneyness):
        std, step = market.log_std[0], 0.02
        for make in SMOOTH + JUMPING:
            payoff = make(strike_of(market, moneyness))
            found = market.greeks(payoff)
            by_spot, twice = differences(market, payoff, "spot", step * std * market.spot)
            by_rate, _ = differences(market, payoff, "rate", step * std / market.maturity)
            by_time, _ = differences(market, payoff, "maturity", step * market.maturity)
            by_std, _ = differences(market, payoff, "volatility", step * market.volatility)
            derivatives = {
                "delta": by_spot, "gamma": twice, "vega": by_std, "theta": -by_time, "rho": by_rate
            }  # fmt: skip
            assert found.value == pytest.approx(value(market, payoff), rel=1e-12, abs=1e-14)
            for greek, expected in derivatives.items():
                error = abs(getattr(found, greek) - expected)
                assert error < 3e-5 * scale_of(market, payoff, greek), (payoff.name, greek)

    @pytest.mark.parametrize("volatility", [0.05, 0.4, 1.0])
    @pytest.mark.parametrize("days", [1, 40, 1825])
    @pytest.mark.parametrize("kind", [Call, Put, DigitalCall, DigitalPut])
    def test_agrees_with_quantlib(self, volatility, days, kind):
        ql = pytest.importorskip("QuantLib")
        for moneyness in MONEYNESS:
            market = Market(100.0, volatility, 0.04, days / 365, dividend_yield=0.015)
            strike = strike_of(market, moneyness)
            option = quantlib_option(ql, market, strike, days, kind)
            found = market.greeks(kind(strike))
            expected = [option.NPV(), *(getattr(option, greek)() for greek in GREEKS)]
            actual = [found.value, *(getattr(found, greek) for greek in GREEKS)]
            np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-11)

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    def test_of_a_line(self, market):
        found = market.greeks(PiecewiseLinear([market.spot], [2, 2], [3, 3]))
        spread, cash = np.exp(-market.dividend_yield * market.maturity), 3 - 2 * market.spot
        assert found.delta == pytest.approx(2 * spread)
        assert (found.gamma, found.vega) == (0, 0)
        assert found.rho == pytest.approx(-market.maturity * cash * market.discount)

    def test_is_a_table_with_units(self):
        shown = str(MARKETS[1].greeks(Call(1.9)))
        assert all(text in shown for text in ("vega", "per 1.00 of volatility", "per year"))

    def test_refuses_what_has_none(self):
        pair = Market([2.0, 2.0], [0.4, 0.3], 0.05, 1.0)
        with pytest.raises(ValueError, match="a closed form needs one asset, got 2"):
            pair.greeks(Call(2.0))
        with pytest.raises(TypeError, match="needs a piecewise linear payoff, got FunctionPayoff"):
            MARKETS[1].greeks(FunctionPayoff(np.sqrt))


def quantlib_option(ql, market, strike, days, kind):
    today = ql.Date.from_date(date(2026, 1, 5))
    ql.Settings.instance().evaluationDate = today
    counter = ql.Actual365Fixed()
    rates = [
        ql.YieldTermStructureHandle(ql.FlatForward(today, rate, counter))
        for rate in (market.dividend_yield, market.rate)
    ]
    surface = ql.BlackConstantVol(today, ql.NullCalendar(), market.volatility, counter)
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(market.spot)), *rates, ql.BlackVolTermStructureHandle(surface)
    )
    side = ql.Option.Call if kind in (Call, DigitalCall) else ql.Option.Put
    vanilla = kind in (Call, Put)
    payoff = (
        ql.PlainVanillaPayoff(side, strike) if vanilla else ql.CashOrNothingPayoff(side, strike, 1)
    )
    option = ql.VanillaOption(payoff, ql.EuropeanExercise(today + days))
    option.setPricingEngine(ql.AnalyticEuropeanEngine(process))
    return option


class TestWeights:
    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize("greek", GREEKS)
    def test_their_integral_is_the_closed_form(self, market, greek):
        for make in SMOOTH + JUMPING:
            for moneyness in (0.8, 1.0, 1.2):
                payoff = make(strike_of(market, moneyness))
                for method in methods_of(payoff):
                    weight = sensitivity(greek, payoff, market, method)
                    found = market.discount * integral(market, weight, payoff.breakpoints)
                    expected = getattr(market.greeks(payoff), greek)
                    error = abs(found - expected)
                    assert error < 1e-9 * scale_of(market, payoff, greek), (payoff.name, method)

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize(("method", "error"), [("pathwise", 2e-5), ("likelihood-ratio", 2e-4)])
    def test_on_fine_grids(self, market, method, error):
        for num_qubits, moneyness in [(10, 1.0), (11, 0.8), (12, 1.2)]:
            strike = strike_of(market, moneyness)
            target = TargetDistribution.from_market(num_qubits, market, align=strike)
            for kind in (Call, Put):
                for greek in GREEKS:
                    weight = sensitivity(greek, kind(strike), market, method)
                    found = market.discount * on_grid(target, weight)
                    expected = getattr(market.greeks(kind(strike)), greek)
                    size = scale_of(market, kind(strike), greek)
                    assert abs(found - expected) < error * size, greek

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    def test_any_function_has_likelihood_ratios(self, market):
        square = FunctionPayoff(np.square, label="square")
        std, rate, spot = market.log_std[0], market.rate, market.spot
        growth = 2 * (rate - market.dividend_yield) + market.volatility**2
        today = spot**2 * np.exp((growth - rate) * market.maturity)
        expected = {
            "delta": 2 * today / spot,
            "gamma": 2 * today / spot**2,
            "vega": 2 * market.volatility * market.maturity * today,
            "theta": -(growth - rate) * today,
            "rho": market.maturity * today,
        }
        for greek, derivative in expected.items():
            weight = sensitivity(greek, square, market, "likelihood-ratio")
            found = market.discount * integral(market, weight, [1.0])
            assert found == pytest.approx(derivative, rel=1e-8, abs=1e-8 * today), std
            if greek != "delta":
                assert MAKERS[greek](square, market).method == "likelihood-ratio"

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize("method", ["pathwise", "likelihood-ratio"])
    def test_calls_are_weighed_as_puts(self, market, method):
        strike = strike_of(market, 1.1)
        prices = market.price_at(np.linspace(-4, 4, 33))
        for make in (gamma, vega):
            call, put = (make(kind(strike), market, method=method)(prices) for kind in (Call, Put))
            np.testing.assert_allclose(call, put, rtol=1e-12, atol=1e-12 * np.ptp(put))
            assert not call[prices > strike].any()

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    @pytest.mark.parametrize("grid", ["log", "quantile"])
    def test_the_default_has_the_smaller_range(self, market, grid):
        values = TargetDistribution.from_market(6, market, grid=grid).values
        for make in (Call, Put, Straddle):
            payoff = make(strike_of(market, 1.0))
            for maker in MAKERS.values():
                chosen, other = (
                    maker(payoff, market),
                    maker(payoff, market, method="likelihood-ratio"),
                )
                assert chosen.method == "pathwise"
                assert np.ptp(chosen(values)) < np.ptp(other(values)), chosen.name

    @pytest.mark.parametrize("market", MARKETS, ids=repr)
    def test_aligned_pathwise_weights_err_little_on_few_qubits(self, market):
        strike = strike_of(market, 1.0)
        for num_qubits, most in [(5, 4e-3), (6, 1.3e-3), (7, 5e-4)]:
            target = TargetDistribution.from_market(num_qubits, market, align=strike)
            for maker in (gamma, vega):
                weight = maker(Call(strike), market)
                exact = weight.closed_form(market)
                assert abs(on_grid(target, weight) / exact - 1) < most
        assert on_grid(target, rho(Call(strike), market)) == pytest.approx(
            rho(Call(strike), market).closed_form(market), rel=1e-12
        )


class TestReference:
    def test_is_the_closed_form(self):
        market = MARKETS[1]
        found = reference_value(vega(DigitalCall(1.9), market), market)
        assert (found.method, found.standard_error) == ("Black-Scholes", 0)
        assert market.discount * found.value == pytest.approx(
            market.greeks(DigitalCall(1.9)).vega, rel=1e-14
        )

    def test_of_a_sum(self):
        market = MARKETS[1]
        hedged = 2 * vega(Call(1.9), market) - rho(Put(2.1), market) + Call(2.0) + 0.5
        expected = (
            2 * market.greeks(Call(1.9)).vega
            - market.greeks(Put(2.1)).rho
            + market.greeks(Call(2.0)).value
        )
        found = reference_value(hedged, market)
        assert found.standard_error == 0
        assert market.discount * (found.value - 0.5) == pytest.approx(expected, rel=1e-13)
        mixed = vega(Call(1.9), market) + FunctionPayoff(np.sqrt)
        assert mixed.closed_form(market) is None

    def test_of_a_function_is_simulated(self):
        market = MARKETS[1]
        weight = vega(FunctionPayoff(lambda s: np.maximum(s - 1.9, 0)), market)
        found = reference_value(weight, market, standard_error=1e-4, seed=1)
        exact = market.greeks(Call(1.9)).vega / market.discount
        assert found.standard_error > 0
        assert abs(found.value - exact) < 6 * found.standard_error

    def test_refuses_another_market(self):
        weight = vega(Call(1.9), MARKETS[1])
        with pytest.raises(ValueError, match=r"vega of call 1\.9 is that in Market\(spot=2\.0"):
            reference_value(weight, MARKETS[2])
        with pytest.raises(ValueError, match="and the model loads Market"):
            weight.closed_form(MARKETS[2])
        with pytest.raises(ValueError, match="and the model loads Market"):
            OptionPricing(2 * weight + Call(2), model_of(MARKETS[2], 3))


class TestPrice:
    @pytest.mark.parametrize(
        "greek",
        [
            pytest.param(each, marks=[pytest.mark.deep] * (each in ("vega", "theta", "rho")))
            for each in GREEKS
        ],
    )
    def test_holds_the_closed_form(self, greek):
        market = Market(2.0, 0.4, 0.05, 40 / 365, dividend_yield=0.02)
        model = model_of(market, align=1.896)
        result = price(sensitivity(greek, Call(1.896), market), model, seed=1)
        low, high = result.present_interval
        exact = getattr(market.greeks(Call(1.896)), greek)
        assert result.success
        assert result.reference.method == "Black-Scholes"
        assert low <= exact <= high
        assert result.present_value == pytest.approx(exact, rel=0.01)

    @pytest.mark.parametrize(
        ("make", "payoff"),
        [
            (vega, Put(2.1)),
            pytest.param(gamma, Straddle(2.0), marks=pytest.mark.deep),
            (theta, DigitalCall(2.0)),
        ],
    )
    def test_of_other_payoffs(self, make, payoff):
        market = Market(2.0, 0.2, 0.03, 2.0)
        model = model_of(market, 6, align=payoff.breakpoints[0])
        result = price(make(payoff, market), model, accuracy=0.1, seed=2)
        low, high = result.interval
        assert low <= result.payoff.closed_form(market) <= high
        assert result.success


class TestErrors:
    @pytest.mark.parametrize("name", ["gamma", "vega", "theta", "rho"])
    def test_bad_arguments(self, name):
        make, market = MAKERS[name], MARKETS[1]
        with pytest.raises(TypeError, match=f"{name} needs a payoff, got 'call'"):
            make("call", market)
        for payoff in (BestOf(Call(2)), Asian(Call(2))):
            with pytest.raises(ValueError, match=f"{name} needs a payoff of one price, got the"):
                make(payoff, market)
        with pytest.raises(TypeError, match=f"{name} needs a Black-Scholes market, got 2.0"):
            make(Call(2), 2.0)
        with pytest.raises(ValueError, match=f"{name} needs a market of one asset, got 2"):
            make(Call(2), Market([2.0, 2.0], 0.4, 0.05, 1.0))
        with pytest.raises(ValueError, match=r"method must be one of 'pathwise', .* got 'bump'"):
            make(Call(2), market, method="bump")
        with pytest.raises(ValueError, match=f"call 2 jumps, and its pathwise {name} misses"):
            make(DigitalCall(2), market, method="pathwise")
        with pytest.raises(TypeError, match="needs a piecewise linear payoff, got FunctionPayoff"):
            make(FunctionPayoff(np.sqrt), market, method="pathwise")
        with pytest.raises(TypeError, match="needs what a contract pays, got the vega of call 2"):
            make(vega(Call(2), market), market)

    def test_prices_must_be_positive(self):
        with pytest.raises(ValueError, match="vega of call 2 needs positive prices, got 0"):
            vega(Call(2), MARKETS[1])([0.0, 1.0])

    def test_delta_by_likelihood_ratios(self):
        market = MARKETS[1]
        with pytest.raises(TypeError, match="needs the market, and no spot, got None and 2"):
            delta(Call(2), 2.0, method="likelihood-ratio")
        with pytest.raises(TypeError, match=r"needs the market, and no spot, got .* and 2\.0"):
            delta(Call(2), 2.0, method="likelihood-ratio", market=market)
        with pytest.raises(TypeError, match='"pathwise" needs the spot, not the market, got Mark'):
            delta(Call(2), market=market)
        with pytest.raises(ValueError, match="delta needs a payoff of one price"):
            delta(BestOf(Call(2)), method="likelihood-ratio", market=market)
