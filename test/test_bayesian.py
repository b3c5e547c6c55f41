"""Bayesian amplitude estimation: what it spends, what its intervals hold, how it ends."""

from types import SimpleNamespace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorSampler
from qiskit.quantum_info import Statevector
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_algorithms import AlgorithmError, AmplitudeEstimator, EstimationProblem
from reference import data
from scipy.integrate import quad
from scipy.stats import beta, norm, uniform
from stand_ins import ExactSampler, StandIn
from theirs import EuropeanCallPricing, LogNormalDistribution

from qiskit_ssqw import QuantumWalkUncertaintyModel, RepeatedSeedWarning
from qiskit_ssqw.finance import (
    BayesianAmplitudeEstimation,
    Call,
    OptionPricing,
    PriceAccuracyWarning,
    price,
)
from qiskit_ssqw.finance.estimation.priors import beside, denser_at_half


class Decaying(ExactSampler):
    """Outcomes of circuits that decay with each rotation of a stand-in's amplitude."""

    def __init__(self, rng, decay, amplitude):
        super().__init__(rng)
        self._decay, self._angle = decay, np.arcsin(np.sqrt(amplitude))

    def _sample(self, circuit, _=None, shots=100):
        turned = sum(step.operation.params[0] for step in circuit.data if step.name == "ry") / 2
        kept = np.exp(-self._decay * turned / self._angle)
        ones = int(self._rng.binomial(shots, 0.5 - 0.5 * kept * np.cos(2 * turned)))
        return result({"0": shots - ones, "1": ones})


def result(counts):
    """What a sampler returns of one circuit."""
    found = {word: times for word, times in counts.items() if times}
    bits = SimpleNamespace(get_counts=lambda: found, num_shots=sum(found.values()))
    data_bin = SimpleNamespace(values=lambda: [bits], keys=lambda: ["c"])
    return SimpleNamespace(data=data_bin, metadata={})


def estimate(amplitude, epsilon, rng, *, sampler=None, alpha=0.05, **options):
    sampler = ExactSampler(rng) if sampler is None else sampler
    estimator = BayesianAmplitudeEstimation(epsilon, alpha, sampler=sampler, **options)
    return estimator.estimate(StandIn(amplitude, lambda value: 3 * value))


class TestInterval:
    @pytest.mark.parametrize("amplitude", [0, 1e-6, 0.02, 0.25, 0.5, 0.9, 1])
    @pytest.mark.parametrize("shots", [1, 20, 1000])
    def test_half_width_and_content(self, rng, amplitude, shots):
        found = estimate(amplitude, 0.01, rng, shots=shots)
        low, high = found.confidence_interval
        assert (low, high) == pytest.approx(
            (max(found.estimation - 0.01, 0), min(found.estimation + 0.01, 1))
        )
        assert found.epsilon_estimated == pytest.approx((high - low) / 2)
        assert abs(found.estimation - amplitude) < 0.03
        assert found.success
        assert found.message == "the amplitude is known to 0.01"
        assert found.alpha == 0.05

    def test_processed(self, rng):
        found = estimate(0.3, 0.01, rng)
        assert found.estimation_processed == pytest.approx(3 * found.estimation)
        assert found.confidence_interval_processed == pytest.approx(
            tuple(3 * np.array(found.confidence_interval))
        )
        assert found.epsilon_estimated_processed == pytest.approx(3 * found.epsilon_estimated)

    def test_bookkeeping(self, rng):
        found = estimate(0.3, 0.01, rng, shots=7)
        assert found.num_oracle_queries == 7 * sum(found.powers)
        assert found.shots == 7 * len(found.powers) == 7 * len(found.circuit_results)
        ones = [counts.get("1", 0) for counts in found.circuit_results]
        assert found.good_counts == ones

    @pytest.mark.parametrize(
        ("amplitude", "inside", "error", "calls"),
        [
            # Three standard deviations of 50 runs about the values of 1,000. Over contracts and
            # payoff circuits: benchmarks/coverage.py.
            (0.05, (0.9, 1), (0.28, 0.59), 1.2),
            pytest.param(0.5, (0.9, 1), (0.24, 0.5), 2.7, marks=pytest.mark.deep),
            pytest.param(0.8, (0.9, 1), (0.28, 0.54), 2.2, marks=pytest.mark.deep),
        ],
    )
    def test_as_often_as_it_says_and_with_few_calls(self, amplitude, inside, error, calls):
        runs = [estimate(amplitude, 0.02, np.random.default_rng([9, run])) for run in range(50)]
        errors = np.array([run.estimation - amplitude for run in runs]) / 0.02
        assert inside[0] <= np.mean(np.abs(errors) <= 1) <= inside[1]
        assert error[0] <= np.sqrt(np.mean(errors**2)) <= error[1]
        assert np.abs(errors).max() < 5
        assert np.median([run.num_oracle_queries for run in runs]) * 0.02 <= calls

    @pytest.mark.deep
    def test_a_stricter_level_is_kept(self):
        for alpha, least in ((0.3, 0.68), (0.005, 0.98)):
            runs = [
                estimate(0.2, 0.05, np.random.default_rng([4, run]), alpha=alpha)
                for run in range(60)
            ]
            assert np.mean([abs(run.estimation - 0.2) <= 0.05 for run in runs]) >= least


