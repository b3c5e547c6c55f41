"""Reading half steps, a coin and then a shift that is known by its name, from operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import pi
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import Gate, Operation, Qubit
from qiskit.circuit.library import PhaseGate, RXGate, RYGate, RZGate, UGate
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator

from qiskit_ssqw.circuit.gates import ConditionalShiftGate

SHIFTS = {
    "s_plus": (1, False),
    "s_minus": (-1, False),
    "s_plus_dg": (1, True),
    "s_minus_dg": (-1, True),
}
"""1 for S+ or -1 for S-, and whether it is inverted, by the gate's name."""

STEPS = {"split_step", "split_step_dg"}

_ROUNDING = 1e-12  # what counts as 0


class Item(NamedTuple):
    """One operation of a circuit, or of the definition of a split step that was taken apart."""

    node: int
    operation: Operation
    qubits: tuple[Qubit, ...]
    has_clbits: bool


class Coin(NamedTuple):
    """A coin by its angles, one of RY or three of U, and its global phase; numbers or free."""

    angles: tuple[Any, ...]
    phase: Any = 0.0


class Written(NamedTuple):
    """A walk by the indices of its operations: two coins a split step, perhaps a last one."""

    qubits: tuple[Qubit, ...]
    inverted: bool
    items: list[int]
    coins: list[Coin]
    final: list[Coin]


@dataclass
class Stretch:
    """Coins and shifts on the same qubits, the last of which is the coin, with nothing between.

    Args:
        qubits: Position qubits and coin.
        inverted: Whether the shifts are those of the inverse walk.
        tosses: Indices of the coins before each shift, and of those after the last.
        shifts: Index of each shift, and 1 for S+ or -1 for S-.
    """

    qubits: tuple[Qubit, ...]
    inverted: bool
    tosses: list[list[int]]
    shifts: list[tuple[int, int]] = field(default_factory=list)

    def walks(self, items: Sequence[Item]) -> Iterator[Written]:
        """Find runs of split steps, as long as possible, whose coins are known."""
        order = -1 if self.inverted else 1
        tosses, shifts = self.tosses[::order], self.shifts[::order]
        coins = [self._coin(items, toss) for toss in tosses]
        begin = end = 0
        while end < len(shifts):
            pair = [sign for _, sign in shifts[end : end + 2]]
            if pair == [1, -1] and coins[end] and coins[end + 1]:
                end += 2
                continue
            yield from self._run(begin, end, tosses, shifts, coins)
            begin = end = end + 1
        yield from self._run(begin, end, tosses, shifts, coins)

    def _coin(self, items: Sequence[Item], toss: Sequence[int]) -> Coin | None:
        gates = [items[index].operation for index in toss]
        if self.inverted:
            gates = [gate.inverse() for gate in reversed(gates)]
        return read_coin(gates)

    def _run(
        self, begin: int, end: int, tosses: Any, shifts: Any, coins: Sequence[Coin | None]
    ) -> Iterator[Written]:
        """The walk of shifts ``begin`` to ``end``, with the last coin if it ends the stretch."""
        if begin == end:
            return
        last = end + 1 if end == len(shifts) and coins[end] else end
        taken = [index for toss in tosses[begin:last] for index in toss]
        taken += [index for index, _ in shifts[begin:end]]
        known = [coin for coin in coins[begin:last] if coin is not None]
        final = known[end - begin :] if last > end and tosses[end] else []
        yield Written(self.qubits, self.inverted, sorted(taken), known[: end - begin], final)


def taken_apart(
    node: int, operation: Operation, qubits: Sequence[Qubit], has_clbits: bool
) -> list[Item]:
    """The operations of which a split step consists; any other operation itself."""
    circuit = operation.definition if operation.name in STEPS else None
    if circuit is None or circuit.global_phase != 0:
        return [Item(node, operation, tuple(qubits), has_clbits)]
    return [
        Item(
            node,
            step.operation,
            tuple(qubits[circuit.find_bit(q).index] for q in step.qubits),
            False,
        )
        for step in circuit
    ]


