"""What an estimate with a bias says of itself, a price or a risk measure."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import asdict, fields, is_dataclass
from typing import Any, ClassVar

from qiskit_ssqw._display import Row, Tabular, brief, interval_text
from qiskit_ssqw.finance.bias import BiasBound
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.reference import Reference

Interval = tuple[float, float]

_ROUNDING = 1e-9
"""Share of the error asked for by which it may be exceeded."""


class Assessed(Tabular):
    """Whether an estimate is as close as was asked for; a result's fields, and what follows."""

    estimate: float
    estimator: str
    confidence_interval: Interval
    alpha: float
    reference: Reference | None
    bias_bound: BiasBound
    allowed_error: float
    is_blind: bool = False
    notes: tuple[str, ...]

    _paid: ClassVar[str]
    """What a grid point is worth, as in "payoff"."""
    _more: ClassVar[tuple[str, ...]]
    """Numbers besides the fields and those of this class that `to_dict` returns."""

    @property
    @abstractmethod
    def interval(self) -> Interval:
        """The statistical interval widened by the bias."""

    @property
    @abstractmethod
    def error(self) -> float:
        """Largest distance of the estimate from a point of the interval, bias included."""

    @property
    @abstractmethod
    def _subject(self) -> str:
        """What is estimated, as in "the price of the call"."""

    @property
    @abstractmethod
    def _was_run(self) -> bool:
        """Whether there was anything to estimate."""

    @property
    def statistical_error(self) -> float:
        """Largest distance of the estimate from a point of the statistical interval."""
        low, high = self.confidence_interval
        return max(high - self.estimate, self.estimate - low)

    @property
    def success(self) -> bool:
        """Whether the whole interval, bias included, is as close as was asked for."""
        return self.error <= self.allowed_error * (1 + _ROUNDING)

    @property
    def message(self) -> str:
        """Whether the estimate is as close as was asked for, and what is worth knowing."""
        verdict = "within" if self.success else "more than"
        sure = f" with {self._confidence} confidence" if self._was_run else ""
        unknown = ["what the grid misses"] if self.bias_bound.grid is None else []
        if self.is_blind:
            unknown.append("errors of the sampler's device, of which nothing is known")
        start = f"Apart from {' and '.join(unknown)}, the" if unknown else "The"
        first = (
            f"{start} {self._subject} is off by at most {brief(self.error)}{sure}, {verdict} the "
            f"{brief(self.allowed_error)} asked for."
        )
        return " ".join([first, *self.notes])

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as a dictionary that JSON can hold."""
        of_all = ("interval", "statistical_error", "error", "success", "message")
        more = {name: _plain(getattr(self, name)) for name in (*self._more, *of_all)}
        return {**_plain(self), **more}

    @property
    def _confidence(self) -> str:
        return f"{100 * (1 - self.alpha):.4g}%"

    def _estimate_row(self) -> Row:
        bounds = f"{self._confidence} interval {interval_text(self.interval)}, bias included"
        if not self._was_run:
            bounds = f"the {self._paid} is constant on the grid"
        return f"estimate ({self.estimator})", self.estimate, bounds

    def _reference_rows(self) -> list[Row]:
        if self.reference is None:
            return []
        noise = self.reference.standard_error
        remark = f"standard error {brief(noise)}" if noise else ""
        return [(self.reference.method, self.reference.value, remark)]

    def _error_rows(self) -> list[Row]:
        known = {name: size for name, size in asdict(self.bias_bound).items() if size is not None}
        parts = ", ".join(f"{name} {brief(size)}" for name, size in known.items())
        statistics = f"interval {interval_text(self.confidence_interval)}"
        return [
            ("statistical error", self.statistical_error, statistics),
            ("bias", self.bias_bound.total, parts),
        ]

    def _note(self) -> str:
        return self.message


def _plain(value: Any) -> Any:
    """Payoffs as their names, results as dictionaries, and tuples as lists."""
    if isinstance(value, Payoff):
        return value.name
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value
