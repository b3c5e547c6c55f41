"""Registers and laws of independent parts, each with a target of one or several dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.finance.registers.law import Law
from qiskit_ssqw.finance.registers.register import Register
from qiskit_ssqw.finance.registers.sums import Price, TableSum
from qiskit_ssqw.targets import TargetDistribution


def registers_of(parts: Sequence[tuple[str, TargetDistribution]]) -> tuple[Register, ...]:
    """One register per dimension of each part, those of the first part on the highest qubits.

    Args:
        parts: Names and targets.
    """
    last = sum(target.num_qubits for _, target in parts)
    found = []
    for name, target in parts:
        for number, (size, axis) in enumerate(zip(target.register_sizes, target.axes, strict=True)):
            word = name if len(target.axes) == 1 else f"{name}[{number}]"
            found.append(Register(word, tuple(range(last - size, last)), axis))
            last -= size
    return tuple(found)


def law_of(probabilities: Sequence[NDArray[np.float64]]) -> Law:
    """The law of independent parts.

    Args:
        probabilities: Those of each part, one axis per register.
    """
    groups, place = [], 0
    for array in probabilities:
        groups.append((array, range(place, place + array.ndim)))
        place += array.ndim
    return Law.of_groups(groups)


def prices_of(registers: Sequence[Register]) -> tuple[Price, ...]:
    """One price per register, its values."""
    return tuple(
        Price(TableSum.of_register(place, register.values))
        for place, register in enumerate(registers)
    )
