"""Implied volatilities: there and back, how far they go, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest

from qiskit_ssqw.finance import (
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    FunctionPayoff,
    Market,
    PiecewiseLinear,
    Put,
    Straddle,
)

MARKETS = [
    Market(100.0, 0.3, 0.03, 1 / 365, dividend_yield=0.01),
    Market(2.0, 0.3, 0.05, 40 / 365),
    Market(1.3, 0.3, -0.02, 1.0, dividend_yield=0.04),
    Market(50.0, 0.3, 0.04, 5.0, dividend_yield=0.06),
]
SHAPES = [  # of a strike and one that is a standard deviation above
    lambda k, _: Call(k),
    lambda k, _: Put(k),
    lambda k, _: Straddle(k),
    lambda k, up: Call(up) + Put(k),
    lambda k, _: -2 * Put(k) + 3,
    lambda k, up: 0.3 * Call(k) - 0.2 * Call(k) - 0.1 * Call(k) + Call(up),
    lambda k, _: Call(0.0) + Put(-1.0) + Call(k),
]


def value(market, payoff):
    return market.discount * market.expectation(payoff)


@pytest.mark.parametrize("market", MARKETS, ids=repr)
@pytest.mark.parametrize("volatility", [0.05, 0.2, 0.6, 1.0])
def test_there_and_back(market, volatility):
    true = replace(market, volatility=volatility)
    for moneyness in (0.8, 0.9, 1.0, 1.1, 1.2):
        std = true.log_std[0]
        strike = market.forward * np.exp(np.clip(np.log(moneyness), -3 * std, 2 * std))
        for make in SHAPES:
            payoff = make(strike, strike * np.exp(std))
            today = value(true, payoff)
            found = market.implied_volatility(payoff, today)
            # The price is known to rounding, so the volatility is known to that over vega.
            error = 4e-15 * (market.spot + abs(today)) / abs(true.greeks(payoff).vega)
            assert found == pytest.approx(volatility, rel=1e-11, abs=error), payoff.name


@pytest.mark.parametrize("market", MARKETS, ids=repr)
def test_agrees_with_quantlib(market):
    ql = pytest.importorskip("QuantLib")
    for strike in market.forward * np.array([0.9, 1.0, 1.1]):
        for volatility in (0.2, 0.7):
            std = volatility * np.sqrt(market.maturity)
            put = ql.blackFormula(ql.Option.Put, strike, market.forward, std, market.discount)
            if put > 1e-4 * strike and put > 1.001 * market.discount * (strike - market.forward):
                found = market.implied_volatility(Put(strike), put)
                assert found == pytest.approx(volatility, rel=1e-8)


def test_of_the_smallest_prices():
    # Far out of the money log C is about -log(K / F)**2 / (2 s**2): Lee 2004.
    market = Market(1.0, 0.2, 0.0, 1.0)
    found = [market.implied_volatility(Call(1.5), price) for price in (1e-5, 1e-30, 1e-200)]
    assert found == sorted(found, reverse=True)
    leading = np.log(1.5) / np.sqrt(2 * np.log(10) * 200)
    assert found[-1] == pytest.approx(leading, rel=0.02)


@pytest.mark.parametrize("strike", [1e-6, 1e-3, 1e3, 1e6])
def test_of_strikes_far_from_the_forward(strike):
    market = Market(1.0, 2.0, 0.0, 3.0)
    payoff = Call(strike) if strike > 1 else Put(strike)
    found = market.implied_volatility(payoff, value(market, payoff))
    assert found == pytest.approx(2.0, rel=1e-9)


def test_of_prices_near_the_largest():
    market = Market(1.0, 0.2, 0.0, 1.0)
    for volatility in (3.0, 4.9):
        today = value(replace(market, volatility=volatility), Call(1.2))
        assert market.implied_volatility(Call(1.2), today) == pytest.approx(volatility, rel=1e-8)


@pytest.mark.parametrize(
    ("payoff", "low", "high"),
    [
        (Call(1.9), 2 - 1.9 * np.exp(-0.05), 2.0),
        (Put(1.9), 0.0, 1.9 * np.exp(-0.05)),
        (Straddle(1.9), 2 - 1.9 * np.exp(-0.05), 2 + 1.9 * np.exp(-0.05)),
        (-1 * Call(1.9), -2.0, 1.9 * np.exp(-0.05) - 2),
    ],
)
def test_no_volatility_explains_what_arbitrage_forbids(payoff, low, high):
    market = Market(2.0, 0.4, 0.05, 1.0)
    rule = f"strictly between {low:.6g} and {high:.6g}, .*, got"
    for price in (low - 0.01, low - 1e-12, high + 1e-12, high + 1):
        with pytest.raises(ValueError, match=rule):
            market.implied_volatility(payoff, price)
    for price in (low + 1e-9, (low + high) / 2, high - 1e-9):
        assert market.implied_volatility(payoff, price) > 0


@pytest.mark.parametrize(
    "payoff",
    [
        DigitalCall(2),
        BullSpread(1.9, 2.1),
        Butterfly(1.8, 2, 2.1),
        PiecewiseLinear([2], [1, 1], [0, 0]),
    ],
)
def test_refuses_what_is_not_monotone(payoff):
    with pytest.raises(ValueError, match=r"bends only up or only down and has no jumps, .* got"):
        Market(2.0, 0.4, 0.05, 1.0).implied_volatility(payoff, 0.1)


def test_refuses_bad_arguments():
    market = Market(2.0, 0.4, 0.05, 1.0)
    with pytest.raises(TypeError, match="price must be a real number, got 'two'"):
        market.implied_volatility(Call(2), "two")
    with pytest.raises(ValueError, match="price must be finite, got nan"):
        market.implied_volatility(Call(2), np.nan)
    with pytest.raises(TypeError, match="needs a piecewise linear payoff, got FunctionPayoff"):
        market.implied_volatility(FunctionPayoff(np.sqrt), 0.1)
    with pytest.raises(ValueError, match="a closed form needs one asset, got 2"):
        Market([2.0, 2.0], 0.4, 0.05, 1.0).implied_volatility(Call(2), 0.1)
