"""Payoffs of the highest of several prices, by their ranks among all prices there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.finance.arithmetic.base import (
    ArithmeticEncoding,
    Array,
    append_table,
    checked_laws,
    rotation_angles,
)
from qiskit_ssqw.finance.arithmetic.reversible import greater
from qiskit_ssqw.finance.encodings.sparse import nonzero_rotations
from qiskit_ssqw.finance.payoffs import BestOf, WorstOf
from qiskit_ssqw.finance.registers import Price, Register
from qiskit_ssqw.finance.registers.sums import MOST_ENTRIES

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class RankTable:
    """The rank of one price by the integers of the registers that it depends on."""

    places: tuple[int, ...]
    ranks: Integers
    """One axis for each place."""


@dataclass(frozen=True, eq=False)
class BestEncoding(ArithmeticEncoding):
    """Turns the objective by a table on the highest rank.

    Each price looks up its rank among the values that some price takes. Neighbours in this order
    of which the payoff is the same have one rank, so that ranks have few bits and no rounding.
    The higher of two is kept: a chain of carries compares, and a flag copies. Qubits beyond the
    objective: the ranks, a flag for each comparison and a clean one.

    Args:
        registers: All those of the model.
        tables: The ranks of each price.
        payments: Payoff by the highest rank.
    """

    registers: tuple[Register, ...]
    tables: tuple[RankTable, ...]
    payments: Array

    @classmethod
    def of(
        cls,
        payoff: BestOf | WorstOf,
        weight: float,
        registers: Sequence[Register],
        prices: Sequence[Price],
    ) -> BestEncoding:
        """Make the encoding of a multiple of a payoff.

        Raises:
            ValueError: A price depends on too many registers for a table.
        """
        tables = [_table_of(price, number) for number, price in enumerate(prices, 1)]
        sign = 1 if isinstance(payoff, BestOf) else -1
        values = np.unique(np.concatenate([table.ravel() for _, table in tables]))[::sign]
        paid = weight * payoff.payoff(values)
        ranks = np.cumsum(np.diff(paid, prepend=paid[0]) != 0)
        order = np.argsort(values)
        found = (
            RankTable(places, ranks[order[np.searchsorted(values[order], table)]])
            for places, table in tables
        )
        first = np.searchsorted(ranks, np.arange(ranks[-1] + 1))
        return cls(tuple(registers), tuple(found), paid[first])

    @property
    def low(self) -> float:  # type: ignore[override]
        return float(self._reachable.min())

    @property
    def high(self) -> float:  # type: ignore[override]
        return float(self._reachable.max())

    @property
    def _reachable(self) -> Array:
        """What is paid somewhere: each price's lowest rank may be beaten for sure."""
        return self.payments[max(table.ranks.min() for table in self.tables) :]

    @property
    def num_value_qubits(self) -> int:  # type: ignore[override]
        return sum(register.num_qubits for register in self.registers)

    @property
    def num_rank_qubits(self) -> int:
        """Qubits of a rank."""
        return (len(self.payments) - 1).bit_length()

    @property
    def num_ancillas(self) -> int:  # type: ignore[override]
        return len(self.tables) * (self.num_rank_qubits + 1)

    @property
    def placed(self) -> dict[int, Register]:
        places = sorted({place for table in self.tables for place in table.places})
        return {place: self.registers[place] for place in places}

    @property
    def _turns(self) -> Array:
        """Angle by the highest rank."""
        width = (self.high - self.low) or 1.0
        return rotation_angles(np.clip((self.payments - self.low) / width, 0, 1))

    def angles(self, integers: NDArray[np.integer]) -> Array:
        ranks = [
            table.ranks[tuple(integers[:, place] for place in table.places)]
            for table in self.tables
        ]
        return np.asarray(self._turns[np.max(ranks, axis=0)])

    def amplitude(self, laws: Sequence[Array]) -> float:
        chosen = checked_laws(self.placed, laws)
        shown = np.sin(self._turns / 2) ** 2
        total = 0.0
        for chance, fixed in self._common_cases(chosen):
            below = [self._at_most(table, fixed, chosen) for table in self.tables]
            total += chance * float(np.diff(np.prod(below, axis=0), prepend=0.0) @ shown)
        return total

    def _common_cases(self, laws: dict[int, Array]) -> Iterator[tuple[float, dict[int, int]]]:
        """What the registers hold on which several prices depend, and with which probability."""
        all_places = [place for table in self.tables for place in table.places]
        shared = [place for place in laws if all_places.count(place) > 1]
        for integers in np.ndindex(*(len(laws[place]) for place in shared)):
            fixed = dict(zip(shared, integers, strict=True))
            yield float(np.prod([laws[place][held] for place, held in fixed.items()])), fixed

    def _at_most(self, table: RankTable, fixed: dict[int, int], laws: dict[int, Array]) -> Array:
        """Probability that a price's rank is at most each rank."""
        ranks = table.ranks[tuple(fixed.get(place, slice(None)) for place in table.places)]
        own = [laws[place] for place in table.places if place not in fixed]
        weights = reduce(np.multiply.outer, own, np.ones(()))
        masses = np.bincount(np.ravel(ranks), weights=weights.ravel(), minlength=len(self.payments))
        return np.cumsum(masses)

    def _turned(self, factor: float) -> QuantumCircuit:
        circuit = self._empty()
        size, objective = self.num_rank_qubits, self.num_value_qubits
        holders = [
            range(objective + 1 + k * size, objective + 1 + (k + 1) * size)
            for k in range(len(self.tables))
        ]
        first_flag = objective + 1 + len(self.tables) * size
        *flags, clean = range(first_flag, first_flag + len(self.tables))
        for table, holder in zip(self.tables, holders, strict=True):
            self._append_look_up(circuit, table, holder)
        best = holders[0]
        for other, flag in zip(holders[1:], flags, strict=True):
            circuit.compose(greater(size), [*other, *best, flag, clean], inplace=True)
            for mine, new in zip(best, other, strict=True):
                circuit.cx(mine, new)
                circuit.rccx(flag, new, mine)
        undo = circuit.inverse()
        append_table(circuit, factor * self._turns, best, objective)
        circuit.compose(undo, inplace=True)
        return circuit

    def _append_look_up(
        self, circuit: QuantumCircuit, table: RankTable, holder: Sequence[int]
    ) -> None:
        """Append rotations by 0 or pi that write the bits of a rank into clean qubits."""
        # The first register is the highest axis.
        controls = [q for place in table.places[::-1] for q in self.registers[place].qubits]
        for bit, qubit in enumerate(holder):
            rotations = nonzero_rotations(np.asarray(np.pi * (table.ranks.ravel() >> bit & 1)))
            circuit.append(WalshRYGate(rotations, len(controls)), [*controls, qubit])


def _table_of(price: Price, number: int) -> tuple[tuple[int, ...], Array]:
    """The registers that a price depends on, and its values."""
    joint = price.sum.mapped(price.link)
    if joint is None:
        raise ValueError(
            "the highest price is found by ranks, which need prices on up to "
            f"{MOST_ENTRIES} points each; price {number} depends on registers "
            f"{price.sum.registers}, which have more"
        )
    ((places, table),) = joint.tables.items()
    return places, table
