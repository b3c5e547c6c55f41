"""From a payoff and a model to a price in one call, and what it reports."""

import json

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.primitives import BaseSamplerV2, StatevectorSampler
from qiskit_algorithms import (
    EstimationProblem,
    IterativeAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimation,
)
from reference import data

from qiskit_ssqw import (
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    fit,
)
from qiskit_ssqw.finance import (
    Asian,
    Basket,
    BestOf,
    Call,
    DigitalCall,
    FunctionPayoff,
    OptionPricing,
    PathModel,
    PriceAccuracyWarning,
    Put,
    WorstOf,
    delta,
    price,
    realised_volatility,
)
from qiskit_ssqw.finance.estimation.registry import method_named
from qiskit_ssqw.finance.estimation.schedule import Goal
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.running.meter import Meter

STRIKE = 1.896
GRID_SUM = 0.162276
BLACK_SCHOLES = 0.170627
ESTIMATORS = ("iae", "mlae", "fae", "ae")


@pytest.fixture(scope="module")
def model():
    """The call of qiskit-finance's tutorial, on its grid."""
    return QuantumWalkUncertaintyModel.from_black_scholes(
        3, **data.MARKET, num_std=3, rule="pdf", tolerance=1e-6, seed=1
    )


@pytest.fixture(scope="module")
def fine_model():
    return QuantumWalkUncertaintyModel.from_black_scholes(5, **data.MARKET, seed=1)


@pytest.fixture(scope="module")
def linear_model():
    return QuantumWalkUncertaintyModel.from_black_scholes(5, **data.MARKET, num_std=4, seed=1)


@pytest.fixture(scope="module")
def two_assets():
    return QuantumWalkUncertaintyModel.from_black_scholes(
        [3, 3], [2.0, 2.2], [0.4, 0.3], 0.05, 0.25, correlation=[[1, 0.5], [0.5, 1]], seed=1
    )


@pytest.fixture(scope="module")
def result(model):
    return price(Call(STRIKE), model, epsilon=0.02, payoff_tolerance=0, seed=3)


class TestReferenceCall:
    def test_each_number(self, result, model):
        assert result.exact_value == pytest.approx(GRID_SUM, abs=1e-6)
        assert result.loaded_value == pytest.approx(GRID_SUM, abs=1e-6)
        assert result.reference.value == pytest.approx(BLACK_SCHOLES, abs=1e-6)
        assert result.reference.standard_error == 0
        low, high = result.confidence_interval
        assert low <= GRID_SUM <= high
        assert low <= result.estimate <= high
        assert high - low <= 2 * 0.02 * float(np.ptp(Call(STRIKE)(model.values)))
        assert result.present_value == pytest.approx(result.estimate * model.market.discount)
        assert (result.num_qubits, result.num_problems) == (4, 1)
        assert result.iterate_two_qubit_gates == 28

    def test_it_prints_well(self, result):
        lines = str(result).splitlines()
        assert str(result).replace("\n", " ").endswith(result.message)
        assert lines[0] == "call 1.896: expected payoff, undiscounted"
        for text in (
            *("99% interval", "bias included", "discounted", "sum over the grid"),
            *("Black-Scholes", "statistical error", "loader", "oracle calls"),
        ):
            assert any(text in line for line in lines)
        assert max(len(line) for line in lines) < 100

    def test_to_dict_is_json(self, result):
        numbers = json.loads(json.dumps(result.to_dict()))
        assert numbers == result.to_dict()
        assert numbers["payoff"] == "call 1.896"
        assert numbers["bias_bound"]["payoff"] == pytest.approx(0, abs=1e-12)
        assert numbers["confidence_interval"] == list(result.confidence_interval)
        assert numbers["interval"] == list(result.interval)
        assert numbers["present_interval"] == list(result.present_interval)
        assert numbers["error"] == result.error
        assert numbers["success"] is result.success
        assert numbers["notes"] == list(result.notes)

    def test_the_seed_decides(self, result, model):
        assert price(Call(STRIKE), model, epsilon=0.02, payoff_tolerance=0, seed=3) == result
        other = price(Call(STRIKE), model, epsilon=0.02, payoff_tolerance=0, seed=4)
        assert other.estimate != result.estimate

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_every_estimator(self, model, estimator):
        options = {"epsilon": 0.05, "payoff_tolerance": 0, "seed": 2}
        found = price(Call(STRIKE), model, estimator=estimator, **options)
        low, high = found.confidence_interval
        assert low <= GRID_SUM <= high
        assert high - low <= 2.1 * 0.05 * float(np.ptp(Call(STRIKE)(model.values)))
        assert found.estimator == estimator
        assert found.oracle_calls > 0

    @pytest.mark.parametrize("encoding", ["exact", "fourier"])
    def test_every_encoding(self, linear_model, encoding):
        found = price(
            Call(STRIKE),
            linear_model,
            epsilon=0.02,
            payoff_tolerance=1e-3,
            encoding=encoding,
            seed=1,
        )
        low, high = found.confidence_interval
        assert low <= found.loaded_value <= high
        assert abs(found.loaded_value - found.exact_value) <= found.bias_bound.total
        assert found.encoding == ("multiplexed" if encoding == "exact" else encoding)
        assert (found.num_problems > 1) == (encoding == "fourier")


