r"""The lattice walk on a tree of qubits: neighbour gates only, no SWAP.

The coin is the root. In the *difference basis* of a root every qubit holds the parity of its own
bit and its parent's; the root and its children hold plain bits. A sweep of CX from the root
outwards then leaves on every qubit the parity of its bit with the root's, where an RZ couples the
two, and a sweep back restores the basis: all couplings of a half step for two CX per edge (phases
on parities, as in Nash, Gheorghiu and Mosca, arXiv:1904.01972). The inverse Fourier transform
couples position qubit 0 to all others, then qubit 1 to those that remain, and so on; each in turn
becomes the root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isclose, pi
from typing import Any, Literal, get_args

from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw.synthesis.coins import append_coin, coin_schedule
from qiskit_ssqw.walks import SplitStepWalk

_MOST_QUBITS = 10_000

CoinPlace = Literal["end", "middle"]
Edges = list[tuple[int, int]]
Weights = Mapping[int, float]


def line_parents(num_position_qubits: int, coin: CoinPlace = "end") -> tuple[int, ...]:
    """Return the parent of each position qubit on a line with the coin at an end or in the middle.

    From end to end the line holds position qubits 0, 1, ...; the coin, which is the last qubit of
    the gate, comes after all of them or after half of them.

    Args:
        num_position_qubits: Number of position qubits.
        coin: ``"end"`` (fewest gates) or ``"middle"`` (less depth).

    Raises:
        ValueError: ``coin`` is neither word.
    """
    check.one_of(coin, get_args(CoinPlace), "coin")
    size = check.integer(
        num_position_qubits, "num_position_qubits", minimum=1, maximum=_MOST_QUBITS
    )
    before = size if coin == "end" else (size + 1) // 2
    left = [*range(1, before), size]
    right = [size, *range(before, size - 1)]
    return (*left, *right[: size - before])


def synth_lattice_tree(
    walk: SplitStepWalk,
    parameters: Sequence[Any] | NDArray[Any] | None = None,
    *,
    parents: Sequence[int] | None = None,
    rzz: bool = False,
    from_zero: bool = False,
    prepare: bool = True,
) -> QuantumCircuit:
    """Return the same operator as `synth_lattice_fourier`, with gates along the edges of a tree.

    Takes ``2 T (2 n - 1) + n**2 + n - 3`` CX for ``T`` split steps on ``n >= 2`` position qubits of
    a line with the coin at its end, if they start in 0; on other inputs ``n - 1`` more.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        parents: Parent of each position qubit in a tree with the coin, qubit ``n``, as its root; by
            default a line with the coin at its end. Position qubit 0 is best a leaf.
        rzz: Whether an RZZ by any angle is one gate of the device.
        from_zero: Whether the position qubits are known to be 0. The circuit is another operator
            then, which agrees on such states.
        prepare: Whether the walker is put on its start site first; otherwise only the steps.

    Raises:
        ValueError: The parents make no tree with the coin as its root.
    """
    size = check.instance(walk, SplitStepWalk, "walk").num_position_qubits
    tree = _Tree(line_parents(size) if parents is None else _qubits(parents), size)
    circuit = QuantumCircuit(size + 1, name="ssqw_walk")
    if prepare:
        circuit.h(range(size))
        if not from_zero:
            for parent, child in reversed(tree.outward(size)):
                if parent != size:
                    circuit.cx(parent, child)
    else:
        circuit.compose(_inverse_transform(tree, 0, rzz).inverse(), inplace=True)
    rzz = check.flag(rzz, "rzz")
    _append_steps(circuit, tree, list(coin_schedule(walk, parameters)), rzz)
    transform = _inverse_transform(tree, walk.start if prepare else 0, rzz)
    circuit.compose(transform, inplace=True)
    return circuit


def _qubits(parents: Sequence[int]) -> list[int]:
    return [
        check.integer(each, "a parent", minimum=0) for each in check.sequence(parents, "parents")
    ]


class _Tree:
    """Qubits joined by the edges along which two-qubit gates are allowed."""

    def __init__(self, parents: Sequence[int], coin: int) -> None:
        self.coin = coin
        self._neighbours: dict[int, list[int]] = {qubit: [] for qubit in range(coin + 1)}
        for qubit, parent in enumerate(parents[:coin]):
            if not 0 <= parent <= coin:
                raise ValueError(f"parents must be qubits from 0 to {coin}, got {parent}")
            self._neighbours[qubit].append(parent)
            self._neighbours[parent].append(qubit)
        if len(parents) != coin or len(self.outward(coin, most=coin)) != coin:
            raise ValueError(f"parents must make a tree with root {coin}, got {tuple(parents)}")

    def copy(self) -> _Tree:
        """Return a tree that can be pruned."""
        other = object.__new__(_Tree)
        other.coin = self.coin
        other._neighbours = {qubit: list(near) for qubit, near in self._neighbours.items()}
        return other

    def others(self, qubit: int, than: int) -> list[int]:
        """Neighbours of a qubit but for one."""
        return [neighbour for neighbour in self._neighbours[qubit] if neighbour != than]

    def remove_leaf(self, leaf: int) -> None:
        """Take a leaf away."""
        for neighbour in self._neighbours.pop(leaf):
            self._neighbours[neighbour].remove(leaf)

    def path(self, start: int, end: int) -> list[int]:
        """Qubits from one to another."""
        parents = {child: parent for parent, child in self.outward(end)}
        path = [start]
        while path[-1] != end:
            path.append(parents[path[-1]])
        return path

    def outward(self, root: int, wanted: Weights | None = None, most: int | None = None) -> Edges:
        """Edges (parent, child) away from a root, each after its parent's.

        Args:
            root: Where to begin.
            wanted: Branches without any of these qubits are left out.
            most: Stop a walk that is longer, on what may be no tree.
        """
        edges: Edges = []
        stack = [(root, child) for child in reversed(self._neighbours[root])]
        while stack and (most is None or len(edges) <= most):
            parent, child = stack.pop()
            edges.append((parent, child))
            stack += [(child, below) for below in reversed(self.others(child, parent))]
        if wanted is None:
            return edges
        kept: Edges = []
        needed = set(wanted)
        for parent, child in reversed(edges):
            if child in needed:
                kept.append((parent, child))
                needed.add(parent)
        return kept[::-1]


def _append_steps(
    circuit: QuantumCircuit, tree: _Tree, schedule: list[tuple[Sequence[Any], int]], rzz: bool
) -> None:
    """Append the coins and the couplings of all half steps."""
    coin = tree.coin
    weights = {qubit: -pi / 2 ** (qubit + 1) for qubit in range(coin)}
    inner = [child for child in tree.others(coin, coin) if tree.others(child, coin)]
    opened: int | None = None
    for place, (angles, shift) in enumerate(schedule):
        if opened is None:
            append_coin(circuit, angles, coin)
        else:
            _append_coin_between_flips(circuit, angles, coin, opened)
        if shift:
            circuit.rz(pi * (1 - 2.0**-coin), coin)
            goes_on = place + 1 < len(schedule) and schedule[place + 1][1] != 0
            kept = inner[-1] if rzz and goes_on and inner else None
            _append_couplings(circuit, tree, coin, weights, rzz, opened=opened, kept=kept)
            opened = kept


def _append_couplings(
    circuit: QuantumCircuit,
    tree: _Tree,
    root: int,
    weights: Weights,
    rzz: bool,
    *,
    opened: int | None = None,
    kept: int | None = None,
) -> None:
    """Append an RZZ of the root with each qubit, by its weight, in the root's difference basis.

    Args:
        circuit: Changed in place.
        tree: The edges.
        root: The qubit coupled to all others.
        weights: Angles by qubit.
        rzz: Whether RZZ gates are emitted at the leaves.
        opened: The child of the root into which the root has been added already.
        kept: The child from which it is not to be taken away again.
    """
    edges = tree.outward(root, weights)
    parents = {parent for parent, _ in edges}
    closing: Edges = []
    for parent, child in edges:
        if (
            child not in parents
            and child != opened
            and _append_turn(circuit, parent, child, weights[child], rzz)
        ):
            continue
        if child != opened:
            circuit.cx(parent, child)
        if child in weights:
            circuit.rz(weights[child], child)
        closing.append((parent, child))
    for parent, child in _inward(closing):
        if child != kept:
            circuit.cx(parent, child)


def _append_turn(circuit: QuantumCircuit, parent: int, leaf: int, weight: float, rzz: bool) -> bool:
    """Append an RZZ between a leaf and its parent if it is one gate."""
    if isclose(abs(weight), pi / 2):
        phase, turn = (pi / 4, circuit.sdg) if weight < 0 else (-pi / 4, circuit.s)
        circuit.cz(parent, leaf)
        turn([parent, leaf])
        circuit.global_phase += phase
    elif rzz:
        circuit.rzz(weight, parent, leaf)
    else:
        return False
    return True


def _inward(edges: Edges) -> Edges:
    """The edges again, each before its parent's; branches that began first end first."""
    children: dict[int, list[int]] = {}
    for parent, child in edges:
        children.setdefault(parent, []).append(child)
    inner = {child for _, child in edges}
    ordered: Edges = []
    stack = [(parent, child, False) for parent, child in reversed(edges) if parent not in inner]
    while stack:
        parent, child, done = stack.pop()
        if done:
            ordered.append((parent, child))
            continue
        stack.append((parent, child, True))
        stack += [(child, below, False) for below in reversed(children.get(child, []))]
    return ordered


