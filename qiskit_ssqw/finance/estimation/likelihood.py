"""The likelihood of an amplitude's angle, its maximum, and the interval of its ratio test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from qiskit_algorithms import MaximumLikelihoodAmplitudeEstimationResult

from qiskit_ssqw._arrays import Array

_FEWEST_ANGLES = 1001
_ANGLES_PER_DEVIATION = 4
_SMALLEST_ANGLE = 1e-15
"""Keeps the ends of the angles apart from what they are mirrored to."""

_SMALLEST_CHANCE = 1e-30
"""Keeps logarithms finite."""


def num_angles(powers: Sequence[int], shots: int) -> int:
    """Number of equidistant angles that meet the peak of a likelihood several times.

    The peak's standard deviation is ``1 / (2 sqrt(shots sum (2 k + 1)**2))`` for powers ``k`` of
    the Grover operator (Suzuki et al., arXiv:1904.10246).
    """
    deviation = 0.5 / np.sqrt(shots * np.sum((2 * np.array([*powers, 0.0]) + 1) ** 2))
    return max(_FEWEST_ANGLES, int(_ANGLES_PER_DEVIATION * np.pi / 2 / deviation))


def best_angle(
    loss: Callable[[Array], Array], bounds: Sequence[tuple[float, float]], number: int
) -> float:
    """Global minimum of a function with narrow valleys: a fine grid, then one bounded search.

    Args:
        loss: Takes an array of angles.
        bounds: The first and last angle, as its only entry.
        number: Number of angles of the grid.
    """
    from scipy.optimize import minimize_scalar

    angles = np.linspace(*bounds[0], number)
    best = int(np.clip(np.argmin(loss(angles)), 1, number - 2))
    found = minimize_scalar(
        loss, bounds=angles[[best - 1, best + 1]], method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)


def ratio_interval(
    result: MaximumLikelihoodAmplitudeEstimationResult, alpha: float
) -> tuple[float, float]:
    """The amplitudes between the first and the last that a likelihood-ratio test accepts.

    The same as in qiskit-algorithms, which evaluates the likelihood angle by angle on a grid that
    limits the interval's accuracy.

    Args:
        result: Of maximum-likelihood estimation.
        alpha: Probability that the interval misses, for many shots.
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2

    def excess(angles: Array) -> Array:
        return np.asarray(log_likelihood(result, angles) - least)

    best = np.array(result.theta)
    least = log_likelihood(result, best) - chi2.ppf(1 - alpha, 1) / 2
    ends = _SMALLEST_ANGLE, np.pi / 2 - _SMALLEST_ANGLE
    angles = np.linspace(*ends, num_angles(result.evaluation_schedule, max(_shots(result))))
    angles = np.sort(np.append(angles, best))
    inside = np.flatnonzero(excess(angles) >= 0)
    first, last = int(inside[0]), int(inside[-1])
    low = brentq(excess, angles[first - 1], angles[first]) if first else 0.0
    high = brentq(excess, angles[last], angles[last + 1]) if last + 1 < len(angles) else np.pi / 2
    return float(np.sin(low) ** 2), float(np.sin(high) ** 2)


def log_likelihood(result: MaximumLikelihoodAmplitudeEstimationResult, angles: Array) -> Array:
    """Logarithm of the likelihood of angles, up to a constant."""
    runs = zip(result.evaluation_schedule, result.good_counts, _shots(result), strict=True)
    total: Array = np.zeros_like(angles)
    for power, ones, shots in runs:
        total += log_chances(power, ones, shots, angles)
    return total


def chances(power: int, angles: Array, decay: Array | float = 0.0) -> tuple[Array, Array]:
    """Probabilities that a circuit is good, and that it is not, both above 0.

    Args:
        power: Number ``k`` of Grover iterates.
        angles: Angles ``theta``; the amplitude is ``sin(theta)**2``.
        decay: Depolarisation ``kappa`` of each of the ``2 k + 1`` state preparations, so that the
            first probability is ``1/2 - exp(-kappa (2 k + 1)) cos(2 (2 k + 1) theta) / 2``
            (Tanaka et al., arXiv:2006.16223).
    """
    turns = 2 * power + 1
    kept = np.exp(-decay * np.asarray(float(turns)))
    noise = (1 - kept) / 2 + _SMALLEST_CHANCE
    return noise + kept * np.sin(turns * angles) ** 2, noise + kept * np.cos(turns * angles) ** 2


def log_chances(
    power: int, good: float, shots: int, angles: Array, decay: Array | float = 0.0
) -> Array:
    """Logarithm of the probability that so many of the shots are good, up to a constant.

    Args:
        power: As for `chances`.
        good: How many shots are.
        shots: Number of shots.
        angles: As for `chances`.
        decay: As for `chances`.
    """
    one, other = chances(power, angles, decay)
    return np.asarray(good * np.log(one) + (shots - good) * np.log(other))


def _shots(result: MaximumLikelihoodAmplitudeEstimationResult) -> list[int]:
    """Shots of each circuit; samplers may take more than they are asked for."""
    return [sum(counts.values()) for counts in result.circuit_results]
