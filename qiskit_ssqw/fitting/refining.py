"""Extend a walk from a coarse grid to finer ones, one bit at a time.

A finer bit enters as a fresh qubit in ``|+>``. A flip of ``|+>`` does nothing, so the new walk
splits each site into two equal halves whatever flips the fresh qubit is given, and is the natural
start for its fit. On a smooth target this is already precise from about eight bits on: the error
of equal halves falls with the width of the cell.
"""

from __future__ import annotations

from contextlib import nullcontext
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.contest import Contest, Heat
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.large import jacobians_that_fit
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.objective import deviation
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.walks import MultiscaleWalk

Array = NDArray[np.float64]

_SLOTS = 3
_COPIES = 4
_SPREAD = 0.5
_HEATS = (Heat(8, 0.4, 3), Heat(12, 0.0, 1))
_LAST_STEPS = 40
_CLOSE = 8
_MANY_STEPS = 250
"""Steps of a walk that misses the tolerance by less than a factor of ``_CLOSE``."""
_REACH = 4
"""Edges over which flips sweep to and fro where those of the fresh qubit do not suffice."""


def add_fresh_qubit(walk: MultiscaleWalk, slots: int = 0) -> tuple[MultiscaleWalk, list[int]]:
    """Append a least significant qubit in ``|+>``, and flips from its neighbour onto it.

    The last of these flips come at the very end, the others behind the last flips of the
    neighbour.

    Returns:
        The finer walk, and the indices of its ``slots`` new flips.
    """
    busy = [index for index, flip in enumerate(walk.flips) if 0 in flip]
    followed = busy[max(0, len(busy) - slots + 1) :] if slots > 1 else []
    flips, angles, fresh = [], [], []
    for index, (control, target) in enumerate(walk.flips):
        flips.append((control + 1, target + 1))
        angles.append(walk.angles[index])
        if index in followed:
            fresh.append(len(flips))
            flips.append((1, 0))
            angles.append(np.zeros(2))
    while len(fresh) < slots:
        fresh.append(len(flips))
        flips.append((1, 0))
        angles.append(np.zeros(2))
    initial = np.concatenate([[np.pi / 2], walk.initial_angles])
    return MultiscaleWalk(walk.num_qubits + 1, flips, angles, initial_angles=initial), fresh


def reversed_line(walk: MultiscaleWalk) -> MultiscaleWalk:
    """The walk with the ends of its line exchanged."""
    top = walk.num_qubits - 1
    return MultiscaleWalk(
        walk.num_qubits,
        [(top - control, top - target) for control, target in walk.flips],
        walk.angles,
        initial_angles=walk.initial_angles[::-1],
    )


def refine(
    walk: MultiscaleWalk,
    grids: Grids,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    *,
    flips: int | None = None,
) -> tuple[MultiscaleWalk, float]:
    """Extend a walk to the grid of one more bit.

    Args:
        walk: The walk on the coarser grid.
        grids: The target.
        tolerance: Total variation to reach.
        rng: Source of the starts.
        recorder: Told of every evaluation.
        flips: Flips of the new bit; by default as few as the tolerance allows.

    Returns:
        The walk and its error. By default it is the first one within the tolerance, or else the
        one with the most new flips.
    """
    recorder.watch_the_clock()  # equal halves of fine cells take time without any evaluation
    bits = walk.num_qubits + 1
    goal, low_end = grids.goal(bits), grids.grows_at_the_low_end(bits)
    if not low_end:
        walk = reversed_line(walk)
        goal = goal.reshape((2,) * bits).T.ravel()
    with nullcontext() if low_end else recorder.changing(reversed_line):
        if flips is None:
            finer, error = _with_few_flips(walk, goal, tolerance, rng, recorder)
        else:
            finer, error = _with_flips(walk, flips, goal, tolerance, rng, recorder)
    return finer if low_end else reversed_line(finer), error


def _with_few_flips(
    walk: MultiscaleWalk,
    probabilities: Array,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
) -> tuple[MultiscaleWalk, float]:
    """Try equal halves, then more and more flips."""
    split, _ = add_fresh_qubit(walk)
    error = deviation(split, probabilities)
    if error <= tolerance or jacobians_that_fit(split) == 0:
        return split, error
    contest = Contest(FlipModel(split, probabilities), split.parameters[None], recorder)
    contest.heats([Heat(20, 0.0, 1)], until=tolerance)
    plain = contest.winner(tolerance)
    if plain[1] <= tolerance:
        return plain
    busy = sum(0 in flip for flip in walk.flips)
    for slots, flips in ((_SLOTS, 2), (_SLOTS, _SLOTS), (busy + 1, busy + 1)):
        found = _with_flips(walk, flips, probabilities, tolerance, rng, recorder, slots=slots)
        if found[1] <= tolerance:
            return found
    return _with_loops(found[0], probabilities, tolerance, rng, recorder)


def _with_loops(
    walk: MultiscaleWalk,
    probabilities: Array,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
) -> tuple[MultiscaleWalk, float]:
    """Append flips that sweep to the coarser qubits and back, at first undoing each other."""
    reach = min(_REACH, walk.num_qubits - 1)
    sweep = [(qubit + 1, qubit) for qubit in range(reach)]
    loop = [*sweep, *sweep[::-1]]
    longer = MultiscaleWalk(
        walk.num_qubits,
        [*walk.flips, *loop],
        np.concatenate([walk.angles, np.zeros((len(loop), 2))]),
        initial_angles=walk.initial_angles,
    )
    starts = np.repeat(longer.parameters[None], _COPIES, axis=0)
    starts[:, -2 * len(loop) :] += rng.normal(scale=_SPREAD, size=(_COPIES, 2 * len(loop)))
    contest = Contest(FlipModel(longer, probabilities), starts, recorder)
    contest.heats(_HEATS)
    contest.finish(_LAST_STEPS, until=tolerance)
    if tolerance < contest.errors.min() <= _CLOSE * tolerance:
        contest.insist(_MANY_STEPS, until=tolerance)
    return contest.winner(tolerance)


def _with_flips(
    walk: MultiscaleWalk,
    flips: int,
    probabilities: Array,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    *,
    slots: int = _SLOTS,
) -> tuple[MultiscaleWalk, float]:
    """Let all ways to give the fresh qubit so many flips compete, each from several starts."""
    if flips == 0:
        split, _ = add_fresh_qubit(walk)
        return split, deviation(split, probabilities)
    finer, fresh = add_fresh_qubit(walk, slots)
    ways = list(combinations(fresh, flips))
    copies = max(1, min(_COPIES, jacobians_that_fit(finer) // len(ways)))
    active = np.ones((len(ways), len(finer.flips)), dtype=bool)
    active[:, fresh] = False
    for way, chosen in enumerate(ways):
        active[way, list(chosen)] = True
    active = np.repeat(active, copies, axis=0)
    starts = np.repeat(finer.parameters[None], len(active), axis=0)
    first = finer.num_qubits + 2 * np.array(fresh)
    loose = np.concatenate([[0], first, first + 1])
    spread = rng.normal(scale=_SPREAD, size=(len(active), len(loose)))
    spread[::copies] = 0  # one start of each way is the walk as it is
    starts[:, loose] += spread
    contest = Contest(FlipModel(finer, probabilities, active), starts, recorder)
    contest.heats(_HEATS)
    contest.finish(_LAST_STEPS, until=tolerance)
    return contest.winner(tolerance)
