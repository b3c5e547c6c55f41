r"""First guesses close to an exact walk: the walker leaves coin 0 little by little, in a chirp.

A walker that flips its coin once, at a random time, then moves in every half step, ends on the
site given by that time. If the phases of the flips grow as ``2 pi`` times the sum of the
distribution function, every momentum occurs with equal weight (the principle of stationary phase),
so the state is nearly unitary at every momentum: it is almost a walk.
"""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.exact.coins import su2


def chirp_coins(weights: Array) -> Complex:
    """Coins of a walk that, if it flipped once at most, moved up ``y`` sites as often as weighted.

    Args:
        weights: Probabilities of 0, ..., L moves in L half steps.

    Returns:
        SU(2) coins, shape ``(L + 1, 2, 2)``: one before each half step, and one after the last.
    """
    leaving = weights[::-1]
    remaining = np.cumsum(weights)[::-1]
    flips = np.divide(leaving, remaining, out=np.zeros_like(leaving), where=remaining > 0)
    flips = np.minimum(flips, 1.0)
    flips[-1] = 0.0
    flipped = np.sqrt(flips) * np.exp(1j * _phases(weights)[::-1])
    return su2(np.sqrt(1 - flips).astype(complex), flipped)


def chirp_spinors(weights: Array, tilt: float) -> Complex:
    """Spinors of squared norms ``weights`` whose autocorrelations nearly vanish.

    Args:
        weights: Probabilities of the sites.
        tilt: Angle between the spinors and coin 1, which leaves Newton's method room to move.
    """
    root = np.sqrt(weights)
    spinors = np.stack(
        [root * np.sin(tilt), root * np.cos(tilt) * np.exp(1j * _phases(weights))], axis=1
    )
    spinors[0] = [root[0], 0]
    return spinors


def _phases(weights: Array) -> Array:
    return 2 * np.pi * np.cumsum(np.cumsum(weights) - weights / 2)
