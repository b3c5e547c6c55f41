"""Fit a walk whose structure is grown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qiskit_ssqw.fitting.budget import EXACT, Budget
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.growth import Growth
from qiskit_ssqw.fitting.lines import Line, along, entanglement, levels
from qiskit_ssqw.fitting.objective import deviation
from qiskit_ssqw.fitting.record import Recorder, Stopped
from qiskit_ssqw.fitting.unfinished import best_unfinished
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import TreeWalk, Walk

FREE_SIGNS = 4
"""Largest number of qubits on which patterns of signs compete."""


def grow(
    target: TargetDistribution,
    lines: Sequence[Line],
    tolerance: float,
    budget: int | None,
    seed: int,
    recorder: Recorder,
    *,
    free_signs: bool,
) -> Walk:
    """Grow a multiscale walk, or fall back to a tree walk where only that will do.

    Args:
        target: The distribution to load.
        lines: Orders of the qubits on the line, of which the one of least entanglement is taken.
        tolerance: Error to reach.
        budget: Largest number of two-qubit gates, for the best walk within it.
        seed: Seed of the random starts.
        recorder: Told of every evaluation.
        free_signs: Whether patterns of signs compete, on few qubits.
    """
    probabilities = target.probabilities.ravel()
    tree = TreeWalk.from_probabilities(probabilities)
    line = lines[0]
    if len(lines) > 1:
        line = min(lines, key=lambda line: entanglement(line, probabilities))
    grids = Grids(along(line, probabilities), levels(line, target.register_sizes))
    free = {"free_signs": free_signs and target.num_qubits <= FREE_SIGNS}
    if budget is not None:
        try:
            best = Budget(grids, budget, seed, recorder, **free).run()
        except Stopped:
            best = best_unfinished(grids, recorder, gates=budget, **free)
        error = deviation(best, grids.probabilities, **free)
        exact_is_affordable = tree.two_qubit_gates <= budget and error > EXACT
        return tree if exact_is_affordable else best.on_line(line)
    try:
        walk = Growth(grids, tolerance, np.random.default_rng(seed), recorder, **free).run()
    except Stopped:
        walk = best_unfinished(grids, recorder, tolerance=tolerance, **free)
    if walk is None or walk.two_qubit_gates > tree.two_qubit_gates:
        return tree
    return walk.on_line(line)
