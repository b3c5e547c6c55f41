"""Circuits as Clifford gates, T gates and rotations about Z."""

from __future__ import annotations

from functools import cache
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Operation
from qiskit.transpiler import generate_preset_pass_manager

GATES = ("cx", "h", "s", "sdg", "t", "tdg", "x", "z")
"""Names of the gates that circuits of this package are made of."""

_ROTATIONS = ("rz", "ry", "rx", "p", "u")


def translated(circuit: QuantumCircuit) -> QuantumCircuit:
    """Translate a circuit to what `spelled` knows, whatever state its qubits start in."""
    return _translator().run(circuit)


def spelled(gate: Operation) -> tuple[float, tuple[str | float, ...]]:
    """A gate of a translated circuit: a phase, and in order of time names of `GATES` and RZ angles.

    What is no gate, as a barrier, is nothing.
    """
    if not isinstance(gate, Gate):
        return 0.0, ()
    if gate.name not in _ROTATIONS:
        return 0.0, (gate.name,)
    *_, last = angles = [float(value) for value in gate.params]
    if gate.name == "u":
        return (angles[1] + last) / 2, (last, *_about_y(angles[0]), angles[1])
    if gate.name == "ry":
        return 0.0, _about_y(last)
    if gate.name == "rx":
        return 0.0, ("h", last, "h")
    return (last / 2 if gate.name == "p" else 0.0), (last,)


def _about_y(angle: float) -> tuple[str | float, ...]:
    return ("sdg", "h", angle, "h", "s")


@cache
def _translator() -> Any:
    names = [*GATES, *_ROTATIONS]
    return generate_preset_pass_manager(0, basis_gates=names, qubits_initially_zero=False)
