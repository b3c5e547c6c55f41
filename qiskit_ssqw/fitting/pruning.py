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
_LAST_STEPS = 50
_BOLD_STEPS = 30
_MANY = 20
"""From so many flips on a sample is left out first, and several flips at once."""
_TOO_MANY = 60
"""From so many flips on only the sample is tried."""
_TOO_LARGE = 2**15
"""Flips times sites above which leaving flips out one by one takes minutes."""
_SAMPLE = 12
_SEVERAL = (6, 3)
_BOLD = 0.9
"""Several flips at once are left out only if the error stays below this part of the tolerance."""


def prune(
    walk: MultiscaleWalk,
    probabilities: Array,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> list[MultiscaleWalk]:
    """Remove one flip after another, or several at once, as long as the tolerance is met.

    Args:
        walk: A walk within the tolerance.
        probabilities: The target, shape ``(2**n,)``.
        tolerance: Total variation to keep.
        rng: Chooses which flips are tried first where there are many.
        recorder: Told of every evaluation.
        free_signs: Whether amplitudes may have any signs.

    Returns:
        The walk and its successors, each with fewer flips than the one before.
    """
    walks = [walk]
    while 0 < len(walks[-1].flips) * 2**walk.num_qubits < _TOO_LARGE:
        flips = rng.permutation(len(walks[-1].flips))
        for tried in _turns(flips):
            shorter, error = without_some_flips(
                walks[-1], np.sort(tried), probabilities, tolerance, recorder, free_signs=free_signs
            )
            if error <= tolerance:
                walks.append(shorter)
                break
        else:
            break
    return walks


def _turns(flips: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Which flips to leave out first, and next if that fails: many flips cost much time."""
    if len(flips) < _MANY:
        return [flips]
    return [flips[:_SAMPLE], flips] if len(flips) < _TOO_MANY else [flips[:_SAMPLE]]


def eliminate(
    walk: MultiscaleWalk,
    probabilities: Array,
    down_to: int,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> list[MultiscaleWalk]:
    """Remove flip after flip, whatever the error, until ``down_to`` are left.

    Returns:
        The walk and its successors, each with one flip less than the one before.
    """
    walks = [walk]
    while len(walks[-1].flips) > down_to:
        all_flips = np.arange(len(walks[-1].flips))
        shorter, _ = without_some_flips(
            walks[-1], all_flips, probabilities, 0.0, recorder, free_signs=free_signs
        )
        walks.append(shorter)
    return walks


def without_some_flips(
    walk: MultiscaleWalk,
    tried: NDArray[np.intp],
    probabilities: Array,
    tolerance: float,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> tuple[MultiscaleWalk, float]:
    """Leave each of some flips out in turn, fit what remains, and return the best walk found.

    While there is much to gain, the flips that are missed least are left out together.

    Args:
        walk: A walk with at least one flip.
        tried: Indices of the flips to leave out.
        probabilities: The target.
        tolerance: Total variation at which a walk is good enough to stop.
        recorder: Told of every evaluation.
        free_signs: Whether amplitudes may have any signs.

    Returns:
        The walk and its total variation distance.
    """
    flips = len(walk.flips)
    singles = _contest(walk, ~np.eye(flips, dtype=bool)[tried], probabilities, recorder, free_signs)
    singles.run(_FIRST_STEPS)
    least_missed = tried[np.argsort(singles.costs, kind="stable")]
    for count in _SEVERAL if flips >= _MANY and tolerance > 0 else ():
        active = np.ones((1, flips), dtype=bool)
        active[0, least_missed[:count]] = False
        bold = _contest(walk, active, probabilities, recorder, free_signs)
        bold.run(_BOLD_STEPS)
        found = bold.winner(tolerance)
        if found[1] <= _BOLD * tolerance:
            return found
    singles.heats(_HEATS)
    singles.finish(_LAST_STEPS, until=tolerance)
    return singles.winner(tolerance)


def _contest(
    walk: MultiscaleWalk,
    active: Flags,
    probabilities: Array,
    recorder: Recorder,
    free_signs: bool,
) -> Contest:
    starts = np.repeat(walk.parameters[None], len(active), axis=0)
    model = FlipModel(walk, probabilities, active, free_signs=free_signs)
    return Contest(model, starts, recorder)
