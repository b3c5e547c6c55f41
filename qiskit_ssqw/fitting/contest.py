"""Let many candidates descend, and narrow them down as they do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.levenberg_marquardt import Descent
from qiskit_ssqw.fitting.models import FlipModel, WalkModel
from qiskit_ssqw.fitting.record import Candidate, Recorder

Array = NDArray[np.float64]

_HEAT_SETTLES_AT = 1e-3


class Heat(NamedTuple):
    """A short descent of all candidates, after which the worse ones drop out."""

    steps: int
    survivors: float
    """Fraction of the candidates that stay."""
    at_least: int
    """Number of them that stay in any case."""


class Contest:
    """Candidates for one target that descend together.

    Args:
        model: The candidates.
        parameters: Their first angles, shape ``(batch, p)``.
        recorder: Told of every evaluation.
    """

    def __init__(
        self,
        model: FlipModel | WalkModel[Any],
        parameters: Array,
        recorder: Recorder,
    ) -> None:
        self._model, self._root = model, model.root

        size = model.num_qubits, model.two_qubit_gates

        def observe(descent: Descent) -> None:
            errors = self._errors_of(descent.residuals)
            best = int(np.argmin(errors))
            angles = descent.parameters[best].copy()
            walk = partial(self._model.walk, best, angles)
            recorder.offer(Candidate(*size, float(errors[best]), walk))
            recorder.record(*size, descent.costs)

        self._descent = Descent(model, parameters, observe)

    @property
    def errors(self) -> Array:
        """How far each candidate is from the target, as `objective.deviation` counts it."""
        return self._errors_of(self._descent.residuals)

    @property
    def costs(self) -> Array:
        """Squared residual of each candidate, which the descent minimises."""
        costs: Array = self._descent.costs
        return costs

    def run(self, steps: int) -> None:
        """Let all candidates descend for a few steps."""
        self._run(steps, None, small_gain=_HEAT_SETTLES_AT, patience=1)

    def heats(self, heats: Sequence[Heat], *, until: float | None = None) -> None:
        """Narrow the candidates down to those of lowest cost, the best first.

        Args:
            heats: The rounds, in order.
            until: Error of any candidate at which the rest is not needed.
        """
        for heat in heats:
            self._run(heat.steps, until, small_gain=_HEAT_SETTLES_AT, patience=1)
            stay = max(heat.at_least, int(np.ceil(heat.survivors * len(self._descent.costs))))
            self._keep(np.argsort(self._descent.costs, kind="stable")[:stay])
            if until is not None and self.errors.min() <= until:
                break

    def finish(self, steps: int, *, until: float | None = None) -> None:
        """Let all remaining candidates descend until they settle, or one reaches ``until``."""
        self._run(steps, until, small_gain=1e-3, patience=5)

    def insist(self, steps: int, *, until: float) -> None:
        """Let the best candidate descend as long as there is any gain, or to ``until``."""
        self._keep(np.argsort(self._descent.costs, kind="stable")[:1])
        self._run(steps, until, small_gain=1e-5, patience=20)

    def winner(self, tolerance: float) -> tuple[Any, float]:
        """The candidate of lowest cost within the tolerance, or else of lowest error.

        Returns:
            The walk, and its error.
        """
        errors, costs = self.errors, self._descent.costs
        ranks = np.where(errors <= tolerance, costs - costs.max() - 1, errors)
        best = int(np.argmin(ranks))
        return self._model.walk(best, self._descent.parameters[best]), float(errors[best])

    def _run(self, steps: int, until: float | None, *, small_gain: float, patience: int) -> None:
        def close_enough(residuals: Array) -> bool:
            return until is not None and bool(self._errors_of(residuals).min() <= until)

        self._descent.run(steps, until=close_enough, small_gain=small_gain, patience=patience)

    def _errors_of(self, residuals: Array) -> Array:
        loaded = (residuals + self._root) ** 2
        distances: Array = 0.5 * np.abs(loaded - self._root**2).sum(axis=1)
        missing = np.sum(residuals**2, axis=1) / 2  # 1 - overlap, as both vectors have norm 1
        errors: Array = np.maximum(distances, missing * (2 - missing) / 2)
        return errors

    def _keep(self, members: NDArray[np.intp]) -> None:
        self._model = self._model.keep(members)
        self._descent.keep(members)
