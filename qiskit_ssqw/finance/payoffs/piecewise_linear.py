"""Functions of one price that are linear between strikes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.finance.payoffs.base import Payoff, Pieces, is_at
from qiskit_ssqw.markets.base import jump_sizes

_SAME_VALUE = 1e-12
"""Relative difference of two values that is rounding."""


@dataclass(frozen=True, repr=False)
class PiecewiseLinear(Payoff):
    """A function of one price that is linear between its strikes and may jump at them.

    Sums and multiples of piecewise linear payoffs are piecewise linear again, with cash too.

    Args:
        breakpoints: The strikes, ascending, shape ``(k,)``, ``k >= 1``. A strike, and what
            differs from it by rounding (1e-9 of it), belongs to the piece above it.
        slopes: Slope of each piece from below the first strike to above the last, shape
            ``(k + 1,)``.
        offsets: What each piece pays at the strike where it begins, the lowest piece at the
            strike where it ends; shape ``(k + 1,)``.
        label: What tables call it.

    Raises:
        TypeError: A value is not a real number.
        ValueError: A shape is wrong, or the strikes do not ascend.

    Examples:
        A call is flat below its strike and has slope 1 above it.

        >>> from qiskit_ssqw.finance import Call, PiecewiseLinear
        >>> PiecewiseLinear([2.0], slopes=[0, 1], offsets=[0, 0])([1.0, 2.0, 3.5]).tolist()
        [0.0, 0.0, 1.5]
        >>> (Call(1.0) - Call(2.0)).breakpoints
        (1.0, 2.0)
    """

    breakpoints: tuple[float, ...]
    slopes: tuple[float, ...]
    offsets: tuple[float, ...]
    label: str = field(default="piecewise linear", compare=False)

    def __init__(
        self,
        breakpoints: ArrayLike,
        slopes: ArrayLike,
        offsets: ArrayLike,
        label: str = "piecewise linear",
    ) -> None:
        strikes = check.real_array(breakpoints, "breakpoints", shape=(None,))
        if len(strikes) == 0:
            raise ValueError("breakpoints must hold at least one strike, got none")
        if np.any(np.diff(strikes) <= 0):
            raise ValueError(f"strikes must ascend, got {strikes.tolist()}")
        pieces = (len(strikes) + 1,)
        for name, value in {
            "breakpoints": strikes,
            "slopes": check.real_array(slopes, "slopes", shape=pieces),
            "offsets": check.real_array(offsets, "offsets", shape=pieces),
        }.items():
            object.__setattr__(self, name, tuple(value.tolist()))
        object.__setattr__(self, "label", label)

    @property
    def name(self) -> str:
        return self.label

    def pay(self, values: Array) -> Array:
        strikes = np.array(self.breakpoints)
        values = _snapped(values, strikes)
        piece = np.searchsorted(strikes, values, side="right")
        anchors = np.append(strikes[:1], strikes)
        offsets, slopes = np.array(self.offsets)[piece], np.array(self.slopes)[piece]
        return np.asarray(offsets + slopes * (values - anchors[piece]))

    def pieces(self, values: Array) -> Pieces:
        return [(self, values)]

    @property
    def jumps(self) -> tuple[float, ...]:
        """The strikes at which the payoff jumps."""
        return tuple(np.array(self.breakpoints)[jump_sizes(self) != 0].tolist())

    def derivative(self) -> PiecewiseLinear:
        """The derivative with respect to the price, without the peaks where the payoff jumps."""
        flat = [0.0] * len(self.slopes)
        return PiecewiseLinear(self.breakpoints, flat, self.slopes, f"slope of {self.name}")

    def __add__(self, other: Payoff | float) -> Payoff:
        if isinstance(other, PiecewiseLinear):
            strikes = np.union1d(self.breakpoints, other.breakpoints)
            slopes, offsets = _split(self, strikes) + _split(other, strikes)
            return PiecewiseLinear(strikes, slopes, offsets, f"{self.name} {_signed(other.name)}")
        if isinstance(other, Payoff) or not isinstance(other, Real):
            return super().__add__(other)
        amount = check.number(other, "cash")
        if not amount:
            return self
        name = f"{self.name} {'-' if amount < 0 else '+'} {abs(amount):g}"
        return PiecewiseLinear(self.breakpoints, self.slopes, np.array(self.offsets) + amount, name)

    __radd__ = __add__

    def __mul__(self, factor: float) -> Payoff:
        number = check.number(factor, "factor")
        slopes, offsets = number * np.array([self.slopes, self.offsets])
        return PiecewiseLinear(
            self.breakpoints, slopes, offsets, f"{number:g} {_closed(self.name)}"
        )

    __rmul__ = __mul__

    def _rows(self) -> list[Row]:
        ends = [f"{strike:g}" for strike in self.breakpoints]
        inner = [f"S from {low} to {high}" for low, high in pairwise(ends)]
        names = [f"S below {ends[0]}", *inner, f"S from {ends[-1]} on"]
        anchors = (self.breakpoints[0], *self.breakpoints)
        pieces = zip(names, self.slopes, self.offsets, anchors, strict=True)
        return [(name, _line(slope, offset, anchor), "") for name, slope, offset, anchor in pieces]

    def __repr__(self) -> str:
        return f"<PiecewiseLinear: {self.name}>"


def _line(slope: float, offset: float, anchor: float) -> str:
    """The line through a point as a formula of the price ``S``."""
    if slope == 0:
        return f"{offset:g}"
    constant, size = offset - slope * anchor, abs(offset) + abs(slope * anchor)
    factor = {1.0: "", -1.0: "-"}.get(slope, f"{slope:g} ")
    if abs(constant) <= _SAME_VALUE * size:
        return f"{factor}S"
    if slope < 0 < constant:
        return f"{constant:g} - {factor.removeprefix('-')}S"
    return f"{factor}S {'+' if constant > 0 else '-'} {abs(constant):g}"


def _snapped(values: Array, strikes: Array) -> Array:
    """Values that are a strike but for rounding become that strike."""
    nearest = strikes[np.abs(values[:, None] - strikes).argmin(axis=1)]
    return np.where(is_at(values, nearest), nearest, values)


def _closed(name: str) -> str:
    """A name that can be multiplied: sums in parentheses."""
    return f"({name})" if " + " in name or " - " in name else name


def _signed(name: str) -> str:
    return f"- {name[3:]}" if name.startswith("-1 ") else f"+ {name}"


def _split(payoff: PiecewiseLinear, strikes: Array) -> Array:
    """Slopes and offsets of a payoff on the pieces between more strikes than its own."""
    starts = np.append(strikes[:1], strikes)
    piece = np.searchsorted(payoff.breakpoints, strikes, side="right")
    piece = np.append(np.searchsorted(payoff.breakpoints, strikes[:1]), piece)
    own = np.append(payoff.breakpoints[:1], payoff.breakpoints)[piece]
    slopes = np.array(payoff.slopes)[piece]
    return np.array([slopes, np.array(payoff.offsets)[piece] + slopes * (starts - own)])
