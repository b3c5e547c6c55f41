"""Fit the angles of a walk of given structure."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw.fitting.contest import Round, contest
from qiskit_ssqw.fitting.exact import chirped
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.large import descend_by_gradient, jacobians_that_fit
from qiskit_ssqw.fitting.models import WalkModel
from qiskit_ssqw.fitting.objective import error_of
from qiskit_ssqw.fitting.record import Recorder, Stopped
from qiskit_ssqw.walks import SplitStepWalk, Walk

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
    if error_of(walk, goal, free_signs=free_signs) <= tolerance:
        return walk
    try:
        found = _descend(walk, goal, tolerance, rng, recorder, free_signs)
    except Stopped:
        found = [candidate.walk() for candidate in recorder.candidates]
    return min([*found, walk], key=lambda rival: error_of(rival, goal, free_signs=free_signs))


def _descend(
    walk: Walk,
    goal: Goal,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    free_signs: bool,
) -> list[Walk]:
    """Descend from several starts; return those that are left in the end."""
    starts = rng.normal(size=(_STARTS, walk.num_parameters))
    starts[0] = walk.parameters
    if jacobians_that_fit(walk) < len(starts):
        found: list[Walk] = []
        steps = _ROUNDS[-1].steps
        for start in starts:
            rival = walk.with_parameters(start)
            found.append(
                descend_by_gradient(
                    rival, goal, steps, recorder, tolerance=tolerance, free_signs=free_signs
                )
            )
            if error_of(found[-1], goal, free_signs=free_signs) <= tolerance:
                break
        return found
    model = WalkModel(walk, goal, free_signs=free_signs)
    if isinstance(walk, SplitStepWalk) and walk.has_free_u_coins:
        chirp = chirped(walk, goal.amplitudes**2).parameters[None]
        fitted, rest = contest(model, chirp, [Round(50, 1)], recorder, until=tolerance)
        if rest <= tolerance:
            return [fitted]
        starts[1] = fitted.parameters
    own, rest = contest(model, starts[:1], _ROUNDS[:1], recorder, until=tolerance)
    if rest <= tolerance:
        return [own]
    return [contest(model, starts, _ROUNDS, recorder, until=tolerance)[0]]
