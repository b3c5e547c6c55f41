"""Payoffs of the prices of several assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.finance.payoffs.base import Payoff
from qiskit_ssqw.finance.payoffs.one_number import (
    OfOneNumber,
    OnePayoff,
    logarithms,
    of_mean,
    of_one_price,
)
from qiskit_ssqw.finance.registers.sums import OuterSum, Price

if TYPE_CHECKING:
    from qiskit_ssqw.markets.base import PriceDistribution


@dataclass(frozen=True)
class _Weighted(OfOneNumber):
    """A payoff of one price applied to a mean in which each price has its weight."""

    weights: tuple[float, ...]
    payoff: Payoff

    def __init__(self, weights: ArrayLike, payoff: Payoff) -> None:
        array = check.real_array(weights, "weights", shape=(None,))
        if len(array) < 2:
            raise ValueError(f"weights must have at least two entries, got {len(array)}")
        object.__setattr__(self, "weights", tuple(array.tolist()))
        object.__setattr__(self, "payoff", of_one_price(payoff))

    @property
    def num_values(self) -> int:
        return len(self.weights)

    def _rows(self) -> list[Row]:
        return [*super()._rows(), ("weights", ", ".join(f"{w:g}" for w in self.weights), "")]


class Basket(_Weighted):
    """A payoff of one price applied to a weighted sum of prices.

    Args:
        weights: Weight of each price, shape ``(d,)``.
        payoff: Applied to the sum, such as ``Call(3.5)``.

    Raises:
        TypeError: ``payoff`` is no payoff, or a weight no number.
        ValueError: There are fewer than two weights, or the payoff takes several prices.

    Examples:
        >>> from qiskit_ssqw.finance import Basket, Call
        >>> Basket((1, 1), Call(3.5))([[2.0, 2.0], [1.0, 1.0]]).tolist()
        [0.5, 0.0]
    """

    @property
    def name(self) -> str:
        return f"{self.payoff.name} on a basket"

    def reduce(self, values: Array) -> Array:
        return np.asarray(values @ np.array(self.weights))

    def outer_sum(self, prices: Sequence[Price]) -> OuterSum | None:
        sums = [price.as_sum() for price in prices]
        return None if len(sums) != len(self.weights) else of_mean(self, sums, self.weights)

    def distribution(
        self, market: PriceDistribution, num_steps: int | None
    ) -> PriceDistribution | None:
        return market.weighted_sum(np.array(self.weights), num_steps)


class GeometricBasket(_Weighted):
    """A payoff of one price applied to a product of powers of prices, their weighted mean.

    Args:
        weights: Exponent of each price, shape ``(d,)``; those of a mean add up to 1.
        payoff: Applied to ``prod_i S_i**weights[i]``, such as ``Call(2.0)``.

    Raises:
        TypeError: ``payoff`` is no payoff, or a weight no number.
        ValueError: There are fewer than two weights, or the payoff takes several prices; called
            with prices that are not positive, there is no geometric mean.

    Examples:
        >>> from qiskit_ssqw.finance import Call, GeometricBasket
        >>> GeometricBasket((0.5, 0.5), Call(1.0))([[1.0, 4.0], [1.0, 1.0]]).tolist()
        [1.0, 0.0]
    """

    @property
    def name(self) -> str:
        return f"{self.payoff.name} on a geometric basket"

    def reduce(self, values: Array) -> Array:
        return np.asarray(np.exp(logarithms(values) @ np.array(self.weights)))

    def outer_sum(self, prices: Sequence[Price]) -> OuterSum | None:
        sums = [price.as_log_sum() for price in prices]
        if len(sums) != len(self.weights):
            return None
        return of_mean(self, sums, self.weights, np.exp)

    def distribution(
        self, market: PriceDistribution, num_steps: int | None
    ) -> PriceDistribution | None:
        return market.weighted_product(np.array(self.weights), num_steps)


class Spread(Basket):
    """A payoff applied to the first price less the second.

    Args:
        payoff: Applied to the difference, such as ``Call(0.1)``.

    Raises:
        TypeError: ``payoff`` is no payoff.
        ValueError: It takes several prices.
    """

    def __init__(self, payoff: Payoff) -> None:
        super().__init__((1.0, -1.0), payoff)

    @property
    def name(self) -> str:
        return f"{self.payoff.name} on a spread"


class BestOf(OnePayoff):
    """A payoff applied to the highest of the prices.

    Args:
        payoff: Applied to the maximum.

    Raises:
        TypeError: ``payoff`` is no payoff.
        ValueError: It takes several prices.
    """

    @property
    def name(self) -> str:
        return f"{self.payoff.name} on the best"

    def reduce(self, values: Array) -> Array:
        return np.asarray(values.max(axis=1))


class WorstOf(OnePayoff):
    """A payoff applied to the lowest of the prices; arguments and errors are those of `BestOf`."""

    @property
    def name(self) -> str:
        return f"{self.payoff.name} on the worst"

    def reduce(self, values: Array) -> Array:
        return np.asarray(values.min(axis=1))
