"""The outcome of a fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
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
    """Every evaluation of the objective that the descents asked for, in order."""

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

    @cached_property
    def _pair(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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


def assess(
    walk: Walk,
    target: TargetDistribution,
    tolerance: float,
    *,
    advice: str,
    seed: int | None = None,
    history: tuple[FitStep, ...] = (),
) -> FitResult:
    """Compare a walk with a target.

    Args:
        walk: Any walk, fitted or not.
        target: The distribution it should load.
        tolerance: Total variation distance that counts as success, strictly between 0 and 1.
        advice: What to do if the tolerance is missed, for the message.
        seed: Seed of the fit, if there was one.
        history: Evaluations of the fit, if there was one.

    Raises:
        TypeError: ``walk`` is no walk, or ``target`` no target.
        ValueError: The tolerance lies outside (0, 1), or the numbers of sites differ.
    """
    tolerance = check.open_unit_interval(tolerance, "tolerance")
    check_walk(walk, target)
    error = metrics.total_variation(target.probabilities.ravel(), walk.probabilities())
    gates = f"{walk.two_qubit_gates} two-qubit gates"
    message = f"The total variation {error:.2e} is within the tolerance, with {gates}."
    if error > tolerance:
        message = (
            f"The total variation {error:.2e} misses the tolerance {tolerance:g} "
            f"with {gates}: {advice}."
        )
    return FitResult(walk, target, tolerance, message, seed, history)


def check_walk(walk: Walk, target: TargetDistribution) -> None:
    """Raise unless ``target`` is a target and ``walk`` a walk with as many sites."""
    if not isinstance(target, TargetDistribution):
        raise TypeError(f"target must be a TargetDistribution, got {target!r}")
    if not isinstance(walk, Walk):
        raise TypeError(f"walk must be a MultiscaleWalk or a SplitStepWalk, got {walk!r}")
    sites = len(walk.marginal(np.zeros(2**walk.num_qubits)))
    if sites != 2**target.num_qubits:
        raise ValueError(f"the walk loads {sites} sites, but the target has {2**target.num_qubits}")