class TestGatesSpent:
    @pytest.mark.parametrize("power", [1, 4])
    def test_counted_as_the_circuits_that_run(self, model, power):
        problem = OptionPricing(Call(STRIKE), model).to_estimation_problem()
        circuit = problem.state_preparation.compose(problem.grover_operator.power(power))
        circuit.measure_all()
        plain = transpile(circuit, basis_gates=["u", "cx"], optimization_level=0)
        meter = Meter(StatevectorSampler(default_shots=7, seed=1))
        meter.run([circuit, (circuit, None, 5)]).result()
        assert meter.shots == 12
        assert meter.two_qubit_gates == 12 * plain.count_ops()["cx"]
        assert count_two_qubit_gates(plain) == plain.count_ops()["cx"]

    def test_the_result_adds_them_up(self, model, fine_model):
        for loader, encoding in ((model, "exact"), (fine_model, "fourier")):
            found = price(
                Call(STRIKE), loader, epsilon=0.05, payoff_tolerance=0.01, encoding=encoding, seed=1
            )
            floor = found.oracle_calls * found.iterate_two_qubit_gates
            assert floor / 2 < found.two_qubit_gates < 3 * floor


class CountingSampler(BaseSamplerV2):
    def __init__(self):
        self._inner = StatevectorSampler(default_shots=50, seed=np.random.default_rng(1))
        self.runs = 0

    def run(self, pubs, *, shots=None):
        self.runs += 1
        return self._inner.run(pubs, shots=shots)

    @property
    def default_shots(self):
        return self._inner.default_shots


class TestEstimatorObjects:
    def test_its_own_sampler_runs_and_is_put_back(self, model):
        sampler = CountingSampler()
        estimator = IterativeAmplitudeEstimation(0.05, 0.05, sampler=sampler)
        found = price(Call(STRIKE), model, estimator=estimator, epsilon=0.05, payoff_tolerance=0)
        low, high = found.confidence_interval
        assert low <= GRID_SUM <= high
        assert found.estimator == "IterativeAmplitudeEstimation"
        assert sampler.runs > 0
        assert found.two_qubit_gates > 0
        assert estimator.sampler is sampler

    def test_a_given_sampler_takes_its_place(self, model):
        sampler = CountingSampler()
        estimator = MaximumLikelihoodAmplitudeEstimation(3)
        price(Call(STRIKE), model, estimator=estimator, sampler=sampler, epsilon=0.05)
        assert sampler.runs == 1
        assert estimator.sampler is None

    @pytest.mark.parametrize("estimator", ["iae", "mlae", "ae"])
    def test_names_take_a_sampler_and_a_pass_manager(self, model, estimator):
        class Spy:
            circuits = 0

            def run(self, circuit):
                Spy.circuits += 1
                return circuit

        sampler = CountingSampler()
        price(
            Call(STRIKE),
            model,
            estimator=estimator,
            sampler=sampler,
            pass_manager=Spy(),
            epsilon=0.1,
        )
        assert sampler.runs > 0
        assert Spy.circuits > 0


