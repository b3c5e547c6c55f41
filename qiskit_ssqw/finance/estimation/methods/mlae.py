"""Maximum-likelihood amplitude estimation of qiskit-algorithms, by name."""

from __future__ import annotations

from functools import partial
from typing import Any

from qiskit_algorithms import (
    MaximumLikelihoodAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimationResult,
)

from qiskit_ssqw.finance.assessed import Interval
from qiskit_ssqw.finance.estimation.likelihood import best_angle, num_angles, ratio_interval
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.schedule import Goal, Schedule


class MaximumLikelihood(Method):
    """One job of the powers 0, 1, 2, 4 and so on."""

    name = "mlae"
    estimator = MaximumLikelihoodAmplitudeEstimation
    result = MaximumLikelihoodAmplitudeEstimationResult
    is_one_job = True

    def make(self, goal: Goal, sampler: Any) -> MaximumLikelihoodAmplitudeEstimation:
        powers = [0, *(2**k for k in range(doublings(goal.epsilon, goal.alpha, goal.shots)))]
        search = partial(best_angle, number=num_angles(powers, goal.shots))
        return MaximumLikelihoodAmplitudeEstimation(powers, search, sampler=sampler)

    def schedule(self, goal: Goal) -> Schedule:
        shots = goal.checked().shots
        powers = [2**round_ for round_ in range(doublings(goal.epsilon, goal.alpha, shots))]
        measured = shots * (len(powers) + 1)
        return Schedule(max(powers, default=0), sum(powers), shots * sum(powers), measured)

    def deepest(self, estimator: MaximumLikelihoodAmplitudeEstimation, amplitude: float) -> float:
        return float(max(estimator._evaluation_schedule))  # qiskit-algorithms keeps it private

    def interval(self, result: Any, alpha: float) -> Interval:
        return ratio_interval(result, alpha)

    def misses(self, result: Any, alpha: float) -> float:
        return alpha


def doublings(epsilon: float, alpha: float, shots: int) -> int:
    """Length ``m`` of the schedule 0, 1, 2, 4, ..., 2**(m - 1) by its Fisher information.

    The information on the amplitude ``a`` is ``shots * sum (2 k + 1)**2 / (a (1 - a))``, least at
    ``a = 1/2`` (Suzuki et al., arXiv:1904.10246, equation 14).
    """
    from scipy.special import ndtri

    needed = (ndtri(1 - alpha / 2) / (2 * epsilon)) ** 2 / shots
    information, rounds = 1.0, 0
    while information < needed:
        information += (2 * 2**rounds + 1) ** 2
        rounds += 1
    return rounds
