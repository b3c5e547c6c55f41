"""Sweeps through a walk that tosses a coin operator and shifts, over and over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from qiskit_ssqw._arrays import Array, Complex

Toss = tuple[int, int]


class Shift(Protocol):
    """Shifts a state ``(coin, site)`` in place: +1 for S+, -1 for S-, 0 for none."""

    def __call__(self, state: Complex, shift: int, *, undo: bool = False) -> None:
        """Apply the shift, or its inverse."""


def evolve(state: Complex, coins: Complex, schedule: Iterable[Toss], shift: Shift) -> Complex:
    """The state after a walk.

    Args:
        state: The first state, shape ``(c, sites)``; it is left as it is.
        coins: Coin operators, shape ``(coins, c, c)``.
        schedule: Each toss as (index of the coin operator, shift after it).
        shift: How a state is shifted.
    """
    for index, step in schedule:
        state = coins[index] @ state
        shift(state, step)
    return state


def coin_gradients(
    coins: Complex,
    derivatives: Complex,
    schedule: Iterable[Toss],
    shift: Shift,
    state: Complex,
    cotangent: Complex,
) -> Array:
    """The gradient of a loss by movements of each coin operator, in one sweep back.

    Args:
        coins: Coin operators, shape ``(coins, c, c)``.
        derivatives: Derivatives of each of them, shape ``(coins, k, c, c)``.
        schedule: As in `evolve`.
        shift: As in `evolve`.
        state: The last state, shape ``(c, sites)``.
        cotangent: That of the loss, as in `Walk.vjp`, shape ``(c, sites)``; overwritten.

    Returns:
        Shape ``(coins, k)``.
    """
    state, environments = state.copy(), np.zeros_like(coins)
    for index, step in reversed(list(schedule)):
        shift(state, step, undo=True)
        shift(cotangent, step, undo=True)
        adjoint = coins[index].conj().T
        state = adjoint @ state
        environments[index] += cotangent.conj() @ state.T
        cotangent = adjoint @ cotangent
    gradients: Array = np.einsum("kpab,kab->kp", derivatives, environments).real
    return gradients


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
    return np.swapaxes(after @ moved, 1, 3)
