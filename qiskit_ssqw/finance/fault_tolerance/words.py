"""Rotations as words of Clifford and T gates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw.finance.fault_tolerance.translation import to_clifford_rz

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

_SMALLEST_TOLERANCE = 1e-12
"""Of a word; closer, multiples of pi/4 are not told from other angles."""


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


@dataclass(frozen=True)
class Words:
    """Words for rotations, each within a tolerance in the operator norm.

    Args:
        tolerance: The largest distance of a word from its rotation.
        fitted: Whether a fit gives the number of T gates, and no word is found.
    """

    tolerance: float
    fitted: bool = False

    @classmethod
    def for_angles(cls, angles: Iterable[float], tolerance: float) -> Words:
        """Words for some rotations: found, or fitted if there are more than 2,000 distinct ones.

        Before Qiskit 2.3, which finds none, they are fitted, too.

        Raises:
            ValueError: The tolerance is too small for floating-point numbers.
        """
        if tolerance < _SMALLEST_TOLERANCE:
            raise ValueError(
                f"each rotation may be off by {tolerance:.2g}, less than the "
                f"{_SMALLEST_TOLERANCE:g} that can be told: take a larger epsilon"
            )
        distinct = {Turn.of(angle).rest for angle in angles}
        return cls(tolerance, len(distinct) > _MOST_WORDS or _finder() is None)

    def t_count(self, angle: float) -> float:
        """T gates of a rotation, which follow each other on one qubit."""
        turn = Turn.of(angle)
        exact = _short(turn.rest, self.tolerance)
        if exact is not None:
            return exact
        return self._fit if self.fitted else _t_gates(_found(turn.rest, self.tolerance))

    @cached_property
    def _fit(self) -> float:
        return float(_SLOPE * np.log2(1 / self.tolerance) + _OFFSET)

    def word(self, angle: float) -> QuantumCircuit:
        """The word of a rotation, a circuit of one qubit with its global phase."""
        turn = Turn.of(angle)
        short = _short(turn.rest, self.tolerance)
        rest = _found(turn.rest, self.tolerance) if short is None else _few(short)
        quarters = QuantumCircuit(1, global_phase=-turn.quarters * np.pi / 4)
        for _ in range(turn.quarters % 4):
            quarters.s(0)
        return rest.compose(quarters) if turn.sign > 0 else quarters.compose(rest.inverse())


def synthesised(circuit: QuantumCircuit, tolerance: float) -> QuantumCircuit:
    """Return a circuit as Clifford and T gates, each rotation within a tolerance of its own.

    The words are those of Ross and Selinger (arXiv:1403.2975), by Qiskit. A rotation about another
    axis is Clifford gates about an RZ; multiples of pi/4 are exact. The whole is off by at most
    the tolerance times the number of rotations, in the operator norm: norms of errors add up.

    Args:
        circuit: Of gates with numbers for parameters.
        tolerance: The largest distance of each rotation from its word, in the operator norm.

    Raises:
        ImportError: Qiskit is older than 2.3.
        ValueError: The tolerance is not positive.
    """
    words = Words(check.positive(tolerance, "tolerance"))
    translated = to_clifford_rz(circuit)
    result = translated.copy_empty_like()
    for step in translated.data:
        if step.operation.name == "rz":
            result.compose(words.word(float(step.operation.params[0])), step.qubits, inplace=True)
        else:
            result.append(step)
    return result


def _short(rest: float, tolerance: float) -> int | None:
    """T gates, 0 or 1, where the identity or a T gate will do: ``|1 - RZ(a)| = 2 sin(a / 4)``."""
    for t_gates, angle in ((0, 0.0), (1, np.pi / 4)):
        if 2 * np.sin(abs(rest - angle) / 4) <= max(tolerance, _EXACT):
            return t_gates
    return None


def _few(t_gates: int) -> QuantumCircuit:
    """``RZ(0)`` or ``RZ(pi/4)``."""
    circuit = QuantumCircuit(1, global_phase=-t_gates * np.pi / 8)
    for _ in range(t_gates):
        circuit.t(0)
    return circuit


@lru_cache(maxsize=20_000)
def _found(rest: float, tolerance: float) -> QuantumCircuit:
    """A word from Qiskit, whose random numbers may make it a T gate longer the next time."""
    finder = _finder()
    if finder is None:
        raise ImportError("words for rotations need Qiskit 2.3 or later: pip install -U qiskit")
    return finder(rest, tolerance)


def _finder() -> Callable[[float, float], QuantumCircuit] | None:
    """Qiskit's algorithm, if it has one."""
    from qiskit import synthesis

    return getattr(synthesis, "gridsynth_rz", None)


def _t_gates(circuit: QuantumCircuit) -> int:
    names = circuit.count_ops()
    return int(names.get("t", 0) + names.get("tdg", 0))
