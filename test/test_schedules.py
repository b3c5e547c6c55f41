"""How deep and how long an estimation is, foreseen, and refused where it takes too long."""

import re

import numpy as np
import pytest
from qiskit_algorithms import (
    AmplitudeEstimation,
    FasterAmplitudeEstimation,
    IterativeAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimationResult,
)
from reference import data
from scipy.special import ndtri

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import BayesianAmplitudeEstimation, Call, OptionPricing, price
from qiskit_ssqw.finance.estimation.likelihood import (
    best_angle,
    log_likelihood,
    num_angles,
    ratio_interval,
)
from qiskit_ssqw.finance.estimation.methods.mlae import doublings
from qiskit_ssqw.finance.estimation.registry import method_named
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.estimation.schedule import Goal
from qiskit_ssqw.finance.grover import GroverIterate
from qiskit_ssqw.finance.running.simulators import aer_sampler
from qiskit_ssqw.finance.running.times import duration

pytestmark = pytest.mark.filterwarnings(
    "ignore::qiskit_ssqw.finance.PriceAccuracyWarning",
)

ESTIMATORS = ("bayes", "iae", "mlae", "fae", "ae")
STRIKE = 1.896


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel.from_black_scholes(
        3, **data.MARKET, num_std=3, rule="pdf", tolerance=1e-6, seed=1
    )


@pytest.fixture(scope="module")
def application(model):
    return OptionPricing(Call(STRIKE), model)


def exact(model, **options):
    """A price whose payoff circuit is quick to make."""
    return price(Call(STRIKE), model, payoff_tolerance=0, encoding="exact", seed=1, **options)


def half_width(rounds, alpha, shots):
    """Of an amplitude of a half, by the Fisher information of powers 0, 1, 2, ..., 2**(m - 1)."""
    powers = np.array([0, *(2**k for k in range(rounds))])
    return ndtri(1 - alpha / 2) / np.sqrt(4 * shots * np.sum((2 * powers + 1) ** 2))


@pytest.mark.parametrize("alpha", [0.32, 0.05, 0.01, 1e-4])
@pytest.mark.parametrize("shots", [20, 100, 1000])
def test_as_few_doublings_as_the_level_needs(alpha, shots):
    reached = [half_width(rounds, alpha, shots) for rounds in range(12)]
    for rounds, width in enumerate(reached):
        assert doublings(width * 1.001, alpha, shots) == rounds
        assert doublings(width * 0.999, alpha, shots) == rounds + 1


@pytest.mark.parametrize(
    ("name", "epsilon", "shots"),
    [
        *(("bayes", 0.02, 1), ("bayes", 0.002, 100)),
        pytest.param("bayes", 0.002, 10, marks=pytest.mark.deep),
        *(("iae", 0.005, 100), ("mlae", 0.005, 100), ("fae", 0.1, 100), ("ae", 0.05, 100)),
    ],
)
def test_what_is_foreseen_is_about_what_is_run(application, name, epsilon, shots, monkeypatch):
    powers, power_of = [], GroverIterate.power

    def power(self, exponent, *options):
        powers.append(exponent)
        return power_of(self, exponent, *options)

    monkeypatch.setattr(GroverIterate, "power", power)
    problems, cx = application.to_estimation_problems(), application.count_iterate_two_qubit_gates()
    goal = Goal(epsilon, 0.05, shots, application.loaded_amplitudes[0])
    foreseen = method_named(name).schedule(goal)
    asked = shots if method_named(name).takes_shots else None
    run = EstimatorRun(name, aer_sampler, shots=asked, seed=1)
    (result,) = run.estimate(problems, [epsilon], 0.05, cx)
    assert foreseen.deepest / 4 <= max(powers) <= 1.3 * foreseen.deepest
    assert foreseen.powers / 4 <= sum(powers) <= 1.3 * foreseen.powers
    assert foreseen.calls / 4 <= result.num_oracle_queries <= 1.3 * foreseen.calls


