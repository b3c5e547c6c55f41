"""What a written walk consists of: shifts, read from permutations, and coins.

A permutation of ``m`` qubits is an index array: entry ``x`` is the state into which ``x`` goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isclose, pi, remainder
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import (
    AnnotatedOperation,
    ControlledGate,
    ControlModifier,
    Gate,
    InverseModifier,
    Operation,
    ParameterExpression,
    PowerModifier,
    QuantumCircuit,
)
from qiskit.circuit.exceptions import CircuitError
from qiskit.circuit.library import SwapGate, XGate

Indices = NDArray[np.intp]

MAX_QUBITS = 12
"""Largest register whose permutations are computed."""

_WINDOW = 6  # gates of one shift, at most, as a multiple of the number of qubits
_ROUNDING = 1e-12  # what an angle may be off to count as a multiple of pi


@dataclass(frozen=True)
class Shift:
    """A conditional shift, found in a permutation; qubits are numbers within the register.

    Args:
        positions: Position qubits, least significant first; none if no walker moves.
        coin: The coin; None for the identity.
        moves: By how many sites the walker moves up if the coin is 0 and if it is 1.
        flips: Whether the coin is flipped after that.
    """

    positions: tuple[int, ...]
    coin: int | None
    moves: tuple[int, int]
    flips: bool = False


def permutation(operation: Operation) -> Indices | None:
    """Return what a gate does to basis states; None if it is not classical or too large.

    Known are X and swaps, controlled in any way, and gates made of those.
    """
    if operation.num_qubits > MAX_QUBITS:
        return None
    if isinstance(operation, AnnotatedOperation):
        return _annotated(operation)
    if isinstance(operation, ControlledGate):
        controls = operation.num_ctrl_qubits
        if operation.num_qubits != controls + operation.base_gate.num_qubits:
            return None
        return _controlled(permutation(operation.base_gate), controls, operation.ctrl_state)
    if isinstance(operation, XGate):
        return np.array([1, 0])
    if isinstance(operation, SwapGate):
        return np.array([0, 2, 1, 3])
    if type(operation) is Gate and operation.definition is not None:
        return _composed(operation.definition)
    return None


def embed(local: Indices, places: Sequence[int], num_qubits: int) -> Indices:
    """Let a permutation act on some qubits (``places``) of a larger register."""
    states = np.arange(2**num_qubits)
    inner = _read(states, places)
    changed = inner ^ local[inner]
    for bit, place in enumerate(places):
        states ^= (changed >> bit & 1) << place
    return states


def find_shifts(gates: Sequence[Indices]) -> Iterator[tuple[int, int, Shift]]:
    """Read a sequence of permutations of one register as shifts, the longest piece first.

    Yields:
        Where a shift begins and where it ends in ``gates``, and the shift; gates that are not part
        of one are passed over.
    """
    window = _WINDOW * max(1, len(gates[0]).bit_length() - 1) if gates else 0
    begin = 0
    while begin < len(gates):
        if window <= begin < len(gates) - window:
            begin = len(gates) - window  # of so many gates only those near a coin are looked at
        products = list(accumulate(gates[begin : begin + window], lambda done, gate: gate[done]))
        for length in range(len(products), 0, -1):
            shift = read_shift(products[length - 1])
            if shift is not None:
                yield begin, begin + length, shift
                break
        begin += length if shift else 1


def read_shift(states: Indices) -> Shift | None:
    """Return the shift by one site, on 4 sites or more, that a permutation is, or None.

    The identity and the flip of one qubit count as shifts that move no walker.
    """
    flips = np.arange(len(states)) ^ states
    ever, always = int(np.bitwise_or.reduce(flips)), int(np.bitwise_and.reduce(flips))
    if ever == always and ever & (ever - 1) == 0:
        coin = ever.bit_length() - 1 if ever else None
        return Shift((), coin, (0, 0), flips=bool(ever))
    if len(states) < 8:
        return None
    for coin in range(len(states).bit_length() - 1):
        if not (ever ^ always) >> coin & 1:
            shift = _shift_by(states, coin, flipped=bool(always >> coin & 1))
            if shift is not None:
                return shift
    return None


def _shift_by(states: Indices, coin: int, *, flipped: bool) -> Shift | None:
    """The shift that a permutation is with a given coin."""
    before = np.arange(len(states))
    halves = [before[before >> coin & 1 == side] for side in (0, 1)]
    others = [place for place in range(len(states).bit_length() - 1) if place != coin]
    orders, moves = set(), []
    for half in halves:
        changed = (half ^ states[half]) & ~(1 << coin)
        if not changed.any():
            moves.append(0)
            continue
        # Bit j of a counter flips once in 2**j steps.
        order = sorted(others, key=lambda place: -np.count_nonzero(changed >> place & 1))
        distance = _read(states[half], order) - _read(half, order)
        step = {1: 1, len(half) - 1: -1}.get(int(distance[0]) % len(half))
        if step is None or np.any((distance - step) % len(half)):
            return None
        orders.add(tuple(order))
        moves.append(step)
    if len(orders) != 1 or moves[0] == moves[1]:
        return None
    return Shift(orders.pop(), coin, (moves[0], moves[1]), flipped)


def _read(states: Indices, order: Sequence[int]) -> Indices:
    """The number that some qubits hold, least significant first."""
    number = np.zeros_like(states)
    for bit, place in enumerate(order):
        number |= (states >> place & 1) << bit
    return number


def _composed(circuit: QuantumCircuit) -> Indices | None:
    """The permutation of a circuit of classical gates."""
    phase = circuit.global_phase
    if circuit.num_clbits or not isinstance(phase, (int, float)):
        return None
    if not isclose(remainder(phase, 2 * pi), 0, abs_tol=1e-12):
        return None
    size = circuit.num_qubits
    states = np.arange(2**size)
    for instruction in circuit:
        local = permutation(instruction.operation)
        if local is None:
            return None
        places = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        states = embed(local, places, size)[states]
    return states


def _controlled(base: Indices | None, controls: int, state: int) -> Indices | None:
    """A permutation that only acts if the controls, which come first, hold a state."""
    if base is None:
        return None
    states = np.arange(len(base) << controls)
    acts = states & (1 << controls) - 1 == state
    return np.where(acts, state | base[states >> controls] << controls, states)


def _annotated(operation: AnnotatedOperation) -> Indices | None:
    """The permutation of a gate with modifiers."""
    states = permutation(operation.base_op)
    for modifier in operation.modifiers:
        states = None if states is None else _modified(states, modifier)
    return states


def _modified(states: Indices, modifier: Any) -> Indices | None:
    if isinstance(modifier, ControlModifier):
        return _controlled(states, modifier.num_ctrl_qubits, modifier.ctrl_state)
    if isinstance(modifier, InverseModifier):
        return np.argsort(states)
    if not isinstance(modifier, PowerModifier) or modifier.power not in range(-64, 65):
        return None
    power = np.arange(len(states))
    base = states if modifier.power >= 0 else np.argsort(states)
    for _ in range(abs(int(modifier.power))):
        power = base[power]
    return power


@dataclass(frozen=True)
class Coin:
    """``exp(i phase) U(theta, phi, lam)``; numbers or expressions with free parameters."""

    theta: Any = 0.0
    phi: Any = 0.0
    lam: Any = 0.0
    phase: Any = 0.0

    def then(self, other: Coin) -> Coin | None:
        """This coin and then another one; None if that is no U rotation with known angles.

        ``U(theta, phi, lam)`` is ``P(phi) RY(theta) P(lam)``, so the phase gate between two RY
        decides: it can be moved out, or vanishes, or all is numbers.
        """
        middle, phase = self.phi + other.lam, self.phase + other.phase
        if _is_multiple(self.theta, 2 * pi):
            return Coin(other.theta + self.theta, other.phi, self.lam + middle, phase)
        if _is_multiple(other.theta, 2 * pi):
            return Coin(other.theta + self.theta, other.phi + middle, self.lam, phase)
        if _is_multiple(self.theta, pi):
            return Coin(other.theta + self.theta, other.phi, self.lam - middle, phase + middle)
        if _is_multiple(other.theta, pi):
            return Coin(other.theta + self.theta, other.phi - middle, self.lam, phase + middle)
        if _is_multiple(middle, 2 * pi):
            return Coin(other.theta + self.theta, other.phi, self.lam, phase)
        if _is_multiple(middle, pi):
            return Coin(other.theta - self.theta, other.phi, self.lam + pi, phase)
        if any(map(_is_free, (self.theta, other.theta, middle))):
            return None
        product = _from_matrix(
            _ry(other.theta) @ np.diag([1, np.exp(1j * middle)]) @ _ry(self.theta)
        )
        return Coin(
            product.theta, other.phi + product.phi, product.lam + self.lam, phase + product.phase
        )

    @property
    def is_identity(self) -> bool:
        """Whether the coin is the identity but for ``phase``."""
        return _is_multiple(self.theta, 4 * pi) and _is_multiple(self.phi + self.lam, 2 * pi)

    def as_ry(self) -> Coin | None:
        """The same coin without ``phi`` and ``lam``; None if it is no RY rotation."""
        if _is_multiple(self.phi, 2 * pi) and _is_multiple(self.lam, 2 * pi):
            return Coin(self.theta, phase=self.phase)
        if _is_multiple(self.phi - pi, 2 * pi) and _is_multiple(self.lam - pi, 2 * pi):
            return Coin(-self.theta, phase=self.phase)
        if _is_multiple(self.theta, 2 * pi) and _is_multiple(self.phi + self.lam, 2 * pi):
            return Coin(self.theta, phase=self.phase)
        if _is_multiple(self.theta - pi, 2 * pi) and _is_multiple(self.phi - self.lam, 2 * pi):
            return Coin(self.theta, phase=self.phase + self.phi)
        return None


FLIP = Coin(pi, 0.0, pi)
"""The X gate."""


def read_coin(gate: Operation) -> Coin | None:
    """Return the coin that a gate is; None if it is no single-qubit gate of a known form."""
    if not isinstance(gate, Gate) or gate.num_qubits != 1:
        return None
    angles = [angle if _is_free(angle) else float(angle) for angle in _angles(gate)]
    forms: dict[str, Callable[..., Coin]] = {
        "ry": Coin,
        "rx": lambda theta: Coin(theta, -pi / 2, pi / 2),
        "rz": lambda phi: Coin(lam=phi, phase=-phi / 2),
        "p": lambda lam: Coin(lam=lam),
        "u1": lambda lam: Coin(lam=lam),
        "u2": lambda phi, lam: Coin(pi / 2, phi, lam),
        "u": Coin,
        "u3": Coin,
        "r": lambda theta, phi: Coin(theta, phi - pi / 2, pi / 2 - phi),
        "x": lambda: FLIP,
    }
    if gate.name in forms and type(gate) is not Gate:
        return forms[gate.name](*angles)
    try:
        return _from_matrix(gate.to_matrix())
    except (CircuitError, TypeError):
        return None


def _angles(gate: Operation) -> list[Any]:
    return [angle for angle in gate.params if isinstance(angle, (int, float, ParameterExpression))]


def _from_matrix(matrix: Any) -> Coin:
    cos, sin = abs(matrix[0, 0]), abs(matrix[1, 0])
    theta = 2 * float(np.arctan2(sin, cos))
    if cos < _ROUNDING:
        phase = float(np.angle(matrix[1, 0]))
        return Coin(theta, 0.0, float(np.angle(-matrix[0, 1])) - phase, phase)
    phase = float(np.angle(matrix[0, 0]))
    phi = float(np.angle(matrix[1, 0])) - phase if sin > _ROUNDING else 0.0
    return Coin(theta, phi, float(np.angle(matrix[1, 1])) - phase - phi, phase)


def _ry(theta: float) -> Any:
    cos, sin = np.cos(theta / 2), np.sin(theta / 2)
    return np.array([[cos, -sin], [sin, cos]])


def _is_free(angle: Any) -> bool:
    return isinstance(angle, ParameterExpression) and bool(angle.parameters)


def _is_multiple(angle: Any, unit: float) -> bool:
    return not _is_free(angle) and abs(remainder(float(angle), unit)) < _ROUNDING
