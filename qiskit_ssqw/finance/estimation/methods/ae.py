"""Canonical amplitude estimation of qiskit-algorithms, by name."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from qiskit_algorithms import AmplitudeEstimation, AmplitudeEstimationResult

from qiskit_ssqw.finance.assessed import Interval
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.schedule import Goal, Schedule


class Canonical(Method):
    """Phase estimation: all powers, controlled, in one circuit."""

    name = "ae"
    estimator = AmplitudeEstimation
    result = AmplitudeEstimationResult
    needs_phases = True

    def make(self, goal: Goal, sampler: Any) -> AmplitudeEstimation:
        return AmplitudeEstimation(_num_qubits(goal.epsilon), sampler=sampler)

    def schedule(self, goal: Goal) -> Schedule:
        qubits, shots = _num_qubits(goal.checked().epsilon), goal.shots
        powers = 2.0**qubits - 1
        return Schedule(2.0 ** (qubits - 1), powers, shots * powers, shots, qubits)

    def deepest(self, estimator: AmplitudeEstimation, amplitude: float) -> float:
        return float(2**estimator._m - 1)  # all powers are in one circuit

    def amplitude(self, result: AmplitudeEstimationResult) -> float:
        return float(result.mle)

    def interval(self, result: AmplitudeEstimationResult, alpha: float) -> Interval:
        plain = copy(result)
        plain.post_processing = float  # the interval is of the amplitude, not of the price
        low, high = AmplitudeEstimation.compute_confidence_interval(plain, alpha)
        return float(low), float(high)

    def misses(self, result: AmplitudeEstimationResult, alpha: float) -> float:
        return alpha


def _num_qubits(epsilon: float) -> int:
    """Evaluation qubits: their grid resolves the amplitude to ``pi / 2 / 2**m``."""
    return max(1, int(np.ceil(np.log2(np.pi / 2 / epsilon))))
