"""The Levenberg-Marquardt descent for least squares with a full Jacobian.

SciPy's ``least_squares`` has one too, but its method "lm" (seen in 1.17.1) does not give the same
digits in two calls with the same input, and the flat directions of redundant angles turn the last
digit into another walk; its method "trf" does, at several times the cost from 10 qubits on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FIRST_DAMPING = 1e-2
_DAMPING_RANGE = (1e-12, 1e8)
_PERFECT = 1e-28
_SMALL_GAIN = 1e-5
_PATIENCE = 10


def levenberg_marquardt(
    residuals: Callable[[Array], Array],
    jacobian: Callable[[Array], Array],
    start: Array,
    evaluations: int,
) -> Array:
    """Minimise the sum of squared residuals.

    Each step solves the damped normal equations. The damping follows the ratio of actual to
    predicted reduction (Nielsen's rule; Madsen, Nielsen and Tingleff, "Methods for non-linear
    least squares problems", 2004, section 3.2).

    Args:
        residuals: Function from parameters, shape ``(p,)``, to residuals, shape ``(r,)``.
        jacobian: Function from parameters to derivatives, shape ``(r, p)``.
        start: First parameters.
        evaluations: Largest number of calls of ``residuals``.

    Returns:
        The best parameters found: when the cost vanishes, when ten steps in a row each gain less
        than a hundred-thousandth of it, when no step gains, or when the evaluations are spent.
    """
    position, values = start, residuals(start)
    cost, damping, growth, small_gains = values @ values, _FIRST_DAMPING, 2.0, 0
    slope, normal = _normal_equations(jacobian(position), values)
    for _ in range(evaluations - 1):
        if cost <= _PERFECT or small_gains >= _PATIENCE or damping > _DAMPING_RANGE[1]:
            break
        step = -np.linalg.solve(normal + damping * np.eye(len(start)), slope)
        values_there = residuals(position + step)
        gain = float(cost - values_there @ values_there)
        if gain <= 0:
            damping, growth = damping * growth, growth * 2
            continue
        ratio = gain / float(step @ (damping * step - slope))
        damping = max(damping * max(1 / 3, 1 - (2 * ratio - 1) ** 3), _DAMPING_RANGE[0])
        small_gains = small_gains + 1 if gain <= _SMALL_GAIN * cost else 0
        position, values, cost, growth = position + step, values_there, cost - gain, 2.0
        slope, normal = _normal_equations(jacobian(position), values)
    return position


def _normal_equations(jacobian: Array, residuals: Array) -> tuple[Array, Array]:
    return jacobian.T @ residuals, jacobian.T @ jacobian
