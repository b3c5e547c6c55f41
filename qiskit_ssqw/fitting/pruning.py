"""Remove the flips that a walk can do without."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.contest import Contest, Heat
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.walks import MultiscaleWalk

Array = NDArray[np.float64]

Flags = NDArray[np.bool_]

_FIRST_STEPS = 5
_HEATS = (Heat(0, 0.35, 4), Heat(15, 0.35, 2))
_LAST_STEPS = 60
_MANY = 20
_SEVERAL = (8, 4, 2)


def prune(
    walk: MultiscaleWalk, probabilities: Array, tolerance: float, recorder: Recorder
) -> MultiscaleWalk:
    """Remove one flip after another, or several at once, as long as the tolerance is met."""
    while walk.flips:
        shorter, error = without_some_flips(walk, probabilities, tolerance, recorder)
        if error > tolerance:
            break
        walk = shorter
    return walk


def without_some_flips(
    walk: MultiscaleWalk, probabilities: Array, tolerance: float, recorder: Recorder
) -> tuple[MultiscaleWalk, float]:
    """Leave each flip out in turn, fit what remains, and return the best walk found.

    While there is much to gain, the flips that are missed least are left out together.

    Args:
        walk: A walk with at least one flip.
        probabilities: The target.
        tolerance: Total variation at which a walk is good enough to stop.
        recorder: Told of every evaluation.

    Returns:
        The walk and its total variation distance.
    """
    flips = len(walk.flips)
    singles = _contest(walk, ~np.eye(flips, dtype=bool), probabilities, recorder)
    singles.run(_FIRST_STEPS)
    least_missed = np.argsort(singles.costs, kind="stable")
    several = _SEVERAL if flips >= _MANY else ()
    for count in several:
        active = np.ones((1, flips), dtype=bool)
        active[0, least_missed[:count]] = False
        bold = _contest(walk, active, probabilities, recorder)
        bold.run(_LAST_STEPS)
        found = bold.winner(tolerance)
        if found[1] <= tolerance / 2:
            return found
    singles.heats(_HEATS)
    singles.finish(_LAST_STEPS, until=tolerance)
    return singles.winner(tolerance)


def _contest(
    walk: MultiscaleWalk, active: Flags, probabilities: Array, recorder: Recorder
) -> Contest:
    starts = np.repeat(walk.parameters[None], len(active), axis=0)
    return Contest(FlipModel(walk, probabilities, active), starts, probabilities, recorder)
