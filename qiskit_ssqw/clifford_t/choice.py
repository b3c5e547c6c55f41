"""Choose the words that coins of a walk are to be tried with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.clifford_t.network import Local
from qiskit_ssqw.clifford_t.words import SHORT, Near, nearest

LONGEST = 28
"""T gates of the longest words that are looked up."""
SHORTER = 7
"""Words with so many T gates less than usual are not tried."""
_LAST = 6
"""So many coins choose by what they need (see `Choice.words`)."""
_LAST_TRIES = 60
"""Words tried of the last coin; of more coins, fewer."""


@dataclass(frozen=True)
class Plan:
    """How a walk is snapped."""

    first_share: float
    """Part of the tolerance that may be used up before the last coins."""
    reach: float
    """Words are tried up to this many times the cost that there is room for by the model."""
    tries: int = 8
    """Words tried of each number of T gates."""
    last: int = 8
    """Number of the last coins, over which the rest of the tolerance is shared."""


class Choice(NamedTuple):
    """What snapping each free coin would cost by a quadratic model, the others following."""

    free: list[int]
    coins: Array
    forms: list[Array]
    usual: list[float]
    """T gates at which each coin's ellipsoid holds about one word."""
    room: float
    plan: Plan

    @classmethod
    def at(cls, here: Local, free: list[int], coins: Array, allowance: float, plan: Plan) -> Choice:
        size = len(here.normals)
        ridge = 1e-9 * here.normals.trace() / size * np.eye(size)
        blocks = np.linalg.inv(here.normals + ridge).reshape(len(free), 3, len(free), 3)
        forms = [np.linalg.inv(blocks[at, :, at]) for at in range(len(free))]
        room = allowance**2 - min(here.error, 0.9 * allowance) ** 2
        return cls(free, coins, forms, [_usual(form, room) for form in forms], room, plan)

    @property
    def softest(self) -> int:
        """The coin that needs the least precision."""
        return self.free[int(np.argmin(self.usual))]

    @property
    def _of_each(self) -> int:
        """Words of each coin: many of the last ones, where a try takes little time."""
        return max(2, _LAST_TRIES // len(self.free) ** 2)

    @property
    def is_last(self) -> bool:
        return len(self.free) <= _LAST

    def words(self, level: int, rng: np.random.Generator) -> Iterator[tuple[int, Near]]:
        """The most promising words of so many T gates; of so many more than usual at last.

        At first flat directions are worth most, and cost next to nothing. The last coins need all
        the T gates that they need: who has a word with fewer than usual comes first.
        """
        limit = self.plan.reach * self.room
        found = []
        for coin, form, usual in zip(self.free, self.forms, self.usual, strict=True):
            t_count = max(0, level + round(usual)) if self.is_last else level
            worth = usual - SHORTER <= t_count and (t_count <= SHORT or t_count <= usual + 4)
            if worth and t_count <= LONGEST:
                words = nearest(self.coins[coin], form, t_count, self.room, self._of_each)
                found += [(word.cost, coin, word) for word in words if word.cost < limit]
        order = sorted(found, key=lambda one: (one[0] * rng.lognormal(0, 0.5), one[1]))
        for _, coin, word in order[: max(self.plan.tries, _LAST_TRIES // len(self.free))]:
            yield coin, word


def _usual(form: Array, room: float) -> float:
    """T gates at which the ellipsoid ``d form d < room`` holds about one word.

    ``36 * 2**k`` words have ``k`` T gates, and all rotations a volume of ``8 pi**2``.
    """
    axes = np.linalg.eigvalsh(form)
    bits = 0.5 * float(np.sum(np.log2(1 + np.maximum(axes, 0) / room)))
    return float(np.log2(8 * np.pi**2 / (36 * 4 / 3 * np.pi))) + bits
