"""Sums of tables over registers: how a price, or a payoff, depends on what a model loads.

A model of many registers has more points than can be listed. But a price is often a sum of one
table per register, or the exponential of one, and a payoff a function of one such sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array

Places = tuple[int, ...]
"""Places of registers in the model's list, ascending."""

MOST_ENTRIES = 2**12
"""Of a table that several registers share."""


class TableSum:
    """``constant + sum_k table_k[j_a, j_b, ...]``, each table over the integers of some registers.

    Args:
        tables: One axis per register, by the places of the registers, which ascend.
        constant: What is added.
    """

    def __init__(self, tables: Mapping[Places, Array], constant: float = 0.0) -> None:
        self.tables = dict(tables)
        self.constant = float(constant)

    @classmethod
    def of_register(cls, place: int, values: Array) -> TableSum:
        """The sum whose only table is that of one register."""
        return cls({(place,): values})

    @property
    def registers(self) -> Places:
        """Places of the registers that it depends on."""
        return tuple(sorted({place for places in self.tables for place in places}))

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value; outer bounds of them where tables share registers."""
        low = self.constant + sum(float(table.min()) for table in self.tables.values())
        high = self.constant + sum(float(table.max()) for table in self.tables.values())
        return low, high

    def at(self, integers: NDArray[np.integer]) -> Array:
        """Values where the registers hold these integers.

        Args:
            integers: Shape ``(N, number of registers of the model)``.
        """
        total = np.full(len(integers), self.constant)
        for places, table in self.tables.items():
            total += table[tuple(integers[:, place] for place in places)]
        return total

    def __add__(self, other: TableSum | float) -> TableSum:
        if not isinstance(other, TableSum):
            return TableSum(self.tables, self.constant + other)
        return total([self, other])

    def __mul__(self, factor: float) -> TableSum:
        scaled = {places: factor * table for places, table in self.tables.items()}
        return TableSum(scaled, factor * self.constant)

    __rmul__ = __mul__

    def equals(self, other: TableSum) -> bool:
        """Whether both are the same sum."""
        return (
            self.constant == other.constant
            and self.tables.keys() == other.tables.keys()
            and all(np.array_equal(t, other.tables[p]) for p, t in self.tables.items())
        )

    def mapped(self, function: Callable[[Array], Array]) -> TableSum | None:
        """A function of the sum as one table, or ``None`` if that is too large."""
        places = self.registers
        shape = self._shape
        if np.prod([float(length) for length in shape]) > MOST_ENTRIES:
            return None
        joint = np.full(shape, self.constant)
        for some, table in self.tables.items():
            joint = joint + np.expand_dims(
                table, [axis for axis, place in enumerate(places) if place not in some]
            )
        values = function(joint)
        return TableSum({places: values}) if places else TableSum({}, float(values))

    @property
    def _shape(self) -> tuple[int, ...]:
        lengths = {
            place: length
            for places, table in self.tables.items()
            for place, length in zip(places, table.shape, strict=True)
        }
        return tuple(lengths[place] for place in self.registers)


def total(sums: Iterable[TableSum]) -> TableSum:
    """The sum of sums; tables of the same registers become one."""
    tables: dict[Places, Array] = {}
    constant = 0.0
    for one in sums:
        constant += one.constant
        for places, table in one.tables.items():
            tables[places] = tables[places] + table if places in tables else table
    return TableSum(tables, constant)


@dataclass(frozen=True, eq=False)
class Price:
    """A price as a function of the registers: a sum of tables, or the exponential of one."""

    sum: TableSum
    is_log: bool = False
    """Whether the sum is the price's logarithm."""

    def link(self, sums: Array) -> Array:
        """The prices at which the sum has these values."""
        return np.exp(sums) if self.is_log else np.asarray(sums)

    def at(self, integers: NDArray[np.integer]) -> Array:
        """Prices where the registers hold these integers, as for `TableSum.at`."""
        return self.link(self.sum.at(integers))

    def as_sum(self) -> TableSum | None:
        """The price itself as a sum, or ``None`` if a table of it would be too large."""
        return self.sum.mapped(np.exp) if self.is_log else self.sum

    def as_log_sum(self) -> TableSum | None:
        """The price's logarithm as a sum, or ``None`` if it is none or not positive."""
        if self.is_log:
            return self.sum
        joint = self.sum.mapped(lambda prices: prices)
        if joint is None or joint.bounds[0] <= 0:
            return None
        return joint.mapped(np.log)


@dataclass(frozen=True, eq=False)
class OuterSum:
    """A payoff as a function of one sum of tables: ``outer(sum)``."""

    sum: TableSum
    outer: Callable[[Array], Array]
    """Takes shape ``(N,)`` and returns it."""

    def scaled(self, factor: float) -> OuterSum:
        """A multiple of the payoff."""
        return OuterSum(self.sum, lambda sums: factor * self.outer(sums))


def joined(parts: list[OuterSum], cash: float) -> OuterSum | None:
    """The sum of payoffs of the same sum and of cash, or ``None`` if their sums differ."""
    first = parts[0].sum
    if not all(first.equals(part.sum) for part in parts[1:]):
        return None
    return OuterSum(first, lambda sums: reduce(np.add, [part.outer(sums) for part in parts]) + cash)
