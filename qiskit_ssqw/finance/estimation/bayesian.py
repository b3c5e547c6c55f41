"""Amplitude estimation by Bayes' rule: each circuit is the one that tells most for its calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.finance.estimation.posterior import Estimate, LogDensity, Posterior
from qiskit_ssqw.finance.estimation.power_result import PowerResult
from qiskit_ssqw.finance.estimation.powers import PowerEstimator, decay_bounds
from qiskit_ssqw.finance.estimation.priors import beside, denser_at_half, of_amplitudes
from qiskit_ssqw.finance.running.meter import MOST_CIRCUITS
from qiskit_ssqw.finance.running.preparing import KEPT_CIRCUITS

Prior: TypeAlias = Callable[[Array], Array]
"""A density of the amplitude, up to a factor, that takes an array; or an object with ``pdf``."""

_TAILS = ((1.0, 1.0), (2.0, 1 / 50), (3.0, 1 / 2000))
"""Half widths about the mean, and the share of alpha that may lie beyond: an interval alone could
leave all of what it misses to one place far away."""

_DECIDED = 0.25
"""Share of alpha that may lie on the other side of a threshold. It is looked at after each circuit,
and where the amplitude is next to the threshold it falls below a half too often."""

_OFTEN = (1e3, 3e4)
"""Shots of a circuit that leave little to a prior, and those that leave nothing: where noise is
strong, what is found depends on them."""

_NUM_DECAYS = 17


class BayesianAmplitudeEstimation(PowerEstimator):
    """Estimates an amplitude with few calls of its oracle.

    The posterior of the amplitude's angle is kept wherever it has not vanished, in several places
    if need be. The next circuit is the power of the Grover operator that is expected to reduce the
    posterior's variance most for its calls. The estimation ends when the interval of half width
    ``epsilon_target`` about the posterior's mean holds ``1 - alpha``, and next to nothing is left
    further away. Few shots per circuit take fewest calls, many shots fewest circuits: 1 shot takes
    about 2.4 calls per ``1 / epsilon_target``, fewer for amplitudes near 0 and 1, in some 60
    circuits; 10 shots take 4.6 in 15.

    Args:
        epsilon_target: Half width of the amplitude's interval.
        alpha: Probability that the interval misses.
        sampler: A ``SamplerV2`` that runs the circuits, or a function of seed that makes one, such
            as its class, and each circuit is run with a new seed; Aer's by default.
        shots: Shots of a circuit.
        max_power: Largest power of the Grover operator, for devices that run short circuits only.
        max_calls: Most applications of the Grover operator, those of each shot counted; the
            state preparation alone counts 0.
        max_circuits: Most circuits.
        noise: Decay ``kappa`` of the circuits, whose chance to be good is taken for ``1/2 -
            exp(-kappa (2 k + 1)) cos(2 (2 k + 1) theta) / 2`` at power ``k``; or its lowest and
            highest value where it is unknown, and it is estimated along with the amplitude.
        threshold: An amplitude: the estimation ends, too, as soon as it is known on which side of
            it the amplitude lies. The interval is then as wide as the counts leave it, and lies on
            one side.
        prior: Density of the amplitude, as a vectorised function or a frozen distribution of SciPy.
            By default it is flat in the angle and denser about the amplitude 1/2, where circuits
            of any power are coins, which other amplitudes explain by chance.
        seed: Of the samplers that are made, and of the layout on a backend.
        pass_manager: Its method ``run`` prepares the circuits, once for each power. By default
            those that the sampler's backend does not take are laid out for it, or unrolled to CX
            and single-qubit gates.
        progress: Whether a bar counts the circuits (needs tqdm, extra ``plot``).

    Raises:
        TypeError: The sampler is something else, the prior is no function, the pass manager has no
            method ``run``, or a number is none.
        ValueError: A number is out of range, or the prior is no density.

    Warns:
        RepeatedSeedWarning: The sampler begins each run with the same seed.

    References:
        Estimation by Bayes' rule with noise: Ramôa and Santos, arXiv:2412.04394.
        The decay: Tanaka et al., arXiv:2006.16223.

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_algorithms import EstimationProblem
        >>> from qiskit_ssqw.finance import BayesianAmplitudeEstimation
        >>> coin = QuantumCircuit(1)
        >>> _ = coin.ry(0.8, 0)
        >>> problem = EstimationProblem(coin, objective_qubits=[0])
        >>> result = BayesianAmplitudeEstimation(0.01, 0.05, seed=1).estimate(problem)
        >>> result.success, abs(result.estimation - 0.1516) < 0.01
        (True, True)
    """

    def __init__(
        self,
        epsilon_target: float,
        alpha: float = 0.05,
        *,
        sampler: Any = None,
        shots: int = 1,
        max_power: int | None = None,
        max_calls: int | None = None,
        max_circuits: int = MOST_CIRCUITS,
        noise: float | tuple[float, float] = 0.0,
        threshold: float | None = None,
        prior: Prior | Any = None,
        seed: int | None = None,
        pass_manager: Any = None,
        progress: bool = False,
    ) -> None:
        super().__init__(
            check.positive(epsilon_target, "epsilon_target"),
            alpha,
            sampler,
            seed=seed,
            pass_manager=pass_manager,
            progress=progress,
        )
        self._shots = check.integer(shots, "shots", minimum=1)
        self._most = _no_more_than(max_power, "max_power", 0)
        self._most_calls = _no_more_than(max_calls, "max_calls", 1)
        self._most_circuits = check.integer(max_circuits, "max_circuits", minimum=1)
        self._decays = _decays(noise)
        self._threshold = (
            None if threshold is None else check.open_unit_interval(threshold, "threshold")
        )
        self._log_prior = self._default_prior() if prior is None else of_amplitudes(prior)

    @property
    def expects_noise(self) -> bool:
        """Whether the circuits are taken to decay."""
        return bool(self._decays.max() > 0)

    @property
    def max_power(self) -> float:
        """Largest power of the Grover operator that is allowed; infinite if any is."""
        return self._most

    def found(
        self, powers: Sequence[int], chances: Array, two_qubit_gates: Sequence[int]
    ) -> list[float]:
        """The amplitudes that may be found where circuits are good with given chances.

        Which circuits are measured depends on the counts: all of them, or those of at least half
        the depth.

        Args:
            powers: Of the Grover operator, ascending.
            chances: That these circuits are good, measured very often.
            two_qubit_gates: Of these circuits; they are taken to grow with the power.
        """
        found = []
        for shots in _OFTEN:
            posterior = Posterior(self._log_prior, self._decays)
            for power, chance in zip(powers, chances, strict=True):
                posterior.update(power, shots * chance, int(shots))
                if 2 * (2 * power + 1) >= 2 * powers[-1] + 1:
                    found.append(posterior.mean)
        return found

    def estimate(self, estimation_problem: EstimationProblem) -> BayesianAmplitudeEstimationResult:
        """Estimate the amplitude of a problem's good states.

        Raises:
            AlgorithmError: The sampler fails, or returns fewer shots than it was asked for.
            TypeError: It is no estimation problem.
            ValueError: The problem has no objective qubits, or none of that number, or its Grover
                operator does not belong to its good states, as far as the default sampler can tell.
        """
        problem = self._prepared(estimation_problem)
        posterior = Posterior(self._log_prior, self._decays)
        result = BayesianAmplitudeEstimationResult(self._alpha, self._epsilon)
        build = lru_cache(KEPT_CIRCUITS)(partial(self.construct_circuit, problem, measurement=True))
        self._sampler.begin(self._most_circuits)
        while (missing := self._missing(posterior)) is not None:
            if self._is_told(posterior):
                result.side_of = self._threshold
                break
            power = self._next_power(posterior, result, missing)
            if power is None:
                break
            ((counts, _),) = self._counts_of([build(power)], [power], self._shots)
            good = result.add(problem, power, counts)
            posterior.update(power, good, sum(counts.values()))
        self._sampler.close()
        result.finish(posterior, problem)
        return result

    def _missing(self, posterior: Posterior) -> float | None:
        """The first distance from the mean beyond which there is too much, or None."""
        mean = posterior.mean
        for half_widths, share in _TAILS:
            distance = half_widths * self._epsilon
            if posterior.outside(mean, distance) > share * self._alpha:
                return distance
        return None

    def _default_prior(self) -> LogDensity:
        if self._threshold is None:
            return denser_at_half(self._epsilon)
        return beside(self._threshold, self._epsilon)

    def _is_told(self, posterior: Posterior) -> bool:
        """Whether it is known on which side of the threshold the amplitude lies."""
        if self._threshold is None:
            return False
        above = posterior.above(self._threshold)
        return min(above, 1 - above) <= _DECIDED * self._alpha

    def _next_power(
        self, posterior: Posterior, result: BayesianAmplitudeEstimationResult, missing: float
    ) -> int | None:
        """The power of the next circuit, or None where there may be none."""
        affordable = (self._most_calls - result.num_oracle_queries) // self._shots
        if len(result.powers) >= self._most_circuits:
            result.message = f"the budget max_circuits={self._most_circuits:,} is used up"
            return None
        if affordable < 1 <= self._most and result.powers:  # the first circuit makes no call
            result.message = f"the budget max_calls={self._most_calls:,} is used up"
            return None
        most = min(self._most, affordable)
        if missing > self._epsilon:  # what is left is to rule out other places
            return posterior.telling_power(posterior.mean, missing, most)
        return posterior.informative_power(self._shots, most)


class BayesianAmplitudeEstimationResult(PowerResult):
    """What Bayesian estimation found, and how. It prints as a table."""

    def __init__(self, alpha: float, epsilon_target: float) -> None:
        super().__init__(alpha, epsilon_target)
        self.side_of: float | None = None
        """The threshold, where the estimation ended because it lies outside the interval."""

    def finish(self, posterior: Posterior, problem: EstimationProblem) -> None:
        """Take estimate and interval from the posterior."""
        self.success = not self.message
        found = posterior.central(self.alpha)
        if self.side_of is not None:
            found = posterior.central(2 * _DECIDED * self.alpha)
            side = "above" if found.mean > self.side_of else "below"
            self.message = f"the amplitude is {side} {self.side_of:g}"
        elif self.success:
            ends = np.clip(found.mean + self.epsilon_target * np.array([-1, 1]), 0.0, 1.0)
            found = Estimate(found.mean, float(ends[0]), float(ends[1]))
            self.message = f"the amplitude is known to {self.epsilon_target:.3g}"
        self.take(found, problem)
        self.decay = posterior.decay

    def _heading(self) -> str:
        return "Bayesian amplitude estimation"

    def _rows(self) -> list[Row]:
        return [
            *super()._rows(),
            ("circuits", len(self.powers), f"{self.shots:,} shots altogether"),
            ("decay", self.decay, "of each state preparation"),
        ]


def _no_more_than(value: int | None, name: str, minimum: int) -> float:
    """A bound, infinite where there is none."""
    return np.inf if value is None else check.integer(value, name, minimum=minimum)


def _decays(noise: Any) -> Array:
    """Possible decays of the circuits."""
    if not isinstance(noise, (tuple, list)):
        decay = check.number(noise, "noise")
        if decay < 0:
            raise ValueError(f"noise must not be negative, got {noise}")
        return np.array([decay])
    return np.geomspace(*decay_bounds(noise), _NUM_DECAYS)
