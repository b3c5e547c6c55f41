"""Which powers of the Grover operator are measured, and how often, if all are fixed beforehand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.estimation.drift import ANY_DECAY, CENTER_SCATTER, CENTER_SPREAD

_MOST_POWERS = 32
"""Powers besides the powers of 2: the more there are, the better what happens to single circuits
averages out."""

_DEPTH = 0.8
"""Turns of the deepest circuit times the decay. The information on the angle is densest at 1/2; but
it takes circuits that have decayed to tell what they decay to."""

_LEAST_POWER = 3
"""Of the deepest circuit where there may be noise: angle, decay and centre are fitted."""

_ENOUGH_SHOTS = 100
"""Shots of each circuit from which on deeper circuits are better than more shots."""

_LEAST_SHOTS = 16
"""Of each circuit, if there are several: fewer may leave angles far from each other as likely."""

_SHALLOWER = 0.9

_SHARE = 0.9
"""Of all amplitudes for which the shots are enough; few shallow circuits tell others badly."""

_MARGIN = 0.8
"""Share of the error asked for that is planned for: where counts scatter more than they should, as
half of all do by chance, the interval is widened."""

_MORE = 1.05
_MOST_TIMES = 100
"""How many times as many shots as without anything to fit; where that is not enough, none are."""

MOST_SHOTS = 2_000_000
"""Of all circuits together, however much of the contrast noise has left: some ten minutes of a
device, and a gigabyte of a simulator that lists the word of each."""

_LEAST_INFORMATION = 1e-12
"""Of circuits that have lost all contrast."""

_LARGEST_POWER = 2**60
_LEAST_AIM = 1e-100
"""What is asked for beyond these overflows."""

_ANGLES = 65
_KNOWN = 1e-6
"""Standard deviation of a decay that is known."""


class Plan(NamedTuple):
    """Circuits that are all measured equally often."""

    powers: NDArray[np.int64]
    """Of the Grover operator, ascending from 0."""
    shots: int
    """Of each circuit."""

    @property
    def calls(self) -> int:
        """Applications of the state preparation and its inverse, all shots together."""
        return self.shots * int(np.sum(2 * self.powers + 1))


def plan_for_error(
    epsilon: float,
    alpha: float,
    decay: float,
    most: float,
    decays: tuple[float, float] = ANY_DECAY,
    most_shots: float = np.inf,
) -> Plan:
    """The circuits that tell most amplitudes to an error.

    Args:
        epsilon: Half width of the amplitude's interval.
        alpha: Probability that the interval misses.
        decay: About what a state preparation decays, 0 if nothing is known.
        most: Largest power.
        decays: Lowest and highest decay that is possible.
        most_shots: Of all circuits together, enough or not.
    """
    from scipy.special import ndtri

    aim = _MARGIN * epsilon / float(-ndtri(alpha / 2))
    if aim < _LEAST_AIM:
        raise ValueError(
            f"the interval's half width must be at least {_LEAST_AIM:g} standard errors, got "
            f"epsilon={epsilon:g} and alpha={alpha:g}"
        )
    deepest = int(min(most, depth(decay), np.ceil(1 / epsilon), _LARGEST_POWER))
    while True:
        powers = powers_until(deepest)
        known = max(information(powers, decay), _LEAST_INFORMATION)
        shots = max(int(np.ceil(1 / (4 * aim**2 * known))), _LEAST_SHOTS if deepest else 1)
        if shots >= _ENOUGH_SHOTS or deepest <= (_LEAST_POWER if decays[1] else 0):
            break
        deepest = int(_SHALLOWER * deepest)
    most_each = max(most_shots // len(powers), 1)
    plan = Plan(powers, shots)
    while plan.shots < min(_MOST_TIMES * shots, most_each):
        reached = np.quantile(deviations(plan, decay, decays), _SHARE)
        if reached <= aim:
            return plan
        plan = Plan(powers, int(np.ceil(plan.shots * max(_MORE, (reached / aim) ** 2))))
    return Plan(powers, int(min(shots, most_each)))


def plan_for_calls(calls: int, decay: float, most: float) -> Plan:
    """The circuits that tell most for a number of applications of the state preparation.

    Args:
        calls: As `Plan.calls` counts them, at most, but at least one shot.
        decay: As for `plan_for_error`.
        most: Largest power.
    """
    deepest = int(min(most, depth(decay), calls))
    while True:
        powers = powers_until(deepest)
        shots = int(calls // np.sum(2 * powers + 1))
        if shots >= _ENOUGH_SHOTS or deepest == 0 or (deepest <= _LEAST_POWER and shots):
            return Plan(powers, max(shots, 1))
        deepest = int(_SHALLOWER * deepest)


def depth(decay: float) -> float:
    """The largest power that pays in circuits that decay."""
    turns = np.inf if decay == 0 else _DEPTH / decay
    return turns if np.isinf(turns) else max(_LEAST_POWER, round((turns - 1) / 2))


def powers_until(deepest: int) -> NDArray[np.int64]:
    """Powers up to the deepest: all, or the powers of 2 along with pairs in even steps.

    At angles whose turns in one step are whole half circles, powers in even steps alone have all
    the same phase, and a decay looks like a turn.
    """
    if deepest < _MOST_POWERS:
        return np.arange(deepest + 1)
    doubled = 2.0 ** np.arange(int(np.log2(deepest)) + 1)
    seconds = np.linspace(1, deepest, _MOST_POWERS // 2).round()
    return np.unique(np.concatenate([doubled, seconds, seconds - 1]).astype(np.int64))


def information(powers: NDArray[np.int64], decay: float) -> float:
    """A quarter of the Fisher information on the angle of one shot of each, over all phases.

    A circuit of ``m`` turns with contrast ``c`` has ``4 m**2 c**2 sin**2 / (1 - c**2 cos**2)`` of
    it, of an angle whose mean over the circle is ``4 m**2 (1 - sqrt(1 - c**2))``.
    """
    turns = 2.0 * powers + 1
    return float(np.sum(turns**2 * (1 - np.sqrt(-np.expm1(-2 * decay * turns)))))


def deviations(plan: Plan, decay: float, decays: tuple[float, float]) -> Array:
    """Standard deviation of amplitudes when the decay and what circuits decay to are fitted along.

    By the Fisher information of the model of `drift.likelihood` and the widths of its priors.

    Args:
        plan: The circuits.
        decay: Of a state preparation.
        decays: Lowest and highest decay that is possible.

    Returns:
        Of amplitudes whose angles are spread evenly, shape ``(63,)``.
    """
    angles = np.linspace(0, np.pi / 2, _ANGLES)[1:-1, None]
    turns = 2.0 * plan.powers + 1
    kept = np.exp(-decay * turns)
    beyond = np.sin(turns * angles) ** 2 - 0.5
    chances = 0.5 + kept * beyond
    drawn = np.maximum(chances * (1 - chances), 0.25 / plan.shots) / plan.shots
    weights = 1 / (drawn + (CENTER_SCATTER * (1 - kept)) ** 2 / turns)
    slopes = np.array(
        [
            kept * turns * np.sin(2 * turns * angles),
            -kept * turns * beyond,
            np.broadcast_to(1 - kept, beyond.shape),
        ]
    )
    known = np.einsum("itn,jtn,tn->tij", slopes, slopes, weights)
    spread = max((decays[1] - decays[0]) / np.sqrt(12), _KNOWN)
    known += np.diag([0.0, spread**-2, CENTER_SPREAD**-2])
    deviation = np.sqrt(np.linalg.inv(known)[:, 0, 0])
    return np.asarray(np.sin(2 * angles[:, 0]) * deviation)
