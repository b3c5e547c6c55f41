"""Fit the coins that are still free, once another one has been snapped to a word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.clifford_t.network import CoinNetwork
from qiskit_ssqw.clifford_t.quaternions import turned, vectors_between

_DAMPING = 1e-3
_DAMPING_RANGE = (1e-12, 1e8)
_STAGES = 4
"""A coin moves to its word in so many stages, so that the others can follow."""


def refit(
    network: CoinNetwork,
    coins: Array,
    free: Sequence[int],
    steps: int,
    *,
    small_gain: float = 0.01,
    patience: int = 3,
) -> tuple[Array, float]:
    """Turn the free coins by Levenberg-Marquardt steps (see `fitting.levenberg_marquardt`).

    Args:
        network: What the coins are in.
        coins: Shape ``(coins, 4)``.
        free: Numbers of those that turn, in rising order.
        steps: Largest number of steps.
        small_gain: Part of the total variation below which the gain of a step counts as none.
        patience: Steps in a row without a gain after which the descent ends.

    Returns:
        The best coins met, and their total variation.
    """
    here = network.at(coins, free)
    best = coins, here.error
    damping, growth, idle = _DAMPING, 2.0, 0
    for _ in range(steps if len(free) else 0):
        ridge = damping * here.normals.diagonal().max()
        damped = here.normals + (ridge + 1e-14) * np.eye(len(here.normals))
        step = -np.linalg.solve(damped, here.slopes)
        tried = coins.copy()
        tried[free] = turned(coins[free], step.reshape(-1, 3))
        there = network.at(tried, free)
        gain = float(np.sum(here.weights * (here.residuals**2 - there.residuals**2)))
        if gain > 0:
            ratio = gain / max(float(step @ (ridge * step - here.slopes)), 1e-300)
            damping, growth = damping * max(1 / 3, 1 - (2 * min(ratio, 1) - 1) ** 3), 2.0
            coins, here = tried, there
        else:
            damping, growth = damping * growth, 2 * growth
        damping = float(np.clip(damping, *_DAMPING_RANGE))
        idle = 0 if here.error < (1 - small_gain) * best[1] else idle + 1
        if here.error < best[1]:
            best = coins, here.error
        if idle >= patience:
            break
    return best


def led(
    network: CoinNetwork, coins: Array, free: Sequence[int], coin: int, word: Array
) -> tuple[Array, float]:
    """Move a coin to a word little by little, while the others follow.

    Args:
        network: What the coins are in.
        coins: Shape ``(coins, 4)``.
        free: Numbers of the coins that follow.
        coin: Number of the coin that moves.
        word: Where to, shape ``(4,)``.

    Returns:
        All coins, and their total variation.
    """
    start, way = coins[coin], vectors_between(coins[coin], word)
    for stage in range(1, _STAGES + 1):
        coins = coins.copy()
        coins[coin] = word if stage == _STAGES else turned(start, way * stage / _STAGES)
        coins, error = refit(network, coins, free, 2)
    return coins, error
