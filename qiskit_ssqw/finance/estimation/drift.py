"""What counts of noisy circuits tell of an amplitude: circuits decay, and drift to some value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.estimation.posterior import Estimate

CENTER_SPREAD = 0.1
"""Standard deviation, about 1/2, of the probability that what has decayed is good."""

CENTER_SCATTER = 0.06
"""Standard deviation by which that of one circuit differs from the others', times the root of its
turns: it is a mean over the places where errors happen, and the more of them the steadier."""

ANY_DECAY = (1e-5, 2.0)
"""Decays of a state preparation that are possible where nothing is known."""

_FEWEST = 0.25
"""Variance of a count, at least."""

_CELL = 0.8
"""Width of a cell, in units of the angle's standard deviation by the counts so far, at most."""

_NUM_DECAYS = 24
_DECAY_STEP = 1.0
"""Step of the decay's logarithm, in units of its standard deviation: sums in steps of a normal
density's deviation are right to 1e-8."""

_LEAST_STEP = 0.04
_FORGOTTEN = 20.0
"""Cells are dropped that are less probable than the best by a factor of exp(20) ..."""

_UNRESOLVED = 50.0
"""... or of this where the decay is not resolved yet."""


@dataclass(frozen=True)
class NoisyCounts:
    """Counts of circuits that apply a state preparation so many times. All of shape ``(N,)``."""

    turns: Array
    """``2 k + 1`` at power ``k`` of the Grover operator."""
    exposures: Array
    """State preparations whose noise a circuit takes: about its turns."""
    good: Array
    """How many shots were good."""
    shots: Array
    flips: tuple[float, float] = (0.0, 0.0)
    """Probabilities that a readout makes a good state of a bad one, and a bad of a good one."""

    def until(self, turns: float) -> NoisyCounts:
        """The circuits with at most so many turns."""
        kept = self.turns <= turns
        names = ("turns", "exposures", "good", "shots")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    @property
    def resolution(self) -> float:
        """Standard deviation of the angle if there were no noise, at least."""
        return float(0.5 / np.sqrt(self.shots @ self.turns**2))


class _Fit(NamedTuple):
    """Of each angle and decay, shape ``(angles, decays)``."""

    logs: Array
    """Logarithm of the likelihood, up to a constant."""
    chi_squared: Array
    centers: Array
    """Where the circuits drift to, as the counts have it."""


def likelihood(counts: NoisyCounts, angles: Array, decays: Array) -> _Fit:
    """The likelihood of angles and decays, whatever the circuits drift to.

    A circuit with ``e`` exposures keeps ``c = exp(-kappa e)`` of its outcome and is good with
    probability ``c sin(turns theta)**2 + (1 - c) (b + d)``. The centre ``b`` is normal about 1/2,
    and ``d``, of each circuit by itself, is normal about 0. As both enter linearly, the shares of
    good shots are normal with a covariance that is diagonal but for one direction.

    Args:
        counts: Of the circuits.
        angles: Angles ``theta``, shape ``(T,)``; the amplitude is ``sin(theta)**2``.
        decays: Decays ``kappa`` of a state preparation, shape ``(L,)``.
    """
    low, high = counts.flips
    gain = 1 - low - high
    kept = np.exp(-np.multiply.outer(decays, counts.exposures))
    good = np.sin(np.multiply.outer(angles, counts.turns)) ** 2
    mean = low + gain * (0.5 + kept * (good[:, None] - 0.5))
    lost = gain * (1 - kept)
    drawn = np.maximum(mean * (1 - mean), _FEWEST / counts.shots) / counts.shots
    weights = 1 / (drawn + (CENTER_SCATTER * lost) ** 2 / counts.turns)
    off = counts.good / counts.shots - mean
    pulls = CENTER_SPREAD * lost
    weighed = weights * off
    along = np.einsum("tln,ln->tl", weighed, pulls)
    stretch = 1 + np.einsum("tln,ln->tl", weights, pulls**2)
    chi_squared = np.einsum("tln,tln->tl", weighed, off) - along**2 / stretch
    logs = (np.log(weights).sum(axis=-1) - np.log(stretch) - chi_squared) / 2
    return _Fit(logs, chi_squared, 0.5 + CENTER_SPREAD * along / stretch)


