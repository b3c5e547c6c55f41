"""Robust amplitude estimation: one job, honest intervals in noise, an alarm where they are not."""

from types import SimpleNamespace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorSampler
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms import AlgorithmError, EstimationProblem
from reference import data
from stand_ins import ExactSampler, Fields, StandIn

from qiskit_ssqw import QuantumWalkUncertaintyModel, RepeatedSeedWarning
from qiskit_ssqw.finance import (
    Call,
    OptionPricing,
    PriceAccuracyWarning,
    RobustAmplitudeEstimation,
    price,
)
from qiskit_ssqw.finance.estimation.depths import (
    depth,
    deviations,
    information,
    plan_for_calls,
    plan_for_error,
    powers_until,
)
from qiskit_ssqw.finance.estimation.drift import DriftPosterior, NoisyCounts, likelihood


class Device(ExactSampler):
    """Circuits of a stand-in that decay to a centre, which scatters from circuit to circuit."""

    def __init__(self, rng, amplitude, decay, *, center=0.5, scatter=0.0, flips=(0, 0), skew=0.0):
        super().__init__(rng)
        self._angle, self._decay = np.arcsin(np.sqrt(amplitude)), decay
        self._center, self._scatter, self._flips = center, scatter, flips
        self._skew = skew
        self.jobs = []

    def run(self, pubs):
        pubs = list(pubs)
        self.jobs.append(len(pubs))
        return super().run(pubs)

    def _sample(self, circuit, _=None, shots=100):
        turns = 2 * int(circuit.name.partition(" ")[0].removeprefix("Q^")) + 1
        kept = np.exp(-self._decay * turns)
        center = self._center + self._scatter / np.sqrt(turns) * self._rng.normal()
        chance = kept * np.sin(turns * self._angle) ** 2 + (1 - kept) * center
        chance += self._skew * np.sin(40 * turns)
        low, high = self._flips
        chance = np.clip(low + (1 - low - high) * chance, 0, 1)
        good = int(self._rng.binomial(shots, chance))
        found = {word: times for word, times in (("0", shots - good), ("1", good)) if times}
        bits = SimpleNamespace(get_counts=lambda: found, num_shots=shots)
        return SimpleNamespace(data=Fields({"c": bits}), metadata={})


def estimate(amplitude, seed, decay, *, device=None, **options):
    sampler = Device(np.random.default_rng([5, seed]), amplitude, decay, **(device or {}))
    options = {"calls": 20_000, "noise": decay, **options}
    return RobustAmplitudeEstimation(sampler=sampler, **options).estimate(StandIn(amplitude))


def coverage(amplitude, decay, runs=40, **options):
    """How often the interval holds the amplitude, errors in half widths, and alarms."""
    found = [estimate(amplitude, seed, decay, **options) for seed in range(runs)]
    inside = [
        one.confidence_interval[0] <= amplitude <= one.confidence_interval[1] for one in found
    ]
    errors = [(one.estimation - amplitude) / one.epsilon_estimated for one in found]
    return (
        np.mean(inside),
        np.sqrt(np.mean(np.square(errors))),
        np.mean([not o.success for o in found]),
    )


