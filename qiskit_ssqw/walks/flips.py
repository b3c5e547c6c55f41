"""Many multiscale walks with the same flips, evaluated together.

A fit compares hundreds of candidates that differ in their angles, or in a flip that is left out.
NumPy's cost per call would dominate each of these small evaluations, so a `FlipSequence` takes a
whole batch of angles at once, and carries the state and all its derivatives through few, large
matrix products: one for each group of flips on three neighbouring qubits. A qubit joins the state
with its first group; until then it is a factor.

Amplitudes are those of a line of qubits ``n-1, ..., 0``, most significant first. A flip acts on
the two qubits of an *edge*, edge ``e`` joining the qubits ``n-1-e`` (high) and ``n-2-e`` (low).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.walks.flip_groups import Groups
from qiskit_ssqw.walks.rotations import qubit, qubit_derivative

Flags = NDArray[np.bool_]
Flip = tuple[int, int]


class Move(NamedTuple):
    """A transposition of qubits, those that stay side by side grouped."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]

    @classmethod
    def between(cls, order: Sequence[int], wanted: Sequence[int]) -> Move:
        place = {position: index for index, position in enumerate(wanted)}
        runs: list[list[int]] = []
        for position in order:
            if runs and place[position] == place[runs[-1][-1]] + 1:
                runs[-1].append(position)
            else:
                runs.append([position])
        axes = sorted(range(len(runs)), key=lambda index: place[runs[index][0]])
        return cls(tuple(2 ** len(run) for run in runs), tuple(axes))

    def apply(self, states: Array) -> Array:
        """Transpose ``(batch, sites, columns)``."""
        if len(self.axes) < 2:
            return states
        batch, _, columns = states.shape
        axes = (0, *(axis + 1 for axis in self.axes), len(self.axes) + 1)
        moved = states.reshape(batch, *self.shape, columns).transpose(axes)
        together: Array = moved.reshape(batch, -1, columns)
        return together


class Stage(NamedTuple):
    """What one group does: bring its qubits to the front, let fresh ones join, multiply."""

    move: Move
    known: int
    """Qubits of the group that are part of the state already."""
    fresh: tuple[int, ...]
    first: int
    flips: list[int]


