"""A payoff of two values as comparisons of the grid point's index with constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.encodings.base import PayoffEncoding


@dataclass(frozen=True)
class ComparatorEncoding(PayoffEncoding):
    """Flips the objective at each index from which on a payoff takes its other value.

    One comparison ``x >= edge`` is a chain of carries (Cuccaro et al., arXiv:quant-ph/0410184,
    with a constant for the second number): each bit of the edge, from its lowest 1 up, takes the
    AND or the OR of the bit of ``x`` and the carry from below. The reflection is a phase, so its
    chain may have relative phases, 3 CX a step: ``6 (m - 2) + 1`` CX and ``m - 2`` ancillas for an
    edge of ``m`` bits above its trailing zeros.

    Args:
        edges: Ascending indices at which the payoff changes; 0 if it begins with ``high``.
        num_value_qubits: Number of value qubits.
        low: What probability 0 of the objective stands for.
        high: What probability 1 stands for.
    """

    edges: tuple[int, ...]
    num_value_qubits: int
    low: float
    high: float

    @classmethod
    def of(cls, payments: Array) -> ComparatorEncoding | None:
        """Make the encoding of a payoff on the grid, or None if it takes more than two values."""
        low, high = float(payments.min()), float(payments.max())
        good = payments == high
        if low == high or not np.all(good | (payments == low)):
            return None
        edges = np.flatnonzero(np.diff(good, prepend=False))
        return cls(tuple(edges.tolist()), len(payments).bit_length() - 1, low, high)

    @property
    def num_ancillas(self) -> int:  # type: ignore[override]
        return max([0, *(self.num_value_qubits - _trailing_zeros(e) - 2 for e in self._inner)])

    @property
    def shown(self) -> Array:
        flips = np.zeros(2**self.num_value_qubits)
        flips[list(self.edges)] = 1
        return np.cumsum(flips) % 2

    def circuit(self) -> QuantumCircuit:
        objective = self.num_value_qubits
        circuit = self._empty()
        if 0 in self.edges:
            circuit.x(objective)
        self._compare(
            circuit,
            lambda bit: circuit.cx(bit, objective),
            lambda bit, carry: circuit.ccx(bit, carry, objective),
        )
        return circuit

    def reflection(self) -> QuantumCircuit:
        circuit = self._empty()
        if 0 in self.edges:
            circuit.global_phase = np.pi
        self._compare(circuit, circuit.z, circuit.cz)
        circuit.z(self.num_value_qubits)
        return circuit

    def _compare(
        self,
        circuit: QuantumCircuit,
        if_set: Callable[[int], Any],
        if_both: Callable[[int, int], Any],
    ) -> None:
        """Append each comparison: its carries, what is done if it holds, and the carries undone."""
        for edge in self._inner:
            carry = self.carry(edge)
            circuit.compose(carry.chain, inplace=True)
            if carry.qubit is None:
                if_set(carry.top)
            else:
                if carry.either:
                    if_set(carry.top)
                    if_set(carry.qubit)
                if_both(carry.top, carry.qubit)
            circuit.compose(carry.chain.inverse(), inplace=True)

    @property
    def _inner(self) -> list[int]:
        """The edges that are compared with."""
        return [edge for edge in self.edges if edge]

    def _empty(self) -> QuantumCircuit:
        return QuantumCircuit(self.num_value_qubits + 1 + self.num_ancillas, name="payoff")

    def carry(self, edge: int) -> Carry:
        """The carry of all bits of a comparison but the highest, up to phases."""
        chain, top = self._empty(), self.num_value_qubits - 1
        lowest = _trailing_zeros(edge)
        if lowest == top:
            return Carry(chain, top, None, False)
        carry = lowest
        for place, bit in enumerate(range(lowest + 1, top)):
            target = self.num_value_qubits + 1 + place
            either = not edge >> bit & 1
            if either:  # NOT (NOT a AND NOT b)
                chain.x([bit, carry])
            chain.rccx(bit, carry, target)
            if either:
                chain.x([bit, carry, target])
            carry = target
        return Carry(chain, top, carry, not edge >> top & 1)


class Carry(NamedTuple):
    """A comparison but for its last step, the AND or OR of the highest bit and a carry."""

    chain: QuantumCircuit
    top: int
    qubit: int | None
    """Holds the carry; None if the highest bit decides alone."""
    either: bool
    """Whether the last step is OR."""


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1
