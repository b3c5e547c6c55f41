"""Fit the angles of a walk of given structure."""

from __future__ import annotations

from functools import partial

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting.contest import Round, contest
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.large import descend_by_gradient, jacobians_that_fit
from qiskit_ssqw.fitting.models import WalkModel
from qiskit_ssqw.fitting.objective import error_of
from qiskit_ssqw.fitting.record import Recorder, Stopped
from qiskit_ssqw.walks import Walk, kind_of

_STARTS = 8
_ROUNDS = (Round(25, 2), Round(2000, 1, patience=20))


def fit_angles(
    walk: Walk,
    goal: Goal,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> Walk:
    """Fit the angles of one walk, from its own and from random ones.

    Args:
        walk: The structure and the first start.
        goal: What to load.
        tolerance: Error to reach.
        rng: Source of the random starts.
        recorder: Told of every evaluation.
        free_signs: Whether the amplitudes of a signed walk may have any signs.

    Returns:
        The walk itself if it meets the tolerance, or else the best one found, which is never worse
        than the walk.
    """
    distance = partial(error_of, goal=goal, free_signs=free_signs)
    if distance(walk) <= tolerance:
        return walk
    descend = _descend_one_by_one if jacobians_that_fit(walk) < _STARTS else _descend_together
    try:
        found = descend(walk, goal, tolerance, _starts(walk, rng), recorder, free_signs)
    except Stopped:
        found = [candidate.walk() for candidate in recorder.candidates]
    return min([*found, walk], key=distance)


def _starts(walk: Walk, rng: np.random.Generator) -> Array:
    """The walk's own angles, and random ones."""
    starts = rng.normal(size=(_STARTS, walk.num_parameters))
    starts[0] = walk.parameters
    return starts


def _descend_one_by_one(
    walk: Walk, goal: Goal, tolerance: float, starts: Array, recorder: Recorder, free_signs: bool
) -> list[Walk]:
    """Descend without Jacobians until a start succeeds; return where all of them ended."""
    descend = partial(descend_by_gradient, tolerance=tolerance, free_signs=free_signs)
    found: list[Walk] = []
    for start in starts:
        found.append(descend(walk.with_parameters(start), goal, _ROUNDS[-1].steps, recorder))
        if error_of(found[-1], goal, free_signs=free_signs) <= tolerance:
            break
    return found


def _descend_together(
    walk: Walk, goal: Goal, tolerance: float, starts: Array, recorder: Recorder, free_signs: bool
) -> list[Walk]:
    """Descend from the kind's guess or the walk itself; if neither will do, from all starts."""
    model = WalkModel(walk, goal, free_signs=free_signs)
    guess = kind_of(walk).find("guess")
    first = None if guess is None else guess(walk, goal.amplitudes**2)
    if first is not None:
        first_only, short = first.parameters[None], [Round(50, 1)]
        fitted, rest = contest(model, first_only, short, recorder, until=tolerance)
        if rest <= tolerance:
            return [fitted]
        starts[1] = fitted.parameters
    for some, rounds in ((starts[:1], _ROUNDS[:1]), (starts, _ROUNDS)):
        fitted, rest = contest(model, some, rounds, recorder, until=tolerance)
        if rest <= tolerance:
            break
    return [fitted]
