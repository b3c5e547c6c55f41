"""Where the running sum and its helpers lie among the qubits of a payoff circuit."""

from __future__ import annotations

from dataclasses import dataclass

from qiskit import QuantumCircuit

from qiskit_ssqw.finance.arithmetic.reversible import adder
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum


@dataclass(frozen=True, eq=False)
class Accumulator:
    """The register of a running sum: that of the first time and clean qubits above it.

    Behind the objective come the clean qubits of the sum, then ``scratch`` for the carries of
    additions and comparisons, then whatever an encoding adds.
    """

    running: RunningSum
    num_value_qubits: int

    def qubits(self, time: int) -> list[int]:
        """Those that hold the sum at a time, least significant first."""
        return self._all[: self.running.highest[time].bit_length()]

    @property
    def _all(self) -> list[int]:
        first = self.running.registers[0].qubits
        above = self.num_value_qubits + 1
        return [*first, *range(above, above + self.num_extra)]

    @property
    def num_extra(self) -> int:
        """Qubits of the sum beyond those of the first register."""
        return self.running.highest[-1].bit_length() - self.running.registers[0].num_qubits

    @property
    def scratch(self) -> range:
        """Qubits that are clean between additions."""
        first = self.num_value_qubits + 1 + self.num_extra
        size = self.running.highest[-1].bit_length()
        fewest = min(register.num_qubits for register in self.running.registers)
        return range(first, first + size - min(fewest - 1, 1))

    @property
    def end(self) -> int:
        """The first qubit behind."""
        return self.scratch.stop

    def append_addition(self, circuit: QuantumCircuit, time: int) -> None:
        """Append what takes the sum of the time before (counted from 0) to that of a time."""
        if time == 0:
            return
        register, total = self.running.registers[time], self.qubits(time)
        zeros = len(total) - register.num_qubits
        clean, *above = self.scratch[: zeros + 1]
        circuit.compose(
            adder(len(total), zeros), [*register.qubits, *above, *total, clean], inplace=True
        )
