"""Black's formula for options that are out of the money, and its inverse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.markets.normal_cells import normal_pdf

_STDS = (1e-150, 80.0)
"""Standard deviations of the logarithm between which implied ones are sought: at the last one every
option has its largest price, rounded."""


def option_value(ratios: Array, stds: Array | float) -> Array:
    """Undiscounted value of calls with strikes above the forward, and of puts below it.

    Args:
        ratios: Strikes over the forward, positive.
        stds: Standard deviations of the logarithm of the price, positive.

    Returns:
        In units of the forward.
    """
    from scipy.special import ndtr

    upper, lower = _quantiles(ratios, stds)
    call = ndtr(upper) - ratios * ndtr(lower)
    put = ratios * ndtr(-lower) - ndtr(-upper)
    return np.asarray(np.where(ratios > 1, call, put))


def vega(ratios: Array, stds: Array | float) -> Array:
    """Derivative of `option_value` by the standard deviation."""
    upper, _ = _quantiles(ratios, stds)
    return normal_pdf(upper)


def implied_std(ratios: Array, values: Array) -> Array:
    """Standard deviations at which options are worth their values, NaN where none does it.

    Args:
        ratios: Strikes over the forward, positive, of any shape.
        values: As `option_value` returns them.
    """
    return np.asarray(np.vectorize(_implied_std, otypes=[float])(ratios, values))


def _implied_std(ratio: float, value: float) -> float:
    def excess(std: float) -> float:
        return float(option_value(np.asarray(ratio), std)) - value

    low, high = _STDS
    return std_of_root(excess) if excess(low) < 0 < excess(high) else float("nan")


def std_of_root(excess: Callable[[float], float]) -> float:
    """Where a function of a standard deviation of the logarithm changes its sign."""
    from scipy.optimize import brentq

    rounding = 4 * np.finfo(float).eps
    return float(brentq(excess, *_STDS, xtol=_STDS[0], rtol=rounding, maxiter=1000))


def _quantiles(ratios: Array, stds: Array | float) -> tuple[Array, Array]:
    """``d1`` and ``d2`` of the textbooks."""
    middle = -np.log(ratios) / stds
    return middle + np.asarray(stds) / 2, middle - np.asarray(stds) / 2
