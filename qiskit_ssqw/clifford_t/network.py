"""A walk whose coins may be any single-qubit unitaries: its state, and what turns of coins do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.clifford_t.quaternions import Array, matrices
from qiskit_ssqw.walks import MultiscaleWalk
from qiskit_ssqw.walks.rotations import PAULI

Complex = NDArray[np.complex128]

_SMOOTHING = 0.3
"""Deviations below this part of their mean count by their square."""


class Local(NamedTuple):
    """Where a network stands, and the normal equations there."""

    total_variation: float
    residuals: Array
    """Moduli of the amplitudes minus the roots of the target, shape ``(sites,)``."""
    weights: Array
    """With them, the sum of squared residuals is about the total variation squared."""
    slopes: Array
    normals: Array
    """Shape ``(3 f, 3 f)`` for ``f`` coins that are free, in the order of `turns`."""


class CoinNetwork:
    """The flips of a multiscale walk between coins that are any unitaries, as quaternions.

    Coins are numbered as the parameters of the walk are, the initial ones first.

    Args:
        walk: The walk.
        probabilities: What it is to load, shape ``(2**n,)``.
        tolerance: Total variation to be reached, which says how large residuals will be.
    """

    def __init__(self, walk: MultiscaleWalk, probabilities: Array, tolerance: float) -> None:
        size = walk.num_qubits
        place = {qubit: at for at, qubit in enumerate(walk.line)}
        self.flips = [(place[control], place[target]) for control, target in walk.flips]
        self._places = [*(place[qubit] for qubit in range(size)), *np.ravel(self.flips).astype(int)]
        axes = [size - 1 - qubit for qubit in walk.line]
        self._goal = np.reshape(probabilities, (2,) * size).transpose(axes).ravel()
        self._roots, self._tolerance, self._size = np.sqrt(self._goal), tolerance, size
        angles = np.concatenate([walk.initial_angles, walk.angles.ravel()])
        none = np.zeros_like(angles)
        self.first = np.stack([np.cos(angles / 2), none, np.sin(angles / 2), none], axis=1)
        """The coins of the walk itself, shape ``(coins, 4)``."""

    def total_variation(self, coins: Array) -> float:
        """Distance of the state's probabilities from the target."""
        return self._distance(np.abs(self._columns(coins, ())[:, 0]))

    def at(self, coins: Array, free: Sequence[int]) -> Local:
        """Evaluate the network and the turns of some of its coins.

        Args:
            coins: Shape ``(coins, 4)``.
            free: Numbers of the coins that turn, in rising order.
        """
        columns = self._columns(coins, free)
        moduli = np.abs(columns[:, 0])
        phases = columns[:, 0].conj() / np.maximum(moduli, np.finfo(float).tiny)
        weights, residuals = self._weights(moduli), moduli - self._roots
        turned = phases[:, None] * columns[:, 1:]
        along, across = np.ascontiguousarray(turned.real), np.ascontiguousarray(turned.imag)
        weighted = (along * weights[:, None]).T
        # A phase changes no probability at first order; its square does.
        soft = self._tolerance * (across * weights[:, None]).T @ across
        return Local(
            self._distance(moduli),
            residuals,
            weights,
            weighted @ residuals,
            weighted @ along + soft,
        )

    def _distance(self, moduli: Array) -> float:
        return 0.5 * float(np.abs(moduli**2 - self._goal).sum())

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
        wanted, born = frozenset(free), {}
        state = np.zeros((2**size, 1), dtype=complex)
        state[0] = 1
        for coin in range(size):
            state = _applied(unitaries[coin], state, self._places[coin], size)
            state = self._with_turns(state, [coin], wanted, born)
        for index, (control, target) in enumerate(self.flips):
            pair = [size + 2 * index, size + 2 * index + 1]
            high, low = pair if control < target else pair[::-1]
            block = np.kron(unitaries[high], unitaries[low])
            block = block[:, [0, 1, 3, 2] if control < target else [0, 3, 2, 1]]
            state = _applied(block, state, min(control, target), size)
            state = self._with_turns(state, pair, wanted, born)
        order = [column for coin in free for column in range(born[coin], born[coin] + 3)]
        return state[:, [0, *order]]

    def _with_turns(
        self, state: Complex, coins: list[int], wanted: frozenset[int], born: dict[int, int]
    ) -> Complex:
        """Append the columns of coins that have just acted, and note where they are."""
        parts = [state]
        for coin in (coin for coin in coins if coin in wanted):
            born[coin] = 1 + 3 * len(born)
            parts.append(_turns(state[:, 0], self._places[coin]))
        return np.concatenate(parts, axis=1) if len(parts) > 1 else state


def _applied(block: Complex, state: Complex, place: int, size: int) -> Complex:
    """Apply a matrix to the qubit at a place of the line, or to it and its successor."""
    split = state.reshape(2**place, len(block), -1)
    applied: Complex = (block @ split).reshape(2**size, -1)
    return applied


def _turns(state: Complex, place: int) -> Complex:
    """The derivatives ``-i/2 (X, Y, Z)`` of a state, shape ``(sites, 3)``."""
    split = state.reshape(2**place, 2, -1)
    columns = np.einsum("kab,hbl->halk", -0.5j * PAULI, split)
    turned: Complex = columns.reshape(len(state), 3)
    return turned
