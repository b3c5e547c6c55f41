"""Evaluate flip sequences that sweep along the line, window by window.

In a sweep from the high to the low end of the line only a few neighbouring qubits are busy at a
time: the ones before them are done, those after them have not been touched. With the busy qubits
in a window of ``w`` qubits that slides along the line, the state factorises as

    state = left(released, window) @ right(window, untouched),

so a derivative inside one window is a product of a tall, a ``2**w`` square and a wide matrix
instead of one more state vector carried through all later flips.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.walks.rotations import product_states, qubit, qubit_derivative

Array = NDArray[np.float64]


class Windows:
    """A flip sequence cut into windows.

    Args:
        num_qubits: Number of qubits of the line.
        edges: Edge of each flip, counted from the high end of the line.

    Attributes:
        width: Qubits of a window, the fewest that the sequence allows.
    """

    def __init__(self, num_qubits: int, edges: Sequence[int]) -> None:
        self.num_qubits = num_qubits
        width = min(2, num_qubits)
        while (windows := _assign(num_qubits, edges, width)) is None:
            width += 1
        self.width, self._count = width, num_qubits - width + 1
        self._members = [np.flatnonzero(windows == index) for index in range(self._count)]
        self._offsets = np.array(edges, dtype=int) - windows
        self._rounds = list(_rounds(self._members))

    def amplitudes(self, initial: Array, blocks: Array) -> Array:
        """Return the amplitudes, shape ``(batch, 2**n)``.

        Args:
            initial: Initial angles from the high end on, shape ``(batch, n)``.
            blocks: Matrix of each flip on its two qubits, shape ``(batch, flips, 4, 4)``.
        """
        return self._sweep_down(initial, self._products(self._embed(blocks))[0])[1][-1].reshape(
            len(initial), -1
        )

    def jacobian(self, initial: Array, blocks: Array) -> tuple[Array, Array]:
        """Return amplitudes and derivatives, arguments as for `amplitudes`.

        Returns:
            Shapes ``(batch, 2**n)`` and ``(batch, n + 2 * flips, 2**n)``, the parameters being
            the initial angles as given, then the angle of the high and the low qubit per flip.
        """
        embedded = self._embed(blocks)
        unitaries, before = self._products(embedded)
        lefts, outs = self._sweep_down(initial, unitaries)
        rights, closings = self._sweep_up(initial, unitaries)
        batch, size, half = len(initial), self.num_qubits, 2 ** (self.width - 1)
        derivatives = np.empty((batch, size + 2 * blocks.shape[1], 2**size))
        for position in range(self.width):
            first = product_states(initial[:, : self.width], derivative_at=position)
            derivatives[:, position] = (first[:, None] @ closings[0])[:, 0]
        for window in range(1, self._count):
            position = window + self.width - 1
            right = _with_fresh(closings[window], qubit_derivative(initial[:, position]))
            left = outs[window - 1].reshape(batch, -1, half)
            derivatives[:, position] = (left @ right).reshape(batch, -1)
        inner = self._inner_derivatives(embedded, before)
        for left, right, members in zip(lefts, rights, self._members, strict=True):
            if len(members):
                self._fill(derivatives, inner[:, members], left, right, members)
        return outs[-1].reshape(batch, -1), derivatives

    def _fill(
        self, derivatives: Array, inner: Array, left: Array, right: Array, members: NDArray[np.intp]
    ) -> None:
        """Write the derivatives by the angles of one window's flips."""
        batch, full = len(inner), 2**self.width
        flat = inner.transpose(0, 4, 1, 2, 3).reshape(batch, full, -1)  # in, (flip, angle, out)
        opened = (left @ flat).reshape(batch, left.shape[1], 2 * len(members), 2, full // 2)
        opened = opened.transpose(0, 2, 1, 3, 4).reshape(batch, -1, full // 2)
        start = self.num_qubits + 2 * members
        rows = np.stack([start, start + 1], axis=-1).ravel()
        derivatives[:, rows] = (opened @ right).reshape(batch, len(rows), -1)

    def _embed(self, blocks: Array) -> Array:
        """Each flip as a matrix on its whole window."""
        batch, flips = blocks.shape[:2]
        embedded = np.empty((batch, flips, 2**self.width, 2**self.width))
        for offset in range(self.width - 1):
            here = np.flatnonzero(self._offsets == offset)
            before, after = np.eye(2**offset), np.eye(2 ** (self.width - 2 - offset))
            wide = np.einsum("ij,bfkl,mn->bfikmjln", before, blocks[:, here], after)
            embedded[:, here] = wide.reshape(batch, len(here), *embedded.shape[2:])
        return embedded

    def _products(self, embedded: Array) -> tuple[Array, Array]:
        """Matrix of each window, and up to and including each flip within its window."""
        batch, _, full, _ = embedded.shape
        unitaries = np.broadcast_to(np.eye(full), (batch, self._count, full, full)).copy()
        before = np.empty_like(embedded)
        for windows, flips in self._rounds:
            unitaries[:, windows] = embedded[:, flips] @ unitaries[:, windows]
            before[:, flips] = unitaries[:, windows]
        return unitaries, before

    def _inner_derivatives(self, embedded: Array, before: Array) -> Array:
        """Derivatives of the windows' matrices, shape ``(batch, flips, 2, 2**w, 2**w)``."""
        batch, flips, full, _ = embedded.shape
        after = np.broadcast_to(np.eye(full), (batch, self._count, full, full)).copy()
        inner = np.empty((batch, flips, full, 2 * full))
        turned = np.concatenate(self._turned(before), axis=-1)
        for windows, indices in reversed(self._rounds):
            inner[:, indices] = after[:, windows] @ turned[:, indices]
            after[:, windows] = after[:, windows] @ embedded[:, indices]
        by_angle: Array = inner.reshape(batch, flips, full, 2, full).transpose(0, 1, 3, 2, 4)
        return by_angle

    def _turned(self, before: Array) -> tuple[Array, Array]:
        """``J / 2`` on the high and on the low qubit of each flip, applied to its matrix."""
        index = np.arange(2**self.width)
        turned = []
        for shift in (self.width - 1, self.width - 2):
            bits = shift - self._offsets[:, None]
            partner = index ^ (1 << bits)
            sign = np.where(index >> bits & 1, 0.5, -0.5)
            rows = np.take_along_axis(before, partner[None, :, :, None], axis=2)
            turned.append(rows * sign[None, :, :, None])
        return turned[0], turned[1]

    def _sweep_down(self, initial: Array, unitaries: Array) -> tuple[list[Array], list[Array]]:
        """The state entering and leaving each window, shape ``(batch, released, 2**w)``."""
        batch, half = len(initial), 2 ** (self.width - 1)
        lefts, outs = [product_states(initial[:, : self.width])[:, None]], []
        for window in range(self._count):
            out = lefts[-1] @ np.swapaxes(unitaries[:, window], 1, 2)
            outs.append(out)
            if window + 1 < self._count:
                fresh = qubit(initial[:, window + self.width])[:, None, None]
                opened = out.reshape(batch, -1, half)[..., None] * fresh
                lefts.append(opened.reshape(batch, -1, 2 * half))
        return lefts, outs

    def _sweep_up(self, initial: Array, unitaries: Array) -> tuple[list[Array], list[Array]]:
        """What the later windows make of the qubits a window hands on, and of those it gets."""
        batch, half = len(initial), 2 ** (self.width - 1)
        right = np.broadcast_to(np.eye(half), (batch, half, half))
        rights, closings = [right], []
        for window in range(self._count - 1, -1, -1):
            transposed = np.swapaxes(unitaries[:, window], 1, 2).reshape(batch, 4 * half, half)
            closings.append((transposed @ right).reshape(batch, 2 * half, -1))
            if window > 0:
                right = _with_fresh(closings[-1], qubit(initial[:, window + self.width - 1]))
                rights.append(right)
        return rights[::-1], closings[::-1]


def _assign(num_qubits: int, edges: Sequence[int], width: int) -> NDArray[np.intp] | None:
    """The window of each flip, or None if windows of this width are too narrow."""
    last = max(num_qubits - width, 0)
    free_from = [0] * num_qubits
    windows = []
    for edge in edges:
        earliest = max(free_from[edge], free_from[edge + 1], edge - width + 2, 0)
        if earliest > edge:
            return None
        window = min(earliest, last)
        free_from[edge] = free_from[edge + 1] = window
        windows.append(window)
    return np.array(windows, dtype=np.intp)


def _rounds(
    members: Sequence[NDArray[np.intp]],
) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The first flip of every window, then the second, and so on: windows and flips of each."""
    longest = max((len(flips) for flips in members), default=0)
    rounds = []
    for place in range(longest):
        windows = [index for index, flips in enumerate(members) if len(flips) > place]
        rounds.append((np.array(windows), np.array([members[index][place] for index in windows])))
    return rounds


def _with_fresh(closing: Array, fresh: Array) -> Array:
    """Contract the last qubit that a window gets with the state in which it enters."""
    batch, full, rest = closing.shape
    by_qubit = closing.reshape(batch, full // 2, 2, rest)
    contracted: Array = np.einsum("bhqr,bq->bhr", by_qubit, fresh)
    return contracted
