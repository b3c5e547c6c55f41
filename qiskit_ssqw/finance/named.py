"""Amplitude estimators by name, made for an error and for what is known of noise."""

from __future__ import annotations

from functools import partial
from typing import Any

from qiskit.primitives import BaseSamplerV2
from qiskit_algorithms import (
    AmplitudeEstimation,
    AmplitudeEstimator,
    IterativeAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimation,
)

from qiskit_ssqw.finance.bayesian import BayesianAmplitudeEstimation
from qiskit_ssqw.finance.circuit_noise import CircuitNoise
from qiskit_ssqw.finance.faster import PairedFasterAmplitudeEstimation
from qiskit_ssqw.finance.likelihood import best_angle, num_angles
from qiskit_ssqw.finance.robust import RobustAmplitudeEstimation
from qiskit_ssqw.finance.schedules import (
    EstimatorName,
    doublings,
    evaluation_qubits,
    faster_rounds,
)

_MOST_NOISY_CIRCUITS = 256
"""Four times as many as are foreseen with noise; what is not known then drowns in it."""


def _limits(noise: CircuitNoise) -> dict[str, Any]:
    """What Bayesian estimation is told of noise, where there is any."""
    deepest, decay, decays = noise.decaying
    if decay == 0:
        return {}
    return {
        "noise": decays,
        "max_power": int(deepest),
        "max_circuits": _MOST_NOISY_CIRCUITS,
    }


def make_estimator(
    name: EstimatorName,
    epsilon: float,
    alpha: float,
    sampler: BaseSamplerV2,
    threshold: float | None = None,
    *,
    shots: int | None = None,
    noise: CircuitNoise | None = None,
) -> AmplitudeEstimator:
    """Make an estimator that reaches an error of the amplitude at a level of confidence.

    Args:
        name: ``"bayes"`` (Bayesian), ``"rae"`` (robust), ``"iae"`` (iterative), ``"mlae"``
            (maximum likelihood), ``"fae"`` (faster) or ``"ae"`` (canonical, by phase estimation).
        epsilon: Half width of the amplitude's interval.
        alpha: Probability that the interval misses the amplitude.
        sampler: Runs the circuits as they are, so many shots at a time as is its default.
        threshold: As for `BayesianAmplitudeEstimation`; others take no notice.
        shots: Of each circuit of ``"bayes"``, by default as many as is the sampler's default.
        noise: What is known of the circuits' errors; ``"bayes"`` copes with it.
    """
    shots = shots or sampler.default_shots
    if name == "bayes":
        return BayesianAmplitudeEstimation(
            epsilon,
            alpha,
            sampler=sampler,
            shots=shots,
            threshold=threshold,
            **({} if noise is None else _limits(noise)),
        )
    if name == "rae":
        if noise is None:
            return RobustAmplitudeEstimation(epsilon, alpha, sampler=sampler)
        decays = noise.decaying.decays if noise.decay else 0.0
        return RobustAmplitudeEstimation(
            epsilon, alpha, sampler=sampler, noise=decays, flips=noise.flips
        )
    if name == "iae":
        return IterativeAmplitudeEstimation(epsilon, alpha, sampler=sampler)
    if name == "mlae":
        powers = [0, *(2**k for k in range(doublings(epsilon, alpha, shots)))]
        search = partial(best_angle, number=num_angles(powers, shots))
        return MaximumLikelihoodAmplitudeEstimation(powers, search, sampler=sampler)
    if name == "fae":
        rounds = faster_rounds(epsilon)
        return PairedFasterAmplitudeEstimation(alpha / (2 * rounds), rounds, sampler=sampler)
    return AmplitudeEstimation(evaluation_qubits(epsilon), sampler=sampler)
