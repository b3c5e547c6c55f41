"""Tables of payments as tables of angles, shorter ones within a tolerance."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.encodings.sparse import angles_of, clipped, walsh_rotations

_CLIPPED_SHARE = 0.5
"""Share of a tolerance that may go into cutting off rare extremes of the payoff."""


def fraction_angles(payments: Array, low: float, high: float) -> Array:
    """Radians by which the objective turns; payments beyond the bounds are of no path."""
    fractions = np.clip((payments - low) / (high - low), 0, 1)
    return np.asarray(2 * np.arcsin(np.sqrt(fractions)))


def bounded(payments: Array, weights: Array, allowed: float) -> tuple[Array, float]:
    """Cut off rare extremes of a payoff, for a narrower range; payments without weight, too.

    Args:
        payments: The payoff, shape ``(N,)``.
        weights: Probabilities, shape ``(N,)``.
        allowed: Bound of the mean error, a share of which is spent.

    Returns:
        The payoff, and what of the mean error is spent.
    """
    return clipped(payments, weights, _CLIPPED_SHARE * allowed)


def short_angles(angles: Array, weights: Array, tolerance: float) -> Array:
    """Angles of few rotations that show the same within a mean error of the probability."""
    fractions = np.sin(angles.ravel() / 2) ** 2
    rotations = walsh_rotations(fractions, weights.ravel(), tolerance)
    return angles_of(rotations, angles.size).reshape(angles.shape)
