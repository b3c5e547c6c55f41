"""Prices by their ranks among all values that some price takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
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
class Ranking:
    """The ranks of several prices; what counts is the highest."""

    registers: tuple[Register, ...]
    """All those of the model."""
    tables: tuple[RankTable, ...]
    """One for each price."""
    num_ranks: int

    @classmethod
    def of(
        cls, registers: Sequence[Register], prices: Sequence[Price], *, ascending: bool
    ) -> tuple[Ranking, Array]:
        """Rank all values of prices.

        Args:
            registers: Those of the model.
            prices: How each price depends on them.
            ascending: Whether the highest price has the highest rank, or the lowest.

        Returns:
            The ranking, and the price of each rank.

        Raises:
            ValueError: A price depends on too many registers for a table.
        """
        found = [_table_of(price, number) for number, price in enumerate(prices, 1)]
        values, inverse = np.unique(
            np.concatenate([table.ravel() for _, table in found]), return_inverse=True
        )
        ranks = inverse.ravel() if ascending else len(values) - 1 - inverse.ravel()
        ends = np.cumsum([table.size for _, table in found])[:-1]
        tables = tuple(
            RankTable(places, part.reshape(table.shape))
            for (places, table), part in zip(found, np.split(ranks, ends), strict=True)
        )
        ranking = cls(tuple(registers), tables, len(values))
        return ranking, values if ascending else values[::-1]

    def merged(self, payments: Array) -> tuple[Ranking, Array]:
        """Give neighbours of which the payment is the same one rank, so that ranks have few bits.

        Args:
            payments: By the highest rank, shape ``(num_ranks,)``.

        Returns:
            The ranking, and what is paid at each of its ranks.
        """
        changes = np.diff(payments, prepend=payments[0]) != 0
        fewer = np.cumsum(changes)
        tables = tuple(RankTable(table.places, fewer[table.ranks]) for table in self.tables)
        changes[0] = True
        return Ranking(self.registers, tables, int(fewer[-1]) + 1), payments[changes]

    @property
    def num_qubits(self) -> int:
        """Qubits of a rank."""
        return (self.num_ranks - 1).bit_length()

    @property
    def lowest(self) -> int:
        """The lowest rank that the highest can be."""
        return max(int(table.ranks.min()) for table in self.tables)

    @property
    def placed(self) -> dict[int, Register]:
        """The registers that prices depend on, by their places."""
        places = sorted({place for table in self.tables for place in table.places})
        return {place: self.registers[place] for place in places}

    def highest(self, integers: NDArray[np.integer]) -> Integers:
        """The highest rank where the model's registers hold these integers, shape ``(N,)``."""
        ranks = [
            table.ranks[tuple(integers[:, place] for place in table.places)]
            for table in self.tables
        ]
        return np.asarray(np.max(ranks, axis=0))

    def masses(self, laws: dict[int, Array]) -> Array:
        """Probability of each highest rank.

        Prices are independent but for registers that several of them depend on, which are gone
        through one integer after the other.

        Args:
            laws: Probabilities of the integers of independent registers, by their places.
        """
        at_most = np.zeros(self.num_ranks)
        for chance, fixed in self._common_cases(laws):
            below = [self._at_most(table, fixed, laws) for table in self.tables]
            at_most += chance * np.prod(below, axis=0)
        return np.diff(at_most, prepend=0.0)

    def _common_cases(self, laws: dict[int, Array]) -> Iterator[tuple[float, dict[int, int]]]:
        """What the registers hold on which several prices depend, and with which probability."""
        everywhere = [place for table in self.tables for place in table.places]
        shared = [place for place in laws if everywhere.count(place) > 1]
        for integers in np.ndindex(*(len(laws[place]) for place in shared)):
            fixed = dict(zip(shared, integers, strict=True))
            yield float(np.prod([laws[place][held] for place, held in fixed.items()])), fixed

    def _at_most(self, table: RankTable, fixed: dict[int, int], laws: dict[int, Array]) -> Array:
        """Probability that a price's rank is at most each rank."""
        ranks = table.ranks[tuple(fixed.get(place, slice(None)) for place in table.places)]
        own = [laws[place] for place in table.places if place not in fixed]
        weights = reduce(np.multiply.outer, own, np.ones(()))
        return np.cumsum(np.bincount(np.ravel(ranks), weights.ravel(), self.num_ranks))


def _table_of(price: Price, number: int) -> tuple[tuple[int, ...], Array]:
    """The registers that a price depends on, and its values."""
    joint = price.sum.mapped(price.link)
    if joint is None:
        raise ValueError(
            "the highest price is found by ranks, which need prices on up to "
            f"{MOST_ENTRIES} points each; price {number} depends on registers "
            f"{price.sum.registers}, which have more"
        )
    places = joint.registers
    return places, joint.tables.get(places, np.array(joint.constant))
