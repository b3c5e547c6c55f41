"""Batches of walks as least-squares models."""

from __future__ import annotations

from copy import copy
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.objective import Objective
from qiskit_ssqw.walks import MultiscaleWalk, Walk
from qiskit_ssqw.walks.flips import FlipSequence

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

AnyWalk = TypeVar("AnyWalk", bound=Walk)


class FlipModel:
    """Multiscale walks that share their flips, though each may leave some of them out.

    The residuals are ``a - sqrt(p)``, or ``|a| - sqrt(p)`` where signs are free.

    Args:
        walk: The walk with all flips; its angles do not matter.
        probabilities: The target, shape ``(2**n,)``.
        active: Which flips each member has, shape ``(batch, flips)``; all by default.
        free_signs: Whether amplitudes may have any signs.

    Attributes:
        root: Roots of the target's probabilities.
    """

    def __init__(
        self,
        walk: MultiscaleWalk,
        probabilities: Array,
        active: Flags | None = None,
        *,
        free_signs: bool = False,
    ) -> None:
        self._walk, self._active, self.root = walk, active, np.sqrt(probabilities)
        self._free_signs = free_signs
        self._sequence = FlipSequence(walk.num_qubits, walk.flips)

    @property
    def num_qubits(self) -> int:
        return self._walk.num_qubits

    @property
    def two_qubit_gates(self) -> int:
        """Of the member with the fewest."""
        return len(self._walk.flips) if self._active is None else int(self._active.sum(1).min())

    def evaluate(self, parameters: Array) -> tuple[Array, Array]:
        amplitudes, jacobian = self._sequence.jacobian(parameters, self._active)
        if not self._free_signs:
            return amplitudes - self.root, jacobian
        signs = np.where(amplitudes < 0, -1.0, 1.0)
        return amplitudes * signs - self.root, jacobian * signs[:, None]

    def keep(self, members: NDArray[np.intp]) -> FlipModel:
        if self._active is None:
            return self
        narrowed = copy(self)
        narrowed._active = self._active[members]
        return narrowed

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


class WalkModel(Generic[AnyWalk]):
    """Walks of either kind that share their structure, evaluated one by one.

    Args:
        walk: The structure; its angles do not matter.
        probabilities: The target, one number per site.
        free_signs: Whether the moduli of a signed walk are fitted, not its amplitudes.

    Attributes:
        root: Roots of the target's probabilities.
    """

    def __init__(self, walk: AnyWalk, probabilities: Array, *, free_signs: bool = False) -> None:
        self._objective = Objective(walk, probabilities, free_signs=free_signs)
        self._walk = walk
        self.root = np.sqrt(probabilities)
        self.num_qubits, self.two_qubit_gates = walk.num_value_qubits, walk.two_qubit_gates

    def evaluate(self, parameters: Array) -> tuple[Array, Array]:
        pairs = [self._objective.evaluate(row) for row in parameters]
        residuals, jacobians = zip(*pairs, strict=True)
        return np.stack(residuals), np.stack([jacobian.T for jacobian in jacobians])

    def keep(self, members: NDArray[np.intp]) -> WalkModel[AnyWalk]:
        return self

    def walk(self, member: int, parameters: Array) -> AnyWalk:
        return self._walk.with_parameters(parameters)