class TestAccuracyOfTheEstimators:
    """On one qubit, where a power of the Grover operator is one rotation."""

    @pytest.mark.parametrize("name", ESTIMATORS)
    @pytest.mark.parametrize("epsilon", [0.1, 0.02])
    @pytest.mark.parametrize("amplitude", [0.05, 0.5, 0.9])
    def test_the_interval_is_as_narrow_as_asked_for(self, name, epsilon, amplitude):
        angle = np.arcsin(np.sqrt(amplitude))
        prepare, iterate = QuantumCircuit(1), QuantumCircuit(1)
        prepare.ry(2 * angle, 0)
        iterate.ry(4 * angle, 0)
        problem = EstimationProblem(prepare, [0], iterate)
        sampler = StatevectorSampler(default_shots=100, seed=np.random.default_rng(5))
        goal = Goal(epsilon, 0.05, sampler.default_shots)
        found = method_named(name).make(goal, sampler).estimate(problem)
        estimate = found.mle if name == "ae" else found.estimation
        low, high = found.confidence_interval
        assert abs(estimate - amplitude) <= 1.5 * epsilon
        assert high - low <= 2.1 * epsilon


class TestOtherContracts:
    @pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.PriceAccuracyWarning")
    def test_deltas(self, model):
        found = price(delta(Call(STRIKE), method="digital"), model, epsilon=0.02, seed=1)
        low, high = found.confidence_interval
        assert low <= 0.8098 <= high
        found = price(delta(Put(2.126), method="digital"), model, epsilon=0.02, seed=1)
        low, high = found.confidence_interval
        assert low <= -0.8193 <= high

    @pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.PriceAccuracyWarning")
    @pytest.mark.parametrize(
        "payoff", [Basket((0.5, 0.5), Call(2.0)), BestOf(Call(2.0)), WorstOf(Put(2.0))]
    )
    def test_two_correlated_assets(self, payoff, two_assets):
        model = two_assets
        found = price(payoff, model, epsilon=0.02, seed=1)
        assert abs(found.estimate - found.exact_value) <= 2 * found.statistical_error
        assert found.exact_value == pytest.approx(payoff(model.values) @ model.probabilities)
        assert found.reference.method.startswith("Monte Carlo")
        assert found.exact_value == pytest.approx(found.reference.value, rel=0.15)

    def test_a_path_of_four_steps(self):
        found = price(
            Asian(Call(1.9)), PathModel(2, 4, **data.MARKET, seed=1), epsilon=0.05, seed=1
        )
        low, high = found.confidence_interval
        assert low <= found.exact_value <= high
        assert found.exact_value == pytest.approx(found.reference.value, rel=0.02)
        assert found.num_qubits == 10

    def test_a_coin_that_is_traced_out(self):
        target = TargetDistribution.from_black_scholes(3, **data.MARKET, num_std=3, rule="pdf")
        walk = fit(target, method="exact", seed=1).walk
        found = price(
            Call(STRIKE), SSQWDistribution(walk), values=target.values, epsilon=0.05, seed=1
        )
        low, high = found.confidence_interval
        assert low <= GRID_SUM <= high
        assert found.reference is None
        assert found.present_value is None

    def test_a_constant_payoff_needs_no_circuit(self, model):
        found = price(FunctionPayoff(lambda s: 0 * s + 2, label="bond"), model)
        assert (found.estimate, found.exact_value) == (2, pytest.approx(2))
        assert found.confidence_interval == (2, 2)
        assert (found.oracle_calls, found.two_qubit_gates, found.num_qubits) == (0, 0, 0)

    def test_sp500(self):
        closes = pytest.importorskip("arch.data.sp500").load()["Close"].to_numpy()
        spot, volatility = float(closes[-1]), realised_volatility(closes[-253:])
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            5, spot, volatility, 0.02, 0.25, seed=1
        )
        found = price(Call(spot), model, epsilon=0.01, seed=1)
        low, high = found.confidence_interval
        assert low <= found.reference.value <= high
        assert found.exact_value == pytest.approx(found.reference.value, rel=0.01)


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"accuracy": 0}, ValueError, "accuracy must be positive, got 0"),
            ({"accuracy": 1}, ValueError, r"accuracy must be below 1, .* \(0.01 is 1 %\), got 1"),
            ({"accuracy": -0.01}, ValueError, r"accuracy must be positive, got -0\.01"),
            ({"accuracy": np.inf}, ValueError, "accuracy must be finite, got inf"),
            ({"accuracy": "1%"}, TypeError, "accuracy must be a real number, got '1%'"),
            ({"absolute_accuracy": 0}, ValueError, "absolute_accuracy must be positive, got 0"),
            ({"absolute_accuracy": np.nan}, ValueError, "absolute_accuracy must be finite, got n"),
            ({"alpha": 0}, ValueError, "alpha must lie strictly between 0 and 1, got 0"),
            ({"alpha": "5%"}, TypeError, "alpha must be a real number, got '5%'"),
            ({"epsilon": 0}, ValueError, "epsilon must be positive, got 0"),
            ({"epsilon": 0.5}, ValueError, r"epsilon must be below 0\.5, got 0\.5"),
            ({"epsilon": float("nan")}, ValueError, "epsilon must be finite, got nan"),
            ({"alpha": 1}, ValueError, "alpha must lie strictly between 0 and 1, got 1"),
            ({"shots": 0}, ValueError, "shots must be at least 1, got 0"),
            ({"shots": 1.5}, TypeError, r"shots must be an integer, got 1\.5"),
            ({"estimator": "qpe"}, ValueError, "estimator must be one of 'auto', .*, got 'qpe'"),
            ({"encoding": "sine"}, ValueError, "encoding must be one of .*, got 'sine'"),
            (
                {"payoff_tolerance": -1},
                ValueError,
                "tolerance must be at least 0 and below 1, got -1",
            ),
        ],
    )
    def test_options(self, model, options, error, message):
        with pytest.raises(error, match=message):
            price(Call(STRIKE), model, **options)

    def test_no_payoff(self, model):
        with pytest.raises(TypeError, match="payoff must be a payoff of qiskit_ssqw"):
            price(lambda s: s, model)


