"""Every market model: prices of options without arbitrage, whatever the parameters."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from own_examples import arguments_of, own_examples
from scipy import stats

from qiskit_ssqw import TargetDistribution, finance
from qiskit_ssqw.finance import (
    CIR,
    Bachelier,
    Bates,
    Call,
    DigitalCall,
    Heston,
    Market,
    Merton,
    PiecewiseLinear,
    PriceModel,
    Put,
    VarianceGamma,
)

from . import examples
from .strategies import markets, piecewise_linear
from .test_targets import black_scholes, forward_of

rates = st.floats(-0.05, 0.1)
volatilities = st.floats(0.05, 0.8)
variance = (st.floats(0.01, 0.3), st.floats(0.3, 4), st.floats(0.01, 0.3), st.floats(0.1, 0.9))
skews = st.floats(-0.9, 0.9)
jumps = (st.floats(0, 1.5), st.floats(-0.3, 0.2), st.floats(0.02, 0.3))
MODELS = {
    Bachelier: st.builds(Bachelier, st.just(100.0), rates, st.floats(1, 50)),
    Bates: st.builds(Bates, st.just(100.0), rates, *variance, skews, *jumps),
    CIR: st.builds(
        CIR, st.floats(0.01, 0.1), st.floats(0.1, 2), st.floats(0.01, 0.1), st.floats(0.02, 0.3)
    ),
    Heston: st.builds(Heston, st.just(100.0), rates, *variance, skews),
    Merton: st.builds(Merton, st.just(100.0), rates, volatilities, *jumps),
    VarianceGamma: st.builds(
        VarianceGamma,
        st.just(100.0),
        rates,
        volatilities,
        st.floats(-0.3, 0.1),
        st.floats(0.05, 0.5),
    ),
}


def public_models():
    """Every model that the package has."""
    public = {getattr(finance, name) for name in finance.__all__}
    models = {each for each in public if isinstance(each, type) and issubclass(each, PriceModel)}
    return models - {PriceModel}


@st.composite
def near(draw, model):
    """Models like one, each number up to a tenth larger or smaller."""
    numbers = {name: x for name, x in arguments_of(model).items() if isinstance(x, float)}
    try:
        return replace(
            model, **{name: x * draw(st.floats(0.9, 1.1)) for name, x in numbers.items()}
        )
    except ValueError:
        reject()


MODELS |= {kind: near(model) for kind, model in own_examples(public_models() - set(MODELS)).items()}
of_each_model = pytest.mark.parametrize("kind", MODELS, ids=lambda kind: kind.__name__)


def as_payoff(contracts, forward):
    """The portfolio, and the sum of what its parts are worth by a function of the strike."""
    kinds = {"call": Call, "put": Put, "digital": DigitalCall}
    parts = [weight * kinds[kind](place * forward) for weight, kind, place in contracts]
    return sum(parts[1:], parts[0])


def market_of(market):
    spot, volatility, rate, maturity, dividend_yield = market
    return Market(spot, volatility, rate, maturity, dividend_yield=dividend_yield)


def test_there_is_a_strategy_for_each_model():
    assert public_models() == set(MODELS)


@given(market=markets(), places=st.lists(st.floats(0.2, 5), min_size=1, max_size=4))
def test_black_scholes_is_the_formula(market, places):
    forward, prices = forward_of(market), market_of(market)
    assert prices.forward == pytest.approx(forward, rel=1e-12)
    for strike in np.multiply(places, forward):
        expected = float(black_scholes(market, strike))
        found = prices.expectation(Call(strike))
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12 * forward)
        parity = found - prices.expectation(Put(strike))
        assert parity == pytest.approx(forward - strike, abs=1e-12 * (forward + strike))


@given(market=markets(), one=piecewise_linear(), other=piecewise_linear(), factor=st.floats(-3, 3))
def test_closed_forms_are_linear(market, one, other, factor):
    scale = market.spot

    def scaled(arguments):
        strikes, slopes, offsets = arguments
        return PiecewiseLinear(np.exp(strikes) * scale, slopes, offsets * scale)

    one, other, prices = scaled(one), scaled(other), market_of(market)
    parts = prices.expectation(one) + factor * prices.expectation(other)
    size = 1e3 * (prices.forward + scale)
    assert prices.expectation(one + factor * other) == pytest.approx(parts, abs=1e-12 * size)


@given(market=markets(), place=st.floats(-2, 2))
def test_implied_volatilities_are_those_of_the_market(market, place):
    prices = market_of(market)
    std = market.volatility * np.sqrt(market.maturity)
    payoff = Call(prices.forward * np.exp(place * std))
    value = prices.discount * prices.expectation(payoff)
    other = market_of(market._replace(volatility=0.3))
    assert other.implied_volatility(payoff, value) == pytest.approx(market.volatility, rel=1e-5)


@given(market=markets(), places=st.lists(st.floats(-5, 5), min_size=2, max_size=5, unique=True))
def test_all_ways_to_ask_a_market_agree(market, places):
    prices = market_of(market)
    edges = np.sort(places)
    at, forward = prices.price_at(edges), prices.forward
    rounding = 1e-12 + 1e-15 / (market.volatility * np.sqrt(market.maturity))  # of the prices
    masses = prices.masses([edges])
    np.testing.assert_allclose(np.diff(prices.cdf(at)), masses, rtol=0, atol=rounding)
    shares = np.diff(prices.partial_mean(at))
    np.testing.assert_allclose(shares, prices.shares(edges), rtol=0, atol=rounding * forward)
    means = prices.means(edges)
    empty = prices.masses([edges]) == 0
    assert np.all(empty | (at[:-1] <= means) & (means <= at[1:]))
    asked = np.clip(stats.norm.cdf(edges), 1e-6, 1 - 1e-6)
    found = prices.cdf(prices.price_at(prices.quantile(asked)))
    np.testing.assert_allclose(found, asked, rtol=1e-8)
    found = prices.partial_mean(prices.price_at(prices.share_quantile(asked))) / forward
    np.testing.assert_allclose(found, asked, rtol=1e-8)


@of_each_model
@given(data=st.data(), maturity=st.floats(0.1, 3))
@examples(0.25)
def test_no_model_has_arbitrage(kind, data, maturity):
    model = data.draw(MODELS[kind])
    prices = model.at(maturity)
    forward = prices.forward
    strikes = forward * np.array([0.3, 0.6, 0.9, 1.0, 1.2, 1.5, 2.5])
    calls = np.array([prices.expectation(Call(strike)) for strike in strikes])
    puts = np.array([prices.expectation(Put(strike)) for strike in strikes])
    rounding = 1e-7 * abs(forward)
    np.testing.assert_allclose(calls - puts, forward - strikes, rtol=0, atol=rounding)
    assert np.all(calls >= np.maximum(forward - strikes, 0) - rounding)
    if prices.positive:
        assert np.all(calls <= forward + rounding)
    slopes = np.diff(calls) / np.diff(strikes)
    assert np.all((slopes >= -1 - 1e-6) & (slopes <= 1e-6))
    assert np.all(np.diff(slopes) >= -1e-6)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other == model


@of_each_model
@given(data=st.data(), maturity=st.floats(0.1, 3), num_qubits=st.integers(2, 5))
@examples(0.1)
def test_a_grid_of_any_model_keeps_its_mean(kind, data, maturity, num_qubits):
    prices = data.draw(MODELS[kind]).at(maturity)
    target = TargetDistribution.from_market(num_qubits, prices)
    assert target.probabilities.sum() == pytest.approx(1, abs=1e-12)
    forward = prices.forward
    assert target.probabilities @ target.values == pytest.approx(forward, rel=1e-6, abs=1e-6)
    for strike in forward * np.array([0.7, 1, 1.3]):
        call = float(target.probabilities @ np.maximum(target.values - strike, 0))
        assert call <= prices.expectation(Call(strike)) + 1e-6 * abs(forward)
