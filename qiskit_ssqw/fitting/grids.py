"""The coarse grids through which a walk grows to its target."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.metrics import total_variation

_TINY = 1e-300
_LARGEST_SHARE = 0.5
"""Largest part of the squared tolerance that is set aside for the finer grids."""


class Grids:
    """A target on the full grid and on coarser ones: the marginals of a growing stretch of bits.

    On a one-dimensional grid the stretch grows from the most to the least significant bit. On the
    line of a product grid it starts at the most significant bit of one register and takes in the
    more significant one of its two neighbours, so a mirrored line grows to both ends.

    Args:
        probabilities: The target, the first bit of the line being the most significant one.
        levels: How fine each bit of the line is within its register, 0 for the most significant;
            by default those of a one-dimensional grid.
        amplitudes: Those of a state, on a one-dimensional grid, whose squares are the
            probabilities. Its coarse grids are projections on equal parts of each cell.

    Attributes:
        one_register: Whether the grid is one-dimensional.
        amplitudes: Those of a state; None for a distribution.
    """

    def __init__(
        self,
        probabilities: Array,
        levels: Sequence[int] | None = None,
        amplitudes: Array | None = None,
    ) -> None:
        self.probabilities, self.amplitudes = probabilities, amplitudes
        self.num_qubits = len(probabilities).bit_length() - 1
        places = list(range(self.num_qubits))
        self.one_register = levels is None or list(levels) == places
        self._stretches = _stretches(places if levels is None else levels)

    def stretch(self, bits: int) -> tuple[int, int]:
        """First and last place on the line of the so many bits that come first."""
        return self._stretches[bits - 1]

    def marginal(self, bits: int) -> Array:
        """The target on the grid of so many bits, shape ``(2**bits,)``."""
        first, _ = self.stretch(bits)
        marginal: Array = self.probabilities.reshape(2**first, 2**bits, -1).sum(axis=(0, 2))
        return marginal

    def goal(self, bits: int) -> Goal:
        """What to load on the grid of so many bits."""
        if self.amplitudes is None:
            return Goal.of(self.marginal(bits))
        parts = self.amplitudes.reshape(2**bits, -1)
        projected = parts.sum(axis=1) / math.sqrt(parts.shape[1])
        return Goal(projected / max(float(np.linalg.norm(projected)), _TINY), state=True)

    def grows_at_the_low_end(self, bits: int) -> bool:
        """Whether the last of so many bits came in at the less significant end of the line."""
        return self.stretch(bits)[0] == self.stretch(bits - 1)[0]

    def aim(self, bits: int, tolerance: float) -> float:
        """Error to reach on a grid, given what splitting its cells into equal parts will add.

        The two errors add up about as the sides of a right angle; where equal parts are too
        imprecise, the finer bits will get flips of their own.
        """
        share = (self.error_of_equal_parts(bits) / tolerance) ** 2
        return tolerance * math.sqrt(1 - min(share, _LARGEST_SHARE))

    def error_of_equal_parts(self, bits: int) -> float:
        """Distance that splitting the cells of a grid into equal parts makes by itself."""
        if self.amplitudes is not None:
            parts = self.amplitudes.reshape(2**bits, -1)
            return math.sqrt(max(0.0, 1 - float(np.sum(parts.mean(axis=1) ** 2)) * parts.shape[1]))
        first, _ = self.stretch(bits)
        cells = self.probabilities.reshape(2**first, 2**bits, -1)
        equal_parts = np.broadcast_to(cells.mean(axis=(0, 2), keepdims=True), cells.shape)
        return total_variation(cells, equal_parts)


def _stretches(levels: Sequence[int]) -> list[tuple[int, int]]:
    """First and last place of the stretch of one bit, of two bits, and so on."""
    start = int(np.argmin(levels))
    stretches = [(start, start)]
    while len(stretches) < len(levels):
        first, last = stretches[-1]
        at_left = levels[first - 1] if first > 0 else math.inf
        at_right = levels[last + 1] if last + 1 < len(levels) else math.inf
        stretches.append((first, last + 1) if at_right <= at_left else (first - 1, last))
    return stretches
