"""Amplitude estimation on noisy devices: powers fixed beforehand, the noise fitted along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.estimation.depths import MOST_SHOTS, Plan, plan_for_calls, plan_for_error
from qiskit_ssqw.finance.estimation.drift import ANY_DECAY, DriftPosterior, NoisyCounts
from qiskit_ssqw.finance.estimation.powers import PowerEstimator, decay_bounds
from qiskit_ssqw.finance.estimation.robust_result import (
    RobustAmplitudeEstimationResult,
    exposures_of,
)

_FACTOR = 2.0
"""By which a decay that is given may be wrong: some errors do no harm, calibrations are stale."""


class RobustAmplitudeEstimation(PowerEstimator):
    """Estimates an amplitude on a noisy device with one job.

    The powers of the Grover operator are fixed beforehand, so that all circuits go out together.
    Amplitude, decay and what the circuits decay to are estimated together from all counts. A
    chi-squared test says whether the counts fit the model, and where they do not, the interval is
    as much wider as they are off (Birge's ratio).

    A circuit with ``e`` times the noise of a state preparation is taken to be good with probability
    ``c sin((2 k + 1) theta)**2 + (1 - c) (b + d)``, ``c = exp(-kappa e)``: ``e`` is counted from
    the two-qubit gates of the circuits as they are run, ``b`` is near 1/2 but not quite, and ``d``
    scatters from circuit to circuit. Errors that turn the angle in every iterate alike, as
    over-rotations do, look like another amplitude, and no estimator can tell: twirl them.

    Args:
        epsilon_target: Half width of the amplitude's interval; the shots are chosen for it, but no
            more than two million, and noise that is not known beforehand may leave it wider.
        alpha: Probability that the interval misses.
        calls: Instead of ``epsilon_target``, most applications of the state preparation and its
            inverse, ``2 k + 1`` for each shot of power ``k``.
        sampler: A ``SamplerV2`` that runs the circuits, or a function of seed that makes one, such
            as its class; Aer's by default.
        noise: About the decay ``kappa`` of a state preparation, which is believed to a factor of
            two, 0 for none; or its lowest and highest value; by default nothing is known. The more
            is known, the better the depth of the circuits is chosen.
        flips: Probabilities that the readout makes a good state of a bad one, and a bad of a good
            one; 0 where the sampler corrects them.
        max_power: Largest power of the Grover operator; by default about ``0.4 / kappa``.
        seed: Of a sampler that is made, and of the layout on a backend.
        pass_manager: Its method ``run`` prepares the circuits. By default those that the sampler's
            backend does not take are laid out for it, or unrolled to CX and single-qubit gates.
        progress: Whether a bar counts the circuits (needs tqdm, extra ``plot``).

    Raises:
        TypeError: The sampler is something else, the pass manager has no method ``run``, or a
            number is none.
        ValueError: A number is out of range, or not exactly one of ``epsilon_target`` and
            ``calls`` is given.

    Warns:
        RepeatedSeedWarning: The sampler begins each circuit with the same seed.

    References:
        Fixed powers with a decay: Tanaka et al., arXiv:2006.16223. Robust amplitude estimation:
        Johnson et al., arXiv:2203.07275. The ratio: Birge, Phys. Rev. 40 (1932) 207. The centre
        and its scatter: docs, "estimation".

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_algorithms import EstimationProblem
        >>> from qiskit_ssqw.finance import RobustAmplitudeEstimation
        >>> coin = QuantumCircuit(1)
        >>> _ = coin.ry(0.8, 0)
        >>> problem = EstimationProblem(coin, objective_qubits=[0])
        >>> result = RobustAmplitudeEstimation(0.01, noise=0.02, seed=1).estimate(problem)
        >>> low, high = result.confidence_interval
        >>> low < 0.1516 < high, result.p_value > 0.01
        (True, True)
    """

    _is_one_job = True

    def __init__(
        self,
        epsilon_target: float | None = None,
        alpha: float = 0.05,
        *,
        calls: int | None = None,
        sampler: Any = None,
        noise: float | tuple[float, float] | None = None,
        flips: tuple[float, float] = (0.0, 0.0),
        max_power: int | None = None,
        seed: int | None = None,
        pass_manager: Any = None,
        progress: bool = False,
    ) -> None:
        if (epsilon_target is None) == (calls is None):
            raise ValueError(
                "either epsilon_target or calls must be given, got "
                f"epsilon_target={epsilon_target} and calls={calls}"
            )
        super().__init__(
            epsilon_target, alpha, sampler, seed=seed, pass_manager=pass_manager, progress=progress
        )
        self._decays, about = _decays(noise)
        self._flips = _flips(flips)
        most = np.inf if max_power is None else check.integer(max_power, "max_power", minimum=0)
        if calls is None:
            self._plan = plan_for_error(
                self._epsilon, self._alpha, about, most, self._decays, MOST_SHOTS
            )
        else:
            self._plan = plan_for_calls(check.integer(calls, "calls", minimum=1), about, most)

    @property
    def plan(self) -> Plan:
        """The circuits, and how often each is measured."""
        return self._plan

    @property
    def expects_noise(self) -> bool:
        """Whether the circuits may decay, or be misread."""
        return self._decays[1] > 0 or max(self._flips) > 0

    def found(
        self, powers: Sequence[int], chances: Array, two_qubit_gates: Sequence[int]
    ) -> list[float]:
        """The amplitude that is found where circuits are good with given chances.

        Args:
            powers: Of the Grover operator.
            chances: That these circuits are good, measured as often as is planned.
            two_qubit_gates: Of these circuits.
        """
        shots = np.full(len(powers), float(self._plan.shots))
        counts = NoisyCounts(
            turns=2.0 * np.array(powers) + 1,
            exposures=np.array(exposures_of(list(powers), list(two_qubit_gates))),
            good=shots * chances,
            shots=shots,
            flips=self._flips,
        )
        return [DriftPosterior(counts, self._decays).mean]

    def estimate(self, estimation_problem: EstimationProblem) -> RobustAmplitudeEstimationResult:
        """Estimate the amplitude of a problem's good states.

        Raises:
            AlgorithmError: The sampler fails, or returns fewer shots than it was asked for.
            TypeError: It is no estimation problem.
            ValueError: The problem has no objective qubits, or none of that number, or its Grover
                operator does not belong to its good states, as far as the default sampler can tell.
        """
        problem = self._prepared(estimation_problem)
        powers, shots = self._plan.powers.tolist(), self._plan.shots
        circuits = [self.construct_circuit(problem, power, measurement=True) for power in powers]
        self._sampler.begin(len(powers))
        try:
            measured = self._counts_of(circuits, powers, shots)
        finally:
            self._sampler.close()
        result = RobustAmplitudeEstimationResult(self._alpha, self._epsilon)
        result.note(problem, powers, measured)
        posterior = DriftPosterior(result.noisy_counts(self._flips), self._decays)
        result.finish(posterior, problem)
        return result


def _decays(noise: Any) -> tuple[tuple[float, float], float]:
    """Lowest and highest decay that is possible, and about which to plan for."""
    if noise is None:
        return ANY_DECAY, 0.0
    if not isinstance(noise, (tuple, list)):
        decay = check.at_least_zero(noise, "noise")
        return (decay / _FACTOR, decay * _FACTOR), decay
    low, high = decay_bounds(noise)
    return (low, high), float(np.sqrt(low * high))


def _flips(flips: Any) -> tuple[float, float]:
    """Checked probabilities of the readout."""
    if not isinstance(flips, (tuple, list)) or len(flips) != 2:
        raise ValueError(
            "flips must be the probabilities of a good state for a bad one and of a bad for a good "
            f"one, got {flips!r}"
        )
    first, second = (check.at_least_zero(flip, "flips") for flip in flips)
    if first + second >= 1:
        raise ValueError(f"flips must add up to less than 1, got {flips}")
    return first, second
