"""Multiplexed RY rotations on a tree of qubits, with CX along its edges only and few of them.

Once the target is turned from Y to Z, every Walsh coefficient of the angles is an RZ on whichever
qubit holds, at any time, the parity of the target and the coefficient's mask. CX change what the
qubits hold, a *basis* of all parities; a short closed walk through the bases that meets all
parities wanted is a short circuit (Amy, Azimzadeh and Mosca, arXiv:1712.01859; along the edges of a
device, Nash, Gheorghiu and Mosca, arXiv:1904.01972). The walk is found by beam search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array

Moves = tuple[tuple[int, int], ...]
"""The control and the target of each CX."""

_Step = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Which states of a beam go on, and by which moves."""

_VISITS = 40_000
"""Beam width times number of masks, which bounds the time that many masks take."""

_NUMBERS = 2**17
"""Beam width times number of parities, which bounds the memory and the time of one step."""

_NARROWEST, _WIDEST = 30, 600
"""Beam widths: fewer beams rather than narrower ones; few masks gain nothing by a wider one."""

_OUTLOOKS = ((1.0, 0.5, 0.5), (0.5, 0.75, 0.25))
"""Scale a and powers p, q: n parities of costs c are taken to be ``n + a sum(c**p) / n**q`` away.

Parities help each other, so many cost little more than one CX each, the last ones all of their own.
The first suits all masks on a tree with a fork near the target, the second lines and few masks.
"""

_STEP_HOME = 0.15
"""Weight of a CX of the way home: low, as most serve parities still to be visited."""

_FINE = 64
"""Scale on which costs are rounded, so that float32 sums are exact and plans never differ."""


def synth_walsh_ry_tree(
    rotations: Mapping[int, Any], edges: Sequence[tuple[int, int]], num_controls: int
) -> QuantumCircuit:
    """Return RY by ``sum_m rotations[m] (-1)**popcount(m & i)``, the controls holding ``i``.

    The same operator as `append_walsh_ry` appends, for a device whose qubits are joined in a tree.
    The CX depend on the masks and the edges alone and are remembered. Finding them takes memory and
    time that double with each control; it is meant for up to 10.

    Args:
        rotations: The coefficients that do not vanish, in radians, numbers or free parameters, by
            mask; mask bit ``j`` stands for qubit ``j``.
        edges: Pairs of qubits, a tree on qubits ``0`` to ``num_controls``, the last of which is
            the target.
        num_controls: Number of controls.

    Raises:
        TypeError: A qubit or a mask is no integer, or an angle no number.
        ValueError: The edges make no tree, a mask has too many bits, or an angle is not finite.
    """
    target = check.integer(num_controls, "num_controls", minimum=0)
    tree_edges = _checked_edges(edges, target)
    angles = {}
    for mask, angle in check.instance(rotations, Mapping, "rotations").items():
        if check.integer(mask, "a mask", minimum=0) >> target:
            raise ValueError(f"a mask must be less than 2**{target}, got {mask}")
        if not isinstance(angle, ParameterExpression):
            angle = check.number(angle, f"the angle of mask {mask}")
        angles[int(mask) | 1 << target] = angle
    circuit = QuantumCircuit(target + 1, name="walsh_ry")
    if angles.keys() <= {1 << target}:
        for angle in angles.values():
            circuit.ry(angle, target)
        return circuit
    circuit.sx(target)
    _append_phases(circuit, angles, _plan(frozenset(angles), tree_edges, target))
    circuit.sxdg(target)
    return circuit


def synth_zero_reflection_tree(edges: Sequence[tuple[int, int]], num_qubits: int) -> QuantumCircuit:
    """Return ``1 - 2 |0><0|`` with CX along the edges of a tree, and no ancilla.

    All ``2**q - 1`` parities of ``q`` qubits turn by the same angle: 8 / 17 / 38 / 79 CX for
    3 / 4 / 5 / 6 qubits on a line with a fork in the middle.

    Args:
        edges: Pairs of qubits, a tree on all of them.
        num_qubits: Number of qubits, at least 2.

    Raises:
        TypeError: A qubit is no integer.
        ValueError: The edges make no tree, or there are fewer than 2 qubits.
    """
    target = check.integer(num_qubits, "num_qubits", minimum=2) - 1
    tree_edges, size = _checked_edges(edges, target), 2**num_qubits
    several = frozenset(parity for parity in range(1, size) if parity.bit_count() > 1)
    circuit = QuantumCircuit(num_qubits, name="zero_reflection", global_phase=np.pi / size)
    angles = dict.fromkeys(range(1, size), -2 * np.pi / size)
    _append_phases(circuit, angles, _plan(several, tree_edges, target))
    return circuit


