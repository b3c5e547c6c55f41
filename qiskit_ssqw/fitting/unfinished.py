"""The best walk that a search has met, on the full grid."""

from __future__ import annotations

import math

from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.moves import independent_bits
from qiskit_ssqw.fitting.objective import error_of
from qiskit_ssqw.fitting.record import Candidate, Recorder
from qiskit_ssqw.walks import MultiscaleWalk


def best_met(
    grids: Grids,
    recorder: Recorder,
    *,
    tolerance: float = 0.0,
    gates: float = math.inf,
    free_signs: bool = False,
) -> MultiscaleWalk:
    """The best candidate of a search, those of coarse grids extended to the full one.

    Args:
        grids: The target.
        recorder: Holds the candidates.
        tolerance: Error up to which the walk of fewer gates is the better one.
        gates: Largest number of gates.
        free_signs: As for `error_of`.
    """
    goal = grids.goal(grids.num_qubits)

    def rank(found: MultiscaleWalk | Candidate) -> tuple[float, int, float]:
        if isinstance(found, Candidate):
            error = found.error
        else:
            error = error_of(found, goal, free_signs=free_signs)
        return max(error, tolerance), found.two_qubit_gates, error

    best = independent_bits(grids.probabilities)
    lowest = rank(best)
    for known in sorted(recorder.candidates, key=rank):
        if rank(known) >= lowest:  # the error on a finer grid is no smaller
            break
        if known.two_qubit_gates <= gates:
            walk = completed(known.walk(), grids)
            if (found := rank(walk)) < lowest:
                best, lowest = walk, found
    return best


def completed(walk: MultiscaleWalk, grids: Grids) -> MultiscaleWalk:
    """The walk with all bits that its grid lacks, each in its marginal distribution."""
    _, last = grids.stretch(walk.num_qubits)
    below = grids.num_qubits - 1 - last
    initial = independent_bits(grids.probabilities).initial_angles.copy()
    initial[below : below + walk.num_qubits] = walk.initial_angles
    flips = [(control + below, target + below) for control, target in walk.flips]
    return MultiscaleWalk(grids.num_qubits, flips, walk.angles, initial_angles=initial)