class TestInterval:
    @pytest.mark.parametrize("amplitude", [0.003, 0.12, 0.5, 0.8])
    @pytest.mark.parametrize("decay", [0.02, 0.15])
    @pytest.mark.parametrize("center", [0.38, 0.5])
    def test_holds_the_amplitude_as_often_as_it_says(self, amplitude, decay, center):
        device = {"center": center, "scatter": 0.03}
        inside, error, alarms = coverage(amplitude, decay, runs=25, device=device)
        assert inside >= 0.84  # three standard deviations of 25 runs about 0.95 or more
        assert error < 0.7
        assert alarms <= 0.12

    @pytest.mark.parametrize("noise", [0.04, 0.01, (1e-3, 0.3), None])
    def test_of_a_decay_that_is_known_badly(self, noise):
        inside, *_ = coverage(0.27, 0.02, runs=25, noise=noise, device={"center": 0.45})
        assert inside >= 0.84

    def test_a_quiet_device(self):
        for seed, amplitude in enumerate([0, 0.2, 1]):
            found = estimate(amplitude, seed, 0.0, noise=0, calls=None, epsilon_target=2e-3)
            low, high = found.confidence_interval
            assert low <= amplitude <= high
            assert found.success
            assert found.decay == 0
            assert found.epsilon_estimated <= 2e-3

    def test_is_as_narrow_as_the_information_allows(self):
        """Not wider than by the scatter that is allowed for."""
        found = estimate(0.3, 1, 0.02)
        angle = np.arcsin(np.sqrt(0.3))
        plan = RobustAmplitudeEstimation(calls=20_000, noise=0.02).plan
        best = 1.96 * np.sin(2 * angle) / (2 * np.sqrt(plan.shots * information(plan.powers, 0.02)))
        assert 0.8 * best < found.epsilon_estimated < 1.6 * best

    def test_readout_that_flips(self):
        """Those that are known cost little, others do not fit."""
        flips, options = (0.05, 0.1), {"runs": 20, "calls": 100_000}
        device = {"flips": flips}
        known, _, alarms = coverage(0.12, 0.03, device=device, flips=flips, **options)
        assert known >= 0.8
        assert alarms <= 0.1
        *_, alarms = coverage(0.12, 0.03, device=device, **options)
        assert alarms >= 0.4

    def test_processed(self):
        problem = StandIn(0.3, lambda amplitude: 5 - 3 * amplitude)
        found = RobustAmplitudeEstimation(0.01, seed=1).estimate(problem)
        assert found.estimation_processed == pytest.approx(5 - 3 * found.estimation)
        ends = 5 - 3 * np.array(found.confidence_interval)
        assert found.confidence_interval_processed == pytest.approx(tuple(ends))
        assert found.epsilon_estimated_processed == pytest.approx(3 * found.epsilon_estimated)


class TestAlarm:
    @pytest.mark.parametrize("amplitude", [0.12, 0.4])
    def test_what_is_no_decay_is_noticed_and_widens(self, amplitude):
        for seed in range(5):
            found = estimate(amplitude, seed, 0.02, calls=200_000, device={"skew": 0.08})
            fine = estimate(amplitude, seed, 0.02, calls=200_000)
            assert found.p_value < 0.01 <= fine.p_value
            assert not found.success
            assert found.widening == pytest.approx(
                np.sqrt(found.chi_squared / found.degrees_of_freedom)
            )
            assert found.epsilon_estimated > 1.3 * fine.epsilon_estimated
            assert "the counts do not fit circuits that decay" in found.message

    def test_is_rare_where_the_model_holds(self):
        values = [estimate(0.3, seed, 0.0, noise=0).p_value for seed in range(60)]
        assert 0.3 < np.mean(values) < 0.7
        assert np.mean(np.array(values) < 0.1) < 0.25

    def test_an_interval_that_stays_too_wide(self):
        found = estimate(0.3, 1, 0.1, calls=None, epsilon_target=1e-3, noise=0.0005)
        assert not found.success
        assert found.epsilon_estimated > 1e-3


