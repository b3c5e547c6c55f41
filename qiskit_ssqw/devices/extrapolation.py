"""Values at several strengths of noise, extrapolated to none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.targets.grid import with_squares

ExtrapolationName = Literal["linear", "richardson"]
"""A straight line by least squares, or the polynomial through all points."""

_LEAST_EQUAL = 1e-6
"""Share of the largest standard error that smaller ones count as, at least."""


@dataclass(frozen=True)
class Extrapolation:
    """A value without noise, and how sure it is.

    Attributes:
        value: At factor 0.
        standard_error: Of it, from those of the values.
        factors: Strengths of the noise.
        values: What was measured there.
        standard_errors: Of these.
        weights: The value is the sum of ``values`` times these, which sum to 1.
        spread: Chi-squared of the values about the line, per degree of freedom; ``None`` where the
            curve goes through all of them, or they have no errors.
    """

    value: float
    standard_error: float
    factors: tuple[float, ...]
    values: tuple[float, ...]
    standard_errors: tuple[float, ...]
    weights: tuple[float, ...]
    spread: float | None

    @property
    def correction(self) -> float:
        """What was added to the value at the weakest noise."""
        return self.value - self.values[self._first]

    @property
    def correction_error(self) -> float:
        """Standard error of the correction."""
        shares = np.array(self.weights)
        shares[self._first] -= 1
        return float(np.linalg.norm(shares * self.standard_errors))

    def pays(self, alone: float | None = None) -> bool:
        """Whether the mean squared error is less than without, as far as the values tell.

        The square of the bias is that of the correction, less what its own error makes for.

        Args:
            alone: Standard error at the weakest noise, had all shots been spent there; by default
                that of the value.
        """
        bias = max(self.correction**2 - self.correction_error**2, 0.0)
        alone = self.standard_errors[self._first] if alone is None else alone
        return bias + alone**2 > self.standard_error**2

    @property
    def _first(self) -> int:
        return int(np.argmin(self.factors))


def extrapolate(
    factors: Sequence[float],
    values: Sequence[float],
    standard_errors: Sequence[float],
    *,
    method: ExtrapolationName = "linear",
) -> Extrapolation:
    """Extrapolate values at several strengths of noise to none.

    Args:
        factors: Strengths of the noise, such as 1, 3 and 5; at least two different ones.
        values: What was measured at each, in any unit.
        standard_errors: Of the values, all positive or all 0.
        method: ``"linear"``: least squares weighed by the errors. ``"richardson"``: the polynomial
            through all values (Temme et al., arXiv:1612.02058), which has less bias and several
            times the standard error.

    Raises:
        TypeError: An argument is no array of numbers.
        ValueError: The lengths differ, factors are not positive and different, errors are negative
            or only some are 0, numbers are too large for their squares, or there is no such method.

    Examples:
        >>> from qiskit_ssqw.devices import extrapolate
        >>> found = extrapolate([1, 3], [0.17, 0.19], [0.001, 0.001])
        >>> round(found.value, 4), round(found.standard_error, 5)
        (0.16, 0.00158)
    """
    check.one_of(method, get_args(ExtrapolationName), "method")
    places = check_factors(factors)
    size = (len(places),)
    measured = with_squares(check.real_array(values, "values", shape=size), "values")
    errors = check.not_negative(standard_errors, "standard_errors", shape=size)
    errors = with_squares(errors, "standard_errors")
    if np.any(errors > 0) and not np.all(errors > 0):
        raise ValueError(f"standard_errors must be all positive or all 0, got {errors.tolist()}")
    weights = weights_of(places, method, errors)
    value = float(weights @ measured)
    return Extrapolation(
        value,
        float(np.linalg.norm(weights * errors)),
        tuple(places.tolist()),
        tuple(measured.tolist()),
        tuple(errors.tolist()),
        tuple(weights.tolist()),
        _spread(places, measured, errors) if method == "linear" else None,
    )


def check_factors(factors: ArrayLike) -> Array:
    """Factors as an array, positive, different, at least two.

    Raises:
        TypeError: They are no numbers.
        ValueError: They are something else.
    """
    places = check.real_array(factors, "factors", shape=(None,))
    if len(places) < 2 or places.min() <= 0 or len(np.unique(places)) < len(places):
        raise ValueError(
            f"factors must be at least two different positive numbers, got {places.tolist()}"
        )
    return places


def weights_of(factors: Array, method: ExtrapolationName, errors: Array | None = None) -> Array:
    """What the values are multiplied with, to sum to that at factor 0.

    Args:
        factors: Different ones, at least two.
        method: As for `extrapolate`.
        errors: Standard errors of the values; equal by default, or where they are 0.
    """
    if method == "richardson":
        ratios = [
            np.delete(factors, i) / (np.delete(factors, i) - x) for i, x in enumerate(factors)
        ]
        return np.asarray(np.prod(ratios, axis=1))
    precision = np.ones(len(factors))
    if errors is not None and np.all(errors > 0):
        precision = 1 / np.square(np.maximum(errors / np.max(errors), _LEAST_EQUAL))
    design = np.stack([np.ones(len(factors)), factors])
    normal = (design * precision) @ design.T
    return np.asarray(np.linalg.solve(normal, [1.0, 0.0]) @ (design * precision))


def _spread(factors: Array, values: Array, errors: Array) -> float | None:
    """Chi-squared about the line of least squares, per degree of freedom."""
    freedom = len(factors) - 2
    if not freedom or not np.all(errors > 0):
        return None
    slope, height = np.polyfit(factors, values, 1, w=1 / errors)
    return float(np.sum(((values - height - slope * factors) / errors) ** 2) / freedom)
