"""Walks whose Jacobian would not fit into memory."""

from __future__ import annotations

from functools import partial

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.objective import Objective
from qiskit_ssqw.fitting.record import Candidate, Recorder
from qiskit_ssqw.walks import Walk

_LARGEST_JACOBIAN = 2**24
_REWEIGHTINGS = 5


def jacobians_that_fit(walk: Walk) -> int:
    """How many Jacobians of such a walk may be held at once."""
    return int(_LARGEST_JACOBIAN // (2**walk.num_qubits * max(1, walk.num_parameters)))


def descend_by_gradient(
    walk: Walk,
    goal: Goal,
    evaluations: int,
    recorder: Recorder,
    *,
    tolerance: float = 0.0,
    free_signs: bool = False,
) -> Walk:
    """Improve a walk's angles by L-BFGS and the adjoint gradient, with equal weights at first.

    Args:
        walk: The first angles.
        goal: What to load.
        evaluations: Largest number of evaluations for each set of weights.
        recorder: Told of every evaluation.
        tolerance: Error at which to stop.
        free_signs: Whether the amplitudes of a signed walk may have any signs.
    """
    from scipy.optimize import minimize

    objective = Objective(walk, goal, free_signs=free_signs)
    size = walk.num_value_qubits, walk.two_qubit_gates
    weights, parameters = np.ones_like(goal.amplitudes), walk.parameters

    def loss(parameters: Array) -> tuple[float, Array]:
        there = partial(walk.with_parameters, parameters.copy())
        residuals, value, gradient = objective.loss(parameters, weights)
        recorder.offer(Candidate(*size, float(goal.errors(residuals)), there))
        recorder.record(*size, np.array([residuals @ residuals]))
        return value, gradient

    options = {"maxfun": evaluations, "ftol": 1e-15, "gtol": 1e-10}
    best, lowest = walk, objective.error()
    for _ in range(_REWEIGHTINGS):
        parameters = minimize(loss, parameters, jac=True, method="L-BFGS-B", options=options).x
        found = walk.with_parameters(parameters)
        residuals = objective.residuals(found.amplitudes())
        error = float(goal.errors(residuals))
        if error < lowest:
            best, lowest = found, error
        if error <= tolerance:
            break
        weights = goal.weights(residuals)
    return best
