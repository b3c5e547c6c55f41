"""Prices along a path as functions of one running sum of integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.registers import Price, Register

_ROUNDING = 1e-9
"""Of the spacing: what tables may miss of an equidistant one."""


@dataclass(frozen=True, eq=False)
class RunningSum:
    """``price_t = link(start_t + spacing * (j_1 + ... + j_t))``, register ``t`` holding ``j_t``.

    The logarithms of a path of equidistant increments are such sums. Whatever depends on the path
    through few of its sums needs one register that holds the current one: it cannot overflow, for
    its range is known.
    """

    registers: tuple[Register, ...]
    """One for each time, in their order."""
    places: tuple[int, ...]
    """Of these registers among those of the model."""
    prices: tuple[Price, ...]
    starts: Array
    """The price's sum where all integers are 0, shape ``(T,)``."""
    spacing: float
    """Of the sum, positive."""

    @classmethod
    def of(cls, registers: Sequence[Register], prices: Sequence[Price]) -> RunningSum:
        """Recognise prices of a path of equidistant increments.

        Args:
            registers: Those of the model.
            prices: How the price at each time depends on them.

        Raises:
            ValueError: A price adds more or less than one register to the one before, or the
                tables are not equidistant with one positive spacing.
        """
        places: tuple[int, ...] = ()
        for time, price in enumerate(prices, 1):
            seen = [place for places_ in price.sum.tables for place in places_]
            new = [place for place in seen if place not in places]
            if len(new) != 1 or sorted(seen) != sorted((*places, *new)):
                raise ValueError(
                    "running sums need prices each of which adds the table of one register to the "
                    f"price before; price {time} depends on the tables "
                    f"{list(price.sum.tables)} after {list(places)}"
                )
            places += (new[0],)
        if not places:
            raise ValueError("running sums need at least one price, got none")
        spacing = _spacing(prices)
        starts = [p.sum.constant + sum(t[0] for t in p.sum.tables.values()) for p in prices]
        return cls(
            tuple(registers[place] for place in places),
            places,
            tuple(prices),
            np.array(starts),
            spacing,
        )

    @property
    def num_times(self) -> int:
        """Number of prices."""
        return len(self.prices)

    @property
    def placed(self) -> dict[int, Register]:
        """The registers by their places, in the order of time."""
        return dict(zip(self.places, self.registers, strict=True))

    @property
    def highest(self) -> list[int]:
        """Largest integer that the sum takes at each time."""
        sizes = [len(register.values) - 1 for register in self.registers]
        return list(accumulate(sizes))

    def prices_at(self, time: int) -> Array:
        """Price at a time (counted from 0) for each integer that the sum takes then."""
        sums = self.starts[time] + self.spacing * np.arange(self.highest[time] + 1)
        return self.prices[time].link(sums)

    def totals(self, integers: NDArray[np.integer]) -> NDArray[np.int64]:
        """The sum at each time.

        Args:
            integers: What the model's registers hold, shape ``(N, number of registers)``.

        Returns:
            Shape ``(N, T)``.
        """
        return np.cumsum(integers[:, self.places], axis=1, dtype=np.int64)


def _spacing(prices: Sequence[Price]) -> float:
    """The spacing that all tables share."""
    spacing = None
    for time, price in enumerate(prices, 1):
        for place, table in price.sum.tables.items():
            cells = np.diff(table)
            spacing = float(cells[0]) if spacing is None else spacing
            if spacing <= 0 or np.abs(cells - spacing).max() > _ROUNDING * len(table) * spacing:
                raise ValueError(
                    "running sums need ascending, equidistant tables of one spacing (of a path, "
                    'take points="centre"); spacings of the table of register '
                    f"{place[0]} in price {time} are from {cells.min():.6g} to {cells.max():.6g}, "
                    f"the first is {spacing:.6g}"
                )
    if spacing is None:
        raise ValueError("running sums need at least one table, got none")
    return spacing
