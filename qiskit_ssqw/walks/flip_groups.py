"""Flips gathered into groups, each of which acts on three neighbouring qubits as one matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array

Indices = NDArray[np.intp]

_WIDTH = 3
"""Qubits of a group. Matrices on four take longer to multiply than they save passes."""


@dataclass(frozen=True)
class Group:
    """Flips on neighbouring qubits that follow each other, other flips elsewhere aside.

    Attributes:
        first: The first qubit of the group, counted from the high end of the line.
        flips: Indices of the flips, in order.
    """

    first: int
    flips: tuple[int, ...]


class Groups:
    """A flip sequence cut into groups.

    Args:
        num_qubits: Number of qubits of the line.
        edges: Edge of each flip, counted from the high end of the line.

    Attributes:
        width: Qubits of a group.
    """

    def __init__(self, num_qubits: int, edges: Sequence[int]) -> None:
        self.width = min(_WIDTH, num_qubits)
        self._groups = list(_gather(num_qubits, edges, self.width))
        orders = [group.flips for group in self._groups]
        self._forward = _Rounds.of(orders)
        self._backward = _Rounds.of([flips[::-1] for flips in orders])
        firsts = np.zeros(len(edges), dtype=int)
        for group in self._groups:
            firsts[list(group.flips)] = group.first
        low = self.width - 2 - (np.array(edges, dtype=int) - firsts)[:, None]
        index, flip = np.arange(2**self.width), np.arange(len(edges))[:, None, None]
        pair, others = index >> low & 3, index & ~(3 << low)
        self._entries = 16 * flip + 4 * pair[:, :, None] + pair[:, None]
        self._others_rest = others[:, :, None] == others[:, None]
        bits = np.stack([2 << low, 1 << low], axis=1)
        self._turned = len(index) * flip + (index ^ bits)
        self._halves = np.where(index & bits, 0.5, -0.5)[..., None]

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups)

    def unitaries(self, blocks: Array) -> Array:
        """The matrix of each group, shape ``(batch, groups, 2**w, 2**w)``.

        Args:
            blocks: Matrix of each flip on its two qubits, shape ``(batch, flips, 4, 4)``.
        """
        return self._products(self._embed(blocks))[0]

    def derivatives(self, blocks: Array) -> tuple[Array, Array]:
        """The matrices, and their derivatives by the angles of each flip.

        Returns:
            The matrices, and an array of shape ``(batch, flips, 2, 2**w, 2**w)``: by the angle of
            the high qubit, then of the low one.
        """
        embedded = self._embed(blocks)
        unitaries, upto = self._products(embedded)
        rows = upto.reshape(len(upto), -1, upto.shape[-1])
        inner = np.take(rows, self._turned, axis=1) * self._halves  # J / 2 on each of its qubits
        after = embedded[:, self._backward.first]
        for groups, flips in self._backward.later:
            inner[:, flips] = after[:, groups, None] @ inner[:, flips]
            after[:, groups] = after[:, groups] @ embedded[:, flips]
        return unitaries, inner

    def _embed(self, blocks: Array) -> Array:
        """Each flip as a matrix on the qubits of its group."""
        entries = np.take(blocks.reshape(len(blocks), -1), self._entries, axis=1)
        return np.where(self._others_rest, entries, 0)

    def _products(self, embedded: Array) -> tuple[Array, Array]:
        """Matrix of each group, and up to and including each flip within its group."""
        unitaries, upto = embedded[:, self._forward.first], embedded.copy()
        for groups, flips in self._forward.later:
            unitaries[:, groups] = upto[:, flips] = embedded[:, flips] @ unitaries[:, groups]
        return unitaries, upto


class _Rounds(NamedTuple):
    """The first flip of each group; then, place by place, the groups with one there, and it."""

    first: Indices
    later: list[tuple[Indices, Indices]]

    @classmethod
    def of(cls, orders: Sequence[Sequence[int]]) -> _Rounds:
        later = []
        for place in range(1, max(map(len, orders), default=0)):
            groups = [index for index, flips in enumerate(orders) if len(flips) > place]
            later.append((np.array(groups), np.array([orders[index][place] for index in groups])))
        return cls(np.array([flips[0] for flips in orders], dtype=int), later)


def _gather(num_qubits: int, edges: Sequence[int], width: int) -> Iterator[Group]:
    """Let the window of qubits that takes most of the flips at the front have them, repeatedly."""
    left = list(range(len(edges)))
    while left:
        windows = [
            Group(first, _at_the_front(left, edges, first, width))
            for first in range(num_qubits - width + 1)
        ]
        group = max(windows, key=lambda group: len(group.flips))
        yield group
        left = [flip for flip in left if flip not in group.flips]


def _at_the_front(
    left: Sequence[int], edges: Sequence[int], first: int, width: int
) -> tuple[int, ...]:
    """The flips inside a window that no flip outside it precedes."""
    blocked: set[int] = set()
    taken = []
    for flip in left:
        high, low = edges[flip], edges[flip] + 1
        if first <= high and low < first + width and high not in blocked and low not in blocked:
            taken.append(flip)
        else:
            blocked.update((high, low))
    return tuple(taken)