class TestJob:
    def test_is_one(self):
        sampler = Device(np.random.default_rng(1), 0.3, 0.02)
        estimator = RobustAmplitudeEstimation(calls=5000, noise=0.02, sampler=sampler)
        found = estimator.estimate(StandIn(0.3))
        assert sampler.jobs == [len(found.powers)]

    def test_bookkeeping(self):
        found, shots = estimate(0.3, 1, 0.02), None
        shots = found.shots // len(found.powers)
        powers = np.array(found.powers)
        assert found.num_oracle_queries == shots * powers.sum()
        assert found.num_state_preparations == shots * (2 * powers + 1).sum() <= 20_000
        assert [counts.get("1", 0) for counts in found.circuit_results] == found.good_counts
        assert found.exposures == pytest.approx(2 * powers + 1)  # no two-qubit gates at all
        assert "one job" in str(found)
        assert " 95% interval [" in str(found)
        assert found.degrees_of_freedom == len(powers) - 2  # angle and decay
        quiet = estimate(0.3, 1, 0.0)
        assert quiet.degrees_of_freedom == len(quiet.powers) - 1

    def test_noise_is_counted_from_the_gates_that_are_run(self):
        """A has 2 CX, and the iterate more than 4, as its reflections have some, too."""
        circuit = QuantumCircuit(3)
        for qubit in range(3):
            circuit.ry(0.5 + 0.2 * qubit, qubit)
        circuit.cry(1.1, 0, 2)
        found = RobustAmplitudeEstimation(calls=3000, noise=0.03, seed=1).estimate(
            EstimationProblem(circuit, [2])
        )
        assert found.exposures[0] < 0.5
        assert found.exposures[1] < 2.5
        assert found.exposures[-1] - found.exposures[0] == pytest.approx(2 * found.powers[-1])


class TestPlan:
    @pytest.mark.parametrize("decay", [0.0, 1e-3, 0.02, 0.3])
    def test_spends_what_it_may(self, decay):
        plan = plan_for_calls(50_000, decay, np.inf)
        assert 45_000 < plan.calls <= 50_000
        assert plan.powers[-1] <= depth(decay)
        assert plan_for_calls(50_000, decay, 2).powers.tolist() == [0, 1, 2]
        assert plan_for_calls(1, decay, np.inf) == ([0], 1)

    @pytest.mark.parametrize("decay", [0.0, 0.05])
    def test_information_is_a_mean_over_angles(self, decay):
        angles = np.pi * (np.arange(1e4)[:, None] + 0.5) / 1e4
        turns = np.array([1.0, 3.0, 7.0])
        kept = np.exp(-decay * turns)
        chances = 0.5 - 0.5 * kept * np.cos(2 * turns * angles)
        slopes = kept * turns * np.sin(2 * turns * angles)
        fisher = (slopes**2 / (chances * (1 - chances))).mean(axis=0).sum()
        assert information(np.array([0, 1, 3]), decay) == pytest.approx(fisher / 4, rel=1e-3)

    def test_noise_is_expected_unless_there_is_none(self):
        made = RobustAmplitudeEstimation
        assert made(0.1).expects_noise
        assert made(0.1, noise=1e-6).expects_noise
        assert made(0.1, noise=0, flips=(0, 0.01)).expects_noise
        assert not made(0.1, noise=0).expects_noise

    @pytest.mark.parametrize("calls", [3000, 50_000])
    def test_is_as_deep_as_a_hundred_shots_allow(self, calls):
        plan = plan_for_calls(calls, 0.0, np.inf)
        deeper = powers_until(int(np.ceil((plan.powers[-1] + 1) / 0.9)))
        assert plan.shots >= 100 > calls // np.sum(2 * deeper + 1)

    @pytest.mark.parametrize("epsilon", [0.1, 1e-3, 1e-6])
    def test_for_an_error(self, epsilon):
        for decay in (0.0, 0.01):
            plan = plan_for_error(epsilon, 0.05, decay, np.inf, (decay / 2, 2 * decay))
            width = 1.96 / (2 * np.sqrt(plan.shots * information(plan.powers, decay)))
            assert width <= epsilon * 1.001
            widths = 1.96 * deviations(plan, decay, (decay / 2, 2 * decay))
            assert np.mean(widths <= epsilon * 1.001) >= (
                0.89 if epsilon > 1e-4 or not decay else 0
            )

    @pytest.mark.parametrize("amplitude", [0.2, 0.5, 0.93])
    def test_a_coarse_error_is_met(self, amplitude):
        """Five shots of each circuit would do by the information alone."""
        options = {"calls": None, "epsilon_target": 0.1, "alpha": 0.01}
        found = [estimate(amplitude, seed, 1e-8, **options) for seed in range(20)]
        assert sum(result.success for result in found) >= 19

    @pytest.mark.parametrize("calls", [1000, 50_000])
    def test_without_noise_deviations_are_those_of_plain_likelihood(self, calls):
        plan = plan_for_calls(calls, 0.0, np.inf)
        angles = np.linspace(0, np.pi / 2, 65)[1:-1]
        turns = 2.0 * plan.powers + 1
        plain = np.sin(2 * angles) / (2 * np.sqrt(plan.shots * np.sum(turns**2)))
        found = deviations(plan, 0.0, (0.0, 0.0))
        assert np.median(found / plain) == pytest.approx(1, abs=0.01)

    def test_powers_are_neighbours_in_pairs(self):
        """In even steps alone some angles look the same at all of them."""
        assert powers_until(20).tolist() == list(range(21))
        for deepest in (46, 400, 5000):
            powers = powers_until(deepest)
            assert {0, 1, 2, 4, 16, deepest - 1, deepest} <= set(powers)
            assert np.sum(np.diff(powers) == 1) >= 12
            assert len(powers) < 50

    def test_some_angles_are_not_lost(self):
        """At pi / 8 even powers have all the same phase, so that a decay looks like a turn."""
        amplitude = float(np.sin(np.pi / 8) ** 2)
        assert estimate(amplitude, 3, 0.005, calls=100_000).epsilon_estimated < 2e-3


