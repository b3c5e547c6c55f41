"""The history of a fit, its callback and its progress bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class FitStep(NamedTuple):
    """One step of a descent; candidates that descend together share their steps."""

    evaluation: int
    """Walks evaluated over the whole fit so far."""
    num_qubits: int
    """Qubits of the grid at this stage: a multiscale walk grows from coarse to fine."""
    two_qubit_gates: int
    """Two-qubit gates of the walk at this stage."""
    infidelity: float
    """``1 - (sum_x sqrt(p_x) a_x)**2`` of the best candidate, ``a`` as in the objective."""
    loss: float | None = None
    """What a variational fit minimises."""


class Recorder:
    """Collects every step, tells the callback and moves the progress bar."""

    def __init__(self, callback: Callable[[FitStep], None] | None, progress: bool) -> None:
        self.history: list[FitStep] = []
        self._evaluations = 0
        self._callback = callback
        self._bar = progress_bar("fit", "evaluations") if progress else None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def record(
        self, num_qubits: int, two_qubit_gates: int, costs: Array, loss: float | None = None
    ) -> None:
        """Record the evaluation of a batch of candidates.

        Args:
            num_qubits: Qubits of the grid.
            two_qubit_gates: Two-qubit gates of a candidate.
            costs: Squared distance of each candidate's amplitudes from the target's roots.
            loss: What a variational fit minimises.
        """
        half = float(np.min(costs)) / 2  # 1 - overlap, as both vectors have norm 1
        evaluation = self._evaluations + len(costs)
        step = FitStep(evaluation, num_qubits, two_qubit_gates, half * (2 - half), loss)
        self.repeat(step)
        if self._callback is not None:
            self._callback(step)

    def repeat(self, step: FitStep) -> None:
        """Take over a step of an earlier fit, which the callback has seen."""
        new = step.evaluation - self._evaluations
        self._evaluations = step.evaluation
        self.history.append(step)
        if self._bar is not None:
            self._bar.set_postfix(
                qubits=step.num_qubits,
                gates=step.two_qubit_gates,
                infidelity=f"{step.infidelity:.1e}",
                refresh=False,
            )
            self._bar.update(new)


def progress_bar(title: str, unit: str, total: int | None = None) -> Any:
    """A tqdm progress bar, for a terminal or a notebook.

    Raises:
        ImportError: tqdm is not installed.
    """
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ImportError("progress=True needs tqdm: pip install 'qiskit-ssqw[plot]'") from error
    return tqdm(desc=title, unit=f" {unit}", total=total)
