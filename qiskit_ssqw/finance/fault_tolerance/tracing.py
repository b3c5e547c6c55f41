"""What of a circuit counts on a fault-tolerant machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw.clifford_t.translation import spelled, translated

_ROUNDING = 1e-15


@dataclass(frozen=True)
class Traced:
    """A circuit without what is free: Clifford gates on one qubit, and all gates' order in time.

    Args:
        num_qubits: Number of qubits.
        cx: CX gates.
        steps: The qubits of each other gate, and the angle of an RZ, None for a T gate, or 0 for
            gates on two qubits.
    """

    num_qubits: int
    cx: int
    steps: tuple[tuple[tuple[int, ...], float | None], ...]

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> Traced:
        """Translate a circuit and trace it."""
        plain = translated(circuit)
        steps: list[tuple[tuple[int, ...], float | None]] = []
        for step in plain.data:
            qubits = tuple([plain.find_bit(qubit).index for qubit in step.qubits])
            for part in spelled(step.operation)[1]:
                if part == "cx":
                    steps.append((qubits, 0.0))
                elif part in ("t", "tdg"):
                    steps.append((qubits, None))
                elif isinstance(part, float) and not _is_nothing(part):
                    steps.append((qubits, part))
        return cls(plain.num_qubits, sum(len(qubits) == 2 for qubits, _ in steps), tuple(steps))

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


def _is_nothing(angle: float) -> bool:
    return bool(abs(np.sin(angle / 2)) < _ROUNDING)