class TestRefused:
    @pytest.mark.parametrize("epsilon", [1e-7, 1e-9, 1e-11])
    @pytest.mark.parametrize("name", ESTIMATORS)
    def test_before_anything_is_run(self, model, name, epsilon):
        class Unused:
            def run(self, pubs, *, shots=None):
                raise AssertionError

        message = (
            r"powers of the Grover operator up to about [\d,]+ and \d\.\de\+\d\d oracle calls, "
            r"in \d\.\de\+\d\d shots, some [\d,]+ (minutes|hours|days|years) on a simulator, "
            r"more than max_seconds=600: "
            r"ask for an error [\d,]+ times as large, or raise max_seconds"
        )
        with pytest.raises(ValueError, match=message):
            exact(model, estimator=name, epsilon=epsilon, sampler=Unused())

    @pytest.mark.parametrize("epsilon", [1e-13, 1e-300])
    @pytest.mark.parametrize("name", ESTIMATORS)
    def test_beyond_floating_point(self, model, name, epsilon):
        for limit in (600, None):
            with pytest.raises(ValueError, match="amplitude's error must be at least 1e-12, got"):
                exact(model, estimator=name, epsilon=epsilon, max_seconds=limit)

    def test_several_problems_count_together(self, model):
        application = OptionPricing(Call(STRIKE), model, encoding="fourier", payoff_tolerance=1e-4)
        problems, cx = (
            application.to_estimation_problems(),
            application.count_iterate_two_qubit_gates(),
        )
        alone = method_named("iae").schedule(Goal(1e-2, 0.05, 100)).seconds(cx, 4)
        assert len(problems) > 2
        run = EstimatorRun("iae", aer_sampler, seed=1, max_seconds=1.01 * alone)
        run.estimate(problems[:1], [1e-2], 0.05, cx)
        with pytest.raises(ValueError, match=r"max_seconds=.* ask for an error 2 times as large"):
            run.estimate(problems[:2], [1e-2] * 2, 0.05, cx)

    @pytest.mark.parametrize("epsilon", [1e-6, pytest.param(1e-9, marks=pytest.mark.deep)])
    def test_the_default_sampler_is_as_quick_for_any_power(self, model, epsilon):
        found = exact(model, epsilon=epsilon, max_seconds=2)
        assert abs(found.estimate - found.loaded_value) <= 2 * found.statistical_error
        assert found.oracle_calls * epsilon > 1

    def test_as_much_larger_as_it_says_is_allowed(self, model):
        options = {"estimator": "iae", "sampler": aer_sampler, "max_seconds": 0.2}
        with pytest.raises(ValueError, match="times as large") as raised:
            exact(model, epsilon=1e-3, **options)
        (factor,) = re.findall(r"ask for an error (\d+) times", str(raised.value))
        assert int(factor) > 3
        exact(model, epsilon=int(factor) * 1e-3, **options)
        with pytest.raises(ValueError, match="times as large"):
            exact(model, epsilon=0.8 * int(factor) * 1e-3, **options)

    @pytest.mark.parametrize(
        "estimator",
        [
            BayesianAmplitudeEstimation(1e-9, 0.05),
            IterativeAmplitudeEstimation(1e-9, 0.05),
            MaximumLikelihoodAmplitudeEstimation(40),
            FasterAmplitudeEstimation(0.05, 40),
            AmplitudeEstimation(40),
        ],
    )
    def test_estimator_objects_when_they_ask(self, model, estimator):
        message = (
            r"Grover operator to the power [\d,]+, some 0\.\d+ seconds .* than max_seconds=0\.1$"
        )
        with pytest.raises(ValueError, match=message):
            exact(model, estimator=estimator, sampler=aer_sampler, max_seconds=0.1, shots=100)

    def test_bad_limits(self, model):
        for limit, error in ((0, ValueError), (-1, ValueError), ("1", TypeError)):
            with pytest.raises(error, match=f"max_seconds must be .*{limit}"):
                exact(model, max_seconds=limit)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0.4 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7199, "120 minutes"),
        (7200, "2 hours"),
        (172_800, "2 days"),
        (1e11, "3,169 years"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


class TestLevel:
    """The probability to miss is shared by the problems of a price."""

    @pytest.fixture(scope="class")
    @staticmethod
    def series(model):
        return OptionPricing(Call(STRIKE), model, encoding="fourier", payoff_tolerance=1e-4)

    def test_each_problem_has_its_share(self, series):
        problems, cx = series.to_estimation_problems(), series.count_iterate_two_qubit_gates()
        number = len(problems)
        assert number > 2
        found = EstimatorRun("iae", seed=1).estimate(problems, [0.2] * number, 0.06, cx)
        assert [result.alpha for result in found] == pytest.approx([0.06 / number] * number)

    @pytest.mark.parametrize("estimator", ["iae", "mlae"])
    def test_a_price_misses_as_rarely_as_asked_for(self, model, estimator):
        options = {"encoding": "fourier", "payoff_tolerance": 1e-4, "epsilon": 0.1, "seed": 1}
        found = price(Call(STRIKE), model, estimator=estimator, alpha=0.06, **options)
        assert found.num_problems > 2
        assert found.alpha == pytest.approx(0.06)

    def test_intervals_of_shares_add_up(self, series):
        problems, cx = series.to_estimation_problems(), series.count_iterate_two_qubit_gates()
        number = len(problems)
        found = EstimatorRun("mlae", seed=1).estimate(problems, [0.1] * number, 0.06, cx)
        low, high = series.confidence_interval(found, 0.06)
        ends = [ratio_interval(result, 0.06 / number) for result in found]
        width = sum(
            abs(part.high - part.low) * (above - below)
            for part, (below, above) in zip(series.encoded.parts, ends, strict=True)
        )
        assert high - low == pytest.approx(width)


class TestLikelihood:
    @pytest.fixture
    def result(self):
        def make(amplitude, powers, shots, rng):
            result, angle = MaximumLikelihoodAmplitudeEstimationResult(), np.arcsin(amplitude**0.5)
            odd = 2 * np.array(powers) + 1
            result.evaluation_schedule, result.shots = powers, shots
            result.good_counts = rng.binomial(shots, np.sin(odd * angle) ** 2).tolist()
            result.circuit_results = [{"1": n, "0": shots - n} for n in result.good_counts]
            result.post_processing = lambda value: value

            def loss(angles):
                return -log_likelihood(result, angles)

            ends = [(1e-15, np.pi / 2 - 1e-15)]
            result.theta = best_angle(loss, ends, num_angles(powers, shots))
            return result, loss

        return make

    @pytest.mark.parametrize("amplitude", [0, 1e-3, 0.1, 0.5, 0.95, 1])
    @pytest.mark.parametrize("powers", [[0], [0, 1], [0, 1, 2]])
    def test_interval_as_in_qiskit_algorithms(self, result, rng, amplitude, powers):
        found, _ = result(amplitude, powers, 100, rng)
        theirs = MaximumLikelihoodAmplitudeEstimation.compute_confidence_interval(
            found, 0.05, "likelihood_ratio"
        )
        step = np.pi / 10_000  # of their grid
        assert ratio_interval(found, 0.05) == pytest.approx(theirs, abs=step)

    @pytest.mark.parametrize(("shots", "doublings"), [(20, 0), (20, 12), (1000, 9), (10_000, 5)])
    def test_the_best_angle_is_the_best(self, result, rng, shots, doublings):
        amplitude, powers = rng.uniform(), [0, *(2**k for k in range(doublings))]
        found, loss = result(amplitude, powers, shots, rng)
        deviation = 0.5 / np.sqrt(shots * np.sum((2 * np.array(powers) + 1) ** 2))
        assert abs(found.theta - np.arcsin(amplitude**0.5)) < 5 * deviation
        nearby = np.arcsin(amplitude**0.5) + deviation * np.linspace(-5, 5, 1001)
        assert loss(np.array([found.theta]))[0] <= loss(np.clip(nearby, 1e-9, 1.57)).min() + 1e-6


@pytest.mark.parametrize("epsilon", [0.2, 0.01, 1e-4])
def test_likelihood_measures_each_power_and_none(epsilon):
    schedule = method_named("mlae").schedule(Goal(epsilon, 0.05, 20))
    rounds = doublings(epsilon, 0.05, 20)
    assert schedule.measured == 20 * (rounds + 1)
    assert schedule.powers == 2**rounds - 1
    assert schedule.calls == 20 * schedule.powers
