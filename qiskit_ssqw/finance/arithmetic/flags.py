"""Circuits that compute a running sum and flags, and rotate by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.finance.arithmetic.base import RunningSumEncoding, append_table, shown_by
from qiskit_ssqw.finance.arithmetic.form import checked_laws
from qiskit_ssqw.finance.arithmetic.reversible import at_least
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.arithmetic.watched import Watch, WatchedSum


@dataclass(frozen=True, eq=False)
class FlagEncoding(RunningSumEncoding):
    """Turns the objective by a table on flags and the last sum, and by when the contract ends.

    Every watch has one clean qubit for each time at which its flag may fall; it holds whether the
    flag is still 1. The difference of neighbours tells the time of the fall, so that the angles of
    early ends are linear in the flags, two CX each.

    Args:
        watched: The running sum and its flags.
        num_value_qubits: Number of value qubits.
        low: What probability 0 of the objective stands for.
        high: What probability 1 stands for.
        turns: Angle in radians by the flags at the last time, one axis of length 2 each, and the
            last sum. Where the contract has ended it is not read.
        early_turns: Angle if it ends at a time, shape ``(T,)``; ``None`` if it does not end.
    """

    watched: WatchedSum
    num_value_qubits: int
    low: float
    high: float
    turns: Array
    early_turns: Array | None = None

    @property
    def running(self) -> RunningSum:  # type: ignore[override]
        return self.watched.running

    @property
    def num_ancillas(self) -> int:  # type: ignore[override]
        highest = list(enumerate(self.running.highest))
        flags = sum(watch.may_fall(*at) for watch in self.watched.watches for at in highest)
        return self.accumulator.end - self.num_value_qubits - 1 + flags

    def angles(self, integers: NDArray[np.integer]) -> Array:
        flags, last, ends = self.watched.follow(integers)
        entries = (*flags, last)
        angles = np.asarray(self.turns[entries])
        if self.early_turns is None:
            return angles
        early = self.early_turns[np.minimum(ends, self.running.num_times - 1)]
        return np.where(ends < self.running.num_times, early, angles)

    def amplitude(self, laws: Sequence[Array]) -> float:
        early, mass = self.watched.masses(checked_laws(self.placed, laws).values())
        shown = float((mass * shown_by(self.turns[..., : mass.shape[-1]])).sum())
        if self.early_turns is not None:
            shown += float(early @ shown_by(self.early_turns))
        return shown

    def _turned(self, factor: float) -> QuantumCircuit:
        circuit = self._empty()
        flags = self._append_computation(circuit)
        undo = circuit.inverse()
        self._append_rotations(circuit, flags, factor)
        circuit.compose(undo, inplace=True)
        return circuit

    def _append_computation(self, circuit: QuantumCircuit) -> list[list[int | None]]:
        """Append ``U``; for each watch the qubit of its flag after each time, ``None`` for 1."""
        flags: list[list[int | None]] = [[] for _ in self.watched.watches]
        free = self.accumulator.end
        for time, highest in enumerate(self.running.highest):
            self.accumulator.append_addition(circuit, time)
            for watch, held in zip(self.watched.watches, flags, strict=True):
                before = held[-1] if held else None
                if watch.may_fall(time, highest):
                    self._append_flag(circuit, watch, time, before, free)
                    before, free = free, free + 1
                held.append(before)
        return flags

    def _append_flag(
        self, circuit: QuantumCircuit, watch: Watch, time: int, before: int | None, flag: int
    ) -> None:
        """Append the AND of a flag and of what it needs to stay 1."""
        if watch.falls(time, self.running.highest[time]):
            return
        sum_qubits = self.accumulator.qubits(time)
        comparison, place = at_least(len(sum_qubits), watch.edges[time])
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
        turns, objective = factor * self.turns, self.num_value_qubits
        if self.early_turns is not None:
            early = factor * self.early_turns
            circuit.ry(early[0], objective)
            for flag, step in zip(flags[0][:-1], np.diff(early), strict=True):
                _append_controlled_ry(circuit, step, flag, objective)
            turns = turns - early[-1]
            turns[0] = 0.0
        # The first flag is the highest axis; at the end each has a qubit.
        last = [flag for *_, flag in reversed(flags) if flag is not None]
        total = self.accumulator.qubits(self.running.num_times - 1)
        append_table(circuit, turns.ravel(), [*total, *last], objective)


def _append_controlled_ry(
    circuit: QuantumCircuit, angle: float, control: int | None, target: int
) -> None:
    """Append RY where the control is 1, or anyway if there is none."""
    if angle == 0:
        return
    if control is None:
        circuit.ry(angle, target)
    else:
        circuit.append(WalshRYGate({0: angle / 2, 1: -angle / 2}, 1), [control, target])
