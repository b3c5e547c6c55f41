"""Snap the coins of a walk to short words of Clifford and T gates, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.clifford_t.choice import LONGEST, SHORTER, Choice, Plan
from qiskit_ssqw.clifford_t.network import CoinNetwork
from qiskit_ssqw.clifford_t.quaternions import vectors_between
from qiskit_ssqw.clifford_t.refit import led, refit
from qiskit_ssqw.clifford_t.rotations import SMALLEST_TOLERANCE, RotationWords
from qiskit_ssqw.clifford_t.words import SHORT, Near, Word, cliffords, quaternion_of, t_gates

_EXACT = 1e-6
"""Angle in radians below which a coin is a Clifford unitary."""
_HOPELESS = 4
"""A word is given up if this times the allowance is missed once the others have followed."""
_SETTLE = 12
"""Steps of a refit."""
_FINER = 12
"""How often rotations are made more precise."""


@dataclass
class Snapping:
    """A walk on its way to words.

    Args:
        network: The walk.
        coins: Its coins, shape ``(coins, 4)``.
        tolerance: Total variation to keep.
        plan: How it is done.
        rng: Breaks ties between words that are about as good.
        tick: Called whenever a coin has been snapped.
    """

    network: CoinNetwork
    coins: Array
    tolerance: float
    plan: Plan
    rng: np.random.Generator
    tick: Callable[[], object]
    words: dict[int, Word] = field(default_factory=dict)
    t_count: int = 0

    def run(self, fewer_than: float) -> bool:
        """Snap all coins, and return whether it took fewer T gates than that."""
        self._keep_cliffords()
        shortest = 0
        while self._free and self.t_count < fewer_than:
            last = self._snap_one(shortest)
            shortest = max(0, last - (4 if last <= SHORT else 6))
        return self.t_count < fewer_than

    @property
    def _free(self) -> list[int]:
        return [coin for coin in range(len(self.coins)) if coin not in self.words]

    def _keep_cliffords(self) -> None:
        """Snap the coins that are Clifford unitaries already."""
        unitaries, words = cliffords()
        self.coins = self.coins.copy()
        for coin in self._free:
            angles = np.linalg.norm(vectors_between(self.coins[coin], unitaries), axis=1)
            nearest_one = int(np.argmin(angles))
            if angles[nearest_one] < _EXACT:
                self.coins[coin] = unitaries[nearest_one]
                self._note(coin, words[nearest_one])

    def _note(self, coin: int, word: Word) -> None:
        self.words[coin] = word
        self.t_count += t_gates(word)
        self.tick()

    def _snap_one(self, shortest: int) -> int:
        """Snap a coin to a word of as few T gates as will do, and return how many these are."""
        here = self.network.at(self.coins, self._free)
        allowance = self._allowance(here.error)
        choice = Choice.at(here, self._free, self.coins, allowance, self.plan)
        levels = range(-SHORTER, LONGEST) if choice.is_last else range(shortest, LONGEST + 1)
        for level in levels:
            best = self._best_of(choice.words(level, self.rng), allowance, here.error)
            if best is not None:
                _, coin, word, self.coins = best
                self._note(coin, word.gates)
                return word.t_count
        return self._synthesise(choice.softest)

    def _allowance(self, error: float) -> float:
        """Total variation that may be there once another coin is snapped."""
        left, first = len(self._free), self.plan.first_share
        share = first + (1 - first) * max(0, 1 - (left - 1) / self.plan.last)
        return max(share * self.tolerance, min(self.tolerance, 1.02 * error))

    def _best_of(
        self, tried: Iterator[tuple[int, Near]], allowance: float, error: float
    ) -> tuple[float, int, Near, Array] | None:
        """Of some words the one that leaves the least error once the other coins are refitted."""
        best = None
        for coin, word in tried:
            coins, left = self._with_word(coin, word.quaternion, allowance)
            if left <= min(allowance, np.inf if best is None else best[0]):
                best = left, coin, word, coins
                if not word.t_count and left < 1.05 * max(error, 0.2 * self.tolerance):
                    break
        return best

    def _with_word(self, coin: int, quaternion: Array, allowance: float) -> tuple[Array, float]:
        """The coins once one is a word and the rest is refitted, and their error."""
        rest = [other for other in self._free if other != coin]
        coins, error = led(self.network, self.coins, rest, coin, quaternion)
        if error > _HOPELESS * allowance:
            return coins, error
        return refit(self.network, coins, rest, _SETTLE)

    def _synthesise(self, coin: int) -> int:
        """Snap a coin to three rotations that are precise enough, as no single word is."""
        for error in 0.1 * self.tolerance * 0.25 ** np.arange(_FINER):
            word = three_rotations(self.coins[coin], error)
            coins, found = self._with_word(coin, quaternion_of(word), self.tolerance)
            if found <= self.tolerance:
                break
        self.coins = coins
        self._note(coin, word)
        return 0


def three_rotations(coin: Array, error: float) -> Word:
    """A word near any unitary, by a rotation for each of its Euler angles."""
    half_sum, half_difference = np.arctan2(coin[3], coin[0]), np.arctan2(coin[2], coin[1])
    first, last = half_sum + half_difference, half_sum - half_difference
    middle = 2 * np.arctan2(np.hypot(coin[1], coin[2]), np.hypot(coin[0], coin[3]))
    words = RotationWords(max(error / 3, SMALLEST_TOLERANCE))
    parts = [words.word(float(angle)).gates for angle in (last, middle, first)]
    return (*parts[0], "h", *parts[1], "h", *parts[2])
