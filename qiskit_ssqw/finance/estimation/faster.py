"""Faster amplitude estimation that runs the circuits of a round as one job."""

from __future__ import annotations

from typing import Any

from qiskit_algorithms import (
    AlgorithmError,
    EstimationProblem,
    FasterAmplitudeEstimation,
    FasterAmplitudeEstimationResult,
)


class PairedFasterAmplitudeEstimation(FasterAmplitudeEstimation):
    """That of qiskit-algorithms, which runs both circuits of a round one after the other.

    In its second stage a round takes the power ``k`` of the Grover operator and ``k + k0``, where
    ``k0`` is the last power of the first stage (Nakaji, arXiv:2003.02417). Neither depends on the
    other's outcome.

    Args:
        delta: Probability that a round misses.
        maxiter: Number of rounds.
        sampler: Runs the circuits.
    """

    def __init__(self, delta: float, maxiter: int, *, sampler: Any) -> None:
        super().__init__(delta, maxiter, sampler=sampler)
        self._last_alone = 0
        self._ahead: dict[int, Any] = {}

    def estimate(self, estimation_problem: EstimationProblem) -> FasterAmplitudeEstimationResult:
        self._ahead.clear()
        return super().estimate(estimation_problem)

    def _cos_estimate(self, problem: EstimationProblem, k: int, shots: int) -> float:
        """The cosine of ``4 k + 2`` angles."""
        if k not in self._ahead:
            alone = shots == self._shots[0]
            if alone:
                self._last_alone = k
            self._run(problem, [k] if alone else [k, k + self._last_alone], shots)
        result = self._ahead.pop(k)
        taken = int(result.metadata["shots"])
        self._num_oracle_calls += (2 * k + 1) * taken
        counts = next(iter(result.data.values())).get_counts()
        good = sum(times for word, times in counts.items() if problem.is_good_state(word))
        return float(1 - 2 * good / taken)

    def _run(self, problem: EstimationProblem, powers: list[int], shots: int) -> None:
        circuits = [self.construct_circuit(problem, power, measurement=True) for power in powers]
        try:
            job = self.sampler.run([(circuit, None, shots) for circuit in circuits])
            self._ahead.update(zip(powers, job.result(), strict=True))
        except Exception as error:
            raise AlgorithmError("The job was not completed successfully.") from error
