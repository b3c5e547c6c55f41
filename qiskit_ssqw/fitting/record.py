"""The history of a fit, its callback and its progress bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.objective import Objective

Array = NDArray[np.float64]


class FitStep(NamedTuple):
    """One evaluation of the walk during a fit."""

    evaluation: int
    """Counted from 1 over the whole fit."""
    num_qubits: int
    """Qubits of the grid at this stage: a multiscale walk grows from coarse to fine."""
    two_qubit_gates: int
    """Two-qubit gates of the walk at this stage."""
    infidelity: float
    """``1 - (sum_x sqrt(p_x) a_x)**2`` on the grid of this stage, ``a`` as in the objective."""


class Recorder:
    """Collects every evaluation, tells the callback and moves the progress bar."""

    def __init__(self, callback: Callable[[FitStep], None] | None, progress: bool) -> None:
        self.history: list[FitStep] = []
        self._callback = callback
        self._bar = _progress_bar() if progress else None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def watch_loss(self, objective: Objective) -> Callable[[Array], tuple[float, Array]]:
        """Wrap the loss so that each call is recorded."""

        def watched(parameters: Array) -> tuple[float, Array]:
            value, gradient = objective.loss(parameters)
            self._record(objective, -np.expm1(-value))
            return value, gradient

        return watched

    def watch_residuals(self, objective: Objective) -> Callable[[Array], Array]:
        """Wrap the residuals so that each call is recorded."""

        def watched(parameters: Array) -> Array:
            residuals = objective.residuals(parameters)
            half = float(residuals @ residuals) / 2  # 1 - overlap, as both vectors have norm 1
            self._record(objective, half * (2 - half))
            return residuals

        return watched

    def _record(self, objective: Objective, infidelity: float) -> None:
        walk = objective.walk
        step = FitStep(len(self.history) + 1, walk.num_qubits, walk.two_qubit_gates, infidelity)
        self.history.append(step)
        if self._callback is not None:
            self._callback(step)
        if self._bar is not None:
            self._bar.set_postfix(
                qubits=step.num_qubits,
                gates=step.two_qubit_gates,
                infidelity=f"{infidelity:.1e}",
                refresh=False,
            )
            self._bar.update()


def _progress_bar() -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ImportError("progress=True needs tqdm: pip install 'qiskit-ssqw[plot]'") from error
    return tqdm(desc="fit", unit=" evaluations")
