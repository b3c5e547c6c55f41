"""What the cuts of the line say about the walk that a target needs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from qiskit_ssqw._arrays import Array


def schmidt_weights(amplitudes: Array) -> list[Array]:
    """Squared Schmidt coefficients at each cut of the line, largest first."""
    size = len(amplitudes).bit_length() - 1
    tables = [amplitudes.reshape(2**cut, -1) for cut in range(1, size)]
    return [np.asarray(np.linalg.svd(table, compute_uv=False)) ** 2 for table in tables]


def entropy(probabilities: Array) -> float:
    """Sum over the cuts of the entropy of entanglement, in bits."""
    total = 0.0
    for weights in schmidt_weights(np.sqrt(probabilities)):
        some = weights[weights > 1e-16]
        total -= float(np.sum(some * np.log2(some)))
    return total


def product_state_size(amplitudes: Array, tolerance: float) -> int:
    """Free parameters of a real matrix product state about this close to the target.

    At each cut it keeps the fewest Schmidt coefficients that leave out a weight (squared norm) of
    at most ``tolerance**2``. A state of bonds ``r_k`` has ``sum 2 r_{k-1} r_k - sum r_k**2 - 1``
    parameters.
    """
    inner = [
        int(np.sum(np.cumsum(weights[::-1]) > tolerance**2))
        for weights in schmidt_weights(amplitudes)
    ]
    sites = sum(2 * left * right for left, right in pairwise([1, *inner, 1]))
    return sites - sum(bond**2 for bond in inner) - 1
