"""Write any circuit with Clifford and T gates, rotation by rotation."""

from __future__ import annotations

from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit.reading import refuse_free_parameters, refuse_non_gates
from qiskit_ssqw.clifford_t.rotations import RotationWords, Turn
from qiskit_ssqw.clifford_t.translation import spelled, translated
from qiskit_ssqw.clifford_t.words import Word


def clifford_t(
    circuit: QuantumCircuit, error: float | None = None, *, each: float | None = None
) -> QuantumCircuit:
    """Write a circuit with the gates CX, H, S, T, X, Z and inverses alone.

    Each rotation becomes Clifford RZ Clifford, and each RZ a shortest word within a tolerance
    (Ross and Selinger, arXiv:1403.2975, by Qiskit). Multiples of pi/4 are exact. Opposite angles
    have opposite words: with ``each``, a circuit's inverse is written as the inverse.

    Args:
        circuit: Any circuit of gates.
        error: Largest distance of the two unitaries in the operator norm, between 0 and 1, shared
            equally among the rotations that are not exact. The total variation of what any qubits
            show is no larger.
        each: In place of ``error``, the largest distance of each word from its rotation.

    Returns:
        A circuit on the same qubits.

    Raises:
        TypeError: ``circuit`` is no circuit.
        ValueError: Both or neither of ``error`` and ``each`` are given, one lies outside (0, 1) or
            leaves a rotation less than 1e-12, or the circuit has free parameters, measurements or
            control flow.

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_ssqw.clifford_t import clifford_t, t_count
        >>> circuit = QuantumCircuit(2)
        >>> _ = circuit.ry(0.3, 0)
        >>> _ = circuit.cx(0, 1)
        >>> t_count(clifford_t(circuit, 1e-2))
        20
    """
    check.instance(circuit, QuantumCircuit, "circuit")
    if (error is None) == (each is None):
        raise ValueError(f"give one of error and each, got error={error} and each={each}")
    name, budget = ("error", error) if each is None else ("each", each)
    budget = check.open_unit_interval(budget, name)
    refuse_free_parameters(circuit, "the circuit")
    refuse_non_gates(circuit, "the circuit")
    plain = translated(circuit)
    steps = [(step.qubits, *spelled(step.operation)) for step in plain.data]
    angles = [part for *_, parts in steps for part in parts if isinstance(part, float)]
    shares = sum(not Turn.of(angle).is_exact for angle in angles) if each is None else 1
    words = RotationWords(budget / max(1, shares))
    written = plain.copy_empty_like()
    for qubits, phase, parts in steps:
        for part in parts:
            gates, more = ((part,), 0.0) if isinstance(part, str) else words.word(part)
            append_word(written, gates, *qubits)
            phase += more
        written.global_phase += phase
    return written


def t_count(circuit: QuantumCircuit) -> int:
    """Number of T gates and their inverses."""
    counts = check.instance(circuit, QuantumCircuit, "circuit").count_ops()
    return int(counts.get("t", 0) + counts.get("tdg", 0))


def t_depth(circuit: QuantumCircuit) -> int:
    """Largest number of T gates that must wait for each other."""
    check.instance(circuit, QuantumCircuit, "circuit")
    return int(circuit.depth(lambda step: step.operation.name in ("t", "tdg")))


def append_word(circuit: QuantumCircuit, word: Word, *qubits: object) -> None:
    """Append the gates of a word to a circuit."""
    for name in word:
        getattr(circuit, name)(*qubits)
