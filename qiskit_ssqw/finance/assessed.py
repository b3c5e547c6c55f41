"""What an estimate with a bias says of itself, a price or a risk measure."""

from __future__ import annotations

from abc import abstractmethod

from qiskit_ssqw._display import Tabular
from qiskit_ssqw.finance.bias import BiasBound

Interval = tuple[float, float]

_ROUNDING = 1e-9
"""Share of the error asked for by which it may be exceeded."""


class Assessed(Tabular):
    """Whether an estimate is as close as was asked for; a result's fields, and what follows."""

    estimate: float
    confidence_interval: Interval
    alpha: float
    bias_bound: BiasBound
    allowed_error: float
    is_blind: bool = False
    notes: tuple[str, ...]

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
            f"{start} {self._subject} is off by at most {self.error:.2g}{sure}, {verdict} the "
            f"{self.allowed_error:.2g} asked for."
        )
        return " ".join([first, *self.notes])

    @property
    def _confidence(self) -> str:
        return f"{100 * (1 - self.alpha):.4g}%"

    def _note(self) -> str:
        return self.message