class TestHonesty:
    def test_the_grid_counts_where_only_a_simulation_knows_its_error(self):
        coarse = QuantumWalkUncertaintyModel.from_black_scholes(
            [2, 2], [2.0, 2.2], [0.4, 0.3], 0.05, 0.25, num_std=3, rule="pdf", seed=1
        )
        with pytest.warns(PriceAccuracyWarning, match='due to the grid: take grid="log"'):
            found = price(Basket((0.5, 0.5), Call(2.1)), coarse, epsilon=0.005, seed=1)
        off = abs(found.exact_value - found.reference.value)
        assert found.bias_bound.grid == off
        assert 0 < found.reference_error == 3 * found.reference.standard_error < off / 10
        assert not found.success

    def test_a_bump_within_a_cell_is_no_derivative(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(5, **data.MARKET, seed=1)
        with pytest.warns(PriceAccuracyWarning, match="due to the grid"):
            price(delta(DigitalCall(2.0), 2.0, method="bump"), model, epsilon=0.002, seed=1)

    def test_without_a_market_nothing_is_said_of_the_grid(self):
        target = TargetDistribution.normal(3, 2.0, 0.1, (1, 3))
        found = price(Call(2.0), QuantumWalkUncertaintyModel(target, seed=1), epsilon=0.02, seed=1)
        assert found.bias_bound.grid is None
        assert found.message.startswith("Apart from what the grid misses, the price of the call 2")

    @pytest.mark.parametrize(("encoding", "parts"), [("exact", 1), ("fourier", 4)])
    def test_an_estimator_object_brings_its_own_level(self, model, encoding, parts):
        sampler = StatevectorSampler(seed=np.random.default_rng(1))
        estimator = IterativeAmplitudeEstimation(0.1, 0.2, sampler=sampler)
        found = price(
            Call(STRIKE),
            model,
            estimator=estimator,
            encoding=encoding,
            payoff_tolerance=0.01,
            epsilon=0.1,
        )
        assert found.alpha == pytest.approx(min(1, 0.2 * found.num_problems))
        assert (found.num_problems > 1) == (parts > 1)
        assert f"{100 * (1 - found.alpha):.4g}% interval" in str(found)

    def test_a_walk_is_never_counted_as_one_gate(self):
        walk = SplitStepWalk(1, [[1.0, 2.0], [0.3, 0.4]], start=0)
        assert count_two_qubit_gates(SSQWDistribution(walk)) > 1

    def test_intervals_stay_within_what_is_paid(self, model):
        sure = price(
            DigitalCall(1.3), model, estimator="fae", epsilon=0.1, payoff_tolerance=0, seed=1
        )
        assert sure.confidence_interval[1] <= 1

    def test_a_series_of_no_harmonics(self):
        model = QuantumCircuit(2)
        model.x(1)
        model.values = np.arange(1.0, 5.0)
        model.probabilities = np.array([0, 0, 1.0, 0])
        found = price(Call(3.5), model, seed=1)
        assert found.estimate == pytest.approx(0, abs=0.01)

    def test_a_bond_needs_no_warning(self, model, recwarn):
        price(DigitalCall(float(model.values[0])), model, payoff_tolerance=0, seed=1, epsilon=0.1)
        assert not [w for w in recwarn if w.category is PriceAccuracyWarning]

    def test_no_progress_is_an_error(self, model):
        class Stuck(BaseSamplerV2):
            default_shots = 1

            def run(self, pubs, *, shots=None):
                return StatevectorSampler(seed=1).run([pub[0] for pub in pubs], shots=1)

        meter = Meter(Stuck())
        circuit = QuantumCircuit(1)
        circuit.measure_all()
        with pytest.raises(RuntimeError, match="makes no progress in 2000 circuits of 1 shots"):
            meter.run([circuit] * 2001)

    def test_other_values_are_of_another_market(self, model):
        found = price(Call(2 * STRIKE), model, values=2 * model.values, epsilon=0.1, seed=1)
        assert found.exact_value == pytest.approx(2 * GRID_SUM, abs=1e-5)
        assert found.reference is None

    def test_loaded_probabilities_are_those_of_the_circuit(self):
        model = QuantumCircuit(2)
        model.values = np.arange(1.0, 5.0)
        model.probabilities = model.loaded_probabilities = np.full(4, 0.25)
        with pytest.warns(PriceAccuracyWarning, match="due to the loader"):
            found = price(Call(2.0), model, seed=1)
        assert found.loaded_value == 0
        assert found.exact_value == 0.75


@pytest.mark.parametrize("size", [50, 5000])
def test_samples_are_taken_for_the_truth_and_the_message_says_how_far_they_tell_it(rng, size):
    samples = rng.lognormal(0, 0.3, size)
    model = QuantumWalkUncertaintyModel.from_samples(4, samples, grid="log", seed=1)
    found = price(Call(1.0), model, accuracy=0.2, seed=1)
    error = np.maximum(samples - 1, 0).std(ddof=1) / size**0.5
    assert f"{size:,} samples, taken for the truth" in found.message
    assert f"standard error of {error:.2g}." in found.message
