"""A payoff as a short Fourier series, one amplitude per harmonic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_PERIODS = np.linspace(1.0, 2.0, 11)
"""Candidates for the period, in units of the grid's width."""

_MOST_HARMONICS = 64
_RIDGE = 1e-6


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
    amplitudes: NDArray[np.float64]
    frequencies: NDArray[np.float64]
    phases: NDArray[np.float64]

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value at each point, shape ``(N,)``."""
        return np.asarray(self.constant + np.cos(self.angles(points)) @ self.amplitudes)

    def angles(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Angle of each harmonic at each point, shape ``(N, harmonics)``."""
        return np.outer(points, self.frequencies) + self.phases


def joint_range(ranges: ArrayLike) -> float:
    """Range of a single part that would take as many calls as parts of these ranges together.

    The calls for an error ``e`` are proportional to ``range / e``, and errors proportional to the
    roots of the ranges reach their sum with the fewest.
    """
    return float(np.sqrt(ranges).sum() ** 2)


def fit_series(
    points: NDArray[np.float64],
    payments: NDArray[np.float64],
    weights: NDArray[np.float64],
    tolerance: float,
) -> FourierSeries:
    """Fit a series by weighted least squares, with as many harmonics as the tolerance needs.

    The period is free, at least the width of the grid (Herbert, arXiv:2105.09100, extends the
    payoff periodically; least squares on a longer period is such an extension). Among the periods
    the one with the fewest calls is taken.

    Args:
        points: The number that the payoff depends on, shape ``(N,)``.
        payments: The payoff, shape ``(N,)``.
        weights: Probabilities, shape ``(N,)``.
        tolerance: Bound of ``sum weights * |error|``, in units of the payoff.

    Returns:
        The series; if the tolerance is out of reach, the one closest to it.
    """
    width = float(np.ptp(points)) * (1 + 1 / len(points))
    fits = [_shortest(points, payments, weights, tolerance, width * f) for f in _PERIODS]
    missed = [max(_error(s, points, payments, weights) - tolerance, 0.0) for s in fits]
    return min(
        zip(missed, fits, strict=True), key=lambda fit: (fit[0], joint_range(fit[1].amplitudes))
    )[1]


def _shortest(
    points: NDArray[np.float64],
    payments: NDArray[np.float64],
    weights: NDArray[np.float64],
    tolerance: float,
    period: float,
) -> FourierSeries:
    """The series of one period with the fewest harmonics that meets the tolerance."""
    for harmonics in range(1, _MOST_HARMONICS + 1):
        series = _least_squares(points, payments, weights, period, harmonics)
        if _error(series, points, payments, weights) <= tolerance:
            break
    return series


def _least_squares(
    points: NDArray[np.float64],
    payments: NDArray[np.float64],
    weights: NDArray[np.float64],
    period: float,
    harmonics: int,
) -> FourierSeries:
    frequencies = np.arange(1.0, harmonics + 1) * (2 * np.pi / period)
    angles = np.outer(points, frequencies)
    columns = np.hstack([np.ones((len(points), 1)), np.cos(angles), np.sin(angles)])
    weighted = columns * np.sqrt(weights)[:, None]
    normal = weighted.T @ weighted + _RIDGE * np.eye(columns.shape[1])
    solution = np.linalg.solve(normal, weighted.T @ (np.sqrt(weights) * payments))
    cosines, sines = solution[1 : harmonics + 1], solution[harmonics + 1 :]
    return FourierSeries(
        float(solution[0]), np.hypot(cosines, sines), frequencies, np.arctan2(-sines, cosines)
    )


def _error(
    series: FourierSeries,
    points: NDArray[np.float64],
    payments: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> float:
    return float(weights @ np.abs(series(points) - payments))
