"""The tree walk as multiplexed RY rotations, in plain RY and CX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.synthesis.coins import angles_of
from qiskit_ssqw.synthesis.multiplexer import append_multiplexed_ry
from qiskit_ssqw.walks import TreeWalk


def synth_tree(
    walk: TreeWalk, parameters: Sequence[Any] | NDArray[Any] | None = None
) -> QuantumCircuit:
    """Return the walk's circuit on ``walk.num_qubits`` qubits, with ``2**n - 2`` CX.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
    """
    angles = np.array(angles_of(walk, TreeWalk, parameters))
    circuit = QuantumCircuit(walk.num_qubits, name="tree_walk")
    for level in range(walk.num_qubits):
        target = walk.num_qubits - 1 - level
        controls = range(target + 1, walk.num_qubits)
        append_multiplexed_ry(
            circuit, angles[2**level - 1 : 2 ** (level + 1) - 1], controls, target
        )
    return circuit
