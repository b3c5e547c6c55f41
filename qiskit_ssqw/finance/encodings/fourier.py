"""A payoff as a short series of cosines, one amplitude per harmonic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.encodings.waves import Numbers, WaveDescent, Waves

_PERIODS = (0.8, 1.1, 1.5, 2.0)
"""Where to start, in units of the width that carries the weight."""

_MORE_PERIODS = (1.0, 0.9, 1.3, 1.75)
"""More of them for few points, where a start is cheap and chance decides more."""

_FEW_CELLS = 32
_MOST_CELLS = 320
_MOST_HARMONICS = 64

_TAIL = 0.1
"""Share of the tolerance, over the payoff's range, that either end beyond the width may weigh."""

_TRIAL, _FINAL, _CORRECTION = 20, 80, 30
"""Iterations from each start, more from the best two, and more if cells have hidden an error."""

_CORRECTIONS = 3
_MARGINS = (0.99, 0.85)
"""Shares of the tolerance to aim at, one after the other, where cells may hide an error."""

_LEAST_TOLERANCE = 1e-15
"""Relative to the payoff's range."""

_MOST_EXPLAINED = 0.9
"""Of the mean distance from the mean, taken for the tolerance where that is larger."""


@dataclass(frozen=True)
class FourierSeries:
    """``constant + sum_l amplitudes[l] cos(frequencies[l] u + phases[l])``.

    Args:
        constant: The mean.
        amplitudes: Shape ``(harmonics,)``, positive.
        frequencies: In radians per unit of ``u``.
        phases: In radians.
    """

    constant: float
    amplitudes: Array
    frequencies: Array
    phases: Array

    def __call__(self, points: Array) -> Array:
        """Value at each point, shape ``(N,)``."""
        total = np.full(len(points), self.constant)
        for amplitude, frequency, phase in self.waves():
            total += amplitude * np.cos(frequency * points + phase)
        return total

    def waves(self, least: float = -np.inf) -> list[tuple[float, float, float]]:
        """Amplitude, frequency and phase of each harmonic whose amplitude is above the least."""
        numbers = (self.amplitudes, self.frequencies, self.phases)
        waves = zip(*(each.tolist() for each in numbers), strict=True)
        return [wave for wave in waves if wave[0] > least]


def joint_range(ranges: ArrayLike) -> float:
    """Range of a single part that would take as many calls as parts of these ranges together.

    The calls for an error ``e`` are proportional to ``range / e``, and errors proportional to the
    roots of the ranges reach their sum with the fewest.
    """
    return float(np.sqrt(ranges).sum() ** 2)


def fit_series(points: Array, payments: Array, weights: Array, tolerance: float) -> FourierSeries:
    """Fit a series of free frequencies that takes few calls at a tolerance.

    Herbert (arXiv:2105.09100) extends the payoff to a smooth periodic function and takes its
    harmonics. Here nothing is asked of the series where the weights are zero, and its waves need
    not be harmonics of one period: `WaveDescent` lowers the `joint_range` from the harmonics of
    several periods. The lowest is a local minimum, not proven to be the global one.

    Args:
        points: The number that the payoff depends on, shape ``(N,)``, in any order.
        payments: The payoff, a function of the points, shape ``(N,)``.
        weights: Probabilities, shape ``(N,)``.
        tolerance: Bound of ``sum weights * |error|``, in units of the payoff.

    Returns:
        The series, of mean error zero and at least one harmonic; if the tolerance is out of reach,
        the one closest to it among those tried.
    """
    order = np.argsort(points, kind="stable")
    order = order[weights[order] > 0]
    points, payments, weights = points[order], payments[order], weights[order]
    weights = weights / weights.sum()
    spread = float(np.ptp(payments))
    tolerance = max(tolerance, _LEAST_TOLERANCE * spread)
    tail = _TAIL * tolerance / spread if spread else 0.0
    low, high = np.interp([tail, 1 - tail], np.cumsum(weights), points)
    scale = _Scale((low + high) / 2, high - low or 1.0)
    cells = _cells((points - scale.centre) / scale.width, payments, weights)
    if cells.spread <= _LEAST_TOLERANCE * spread:  # as good as constant where the weight is
        return FourierSeries(float(weights @ payments), np.zeros(1), np.ones(1), np.zeros(1))
    return _fewest_calls(cells, scale, points, payments, weights, tolerance)


