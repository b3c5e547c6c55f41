"""Checks of continuous distributions, and of the grids that are to hold them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._stack import level_outside

Array = NDArray[np.float64]
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


def distribution_function(distribution: Any) -> Function:
    """The cdf of a SciPy distribution, of a Gaussian kernel estimate or of a similar object.

    Raises:
        TypeError: It has none, or parameters of its own are missing.
        ValueError: It has several dimensions.
    """
    box = getattr(distribution, "integrate_box_1d", None)
    if hasattr(distribution, "cdf") or box is None:
        return _method(distribution, "cdf", "cell")
    _check_dimension(distribution)
    return lambda points: np.array([box(-np.inf, point) for point in points])


def density(distribution: Any) -> Function:
    """The pdf of a SciPy distribution, of a Gaussian kernel estimate or of a similar object.

    Raises:
        TypeError: It has none, or parameters of its own are missing.
        ValueError: It has several dimensions.
    """
    return _method(distribution, "pdf", "pdf")


def _method(distribution: Any, name: str, rule: str) -> Function:
    method = getattr(distribution, name, None)
    if method is None:
        raise TypeError(
            f'rule "{rule}" needs a distribution with the method {name}, got {distribution!r}'
        )
    if isinstance(distribution, type):
        raise TypeError(f"distribution must be an instance with parameters, got {distribution!r}")
    if hasattr(distribution, "freeze") and distribution.shapes:  # a family of SciPy
        family = distribution.name
        raise TypeError(
            f"distribution must be frozen, as scipy.stats.{family}({distribution.shapes}), "
            f"got the family {family} without its parameters"
        )
    _check_dimension(distribution)

    def checked(points: Array) -> Array:
        values = np.asarray(method(points), dtype=float)
        if values.shape != points.shape or np.isnan(values).any():
            got = "NaN" if values.shape == points.shape else f"shape {values.shape}"
            raise ValueError(
                f"{name} of the distribution must be one number per point, got {got} from "
                f"{distribution!r}"
            )
        return values

    return checked


def _check_dimension(distribution: Any) -> None:
    of_kernels = hasattr(distribution, "integrate_box_1d")
    dimension = getattr(distribution, "d" if of_kernels else "dim", 1)
    if dimension != 1:
        raise ValueError(f"distribution must be one-dimensional, got {dimension} dimensions")
