"""Iterative amplitude estimation of qiskit-algorithms, by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit_algorithms import IterativeAmplitudeEstimation, IterativeAmplitudeEstimationResult

from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.schedule import Goal, Schedule


class Iterative(Method):
    """Intervals of the angle that halve from round to round."""

    name = "iae"
    estimator = IterativeAmplitudeEstimation
    result = IterativeAmplitudeEstimationResult

    def make(self, goal: Goal, sampler: Any) -> IterativeAmplitudeEstimation:
        return IterativeAmplitudeEstimation(goal.epsilon, goal.alpha, sampler=sampler)

    def schedule(self, goal: Goal) -> Schedule:
        """As its rule for powers, and as measured: ``python benchmarks/resources.py circuits``.

        The last power turns an interval of the angle, epsilon wide on either side, by a half circle
        at most; the powers before are about half of theirs, each. Near 0 and 1 the angle moves
        faster than the amplitude; twice the ratio of the two was seen in practice.
        """
        epsilon, shots = goal.checked().epsilon, goal.shots
        spread = min(1.0, 2 * np.sqrt(goal.amplitude * (1 - goal.amplitude)))
        deepest = np.pi / 8 / epsilon * min(1.0, 2 * spread)
        deepest = max(deepest, np.pi / 8 / np.sqrt(epsilon))
        return Schedule(deepest, deepest, shots * deepest, shots * (2 - 1.7 * np.log10(epsilon)))

    def deepest(self, estimator: IterativeAmplitudeEstimation, amplitude: float) -> float:
        return self.schedule(Goal(estimator.epsilon_target, 0.05, 1, amplitude)).deepest
