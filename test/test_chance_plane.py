"""Powers of Grover operators on many qubits: the law that they follow, and prices by it."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorSampler
from qiskit.quantum_info import Statevector
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms import EstimationProblem
from reference import data

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import (
    Asian,
    Basket,
    Call,
    FactorModel,
    Market,
    OptionPricing,
    PathModel,
    ProductModel,
    Put,
    matrix_product_sampler,
    price,
)
from qiskit_ssqw.finance.estimation.bayesian import BayesianAmplitudeEstimation
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.running.chance_plane import ChancePlane
from qiskit_ssqw.finance.running.meter import Meter
from qiskit_ssqw.finance.running.plane import StatePlane
from qiskit_ssqw.finance.running.turning import PlaneProblem, simulated, with_circuits

pytestmark = pytest.mark.filterwarnings(
    "ignore::qiskit_ssqw.finance.PriceAccuracyWarning",
    "ignore:Rescaling discards",
)

POWERS = (0, 1, 2, 3, 7, 20)
ESTIMATOR = BayesianAmplitudeEstimation(0.1)
ASIAN = Asian(Call(100.0), mean="geometric")
MARKET = {"spot": 100.0, "volatility": 0.3, "rate": 0.02, "maturity": 1.0}


def unroll(circuit):
    return Meter.around(None, seed=1)._unrolled(circuit)


def of_call(num_qubits, **options):
    model = QuantumWalkUncertaintyModel.from_black_scholes(num_qubits, **data.MARKET, seed=1)
    return OptionPricing(Call(1.896), model, **options).to_estimation_problems()[-1]


def coin(amplitude):
    circuit = QuantumCircuit(1)
    circuit.ry(2 * np.arcsin(np.sqrt(amplitude)), 0)
    return EstimationProblem(circuit, [0])


def two_good_qubits(is_good_state=None):
    circuit = QuantumCircuit(3)
    for qubit, angle in enumerate((0.4, 1.1, 2.0)):
        circuit.ry(angle, qubit)
    circuit.cx(0, 1)
    return EstimationProblem(circuit, [0, 2], is_good_state=is_good_state)


def without_amplitude(problem):
    """The same for a simulator, which does not know what it will find."""
    return with_circuits(problem, problem.state_preparation, problem.grover_operator)


def on_paths(payoff=ASIAN, steps=8, **options):
    """A payoff on the path of 3 qubits a step: 24 by default."""
    return OptionPricing(payoff, PathModel(3, steps, **MARKET), **options)


PROBLEMS = {
    "call": lambda: of_call(3, encoding="exact"),
    "series": lambda: of_call(4, encoding="fourier", payoff_tolerance=0.02),
    "rescaled": lambda: of_call(2).rescale(0.25),
    "two good qubits": two_good_qubits,
    "coin": lambda: coin(0.3),
    "never": lambda: coin(0.0),
    "always": lambda: coin(1.0),
    "half": lambda: coin(0.5),
    "rarely": lambda: coin(1e-9),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_the_law_is_that_of_the_states(name):
    problem = without_amplitude(PROBLEMS[name]())
    states, ours = StatePlane(problem, unroll), ChancePlane(problem, unroll)
    ours.check_good_states()
    assert ours.is_exact
    for power in POWERS:
        wanted = Statevector(states.state(power)).probabilities(problem.objective_qubits)
        assert ours.chances(power) == pytest.approx(wanted, abs=1e-6)
        assert ours.two_qubit_gates(power) == states.two_qubit_gates(power)


def test_operators_of_other_good_states_are_refused():
    plane = ChancePlane(two_good_qubits(lambda word: word[0] == "1"), unroll)
    with pytest.raises(ValueError, match="operator does not belong to its good states"):
        plane.check_good_states()


def test_approximate_operators_are_told():
    circuit = QuantumCircuit(1)
    circuit.ry(0.7, 0)
    operator = EstimationProblem(circuit, [0]).grover_operator
    operator.ry(1e-2, 0)
    plane = ChancePlane(EstimationProblem(circuit, [0], operator), unroll)
    plane.check_good_states()
    assert not plane.is_exact


def test_what_is_run_instead_of_a_power():
    meter = Meter.around(None, seed=1)
    problem = without_amplitude(on_paths(payoff_tolerance=0.1).to_estimation_problems()[0])
    eased = meter.eased(problem)
    assert isinstance(eased, PlaneProblem)
    real = ESTIMATOR.construct_circuit(problem, 3, measurement=True)
    ready, gates = simulated(ESTIMATOR.construct_circuit(eased, 3, measurement=True))
    assert ready.num_qubits == 1
    assert gates == meter._unrolled(real).num_nonlocal_gates()
    counts = matrix_product_sampler(1).run([meter._unrolled(real)], shots=2000).result()[0]
    (chance,) = eased._plane.chances(3)[1:]
    found = counts.data.objective.get_int_counts().get(1, 0) / 2000
    assert abs(found - chance) < 4 * np.sqrt(chance * (1 - chance) / 2000)


def test_circuits_that_need_more_than_the_law():
    eased = Meter.around(None, seed=1).eased(
        on_paths(payoff_tolerance=0.1).to_estimation_problems()[0]
    )
    circuit = ESTIMATOR.construct_circuit(eased, 1)
    circuit.h(0)
    with pytest.raises(ValueError, match=r"on 26 qubits .* pass sampler=matrix_product_sampler"):
        simulated(circuit)


MODELS = {
    "path": lambda: (ASIAN, PathModel(3, 8, **MARKET)),
    "put on a path": lambda: (Asian(Put(110.0), mean="geometric"), PathModel(2, 12, **MARKET)),
    "independent": lambda: (
        Basket([1 / 6] * 6, Call(95.0)),
        ProductModel.from_market(4, Market([100.0] * 6, 0.3, 0.02, 1.0), grid="quantile"),
    ),
    "factor": lambda: (
        Basket([0.1] * 10, Call(100.0)),
        FactorModel(2, Market([100.0] * 10, 0.3, 0.02, 1.0), [0.7] * 10),
    ),
}
OPTIONS = {"accuracy": 0.2, "payoff_tolerance": 0.01, "reference": False}


@pytest.mark.parametrize(
    "name",
    [
        "path",
        *(
            pytest.param(one, marks=pytest.mark.deep)
            for one in ("factor", "independent", "put on a path")
        ),
    ],
)
def test_prices_on_many_qubits(name):
    payoff, model = MODELS[name]()
    first, other, again = (price(payoff, model, seed=seed, **OPTIONS) for seed in (0, 1, 0))
    for found in (first, other):
        assert model.num_qubits > 20
        assert found.num_qubits == model.num_qubits + 2
        assert found.success
        low, high = found.confidence_interval
        assert low <= found.loaded_value <= high
        assert found.alpha == pytest.approx(0.01)
    assert again.estimate == first.estimate != other.estimate


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.deep] * (name == "put on a path")) for name in MODELS],
)
def test_circuits_show_the_amplitude_that_contraction_knows(name):
    payoff, model = MODELS[name]()
    application = OptionPricing(payoff, model, payoff_tolerance=0.02)
    for problem in application.to_estimation_problems()[:1]:
        known, run = (ChancePlane(one, unroll) for one in (problem, without_amplitude(problem)))
        assert run.is_exact
        assert known.chances(0) == pytest.approx(run.chances(0), abs=1e-8)
        assert known.two_qubit_gates(3) == run.two_qubit_gates(3)


@pytest.mark.deep
def test_deep_powers_follow_the_law():
    """Where the interval is a thousand times narrower than the plane's check is precise."""
    payoff, model = MODELS["path"]()
    options = {**OPTIONS, "payoff_tolerance": 0.2, "epsilon": 1e-6, "alpha": 1e-3}
    found = [price(payoff, model, seed=seed, **options) for seed in range(3)]
    for one in found:
        assert one.num_problems < 4
        assert abs(one.estimate - one.loaded_value) <= one.statistical_error


