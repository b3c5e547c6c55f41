"""Few Walsh coefficients that give a payoff up to a tolerance."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.synthesis.multiplexer import count_walsh_cx, walsh_transform

_ROUNDING = 1e-12
"""Radians below which a Walsh coefficient is no coefficient."""

_SLOPE_FLOORS = (1.0, 0.05)
"""Least weight of an angle's error beside its effect on the payoff; the better of two is kept."""

_LEAST_WEIGHT = 1e-4
"""Least weight of a grid point in the regression, of the largest: its condition."""

_AT_ONCE = 32
"""One in so many of the remaining coefficients is dropped in one step."""

_FEW_ANGLES, _MOST_ANGLES = 2**8, 2**11
"""The elimination takes the cube of the number of angles."""


def walsh_rotations(fractions: Array, weights: Array, tolerance: float) -> dict[int, float]:
    """Return Walsh coefficients of angles ``theta`` with ``sin(theta / 2)**2 = fractions``.

    With a tolerance, coefficients are dropped step by step, the others fitted anew to the angles by
    weighted least squares, as long as the weighted mean error of the fraction stays below it.

    Args:
        fractions: What the objective qubit is to show, between 0 and 1, shape ``(2**n,)``.
        weights: Probability of each grid point, shape ``(2**n,)``.
        tolerance: Bound of ``sum weights * |error|``; 0 for the exact angles.

    Returns:
        The coefficients in radians by mask, mask 0 always among them.

    On more than 2048 grid points no coefficient is dropped.
    """
    angles = 2 * np.arcsin(np.sqrt(fractions))
    exact = nonzero_rotations(angles)
    if tolerance <= 0 or len(angles) > _MOST_ANGLES:
        return exact
    slopes = np.sin(angles) ** 2
    reduced = [
        _eliminate(fractions, weights, weights * np.maximum(slopes, floor), tolerance)
        for floor in (_SLOPE_FLOORS if len(angles) <= _FEW_ANGLES else _SLOPE_FLOORS[-1:])
    ]
    return min(
        [exact, *filter(None, reduced)],
        key=count_walsh_cx,
    )


def nonzero_rotations(angles: Array) -> dict[int, float]:
    """Walsh coefficients of angles, without those that vanish; mask 0 is always there."""
    coefficients = walsh_transform(angles)
    kept = np.abs(coefficients) > _ROUNDING
    kept[0] = True
    masks = np.flatnonzero(kept)
    return dict(zip(masks.tolist(), coefficients[masks].tolist(), strict=True))


def clipped(payments: Array, weights: Array, budget: float) -> tuple[Array, float]:
    """Cut off rare extremes of a payoff, which narrows the range that amplitudes resolve.

    Args:
        payments: The payoff, shape ``(N,)``.
        weights: Probabilities, shape ``(N,)``.
        budget: Bound of ``sum weights * |change|``, half of it for either end.

    Returns:
        The payoff between its new bounds, and how much of the budget is spent.
    """
    ceiling = -_floor(-payments, weights, budget / 2)
    bounded = np.clip(payments, _floor(payments, weights, budget / 2), ceiling)
    if np.ptp(bounded) == 0:
        return payments, 0.0
    return bounded, float(weights @ np.abs(bounded - payments))


def _floor(payments: Array, weights: Array, budget: float) -> float:
    """The highest bound from below that changes the weighted mean by at most the budget."""
    order = np.argsort(payments)
    levels, masses = payments[order], np.cumsum(weights[order])
    costs = np.concatenate([[0.0], np.cumsum(masses[:-1] * np.diff(levels))])
    free = int(np.searchsorted(costs, 0.0, side="right")) - 1
    return float(np.interp(budget, costs[free:], levels[free:]))


def angles_of(rotations: dict[int, float], size: int) -> Array:
    """Angle at each of ``size`` grid points, the inverse of the Walsh transform."""
    coefficients = np.zeros(size)
    coefficients[list(rotations)] = list(rotations.values())
    return walsh_transform(coefficients) * size


def _eliminate(
    fractions: Array, weights: Array, stiffness: Array, tolerance: float
) -> dict[int, float]:
    """Drop what costs least, again and again; the last set within the tolerance, or none.

    The cost of dropping coefficient ``i`` is ``c_i**2 / (H^-1)_ii``, ``H`` being the normal
    matrix; a Schur complement updates its inverse (backward elimination of a linear regression).
    """
    from scipy.linalg import hadamard

    size = len(fractions)
    masks = np.arange(size)
    characters = hadamard(size).astype(float)
    stiffness = np.maximum(stiffness, _LEAST_WEIGHT * stiffness.max())
    inverse = np.linalg.inv(characters.T @ (stiffness[:, None] * characters))
    moments = characters.T @ (stiffness * 2 * np.arcsin(np.sqrt(fractions)))
    kept: dict[int, float] = {}
    while len(masks):
        coefficients = inverse @ moments
        shown = np.sin(characters[:, masks] @ coefficients / 2) ** 2
        if weights @ np.abs(shown - fractions) <= tolerance:
            kept = dict(zip(masks.tolist(), coefficients.tolist(), strict=True))
        costs = np.where(masks == 0, np.inf, coefficients**2 / np.diag(inverse))
        rest = np.sort(np.argsort(costs)[max(1, len(masks) // _AT_ONCE) :])
        gone = np.setdiff1d(np.arange(len(masks)), rest)
        if 0 in masks[gone]:
            break
        shared = inverse[np.ix_(rest, gone)]
        correction = shared @ np.linalg.solve(inverse[np.ix_(gone, gone)], shared.T)
        inverse = inverse[np.ix_(rest, rest)] - correction
        masks, moments = masks[rest], moments[rest]
    return kept
