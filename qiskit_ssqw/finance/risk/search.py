"""Which probabilities to estimate, one after the other, to find a quantile."""

from __future__ import annotations

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.assessed import Interval
from qiskit_ssqw.finance.loss_distribution import ROUNDING
from qiskit_ssqw.finance.risk.result import Verdict

_MARGIN = 3.0
"""In half widths of the interval of a probability that is not told from the level: those that are
so much further from the level, by the guess, should be."""


_MOST_SURPRISES = 3
"""How often the guess is shifted; then what is left is halved."""


class QuantileSearch:
    """Finds the first place at which unknown cumulative probabilities reach a level.

    It begins where a guess of the probabilities reaches the level: one estimation confirms that
    place, one refutes the place before, and that is all if the guess is right. Where it is not,
    the guess is shifted by what was found. Places that cannot be told from the level are left, and
    their neighbours are tried beyond a margin.

    Args:
        guess: About the probabilities, ascending, shape ``(m,)``; the last is 1 and is not asked
            for.
        level: Between 0 and 1.
    """

    def __init__(self, guess: Array, level: float) -> None:
        self._guess, self._level = guess, level
        self.below = -1
        """The last place that is known to lie below the level."""
        self.reached = len(guess) - 1
        """The first place that is known to reach it."""
        self._intervals: dict[int, Interval] = {}
        self._untold: set[int] = set()
        self._shift, self._margin, self._surprises = 0.0, 0.0, 0

    @property
    def next_place(self) -> int | None:
        """The place whose probability to estimate next, or None when nothing is left to tell."""
        if self._surprises > _MOST_SURPRISES and not self._untold:
            middle = (self.below + self.reached) // 2
            return middle if middle > self.below else None
        upper = max(self._first(self._level + self._margin), self.below + 1)
        while upper in self._untold:
            upper += 1
        if upper < self.reached:
            return upper
        lower = min(self._first(self._level - self._margin), self.reached) - 1
        while lower in self._untold:
            lower -= 1
        return lower if lower > self.below else None

    @property
    def place(self) -> int:
        """Where the level is reached by all that is known."""
        return int(np.clip(self._first(self._level), self.below + 1, self.reached))

    def learn(self, place: int, found: float, interval: Interval) -> None:
        """Take in the estimate of a probability, and its interval."""
        low, high = interval
        self._intervals[place] = interval
        expected = self._guess[place]
        if low >= self._level - ROUNDING:
            self.reached = min(self.reached, place)
            surprised = expected + self._shift < self._level - ROUNDING
        elif high < self._level:
            self.below = max(self.below, place)
            surprised = expected + self._shift >= self._level - ROUNDING
        else:
            self._untold.add(place)
            self._shift = found - expected
            self._margin += _MARGIN * (high - low) / 2
            return
        if surprised:
            # The nearest guess that agrees with it, and twice as far each time it does not.
            self._surprises += 1
            nearest = float(np.clip(expected, low, high)) - expected
            self._shift = nearest * 2.0 ** (self._surprises - 1)

    def verdict(self, place: int) -> Verdict:
        """What was learnt at a place."""
        if place in self._untold:
            return "not told from the level"
        return "below the level" if place <= self.below else "reaches the level"

    def bounds(self, place: int) -> Interval:
        """What is known of the probability at a place, by those at others."""
        low = max((low for at, (low, _) in self._intervals.items() if at <= place), default=0.0)
        high = min((high for at, (_, high) in self._intervals.items() if at >= place), default=1.0)
        return low, high

    def _first(self, level: float) -> int:
        """The first place at which the shifted guess reaches a level."""
        return int(np.searchsorted(self._guess[:-1] + self._shift, level - ROUNDING))
