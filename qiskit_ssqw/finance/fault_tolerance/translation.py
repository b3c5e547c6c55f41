"""Circuits of Clifford gates, T gates and RZ, and what of them counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.circuit.library import HGate, RZGate, SdgGate, SGate
from qiskit.transpiler import generate_preset_pass_manager

_CLIFFORD = ("h", "s", "sdg", "x", "y", "z", "sx", "sxdg", "cx", "cz", "swap")
_ROTATIONS = ("rz", "ry", "rx", "p", "u")
_BASIS = [*_CLIFFORD, "t", "tdg", *_ROTATIONS]
_ROUNDING = 1e-15
_CX_OF = {"cx": 1, "cz": 1, "swap": 3}


@dataclass(frozen=True)
class Traced:
    """A circuit without what is free: Clifford gates on one qubit, and all gates' order in time.

    Args:
        num_qubits: Number of qubits.
        cx: CX gates; a CZ counts as one.
        steps: The qubits of each other gate, and the angle of an RZ, None for a T gate, or 0 for
            gates on two qubits.
    """

    num_qubits: int
    cx: int
    steps: tuple[tuple[tuple[int, ...], float | None], ...]

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> Traced:
        """Translate a circuit and trace it."""
        plain = _translator().run(circuit)
        find = plain.find_bit
        steps: list[tuple[tuple[int, ...], float | None]] = []
        cx = 0
        for step in plain.data:
            name = step.operation.name
            qubits = tuple([find(qubit).index for qubit in step.qubits])
            if name in _CX_OF:
                cx += _CX_OF[name]
                steps.append((qubits, 0.0))
            elif name in ("t", "tdg"):
                steps.append((qubits, None))
            elif name in _ROTATIONS:
                angles = [float(value) for value in step.operation.params]
                steps += [(qubits, angle) for angle in angles if not _is_nothing(angle)]
        return cls(plain.num_qubits, cx, tuple(steps))

    @property
    def angles(self) -> list[float]:
        """Angles of all RZ."""
        return [angle for qubits, angle in self.steps if len(qubits) == 1 and angle is not None]

    @property
    def t_gates(self) -> int:
        """T gates that are no rotations."""
        return sum(angle is None for _, angle in self.steps)

    def depth(self, of_rotation: Callable[[float], float], of_t: float) -> float:
        """The longest way through the circuit.

        Args:
            of_rotation: Length of a rotation by its angle.
            of_t: Length of a T gate.
        """
        ends = [0.0] * self.num_qubits
        for qubits, angle in self.steps:
            if len(qubits) == 2:
                first, second = qubits
                ends[first] = ends[second] = max(ends[first], ends[second])
            else:
                ends[qubits[0]] += of_t if angle is None else of_rotation(angle)
        return max(ends, default=0.0)


def to_clifford_rz(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a circuit as Clifford gates, T gates and RZ, without measurements and barriers."""
    plain = _translator().run(circuit)
    result = plain.copy_empty_like()
    for step in plain.data:
        gate = step.operation
        if gate.name in _ROTATIONS:
            phase, gates = _as_rz(gate.name, [float(value) for value in gate.params])
            result.global_phase += phase
            for one in gates:
                result.append(one, step.qubits)
        elif isinstance(gate, Gate):
            result.append(step)
    return result


@cache
def _translator() -> Any:
    """Of parts of circuits, too, before which no qubit is known to be clean."""
    return generate_preset_pass_manager(0, basis_gates=_BASIS, qubits_initially_zero=False)


def _as_rz(name: str, angles: list[float]) -> tuple[float, list[Gate]]:
    """Global phase and gates, in the order of time, of a rotation."""
    if name == "rz":
        return 0.0, [RZGate(angles[0])]
    if name == "p":
        return angles[0] / 2, [RZGate(angles[0])]
    if name == "rx":
        return 0.0, [HGate(), RZGate(angles[0]), HGate()]
    if name == "ry":
        return 0.0, [SdgGate(), HGate(), RZGate(angles[0]), HGate(), SGate()]
    theta, phi, lam = angles
    around = [RZGate(lam), *_as_rz("ry", [theta])[1], RZGate(phi)]
    return (phi + lam) / 2, around


def _is_nothing(angle: float) -> bool:
    return bool(abs(np.sin(angle / 2)) < _ROUNDING)
