"""Single-qubit unitaries, up to their phase, as unit quaternions.

The quaternion ``(q0, q1, q2, q3)`` stands for ``q0 - i (q1 X + q2 Y + q3 Z)``; it and its negative
are the same coin.
"""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.walks.rotations import PAULI

IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


def product(first: Array, second: Array) -> Array:
    """The matrix product of two arrays of quaternions, along the last axis."""
    a, b, c, d = np.moveaxis(first, -1, 0)
    e, f, g, h = np.moveaxis(second, -1, 0)
    parts = [
        a * e - b * f - c * g - d * h,
        a * f + b * e + c * h - d * g,
        a * g - b * h + c * e + d * f,
        a * h + b * g - c * f + d * e,
    ]
    return np.stack(parts, axis=-1)


def inverse(quaternions: Array) -> Array:
    """The inverse of each unit quaternion."""
    result: Array = quaternions * np.array([1.0, -1.0, -1.0, -1.0])
    return result


def from_matrix(matrix: Complex) -> Array:
    """The quaternion of a unitary matrix, shape ``(2, 2)``, whatever its phase."""
    unit = matrix / np.sqrt(np.linalg.det(matrix) + 0j)
    return np.array([unit[0, 0].real, -unit[0, 1].imag, -unit[0, 1].real, -unit[0, 0].imag])


def matrices(quaternions: Array) -> Complex:
    """The matrix of determinant 1 of each quaternion, shape ``(..., 2, 2)``."""
    turned = np.einsum("...k,kab->...ab", quaternions[..., 1:], PAULI)
    return np.asarray(quaternions[..., 0, None, None] * np.eye(2) - 1j * turned)


def turned(quaternions: Array, vectors: Array) -> Array:
    """Each unitary followed by a rotation ``exp(-i vector . (X, Y, Z) / 2)``."""
    angles = np.linalg.norm(vectors, axis=-1, keepdims=True)
    rotations = np.concatenate([np.cos(angles / 2), np.sinc(angles / 2 / np.pi) * vectors / 2], -1)
    return product(rotations, quaternions)


def vectors_between(start: Array, ends: Array) -> Array:
    """The rotation vectors in radians that turn one unitary into others, shape ``(..., 3)``."""
    between = product(ends, inverse(start))
    between = between * np.where(between[..., :1] < 0, -1, 1)
    sines = np.linalg.norm(between[..., 1:], axis=-1, keepdims=True)
    angles = 2 * np.arctan2(sines, between[..., :1])
    return np.asarray(angles * between[..., 1:] / np.maximum(sines, np.finfo(float).tiny))