@dataclass(frozen=True)
class _Scale:
    """Where the weight is, in units of the points."""

    centre: float
    width: float

    def series(self, waves: Waves, points: Array, payments: Array, weights: Array) -> FourierSeries:
        """The waves in units of the points, with mean error zero."""
        signs = np.where(waves.frequencies < 0, -1.0, 1.0)
        frequencies = signs * waves.frequencies / self.width
        cosines, sines = waves.coefficients
        phases = np.arctan2(-signs * sines, cosines) - frequencies * self.centre
        series = FourierSeries(0.0, waves.amplitudes, frequencies, np.remainder(phases, 2 * np.pi))
        return replace(series, constant=float(weights @ (payments - series(points))))


def _cells(points: Array, payments: Array, weights: Array) -> Numbers:
    """Means over at most so many cells: narrow where there is weight, or the payoff varies.

    Args:
        points: Ascending, about 1 wide where the weight is.
        payments: The payoff.
        weights: Positive, with sum 1.
    """
    if len(points) > _MOST_CELLS:
        width = np.clip(points + 0.5, 0, 1)
        variation = np.abs(np.diff(payments, prepend=payments[0])).cumsum()
        rank = 0.4 * width + 0.4 * np.cumsum(weights) + 0.2 * variation / max(variation[-1], 1e-300)
        places = np.minimum((rank * _MOST_CELLS).astype(int), _MOST_CELLS - 1)
        firsts = np.flatnonzero(np.diff(places, prepend=-1))
        sums = [np.add.reduceat(weights * x, firsts) for x in (1.0, points, payments)]
        weights, points, payments = sums[0], sums[1] / sums[0], sums[2] / sums[0]
    return Numbers(points, payments - weights @ payments, weights)


def _fewest_calls(
    cells: Numbers,
    scale: _Scale,
    points: Array,
    payments: Array,
    weights: Array,
    tolerance: float,
) -> FourierSeries:
    """The best of all starts, and within the tolerance at the points, not only for the cells."""
    aim = min(tolerance, _MOST_EXPLAINED * cells.spread)
    margins = (1.0,) if len(cells.points) == len(points) else _MARGINS
    for margin in margins:
        best = _descended(cells, margin * aim)
        if best.feasible is None:
            break
        for _ in range(_CORRECTIONS):
            if best.feasible is None:
                break
            series = scale.series(best.feasible, points, payments, weights)
            error = float(weights @ np.abs(series(points) - payments))
            if error <= tolerance:
                return series
            best.aim_at(_MARGINS[0] * best.tolerance * tolerance / error)
            best.run(_CORRECTION)
    return scale.series(best.closest, points, payments, weights)


def _descended(cells: Numbers, tolerance: float) -> WaveDescent:
    """The best of the descents from several starts."""
    count = len(cells.points)
    harmonics = np.arange(1.0, min(_MOST_HARMONICS, count) + 1)
    periods = _PERIODS + (_MORE_PERIODS if count <= _FEW_CELLS else ())
    if count <= 2 * _MOST_HARMONICS:  # enough to meet every point
        periods += (float(np.ptp(cells.points)) * (1 + 1 / count),)
    descents = [
        WaveDescent(cells, tolerance, harmonics * (2 * np.pi / period)) for period in periods
    ]
    for descent in descents:
        descent.run(_TRIAL)
    descents.sort(key=_rank)
    for descent in descents[:2]:
        descent.run(_FINAL)
    return min(descents, key=_rank)


def _rank(descent: WaveDescent) -> tuple[float, float]:
    if descent.feasible is None:
        return np.inf, descent.closest.error
    return descent.feasible.roots, 0.0
