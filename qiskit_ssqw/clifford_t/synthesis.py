"""Write any circuit with Clifford and T gates, rotation by rotation, within one error budget."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import CircuitInstruction

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit.reading import refuse_free_parameters, refuse_non_gates

GATES = ("cx", "h", "s", "sdg", "t", "tdg", "x", "z")
"""Names of the gates that circuits of this package are made of."""

_AROUND = {
    "rx": (("h",), ("h",)),
    "ry": (("sdg", "h"), ("h", "s")),
    "rz": ((), ()),
}
"""What acts before and after an RZ rotation by the same angle."""

_EIGHTHS: tuple[tuple[str, ...], ...] = (
    (),
    ("t",),
    ("s",),
    ("s", "t"),
    ("z",),
    ("z", "t"),
    ("sdg",),
    ("tdg",),
)
"""RZ rotations by multiples of pi/4, up to a phase."""

_EXACT = 1e-12


def clifford_t(circuit: QuantumCircuit, error: float) -> QuantumCircuit:
    """Write a circuit with the gates CX, H, S, T, X, Z and inverses alone.

    Each rotation becomes Clifford RZ Clifford, and each RZ the shortest word within an equal share
    of the error (Ross and Selinger, arXiv:1403.2975, by Qiskit). Multiples of pi/4 are exact and
    take no share.

    Args:
        circuit: Any circuit of gates.
        error: Largest distance of the two unitaries in the operator norm, up to a phase, between 0
            and 1. The total variation of what any qubits show is no larger.

    Returns:
        A circuit on the same qubits.

    Raises:
        TypeError: ``circuit`` is no circuit.
        ValueError: The error lies outside (0, 1), or the circuit has free parameters, measurements
            or control flow.

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_ssqw.clifford_t import clifford_t, t_count
        >>> circuit = QuantumCircuit(2)
        >>> _ = circuit.ry(0.3, 0)
        >>> _ = circuit.cx(0, 1)
        >>> t_count(clifford_t(circuit, 1e-2))
        20
    """
    if not isinstance(circuit, QuantumCircuit):
        raise TypeError(f"circuit must be a QuantumCircuit, got {circuit!r}")
    error = check.open_unit_interval(error, "error")
    refuse_free_parameters(circuit, "the circuit")
    refuse_non_gates(circuit, "the circuit")
    plain = transpile(
        circuit,
        basis_gates=[*GATES, "y", *_AROUND],
        optimization_level=0,
        qubits_initially_zero=False,
    )
    shares = sum(step.name in _AROUND and _eighths(step) is None for step in plain.data)
    written = circuit.copy_empty_like()
    written.global_phase = 0
    for step in plain.data:
        places = [plain.find_bit(qubit).index for qubit in step.qubits]
        if step.name in _AROUND:
            before, after = _AROUND[step.name]
            eighths = _eighths(step)
            angle = float(step.operation.params[0])
            word = rz_word(angle, error / shares) if eighths is None else _EIGHTHS[eighths]
            append_word(written, (*before, *word, *after), places[0])
        elif step.name == "y":
            append_word(written, ("z", "x"), places[0])
        elif step.name != "barrier":
            written.append(step.operation, places)
    return written


def t_count(circuit: QuantumCircuit) -> int:
    """Number of T gates and their inverses."""
    counts = circuit.count_ops()
    return int(counts.get("t", 0) + counts.get("tdg", 0))


def t_depth(circuit: QuantumCircuit) -> int:
    """Largest number of T gates that must wait for each other."""
    return int(circuit.depth(lambda step: step.operation.name in ("t", "tdg")))


def rz_word(angle: float, error: float) -> tuple[str, ...]:
    """A shortest word within an error of a rotation, its first gate acting first.

    Args:
        angle: Angle of the RZ rotation in radians.
        error: In the operator norm, up to a phase.
    """
    from qiskit.synthesis import gridsynth_rz

    return tuple(step.name for step in gridsynth_rz(angle, error).data)


def append_word(circuit: QuantumCircuit, word: tuple[str, ...], qubit: int) -> None:
    """Append the gates of a word to a circuit."""
    for name in word:
        getattr(circuit, name)(qubit)


def _eighths(step: CircuitInstruction) -> int | None:
    """By how many times pi/4 a rotation turns, modulo 8; None unless that is a whole number."""
    turns = float(step.operation.params[0]) / (np.pi / 4)
    return round(turns) % 8 if abs(turns - round(turns)) < _EXACT else None
