"""Contracts that end at the first time at which the price is high enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.finance.payoffs.base import Payoff, is_at
from qiskit_ssqw.finance.payoffs.paths import ConditionalPayoff


@dataclass(frozen=True)
class Autocallable(ConditionalPayoff):
    """Pays a coupon at the first time at which the price is at or above a level, and ends there.

    All amounts are those of one time: a coupon that is paid early is given with the interest that
    it bears until maturity, ``coupon * exp(rate * (maturity - time))``.

    Args:
        levels: The level at each time of the path, shape ``(T,)``, or one for all times. A price
            that differs from it by rounding (1e-9 of it) is at it.
        coupons: What is paid if the contract ends at that time, shape ``(T,)``.
        payoff: Paid if no level is reached: a payoff of the last price, such as ``-1 * Put(90)``,
            or of the path, such as ``Barrier(-1 * Put(90), 70, "down-and-in")``.

    Raises:
        TypeError: ``payoff`` is no payoff, or a level or coupon no number.
        ValueError: There are fewer than two coupons, the numbers of levels and coupons differ, a
            level is not positive, or the payoff takes another number of prices.

    Examples:
        >>> from qiskit_ssqw.finance import Autocallable, Call
        >>> note = Autocallable(2.2, (0.1, 0.2), Call(1.9))
        >>> note([[2.3, 1.0], [2.1, 2.2], [2.1, 2.0]]).round(9).tolist()
        [0.1, 0.2, 0.1]
    """

    levels: tuple[float, ...]
    coupons: tuple[float, ...]
    payoff: Payoff

    def __init__(self, levels: ArrayLike, coupons: ArrayLike, payoff: Payoff) -> None:
        paid = check.real_array(coupons, "coupons", shape=(None,))
        if len(paid) < 2:
            raise ValueError(f"coupons must have at least two entries, got {len(paid)}")
        marks = check.real_array(levels, "levels")
        if marks.ndim and marks.shape != paid.shape:
            raise ValueError(
                f"levels must be one number or one for each of {len(paid)} coupons, got shape "
                f"{marks.shape}"
            )
        if marks.min() <= 0:
            raise ValueError(f"levels must be positive, got {marks.min():g}")
        if not isinstance(payoff, Payoff):
            raise TypeError(f"payoff must be a payoff, got {payoff!r}")
        if payoff.num_values not in (1, None, len(paid)):
            raise ValueError(
                f"payoff must take the last price or all {len(paid)} of the path, got the "
                f"{payoff.name} of {payoff.num_values}"
            )
        object.__setattr__(self, "levels", tuple(np.broadcast_to(marks, paid.shape).tolist()))
        object.__setattr__(self, "coupons", tuple(paid.tolist()))
        object.__setattr__(self, "payoff", payoff)

    @property
    def name(self) -> str:
        return f"autocallable {self.payoff.name}"

    @property
    def num_values(self) -> int:
        return len(self.coupons)

    def _rows(self) -> list[Row]:
        coupons = zip(self.levels, self.coupons, strict=True)
        rows: list[Row] = [
            (f"coupon {time}", coupon, f"from {level:g} on")
            for time, (level, coupon) in enumerate(coupons, 1)
        ]
        return [*rows, ("payoff", self.payoff.name, "otherwise")]

    def pay(self, values: Array) -> Array:
        reached = at_or_above(values, np.array(self.levels))
        early = np.array(self.coupons)[reached.argmax(axis=1)]
        return np.where(reached.any(axis=1), early, self.payoff(self._seen(values)))


def at_or_above(values: Array, level: float | Array) -> NDArray[np.bool_]:
    """Whether a price is above a level, or at it but for rounding."""
    return np.asarray((values > level) | is_at(values, level))
