"""Grow a multiscale walk with as few flips as a tolerance allows.

A layered walk is fitted on a coarse grid (the marginal of the most significant bits), with one
layer more until it meets the tolerance. It has more flips than it needs, which keeps its fit easy;
they are removed one by one, each time fitting the rest. Then the finer bits enter, and once more
the flips that are not needed go. Where the finer bits cannot be fitted the coarse grid was too
coarse, and is made finer; targets that defeat all this are loaded exactly by a tree walk.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.layers import enough_layers, fit_layers
from qiskit_ssqw.fitting.pruning import prune
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.fitting.refining import coarsen, refine
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import MultiscaleWalk, TreeWalk, Walk

Array = NDArray[np.float64]

_COARSE_GRID = 6
_FINEST_COARSE_GRID = 8
_LARGEST_SHARE = 0.5
"""Largest part of the squared tolerance that is set aside for the finer grids."""
_HOPELESS = 10
"""With an error of so many tolerances, and no better by half than before, layers come faster."""


@dataclass(frozen=True)
class Growth:
    """One growth of a walk towards a target.

    Attributes:
        probabilities: The target, shape ``(2**n,)``.
        tolerance: Total variation at which to stop.
        rng: Source of the random starts.
        recorder: Told of every evaluation.
    """

    probabilities: Array
    tolerance: float
    rng: np.random.Generator
    recorder: Recorder

    def run(self) -> Walk:
        """Return a walk within the tolerance that has few flips."""
        independent = independent_bits(self.probabilities)
        if total_variation(self.probabilities, independent.probabilities()) <= self.tolerance:
            return independent
        coarse, layers = min(self._size, _COARSE_GRID), min(2, self._size - 1)
        while coarse <= min(self._size, _FINEST_COARSE_GRID):
            walk, layers = self._coarse_walk(coarse, layers)
            if walk is None:
                break
            finer, error = self._refined(walk)
            if error <= self.tolerance:
                return finer
            coarse += 1
        return TreeWalk.from_probabilities(self.probabilities)

    def _coarse_walk(self, coarse: int, layers: int) -> tuple[MultiscaleWalk | None, int]:
        """Fit a coarse grid with as many layers as it takes, and prune."""
        goal, aim, before = coarsen(self.probabilities, coarse), self._aim(coarse), np.inf
        while layers <= enough_layers(coarse):
            walk, error = fit_layers(layers, goal, aim, self.rng, self.recorder)
            if error <= aim:
                return prune(walk, goal, aim, self.recorder), layers
            hopeless = error > _HOPELESS * aim and error > before / 2
            layers = math.ceil(1.5 * layers) if hopeless else layers + 1
            before = error
        return None, layers

    def _refined(self, walk: MultiscaleWalk) -> tuple[MultiscaleWalk, float]:
        """Add the finer bits until the full grid, or the first grid that misses."""
        error = total_variation(
            coarsen(self.probabilities, walk.num_qubits), walk.probabilities()
        )
        while walk.num_qubits < self._size:
            goal, aim = coarsen(self.probabilities, walk.num_qubits + 1), self._aim(walk.num_qubits + 1)
            walk, error = refine(walk, goal, aim, self.rng, self.recorder)
            if error > aim:
                break
            if walk.num_qubits == min(self._size, _FINEST_COARSE_GRID):
                walk = prune(walk, goal, aim, self.recorder)
        return walk, error

    @property
    def _size(self) -> int:
        return len(self.probabilities).bit_length() - 1

    def _aim(self, bits: int) -> float:
        """Error to reach on a coarse grid, given what splitting it into equal parts will add.

        The two errors add up about as the sides of a right angle; where equal parts are too
        imprecise, the finer bits will get flips of their own.
        """
        coarse = coarsen(self.probabilities, bits)
        equal_parts = np.repeat(coarse, 2 ** (self._size - bits)) / 2 ** (self._size - bits)
        split = total_variation(self.probabilities, equal_parts) / self.tolerance
        return self.tolerance * math.sqrt(1 - min(split**2, _LARGEST_SHARE))


def independent_bits(probabilities: Array) -> MultiscaleWalk:
    """The walk without flips that gives each bit its marginal distribution."""
    size = len(probabilities).bit_length() - 1
    marginals = [probabilities.reshape(-1, 2, 2**bit).sum(axis=(0, 2)) for bit in range(size)]
    angles = [2 * np.arctan2(np.sqrt(one), np.sqrt(zero)) for zero, one in marginals]
    return MultiscaleWalk(size, [], [], initial_angles=angles)
