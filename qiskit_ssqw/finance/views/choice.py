"""Which view of a payoff there is on a model."""

from __future__ import annotations

from math import prod

import numpy as np

from qiskit_ssqw.finance.arithmetic import arithmetic_forms
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.loader import Loader, RegisterLaws
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.registers import OuterSum
from qiskit_ssqw.finance.registers.sums import MOST_ENTRIES
from qiskit_ssqw.finance.views.arithmetic import ArithmeticView
from qiskit_ssqw.finance.views.base import View
from qiskit_ssqw.finance.views.drawn import DrawnView
from qiskit_ssqw.finance.views.enumerated import EnumeratedView
from qiskit_ssqw.finance.views.summed import SummedView

_MOST_LISTED = 14
"""Qubits whose points are listed even where a sum over registers would do."""


def view_of(payoff: Payoff, loader: Loader, encoding: Encoding = "exact") -> View:
    """The payoff on all points of a model where they are listed, else on what it computes.

    Lists of more than 2**14 points make way for sums over several registers, if the encoding may be
    a series.

    Raises:
        ValueError: The payoff does not suit the model, or the points are too many to list and it
            is neither a function of one sum nor takes the arithmetic that there is.
    """
    loader.check_payoff(payoff)
    model = loader.on_registers
    if model is None or (loader.points is not None and not _is_summed(payoff, loader, encoding)):
        return EnumeratedView(payoff, loader)
    _check_prices(payoff, loader, model)
    outer_sum = payoff.outer_sum(model.prices)
    found = None
    if outer_sum is None or _has_joint_tables(outer_sum):
        try:
            found = arithmetic_forms(payoff, model.registers, model.prices)
        except ValueError:
            if outer_sum is None:
                raise
    if found is not None:
        return ArithmeticView(payoff, *found, loader, model)
    if outer_sum is not None:
        return SummedView(payoff, outer_sum, loader, model)
    raise ValueError(
        f"the {payoff.name} is no function of one sum of tables over the model's "
        f"{len(model.registers)} registers{_largest(model)}, and its {loader.num_value_qubits} "
        "qubits are too many to list all points: take a payoff of a weighted sum or a mean, of the "
        "highest or lowest price, or of the last price and barriers, price the parts of a "
        "portfolio one by one, or raise most_qubits"
    )


def view_of_samples(payoff: Payoff, loader: Loader) -> View:
    """The payoff on what a model loads, for samples of it, which need no circuit for the payoff.

    Raises:
        ValueError: The payoff does not suit the model, or registers that depend on each other have
            too many points.
    """
    loader.check_payoff(payoff)
    model = loader.on_registers
    if model is None or loader.points is not None:
        return EnumeratedView(payoff, loader)
    _check_prices(payoff, loader, model)
    try:
        return view_of(payoff, loader, "auto")
    except ValueError:  # it is no function of sums, nor what arithmetic there is
        return DrawnView(payoff, loader, model)


def _is_summed(payoff: Payoff, loader: Loader, encoding: Encoding) -> bool:
    """Whether a payoff on many listed points is better seen as one of a sum of small tables."""
    if loader.on_registers is None or loader.num_value_qubits <= _MOST_LISTED:
        return False
    if len(loader.on_registers.registers) == 1:  # its table is the list
        return False
    if encoding not in ("auto", "fourier") or len(loader.on_registers.prices) != loader.num_values:
        return False
    outer_sum = payoff.outer_sum(loader.on_registers.prices)
    return outer_sum is not None and not _has_joint_tables(outer_sum)


def _check_prices(payoff: Payoff, loader: Loader, model: RegisterLaws) -> None:
    """Raise a `ValueError` if a payoff takes other prices than a model of registers has."""
    wanted, number = payoff.num_values, len(model.prices)
    if number != wanted and (wanted is not None or number == 1):
        takes = "several prices" if wanted is None else f"{wanted} price(s)"
        raise ValueError(f"{payoff.name} takes {takes}, and the model has {number}")
    ends = [float(end) for price in model.prices for end in price.link(np.array(price.sum.bounds))]
    payoff.check_range(min(ends), max(ends), loader.spot)


def _largest(model: RegisterLaws) -> str:
    """How large the table of a price is that is the exponential of a sum, if it is too large."""
    lengths = [
        prod(len(model.registers[place].values) for place in price.sum.registers)
        for price in model.prices
        if price.is_log
    ]
    if max(lengths, default=0) <= MOST_ENTRIES:
        return ""
    return (
        f" (a price that is the exponential of a sum is one table of at most {MOST_ENTRIES:,} "
        f"entries, and here of up to {max(lengths):,})"
    )


def _has_joint_tables(outer_sum: OuterSum) -> bool:
    """Whether a table depends on several registers, so that its rotation takes many gates."""
    return any(len(places) > 1 for places in outer_sum.sum.tables)
