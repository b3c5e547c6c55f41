"""Fit the angles of a walk of given structure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.contest import Contest, Heat
from qiskit_ssqw.fitting.exact import chirped
from qiskit_ssqw.fitting.large import descend_by_gradient, jacobians_that_fit
from qiskit_ssqw.fitting.models import WalkModel
from qiskit_ssqw.fitting.objective import Merit, merit
from qiskit_ssqw.fitting.record import Recorder, Stopped
from qiskit_ssqw.walks import SplitStepWalk, Walk

Array = NDArray[np.float64]

_RANDOM_STARTS = 7
_HEATS = (Heat(25, 0.0, 2),)
_CHIRP_STEPS = 50
_LAST_STEPS = 2000


def fit_angles(
    walk: Walk,
    probabilities: Array,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> Walk:
    """Fit the angles of one walk, from its own and from random ones.

    Args:
        walk: The structure and the first start.
        probabilities: The target, one number per site.
        tolerance: Deviation to reach.
        rng: Source of the random starts.
        recorder: Told of every evaluation.
        free_signs: Whether the amplitudes of a signed walk may have any signs.

    Returns:
        The walk itself if it meets the tolerance, or else the best one found, which is never worse
        than the walk.
    """

    def judge(candidate: Walk) -> Merit:
        return merit(candidate, probabilities, free_signs=free_signs)

    if judge(walk).deviation <= tolerance:
        return walk
    try:
        found = _descend(walk, probabilities, tolerance, rng, recorder, free_signs)
    except Stopped:
        found = [candidate.walk() for candidate in recorder.candidates]
    return min([*found, walk], key=judge)


def _descend(
    walk: Walk,
    probabilities: Array,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    free_signs: bool,
) -> list[Walk]:
    """Descend from several starts; return those that are left in the end."""
    starts = rng.normal(size=(1 + _RANDOM_STARTS, walk.num_parameters))
    if jacobians_that_fit(walk) < len(starts):
        rivals = [walk, *(walk.with_parameters(start) for start in starts[1:])]
        return [
            descend_by_gradient(rival, probabilities, _LAST_STEPS, recorder, free_signs=free_signs)
            for rival in rivals
        ]
    starts[0] = walk.parameters
    model = WalkModel(walk, probabilities, free_signs=free_signs)
    if isinstance(walk, SplitStepWalk) and walk.has_free_u_coins:
        chirp = Contest(model, chirped(walk, probabilities).parameters[None], recorder)
        chirp.finish(_CHIRP_STEPS, until=tolerance)
        fitted, rest = chirp.winner(tolerance)
        if rest <= tolerance:
            return [fitted]
        starts[1] = fitted.parameters
    contest = Contest(model, starts, recorder)
    contest.heats(_HEATS, until=tolerance)
    contest.finish(_LAST_STEPS, until=tolerance)
    return [contest.winner(tolerance)[0]]
