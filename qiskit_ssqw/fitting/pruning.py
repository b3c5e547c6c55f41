"""Remove the flips that a walk can do without."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.contest import Round, contest
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.walks import MultiscaleWalk

Array = NDArray[np.float64]

_SETTLE = 200
_LEAST = 8
"""At least so many flips are left out in turn, a third of them if that is more."""


def prune(
    walk: MultiscaleWalk,
    goal: Goal,
    tolerance: float,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> MultiscaleWalk:
    """Remove one flip after another, as long as the tolerance is met.

    Args:
        walk: A walk within the tolerance.
        goal: What it loads.
        tolerance: Error to keep.
        recorder: Told of every evaluation.
        free_signs: Whether amplitudes may have any signs.
    """
    walk, _ = settled(walk, goal, recorder, free_signs=free_signs)
    while walk.flips:
        shorter, error = _shorter(walk, goal, tolerance, recorder, free_signs)
        if error > tolerance:
            break
        walk = shorter
    return walk


def pruned_to(
    flips: int,
    walk: MultiscaleWalk,
    goal: Goal,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> MultiscaleWalk:
    """Remove flip after flip, whatever the error, until so many are left; other arguments alike."""
    while len(walk.flips) > flips:
        walk, _ = _shorter(walk, goal, 0.0, recorder, free_signs)
    return settled(walk, goal, recorder, free_signs=free_signs)[0]


def settled(
    walk: MultiscaleWalk, goal: Goal, recorder: Recorder, *, free_signs: bool = False
) -> tuple[MultiscaleWalk, float]:
    """The walk after a descent of its own, which gives room to prune, and its error."""
    model = FlipModel(walk, goal, free_signs=free_signs)
    return contest(model, walk.parameters[None], [Round(_SETTLE, 1)], recorder)


def _shorter(
    walk: MultiscaleWalk, goal: Goal, tolerance: float, recorder: Recorder, free_signs: bool
) -> tuple[MultiscaleWalk, float]:
    """The walk without the flip that it misses least once the rest is fitted, and its error."""
    flips = len(walk.flips)
    model = FlipModel(walk, goal, ~np.eye(flips, dtype=bool), free_signs=free_signs)
    starts = np.repeat(walk.parameters[None], flips, axis=0)
    tried = np.argsort(model.first_errors(starts), kind="stable")[: max(_LEAST, flips // 3)]
    rounds = (Round(5, max(4, len(tried) // 3)), Round(15, 2), Round(100, 1))
    return contest(model.keep(tried), starts[tried], rounds, recorder, until=tolerance)
