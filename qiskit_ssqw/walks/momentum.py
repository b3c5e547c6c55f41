"""The lattice walk in momentum space, where every shift is diagonal, with all its derivatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complex128]


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
        self.sites = sites
        up = np.exp(-2j * np.pi * np.arange(sites) / sites)
        still = np.ones_like(up)
        factors = {1: (still, up), -1: (up.conj(), still), 0: (still, still)}
        self._factors = [np.stack(factors[shift]) for shift in shifts]
        self._start = np.stack([up**start, np.zeros_like(up)])

    def amplitudes(self, coins: Complex) -> Complex:
        """The final state by coin and site, shape ``(2, sites)``, of coins ``(tosses, 2, 2)``."""
        state = self._start
        for coin, factor in zip(coins, self._factors, strict=True):
            state = factor * (coin @ state)
        final: Complex = np.fft.ifft(state, axis=-1)
        return final

    def derivatives(self, coins: Complex, directions: Complex) -> Complex:
        """The derivatives of `amplitudes` by movements of each coin.

        Args:
            coins: The coin of each toss, shape ``(tosses, 2, 2)``.
            directions: Derivatives of each coin, shape ``(tosses, k, 2, 2)``.

        Returns:
            Shape ``(tosses, k, 2, sites)``.
        """
        columns = sensitivities(coins, directions, self._factors, self._start)
        result: Complex = np.fft.ifft(columns, axis=-1)
        return result


def sensitivities(
    coins: Complex, directions: Complex, factors: Sequence[Complex], start: Complex
) -> Complex:
    """Derivatives of a walk at every momentum by movements of each coin operator.

    Args:
        coins: The coin operator of each toss, shape ``(tosses, c, c)``.
        directions: Its derivatives, shape ``(tosses, k, c, c)``.
        factors: The shift after each toss, shape ``(c, momenta)`` each.
        start: The first state, shape ``(c, momenta)``.

    Returns:
        Shape ``(tosses, k, c, momenta)``.
    """
    before = np.empty((len(coins), *start.T.shape), dtype=complex)
    after = np.empty((*before.shape, len(start)), dtype=complex)
    state, rest = start, np.eye(len(start), dtype=complex)
    for toss, (coin, factor) in enumerate(zip(coins, factors, strict=True)):
        before[toss] = state.T
        state = factor * (coin @ state)
    for toss in range(len(coins) - 1, -1, -1):
        after[toss] = rest * factors[toss].T[:, None]
        rest = after[toss] @ coins[toss]
    moved = np.einsum("tkab,tnb->tnak", directions, before)
    columns: Complex = np.swapaxes(after @ moved, 1, 3)
    return columns
