"""Fit layered walks on a coarse grid, from random starts.

A layer is one flip on every edge of the line, from the coarse to the fine end. The next layer
follows the first one two qubits behind, so ``k`` layers are ``k (n - 1)`` flips of two-qubit depth
``n - 1 + 2 (k - 1)``. As each flip adds two angles, about ``(2**n - 1 - n) / 2`` flips reach every
real state of n qubits, and far fewer a smooth one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.fitting.contest import Contest, Heat
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.walks import MultiscaleWalk

Array = NDArray[np.float64]

_STARTS = 8
_HEATS = (Heat(12, 0.5, 4), Heat(20, 0.5, 2), Heat(60, 0.0, 1))
_LAST_STEPS = 150
_CLOSE = 2
_MANY_STEPS = 500
"""Steps of a walk that has almost met the tolerance."""
_WITHIN_REACH = 3
"""A contest that ends its heats at more tolerances than this is given up."""


def layered(num_qubits: int, layers: int) -> MultiscaleWalk:
    """The walk of so many layers, with all angles zero."""
    layer = [(qubit, qubit - 1) for qubit in range(num_qubits - 1, 0, -1)]
    flips = layer * layers
    return MultiscaleWalk(num_qubits, flips, np.zeros((len(flips), 2)))


def enough_layers(num_qubits: int) -> int:
    """Layers with a few angles more than a real state of ``num_qubits`` qubits has."""
    flips = ((1 << num_qubits) - 1 - num_qubits) / 2
    spare = 1 if num_qubits > 2 else 0
    return max(1, math.ceil(flips / max(1, num_qubits - 1))) + spare


def fit_layers(
    layers: int,
    probabilities: Array,
    tolerance: float,
    rng: np.random.Generator,
    recorder: Recorder,
    *,
    free_signs: bool = False,
) -> tuple[MultiscaleWalk, float]:
    """Fit a layered walk to a target.

    Args:
        layers: Number of layers.
        probabilities: The target.
        tolerance: Total variation to reach.
        rng: Source of the starts.
        recorder: Told of every evaluation.
        free_signs: Whether amplitudes may have any signs.

    Returns:
        The best walk found and its total variation.
    """
    template = layered(len(probabilities).bit_length() - 1, layers)
    model = FlipModel(template, probabilities, free_signs=free_signs)
    starts = rng.normal(size=(_STARTS, template.num_parameters))
    contest = Contest(model, starts, recorder)
    contest.heats(_HEATS)
    if contest.errors.min() <= _WITHIN_REACH * tolerance:
        contest.finish(_LAST_STEPS)
    if tolerance < contest.errors.min() <= _CLOSE * tolerance:
        contest.insist(_MANY_STEPS, until=tolerance)
    walk, error = contest.winner(tolerance)
    return walk, error
