"""Checks of arguments, shared by all layers: each states the rule and the value it got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw._arrays import Array, Complex

T = TypeVar("T")

_SYMMETRY = 1e-8


def integer(value: Any, name: str, *, minimum: int, maximum: int | None = None) -> int:
    """Return ``value`` as an ``int`` between ``minimum`` and ``maximum``.

    Raises:
        TypeError: ``value`` is not an integer.
        ValueError: ``value`` is smaller, or larger.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value}")
    if maximum is not None and value > maximum:
        raise ValueError(f"{name} must be at most {maximum}, got {value}")
    return int(value)


def instance(value: Any, kind: type[T] | tuple[type[T], ...], name: str) -> T:
    """Return ``value`` if it is an object of one of the classes.

    Raises:
        TypeError: It is not.
    """
    if not isinstance(value, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        wanted = " or ".join(each.__name__ for each in kinds)
        article = "an" if wanted[0] in "AEIOU" else "a"
        raise TypeError(f"{name} must be {article} {wanted}, got {value!r}")
    return value


def printable(value: Any, name: str) -> str:
    """Return ``value`` if it is text that can be shown in a line.

    Raises:
        TypeError: It is no string.
        ValueError: It has characters that are not printable.
    """
    text = instance(value, str, name)
    if not text.isprintable():
        raise ValueError(f"{name} must be printable, got {text!r}")
    return text


def sequence(value: Any, name: str) -> list[Any]:
    """Return the elements of ``value``.

    Raises:
        TypeError: It has none, or is a string, a mapping or a set.
    """
    try:
        if isinstance(value, (str, bytes, Mapping, Set)):
            raise TypeError
        return list(value)
    except TypeError:
        raise TypeError(f"{name} must be a sequence, got {value!r}") from None


def flag(value: Any, name: str) -> bool:
    """Return ``value`` as a ``bool``.

    Raises:
        TypeError: It is neither True nor False.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def seed(value: Any) -> int | None:
    """Return a seed as an ``int`` of any size, at least 0, or ``None`` if there is none.

    Raises:
        TypeError: ``value`` is neither an integer nor ``None``.
        ValueError: ``value`` is negative.
    """
    return None if value is None else integer(value, "seed", minimum=0)


def number(value: Any, name: str) -> float:
    """Return ``value`` as a finite ``float``.

    Raises:
        TypeError: ``value`` is not a real number.
        ValueError: ``value`` is NaN or infinite.
    """
    try:
        if isinstance(value, (str, bytes, bool, np.bool_)) or np.iscomplexobj(value):
            raise TypeError
        result = float(value)
    except OverflowError:
        result = np.inf
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a real number, got {value!r}") from None
    if not np.isfinite(result):
        raise ValueError(f"{name} must be finite, got {value}")
    return result


def positive(value: Any, name: str) -> float:
    """Return ``value`` as a finite ``float`` greater than zero, or raise as `number` does."""
    result = number(value, name)
    if result <= 0:
        raise ValueError(f"{name} must be positive, got {value}")
    return result


def at_least_zero(value: Any, name: str) -> float:
    """Return ``value`` as a finite ``float`` that is not negative, or raise as `number` does."""
    result = number(value, name)
    if result < 0:
        raise ValueError(f"{name} must not be negative, got {value}")
    return result


def open_unit_interval(value: Any, name: str) -> float:
    """Return ``value`` as a ``float`` strictly between 0 and 1, or raise as `number` does."""
    result = number(value, name)
    if not 0 < result < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value}")
    return result


def order_of_qubits(
    value: Any, name: str, size: int, *, wanted: str = "a sequence of qubits"
) -> tuple[int, ...]:
    """Return ``value`` as a tuple that holds each of ``size`` qubits once.

    Raises:
        TypeError: ``value`` is no sequence of integers; ``wanted`` says what it should be.
        ValueError: A qubit is negative, missing, too large or there twice.
    """
    try:
        qubits = list(value)
    except TypeError:
        raise TypeError(f"{name} must be {wanted}, got {value!r}") from None
    order = tuple(integer(qubit, f"a qubit of {name}", minimum=0) for qubit in qubits)
    if sorted(order) != list(range(size)):
        raise ValueError(f"{name} must contain each of {size} qubits once, got {value!r}")
    return order


def one_of(value: Any, options: Sequence[str], name: str) -> str:
    """Return ``value`` if it is one of ``options``.

    Raises:
        ValueError: It is not.
    """
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}")
    return str(value)


def real_array(
    values: ArrayLike,
    name: str,
    *,
    shape: tuple[int | None, ...] | None = None,
) -> Array:
    """Return a read-only copy of ``values`` as finite floats of a given shape.

    Args:
        values: Anything NumPy turns into an array of real numbers.
        name: What the caller calls it.
        shape: The shape it must have, ``None`` standing for any length.

    Raises:
        TypeError: The values are not real numbers.
        ValueError: The shape differs, or a value is NaN or infinite.
    """
    array = reals(values, name) + 0.0  # a copy; -0.0 becomes 0.0
    if shape is not None and not _fits(array.shape, shape):
        wanted = str(shape).replace("None", "any")
        raise ValueError(f"{name} must have shape {wanted}, got {array.shape}")
    array = np.asarray(array)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]}")
    array.setflags(write=False)
    return array


def complex_array(values: ArrayLike, name: str) -> Complex:
    """Return ``values`` as finite complex numbers of any shape.

    Raises:
        TypeError: The values are not numbers.
        ValueError: A value is NaN or infinite.
    """
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "biufc":
            raise TypeError
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of numbers, got {values!r}") from None
    if not np.isfinite(given).all():
        raise ValueError(f"{name} must be finite, got {given[~np.isfinite(given)][0]}")
    return given.astype(complex)


def points(values: ArrayLike, name: str) -> Array:
    """Return ``values`` as floats that may be infinite.

    Raises:
        TypeError: The values are not real numbers.
        ValueError: A value is NaN.
    """
    array = reals(values, name)
    if np.isnan(array).any():
        raise ValueError(f"{name} must not be NaN, got {values!r}")
    return array


def reals(values: ArrayLike, name: str) -> Array:
    """Return ``values`` as floats, NaN and infinities among them, or raise a `TypeError`."""
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "biuf":
            raise TypeError
        return given.astype(float, copy=False)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be an array of real numbers, got {values!r}") from None


def rounding(values: ArrayLike) -> float:
    """Rounding error to expect in the sum of numbers of about 1, in the precision they have."""
    array = np.asarray(values)
    precision = float(np.finfo(float).eps)
    if np.issubdtype(array.dtype, np.floating):
        precision = max(precision, float(np.finfo(array.dtype).eps))
    return 4 * precision * (2 + float(np.log2(max(array.size, 1))))


def not_negative(
    values: ArrayLike, name: str, *, shape: tuple[int | None, ...] | None = None
) -> Array:
    """Return ``values`` as `real_array` does, with negative rounding errors set to 0.

    Raises:
        TypeError: The values are not real numbers.
        ValueError: The shape differs, or a value is NaN, infinite, or negative beyond the rounding
            error of the sum of all.
    """
    array = real_array(values, name, shape=shape)
    if not np.any(array < 0):
        return array
    if array.min() < -rounding(values) * np.abs(array).sum():
        raise ValueError(f"{name} must not be negative, got {array.min()}")
    return real_array(np.maximum(array, 0.0), name)


def is_covariance(matrix: Array, error: float) -> bool:
    """Whether a matrix is symmetric and positive definite, whatever the scales of its variables.

    Args:
        matrix: A square matrix.
        error: Rounding error of the numbers relative to their scales.
    """
    variances = np.diag(matrix)
    if variances.min() <= 0:
        return False
    scaled = matrix / np.sqrt(variances)[:, None] / np.sqrt(variances)
    symmetric = np.abs(scaled - scaled.T).max() <= max(_SYMMETRY, error)
    return bool(symmetric and np.linalg.eigvalsh(scaled).min() > len(scaled) * np.finfo(float).eps)


def correlation(value: ArrayLike, size: int) -> Array:
    """Return ``value`` as a correlation matrix of ``size`` variables.

    Raises:
        TypeError: The values are not real numbers.
        ValueError: The shape differs, or the matrix is not symmetric and positive definite with
            ones on the diagonal.
    """
    matrix = real_array(value, "correlation", shape=(size, size))
    error = max(_SYMMETRY, rounding(value))
    ones = np.abs(np.diag(matrix) - 1).max(initial=0) <= error
    if not ones or not is_covariance(matrix, error):
        raise ValueError(
            "correlation must be symmetric and positive definite with ones on the diagonal, got "
            f"{matrix.tolist()}"
        )
    return matrix


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        want is None or size == want for size, want in zip(shape, wanted, strict=True)
    )
