"""Means of samples, their intervals, and how many samples an interval needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.assessed import Interval

MOST_NEEDED = 2**60
"""More samples are not told apart."""


@dataclass(frozen=True)
class Mean:
    """What samples say of an expectation."""

    value: float
    standard_error: float
    shots: int
    """How many samples."""
    seen: Interval = (np.inf, -np.inf)
    """The lowest and the highest of them."""
    notes: tuple[str, ...] = ()
    """What is worth knowing about them."""

    @classmethod
    def of(cls, values: Array, counts: NDArray[np.integer]) -> Mean:
        """The mean of samples, each as often as it was seen.

        Args:
            values: Different or not, shape ``(N,)``.
            counts: How often, shape ``(N,)``.
        """
        shots = int(counts.sum())
        value = float(values @ counts / shots)
        error = np.sqrt((values - value) ** 2 @ counts) / shots
        return cls(value, float(error), shots, (float(values.min()), float(values.max())))

    def interval(self, alpha: float, bounds: Interval) -> Interval:
        """An interval that misses the expectation with probability ``alpha``, within bounds.

        It is the normal interval of these samples and of ``z**2`` more, half of them at either
        bound, where ``z`` is the quantile of the normal distribution. For values 0 and 1 this is
        the interval of Agresti and Coull (1998), which stands in for Wilson's. So it has a width
        where all samples are equal: what was not seen may have a probability of some ``z**2`` over
        the number of samples, and be worth as much as a bound. The guard vanishes as one over that
        number, the interval as one over its root. It contains the mean.

        Args:
            alpha: The probability.
            bounds: Lowest and highest value that there can be; those that were seen count, too.
        """
        from scipy.special import ndtri

        quantile = float(ndtri(1 - alpha / 2))
        low, high = min(bounds[0], self.seen[0]), max(bounds[1], self.seen[1])
        added = quantile**2 / (self.shots + quantile**2)
        centre = (1 - added) * self.value + added * (low + high) / 2
        spread = self.shots * self.standard_error**2 + (self.value - centre) ** 2
        ends = ((low - centre) ** 2 + (high - centre) ** 2) / 2
        variance = (1 - added) * spread + added * ends
        half = quantile * np.sqrt(variance / (self.shots + quantile**2))
        first, last = max(float(centre - half), low), min(float(centre + half), high)
        if first < last or low == high:
            return first, last
        # A mean of which errors were taken back may lie outside by more than it is unsure.
        return (low, min(low + half, high)) if centre < low else (max(high - half, low), high)


def shots_needed(
    error: float, alpha: float, value: float, variance: float, bounds: Interval
) -> int:
    """How many samples give an interval whose ends are at most so far from the mean.

    Args:
        error: Largest distance.
        alpha: Probability that the interval misses.
        value: About the mean.
        variance: About that of a sample.
        bounds: Lowest and highest value.
    """

    def is_enough(shots: int) -> bool:
        mean = Mean(value, float(np.sqrt(variance / shots)), shots)
        low, high = mean.interval(alpha, bounds)
        return max(high - value, value - low) <= error

    return _first(is_enough)


def _first(is_enough: Callable[[int], bool]) -> int:
    """The smallest number from 1 on that is enough, where all larger ones are, too."""
    high = 1
    while high < MOST_NEEDED and not is_enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
