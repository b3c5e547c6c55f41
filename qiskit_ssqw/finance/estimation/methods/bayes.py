"""Bayesian amplitude estimation, by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from qiskit_ssqw.finance.estimation.bayesian import (
    BayesianAmplitudeEstimation,
    BayesianAmplitudeEstimationResult,
)
from qiskit_ssqw.finance.estimation.depths import MOST_SHOTS
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.schedule import Decaying, Goal, Schedule

_NOISY_CIRCUITS = 64
"""Circuits where noise limits the powers: few enough for a device."""

_MOST_NOISY_CIRCUITS = 256
"""Four times as many as are foreseen with noise; what is not known then drowns in it."""


class Bayes(Method):
    """Each circuit is the one that tells most for its calls."""

    name = "bayes"
    estimator = BayesianAmplitudeEstimation
    result = BayesianAmplitudeEstimationResult
    default_shots = 1

    def make(self, goal: Goal, sampler: Any) -> BayesianAmplitudeEstimation:
        shots, limits = goal.shots, dict[str, Any]()
        if goal.noise is not None and not goal.shots_are_given:
            shots = noisy_shots(goal.epsilon, goal.alpha, goal.noise)
        if goal.noise is not None and goal.noise.decay:
            limits = {
                "noise": goal.noise.decays,
                "max_power": int(goal.noise.deepest),
                "max_circuits": _MOST_NOISY_CIRCUITS,
            }
        return BayesianAmplitudeEstimation(
            goal.epsilon,
            goal.alpha,
            sampler=sampler,
            shots=shots,
            threshold=goal.threshold,
            **limits,
        )

    def schedule(self, goal: Goal) -> Schedule:
        """As measured, from 1 to 100 shots a circuit: ``python benchmarks/estimation.py calls``."""
        from scipy.special import ndtri

        epsilon, shots, noise = goal.checked().epsilon, goal.shots, goal.noise
        if goal.threshold is not None:
            epsilon = max(epsilon, min(abs(goal.amplitude - goal.threshold) / 2, 0.25))
        spread = min(1.0, 2 * np.sqrt(goal.amplitude * (1 - goal.amplitude)))
        aim = spread * ndtri(1 - goal.alpha / 2) / ndtri(0.975) / epsilon
        deepest = max(0.4 * shots**-0.33 * aim, 0.4 / np.sqrt(epsilon))
        if noise is not None and noise.deepest < deepest:
            measured, deepest = _shots_with_noise(epsilon, goal.alpha, noise, spread), noise.deepest
            return Schedule(deepest, deepest * _NOISY_CIRCUITS, deepest * measured, measured)
        calls = 2.3 * shots**0.38 * aim
        return Schedule(deepest, calls / shots, calls, shots * _num_circuits(epsilon, shots))

    def deepest(self, estimator: BayesianAmplitudeEstimation, amplitude: float) -> float:
        needed = self.schedule(Goal(estimator.epsilon_target, estimator.alpha, 1)).deepest
        return float(min(estimator.max_power, needed))

    def copes(self, estimator: BayesianAmplitudeEstimation | None = None) -> bool:
        return estimator is None or estimator.expects_noise


def noisy_shots(epsilon: float, alpha: float, noise: Decaying) -> int:
    """Shots of a circuit where noise may limit the powers.

    Args:
        epsilon: Half width of the amplitude's interval.
        alpha: Probability that the interval misses the amplitude.
        noise: What it leaves of the circuits.
    """
    return max(1, round(Bayes().schedule(Goal(epsilon, alpha, 1, noise=noise)).shots))


def _num_circuits(epsilon: float, shots: int) -> float:
    """About how many circuits; as measured: python benchmarks/resources.py circuits."""
    return max(1.0, float(15 / shots - 20 / np.sqrt(shots) * np.log10(epsilon)))


def _shots_with_noise(epsilon: float, alpha: float, noise: Decaying, spread: float) -> float:
    """Shots at the best power that tell an amplitude, two million at most.

    Their Fisher information is that of a coin that turns ``2 k + 1`` times as fast, with what
    contrast is left, half of it on average.
    """
    from scipy.special import ndtri

    turns = max(min(2 * noise.deepest + 1, 1 / noise.decay), 1.0)  # deeper ones tell less
    slope = turns * np.exp(-noise.decay * turns) / spread
    needed = 2 * (ndtri(1 - alpha / 2) / (2 * epsilon * slope)) ** 2
    return float(min(needed, MOST_SHOTS))
