"""A multiscale walk as a matrix product state along its line, whatever the number of qubits.

Bonds that few flips cross are small, so a walk on more qubits than a state vector holds is a list
of small tensors (Schollwöck, Annals of Physics 326, 96 (2011), sections 4 and 7).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.walks.rotations import qubit


def matrix_product(angles: Array, flips: Iterable[tuple[int, Array]], cutoff: float) -> list[Array]:
    """Apply flips to qubits along a line, cutting off what is rounding.

    Two qubits are multiplied where all tensors to their left, and all to their right, are
    isometries. So the singular values between them are the Schmidt coefficients of the state, and
    leaving one out costs as much of the norm as it is large.

    Args:
        angles: First rotation of each qubit in radians, along the line.
        flips: The place of the left qubit of each, and its matrix on both qubits.
        cutoff: Schmidt coefficients below this share of the largest one are left out.

    Returns:
        Real tensors ``(left bond, 2, right bond)``, all but the first one isometries from the
        right. The outermost bonds are 1.
    """
    tensors = list(qubit(angles)[:, None, :, None])
    centre = 0
    for place, block in flips:
        centre = _moved(tensors, centre, min(max(centre, place), place + 1))
        left, right = tensors[place], tensors[place + 1]
        pair = block @ np.tensordot(left, right, 1).reshape(len(left), 4, -1)
        tensors[place], tensors[place + 1] = _parted(pair.reshape(2 * len(left), -1), cutoff)
        centre = place + 1
    _moved(tensors, centre, 0)
    return tensors


def _moved(tensors: list[Array], centre: int, place: int) -> int:
    """Move the one tensor that is no isometry along the line, and return where it is."""
    while centre < place:
        left, bond = tensors[centre], tensors[centre].shape[2]
        isometry, rest = np.linalg.qr(left.reshape(-1, bond))
        tensors[centre] = isometry.reshape(len(left), 2, -1)
        tensors[centre + 1] = np.tensordot(rest, tensors[centre + 1], 1)
        centre += 1
    while centre > place:
        right, bond = tensors[centre], tensors[centre].shape[0]
        isometry, rest = np.linalg.qr(right.reshape(bond, -1).T)
        tensors[centre] = isometry.T.reshape(-1, 2, right.shape[2])
        tensors[centre - 1] = np.tensordot(tensors[centre - 1], rest.T, 1)
        centre -= 1
    return place


def _parted(matrix: Array, cutoff: float) -> tuple[Array, Array]:
    """Part two qubits' tensor into an isometry and the rest, of norm 1."""
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    kept = int(np.sum(values > cutoff * values[0]))
    weights = values[:kept] / np.linalg.norm(values[:kept])
    rest = weights[:, None] * right[:kept]
    return left[:, :kept].reshape(-1, 2, kept), rest.reshape(kept, 2, -1)
