"""What a gate's error moves in the distribution that a walk loads, to first order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.devices.native import NativeGates
from qiskit_ssqw.devices.noise import DRIFT
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import MultiscaleWalk
from qiskit_ssqw.walks.flips import FlipSequence
from qiskit_ssqw.walks.rotations import product_states

_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1], [1, 0]], [[1, 0], [0, -1]]])
"""I, X, Y and Z, of which Y without its phase, so that all amplitudes are real."""


@dataclass(frozen=True, eq=False)
class Response:
    """How the distribution of a walk moves where gates depolarise their qubits.

    A gate that depolarises its qubits for sure moves the distribution by some vector, whatever the
    device; what a device makes of the walk is a sum of these, weighed by its errors, and misread.
    Errors of two gates at once are left out: with ``k`` gates of error ``e``, about
    ``(k e)**2 / 2``.

    Attributes:
        walk: The walk.
        loaded: Its distribution, shape ``(2**n,)``.
        edges: Pairs of its qubits that interact, each once.
        by_edge: What the flips of each edge move, shape ``(edges, 2**n)``.
        by_qubit: What the rotations of each qubit move, shape ``(n, 2**n)``.
    """

    walk: MultiscaleWalk
    loaded: Array
    edges: tuple[tuple[int, int], ...]
    by_edge: Array
    by_qubit: Array

    @classmethod
    def of(cls, walk: MultiscaleWalk) -> Response:
        """Compute it from 16 evaluations of what follows each flip."""
        size, steps = walk.num_qubits, _Steps(walk)
        edges = tuple(sorted({(min(flip), max(flip)) for flip in walk.flips}))
        by_edge, by_qubit = np.zeros((len(edges), 2**size)), np.zeros((size, 2**size))
        state = steps.initial()
        loaded = steps.read(state[None], 0)[0]
        for place, qubit in enumerate(walk.line):
            by_qubit[qubit] += steps.read(_struck(state, place), 0).mean(axis=0) - loaded
        for index, flip in enumerate(walk.flips):
            state = steps.after(state[None], index)[0]
            low = steps.lows[index]
            struck = _struck(_struck(state, low).reshape(-1), low + 1, batch=4)
            read = steps.read(struck, index + 1).reshape(4, 4, -1) - loaded
            by_edge[edges.index((min(flip), max(flip)))] += read.mean(axis=(0, 1))
            by_qubit[walk.line[low]] += read[:, 0].mean(axis=0)
            by_qubit[walk.line[low + 1]] += read[0].mean(axis=0)
        return cls(walk, loaded, edges, by_edge, by_qubit)

    def read(self, places: Sequence[int], gates: NativeGates) -> Array:
        """The distribution that is read, about; entries may be below 0 by what is left out.

        Args:
            places: The device's qubit of each of the walk's qubits.
            gates: The device's gates.
        """
        pairs = [gates.pair_error(places[one], places[other]) for one, other in self.edges]
        turns = [gates.rotation_error(place) for place in places]
        held = self.loaded + np.array(pairs) @ self.by_edge + np.array(turns) @ self.by_qubit
        return gates.noise.misread(held, places)


def predicted_total_variation(
    response: Response,
    probabilities: Array,
    places: Sequence[int],
    gates: NativeGates,
    *,
    mended: bool = False,
) -> float:
    """Score of a placement: how far what is read is from a target, to first order.

    Readout is exact: a bit that is flipped often but moves little counts little.

    Args:
        response: Of the walk.
        probabilities: The target's, shape ``(2**n,)``.
        places: The device's qubit of each of the walk's qubits.
        gates: The device's gates.
        mended: Whether angles will make up for the errors as far as they can. Then there is left
            the walk's own distance, what errors add to sites where the target has less than that,
            and, as errors drift, a part of what they move in all.
    """
    read = response.read(places, gates)
    if not mended:
        return 0.5 * float(np.abs(read - probabilities).sum())
    moved = read - response.loaded
    surplus = np.maximum(moved - probabilities, 0).sum()
    own = total_variation(response.loaded, probabilities)
    return float(np.linalg.norm([own, surplus, DRIFT * 0.5 * np.abs(moved).sum()]))


class _Steps:
    """The flips of a walk on state vectors along its line."""

    def __init__(self, walk: MultiscaleWalk) -> None:
        self._size = walk.num_qubits
        along = walk.on_line(range(walk.num_qubits - 1, -1, -1))
        sequence = FlipSequence(walk.num_qubits, along.flips)
        self._angles, self.lows = along.initial_angles[::-1], sequence.edges
        self._blocks = sequence.blocks(along.parameters[None])[0]
        self._axes = [1 + walk.line.index(qubit) for qubit in range(self._size - 1, -1, -1)]

    def initial(self) -> Array:
        """The product state of the first rotations, shape ``(2**n,)``."""
        state: Array = product_states(self._angles[None])[0]
        return state

    def after(self, states: Array, index: int) -> Array:
        """States after one flip and its rotations, shape ``(batch, 2**n)``."""
        low = self.lows[index]
        shape = (len(states) * 2**low, 4, 2 ** (self._size - low - 2))
        moved: Array = (self._blocks[index] @ states.reshape(shape)).reshape(len(states), -1)
        return moved

    def read(self, states: Array, index: int) -> Array:
        """Distributions that states become from a flip on, in the order of sites."""
        for later in range(index, len(self.lows)):
            states = self.after(states, later)
        chances = (states**2).reshape(-1, *(2,) * self._size)
        ordered: Array = chances.transpose(0, *self._axes).reshape(len(states), -1)
        return ordered


def _struck(states: Array, place: int, batch: int = 1) -> Array:
    """Each state with each Pauli at a place of the line, shape ``(4 batch, 2**n)``.

    The Pauli varies fastest.
    """
    shaped = states.reshape(batch, 1, 2**place, 2, -1)
    struck: Array = np.matmul(_PAULIS[:, None], shaped)
    return struck.reshape(4 * batch, -1)
