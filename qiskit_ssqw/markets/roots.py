"""Roots of many increasing functions at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array


def rising_roots(
    function: Callable[[Array, NDArray[np.intp]], Array], low: Array, high: Array, resolution: float
) -> Array:
    """Find where functions change from negative to positive.

    Chandrupatla's method, Advances in Engineering Software 28, 145 (1997), in the form of
    P. O. J. Scherer, Computational Physics, section 6.1.7: bisection, but inverse quadratic
    interpolation wherever it is sure to be better.

    Args:
        function: Called with places, shape ``(m,)``, and with which of the functions they are of.
        low: Where each is negative, shape ``(n,)``.
        high: Where each is not, same shape.
        resolution: How close to the change is close enough.

    Returns:
        Shape ``(n,)``.
    """
    roots, active = np.array(high), np.arange(len(low))
    near, far = np.array(low), np.array(high)
    at_near, at_far = function(near, active), function(far, active)
    part = np.full(len(roots), 0.5)
    while len(active) > 0:
        place = near + part * (far - near)
        value = function(place, active)
        same = (value >= 0) == (at_near >= 0)
        last, at_last = np.where(same, near, far), np.where(same, at_near, at_far)
        far, at_far = np.where(same, far, near), np.where(same, at_far, at_near)
        near, at_near = place, value
        roots[active] = np.where(np.abs(at_near) < np.abs(at_far), near, far)
        with np.errstate(divide="ignore", invalid="ignore"):
            least = resolution / np.abs(far - near)
            part = _interpolated(near, far, last, at_near, at_far, at_last)
        part = np.clip(part, least, 1 - least)
        going = (least < 0.5) & (at_near != 0)
        active, part = active[going], part[going]
        near, far, at_near, at_far = near[going], far[going], at_near[going], at_far[going]
    return roots


def _interpolated(a: Array, b: Array, c: Array, at_a: Array, at_b: Array, at_c: Array) -> Array:
    """Where to look between ``a`` and ``b``, as a part of the way."""
    place, height = (a - b) / (c - b), (at_a - at_b) / (at_c - at_b)
    smooth = (height**2 < place) & ((1 - height) ** 2 < 1 - place)
    quadratic = at_a / (at_b - at_a) * at_c / (at_b - at_c) + (c - a) / (b - a) * at_a / (
        at_c - at_a
    ) * at_b / (at_c - at_b)
    return np.where(smooth, quadratic, 0.5)
