"""Grow a multiscale walk with as few flips as a tolerance allows.

A layered walk is fitted on a coarse grid (the marginal of the most significant bits), with one
layer more until it meets the tolerance. It has more flips than it needs, which keeps its fit easy;
they are removed one by one, each time fitting the rest. Then the finer bits enter, and once more
the flips that are not needed go. Where the finer bits cannot be fitted the coarse grid was too
coarse, and is made finer. Targets without a simple coarse form are fitted on the full grid at once;
and where nothing else works, with as many flips as any state takes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.contest import Contest
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.large import jacobians_that_fit
from qiskit_ssqw.fitting.layers import enough_layers, fit_layers, layered
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.objective import deviation
from qiskit_ssqw.fitting.pruning import prune
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.fitting.refining import refine
from qiskit_ssqw.fitting.schmidt import product_state_size
from qiskit_ssqw.walks import MultiscaleWalk

Array = NDArray[np.float64]

_COARSE_GRID = 6
_FINEST_COARSE_GRID = 8
_SECOND_CHANCES = 3
"""Where the finer bits defeat a pruned walk, its longer predecessors are tried."""
_MANY_NEW_FLIPS = 3
"""A bit that needs more flips than this gets some that are not needed."""
_SURPLUS = (1.03, 1.3, 1.7)
"""Angles of a walk on the full grid, in multiples of those of a matrix product state."""
_ANGLES_FROM_COARSE_GRIDS = 120
_MOST_ANGLES = 1100
_FULL_GRID_STEPS = 150
_HOPELESS = 10
"""With an error of so many tolerances, and no better by half than before, layers come faster."""


@dataclass(frozen=True)
class Growth:
    """One growth of a walk towards a target.

    Attributes:
        grids: The target on the full grid and on coarser ones.
        tolerance: Total variation at which to stop.
        rng: Source of the random starts.
        recorder: Told of every evaluation.
        free_signs: Whether patterns of signs compete.
    """

    grids: Grids
    tolerance: float
    rng: np.random.Generator
    recorder: Recorder
    free_signs: bool = False

    def run(self) -> MultiscaleWalk | None:
        """Return a walk within the tolerance that has few flips, or None."""
        independent = independent_bits(self.grids.probabilities)
        if self._error(independent) <= self.tolerance:
            return independent
        angles = product_state_size(self.grids.probabilities, self.tolerance)
        self.recorder.watch_the_clock()
        if angles > _MOST_ANGLES:
            return None
        routes = [lambda: self._on_the_full_grid(angles), self._from_coarse_grids]
        if self._has_a_coarse_form(angles):
            routes.reverse()
        any_state = len(self.grids.probabilities) - 1
        if angles < any_state <= _MOST_ANGLES:
            routes.append(lambda: self._on_the_full_grid(any_state))
        return next(filter(None, (route() for route in routes)), None)

    def _has_a_coarse_form(self, angles: int) -> bool:
        """Whether a product state of few angles is close; finer bits of one register aside."""
        if self.grids.one_register and self.grids.num_qubits > _FINEST_COARSE_GRID:
            angles = product_state_size(self.grids.goal(_FINEST_COARSE_GRID), self.tolerance)
        return angles <= _ANGLES_FROM_COARSE_GRIDS

    def _from_coarse_grids(self) -> MultiscaleWalk | None:
        """Fit a coarse grid, then let the finer bits enter."""
        size = self.grids.num_qubits
        coarse, layers = min(size, _COARSE_GRID), 1 if size < 4 else 2
        while coarse <= min(size, _FINEST_COARSE_GRID):
            pruned, layers = self._coarse_walks(coarse, layers)
            for walk in pruned[: -_SECOND_CHANCES - 1 : -1]:
                finer, error = self._refined(walk)
                if finer.num_qubits == size and error <= self.tolerance:
                    return finer
            coarse += 1
        return None

    def _on_the_full_grid(self, angles: int) -> MultiscaleWalk | None:
        """Fit about so many angles, those of a matrix product state or of any, then some more.

        This is for targets without a simple coarse form: random ones, histograms, and product
        grids with bits that no coarse grid prepares for.
        """
        size = self.grids.num_qubits
        for surplus in _SURPLUS:
            layers = math.ceil(surplus * (angles - size) / 2 / max(1, size - 1))
            template = layered(size, layers)
            if jacobians_that_fit(template) == 0:
                break
            start = self.rng.normal(size=(1, template.num_parameters))
            goal = self.grids.probabilities
            model = FlipModel(template, goal, free_signs=self.free_signs)
            contest = Contest(model, start, self.recorder)
            contest.finish(_FULL_GRID_STEPS, until=self.tolerance)
            walk: MultiscaleWalk
            walk, error = contest.winner(self.tolerance)
            if error <= self.tolerance:
                source = (self.rng, self.recorder)
                return prune(walk, goal, self.tolerance, *source, free_signs=self.free_signs)[-1]
        return None

    def _coarse_walks(self, coarse: int, layers: int) -> tuple[list[MultiscaleWalk], int]:
        """Fit a coarse grid with as many layers as it takes, and prune, shortest walk last."""
        goal, aim = self.grids.goal(coarse), self.grids.aim(coarse, self.tolerance)
        before = np.inf
        while layers <= enough_layers(coarse):
            pruned, error = [], np.inf
            for free in (False, True) if self.free_signs else (False,):
                source = (self.rng, self.recorder)
                walk, rest = fit_layers(layers, goal, aim, *source, free_signs=free)
                if rest <= aim:
                    pruned.append(prune(walk, goal, aim, *source, free_signs=free))
                error = min(error, rest)
            if pruned:
                return min(pruned, key=lambda walks: len(walks[-1].flips)), layers
            hopeless = error > _HOPELESS * aim and error > before / 2
            layers = math.ceil(1.5 * layers) if hopeless else layers + 1
            before = error
        return [], layers

    def _refined(self, walk: MultiscaleWalk) -> tuple[MultiscaleWalk, float]:
        """Add the finer bits until the full grid, or the first grid that misses."""
        error = self._error(walk)
        while walk.num_qubits < self.grids.num_qubits:
            bits, flips = walk.num_qubits + 1, len(walk.flips)
            aim = self.grids.aim(bits, self.tolerance)
            walk, error = refine(walk, self.grids, aim, self.rng, self.recorder)
            if error > aim:
                break
            last_chance = bits == min(self.grids.num_qubits, _FINEST_COARSE_GRID)
            if last_chance or len(walk.flips) > flips + _MANY_NEW_FLIPS:
                walk = prune(walk, self.grids.goal(bits), aim, self.rng, self.recorder)[-1]
                error = self._error(walk)
        return walk, error

    def _error(self, walk: MultiscaleWalk) -> float:
        goal = self.grids.goal(walk.num_qubits)
        return deviation(walk, goal, free_signs=self.free_signs)


def independent_bits(probabilities: Array) -> MultiscaleWalk:
    """The walk without flips that gives each bit its marginal distribution."""
    size = len(probabilities).bit_length() - 1
    marginals = [probabilities.reshape(-1, 2, 2**bit).sum(axis=(0, 2)) for bit in range(size)]
    angles = [2 * np.arctan2(np.sqrt(one), np.sqrt(zero)) for zero, one in marginals]
    return MultiscaleWalk(size, [], [], initial_angles=angles)
