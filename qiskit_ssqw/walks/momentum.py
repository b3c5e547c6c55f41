"""The lattice walk in momentum space, where every shift is diagonal, with all its derivatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qiskit_ssqw._arrays import Complex
from qiskit_ssqw.walks.sweeps import sensitivities


def shift_phases(sites: int) -> dict[int, Complex]:
    """What each shift multiplies a state by, shape ``(2, sites)`` by coin and momentum.

    The shifts are +1 for S+, -1 for S- and 0 for none.
    """
    up = np.exp(-2j * np.pi * np.arange(sites) / sites)
    still = np.ones_like(up)
    phases = {1: (still, up), -1: (up.conj(), still), 0: (still, still)}
    return {shift: np.stack(pair) for shift, pair in phases.items()}


def momentum_of_start(start: int, sites: int) -> Complex:
    """The state of a walker on a site with coin 0, shape ``(2, sites)`` by coin and momentum."""
    up = np.exp(-2j * np.pi * np.arange(sites) / sites)
    return np.stack([up**start, np.zeros_like(up)])


class MomentumWalk:
    """A sequence of tosses of one coin, each followed by a conditional shift, on a cycle.

    Each derivative is what came before its toss, times what comes after it. Both are products of
    2x2 matrices at every momentum, so all derivatives together cost one sweep forward, one back and
    one Fourier transform each.

    Args:
        shifts: The shift after each toss: +1 for S+, -1 for S-, 0 for none.
        start: Site on which the walker starts, with coin 0.
        sites: Number of sites of the cycle.
    """

    def __init__(self, shifts: Sequence[int], start: int, sites: int) -> None:
        phases = shift_phases(sites)
        self._factors = [phases[shift] for shift in shifts]
        self._start = momentum_of_start(start, sites)

    def amplitudes(self, coins: Complex) -> Complex:
        """The final state by coin and site, shape ``(2, sites)``, of coins ``(tosses, 2, 2)``."""
        state = self._start
        for coin, factor in zip(coins, self._factors, strict=True):
            state = factor * (coin @ state)
        return np.fft.ifft(state, axis=-1)

    def derivatives(self, coins: Complex, directions: Complex) -> Complex:
        """The derivatives of `amplitudes` by movements of each coin.

        Args:
            coins: The coin of each toss, shape ``(tosses, 2, 2)``.
            directions: Derivatives of each coin, shape ``(tosses, k, 2, 2)``.

        Returns:
            Shape ``(tosses, k, 2, sites)``.
        """
        columns = sensitivities(coins, directions, self._factors, self._start)
        return np.fft.ifft(columns, axis=-1)