class TestPosterior:
    def test_is_that_of_brute_force(self):
        rng, turns = np.random.default_rng(3), 2.0 * np.arange(6) + 1
        kept, shots = np.exp(-0.05 * turns), np.full(6, 300.0)
        good = rng.binomial(300, kept * np.sin(turns * 0.5) ** 2 + (1 - kept) * 0.45).astype(float)
        counts = NoisyCounts(turns, turns, good, shots)
        angles, decays = np.linspace(0, np.pi / 2, 4001), np.geomspace(0.02, 0.1, 61)
        logs = likelihood(counts, angles, decays).logs
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        found = DriftPosterior(counts, (0.02, 0.1))
        assert found.mean == pytest.approx(weights.sum(axis=1) @ np.sin(angles) ** 2, rel=1e-3)
        assert found.decay == pytest.approx(weights.sum(axis=0) @ decays, rel=2e-2)
        ends = np.interp([0.025, 0.975], np.cumsum(weights.sum(axis=1)), angles)
        assert found.central(0.05)[1:] == pytest.approx(tuple(np.sin(ends) ** 2), rel=5e-3)

    def test_decays_are_split_until_they_are_resolved(self):
        turns, shots = 2.0 * np.arange(6) + 1, 1e5
        kept = np.exp(-0.05 * turns)
        good = np.round(shots * (kept * np.sin(turns * 0.5) ** 2 + (1 - kept) * 0.45))
        counts = NoisyCounts(turns, turns, good, np.full(6, shots))
        angles, decays = np.linspace(0.48, 0.52, 2001), np.geomspace(0.03, 0.08, 401)
        logs = likelihood(counts, angles, decays).logs
        weights = np.exp(logs - logs.max())
        weights /= weights.sum()
        found = DriftPosterior(counts, (1e-5, 2.0))
        assert found.mean == pytest.approx(weights.sum(axis=1) @ np.sin(angles) ** 2, rel=1e-5)
        assert found.decay == pytest.approx(weights.sum(axis=0) @ decays, rel=1e-5)

    @pytest.mark.parametrize("alpha", [0.05, 0.4, 0.9])
    def test_the_interval_holds_the_mean(self, alpha):
        """Also where the mean lies beyond the quantiles, as with few counts of what is rare."""
        for good in range(21):
            counts = NoisyCounts(*(np.array([number]) for number in (1.0, 1.0, good, 20.0)))
            found = DriftPosterior(counts, (0.0, 0.0)).central(alpha)
            assert found.low <= found.mean <= found.high
            assert good not in (0, 20) or {0: found.low == 0, 20: found.high == 1}[good]

    def test_the_centre_is_marginalised(self):
        """One direction of the covariance, as if it were written out."""
        turns = np.array([1.0, 3.0, 5.0])
        counts = NoisyCounts(turns, turns, np.array([30.0, 70.0, 45.0]), np.full(3, 100.0))
        angle, decay = 0.6, 0.1
        lost = 1 - np.exp(-decay * turns)
        mean = 0.5 + (1 - lost) * (np.sin(turns * angle) ** 2 - 0.5)
        covariance = np.diag(mean * (1 - mean) / 100 + (0.06 * lost) ** 2 / turns)
        covariance += 0.01 * np.outer(lost, lost)
        off = counts.good / 100 - mean
        wanted = off @ np.linalg.solve(covariance, off)
        fit = likelihood(counts, np.array([angle]), np.array([decay]))
        assert fit.chi_squared[0, 0] == pytest.approx(wanted)
        log_volume = np.linalg.slogdet(covariance)[1]
        assert fit.logs[0, 0] == pytest.approx(-(wanted + log_volume) / 2)
        center = 0.5 + 0.01 * lost @ np.linalg.solve(covariance, off)
        assert fit.centers[0, 0] == pytest.approx(center)

    def test_decay_and_centre_are_found(self):
        found = estimate(0.2, 1, 0.03, calls=200_000, noise=None, device={"center": 0.4})
        assert found.decay == pytest.approx(0.03, rel=0.15)
        assert found.center == pytest.approx(0.4, abs=0.03)


