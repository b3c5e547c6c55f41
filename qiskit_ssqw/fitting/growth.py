"""Grow a multiscale walk from the coarse to the fine end of the grid.

A walk is first fitted on the coarse grid (the marginal of the most significant bits), where random
starts are cheap, with a window of two coin qubits. Each finer bit then enters as a fresh qubit in
``|+>`` with two flips, which leaves the coarse distribution as it was, and all angles are
fitted again. Which coarse grid and how many flips per level is decided on a staircase: more flips
where the coarse grid is missed, a finer coarse grid where it is met but the full grid is not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.descent import descend, race, random_starts
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import MultiscaleWalk

Array = NDArray[np.float64]

_RANDOM_STARTS = 6
_REFINING_EVALUATIONS = 60
_FRESH_FLIPS = 2
_MOST_FLIPS_PER_LEVEL = 8
_FINEST_COARSE_GRID = 8


@dataclass(frozen=True)
class Growth:
    """One growth of a multiscale walk towards a target.

    Attributes:
        probabilities: The target, shape ``(2**n,)``.
        tolerance: Total variation at which to stop.
        budget: Largest number of flips, possibly infinite.
        rng: Source of the random starts.
        recorder: Told of every evaluation.
    """

    probabilities: Array
    tolerance: float
    budget: float
    rng: np.random.Generator
    recorder: Recorder

    def run(self) -> MultiscaleWalk:
        """Return the first walk of the staircase within the tolerance, or else the closest.

        Where independent bits are close enough, the walk needs no flip at all.
        """
        independent = independent_bits(self.probabilities)
        if self._error(independent) <= self.tolerance:
            return independent
        affordable = 1 if self.budget < 1 else 2 if self.budget < 3 else 3
        coarse, flips = min(self._num_qubits, affordable), 3
        tried: list[MultiscaleWalk] = []
        while flips <= _MOST_FLIPS_PER_LEVEL:
            template = coarse_template(coarse, flips)
            if template.two_qubit_gates > self.budget:
                break
            coarse_walk = self._fit_coarse(template)
            walk = self._refine(coarse_walk, stop_at_a_miss=True)
            if self._error(walk) <= self.tolerance:
                return walk
            tried.append(walk)
            met_coarse = self._error(coarse_walk) <= self.tolerance
            if met_coarse and coarse < min(self._num_qubits, _FINEST_COARSE_GRID):
                coarse += 1
            else:
                flips += 1
        return self._closest(tried)

    def _closest(self, tried: list[MultiscaleWalk]) -> MultiscaleWalk:
        """Refine the walks that were given up, most promising first, and return the closest.

        The error of a coarse grid is nearly always below that of the finer ones, so a walk that
        is worse than a finished one already is left out.
        """
        tried.sort(key=self._error)
        closest = self._refine(tried[0], stop_at_a_miss=False)
        for walk in tried[1:]:
            if self._error(walk) < self._error(closest):
                rival = self._refine(walk, stop_at_a_miss=False)
                closest = min(closest, rival, key=self._error)
        return closest

    @property
    def _num_qubits(self) -> int:
        return len(self.probabilities).bit_length() - 1

    def _fit_coarse(self, template: MultiscaleWalk) -> MultiscaleWalk:
        starts = random_starts(template, _RANDOM_STARTS, self.rng)
        goal = coarsen(self.probabilities, template.num_qubits)
        return race(starts, goal, self.recorder, tolerance=self.tolerance)

    def _refine(self, walk: MultiscaleWalk, *, stop_at_a_miss: bool) -> MultiscaleWalk:
        """Add finer bits until the full grid, or the first grid that misses the tolerance."""
        while walk.num_qubits < self._num_qubits:
            if stop_at_a_miss and self._error(walk) > self.tolerance:
                break
            flips = int(min(_FRESH_FLIPS, self.budget - walk.two_qubit_gates))
            finer = add_fresh_qubit(walk, flips)
            goal = coarsen(self.probabilities, finer.num_qubits)
            walk = descend(finer, goal, _REFINING_EVALUATIONS, self.recorder).walk
        return walk

    def _error(self, walk: MultiscaleWalk) -> float:
        goal = coarsen(self.probabilities, walk.num_qubits)
        return total_variation(goal, walk.probabilities())


def coarsen(probabilities: Array, num_qubits: int) -> Array:
    """The marginal distribution of the ``num_qubits`` most significant bits."""
    marginal: Array = probabilities.reshape(2**num_qubits, -1).sum(axis=1)
    return marginal


def independent_bits(probabilities: Array) -> MultiscaleWalk:
    """The walk without flips that gives each bit its marginal distribution."""
    size = len(probabilities).bit_length() - 1
    marginals = [probabilities.reshape(-1, 2, 2**bit).sum(axis=(0, 2)) for bit in range(size)]
    angles = [2 * np.arctan2(np.sqrt(one), np.sqrt(zero)) for zero, one in marginals]
    return MultiscaleWalk(size, [], [], initial_angles=angles)


def coarse_template(num_qubits: int, flips: int) -> MultiscaleWalk:
    """The walk fitted on a coarse grid: ``flips`` alternating flips in each 3-qubit window.

    From four qubits on the last window has one more. Up to three qubits the grid fits into one
    window, and one flip (two qubits) or three (three qubits) reach every distribution.
    """
    pair = ((0, 1), (1, 2))
    if num_qubits < 3:
        return MultiscaleWalk.from_windows(num_qubits, pair[: num_qubits - 1])
    if num_qubits == 3:
        return MultiscaleWalk.from_windows(num_qubits, [pair[i % 2] for i in range(flips)])
    window = [pair[1 - i % 2] for i in range(flips + 1)]
    return MultiscaleWalk.from_windows(num_qubits, window[:-1], last=window[-1:])


def add_fresh_qubit(walk: MultiscaleWalk, flips: int) -> MultiscaleWalk:
    """Append a least significant qubit in ``|+>`` and ``flips`` flips onto it.

    A flip of ``|+>`` does nothing, so the new walk splits each site into two equal halves.
    """
    shifted = [(control + 1, target + 1) for control, target in walk.flips]
    return MultiscaleWalk(
        walk.num_qubits + 1,
        [*shifted, *[(1, 0)] * flips],
        np.concatenate([walk.angles, np.zeros((flips, 2))]),
        initial_angles=np.concatenate([[np.pi / 2], walk.initial_angles]),
    )
