"""Contracts on one price that their strikes define; the command line has each public one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.payoffs.piecewise_linear import PiecewiseLinear


class _OfStrikes(PiecewiseLinear):
    """A contract that is called by its class and its strikes."""

    def __init__(
        self, strikes: Sequence[Any], slopes: ArrayLike, offsets: ArrayLike, more: str = ""
    ) -> None:
        listed = ", ".join(f"{strike:g}" for strike in _numbers(strikes))
        kind = re.sub(r"\B(?=[A-Z])", " ", type(self).__name__).lower()
        super().__init__(strikes, slopes, offsets, f"{kind} {listed}{more}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k:g}' for k in self.breakpoints)})"


def _numbers(strikes: Sequence[Any]) -> tuple[float, ...]:
    return tuple(check.number(strike, "strike") for strike in strikes)


def _ascending(*strikes: Any) -> tuple[float, ...]:
    numbers = _numbers(strikes)
    if list(numbers) != sorted(set(numbers)):
        raise ValueError(f"strikes must ascend, got {', '.join(f'{k:g}' for k in numbers)}")
    return numbers


class Call(_OfStrikes):
    """Pays ``max(0, S - strike)``."""

    def __init__(self, strike: float) -> None:
        super().__init__((strike,), [0, 1], [0, 0])


class Put(_OfStrikes):
    """Pays ``max(0, strike - S)``."""

    def __init__(self, strike: float) -> None:
        super().__init__((strike,), [-1, 0], [0, 0])


class _Digital(_OfStrikes):
    """Pays ``size`` on one side of its strike."""

    sides: ClassVar[tuple[int, int]]

    def __init__(self, strike: float, *, size: float = 1.0) -> None:
        paid = check.positive(size, "size")
        size_named = "" if paid == 1 else f", size {paid:g}"
        super().__init__((strike,), [0, 0], paid * np.array(self.sides), size_named)

    @property
    def size(self) -> float:
        """What is paid."""
        return max(self.offsets)

    def __repr__(self) -> str:
        size = "" if self.size == 1 else f", size={self.size:g}"
        return f"{type(self).__name__}({self.breakpoints[0]:g}{size})"


class DigitalCall(_Digital):
    """Pays ``size`` where ``S >= strike``.

    Args:
        strike: The strike.
        size: What is paid, positive.

    Raises:
        TypeError: A value is not a real number.
        ValueError: ``size`` is not positive.
    """

    sides = (0, 1)


class DigitalPut(_Digital):
    """Pays ``size`` where ``S < strike``; arguments and errors are those of `DigitalCall`."""

    sides = (1, 0)


class Straddle(_OfStrikes):
    """A call and a put at the same strike."""

    def __init__(self, strike: float) -> None:
        super().__init__((strike,), [-1, 1], [0, 0])


class BullSpread(_OfStrikes):
    """A call at the lower strike less one at the upper."""

    def __init__(self, lower: float, upper: float) -> None:
        low, high = _ascending(lower, upper)
        super().__init__((low, high), [0, 1, 0], [0, 0, high - low])


class BearSpread(_OfStrikes):
    """A put at the upper strike less one at the lower."""

    def __init__(self, lower: float, upper: float) -> None:
        low, high = _ascending(lower, upper)
        super().__init__((low, high), [0, -1, 0], [high - low, high - low, 0])


class Butterfly(_OfStrikes):
    """Rises from 0 at the lower strike with slope 1 to the middle, falls to 0 at the upper."""

    def __init__(self, lower: float, middle: float, upper: float) -> None:
        low, mid, high = _ascending(lower, middle, upper)
        peak = mid - low
        super().__init__((low, mid, high), [0, 1, -peak / (high - mid), 0], [0, 0, peak, 0])
