"""Many multiscale walks with the same flips, evaluated together.

A fit compares hundreds of candidates that differ in their angles, or in a flip that is left out.
NumPy's cost per call would dominate each of these small evaluations, so a `FlipSequence` takes a
whole batch of angles at once.

Amplitudes are those of a line of qubits ``n-1, ..., 0``, most significant first. A flip acts on
the two qubits of an *edge*, edge ``e`` joining the qubits ``n-1-e`` (high) and ``n-2-e`` (low).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.walks.flip_windows import Windows
from qiskit_ssqw.walks.rotations import product_states

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Flip = tuple[int, int]

_NARROW = 3
"""Up to this width windows are always faster than rows."""
_RELEASED = 4
"""Wider windows pay off if they leave at least so many qubits outside."""


class FlipSequence:
    """The flips of a multiscale walk, without angles.

    Args:
        num_qubits: Number of qubits ``n``.
        flips: Pairs ``(control, target)`` of qubit indices that differ by one, in order.

    Attributes:
        num_parameters: ``n + 2 * len(flips)``: the initial angle of each qubit from qubit 0 on,
            then control and target angle of each flip.
    """

    def __init__(self, num_qubits: int, flips: Sequence[Flip]) -> None:
        self.num_qubits = num_qubits
        self.edges = [num_qubits - 1 - max(flip) for flip in flips]
        self.control_is_high = np.array([control > target for control, target in flips], bool)
        self.num_parameters = num_qubits + 2 * len(flips)
        windows = Windows(num_qubits, self.edges)
        worthwhile = windows.width <= max(_NARROW, num_qubits - _RELEASED)
        self._windows = windows if worthwhile else None

    def amplitudes(self, parameters: Array, active: Flags | None = None) -> Array:
        """Evaluate a batch of walks.

        Args:
            parameters: Angles in radians, shape ``(batch, num_parameters)``.
            active: Which flips each walk has, shape ``(batch, flips)``; all by default. A flip
                that is not active is left out together with its rotations.

        Returns:
            Real amplitudes, shape ``(batch, 2**n)``.
        """
        initial, high, low = self._split(parameters)
        if self._windows is not None:
            return self._windows.amplitudes(initial, self._blocks(high, low, active))
        return self._sweep(initial, high, low, active, derivatives=False)[0]

    def jacobian(self, parameters: Array, active: Flags | None = None) -> tuple[Array, Array]:
        """Evaluate a batch of walks and their derivatives, arguments as for `amplitudes`.

        Returns:
            Amplitudes, shape ``(batch, 2**n)``, and their derivatives by each parameter, shape
            ``(batch, num_parameters, 2**n)``; zero for the angles of a flip that is not active.
        """
        initial, high, low = self._split(parameters)
        if self._windows is not None:
            blocks = self._blocks(high, low, active)
            amplitudes, derivatives = self._windows.jacobian(initial, blocks)
        else:
            amplitudes, derivatives = self._sweep(initial, high, low, active, derivatives=True)
        return amplitudes, self._in_parameter_order(derivatives, active)

    def blocks(self, parameters: Array) -> Array:
        """The 4x4 matrix of each flip on (high, low), shape ``(batch, flips, 4, 4)``."""
        _, high, low = self._split(parameters)
        return self._blocks(high, low, None)

    def _split(self, parameters: Array) -> tuple[Array, Array, Array]:
        """Initial angles from the high end on, angle of the high and of the low qubit per flip."""
        initial = parameters[:, self.num_qubits - 1 :: -1]
        angles = parameters[:, self.num_qubits :].reshape(len(parameters), -1, 2)
        control, target = angles[..., 0], angles[..., 1]
        high = np.where(self.control_is_high, control, target)
        low = np.where(self.control_is_high, target, control)
        return initial, high, low

    def _in_parameter_order(self, derivatives: Array, active: Flags | None) -> Array:
        size = self.num_qubits
        order = np.arange(self.num_parameters)
        order[:size] = order[:size][::-1]
        pairs = order[size:].reshape(-1, 2)
        pairs[~self.control_is_high] = pairs[~self.control_is_high][:, ::-1]
        if not np.array_equal(order[size:], np.arange(size, self.num_parameters)):
            derivatives = derivatives[:, order]
        else:
            derivatives[:, :size] = derivatives[:, order[:size]]
        if active is not None:
            derivatives[:, size:] *= np.repeat(active, 2, axis=1)[..., None]
        return derivatives

    def _blocks(self, high: Array, low: Array, active: Flags | None) -> Array:
        """The 4x4 matrices ``(RY x RY) CX`` on (high, low), shape ``(batch, flips, 4, 4)``."""
        rotations = np.einsum("bfij,bfkl->bfikjl", _rotation(high), _rotation(low))
        columns = np.where(self.control_is_high[:, None], [0, 1, 3, 2], [0, 3, 2, 1])
        blocks = np.take_along_axis(
            rotations.reshape(*high.shape, 4, 4), columns[None, :, None, :], axis=3
        )
        return blocks if active is None else np.where(active[..., None, None], blocks, np.eye(4))

    def _sweep(
        self, initial: Array, high: Array, low: Array, active: Flags | None, *, derivatives: bool
    ) -> tuple[Array, Array]:
        """Carry the state, and one row per derivative met so far, through all flips.

        The batch is the last axis, so that one walk's rows stay together in memory.
        """
        size, batch = self.num_qubits, len(initial)
        rows = np.empty((2**size, 1 + derivatives * self.num_parameters, batch))
        rows[:, 0] = product_states(initial).T
        known = 1
        if derivatives:
            for position in range(size):
                _write_generator(rows, 1 + position, position)
            known += size
        coefficients = [np.cos(high / 2), np.sin(high / 2), np.cos(low / 2), np.sin(low / 2)]
        for index, edge in enumerate(self.edges):
            window = rows.reshape(2**edge, 2, 2, -1, *rows.shape[1:])[..., :known, :]
            cos_sin = [np.repeat(values[None, :, index], known, axis=0) for values in coefficients]
            idle = np.flatnonzero([] if active is None else ~active[:, index])
            untouched = window[..., idle]
            _flip(window, *cos_sin, control_is_high=bool(self.control_is_high[index]))
            window[..., idle] = untouched
            if derivatives:
                _write_generator(rows, known, edge)
                _write_generator(rows, known + 1, edge + 1)
                known += 2
        by_walk = np.ascontiguousarray(rows.transpose(2, 1, 0))
        return by_walk[:, 0], by_walk[:, 1:]


def _rotation(angles: Array) -> Array:
    cos, sin = np.cos(angles / 2), np.sin(angles / 2)
    return np.stack([cos, -sin, sin, cos], axis=-1).reshape(*angles.shape, 2, 2)


def _write_generator(rows: Array, row: int, position: int) -> None:
    """Set a row to ``J state / 2`` on one qubit, ``J = [[0, -1], [1, 0]]``: dRY/da = J RY / 2."""
    halves = rows.reshape(2**position, 2, -1, *rows.shape[1:])
    halves[:, 0, :, row] = -0.5 * halves[:, 1, :, 0]
    halves[:, 1, :, row] = 0.5 * halves[:, 0, :, 0]


def _flip(
    window: Array,
    cos_high: Array,
    sin_high: Array,
    cos_low: Array,
    sin_low: Array,
    *,
    control_is_high: bool,
) -> None:
    """Apply ``(RY x RY) CX`` in place to the axes 1 (high) and 2 (low) of ``window``."""
    a, b, c, d = (window[:, high, low] for high in (0, 1) for low in (0, 1))
    flipped = (a, b, d, c) if control_is_high else (a, d, c, b)
    first, second = _rotate(*flipped[:2], cos_low, sin_low)
    third, fourth = _rotate(*flipped[2:], cos_low, sin_low)
    a[:], c[:] = _rotate(first, third, cos_high, sin_high)
    b[:], d[:] = _rotate(second, fourth, cos_high, sin_high)


def _rotate(zero: Array, one: Array, cos: Array, sin: Array) -> tuple[Array, Array]:
    return cos * zero - sin * one, sin * zero + cos * one
