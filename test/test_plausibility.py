"""Markets that are possible but probably not what was meant."""

import warnings

import pytest

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import Market, MarketWarning

GOOD = {"spot": 100.0, "volatility": 0.2, "rate": 0.03, "maturity": 1.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"volatility": 20}, r"volatility 20 means 2,000 % a year \(20 % is 0.2\)"),
        ({"rate": 3}, r"rate 3 means 300 % a year \(3 % is 0.03\)"),
        ({"rate": -1.5}, r"rate -1.5 means -150 % a year \(-1.5 % is -0.015\)"),
        ({"maturity": 10950, "rate": 0}, r"means 10,950 years \(10950 days are 30\)"),
        ({"volatility": 20, "rate": 3}, r"volatility 20 means .*; rate 3 means"),
        ({"spot": (1, 2), "volatility": (0.2, 20)}, "volatility 20 means"),
    ],
)
def test_a_market_warns_its_caller(change, message):
    with pytest.warns(MarketWarning, match=message) as caught:
        Market(**{**GOOD, **change})
    assert [each.filename for each in caught] == [__file__]


def test_a_model_warns_once():
    with pytest.warns(MarketWarning, match="volatility 6 means 600 %") as caught:
        QuantumWalkUncertaintyModel.from_black_scholes(2, 100, 6, 0.03, 0.1, seed=1, tolerance=0.5)
    assert [each.filename for each in caught] == [__file__]


def test_what_does_not_fit_into_floats_says_why():
    with (
        pytest.warns(MarketWarning, match="rate 1000 means 100,000 %"),
        pytest.raises(ValueError, match="too large or too small for floating-point numbers"),
    ):
        Market(**{**GOOD, "rate": 1000})


@pytest.mark.parametrize(
    "change",
    [{"volatility": 3}, {"volatility": 5}, {"rate": 1}, {"rate": -1}, {"maturity": 100}],
)
def test_research_is_not_disturbed(change):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Market(**{**GOOD, **change})
