"""Payoffs of how many prices are beyond a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.finance.payoffs.base import Payoff, is_at
from qiskit_ssqw.finance.payoffs.one_number import OfOneNumber, of_mean, of_one_price
from qiskit_ssqw.finance.registers.sums import OuterSum, Price, TableSum

if TYPE_CHECKING:
    from qiskit_ssqw.markets.base import PriceDistribution

BreachKind = Literal["above", "below"]

_MOST_ASSETS = 4
"""Of which the market knows joint probabilities to 1e-10."""


@dataclass(frozen=True)
class Breaches(OfOneNumber):
    """A payoff applied to how many prices are beyond a level: of several assets, or of a path.

    ``Breaches(DigitalCall(2), 0.8)`` pays 1 where two prices or more are at or below 0.8, and
    ``Breaches(Call(1), 0.8)`` pays 1 for each but the first.

    Args:
        payoff: Applied to the number of breaches.
        level: A number for all prices, or one per price.
        kind: ``"below"`` counts prices at or below the level, ``"above"`` those at or above it. A
            price that differs from the level by rounding (1e-9 of it) is at it.

    Raises:
        TypeError: ``payoff`` is no payoff, or a level no number.
        ValueError: ``kind`` is an unknown word, there is a single level in a list, or the payoff
            takes several prices.

    Examples:
        >>> from qiskit_ssqw.finance import Breaches, Call
        >>> Breaches(Call(0), 0.8)([[1.0, 0.7, 0.8], [1.0, 1.1, 0.9]]).tolist()
        [2.0, 0.0]
    """

    payoff: Payoff
    level: float | tuple[float, ...]
    kind: BreachKind

    def __init__(self, payoff: Payoff, level: Any, kind: BreachKind = "below") -> None:
        object.__setattr__(self, "payoff", of_one_price(payoff))
        levels = level.tolist() if isinstance(level, np.ndarray) else level
        if isinstance(levels, (list, tuple)):
            levels = tuple(check.number(one, "level") for one in levels)
            if len(levels) < 2:
                raise ValueError(f"level must be a number, or one per price, got {level}")
        else:
            levels = check.number(levels, "level")
        object.__setattr__(self, "level", levels)
        object.__setattr__(self, "kind", check.one_of(kind, get_args(BreachKind), "kind"))

    @property
    def name(self) -> str:
        marks = self.level if isinstance(self.level, tuple) else (self.level,)
        return f"{self.payoff.name} on prices {self.kind} {', '.join(f'{m:g}' for m in marks)}"

    @property
    def num_values(self) -> int | None:
        return len(self.level) if isinstance(self.level, tuple) else None

    def _rows(self) -> list[Row]:
        return [
            *super()._rows(),
            ("level", self.level, self.kind),
            ("payoff", self.payoff.name, ""),
        ]

    def reduce(self, values: Array) -> Array:
        return np.asarray(self._beyond(values, np.array(self.level)).sum(axis=1))

    def outer_sum(self, prices: Sequence[Price]) -> OuterSum | None:
        if self.num_values not in (None, len(prices)):
            return None
        levels = np.broadcast_to(self.level, (len(prices),)).tolist()
        counted = [self._counted(*each) for each in zip(prices, levels, strict=True)]
        return of_mean(self, counted, [1.0] * len(prices))

    def check_grid(self, values: Array, spot: float | None = None) -> None:
        numbers = self.reduce(values)
        if np.all(numbers == numbers[0]):
            raise ValueError(
                f"level must lie inside the grid, got {self.level}: {numbers[0]:g} prices of each "
                f"point are {self.kind} it"
            )
        super().check_grid(values, spot)

    def closed_form(self, market: PriceDistribution, num_steps: int | None = None) -> float | None:
        assets = market.num_assets
        fits = self.num_values in (None, assets) and 2 <= assets <= _MOST_ASSETS
        if num_steps is not None or not fits:
            return None
        levels = np.broadcast_to(self.level, (assets,)).tolist()
        marks = [
            float(asset.coordinate(level))
            for asset, level in zip(market.marginals, levels, strict=True)
        ]
        try:
            masses = market.masses([np.array([-np.inf, mark, np.inf]) for mark in marks])
        except ValueError:  # the assets depend on each other too closely
            return None
        above = np.indices(masses.shape).sum(axis=0).ravel()
        numbers = above if self.kind == "above" else assets - above
        return float(self.payoff(numbers) @ masses.ravel())

    def _counted(self, price: Price, level: float) -> TableSum | None:
        """1 where a price is beyond its level, as one table."""
        return price.sum.mapped(lambda sums: self._beyond(price.link(sums), level))

    def _beyond(self, values: Array, level: float | Array) -> Array:
        reached = values > level if self.kind == "above" else values < level
        return np.asarray(reached | is_at(values, level), dtype=float)
