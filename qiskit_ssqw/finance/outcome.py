"""What every way to a price finds, and what it takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qiskit_ssqw.finance.assessed import Interval
from qiskit_ssqw.finance.bias import BiasBound

if TYPE_CHECKING:
    from qiskit_ssqw.finance.aim import Aim
    from qiskit_ssqw.finance.loader import Loader
    from qiskit_ssqw.finance.payoffs import Payoff
    from qiskit_ssqw.finance.views import View

SHALLOWER = 'take estimator="sampling", with mitigation=Mitigation() if need be, or fewer qubits'
"""What helps amplitude estimation on a noisy device."""


@dataclass(frozen=True)
class Outcome:
    """An estimated price: fields of `PricingResult`, where they are described."""

    estimate: float
    confidence_interval: Interval
    alpha: float
    exact_value: float
    loaded_value: float
    payoff_range: Interval
    bias_bound: BiasBound
    encoding: str
    estimator: str
    num_problems: int
    num_qubits: int
    oracle_calls: int
    iterate_two_qubit_gates: int
    two_qubit_gates: int
    notes: tuple[str, ...]
    statistics_advice: str
    """What would make the statistical interval narrower."""
    noise_advice: str
    """What would lower what noise makes."""
    is_blind: bool
    """Whether there may be errors of which nothing is known."""

    def fields(self) -> dict[str, Any]:
        """Those of `PricingResult`, but for the notes."""
        others = ("notes", "statistics_advice", "noise_advice")
        return {name: value for name, value in vars(self).items() if name not in others}


class Way(ABC):
    """A way to a price: by amplitudes, or by sampling."""

    @abstractmethod
    def view(self, payoff: Payoff, loader: Loader) -> View:
        """The payoff on what the model loads."""

    @abstractmethod
    def price(
        self, payoff: Payoff, view: View, aim: Aim, alpha: float, epsilon: float | None
    ) -> Outcome:
        """Price a payoff.

        Args:
            payoff: What is paid.
            view: The payoff on what the model loads.
            aim: The error that is allowed.
            alpha: As for `price`, as ``epsilon``.
            epsilon: Half width of the interval.

        Raises:
            AlgorithmError: A sampler or an estimator fails.
            RuntimeError: An estimator makes no progress.
            ValueError: It would take longer than is allowed.
        """
