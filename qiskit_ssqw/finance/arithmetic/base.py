"""What the payoff circuits with arithmetic share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.finance.arithmetic.accumulator import Accumulator
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.encodings.base import TurnedEncoding
from qiskit_ssqw.finance.encodings.sparse import nonzero_rotations
from qiskit_ssqw.finance.registers import Register

MOST_LISTED = 20
"""Value qubits up to which all grid points are listed."""


class ArithmeticEncoding(TurnedEncoding):
    """A rotation of the objective by what a reversible computation says of the registers.

    The circuit is ``U^-1 T U``: ``U`` computes, as a permutation up to phases, and ``T`` turns the
    objective by an angle that depends on the computed bits. So the reflection is ``Z`` after the
    same circuit with twice the angles.
    """

    num_value_qubits: int

    @property
    @abstractmethod
    def placed(self) -> dict[int, Register]:
        """The registers that it reads, by their place among those of the model."""

    @abstractmethod
    def angles(self, integers: NDArray[np.integer]) -> Array:
        """By how many radians the objective turns where the model's registers hold these integers.

        Args:
            integers: Shape ``(N, number of registers)``.
        """

    def at(self, integers: NDArray[np.integer]) -> Array:
        """Probability of objective 1 there, shape ``(N,)``."""
        return shown_by(self.angles(integers))

    @abstractmethod
    def amplitude(self, laws: Sequence[Array]) -> float:
        """Probability of objective 1 for independent registers, at any size.

        A dynamic programme over what is computed, such as sums and flags: the lattice method,
        which classically prices the contract at once.

        Args:
            laws: Probabilities of each register's integers, in the order of the model's registers.
        """

    @property
    def shown(self) -> Array:
        return self.at(self._integers())

    def _empty(self) -> QuantumCircuit:
        return QuantumCircuit(self.num_value_qubits + 1 + self.num_ancillas, name="payoff")

    def _integers(self) -> NDArray[np.int64]:
        """What the registers hold at each grid point."""
        if self.num_value_qubits > MOST_LISTED:
            raise ValueError(
                f"a list of all grid points is for up to {MOST_LISTED} qubits, got "
                f"{self.num_value_qubits}: take amplitude(laws) or at(integers)"
            )
        points = np.arange(2**self.num_value_qubits)
        integers = np.zeros((len(points), max(self.placed) + 1), dtype=np.int64)
        for place, register in self.placed.items():
            for bit, qubit in enumerate(register.qubits):
                integers[:, place] |= (points >> qubit & 1) << bit
        return integers


class RunningSumEncoding(ArithmeticEncoding):
    """A rotation of the objective by what a running sum says of a path."""

    running: RunningSum

    @property
    def placed(self) -> dict[int, Register]:
        return self.running.placed

    @cached_property
    def accumulator(self) -> Accumulator:
        """Where the running sum lies."""
        return Accumulator(self.running, self.num_value_qubits)


def shown_by(angles: Array) -> Array:
    """Probability of 1 that RY by an angle gives a qubit in 0."""
    return np.asarray(np.sin(angles / 2) ** 2)


def append_table(
    circuit: QuantumCircuit, angles: Array, controls: Sequence[int], target: int
) -> None:
    """Append RY by a table of angles, one for each integer that the controls may hold."""
    gate = WalshRYGate(nonzero_rotations(angles), len(controls))
    circuit.append(gate, [*controls, target])
