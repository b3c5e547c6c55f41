"""Prices: circuits against sums, and what is said of the bias against Black-Scholes."""

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from qiskit.quantum_info import Statevector
from reference.estimation import Oracle
from scipy import stats

from qiskit_ssqw import QuantumWalkUncertaintyModel, SSQWDistribution, TargetDistribution
from qiskit_ssqw.finance import Basket, Call, OptionPricing, Put, price
from qiskit_ssqw.walks import TreeWalk

from . import examples
from .strategies import contracts, markets, multiscale_walks, walks
from .test_markets import as_payoff
from .test_targets import black_scholes, forward_of, target_of


def worth(contracts, market):
    """Undiscounted value of a portfolio by the formula of 1973."""
    forward, std = forward_of(market), market.volatility * np.sqrt(market.maturity)
    total = 0.0
    for weight, kind, place in contracts:
        strike = place * forward
        call = float(black_scholes(market, strike))
        put = call - forward + strike
        digital = stats.norm.cdf(np.log(forward / strike) / std - std / 2)
        total += weight * {"call": call, "put": put, "digital": float(digital)}[kind]
    return total


def size_of(contracts, market):
    """What rounding is relative to."""
    return sum(abs(weight) for weight, *_ in contracts) * (1 + 4 * forward_of(market))


@st.composite
def models(draw, market):
    """A model on one to three qubits whose walk is exact, or anything."""
    size = draw(st.integers(1, 3))
    target = target_of(size, market, **draw(st.sampled_from([{}, {"grid": "linear"}])))
    exact = st.just(TreeWalk.from_probabilities(target.probabilities))
    bad = multiscale_walks().filter(lambda walk: walk.num_qubits == size)
    walk = draw(st.one_of(exact, bad))
    return QuantumWalkUncertaintyModel(target, walk=walk, tolerance=0.99)


@given(market=markets(), contracts=contracts, data=st.data())
def test_the_bound_of_the_bias_is_never_below_the_bias(market, contracts, data):
    model = data.draw(models(market))
    payoff = as_payoff(contracts, forward_of(market))
    pricing = OptionPricing(payoff, model, encoding="exact")
    rounding = 1e-9 * size_of(contracts, market)
    bias = abs(pricing.loaded_value - worth(contracts, market))
    assert bias <= pricing.bias_bound.total + rounding
    assert pricing.bias_bound.payoff <= rounding


@examples(0.1)
@given(
    market=markets(),
    contracts=contracts,
    data=st.data(),
    encoding=st.sampled_from(["auto", "fourier"]),
    tolerance=st.floats(0, 0.2),
)
def test_nor_with_approximate_payoffs(market, contracts, data, encoding, tolerance):
    model = data.draw(models(market))
    payoff = as_payoff(contracts, forward_of(market))
    pricing = OptionPricing(payoff, model, encoding=encoding, payoff_tolerance=tolerance)
    rounding = 1e-9 * size_of(contracts, market)
    bias = abs(pricing.loaded_value - worth(contracts, market))
    assert bias <= pricing.bias_bound.total + rounding


@examples(0.2)
@given(market=markets(), contracts=contracts, data=st.data(), width=st.floats(1e-6, 0.2))
def test_the_interval_of_a_price_holds_the_formula(market, contracts, data, width):
    """Whatever an estimator finds, as long as its own interval holds the amplitude."""
    model = data.draw(models(market))
    payoff = as_payoff(contracts, forward_of(market))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    found = price(payoff, model, estimator=Oracle(width, rng), encoding="exact", seed=1)
    low, high = found.interval
    exact, rounding = worth(contracts, market), 1e-9 * size_of(contracts, market)
    assert low - rounding <= exact <= high + rounding
    assert found.error >= abs(found.estimate - exact) - rounding
    assert found.success == (found.error <= found.allowed_error)
    described = json.loads(json.dumps(found.to_dict()))
    assert described["estimate"] == found.estimate
    assert described["success"] == found.success


@given(walk=walks, data=st.data())
@examples(0.5)
def test_the_payoff_circuit_turns_the_objective_by_the_mean(walk, data):
    """The amplitude of the objective qubit is the expectation, by NumPy's own sum."""
    values = np.arange(float(walk.num_sites))
    strike = data.draw(st.floats(0.1, walk.num_sites - 0.9))
    payoff = data.draw(st.sampled_from([Call(strike), Put(strike), Call(strike) - Put(strike)]))
    assume(np.ptp(payoff(values)) > 0)
    pricing = OptionPricing(payoff, SSQWDistribution(walk), values=values, encoding="exact")
    expected = float(walk.probabilities() @ payoff(values))
    assert pricing.loaded_value == pytest.approx(expected, abs=1e-9)
    problem = pricing.to_estimation_problem()
    state = Statevector(problem.state_preparation)
    good = float(state.probabilities(problem.objective_qubits)[-1])
    assert problem.post_processing(good) == pytest.approx(expected, abs=1e-8)


@examples(0.25)
@given(
    spots=st.tuples(st.floats(20, 100), st.floats(20, 100)),
    volatilities=st.tuples(st.floats(0.05, 0.6), st.floats(0.05, 0.6)),
    correlation=st.floats(-0.9, 0.9),
    weights=st.tuples(st.floats(0.1, 2), st.floats(0.1, 2)),
    place=st.floats(0.7, 1.3),
)
def test_a_basket_does_not_care_which_register_is_whose(
    spots, volatilities, correlation, weights, place
):
    strike = place * float(np.dot(spots, weights))
    found = []
    for order in (1, -1):
        target = target_of_two(spots[::order], volatilities[::order], correlation)
        walk = TreeWalk.from_probabilities(target.probabilities.ravel())
        model = QuantumWalkUncertaintyModel(target, walk=walk)
        pricing = OptionPricing(Basket(weights[::order], Call(strike)), model, encoding="exact")
        found.append((pricing.exact_value, pricing.loaded_value))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-9 * strike)
    assert found[0][0] == pytest.approx(found[0][1], abs=1e-9 * strike)


def target_of_two(spots, volatilities, correlation):
    matrix = [[1, correlation], [correlation, 1]]
    return TargetDistribution.from_black_scholes(
        (1, 1), spots, volatilities, 0.03, 1.0, correlation=matrix
    )