def _checked_edges(edges: Iterable[tuple[int, int]], target: int) -> Moves:
    """The edges in an order of their own, or a ValueError."""
    ordered = []
    for pair in check.sequence(edges, "edges"):
        qubits = check.sequence(pair, "an edge")
        if len(qubits) != 2:
            raise ValueError(f"an edge must be a pair of qubits, got {pair!r}")
        first, second = sorted(check.integer(qubit, "a qubit", minimum=0) for qubit in qubits)
        ordered.append((first, second))
    tree = tuple(sorted(ordered))
    beyond = any(last > target for _, last in tree)
    if beyond or len(tree) != target or _reached(target, tree) != (1 << (target + 1)) - 1:
        raise ValueError(f"edges must make a tree of qubits 0 to {target}, got {tree}")
    return tree


def _append_phases(circuit: QuantumCircuit, angles: Mapping[int, Any], plan: Moves) -> None:
    """Append the CX of a plan, and an RZ where a parity that has an angle first appears."""
    held = [1 << qubit for qubit in range(circuit.num_qubits)]
    pending = dict(angles)
    for qubit, parity in enumerate(held):
        if parity in pending:
            circuit.rz(pending.pop(parity), qubit)
    for control, target in plan:
        circuit.cx(control, target)
        held[target] ^= held[control]
        if held[target] in pending:
            circuit.rz(pending.pop(held[target]), target)


