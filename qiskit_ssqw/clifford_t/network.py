"""A walk whose coins may be any single-qubit unitaries: its state, and what turns of coins do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.clifford_t.quaternions import matrices
from qiskit_ssqw.walks import MultiscaleWalk
from qiskit_ssqw.walks.rotations import PAULI

_SMOOTHING = 0.3
"""Deviations below this part of their mean count by their square."""


class Local(NamedTuple):
    """Where a network stands, and the normal equations there."""

    error: float
    residuals: Array
    """Moduli of the amplitudes minus the roots of the target; what phases miss, if they count."""
    weights: Array
    """With them, the sum of squared residuals is about the squared error."""
    slopes: Array
    normals: Array
    """Shape ``(3 f, 3 f)`` for ``f`` coins that are free, in the order of `turns`."""


class CoinNetwork:
    """The flips of a multiscale walk between coins that are any unitaries, as quaternions.

    Coins are numbered as the parameters of the walk are, the initial ones first.

    Args:
        walk: The walk.
        probabilities: What it is to load, shape ``(2**n,)``.
        tolerance: Error to be reached, which says how large residuals will be.
        phases: Whether phases of the amplitudes count. The error is the total variation, or half
            the infidelity with ``sum_x sqrt(p_x) |x>`` if they count and this is larger.
    """

    def __init__(
        self,
        walk: MultiscaleWalk,
        probabilities: Array,
        tolerance: float,
        *,
        phases: bool = False,
    ) -> None:
        size = walk.num_qubits
        place = {qubit: at for at, qubit in enumerate(walk.line)}
        self.flips = [(place[control], place[target]) for control, target in walk.flips]
        self._places = [*(place[qubit] for qubit in range(size)), *np.ravel(self.flips).astype(int)]
        axes = [size - 1 - qubit for qubit in walk.line]
        self._goal = np.reshape(probabilities, (2,) * size).transpose(axes).ravel()
        self._roots, self._tolerance, self._size = np.sqrt(self._goal), tolerance, size
        self._phases = phases
        angles = np.concatenate([walk.initial_angles, walk.angles.ravel()])
        none = np.zeros_like(angles)
        self.first = np.stack([np.cos(angles / 2), none, np.sin(angles / 2), none], axis=1)
        """The coins of the walk itself, shape ``(coins, 4)``."""

    def error(self, coins: Array) -> float:
        """Distance of the state from the target."""
        return self._distance(self._columns(coins, ())[:, 0])

    def at(self, coins: Array, free: Sequence[int]) -> Local:
        """Evaluate the network and the turns of some of its coins.

        Args:
            coins: Shape ``(coins, 4)``.
            free: Numbers of the coins that turn, in rising order.
        """
        columns = self._columns(coins, free)
        moduli = np.abs(columns[:, 0])
        weights, residuals = self._weights(moduli), moduli - self._roots
        phases = columns[:, 0].conj() / np.maximum(moduli, np.finfo(float).tiny)
        turned = phases[:, None] * columns[:, 1:]
        along, across = np.ascontiguousarray(turned.real), np.ascontiguousarray(turned.imag)
        # A phase changes no probability at first order; its square does.
        soft = self._tolerance * (across * weights[:, None]).T @ across
        if self._phases:
            misses, slopes = self._missed(columns)
            residuals, along = np.concatenate([residuals, misses]), np.concatenate([along, slopes])
            # Half of their sum of squares is half the infidelity.
            extra = np.full(len(misses), 0.5 * self._tolerance)
            weights = np.concatenate([weights, extra])
        weighted = (along * weights[:, None]).T
        normals = weighted @ along + soft
        distance = self._distance(columns[:, 0])
        return Local(distance, residuals, weights, weighted @ residuals, normals)

    def _distance(self, state: Complex) -> float:
        variation = 0.5 * float(np.abs(np.abs(state) ** 2 - self._goal).sum())
        if not self._phases:
            return variation
        return max(variation, 0.5 * float(1 - np.abs(self._roots @ state) ** 2))

    def _missed(self, columns: Complex) -> tuple[Array, Array]:
        """Amplitudes minus roots, real then imaginary parts, and derivatives of these.

        The phase of the whole state is that of its overlap with the target.
        """
        overlaps = self._roots @ columns
        aligned = columns * (overlaps[0].conj() / max(abs(overlaps[0]), np.finfo(float).tiny))
        overlaps = self._roots @ aligned
        turns = overlaps[1:].imag / max(overlaps[0].real, np.finfo(float).tiny)
        slopes = aligned[:, 1:] - 1j * aligned[:, :1] * turns
        misses = aligned[:, 0] - self._roots
        return _parts(misses), _parts(slopes)

    def _weights(self, moduli: Array) -> Array:
        """Weights that make squares of residuals stand for the total variation (see `Goal`)."""
        both, size = moduli + self._roots, np.abs(moduli - self._roots)
        typical = size + _SMOOTHING * max(size.mean(), 2 * self._tolerance / both.sum())
        weights = both / typical
        variation = 0.5 * np.sum(both * typical)
        scaled: Array = weights * variation**2 / np.sum(weights * typical**2)
        return scaled

    def _columns(self, coins: Array, free: Sequence[int]) -> Complex:
        """The state, then its derivatives by the three turns of each free coin."""
        unitaries, size = matrices(coins), self._size
        wanted, born = frozenset(free), dict[int, int]()
        blocks = self._blocks(unitaries)
        state = np.zeros((2**size, 1), dtype=complex)
        state[0] = 1
        for coin in range(size):
            state = _applied(unitaries[coin], state, self._places[coin], size)
            state = self._with_turns(state, [coin], wanted, born)
        for index, (control, target) in enumerate(self.flips):
            pair = [size + 2 * index, size + 2 * index + 1]
            state = _applied(blocks[index], state, min(control, target), size)
            state = self._with_turns(state, pair, wanted, born)
        order = [column for coin in free for column in range(born[coin], born[coin] + 3)]
        return state[:, [0, *order]]

    def _blocks(self, unitaries: Complex) -> Complex:
        """The matrix of each flip and its coins on both its qubits, shape ``(flips, 4, 4)``."""
        pairs = unitaries[self._size :].reshape(-1, 2, 2, 2)
        forward = np.array([control < target for control, target in self.flips], dtype=bool)
        ordered = np.where(forward[:, None, None, None], pairs, pairs[:, ::-1])
        both = np.einsum("fab,fcd->facbd", ordered[:, 0], ordered[:, 1]).reshape(-1, 4, 4)
        columns = np.where(forward[:, None], [0, 1, 3, 2], [0, 3, 2, 1])
        return np.take_along_axis(both, columns[:, None, :], axis=2)

    def _with_turns(
        self, state: Complex, coins: list[int], wanted: frozenset[int], born: dict[int, int]
    ) -> Complex:
        """Append the columns of coins that have just acted, and note where they are."""
        parts = [state]
        for coin in (coin for coin in coins if coin in wanted):
            born[coin] = 1 + 3 * len(born)
            parts.append(_turns(state[:, 0], self._places[coin]))
        return np.concatenate(parts, axis=1) if len(parts) > 1 else state


def _parts(values: Complex) -> Array:
    """Real parts, then imaginary ones."""
    return np.concatenate([values.real, values.imag])


def _applied(block: Complex, state: Complex, place: int, size: int) -> Complex:
    """Apply a matrix to the qubit at a place of the line, or to it and its successor."""
    split = state.reshape(2**place, len(block), -1)
    return (block @ split).reshape(2**size, -1)


def _turns(state: Complex, place: int) -> Complex:
    """The derivatives ``-i/2 (X, Y, Z)`` of a state, shape ``(sites, 3)``."""
    split = state.reshape(2**place, 2, -1)
    columns = np.einsum("kab,hbl->halk", -0.5j * PAULI, split)
    turned: Complex = columns.reshape(len(state), 3)
    return turned
