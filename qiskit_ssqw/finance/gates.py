"""Counting the gates that matter."""

from __future__ import annotations

from functools import cache
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.transpiler import generate_preset_pass_manager

BASIS = ["u", "cx"]
"""What circuits are unrolled to."""


def count_two_qubit_gates(circuit: QuantumCircuit, *, optimization_level: int = 0) -> int:
    """Two-qubit gates of a circuit; larger and composite instructions count as their CX.

    Args:
        circuit: Of plain gates, which are counted as they are, or of any others.
        optimization_level: Of the transpilation, which 0 leaves out for plain gates.
    """
    if optimization_level or not is_plain(circuit):
        circuit = _unroller(optimization_level).run(circuit)
    return int(circuit.num_nonlocal_gates())


def unrolled(circuit: QuantumCircuit) -> QuantumCircuit:
    """A circuit in the basis that gates are counted in, not optimised."""
    return _unroller(0).run(circuit)


def is_plain(circuit: QuantumCircuit) -> bool:
    """Whether a circuit consists of standard gates on one or two qubits, and measurements."""
    return all(
        step.operation.name == "barrier"
        or (step.operation.name in _plain_names() and len(step.qubits) <= 2)
        for step in circuit.data
    )


@cache
def _unroller(optimization_level: int) -> Any:
    """Unrolls circuits; a pass manager takes longer to make than to run."""
    return generate_preset_pass_manager(optimization_level, basis_gates=BASIS)


@cache
def _plain_names() -> frozenset[str]:
    """Names of Qiskit's standard gates, and of the measurement."""
    return frozenset(get_standard_gate_name_mapping())
