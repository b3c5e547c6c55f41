"""Sums along a path, as sums of its independent increments."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array


def weights_of_steps(weights: Array) -> Array:
    """How much each increment of a path weighs in a weighted sum of what it has reached.

    The price at a time is the sum of all increments up to it, so each increment weighs as much as
    all times from its own on.

    Args:
        weights: Of what is reached at each time, shape ``(num_steps,)``.
    """
    return np.asarray(np.cumsum(weights[::-1])[::-1])
