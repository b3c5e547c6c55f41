"""Grids of ``2**n`` points per dimension, their bounds, and the cells around their points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array

Interval = tuple[float, float]

_MOST_QUBITS = 30
"""An array of so many points takes 8 GiB."""

_LARGEST = 1e150
"""Largest modulus of a point: second moments are sums of squares."""


def register_sizes(num_qubits: Any) -> tuple[int, ...]:
    """Return the number of qubits of each dimension, from one integer or a sequence of them."""
    array = isinstance(num_qubits, np.ndarray) and num_qubits.ndim > 0
    sizes = num_qubits if array or isinstance(num_qubits, (list, tuple)) else (num_qubits,)
    if len(sizes) == 0:
        raise ValueError("num_qubits must name at least one dimension, got none")
    checked = tuple(check.integer(size, "num_qubits", minimum=1) for size in sizes)
    if sum(checked) > _MOST_QUBITS:
        raise ValueError(
            f"num_qubits must be at most {_MOST_QUBITS} altogether, as all points of the grid are "
            f"held in arrays, got {num_qubits}"
        )
    return checked


def intervals(bounds: ArrayLike, dimensions: int) -> tuple[Interval, ...]:
    """Return bounds as one ``(low, high)`` per dimension.

    Args:
        bounds: Shape ``(2,)`` for one dimension, ``(dimensions, 2)`` otherwise.
        dimensions: Number of dimensions of the grid.

    Raises:
        ValueError: The shape differs, a bound is not finite or too large, or ``low < high`` does
            not hold.
    """
    array = with_squares(check.real_array(bounds, "bounds"), "bounds")
    if dimensions == 1 and array.shape == (2,):
        array = array[None]
    if array.shape != (dimensions, 2):
        wanted = "(2,)" if dimensions == 1 else f"({dimensions}, 2)"
        raise ValueError(f"bounds must have shape {wanted}, got {array.shape}")
    for low, high in array:
        if not low < high:
            raise ValueError(f"bounds must satisfy low < high, got ({low}, {high})")
    return tuple((float(low), float(high)) for low, high in array)


def axes(sizes: Sequence[int], boxes: Sequence[Interval]) -> tuple[Array, ...]:
    """Equidistant grid points of each dimension, both bounds included, read-only.

    Raises:
        ValueError: There are more points than floating-point numbers between the bounds.
    """
    points = tuple(np.linspace(*box, 2**size) for size, box in zip(sizes, boxes, strict=True))
    for axis in points:
        if np.any(np.diff(axis) <= 0):
            raise ValueError(
                f"floating point cannot tell {len(axis)} points between {axis[0]} and {axis[-1]} "
                "apart: take wider bounds or fewer qubits"
            )
        axis.setflags(write=False)
    return points


def increasing(points: Any, shape: Sequence[int]) -> tuple[Array, ...]:
    """Return any grid points as one read-only array per dimension.

    Args:
        points: Shape ``(N,)`` for one dimension, else one array per dimension.
        shape: Number of points of each dimension.

    Raises:
        TypeError: They are not real numbers, or not one array per dimension.
        ValueError: A length differs from the shape, or points do not increase.
    """
    if len(shape) == 1:
        points = [points]
    several = isinstance(points, (list, tuple)) or (
        isinstance(points, np.ndarray) and points.ndim > 0
    )
    if not several or len(points) != len(shape):
        raise TypeError(f"axes must hold {len(shape)} arrays of grid points, got {points!r}")
    found = []
    for axis, length in zip(points, shape, strict=True):
        array = with_squares(check.real_array(axis, "axes", shape=(length,)), "axes")
        if np.any(np.diff(array) <= 0):
            place = int(np.argmax(np.diff(array) <= 0))
            raise ValueError(
                f"grid points must increase, got {array[place]} before {array[place + 1]}"
            )
        found.append(array)
    return tuple(found)


def with_squares(points: Array, name: str) -> Array:
    """Return points, or raise a `ValueError` if the square of one is no floating-point number."""
    largest = np.abs(points).max(initial=0.0)
    if largest > _LARGEST:
        raise ValueError(f"{name} must lie between -1e150 and 1e150, got {largest:g} in modulus")
    return points


def cell_edges(axis: Array) -> Array:
    """Edges of the cells around the points: mid points, the two end cells reaching to infinity."""
    return np.concatenate([[-np.inf], (axis[1:] + axis[:-1]) / 2, [np.inf]])


def mesh(coordinates: Sequence[Array]) -> Array:
    """All points of a product grid, shape ``(..., dimensions)``, indexed as the grid ("ij")."""
    return np.stack(np.meshgrid(*coordinates, indexing="ij"), axis=-1)
