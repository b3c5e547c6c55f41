"""Rotations about Z as words of Clifford and T gates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from qiskit import QuantumCircuit
from qiskit.synthesis import gridsynth_rz

from qiskit_ssqw.clifford_t.words import Word, t_gates

SMALLEST_TOLERANCE = 1e-12
"""Of a word; closer, multiples of pi/4 are not told from other angles."""

_MOST_WORDS = 2000
"""Distinct rotations whose words are found, 2 to 15 ms each; of more, a fit gives the length."""

_EXACT = 1e-12
"""Radians within which an angle is a multiple of pi/4: rounding errors."""

_DIGITS = 14
"""Decimals of an angle that tell it from others."""

_SLOPE, _OFFSET = 3.054, 0.85
"""T gates of a word within ``e``: ``_SLOPE log2(1 / e) + _OFFSET`` in the mean over all angles, as
fitted by ``python benchmarks/resources.py words``. Ross and Selinger, arXiv:1403.2975, prove
``3 log2(1 / e) + O(log log(1 / e))``."""

_QUARTERS: tuple[Word, ...] = ((), ("s",), ("z",), ("sdg",))
"""Powers of S: RZ rotations by multiples of pi/2, up to a phase."""

_INVERSES = {"s": "sdg", "sdg": "s", "t": "tdg", "tdg": "t"}


@dataclass(frozen=True)
class Turn:
    """A rotation ``RZ(angle)``, as a Clifford gate and what is left of it.

    ``RZ(quarters pi/2) RZ(sign rest)``, and ``rest`` between 0 and pi/4. Opposite angles have
    opposite words, so that a circuit's inverse is the inverse of its words.
    """

    quarters: int
    rest: float
    sign: int

    @classmethod
    @lru_cache(maxsize=2**16)
    def of(cls, angle: float) -> Turn:
        """Take an angle apart."""
        quarters = round(angle / (np.pi / 2))
        rest = angle - quarters * np.pi / 2
        return cls(quarters, round(abs(rest), _DIGITS), 1 if rest >= 0 else -1)

    @property
    def is_clifford(self) -> bool:
        """Whether nothing is left."""
        return self.rest <= _EXACT

    @property
    def is_exact(self) -> bool:
        """Whether it is a Clifford gate, or one and a T gate."""
        return self.is_clifford or abs(self.rest - np.pi / 4) <= _EXACT


class PhasedWord(NamedTuple):
    """A word and the phase by which its product is to be multiplied."""

    gates: Word
    phase: float

    @property
    def inverse(self) -> PhasedWord:
        gates = tuple(_INVERSES.get(name, name) for name in reversed(self.gates))
        return PhasedWord(gates, -self.phase)

    def then(self, later: PhasedWord) -> PhasedWord:
        return PhasedWord(self.gates + later.gates, self.phase + later.phase)


@dataclass(frozen=True)
class RotationWords:
    """Words for rotations, each within a tolerance in the operator norm.

    Args:
        tolerance: The largest distance of a word from its rotation.
        fitted: Whether a fit gives the number of T gates, and no word is found.

    Raises:
        ValueError: The tolerance is too small for floating-point numbers.
    """

    tolerance: float
    fitted: bool = False

    def __post_init__(self) -> None:
        if self.tolerance < SMALLEST_TOLERANCE:
            raise ValueError(
                f"each rotation may be off by {self.tolerance:.2g}, less than the "
                f"{SMALLEST_TOLERANCE:g} that can be told: allow a larger error"
            )

    @classmethod
    def for_angles(cls, angles: Iterable[float], tolerance: float) -> RotationWords:
        """Words for some rotations: found, or fitted if there are more than 2,000 distinct ones."""
        distinct = {Turn.of(angle).rest for angle in angles}
        return cls(tolerance, len(distinct) > _MOST_WORDS)

    def t_count(self, angle: float) -> float:
        """T gates of a rotation, which follow each other on one qubit."""
        rest = Turn.of(angle).rest
        short = _short(rest, self.tolerance)
        if short is not None:
            return len(short.gates)
        return self._fit if self.fitted else t_gates(_found(rest, self.tolerance).gates)

    @cached_property
    def _fit(self) -> float:
        return float(_SLOPE * np.log2(1 / self.tolerance) + _OFFSET)

    def word(self, angle: float) -> PhasedWord:
        """The word of a rotation."""
        turn = Turn.of(angle)
        rest = _short(turn.rest, self.tolerance) or _found(turn.rest, self.tolerance)
        quarters = PhasedWord(_QUARTERS[turn.quarters % 4], -turn.quarters * np.pi / 4)
        return rest.then(quarters) if turn.sign > 0 else quarters.then(rest.inverse)


def _short(rest: float, tolerance: float) -> PhasedWord | None:
    """The identity or a T gate, where it will do: ``|1 - RZ(a)| = 2 sin(a / 4)``."""
    for number, gates in enumerate(((), ("t",))):
        if 2 * np.sin(abs(rest - number * np.pi / 4) / 4) <= max(tolerance, _EXACT):
            return PhasedWord(gates, -number * np.pi / 8)
    return None


def _approximated(angle: float, tolerance: float) -> QuantumCircuit:
    """What Qiskit makes of a rotation, to a half, a quarter, ... of the error where it panics.

    Up to version 2.5.0 it does so at some angles, the more the larger the error:
    https://github.com/Qiskit/qiskit/issues/16540.
    """
    try:
        return gridsynth_rz(angle, tolerance)
    except BaseException as error:  # Rust's panic is no Exception
        if type(error).__name__ != "PanicException" or tolerance < SMALLEST_TOLERANCE:
            raise
    return _approximated(angle, tolerance / 2)


@lru_cache(maxsize=20_000)
def _found(rest: float, tolerance: float) -> PhasedWord:
    """A word from Qiskit, whose random numbers may make it a T gate longer the next time."""
    circuit = _approximated(rest, tolerance)
    return PhasedWord(tuple(step.name for step in circuit.data), float(circuit.global_phase))
