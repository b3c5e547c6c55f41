"""Few waves of free frequencies near given numbers, by least squares with moving weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qiskit_ssqw._arrays import Array

_FIXED = 6
"""Iterations before the frequencies move: a wave must first find its place among the others."""

_DAMPING = 3e-3
"""Of the frequencies' steps, relative to their curvature."""

_LONGEST_STEP = 1.0
"""Of a frequency, in radians over the width of the points."""

_SMOOTHED = 0.1
"""Errors below this share of the tolerance count as such, to keep the weights bounded."""

_NEGLIGIBLE = 1e-3
"""Share of the sum of roots below which a wave is dropped."""

_PRIOR = 4.0
"""Amplitude of the first wave, in units of the spread, that the first ridge supposes."""

_PRICE_STEPS = (0.3, 1.5)
_LEAST_PRICE = 1e-3
"""Of the start's: beyond, roots cost nothing, and waves that cancel each other would grow."""

_RIDGE = 1e-12


@dataclass(frozen=True)
class Waves:
    """``sum_l a[l] cos(frequencies[l] u) + b[l] sin(frequencies[l] u)``, mean apart.

    Args:
        frequencies: Shape ``(waves,)``, of any sign.
        coefficients: Cosines and sines, shape ``(2, waves)``.
        error: Weighted mean of the absolute error where the mean error is 0.
    """

    frequencies: Array
    coefficients: Array
    error: float

    @property
    def amplitudes(self) -> Array:
        """Shape ``(waves,)``."""
        return np.asarray(np.hypot(*self.coefficients))

    @property
    def roots(self) -> float:
        """Sum of the roots of the amplitudes: the calls go with its square."""
        return float(np.sqrt(self.amplitudes).sum())


@dataclass(frozen=True)
class Numbers:
    """What is to be approximated.

    Args:
        points: Shape ``(N,)``, about 1 wide, around 0.
        values: Of mean 0, shape ``(N,)``.
        weights: Positive, with sum 1, shape ``(N,)``.
    """

    points: Array
    values: Array
    weights: Array

    @property
    def spread(self) -> float:
        """Mean distance from the mean: the error of no waves."""
        return float(self.weights @ np.abs(self.values))


class WaveDescent:
    """Minimise ``sum weights |error| + price * sum_l sqrt(A_l)``, at the price that fits.

    ``A_l`` is the amplitude of wave ``l``. As ``|e| <= e**2 / 2d + d / 2`` and ``sqrt(A) <=
    A**2 / 4 a**1.5 + 3/4 sqrt(a)``, with equality where ``d = |e|`` and ``a = A``, a weighted
    least-squares problem with a ridge of its own for each wave bounds the objective from above, and
    touches it at the last iterate; its solution is the next (Hunter and Lange, "A tutorial on MM
    algorithms", 2004). Small waves fade out and are dropped. Frequencies move by Gauss-Newton steps
    of the same problem. The price rises while the error is below the tolerance, and falls while it
    is above.

    The waves are taken without their means, so that the mean error is 0.

    Args:
        numbers: What is to be approximated.
        tolerance: Bound of the weighted mean error, positive.
        frequencies: Where to start, ascending.
    """

    def __init__(self, numbers: Numbers, tolerance: float, frequencies: Array) -> None:
        self.tolerance = tolerance
        self.feasible: Waves | None = None
        """The waves of the smallest sum of roots that met the tolerance."""
        self._numbers = numbers
        self._frequencies = frequencies
        self._coefficients = np.zeros((2, len(frequencies)))
        self._errors = numbers.values
        # Amplitudes of a kink or jump fall off at least like this.
        self._amplitudes = _PRIOR * numbers.spread / np.arange(1.0, len(frequencies) + 1)
        self._distances = np.full(len(numbers.values), numbers.spread)
        self._price = tolerance / float(np.sqrt(self._amplitudes).sum())
        self._least_price = _LEAST_PRICE * self._price
        self._iterations = 0
        self.closest = Waves(frequencies, self._coefficients, numbers.spread)
        """The waves of the smallest error."""
        self._set_columns()

    def run(self, iterations: int) -> None:
        """Go on for some iterations."""
        for _ in range(iterations):
            if not len(self._frequencies):
                return
            self._step()
            self._drop()
            self._set_columns()
            self._assess()
            self._iterations += 1

    def aim_at(self, tolerance: float) -> None:
        """Go on with another tolerance, which no waves have met yet."""
        self.tolerance, self.feasible = tolerance, None

    def _set_columns(self) -> None:
        angles = np.outer(self._numbers.points, self._frequencies)
        self._cos, self._sin = np.cos(angles), np.sin(angles)

    def _step(self) -> None:
        """Solve the least-squares problem for the coefficients and, later, the frequencies."""
        numbers, count = self._numbers, 2 * len(self._frequencies)
        columns = [self._cos, self._sin]
        if self._iterations >= _FIXED:
            cosines, sines = self._coefficients
            columns.append(numbers.points[:, None] * (sines * self._cos - cosines * self._sin))
        joined = np.hstack(columns)
        joined -= numbers.weights @ joined
        weighted = (numbers.weights / self._distances)[:, None] * joined
        normal, right = weighted.T @ joined, self._errors @ weighted
        ridge = np.tile(0.5 * self._price * self._amplitudes**-1.5, 2)
        right[:count] -= ridge * self._coefficients.ravel()
        diagonal = normal.diagonal().copy()
        diagonal[:count] = (diagonal[:count] + ridge) * (1 + _RIDGE)
        diagonal[count:] *= 1 + _DAMPING
        np.fill_diagonal(normal, diagonal)
        step = np.linalg.solve(normal, right)
        self._coefficients = self._coefficients + step[:count].reshape(2, -1)
        if len(step) > count:
            moves = np.clip(step[count:], -_LONGEST_STEP, _LONGEST_STEP)
            self._frequencies = self._frequencies + moves

    def _drop(self) -> None:
        roots = np.sqrt(np.hypot(*self._coefficients))
        kept = roots > _NEGLIGIBLE * max(roots.sum(), np.sqrt(self._numbers.spread))
        self._frequencies = self._frequencies[kept]
        self._coefficients = self._coefficients[:, kept]
        self._amplitudes = roots[kept] ** 2

    def _assess(self) -> None:
        """Measure the errors, remember the best waves, and set the price."""
        numbers = self._numbers
        shown = self._cos @ self._coefficients[0] + self._sin @ self._coefficients[1]
        self._errors = numbers.values - shown + numbers.weights @ shown
        sizes = np.abs(self._errors)
        error = float(numbers.weights @ sizes)
        self._distances = np.maximum(sizes, _SMOOTHED * self.tolerance)
        found = Waves(self._frequencies, self._coefficients, error)
        if error <= self.tolerance and (self.feasible is None or found.roots < self.feasible.roots):
            self.feasible = found
        if error < self.closest.error:
            self.closest = found
        ratio = min(self.tolerance / max(error, 1e-300), 1e9)
        factor = np.clip(ratio**2, *_PRICE_STEPS)
        self._price = max(float(self._price * factor), self._least_price)
