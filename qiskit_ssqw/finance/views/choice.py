"""Which view of a payoff there is on a model."""

from __future__ import annotations

from qiskit_ssqw.finance.arithmetic import arithmetic_forms
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.registers import OuterSum
from qiskit_ssqw.finance.views.arithmetic import ArithmeticView
from qiskit_ssqw.finance.views.base import View
from qiskit_ssqw.finance.views.enumerated import EnumeratedView
from qiskit_ssqw.finance.views.summed import SummedView


def view_of(payoff: Payoff, loader: Loader) -> View:
    """The payoff on all points of a model where they are listed, else on what it computes.

    Raises:
        ValueError: The payoff does not suit the model, or the points are too many to list and it
            is neither a function of one sum nor takes the arithmetic that there is.
    """
    loader.check_payoff(payoff)
    model = loader.on_registers
    if loader.points is not None or model is None:
        return EnumeratedView(payoff, loader)
    wanted = payoff.num_values
    if wanted is not None and wanted != len(model.prices):
        raise ValueError(
            f"{payoff.name} takes {wanted} price(s), and the model has {len(model.prices)}"
        )
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
        f"{len(model.registers)} registers, and its {loader.num_value_qubits} qubits are too "
        "many to list all points: take a payoff of a weighted sum or a mean, of the highest or "
        "lowest price, or of the last price and barriers, or raise most_qubits"
    )


def _has_joint_tables(outer_sum: OuterSum) -> bool:
    """Whether a table depends on several registers, so that its rotation takes many gates."""
    return any(len(places) > 1 for places in outer_sum.sum.tables)
