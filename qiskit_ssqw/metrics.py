"""Distances between probability distributions on the same grid.

Each function takes two arrays ``p`` and ``q`` of the same shape, non-negative and summing to one
(which is not checked), and returns a ``float``. ``p`` is the target, ``q`` what was loaded.

Raises:
    ValueError: The shapes differ, or a value is negative, NaN or infinite.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check

__all__ = [
    "hellinger",
    "kl_divergence",
    "kolmogorov_smirnov",
    "mean_squared_error",
    "total_variation",
]


def total_variation(p: ArrayLike, q: ArrayLike) -> float:
    """Total variation distance ``0.5 * sum |p - q|``, between 0 and 1.

    Examples:
        >>> from qiskit_ssqw.metrics import total_variation
        >>> total_variation([0.5, 0.5], [0.75, 0.25])
        0.25
    """
    p, q = _pair(p, q)
    return 0.5 * float(np.abs(p - q).sum())


def kl_divergence(p: ArrayLike, q: ArrayLike) -> float:
    """Kullback-Leibler divergence ``sum p log(p / q)`` in nats.

    It is infinite where ``q`` vanishes and ``p`` does not, as on the sites outside the light cone
    of a short lattice walk. Swap the arguments for the other direction.
    """
    p, q = _pair(p, q)
    if np.any((p > 0) & (q == 0)):
        return float("inf")
    some = p > 0
    return max(0.0, float(np.sum(p[some] * np.log(p[some] / q[some]))))


def hellinger(p: ArrayLike, q: ArrayLike) -> float:
    """Hellinger distance ``sqrt(1 - sum sqrt(p q))``, between 0 and 1."""
    p, q = _pair(p, q)
    return float(np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2))


def kolmogorov_smirnov(p: ArrayLike, q: ArrayLike) -> float:
    """Kolmogorov-Smirnov statistic: the largest distance of the cumulative sums.

    On product grids the sites count in C order, the last dimension fastest.
    """
    p, q = _pair(p, q)
    return float(np.abs(np.cumsum(p - q)).max())


def mean_squared_error(p: ArrayLike, q: ArrayLike) -> float:
    """Mean of ``(p - q)**2`` over the sites."""
    p, q = _pair(p, q)
    return float(np.mean((p - q) ** 2))


def _pair(p: ArrayLike, q: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    p, q = check.real_array(p, "p"), check.real_array(q, "q")
    if p.shape != q.shape:
        raise ValueError(f"p and q must have the same shape, got {p.shape} and {q.shape}")
    for name, values in (("p", p), ("q", q)):
        if np.any(values < 0):
            raise ValueError(f"{name} must not be negative, got {values.min()}")
    return p, q
