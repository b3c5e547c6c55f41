"""The posterior of an amplitude's angle: where it may be, and which circuit tells most about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.estimation.likelihood import chances, log_chances

LogDensity = Callable[[Array], Array]

_FIRST_CELLS = 256
_CELL = 0.2
"""Cells are split until they are no wider than so much in units of one over the root of the
information ``sum shots (2 k + 1)**2``; half of that is the likelihood's standard deviation."""

_FORGOTTEN = 1e-13
"""Mass of a cell that is dropped; there are some thousand cells, so all hold below 1e-9."""

_NUM_CANDIDATES = 16
_DEEPEST_CANDIDATE = 0.3
"""Largest power, in units of 1 / standard deviation: beyond, a circuit's outcome has aliases."""

_MOST_ENTRIES = 2**19
"""Angles times decays up to which decays are split: where so many are left, they trade for each
other, and coarser ones still cover what is possible."""

_MOST_OUTCOMES = 16
"""Shots of a circuit that the choice of its power looks at."""

_PREPARATION = 0.5
"""Cost of a circuit's state preparation, in units of a Grover iterate, which has two of them."""


class Estimate(NamedTuple):
    """An amplitude, and how far it may be off."""

    mean: float
    low: float
    high: float


class Posterior:
    """What is known about an angle ``theta`` from circuits that are 1 with ``sin(theta)**2``.

    It is held on cells of equal width. Cells that have lost their mass are dropped, wherever they
    lie, so that what is left may be several windows; and all are split as circuits get deeper.

    Args:
        log_prior: Logarithm of the angle's prior density, up to a constant.
        decays: Possible decays of the circuits, as for `chances`, in geometric progression if there
            are several, which are equally probable.
    """

    def __init__(self, log_prior: LogDensity, decays: Array) -> None:
        self._log_prior = log_prior
        self._width = np.pi / 2 / _FIRST_CELLS
        self._angles = np.asarray((np.arange(_FIRST_CELLS) + 0.5) * self._width, dtype=float)
        self._decays = decays
        self._decay_step = float(np.log(decays[1] / decays[0])) if len(decays) > 1 else 0.0
        self._is_coarse = False
        self._seen: dict[int, tuple[float, int]] = {}
        self._weigh(self._from_scratch())

    @property
    def amplitudes(self) -> Array:
        """Amplitudes of the cells, ascending."""
        return np.asarray(np.sin(self._angles) ** 2)

    @property
    def weights(self) -> Array:
        """Probabilities of the cells."""
        return np.asarray(self._weights.sum(axis=1))

    @property
    def decay(self) -> float:
        """Mean of the decay."""
        return float(self._weights.sum(axis=0) @ self._decays)

    @property
    def mean(self) -> float:
        """Mean of the amplitude."""
        return float(self.weights @ self.amplitudes)

    def update(self, power: int, good: float, shots: int) -> None:
        """Learn that a circuit was measured, and how often it was good."""
        self._resolve(power, shots)
        before_good, before_shots = self._seen.get(power, (0, 0))
        self._seen[power] = before_good + good, before_shots + shots
        new = log_chances(power, good, shots, self._angles[:, None], self._decays)
        self._weigh(self._log_weights + new)

    def outside(self, center: float, distance: float) -> float:
        """Probability that the amplitude is further from a center."""
        ends = np.clip([center - distance, center + distance], 0.0, 1.0)
        low, high = np.interp(np.arcsin(np.sqrt(ends)), *self._edges())
        return float(1 - (high - low))

    def above(self, amplitude: float) -> float:
        """Probability that the amplitude is larger than another."""
        return float(1 - np.interp(np.arcsin(np.sqrt(amplitude)), *self._edges()))

    def central(self, alpha: float) -> Estimate:
        """The mean, and the quantiles of the amplitude that leave half of alpha on either side."""
        edges, cumulative = self._edges()
        low, high = np.interp([alpha / 2, 1 - alpha / 2], cumulative, edges)
        return Estimate(self.mean, float(np.sin(low) ** 2), float(np.sin(high) ** 2))

    def informative_power(self, shots: int, most: float) -> int:
        """The power of the Grover operator that reduces the variance most, by its calls.

        Args:
            shots: Shots of the circuit.
            most: Largest power.
        """
        weights, angles = self.weights, self._angles
        spread = float(np.sqrt(weights @ (angles - weights @ angles) ** 2))
        powers = _ladder(min(_DEEPEST_CANDIDATE / spread, most))
        self._resolve(int(powers[-1]))
        amplitudes = self.amplitudes
        away = (amplitudes - self.weights @ amplitudes)[:, None] * self._weights
        gains = [self._reduction(int(power), min(shots, _MOST_OUTCOMES), away) for power in powers]
        return int(powers[np.argmax(gains / (powers + _PREPARATION))])

    def telling_power(self, center: float, distance: float, most: float) -> int:
        """The power that best tells amplitudes within a distance of a center from the others.

        By the Kullback-Leibler divergence of the outcomes, by calls.
        """
        near = np.abs(self.amplitudes - center) <= distance
        inside, others = self._weights[near], self._weights[~near]
        powers = _ladder(min((_CELL / self._width - 1) / 2, most))
        gains = np.zeros(len(powers))
        for place, power in enumerate(powers):
            for outcome in chances(int(power), self._angles[:, None], self._decays):
                here = np.sum(outcome[near] * inside) / inside.sum()
                there = np.sum(outcome[~near] * others) / others.sum()
                gains[place] += here * np.log(here / there)
        return int(powers[np.argmax(gains / (powers + _PREPARATION))])

    def _reduction(self, power: int, shots: int, away: Array) -> float:
        """Expected reduction of the amplitude's variance by a circuit.

        Args:
            power: Of the Grover operator.
            shots: How often it is measured.
            away: Amplitudes less their mean, times their probabilities.
        """
        good, bad = chances(power, self._angles[:, None], self._decays)
        log_good, log_bad, away, weights = (
            entries.ravel() for entries in (np.log(good), np.log(bad), away, self._weights)
        )
        total = 0.0
        for ones in range(shots + 1):  # one by one, because there may be many entries
            zeros = shots - ones
            ways = gammaln(shots + 1) - gammaln(ones + 1) - gammaln(zeros + 1)
            outcome = np.exp(ways + ones * log_good + zeros * log_bad)
            total += (outcome @ away) ** 2 / (outcome @ weights + 1e-300)
        return float(total)

    def _resolve(self, power: int, shots: int = 1) -> None:
        """Split cells and decays until they resolve the likelihood with one more circuit."""
        turns = 2 * power + 1
        seen = [(2 * before + 1, times) for before, (_, times) in self._seen.items()]
        seen.append((turns, shots))
        information = float(sum(times * number**2 for number, times in seen))
        while self._width > _CELL / np.sqrt(information):
            halves = self._width * np.array([-0.25, 0.25])
            self._angles, self._width = np.add.outer(self._angles, halves).ravel(), self._width / 2
            self._weigh(self._from_scratch())
        wanted = self._decay_information(seen) ** -0.5 if self._decay_step else np.inf
        while self._decay_step > wanted and 2 * self._log_weights.size <= _MOST_ENTRIES:
            quarter = self._decay_step / 4
            self._decays = np.outer(self._decays, np.exp([-quarter, quarter])).ravel()
            self._decay_step /= 2
            self._weigh(self._from_scratch())
        self._is_coarse = self._decay_step > wanted

    def _decay_information(self, seen: Sequence[tuple[int, int]]) -> float:
        """Fisher information on the decay's logarithm, at most, of circuits by their turns."""
        return sum(
            times * float(np.max(self._decays * turns * np.exp(-self._decays * turns))) ** 2
            for turns, times in seen
        )

    def _from_scratch(self) -> Array:
        """Logarithms of the weights of all cells and decays."""
        angles = self._angles[:, None]
        total = self._log_prior(angles) + np.zeros_like(self._decays)
        for power, (good, shots) in self._seen.items():
            total += log_chances(power, good, shots, angles, self._decays)
        return total

    def _weigh(self, log_weights: Array) -> None:
        """Take new weights, and drop what has lost its mass."""
        weights = np.exp(log_weights - log_weights.max())
        weights /= weights.sum()
        cells, decays = weights.sum(axis=1) > _FORGOTTEN, weights.sum(axis=0) > _FORGOTTEN
        if len(decays) > 1:  # what lies between one and the next is not known yet
            decays[1:] |= decays[:-1]
            decays[:-1] |= decays[1:]
        if self._is_coarse:  # nor is it where the angles are that belong to it
            first, last = np.flatnonzero(cells)[[0, -1]]
            cells[first : last + 1] = True
        self._angles, self._decays = self._angles[cells], self._decays[decays]
        self._log_weights = log_weights[np.ix_(cells, decays)]
        self._weights = weights[np.ix_(cells, decays)]
        self._weights /= self._weights.sum()

    def _edges(self) -> tuple[Array, Array]:
        """Both edges of each cell, and the probability up to them."""
        ends = np.add.outer(self._angles, self._width * np.array([-0.5, 0.5])).ravel()
        sums = np.concatenate([[0.0], np.cumsum(self.weights)])
        return ends, np.repeat(sums, 2)[1:-1]


def _ladder(most: float) -> NDArray[np.int64]:
    """Powers up to the largest, in geometric progression."""
    steps = np.geomspace(1.0, max(most, 0.0) + 1.0, _NUM_CANDIDATES)
    return np.unique(np.floor(steps + 1e-9).astype(np.int64) - 1)
