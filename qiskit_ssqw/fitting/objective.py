"""How far a walk is from a target, and with exact derivatives; no optimiser here."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.metrics import fidelity, total_variation
from qiskit_ssqw.walks import Walk

Array = NDArray[np.float64]

_ROUNDING = 1e-12
_SMALLEST_OVERLAP = 1e-8
"""Smaller overlaps count as this: the logarithm has no derivative at zero."""


class Merit(NamedTuple):
    """How good a walk is: the smaller, the better."""

    mixed_signs: bool
    """Whether the amplitudes have mixed signs beyond what the error explains."""
    deviation: float
    """The total variation distance, or half the infidelity if that is larger.

    Half the infidelity of amplitudes of one sign never is.
    """


def merit(walk: Walk, probabilities: Array, *, free_signs: bool = False) -> Merit:
    """Compare a walk with a target.

    Args:
        walk: The walk.
        probabilities: The target, one number per site.
        free_signs: Whether signs do not count. The phases of complex amplitudes never do.
    """
    amplitudes = walk.amplitudes()
    error = total_variation(probabilities, walk.marginal(np.abs(amplitudes) ** 2))
    if free_signs or not walk.signed:
        return Merit(False, error)
    half = (1 - fidelity(probabilities, amplitudes)) / 2
    return Merit(half > error + _ROUNDING, max(error, half))


def deviation(walk: Walk, probabilities: Array, *, free_signs: bool = False) -> float:
    """The deviation of the walk's `Merit`, arguments as for `merit`."""
    return merit(walk, probabilities, free_signs=free_signs).deviation


class Objective:
    """The fidelity between a walk of given structure and a target distribution.

    With ``a`` the amplitudes of a signed walk, or the moduli ``sqrt(q)`` otherwise, the loss is
    ``-log (sum_x sqrt(p_x) a_x)**2`` and the residuals are ``a - sqrt(p)``. Both vanish exactly
    when the target is loaded; for moduli the sum of squared residuals is twice the squared
    Hellinger distance.

    Args:
        walk: The walk whose structure is used; its parameters are ignored.
        probabilities: The target, one number per site, non-negative with sum 1.
        free_signs: Whether the moduli of a signed walk are taken, too.
    """

    def __init__(self, walk: Walk, probabilities: Array, *, free_signs: bool = False) -> None:
        self.walk = walk
        self._root = np.sqrt(probabilities)
        self._signed = walk.signed and not free_signs

    def loss(self, parameters: Array) -> tuple[float, Array]:
        """Return the loss and its gradient, shape ``(num_parameters,)``."""
        amplitudes, pullback = self.walk.vjp(parameters)
        loaded = self._loaded(amplitudes)
        overlap = self._root @ loaded
        size = max(abs(float(overlap)), _SMALLEST_OVERLAP)
        by_loaded = -2.0 * self._root / np.copysign(size, overlap)
        loss = -2.0 * float(np.log(size))
        if self._signed:
            return loss, pullback(by_loaded)
        weights = np.divide(by_loaded, loaded, out=np.zeros_like(loaded), where=loaded > 0)
        copies = len(amplitudes) // len(loaded)
        return loss, pullback(np.tile(weights, copies) * amplitudes)

    def evaluate(self, parameters: Array) -> tuple[Array, Array]:
        """Return the residuals ``a - sqrt(p)``, one per site, and their derivatives.

        The derivatives have shape ``(sites, num_parameters)``.
        """
        amplitudes, jacobian = self.walk.jacobian(parameters)
        loaded = self._loaded(amplitudes)
        residuals = loaded - self._root
        if self._signed:
            return residuals, jacobian
        products = self.walk.marginal((amplitudes.conj()[:, None] * jacobian).real)
        moduli = np.broadcast_to(loaded[:, None], products.shape)
        return residuals, np.divide(products, moduli, out=np.zeros_like(products), where=moduli > 0)

    def _loaded(self, amplitudes: NDArray[Any]) -> Array:
        if self._signed:
            return amplitudes
        return np.sqrt(self.walk.marginal(np.abs(amplitudes) ** 2))
