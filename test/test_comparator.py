"""Payoffs of two values as comparisons of the index: what they show, and what they cost."""

import numpy as np
import pytest
from qiskit.quantum_info import Operator

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import Call, DigitalCall, DigitalPut, OptionPricing, price
from qiskit_ssqw.finance.encodings import AngleEncoding, ComparatorEncoding
from qiskit_ssqw.finance.gates import count_two_qubit_gates

MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365}


def thresholds(size):
    """All payoffs that are 1 on one side of an index."""
    points = np.arange(2**size)
    return [side for edge in range(1, 2**size) for side in (points >= edge, points < edge)]


def some_sets(size, rng):
    found = (rng.random(2**size) < 0.5 for _ in range(12))
    return [good for good in found if 0 < good.sum() < 2**size]


def check_circuits(good):
    """The rotation flips the objective where it is good, the reflection is ``R^-1 Z R``."""
    encoding = ComparatorEncoding.of(np.where(good, 3.0, -1.0))
    np.testing.assert_array_equal(encoding.shown, good)
    np.testing.assert_array_equal(encoding.loaded_payoff, np.where(good, 3.0, -1.0))
    half = len(good)
    flips = np.zeros((2 * half, 2 * half))
    for point, objective in np.ndindex(half, 2):
        flips[point + half * (objective ^ int(good[point])), point + half * objective] = 1
    # The ancillas begin and end in 0: the first block of either operator.
    rotation, reflection = (
        Operator(circuit).data[: 2 * half, : 2 * half]
        for circuit in (encoding.circuit(), encoding.reflection())
    )
    np.testing.assert_allclose(rotation, flips, atol=1e-12)
    signs = np.repeat([1, -1], half)
    np.testing.assert_allclose(reflection, flips.T @ (signs[:, None] * flips), atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_circuits(size, rng):
    for good in thresholds(size) + some_sets(size, rng):
        check_circuits(good)


@pytest.mark.parametrize("size", [2, 4, 6, 8])
@pytest.mark.parametrize("edge", [1, 2, 3, -1])
def test_cost(size, edge):
    good = np.arange(2**size) >= edge % 2**size
    encoding = ComparatorEncoding.of(good.astype(float))
    length = size - (edge == 2)  # a trailing zero
    expected = 6 * max(length - 2, 0) + (length > 1)
    assert count_two_qubit_gates(encoding.reflection()) == expected
    assert encoding.num_ancillas == max(length - 2, 0)


def test_more_than_two_values_or_one():
    assert ComparatorEncoding.of(np.array([0.0, 1.0, 2.0, 2.0])) is None
    assert ComparatorEncoding.of(np.ones(4)) is None


@pytest.mark.parametrize("payoff", [DigitalCall(1.9, size=7), DigitalPut(2.1)])
def test_the_default_takes_the_shorter_circuit(payoff):
    model = QuantumWalkUncertaintyModel.from_black_scholes(6, **MARKET, seed=1)
    chosen = OptionPricing(payoff, model)
    multiplexed = OptionPricing(payoff, model, encoding="exact")
    assert isinstance(multiplexed.encoded.parts[0], AngleEncoding)
    assert chosen.count_iterate_two_qubit_gates() < multiplexed.count_iterate_two_qubit_gates()
    assert chosen.loaded_value == pytest.approx(multiplexed.loaded_value, abs=1e-12)


@pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.PriceAccuracyWarning")
def test_prices(rng):
    model = QuantumWalkUncertaintyModel.from_black_scholes(4, **MARKET, seed=1)
    result = price(DigitalCall(2.0), model, encoding="comparator", epsilon=0.01, seed=1)
    low, high = result.confidence_interval
    assert result.encoding == "comparator"
    assert low <= result.loaded_value <= high


def test_other_payoffs_are_refused():
    model = QuantumWalkUncertaintyModel.from_black_scholes(3, **MARKET, seed=1)
    with pytest.raises(TypeError, match='"comparator" needs a payoff of two values, got the call'):
        OptionPricing(Call(2.0), model, encoding="comparator")
