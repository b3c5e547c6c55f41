"""The amplitude estimators of qiskit-algorithms by name, and what they spend."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from qiskit.primitives import BaseSamplerV2, StatevectorSampler
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_algorithms import (
    AmplitudeEstimation,
    AmplitudeEstimator,
    AmplitudeEstimatorResult,
    EstimationProblem,
    FasterAmplitudeEstimation,
    IterativeAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimation,
)

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.gates import BASIS, count_two_qubit_gates
from qiskit_ssqw.fitting.record import progress_bar

EstimatorName = Literal["iae", "mlae", "fae", "ae"]

_MOST_CIRCUITS = 2000
"""Iterative estimation takes dozens; with few shots it can stay at one power for ever."""

_ANGLES = 100_001
"""Angles at which a likelihood is evaluated, 15 in a period of the power 2000."""


class Meter(BaseSamplerV2):
    """A sampler that counts the shots and two-qubit gates of what it passes on.

    Args:
        sampler: Runs the circuits.
        transpiler: What its method ``run`` makes of a circuit is run; ``None`` for none.
        progress: Whether a bar counts the circuits; needs tqdm.
    """

    def __init__(self, sampler: BaseSamplerV2, transpiler: Any = None, progress: bool = False):
        self._sampler, self._transpiler = sampler, transpiler
        self._bar = progress_bar("estimation", "circuits", None) if progress else None
        self._circuits = 0
        self.shots = 0
        self.two_qubit_gates = 0

    @property
    def default_shots(self) -> int:
        """Shots of a circuit that does not say how many."""
        return int(self._sampler.default_shots)

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Any:
        """Pass circuits on to the sampler.

        Raises:
            RuntimeError: An estimator asks for circuits without end.
        """
        passed = []
        for pub in (SamplerPub.coerce(pub, shots) for pub in pubs):
            circuit, times = pub.circuit, pub.shots or self.default_shots
            if self._transpiler is not None:
                circuit = self._transpiler.run(circuit)
            self.shots += times
            self._circuits += 1
            if self._circuits > _MOST_CIRCUITS:
                raise RuntimeError(
                    f"amplitude estimation makes no progress in {_MOST_CIRCUITS} circuits of "
                    f"{times} shots: take more shots"
                )
            self.two_qubit_gates += times * count_two_qubit_gates(circuit)
            passed.append((circuit, None, times))
            if self._bar is not None:
                self._bar.update()
        return self._sampler.run(passed)


class EstimatorRun:
    """Estimates amplitudes, by name or with an estimator object, and adds up the gates.

    Args:
        estimator: A name, as for `make_estimator`, or an object that is used as it is.
        sampler: Runs the circuits; for an object, in place of its own.
        pass_manager: Prepares the circuits of a named estimator; by default they are unrolled to
            CX and single-qubit gates.
        progress: Whether a bar counts the circuits.
    """

    def __init__(
        self,
        estimator: EstimatorName | AmplitudeEstimator,
        sampler: BaseSamplerV2 | None,
        pass_manager: Any,
        progress: bool,
    ) -> None:
        self._estimator = estimator
        if isinstance(estimator, AmplitudeEstimator):
            self.name = type(estimator).__name__
            runner = sampler or estimator.sampler or StatevectorSampler()
            self._meter = Meter(runner, progress=progress)
            return
        self.name = check.one_of(estimator, get_args(EstimatorName), "estimator")
        self._transpiler = pass_manager or generate_preset_pass_manager(1, basis_gates=BASIS)
        own = self._transpiler if estimator == "mlae" else None
        self._meter = Meter(sampler, own, progress)

    @property
    def two_qubit_gates(self) -> int:
        """Two-qubit gates of all circuits so far, times their shots."""
        return self._meter.two_qubit_gates

    def __call__(
        self, problem: EstimationProblem, epsilon: float, alpha: float
    ) -> AmplitudeEstimatorResult:
        if not isinstance(self._estimator, AmplitudeEstimator):
            named = make_estimator(self._estimator, epsilon, alpha, self._meter, self._transpiler)
            return named.estimate(problem)
        before = self._estimator.sampler
        self._estimator.sampler = self._meter
        try:
            return self._estimator.estimate(problem)
        finally:
            self._estimator.sampler = before


def aer_sampler(shots: int, seed: int | None) -> BaseSamplerV2:
    """Aer's sampler, with so many shots for a circuit that does not say how many."""
    from qiskit_aer.primitives import SamplerV2

    return SamplerV2(default_shots=shots, seed=seed)


