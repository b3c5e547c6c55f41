"""Angles of a walk that make up for a device's errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.devices.noisy_walk import NoisyWalk

Array = NDArray[np.floating]

_SMOOTHINGS = (1.0, 0.1)
"""Deviations are rounded off below this share of their mean, first roughly."""


def refitted(
    noisy: NoisyWalk, parameters: Array, wanted: Array, *, iterations: int
) -> tuple[Array, float]:
    """Turn a walk until what is read is as close to a target as can be.

    The sum of absolute deviations, rounded off where they are small, is minimised by L-BFGS, twice.

    Args:
        noisy: The walk on the device.
        parameters: Angles to start from.
        wanted: What should be read, shape ``(2**n,)``.
        iterations: At most so many of each descent.

    Returns:
        The angles, and the total variation that is left; the start if nothing is gained.
    """
    from scipy.optimize import minimize

    best = parameters, distance(noisy.probabilities(parameters), wanted)
    angles = parameters
    for share in _SMOOTHINGS:
        scale = share * max(2 * best[1], 1e-6) / len(wanted)

        def loss(angles: Array, scale: float = scale) -> tuple[float, Array]:
            read, pull_back = noisy.vjp(angles)
            off = read - wanted
            size = np.sqrt(off**2 + scale**2)
            return float(size.sum()), pull_back(off / size)

        found = minimize(loss, angles, jac=True, method="L-BFGS-B", options={"maxiter": iterations})
        angles = found.x
        left = distance(noisy.probabilities(angles), wanted)
        best = min(best, (angles, left), key=lambda pair: pair[1])
    return best


def distance(read: Array, wanted: Array) -> float:
    """Half the sum of absolute deviations, of numbers that may be below 0."""
    return 0.5 * float(np.abs(read - wanted).sum())
