"""The outcome of a fit."""

from __future__ import annotations

from dataclasses import dataclass, field

from qiskit_ssqw import metrics
from qiskit_ssqw.fitting.record import FitStep
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import Walk


@dataclass(frozen=True)
class FitResult:
    """A walk, the target it was fitted to, and how close it came.

    All errors come from the walk's exact amplitudes, not from samples.
    """

    walk: Walk
    """The fitted walk."""
    target: TargetDistribution
    """What it was fitted to."""
    tolerance: float
    """The total variation distance that was asked for."""
    message: str
    """One sentence on the outcome, with advice where the tolerance was missed."""
    seed: int | None = None
    """Seed of the random starts; the same seed and versions give the same walk."""
    history: tuple[FitStep, ...] = field(default=(), repr=False)
    """Every evaluation, in order."""

    @property
    def total_variation(self) -> float:
        """Total variation distance between target and walk."""
        return metrics.total_variation(*self._pair)

    @property
    def kl_divergence(self) -> float:
        """Kullback-Leibler divergence of the walk from the target, ``sum p log(p / q)``."""
        return metrics.kl_divergence(*self._pair)

    @property
    def hellinger(self) -> float:
        """Hellinger distance between target and walk."""
        return metrics.hellinger(*self._pair)

    @property
    def two_qubit_gates(self) -> int:
        """Two-qubit gates of the walk."""
        return self.walk.two_qubit_gates

    @property
    def success(self) -> bool:
        """Whether the total variation distance is within the tolerance."""
        return self.total_variation <= self.tolerance

    @property
    def _pair(self):
        return self.target.probabilities.ravel(), self.walk.probabilities()

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{'fit':<18}{'succeeded' if self.success else 'MISSED THE TOLERANCE'}",
                f"{'walk':<18}{self.walk!r}",
                f"{'total variation':<18}{self.total_variation:.2e} (tolerance {self.tolerance:g})",
                f"{'KL divergence':<18}{self.kl_divergence:.2e}",
                f"{'Hellinger':<18}{self.hellinger:.2e}",
                f"{'two-qubit gates':<18}{self.two_qubit_gates}",
                f"{'evaluations':<18}{len(self.history)}",
                self.message,
            ]
        )
