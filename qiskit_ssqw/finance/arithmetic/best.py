"""Circuits that find the highest of several ranks, and rotate by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.finance.arithmetic.base import ArithmeticEncoding, append_table, shown_by
from qiskit_ssqw.finance.arithmetic.form import checked_laws
from qiskit_ssqw.finance.arithmetic.ranking import Ranking, RankTable
from qiskit_ssqw.finance.arithmetic.reversible import greater
from qiskit_ssqw.finance.encodings.sparse import nonzero_rotations
from qiskit_ssqw.finance.registers import Register


@dataclass(frozen=True, eq=False)
class BestEncoding(ArithmeticEncoding):
    """Turns the objective by a table on the highest rank.

    Each price looks up its rank. The higher of two is kept: a chain of carries compares, and a flag
    copies. Qubits beyond the objective: the ranks, a flag for each comparison and a clean one.

    Args:
        ranking: The ranks of the prices.
        num_value_qubits: Number of value qubits.
        low: What probability 0 of the objective stands for.
        high: What probability 1 stands for.
        turns: Angle in radians by what the qubits of the highest rank hold.
    """

    ranking: Ranking
    num_value_qubits: int
    low: float
    high: float
    turns: Array

    @property
    def num_ancillas(self) -> int:  # type: ignore[override]
        return len(self.ranking.tables) * (self.ranking.num_qubits + 1)

    @property
    def placed(self) -> dict[int, Register]:
        return self.ranking.placed

    def angles(self, integers: NDArray[np.integer]) -> Array:
        return self.turns[self.ranking.highest(integers)]

    def amplitude(self, laws: Sequence[Array]) -> float:
        masses = self.ranking.masses(checked_laws(self.placed, laws))
        return float(masses @ shown_by(self.turns[: len(masses)]))

    def _turned(self, factor: float) -> QuantumCircuit:
        circuit = self._empty()
        best = self._append_computation(circuit)
        undo = circuit.inverse()
        append_table(circuit, factor * self.turns, best, self.num_value_qubits)
        circuit.compose(undo, inplace=True)
        return circuit

    def _append_computation(self, circuit: QuantumCircuit) -> list[int]:
        """Append ``U``, and return the qubits of the highest rank."""
        size, tables = self.ranking.num_qubits, self.ranking.tables
        free = iter(range(self.num_value_qubits + 1, circuit.num_qubits))
        holders = [[next(free) for _ in range(size)] for _ in tables]
        *flags, clean = free
        for table, holder in zip(tables, holders, strict=True):
            self._append_look_up(circuit, table, holder)
        best, *others = holders
        for other, flag in zip(others, flags, strict=True):
            circuit.compose(greater(size), [*other, *best, flag, clean], inplace=True)
            for mine, new in zip(best, other, strict=True):
                circuit.cx(mine, new)
                circuit.rccx(flag, new, mine)
        return best

    def _append_look_up(
        self, circuit: QuantumCircuit, table: RankTable, holder: Sequence[int]
    ) -> None:
        """Append rotations by 0 or pi that write the bits of a rank into clean qubits."""
        registers = self.ranking.registers
        # The first register is the highest axis.
        controls = [q for place in table.places[::-1] for q in registers[place].qubits]
        for bit, qubit in enumerate(holder):
            rotations = nonzero_rotations(np.asarray(np.pi * (table.ranks.ravel() >> bit & 1)))
            circuit.append(WalshRYGate(rotations, len(controls)), [*controls, qubit])
