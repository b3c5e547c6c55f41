"""Which view of a payoff there is on a model."""

from __future__ import annotations

from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.views.base import View
from qiskit_ssqw.finance.views.enumerated import EnumeratedView
from qiskit_ssqw.finance.views.summed import SummedView


def view_of(payoff: Payoff, loader: Loader) -> View:
    """The payoff on all points of a model where they are listed, else on the values of a sum.

    Raises:
        ValueError: The payoff does not suit the model, or it is no function of one sum and the
            points are too many to list.
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
    if outer_sum is None:
        raise ValueError(
            f"the {payoff.name} is no function of one sum of tables over the model's "
            f"{len(model.registers)} registers, and its {loader.num_value_qubits} qubits are too "
            "many to list all points: take a payoff of a weighted sum or of a geometric mean, or "
            "raise most_qubits"
        )
    return SummedView(payoff, outer_sum, loader, model)
