"""Flips gathered into groups, each of which acts on three neighbouring qubits as one matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from qiskit_ssqw._arrays import Array

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
        firsts = np.zeros(len(edges), dtype=int)
        for group in self._groups:
            firsts[list(group.flips)] = group.first
        self._offsets = np.array(edges, dtype=int) - firsts
        self._rounds = list(_rounds(self._groups))

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
        after = np.broadcast_to(np.eye(2**self.width), unitaries.shape).copy()
        turned, inner = self._turned(upto), np.empty((*upto.shape[:2], 2, *upto.shape[2:]))
        for groups, flips in reversed(self._rounds):
            inner[:, flips] = after[:, groups, None] @ turned[:, flips]
            after[:, groups] = after[:, groups] @ embedded[:, flips]
        return unitaries, inner

    def _embed(self, blocks: Array) -> Array:
        """Each flip as a matrix on the qubits of its group."""
        batch, count = blocks.shape[:2]
        embedded = np.empty((batch, count, 2**self.width, 2**self.width))
        for offset in range(self.width - 1):
            here = np.flatnonzero(self._offsets == offset)
            before, after = 2**offset, 2 ** (self.width - 2 - offset)
            wide = np.zeros((batch, len(here), before, 4, after, before, 4, after))
            for high in range(before):
                for low in range(after):
                    wide[:, :, high, :, low, high, :, low] = blocks[:, here]
            embedded[:, here] = wide.reshape(batch, len(here), *embedded.shape[2:])
        return embedded

    def _products(self, embedded: Array) -> tuple[Array, Array]:
        """Matrix of each group, and up to and including each flip within its group."""
        batch, _, full, _ = embedded.shape
        unitaries = np.broadcast_to(np.eye(full), (batch, len(self._groups), full, full)).copy()
        upto = np.empty_like(embedded)
        for groups, flips in self._rounds:
            unitaries[:, groups] = embedded[:, flips] @ unitaries[:, groups]
            upto[:, flips] = unitaries[:, groups]
        return unitaries, upto

    def _turned(self, upto: Array) -> Array:
        """``J / 2`` on the high and on the low qubit of each flip, applied to its matrix."""
        index, turned = np.arange(2**self.width), []
        for shift in (self.width - 1, self.width - 2):
            bits = shift - self._offsets[:, None]
            sign = np.where(index >> bits & 1, 0.5, -0.5)
            rows = np.take_along_axis(upto, (index ^ (1 << bits))[None, :, :, None], axis=2)
            turned.append(rows * sign[None, :, :, None])
        return np.stack(turned, axis=2)


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
        qubits = {edges[flip], edges[flip] + 1}
        if first <= min(qubits) and max(qubits) < first + width and not qubits & blocked:
            taken.append(flip)
        else:
            blocked |= qubits
    return tuple(taken)


def _rounds(groups: Sequence[Group]) -> Iterator[tuple[list[int], list[int]]]:
    """The first flip of every group, then the second, and so on: groups and flips of each."""
    for place in range(max((len(group.flips) for group in groups), default=0)):
        here = [index for index, group in enumerate(groups) if len(group.flips) > place]
        yield here, [groups[index].flips[place] for index in here]
