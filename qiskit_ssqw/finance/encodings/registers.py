"""A rotation by a sum of tables over registers, one register after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.finance.encodings.base import TurnedEncoding
from qiskit_ssqw.finance.encodings.sparse import angles_of, nonzero_rotations
from qiskit_ssqw.finance.registers import Law, Register, TableSum
from qiskit_ssqw.finance.registers.sums import Places


@dataclass(frozen=True, eq=False)
class RegisterEncoding(TurnedEncoding):
    """RY of the objective by a sum of tables: one multiplexed rotation for each of them.

    A table over ``k`` qubits takes ``2**k`` CX at most, and ``2 k`` if it is linear in the integer
    that they hold.

    Args:
        angles: The sum of the angles in radians, whose tables have the Walsh coefficients below.
        rotations: Walsh coefficients of each table, by mask.
        qubits: Qubits of each table, least significant first.
        num_value_qubits: Number of value qubits.
        low: What probability 0 of the objective stands for.
        high: What probability 1 stands for.
    """

    angles: TableSum
    rotations: tuple[dict[int, float], ...]
    qubits: tuple[tuple[int, ...], ...]
    num_value_qubits: int
    low: float
    high: float

    @classmethod
    def of(
        cls,
        angles: TableSum,
        registers: Sequence[Register],
        law: Law,
        num_value_qubits: int,
        ends: tuple[float, float],
        tolerance: float,
    ) -> RegisterEncoding:
        """Make the encoding, without the smallest Walsh coefficients.

        Args:
            angles: Sum of tables in radians.
            registers: The model's registers.
            law: Their law.
            num_value_qubits: Number of value qubits.
            ends: What probabilities 0 and 1 of the objective stand for.
            tolerance: Bound of the mean absolute error of the angle.
        """
        kept: dict[Places, Array] = {}
        rotations, qubits, constant = [], [], angles.constant
        allowed = tolerance / max(len(angles.tables), 1)
        for places, table in angles.tables.items():
            coefficients = nonzero_rotations(table.ravel())
            weights = law.marginal(places).ravel()
            fewer = _without_the_smallest(coefficients, table.ravel(), weights, allowed)
            shown = angles_of(fewer, table.size)
            # What is left out has mean 0, and what does not depend on the register is added up.
            constant += float(weights @ (table.ravel() - shown)) + fewer.pop(0)
            if not fewer:
                continue
            kept[places] = angles_of(fewer, table.size).reshape(table.shape)
            rotations.append(fewer)
            qubits.append(_qubits(registers, places))
        return cls(
            TableSum(kept, constant), tuple(rotations), tuple(qubits), num_value_qubits, *ends
        )

    @property
    def shown(self) -> Array:
        angles = np.full(2**self.num_value_qubits, self.angles.constant)
        points = np.arange(len(angles))
        for rotations, qubits in zip(self.rotations, self.qubits, strict=True):
            integers = sum((points >> qubit & 1) << bit for bit, qubit in enumerate(qubits))
            angles += angles_of(rotations, 2 ** len(qubits))[integers]
        return np.asarray(np.sin(angles / 2) ** 2)

    def amplitude(self, law: Law) -> float:
        """Probability of objective 1, by contraction of the law with one factor per table."""
        (mean,) = law.characteristic(self.angles, np.ones(1))
        return float(1 - mean.real) / 2

    @property
    def structure(self) -> tuple[tuple[int, ...], ...]:
        """What decides about the number of gates: the masks of each rotation."""
        return tuple(tuple(rotations) for rotations in self.rotations)

    def _turned(self, factor: float) -> QuantumCircuit:
        objective = self.num_value_qubits
        circuit = QuantumCircuit(objective + 1, name="payoff")
        circuit.ry(factor * self.angles.constant, objective)
        for rotations, qubits in zip(self.rotations, self.qubits, strict=True):
            scaled = {mask: factor * angle for mask, angle in rotations.items()}
            circuit.append(WalshRYGate(scaled, len(qubits)), [*qubits, objective])
        return circuit


def _without_the_smallest(
    rotations: dict[int, float], table: Array, weights: Array, tolerance: float
) -> dict[int, float]:
    """As many of the largest coefficients as keep the mean error of the table's angle small."""
    order = sorted(rotations, key=lambda mask: (mask != 0, -abs(rotations[mask])))
    few, many = 1, len(order)
    while few < many:
        middle = (few + many) // 2
        error = table - angles_of({mask: rotations[mask] for mask in order[:middle]}, len(table))
        if weights @ np.abs(error - weights @ error) <= tolerance:
            many = middle
        else:
            few = middle + 1
    return {mask: rotations[mask] for mask in order[:many]}


def _qubits(registers: Sequence[Register], places: Places) -> tuple[int, ...]:
    """Qubits of a joint table, whose last axis is the least significant part of its index."""
    return tuple(qubit for place in reversed(places) for qubit in registers[place].qubits)
