"""Robust amplitude estimation, by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from qiskit_ssqw.finance.estimation.depths import MOST_SHOTS, plan_for_error
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.robust import RobustAmplitudeEstimation
from qiskit_ssqw.finance.estimation.robust_result import ALARM, RobustAmplitudeEstimationResult
from qiskit_ssqw.finance.estimation.schedule import Goal, Schedule


class Robust(Method):
    """One job, for noisy devices: the noise is fitted along."""

    name = "rae"
    estimator = RobustAmplitudeEstimation
    result = RobustAmplitudeEstimationResult
    takes_shots = False
    is_one_job = True

    def make(self, goal: Goal, sampler: Any) -> RobustAmplitudeEstimation:
        told: dict[str, Any] = {}
        if goal.noise is not None:
            told = {"noise": goal.noise.decays if goal.noise.decay else 0.0}
            told["flips"] = goal.noise.flips
        return RobustAmplitudeEstimation(goal.epsilon, goal.alpha, sampler=sampler, **told)

    def schedule(self, goal: Goal) -> Schedule:
        epsilon, alpha, noise = goal.checked().epsilon, goal.alpha, goal.noise
        if noise is None:
            plan = plan_for_error(epsilon, alpha, 0.0, np.inf)
        else:
            about = float(np.sqrt(np.prod(noise.decays)))
            plan = plan_for_error(epsilon, alpha, about, np.inf, noise.decays, MOST_SHOTS)
        total = float(plan.powers.sum())
        measured = plan.shots * len(plan.powers)
        return Schedule(float(plan.powers[-1]), total, plan.shots * total, measured)

    def deepest(self, estimator: RobustAmplitudeEstimation, amplitude: float) -> float:
        return float(estimator.plan.powers[-1])

    def copes(self, estimator: RobustAmplitudeEstimation | None = None) -> bool:
        return estimator is None or estimator.expects_noise

    def note(self, result: RobustAmplitudeEstimationResult) -> str | None:
        return None if result.success else f"In amplitude estimation {result.message}."

    def is_alarmed(self, result: RobustAmplitudeEstimationResult, among: int) -> bool:
        return result.p_value < ALARM / among
