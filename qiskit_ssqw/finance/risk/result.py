"""What a risk measure is, and how far it may be off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qiskit_ssqw._display import Row, interval_text
from qiskit_ssqw.finance.assessed import Assessed, Interval
from qiskit_ssqw.finance.bias import BiasBound
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.reference import Reference

Measure = Literal["value at risk", "expected shortfall"]
Verdict = Literal["below the level", "reaches the level", "not told from the level"]


@dataclass(frozen=True)
class Decision:
    """One estimation of the search for the value at risk."""

    loss: float
    """The loss whose probability not to be exceeded was estimated."""
    probability: float
    """What was found."""
    interval: Interval
    """Its interval, as wide as was needed to decide."""
    verdict: Verdict
    oracle_calls: int


@dataclass(frozen=True)
class RiskResult(Assessed):
    """What a risk measure is, quantum and classical. Losses are those at maturity, undiscounted."""

    measure: Measure
    loss: Payoff
    level: float
    estimate: float
    """The measure by amplitude estimation."""
    confidence_interval: Interval
    """Statistical interval of the measure of what the circuit loads."""
    alpha: float
    """Probability with which it may miss, all estimations together."""
    exact_value: float
    """The measure of the target on its grid, summed classically."""
    loaded_value: float
    """The measure of what the circuit loads, summed classically."""
    reference: Reference | None
    """The measure without a grid, of a loss of one price in a known market."""
    bias_bound: BiasBound
    """What the loader, the payoff circuit and the grid change."""
    resolution: float
    """The wider gap on the grid between the value at risk and the next loss or the one before."""
    allowed_error: float
    """The accuracy asked for, in units of the loss."""
    value_at_risk: float
    """The estimate of the value at risk, of the shortfall, too."""
    value_at_risk_interval: Interval
    """Its statistical interval."""
    decisions: tuple[Decision, ...]
    """The estimations that led to the value at risk."""
    estimator: str
    num_estimations: int
    num_qubits: int
    oracle_calls: int
    """Applications of the Grover operator, as the estimator counts them."""
    iterate_two_qubit_gates: int
    """CX that one more Grover iterate adds to a circuit, the largest over the estimations."""
    two_qubit_gates: int
    """Two-qubit gates of all circuits that were run, times their shots."""
    seed: int | None
    notes: tuple[str, ...] = ()
    """What is worth knowing, one sentence each, with advice."""

    _paid = "loss"
    _more = ("grid_interval",)

    @property
    def grid_interval(self) -> Interval:
        """Where the measure of the target on its grid lies: the bias of the circuits included."""
        width = self.bias_bound.loader + self.bias_bound.payoff
        low, high = self.confidence_interval
        return low - width, high + width

    @property
    def interval(self) -> Interval:
        """The same widened by the grid's bias, where that is known."""
        width = self.bias_bound.total
        low, high = self.confidence_interval
        return low - width, high + width

    @property
    def error(self) -> float:
        """Largest distance of the estimate from a point of the interval."""
        return self.statistical_error + self.bias_bound.total

    @property
    def _subject(self) -> str:
        return f"{self.measure} at {100 * self.level:.10g}% of the {self.loss.name}"

    @property
    def _was_run(self) -> bool:
        return self.num_estimations > 0

    def _heading(self) -> str:
        return f"{self.loss.name}: {self.measure} at {100 * self.level:.10g}%"

    def _rows(self) -> list[Row]:
        return [
            *self._value_rows(),
            *self._error_rows(),
            *self._decision_rows(),
            *self._cost_rows(),
        ]

    def _value_rows(self) -> list[Row]:
        rows = [self._estimate_row()]
        if self.measure != "value at risk":
            low, high = self.value_at_risk_interval
            remark = "" if low == high else f"interval {interval_text((low, high))}"
            rows.append(("value at risk", self.value_at_risk, remark))
        rows.append(("of the grid, classically", self.exact_value, ""))
        rows.append(("of what the circuit loads", self.loaded_value, ""))
        return [*rows, *self._reference_rows()]

    def _error_rows(self) -> list[Row]:
        gap = "gap between losses at the value at risk"
        return [*super()._error_rows(), ("cell of the grid", self.resolution, gap)]

    def _decision_rows(self) -> list[Row]:
        return [
            (
                f"P(loss <= {one.loss:.6g})",
                one.probability,
                f"interval {interval_text(one.interval)}, {one.verdict}",
            )
            for one in self.decisions
        ]

    def _cost_rows(self) -> list[Row]:
        return [
            ("estimations", self.num_estimations, ""),
            ("qubits", self.num_qubits, ""),
            ("oracle calls", self.oracle_calls, ""),
            ("CX per Grover iterate", self.iterate_two_qubit_gates, "at most"),
            ("two-qubit gates in total", self.two_qubit_gates, ""),
        ]
