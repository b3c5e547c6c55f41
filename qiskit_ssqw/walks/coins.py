"""Coins of one qubit by their angles, and the shifts that they decide."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex


def step_angles(angles: ArrayLike) -> Array:
    """Check the coin angles of split steps."""
    array = check.real_array(angles, "coin_angles")
    if array.ndim not in (2, 3) or array.shape[1:] not in ((2,), (2, 3)):
        raise ValueError(
            "coin_angles must have shape (steps, 2) for RY or (steps, 2, 3) for U coins, "
            f"got {array.shape}"
        )
    if len(array) == 0:
        raise ValueError("coin_angles must hold at least one split step, got none")
    return array


def single_coin(angles: ArrayLike | None, name: str) -> Array | None:
    """Check the angles of one coin, if there is one."""
    if angles is None:
        return None
    array = check.real_array(angles, name)
    if array.shape not in ((), (3,)):
        raise ValueError(
            f"{name} must be one angle (RY) or three angles (U), got shape {array.shape}"
        )
    return array


def as_u(angles: Array) -> Array:
    """Coin angles as rows ``(theta, phi, lam)``; ``RY(theta) = U(theta, 0, 0)``."""
    if angles.shape[-1:] == (3,):
        return angles.reshape(-1, 3)
    return np.pad(angles.reshape(-1, 1), ((0, 0), (0, 2)))


def u_matrices(angles: Array) -> tuple[Complex, Complex]:
    """Qiskit's ``U(theta, phi, lam)`` and its three derivatives for each row of ``angles``."""
    theta, phi, lam = angles.T
    cos, sin = np.cos(theta / 2), np.sin(theta / 2)
    up, right = np.exp(1j * phi), np.exp(1j * lam)
    zero = np.zeros_like(cos)
    matrices = [[cos, -right * sin], [up * sin, up * right * cos]]
    by_theta = [[-sin / 2, -right * cos / 2], [up * cos / 2, -up * right * sin / 2]]
    by_phi = [[zero, zero], [1j * up * sin, 1j * up * right * cos]]
    by_lam = [[zero, -1j * right * sin], [zero, 1j * up * right * cos]]
    derivatives = np.array([by_theta, by_phi, by_lam], dtype=complex)
    return (
        np.moveaxis(np.array(matrices, dtype=complex), -1, 0),
        np.moveaxis(derivatives, -1, 0),
    )


def shift_walker(state: Complex, shift: int, *, undo: bool = False) -> None:
    """Apply S+ (moves coin 1 up), S- (moves coin 0 down) or nothing, in place.

    The last two axes of ``state`` are coin and position.
    """
    if shift:
        moved = state[..., 1 if shift > 0 else 0, :]
        moved[...] = np.roll(moved, -shift if undo else shift, axis=-1)
