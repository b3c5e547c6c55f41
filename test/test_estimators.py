"""An amplitude estimator is one object: made-up ones in prices and risk measures, wrong ones."""

import numpy as np
import pytest
from qiskit.primitives import StatevectorSampler
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms import (
    AmplitudeEstimator,
    AmplitudeEstimatorResult,
    IterativeAmplitudeEstimation,
    IterativeAmplitudeEstimationResult,
)
from reference import data
from scipy.stats import binomtest

from qiskit_ssqw import QuantumWalkUncertaintyModel, RepeatedSeedWarning
from qiskit_ssqw.cli.arguments import ESTIMATORS
from qiskit_ssqw.devices import Mitigation
from qiskit_ssqw.finance import (
    BullSpread,
    Call,
    DigitalCall,
    OptionPricing,
    expected_shortfall,
    price,
    resources,
    value_at_risk,
)
from qiskit_ssqw.finance.estimation import Method, Schedule, power_of, register, registry
from qiskit_ssqw.finance.estimation.schedule import Goal
from qiskit_ssqw.finance.running.runner import Runner

pytestmark = pytest.mark.filterwarnings(
    "ignore::qiskit_ssqw.finance.PriceAccuracyWarning",
    "ignore::qiskit_ssqw.finance.RiskWarning",
)


class FirstResult(AmplitudeEstimatorResult):
    pass


class FirstPowers(AmplitudeEstimator):
    """Measures the powers 0 and 1; the second tells more, the first which of its angles it is."""

    def __init__(self, shots=400, alpha=0.02, sampler=None):
        self.shots, self.alpha, self.sampler = shots, alpha, sampler

    def estimate(self, estimation_problem):
        circuits = [power_of(estimation_problem, power, measurement=True) for power in (0, 1)]
        job = self.sampler.run(circuits, shots=self.shots)
        rough, fine = (self._interval(one, estimation_problem) for one in job.result())
        grid = np.linspace(0, 1, 4001)
        turned = np.sin(3 * np.arcsin(np.sqrt(grid))) ** 2
        possible = grid[_inside(grid, rough) & _inside(turned, fine)]
        result = FirstResult()
        result.estimation = float(possible.mean())
        result.confidence_interval = (possible.min(), possible.max())
        result.num_oracle_queries = self.shots
        return result

    def _interval(self, result, problem):
        counts = result.data.objective.get_counts()
        good = sum(times for bits, times in counts.items() if problem.is_good_state(bits))
        found = binomtest(good, self.shots).proportion_ci(1 - self.alpha / 2)
        return found.low, found.high


def _inside(values, interval):
    return (interval[0] <= values) & (values <= interval[1])


class First(Method):
    name = "first"
    estimator = FirstPowers
    result = FirstResult
    takes_shots = False
    is_one_job = True

    def make(self, goal, sampler):
        return FirstPowers(int(np.ceil(2 / goal.epsilon**2)), goal.alpha, sampler)

    def schedule(self, goal):
        shots = int(np.ceil(2 / goal.checked().epsilon ** 2))
        return Schedule(deepest=1, powers=1, calls=shots, measured=2 * shots)

    def deepest(self, estimator, amplitude):
        return 1.0

    def misses(self, result, alpha):
        return alpha


@pytest.fixture(autouse=True)
def methods(monkeypatch):
    monkeypatch.setattr(registry, "_METHODS", dict(registry._METHODS))


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel.from_black_scholes(
        3, **data.MARKET, num_std=3, rule="pdf", tolerance=1e-4, seed=1
    )


def losses(prices):
    return 2 - prices