class TestBudget:
    def test_depth(self, rng):
        found = estimate(0.3, 0.005, rng, shots=20, max_power=2)
        assert max(found.powers) <= 2
        assert found.success
        assert abs(found.estimation - 0.3) < 0.03
        free = estimate(0.3, 0.005, rng, shots=20)
        assert found.shots > free.shots

    def test_no_iterate_at_all_is_plain_sampling(self, rng):
        found = estimate(0.3, 0.05, rng, shots=50, max_power=0)
        assert set(found.powers) == {0}
        assert found.num_oracle_queries == 0
        assert found.success

    def test_the_first_circuit_makes_no_call(self, rng):
        found = estimate(0.3, 0.003, rng, shots=100, max_calls=99)
        assert found.powers == [0]
        assert found.epsilon_estimated < 0.2
        found = estimate(0.3, 0.1, rng, shots=10, max_power=0, max_calls=1)
        assert found.success

    @pytest.mark.parametrize("epsilon", [pytest.param(1e-9, marks=pytest.mark.deep), 1e-11])
    def test_fine_as_rounding(self, rng, epsilon):
        found = estimate(0.3, epsilon, rng)
        assert abs(found.estimation - 0.3) < 3 * epsilon

    def test_as_many_circuits_as_are_allowed(self, rng):
        found = estimate(0.3, 0.02, rng, max_power=0, max_circuits=3000)
        assert found.success
        assert 1500 < len(found.powers) < 3000

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"max_calls": 100}, "the budget max_calls=100 is used up"),
            ({"max_calls": 1}, "the budget max_calls=1 is used up"),
            ({"max_circuits": 12}, "the budget max_circuits=12 is used up"),
            ({"max_power": 1, "max_circuits": 30}, "the budget max_circuits=30 is used up"),
        ],
    )
    def test_used_up(self, options, message):
        inside = 0
        for run in range(20):
            found = estimate(0.3, 1e-4, np.random.default_rng([2, run]), **options)
            low, high = found.confidence_interval
            inside += low <= 0.3 <= high
            assert not found.success
            assert found.message == message
            assert found.num_oracle_queries <= options.get("max_calls", np.inf)
            assert len(found.powers) <= options.get("max_circuits", np.inf)
            assert 1e-4 < found.epsilon_estimated == pytest.approx((high - low) / 2)
        assert inside >= 16

    def test_a_price_says_so(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(2, **data.MARKET, seed=1)
        estimator = BayesianAmplitudeEstimation(1e-3, max_circuits=5, seed=1)
        message = r"more than the .* estimation ended early: the budget max_circuits=5 is used up\."
        with pytest.warns(PriceAccuracyWarning, match=message):
            found = price(Call(2.0), model, estimator=estimator, seed=1)
        assert not found.success
        assert found.estimator == "BayesianAmplitudeEstimation"


class TestNoise:
    @pytest.mark.parametrize(
        "amplitude", [0.1, *(pytest.param(each, marks=pytest.mark.deep) for each in (0.37, 0.75))]
    )
    @pytest.mark.parametrize("decay", [pytest.param(3e-3, marks=pytest.mark.deep), 3e-2])
    def test_known_and_unknown_decays(self, amplitude, decay):
        inside = {"ignored": 0, "known": 0, "unknown": 0}
        kinds = {"ignored": 0.0, "known": decay, "unknown": (1e-5, 0.1)}
        for name, noise in kinds.items():
            for run in range(20):
                sampler = Decaying(np.random.default_rng([3, run]), decay, amplitude)
                found = estimate(amplitude, 0.005, None, sampler=sampler, shots=100, noise=noise)
                inside[name] += abs(found.estimation - amplitude) <= 0.005
        assert inside["known"] >= 17
        assert inside["unknown"] >= 16
        if decay > 0.01:
            assert inside["ignored"] <= 15

    def test_the_decay_is_reported(self):
        sampler = Decaying(np.random.default_rng(1), 0.02, 0.3)
        found = estimate(0.3, 2e-3, None, sampler=sampler, shots=1000, noise=(1e-4, 0.1))
        assert found.decay == pytest.approx(0.02, rel=0.5)
        given = estimate(0.3, 0.05, np.random.default_rng(1), noise=0.01)
        assert given.decay == pytest.approx(0.01)


class TestPrior:
    @pytest.mark.parametrize(
        "prior",
        [
            lambda a: np.exp(-(((a - 0.3) / 0.05) ** 2)),
            *(pytest.param(one, marks=pytest.mark.deep) for one in (beta(30, 70), norm(0.3, 0.03))),
        ],
    )
    def test_what_is_known_saves_calls(self, prior):
        def spent(**options):
            runs = [
                estimate(0.3, 0.02, np.random.default_rng([run]), **options) for run in range(20)
            ]
            assert sum(abs(run.estimation - 0.3) <= 0.02 for run in runs) >= 17
            return np.mean([run.num_oracle_queries for run in runs])

        assert spent(prior=prior) < 0.95 * spent()

    def test_an_unlikely_place_is_ruled_out_before_the_end(self):
        """An interval that holds 99.6 % is not enough while the rest lies elsewhere."""

        def prior(amplitude):
            return 0.996 * norm(0.3, 0.002).pdf(amplitude) + 0.004 * norm(0.7, 0.002).pdf(amplitude)

        for amplitude in (0.3, 0.7):
            for run in range(10):
                found = estimate(amplitude, 0.01, np.random.default_rng([run]), prior=prior)
                assert found.estimation == pytest.approx(amplitude, abs=0.01)
                assert found.powers

    def test_one_half_is_more_likely_by_default(self):
        """Circuits of any power are coins there, which other amplitudes explain by chance."""
        density = denser_at_half(0.01)
        angles = np.pi / 4 * np.array([1.0, 1.02, 1.2, 2.0])
        assert np.all(np.diff(density(angles)) < 0)
        np.testing.assert_allclose(density(angles), density(np.pi / 2 - angles))
        assert density(angles)[0] - density(angles)[-1] > 2

    @pytest.mark.parametrize("epsilon", [0.3, 0.01, 1e-4])
    @pytest.mark.parametrize("threshold", [0.02, 0.5, 0.9])
    def test_priors_are_densities(self, epsilon, threshold):
        center = np.arcsin(np.sqrt(threshold))
        for log_density, peak in (
            (denser_at_half(epsilon), np.pi / 4),
            (beside(threshold, epsilon), center),
        ):

            def density(angle, log_density=log_density):
                return np.exp(log_density(np.array([angle])))[0]

            mass, _ = quad(density, 0, np.pi / 2, points=[peak], limit=500)
            assert mass == pytest.approx(1, rel=1e-6)

    def test_a_prior_may_be_infinite_at_the_ends(self, rng):
        low, high = estimate(0.3, 0.01, rng, prior=beta(0.5, 0.5)).confidence_interval
        assert low <= 0.3 <= high

    def test_a_certain_prior_needs_no_circuit(self, rng):
        found = estimate(0.3, 0.01, rng, prior=uniform(0.295, 0.01))
        assert found.powers == []
        assert found.estimation == pytest.approx(0.3, abs=1e-3)
        assert "powers up to 0" in str(found)


class TestThreshold:
    @pytest.mark.parametrize("threshold", [0.5, pytest.param(0.99, marks=pytest.mark.deep)])
    @pytest.mark.parametrize("side", [-1, 1])
    def test_the_side_is_told_with_few_calls(self, threshold, side, rng):
        """Wrong sides are as rare as alpha says, and so are sides that are not told."""
        told, calls = [], []
        amplitude = threshold + side * 5e-3
        for _ in range(10):
            found = estimate(amplitude, 1e-4, rng, threshold=threshold)
            low, high = found.confidence_interval
            told.append(side if (low >= threshold if side > 0 else high <= threshold) else 0)
            calls.append(found.num_oracle_queries)
            assert found.success
        assert told.count(side) >= 8
        full = estimate(amplitude, 1e-4, rng)
        assert np.median(calls) < full.num_oracle_queries / 5

    @pytest.mark.parametrize("threshold", [0.01, pytest.param(0.95, marks=pytest.mark.deep)])
    def test_next_to_the_threshold_both_sides_are_rare(self, threshold, rng):
        """It is looked at after each circuit, and yet few runs take a side wrongly."""
        wrong = 0
        for run in range(20):
            side = 1 if run % 2 else -1
            found = estimate(threshold + side * 5e-4, 5e-3, rng, threshold=threshold)
            low, high = found.confidence_interval
            wrong += high < threshold if side > 0 else low > threshold
        assert wrong <= 3

    def test_what_is_told(self, rng):
        found = estimate(0.3, 1e-3, rng, threshold=0.6)
        assert (found.side_of, found.message) == (0.6, "the amplitude is below 0.6")
        assert found.confidence_interval[1] < 0.6
        assert found.confidence_interval[0] < found.estimation < found.confidence_interval[1]
        exact = estimate(0.6, 1e-2, rng, threshold=0.6, alpha=1e-3)
        assert (exact.side_of, exact.message) == (None, "the amplitude is known to 0.01")

    @pytest.mark.parametrize("threshold", [0.01, 0.5, 0.999])
    def test_the_prior_gives_both_sides_a_half(self, threshold):
        angles = (np.arange(10**6) + 0.5) * (np.pi / 2 / 10**6)
        masses = np.exp(beside(threshold, 1e-3)(angles)) * (np.pi / 2 / 10**6)
        below = np.sin(angles) ** 2 < threshold
        assert (masses[below].sum(), masses[~below].sum()) == pytest.approx((0.5, 0.5), abs=1e-3)


class TestProblems:
    def test_of_qiskit_finance(self):
        bounds = (0.5, 3.5)
        loader = LogNormalDistribution(2, 0.6, 0.02, bounds)
        problem = EuropeanCallPricing(2, 1.896, 0.25, bounds, loader).to_estimation_problem()
        circuit = problem.state_preparation
        (objective,) = problem.objective_qubits
        exact = Statevector(circuit).probabilities([objective])[1]
        for sampler, epsilon, shots in ((None, 0.01, 1), (StatevectorSampler, 0.05, 100)):
            estimator = BayesianAmplitudeEstimation(epsilon, sampler=sampler, shots=shots, seed=3)
            found = estimator.estimate(problem)
            assert abs(found.estimation - exact) <= 2 * epsilon
        assert found.confidence_interval_processed[0] < problem.post_processing(exact)

    def test_good_states_of_two_qubits(self):
        circuit = QuantumCircuit(2)
        circuit.ry(1.0, 0)
        circuit.ry(1.4, 1)
        problem = EstimationProblem(circuit, [0, 1])
        exact = np.sin(0.5) ** 2 * np.sin(0.7) ** 2
        for sampler in (None, StatevectorSampler):
            estimator = BayesianAmplitudeEstimation(0.01, sampler=sampler, seed=5)
            assert abs(estimator.estimate(problem).estimation - exact) <= 0.02

    def test_own_good_states(self):
        circuit = QuantumCircuit(1)
        circuit.ry(1.0, 0)
        operator = QuantumCircuit(1)
        operator.ry(2.0, 0)
        problem = EstimationProblem(
            circuit, 0, operator, is_good_state=lambda bits: bits == "0", post_processing=np.sqrt
        )
        found = BayesianAmplitudeEstimation(0.01, seed=5).estimate(problem)
        assert abs(found.estimation - np.cos(0.5) ** 2) <= 0.02
        assert found.estimation_processed == np.sqrt(found.estimation)

    def test_a_payoff(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(3, **data.MARKET, seed=1)
        application = OptionPricing(Call(1.896), model)
        found = BayesianAmplitudeEstimation(0.01, seed=2).estimate(
            application.to_estimation_problem()
        )
        low, high = application.confidence_interval(found)
        assert low < application.interpret(found) < high
        assert abs(application.interpret(found) - application.loaded_value) < high - low
        assert application.misses(found) == 0.05

    def test_circuits(self):
        circuit, operator = QuantumCircuit(2), QuantumCircuit(3)
        circuit.h(0)
        operator.x(2)
        estimator = BayesianAmplitudeEstimation(0.1)
        problem = EstimationProblem(circuit, [1], operator)
        built = estimator.construct_circuit(problem, 3, measurement=True)
        assert (built.num_qubits, built.num_clbits, built.name) == (3, 1, "Q^3 A")
        assert estimator.construct_circuit(problem).count_ops() == {"h": 1}


class TestRuns:
    def test_a_seed_decides(self):
        first, again, other = (
            BayesianAmplitudeEstimation(0.02, seed=seed).estimate(StandIn(0.3))
            for seed in (1, 1, 2)
        )
        assert first.powers == again.powers
        assert first.estimation == again.estimation != other.estimation

    def test_circuits_are_prepared_once_for_each_power(self, rng):
        manager, ran = generate_preset_pass_manager(1, basis_gates=["u", "cx"]), []

        def run(circuit):
            ran.append(circuit.name)
            return manager.run(circuit)

        found = BayesianAmplitudeEstimation(
            0.05,
            sampler=ExactSampler(rng),
            pass_manager=SimpleNamespace(run=run),
            shots=5,
            max_power=10,
        ).estimate(StandIn(0.3))
        assert len(found.powers) > len(set(found.powers))
        assert sorted(ran) == sorted(f"Q^{power} A" for power in set(found.powers))

    def test_it_is_an_amplitude_estimator(self):
        estimator = BayesianAmplitudeEstimation(0.1, 0.2)
        assert isinstance(estimator, AmplitudeEstimator)
        assert (estimator.epsilon_target, estimator.alpha) == (0.1, 0.2)

    def test_printed(self, rng):
        found = estimate(0.3, 0.05, rng)
        lines = str(found).splitlines()
        assert lines[0] == "Bayesian amplitude estimation"
        assert "95% interval [" in lines[1]
        assert lines[-1] == "The amplitude is known to 0.05."
        assert found._repr_html_().startswith("<table>")


class TestBadInput:
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"epsilon_target": 0}, ValueError, "epsilon_target must be positive, got 0"),
            ({"epsilon_target": -0.1}, ValueError, "epsilon_target must be positive, got -0.1"),
            ({"epsilon_target": 0.5}, ValueError, "epsilon_target must be below 0.5, got 0.5"),
            ({"epsilon_target": np.nan}, ValueError, "epsilon_target must be finite, got nan"),
            ({"epsilon_target": "a"}, TypeError, "epsilon_target must be a real number, got 'a'"),
            ({"alpha": 0}, ValueError, "alpha must lie strictly between 0 and 1, got 0"),
            ({"alpha": 1}, ValueError, "alpha must lie strictly between 0 and 1, got 1"),
            ({"shots": 0}, ValueError, "shots must be at least 1, got 0"),
            ({"shots": 1.5}, TypeError, r"shots must be an integer, got 1\.5"),
            ({"max_power": -1}, ValueError, "max_power must be at least 0, got -1"),
            ({"max_power": 2.5}, TypeError, r"max_power must be an integer, got 2\.5"),
            ({"max_calls": 0}, ValueError, "max_calls must be at least 1, got 0"),
            ({"max_circuits": 0}, ValueError, "max_circuits must be at least 1, got 0"),
            ({"noise": -1e-3}, ValueError, r"noise must not be negative, got -0\.001"),
            ({"noise": "x"}, TypeError, "noise must be a real number, got 'x'"),
            ({"noise": (0.1,)}, ValueError, r"noise must be a decay or its two bounds, got \(0"),
            ({"noise": (0.1, 0.01)}, ValueError, r"the bounds of noise must ascend from 0 or more"),
            ({"noise": (-1, 0.01)}, ValueError, r"the bounds of noise must ascend from 0 or more"),
            ({"noise": (0, 0)}, ValueError, "noise must be positive, got 0"),
            ({"threshold": 1}, ValueError, "threshold must lie strictly between 0 and 1, got 1"),
            ({"pass_manager": 3}, TypeError, "pass_manager must have a method run, got 3"),
            ({"prior": 0.3}, TypeError, r"prior must be a density of the amplitude .* got 0\.3"),
            ({"prior": lambda a: -a}, ValueError, "prior must return a density for each ampl"),
            ({"prior": lambda a: a * np.nan}, ValueError, "prior must return a density for each"),
            ({"prior": lambda a: a[:3]}, ValueError, "prior must return a density for each ampl"),
            ({"prior": uniform(2, 1)}, ValueError, r"prior must be positive somewhere in 0\.\.1"),
            ({"sampler": 3}, TypeError, "sampler must be a function of seed .* got 3"),
            ({"seed": 1.5}, TypeError, r"seed must be an integer, got 1\.5"),
        ],
    )
    def test_arguments(self, options, error, message):
        with pytest.raises(error, match=f"^{message}"):
            BayesianAmplitudeEstimation(**{"epsilon_target": 0.1, **options})

    @pytest.mark.parametrize(
        ("objectives", "shown"),
        [([], r"\[\]"), ([3], r"\[3\]"), ([-1], r"\[-1\]"), ([1, 1], r"\[1, 1\]")],
    )
    def test_objectives(self, objectives, shown):
        circuit = QuantumCircuit(2)
        message = f"^the problem must have objective qubits among its 2, each once, got {shown}$"
        with pytest.raises(ValueError, match=message):
            BayesianAmplitudeEstimation(0.1).estimate(EstimationProblem(circuit, objectives))

    def test_an_operator_of_other_good_states(self):
        """Its powers do not turn the amplitude that is asked for."""
        circuit = QuantumCircuit(2)
        circuit.ry(0.8, 0)
        circuit.cry(1.4, 0, 1)
        other = EstimationProblem(circuit, [0, 1], is_good_state=lambda bits: bits == "01")
        none = EstimationProblem(circuit, [1], QuantumCircuit(2))
        message = (
            r"Grover operator does not belong to its good states: their probability is 0\.\d{4},"
        )
        for problem in (other, none):
            with pytest.raises(ValueError, match=message):
                BayesianAmplitudeEstimation(0.1).estimate(problem)

    def test_an_operator_of_too_few_qubits(self):
        problem = EstimationProblem(QuantumCircuit(2), [0], QuantumCircuit(1))
        message = "the Grover operator must have the 2 qubits of the state preparation, got 1"
        for sampler in (None, StatevectorSampler):
            with pytest.raises(ValueError, match=message):
                BayesianAmplitudeEstimation(0.1, sampler=sampler).estimate(problem)

    def test_no_problem(self):
        with pytest.raises(TypeError, match="estimation_problem must be an EstimationProblem, got"):
            BayesianAmplitudeEstimation(0.1).estimate(QuantumCircuit(1))

    @pytest.mark.parametrize(("counts", "number"), [({}, 0), ({"0": 3, "1": 6}, 9)])
    def test_counts_that_do_not_add_up(self, counts, number):
        class Short(ExactSampler):
            def _sample(self, *_):
                return result(counts)

        message = f"^'the sampler returned {number} of 10 shots of the Grover operator to the power"
        with pytest.raises(AlgorithmError, match=message):
            estimate(0.3, 0.1, None, sampler=Short(None), shots=10)

    def test_errors_of_the_sampler_name_the_power(self):
        class Broken(ExactSampler):
            def _sample(self, circuit, *_):
                if circuit.name != "Q^0 A":
                    raise OSError("no queue")
                return result({"0": 5, "1": 5})

        message = r"^'the Grover operator to the power \d+: Broken failed at .* OSError: no queue'$"
        with pytest.raises(AlgorithmError, match=message) as raised:
            estimate(0.3, 0.01, None, sampler=Broken(None), shots=10)
        assert isinstance(raised.value.__cause__, OSError)

    def test_a_sampler_that_begins_anew(self):
        with pytest.warns(RepeatedSeedWarning, match="begins each run with the seed 3"):
            BayesianAmplitudeEstimation(0.1, sampler=StatevectorSampler(seed=3))
