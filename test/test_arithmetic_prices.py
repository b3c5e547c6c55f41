"""Whole prices by arithmetic: beside enumeration, Monte Carlo, and Grover's rotation."""

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qiskit_ssqw.finance import (
    Asian,
    Autocallable,
    Barrier,
    BestOf,
    Call,
    Market,
    OptionPricing,
    PathModel,
    Put,
    QuantumWalkUncertaintyModel,
    Straddle,
    WorstOf,
    price,
)
from qiskit_ssqw.finance.factor_model import FactorModel
from qiskit_ssqw.finance.product_model import ProductModel
from qiskit_ssqw.finance.register_model import RegisterModel
from qiskit_ssqw.finance.registers import Price, TableSum

MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.03, "maturity": 1.0}
CONTRACTS = [
    Barrier(Call(1.9), 2.5, "up-and-out"),
    Barrier(Call(1.9), 2.5, "up-and-in"),
    Barrier(Put(2.1), 1.6, "down-and-out"),
    Autocallable(2.3, (0.1, 0.2, 0.3), Barrier(-1 * Put(2.0), 1.5, "down-and-in")),
    10 + 2 * Autocallable((2.4, 2.2, 2.0), (0.3, 0.2, 0.1), Call(1.8)),
]


def path(num_qubits, num_steps, **options):
    return PathModel(num_qubits, num_steps, **MARKET, points="centre", seed=1, **options)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_what_is_computed_is_what_is_listed(contract):
    listed = OptionPricing(contract, path(2, 3))
    computed = OptionPricing(contract, path(2, 3, most_qubits=5))
    assert computed.encoded.kind == "arithmetic"
    assert computed.exact_value == pytest.approx(listed.exact_value, abs=1e-12)
    assert computed.loaded_value == pytest.approx(listed.loaded_value, abs=1e-12)
    np.testing.assert_allclose(computed.payoff_range, listed.payoff_range, atol=1e-12)
    assert computed.view.underlying == pytest.approx(listed.view.underlying)
    for tolerance in (1e-3, 1e-2):
        coarse = OptionPricing(contract, path(2, 3, most_qubits=5), payoff_tolerance=tolerance)
        error = listed.loader.loaded @ np.abs(
            coarse.encoded.payments - contract(listed.loader.values)
        )
        assert error <= 1.001 * tolerance * np.ptp(coarse.payoff_range)
        widths = [part.high - part.low for part in coarse.encoded.parts]
        assert sum(widths) < np.ptp(computed.payoff_range)
        assert coarse.count_iterate_two_qubit_gates() <= computed.count_iterate_two_qubit_gates()


def test_asian_options():
    listed = OptionPricing(Asian(Call(2.0)), path(2, 3))
    computed = OptionPricing(Asian(Call(2.0)), path(2, 3, most_qubits=5))
    assert computed.encoded.kind == "arithmetic"
    assert computed.exact_value == pytest.approx(listed.exact_value, rel=3e-4)
    assert computed.loaded_value == pytest.approx(listed.exact_value, rel=3e-4)
    assert computed.payoff_range == pytest.approx(listed.payoff_range)


def test_means_of_other_grids_are_sums():
    uneven = PathModel(2, 3, **MARKET, points="mean", most_qubits=5, seed=1)
    assert OptionPricing(Asian(Call(2.0)), uneven).encoded.kind == "fourier"


def some_models():
    market = Market([2.0, 1.9, 2.1], [0.3, 0.4, 0.2], 0.03, 1.0)
    yield lambda **options: ProductModel.from_market(3, market, seed=1, **options)
    yield lambda **options: FactorModel(2, market, [0.6, 0.5, 0.8], seed=1, **options)


@pytest.mark.parametrize("make", list(some_models()))
def test_best_and_worst(make):
    for payoff in (BestOf(Call(2.2)), WorstOf(Put(2.0)), WorstOf(Straddle(1.9)) - 1):
        listed, computed = OptionPricing(payoff, make()), OptionPricing(payoff, make(most_qubits=7))
        assert computed.encoded.kind == "arithmetic"
        assert computed.exact_value == pytest.approx(listed.exact_value, abs=1e-12)
        assert computed.loaded_value == pytest.approx(listed.loaded_value, abs=1e-12)
        coarse = OptionPricing(payoff, make(most_qubits=7), payoff_tolerance=1e-2)
        error = listed.loader.loaded @ np.abs(
            coarse.encoded.payments - payoff(listed.loader.values)
        )
        assert error <= 1.001e-2 * np.ptp(coarse.payoff_range)


@pytest.mark.parametrize(
    "contract", [*CONTRACTS[:3], pytest.param(Asian(Put(2.1)), marks=pytest.mark.deep)]
)
def test_twelve_steps_beside_monte_carlo(contract, rng):
    model = path(3, 12)
    priced = OptionPricing(contract, model)
    laws = [array for array, _ in model.loaded_law.tensors]
    steps = np.stack([rng.choice(len(law), 2**16, p=law / law.sum()) for law in laws], axis=1)
    payments = contract(np.stack([one.at(steps) for one in model.prices], axis=1))
    error = payments.std() / np.sqrt(len(payments))
    assert abs(priced.loaded_value - payments.mean()) < 4 * error


@pytest.mark.parametrize("contract", [CONTRACTS[0], Autocallable(2.3, (0.1, 0.3), Put(2.0))])
def test_grover_iterates_turn_by_twice_the_angle(contract):
    priced = OptionPricing(contract, path(2, 2, most_qubits=3))
    problem = priced.to_estimation_problem()
    (amplitude,) = priced.loaded_amplitudes
    angle = np.arcsin(np.sqrt(amplitude))
    for power in range(3):
        circuit = problem.state_preparation.compose(problem.grover_operator.power(power))
        shown = Statevector(circuit).probabilities(problem.objective_qubits)[1]
        assert shown == pytest.approx(np.sin((2 * power + 1) * angle) ** 2, abs=1e-9)


@pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.PriceAccuracyWarning")
def test_price():
    found = price(CONTRACTS[0], path(1, 3, most_qubits=2), epsilon=0.02, seed=1)
    low, high = found.confidence_interval
    assert low <= found.loaded_value <= high


def test_what_is_refused():
    with pytest.raises(ValueError, match=r'equidistant tables .*points="centre"'):
        OptionPricing(CONTRACTS[0], PathModel(2, 3, **MARKET, points="mean", most_qubits=5, seed=1))
    with pytest.raises(ValueError, match=r'encoding "exact" lists all 2\*\*36 points'):
        OptionPricing(CONTRACTS[0], path(3, 12), encoding="exact")
    with pytest.raises(ValueError, match="the highest or lowest price, or of the last price"):
        OptionPricing(Barrier(Asian(Call(2.0)), 2.5), path(3, 12))
    joint = QuantumWalkUncertaintyModel.from_black_scholes(
        [2, 2], [2.0, 2.2], 0.3, 0.03, 1.0, correlation=[[1, 0.5], [0.5, 1]], seed=1
    )
    prices = [
        Price(TableSum.of_register(place, np.asarray(axis)))
        for place, axis in enumerate(joint.target.axes)
    ]
    model = RegisterModel([("assets", joint)], prices, most_qubits=3)
    with pytest.raises(ValueError, match=r"registers \[0, 1\] of 2 are loaded jointly"):
        OptionPricing(BestOf(Call(2.2)), model)
