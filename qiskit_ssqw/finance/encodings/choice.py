"""A payoff as one or several rotations of an objective qubit, chosen by what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.encodings.base import AngleEncoding, PayoffEncoding
from qiskit_ssqw.finance.encodings.comparator import ComparatorEncoding
from qiskit_ssqw.finance.encodings.fourier import fit_series, joint_range
from qiskit_ssqw.finance.encodings.sparse import clipped, walsh_rotations
from qiskit_ssqw.finance.gates import count_two_qubit_gates
from qiskit_ssqw.finance.payoffs import Payoff

Encoding = Literal["auto", "exact", "comparator", "fourier"]

_CLIPPED_SHARES = (0.0, 0.25, 0.5)
"""Shares of a tolerance that may go into cutting off rare extremes of the payoff."""

_FEW_QUBITS = 8
"""Grids on which several ways to spend a tolerance are tried; each takes seconds beyond."""

_MOST_WITH_ANCILLAS = 18
"""Qubits up to which ``"auto"`` takes comparators: each ancilla doubles a simulator's state."""

_MOST_MULTIPLEXED = 14
"""Value qubits beyond which no simulator takes the ``2**n`` CX of a rotation for fewer qubits."""

_ROUNDING = 1e-12
FOURIER_TOLERANCE = 1e-3
"""What a series may miss where no tolerance is given: it never meets 0."""


@dataclass(frozen=True)
class EncodedPayoff:
    """A constant and the payoffs of the rotations, whose sum is the payoff."""

    kind: str
    """``"exact"``, ``"multiplexed"`` (the same with a tolerance), ``"comparator"``,
    ``"fourier"``, ``"arithmetic"`` or ``"constant"``."""
    constant: float
    parts: tuple[PayoffEncoding, ...]

    @property
    def payments(self) -> Array:
        """What the circuits take for the payoff, at each grid point."""
        return np.asarray(self.constant + sum(part.loaded_payoff for part in self.parts))

    @property
    def shares(self) -> Array:
        """How to divide an error among the parts with the fewest calls, with sum 1."""
        roots = np.sqrt(self._ranges)
        return np.asarray(roots / roots.sum())

    @property
    def range(self) -> float:
        """Range of a single part that would take as many calls."""
        return joint_range(self._ranges)

    @property
    def _ranges(self) -> list[float]:
        return [abs(part.high - part.low) for part in self.parts]


def encode(
    payoff: Payoff,
    values: Array,
    weights: Array,
    *,
    encoding: Encoding,
    tolerance: float,
    other_cx: int,
) -> EncodedPayoff:
    """Make the payoff circuits.

    Args:
        payoff: What the option pays; not constant on the grid.
        values: Grid points.
        weights: Their probabilities.
        encoding: The kind of circuit, or ``"auto"``.
        tolerance: Bound of the weighted mean error, as a fraction of the payoff's range.
        other_cx: CX that an iterate takes besides the payoff, for ``"auto"``.

    Raises:
        TypeError: The payoff does not fit the encoding asked for.
    """
    payments = payoff(values)
    if encoding == "exact":
        return _multiplexed(payments, weights, tolerance, other_cx)
    if encoding == "fourier":
        return _fourier(payoff, values, weights, tolerance or FOURIER_TOLERANCE)
    part = ComparatorEncoding.of(payments)
    too_long = part is not None and part.num_value_qubits > _MOST_MULTIPLEXED
    if encoding == "comparator" or too_long:
        return _compared(payoff, part)
    candidates = [_multiplexed(payments, weights, tolerance, other_cx)]
    if part is not None and _is_narrow(part):
        candidates.append(_compared(payoff, part))
    if tolerance and payoff.coordinate(values) is not None:
        candidates.append(_fourier(payoff, values, weights, tolerance))
    allowed = tolerance * np.ptp(payments) * (1 + 1e-9)
    good = [c for c in candidates if _error(c, payments, weights) <= allowed]
    return _cheapest(good or candidates[:1], payments, weights, other_cx)


def _error(found: EncodedPayoff, payments: Array, weights: Array) -> float:
    return float(weights @ np.abs(found.payments - payments))


def _cheapest(
    candidates: Sequence[EncodedPayoff], payments: Array, weights: Array, other_cx: int
) -> EncodedPayoff:
    """The one that takes the fewest CX for the same statistical error, or else errs least."""

    def rank(found: EncodedPayoff) -> tuple[float, float]:
        return found.range * (other_cx + _cx(found)), _error(found, payments, weights)

    return min(candidates, key=rank)


def _multiplexed(payments: Array, weights: Array, tolerance: float, other_cx: int) -> EncodedPayoff:
    """One multiplexed rotation; a tolerance goes into fewer gates, a narrower range, or both."""
    allowed = tolerance * float(np.ptp(payments))
    size = len(payments).bit_length() - 1
    candidates = []
    for share in _CLIPPED_SHARES if tolerance and size <= _FEW_QUBITS else (0.0,):
        bounded, spent = clipped(payments, weights, share * allowed)
        low, high = float(bounded.min()), float(bounded.max())
        fractions = np.clip((bounded - low) / (high - low), 0, 1)
        rotations = walsh_rotations(fractions, weights, (allowed - spent) / (high - low))
        part = AngleEncoding(rotations, size, low, high)
        kind = "multiplexed" if tolerance else "exact"
        candidates.append(EncodedPayoff(kind, 0.0, (part,)))
    return _cheapest(candidates, payments, weights, other_cx)


def _compared(payoff: Payoff, part: ComparatorEncoding | None) -> EncodedPayoff:
    if part is None:
        raise TypeError(
            f'encoding "comparator" needs a payoff of two values, got the {payoff.name}: '
            'use encoding="exact"'
        )
    return EncodedPayoff("comparator", 0.0, (part,))


def _is_narrow(part: ComparatorEncoding) -> bool:
    return part.num_value_qubits + 1 + part.num_ancillas <= _MOST_WITH_ANCILLAS


def _fourier(payoff: Payoff, values: Array, weights: Array, tolerance: float) -> EncodedPayoff:
    # Of one price, a series in the index: its angles are linear in the bits on every grid.
    points = np.arange(float(len(values))) if values.ndim == 1 else payoff.coordinate(values)
    if points is None:
        raise TypeError(
            f'encoding "fourier" needs a payoff of one number, got the {payoff.name}: '
            'use encoding="exact"'
        )
    payments = payoff(values)
    series = fit_series(points, payments, weights, tolerance * float(np.ptp(payments)))
    # sin(angle / 2)**2 = (1 - cos(angle)) / 2, so probability 0 stands for cos = 1.
    parts = tuple(
        AngleEncoding.from_angles(frequency * points + phase, amplitude, -amplitude)
        for amplitude, frequency, phase in series.waves(_ROUNDING * np.ptp(payments))
    )
    return EncodedPayoff("fourier", series.constant, parts)


def _cx(found: EncodedPayoff) -> int:
    """CX of the costliest part."""
    alike = {part.structure: part for part in found.parts}
    return max((count_two_qubit_gates(part.reflection()) for part in alike.values()), default=0)
