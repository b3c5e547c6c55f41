"""Distributions as cosine series, whose coefficients are values of the characteristic function.

F. Fang and C. W. Oosterlee, SIAM Journal on Scientific Computing 31, 826 (2008).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from typing_extensions import Self

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw._frozen import FrozenArrays
from qiskit_ssqw.markets.roots import rising_roots

WANTED_ERROR = 1e-13
_FEWEST_TERMS, _MOST_TERMS = 64, 2**17
_PROBES = 4096
"""Frequencies at which it is looked whether a characteristic function revives, as that of jumps of
one size does."""
_FEWEST_CELLS = 2**10
_NEGLIGIBLE = 1e-16
_BLOCK = 2**18
"""Waves that are computed at once: 4 MiB of them."""


@dataclass(frozen=True, eq=False)
class CosineSeries(FrozenArrays):
    """A density between two bounds as a sum of cosines.

    What lies beyond a bound is reflected at it.

    Args:
        low: The lower bound.
        high: The upper bound.
        terms: Coefficients of ``cos(k pi (y - low) / (high - low))`` from ``k = 0`` on, the first
            one halved.
        error: Bound of what the terms left out contribute to the distribution function, from the
            decay of the characteristic function.
    """

    low: float
    high: float
    terms: Array
    error: float

    @classmethod
    def of(cls, characteristic: Callable[[Complex], Complex], low: float, high: float) -> Self:
        """The series of a distribution from its characteristic function.

        There are as many terms as the distribution function needs, but not endlessly many: see
        `error`.
        """
        step = np.pi / (high - low)
        values = characteristic(np.array(step * np.arange(_FEWEST_TERMS), complex))
        largest, error = float(np.abs(values[_FEWEST_TERMS // 2 :]).max()), np.inf
        probes = np.geomspace(_FEWEST_TERMS, _MOST_TERMS, _PROBES)
        alive = np.abs(characteristic(np.array(step * probes, complex))) > WANTED_ERROR
        last = np.max(probes[alive], initial=0.0)
        while (error > WANTED_ERROR or len(values) < last) and len(values) < _MOST_TERMS:
            frequencies = step * np.arange(len(values), 2 * len(values))
            block = characteristic(np.array(frequencies, complex))
            values = np.append(values, block)
            before, largest = largest, float(np.abs(block).max())
            error = _rest(before, largest)
        needed = np.abs(values) > _NEGLIGIBLE
        values = values[: len(values) - int(np.argmax(needed[::-1]))]
        terms = 2 * step / np.pi * (values * np.exp(-1j * step * low * np.arange(len(values)))).real
        terms[0] /= 2
        terms.setflags(write=False)
        return cls(low, high, terms, error)

    @property
    def frequencies(self) -> Array:
        """Frequencies of the terms but the first."""
        return np.asarray(np.arange(1, len(self.terms)) * np.pi / (self.high - self.low))

    def density(self, places: Array) -> Array:
        """The density at places, shape ``(m,)``, 0 beyond the bounds."""
        inside = (places >= self.low) & (places <= self.high)
        sums = self.terms[0] + self._waves(self.terms[1:], places).real
        return np.where(inside, np.maximum(sums, 0.0), 0.0)

    def cdf(self, places: Array) -> Array:
        """The distribution function at places, shape ``(m,)``, which increases with them."""
        sums = self._waves(self.terms[1:] / self.frequencies, places).imag
        found = self.terms[0] * (places.clip(self.low, self.high) - self.low) + sums
        found = np.where(places <= self.low, 0.0, np.where(places >= self.high, 1.0, found))
        order = np.argsort(places)
        found[order] = np.maximum.accumulate(found[order].clip(0.0, 1.0))  # rounding errors fall
        return found

    def inverse_cdf(self, goals: Array) -> Array:
        """Places up to which there are probabilities, shape ``(m,)``, to rounding error."""
        size = len(self._table) - 1
        cell = (self.high - self.low) / size
        above = np.searchsorted(self._table, goals).astype(float)
        low = self.low + cell * np.clip(above - 2, 0, size)
        high = self.low + cell * np.clip(above + 1, 0, size)
        resolution = float(np.spacing(self.high - self.low))
        return rising_roots(
            lambda place, which: self.cdf(place) - goals[which], low, high, resolution
        )

    @cached_property
    def _table(self) -> Array:
        """The distribution function at the ends of equal cells, without its falls."""
        size = max(_FEWEST_CELLS, 4 * 2 ** int(np.ceil(np.log2(len(self.terms)))))
        weights = np.zeros(2 * size)
        weights[1 : len(self.terms)] = self.terms[1:] / self.frequencies
        places = (self.high - self.low) / size * np.arange(size + 1)
        table = self.terms[0] * places - np.fft.fft(weights).imag[: size + 1]
        table = np.maximum.accumulate(table)
        table.setflags(write=False)
        return np.asarray(table)

    def integrated_cdf(self, places: Array) -> Array:
        """The integral of the distribution function up to places between the bounds."""
        weights = self.terms[1:] / self.frequencies**2
        sums = weights.sum() - self._waves(weights, places).real
        return np.asarray(self.terms[0] / 2 * (places - self.low) ** 2 + sums)

    def _waves(self, weights: Array, places: Array) -> Complex:
        """Sum of ``weights[k - 1] * exp(i k x)``, ``x`` being the places, from 0 to pi.

        With ``k - 1 = a * block + b``, the waves are products of those of ``a`` and of ``b``, about
        twice the root of their number.
        """
        block = max(1, math.isqrt(len(weights)))
        table = np.append(weights, np.zeros(-len(weights) % block)).reshape(-1, block)
        angles = np.pi * (places.clip(self.low, self.high) - self.low) / (self.high - self.low)
        found = [np.zeros(0, complex)]
        for part in np.array_split(angles, 1 + angles.size * len(table) // _BLOCK):
            fine = np.exp(1j * np.outer(part, np.arange(block)))
            coarse = np.exp(1j * np.outer(part, 1 + block * np.arange(len(table))))
            found.append(np.einsum("ij,ij->i", fine @ table.T, coarse))
        return np.concatenate(found)


def _rest(before: float, last: float) -> float:
    """Bound of the series beyond two blocks of frequencies, each up to twice its first.

    A block whose characteristic function is at most ``m`` contributes ``2 log(2) m / pi`` to a
    distribution function, and the next ones fall at least as fast as the last did.
    """
    if last == 0:
        return 0.0
    ratio = last / before
    return float(2 * np.log(2) / np.pi * last * ratio / (1 - ratio)) if ratio < 1 else np.inf
