"""The distribution function and the density of SciPy's distributions and of similar objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from qiskit_ssqw._arrays import Array

Function = Callable[[Array], Array]


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
