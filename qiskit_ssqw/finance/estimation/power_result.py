"""What estimators that measure powers of a Grover operator report alike."""

from __future__ import annotations

import numpy as np
from qiskit_algorithms import AmplitudeEstimatorResult, EstimationProblem

from qiskit_ssqw._display import Row, Tabular, interval_text
from qiskit_ssqw.finance.estimation.posterior import Estimate


class PowerResult(Tabular, AmplitudeEstimatorResult):
    """An amplitude, its interval, and the circuits that told it. It prints as a table.

    Args:
        alpha: Probability that the interval misses.
        epsilon_target: Half width that was asked for.
    """

    def __init__(self, alpha: float, epsilon_target: float) -> None:
        super().__init__()
        self.alpha = alpha
        """Probability that the interval misses."""
        self.epsilon_target = epsilon_target
        """Half width that was asked for; infinite where the calls were given."""
        self.epsilon_estimated = np.inf
        """Half width of the interval."""
        self.epsilon_estimated_processed = np.inf
        """The same after post-processing."""
        self.success = False
        """Whether the interval is what was asked for."""
        self.message = ""
        """Why the estimation ended, or what is wrong with it."""
        self.decay = 0.0
        """Decay of a state preparation: as given, or its posterior mean."""
        self.powers: list[int] = []
        """Power of the Grover operator of each circuit."""
        self.good_counts: list[int] = []
        """How many shots of each circuit were good."""
        self.circuit_results: list[dict[str, int]] = []
        self.num_oracle_queries, self.shots = 0, 0

    def take(self, found: Estimate, problem: EstimationProblem) -> None:
        """Take an amplitude and its interval, and what they are after post-processing."""
        self.estimation, self.confidence_interval = found.mean, (found.low, found.high)
        self.epsilon_estimated = (found.high - found.low) / 2
        self.post_processing = problem.post_processing
        self.estimation_processed = problem.post_processing(found.mean)
        low, high = problem.post_processing(found.low), problem.post_processing(found.high)
        self.confidence_interval_processed = (low, high)
        self.epsilon_estimated_processed = abs(high - low) / 2

    def add(self, problem: EstimationProblem, power: int, counts: dict[str, int]) -> int:
        """Note the counts of a circuit, and return how many were good."""
        shots = sum(counts.values())
        good = sum(times for bits, times in counts.items() if problem.is_good_state(bits))
        self.powers.append(power)
        self.good_counts.append(good)
        self.circuit_results.append(counts)
        self.shots += shots
        self.num_oracle_queries += power * shots
        return good

    def _rows(self) -> list[Row]:
        level = f"{100 * (1 - self.alpha):.4g}% interval"
        processed = f"interval {interval_text(self.confidence_interval_processed)}"
        powers = f"powers up to {max(self.powers, default=0):,}"
        return [
            ("amplitude", self.estimation, f"{level} {interval_text(self.confidence_interval)}"),
            ("after post-processing", self.estimation_processed, processed),
            ("oracle calls", self.num_oracle_queries, powers),
        ]

    def _note(self) -> str:
        return self.message[:1].upper() + self.message[1:] + "."
