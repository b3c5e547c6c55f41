r"""The lattice walk in one-hot form: a wire for each site and coin value, exactly one of them in 1.

A coin is a Givens rotation within each pair of wires of a site, and a shift only renames wires.
The wires form a ring. After the first coin wire ``p`` stands for site ``p // 2``, coin ``p % 2``.
Then S+ makes a site of the wires ``2 x - 1, 2 x`` and S- one of ``2 x, 2 x + 1``, both with coin 1
first, if each coin leaves 0 on the first wire of its pair and 1 on the second. So all rotations act
on neighbours. After the last S- wire ``p`` stands for site ``p // 2``, coin ``1 - p % 2``.

To return to binary numbers, merge the wires ``p`` and ``p ^ 1``, then what is left likewise with
``p // 2``, and so on. Of each pair the odd wire is written on a bit and added to the even one; now
it is the AND of the two, by which it is cleared. One odd wire per bit becomes that bit instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import Any, NamedTuple

from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit.library import XXPlusYYGate

from qiskit_ssqw import _validation as check
from qiskit_ssqw.synthesis.coins import append_coin, coin_schedule
from qiskit_ssqw.synthesis.fourier import synth_start
from qiskit_ssqw.walks import SplitStepWalk


def synth_lattice_unary(
    walk: SplitStepWalk,
    parameters: Sequence[Any] | NDArray[Any] | None = None,
    *,
    prepare: bool = True,
    from_zero: bool = False,
) -> QuantumCircuit:
    """Return the same operator as `synth_lattice_fourier`, on ancillas that start and end in 0.

    The ancillas come last; `num_unary_ancillas` counts them. For ``T`` split steps on ``n``
    position qubits the coins cost ``2**(n + 1) (2 T - 1)`` CX in ``2 (2 T - 1)`` layers, each of
    two conversions ``10 * 2**n - 4 n - 9`` CX, and the start ``n (n - 1)``.

    From one site, as long as ``T <= 2**(n - 1)``, the coins cost ``4 T**2 + 2 T - 2`` CX, the first
    conversion 1, and the second less than ``20 T + n`` in ``6 T`` to ``8 T`` layers.

    Args:
        walk: The structure, and the angles unless ``parameters`` are given.
        parameters: Numbers or free ``Parameter`` objects in the order of ``walk.parameters``.
        prepare: Whether the walker is put on its start site first; otherwise only the steps.
        from_zero: Whether the position qubits are known to be 0. The circuit is another operator
            then, which agrees on such states, and has wires only where the walker may be.
    """
    size = check.instance(walk, SplitStepWalk, "walk").num_position_qubits
    ring = _Ring(walk, prepare, from_zero)
    circuit = QuantumCircuit(size + 1 + ring.num_ancillas, name="ssqw_walk")
    schedule = list(coin_schedule(walk, parameters))
    first = next(place for place, (_, shift) in enumerate(schedule) if shift)
    if prepare and not from_zero:
        circuit.compose(synth_start(walk), range(size), inplace=True)
    for angles, _ in schedule[: first + 1]:
        append_coin(circuit, angles, size)
    ring.append_entry(circuit)
    for layer, (angles, shift) in enumerate(schedule[first + 1 :]):
        if shift:
            ring.append_coins(circuit, angles, layer)
    ring.append_exit(circuit)
    for angles, shift in schedule[first + 1 :]:
        if not shift:
            append_coin(circuit, angles, size)
    return circuit


def num_unary_ancillas(
    walk: SplitStepWalk, *, prepare: bool = True, from_zero: bool = False
) -> int:
    """Return how many clean ancillas `synth_lattice_unary` takes with the same options.

    These are ``2**(n + 1) - n - 1`` on ``n`` position qubits; from one site ``4 T`` for ``T`` split
    steps, if not fewer, less the bits that become wires.

    Args:
        walk: The structure.
        prepare: Whether the walker is put on its start site first.
        from_zero: Whether the position qubits are known to be 0.
    """
    check.instance(walk, SplitStepWalk, "walk")
    if not from_zero:
        return int(2**walk.num_qubits) - walk.num_qubits
    return _Ring(walk, prepare, from_zero).num_ancillas


class _Level(NamedTuple):
    """Merging of the wires by one bit: even and odd ones by what they become, and the kept one.

    The odd wire of the kept parent becomes the bit; there is none if no two wires are merged.
    """

    even: dict[int, int]
    odd: dict[int, int]
    kept: int | None

    @property
    def pairs(self) -> list[int]:
        """Parents of two wires, the kept one first."""
        both = [parent for parent in self.even if parent in self.odd and parent != self.kept]
        return both if self.kept is None else [self.kept, *both]


class _Ring:
    """The wires that a walk needs, and the qubits that they are on."""

    def __init__(self, walk: SplitStepWalk, prepare: bool, from_zero: bool) -> None:
        self._num_bits = walk.num_position_qubits + 1
        self._home = walk.start if prepare and from_zero else 0
        self._from_zero = from_zero
        wires = [wire for pair in self.pairs(2 * walk.num_steps - 2) for wire in pair]
        self._levels, self._root = self._merge(wires)
        self._bits = [self._num_bits - 1, *range(self._num_bits - 1)]
        self._qubits = {
            level.odd[level.kept]: bit
            for level, bit in zip(self._levels, self._bits, strict=True)
            if level.kept is not None
        }
        others = [wire for wire in wires if wire not in self._qubits]
        self.num_ancillas = len(others)
        self._qubits |= {wire: self._num_bits + place for place, wire in enumerate(others)}

    def pairs(self, layer: int) -> list[tuple[int, int]]:
        """Wires that a layer of coins joins, of the layers after the first."""
        size = 2**self._num_bits
        reached = min(2 * layer + 4, size) if self._from_zero else size
        low = 2 * self._home - layer - 1
        return [(wire % size, (wire + 1) % size) for wire in range(low, low + reached, 2)]

    def append_coins(self, circuit: QuantumCircuit, angles: Sequence[Any], layer: int) -> None:
        """Rotate each pair by ``C X``, as coin 1 comes first before the coin but 0 after it."""
        theta, phi, lam = (*angles, None, None)[:3]
        for first, second in self.pairs(layer):
            pair = [self._qubits[first], self._qubits[second]]
            if lam is not None:
                circuit.p(lam, pair[0])
            circuit.z(pair[1])
            circuit.append(XXPlusYYGate(theta + pi, pi / 2), pair)
            if phi is not None:
                circuit.p(phi, pair[1])

    def append_entry(self, circuit: QuantumCircuit) -> None:
        """Turn the binary numbers of site and coin into wires."""
        if self._from_zero:
            coin_0, coin_1 = (self._qubits[2 * self._home + coin] for coin in (0, 1))
            circuit.x(coin_0)
            circuit.cx(coin_1, coin_0)
        else:
            merging = circuit.copy_empty_like()
            self._append_merging(merging)
            circuit.compose(merging.inverse(), inplace=True)

    def append_exit(self, circuit: QuantumCircuit) -> None:
        """Turn the wires into the binary numbers of site and coin."""
        self._append_merging(circuit)
        circuit.x(self._bits[0])

    def _merge(self, wires: list[int]) -> tuple[list[_Level], int]:
        """The levels in the order of the bits, and the wire that is left."""
        levels: list[_Level] = []
        nodes = {wire: wire for wire in wires}
        for place in range(self._num_bits):
            even, odd = (
                {node // 2: wire for node, wire in nodes.items() if node % 2 == side}
                for side in (0, 1)
            )
            home = 2 * self._home >> place + 1
            kept = home if home in even and home in odd else None
            if kept is None:
                kept = next((parent for parent in even if parent in odd), None)
            levels.append(_Level(even, odd, kept))
            nodes = odd | even
        return levels, nodes[0]

    def _append_merging(self, circuit: QuantumCircuit) -> None:
        for level, bit in zip(self._levels, self._bits, strict=True):
            even, odd = (
                {parent: self._qubits[wire] for parent, wire in side.items()}
                for side in (level.even, level.odd)
            )
            for parent in level.pairs:
                circuit.cx(odd[parent], even[parent])
            if not even:
                circuit.x(bit)
            else:
                for parent in odd:
                    if parent != level.kept:
                        circuit.cx(odd[parent], bit)
            for parent in level.pairs:
                if parent != level.kept:
                    _append_and(circuit, even[parent], bit, odd[parent])
        circuit.x(self._qubits[self._root])


def _append_and(circuit: QuantumCircuit, first: int, second: int, target: int) -> None:
    """Turn a target in 0 into the AND of two qubits, or back; its own inverse.

    Margolus' Toffoli gate but for a sign that a target in 0 does not see, in 3 CX (Song and
    Klappenecker, quant-ph/0312225).
    """
    circuit.ry(pi / 4, target)
    circuit.cx(first, target)
    circuit.ry(pi / 4, target)
    circuit.cx(second, target)
    circuit.ry(-pi / 4, target)
    circuit.cx(first, target)
    circuit.ry(-pi / 4, target)
