"""Payoffs of the last price and of whether, or when, the price has reached levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.arithmetic.flags import FlagEncoding
from qiskit_ssqw.finance.arithmetic.form import Form, checked_laws, single
from qiskit_ssqw.finance.arithmetic.tables import bounded, fraction_angles, short_angles
from qiskit_ssqw.finance.arithmetic.watched import WatchedSum
from qiskit_ssqw.finance.encodings import EncodedPayoff


@dataclass(frozen=True, eq=False)
class FlagForm(Form):
    """A table on flags and the last sum, and what is paid if the contract ends early.

    Args:
        watched: The running sum and its flags.
        num_value_qubits: Number of value qubits.
        table: Payoff by the flags at the last time, one axis of length 2 each, and the last sum.
        coupons: Paid if the contract ends at a time, shape ``(T,)``; ``None`` if it does not end.
    """

    watched: WatchedSum
    num_value_qubits: int
    table: Array
    coupons: Array | None = None

    def scaled(self, factor: float) -> FlagForm:
        """A multiple of the payoff."""
        coupons = None if self.coupons is None else factor * self.coupons
        return replace(self, table=factor * self.table, coupons=coupons)

    @property
    def description(self) -> str:
        running = self.watched.running
        flags = len(self.watched.watches)
        return f"{running.highest[-1] + 1:,} sums of {running.num_times} steps, {flags} flag(s)"

    @property
    def payoff_range(self) -> tuple[float, float]:
        early, last = self.watched.reachable
        paid = self.table[last]
        if self.coupons is not None:
            paid = np.append(paid, self.coupons[early])
        return float(paid.min()), float(paid.max())

    def mean(self, laws: Sequence[Array]) -> float:
        early, mass = self._masses(laws)
        value = float((mass * self.table).sum())
        return value if self.coupons is None else value + float(early @ self.coupons)

    def encode(self, laws: Sequence[Array] | None, tolerance: float) -> EncodedPayoff:
        low, high = self.payoff_range
        if low == high:
            return EncodedPayoff("constant", low, ())
        allowed = tolerance * (high - low)
        if laws is None or not allowed:
            return single(self._encoding(low, high, None, 0.0))
        early, mass = self._masses(laws)
        paid = self.table if self.coupons is None else np.append(self.table, self.coupons)
        weights = mass if self.coupons is None else np.append(mass, early)
        cut, spent = bounded(paid.ravel(), weights.ravel(), allowed)
        size = self.table.size
        form = replace(
            self,
            table=cut[:size].reshape(self.table.shape),
            coupons=None if self.coupons is None else cut[size:],
        )
        low, high = form.payoff_range
        return single(form._encoding(low, high, mass, allowed - spent))

    def _encoding(
        self, low: float, high: float, mass: Array | None, allowed: float
    ) -> FlagEncoding:
        """The circuits, whose table may miss the payoff by what is allowed if nothing else."""
        beyond = [(0, 0)] * (self.table.ndim - 1)
        beyond.append((0, 2 ** int(self.table.shape[-1] - 1).bit_length() - self.table.shape[-1]))
        turns = fraction_angles(np.pad(self.table, beyond, mode="edge"), low, high)
        if mass is not None and self.coupons is None:
            turns = short_angles(turns, np.pad(mass, beyond), allowed / (high - low))
        early = None if self.coupons is None else fraction_angles(self.coupons, low, high)
        return FlagEncoding(self.watched, self.num_value_qubits, low, high, turns, early)

    def _masses(self, laws: Sequence[Array]) -> tuple[Array, Array]:
        return self.watched.masses(checked_laws(self.watched.running.placed, laws).values())