def noisy_sampler(error):
    """Aer with depolarising errors of CX, a tenth of them on single-qubit gates."""
    noise = NoiseModel(basis_gates=["cx", "rz", "sx", "x"])
    noise.add_all_qubit_quantum_error(depolarizing_error(error, 2), ["cx"])
    noise.add_all_qubit_quantum_error(depolarizing_error(error / 10, 1), ["sx", "x"])
    options = {"backend_options": {"noise_model": noise, "method": "density_matrix"}}
    return SamplerV2(seed=7, options=options)


class TestDevice:
    @pytest.fixture(scope="class")
    @staticmethod
    def application():
        model = QuantumWalkUncertaintyModel.from_black_scholes(3, **data.MARKET, seed=1)
        return OptionPricing(Call(1.896), model)

    @pytest.mark.parametrize("error", [0.003, 0.01])
    def test_aer(self, application, error):
        """The decay is that of the gates, less the errors that do no harm."""
        estimator = RobustAmplitudeEstimation(
            calls=60_000, sampler=noisy_sampler(error), noise=16 * error, seed=1
        )
        found = estimator.estimate(application.to_estimation_problem())
        low, high = found.confidence_interval
        assert low <= application.loaded_amplitudes[0] <= high
        assert found.p_value > 0.001
        assert found.decay == pytest.approx(15 * error, rel=0.25)

    @pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.PriceAccuracyWarning")
    def test_a_price(self, application):
        model = QuantumWalkUncertaintyModel.from_black_scholes(3, **data.MARKET, seed=1)
        runs = [
            price(Call(1.896), model, accuracy=0.05, estimator="rae", seed=seed)
            for seed in range(8)
        ]
        assert sum(found.success for found in runs) >= 6  # chi-squared widens some
        for found in runs:
            low, high = found.confidence_interval
            assert low <= found.loaded_value <= high
            assert found.alpha == 0.01
            assert found.bias_bound.noise is None
            assert high - low < 0.2 * found.exact_value  # a simulator's errors are known: none

    def test_a_price_says_what_is_wrong(self, application):
        model = QuantumWalkUncertaintyModel.from_black_scholes(3, **data.MARKET, seed=1)
        estimator = RobustAmplitudeEstimation(0.01, noise=0.02, max_power=4)
        with pytest.warns(PriceAccuracyWarning, match="In amplitude estimation the "):
            found = price(
                Call(1.896), model, estimator=estimator, sampler=noisy_sampler(0.03), seed=1
            )
        assert not found.success


