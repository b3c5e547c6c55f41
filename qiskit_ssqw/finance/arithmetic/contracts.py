"""Read a payoff of a path as flags, a table on the last sum, and coupons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.finance.arithmetic.flags import FlagEncoding, Watch
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.payoffs import Autocallable, Barrier, Last, Payoff
from qiskit_ssqw.finance.payoffs.autocallable import at_or_above

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Contract:
    """What `FlagEncoding` needs to know of a payoff."""

    watches: tuple[Watch, ...]
    table: Array
    """By the flags at the end, one axis each, and the last sum."""
    coupons: Array | None = None

    def scaled(self, factor: float) -> Contract:
        """A multiple of the payoff."""
        coupons = None if self.coupons is None else factor * self.coupons
        return Contract(self.watches, factor * self.table, coupons)

    def encoding(self, running: RunningSum, num_value_qubits: int) -> FlagEncoding:
        """The circuits."""
        return FlagEncoding(running, num_value_qubits, self.watches, self.table, self.coupons)


def read_contract(payoff: Payoff, running: RunningSum) -> Contract | None:
    """Read barriers and autocallables, nested too, of payoffs of the last price.

    Returns:
        ``None`` for another payoff, or if something else watches an autocallable.

    Raises:
        ValueError: The payoff takes another number of prices.
    """
    if payoff.num_values == 1:
        return Contract((), payoff(running.prices_at(running.num_times - 1)))
    if isinstance(payoff, Last):
        return read_contract(payoff.payoff, running)
    if not isinstance(payoff, (Barrier, Autocallable)):
        return None
    if payoff.num_values not in (None, running.num_times):
        raise ValueError(
            f"the {payoff.name} takes {payoff.num_values} prices, got {running.num_times} times"
        )
    inner = read_contract(payoff.payoff, running)
    if inner is None or inner.coupons is not None:
        return None
    if isinstance(payoff, Barrier):
        return _with_barrier(payoff, inner, running)
    watch = Watch(_edges(lambda t, s: at_or_above(s, payoff.levels[t]), running), is_up=True)
    table = np.stack([np.zeros_like(inner.table), inner.table])
    return Contract((watch, *inner.watches), table, np.array(payoff.coupons))


def _with_barrier(payoff: Barrier, inner: Contract, running: RunningSum) -> Contract:
    def above(_: int, prices: Array) -> NDArray[np.bool_]:
        reached = payoff.is_reached(prices)
        return reached if payoff.is_up else ~reached

    watch = Watch(_edges(above, running), payoff.is_up)
    by_flag = [np.zeros_like(inner.table), inner.table]
    table = np.stack(by_flag[::-1] if payoff.is_in else by_flag)
    return Contract((watch, *inner.watches), table)


def _edges(
    above: Callable[[int, Array], NDArray[np.bool_]], running: RunningSum
) -> tuple[int, ...]:
    """The first integer of each time whose price is above, or the highest plus 1."""
    return tuple(
        int(np.count_nonzero(~above(time, running.prices_at(time))))
        for time in range(running.num_times)
    )
