"""Batches of walks, evaluated together or one by one."""

from __future__ import annotations

from copy import copy
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.objective import Objective
from qiskit_ssqw.walks import MultiscaleWalk, Walk
from qiskit_ssqw.walks.flips import FlipSequence

Flags = NDArray[np.bool_]

AnyWalk = TypeVar("AnyWalk", bound=Walk)


class WalkModel(Generic[AnyWalk]):
    """Walks of any kind that share their structure, evaluated one by one.

    Args:
        walk: The structure; its angles do not matter.
        goal: What to load.
        free_signs: Whether amplitudes may have any signs.

    Attributes:
        goal: What to load.
        order: The parameter of each column.
        num_qubits: Qubits of the grid.
        two_qubit_gates: Of the member with the fewest.
    """

    def __init__(self, walk: AnyWalk, goal: Goal, *, free_signs: bool = False) -> None:
        self.goal, self._walk, self._free_signs = goal, walk, free_signs
        self._objective = Objective(walk, goal, free_signs=free_signs)
        self.order = np.arange(walk.num_parameters)
        self.num_qubits, self.two_qubit_gates = walk.num_value_qubits, walk.two_qubit_gates

    @property
    def num_residuals(self) -> int:
        return len(self.goal.amplitudes)

    def columns(self, parameters: Array, members: slice) -> Array:
        return np.stack([self._objective.columns(row) for row in parameters])

    def errors(self, residuals: Array) -> Array:
        return self.goal.errors(residuals)

    def weights(self, residuals: Array) -> Array:
        return self.goal.weights(residuals)

    def keep(self, members: NDArray[np.intp]) -> WalkModel[AnyWalk]:
        return self

    def walk(self, member: int, parameters: Array) -> AnyWalk:
        return self._walk.with_parameters(parameters)


class FlipModel(WalkModel[MultiscaleWalk]):
    """Multiscale walks that share their flips, though each may leave some of them out.

    Args:
        walk: The walk with all flips; its angles do not matter.
        goal: What to load.
        active: Which flips each member has, shape ``(batch, flips)``; all by default.
        free_signs: Whether amplitudes may have any signs.
    """

    def __init__(
        self,
        walk: MultiscaleWalk,
        goal: Goal,
        active: Flags | None = None,
        *,
        free_signs: bool = False,
    ) -> None:
        super().__init__(walk, goal, free_signs=free_signs)
        self._active, self._sequence = active, FlipSequence(walk.num_qubits, walk.flips)
        self.order = self._sequence.order
        if active is not None:
            self.two_qubit_gates = int(active.sum(1).min())

    def columns(self, parameters: Array, members: slice) -> Array:
        active = None if self._active is None else self._active[members]
        columns = self._sequence.columns(parameters, active)
        columns *= self._signs(columns[..., 0])[..., None]
        columns[..., 0] -= self.goal.amplitudes
        return columns

    def _signs(self, amplitudes: Array) -> Array:
        """Signs to be taken away: of all amplitudes, or their common one."""
        if self._free_signs:
            return np.where(amplitudes < 0, -1.0, 1.0)
        return np.where(amplitudes @ self.goal.amplitudes < 0, -1.0, 1.0)[:, None]

    def keep(self, members: NDArray[np.intp]) -> FlipModel:
        narrowed = copy(self)
        narrowed._active = None if self._active is None else self._active[members]
        return narrowed

    def first_errors(self, parameters: Array) -> Array:
        """Errors of all members, without any derivatives."""
        loaded = self._sequence.amplitudes(parameters, self._active)
        return self.errors(self._signs(loaded) * loaded - self.goal.amplitudes)

    def walk(self, member: int, parameters: Array) -> MultiscaleWalk:
        """The walk of one member, without the flips that it leaves out."""
        walk = self._walk.with_parameters(parameters)
        if self._active is None or self._active[member].all():
            return walk
        there = np.flatnonzero(self._active[member])
        return MultiscaleWalk(
            walk.num_qubits,
            [walk.flips[flip] for flip in there],
            walk.angles[there],
            initial_angles=walk.initial_angles,
        )
