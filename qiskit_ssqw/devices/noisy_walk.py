r"""A multiscale walk on a noisy device, with exact gradients.

The state is a vector of :math:`\mathrm{tr}(P \rho)` over all products :math:`P` of Paulis, one
axis of length 4 per place of the line. Channels are real matrices on one or two of them (Pauli
transfer matrices; Greenbaum, arXiv:1509.02921). A gradient takes one sweep back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.devices.channels import Channels
from qiskit_ssqw.walks import MultiscaleWalk

Flip = tuple[int, int]

_CHANCES = 0.5 * np.array([[1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, -1.0]])
"""Chances of 0 and 1 by the four entries of a qubit."""


class NoisyWalk:
    """The distribution that is read of a walk at some place of a device.

    Each flip is the device's CX with its errors; each rotation is followed by those of the pulses
    that it takes.

    Args:
        walk: The structure; its angles are ignored.
        places: The device's qubit of each of the walk's qubits.
        channels: Of the device's gates.
        strength: Errors are this much of those that the device states, at most 1.
    """

    def __init__(
        self,
        walk: MultiscaleWalk,
        places: Sequence[int],
        channels: Channels,
        strength: float = 1.0,
    ) -> None:
        self.walk, size = walk, walk.num_qubits
        where = {qubit: place for place, qubit in enumerate(walk.line)}
        self._flips = [(where[control], where[target]) for control, target in walk.flips]
        on_line = [places[qubit] for qubit in walk.line]
        self._rotating = [
            _weaker(channels.rotation(qubit), np.eye(4), strength) for qubit in on_line
        ]
        self._cx = {}
        for control, target in set(self._flips):
            noisy = channels.cx(on_line[control], on_line[target])
            cx = _weaker(noisy, channels.ideal_cx, strength)
            if control > target:  # the control is the second one on the line
                cx = cx.reshape(4, 4, 4, 4).transpose(1, 0, 3, 2).reshape(16, 16)
            self._cx[control, target] = cx
        self._reading = []
        for qubit in on_line:
            up, down = (strength * chance for chance in channels.gates.flips(qubit))
            self._reading.append(np.array([[1 - up, down], [up, 1 - down]]) @ _CHANCES)
        # From axes along the line to the order of sites, the most significant bit first.
        self._axes = [where[qubit] for qubit in range(size - 1, -1, -1)]

    def probabilities(self, parameters: Array) -> Array:
        """What is read, shape ``(2**n,)``.

        Args:
            parameters: Angles in the order of the walk's own.
        """
        return self.vjp(parameters)[0]

    def vjp(self, parameters: Array) -> tuple[Array, Callable[[Array], Array]]:
        """What is read, and a function from its cotangent to that of the parameters."""
        size = self.walk.num_qubits
        initial = parameters[:size][list(self.walk.line)]
        turns = parameters[size:].reshape(-1, 2)
        state = _product(
            [n @ _state(angle) for n, angle in zip(self._rotating, initial, strict=True)]
        )
        states: list[Array] = []
        blocks: list[Array] = []
        for flip, angles in zip(self._flips, turns, strict=True):
            states.append(state)
            first, second = self._turned(flip, angles)
            blocks.append(_kron(first, second) @ self._cx[flip])
            state = _applied(blocks[-1], state, min(flip))
        read = state.reshape((4,) * size)
        for axis, matrix in enumerate(self._reading):
            read = np.moveaxis(np.tensordot(matrix, read, (1, axis)), 0, axis)
        read = read.transpose(self._axes).ravel()
        return read, lambda cotangent: self._back(cotangent, initial, turns, states, blocks)

    def _back(
        self,
        cotangent: Array,
        initial: Array,
        turns: Array,
        states: list[Array],
        blocks: list[Array],
    ) -> Array:
        size = self.walk.num_qubits
        back = cotangent.reshape((2,) * size).transpose(np.argsort(self._axes))
        for axis, matrix in enumerate(self._reading):
            back = np.moveaxis(np.tensordot(matrix, back, (0, axis)), 0, axis)
        back = np.ascontiguousarray(back).ravel()
        by_turn = np.empty_like(turns)
        for index in range(len(states) - 1, -1, -1):
            flip = self._flips[index]
            by_turn[index] = self._by_turns(flip, turns[index], back, states[index])
            back = _applied(blocks[index].T, back, min(flip))
        by_initial = np.empty(size)
        qubits = [n @ _state(angle) for n, angle in zip(self._rotating, initial, strict=True)]
        for place, qubit in enumerate(self.walk.line):
            moved = self._rotating[place] @ _state_derivative(initial[place])
            by_initial[qubit] = back @ _product([*qubits[:place], moved, *qubits[place + 1 :]])
        return np.concatenate([by_initial, by_turn.ravel()])

    def _by_turns(self, flip: Flip, angles: Array, back: Array, state: Array) -> list[float]:
        """Derivatives by the angles behind a flip, those of control and target."""
        shape = (4 ** min(flip), 16, -1)
        both = (back.reshape(shape) @ state.reshape(shape).transpose(0, 2, 1)).sum(axis=0)
        behind = (both @ self._cx[flip].T).reshape(4, 4, 4, 4)
        first, second = self._turned(flip, angles)
        by_matrix = {
            min(flip): np.tensordot(behind, second, ((1, 3), (0, 1))),
            max(flip): np.tensordot(behind, first, ((0, 2), (0, 1))),
        }
        return [
            float(np.sum(by_matrix[place] * (self._rotating[place] @ _turn_derivative(angle))))
            for place, angle in zip(flip, angles, strict=True)
        ]

    def _turned(self, flip: Flip, angles: Array) -> tuple[Array, Array]:
        """The noisy rotations behind a flip, in the order of the line."""
        control, target = (
            self._rotating[place] @ _turn(angle) for place, angle in zip(flip, angles, strict=True)
        )
        return (control, target) if flip[0] < flip[1] else (target, control)


def _applied(block: Array, state: Array, place: int) -> Array:
    """A matrix applied to two neighbouring axes."""
    return (block @ state.reshape(4**place, 16, -1)).ravel()


def _kron(one: Array, other: Array) -> Array:
    """The Kronecker product of two small matrices, faster than NumPy's for any."""
    return (one[:, None, :, None] * other[None, :, None, :]).reshape(16, 16)


def _product(factors: list[Array]) -> Array:
    """A product state."""
    product: Array = reduce(np.multiply.outer, factors)
    return product.ravel()


def _weaker(noisy: Array, ideal: Array, strength: float) -> Array:
    """A channel of which only a share of what is wrong is left."""
    return ideal + strength * (noisy - ideal)


def _state(angle: float) -> Array:
    """The entries of I, X, Y and Z of a qubit after a rotation about y."""
    return np.array([1.0, np.sin(angle), 0.0, np.cos(angle)])


def _state_derivative(angle: float) -> Array:
    return np.array([0.0, np.cos(angle), 0.0, -np.sin(angle)])


def _turn(angle: float) -> Array:
    """A rotation about y."""
    sin, cos = np.sin(angle), np.cos(angle)
    return np.array([[1, 0, 0, 0], [0, cos, 0, sin], [0, 0, 1, 0], [0, -sin, 0, cos]])


def _turn_derivative(angle: float) -> Array:
    sin, cos = np.sin(angle), np.cos(angle)
    return np.array([[0, 0, 0, 0], [0, -sin, 0, cos], [0, 0, 0, 0], [0, -cos, 0, -sin]])
