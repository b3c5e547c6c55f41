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


def product_states(angles: Array) -> Array:
    """The product state of each row of angles; the last qubit varies fastest."""
    states = np.ones((len(angles), 1))
    for angle in angles.T:
        states = (states[:, :, None] * qubit(angle)[:, None, :]).reshape(len(angles), -1)
    return states
