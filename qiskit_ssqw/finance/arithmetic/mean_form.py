"""Payoffs of the mean of the prices along a path, as Fourier series fitted to samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.arithmetic.form import Form, checked_laws
from qiskit_ssqw.finance.arithmetic.harmonics import MeanHarmonicEncoding
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.encodings import EncodedPayoff
from qiskit_ssqw.finance.encodings.choice import FOURIER_TOLERANCE
from qiskit_ssqw.finance.encodings.fourier import FourierSeries, fit_series
from qiskit_ssqw.finance.payoffs import Payoff

_ROUNDING = 1e-12
_PATHS, _BINS = 2**17, 2**11
"""Sampled paths, and bins of their means that a series is fitted to."""

_TRIED = 2**12 + 1
"""Means between the lowest and the highest at which the payoff's range is looked for."""


@dataclass(frozen=True, eq=False)
class MeanForm(Form):
    """A payoff of one price on the mean of the prices.

    No short computation gives its expectation. A series is within a per mille of the payoff, its
    expectation exact by a dynamic programme, and sampled paths tell the small difference: its
    standard error is some 1e-5 of the payoff's range. That difference is added to the constant of
    the circuits' series, too. Samples are seeded.

    Args:
        payoff: Applied to the mean.
        weight: Multiplies it.
        running: The running sum.
        num_value_qubits: Number of value qubits.
    """

    payoff: Payoff
    weight: float
    running: RunningSum
    num_value_qubits: int

    errors_cancel = True

    @property
    def description(self) -> str:
        return f"a series of the mean of {self.running.num_times} prices, and samples"

    @property
    def payoff_range(self) -> tuple[float, float]:
        prices = [self.running.prices_at(time) for time in range(self.running.num_times)]
        low, high = (np.mean([one[end] for one in prices]) for end in (0, -1))
        paid = self._pay(np.linspace(low, high, _TRIED))
        return float(paid.min()), float(paid.max())

    def mean(self, laws: Sequence[Array]) -> float:
        series = self._series(laws, 0.0)
        shown = sum(part.to_price(part.amplitude(laws)) for part in self._parts(series))
        return series.constant + shown + self._missed(series, laws, seed=2)

    def sampling_error(self, laws: Sequence[Array]) -> float:
        means = self._means(laws, seed=2)
        missed = self._pay(means) - self._series(laws, 0.0)(means)
        return float(missed.std() / np.sqrt(_PATHS))

    def encode(self, laws: Sequence[Array] | None, tolerance: float) -> EncodedPayoff:
        if laws is None:
            raise ValueError("a payoff of a mean is a series, whose paths are sampled: give laws")
        series = self._series(laws, tolerance)
        constant = series.constant + self._missed(series, laws, seed=1)
        return EncodedPayoff("arithmetic", constant, self._parts(series))

    def _series(self, laws: Sequence[Array], tolerance: float) -> FourierSeries:
        """The payoff as a series in the mean, fitted to sampled paths."""
        means = self._means(laws, seed=0)
        edges = np.linspace(means.min(), means.max(), _BINS)
        _, bins = np.unique(np.digitize(means, edges), return_inverse=True)
        counts = np.bincount(bins)
        points, payments = (np.bincount(bins, of) / counts for of in (means, self._pay(means)))
        width = float(np.ptp(payments))
        if width == 0:
            return FourierSeries(float(payments[0]), np.zeros(0), np.zeros(0), np.zeros(0))
        low, high = self.payoff_range
        allowed = tolerance * (high - low) if tolerance else FOURIER_TOLERANCE * width
        return fit_series(points, payments, counts / counts.sum(), allowed)

    def _parts(self, series: FourierSeries) -> tuple[MeanHarmonicEncoding, ...]:
        waves = series.waves(_ROUNDING * series.amplitudes.max(initial=0))
        return tuple(
            MeanHarmonicEncoding(self.running, self.num_value_qubits, frequency, phase, amplitude)
            for amplitude, frequency, phase in waves
        )

    def _missed(self, series: FourierSeries, laws: Sequence[Array], *, seed: int) -> float:
        """What a series misses of the payoff in the mean, over many sampled paths."""
        means = self._means(laws, seed)
        return float(np.mean(self._pay(means) - series(means)))

    def _pay(self, means: Array) -> Array:
        return self.weight * self.payoff(means)

    def _means(self, laws: Sequence[Array], seed: int) -> Array:
        """Mean of the prices on each sampled path."""
        rng = np.random.default_rng(seed)
        total, sums = np.zeros(_PATHS), np.zeros(_PATHS, dtype=np.int64)
        chosen = checked_laws(self.running.placed, laws).values()
        for time, law in enumerate(chosen):
            sums += rng.choice(len(law), _PATHS, p=law / law.sum())
            total += self.running.prices_at(time)[sums]
        return total / self.running.num_times
