"""Gates of a part of a circuit, added up over the parts."""

from __future__ import annotations

from dataclasses import dataclass, fields

from qiskit_ssqw.clifford_t.rotations import RotationWords, Turn
from qiskit_ssqw.finance.fault_tolerance.tracing import Traced


@dataclass(frozen=True)
class GateCounts:
    """Gates of a circuit, or of several one after the other.

    Depths add up: that parts of a circuit may overlap is not counted on.
    """

    cx: int = 0
    rotations: int = 0
    """RZ that no Clifford and T gates give exactly."""
    toffoli_t: int = 0
    """T gates that are no rotation's: those of Toffoli gates, most of them."""
    t_count: int = 0
    """T gates, with those of all rotations."""
    t_depth: int = 0
    """T gates on the longest way through the circuit."""
    rotation_depth: int = 0
    """Rotations on the way with most of them."""

    @classmethod
    def of(cls, traced: Traced, words: RotationWords) -> GateCounts:
        """Count a circuit's gates when its rotations are words."""
        angles = traced.angles
        inexact = [angle for angle in angles if not Turn.of(angle).is_exact]
        exact_t = sum(
            turn.is_exact and not turn.is_clifford for turn in (Turn.of(a) for a in angles)
        )
        others = traced.t_gates + exact_t
        return cls(
            cx=traced.cx,
            rotations=len(inexact),
            toffoli_t=others,
            t_count=others + round(sum(words.t_count(angle) for angle in inexact)),
            t_depth=round(traced.depth(words.t_count, 1.0)),
            rotation_depth=round(traced.depth(lambda a: float(not Turn.of(a).is_exact), 0.0)),
        )

    def __add__(self, other: GateCounts) -> GateCounts:
        return GateCounts(
            *(mine + theirs for mine, theirs in zip(self._all, other._all, strict=True))
        )

    def times(self, number: float) -> GateCounts:
        """The counts of so many, each rounded."""
        return GateCounts(*(round(number * each) for each in self._all))

    @property
    def _all(self) -> list[int]:
        return [getattr(self, field.name) for field in fields(self)]
