"""What a price is, and how far it may be off."""

from __future__ import annotations

from dataclasses import dataclass

from qiskit_ssqw._display import Row, interval_text
from qiskit_ssqw.finance.assessed import Assessed, Interval
from qiskit_ssqw.finance.bias import BiasBound
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.reference import Reference

MEASURED = "measured"
"""Encoding of a payoff that is averaged classically."""

STANDARD_ERRORS = 3
"""How many standard errors of a simulated reference may hide a bias."""


@dataclass(frozen=True)
class PricingResult(Assessed):
    """What the price of an option is, quantum and classical. Values are undiscounted."""

    payoff: Payoff
    estimate: float
    """Expected payoff by amplitude estimation, or by sampling."""
    confidence_interval: Interval
    """Statistical interval of the estimate, without the bias."""
    alpha: float
    """Probability with which the interval may miss, as the estimator promises it."""
    exact_value: float
    """The sum over the target's grid."""
    loaded_value: float
    """What a perfect amplitude estimation returns with these circuits."""
    payoff_range: Interval
    """Lowest and highest payoff on the grid."""
    reference: Reference | None
    """The value without a grid, if the model knows its market."""
    bias_bound: BiasBound
    allowed_error: float
    """The accuracy asked for, in units of the payoff."""
    discount: float | None
    """What multiplies the value to give the price today, if the model knows its market."""
    encoding: str
    estimator: str
    num_problems: int
    num_qubits: int
    oracle_calls: int
    """Applications of the Grover operator, as the estimator counts them; of sampling, the shots."""
    iterate_two_qubit_gates: int
    """CX that one more Grover iterate adds to a circuit, the largest over the problems."""
    two_qubit_gates: int
    """Two-qubit gates of all circuits that were run, times their shots."""
    seed: int | None
    is_blind: bool = False
    """Whether the sampler may make errors of which nothing is known."""
    notes: tuple[str, ...] = ()
    """What is worth knowing about this price, one sentence each, with advice."""

    _paid = "payoff"
    _more = ("present_value", "present_interval", "reference_error")

    @property
    def reference_error(self) -> float:
        """Three standard errors of a simulated reference: what is known of the bias is so sure."""
        return 0.0 if self.reference is None else STANDARD_ERRORS * self.reference.standard_error

    @property
    def interval(self) -> Interval:
        """Where the true expectation lies: the statistical interval widened by the bias.

        Without a reference it is the expectation on the grid. It stays within the payoff's range
        on the grid, unless the reference lies outside.
        """
        width = self.bias_bound.total + self.reference_error
        low, high = self.payoff_range
        if self.reference is not None:
            low, high = min(low, self.reference.value), max(high, self.reference.value)
        lower, upper = self.confidence_interval
        return max(lower - width, low), min(upper + width, high)

    @property
    def error(self) -> float:
        """Largest distance of the estimate from a point of the interval."""
        low, high = self.interval
        return max(high - self.estimate, self.estimate - low)

    @property
    def present_value(self) -> float | None:
        """The estimate, discounted, if the model knows its market."""
        return None if self.discount is None else self.discount * self.estimate

    @property
    def present_interval(self) -> Interval | None:
        """The interval, discounted, if the model knows its market."""
        if self.discount is None:
            return None
        low, high = self.interval
        return self.discount * low, self.discount * high

    @property
    def _subject(self) -> str:
        return f"price of the {self.payoff.name}"

    @property
    def _was_run(self) -> bool:
        return self.num_problems > 0

    def _heading(self) -> str:
        return f"{self.payoff.name}: expected payoff, undiscounted"

    def _rows(self) -> list[Row]:
        return [*self._value_rows(), *self._error_rows(), *self._cost_rows()]

    def _value_rows(self) -> list[Row]:
        rows = [self._estimate_row()]
        if self.present_value is not None and self.present_interval is not None:
            today = f"interval {interval_text(self.present_interval)}"
            rows.append(("estimate, discounted", self.present_value, today))
        rows.append(("sum over the grid", self.exact_value, ""))
        circuit = f"payoff circuit: {self.encoding}"
        if self.estimator == "sampling":
            circuit = "of the loader, which is measured"
        rows.append(("what the circuits encode", self.loaded_value, circuit))
        return [*rows, *self._reference_rows()]

    def _error_rows(self) -> list[Row]:
        rows = super()._error_rows()
        if self.reference_error:
            rows.append(("noise of the reference", self.reference_error, "3 standard errors"))
        return rows

    def _cost_rows(self) -> list[Row]:
        total: Row = ("two-qubit gates in total", self.two_qubit_gates, "")
        if self.encoding == MEASURED:
            return [("qubits", self.num_qubits, ""), ("shots", self.oracle_calls, ""), total]
        return [
            ("qubits", self.num_qubits, f"{self.num_problems} estimation problem(s)"),
            ("oracle calls", self.oracle_calls, ""),
            ("CX per Grover iterate", self.iterate_two_qubit_gates, ""),
            total,
        ]
