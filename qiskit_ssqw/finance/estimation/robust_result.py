"""What robust amplitude estimation found, and whether its model holds."""

from __future__ import annotations

import numpy as np
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw._display import Row
from qiskit_ssqw.finance.estimation.drift import DriftPosterior, NoisyCounts
from qiskit_ssqw.finance.estimation.posterior import Estimate
from qiskit_ssqw.finance.estimation.power_result import PowerResult
from qiskit_ssqw.finance.estimation.powers import Measured

ALARM = 0.01
"""Probability of counts so far from the model, below which it is said not to hold."""


class RobustAmplitudeEstimationResult(PowerResult):
    """What robust estimation found, and whether the counts fit its model. It prints as a table."""

    def __init__(self, alpha: float, epsilon_target: float) -> None:
        super().__init__(alpha, epsilon_target)
        self.center = 0.5
        """Probability that what has decayed is good: its posterior mean."""
        self.chi_squared = 0.0
        """Squared distance of the counts from the model, in standard deviations."""
        self.degrees_of_freedom = 0
        """What chi-squared is on average if the model holds."""
        self.p_value = 1.0
        """Probability of a larger chi-squared if the model holds."""
        self.widening = 1.0
        """Factor by which the interval is wider than if the model were beyond doubt."""
        self.exposures: list[float] = []
        """Noise of each circuit, in units of what a state preparation adds."""
        self.num_state_preparations = 0
        """Applications of the state preparation and its inverse, all shots together."""

    def note(self, problem: EstimationProblem, powers: list[int], measured: list[Measured]) -> None:
        """Note the counts of all circuits."""
        for power, (counts, _) in zip(powers, measured, strict=True):
            self.add(problem, power, counts)
        self.exposures = exposures_of(powers, [gates for _, gates in measured])
        self.num_state_preparations = 2 * self.num_oracle_queries + self.shots

    def noisy_counts(self, flips: tuple[float, float]) -> NoisyCounts:
        """The counts as the posterior takes them."""
        return NoisyCounts(
            turns=2.0 * np.array(self.powers) + 1,
            exposures=np.array(self.exposures),
            good=np.array(self.good_counts, dtype=float),
            shots=np.array([float(sum(counts.values())) for counts in self.circuit_results]),
            flips=flips,
        )

    def finish(self, posterior: DriftPosterior, problem: EstimationProblem) -> None:
        """Take estimate and interval from the posterior, and look whether its model holds."""
        from scipy.stats import chi2

        found = posterior.central(self.alpha)
        self.decay, self.center = posterior.decay, posterior.center
        self.chi_squared = posterior.chi_squared
        self.degrees_of_freedom = posterior.degrees_of_freedom
        if self.degrees_of_freedom > 0:
            self.p_value = float(chi2.sf(self.chi_squared, self.degrees_of_freedom))
            self.widening = max(1.0, np.sqrt(self.chi_squared / self.degrees_of_freedom))
        ends = found.mean + self.widening * (np.array([found.low, found.high]) - found.mean)
        low, high = (float(end) for end in np.clip(ends, 0.0, 1.0))
        self.take(Estimate(found.mean, low, high), problem)
        self._judge()

    def _judge(self) -> None:
        """Say whether the interval is what was asked for, and whether it may be believed."""
        fits, narrow = self.p_value >= ALARM, self.epsilon_estimated <= self.epsilon_target
        self.success = fits and narrow
        if not fits:
            self.message = (
                f"the counts do not fit circuits that decay (p = {self.p_value:.1g}), so the "
                f"interval is {self.widening:.2g} times wider and may still miss: twirl coherent "
                "errors, correct the readout, take shallower circuits, or mend noise="
            )
        elif not narrow:
            self.message = (
                f"the amplitude is known to {self.epsilon_estimated:.2g}, not to the "
                f"{self.epsilon_target:.2g} asked for: the circuits decay by {self.decay:.2g} with "
                f"each state preparation, more than {self.shots:,} shots make up for; give "
                "RobustAmplitudeEstimation more calls, or bounds of its noise if there were none"
            )
        else:
            self.message = f"the amplitude is known to {self.epsilon_estimated:.3g}"

    def _heading(self) -> str:
        return "Robust amplitude estimation"

    def _rows(self) -> list[Row]:
        fitted = f"of {self.degrees_of_freedom} degrees of freedom, p = {self.p_value:.2g}"
        return [
            *super()._rows(),
            ("circuits", len(self.powers), f"one job, {self.shots:,} shots altogether"),
            ("decay", self.decay, f"of each state preparation, towards {self.center:.3g}"),
            ("chi-squared", self.chi_squared, fitted),
        ]


def exposures_of(powers: list[int], two_qubit_gates: list[int]) -> list[float]:
    """Noise of the circuits in units of half a Grover iterate, by their two-qubit gates.

    The circuit of power 0 has fewer than its ``2 k + 1`` turns would let one expect: iterates
    reflect, too, and share rotations.
    """
    added = two_qubit_gates[-1] - two_qubit_gates[0]
    if added <= 0:  # there is one circuit, or none has such gates
        return [2.0 * power + 1 for power in powers]
    return [2 * powers[-1] / added * gates for gates in two_qubit_gates]
