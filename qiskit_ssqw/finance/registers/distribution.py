"""The distribution of a sum of tables, from its characteristic function."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.finance.registers.law import Law
from qiskit_ssqw.finance.registers.sums import TableSum

Array = NDArray[np.float64]

_BEYOND = 1e-15
"""Probability that may lie beyond the support on either side."""

_STEEPEST, _EXPONENTS = 2.0**12, 49
"""Largest exponent of Chernoff's bound in units of one over the sum's range, and their number."""

_BINS = 2**14
"""Bins of a sum whose values are no multiples of one number."""

_MOST_MULTIPLES = 2**14
"""Points of a lattice on which a sum is found exactly."""

_AT_ONCE = 64
"""Frequencies evaluated together."""

_VANISHED = 1e-14
"""Size of a characteristic function that counts as 0."""

_SMOOTHED, _MARGIN = 2.0, 8.0
"""Standard deviation in bins of the kernel that replaces atoms, and its reach."""

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class SumPoints:
    """Points that stand for all values of a sum, equidistant."""

    points: Array
    """Shape ``(N,)``."""
    frequencies: Array
    """At which the characteristic function tells the probabilities, from 0 on."""
    window: Array
    """What multiplies it there: 1, or less where atoms are smoothed."""

    @classmethod
    def of(cls, total: TableSum, laws: tuple[Law, ...]) -> SumPoints:
        """Choose the points of a sum, the same for several laws.

        Where all tables hold multiples of one number, the points are the sum's values. Otherwise
        they are bins between Chernoff's bounds. A characteristic function that has not vanished at
        the last frequency is that of atoms, which a narrow normal kernel then smooths.
        """
        spacing = common_spacing(total)
        low, high = total.bounds
        if spacing is not None and high > low:
            count = round((high - low) / spacing) + 1
            if count <= _MOST_MULTIPLES:
                return cls._of_lattice(low, spacing, count)
        ends = np.array([support(total, law) for law in laws])
        low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
        margin = _MARGIN * _SMOOTHED / _BINS * (high - low)
        low, high = low - margin, high + margin
        step = (high - low) / _BINS
        frequencies = _multiples(2 * np.pi / (high - low), _BINS // 2 + 1)
        last = max(_last_frequency(total, law, frequencies) for law in laws)
        window = np.ones(last)
        if last == len(frequencies):
            window = np.exp(-((frequencies * _SMOOTHED * step) ** 2) / 2)
        points = low + _multiples(step, _BINS)
        return cls(points, frequencies[:last], window)

    @classmethod
    def _of_lattice(cls, low: float, spacing: float, count: int) -> SumPoints:
        frequencies = _multiples(2 * np.pi / (count * spacing), count // 2 + 1)
        points = low + _multiples(spacing, count)
        return cls(points, frequencies, np.ones(len(frequencies)))

    def probabilities(self, total: TableSum, law: Law) -> Array:
        """Probability of each point under a law, with sum 1."""
        size = len(self.points)
        values = np.concatenate(
            [law.characteristic(total, part) for part in _chunks(self.frequencies)]
        )
        shifted = np.conj(values * np.exp(-1j * self.frequencies * self.points[0]) * self.window)
        masses = np.maximum(np.fft.irfft(shifted, size), 0.0)
        return np.asarray(masses / masses.sum())


def support(total: TableSum, law: Law) -> tuple[float, float]:
    """Bounds of a sum beyond which next to no probability lies, by Chernoff's inequality.

    ``P(S > x) <= E exp(s S) exp(-s x)`` for each ``s > 0``, so the highest bound is the least
    ``(log E exp(s S) + log(1 / p)) / s``.
    """
    low, high = total.bounds
    if not high > low:
        return low, high
    exponents = np.geomspace(1, _STEEPEST, _EXPONENTS) / (high - low)
    upper = (law.log_moments(total, exponents) - np.log(_BEYOND)) / exponents
    lower = (np.log(_BEYOND) - law.log_moments(total, -exponents)) / exponents
    return max(low, float(lower.max())), min(high, float(upper.min()))


def common_spacing(total: TableSum) -> float | None:
    """The number of which all differences within each table are multiples, if there is one."""
    differences = np.concatenate([[0.0], *(np.ravel(t - t.min()) for t in total.tables.values())])
    positive = differences[differences > _ROUNDING * differences.max()]
    if len(positive) == 0:
        return None
    spacing = float(positive.min())
    multiples = positive / spacing
    if np.any(np.abs(multiples - np.round(multiples)) > _ROUNDING * np.maximum(multiples, 1)):
        return None
    return float(np.median(positive / np.round(multiples)))


def _multiples(step: float, count: int) -> Array:
    return np.asarray(step * np.arange(count))


def _last_frequency(total: TableSum, law: Law, frequencies: Array) -> int:
    """Number of frequencies up to which a characteristic function has not vanished."""
    for number, part in enumerate(_chunks(frequencies)):
        if np.abs(law.characteristic(total, part)).max() < _VANISHED:
            return number * _AT_ONCE
    return len(frequencies)


def _chunks(frequencies: Array) -> list[Array]:
    return np.split(frequencies, range(_AT_ONCE, len(frequencies), _AT_ONCE))
