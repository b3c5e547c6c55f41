"""A running sum that is watched: which flags fall when, and how likely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum


@dataclass(frozen=True)
class Watch:
    """Watches a running sum at each time: a flag stays 1 until the sum has passed an edge."""

    edges: tuple[int, ...]
    """The first integer of each time that is above the level, at most the highest sum plus 1."""
    is_up: bool
    """Whether the flag falls at or above the edges, rather than below them."""

    def holds(self, time: int, sums: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether the flag survives a time (counted from 0) where the sum is one of these."""
        return np.asarray((sums >= self.edges[time]) != self.is_up)

    def may_fall(self, time: int, highest: int) -> bool:
        """Whether some sum up to the highest one makes the flag fall at a time."""
        return self.edges[time] <= highest if self.is_up else self.edges[time] > 0

    def falls(self, time: int, highest: int) -> bool:
        """Whether every sum does."""
        return self.edges[time] == 0 if self.is_up else self.edges[time] > highest


@dataclass(frozen=True, eq=False)
class WatchedSum:
    """A running sum and flags.

    Args:
        running: The running sum.
        watches: What is watched; each flag falls on some path.
        ends: Whether the contract ends when the first flag falls, so that nothing but the time of
            its fall counts then.
    """

    running: RunningSum
    watches: tuple[Watch, ...] = ()
    ends: bool = False

    def masses(self, laws: Iterable[Array]) -> tuple[Array, Array]:
        """Probabilities for independent registers, by a dynamic programme.

        Args:
            laws: Probabilities of each register's integers, in the order of time.

        Returns:
            Of an end at each time, shape ``(T,)``, and of the flags at the last time, one axis of
            length 2 each, and the last sum.
        """
        return self._spread(laws, whether=False)

    @property
    def reachable(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Whether there are paths to each of what `masses` tells the probabilities of."""
        ones = [np.ones(len(register.values)) for register in self.running.registers]
        early, mass = self._spread(ones, whether=True)
        return early > 0, mass > 0

    def _spread(self, laws: Iterable[Array], *, whether: bool) -> tuple[Array, Array]:
        mass = np.zeros((2,) * len(self.watches) + (1,))
        mass.flat[-1] = 1.0
        early = np.zeros(self.running.num_times)
        for time, law in enumerate(laws):
            mass = np.apply_along_axis(np.convolve, -1, mass, law)
            sums = np.arange(mass.shape[-1])
            for axis, watch in enumerate(self.watches):
                dead, alive = np.moveaxis(mass, axis, 0)
                fallen = np.where(watch.holds(time, sums), 0.0, alive)
                if axis == 0 and self.ends:
                    early[time] = fallen.sum()
                else:
                    dead = dead + fallen
                mass = np.stack([dead, alive - fallen], axis=axis)
            # Products of many ones would be too large for a number.
            mass = np.sign(mass) if whether else mass
        return early, mass

    def follow(
        self, integers: NDArray[np.integer]
    ) -> tuple[list[NDArray[np.int64]], NDArray[np.int64], NDArray[np.int64]]:
        """Flags at the last time, the last sum, and the time at which the contract ends.

        Args:
            integers: What the model's registers hold, shape ``(N, number of registers)``.

        Returns:
            Arrays of shape ``(N,)``. The end is counted from 0, the number of times for none.
        """
        totals = self.running.totals(integers)
        flags = [np.ones(len(totals), dtype=np.int64) for _ in self.watches]
        ends = np.full(len(totals), self.running.num_times)
        for time in range(self.running.num_times):
            for number, watch in enumerate(self.watches):
                stays = flags[number] & watch.holds(time, totals[:, time])
                if number == 0 and self.ends:
                    ends[flags[0] > stays] = time
                flags[number] = stays
        return flags, totals[:, -1], ends
