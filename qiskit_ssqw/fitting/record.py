"""What a fit has met and how it got there, for its callback, its progress bar and its history."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._progress import progress_bar

Callback = Callable[["FitStep"], None]


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


class Candidate(NamedTuple):
    """A walk that a search has met."""

    num_qubits: int
    two_qubit_gates: int
    error: float
    """How far it is from the target on its grid."""
    walk: Callable[[], Any]
    """Returns the walk."""


class Stopped(Exception):  # noqa: N818 - it is no error
    """Leaves a search from within an evaluation, because it is time to stop."""


class Ending:
    """When a fit, or a search that consists of several, ends early, and why.

    Args:
        callback: Called with each step; it ends the fit by raising ``StopIteration``.
        max_seconds: Time after which the fit ends, from now on; None for no end.
        name: What it is that ends.

    Attributes:
        reason: Why the fit was ended early, a sentence; None if it was not.

    Raises:
        TypeError: The time is no number.
        ValueError: It is not positive or not finite.
    """

    def __init__(
        self,
        callback: Callback | None = None,
        max_seconds: float | None = None,
        name: str = "fit",
    ) -> None:
        wait = math.inf if max_seconds is None else check.positive(max_seconds, "max_seconds")
        self.reason: str | None = None
        self._callback, self._end, self._name = callback, time.monotonic() + wait, name

    def observe(self, step: FitStep) -> None:
        """Show a step to the callback, and look at the clock.

        Raises:
            Stopped: The callback wants an end, or time has run out.
        """
        if self._callback is not None:
            try:
                self._callback(step)
            except StopIteration as stop:
                self.reason = f"The callback stopped the {self._name}."
                raise Stopped from stop
        self.watch_the_clock()

    def watch_the_clock(self) -> None:
        """Raise `Stopped` if time has run out."""
        if time.monotonic() >= self._end:
            self.reason = f"Time ran out before the {self._name} had ended."
            raise Stopped


class Recorder:
    """Collects every step and the best candidates, and ends the fit when it is time.

    Args:
        ending: When that is; by default never.
        progress: Whether to show a progress bar.

    Attributes:
        history: The steps.
    """

    def __init__(self, ending: Ending | None = None, progress: bool = False) -> None:
        self.history: list[FitStep] = []
        self._ending = ending or Ending()
        self._candidates: dict[tuple[int, int], Candidate] = {}
        self._change: Callable[[Any], Any] = lambda walk: walk
        self._bar = progress_bar("fit", "evaluations") if progress else None

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    @property
    def stop(self) -> str | None:
        """Why the fit was ended early, a sentence; None if it was not."""
        return self._ending.reason

    @property
    def candidates(self) -> list[Candidate]:
        """The best candidate of each size of grid and number of gates."""
        return list(self._candidates.values())

    def record(
        self, num_qubits: int, two_qubit_gates: int, costs: Array, loss: float | None = None
    ) -> None:
        """Record the evaluation of a batch of candidates.

        Args:
            num_qubits: Qubits of the grid.
            two_qubit_gates: Two-qubit gates of a candidate.
            costs: Squared distance of each candidate's amplitudes from the target's roots.
            loss: What a variational fit minimises.

        Raises:
            Stopped: The callback wants the fit to end, or time has run out.
        """
        half = float(np.min(costs)) / 2  # 1 - overlap, as both vectors have norm 1
        evaluation = self._evaluations + len(costs)
        step = FitStep(evaluation, num_qubits, two_qubit_gates, half * (2 - half), loss)
        self.repeat(step)
        self._ending.observe(step)

    def repeat(self, step: FitStep) -> None:
        """Take over a step of an earlier fit, which the callback has seen."""
        new = step.evaluation - self._evaluations
        self.history.append(step)
        if self._bar is not None:
            self._bar.set_postfix(
                qubits=step.num_qubits,
                gates=step.two_qubit_gates,
                infidelity=f"{step.infidelity:.1e}",
                refresh=False,
            )
            self._bar.update(new)

    def watch_the_clock(self) -> None:
        """Raise `Stopped` if time has run out."""
        self._ending.watch_the_clock()

    def offer(self, candidate: Candidate) -> None:
        """Keep a candidate, if it is the best one so far of its size and number of gates."""
        key = candidate.num_qubits, candidate.two_qubit_gates
        if key not in self._candidates or candidate.error < self._candidates[key].error:
            change, walk = self._change, candidate.walk
            self._candidates[key] = candidate._replace(walk=lambda: change(walk()))

    @contextmanager
    def changing(self, change: Callable[[Any], Any]) -> Iterator[None]:
        """For a while, change all candidates that are offered before they are kept."""
        before, self._change = self._change, change
        try:
            yield
        finally:
            self._change = before

    @property
    def _evaluations(self) -> int:
        return self.history[-1].evaluation if self.history else 0
