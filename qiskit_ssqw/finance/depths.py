"""Which powers of the Grover operator are measured, and how often, if all are fixed beforehand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_MOST_POWERS = 32
"""Powers besides the powers of 2: the more there are, the better what happens to single circuits
averages out."""

_DEPTH = 0.8
"""Turns of the deepest circuit times the decay. The information on the angle is densest at 1/2; but
it takes circuits that have decayed to tell what they decay to."""

_LEAST_POWER = 3
"""Of the deepest circuit in noise of any strength: angle, decay and centre are fitted."""

_FEWEST_SHOTS = 100
"""Shots of each circuit from which on deeper circuits are better than more shots."""

_SHALLOWER = 0.9


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


def plan_for_error(epsilon: float, alpha: float, decay: float, most: float) -> Plan:
    """The circuits that tell an amplitude to an error, wherever it is, by their information.

    Args:
        epsilon: Half width of the amplitude's interval.
        alpha: Probability that the interval misses.
        decay: About what a state preparation decays, 0 if nothing is known.
        most: Largest power.
    """
    from scipy.special import ndtri

    needed = float(ndtri(1 - alpha / 2) / (2 * epsilon)) ** 2
    deepest = int(min(most, depth(decay), np.ceil(1 / epsilon)))
    while True:
        powers = powers_until(deepest)
        shots = int(np.ceil(needed / information(powers, decay)))
        if shots >= _FEWEST_SHOTS or deepest == 0:
            return Plan(powers, shots)
        deepest = int(_SHALLOWER * deepest)


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
        if shots >= _FEWEST_SHOTS or deepest == 0:
            return Plan(powers, max(shots, 1))
        deepest = int(_SHALLOWER * deepest)


def depth(decay: float) -> float:
    """The largest power that pays in circuits that decay."""
    return np.inf if decay == 0 else max(_LEAST_POWER, round((_DEPTH / decay - 1) / 2))


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
