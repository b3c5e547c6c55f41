"""Orders of a product grid's qubits on the line of a multiscale walk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import Any, Literal, get_args

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting.schmidt import entropy

Line = tuple[int, ...]

Order = Literal["concatenated", "interleaved", "mirrored"]


def line_of(order: str, register_sizes: Sequence[int]) -> Line:
    """Return the qubits of a product grid along the line.

    Args:
        order: ``"concatenated"``: one register after the other, each from its most significant
            qubit on. ``"interleaved"``: the most significant qubits of all registers, then the
            next ones, and so on. ``"mirrored"``: every other register reversed, so that the most
            significant qubits of the first two are neighbours.
        register_sizes: Qubits of each dimension; the last one has the least significant qubits.

    Raises:
        ValueError: The order is an unknown word.
    """
    check.one_of(order, get_args(Order), "order")
    ends = sum(register_sizes) - np.cumsum([0, *register_sizes])
    registers = [list(range(high - 1, low - 1, -1)) for high, low in pairwise(ends)]
    if order == "mirrored":
        registers[::2] = [register[::-1] for register in registers[::2]]
    runs = zip_longest(*registers) if order == "interleaved" else registers
    return tuple(int(qubit) for run in runs for qubit in run if qubit is not None)


def levels(line: Line, register_sizes: Sequence[int]) -> list[int]:
    """How fine each qubit of the line is within its register, 0 for the most significant one."""
    level_of = [level for size in reversed(register_sizes) for level in reversed(range(size))]
    return [level_of[qubit] for qubit in line]


def along(line: Line, probabilities: Array) -> Array:
    """Reorder a distribution so that the line's first qubit is the most significant one."""
    size = len(line)
    bits = probabilities.reshape((2,) * size)
    return np.ascontiguousarray(bits.transpose([size - 1 - qubit for qubit in line])).ravel()


def candidate_lines(order: Any, register_sizes: Sequence[int]) -> list[Line]:
    """The lines to try for an argument ``order``.

    Raises:
        TypeError: The order is neither a word nor a sequence of integers.
        ValueError: The order is neither ``"auto"``, nor a known word, nor a line of all qubits.
    """
    size = sum(register_sizes)
    if isinstance(order, str):
        check.one_of(order, ("auto", *get_args(Order)), "order")
        words = get_args(Order) if order == "auto" else (order,)
        if len(register_sizes) == 1:
            return [tuple(range(size - 1, -1, -1))]
        return list(dict.fromkeys(line_of(word, register_sizes) for word in words))
    wanted = "a word or a sequence of qubits"
    return [check.order_of_qubits(order, "order", size, wanted=wanted)]


def entanglement(line: Line, probabilities: Array) -> float:
    """Sum over the cuts of the line of the entropy that a walk has to build up, in bits."""
    return entropy(along(line, probabilities))