class FlipSequence:
    """The flips of a multiscale walk, without angles.

    Args:
        num_qubits: Number of qubits ``n``.
        flips: Pairs ``(control, target)`` of qubit indices that differ by one, in order.

    Attributes:
        num_parameters: ``n + 2 * len(flips)``: the initial angle of each qubit from qubit 0 on,
            then control and target angle of each flip.
        order: The parameter that each column of `columns` belongs to, but for the first one.
    """

    def __init__(self, num_qubits: int, flips: Sequence[Flip]) -> None:
        self.num_qubits = num_qubits
        self.edges = [num_qubits - 1 - max(flip) for flip in flips]
        self.control_is_high = np.array([control > target for control, target in flips], bool)
        self.num_parameters = num_qubits + 2 * len(flips)
        flipped = np.where(self.control_is_high[:, None], [0, 1, 3, 2], [0, 3, 2, 1])
        self._flipped = 4 * np.arange(4 * len(flips)).reshape(-1, 4, 1) + flipped[:, None]
        self._groups = Groups(num_qubits, self.edges)
        self._stages, order = self._plan()
        self._idle = [position for position in range(num_qubits) if position not in order]
        self._last = Move.between(order + self._idle, range(num_qubits))
        columns = [
            column
            for stage in self._stages
            for column in (*stage.fresh, *self._columns_of(stage.flips))
        ]
        self.order = np.array([*columns, *self._idle], dtype=np.intp)
        initial = self.order < num_qubits  # counted from the high end so far
        self.order[initial] = num_qubits - 1 - self.order[initial]

    def amplitudes(self, parameters: Array, active: Flags | None = None) -> Array:
        """Evaluate a batch of walks.

        Args:
            parameters: Angles in radians, shape ``(batch, num_parameters)``.
            active: Which flips each walk has, shape ``(batch, flips)``; all by default. A flip
                that is not active is left out together with its rotations.

        Returns:
            Real amplitudes, shape ``(batch, 2**n)``.
        """
        unitaries = self._groups.unitaries(self.blocks(parameters, active))
        return self._carry(parameters, unitaries, None)[..., 0]

    def columns(self, parameters: Array, active: Flags | None = None) -> Array:
        """Amplitudes and derivatives in one array, arguments as for `amplitudes`.

        Returns:
            Shape ``(batch, 2**n, 1 + num_parameters)``: the amplitudes, then their derivatives by
            each parameter of `order`; zero for the angles of a flip that is not active.
        """
        unitaries, inner = self._groups.derivatives(self.blocks(parameters, active))
        if active is not None:
            inner *= active[..., None, None, None]
        return self._carry(parameters, unitaries, inner)

    def jacobian(self, parameters: Array, active: Flags | None = None) -> tuple[Array, Array]:
        """Evaluate a batch of walks and their derivatives, arguments as for `amplitudes`.

        Returns:
            Amplitudes, shape ``(batch, 2**n)``, and their derivatives by each parameter, shape
            ``(batch, num_parameters, 2**n)``; zero for the angles of a flip that is not active.
        """
        columns = self.columns(parameters, active)
        rows = np.empty((len(parameters), self.num_parameters, 2**self.num_qubits))
        rows[:, self.order] = columns[..., 1:].swapaxes(1, 2)
        return columns[..., 0], rows

    def blocks(self, parameters: Array, active: Flags | None = None) -> Array:
        """The matrices ``(RY x RY) CX`` on (high, low), shape ``(batch, flips, 4, 4)``."""
        angles = parameters[:, self.num_qubits :].reshape(len(parameters), -1, 2)
        turned = np.where(self.control_is_high[:, None], angles, angles[..., ::-1])
        high, low = np.moveaxis(_rotation(turned), 2, 0)
        rotations = high[..., :, None, :, None] * low[..., None, :, None, :]
        blocks = np.take(rotations.reshape(len(parameters), -1), self._flipped, axis=1)
        return blocks if active is None else np.where(active[..., None, None], blocks, np.eye(4))

    def pull_back(self, blocks: Array, state: Array, cotangent: Array) -> Array:
        """The gradient of a loss of the amplitudes of one walk, in one sweep back.

        Args:
            blocks: As `blocks` makes them, shape ``(flips, 4, 4)``.
            state: The walk's amplitudes, shape ``(2**n,)``.
            cotangent: The loss's gradient by them.

        Returns:
            Shape ``(num_parameters,)``.
        """
        pair, size = np.stack([state, cotangent]), self.num_qubits
        gradient = np.empty(self.num_parameters)
        for index in range(len(self.edges) - 1, -1, -1):
            high = size - 1 - self.edges[index]
            angles = [_turn(pair, high), _turn(pair, high - 1)]
            if not self.control_is_high[index]:
                angles.reverse()
            gradient[size + 2 * index : size + 2 * index + 2] = angles
            pair = _apply(blocks[index].T, pair, high - 1)
        gradient[:size] = [_turn(pair, qubit) for qubit in range(size)]
        return gradient

    def _plan(self) -> tuple[list[Stage], list[int]]:
        """What to do for each group, and the order of the qubits after the last one."""
        stages: list[Stage] = []
        order: list[int] = []
        for group in self._groups:
            window = range(group.first, group.first + self._groups.width)
            known = [position for position in window if position in order]
            fresh = tuple(position for position in window if position not in order)
            others = [position for position in order if position not in known]
            move = Move.between(order, known + others)
            stages.append(Stage(move, len(known), fresh, group.first, list(group.flips)))
            order = [*window, *others]
        return stages, order

    def _columns_of(self, flips: Sequence[int]) -> list[int]:
        """Parameters of the high and of the low qubit of each flip."""
        pairs = [(self.num_qubits + 2 * flip, self.num_qubits + 2 * flip + 1) for flip in flips]
        return [
            column
            for flip, pair in zip(flips, pairs, strict=True)
            for column in (pair if self.control_is_high[flip] else pair[::-1])
        ]

    def _carry(self, parameters: Array, unitaries: Array, inner: Array | None) -> Array:
        """Carry the state, and one column per derivative met so far, through all groups."""
        initial = parameters[:, self.num_qubits - 1 :: -1] if self.num_qubits > 1 else parameters
        batch, enter = len(parameters), (qubit(initial), qubit_derivative(initial))
        states = np.ones((batch, 1, 1))
        for index, stage in enumerate(self._stages):
            matrices = unitaries[:, index : index + 1]
            born = (
                None
                if inner is None
                else np.take(inner, stage.flips, axis=1).reshape(batch, -1, *matrices.shape[2:])
            )
            moved = stage.move.apply(states).reshape(batch, 2**stage.known, -1)
            states = _through(moved, states.shape[2], *_joined(stage, matrices, born, enter))
        for position in self._idle:
            state, derivative = enter[0][:, position], enter[1][:, position]
            states = _with_idle(states, state, derivative, inner is not None)
        return self._last.apply(states)


