"""Angles of a walk that make up for a device's errors."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.devices.noisy_walk import NoisyWalk
from qiskit_ssqw.targets import TargetDistribution

_SMOOTHINGS = (1.0, 0.1)
"""Deviations are rounded off below this share of their mean, first roughly."""

_TINY = 1e-6
"""Sums of deviations are not rounded off below this."""

_WEIGHT = 1.0
"""Of the error of a moment in standard deviations, in a sum of absolute deviations."""


def refitted(
    noisy: NoisyWalk, parameters: Array, wanted: Array, moments: Array, *, iterations: int
) -> tuple[Array, float]:
    """Turn a walk until what is read is as close to a target as can be.

    The sum of absolute deviations and of errors of moments, rounded off where they are small, is
    minimised by L-BFGS, twice. Without the moments a call at the money, averaged over samples, was
    off by up to 4 % though the total variation was small: errors lift both tails.

    Args:
        noisy: The walk on the device.
        parameters: Angles to start from.
        wanted: What should be read, shape ``(2**n,)``.
        moments: What the moments of a deviation are, shape ``(moments, 2**n)``, see `moments_of`.
        iterations: At most so many of each descent.

    Returns:
        The angles, and the total variation that is left; those of the start if nothing is gained.
    """
    from scipy.optimize import minimize

    def cost(off: Array, scale: float) -> tuple[float, Array]:
        """Rounded sums of deviations and of moments, and their slope."""
        moved = moments @ off
        size, large = np.sqrt(off**2 + scale**2), np.sqrt(moved**2 + scale**2)
        slope = off / size + _WEIGHT * moments.T @ (moved / large)
        return float(size.sum() + _WEIGHT * large.sum()), slope

    def loss(angles: Array, scale: float) -> tuple[float, Array]:
        read, pull_back = noisy.vjp(angles)
        value, slope = cost(read - wanted, scale)
        return value, pull_back(slope)

    tried = [parameters]
    for share in _SMOOTHINGS:
        left = distance(noisy.probabilities(tried[-1]), wanted)
        scale = share * max(2 * left, _TINY) / len(wanted)
        options = {"maxiter": iterations}
        found = minimize(loss, tried[-1], (scale,), jac=True, method="L-BFGS-B", options=options)
        tried.append(found.x)
    offs = [noisy.probabilities(angles) - wanted for angles in tried]
    most = distance(offs[0], 0.0)  # moments are not bought with total variation
    fair = [index for index, off in enumerate(offs) if distance(off, 0.0) <= most]
    best = min(fair, key=lambda index: cost(offs[index], _TINY)[0])
    return tried[best], distance(offs[best], 0.0)


def moments_of(target: TargetDistribution) -> Array:
    """What a deviation from a target moves: means of standardised values, and of their moduli.

    Both together are calls and puts at the mean.
    """
    values = target.values.reshape(len(target.probabilities.ravel()), -1)
    law = target.probabilities.ravel()
    central = values - law @ values
    spread = np.sqrt(law @ central**2)
    standard = np.divide(central, spread, out=np.zeros_like(central), where=spread > 0)
    moments: Array = np.concatenate([standard, np.abs(standard)], axis=1).T
    return moments


def distance(read: Array, wanted: Array | float) -> float:
    """Half the sum of absolute deviations, of numbers that may be below 0."""
    return 0.5 * float(np.abs(read - wanted).sum())
