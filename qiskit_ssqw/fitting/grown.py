"""Fit a walk whose structure is grown."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.lines import Line, along, entanglement, levels
from qiskit_ssqw.fitting.objective import error_of
from qiskit_ssqw.fitting.pruning import pruned_to
from qiskit_ssqw.fitting.record import Recorder, Stopped
from qiskit_ssqw.fitting.search import Search
from qiskit_ssqw.fitting.unfinished import best_met
from qiskit_ssqw.targets import TargetDistribution, TargetState
from qiskit_ssqw.walks import MultiscaleWalk, TreeWalk, Walk

FREE_SIGNS = 4
"""Largest number of qubits on which patterns of signs compete."""

_EXACT = 1e-9
"""Error below which there is nothing to gain."""
_TOLERANCES = [step * 0.1**power for power in range(9) for step in (0.5, 0.2, 0.1)]
"""At which a budget of gates searches, down to `_EXACT`."""


def grow(
    target: TargetDistribution | TargetState,
    lines: Sequence[Line],
    tolerance: float,
    budget: int | None,
    seed: int,
    recorder: Recorder,
    *,
    free_signs: bool,
    starts: Sequence[MultiscaleWalk] = (),
) -> Walk:
    """Grow a multiscale walk, or fall back to a tree walk where only that will do.

    Args:
        target: The distribution to load.
        lines: Orders of the qubits on the line, of which the one of least entanglement is taken.
        tolerance: Error to reach.
        budget: Largest number of two-qubit gates, for the best walk within it.
        seed: Seed of the random starts.
        recorder: Told of every evaluation.
        free_signs: Whether patterns of signs compete, on few qubits.
        starts: Walks of like targets to start from, if they lie on the same line.
    """
    probabilities = target.probabilities.ravel()
    amplitudes = target.amplitudes if isinstance(target, TargetState) else None
    tree = TreeWalk.from_amplitudes(np.sqrt(probabilities) if amplitudes is None else amplitudes)
    line = lines[0]
    if len(lines) > 1:
        line = min(lines, key=lambda line: entanglement(line, probabilities))
    grids = Grids(along(line, probabilities), levels(line, target.register_sizes), amplitudes)
    plain = range(target.num_qubits - 1, -1, -1)
    near = [start.on_line(plain) for start in starts if start.line == line]
    growth = Growth(grids, seed, recorder, free_signs and target.num_qubits <= FREE_SIGNS, near)
    if budget is not None:
        best = growth.within(budget)
        exact_is_affordable = tree.two_qubit_gates <= budget and growth.error(best) > _EXACT
        return tree if exact_is_affordable else best.on_line(line)
    walk = growth.to(tolerance)
    if walk is None or walk.two_qubit_gates > tree.two_qubit_gates:
        return tree
    return walk.on_line(line)


@dataclass(frozen=True)
class Growth:
    """Searches for one target.

    Attributes:
        grids: The target on the full grid and on coarser ones.
        seed: Seed of the random starts.
        recorder: Told of every evaluation.
        free_signs: Whether patterns of signs compete.
        starts: Walks of like targets, along the line.
    """

    grids: Grids
    seed: int
    recorder: Recorder
    free_signs: bool = False
    starts: Sequence[MultiscaleWalk] = ()

    def to(self, tolerance: float) -> MultiscaleWalk | None:
        """A walk within a tolerance that has few flips, or None; the best one met, if stopped."""
        try:
            return self._search(tolerance)
        except Stopped:
            return best_met(
                self.grids, self.recorder, tolerance=tolerance, free_signs=self.free_signs
            )

    def within(self, gates: int) -> MultiscaleWalk:
        """The walk of lowest error that has at most so many flips.

        Tolerances fall until the walks are too long; each is pruned down to the length of those
        before, so that a larger budget is never worse. All walks on the way compete.
        """
        with suppress(Stopped):
            self._fall_to(gates)
        return best_met(self.grids, self.recorder, gates=gates, free_signs=self.free_signs)

    def error(self, walk: MultiscaleWalk) -> float:
        goal = self.grids.goal(self.grids.num_qubits)
        return error_of(walk, goal, free_signs=self.free_signs)

    def _fall_to(self, gates: int) -> None:
        error, longest = 1.0, 0
        goal = self.grids.goal(self.grids.num_qubits)
        for tolerance in _TOLERANCES if gates > 0 else ():
            if tolerance >= error:  # the last walk is that good already
                continue
            walk = self._search(tolerance)
            if walk is None:
                return
            if len(walk.flips) > longest:  # smaller budgets end here: none may do better
                pruned_to(longest, gates, walk, goal, self.recorder, free_signs=self.free_signs)
                longest = len(walk.flips)
            if longest > gates:
                return
            error = max(self.error(walk), _EXACT)

    def _search(self, tolerance: float) -> MultiscaleWalk | None:
        """The shorter one of the walks with one sign and, if they compete, with any signs."""
        walks = []
        for free in (False, True) if self.free_signs else (False,):
            rng = np.random.default_rng(self.seed)
            walk = Search(self.grids, tolerance, rng, self.recorder, free, self.starts).run()
            walks += [] if walk is None else [walk]
        return min(walks, key=lambda walk: len(walk.flips), default=None)
