"""Find a multiscale walk with as few flips as a tolerance allows.

A walk that is known for a target of like shape is the first start. Otherwise a walk grows, to one
half of a target that is its own mirror image and to the whole of any other one: on a coarse grid,
the marginal of the most significant bits, flips are added until it meets the tolerance, two sweeps
over the line at first, then loops that sweep to the coarse end and back.
That is more than it needs, which keeps its fit easy; flips are removed one by one, each time
fitting the rest. Then the finer bits enter one by one, in equal halves, with two to four flips
where these are too imprecise, or with loops where that is not enough; and once more the flips that
are not needed go.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting import moves
from qiskit_ssqw.fitting.contest import Round, contest
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.known import Known, known_walks
from qiskit_ssqw.fitting.large import jacobians_that_fit
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.objective import error_of
from qiskit_ssqw.fitting.pruning import prune
from qiskit_ssqw.fitting.record import Candidate, Recorder
from qiskit_ssqw.fitting.schmidt import product_state_size
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import MultiscaleWalk

Fitted = tuple[MultiscaleWalk, float]

_COARSE = 6
_STARTS = 8
_NARROWING = (Round(12, 4), Round(20, 2), Round(100, 1))
_TURNING = (Round(40, 1),)
_SPREAD = 0.3
"""In radians. 0.2 to 0.5 do equally well; with 1 a fifth of the fits need another loop."""
_KNOWN_GRID = 10
"""On finer grids than this, known walks are turned on this one."""
_LONG = 30
"""Known walks of more flips are starts for no other target."""
_ALIKE = 0.15
"""Total variation from the nearest known walk above which a walk is grown, too."""
_LOOP = 5
"""Qubits of the first loop for a finer bit; each further one has one more."""
_MUCH = 0.7
"""Trace distance of a state, or total variation, between a target and its coarse form."""
_SIMPLE = 0.75
"""A coarse walk of more than this part of the flips of any state teaches nothing."""
_HOPELESS = 10
"""With an error of so many aims, loops come faster."""
_STUCK = 0.9
"""A loop that leaves so much of the error has found no way to some spike."""
_SURPLUS = (1.03, 1.3)
"""Flips that are fitted at once, in multiples of those of any state."""
_MOST_ANGLES = 1100
"""Of a matrix product state as close as the tolerance; more take too long."""
_TOO_LARGE = 2**15
"""Flips times sites above which pruning takes minutes."""


@dataclass(frozen=True)
class Search:
    """A search for a walk to a target.

    Attributes:
        grids: The target on the full grid and on coarser ones.
        tolerance: Error at which to stop.
        rng: Source of the random starts.
        recorder: Told of every evaluation.
        free_signs: Whether amplitudes may have any signs.
        starts: Walks of like targets, along the line.
    """

    grids: Grids
    tolerance: float
    rng: np.random.Generator
    recorder: Recorder
    free_signs: bool = False
    starts: Sequence[MultiscaleWalk] = ()

    def run(self) -> MultiscaleWalk | None:
        """Return a walk within the tolerance that has few flips, or None."""
        size = self.grids.num_qubits
        goal = self.grids.goal(size)
        bits = moves.independent_bits(self.grids.probabilities)
        if self._error(bits, goal) <= self.tolerance:
            return bits
        nearest = np.inf
        close: list[MultiscaleWalk] = []
        for _, tolerance, walk in self._known(size):
            error = self._error(walk, goal)
            if tolerance >= self.tolerance >= error:
                return walk
            if tolerance >= self.tolerance >= error / 2 and jacobians_that_fit(walk):
                close.append(walk)
            nearest = min(nearest, error)
        for walk in close:  # as a grid is that is aligned with a strike
            walk, error = self._turned(walk, goal, self.tolerance)
            if error <= self.tolerance:
                return walk
        self.recorder.watch_the_clock()
        like = self._from_starts() or self._from_known()
        if like is not None and (self.starts or nearest <= _ALIKE):
            return like
        rivals = [like, unfolded := self._unfolded()]
        if unfolded is None or len(unfolded.flips) < 2 * size:  # most of it may be the sweep
            rivals.append(self._grown())
        return min(filter(None, rivals), key=lambda walk: len(walk.flips), default=None)

    def _known(self, size: int) -> Sequence[Known]:
        """Known walks, if the target has one register and the signs of its roots."""
        return known_walks(size) if self._plain else ()

    @property
    def _plain(self) -> bool:
        return self.grids.one_register and self.grids.amplitudes is None and not self.free_signs

    def _from_known(self) -> MultiscaleWalk | None:
        """Turn a known walk to the target on a coarse grid, and let the finer bits enter."""
        families: dict[str, list[MultiscaleWalk]] = {}
        for known in self._known(min(self.grids.num_qubits, _KNOWN_GRID)):
            if len(known.walk.flips) <= _LONG:
                families.setdefault(known.target, []).append(known.walk)
        shortest = filter(None, map(self._shortest, families.values()))
        found = min(shortest, key=lambda walk: len(walk.flips), default=None)
        if found is None:
            return None
        goal, aim = self._goal_and_aim(found.num_qubits)
        return self._on_the_full_grid(prune(found, goal, aim, self.recorder))

    def _shortest(self, starts: Sequence[MultiscaleWalk]) -> MultiscaleWalk | None:
        """Find the shortest start that turns to the target on its grid, by halves.

        Args:
            starts: Walks on one grid, fewest flips first.
        """
        left, found = [walk for walk in starts if jacobians_that_fit(walk)], None
        goal, aim = self._goal_and_aim(starts[0].num_qubits)
        while left:
            middle = (len(left) - 1) // 2
            walk, error = self._turned(left[middle], goal, aim)
            if error <= aim:
                found, left = walk, left[:middle]
            else:
                left = left[middle + 1 :]
        return found

    def _from_starts(self) -> MultiscaleWalk | None:
        """Turn the caller's starts; prune the shortest that will do, or the closest with loops."""
        goal, aim = self._goal_and_aim(self.grids.num_qubits)
        starts = [walk for walk in self.starts if jacobians_that_fit(walk) and not self.free_signs]
        turned = [self._turned(walk, goal, aim) for walk in starts]
        if not turned:
            return None
        within = [walk for walk, error in turned if error <= aim]
        if within:
            return prune(min(within, key=lambda walk: len(walk.flips)), goal, aim, self.recorder)
        closest = min(turned, key=itemgetter(1))
        walk, error = self._pruned(self._with_loops(closest, _LOOP, goal, aim), goal, aim)
        return walk if error <= aim else None

    def _on_the_full_grid(self, walk: MultiscaleWalk) -> MultiscaleWalk | None:
        error = self._error(walk, self.grids.goal(walk.num_qubits))
        while walk.num_qubits < self.grids.num_qubits:
            walk, error = self._with_a_finer_bit(walk)
        return walk if error <= self.tolerance else None

    def _grown(self) -> MultiscaleWalk | None:
        """Grow a walk from a coarse grid on, as coarse as it is simple there."""
        size = self.grids.num_qubits
        amplitudes = self.grids.goal(size).amplitudes
        if product_state_size(amplitudes, self.tolerance) > _MOST_ANGLES:
            return None
        bits = min(size, _COARSE if self._has_a_coarse_form() else size)
        walk, _ = self._on_the_first_grid(bits)
        while bits < size and len(walk.flips) > _SIMPLE * any_state(bits):
            bits = min(bits + 2, size)
            walk, _ = self._on_the_first_grid(bits)
        return self._on_the_full_grid(walk)

    def _unfolded(self) -> MultiscaleWalk | None:
        """Find a walk to one half of a target that is its own mirror image, or nearly so."""
        whole = self.grids.probabilities
        mirrored = self._plain and total_variation(whole, whole[::-1]) <= self.tolerance
        if not mirrored or self.grids.num_qubits == 1:
            return None
        grids, recorder = Grids(moves.folded(whole)), Unfolding(self.recorder)
        half = replace(self, grids=grids, recorder=recorder, starts=()).run()
        if half is None:
            return None
        walk, goal = moves.mirrored(half), self.grids.goal(self.grids.num_qubits)
        error = self._error(walk, goal)
        if error > self.tolerance and jacobians_that_fit(walk):
            walk, error = self._turned(walk, goal, self.tolerance)
        return walk if error <= self.tolerance else None

    def _has_a_coarse_form(self) -> bool:
        """Whether a coarse grid says much about the target: a state may vanish there."""
        size = self.grids.num_qubits
        return self.grids.error_of_equal_parts(min(size, _COARSE)) < _MUCH

    def _on_the_first_grid(self, bits: int) -> Fitted:
        goal, aim = self._goal_and_aim(bits)
        walk = moves.layered(bits, 1 if bits < 4 else 2)
        starts = self.rng.normal(size=(_STARTS, walk.num_parameters))
        found = self._fit(walk, starts, goal, aim)
        return self._pruned(self._with_loops(found, bits, goal, aim), goal, aim)

    def _with_a_finer_bit(self, walk: MultiscaleWalk) -> Fitted:
        self.recorder.watch_the_clock()  # equal halves of fine cells take time without evaluations
        bits = walk.num_qubits + 1
        goal, aim = self._goal_and_aim(bits)
        if self.grids.grows_at_the_low_end(bits):
            return self._with_a_last_qubit(walk, goal, aim)
        goal = replace(goal, amplitudes=goal.amplitudes.reshape((2,) * bits).T.ravel())
        with self.recorder.changing(moves.reversed_line):
            walk, error = self._with_a_last_qubit(moves.reversed_line(walk), goal, aim)
        return moves.reversed_line(walk), error

    def _with_a_last_qubit(self, walk: MultiscaleWalk, goal: Goal, aim: float) -> Fitted:
        """Give each site equal halves, then add flips until the walk meets the aim."""
        walk = walk.refined(walk.num_qubits + 1)
        error = self._error(walk, goal)
        if error <= aim or jacobians_that_fit(walk) == 0:
            return walk, error
        walk, error = found = self._turned(walk, goal, aim)
        if error <= aim:
            return found
        for count in (2, 3, 4):
            longer, new = moves.inserted(walk, moves.onto_the_last_qubit(walk, count))
            found = self._fit(longer, self._stirred(longer, np.append(new, 0)), goal, aim)
            if found[1] <= aim:
                break
        return self._pruned(self._with_loops(found, _LOOP, goal, aim), goal, aim)

    def _with_loops(self, found: Fitted, qubits: int, goal: Goal, aim: float) -> Fitted:
        """Add loops until the walk meets the aim, or has as many flips as any state takes."""
        walk, error = found
        while error > aim and walk.num_qubits > 1:
            loop = moves.loop(walk, min(qubits, walk.num_qubits))
            share = 1 if error > _HOPELESS * aim else 3
            longer, new = moves.inserted(walk, loop * max(1, len(walk.flips) // share // len(loop)))
            if len(longer.flips) > any_state(walk.num_qubits) + walk.num_qubits:
                return self._as_any_state(goal, aim)
            before, starts, qubits = error, self._stirred(longer, new), qubits + 1
            walk, error = self._fit(longer, starts, goal, aim)
            if error > max(aim, _STUCK * before):
                rivals = (walk, error), self._past_spikes(longer, starts, goal, aim)
                walk, error = min(rivals, key=itemgetter(1))
                qubits = walk.num_qubits  # a spike takes flips on every edge
        return walk, error

    def _past_spikes(self, walk: MultiscaleWalk, starts: Array, goal: Goal, aim: float) -> Fitted:
        """Let all sites weigh the same at first, so that the descent heads for spikes."""
        squares, _ = self._fit(walk, starts, replace(goal, evenly=True), 0.0)
        return self._turned(squares, goal, aim)

    def _as_any_state(self, goal: Goal, aim: float) -> Fitted:
        """Fit sweeps with a few angles more than any state has."""
        size = goal.num_qubits
        found = moves.independent_bits(goal.amplitudes**2), np.inf
        for surplus in _SURPLUS:
            layers = math.ceil((surplus * any_state(size) + 2) / max(1, size - 1))
            walk = moves.layered(size, layers)
            if jacobians_that_fit(walk) == 0 or found[1] <= aim:
                break
            starts = self.rng.normal(size=(1 if size > _COARSE else _STARTS, walk.num_parameters))
            found = self._fit(walk, starts, goal, aim)
        return found

    def _pruned(self, found: Fitted, goal: Goal, aim: float) -> Fitted:
        walk, error = found
        if error > aim or len(walk.flips) * len(goal.amplitudes) > _TOO_LARGE:
            return found
        walk = prune(walk, goal, aim, self.recorder, free_signs=self.free_signs, thorough=True)
        return walk, self._error(walk, goal)

    def _turned(self, walk: MultiscaleWalk, goal: Goal, aim: float) -> Fitted:
        """Fit a walk from its own angles."""
        model = FlipModel(walk, goal, free_signs=self.free_signs)
        return contest(model, walk.parameters[None], _TURNING, self.recorder, until=aim)

    def _fit(self, walk: MultiscaleWalk, starts: Array, goal: Goal, aim: float) -> Fitted:
        model = FlipModel(walk, goal, free_signs=self.free_signs)
        return contest(model, starts, _NARROWING, self.recorder, until=aim)

    def _stirred(self, walk: MultiscaleWalk, turned: NDArray[np.intp]) -> Array:
        """Starts that differ by random turns of some angles, the first one by none."""
        count = min(_STARTS, max(2, jacobians_that_fit(walk) // 4))
        starts = np.repeat(walk.parameters[None], count, axis=0)
        starts[1:, turned] += self.rng.normal(scale=_SPREAD, size=(count - 1, len(turned)))
        return starts

    def _goal_and_aim(self, bits: int) -> tuple[Goal, float]:
        return self.grids.goal(bits), self.grids.aim(bits, self.tolerance)

    def _error(self, walk: MultiscaleWalk, goal: Goal) -> float:
        return error_of(walk, goal, free_signs=self.free_signs)


class Unfolding(Recorder):
    """Tells another recorder of the walks that walks to one half become.

    Args:
        recorder: The other one.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def record(
        self, num_qubits: int, two_qubit_gates: int, costs: Array, loss: float | None = None
    ) -> None:
        self._recorder.record(num_qubits + 1, two_qubit_gates + num_qubits, costs, loss)

    def watch_the_clock(self) -> None:
        self._recorder.watch_the_clock()

    def offer(self, candidate: Candidate) -> None:
        size, gates, error, walk = candidate
        self._recorder.offer(
            Candidate(size + 1, gates + size, error, lambda: moves.mirrored(walk()))
        )


def any_state(num_qubits: int) -> float:
    """Flips with as many angles as a real state has."""
    return ((1 << num_qubits) - 1 - num_qubits) / 2
