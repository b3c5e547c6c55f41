"""The best multiscale walk within a number of flips."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.growth import independent_bits
from qiskit_ssqw.fitting.layers import enough_layers, fit_layers
from qiskit_ssqw.fitting.objective import Merit, merit
from qiskit_ssqw.fitting.pruning import eliminate
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.fitting.refining import refine
from qiskit_ssqw.walks import MultiscaleWalk

_COARSE_GRID = 8
_FULL_PATHS = 3
EXACT = 1e-9
"""Total variation below which there is nothing to gain."""


@dataclass(frozen=True)
class Budget:
    """A search for the walk of lowest error with at most so many two-qubit gates.

    Layered walks of more flips than allowed are fitted and pruned down flip by flip. All walks on
    the way compete, so a larger budget only adds competitors.

    Attributes:
        grids: The target on the full grid and on coarser ones.
        gates: Largest number of two-qubit gates.
        seed: Seed of the random starts.
        recorder: Told of every evaluation.
        free_signs: Whether amplitudes may have any signs.
    """

    grids: Grids
    gates: int
    seed: int
    recorder: Recorder
    free_signs: bool = False

    def run(self) -> MultiscaleWalk:
        """Return the walk of lowest total variation that was found."""
        best = independent_bits(self.grids.probabilities)
        coarse = min(self.grids.num_qubits, _COARSE_GRID)
        most = min(enough_layers(coarse), math.ceil(self.gates / max(1, coarse - 1)) + 1)
        few = range(1, _FULL_PATHS + 1)
        for layers in sorted({layers for layers in (*few, most - 1, most) if 1 <= layers <= most}):
            if self.gates == 0 or self._merit(best) <= (False, EXACT):
                break
            for walk in self._path(coarse, layers):
                if len(walk.flips) <= self.gates:
                    best = min(best, self._refined(walk), key=self._merit)
        return best

    def _path(self, coarse: int, layers: int) -> list[MultiscaleWalk]:
        """A layered walk on the coarse grid and all that pruning makes of it."""
        goal, rng = self.grids.goal(coarse), np.random.default_rng([self.seed, layers])
        free = self.free_signs
        walk, _ = fit_layers(layers, goal, EXACT, rng, self.recorder, free_signs=free)
        # The paths of few layers are cheap and cover the smallest budgets.
        shortest = 0 if layers <= _FULL_PATHS else min(self.gates, len(walk.flips))
        return eliminate(walk, goal, shortest, self.recorder, free_signs=free)

    def _refined(self, walk: MultiscaleWalk) -> MultiscaleWalk:
        """Add the finer bits, the first ones with two flips each as long as the budget lasts."""
        rng = np.random.default_rng(self.seed)
        while walk.num_qubits < self.grids.num_qubits:
            flips = 2 if len(walk.flips) + 2 <= self.gates else 0
            walk, _ = refine(walk, self.grids, 0.0, rng, self.recorder, flips=flips)
        return walk

    def _merit(self, walk: MultiscaleWalk) -> Merit:
        return merit(walk, self.grids.probabilities, free_signs=self.free_signs)