def _append_coin_between_flips(
    circuit: QuantumCircuit, angles: Sequence[Any], coin: int, child: int
) -> None:
    """Append CX, the coin, CX, with the coin as control: one RZZ and single-qubit gates."""
    theta, phi, lam = (*angles, None, None)[:3]
    if lam is not None:
        circuit.p(lam, coin)
    circuit.sdg(coin)
    circuit.h([coin, child])
    circuit.rzz(theta, coin, child)
    circuit.h([coin, child])
    circuit.s(coin)
    if phi is not None:
        circuit.p(phi, coin)


def _inverse_transform(tree: _Tree, start: int, rzz: bool) -> QuantumCircuit:
    """Return from momentum, in the coin's difference basis, to position in the plain basis.

    Args:
        tree: The edges.
        start: Site on which the walk starts: a phase in momentum space.
        rzz: Whether RZZ gates are emitted at the leaves.
    """
    size = root = tree.coin
    tree, circuit = tree.copy(), QuantumCircuit(size + 1)
    finished = {root}
    for qubit in range(size):
        opened = _move_root(circuit, tree, root, qubit, finished)
        root = qubit
        later = {other: pi / 2 ** (other - qubit + 1) for other in range(qubit + 1, size)}
        earlier = (pi / 2) * (1 - 2.0**-qubit)
        circuit.rz(2 * pi * start / 2 ** (qubit + 1) - earlier, qubit)
        circuit.global_phase += pi * start / 2 ** (qubit + 1) - sum(later.values()) / 2
        if opened is None:
            circuit.h(qubit)
        else:
            _append_hadamard_between_flips(circuit, qubit, opened)
        circuit.rz(-sum(later.values()), qubit)
        _append_couplings(circuit, tree, qubit, later, rzz, opened=opened)
        finished.add(qubit)
    for parent, child in tree.outward(root):
        if parent != root:
            circuit.cx(parent, child)
    return circuit


