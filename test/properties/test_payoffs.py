"""What contracts pay: identities between them, whatever the strikes and prices."""

import copy
import pickle
from itertools import pairwise

import numpy as np
from examples import PAYOFFS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qiskit_ssqw.finance import (
    Asian,
    Autocallable,
    Barrier,
    Basket,
    BearSpread,
    BestOf,
    Breaches,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    GeometricBasket,
    Last,
    Market,
    PiecewiseLinear,
    Portfolio,
    PresentValue,
    Put,
    Spread,
    Straddle,
    WorstOf,
    delta,
    gamma,
    rho,
    theta,
    vega,
)

from .strategies import piecewise_linear

price = st.floats(0.01, 100)
prices = arrays(float, st.integers(1, 12), elements=price)
rows = arrays(float, st.tuples(st.integers(1, 8), st.integers(2, 4)), elements=price)
three_strikes = st.lists(st.integers(1, 400), min_size=3, max_size=3, unique=True).map(
    lambda found: [each / 4 for each in sorted(found)]
)
factor = st.floats(-10, 10)


def same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-10)


@given(prices=prices, strikes=three_strikes)
def test_identities_of_one_price(prices, strikes):
    low, middle, high = strikes
    same(Call(low)(prices) - Put(low)(prices), prices - low)
    same(Call(low)(prices) + Put(low)(prices), Straddle(low)(prices))
    same(DigitalCall(low)(prices) + DigitalPut(low)(prices), 1)
    same(Call(low)(prices) - Call(high)(prices), BullSpread(low, high)(prices))
    same(BullSpread(low, high)(prices) + BearSpread(low, high)(prices), high - low)
    wing = (middle - low) / (high - middle)
    flies = Call(low)(prices) - (1 + wing) * Call(middle)(prices) + wing * Call(high)(prices)
    same(Butterfly(low, middle, high)(prices), flies)
    assert np.all(Butterfly(low, middle, high)(prices) >= 0)


@given(prices=prices, strikes=three_strikes)
def test_calls_fall_and_bend_upwards_with_the_strike(prices, strikes):
    low, middle, high = strikes
    calls, puts = ([kind(k)(prices) for k in strikes] for kind in (Call, Put))
    assert np.all(calls[0] >= calls[1])
    assert np.all(puts[0] <= puts[1])
    weight = (high - middle) / (high - low)
    for found in (calls, puts):
        assert np.all(found[1] <= weight * found[0] + (1 - weight) * found[2] + 1e-9)


@given(one=piecewise_linear(), other=piecewise_linear(), factor=factor, cash=factor)
def test_piecewise_linear_stays_piecewise_linear(one, other, factor, cash):
    one, other = PiecewiseLinear(*one), PiecewiseLinear(*other)
    strikes = np.union1d(one.breakpoints, other.breakpoints)
    points = np.concatenate([strikes, strikes - 1e-4, strikes + 1e-4, [-9.0, 9.0]])
    for made, expected in [
        (one + other, one(points) + other(points)),
        (one - other, one(points) - other(points)),
        (factor * one, factor * one(points)),
        (one * factor, factor * one(points)),
        (-one, -one(points)),
        (one + cash, one(points) + cash),
        (one - factor * other, one(points) - factor * other(points)),
    ]:
        assert isinstance(made, PiecewiseLinear)
        np.testing.assert_allclose(made(points), expected, rtol=0, atol=1e-11)


def contracts_on(payoff, strike):
    """Every kind of payoff that is made of another, at one more strike or level."""
    weights = [0.25, 0.75]
    return [
        *(kind(payoff) for kind in (Asian, BestOf, Last, Spread, WorstOf)),
        *(kind(weights, payoff) for kind in (Basket, GeometricBasket)),
        Asian(payoff, mean="geometric"),
        Autocallable([strike, strike + 1], (4.0, 8.0), payoff),
        Barrier(payoff, strike, "down-and-in"),
        Breaches(payoff, strike),
        Portfolio([(2.0, BestOf(payoff)), (-1.0, Last(payoff))], cash=strike),
    ]


def contracts_of(payoff, strikes):
    """Every kind of payoff of one price."""
    low, middle, high = strikes
    market = Market(middle, 0.3, 0.02, 0.5)
    return [
        *(kind(low) for kind in (Call, DigitalCall, DigitalPut, Put, Straddle)),
        *(kind(low, high) for kind in (BearSpread, BullSpread)),
        Butterfly(low, middle, high),
        FunctionPayoff(np.sqrt),
        delta(Call(low), middle),
        delta(payoff, market=market, method="likelihood-ratio"),
        *(greek(payoff, market) for greek in (gamma, rho, theta, vega)),
        payoff,
    ]


@given(payoff=piecewise_linear(), strikes=three_strikes, points=prices)
def test_copies_are_equal_and_pay_the_same(payoff, strikes, points):
    payoff, pairs = PiecewiseLinear(*payoff), np.stack([points, points[::-1]], axis=1)
    of_one, of_two = contracts_of(payoff, strikes), contracts_on(payoff, strikes[0])
    rates = PresentValue(strikes[:2])
    for each, values in [
        *((each, points) for each in of_one),
        *((each, pairs) for each in of_two),
        (rates, pairs / 1000),
    ]:
        for other in (pickle.loads(pickle.dumps(each)), copy.deepcopy(each)):
            assert other == each
            assert hash(other) == hash(each)
            np.testing.assert_array_equal(other(values), each(values))


def test_all_kinds_are_copied():
    made = [*contracts_of(Call(1), (1, 2, 3)), *contracts_on(Call(1), 1), PresentValue([1.0])]
    expected = {type(example.payoff) for example in PAYOFFS.values()}
    assert expected <= {type(payoff) for payoff in made}


@given(rows=rows, strike=price, data=st.data())
def test_assets_may_change_places(rows, strike, data):
    order = data.draw(st.permutations(range(rows.shape[1])))
    weights = data.draw(arrays(float, rows.shape[1], elements=st.floats(0.01, 2)))
    call = Call(strike)
    for kind in (BestOf, WorstOf):
        same(kind(call)(rows[:, order]), kind(call)(rows))
    for kind in (Basket, GeometricBasket):
        same(kind(weights[order], call)(rows[:, order]), kind(weights, call)(rows))
    pair = rows[:, :2]
    same(Spread(call)(pair), Call(strike)(np.asarray(pair[:, 0] - pair[:, 1])))


@given(rows=rows, strike=price)
def test_the_means_lie_in_order(rows, strike):
    equal = np.full(rows.shape[1], 1 / rows.shape[1])
    call = Call(strike)
    ordered = [
        WorstOf(call)(rows),
        GeometricBasket(equal, call)(rows),
        Basket(equal, call)(rows),
        BestOf(call)(rows),
    ]
    for lower, upper in pairwise(ordered):
        assert np.all(lower <= upper + 1e-9)
    same(Asian(call)(rows), Basket(equal, call)(rows))
    same(Asian(call, mean="geometric")(rows), GeometricBasket(equal, call)(rows))
    same(Last(call)(rows), call(rows[:, -1]))


@given(rows=rows, strike=price, level=price, side=st.sampled_from(["up", "down"]))
def test_in_and_out_make_up_the_option(rows, strike, level, side):
    kinds = [Barrier(Put(strike), level, f"{side}-and-{way}") for way in ("in", "out")]
    inside, outside = (kind(rows) for kind in kinds)
    same(inside + outside, Put(strike)(rows[:, -1]))
    assert np.all(np.minimum(inside, outside) == 0)
