"""Payoffs of the last price and of whether, or when, the price has reached levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.finance.arithmetic.base import (
    Array,
    RunningSumEncoding,
    append_table,
    checked_laws,
    rotation_angles,
)
from qiskit_ssqw.finance.arithmetic.reversible import at_least
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum


@dataclass(frozen=True)
class Watch:
    """Watches a running sum at each time: a flag stays 1 until the sum has passed an edge."""

    edges: tuple[int, ...]
    """The first integer of each time that is above the level, at most the highest sum plus 1."""
    is_up: bool
    """Whether the flag falls at or above the edges, rather than below them."""

    def holds(self, time: int, sums: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether the flag survives a time (counted from 0) where the sum is one of these."""
        return np.asarray((sums >= self.edges[time]) != self.is_up)


@dataclass(frozen=True, eq=False)
class FlagEncoding(RunningSumEncoding):
    """Turns the objective by a table on flags and the last sum, and by when the first flag falls.

    Every watch has one clean qubit for each time at which its flag may fall; it holds whether the
    flag is still 1. The difference of neighbours tells the time of the fall, so that the coupons'
    angles are linear in the flags, two CX each.

    Args:
        running: The running sum.
        num_value_qubits: Number of value qubits.
        watches: What is watched.
        table: Payoff by the flags at the end, one axis of length 2 for each watch, and the last
            sum. With coupons its entries where the first flag is 0 are not read.
        coupons: Paid at the time at which the first flag falls, shape ``(T,)``; or none.
        low: What probability 0 of the objective stands for.
        high: What probability 1 stands for.
    """

    running: RunningSum
    num_value_qubits: int
    watches: tuple[Watch, ...]
    table: Array
    coupons: Array | None
    low: float = field(init=False)
    high: float = field(init=False)

    def __post_init__(self) -> None:
        paid = self._reachable_payments()
        object.__setattr__(self, "low", float(paid.min()))
        object.__setattr__(self, "high", float(paid.max()))

    @property
    def num_ancillas(self) -> int:  # type: ignore[override]
        flags = sum(self._may_fall(watch, t) for watch in self.watches for t in self._times)
        return self.accumulator.end - self.num_value_qubits - 1 + flags

    @property
    def _times(self) -> range:
        return range(self.running.num_times)

    def _may_fall(self, watch: Watch, time: int) -> bool:
        """Whether some sum makes the flag fall at this time."""
        return bool(
            watch.edges[time] <= self.running.highest[time] if watch.is_up else watch.edges[time]
        )

    def _fractions(self, payments: Array) -> Array:
        """What the objective is to show, cut off for what no path reaches."""
        return np.clip((payments - self.low) / ((self.high - self.low) or 1.0), 0, 1)

    def angles(self, integers: NDArray[np.integer]) -> Array:
        totals = self.running.totals(integers)
        flags = [np.ones(len(totals), dtype=np.int64) for _ in self.watches]
        early = np.zeros(len(totals))
        for time in self._times:
            for number, watch in enumerate(self.watches):
                stays = flags[number] & watch.holds(time, totals[:, time])
                if number == 0 and self.coupons is not None:
                    early[flags[0] > stays] = self.coupons[time]
                flags[number] = stays
        entries = (*flags, totals[:, -1])
        payments = self.table[entries]
        if self.coupons is not None:
            payments = np.where(flags[0], payments, early)
        return rotation_angles(self._fractions(payments))

    def amplitude(self, laws: Sequence[Array]) -> float:
        chosen = checked_laws(self.placed, laws).values()
        early, mass = self._masses(chosen)
        shown = float((mass * self._fractions(self.table)).sum())
        return (
            shown if self.coupons is None else shown + float(early @ self._fractions(self.coupons))
        )

    def _masses(self, laws: Iterable[Array], *, whether: bool = False) -> tuple[Array, Array]:
        """Probability of each coupon, and of each entry of the table.

        Args:
            laws: Probabilities of each register's integers.
            whether: Tell 0 from 1 only, for paths whose probability is too small for a number.
        """
        mass = np.zeros((2,) * len(self.watches) + (1,))
        mass.flat[-1] = 1.0
        early = np.zeros(self.running.num_times)
        for time, law in enumerate(laws):
            mass = np.apply_along_axis(np.convolve, -1, mass, law)
            sums = np.arange(mass.shape[-1])
            for axis, watch in enumerate(self.watches):
                alive, dead = np.moveaxis(mass, axis, 0)[[1, 0]]
                fallen = np.where(watch.holds(time, sums), 0.0, alive)
                alive = alive - fallen
                if axis == 0 and self.coupons is not None:
                    early[time] = fallen.sum()
                else:
                    dead = dead + fallen
                mass = np.stack([dead, alive], axis=axis)
            mass = np.sign(mass) if whether else mass
        return early, mass

    def _reachable_payments(self) -> Array:
        """What is paid on some path."""
        ones = [np.ones(len(register.values)) for register in self.running.registers]
        early, mass = self._masses(ones, whether=True)
        paid = self.table[mass > 0]
        return paid if self.coupons is None else np.append(paid, self.coupons[early > 0])

    def _turned(self, factor: float) -> QuantumCircuit:
        circuit = self._empty()
        flags = self._append_computation(circuit)
        undo = circuit.inverse()
        self._append_rotations(circuit, flags, factor)
        circuit.compose(undo, inplace=True)
        return circuit

    def _append_computation(self, circuit: QuantumCircuit) -> list[list[int | None]]:
        """Append ``U``; for each watch the qubit of its flag after each time, ``None`` for 1."""
        flags: list[list[int | None]] = [[] for _ in self.watches]
        free = self.accumulator.end
        for time in self._times:
            self.accumulator.append_addition(circuit, time)
            for watch, held in zip(self.watches, flags, strict=True):
                before = held[-1] if held else None
                if self._may_fall(watch, time):
                    self._append_flag(circuit, watch, time, before, free)
                    before, free = free, free + 1
                held.append(before)
        return flags

    def _append_flag(
        self, circuit: QuantumCircuit, watch: Watch, time: int, before: int | None, flag: int
    ) -> None:
        """Append the AND of a flag and of what it needs to stay 1."""
        edge, sum_qubits = watch.edges[time], self.accumulator.qubits(time)
        if (edge == 0) if watch.is_up else (edge > self.running.highest[time]):
            return  # it falls in any case
        comparison, place = at_least(len(sum_qubits), edge)
        qubits = [*sum_qubits, *self.accumulator.scratch][: comparison.num_qubits]
        result = qubits[place]
        circuit.compose(comparison, qubits, inplace=True)
        if watch.is_up:
            circuit.x(result)
        if before is None:
            circuit.cx(result, flag)
        else:
            circuit.rccx(result, before, flag)
        if watch.is_up:
            circuit.x(result)
        circuit.compose(comparison.inverse(), qubits, inplace=True)

    def _append_rotations(
        self, circuit: QuantumCircuit, flags: list[list[int | None]], factor: float
    ) -> None:
        angles = factor * rotation_angles(self._fractions(self.table))
        objective, total = (
            self.num_value_qubits,
            self.accumulator.qubits(self.running.num_times - 1),
        )
        if self.coupons is not None:
            coupons = factor * rotation_angles(self._fractions(self.coupons))
            circuit.ry(coupons[0], objective)
            for flag, step in zip(flags[0][:-1], np.diff(coupons), strict=True):
                _append_controlled_ry(circuit, step, flag, objective)
            angles = angles - coupons[-1]
            angles[0] = 0.0
        _append_table(circuit, angles, total, [held[-1] for held in flags], objective)


def _append_controlled_ry(
    circuit: QuantumCircuit, angle: float, control: int | None, target: int
) -> None:
    """Append RY where the control is 1, or anyway if there is none."""
    if abs(angle) == 0:
        return
    if control is None:
        circuit.ry(angle, target)
    else:
        circuit.append(WalshRYGate({0: angle / 2, 1: -angle / 2}, 1), [control, target])


def _append_table(
    circuit: QuantumCircuit,
    angles: Array,
    total: Sequence[int],
    flags: Sequence[int | None],
    target: int,
) -> None:
    """Append RY by a table on flags, the first of which is the highest axis, and the last sum."""
    missing = 2 ** len(total) - angles.shape[-1]
    full = np.pad(angles, [(0, 0)] * len(flags) + [(0, missing)], mode="edge")
    for axis, flag in enumerate(flags):
        if flag is None:  # it never falls
            full = np.take(full, [1], axis=axis)
    controls = [*total, *(flag for flag in reversed(flags) if flag is not None)]
    append_table(circuit, full.ravel(), controls, target)
