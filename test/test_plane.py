"""Powers of a Grover operator in its plane, against the circuits they stand for."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector
from qiskit_algorithms import EstimationProblem
from reference import data
from theirs import EuropeanCallPricing, LogNormalDistribution

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import BullSpread, Call, DigitalCall, OptionPricing, Put, price
from qiskit_ssqw.finance.estimation.bayesian import BayesianAmplitudeEstimation
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.running.meter import Meter
from qiskit_ssqw.finance.running.plane import StatePlane
from qiskit_ssqw.finance.running.simulators import aer_sampler
from qiskit_ssqw.finance.running.turning import PlaneProblem, Turn, simulated

pytestmark = pytest.mark.filterwarnings(
    "ignore::qiskit_ssqw.finance.PriceAccuracyWarning",
    "ignore:Rescaling discards",
)

POWERS = (0, 1, 2, 3, 9)
ESTIMATOR = BayesianAmplitudeEstimation(0.1)


def meter():
    return Meter.around(None, seed=1)


def of_payoff(payoff, num_qubits, **options):
    model = QuantumWalkUncertaintyModel.from_black_scholes(num_qubits, **data.MARKET, seed=1)
    return OptionPricing(payoff, model, **options).to_estimation_problems()[-1]


def of_qiskit_finance():
    loader = LogNormalDistribution(2, 0.6, 0.02, (0.5, 3.5))
    return EuropeanCallPricing(2, 1.896, 0.25, (0.5, 3.5), loader).to_estimation_problem()


def coin(amplitude):
    circuit = QuantumCircuit(1)
    circuit.ry(2 * np.arcsin(np.sqrt(amplitude)), 0)
    return EstimationProblem(circuit, [0])


def two_good_qubits():
    circuit = QuantumCircuit(3)
    for qubit, angle in enumerate((0.4, 1.1, 2.0)):
        circuit.ry(angle, qubit)
    circuit.cx(0, 1)
    return EstimationProblem(circuit, [0, 2])


PROBLEMS = {
    "call": lambda: of_payoff(Call(1.896), 3, encoding="exact"),
    "put": lambda: of_payoff(Put(2.1), 4, encoding="exact"),
    "series": lambda: of_payoff(BullSpread(1.5, 2.2), 3, encoding="fourier", payoff_tolerance=0.02),
    "digital": lambda: of_payoff(DigitalCall(2.0), 2),
    "with an ancilla": lambda: of_payoff(Call(1.896), 4, ancilla=True),
    "rescaled": lambda: of_payoff(Call(1.896), 2).rescale(0.25),
    "qiskit-finance": of_qiskit_finance,
    "two good qubits": two_good_qubits,
    "coin": lambda: coin(0.3),
    "never": lambda: coin(0.0),
    "always": lambda: coin(1.0),
    "half": lambda: coin(0.5),
    "rarely": lambda: coin(1e-9),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_states_and_gates_of_all_powers(name):
    problem, ours = PROBLEMS[name](), meter()
    eased = ours.eased(problem)
    assert isinstance(eased, PlaneProblem)
    assert ours.eased(eased) is eased
    for power in POWERS:
        real = ESTIMATOR.construct_circuit(problem, power)
        ready, gates = simulated(ESTIMATOR.construct_circuit(eased, power))
        assert ready.count_ops() == {"initialize": 1}
        state = np.asarray(ready.data[0].operation.params)
        overlap = np.vdot(state, Statevector(real).data)
        assert abs(overlap) == pytest.approx(1, abs=1e-9)
        if power == 0:
            assert overlap == pytest.approx(1, abs=1e-9)
        assert gates == count_two_qubit_gates(ours._unrolled(real))


def test_the_instructions_are_what_they_stand_for():
    problem = of_payoff(Call(1.896), 2)
    eased = meter().eased(problem)
    for power in (0, 1, 3):
        ours = ESTIMATOR.construct_circuit(eased, power)
        assert isinstance(ours.data[-1].operation, Turn)
        real = ESTIMATOR.construct_circuit(problem, power)
        assert np.allclose(Operator(ours).data, Operator(real).data)


def test_deep_powers():
    problem = coin(0.3)
    plane = StatePlane(problem, lambda circuit: circuit)
    angle = np.arcsin(np.sqrt(0.3))
    for power in (10**3, 10**6, 10**8):
        chance = np.abs(plane.state(power)[1]) ** 2
        assert chance == pytest.approx(np.sin((2 * power + 1) * angle) ** 2, abs=1e-14 * power)


@pytest.mark.parametrize(
    "estimator",
    ["bayes", "mlae", *(pytest.param(one, marks=pytest.mark.deep) for one in ("iae", "fae"))],
)
def test_prices_are_those_of_gates(estimator):
    """The same law of outcomes: means of independent runs agree, and so do gates per call."""
    model = QuantumWalkUncertaintyModel.from_black_scholes(2, **data.MARKET, seed=1)
    epsilon, runs = {"fae": (0.2, 2), "bayes": (0.05, 5)}.get(estimator, (0.1, 8))
    found = {}
    for name, sampler in (("plane", None), ("gates", aer_sampler)):
        prices = [
            price(
                Call(1.896),
                model,
                estimator=estimator,
                epsilon=epsilon,
                sampler=sampler,
                seed=seed,
                encoding="exact",
            )
            for seed in range(runs)
        ]
        errors = [abs(p.estimate - p.loaded_value) / p.statistical_error for p in prices]
        assert np.sqrt(np.mean(np.square(errors))) < 1
        found[name] = prices
    if estimator == "mlae":  # its powers do not depend on what is measured
        ours, theirs = (found[name][0] for name in ("plane", "gates"))
        assert ours.two_qubit_gates == theirs.two_qubit_gates
        assert ours.oracle_calls == theirs.oracle_calls


def test_approximate_operators_are_run_gate_by_gate():
    circuit = QuantumCircuit(2)
    circuit.ry(0.7, 0)
    operator = EstimationProblem(circuit, [0]).grover_operator
    operator.rx(1e-3, 1)
    problem = EstimationProblem(circuit, [0], operator)
    assert not StatePlane(problem, lambda part: part).is_exact
    assert not isinstance(meter().eased(problem), PlaneProblem)


@pytest.mark.parametrize("sampler", [aer_sampler, aer_sampler(1)])
def test_samplers_that_are_given_run_all_gates(sampler):
    ours = Meter(sampler) if not callable(sampler) else Meter.around(sampler)
    problem = of_payoff(Call(1.896), 2)
    assert ours.eased(problem) is problem


def test_operators_without_powers_of_their_own_are_unrolled_once():
    ours = Meter.around(aer_sampler)
    eased = ours.eased(of_qiskit_finance())
    power = ESTIMATOR.construct_circuit(eased, 3)
    assert set(power.count_ops()) <= {"u", "cx"}
    real = ESTIMATOR.construct_circuit(of_qiskit_finance(), 3)
    overlap = np.vdot(Statevector(power).data, Statevector(real).data)
    assert abs(overlap) == pytest.approx(1)


@pytest.mark.parametrize("payoff", [Call(1.896), DigitalCall(1.9)])
def test_only_measured_qubits_are_set(payoff):
    """Large states take long to set, and ancillas make them large."""
    problem = meter().eased(of_payoff(payoff, 4))
    circuit = ESTIMATOR.construct_circuit(problem, 3, measurement=True)
    ready, _ = simulated(circuit)
    (setting,) = [step for step in ready.data if step.name == "initialize"]
    assert [ready.find_bit(qubit).index for qubit in setting.qubits] == problem.objective_qubits
