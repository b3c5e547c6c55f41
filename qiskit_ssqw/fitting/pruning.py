"""Remove the flips that a walk can do without."""

from __future__ import annotations

from operator import itemgetter

import numpy as np

from qiskit_ssqw.fitting.contest import Round, contest
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.walks import MultiscaleWalk

_SETTLE = 200
_LEAST = 8
"""At least so many flips are left out in turn at first, a third of them if that is more."""


def prune(
    walk: MultiscaleWalk,
    goal: Goal,
    tolerance: float,
    recorder: Recorder,
    *,
    free_signs: bool = False,
    thorough: bool = False,
) -> MultiscaleWalk:
    """Remove one flip after another, as long as the tolerance is met.

    Args:
        walk: A walk within the tolerance.
        goal: What it loads.
        tolerance: Error to keep.
        recorder: Told of every evaluation.
        free_signs: Whether amplitudes may have any signs.
        thorough: Whether all flips are left out in turn if none of the likely ones will do.
    """
    walk, _ = settled(walk, goal, recorder, free_signs=free_signs)
    while walk.flips:
        shorter, error = _shorter(walk, goal, tolerance, recorder, free_signs, thorough)
        if error > tolerance:
            break
        walk = shorter
    return walk


def pruned_to(
    fewest: int,
    most: int,
    walk: MultiscaleWalk,
    goal: Goal,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> None:
    """Remove flip after flip, whatever the error, and offer the recorder what is left.

    Args:
        fewest: Number of flips to end with.
        most: Walks with at most so many flips are offered after a descent of their own.
        walk: The walk to prune.
        goal: What it loads.
        recorder: Told of every evaluation.
        free_signs: Whether amplitudes may have any signs.
    """
    while len(walk.flips) > fewest:
        walk, _ = _shorter(walk, goal, 0.0, recorder, free_signs)
        if len(walk.flips) <= most:
            settled(walk, goal, recorder, free_signs=free_signs)


def settled(
    walk: MultiscaleWalk, goal: Goal, recorder: Recorder, *, free_signs: bool = False
) -> tuple[MultiscaleWalk, float]:
    """The walk after a descent of its own, which gives room to prune, and its error."""
    model = FlipModel(walk, goal, free_signs=free_signs)
    return contest(model, walk.parameters[None], [Round(_SETTLE, 1)], recorder)


def _shorter(
    walk: MultiscaleWalk,
    goal: Goal,
    tolerance: float,
    recorder: Recorder,
    free_signs: bool,
    thorough: bool = False,
) -> tuple[MultiscaleWalk, float]:
    """The walk without a flip that it misses little once the rest is fitted, and its error.

    The third of the flips whose absence costs least at first are left out in turn, then the others.
    """
    flips = len(walk.flips)
    model = FlipModel(walk, goal, ~np.eye(flips, dtype=bool), free_signs=free_signs)
    starts = np.repeat(walk.parameters[None], flips, axis=0)
    cheapest = np.argsort(model.first_errors(starts), kind="stable")
    likely, others = np.split(cheapest, [max(_LEAST, flips // 3)])
    found = walk, np.inf
    for tried in (likely, others) if thorough and len(others) else (likely,):
        rounds = (Round(5, max(4, len(tried) // 3)), Round(15, 2), Round(100, 1))
        some = model.keep(tried)
        rival = contest(some, starts[tried], rounds, recorder, until=tolerance)
        found = min(found, rival, key=itemgetter(1))
        if found[1] <= tolerance:
            break
    return found
