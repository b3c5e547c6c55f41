"""Reading half steps, a coin and then a shift that is known by its name, from operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from qiskit.circuit import Clbit, Gate, Operation, Qubit
from qiskit.circuit.library import RYGate, UGate
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Operator
from qiskit.synthesis import OneQubitEulerDecomposer

from qiskit_ssqw.circuit.gates import ConditionalShiftGate

SHIFTS = {
    "s_plus": (1, False),
    "s_minus": (-1, False),
    "s_plus_dg": (1, True),
    "s_minus_dg": (-1, True),
}
"""1 for S+ or -1 for S-, and whether it is inverted, by the gate's name."""

STEPS = {"split_step", "split_step_dg"}


class Item(NamedTuple):
    """One operation of a circuit, or of the definition of a split step that was taken apart."""

    operation: Operation
    qubits: tuple[Qubit, ...]
    clbits: tuple[Clbit, ...] = ()


class Coin(NamedTuple):
    """A coin by its angles, one of RY or three of U, and its global phase; numbers or free."""

    angles: tuple[Any, ...]
    phase: Any = 0.0


@dataclass
class Written:
    """Split steps on the same qubits, the last of which is the coin, with nothing in between.

    Args:
        qubits: Position qubits and coin.
        inverted: Whether this is the inverse of a walk.
        tosses: Indices of the coins before each shift, and of those after the last.
        shifts: Index of each shift.
    """

    qubits: tuple[Qubit, ...]
    inverted: bool
    tosses: list[list[int]]
    shifts: list[int] = field(default_factory=list)

    @property
    def items(self) -> list[int]:
        """Indices of all operations."""
        return sorted([*self.shifts, *(index for toss in self.tosses for index in toss)])

    def goes_on(self, items: Sequence[Item], item: Item) -> bool:
        """Whether an operation may come next."""
        shift = read_shift(item.operation)
        if shift is None:
            return is_coin(item) and item.qubits == self.qubits[-1:]
        expected = (-1) ** (len(self.shifts) + self.inverted)
        is_next = item.qubits == self.qubits and shift == (expected, self.inverted)
        return is_next and self._coin(items, self.tosses[-1]) is not None

    def finish(self, items: Sequence[Item]) -> None:
        """Leave out half a step, and a last coin whose angles are not known."""
        if len(self.shifts) % 2:
            self.shifts.pop()
            self.tosses.pop()
        if self._coin(items, self.tosses[-1]) is None:
            self.tosses[-1] = []

    def coins(self, items: Sequence[Item]) -> list[Coin]:
        """The coins in the order of the walk, two for each split step, and a last one."""
        order = -1 if self.inverted else 1
        found = (self._coin(items, toss) for toss in self.tosses[::order])
        return [coin for coin in found if coin is not None]

    def _coin(self, items: Sequence[Item], toss: Sequence[int]) -> Coin | None:
        gates = [items[index].operation for index in toss]
        return read_coin([gate.inverse() for gate in gates[::-1]] if self.inverted else gates)


def parts_of(item: Item) -> list[Item]:
    """The operations of which a split step consists; any other operation itself."""
    circuit = item.operation.definition if item.operation.name in STEPS else None
    if circuit is None or circuit.global_phase != 0:
        return [item]
    parts = []
    for step in circuit.data:
        places = tuple(item.qubits[circuit.find_bit(qubit).index] for qubit in step.qubits)
        parts.append(Item(step.operation, places))
    return parts


def written_walks(items: Sequence[Item]) -> list[Written]:
    """Find all walks."""
    done: list[Written] = []
    open_: list[Written] = []
    waiting: dict[Qubit, list[int]] = {}  # coins since anything else happened to a qubit
    for index, item in enumerate(items):
        met = [walk for walk in open_ if not set(walk.qubits).isdisjoint(item.qubits)]
        ended = [walk for walk in met if not walk.goes_on(items, item)]
        done += ended
        open_ = [walk for walk in open_ if walk not in ended]
        current = next((walk for walk in met if walk not in ended), None)
        shift = read_shift(item.operation)
        if current is None and shift is not None:
            toss = waiting.get(item.qubits[-1], [])
            current = Written(item.qubits, shift[1], [toss])
            if not current.goes_on(items, item):  # the coins before are not known
                current.tosses = [[]]
            if current.goes_on(items, item):
                open_.append(current)
        if current is None and is_coin(item):
            waiting.setdefault(item.qubits[0], []).append(index)
            continue
        if current is not None and shift is None:
            current.tosses[-1].append(index)
        elif current is not None:
            current.shifts.append(index)
            current.tosses.append([])
        for qubit in item.qubits:
            waiting.pop(qubit, None)
    done += open_
    for walk in done:
        walk.finish(items)
    return [walk for walk in done if walk.shifts]


def is_coin(item: Item) -> bool:
    """Whether an operation is a gate on one qubit."""
    return isinstance(item.operation, Gate) and len(item.qubits) == 1 and not item.clbits


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

    Free parameters are understood in sums of RY, and in a U on its own.
    """
    if all(isinstance(gate, RYGate) for gate in gates):
        return Coin((sum(gate.params[0] for gate in gates),))
    if len(gates) == 1 and isinstance(gates[0], UGate):
        return Coin(tuple(gates[0].params))
    try:
        product = reduce(lambda done, gate: done.compose(gate), gates, Operator(np.eye(2)))
    except (QiskitError, TypeError):  # a free parameter
        return None
    *angles, phase = OneQubitEulerDecomposer("U").angles_and_phase(product.data)
    return Coin(tuple(angles), phase)