class TestRegistered:
    @pytest.mark.parametrize("payoff", [Call(1.896), DigitalCall(2.0), BullSpread(1.8, 2.2)])
    def test_prices(self, model, payoff):
        register(First())
        found = price(payoff, model, estimator="first", epsilon=0.05, seed=1)
        low, high = found.confidence_interval
        assert low <= found.loaded_value <= high
        assert high - low < 2 * 0.05 * (found.payoff_range[1] - found.payoff_range[0])
        assert (found.estimator, found.alpha) == ("first", 0.01)
        assert found.oracle_calls == pytest.approx(800, rel=0.02)

    def test_several_problems_side_by_side(self, model):
        register(First())
        sampler = StatevectorSampler(seed=np.random.default_rng(1))
        options = {"encoding": "fourier", "payoff_tolerance": 0.01, "sampler": sampler}
        found = price(Call(1.896), model, estimator="first", epsilon=0.05, **options)
        assert found.num_problems > 1
        assert found.confidence_interval[0] <= found.loaded_value <= found.confidence_interval[1]

    def test_risk_measures(self, model):
        register(First())
        options = {"level": 0.9, "epsilon": 0.02, "estimator": "first", "seed": 2}
        risk = value_at_risk(losses, model, **options)
        assert risk.estimate == risk.exact_value
        shortfall = expected_shortfall(losses, model, **options)
        low, high = shortfall.confidence_interval
        assert low <= shortfall.exact_value <= high

    def test_resources(self, model):
        register(First())
        needed = resources(OptionPricing(Call(1.896), model), 0.02, estimator="first")
        assert (needed.estimator, needed.max_power) == ("first", 1)

    def test_the_noise_of_a_device(self, model):
        register(First())
        noise = NoiseModel()
        noise.add_all_qubit_quantum_error(depolarizing_error(1e-4, 2), ["cx"])
        sampler = SamplerV2.from_backend(AerSimulator(noise_model=noise))
        options = {"epsilon": 0.1, "sampler": sampler, "seed": 1}
        named = price(Call(1.896), model, estimator="first", **options)
        given = price(Call(1.896), model, estimator=FirstPowers(), **options)
        assert 0 < named.bias_bound.noise == given.bias_bound.noise < 0.1
        registry._METHODS.pop("first")  # nobody knows how deep its circuits are
        given = price(Call(1.896), model, estimator=FirstPowers(), **options)
        assert given.bias_bound.noise > 0.9 * np.ptp(given.payoff_range)

    def test_too_long(self, model):
        register(First())
        with pytest.raises(
            ValueError, match=r"oracle calls, in .* shots, some .* more than max_seconds=0\.001"
        ):
            price(Call(1.896), model, estimator="first", sampler=SamplerV2, max_seconds=1e-3)

    def test_another_takes_its_name(self, model):
        register(First())

        class Second(First):
            def misses(self, result, alpha):
                return 0.5

        register(Second())
        assert price(Call(1.896), model, estimator="first", epsilon=0.1, seed=1).alpha == 0.5

    def test_a_seed_for_each_run_does_it_no_harm(self, model, recwarn):
        options = {"sampler": SamplerV2(seed=1), "epsilon": 0.1}
        register(First())
        price(Call(1.896), model, estimator="first", **options)
        assert not [one for one in recwarn if one.category is RepeatedSeedWarning]
        registry._METHODS.pop("first")
        with pytest.warns(RepeatedSeedWarning):
            price(Call(1.896), model, estimator=FirstPowers(), **options)


class TestTheGeneralRule:
    def test_objects_that_nobody_registered(self, model):
        found = price(Call(1.896), model, estimator=FirstPowers(), seed=1)
        assert found.confidence_interval[0] <= found.loaded_value <= found.confidence_interval[1]
        assert (found.estimator, found.alpha) == ("FirstPowers", 0.05)

    def test_what_a_result_says_of_itself(self, model):
        class Careful(FirstPowers):
            def estimate(self, estimation_problem):
                result = super().estimate(estimation_problem)
                result.alpha, result.success, result.message = 0.3, False, "the bus came"
                return result

        found = price(Call(1.896), model, estimator=Careful(), seed=1)
        assert found.alpha == 0.3
        assert "Amplitude estimation ended early: the bus came." in found.notes

    def test_a_known_result_is_read_as_there(self):
        result = IterativeAmplitudeEstimationResult()
        assert isinstance(registry.method_of(result), registry.Iterative)

    def test_subclasses_of_known_estimators(self):
        class Mine(IterativeAmplitudeEstimation):
            pass

        method = registry.method_of(Mine(0.1, 0.1))
        assert method.deepest(Mine(0.1, 0.1), 0.5) == pytest.approx(np.pi / 8 / 0.1)