@lru_cache(maxsize=256)
def _plan(parities: frozenset[int], edges: Moves, target: int) -> Moves:
    """The shortest of several closed walks that visit all parities."""
    wanted = sorted(parities - {1 << target})
    best = _one_by_one(_Tree(edges, target), wanted)
    for outlook in _OUTLOOKS:
        tree = _Tree(edges, target, outlook)
        path = tree.path_inwards(wanted)
        # Where the target is at the end of a line, walks are shorter once it has moved inwards.
        inwards = [move for pair in pairwise(path) for move in (pair, pair[::-1])]
        visits = _VISITS // len(wanted)
        tries = min(len(path), max(visits // _NARROWEST, 1))
        width = max(min(visits // tries, _NUMBERS >> (target + 1), _WIDEST), _NARROWEST)
        for steps in range(len(path) - tries, len(path)):
            best = _search(tree, wanted, inwards[: 2 * steps], width, len(best) - 1) or best
    return best


class _Tree:
    """Qubits joined by edges, with tables of what a CX does to the coordinates of a parity.

    Coordinates are bits: which qubits hold the parts of a parity. A CX leaves a parity that has its
    target as a part with one more part to add or to take away: its control.

    Args:
        edges: Pairs of qubits.
        target: The last qubit.
        outlook: One of the triples that weigh the CX to come.
    """

    def __init__(
        self, edges: Moves, target: int, outlook: tuple[float, float, float] = _OUTLOOKS[0]
    ) -> None:
        self.scale, power, self.damping = outlook
        self.moves: Moves = tuple(move for edge in edges for move in (edge, edge[::-1]))
        self.ends = np.array([end for _, end in self.moves])
        self.units = 1 << np.arange(target + 1)
        self.sums = np.array([1 << control | 1 << end for control, end in self.moves])
        every = np.arange(2 << target)
        self.after = np.array([every ^ (every >> end & 1) << start for start, end in self.moves])
        self.after = self.after.astype(np.int32)
        self.spans = np.zeros_like(every)
        for cut, (first, _) in enumerate(edges):
            side = _reached(first, edges[:cut] + edges[cut + 1 :])
            self.spans += ((every & side) != 0) & ((every & ~side) != 0)
        sizes = (every[:, None] >> np.arange(target + 1) & 1).sum(axis=1)
        # CX that bring a parity onto one qubit: fill the gaps in its subtree, then collapse it.
        self.costs = np.maximum(2 * self.spans + 1 - sizes, 0)
        # CX that bring a parity onto each of the qubits, roughly: 0 where it is at home.
        self.homes = np.array([2 * self.spans[every | unit] + 1 - sizes for unit in self.units])
        # Random numbers whose sums tell bases apart, and sets of parities.
        rng = np.random.default_rng(0)
        self.labels = rng.integers(2**56, size=self.homes.shape)
        marks = rng.integers(2 ** max(23 - target, 1), size=len(every))
        marks[self.units] = 0  # a parity that is just visited is no longer in the set
        far = np.rint(_FINE * self.costs**power)
        self.weights = np.vstack([far[self.after], marks[self.after]]).T.astype(np.float32)

    def chain(self, parity: int) -> list[int]:
        """Numbers of the fewest moves that bring a parity onto one qubit."""
        moves = []
        while self.costs[parity]:
            moves.append(int(np.argmin(self.costs[self.after[:, parity]])))
            parity = self.after[moves[-1], parity]
        return moves

    def path_inwards(self, wanted: Iterable[int]) -> list[int]:
        """Qubits from the target to the one that is closest to all that are wanted."""
        distances = self.spans[self.units[:, None] | self.units]
        used = (np.bitwise_or.reduce(np.array(list(wanted))) & self.units) != 0
        near = distances[-1]
        middle = np.lexsort((near, distances[used].sum(axis=0)))[0]
        on_path = np.flatnonzero(near + distances[middle] == near[middle])
        return sorted(on_path.tolist(), key=near.tolist().__getitem__)


def _reached(start: int, edges: Moves) -> int:
    """The qubits, as bits, to which edges lead."""
    reached = 1 << start
    for _ in edges:
        for first, second in edges:
            pair = 1 << first | 1 << second
            if reached & pair:
                reached |= pair
    return reached


def _one_by_one(tree: _Tree, wanted: Iterable[int]) -> Moves:
    """Make each parity from the plain basis, undoing of the last one only what differs."""
    walk: list[int] = []
    last: list[int] = []
    for chain in [*sorted(tree.chain(parity) for parity in wanted), []]:
        shared = 0
        while shared < min(len(last), len(chain)) and last[shared] == chain[shared]:
            shared += 1
        walk += last[shared:][::-1] + chain[shared:]
        last = chain
    return tuple(tree.moves[move] for move in walk)


@dataclass(frozen=True)
class _Beam:
    """Bases at which walks of one length have arrived.

    Args:
        left: Shape ``(states, parities)``: 1 at the coordinates of each parity not yet visited.
        units: Shape ``(states, qubits)``: coordinates of what each qubit held at first.
    """

    left: NDArray[np.float32]
    units: NDArray[np.int64]

    def moved(self, tree: _Tree, states: NDArray[np.int64], moves: NDArray[np.int64]) -> _Beam:
        """Return the beam of some states, a CX applied to each."""
        left = self.left[states[:, None], tree.after[moves]]
        left[np.arange(len(moves)), tree.units[tree.ends[moves]]] = 0
        return _Beam(left, tree.after[moves[:, None], self.units[states]])

    def outlook(self, tree: _Tree) -> tuple[Array, NDArray[np.int64]]:
        """Return the CX still to come, roughly, and a key, for each state and move, flattened."""
        counts = self.left.sum(axis=1, dtype=np.float64)[:, None] - self.left[:, tree.sums]
        far, marks = np.hsplit((self.left @ tree.weights).astype(np.float64), 2)
        qubits, units = np.arange(len(tree.units)), tree.after[:, self.units]
        home = tree.homes[qubits, units].sum(axis=2).T
        keys = tree.labels[qubits, units].sum(axis=2).T + marks.astype(np.int64)
        spread = tree.scale / _FINE * far / np.maximum(counts, 1) ** tree.damping
        return (counts + spread + _STEP_HOME * home).ravel(), keys.ravel()


def _search(
    tree: _Tree, wanted: Sequence[int], opening: Sequence[tuple[int, int]], width: int, most: int
) -> Moves | None:
    """Return the first closed walk that a beam search meets, or None if it seems to get too long.

    Args:
        tree: The edges.
        wanted: The parities to be visited.
        opening: The first moves.
        width: States kept.
        most: Greatest number of moves.
    """
    left = np.zeros((1, len(tree.spans)), dtype=np.float32)
    left[0, wanted] = 1
    beam, steps = _Beam(left, tree.units[None]), list[_Step]()
    forced = [tree.moves.index(move) for move in opening]
    closest, since, recent = np.inf, 0, [np.zeros(0, dtype=np.int64)]
    while True:
        for move in forced:
            steps.append((np.array([0]), np.array([move])))
            beam = beam.moved(tree, *steps[-1])
        scores, keys = beam.outlook(tree)
        kept = _select(scores, keys, np.concatenate(recent), width)
        if not len(kept) or len(steps) + max(scores[kept[0]], 1) > most:
            return None
        since = 0 if scores[kept[0]] < closest else since + 1
        closest = min(closest, scores[kept[0]])
        if since > 4 * len(tree.units):  # it does not find home
            return None
        if since > len(tree.units) and beam.left[0].any():  # stalled: go for the nearest parity
            remaining = np.flatnonzero(beam.left[0])
            forced = tree.chain(int(remaining[np.argmin(tree.costs[remaining])]))
            closest, since = np.inf, 0
            continue
        steps.append((kept // len(tree.moves), kept % len(tree.moves)))
        if scores[kept[0]] == 0:
            return _traced(tree, steps)
        beam = beam.moved(tree, *steps[-1])
        forced, recent = [], [*recent[-3:], keys[kept]]


def _select(
    scores: Array, keys: NDArray[np.int64], recent: NDArray[np.int64], width: int
) -> NDArray[np.int64]:
    """The best candidates, best first, each once, and none that was in the beam just before."""
    order = np.argsort(scores, kind="stable")[: 4 * width]
    _, places = np.unique(keys[order], return_index=True)
    order = order[np.sort(places)]
    return order[~np.isin(keys[order], recent)][:width]


def _traced(tree: _Tree, steps: Sequence[_Step]) -> Moves:
    """The moves that lead to the first state of the last step."""
    walk, place = [], np.int64(0)
    for states, moves in reversed(steps):
        walk.append(tree.moves[moves[place]])
        place = states[place]
    return tuple(reversed(walk))
