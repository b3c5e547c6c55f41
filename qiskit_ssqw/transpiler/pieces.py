"""Reading the operations on some qubits as the pieces of a written walk: shifts and coins."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from qiskit.circuit import (
    AnnotatedOperation,
    ControlledGate,
    Gate,
    Operation,
    Qubit,
)
from qiskit.circuit.library import SwapGate, XGate

from qiskit_ssqw.circuit.gates import ConditionalShiftGate, SplitStepGate
from qiskit_ssqw.transpiler.permutations import (
    FLIP,
    MAX_QUBITS,
    Coin,
    Shift,
    embed,
    find_shifts,
    permutation,
    read_coin,
)

MOVES = {"s_plus": (0, 1), "s_minus": (-1, 0), "s_plus_dg": (0, -1), "s_minus_dg": (1, 0)}
_PATIENCE = 8  # parts of the sequence without a shift after which a register is given up


class Item(NamedTuple):
    """One operation of the circuit, or of the definition of a gate that was taken apart."""

    node: int
    operation: Operation
    qubits: tuple[Qubit, ...]
    has_clbits: bool


class Link(NamedTuple):
    """A piece of a walk: coins, shifts (1 for S+, -1 for S-), or both, in order of time.

    ``items`` are the indices of its operations. ``qubits`` are the position qubits and the coin if
    there are shifts, the coin if there are coins only, and none if the operations cancel.
    """

    tokens: tuple[Coin | int, ...]
    items: tuple[int, ...]
    qubits: tuple[Qubit, ...]

    @property
    def shifts(self) -> list[int]:
        return [token for token in self.tokens if isinstance(token, int)]


def is_flip(operation: Operation) -> bool:
    """Whether an operation is X or a swap with any controls."""
    base = operation.base_gate if isinstance(operation, ControlledGate) else operation
    return isinstance(base, (XGate, SwapGate))


def taken_apart(
    operation: Operation, qubits: Sequence[Qubit]
) -> tuple[list[tuple[Operation, tuple[Qubit, ...]]], Any]:
    """The operations of which a user's gate consists, with their qubits, and their global phase."""
    is_users = type(operation) is Gate and _moves(operation) is None
    if not (is_users or isinstance(operation, SplitStepGate)) or operation.definition is None:
        return [(operation, tuple(qubits))], 0
    circuit = operation.definition
    parts, phase = [], circuit.global_phase
    for instruction in circuit:
        places = [qubits[circuit.find_bit(qubit).index] for qubit in instruction.qubits]
        inner, extra = taken_apart(instruction.operation, places)
        parts += inner
        phase = phase + extra
    return (parts, phase) if parts else ([(operation, tuple(qubits))], 0)


def _moves(operation: Operation) -> tuple[int, int] | None:
    """By how many sites a gate with a shift's name moves the walker if the coin is 0, and if 1."""
    moves = MOVES.get(operation.name)
    if moves is None or isinstance(operation, ConditionalShiftGate):
        return moves
    if type(operation) is not Gate or operation.num_qubits < 2:
        return None
    if operation.num_qubits > MAX_QUBITS:
        return moves
    sites = 2 ** (operation.num_qubits - 1)
    moved = [(np.arange(sites) + move) % sites + side * sites for side, move in enumerate(moves)]
    states = permutation(operation)
    return moves if states is not None and np.array_equal(states, np.ravel(moved)) else None


def is_large_flip(operation: Operation) -> bool:
    """Whether an operation on three qubits or more may be classical."""
    if operation.num_qubits < 3:
        return False
    if isinstance(operation, ControlledGate):
        return is_flip(operation) or type(operation.base_gate) is Gate
    return isinstance(operation, AnnotatedOperation)


def read_links(
    items: Sequence[Item], taken: Container[int], register: frozenset[Qubit]
) -> Iterator[Link | None]:
    """What happens on some qubits, as pieces of a walk; None for what cannot be in one.

    Args:
        items: All operations.
        taken: The indices of those that are part of a walk already.
        register: The qubits.
    """
    useless = 0
    for window in _windows(items, taken, register):
        links = list(_read_window(items, window, register))
        useless = 0 if any(link and link.shifts for link in links) else useless + 1
        yield from links
        yield None
        if useless > _PATIENCE:
            return


def _read_window(
    items: Sequence[Item], window: Sequence[int], register: frozenset[Qubit]
) -> Iterator[Link | None]:
    """What happens in a part of the sequence that is all on the register."""
    flips: list[int] = []
    for index in window:
        operation, qubits = items[index].operation, items[index].qubits
        moves, coin = _moves(operation), read_coin(operation)
        is_small = moves is None and len(register) <= MAX_QUBITS
        if is_small and permutation(operation) is not None:
            flips.append(index)
            continue
        yield from _flip_links(items, flips, register)
        flips = []
        if moves is not None and len(qubits) == len(register):
            yield Link(_tokens(moves), (index,), qubits)
        else:
            yield None if coin is None else Link((coin,), (index,), qubits)
    yield from _flip_links(items, flips, register)


