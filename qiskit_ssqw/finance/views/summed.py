"""A payoff that is a function of one sum of tables over registers."""

from __future__ import annotations

from functools import cached_property
from typing import cast

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.encodings import EncodedPayoff
from qiskit_ssqw.finance.encodings.choice import FOURIER_TOLERANCE, Encoding
from qiskit_ssqw.finance.encodings.fourier import FourierSeries, fit_series
from qiskit_ssqw.finance.encodings.registers import RegisterEncoding
from qiskit_ssqw.finance.loader import Loader, RegisterLaws
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.registers import OuterSum, TableSum
from qiskit_ssqw.finance.registers.distribution import SumPoints
from qiskit_ssqw.finance.views.base import ListedView, RegisterView

_MOST_BINS = 2**12
"""Bins to which a series is fitted."""

_TABLE_SHARE = 0.25
"""Share of a tolerance that may go into leaving out rotations."""

_REACH = 4
"""Bins within which next to all of a smoothed atom lies, to one side."""

_ROUNDING = 1e-12


class SummedView(RegisterView, ListedView):
    """A payoff on the values of a sum, whose distribution comes from characteristic functions.

    Args:
        payoff: The payoff.
        outer_sum: The payoff as a function of a sum.
        loader: The model.
        model: Its registers and laws.

    Raises:
        ValueError: The payoff is not finite somewhere on the range of the sum.
    """

    circuit_share = 1.0  # a series errs by 0 in the mean

    def __init__(
        self, payoff: Payoff, outer_sum: OuterSum, loader: Loader, model: RegisterLaws
    ) -> None:
        self._payoff, self.loader, self._model = payoff, loader, model
        self._size = loader.num_value_qubits
        self._sum = outer_sum.sum
        self._seen = SumPoints.of(self._sum, (model.target, model.loaded))
        points, bounds = self._seen.points, self._sum.bounds
        inside = np.clip(points, *bounds)
        self._reached = np.asarray(outer_sum.outer(inside), dtype=float)
        if not np.isfinite(self._reached).all():
            place = int(np.argmin(np.isfinite(self._reached)))
            raise ValueError(
                f"the {payoff.name} must be finite on the range of the sum that it is a function "
                f"of, ({bounds[0]:.6g}, {bounds[1]:.6g}), got "
                f"{self._reached[place]} at {inside[place]:.6g}"
            )
        # Smoothed atoms at an end lie half beyond it, where the payoff goes on as it came: with
        # that at the end itself their mean would be wrong by the slope.
        mirrored = np.clip(2 * inside - points, *bounds)
        self._payments = 2 * self._reached - np.asarray(outer_sum.outer(mirrored), dtype=float)

    @cached_property
    def _target(self) -> Array:  # type: ignore[override]
        return self._seen.probabilities(0)

    @cached_property
    def _loaded(self) -> Array:  # type: ignore[override]
        return self._seen.probabilities(1)

    @property
    def description(self) -> str:
        return f"{len(self._seen.points):,} values of a sum of {len(self._sum.tables)} tables"

    @property
    def payoff_range(self) -> tuple[float, float]:
        return float(self._reached.min()), float(self._reached.max())

    @property
    def numerical_error(self) -> float:
        """Of jumps, across which smoothed atoms reach; next to nothing of kinks."""
        if self._seen.window[-1] == 1 or len(self._payments) <= 2 * _REACH:
            return 0.0
        inner = self._payments[_REACH:-_REACH]
        bent = self._payments[2 * _REACH :] - 2 * inner + self._payments[: -2 * _REACH]
        return float(np.abs(bent) @ self._loaded[_REACH:-_REACH]) / 2

    def encode(self, encoding: Encoding, tolerance: float) -> EncodedPayoff:
        if encoding not in ("auto", "fourier"):
            raise ValueError(
                f'encoding "{encoding}" lists all 2**{self._size} points: use "fourier" for the '
                f"{self._payoff.name} on so many"
            )
        tolerance = tolerance or FOURIER_TOLERANCE
        allowed = tolerance * float(np.ptp(self._reached))
        series = self._series((1 - _TABLE_SHARE) * allowed)
        angle_error = _TABLE_SHARE * allowed / (float(series.amplitudes.sum()) or 1.0)
        parts = tuple(
            RegisterEncoding.of(
                TableSum({}, phase) + frequency * self._sum,
                self._model.registers,
                self._model.loaded,
                self._size,
                (amplitude, -amplitude),
                angle_error,
            )
            for amplitude, frequency, phase in series.waves(_ROUNDING * np.ptp(self._reached))
        )
        return EncodedPayoff("fourier", series.constant, parts)

    def amplitudes(self, encoded: EncodedPayoff) -> list[float]:
        parts = cast("tuple[RegisterEncoding, ...]", encoded.parts)
        return [part.amplitude(self._model.loaded) for part in parts]

    def _series(self, tolerance: float) -> FourierSeries:
        """The payoff as a series in the sum, fitted where there is probability."""
        points, payments, weights = self._seen.points, self._payments, self._loaded
        if len(points) > _MOST_BINS:
            first = np.arange(0, len(points), -(-len(points) // _MOST_BINS))
            sizes = np.diff(first, append=len(points))
            points = np.add.reduceat(points, first) / sizes
            payments = np.add.reduceat(payments, first) / sizes
            weights = np.add.reduceat(weights, first)
        return fit_series(points, payments, weights, tolerance)
