"""What an estimation of an amplitude is to reach, and the circuits that it takes."""

from __future__ import annotations

from typing import NamedTuple

from qiskit_ssqw.finance.running.times import (
    SECONDS_PER_CIRCUIT,
    SECONDS_PER_SHOT,
    seconds_per_iterate,
)

_SMALLEST_ERROR = 1e-12
"""Below, amplitudes and angles cannot be told apart in double precision."""


class Decaying(NamedTuple):
    """What noise leaves of the circuits, for estimators that heed it."""

    deepest: float
    """Largest power of the Grover operator that pays."""
    decay: float
    """Of each state preparation, by all its gates."""
    decays: tuple[float, float]
    """Lowest and highest that may be seen of it."""
    flips: tuple[float, float] = (0.0, 0.0)
    """Chances to read a bad state as good, and a good one as bad."""


NOISELESS = Decaying(float("inf"), 0.0, (0.0, 0.0))
"""What is known of simulators that make no errors."""


class Goal(NamedTuple):
    """An amplitude that is to be estimated, and how well."""

    epsilon: float
    """Half width of the amplitude's interval."""
    alpha: float
    """Probability that the interval misses the amplitude."""
    shots: int
    """Of each circuit, where the estimator does not say it."""
    amplitude: float = 0.5
    """About what will be found."""
    threshold: float | None = None
    """It is enough to know on which side of this the amplitude lies, if it is given."""
    noise: Decaying | None = None
    """What it leaves of the circuits, if it is known."""
    shots_are_given: bool = True
    """Whether somebody asked for these shots, or the method may take others."""

    def checked(self) -> Goal:
        """The goal, if floating-point numbers reach it.

        Raises:
            ValueError: They do not.
        """
        if self.epsilon < _SMALLEST_ERROR:
            raise ValueError(
                f"the amplitude's error must be at least {_SMALLEST_ERROR:g}, got "
                f"{self.epsilon:.2g}: where the payoff's range dwarfs its price, take another grid "
                '(grid="log", or fewer standard deviations), else a larger epsilon'
            )
        return self


class Schedule(NamedTuple):
    """The circuits of an estimation, roughly."""

    deepest: float
    """Largest power of the Grover operator."""
    powers: float
    """Sum of the powers over all circuits."""
    calls: float
    """The same, each circuit as often as it is measured."""
    measured: float
    """How often a circuit is measured, all shots together."""
    extra_qubits: int = 0
    """Qubits besides those of the Grover operator."""
    calls_per_iterate: int = 1
    """2 where the estimator counts A and its inverse, 1 where it counts the Grover operator."""

    @property
    def iterates(self) -> float:
        """Applications of the Grover operator, each as often as its circuit is measured."""
        return self.calls / self.calls_per_iterate

    @property
    def shots(self) -> float:
        """Shots of a circuit, on average."""
        return self.iterates / self.powers if self.powers else 1.0

    def seconds(
        self, iterate_cx: int, num_qubits: int, *, products: bool = False, noisy: bool = False
    ) -> float:
        """Time on a simulator, for a Grover operator of so many CX and qubits.

        Args:
            iterate_cx: CX of the Grover operator.
            num_qubits: Its qubits.
            products: Whether the simulator holds matrix product states.
            noisy: Whether it simulates errors.
        """
        width = num_qubits + self.extra_qubits
        noisy_shots = self.shots if noisy else None
        iterates = self.powers * seconds_per_iterate(
            iterate_cx, width, products=products, noisy_shots=noisy_shots
        )
        return iterates + self.seconds_of_shots

    @property
    def seconds_without_gates(self) -> float:
        """Time on a simulator where each power is a state that is set."""
        return self.measured / self.shots * SECONDS_PER_CIRCUIT + self.seconds_of_shots

    @property
    def seconds_of_shots(self) -> float:
        """Time that a simulator takes for the shots alone, however shallow the circuits are."""
        return self.measured * SECONDS_PER_SHOT