class TestRefused:
    def test_no_sampler(self, model):
        class Lonely(FirstPowers):
            def __init__(self):
                pass

        message = "Lonely must keep what runs its circuits as its attribute sampler"
        with pytest.raises(TypeError, match=message):
            price(Call(1.896), model, estimator=Lonely())

    def test_a_runner_with_options_that_it_has_itself(self):
        runner = Runner(seed=1)
        assert Runner.of(runner) is runner
        with pytest.raises(TypeError, match=r"a Runner has its own shots, seed: give them to it"):
            Runner.of(runner, shots=5, seed=3)

    def test_no_result(self, model):
        class Silent(FirstPowers):
            def estimate(self, estimation_problem):
                return 0.3

        with pytest.raises(TypeError, match=r"must return an AmplitudeEstimatorResult, got 0\.3"):
            price(Call(1.896), model, estimator=Silent())

    def test_half_a_result(self, model):
        class Half(FirstPowers):
            def estimate(self, estimation_problem):
                result = AmplitudeEstimatorResult()
                result.estimation = 0.3
                return result

        message = "result of Half must have confidence_interval and num_oracle_queries"
        with pytest.raises(TypeError, match=message):
            value_at_risk(losses, model, estimator=Half())

    @pytest.mark.parametrize(
        ("changes", "error", "message"),
        [
            ({"name": "bayes"}, ValueError, "the name 'bayes' is taken: give Wrong another"),
            ({"name": "sampling"}, ValueError, "the name 'sampling' is taken"),
            ({"name": ""}, ValueError, "a method's name must be a word, got ''"),
            ({"name": "my way"}, ValueError, "a method's name must be a word, got 'my way'"),
            ({"name": None}, ValueError, "a method's name must be a word, got None"),
            ({"make": Method.make}, TypeError, "Wrong must have a method make of its own"),
            ({"schedule": Method.schedule}, TypeError, "Wrong must have a method schedule of"),
            (
                {"result": None},
                TypeError,
                "has a method misses of its own, so it must have",
            ),
            ({"estimator": Call}, TypeError, "estimator of 'first' must be a subclass of Ampl"),
            ({"estimator": FirstPowers()}, TypeError, "estimator of 'first' must be a subclass"),
            ({"result": AmplitudeEstimatorResult}, TypeError, "result of 'first' must be a subcl"),
            (
                {"estimator": IterativeAmplitudeEstimation},
                ValueError,
                "IterativeAmplitudeEstimation is the estimator of 'iae' already: leave it out of",
            ),
            (
                {"result": IterativeAmplitudeEstimationResult},
                ValueError,
                "IterativeAmplitudeEstimationResult is the result of 'iae' already: leave it out",
            ),
        ],
    )
    def test_wrong_methods(self, changes, error, message):
        before = registry.names()
        with pytest.raises(error, match=message):
            register(type("Wrong", (First,), changes)())
        assert registry.names() == before

    def test_something_else_than_a_method(self):
        with pytest.raises(TypeError, match="method must be a Method, got <class"):
            register(First)

    def test_something_else_than_an_estimator(self, model):
        for make in (price, value_at_risk):
            with pytest.raises(TypeError, match="estimator must be a name or an amplitude estim"):
                make(Call(1.896), model, estimator=IterativeAmplitudeEstimation)

    def test_sampling_estimates_no_amplitudes(self, model):
        message = "price takes it, and risk measures take 'auto', 'bayes', .*, 'first'"
        register(First())
        with pytest.raises(ValueError, match=message):
            value_at_risk(losses, model, estimator="sampling")

    @pytest.mark.parametrize("name", ["rae", "fae"])
    def test_shots_that_would_not_be_taken(self, model, name):
        message = f'estimator "{name}" chooses the shots of its circuits .* leave out shots, got 7'
        with pytest.raises(ValueError, match=message):
            price(Call(1.896), model, estimator=name, shots=7)
        with pytest.raises(ValueError, match=message):
            resources(OptionPricing(Call(1.896), model), 0.1, estimator=name, shots=7)

    def test_auto_heeds_shots(self, model):
        noise = NoiseModel()
        noise.add_all_qubit_quantum_error(depolarizing_error(1e-3, 2), ["cx"])
        sampler = SamplerV2.from_backend(AerSimulator(noise_model=noise))
        options = {"encoding": "exact", "epsilon": 0.1, "sampler": sampler, "seed": 1}
        assert price(Call(1.896), model, shots=20, **options).estimator == "bayes"
        assert price(Call(1.896), model, **options).estimator == "rae"

    def test_mitigation_of_a_payoff_circuit(self, model):
        with pytest.raises(ValueError, match='mitigation is for estimator "sampling"'):
            price(Call(1.896), model, encoding="exact", mitigation=Mitigation())


def test_a_function_of_seed_is_asked_for_no_more_samplers_than_needed(model):
    noise = NoiseModel()
    noise.add_all_qubit_quantum_error(depolarizing_error(1e-3, 2), ["cx"])
    backend, seeds = AerSimulator(noise_model=noise), []

    def make(seed):
        seeds.append(seed)
        return SamplerV2.from_backend(backend)

    found = price(Call(1.896), model, sampler=make, shots=100, seed=1)
    assert found.estimator == "sampling"
    assert len(seeds) == 2  # an example, and the one that runs the circuit


@pytest.mark.parametrize("name", registry.names())
def test_what_methods_of_the_package_agree_on(name):
    method = registry.method_named(name)
    made = method.make(Goal(0.1, 0.05, 50), StatevectorSampler())
    assert registry.method_of(made) is method
    if method.result is not None:
        assert registry.method_of(method.result.__new__(method.result)) is method
    schedule = method.schedule(Goal(0.1, 0.05, 50))
    assert 0 <= schedule.deepest <= schedule.powers <= schedule.calls
    assert schedule.measured > 0
    deepest = method.deepest(made, 0.5)
    assert deepest <= 32
    assert (deepest > 0) == (schedule.deepest > 0)


def test_shots_are_bounded(model):
    """Also those of circuits without powers, on the default sampler, which count for little."""
    register(First())
    with pytest.raises(ValueError, match=r"in 4\.0e\+10 shots, some .* than max_seconds=600"):
        price(Call(1.896), model, estimator="first", epsilon=1e-5)
    with pytest.raises(ValueError, match=r"may take 40,000,000 shots, .*got 19,7.*: ask"):
        price(Call(1.896), model, estimator="first", epsilon=1e-5, max_seconds=None)


def test_the_command_line_has_all_words():
    assert registry.names() == ESTIMATORS
