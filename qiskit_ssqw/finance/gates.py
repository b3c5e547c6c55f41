"""Counting the gates that matter."""

from __future__ import annotations

from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import get_standard_gate_name_mapping

BASIS = ["u", "cx"]
"""What circuits are unrolled to."""

_NO_GATES = frozenset({"barrier", "measure"})


def count_two_qubit_gates(circuit: QuantumCircuit, *, optimization_level: int = 0) -> int:
    """Two-qubit gates of a circuit; larger and composite instructions count as their CX.

    Args:
        circuit: Of plain gates, which are counted as they are, or of any others.
        optimization_level: Of the transpilation, which 0 leaves out for plain gates.
    """
    plain = set(get_standard_gate_name_mapping()) | _NO_GATES
    if optimization_level or not all(
        (step.operation.name in plain and len(step.qubits) <= 2) or step.operation.name == "barrier"
        for step in circuit.data
    ):
        circuit = transpile(circuit, basis_gates=BASIS, optimization_level=optimization_level)
    return int(circuit.num_nonlocal_gates())