def make_estimator(
    name: EstimatorName, epsilon: float, alpha: float, sampler: BaseSamplerV2, transpiler: Any
) -> AmplitudeEstimator:
    """Make an estimator that reaches an error of the amplitude at a level of confidence.

    Args:
        name: ``"iae"`` (iterative), ``"mlae"`` (maximum likelihood), ``"fae"`` (faster) or
            ``"ae"`` (canonical, by phase estimation).
        epsilon: Half width of the amplitude's interval.
        alpha: Probability that the interval misses the amplitude.
        sampler: Runs the circuits, so many shots at a time as is its default.
        transpiler: Has a method ``run`` for circuits. ``"mlae"`` does not get it: it would run
            only its first circuit (qiskit-algorithms 0.4.0); give it to the sampler.
    """
    if name == "iae":
        return IterativeAmplitudeEstimation(epsilon, alpha, sampler=sampler, transpiler=transpiler)
    if name == "mlae":
        return MaximumLikelihoodAmplitudeEstimation(
            _doublings(epsilon, alpha, sampler.default_shots), _best_angle, sampler=sampler
        )
    if name == "fae":
        rounds = _faster_rounds(epsilon)
        return FasterAmplitudeEstimation(
            alpha / (2 * rounds), rounds, sampler=sampler, transpiler=transpiler
        )
    # The phase's grid resolves the amplitude to pi / 2 / 2**m at worst.
    return AmplitudeEstimation(
        max(1, int(np.ceil(np.log2(np.pi / 2 / epsilon)))), sampler=sampler, transpiler=transpiler
    )


def _doublings(epsilon: float, alpha: float, shots: int) -> int:
    """Length ``m`` of the schedule 0, 1, 2, 4, ..., 2**(m - 1) by its Fisher information.

    The information on the amplitude ``a`` is ``shots * sum (2 k + 1)**2 / (a (1 - a))``, least at
    ``a = 1/2`` (Suzuki et al., arXiv:1904.10246, equation 14).
    """
    from scipy.special import ndtri

    needed = (ndtri(1 - alpha / 2) / (2 * epsilon)) ** 2 / shots
    information, rounds = 1.0, 0
    while information < needed:
        information += (2 * 2**rounds + 1) ** 2
        rounds += 1
    return rounds


def _best_angle(
    loss: Callable[[NDArray[np.float64]], NDArray[np.float64]], bounds: list[tuple[float, float]]
) -> float:
    """Global minimum of a likelihood with narrow peaks: a fine grid, then one bounded search."""
    from scipy.optimize import minimize_scalar

    angles = np.linspace(*bounds[0], _ANGLES)
    best = int(np.clip(np.argmin(loss(angles)), 1, _ANGLES - 2))
    found = minimize_scalar(
        loss, bounds=angles[[best - 1, best + 1]], method="bounded", options={"xatol": 1e-12}
    )
    return float(found.x)


def _faster_rounds(epsilon: float) -> int:
    """Rounds of faster estimation, whose last interval of the angle is ``2 pi / 3`` wide.

    The amplitude is ``16 sin(theta)**2`` with ``sin(theta) <= 1/4`` and ``theta`` known to
    ``pi / 3 / (2**(l + 1) + 2)`` after ``l`` rounds (Nakaji, arXiv:2003.02417).
    """
    rounds = 1
    while 8 * np.pi / 3 / (2 ** (rounds + 1) + 2) > epsilon:
        rounds += 1
    return rounds
