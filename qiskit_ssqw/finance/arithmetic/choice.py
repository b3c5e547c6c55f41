"""Payoff circuits with arithmetic, where no single sum of tables tells the payoff."""

from __future__ import annotations

from collections.abc import Sequence

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.arithmetic.form import Form
from qiskit_ssqw.finance.arithmetic.reading import arithmetic_forms
from qiskit_ssqw.finance.encodings import EncodedPayoff
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.registers import Price, Register


def arithmetic_encoding(
    payoff: Payoff,
    registers: Sequence[Register],
    prices: Sequence[Price],
    *,
    laws: Sequence[Array] | None = None,
    tolerance: float = 0.0,
) -> EncodedPayoff | None:
    """Make payoff circuits with arithmetic, of any number of registers.

    Barriers and autocallables, on a path of equidistant increments of the price or its logarithm,
    are one running sum, flags and one rotation (`FlagEncoding`). Payoffs of the highest or lowest
    price compare ranks (`BestEncoding`). These are exact without a tolerance. Arithmetic Asian
    options are a Fourier series, one circuit per harmonic (`MeanHarmonicEncoding`). Portfolios are
    encoded part by part.

    Args:
        payoff: What the contract pays.
        registers: Those of the model.
        prices: How each price depends on them.
        laws: Probabilities of each register's integers, which are independent: they say what a
            tolerance allows.
        tolerance: What the circuits may miss on average, as a share of each part's range; rare
            extremes are cut off and rotations left out on its account. 0 is a per mille of the
            sampled range for a series.

    Returns:
        The circuits, or ``None`` if the payoff is of another kind.

    Raises:
        ValueError: The prices are no running sums of one spacing, depend on too many registers
            for ranks, the laws do not match the registers, or an Asian option has none.
    """
    found = arithmetic_forms(payoff, registers, prices)
    return None if found is None else encode_forms(*found, laws, tolerance)


def encode_forms(
    forms: Sequence[Form], cash: float, laws: Sequence[Array] | None, tolerance: float
) -> EncodedPayoff:
    """The circuits of several computations and cash, as for `arithmetic_encoding`."""
    allowed = check.at_least_zero(tolerance, "tolerance")
    encoded = [form.encode(laws, allowed) for form in forms]
    return EncodedPayoff(
        "arithmetic",
        cash + sum(one.constant for one in encoded),
        tuple(part for one in encoded for part in one.parts),
    )
