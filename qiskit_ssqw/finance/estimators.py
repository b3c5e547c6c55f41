"""Amplitude estimators, ours and those of qiskit-algorithms, on any sampler within a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from qiskit.primitives import StatevectorSampler
from qiskit_algorithms import (
    AlgorithmError,
    AmplitudeEstimation,
    AmplitudeEstimator,
    AmplitudeEstimatorResult,
    EstimationProblem,
    MaximumLikelihoodAmplitudeEstimation,
)

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.bounded_problem import BoundedProblem
from qiskit_ssqw.finance.chance_plane import known_chances
from qiskit_ssqw.finance.circuit_noise import CircuitNoise
from qiskit_ssqw.finance.meter import MOST_CIRCUITS, Meter
from qiskit_ssqw.finance.named import make_estimator
from qiskit_ssqw.finance.noise_bias import NoiseAware, noise_bias
from qiskit_ssqw.finance.powers import PowerEstimator
from qiskit_ssqw.finance.robust import RobustAmplitudeEstimation
from qiskit_ssqw.finance.rounds import side_by_side
from qiskit_ssqw.finance.schedules import (
    POWERS_OF_PLANE,
    EstimatorName,
    duration,
    foresee,
    noisy_shots,
    seconds_per_iterate,
)
from qiskit_ssqw.finance.simulators import MOST_QUBITS
from qiskit_ssqw.finance.turning import PlaneProblem

MAX_SECONDS = 600.0
"""How long an estimation may take on a simulator unless more is allowed."""

_ONE_JOB = (
    "mlae",
    "rae",
    MaximumLikelihoodAmplitudeEstimation.__name__,
    RobustAmplitudeEstimation.__name__,
)


class EstimatorRun:
    """Estimates amplitudes, by name or with an estimator object, and adds up the gates.

    A sampler object gets the circuits of a round of all problems as one job, if the estimator goes
    by name and they have the same number of shots, as all but those of ``"fae"`` have; an estimator
    object, which holds its sampler, takes the problems one by one.

    Args:
        estimator: A name, as for `make_estimator`, an object that is used as it is, or ``"auto"``:
            ``"rae"`` where noise is known, else ``"bayes"``.
        sampler: Runs the circuits; for an object, in place of its own. Or a function of seed that
            makes one, such as its class: each circuit is run with a new seed then. Aer by default.
        shots: Shots of each circuit where the estimator does not say it; by default as many as the
            sampler takes then, and 100 of the default sampler.
        seed: Of the samplers that are made, and of the layout on a backend.
        pass_manager: Prepares the circuits; by default those that the sampler does not take.
        max_seconds: Longest time on a simulator, by an estimate, or ``None`` for any.
        progress: Whether a bar counts the circuits.
        noise: What is known of the device's errors, as for `price`.

    Raises:
        TypeError: The sampler is something else, or ``shots`` or ``seed`` is no integer.
        ValueError: The name is unknown, or a number is out of range.

    Warns:
        RepeatedSeedWarning: A sampler begins each run with the same seed.
    """

    def __init__(
        self,
        estimator: EstimatorName | Literal["auto"] | AmplitudeEstimator,
        sampler: Any = None,
        *,
        shots: int | None = None,
        seed: int | None = None,
        pass_manager: Any = None,
        max_seconds: float | None = MAX_SECONDS,
        progress: bool = False,
        noise: Any = "auto",
    ) -> None:
        shots = None if shots is None else check.integer(shots, "shots", minimum=1)
        self._most = np.inf if max_seconds is None else check.positive(max_seconds, "max_seconds")
        if isinstance(estimator, AmplitudeEstimator):
            sampler = estimator.sampler if sampler is None else sampler
        else:
            _check_name(estimator)
        self._meter = Meter.around(
            sampler,
            seed=seed,
            repeats=False,
            shots=shots,
            pass_manager=pass_manager,
            progress=progress,
        )
        self._noise = self._meter.known_noise(noise)
        if estimator == "auto":
            estimator = "bayes" if self._noise is None else "rae"
        self._estimator: EstimatorName | AmplitudeEstimator = estimator
        is_object = isinstance(estimator, AmplitudeEstimator)
        self.name = type(estimator).__name__ if is_object else str(estimator)
        if self._runs_again(sampler):
            self._meter.warn_of_repeats()
        self._chooses_shots = shots is None and self.name == "bayes"
        if self._chooses_shots:
            self._meter.default_shots = 1
        self._noises: dict[int, CircuitNoise] = {}

    @property
    def knows_noise(self) -> bool:
        """Whether the device's errors are known."""
        return self._noise is not None

    @property
    def is_blind(self) -> bool:
        """Whether there may be errors of which nothing is known."""
        return self._meter.is_blind(self._noise)

    @property
    def copes(self) -> bool:
        """Whether the estimator knows of a decay."""
        if isinstance(self._estimator, AmplitudeEstimator):
            return isinstance(self._estimator, NoiseAware) and self._estimator.expects_noise
        return self._estimator in ("bayes", "rae")

    @property
    def takes_epsilon(self) -> bool:
        """Whether the error asked for decides on the schedule, not an estimator object."""
        return not isinstance(self._estimator, AmplitudeEstimator)

    @property
    def two_qubit_gates(self) -> int:
        """Two-qubit gates of all circuits so far, times their shots."""
        return self._meter.two_qubit_gates

    def estimate(
        self,
        problems: Sequence[EstimationProblem],
        epsilons: Sequence[float],
        alpha: float,
        iterate_cx: int,
        amplitudes: Sequence[float] | None = None,
        *,
        threshold: float | None = None,
    ) -> list[AmplitudeEstimatorResult]:
        """Estimate the amplitudes of some problems.

        Args:
            problems: The problems.
            epsilons: Half widths of their amplitudes' intervals.
            alpha: Probability that any of the intervals misses, shared evenly among them.
            iterate_cx: CX of one Grover iterate.
            amplitudes: About what will be found, for the estimate of the time.
            threshold: ``"bayes"`` ends as soon as an amplitude is known to lie on one side of it.

        Raises:
            AlgorithmError: A sampler or an estimator fails.
            RuntimeError: An estimator makes no progress.
            ValueError: It would take longer than ``max_seconds``.
        """
        level = alpha / max(len(problems), 1)
        self._check_planes(problems, iterate_cx)
        prepared = [self._eased(problem) for problem in problems]
        if not isinstance(self._estimator, AmplitudeEstimator):
            about = [0.5] * len(problems) if amplitudes is None else amplitudes
            aims = [
                (_needed(error, one, threshold if self.name == "bayes" else None), one)
                for error, one in zip(epsilons, about, strict=True)
            ]
            noises = [self._noise_of(problem) for problem in problems]
            self._check_time(self._estimator, prepared, aims, noises, level, iterate_cx)
        runs = [
            partial(
                self._run,
                self._bounded(eased, iterate_cx),
                self._made(epsilon, level, threshold, self._noise_of(problem)),
            )
            for problem, eased, epsilon in zip(problems, prepared, epsilons, strict=True)
        ]
        try:
            if len(runs) > 1 and self.takes_epsilon and not self._meter.makes_samplers:
                self._meter.begin(len(runs) * MOST_CIRCUITS)
                return side_by_side(self._meter, runs)
            results = []
            for run in runs:
                self._meter.begin()
                results.append(run(self._meter))
            return results
        finally:
            self._meter.close()

    def bias_by_noise(
        self,
        problems: Sequence[EstimationProblem],
        epsilons: Sequence[float],
        alpha: float,
        amplitudes: Sequence[float],
    ) -> list[float] | None:
        """How far the noise of the device may move each problem's amplitude.

        Args:
            problems: As for `estimate`, as all arguments.
            epsilons: Half widths of their amplitudes' intervals.
            alpha: Probability that any of the intervals misses.
            amplitudes: What a perfect estimation finds without noise.

        Returns:
            ``None`` if nobody knows of noise.
        """
        noises = [noise for noise in map(self._noise_of, problems) if noise is not None]
        if len(noises) < len(problems) or not problems:
            return None
        level = alpha / len(problems)
        return [
            noise_bias(self._made(epsilon, level, noise=noise), noise, about)
            for noise, epsilon, about in zip(noises, epsilons, amplitudes, strict=True)
        ]

    def _made(
        self,
        epsilon: float,
        alpha: float,
        threshold: float | None = None,
        noise: CircuitNoise | None = None,
    ) -> AmplitudeEstimator:
        """The estimator, by name or as it was given."""
        if isinstance(self._estimator, AmplitudeEstimator):
            return self._estimator
        shots = self._meter.default_shots
        if noise is not None and self._chooses_shots:
            shots = noisy_shots(epsilon, alpha, noise.decaying)
        return make_estimator(
            self._estimator, epsilon, alpha, self._meter, threshold, shots=shots, noise=noise
        )

    def _noise_of(self, problem: EstimationProblem) -> CircuitNoise | None:
        """What noise does to a problem's circuits, if it is known."""
        if self._noise is None:
            return None
        if id(problem) not in self._noises:
            self._noises[id(problem)] = CircuitNoise(problem, self._noise, self._meter.prepared)
        return self._noises[id(problem)]

    def _eased(self, problem: EstimationProblem) -> EstimationProblem:
        """The problem in the form that costs the sampler least; phase estimation controls gates."""
        return problem if self._has_phases else self._meter.eased(problem)

    def _has_plane(self, problem: EstimationProblem) -> bool:
        return not self._has_phases and self._meter.has_plane(problem)

    @property
    def _has_phases(self) -> bool:
        return self.name in ("ae", AmplitudeEstimation.__name__)

    def _bounded(self, problem: EstimationProblem, iterate_cx: int) -> EstimationProblem:
        if isinstance(problem, PlaneProblem):
            return problem  # any power takes the same time
        width = problem.grover_operator.num_qubits
        products = self._meter.holds_products(width)
        shots = None if self._noise is None else self._meter.default_shots
        seconds = seconds_per_iterate(iterate_cx, width, products=products, noisy_shots=shots)
        return BoundedProblem(problem, self._most, seconds)

    def _check_planes(self, problems: Sequence[EstimationProblem], iterate_cx: int) -> None:
        """Raise a `ValueError` if the first powers on many qubits would take too long already."""
        widths = [
            problem.grover_operator.num_qubits
            for problem in problems
            if problem.grover_operator.num_qubits > MOST_QUBITS
            and self._has_plane(problem)
            and known_chances(problem) is None
        ]
        seconds = sum(
            POWERS_OF_PLANE * seconds_per_iterate(iterate_cx, width, products=True)
            for width in widths
        )
        if seconds > self._most:
            raise ValueError(
                f"the first powers of the Grover operator, {iterate_cx:,} CX each on "
                f"{max(widths):,} qubits, of {len(widths)} problem(s) take some "
                f"{duration(seconds)} on a simulator of matrix product states, more than "
                f"max_seconds={self._most:g}: raise it; OptionPricing makes the circuits and "
                "counts them, and knows what a perfect estimation returns"
            )

    def _check_time(
        self,
        name: EstimatorName,
        problems: Sequence[EstimationProblem],
        aims: Sequence[tuple[float, float]],
        noises: Sequence[CircuitNoise | None],
        alpha: float,
        iterate_cx: int,
    ) -> None:
        shots = self._meter.default_shots
        schedules = [
            foresee(name, error, alpha, shots, about, None if noise is None else noise.decaying)
            for (error, about), noise in zip(aims, noises, strict=True)
        ]
        run = [
            (schedule, problem.grover_operator.num_qubits)
            for schedule, problem in zip(schedules, problems, strict=True)
            if not isinstance(problem, PlaneProblem)
        ]
        seconds = sum(
            schedule.seconds(
                iterate_cx,
                width,
                products=self._meter.holds_products(width),
                noisy=self._noise is not None,
            )
            for schedule, width in run
        )
        if seconds > self._most:
            widest = max(width for _, width in run)
            holds_states = widest > MOST_QUBITS and not self._meter.holds_products(widest)
            advice = ", or take sampler=matrix_product_sampler" if holds_states else ""
            raise ValueError(
                f"the estimation takes powers of the Grover operator up to about "
                f"{max(schedule.deepest for schedule in schedules):,.0f} and "
                f"{sum(schedule.calls for schedule in schedules):.1e} oracle calls, some "
                f"{duration(seconds)} on a simulator, more than max_seconds={self._most:g}: ask "
                f"for an error {np.ceil(seconds / self._most):,.0f} times as large, or raise "
                f"max_seconds{advice}"
            )

    def _run(
        self, problem: EstimationProblem, estimator: AmplitudeEstimator, sampler: Any
    ) -> AmplitudeEstimatorResult:
        before = estimator.sampler
        estimator.sampler = sampler
        try:
            return estimator.estimate(problem)
        except AlgorithmError as error:
            # qiskit-algorithms says that a job was not completed, and hides why.
            if error.__cause__ is None or isinstance(estimator, PowerEstimator):
                raise
            raise error.__cause__ from error.__cause__.__cause__
        finally:
            estimator.sampler = before

    def _runs_again(self, sampler: Any) -> bool:
        """Whether the estimator's circuits depend on each other if each run has one seed."""
        if self.name in ("ae", AmplitudeEstimation.__name__):
            return False  # it is one circuit
        if self.name in _ONE_JOB:
            return isinstance(sampler, StatevectorSampler)  # all in one run; it begins each anew
        return True


def _check_name(estimator: Any) -> None:
    """Raise if there is no such estimator."""
    names = ("auto", *get_args(EstimatorName))
    if estimator == "sampling":
        raise ValueError(
            'estimator "sampling" estimates no amplitudes: price takes it, and risk measures take '
            f"{', '.join(map(repr, names))}"
        )
    check.one_of(estimator, names, "estimator")


def _needed(epsilon: float, amplitude: float, threshold: float | None) -> float:
    """About the half width at which an estimation ends."""
    if threshold is None:
        return epsilon
    return max(epsilon, min(abs(amplitude - threshold) / 2, 0.25))
