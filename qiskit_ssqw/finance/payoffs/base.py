"""What every payoff offers, and sums of payoffs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.finance.registers.sums import OuterSum, Price, joined

if TYPE_CHECKING:
    from qiskit_ssqw.finance.payoffs.piecewise_linear import PiecewiseLinear
    from qiskit_ssqw.markets.base import PriceDistribution

Pieces: TypeAlias = "list[tuple[PiecewiseLinear, Array]]"
"""Piecewise linear payoffs, each with the numbers that it is applied to."""

_ROUNDING = 1e-9
"""Relative distance at which a price is at a strike or barrier: the last digits do not count."""


class Payoff(ABC, Tabular):
    """What a contract pays, as a function of one price or of several.

    A payoff takes grid points: shape ``(N,)`` for one price, ``(N, d)`` for ``d`` prices (of
    several assets, or of one asset at several times), and returns shape ``(N,)``. Payoffs can be
    added and subtracted, multiplied and divided by a number, and a number added to them is cash
    that is paid in any case: a portfolio.
    """

    __array_ufunc__ = None  # a NumPy number on the left leaves the operation to the payoff

    @property
    @abstractmethod
    def name(self) -> str:
        """What tables call the contract."""

    @property
    def num_values(self) -> int | None:
        """How many prices it takes, ``None`` for any number from two on."""
        return 1

    @property
    def needs_path(self) -> bool:
        """Whether the prices must be those of one asset at several times, in their order."""
        return False

    @abstractmethod
    def pay(self, values: Array) -> Array:
        """Payoff at checked points; what subclasses implement."""

    def __call__(self, values: ArrayLike) -> Array:
        """Return the payoff at each point.

        Args:
            values: Shape ``(N,)`` or ``(N, d)``; one number for a payoff of one price is fine too.

        Raises:
            ValueError: The points have another dimension than the payoff, or it is not a finite
                number at one of them.
        """
        points = check.real_array(values, "values")
        if points.ndim == 0:
            return np.asarray(self(points[None])[0])
        dimension = 1 if points.ndim == 1 else points.shape[-1]
        fits = dimension > 1 if self.num_values is None else dimension == self.num_values
        if points.ndim not in (1, 2) or not fits:
            wanted = "several prices" if self.num_values is None else f"{self.num_values} price(s)"
            raise ValueError(
                f"{self.name} takes {wanted} per point, got points of shape {points.shape}"
            )
        if points.ndim == 2 and dimension == 1:
            points = points[:, 0]
        with np.errstate(over="ignore", invalid="ignore"):  # refused below
            payments = np.asarray(self.pay(points), dtype=float)
        if payments.shape != points.shape[:1]:
            raise ValueError(
                f"{self.name} must return one number per point, got shape {payments.shape} for "
                f"{len(points)} points"
            )
        if not np.isfinite(payments).all():
            bad = int(np.argmin(np.isfinite(payments)))
            raise ValueError(f"{self.name} pays {payments[bad]} at {points[bad]}")
        return payments

    def _heading(self) -> str:
        return self.name

    def _rows(self) -> list[Row]:
        return [("prices", "several" if self.num_values is None else self.num_values, "")]

    def coordinate(self, values: Array) -> Array | None:
        """The one number per point that the payoff depends on, or ``None`` if there is none."""
        return values if values.ndim == 1 else None

    def outer_sum(self, prices: Sequence[Price]) -> OuterSum | None:
        """The payoff as a function of one sum of tables over registers, if it is one.

        A model of many registers is priced by it without a list of all its points. A payoff that
        does not say it is enumerated.

        Args:
            prices: How each price depends on the model's registers.
        """
        if self.num_values != 1 or len(prices) != 1:
            return None
        (one,) = prices
        return OuterSum(one.sum, lambda sums: self(one.link(sums)))

    def pieces(self, values: Array) -> Pieces:
        """The piecewise linear payoffs it is made of, each with the numbers it is applied to."""
        return []

    def check_grid(self, values: Array, spot: float | None = None) -> None:
        """Raise if the contract makes no sense on a grid, such as a barrier outside it.

        Args:
            values: The grid points, shape ``(N,)`` or ``(N, d)``.
            spot: Price today, where it is known.

        Raises:
            ValueError: The message names the barrier and the grid.
        """

    def check_range(self, low: float, high: float, spot: float | None = None) -> None:
        """Raise if the contract makes no sense for prices in a range, as for `check_grid`.

        Args:
            low: The lowest price of all.
            high: The highest.
            spot: Price today, where it is known.

        Raises:
            ValueError: The message names the barrier and the range.
        """

    def check_market(self, market: PriceDistribution) -> None:
        """Raise if the contract makes no sense in a market, such as the vega in another.

        Args:
            market: Where the model's prices come from.

        Raises:
            ValueError: The message names both markets.
        """

    def closed_form(self, market: PriceDistribution, num_steps: int | None = None) -> float | None:
        """Expected payoff, undiscounted, or ``None`` without a formula.

        Args:
            market: Where the prices come from.
            num_steps: Number of equidistant times of a path; by default the prices are those at
                maturity.
        """
        if num_steps not in (None, 1) or not market.has_closed_form(self):
            return None
        return market.expectation(self)

    def __add__(self, other: Payoff | float) -> Payoff:
        if isinstance(other, Payoff):
            return Portfolio((*_parts(self), *_parts(other)), _cash(self) + _cash(other))
        if not isinstance(other, Real):
            return NotImplemented
        amount = check.number(other, "cash")
        return Portfolio(_parts(self), _cash(self) + amount) if amount else self

    __radd__ = __add__

    def __mul__(self, factor: float) -> Payoff:
        number = check.number(factor, "factor")
        parts = tuple((number * weight, payoff) for weight, payoff in _parts(self))
        return Portfolio(parts, number * _cash(self))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Payoff:
        number = check.number(divisor, "divisor")
        if number == 0:
            raise ZeroDivisionError(f"the {self.name} must not be divided by zero")
        return self * (1 / number)

    def __neg__(self) -> Payoff:
        return -1.0 * self

    def __sub__(self, other: Payoff | float) -> Payoff:
        return self + -other if isinstance(other, (Payoff, Real)) else NotImplemented

    def __rsub__(self, other: float) -> Payoff:
        return -self + other


@dataclass(frozen=True)
class Portfolio(Payoff):
    """A weighted sum of payoffs and cash, made with ``+``, ``-``, ``*`` and ``/``.

    Args:
        parts: Pairs of a weight and a payoff, all of the same number of prices.
        cash: Paid in any case.

    Raises:
        TypeError: A part is no payoff, or a weight or the cash is no number.
        ValueError: There are no parts, or they take different numbers of prices.

    Examples:
        >>> from qiskit_ssqw.finance import Asian, Call
        >>> (Asian(Call(2)) / 2 + 5)([[1.0, 2.0], [3.0, 4.0]]).tolist()
        [5.0, 5.75]
    """

    parts: tuple[tuple[float, Payoff], ...]
    cash: float = 0.0

    def __post_init__(self) -> None:
        parts = check.sequence(self.parts, "parts")
        if not parts:
            raise ValueError("a portfolio needs at least one payoff, got none")
        weighted = []
        for part in parts:
            if not isinstance(part, (tuple, list)) or len(part) != 2:
                raise TypeError(f"a part must be a pair of a weight and a payoff, got {part!r}")
            weight, payoff = part
            weighted.append((check.number(weight, "weight"), payoff))
            if not isinstance(payoff, Payoff):
                raise TypeError(f"a portfolio holds payoffs, got {payoff!r}")
        object.__setattr__(self, "parts", tuple(weighted))
        check.number(self.cash, "cash")
        numbers = {payoff.num_values for _, payoff in self.parts} - {None}
        if len(numbers) > 1 or (
            numbers == {1} and any(p.num_values is None for _, p in self.parts)
        ):
            raise ValueError(
                "the payoffs of a portfolio must take equally many prices, got "
                f"{[payoff.name for _, payoff in self.parts]}"
            )

    @property
    def name(self) -> str:
        names = [f"{weight:+g} {payoff.name}" for weight, payoff in self.parts]
        return " ".join([*names, f"{self.cash:+g}"] if self.cash else names)

    @property
    def num_values(self) -> int | None:
        known = [payoff.num_values for _, payoff in self.parts if payoff.num_values is not None]
        return known[0] if known else None

    def _rows(self) -> list[Row]:
        return [(payoff.name, weight, "") for weight, payoff in self.parts]

    @property
    def needs_path(self) -> bool:
        return any(payoff.needs_path for _, payoff in self.parts)

    def pay(self, values: Array) -> Array:
        return np.asarray(self.cash + sum(weight * payoff(values) for weight, payoff in self.parts))

    def coordinate(self, values: Array) -> Array | None:
        first, *others = (payoff.coordinate(values) for _, payoff in self.parts)
        shared = first is not None and all(
            other is not None and np.array_equal(first, other) for other in others
        )
        return first if shared else None

    def outer_sum(self, prices: Sequence[Price]) -> OuterSum | None:
        parts = []
        for weight, payoff in self.parts:
            part = payoff.outer_sum(prices)
            if part is None:
                return None
            parts.append(part.scaled(weight))
        return joined(parts, self.cash)

    def pieces(self, values: Array) -> Pieces:
        return [piece for _, payoff in self.parts for piece in payoff.pieces(values)]

    def check_grid(self, values: Array, spot: float | None = None) -> None:
        for _, payoff in self.parts:
            payoff.check_grid(values, spot)

    def check_range(self, low: float, high: float, spot: float | None = None) -> None:
        for _, payoff in self.parts:
            payoff.check_range(low, high, spot)

    def check_market(self, market: PriceDistribution) -> None:
        for _, payoff in self.parts:
            payoff.check_market(market)

    def closed_form(self, market: PriceDistribution, num_steps: int | None = None) -> float | None:
        value = self.cash
        for weight, payoff in self.parts:
            part = payoff.closed_form(market, num_steps)
            if part is None:
                return None
            value += weight * part
        return value


def is_at(values: Array, mark: float | Array) -> NDArray[np.bool_]:
    """Whether each value is a strike or barrier but for rounding, 1e-9 of it."""
    return np.asarray(np.abs(values - mark) <= _ROUNDING * np.abs(mark))


def _parts(payoff: Payoff) -> tuple[tuple[float, Payoff], ...]:
    return payoff.parts if isinstance(payoff, Portfolio) else ((1.0, payoff),)


def _cash(payoff: Payoff) -> float:
    return payoff.cash if isinstance(payoff, Portfolio) else 0.0
