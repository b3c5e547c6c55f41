"""The posterior of an amplitude's angle against sums over a fine grid."""

import numpy as np
import pytest
from scipy.stats import binom

from qiskit_ssqw.finance.estimation.likelihood import chances, log_chances
from qiskit_ssqw.finance.estimation.posterior import Posterior

NO_DECAY = np.zeros(1)


def flat(angles):
    return np.zeros_like(angles)


def brute_force(seen, number=400_001, decay=0.0):
    """Amplitudes of a fine grid of angles, and their posterior."""
    angles = (np.arange(number) + 0.5) * np.pi / 2 / number
    logs = sum(log_chances(k, good, shots, angles, decay) for k, good, shots in seen)
    weights = np.exp(logs - logs.max())
    return np.sin(angles) ** 2, weights / weights.sum()


def measured(rng, amplitude, powers, shots=20):
    """Counts of circuits with these powers."""
    angle = np.arcsin(np.sqrt(amplitude))
    return [(k, int(rng.binomial(shots, np.sin((2 * k + 1) * angle) ** 2)), shots) for k in powers]


def learn(seen, decays=NO_DECAY):
    posterior = Posterior(flat, decays)
    for power, good, shots in seen:
        posterior.update(power, good, shots)
    return posterior


class TestChances:
    @pytest.mark.parametrize("power", [0, 1, 7, 1000])
    @pytest.mark.parametrize("decay", [0, 1e-3, 0.5])
    def test_the_formula(self, rng, power, decay):
        angles, odd = rng.uniform(0, np.pi / 2, 100), 2 * power + 1
        good, bad = chances(power, angles, decay)
        kept = np.exp(-decay * odd)
        np.testing.assert_allclose(good, 0.5 - 0.5 * kept * np.cos(2 * odd * angles), atol=1e-12)
        np.testing.assert_allclose(good + bad, 1, atol=1e-15)

    def test_small_angles_are_exact(self):
        good, _ = chances(3, np.array([1e-10]))
        assert good[0] == pytest.approx(49e-20, rel=1e-9)

    def test_the_likelihood_is_binomial(self, rng):
        angles = rng.uniform(0.1, 1.4, 10)
        ours = np.array([log_chances(2, good, 9, angles) for good in range(10)])
        theirs = binom.logpmf(np.arange(10)[:, None], 9, chances(2, angles)[0])
        shift = theirs - ours
        np.testing.assert_allclose(shift, shift[:, :1] * np.ones(10), atol=1e-9)


