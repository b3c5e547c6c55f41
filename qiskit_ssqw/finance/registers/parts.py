"""Registers and laws of independent parts, each with a target of one or several dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.registers.law import Law
from qiskit_ssqw.finance.registers.network import Tensor
from qiskit_ssqw.finance.registers.register import Register
from qiskit_ssqw.finance.registers.sums import Price, TableSum
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import MultiscaleWalk, Walk
from qiskit_ssqw.walks.kinds import offered

_MOST_DENSE = 20
"""Qubits up to which the probabilities of a walk are one tensor."""

_FIRST_LABEL = -3
"""Labels from here down are those of single qubits and of bonds."""


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


def law_of(probabilities: Sequence[Array]) -> Law:
    """The law of independent parts.

    Args:
        probabilities: Those of each part, one axis per register.
    """
    groups, place = [], 0
    for array in probabilities:
        groups.append((array, range(place, place + array.ndim)))
        place += array.ndim
    return Law.of_groups(groups)


def law_of_walks(walks: Sequence[Walk], sizes: Sequence[Sequence[int]]) -> Law:
    """The law of independent parts that walks load.

    A walk on more qubits than a state vector holds is contracted as a matrix product state: twice
    its tensors, with bonds of their own, and one label for each qubit, which both share.

    Args:
        walks: One for each part.
        sizes: Qubits of each register of each part, the most significant one first.

    Raises:
        ValueError: A walk on so many qubits is of a kind without flips.
    """
    tensors: list[Tensor] = []
    split: dict[int, tuple[int, ...]] = {}
    fresh, place = count(_FIRST_LABEL, -1), 0
    for walk, lengths in zip(walks, sizes, strict=True):
        places = range(place, place + len(lengths))
        place += len(lengths)
        if walk.num_qubits <= _MOST_DENSE:
            joint = walk.probabilities().reshape([2**size for size in lengths])
            tensors.append((joint, tuple(places)))
            continue
        qubits = [next(fresh) for _ in range(walk.num_qubits)]
        flips = offered(walk, "flips", f"a law of more than {_MOST_DENSE} qubits", error=ValueError)
        tensors += _sandwich(flips(walk), qubits, fresh)
        ends = np.cumsum(lengths)
        for one, size, end in zip(places, lengths, ends, strict=True):
            first = walk.num_qubits - int(end)  # the highest qubits are the first register's
            split[one] = tuple(qubits[first : first + size][::-1])
    return Law(tuple(tensors), split)


def _sandwich(walk: MultiscaleWalk, qubits: Sequence[int], fresh: Iterator[int]) -> list[Tensor]:
    """The tensors of a walk's state and of its conjugate, by the labels of its qubits."""
    found: list[Tensor] = []
    bonds = [[next(fresh) for _ in range(walk.num_qubits + 1)] for _ in range(2)]
    for number, (tensor, qubit) in enumerate(zip(walk.matrix_product(), walk.line, strict=True)):
        found += [(tensor, (row[number], qubits[qubit], row[number + 1])) for row in bonds]
    return found


def prices_of(registers: Sequence[Register]) -> tuple[Price, ...]:
    """One price per register, its values."""
    return tuple(
        Price(TableSum.of_register(place, register.values))
        for place, register in enumerate(registers)
    )