def _windows(
    items: Sequence[Item], taken: Container[int], register: frozenset[Qubit]
) -> Iterator[list[int]]:
    """Parts of the sequence in which all is on the register, and all coins on one qubit.

    Parts without two gates that may be shifts are left out, and so is what is in a walk already.
    """
    window: list[int] = []
    coins: list[int] = []
    for index, item in enumerate(items):
        if register.isdisjoint(item.qubits):
            continue
        leaves = index in taken or item.has_clbits or not register.issuperset(item.qubits)
        is_coin = len(item.qubits) == 1 and item.operation.name != "x"
        if leaves or (is_coin and coins and items[coins[-1]].qubits != item.qubits):
            if _is_promising([items[inner] for inner in window], register):
                yield window
            window = [] if leaves else [inner for inner in window if inner > coins[-1]]
            coins = []
        if not leaves:
            window.append(index)
            coins += [index] if is_coin else []
    if _is_promising([items[inner] for inner in window], register):
        yield window


def _is_promising(window: Sequence[Item], register: frozenset[Qubit]) -> bool:
    """Whether there are two gates that may be shifts, and a coin if they have no names."""
    size = max(3, len(register) - 1)
    named = sum(item.operation.name in MOVES for item in window)
    large = [item for item in window if len(item.qubits) >= size]
    flips = sum(is_large_flip(item.operation) for item in large)
    tossed = any(len(item.qubits) == 1 and item.operation.name != "x" for item in window)
    return named + flips > 1 and (named > 0 or tossed)


def _flip_links(
    items: Sequence[Item], flips: Sequence[int], register: frozenset[Qubit]
) -> Iterator[Link | None]:
    """The shifts and flips of which some classical gates consist; None for all others."""
    order = list(register)
    gates = []
    for index in flips:
        places = [order.index(qubit) for qubit in items[index].qubits]
        local = permutation(items[index].operation)
        if local is not None:
            gates.append(embed(local, places, len(order)))
    at = 0
    for begin, end, shift in find_shifts(gates):
        if begin > at:
            yield None
        yield _shift_link(shift, tuple(flips[begin:end]), order)
        at = end
    if at < len(flips):
        yield None


def _shift_link(shift: Shift, items: tuple[int, ...], order: Sequence[Qubit]) -> Link:
    tokens = _tokens(shift.moves) + ((FLIP,) if shift.flips else ())
    numbers = shift.positions if shift.coin is None else (*shift.positions, shift.coin)
    return Link(tokens, items, tuple(order[number] for number in numbers))


def _tokens(moves: tuple[int, int]) -> tuple[Coin | int, ...]:
    """A shift as S+ and S-, between flips of the coin if it moves the other way."""
    if_zero, if_one = moves
    first = {0: (), 1: (1,), -1: (FLIP, -1, FLIP)}[if_one]
    return first + {0: (), -1: (-1,), 1: (FLIP, 1, FLIP)}[if_zero]


def stretches(links: Iterator[Link | None]) -> Iterator[list[Link]]:
    """Runs of links with the same position qubits and coin, all products of coins known."""
    for run in _same_qubits(links):
        current: list[Link] = []
        coin: Coin | None = Coin()
        for link in run:
            coin = _tossed(coin or Coin(), link.tokens)
            if coin is None:
                yield current
                current, coin = [], _tossed(Coin(), link.tokens)
            current.append(link)
        yield current


def _same_qubits(links: Iterator[Link | None]) -> Iterator[list[Link]]:
    """Runs of links with the same position qubits and coin."""
    current: list[Link] = []
    roles: tuple[Qubit, ...] = ()
    for link in links:
        if link is None or (roles and link.qubits not in (roles, roles[-1:], ())):
            yield current
            current, roles = [], ()
        if link is None:
            continue
        if link.shifts and not roles:
            roles = link.qubits
            others = [n for n, coin in enumerate(current, 1) if coin.qubits not in (roles[-1:], ())]
            current = current[max(others, default=0) :]
        current.append(link)
    yield current


def _tossed(coin: Coin, tokens: Sequence[Coin | int]) -> Coin | None:
    """The product of the coins since the last shift; None if it is not known."""
    product: Coin | None = coin
    for token in tokens:
        product = Coin() if isinstance(token, int) or product is None else product.then(token)
        if product is None:
            return None
    return product


def longest_walk(links: Sequence[Link], *, placed: bool) -> tuple[int, int]:
    """Where the walk with the most steps begins and ends; the same number twice if there is none.

    A walk has as many S+ as S-, modulo twice the number of sites; any even number of both if the
    walker is ``placed`` at the beginning.
    """
    sites = next((2 ** (len(link.qubits) - 1) for link in links if link.shifts), 1)
    modulus = 2 if placed else 2 * sites
    first, net, count = {0: (0, 0)}, 0, 0
    begin, end, most = 0, 0, 0
    for index, link in enumerate(links):
        net, count = (net + sum(link.shifts)) % modulus, count + len(link.shifts)
        at, before = first.setdefault(net, (index + 1, count))
        if (at == 0 or not placed) and count - before > most:
            begin, end, most = at, index + 1, count - before
    if end and not isinstance(links[end - 1].tokens[-1], int):
        while end < len(links) and not links[end].shifts:
            end += 1
    return begin, end
