"""What a walk should load, and how far it is from that: the one objective of all fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.targets import TargetDistribution, TargetState

_SMOOTHING = 0.3
"""Deviations below this part of their mean count by their square. 0.1 takes a flip more, 1 too."""
_TINY = 1e-16


@dataclass(frozen=True)
class Goal:
    """Amplitudes to load, on some grid.

    The distance is the total variation, ``sum |a - r| (|a| + r) / 2`` with the target's roots
    ``r``: an amplitude of the wrong sign counts more than its probability tells. A state with
    signs of its own has the trace distance ``sqrt(1 - F)`` instead.

    Attributes:
        amplitudes: The roots of the probabilities, or the amplitudes of a state, shape
            ``(sites,)``.
        state: Whether it is a state.
        evenly: Whether all sites weigh the same in a descent.
    """

    amplitudes: Array
    state: bool = False
    evenly: bool = False

    @classmethod
    def of(cls, probabilities: Array) -> Goal:
        """The goal of a distribution."""
        return cls(np.sqrt(probabilities))

    @classmethod
    def for_target(cls, target: TargetDistribution | TargetState) -> Goal:
        """The goal of a target of either kind."""
        if isinstance(target, TargetState):
            return cls(target.amplitudes / np.linalg.norm(target.amplitudes), state=True)
        return cls.of(target.probabilities.ravel())

    @property
    def num_qubits(self) -> int:
        return len(self.amplitudes).bit_length() - 1

    def errors(self, residuals: Array) -> Array:
        """Distances of a batch of walks from the goal.

        Args:
            residuals: Amplitudes minus those of the goal, shape ``(batch, sites)``.
        """
        if self.state:
            overlap = 1 - np.sum(residuals**2, axis=-1) / 2  # as both vectors have norm 1
            distances: Array = np.sqrt(np.clip((1 - overlap) * (1 + overlap), 0, 1))
            return distances
        sums: Array = 0.5 * np.sum(np.abs(residuals) * self._both(residuals), axis=-1)
        return sums

    def weights(self, residuals: Array) -> Array:
        """Weights with which a sum of squared residuals becomes the distance, up to a factor.

        A site weighs ``(|a| + r) / (|a - r| + delta)``, so that its square counts like its share
        of the total variation unless that is small (iteratively reweighted least squares).
        """
        if self.state or self.evenly:
            return np.ones_like(residuals)
        size = np.abs(residuals)
        weights = self._both(residuals) / (size + _SMOOTHING * size.mean(-1, keepdims=True) + _TINY)
        scaled: Array = weights / weights.mean(-1, keepdims=True)
        return scaled

    def _both(self, residuals: Array) -> Array:
        return np.abs(residuals + self.amplitudes) + self.amplitudes