class DriftPosterior:
    """The posterior of an angle, a decay and a centre, from all counts at once.

    It is held on cells of the angle and decays in geometric progression. Circuits are added from
    the shallowest on; after each doubling of the turns, cells that have lost their mass are
    dropped and the others are split until they resolve what comes next.

    Args:
        counts: Of the circuits.
        decays: Lowest and highest decay, which are the same where it is known.
    """

    def __init__(self, counts: NoisyCounts, decays: tuple[float, float]) -> None:
        low, high = decays
        self._width = np.pi / 2
        self._angles: Array = np.array([np.pi / 4])
        self._step = float(np.log(high / low)) / _NUM_DECAYS if high > low else 0.0
        steps = np.arange(_NUM_DECAYS) + 0.5 if high > low else np.zeros(1)
        self._decays: Array = low * np.exp(steps * self._step)
        self.degrees_of_freedom = len(counts.turns) - 1 - (high > low)
        """Circuits less what is fitted; the centre has a prior that counts as one more."""
        reach = float(counts.turns.min())
        while True:
            seen = counts.until(reach)
            self._split(_CELL * seen.resolution)
            self._weigh(seen)
            if len(seen.turns) == len(counts.turns):
                break
            reach = 2 * reach + 1
        while self._step > max(_DECAY_STEP * self._decay_spread, _LEAST_STEP):
            self._split_decays()
            self._weigh(counts)
        best = np.unravel_index(np.argmax(self._fit.logs), self._fit.logs.shape)
        self.chi_squared = float(self._fit.chi_squared[best])
        """Of the counts, at the best angle and decay, with what the centres scatter."""

    @property
    def mean(self) -> float:
        """Mean of the amplitude."""
        return float(self._weights.sum(axis=1) @ np.sin(self._angles) ** 2)

    @property
    def decay(self) -> float:
        """Mean of the decay."""
        return float(self._weights.sum(axis=0) @ self._decays)

    @property
    def center(self) -> float:
        """Mean of the probability that what has decayed is good."""
        return float(np.sum(self._weights * self._fit.centers))

    def central(self, alpha: float) -> Estimate:
        """The mean, and the quantiles of the amplitude that leave half of alpha on either side.

        Where the amplitude may well be 0 or 1, all of alpha is left on the other side. The mean
        may lie beyond a quantile where alpha is large; the interval reaches as far then.
        """
        edges = np.add.outer(self._angles, self._width * np.array([-0.5, 0.5])).ravel()
        masses = self._weights.sum(axis=1)
        sums = np.repeat(np.concatenate([[0.0], np.cumsum(masses)]), 2)[1:-1]
        upper, lower = np.interp([1 - alpha, alpha], sums, edges)
        low, high = np.sin(np.interp([alpha / 2, 1 - alpha / 2], sums, edges)) ** 2
        if edges[0] < self._width / 2 and masses[0] >= np.interp(upper, self._angles, masses):
            low, high = 0.0, np.sin(upper) ** 2
        elif edges[-1] > (np.pi - self._width) / 2 and masses[-1] >= np.interp(
            lower, self._angles, masses
        ):
            low, high = np.sin(lower) ** 2, 1.0
        return Estimate(self.mean, float(min(low, self.mean)), float(max(high, self.mean)))

    @property
    def _decay_spread(self) -> float:
        """Standard deviation of the decay's logarithm."""
        if not self._step:
            return 0.0
        weights, logs = self._weights.sum(axis=0), np.log(self._decays)
        return float(np.sqrt(weights @ (logs - weights @ logs) ** 2))

    def _split(self, width: float) -> None:
        pieces = int(np.ceil(self._width / width))
        parts = ((np.arange(pieces) + 0.5) / pieces - 0.5) * self._width
        self._angles = np.add.outer(self._angles, parts).ravel()
        self._width /= pieces

    def _split_decays(self) -> None:
        quarter = self._step / 4
        self._decays = np.outer(self._decays, np.exp([-quarter, quarter])).ravel()
        self._step /= 2

    def _weigh(self, counts: NoisyCounts) -> None:
        """Weigh all cells by counts, and drop those that have lost their mass."""
        fit = likelihood(counts, self._angles, self._decays)
        least = fit.logs.max() - (_UNRESOLVED if self._step > _LEAST_STEP else _FORGOTTEN)
        cells, decays = _beside(fit.logs.max(axis=1) > least), _beside(fit.logs.max(axis=0) > least)
        self._angles, self._decays = self._angles[cells], self._decays[decays]
        self._fit = _Fit(*(values[np.ix_(cells, decays)] for values in fit))
        weights = np.exp(self._fit.logs - self._fit.logs.max())
        self._weights = weights / weights.sum()


def _beside(kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those that are kept, and their neighbours, which may hold what lies between."""
    wider: NDArray[np.bool_] = kept.copy()
    wider[1:] |= kept[:-1]
    wider[:-1] |= kept[1:]
    return wider