@pytest.mark.parametrize("sampler", [matrix_product_sampler, "own"])
def test_every_circuit_is_run_by_samplers_that_are_given(sampler):
    if sampler == "own":
        sampler = SamplerV2(options={"backend_options": {"method": "matrix_product_state"}})
    options = {**OPTIONS, "payoff_tolerance": 0.2, "seed": 1, "shots": 100}
    found = price(ASIAN, PathModel(3, 7, **MARKET), sampler=sampler, **options)
    low, high = found.confidence_interval
    assert low <= found.loaded_value <= high


def test_what_is_known_spares_state_vectors():
    """If they take long; the outcomes are the same."""
    problem, meter = of_call(4, encoding="exact"), Meter.around(None, seed=1)
    spared = meter.eased(problem, by_law=True)
    assert isinstance(spared._plane, ChancePlane)
    assert isinstance(meter.eased(without_amplitude(problem), by_law=True)._plane, StatePlane)
    states = StatePlane(problem, unroll)
    for power in POWERS:
        wanted = Statevector(states.state(power)).probabilities(problem.objective_qubits)
        assert spared._plane.chances(power) == pytest.approx(wanted, abs=1e-9)


def test_many_points_take_no_state_vectors(monkeypatch):
    model = QuantumWalkUncertaintyModel.from_black_scholes(
        13, **data.MARKET, grid="quantile", seed=1
    )
    application = OptionPricing(Call(1.896), model, encoding="exact")
    (problem,) = application.to_estimation_problems()
    monkeypatch.setattr(StatePlane, "__init__", None)  # it would be called
    (found,) = EstimatorRun("bayes", seed=1).estimate(
        [problem], [1e-3], 0.01, application.count_iterate_two_qubit_gates()
    )
    low, high = found.confidence_interval
    assert low <= application.loaded_amplitudes[0] <= high


