"""Coins as SU(2) matrices, and Newton's method on all coins of a walk at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.walks.momentum import MomentumWalk
from qiskit_ssqw.walks.rotations import PAULI

_ROUNDING = 1e-13
"""Total variation distance at which Newton's method stops."""

_TINY = 1e-4
_FAINT = 0.5
_FIRST_DAMPING = 1e-2
_DAMPING_RANGE = (1e-15, 1e6)
_PATIENCE, _SLOW = 8, 0.3


def su2(first: Complex, second: Complex) -> Complex:
    """The SU(2) matrices whose first columns are ``(first, second)``, along new last axes."""
    rows = [[first, -second.conj()], [second, first.conj()]]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def u_angles(coins: Complex) -> Array:
    """Angles ``(theta, phi, lam)`` of the ``U`` equal to each SU(2) coin up to its phase."""
    stay, turn = coins[..., 0, 0], coins[..., 1, 0]
    theta = 2 * np.arctan2(np.abs(turn), np.abs(stay))
    first, second = np.angle(stay), np.angle(turn)
    return np.stack([theta, second - first, -second - first], axis=-1)


class Sites(NamedTuple):
    """How the amplitudes of a walk are compared with a target.

    Only the moduli must agree. But near zero the modulus has no derivative, so where it is tiny, or
    far too small, the amplitudes themselves are held to the target's modulus times their present
    direction.
    """

    root: Array
    """Roots of the target's probabilities, shape ``(m,)``."""
    absorbed: bool
    """Whether the coin is the least significant bit of the site."""

    @property
    def tiny(self) -> NDArray[np.bool_]:
        """Where the target's probability nearly vanishes."""
        return self.root**2 < _TINY / len(self.root)

    def rows(self, amplitudes: Complex) -> Complex:
        """Amplitudes ``(..., 2, sites)`` by site of the target and what is traced out there."""
        by_site = np.swapaxes(amplitudes, -1, -2)
        return by_site.reshape(*by_site.shape[:-2], -1, 1) if self.absorbed else by_site

    def total_variation(self, amplitudes: Complex) -> float:
        loaded = np.sum(np.abs(self.rows(amplitudes)) ** 2, axis=-1)
        return 0.5 * float(np.abs(loaded - self.root**2).sum())

    def residuals(self, amplitudes: Complex) -> tuple[Array, Complex, NDArray[np.bool_]]:
        """The residuals, the direction of the amplitudes at each site, and which are held whole."""
        rows = self.rows(amplitudes)
        moduli = np.linalg.norm(rows, axis=-1)
        directions = rows / np.maximum(moduli, np.finfo(float).tiny)[:, None]
        excess = moduli - self.root
        held = self.tiny | (moduli < _FAINT * self.root)
        whole = (excess[:, None] * directions)[held].ravel()
        return np.concatenate([excess[~held], whole.real, whole.imag]), directions, held

    def jacobian(self, derivatives: Complex, directions: Complex, held: NDArray[np.bool_]) -> Array:
        """Derivatives of the residuals, shape ``(residuals, 3 tosses)``."""
        rows = self.rows(derivatives)
        rows = rows.reshape(-1, *rows.shape[2:])
        radial = np.einsum("ns,pns->np", directions[~held].conj(), rows[:, ~held]).real
        whole = rows[:, held].reshape(len(rows), -1).T
        return np.concatenate([radial, whole.real, whole.imag])


def newton(
    walk: MomentumWalk,
    sites: Sites,
    coins: Complex,
    still: int,
    observe: Callable[[float, Complex], None],
    *,
    steps: int,
) -> Complex:
    """Turn the coins until the walk loads the target.

    There are more angles than residuals. Each step is the shortest that solves the damped
    linearised equations, and convergence is quadratic once the damping is gone. A coin ``C`` moves
    to ``exp(i a.sigma) C``, which has no singular points, unlike the angles of U.

    Args:
        walk: The shifts.
        sites: The target.
        coins: First coins in SU(2), shape ``(tosses, 2, 2)``.
        still: Number of first coins that stay as they are.
        observe: Told of the squared residual and the coins of every evaluation.
        steps: Largest number of steps.
    """
    coins, damping = coins.copy(), _FIRST_DAMPING
    amplitudes = walk.amplitudes(coins)
    residuals, directions, held = sites.residuals(amplitudes)
    costs = [float(residuals @ residuals)]
    for _ in range(steps):
        stalled = len(costs) > _PATIENCE and costs[-1] > _SLOW * costs[-1 - _PATIENCE]
        if stalled or sites.total_variation(amplitudes) <= _ROUNDING:
            break
        moves = 1j * np.einsum("jab,tbc->tjac", PAULI, coins)
        moves[:still] = 0
        jacobian = sites.jacobian(walk.derivatives(coins, moves), directions, held)
        gram = jacobian @ jacobian.T
        gained = 0.0
        while gained <= 0 and damping < _DAMPING_RANGE[1]:
            factor = cho_factor(gram + damping * np.eye(len(gram)), check_finite=False)
            turns = -jacobian.T @ cho_solve(factor, residuals, check_finite=False)
            after_turn = turned(coins, turns.reshape(-1, 3))
            there = walk.amplitudes(after_turn)
            after, facing, grasped = sites.residuals(there)
            cost = float(after @ after)
            observe(cost, after_turn)
            gained = 1 - cost / costs[-1]
            damping *= 4 if gained <= 0 else 0.05 if gained > 0.8 else 0.3 if gained > 0.4 else 1
            damping = max(damping, _DAMPING_RANGE[0])
        if gained <= 0:
            break
        coins, amplitudes = after_turn, there
        residuals, directions, held = after, facing, grasped
        costs.append(cost)
    return coins


def turned(coins: Complex, vectors: Array) -> Complex:
    """``exp(i a.sigma) C`` for each coin ``C`` and row ``a``."""
    lengths = np.linalg.norm(vectors, axis=1)
    axes = np.einsum("tj,jab->tab", vectors, PAULI)
    rotations = np.cos(lengths)[:, None, None] * np.eye(2)
    rotations = rotations + 1j * np.sinc(lengths / np.pi)[:, None, None] * axes
    turned_coins: Complex = rotations @ coins
    return turned_coins
