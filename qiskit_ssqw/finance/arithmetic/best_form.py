"""Payoffs of the highest or the lowest of several prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.arithmetic.best import BestEncoding
from qiskit_ssqw.finance.arithmetic.form import Form, checked_laws, single
from qiskit_ssqw.finance.arithmetic.ranking import Ranking
from qiskit_ssqw.finance.arithmetic.tables import bounded, fraction_angles, short_angles
from qiskit_ssqw.finance.encodings import EncodedPayoff
from qiskit_ssqw.finance.payoffs import BestOf, WorstOf
from qiskit_ssqw.finance.registers import Price, Register


@dataclass(frozen=True, eq=False)
class BestForm(Form):
    """A table on the highest rank.

    Args:
        ranking: The ranks of the prices.
        payments: Payoff by the highest rank.
    """

    ranking: Ranking
    payments: Array

    @classmethod
    def of(
        cls,
        payoff: BestOf | WorstOf,
        weight: float,
        registers: Sequence[Register],
        prices: Sequence[Price],
    ) -> BestForm:
        """Read a multiple of a payoff.

        Raises:
            ValueError: A price depends on too many registers for a table.
        """
        ascending = isinstance(payoff, BestOf)
        ranking, values = Ranking.of(registers, prices, ascending=ascending)
        return cls(*ranking.merged(weight * payoff.payoff(values)))

    @property
    def num_value_qubits(self) -> int:  # type: ignore[override]
        return sum(register.num_qubits for register in self.ranking.registers)

    @property
    def description(self) -> str:
        return f"{self.ranking.num_ranks:,} ranks of {len(self.ranking.tables)} prices"

    @property
    def payoff_range(self) -> tuple[float, float]:
        reached = self.payments[self.ranking.lowest :]
        return float(reached.min()), float(reached.max())

    def mean(self, laws: Sequence[Array]) -> float:
        return float(self._masses(laws) @ self.payments)

    def encode(self, laws: Sequence[Array] | None, tolerance: float) -> EncodedPayoff:
        low, high = self.payoff_range
        if low == high:
            return EncodedPayoff("constant", low, ())
        allowed = tolerance * (high - low)
        if laws is None or not allowed:
            return single(self._encoding(None, 0.0))
        cut, spent = bounded(self.payments, self._masses(laws), allowed)
        form = BestForm(*self.ranking.merged(cut))
        return single(form._encoding(form._masses(laws), allowed - spent))

    def _encoding(self, masses: Array | None, allowed: float) -> BestEncoding:
        """The circuits, whose table may miss the payoff by what is allowed."""
        low, high = self.payoff_range
        beyond = (0, 2**self.ranking.num_qubits - self.ranking.num_ranks)
        turns = fraction_angles(np.pad(self.payments, beyond, mode="edge"), low, high)
        if masses is not None:
            turns = short_angles(turns, np.pad(masses, beyond), allowed / (high - low))
        return BestEncoding(self.ranking, self.num_value_qubits, low, high, turns)

    def _masses(self, laws: Sequence[Array]) -> Array:
        return self.ranking.masses(checked_laws(self.ranking.placed, laws))
