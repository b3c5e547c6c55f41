"""Faster amplitude estimation of qiskit-algorithms, by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit_algorithms import FasterAmplitudeEstimation, FasterAmplitudeEstimationResult

from qiskit_ssqw.finance.estimation.faster import PairedFasterAmplitudeEstimation
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.schedule import Goal, Schedule


class Faster(Method):
    """Rounds of doubled powers, for amplitudes ``16 sin(theta)**2`` with ``sin(theta) <= 1/4``."""

    name = "fae"
    estimator = FasterAmplitudeEstimation
    result = FasterAmplitudeEstimationResult
    takes_shots = False
    rescaling = 0.25
    stretch = 8.0

    def make(self, goal: Goal, sampler: Any) -> FasterAmplitudeEstimation:
        rounds = _num_rounds(goal.epsilon)
        return PairedFasterAmplitudeEstimation(goal.alpha / (2 * rounds), rounds, sampler=sampler)

    def schedule(self, goal: Goal) -> Schedule:
        rounds = _num_rounds(goal.checked().epsilon)
        deepest = 2.0 ** (rounds - 1)
        shots = 972 * np.log(4 * rounds / goal.alpha)  # two circuits a round; a call is A or A^-1
        return Schedule(deepest, 4 * deepest, 8 * deepest * shots, 2 * rounds * shots, 1, 2)

    def deepest(self, estimator: FasterAmplitudeEstimation, amplitude: float) -> float:
        return float(2 ** (estimator._maxiter - 1))  # qiskit-algorithms keeps it private

    def misses(self, result: FasterAmplitudeEstimationResult, alpha: float) -> float:
        return 1 - float(result.success_probability)


def _num_rounds(epsilon: float) -> int:
    """Rounds, whose last interval of the angle is ``2 pi / 3`` wide.

    The angle is known to ``pi / 3 / (2**(l + 1) + 2)`` after ``l`` rounds (Nakaji,
    arXiv:2003.02417).
    """
    rounds = 1
    while 8 * np.pi / 3 / (2 ** (rounds + 1) + 2) > epsilon:
        rounds += 1
    return rounds
