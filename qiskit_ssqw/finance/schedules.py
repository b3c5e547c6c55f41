"""How deep the circuits of each amplitude estimator are, and how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from qiskit_ssqw.finance.depths import MOST_SHOTS, plan_for_error

EstimatorName = Literal["bayes", "rae", "iae", "mlae", "fae", "ae"]

_SMALLEST_ERROR = 1e-12
"""Below, amplitudes and angles cannot be told apart in double precision."""

_SECONDS_PER_GATE = 1e-4
"""Building, transpiling and simulating a CX and its neighbours on few qubits, on one core."""

_SECONDS_PER_AMPLITUDE = 1e-8
"""What a simulator adds to that for each amplitude of the state."""


_SECONDS_PER_QUBIT = 1e-5
"""What one of matrix product states adds for each qubit: gates bring theirs together by swaps."""


POWERS_OF_PLANE = 4
"""Iterates that take as long as the powers 0, 1 and 2 on matrix product states."""


_NOISY_CIRCUITS = 64
"""Circuits of Bayesian estimation where noise limits the powers: few enough for a device."""


class Decaying(NamedTuple):
    """What noise leaves of the circuits, for estimators that heed it."""

    deepest: float
    """Largest power that pays."""
    decay: float
    """Of each state preparation, by all its gates."""
    decays: tuple[float, float]
    """Lowest and highest that may be seen of it."""


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
        return self.powers * seconds_per_iterate(
            iterate_cx, width, products=products, noisy_shots=noisy_shots
        )


def seconds_per_iterate(
    iterate_cx: int, num_qubits: int, *, products: bool = False, noisy_shots: float | None = None
) -> float:
    """Time that one Grover iterate takes on a simulator, building and transpiling included.

    Args:
        iterate_cx: CX of the iterate.
        num_qubits: Qubits of the circuit.
        products: Whether the simulator holds matrix product states, whose bonds payoffs of sums
            over registers keep small, instead of state vectors.
        noisy_shots: Shots of a circuit with errors, of which a simulator runs each by itself, or
            holds a density matrix.
    """
    amplitudes = 2.0 ** min(num_qubits, 500)
    if noisy_shots is not None:
        amplitudes *= min(amplitudes, noisy_shots)
    if products:
        per_gate = _SECONDS_PER_GATE + _SECONDS_PER_QUBIT * num_qubits
    else:
        per_gate = _SECONDS_PER_GATE + _SECONDS_PER_AMPLITUDE * amplitudes
    return max(iterate_cx, 1) * per_gate


def foresee(
    name: EstimatorName,
    epsilon: float,
    alpha: float,
    shots: int,
    amplitude: float = 0.5,
    noise: Decaying | None = None,
) -> Schedule:
    """Foresee an estimation of an amplitude.

    Args:
        name: The estimator, as for `make_estimator`.
        epsilon: Half width of the amplitude's interval.
        alpha: Probability that the interval misses the amplitude.
        shots: Shots of each circuit, where the estimator does not say it.
        amplitude: About what will be found; iterative estimation is faster near 0 and 1.
        noise: What it leaves of the circuits; ``"bayes"`` and ``"rae"`` heed it.

    Raises:
        ValueError: ``epsilon`` is too small for floating-point numbers.
    """
    from scipy.special import ndtri

    if epsilon < _SMALLEST_ERROR:
        raise ValueError(
            f"the amplitude's error must be at least {_SMALLEST_ERROR:g}, got {epsilon:.2g}: "
            "take a larger epsilon"
        )
    spread = min(1.0, 2 * np.sqrt(amplitude * (1 - amplitude)))
    if name == "bayes":
        # As measured, from 1 to 100 shots a circuit: python benchmarks/estimation.py calls.
        aim = spread * ndtri(1 - alpha / 2) / ndtri(0.975) / epsilon
        deepest = max(0.4 * shots**-0.33 * aim, 0.4 / np.sqrt(epsilon))
        calls = 2.3 * shots**0.38 * aim
        if noise is not None and noise.deepest < deepest:
            measured, deepest = _shots_with_noise(epsilon, alpha, noise, spread), noise.deepest
            return Schedule(deepest, deepest * _NOISY_CIRCUITS, deepest * measured, measured)
        return Schedule(deepest, calls / shots, calls, shots * _bayesian_circuits(epsilon, shots))
    if name == "iae":
        # The last power turns an interval of the angle, epsilon wide on either side, by a half
        # circle at most; the powers before are about half of theirs, each. Near 0 and 1 the angle
        # moves faster than the amplitude; twice the ratio of the two was seen in practice.
        deepest = np.pi / 8 / epsilon * min(1.0, 2 * spread)
        deepest = max(deepest, np.pi / 8 / np.sqrt(epsilon))
        # As measured: python benchmarks/resources.py circuits.
        return Schedule(deepest, deepest, shots * deepest, shots * (2 - 1.7 * np.log10(epsilon)))
    if name == "rae":
        if noise is None:
            plan = plan_for_error(epsilon, alpha, 0.0, np.inf)
        else:
            about = float(np.sqrt(np.prod(noise.decays)))
            plan = plan_for_error(epsilon, alpha, about, np.inf, noise.decays, MOST_SHOTS)
        total = float(plan.powers.sum())
        measured = plan.shots * len(plan.powers)
        return Schedule(float(plan.powers[-1]), total, plan.shots * total, measured)
    if name == "mlae":
        powers = [2**round_ for round_ in range(doublings(epsilon, alpha, shots))]
        measured = shots * (len(powers) + 1)
        return Schedule(max(powers, default=0), sum(powers), shots * sum(powers), measured)
    if name == "fae":
        rounds = faster_rounds(epsilon)
        deepest = 2.0 ** (rounds - 1)
        shots_each = 972 * np.log(4 * rounds / alpha)  # two circuits a round; a call is A or A^-1
        calls, measured = 8 * deepest * shots_each, 2 * rounds * shots_each
        return Schedule(deepest, 4 * deepest, calls, measured, 1, 2)
    qubits = evaluation_qubits(epsilon)
    powers_of_all = 2.0**qubits - 1
    return Schedule(2.0 ** (qubits - 1), powers_of_all, shots * powers_of_all, shots, qubits)


def _bayesian_circuits(epsilon: float, shots: int) -> float:
    """About how many circuits; as measured: python benchmarks/resources.py circuits."""
    return max(1.0, float(15 / shots - 20 / np.sqrt(shots) * np.log10(epsilon)))


def noisy_shots(epsilon: float, alpha: float, noise: Decaying) -> int:
    """Shots of a circuit of Bayesian estimation where noise may limit the powers.

    Args:
        epsilon: Half width of the amplitude's interval.
        alpha: Probability that the interval misses the amplitude.
        noise: What it leaves of the circuits.
    """
    return max(1, round(foresee("bayes", epsilon, alpha, 1, noise=noise).shots))


def _shots_with_noise(epsilon: float, alpha: float, noise: Decaying, spread: float) -> float:
    """Shots at the best power that tell an amplitude, two million at most.

    Their Fisher information is that of a coin that turns ``2 k + 1`` times as fast, with what
    contrast is left, half of it on average.
    """
    from scipy.special import ndtri

    turns = max(min(2 * noise.deepest + 1, 1 / noise.decay), 1.0)  # deeper ones tell less
    slope = turns * np.exp(-noise.decay * turns) / spread
    needed = 2 * (ndtri(1 - alpha / 2) / (2 * epsilon * slope)) ** 2
    return float(min(needed, MOST_SHOTS))


def doublings(epsilon: float, alpha: float, shots: int) -> int:
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


def faster_rounds(epsilon: float) -> int:
    """Rounds of faster estimation, whose last interval of the angle is ``2 pi / 3`` wide.

    The amplitude is ``16 sin(theta)**2`` with ``sin(theta) <= 1/4`` and ``theta`` known to
    ``pi / 3 / (2**(l + 1) + 2)`` after ``l`` rounds (Nakaji, arXiv:2003.02417).
    """
    rounds = 1
    while 8 * np.pi / 3 / (2 ** (rounds + 1) + 2) > epsilon:
        rounds += 1
    return rounds


def evaluation_qubits(epsilon: float) -> int:
    """Qubits of canonical estimation: their grid resolves the amplitude to ``pi / 2 / 2**m``."""
    return max(1, int(np.ceil(np.log2(np.pi / 2 / epsilon))))


def duration(seconds: float) -> str:
    """A time in the largest unit of which there are two."""
    units: Sequence[tuple[str, float]] = (
        ("years", 365.25 * 86400),
        ("days", 86400),
        ("hours", 3600),
        ("minutes", 60),
    )
    for unit, size in units:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds"
