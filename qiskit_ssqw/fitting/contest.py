"""Let many candidates descend, and narrow them down as they do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting.levenberg_marquardt import Descent
from qiskit_ssqw.fitting.models import WalkModel
from qiskit_ssqw.fitting.record import Candidate, Recorder


class Round(NamedTuple):
    """A short descent of all candidates, after which only the best ones stay."""

    steps: int
    stay: int
    patience: int = 5
    """Steps without a gain after which a candidate has settled."""


def contest(
    model: WalkModel[Any],
    starts: Array,
    rounds: Sequence[Round],
    recorder: Recorder,
    *,
    until: float = 0.0,
) -> tuple[Any, float]:
    """Let candidates for one goal descend together.

    Args:
        model: The candidates.
        starts: Their first angles, shape ``(batch, p)``.
        rounds: The rounds, in order.
        recorder: Told of every evaluation.
        until: Error of any candidate at which the contest ends.

    Returns:
        The walk of lowest error, and its error.
    """
    size = model.num_qubits, model.two_qubit_gates
    members = np.arange(len(starts))  # of those that are left, which they were at first

    def observe(descent: Descent) -> None:
        best = int(np.argmin(descent.errors))
        walk = partial(model.walk, int(members[best]), descent.parameters[best].copy())
        recorder.offer(Candidate(*size, float(descent.errors[best]), walk))
        recorder.record(*size, descent.costs)

    descent = Descent(model, starts, observe)
    for steps, stay, patience in rounds:
        descent.run(steps, until, patience=patience)
        kept = np.argsort(descent.errors, kind="stable")[:stay]
        descent.keep(kept)
        members = members[kept]
        if descent.errors[0] <= until:
            break
    return model.walk(int(members[0]), descent.parameters[0]), float(descent.errors[0])
