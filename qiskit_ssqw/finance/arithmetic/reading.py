"""Read payoffs of several prices as computations on registers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.arithmetic.best_form import BestForm
from qiskit_ssqw.finance.arithmetic.flag_form import FlagForm
from qiskit_ssqw.finance.arithmetic.form import Form
from qiskit_ssqw.finance.arithmetic.mean_form import MeanForm
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.arithmetic.watched import Watch, WatchedSum
from qiskit_ssqw.finance.payoffs import (
    Asian,
    Autocallable,
    Barrier,
    BestOf,
    Last,
    Payoff,
    Portfolio,
    WorstOf,
)
from qiskit_ssqw.finance.payoffs.autocallable import at_or_above
from qiskit_ssqw.finance.registers import Price, Register


def arithmetic_forms(
    payoff: Payoff, registers: Sequence[Register], prices: Sequence[Price]
) -> tuple[list[Form], float] | None:
    """Read a payoff as computations and cash.

    Args:
        payoff: What the contract pays.
        registers: Those of the model.
        prices: How each price depends on them.

    Returns:
        A form for each part of a portfolio, and its cash; ``None`` if a part is of another kind.

    Raises:
        ValueError: The prices are no running sums of one spacing, or depend on too many registers
            for ranks.
    """
    parts = payoff.parts if isinstance(payoff, Portfolio) else ((1.0, payoff),)
    cash = payoff.cash if isinstance(payoff, Portfolio) else 0.0
    if not all(_is_known(part) for _, part in parts):
        return None
    forms = []
    for weight, part in parts:
        form = _form(part, weight, registers, prices)
        if form is None:
            return None
        forms.append(form)
    return forms, cash


def _is_known(payoff: Payoff) -> bool:
    if isinstance(payoff, Asian):
        return payoff.mean == "arithmetic"
    return isinstance(payoff, (Autocallable, Barrier, BestOf, Last, WorstOf))


def _form(
    payoff: Payoff, weight: float, registers: Sequence[Register], prices: Sequence[Price]
) -> Form | None:
    if isinstance(payoff, (BestOf, WorstOf)):
        return BestForm.of(payoff, weight, registers, prices)
    running = RunningSum.of(registers, prices)
    size = sum(register.num_qubits for register in registers)
    if isinstance(payoff, Asian):
        return MeanForm(payoff.payoff, weight, running, size)
    form = _flag_form(payoff, running, size)
    return None if form is None else form.scaled(weight)


def _flag_form(payoff: Payoff, running: RunningSum, size: int) -> FlagForm | None:
    """Barriers and autocallables, nested too, of payoffs of the last price."""
    if payoff.num_values == 1:
        return FlagForm(WatchedSum(running), size, payoff(running.prices_at(running.num_times - 1)))
    if isinstance(payoff, Last):
        return _flag_form(payoff.payoff, running, size)
    if not isinstance(payoff, (Barrier, Autocallable)):
        return None
    if payoff.num_values not in (None, running.num_times):
        raise ValueError(
            f"the {payoff.name} takes {payoff.num_values} prices, got {running.num_times} times"
        )
    inner = _flag_form(payoff.payoff, running, size)
    if inner is None or inner.watched.ends:
        return None
    if isinstance(payoff, Autocallable):
        return _with_coupons(payoff, inner)
    return _with_barrier(payoff, inner)


def _with_barrier(payoff: Barrier, inner: FlagForm) -> FlagForm:
    def above(_: int, prices: Array) -> NDArray[np.bool_]:
        reached = payoff.is_reached(prices)
        return reached if payoff.is_up else ~reached

    watch = _watch(above, inner.watched.running, is_up=payoff.is_up)
    by_flag = [np.zeros_like(inner.table), inner.table]
    return _watched(inner, watch, by_flag[::-1] if payoff.is_in else by_flag)


def _with_coupons(payoff: Autocallable, inner: FlagForm) -> FlagForm:
    levels = payoff.levels
    watch = _watch(
        lambda time, prices: at_or_above(prices, levels[time]), inner.watched.running, is_up=True
    )
    form = _watched(inner, watch, [np.zeros_like(inner.table), inner.table])
    if form.watched.watches == inner.watched.watches:
        return form
    return replace(form, watched=replace(form.watched, ends=True), coupons=np.array(payoff.coupons))


def _watched(inner: FlagForm, watch: Watch, by_flag: Sequence[Array]) -> FlagForm:
    """A form by one more flag, unless that never falls."""
    highest = inner.watched.running.highest
    if not any(watch.may_fall(*at) for at in enumerate(highest)):
        return replace(inner, table=by_flag[1])
    watched = replace(inner.watched, watches=(watch, *inner.watched.watches))
    return replace(inner, watched=watched, table=np.stack(by_flag))


def _watch(
    above: Callable[[int, Array], NDArray[np.bool_]], running: RunningSum, *, is_up: bool
) -> Watch:
    """A watch of the first integer of each time whose price is above."""
    edges = (
        int(np.count_nonzero(~above(time, running.prices_at(time))))
        for time in range(running.num_times)
    )
    return Watch(tuple(edges), is_up)
