"""One harmonic of a payoff of the mean of the prices along a path."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.arithmetic.base import RunningSumEncoding, append_table
from qiskit_ssqw.finance.arithmetic.form import checked_laws
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum


@dataclass(frozen=True, eq=False)
class MeanHarmonicEncoding(RunningSumEncoding):
    """Turns the objective by ``phase + frequency * mean(prices)``, one price after the other.

    After each addition the running sum turns the objective by a table of the price at that time,
    so neither an exponential nor the sum of the prices is computed. Probability 0 stands for
    a cosine of 1.

    Args:
        running: The running sum.
        num_value_qubits: Number of value qubits.
        frequency: In radians per unit of the mean.
        phase: In radians.
        size: What multiplies the cosine.
    """

    running: RunningSum
    num_value_qubits: int
    frequency: float
    phase: float
    size: float

    @property
    def low(self) -> float:  # type: ignore[override]
        return self.size

    @property
    def high(self) -> float:  # type: ignore[override]
        return -self.size

    @property
    def structure(self) -> Hashable:
        return type(self), id(self.running)

    @property
    def num_ancillas(self) -> int:  # type: ignore[override]
        return self.accumulator.end - self.num_value_qubits - 1

    def angles(self, integers: NDArray[np.integer]) -> Array:
        totals = self.running.totals(integers)
        parts = [self._turns(time)[totals[:, time]] for time in range(self.running.num_times)]
        return np.asarray(sum(parts))

    def amplitude(self, laws: Sequence[Array]) -> float:
        mass = np.ones(1, dtype=complex)
        for time, law in enumerate(checked_laws(self.placed, laws).values()):
            mass = np.convolve(mass, law) * np.exp(1j * self._turns(time))
        return float(1 - mass.sum().real) / 2

    def _turns(self, time: int) -> Array:
        """Angle at a time for each integer that the sum takes then."""
        angles = self.frequency / self.running.num_times * self.running.prices_at(time)
        return angles if time else angles + self.phase

    def _turned(self, factor: float) -> QuantumCircuit:
        circuit, added = self._empty(), self._empty()
        for time in range(self.running.num_times):
            self.accumulator.append_addition(circuit, time)
            self.accumulator.append_addition(added, time)
            qubits = self.accumulator.qubits(time)
            turns = self._turns(time)
            # Sums that do not occur have the angle of the last one that does.
            turns = np.pad(turns, (0, 2 ** len(qubits) - len(turns)), mode="edge")
            append_table(circuit, factor * turns, qubits, self.num_value_qubits)
        circuit.compose(added.inverse(), inplace=True)
        return circuit
