"""The distribution of a sum of tables, from its characteristic function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.finance.registers.law import Law
from qiskit_ssqw.finance.registers.sums import TableSum

_BEYOND = 1e-15
"""Probability that may lie beyond the support on either side."""

_STEEPEST, _EXPONENTS = 2.0**12, 49
"""Largest exponent of Chernoff's bound in units of one over the sum's range, and their number."""

_BINS = 2**14
"""Bins of a sum whose values are no multiples of one number."""

_MOST_MULTIPLES = 2**14
"""Points of a lattice on which a sum is found exactly."""

_AT_ONCE = (64, 256)
"""Frequencies evaluated together at first, where many sums vanish, and later."""

_VANISHED = 1e-14
"""Size of a characteristic function that counts as 0."""

_SMOOTHED, _MARGIN = 2.0, 8.0
"""Standard deviation in bins of the kernel that replaces atoms, and its reach."""

_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class SumPoints:
    """Points that stand for all values of a sum, equidistant, and its laws on them."""

    points: Array
    """Shape ``(N,)``."""
    frequencies: Array
    """At which the characteristic functions are known, from 0 on."""
    window: Array
    """What multiplies them there: 1, or less where atoms are smoothed."""
    spectra: tuple[Complex, ...]
    """The characteristic function under each law."""

    @classmethod
    def of(cls, total: TableSum, laws: Sequence[Law]) -> SumPoints:
        """Choose the points of a sum, the same for several laws.

        Where all tables hold multiples of one number, the points are the sum's values. Otherwise
        they are bins between Chernoff's bounds. A characteristic function that has not vanished at
        the last frequency is that of atoms, which a narrow normal kernel then smooths.
        """
        low, high = total.bounds
        if not high > low:
            one = np.ones(1)
            return cls(low * one, 0 * one, one, tuple(one.astype(complex) for _ in laws))
        spacing = common_spacing(total)
        if spacing is not None:
            count = round((high - low) / spacing) + 1
            if count <= _MOST_MULTIPLES:
                points = low + _multiples(spacing, count)
                frequencies = _multiples(2 * np.pi / (count * spacing), count // 2 + 1)
                spectra = tuple(_spectrum(total, law, frequencies, 0.0) for law in laws)
                return cls(points, frequencies, np.ones(len(frequencies)), spectra)
        ends = np.array([support(total, law) for law in laws])
        low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
        margin = _MARGIN * _SMOOTHED / _BINS * (high - low)
        low, high = low - margin, high + margin
        step = (high - low) / _BINS
        points = low + _multiples(step, _BINS)
        frequencies = _multiples(2 * np.pi / (high - low), _BINS // 2 + 1)
        spectra = tuple(_spectrum(total, law, frequencies, _VANISHED) for law in laws)
        window = np.ones(len(frequencies))
        if max(map(len, spectra)) == len(frequencies):
            window = np.exp(-((frequencies * _SMOOTHED * step) ** 2) / 2)
        return cls(points, frequencies, window, spectra)

    def probabilities(self, number: int) -> Array:
        """Probability of each point under one of the laws, with sum 1."""
        spectrum = self.spectra[number]
        known = len(spectrum)
        turned = spectrum * np.exp(-1j * self.frequencies[:known] * self.points[0])
        masses = np.fft.irfft(np.conj(turned * self.window[:known]), len(self.points))
        masses = np.maximum(masses, 0.0)
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
    """The largest number of which all differences within each table are multiples.

    It is ``None`` where there is none, or so small a one that sums have too many values. Euclid's
    algorithm: what divides all numbers divides what is left of them after division, too.
    """
    differences = np.concatenate([[0.0], *(np.ravel(t - t.min()) for t in total.tables.values())])
    largest = float(differences.max())
    positive = differences[differences > _ROUNDING * largest]
    if len(positive) == 0:
        return None
    spacing = float(positive.min())
    while spacing * _MOST_MULTIPLES >= largest:
        counts = np.round(positive / spacing)
        left = np.abs(positive - counts * spacing)
        left = left[left > _ROUNDING * largest]
        if len(left) == 0:
            return float(np.median(positive / counts))
        spacing = float(left.min())
    return None


def _multiples(step: float, count: int) -> Array:
    return np.asarray(step * np.arange(count))


def _spectrum(total: TableSum, law: Law, frequencies: Array, vanished: float) -> Complex:
    """The characteristic function of a sum, as far as it has not vanished."""
    values = []
    (first, later), count = _AT_ONCE, len(frequencies)
    ends = [*range(first, min(later, count), first), *range(later, count, later)]
    for part in np.split(frequencies, ends):
        found = law.characteristic(total, part)
        if np.abs(found).max() < vanished:
            break
        values.append(found)
    return np.concatenate(values)
