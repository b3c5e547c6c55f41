"""Checks of the grids that are to hold a distribution."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._stack import level_outside

Function = Callable[[Array], Array]

_NEARLY_ALL = 0.99


class GridWarning(UserWarning):
    """Nearly all of a distribution lies beyond one end of the grid."""


def warn_of_missed_grid(axes: Sequence[Array], shares: Sequence[tuple[float, float]]) -> None:
    """Warn if a distribution lies beyond one end of a grid.

    Args:
        axes: Grid points of each dimension.
        shares: Probability below and above what `outer_edges` returns for each dimension.
    """
    for dimension, (axis, pair) in enumerate(zip(axes, shares, strict=True)):
        for side, share in zip(("below", "above"), pair, strict=True):
            if share >= _NEARLY_ALL:
                where = f" in dimension {dimension}" if len(axes) > 1 else ""
                warnings.warn(
                    f"{100 * share:.4g} % of the probability lies {side} the bounds "
                    f"({axis[0]:g}, {axis[-1]:g}){where}: check them, and the parameters",
                    GridWarning,
                    stacklevel=level_outside(),
                )


def outer_edges(axis: Array) -> Array:
    """Ends of a grid whose first and last cells were as wide outwards as inwards."""
    return np.array([1.5 * axis[0] - 0.5 * axis[1], 1.5 * axis[-1] - 0.5 * axis[-2]])


def shares_beyond(axis: Array, cdf: Function) -> tuple[float, float]:
    """Probability below and above a grid, from the distribution function."""
    below, up_to_end = np.asarray(cdf(outer_edges(axis)), dtype=float)
    return float(below), float(1 - up_to_end)


def shares_of_samples(axes: Sequence[Array], samples: Array) -> list[tuple[float, float]]:
    """The part of samples ``(m, d)`` below and above the grid, for each dimension."""
    ends = [outer_edges(axis) for axis in axes]
    return [
        (float(np.mean(column < low)), float(np.mean(column > high)))
        for (low, high), column in zip(ends, samples.T, strict=True)
    ]
