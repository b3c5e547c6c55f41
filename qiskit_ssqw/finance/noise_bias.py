"""How far noise moves what an amplitude estimator finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from qiskit_algorithms import (
    AmplitudeEstimation,
    AmplitudeEstimator,
    FasterAmplitudeEstimation,
    IterativeAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimation,
)

from qiskit_ssqw.finance.circuit_noise import CircuitNoise
from qiskit_ssqw.finance.schedules import foresee


@runtime_checkable
class NoiseAware(Protocol):
    """An estimator whose likelihood may hold a decay, or the errors of the readout."""

    @property
    def expects_noise(self) -> bool:
        """Whether it does, or takes the readout for wrong."""

    @property
    def deepest(self) -> float:
        """Largest power of its circuits."""

    def found(
        self,
        powers: Sequence[int],
        chances: NDArray[np.floating],
        two_qubit_gates: Sequence[int],
    ) -> Sequence[float]:
        """The amplitudes that it may find where circuits are good with given chances.

        Args:
            powers: Of the Grover operator, ascending.
            chances: That these circuits are good.
            two_qubit_gates: Of these circuits.
        """


def noise_bias(estimator: AmplitudeEstimator, noise: CircuitNoise, about: float) -> float:
    """How far noise may move the amplitude that an estimator finds.

    Args:
        estimator: With its numbers.
        noise: What it does to the problem's circuits.
        about: What is found without noise.
    """
    if isinstance(estimator, NoiseAware) and estimator.expects_noise:
        return noise.aware(
            about, int(min(estimator.deepest, noise.decaying.deepest)), estimator.found
        )
    return noise.unaware(about, _deepest(estimator, about))


def _deepest(estimator: AmplitudeEstimator, about: float) -> float:
    """About the largest power of an estimator's circuits; qiskit-algorithms keeps it private."""
    if isinstance(estimator, NoiseAware):
        return estimator.deepest
    if isinstance(estimator, IterativeAmplitudeEstimation):
        return foresee("iae", estimator.epsilon_target, 0.05, 1, about).deepest
    if isinstance(estimator, MaximumLikelihoodAmplitudeEstimation):
        return float(max(estimator._evaluation_schedule))
    if isinstance(estimator, FasterAmplitudeEstimation):
        return float(2 ** (estimator._maxiter - 1))
    if isinstance(estimator, AmplitudeEstimation):
        return float(2**estimator._m - 1)  # all powers are in one circuit
    return float(np.inf)
