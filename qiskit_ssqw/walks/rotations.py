"""Single qubits after an RY rotation, and products of them, for whole batches of angles; Paulis."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
"""The matrices X, Y and Z, shape ``(3, 2, 2)``."""


def qubit(angles: Array) -> Array:
    """``RY(angle)|0>`` of each angle, along a new last axis."""
    return np.stack([np.cos(angles / 2), np.sin(angles / 2)], axis=-1)


def qubit_derivative(angles: Array) -> Array:
    """The derivative of `qubit` by each angle."""
    return np.stack([-np.sin(angles / 2), np.cos(angles / 2)], axis=-1) / 2


def product_states(angles: Array, derivative_at: int | None = None) -> Array:
    """The product state of each row of angles, or its derivative by one of them.

    The last qubit varies fastest.
    """
    states = np.ones((len(angles), 1))
    for position, angle in enumerate(angles.T):
        factor = qubit_derivative(angle) if position == derivative_at else qubit(angle)
        states = (states[:, :, None] * factor[:, None, :]).reshape(len(angles), -1)
    return states
