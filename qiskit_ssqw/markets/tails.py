"""Where a distribution may be cut: its scale, and Chernoff's bound of its tails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qiskit_ssqw._arrays import Array, Complex

_RATES = np.geomspace(1e-3, 40, 128)
"""Where the moments are looked at, in the inverse of the scale."""
_REAL, _CONVEX = 1e-6, 1e-6
"""Rounding errors of moments: an imaginary part, and a fall of the slope of their logarithm."""
_MOST_STEPS = 200


def scale_of(characteristic: Callable[[Complex], Complex]) -> float:
    """Roughly the standard deviation of a distribution, however far its tails reach.

    Args:
        characteristic: The characteristic function.

    Raises:
        ValueError: It never falls, or is no characteristic function.
    """
    frequency = 1.0
    for _ in range(_MOST_STEPS):
        size = float(np.abs(characteristic(np.array([frequency + 0j]))[0]))
        if 0.5 <= size <= 0.95:
            return float(np.sqrt(-2 * np.log(size)) / frequency)
        frequency *= 1.5 if size > 0.95 else 0.6
    raise ValueError(
        "the characteristic function must fall from 1 with the frequency, which this one does not: "
        "the price has no density"
    )


def reach(moments: Callable[[Array], Complex], scale: float, mass: float) -> float:
    """How far out at most a probability lies.

    Chernoff's bound: the probability beyond ``b`` is at most ``E[exp(p Y)] exp(-p b)`` for every
    ``p > 0`` for which the mean exists. Where it does not, formulas still give numbers; those are
    told from moments by not being real, positive, or convex in their logarithm.

    Args:
        moments: ``E[exp(p Y)]`` of the variable, for an array of ``p > 0``.
        scale: What `scale_of` tells.
        mass: The probability.

    Returns:
        The bound; infinite if no moment exists.
    """
    rates = _RATES / scale
    with np.errstate(all="ignore"):
        values = moments(rates)
        good = np.isfinite(values) & (values.real > 0)
        good &= np.abs(values.imag) <= _REAL * np.abs(values.real)
        logs = np.log(np.where(good, values.real, 1.0))
    slopes = np.diff(logs, prepend=0.0) / np.diff(rates, prepend=0.0)
    good[1:] &= np.diff(slopes) >= -_CONVEX * scale
    count = len(good) if good.all() else int(np.argmin(good))
    return float(np.min((logs[:count] - np.log(mass)) / rates[:count], initial=np.inf))
