"""Payoffs of several prices that depend on one number made of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.payoffs.base import Payoff, Pieces
from qiskit_ssqw.finance.registers.sums import OuterSum, TableSum, total

if TYPE_CHECKING:
    from qiskit_ssqw.markets.base import PriceDistribution


class OfOneNumber(Payoff):
    """A payoff of one price applied to one number that is made of several prices."""

    payoff: Payoff

    @abstractmethod
    def reduce(self, values: Array) -> Array:
        """The number that the payoff of one price is applied to, shape ``(N,)``."""

    def distribution(
        self, market: PriceDistribution, num_steps: int | None
    ) -> PriceDistribution | None:
        """The distribution of that number without a grid, or ``None`` if it is not known.

        Args:
            market: Where the prices come from.
            num_steps: Number of times of a path, ``None`` for assets at maturity.
        """
        return None

    @property
    def num_values(self) -> int | None:
        return None

    def pay(self, values: Array) -> Array:
        return self.payoff(self.reduce(values))

    def coordinate(self, values: Array) -> Array:
        return self.reduce(values)

    def pieces(self, values: Array) -> Pieces:
        return self.payoff.pieces(self.reduce(values))

    def check_grid(self, values: Array, spot: float | None = None) -> None:
        self.payoff.check_grid(self.reduce(values))

    def closed_form(self, market: PriceDistribution, num_steps: int | None = None) -> float | None:
        number = self.distribution(market, num_steps)
        if number is None:
            return None
        try:
            self.payoff.check_market(number)
        except ValueError:  # a Greek in another market, taken as the function that it is
            return None
        return self.payoff.closed_form(number)


@dataclass(frozen=True)
class OnePayoff(OfOneNumber):
    """One without any other argument than the payoff of that number."""

    payoff: Payoff

    def __post_init__(self) -> None:
        of_one_price(self.payoff)


def of_mean(
    contract: OfOneNumber,
    sums: Sequence[TableSum | None],
    weights: Sequence[float],
    link: Callable[[Array], Array] = np.asarray,
) -> OuterSum | None:
    """A payoff of a weighted sum, or of a function of one; ``None`` where a part is no sum."""
    known = [one for one in sums if one is not None]
    if len(known) < len(sums):
        return None
    mean = total([weight * one for weight, one in zip(weights, known, strict=True)])
    return OuterSum(mean, lambda numbers: contract.payoff(link(numbers)))


def logarithms(values: Array) -> Array:
    """Logarithms of prices, or a `ValueError` where there is none."""
    if np.any(values <= 0):
        raise ValueError(f"a geometric mean needs positive prices, got {values.min():g}")
    return np.asarray(np.log(values))


def of_one_price(payoff: Payoff) -> Payoff:
    """Return a payoff of one price, or raise."""
    if not isinstance(payoff, Payoff):
        raise TypeError(f"payoff must be a payoff of one price, got {payoff!r}")
    if payoff.num_values != 1:
        raise ValueError(f"payoff must take one price, got the {payoff.name}")
    return payoff
