"""Prior densities of an amplitude's angle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.estimation.posterior import LogDensity

_HALF_WEIGHT = 0.7
"""Prior mass that gathers around the amplitude 1/2."""

_CHECKED_ANGLES = 1000


def denser_at_half(epsilon: float) -> LogDensity:
    """The default prior of the angle: in part flat, in part about pi / 4, flat in its logarithm."""
    return partial(_denser_at_half, epsilon, 2 * np.log1p(np.pi / 4 / epsilon))


def beside(threshold: float, epsilon: float) -> LogDensity:
    """The prior of an angle that is to be told from a threshold's.

    It gives both sides a half, each flat in the logarithm of the distance down to ``epsilon``. So
    the posterior's odds of the sides are a ratio of likelihoods, which however often it is looked
    at exceeds ``1 / alpha`` on the wrong side with a probability below ``alpha`` (Ville 1939).

    Args:
        threshold: The amplitude.
        epsilon: Distance of amplitudes that need not be told.
    """
    center = float(np.arcsin(np.sqrt(threshold)))
    least = epsilon / np.sin(2 * center)
    below, above = np.log1p(np.array([center, np.pi / 2 - center]) / least).tolist()
    return partial(_beside, center, least, below, above)


def of_amplitudes(prior: Any) -> LogDensity:
    """A prior of the amplitude as one of the angle.

    Args:
        prior: A vectorised density of the amplitude, or a frozen distribution of SciPy.

    Raises:
        TypeError: It is neither.
        ValueError: What it returns is no density.
    """
    density = getattr(prior, "pdf", prior)
    if not callable(density):
        raise TypeError(
            f"prior must be a density of the amplitude or a frozen distribution, got {prior!r}"
        )
    _of_amplitudes(density, np.linspace(0, np.pi / 2, _CHECKED_ANGLES)[1:-1])
    return partial(_of_amplitudes, density)


# Functions of the module, not closures, so that estimators can be pickled.


def _denser_at_half(epsilon: float, total: float, angles: Array) -> Array:
    gathered = 1 / (np.abs(angles - np.pi / 4) + epsilon) / total
    return np.asarray(np.log((1 - _HALF_WEIGHT) * 2 / np.pi + _HALF_WEIGHT * gathered))


def _beside(center: float, least: float, below: float, above: float, angles: Array) -> Array:
    side = np.where(angles < center, below, above)
    return np.asarray(-np.log((np.abs(angles - center) + least) * 2 * side))


def _of_amplitudes(density: Callable[[Array], Any], angles: Array) -> Array:
    values = np.asarray(density(np.sin(angles) ** 2), dtype=float)
    if values.shape != angles.shape or not np.all(values >= 0) or np.isinf(values).any():
        raise ValueError(
            "prior must return a density for each amplitude of an array, none of them "
            "negative, infinite or NaN"
        )
    if not values.any():
        raise ValueError("prior must be positive somewhere in 0..1")
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(values * np.sin(2 * angles)))
