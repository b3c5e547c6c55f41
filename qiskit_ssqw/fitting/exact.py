"""Fits of lattice walks that are exact to rounding."""

from __future__ import annotations

from itertools import islice

import numpy as np

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.exact.search import EXACT, exact_walks_like, shortest_exact_walks, with_coins
from qiskit_ssqw.fitting.record import Candidate, Recorder, Stopped
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import SplitStepWalk

_TRIES = 8


def exact_walk(
    walk: SplitStepWalk | None, probabilities: Array, rng: np.random.Generator, recorder: Recorder
) -> SplitStepWalk:
    """Find an exact lattice walk.

    Args:
        walk: Its structure, with U coins and without repetitions; without it, the coin is traced
            out and the walk as short as can be.
        probabilities: The target, one number per site that the walk loads.
        rng: For further tries.
        recorder: Told of every evaluation.

    Raises:
        ValueError: The walk has RY coins, or repetitions.

    Returns:
        The first walk that is exact to rounding, or else the best one found.
    """
    if walk is not None and not walk.has_free_u_coins:
        raise ValueError(
            f'method="exact" turns lattice walks with U coins and without repetitions, got {walk!r}'
        )

    def observe(structure: SplitStepWalk, cost: float, coins: Complex) -> None:
        size = structure.num_value_qubits, structure.two_qubit_gates
        recorder.offer(Candidate(*size, cost, lambda: with_coins(structure, coins)))
        recorder.record(*size, np.array([cost]))

    def error(found: SplitStepWalk) -> float:
        return total_variation(probabilities, found.probabilities())

    tries = shortest_exact_walks(probabilities, rng, observe)
    if walk is not None:
        tries = islice(exact_walks_like(walk, probabilities, rng, observe), _TRIES)
    found = []
    try:
        for attempt in tries:
            found.append(attempt)
            if error(attempt) <= EXACT:
                break
            recorder.watch_the_clock()
    except Stopped:
        found += [candidate.walk() for candidate in recorder.candidates]
    return min(found, key=error)
