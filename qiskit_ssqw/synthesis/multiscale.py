"""The multiscale walk as RY rotations and neighbour CX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.synthesis.coins import angles_of
from qiskit_ssqw.walks import MultiscaleWalk


def synth_multiscale(
    walk: MultiscaleWalk, parameters: Sequence[Any] | NDArray[Any] | None = None
) -> QuantumCircuit:
    """Return the walk's circuit on ``walk.num_qubits`` qubits: one CX per flip.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
    """
    angles = iter(angles_of(walk, MultiscaleWalk, parameters))
    circuit = QuantumCircuit(walk.num_qubits, name="multiscale_walk")
    for qubit in range(walk.num_qubits):
        circuit.ry(next(angles), qubit)
    for flip in walk.flips:
        circuit.cx(*flip)
        for qubit in flip:
            circuit.ry(next(angles), qubit)
    return circuit
