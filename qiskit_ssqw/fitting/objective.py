"""How far a walk is from a target, with exact derivatives; no optimiser here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.walks import Walk

Array = NDArray[np.float64]


class Objective:
    """The fidelity between a walk of given structure and a target distribution.

    With ``a`` the amplitudes of a signed walk, or the moduli ``sqrt(q)`` otherwise, the loss is
    ``-log (sum_x sqrt(p_x) a_x)**2`` and the residuals are ``a - sqrt(p)``. Both vanish exactly
    when the target is loaded; for moduli the sum of squared residuals is twice the squared
    Hellinger distance.

    Args:
        walk: The walk whose structure is used; its parameters are ignored.
        probabilities: The target, one number per site, non-negative with sum 1.
    """

    def __init__(self, walk: Walk, probabilities: Array) -> None:
        self.walk = walk
        self._root = np.sqrt(probabilities)

    def loss(self, parameters: Array) -> tuple[float, Array]:
        """Return the loss and its gradient, shape ``(num_parameters,)``."""
        amplitudes, pullback = self.walk.vjp(parameters)
        loaded = self._loaded(amplitudes)
        overlap = self._root @ loaded
        by_loaded = -2.0 * self._root / overlap
        if self.walk.signed:
            return -2.0 * float(np.log(np.abs(overlap))), pullback(by_loaded)
        weights = np.divide(by_loaded, loaded, out=np.zeros_like(loaded), where=loaded > 0)
        copies = len(amplitudes) // len(loaded)
        return -2.0 * float(np.log(overlap)), pullback(np.tile(weights, copies) * amplitudes)

    def evaluate(self, parameters: Array) -> tuple[Array, Array]:
        """Return the residuals ``a - sqrt(p)``, one per site, and their derivatives.

        The derivatives have shape ``(sites, num_parameters)``.
        """
        amplitudes, jacobian = self.walk.jacobian(parameters)
        loaded = self._loaded(amplitudes)
        residuals = loaded - self._root
        if self.walk.signed:
            return residuals, jacobian
        products = self.walk.marginal((amplitudes.conj()[:, None] * jacobian).real)
        moduli = np.broadcast_to(loaded[:, None], products.shape)
        return residuals, np.divide(products, moduli, out=np.zeros_like(products), where=moduli > 0)

    def _loaded(self, amplitudes: NDArray[Any]) -> Array:
        if self.walk.signed:
            return amplitudes
        return np.sqrt(self.walk.marginal(np.abs(amplitudes) ** 2))
