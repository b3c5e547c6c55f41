"""Walks whose Jacobian would not fit into memory."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.objective import Objective
from qiskit_ssqw.fitting.record import Candidate, Recorder
from qiskit_ssqw.walks import Walk

Array = NDArray[np.float64]

_LARGEST_JACOBIAN = 2**24


def jacobians_that_fit(walk: Walk) -> int:
    """How many Jacobians of such a walk may be held at once."""
    return int(_LARGEST_JACOBIAN // (2**walk.num_qubits * max(1, walk.num_parameters)))


def descend_by_gradient(
    walk: Walk,
    probabilities: Array,
    evaluations: int,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> Walk:
    """Improve a walk's angles by L-BFGS and the adjoint gradient.

    Args:
        walk: The first angles.
        probabilities: The target, one number per site.
        evaluations: Largest number of evaluations.
        recorder: Told of every evaluation.
        free_signs: Whether the amplitudes of a signed walk may have any signs.
    """
    from scipy.optimize import minimize

    objective = Objective(walk, probabilities, free_signs=free_signs)
    size = walk.num_value_qubits, walk.two_qubit_gates

    def loss(parameters: Array) -> tuple[float, Array]:
        value, gradient = objective.loss(parameters)
        cost = 2 * (1 - np.exp(-value / 2))  # the squared residual of amplitudes of norm 1
        there = partial(walk.with_parameters, parameters.copy())
        recorder.offer(Candidate(*size, float(cost), there))
        recorder.record(*size, np.array([cost]))
        return value, gradient

    options = {"maxfun": evaluations, "ftol": 1e-15, "gtol": 1e-10}
    start = walk.parameters
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return walk.with_parameters(found)
