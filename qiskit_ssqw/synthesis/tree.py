"""The tree walk as multiplexed RY rotations, in plain RY and CX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.walks import TreeWalk


def synth_tree(
    walk: TreeWalk, parameters: Sequence[Any] | NDArray[Any] | None = None
) -> QuantumCircuit:
    """Return the walk's circuit on ``walk.num_qubits`` qubits, with ``2**n - 2`` CX.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
    """
    angles = np.array(walk.parameters if parameters is None else parameters)
    circuit = QuantumCircuit(walk.num_qubits, name="tree_walk")
    for level in range(walk.num_qubits):
        target = walk.num_qubits - 1 - level
        controls = range(target + 1, walk.num_qubits)
        append_multiplexed_ry(
            circuit, angles[2**level - 1 : 2 ** (level + 1) - 1], controls, target
        )
    return circuit


def append_multiplexed_ry(
    circuit: QuantumCircuit, angles: NDArray[Any], controls: Sequence[int], target: int
) -> None:
    """Append RY by ``angles[i]`` on ``target`` where the controls hold the integer ``i``.

    Between the rotations the controls flip the target in the order of a Gray code (Möttönen et
    al., quant-ph/0404089, figure 2): ``2**k`` CX for ``k >= 1`` controls.

    Args:
        circuit: Changed in place.
        angles: Numbers or ``Parameter`` objects, shape ``(2**k,)``.
        controls: The ``k`` control qubits, least significant first.
        target: The qubit that is rotated.
    """
    rotations = _walsh_hadamard(angles)
    for place in range(len(angles)):
        circuit.ry(rotations[place ^ (place >> 1)], target)
        if controls:
            changing = ((place + 1) & -(place + 1)).bit_length() - 1
            circuit.cx(controls[min(changing, len(controls) - 1)], target)


def _walsh_hadamard(angles: NDArray[Any]) -> NDArray[Any]:
    """``2**-k sum_j (-1)**popcount(i & j) angles[j]`` for every ``i``."""
    span = 1
    while span < len(angles):
        pairs = angles.reshape(-1, 2, span)
        sums, differences = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
        angles = np.stack([sums, differences], axis=1).ravel() / 2
        span *= 2
    return angles