def stretches(items: Sequence[Item]) -> Iterator[Stretch]:
    """Find all stretches."""
    open_: list[Stretch] = []
    waiting: dict[Qubit, list[int]] = {}  # coins since anything else happened to a qubit
    for index, item in enumerate(items):
        shift = read_shift(item.operation)
        kept = [s for s in open_ if _goes_on(s, item, shift)]
        yield from (s for s in open_ if s not in kept and not set(s.qubits).isdisjoint(item.qubits))
        open_ = [s for s in open_ if s in kept or set(s.qubits).isdisjoint(item.qubits)]
        coin = item.qubits[-1] if item.qubits else None
        if shift is not None:
            if not kept:
                kept = [Stretch(item.qubits, shift[1], [waiting.get(item.qubits[-1], [])])]
                open_ += kept
            kept[0].shifts.append((index, shift[0]))
            kept[0].tosses.append([])
        elif kept:
            kept[0].tosses[-1].append(index)
        elif is_coin(item) and coin is not None:
            waiting.setdefault(coin, []).append(index)
            continue
        for qubit in item.qubits:
            waiting.pop(qubit, None)
    yield from open_


def _goes_on(stretch: Stretch, item: Item, shift: tuple[int, bool] | None) -> bool:
    if shift is not None:
        return stretch.qubits == item.qubits and stretch.inverted == shift[1]
    return is_coin(item) and item.qubits == stretch.qubits[-1:]


def is_coin(item: Item) -> bool:
    """Whether an operation is a gate on one qubit."""
    return isinstance(item.operation, Gate) and len(item.qubits) == 1 and not item.has_clbits


def read_shift(operation: Operation) -> tuple[int, bool] | None:
    """1 for S+ or -1 for S-, and whether it is inverted; None for all other operations."""
    found = SHIFTS.get(operation.name)
    if found is None or isinstance(operation, ConditionalShiftGate):
        return found
    if not isinstance(operation, Gate) or operation.num_qubits < 2:
        return None
    gate: Gate = ConditionalShiftGate(operation.num_qubits - 1, found[0])
    gate = gate.inverse() if found[1] else gate
    # Another gate may have the same name, and one from a file has lost its class.
    return found if operation.definition == gate.definition else None


def read_coin(gates: Sequence[Gate]) -> Coin | None:
    """Return the product of gates on one qubit; None if its angles are not known.

    Free parameters are understood in sums of RY, and in an RX, RZ, P or U on its own.
    """
    if all(isinstance(gate, RYGate) for gate in gates):
        return Coin((sum(gate.params[0] for gate in gates),))
    if len(gates) == 1 and type(gates[0]) in _FORMS:
        return _FORMS[type(gates[0])](*gates[0].params)
    product = np.eye(2)
    try:
        for gate in gates:
            product = Operator(gate).data @ product
    except (QiskitError, TypeError):  # a free parameter
        return None
    return _from_matrix(product)


_FORMS: dict[type[Gate], Callable[..., Coin]] = {
    RXGate: lambda theta: Coin((theta, -pi / 2, pi / 2)),
    RZGate: lambda phi: Coin((0.0, 0.0, phi), -phi / 2),
    PhaseGate: lambda lam: Coin((0.0, 0.0, lam)),
    UGate: lambda *angles: Coin(angles),
}


def _from_matrix(matrix: NDArray[Any]) -> Coin:
    cos, sin = abs(matrix[0, 0]), abs(matrix[1, 0])
    theta = 2 * float(np.arctan2(sin, cos))
    if cos < _ROUNDING:
        phase = float(np.angle(matrix[1, 0]))
        return Coin((theta, 0.0, float(np.angle(-matrix[0, 1])) - phase), phase)
    phase = float(np.angle(matrix[0, 0]))
    phi = float(np.angle(matrix[1, 0])) - phase if sin > _ROUNDING else 0.0
    return Coin((theta, phi, float(np.angle(matrix[1, 1])) - phase - phi), phase)
