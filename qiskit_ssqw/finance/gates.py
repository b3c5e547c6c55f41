"""Counting the gates that matter."""

from __future__ import annotations

from functools import cache
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Barrier, Operation
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.transpiler import generate_preset_pass_manager

from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.circuit.walk_gates import TreeWalkGate
from qiskit_ssqw.synthesis.multiplexer import count_walsh_cx

BASIS = ["u", "cx"]
"""What circuits are unrolled to."""

_MANY = 1000
"""CX from which on those of a multiplexed rotation are known sooner than unrolled."""


def count_two_qubit_gates(circuit: QuantumCircuit, *, optimization_level: int = 0) -> int:
    """Two-qubit gates of a circuit; larger and composite instructions count as their CX.

    Long multiplexed rotations and trees of them count as the CX that they are known to take. An
    optimisation does not reach into them: each CX has a rotation of its target on either side.

    Args:
        circuit: Of plain gates, which are counted as they are, or of any others.
        optimization_level: Of the transpilation, which 0 leaves out for plain gates.
    """
    if not optimization_level and is_plain(circuit):
        return int(circuit.num_nonlocal_gates())
    shorter, known = _without_long_rotations(circuit)
    return known + int(_unroller(optimization_level).run(shorter).num_nonlocal_gates())


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


def _without_long_rotations(circuit: QuantumCircuit) -> tuple[QuantumCircuit, int]:
    """A circuit with barriers in place of its long multiplexed rotations, and the CX of these."""
    shorter, total = circuit.copy_empty_like(), 0
    for step in circuit.data:
        known = _known_cx(step.operation)
        if known >= _MANY:
            total += known
            shorter.append(Barrier(len(step.qubits)), step.qubits)
        else:
            shorter._append(step)
    return shorter, total


def _known_cx(operation: Operation) -> int:
    """CX of an operation of many parameters that is known to take so many, or else 0."""
    if len(getattr(operation, "params", ())) < _MANY:
        return 0
    if isinstance(operation, WalshRYGate):
        return count_walsh_cx(operation.rotations)
    return operation.structure.two_qubit_gates if isinstance(operation, TreeWalkGate) else 0


@cache
def _unroller(optimization_level: int) -> Any:
    """Unrolls circuits; a pass manager takes longer to make than to run."""
    return generate_preset_pass_manager(optimization_level, basis_gates=BASIS)


@cache
def _plain_names() -> frozenset[str]:
    """Names of Qiskit's standard gates, and of the measurement."""
    return frozenset(get_standard_gate_name_mapping())