def _move_root(
    circuit: QuantumCircuit, tree: _Tree, root: int, end: int, finished: set[int]
) -> int | None:
    """Change to another root's difference basis; cut off what is finished on the way.

    The last CX is left to the caller, who merges it with what follows: the child into which the new
    root is to be added, if any.
    """
    path = tree.path(root, end)
    unfinished = dict.fromkeys(set(range(tree.coin)) - finished - {end}, 0.0)
    opened = None
    for old, new in pairwise(path):
        for child in tree.others(old, new):
            circuit.cx(old, child)
        if old in finished and not tree.others(old, new):
            tree.remove_leaf(old)
        children = tree.others(new, old)
        if new == end:
            first = {child for parent, child in tree.outward(end, unfinished) if parent == end}
            opened = next((child for child in children if child in first), None)
        for child in children:
            if child != opened:
                circuit.cx(new, child)
    return opened


def _append_hadamard_between_flips(circuit: QuantumCircuit, qubit: int, child: int) -> None:
    """Append CX, H, CX, with the H on their control: ``S RXX(pi / 2) S``, one gate."""
    circuit.s(qubit)
    circuit.h([qubit, child])
    circuit.cz(qubit, child)
    circuit.s([qubit, child])
    circuit.h([qubit, child])
    circuit.s(qubit)
    circuit.global_phase -= pi / 4
