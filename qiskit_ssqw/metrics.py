"""Distances between probability distributions on the same grid.

Each function takes two arrays ``p`` and ``q`` of the same shape, non-negative and summing to one
(which is not checked), and returns a ``float``. ``p`` is the target, ``q`` what was loaded;
`fidelity` takes the amplitudes that were loaded.

Raises:
    ValueError: The shapes differ, or a value is negative, NaN or infinite.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array

__all__ = [
    "fidelity",
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
    p, q = p[p > 0], q[p > 0]
    with np.errstate(over="ignore"):
        ratio = p / q
    logs = np.where(np.isinf(ratio), np.log(p) - np.log(q), np.log(ratio))
    return max(0.0, float(p @ logs))


def hellinger(p: ArrayLike, q: ArrayLike) -> float:
    """Hellinger distance ``sqrt(1 - sum sqrt(p q))``, between 0 and 1."""
    p, q = _pair(p, q)
    return float(np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2))


def fidelity(p: ArrayLike, amplitudes: ArrayLike) -> float:
    """Fidelity of a loaded state with ``sum_x sqrt(p_x) |x>``, between 0 and 1.

    It is ``|sum_x sqrt(p_x) a_x|**2``. Where qubits behind those of ``x`` are traced out, such as
    the coin of a lattice walk, it is the fidelity ``<sqrt p| rho |sqrt p>`` of the reduced state,
    which is also that of the whole state with the best product of ``sum_x sqrt(p_x) |x>`` and a
    state of those qubits. Unlike the distances of this module it falls with wrong signs and
    phases: amplitudes of one sign have ``1 - fidelity <= 2 * total_variation``.

    Args:
        p: The target, raveled.
        amplitudes: Real or complex, one per basis state, or several times as many where qubits are
            traced out; of norm 1, which is not checked.

    Raises:
        TypeError: The amplitudes are no numbers.
        ValueError: The number of amplitudes is no multiple of the number of sites, or one of them
            is not finite.

    Examples:
        >>> from qiskit_ssqw.metrics import fidelity
        >>> round(fidelity([0.36, 0.64], [0.6, 0.8]), 12)
        1.0
        >>> round(fidelity([0.36, 0.64], [0.6, -0.8]), 12)
        0.0784
    """
    root = np.sqrt(check.not_negative(p, "p", shape=(None,)))
    if root.size == 0:
        raise ValueError("p must hold at least one probability, got none")
    state = check.complex_array(amplitudes, "amplitudes")
    if state.ndim != 1 or state.size == 0 or state.size % root.size:
        raise ValueError(
            f"amplitudes must be as many as p's {root.size} sites, or a multiple of them, "
            f"got shape {state.shape}"
        )
    return float(np.linalg.norm(state.reshape(-1, root.size) @ root) ** 2)


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


def _pair(p: ArrayLike, q: ArrayLike) -> tuple[Array, Array]:
    p, q = check.not_negative(p, "p"), check.not_negative(q, "q")
    if p.shape != q.shape:
        raise ValueError(f"p and q must have the same shape, got {p.shape} and {q.shape}")
    return p, q