class TestPosterior:
    @pytest.mark.parametrize("amplitude", [0.002, 0.05, 0.37, 0.5, 0.83, 0.999])
    @pytest.mark.parametrize("powers", [[0], [0, 2, 7], [0, 0, 3, 12, 40], [31]])
    def test_moments_and_masses(self, rng, amplitude, powers):
        seen = measured(rng, amplitude, powers)
        posterior, (amplitudes, weights) = learn(seen), brute_force(seen)
        mean = weights @ amplitudes
        assert posterior.mean == pytest.approx(mean, abs=3e-4)
        for distance in (0.5, 0.1, 0.02):
            outside = weights[np.abs(amplitudes - mean) > distance].sum()
            assert posterior.outside(mean, distance) == pytest.approx(outside, abs=0.01)
        cumulative = np.cumsum(weights)
        found = posterior.central(0.1)
        assert np.interp(found.low, amplitudes, cumulative) == pytest.approx(0.05, abs=0.01)
        assert np.interp(found.high, amplitudes, cumulative) == pytest.approx(0.95, abs=0.01)

    @pytest.mark.parametrize("deepest", [3, 30, 300])
    def test_single_shots(self, rng, deepest):
        seen = measured(rng, 0.3, [0, 0, 1, 1, 2, deepest, deepest], shots=1)
        posterior, (amplitudes, weights) = learn(seen), brute_force(seen)
        assert posterior.mean == pytest.approx(weights @ amplitudes, abs=2e-4)
        outside = weights[np.abs(amplitudes - 0.3) > 0.1].sum()
        assert posterior.outside(0.3, 0.1) == pytest.approx(outside, abs=0.005)

    def test_every_place_with_mass_is_kept(self, rng):
        """A deep circuit alone cannot tell mirrored angles apart: all its windows stay."""
        seen = measured(rng, 0.3, [0, 25], shots=200)
        posterior, (amplitudes, weights) = learn(seen), brute_force(seen)
        windows = np.split(weights, np.flatnonzero(np.diff(weights > 1e-9)) + 1)
        held = [part.sum() for part in windows if part[0] > 1e-9]
        assert len(held) > 3
        gaps = np.diff(posterior.amplitudes) > 1.5 * np.median(np.diff(posterior.amplitudes))
        assert gaps.sum() >= len(held) - 1
        assert posterior.mean == pytest.approx(weights @ amplitudes, abs=1e-3)

    def test_little_is_forgotten(self, rng):
        """What was dropped on the way would hold next to nothing now."""
        seen = measured(rng, 0.41, [0] * 10 + [1, 3, 8, 20, 50, 100], shots=10)
        posterior, (amplitudes, weights) = learn(seen), brute_force(seen)
        kept = np.interp(amplitudes, posterior.amplitudes, posterior.weights) > 0
        assert weights[~kept].sum() < 1e-6
        assert len(posterior.amplitudes) < 5000

    def test_many_small_updates_are_one(self, rng):
        seen = measured(rng, 0.2, [4], shots=50)
        _, good, _ = seen[0]
        order = rng.permutation([1] * good + [0] * (50 - good))
        one, parts = learn(seen), learn([(4, int(bit), 1) for bit in order])
        assert one.mean == pytest.approx(parts.mean, rel=1e-6)

    def test_an_unknown_decay_is_found(self, rng):
        decay, angle = 0.02, np.arcsin(np.sqrt(0.3))
        posterior = Posterior(flat, np.geomspace(1e-4, 0.1, 17))
        for power in (0, 1, 3, 8, 15):
            chance, _ = chances(power, np.array(angle), decay)
            posterior.update(power, int(rng.binomial(20_000, chance)), 20_000)
        assert posterior.decay == pytest.approx(decay, rel=0.05)
        assert posterior.mean == pytest.approx(0.3, abs=0.005)


class TestChoice:
    def test_the_reduction_of_the_variance_is_what_outcomes_bring(self, rng):
        seen = measured(rng, 0.3, [0, 1], shots=5)
        posterior = learn(seen)
        power, shots = 2, 3
        posterior._resolve(power, shots)
        amplitudes, weights = posterior.amplitudes, posterior.weights
        variance = weights @ (amplitudes - weights @ amplitudes) ** 2
        good, _ = chances(power, posterior._angles)
        left = 0.0
        for ones in range(shots + 1):
            joint = weights * binom.pmf(ones, shots, good)
            mean = joint @ amplitudes / joint.sum()
            left += joint @ (amplitudes - mean) ** 2
        away = (amplitudes - posterior.mean)[:, None] * posterior._weights
        assert posterior._reduction(power, shots, away) == pytest.approx(variance - left, rel=1e-6)

    @pytest.mark.parametrize("most", [0, 1, 5, 40])
    def test_no_power_beyond_the_largest(self, rng, most):
        posterior = learn(measured(rng, 0.3, [0, 3, 10, 30]))
        assert posterior.informative_power(1, most) <= most
        assert posterior.telling_power(posterior.mean, 0.01, most) <= most

    def test_powers_grow_with_what_is_known(self, rng):
        known = learn(measured(rng, 0.3, [0], shots=100))
        better = learn(measured(rng, 0.3, [0, 4, 20], shots=100))
        assert known.informative_power(1, np.inf) < better.informative_power(1, np.inf)
