"""Amplitude estimators, ours and those of qiskit-algorithms, on any sampler within a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from qiskit.primitives import StatevectorSampler
from qiskit_algorithms import (
    AlgorithmError,
    AmplitudeEstimator,
    AmplitudeEstimatorResult,
    EstimationProblem,
)

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.estimation.circuit_noise import CircuitNoise
from qiskit_ssqw.finance.estimation.method import Method
from qiskit_ssqw.finance.estimation.powers import PowerEstimator
from qiskit_ssqw.finance.estimation.registry import method_named, method_of, names
from qiskit_ssqw.finance.estimation.schedule import NOISELESS, Goal
from qiskit_ssqw.finance.estimation.time_limit import TimeLimit
from qiskit_ssqw.finance.running.chance_plane import known_chances
from qiskit_ssqw.finance.running.meter import MOST_CIRCUITS
from qiskit_ssqw.finance.running.rounds import side_by_side
from qiskit_ssqw.finance.running.runner import Runner

_NEEDED = ("estimation", "confidence_interval", "num_oracle_queries")
"""What a result must tell."""


class EstimatorRun:
    """Estimates amplitudes, by name or with an estimator object, and adds up the gates.

    A sampler object gets the circuits of a round of all problems as one job, if the estimator goes
    by name and they have the same number of shots, as all but those of ``"fae"`` have; an estimator
    object, which holds its sampler, takes the problems one by one.

    Args:
        estimator: A name, an object that is used as it is, or ``"auto"``: ``"rae"`` where noise is
            known and no shots are asked for, which it chooses, else ``"bayes"``.
        sampler: As for `Runner`; for an object, in place of its own. Or a runner.
        **options: As for `Runner`. The shots are those of each circuit where the estimator does not
            say it; by default as many as the method or the sampler takes, and 100 of the default
            sampler.

    Raises:
        TypeError: The sampler is something else, an estimator object has none, or a number is none.
        ValueError: The name is unknown, it does not take ``shots``, or a number is out of range.

    Warns:
        RepeatedSeedWarning: A sampler begins each run with the same seed.
    """

    def __init__(
        self, estimator: str | AmplitudeEstimator, sampler: Any = None, **options: Any
    ) -> None:
        self._object = estimator if isinstance(estimator, AmplitudeEstimator) else None
        if self._object is None:
            check_name(estimator, ("auto", *names()))
        elif not hasattr(estimator, "sampler"):
            raise TypeError(
                f"{type(estimator).__name__} must keep what runs its circuits as its attribute "
                "sampler: it is set for each estimation"
            )
        elif sampler is None:
            sampler = self._object.sampler
        self.runner = Runner.of(sampler, **options)
        """Runs the circuits."""
        self._meter, self._noise = self.runner.meter, self.runner.noise
        if estimator == "auto":
            is_plain = self._noise is None or self.runner.shots is not None
            estimator = "bayes" if is_plain else "rae"
        self._method: Method
        if self._object is None:
            self._method = method_named(estimator)
            self.name = self._method.name
            self._choose_shots()
        else:
            self._method = method_of(self._object)
            self.name = type(estimator).__name__
        if self._runs_again():
            self._meter.warn_of_repeats()
        self._noises: dict[int, CircuitNoise] = {}
        known_to_be_none = self._noise is None and self.runner.is_noiseless
        self._unseen = NOISELESS if known_to_be_none else None

    @property
    def copes(self) -> bool:
        """Whether the estimator knows of a decay."""
        return self._method.copes(self._object)

    @property
    def takes_epsilon(self) -> bool:
        """Whether the error asked for decides on the schedule, not an estimator object."""
        return self._object is None

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
            TypeError: An estimator returns something else than a result.
            ValueError: It would take longer than is allowed.
        """
        limit = TimeLimit(self.runner, iterate_cx)
        phases = self._method.needs_phases
        planes = [] if phases else [each for each in problems if self._meter.has_plane(each)]
        by_law = not limit.has_time_for_states(planes)
        limit.check_planes([each for each in planes if known_chances(each) is None])
        # Phase estimation controls gates, and takes problems as they are.
        eased = [each if phases else self._meter.eased(each, by_law=by_law) for each in problems]
        about = [0.5] * len(problems) if amplitudes is None else amplitudes
        estimators: list[AmplitudeEstimator]
        if self._object is not None:
            estimators = [self._object] * len(problems)
        else:
            goals = [
                self._goal(*one, alpha / len(problems), threshold)
                for one in zip(problems, epsilons, about, strict=True)
            ]
            limit.check_schedules([self._method.schedule(goal) for goal in goals], eased)
            estimators = [self._method.make(goal, self._meter) for goal in goals]
        runs = [
            partial(_run, limit.bounded(problem), estimator)
            for problem, estimator in zip(eased, estimators, strict=True)
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
        """How far noise may move what `estimate` finds, or ``None`` if nothing is known of it."""
        shifts = []
        for problem, epsilon, about in zip(problems, epsilons, amplitudes, strict=True):
            noise, estimator = self._noise_of(problem), self._object
            if noise is None:
                return None
            if estimator is None:
                goal = self._goal(problem, epsilon, about, alpha / len(problems))
                estimator = self._method.make(goal, self._meter)
            shifts.append(self._method.shift(estimator, noise, about))
        return shifts or None

    def _goal(
        self,
        problem: EstimationProblem,
        epsilon: float,
        about: float,
        alpha: float,
        threshold: float | None = None,
    ) -> Goal:
        """What is to be reached for a problem."""
        known = self._noise_of(problem)
        noise = self._unseen if known is None else known.decaying
        shots, given = self._meter.default_shots, self.runner.shots is not None
        return Goal(epsilon, alpha, shots, about, threshold, noise, given)

    def _noise_of(self, problem: EstimationProblem) -> CircuitNoise | None:
        """What noise does to a problem's circuits, if it is known."""
        if self._noise is None:
            return None
        if id(problem) not in self._noises:
            self._noises[id(problem)] = CircuitNoise(problem, self._noise, self._meter.prepared)
        return self._noises[id(problem)]

    def _choose_shots(self) -> None:
        """Take the method's shots where none were asked for, or raise where it takes none."""
        if self.runner.shots is None:
            self._meter.default_shots = self._method.default_shots or self._meter.default_shots
        else:
            self._method.check_shots(self.runner.shots)

    def _runs_again(self) -> bool:
        """Whether the estimator's circuits depend on each other if each run has one seed."""
        if self._method.needs_phases:
            return False  # it is one circuit
        # All in one run; this sampler begins each circuit anew.
        return not self._method.is_one_job or isinstance(self.runner.sampler, StatevectorSampler)


def check_name(estimator: Any, words: Sequence[str]) -> None:
    """Check that a word is that of an estimator.

    Raises:
        TypeError: It is no word.
        ValueError: There is no such estimator.
    """
    if not isinstance(estimator, str):
        raise TypeError(f"estimator must be a name or an amplitude estimator, got {estimator!r}")
    if estimator == "sampling" and estimator not in words:
        raise ValueError(
            'estimator "sampling" estimates no amplitudes: price takes it, and risk measures take '
            f"{', '.join(map(repr, words))}"
        )
    check.one_of(estimator, words, "estimator")


def _run(problem: EstimationProblem, estimator: Any, sampler: Any) -> AmplitudeEstimatorResult:
    """Run an estimator on a sampler in place of its own."""
    before = estimator.sampler
    estimator.sampler = sampler
    try:
        result = estimator.estimate(problem)
    except AlgorithmError as error:
        # qiskit-algorithms says that a job was not completed, and hides why.
        if error.__cause__ is None or isinstance(estimator, PowerEstimator):
            raise
        raise error.__cause__ from error.__cause__.__cause__
    finally:
        estimator.sampler = before
    if not isinstance(result, AmplitudeEstimatorResult):
        raise TypeError(
            f"{type(estimator).__name__} must return an AmplitudeEstimatorResult, got {result!r}"
        )
    lacking = [name for name in _NEEDED if getattr(result, name) is None]
    if lacking:
        raise TypeError(
            f"the result of {type(estimator).__name__} must have {' and '.join(lacking)}"
        )
    return result
