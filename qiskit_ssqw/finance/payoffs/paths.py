"""Payoffs of one asset along its path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.finance.payoffs.base import Payoff, Pieces, is_at
from qiskit_ssqw.finance.payoffs.one_number import OnePayoff, logarithms, of_mean
from qiskit_ssqw.finance.registers.sums import OuterSum, Price

if TYPE_CHECKING:
    from qiskit_ssqw.markets.base import PriceDistribution

BarrierKind = Literal["up-and-out", "up-and-in", "down-and-out", "down-and-in"]
MeanKind = Literal["arithmetic", "geometric"]


@dataclass(frozen=True)
class Asian(OnePayoff):
    """A payoff applied to the mean of the prices along a path.

    Args:
        payoff: Applied to the mean.
        mean: ``"arithmetic"`` or ``"geometric"``.

    Raises:
        TypeError: ``payoff`` is no payoff.
        ValueError: It takes several prices, or ``mean`` is an unknown word; called with prices
            that are not positive, there is no geometric mean.

    Examples:
        >>> from qiskit_ssqw.finance import Asian, Call
        >>> Asian(Call(1), mean="geometric")([[1.0, 4.0]]).tolist()
        [1.0]
    """

    mean: MeanKind = field(default="arithmetic", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        check.one_of(self.mean, get_args(MeanKind), "mean")

    @property
    def name(self) -> str:
        kind = "" if self.mean == "arithmetic" else f"{self.mean} "
        return f"{kind}Asian {self.payoff.name}"

    @property
    def needs_path(self) -> bool:
        return True

    def reduce(self, values: Array) -> Array:
        if self.mean == "arithmetic":
            return np.asarray(values.mean(axis=1))
        return np.asarray(np.exp(logarithms(values).mean(axis=1)))

    def distribution(
        self, market: PriceDistribution, num_steps: int | None
    ) -> PriceDistribution | None:
        if num_steps is None:
            return None
        weights = np.full(num_steps, 1 / num_steps)
        if self.mean == "arithmetic":
            return market.weighted_sum(weights, num_steps)
        return market.weighted_product(weights, num_steps)

    def outer_sum(self, prices: Sequence[Price]) -> OuterSum | None:
        weights = [1 / len(prices)] * len(prices)
        if self.mean == "arithmetic":
            return of_mean(self, [price.as_sum() for price in prices], weights)
        return of_mean(self, [price.as_log_sum() for price in prices], weights, np.exp)


class Last(OnePayoff):
    """A payoff applied to the last price of a path.

    Args:
        payoff: Applied to the price at maturity.

    Raises:
        TypeError: ``payoff`` is no payoff.
        ValueError: It takes several prices.

    Examples:
        >>> from qiskit_ssqw.finance import Asian, Call, Last
        >>> (Last(Call(1)) - Asian(Call(1)))([[1.0, 3.0]]).tolist()
        [1.0]
    """

    @property
    def name(self) -> str:
        return f"{self.payoff.name} on the last price"

    @property
    def needs_path(self) -> bool:
        return True

    def reduce(self, values: Array) -> Array:
        return np.asarray(values[:, -1])

    def distribution(
        self, market: PriceDistribution, num_steps: int | None
    ) -> PriceDistribution | None:
        return None if num_steps is None else market

    def outer_sum(self, prices: Sequence[Price]) -> OuterSum | None:
        return self.payoff.outer_sum(prices[-1:])


class ConditionalPayoff(Payoff):
    """A payoff of the last price or of the path, if the path has done something or has not."""

    payoff: Payoff

    @property
    def needs_path(self) -> bool:
        return True

    def pieces(self, values: Array) -> Pieces:
        return self.payoff.pieces(self._seen(values))

    def check_grid(self, values: Array, spot: float | None = None) -> None:
        self.payoff.check_grid(self._seen(values), spot)

    def _seen(self, values: Array) -> Array:
        return values[:, -1] if self.payoff.num_values == 1 else values


@dataclass(frozen=True)
class Barrier(ConditionalPayoff):
    """A payoff that lives or dies when a price of the path reaches a level.

    Args:
        payoff: Of the last price, such as ``Call(1.9)``, or of the path, such as
            ``Asian(BullSpread(1.5, 2))``.
        level: The barrier, watched at the times of the path.
        kind: ``"up-and-out"`` pays nothing once a price is at or above the level, and
            ``"up-and-in"`` only then; ``"down-..."`` likewise at or below it. A price that differs
            from the level by rounding (1e-9 of it) is at it.

    Raises:
        TypeError: ``payoff`` is no payoff, or the level no number.
        ValueError: ``kind`` is an unknown word, or the level is not positive.

    Examples:
        >>> from qiskit_ssqw.finance import Barrier, Call
        >>> Barrier(Call(1.9), 2.5, "up-and-out")([[2.0, 2.1], [2.6, 2.1]]).round(9).tolist()
        [0.2, 0.0]
    """

    payoff: Payoff
    level: float
    kind: BarrierKind = "up-and-out"

    def __post_init__(self) -> None:
        if not isinstance(self.payoff, Payoff):
            raise TypeError(f"payoff must be a payoff, got {self.payoff!r}")
        object.__setattr__(self, "level", check.positive(self.level, "level"))
        check.one_of(self.kind, get_args(BarrierKind), "kind")

    @property
    def name(self) -> str:
        return f"{self.kind} {self.payoff.name}, barrier {self.level:g}"

    @property
    def num_values(self) -> int | None:
        return None if self.payoff.num_values == 1 else self.payoff.num_values

    def _rows(self) -> list[Row]:
        return [("barrier", self.level, self.kind), ("payoff", self.payoff.name, "")]

    def pay(self, values: Array) -> Array:
        pays = self.is_reached(values).any(axis=1) == self.is_in
        return np.where(pays, self.payoff(self._seen(values)), 0.0)

    @property
    def is_up(self) -> bool:
        """Whether prices reach the level from below."""
        return self.kind.startswith("up")

    @property
    def is_in(self) -> bool:
        """Whether the payoff lives once the level is reached."""
        return self.kind.endswith("in")

    def is_reached(self, prices: Array) -> NDArray[np.bool_]:
        """Whether each price is at the level or beyond it, of any shape."""
        beyond = prices > self.level if self.is_up else prices < self.level
        return np.asarray(beyond | is_at(prices, self.level))

    def check_grid(self, values: Array, spot: float | None = None) -> None:
        super().check_grid(values, spot)
        self.check_range(float(np.min(values)), float(np.max(values)), spot)
        if not np.any(self(values)):
            raise ValueError(
                f"barrier {self.level:g} is on the wrong side: the {self.name} pays nothing on "
                "any path of the grid"
            )

    def check_range(self, low: float, high: float, spot: float | None = None) -> None:
        self.payoff.check_range(low, high, spot)
        if spot is not None and (spot >= self.level if self.is_up else spot <= self.level):
            raise ValueError(
                f"barrier {self.level:g} is on the wrong side: {self.kind} needs it "
                f"{'above' if self.is_up else 'below'} the spot, {spot:g}"
            )
        if not low < self.level < high:
            raise ValueError(
                f"barrier must lie inside the grid ({low:.6g}, {high:.6g}), got {self.level:g}: "
                f"no path, or every path, is {self.kind.replace('-and-', ' and ')}"
            )