class TestErrors:
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            (
                {},
                ValueError,
                "either epsilon_target or calls must be given, got .*=None and .*=None",
            ),
            (
                {"epsilon_target": 0.1, "calls": 9},
                ValueError,
                "either epsilon_target or calls must",
            ),
            ({"epsilon_target": 0}, ValueError, "epsilon_target must be positive, got 0"),
            ({"epsilon_target": 0.5}, ValueError, r"epsilon_target must be below 0\.5, got 0\.5"),
            ({"calls": 0}, ValueError, "calls must be at least 1, got 0"),
            ({"calls": 1.5}, TypeError, r"calls must be an integer, got 1\.5"),
            ({"calls": 9, "alpha": 1}, ValueError, "alpha must lie strictly between 0 and 1"),
            ({"calls": 9, "noise": -1}, ValueError, "noise must not be negative, got -1"),
            ({"calls": 9, "noise": (1,)}, ValueError, "noise must be a decay or its two bounds"),
            ({"calls": 9, "noise": (2, 1)}, ValueError, "the bounds of noise must ascend from 0"),
            ({"calls": 9, "noise": "no"}, TypeError, "noise must be a real number, got 'no'"),
            ({"calls": 9, "flips": 0.1}, ValueError, r"flips must be the .* got 0\.1"),
            (
                {"calls": 9, "flips": (-0.1, 0)},
                ValueError,
                r"flips must not be negative, got -0\.1",
            ),
            ({"calls": 9, "flips": (0.5, 0.5)}, ValueError, "flips must add up to less than 1"),
            ({"calls": 9, "max_power": -1}, ValueError, "max_power must be at least 0, got -1"),
            ({"calls": 9, "sampler": 3}, TypeError, "sampler must be a function of seed .* got 3"),
        ],
    )
    def test_arguments(self, options, error, message):
        with pytest.raises(error, match=f"^{message}"):
            RobustAmplitudeEstimation(**options)

    def test_no_problem(self):
        with pytest.raises(TypeError, match="estimation_problem must be an EstimationProblem, got"):
            RobustAmplitudeEstimation(0.1).estimate(QuantumCircuit(1))

    def test_errors_of_the_sampler(self):
        class Broken(ExactSampler):
            def run(self, pubs):
                raise OSError("no queue")

        estimator = RobustAmplitudeEstimation(calls=3000, sampler=Broken(None))
        message = r"^'the Grover operator to \d+ powers up to \d+: Broken failed .* OSError: no que"
        with pytest.raises(AlgorithmError, match=message):
            estimator.estimate(StandIn(0.3))

    def test_a_sampler_that_begins_each_circuit_anew(self):
        """Of Qiskit's own the circuits of one job depend on each other."""
        RobustAmplitudeEstimation(calls=9, sampler=SamplerV2(seed=3))
        with pytest.warns(RepeatedSeedWarning, match="begins each run with the seed 3"):
            RobustAmplitudeEstimation(calls=9, sampler=StatevectorSampler(seed=3))


def test_aer_takes_the_noise_of_the_test():
    """Else the device tests would pass without any."""
    backend = AerSimulator(noise_model=noisy_sampler(0.1)._backend.options.noise_model)
    circuit = QuantumCircuit(2)
    for _ in range(20):
        circuit.cx(0, 1)
    circuit.measure_all()
    assert len(backend.run(circuit, shots=100, seed_simulator=1).result().get_counts()) > 1