def _joined(
    stage: Stage, matrices: Array, born: Array | None, enter: tuple[Array, Array]
) -> tuple[Array, Array | None]:
    """The matrix of a group once its fresh qubits have joined, and its derivatives."""
    for position in reversed(stage.fresh):
        if born is not None:
            by_entry = _contracted(matrices, stage, position, enter[1])
            born = np.concatenate([by_entry, _contracted(born, stage, position, enter[0])], axis=1)
        matrices = _contracted(matrices, stage, position, enter[0])
    return matrices, born


def _contracted(matrices: Array, stage: Stage, position: int, states: Array) -> Array:
    """Put the state of a fresh qubit into the matrices."""
    zero, one = states[:, position].T[..., None, None, None, None]
    split = matrices.reshape(*matrices.shape[:3], 2 ** (position - stage.first), 2, -1)
    joined: Array = split[..., 0, :] * zero + split[..., 1, :] * one
    return joined.reshape(*matrices.shape[:3], -1)


def _through(states: Array, columns: int, step: Array, born: Array | None) -> Array:
    """Multiply the states with a group's matrix, and append the columns that are born in it."""
    batch, inside, _ = states.shape
    full, count = step.shape[2], 0 if born is None else born.shape[1]
    after = np.empty((batch, full, states.shape[2] // columns, columns + count))
    after[..., :columns] = (step[:, 0] @ states).reshape(batch, full, -1, columns)
    if born is not None:
        state = np.ascontiguousarray(states.reshape(batch, inside, -1, columns)[..., 0])
        fresh = born.reshape(batch, count * full, inside) @ state
        after[..., columns:] = fresh.reshape(batch, count, full, -1).transpose(0, 2, 3, 1)
    return after.reshape(batch, -1, columns + count)


def _with_idle(states: Array, entry: Array, derivative: Array, with_derivative: bool) -> Array:
    """Let a qubit without flips join behind the others."""
    batch, sites, columns = states.shape
    after = np.empty((batch, sites, 2, columns + with_derivative))
    after[..., :columns] = states[:, :, None] * entry[:, None, :, None]
    if with_derivative:
        after[..., columns] = states[:, :, :1] * derivative[:, None, :]
    return after.reshape(batch, 2 * sites, -1)


def _rotation(angles: Array) -> Array:
    cos, sin = np.cos(angles / 2), np.sin(angles / 2)
    return np.stack([cos, -sin, sin, cos], axis=-1).reshape(*angles.shape, 2, 2)


def _apply(block: Array, states: Array, low: int) -> Array:
    """Apply a 4x4 ``block`` to qubits ``low + 1, low`` of one or several state vectors."""
    inner = 2**low
    if inner <= 4:  # one large matrix product instead of many tiny ones
        wide = (block[:, None, :, None] * np.eye(inner)[:, None, :]).reshape(4 * inner, -1)
        return np.reshape(states.reshape(-1, 4 * inner) @ wide.T, states.shape)
    return np.reshape(block @ states.reshape(-1, 4, inner), states.shape)


def _turn(pair: Array, qubit: int) -> float:
    """``cotangent . J state / 2``, ``J = [[0, -1], [1, 0]]`` on ``qubit``: dRY/da = J RY / 2."""
    state, cotangent = pair.reshape(2, -1, 2, 2**qubit)
    turned = np.vdot(cotangent[:, 1], state[:, 0]) - np.vdot(cotangent[:, 0], state[:, 1])
    return float(turned) / 2
