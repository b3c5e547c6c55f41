"""Two-qubit gates done several times over, so that their errors are, too."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check

_LARGEST_FACTOR = 1001


def fold_two_qubit_gates(circuit: QuantumCircuit, factor: float) -> QuantumCircuit:
    """Do each two-qubit gate of a compiled circuit an odd number of times.

    A gate that is its own inverse comes 3 or 5 times, any other is followed by its inverse and
    itself. Barriers stand between them, so that no compiler takes them for what they are. The
    circuit stays the same operator, and on a device its two-qubit gates err about ``factor`` times
    as often (Stamatopoulos et al., arXiv:1905.02666, section 5; Giurgica-Tiron et al.,
    arXiv:2005.10921).

    Args:
        circuit: As it is run, of gates on one and two qubits. What is compiled afterwards on
            another set of gates is folded in other places.
        factor: Two-qubit gates afterwards in units of those before. An odd number, or one in
            between: then as many gates as come closest are folded once more, spread evenly.

    Returns:
        A new circuit. `folding_factor` says what its factor is.

    Raises:
        TypeError: ``factor`` is no number.
        ValueError: ``factor`` is below 1, or the circuit has gates on more qubits or control flow.

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_ssqw.devices import fold_two_qubit_gates
        >>> bell = QuantumCircuit(2)
        >>> _ = bell.h(0), bell.cx(0, 1)
        >>> fold_two_qubit_gates(bell, 3).count_ops()["cx"]
        3
    """
    folds = iter(_folds(_checked(circuit), factor))
    folded = circuit.copy_empty_like()
    for step in circuit.data:
        folded.append(step)
        if is_foldable(step):
            inverse = step.operation.inverse()
            for _ in range(next(folds)):
                for operation in (inverse, step.operation):
                    folded.barrier(step.qubits)
                    folded.append(operation, step.qubits)
    return folded


def folding_factor(circuit: QuantumCircuit, factor: float) -> float:
    """The factor that `fold_two_qubit_gates` reaches, which odd ones are and others come near.

    Args:
        circuit: As it is run.
        factor: What is asked for.
    """
    folds = _folds(_checked(circuit), factor)
    return 1.0 + 2.0 * float(np.mean(folds)) if len(folds) else 1.0


def is_foldable(step: Any) -> bool:
    """Whether an instruction of a circuit is a gate on two qubits."""
    return len(step.qubits) == 2 and step.operation.name != "barrier"


def _folds(circuit: QuantumCircuit, factor: float) -> Any:
    """How often each two-qubit gate is undone and done again, in the order of the circuit."""
    factor = check.number(factor, "factor")
    if not 1 <= factor <= _LARGEST_FACTOR:
        raise ValueError(f"factor must be between 1 and {_LARGEST_FACTOR}, got {factor:g}")
    gates = sum(map(is_foldable, circuit.data))
    total = round(gates * (factor - 1) / 2)
    return np.diff(np.arange(gates + 1) * total // max(gates, 1))


def _checked(circuit: QuantumCircuit) -> QuantumCircuit:
    for step in check.instance(circuit, QuantumCircuit, "circuit").data:
        operation = step.operation
        wide = len(step.qubits) > 2 and operation.name != "barrier"
        if wide or getattr(operation, "blocks", ()):
            raise ValueError(
                "the circuit must be compiled to gates on one and two qubits, without control "
                f"flow, got {operation.name!r} on {len(step.qubits)}"
            )
    return circuit