class TestRefused:
    def test_state_vectors_that_take_too_long(self):
        """Of problems that do not know what will be found."""
        problem, run = without_amplitude(of_call(4)), EstimatorRun("bayes", max_seconds=10)
        message = (
            r"first powers of the Grover operator, 100,000 CX each on \d+ qubits, of 1 "
            r"problem\(s\) take some \d+ seconds on a simulator of state vectors, more than "
            r"max_seconds=10"
        )
        with pytest.raises(ValueError, match=message):
            run.estimate([problem], [0.1], 0.05, 100_000)

    def test_planes_that_take_too_long(self):
        application = on_paths(payoff_tolerance=0.05)
        problems = [without_amplitude(one) for one in application.to_estimation_problems()]
        run = EstimatorRun("bayes", max_seconds=0.1)
        message = (
            r"first powers of the Grover operator, \d+ CX each on 26 qubits, of \d+ problem\(s\) "
            r"take some [\d.]+ \w+ on a simulator of matrix product states, more than "
            r"max_seconds=0.1"
        )
        with pytest.raises(ValueError, match=message):
            run.estimate(
                problems, [0.1] * len(problems), 0.05, application.count_iterate_two_qubit_gates()
            )

    @pytest.mark.parametrize("sampler", [StatevectorSampler, SamplerV2])
    def test_states_that_are_too_large(self, sampler):
        with pytest.raises(ValueError, match=r"max_seconds, or take sampler=matrix_product_sampl"):
            price(ASIAN, PathModel(3, 12, **MARKET), sampler=sampler)

    def test_products_are_quicker_than_states(self):
        message = r"some \d+ (minutes|hours|days) on a simulator.* or raise max_seconds$"
        with pytest.raises(ValueError, match=message):
            price(ASIAN, PathModel(3, 12, **MARKET), sampler=matrix_product_sampler)

    def test_powers_that_an_estimator_asks_for(self):
        options = {"sampler": matrix_product_sampler, "max_seconds": 0.5, "seed": 1}
        estimator = BayesianAmplitudeEstimation(1e-5, shots=20)
        with pytest.raises(
            ValueError, match=r"to the power \d+, some 0\.\d+ seconds .*max_seconds=0.5"
        ):
            price(ASIAN, PathModel(3, 8, **MARKET), estimator=estimator, **options)

    def test_phase_estimation_runs_all_gates(self):
        with pytest.raises(ValueError, match=r"oracle calls, in .* shots, some .* max_seconds=1:"):
            price(ASIAN, PathModel(3, 8, **MARKET), estimator="ae", max_seconds=1)
