"""How one walk of any kind meets a goal, with exact derivatives; no optimiser here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.walks import Walk


class Objective:
    """The residuals of a walk of given structure, and their weighted sum of squares.

    The residuals are ``a - r``, of the amplitudes ``a`` of a signed walk up to a common sign, or of
    the moduli of its amplitudes where signs are free or there are phases.

    Args:
        walk: The walk whose structure is used; its parameters are ignored.
        goal: What to load.
        free_signs: Whether the amplitudes of a signed walk may have any signs.
    """

    def __init__(self, walk: Walk, goal: Goal, *, free_signs: bool = False) -> None:
        self.walk, self.goal = walk, goal
        self._moduli = free_signs or not walk.signed

    def residuals(self, amplitudes: NDArray[Any]) -> Array:
        """What the amplitudes lack, shape ``(sites,)``."""
        if self._moduli:
            amplitudes = np.sqrt(self.walk.marginal(np.abs(amplitudes) ** 2))
        return self._sign(amplitudes) * amplitudes - self.goal.amplitudes

    def error(self) -> float:
        """Distance of the walk as it is."""
        return float(self.goal.errors(self.residuals(self.walk.amplitudes())))

    def columns(self, parameters: Array) -> Array:
        """Residuals and their derivatives by each parameter, shape ``(sites, 1 + p)``."""
        amplitudes, jacobian = self.walk.jacobian(parameters)
        residuals = self.residuals(amplitudes)
        if not self._moduli:
            return np.column_stack([residuals, self._sign(amplitudes) * jacobian])
        along = self.walk.marginal((amplitudes.conj()[:, None] * jacobian).real)
        moduli = np.broadcast_to((residuals + self.goal.amplitudes)[:, None], along.shape)
        moved = np.divide(along, moduli, out=np.zeros_like(along), where=moduli > 0)
        return np.column_stack([residuals, moved])

    def loss(self, parameters: Array, weights: Array) -> tuple[Array, float, Array]:
        """Residuals, their weighted sum of squares, and its gradient, shape ``(p,)``."""
        amplitudes, pullback = self.walk.vjp(parameters)
        residuals = self.residuals(amplitudes)
        by_loaded = 2 * weights * residuals
        loss = float(by_loaded @ residuals) / 2
        if not self._moduli:
            return residuals, loss, pullback(self._sign(amplitudes) * by_loaded)
        moduli = residuals + self.goal.amplitudes
        shares = np.divide(by_loaded, moduli, out=np.zeros_like(moduli), where=moduli > 0)
        by_amplitude = np.tile(shares, len(amplitudes) // len(moduli)) * amplitudes
        return residuals, loss, pullback(by_amplitude)

    def _sign(self, amplitudes: NDArray[Any]) -> float:
        """The common sign: no measurement tells it."""
        negative = not self._moduli and float(amplitudes @ self.goal.amplitudes) < 0
        return -1.0 if negative else 1.0


def error_of(walk: Walk, goal: Goal, *, free_signs: bool = False) -> float:
    """Distance of a walk from a goal; phases never count."""
    return Objective(walk, goal, free_signs=free_signs).error()
