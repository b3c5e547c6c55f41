"""What is to be known of an amplitude estimator, in one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from qiskit_algorithms import AmplitudeEstimator, AmplitudeEstimatorResult

from qiskit_ssqw.finance.assessed import Interval
from qiskit_ssqw.finance.estimation.schedule import Goal, Schedule

if TYPE_CHECKING:
    from qiskit_ssqw.finance.estimation.circuit_noise import CircuitNoise

_USUAL_ALPHA = 0.05
"""Intervals of qiskit-algorithms have this level where nothing else is said."""


class Method:
    """A method of amplitude estimation: how it is run, and how its result is read.

    `price`, the risk measures and `resources` know an estimator by this object alone. A subclass
    with a ``name``, `make` and `schedule` that is given to `register` is a word for ``estimator=``.
    What it does not override is the general rule, which holds for estimator objects of classes that
    nobody registered, too: the amplitude is the result's ``estimation``, within its
    ``confidence_interval``, which misses with the probability ``alpha`` that the result has, or
    else 1 in 20; it may not be run with one seed for all circuits, and errors of a device may move
    it anywhere.
    """

    name: ClassVar[str] = ""
    """The word for ``estimator=``; none if it is for estimator objects alone."""
    estimator: ClassVar[type[AmplitudeEstimator] | None] = None
    """Class of estimator objects that it is known for, with its subclasses."""
    result: ClassVar[type[AmplitudeEstimatorResult] | None] = None
    """Class of the results that it reads, with its subclasses."""
    default_shots: ClassVar[int | None] = None
    """Shots of a circuit unless more are asked for; by default as many as the sampler takes."""
    takes_shots: ClassVar[bool] = True
    """Whether shots can be asked for; others choose them for the error."""
    is_one_job: ClassVar[bool] = False
    """Whether all circuits are fixed beforehand, and run together."""
    needs_phases: ClassVar[bool] = False
    """Whether it is one circuit of controlled powers, not of powers on the prepared state."""
    rescaling: ClassVar[float] = 1.0
    """What it multiplies the root of the amplitude with, by one more qubit."""
    stretch: ClassVar[float] = 1.0
    """Errors of the amplitude for one of the angle, at most."""

    def check_shots(self, shots: int | None) -> None:
        """Check that the shots of a circuit can be asked for, if they are.

        Raises:
            ValueError: They cannot.
        """
        if shots is not None and not self.takes_shots:
            raise ValueError(
                f'estimator "{self.name}" chooses the shots of its circuits for the error: leave '
                f"out shots, got {shots}"
            )

    def make(self, goal: Goal, sampler: Any) -> AmplitudeEstimator:
        """Make an estimator that reaches a goal.

        Args:
            goal: What it is to reach. Without `takes_shots` the shots are of no account.
            sampler: Runs the circuits; the estimator keeps it as its attribute ``sampler``, which
                is set anew for each estimation.
        """
        raise NotImplementedError

    def schedule(self, goal: Goal) -> Schedule:
        """Foresee the circuits that reach a goal, about."""
        raise NotImplementedError

    def deepest(self, estimator: Any, amplitude: float) -> float:
        """About the largest power of the Grover operator in an estimator's circuits.

        Args:
            estimator: With its numbers.
            amplitude: About what will be found.
        """
        return float(np.inf)

    def copes(self, estimator: Any = None) -> bool:
        """Whether an estimator knows of a decay, or of errors of the readout.

        Such a one has a method ``found``, as that of `RobustAmplitudeEstimation`.

        Args:
            estimator: With its numbers, or ``None`` for one that is made where noise is known.
        """
        return False

    def shift(self, estimator: Any, noise: CircuitNoise, amplitude: float) -> float:
        """How far noise may move the amplitude that an estimator finds.

        Args:
            estimator: With its numbers.
            noise: What it does to the problem's circuits.
            amplitude: What is found without noise.
        """
        power = self.deepest(estimator, amplitude)
        if not self.copes(estimator):
            return noise.unaware(amplitude, power)
        return noise.aware(amplitude, int(min(power, noise.decaying.deepest)), estimator.found)

    def amplitude(self, result: Any) -> float:
        """The amplitude that was found."""
        return float(result.estimation)

    def interval(self, result: Any, alpha: float) -> Interval:
        """The interval of the amplitude.

        Args:
            result: Of an estimator.
            alpha: Probability that it may miss, where that is not fixed before the run.
        """
        low, high = np.clip(result.confidence_interval, 0, 1)
        return float(low), float(high)

    def misses(self, result: Any, alpha: float) -> float:
        """Probability with which `interval` may miss, as the estimator promises it."""
        own = getattr(result, "alpha", None)
        return _USUAL_ALPHA if own is None else float(own)

    def note(self, result: Any) -> str | None:
        """Why an estimation ended before it was done, as a sentence, or ``None`` if it was."""
        if getattr(result, "success", True):
            return None
        return f"Amplitude estimation ended early: {getattr(result, 'message', 'no success')}."

    def is_alarmed(self, result: Any, among: int) -> bool:
        """Whether counts are not those of the circuits that were meant to be run.

        Args:
            result: The result.
            among: How many results are looked at: the more, the more often one is odd by chance.
        """
        return False
