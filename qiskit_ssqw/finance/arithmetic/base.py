"""What the payoff circuits with arithmetic share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit

from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.finance.arithmetic.accumulator import Accumulator
from qiskit_ssqw.finance.arithmetic.running_sum import RunningSum
from qiskit_ssqw.finance.encodings import PayoffEncoding
from qiskit_ssqw.finance.encodings.sparse import nonzero_rotations
from qiskit_ssqw.finance.registers import Register

Array = NDArray[np.float64]

MOST_LISTED = 20
"""Value qubits up to which all grid points are listed."""


class ArithmeticEncoding(PayoffEncoding):
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
        return np.asarray(np.sin(self.angles(integers) / 2) ** 2)

    @abstractmethod
    def amplitude(self, laws: Sequence[Array]) -> float:
        """Probability of objective 1 for independent registers, at any size.

        A dynamic programme over what is computed, such as sums and flags: the lattice method,
        which classically prices the contract at once.

        Args:
            laws: Probabilities of each register's integers, in the order of the model's registers.
        """

    @abstractmethod
    def _turned(self, factor: float) -> QuantumCircuit:
        """The circuit with multiples of the angles."""

    @property
    def shown(self) -> Array:
        return self.at(self._integers())

    def circuit(self) -> QuantumCircuit:
        return self._turned(1.0)

    def reflection(self) -> QuantumCircuit:
        circuit = self._turned(2.0)
        circuit.z(self.num_value_qubits)
        return circuit

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


def rotation_angles(fractions: Array) -> Array:
    """Radians by which a qubit turns to show these probabilities of 1."""
    return np.asarray(2 * np.arcsin(np.sqrt(fractions)))


def checked_laws(placed: Mapping[int, Register], laws: Sequence[Array]) -> dict[int, Array]:
    """The laws of some registers, by their places and in their order.

    Raises:
        ValueError: One is missing, or has another length than its register.
    """
    if len(laws) <= max(placed):
        raise ValueError(f"laws must be {max(placed) + 1} or more, got {len(laws)}")
    chosen = {place: np.asarray(laws[place], dtype=float) for place in placed}
    for place, register in placed.items():
        if chosen[place].shape != register.values.shape:
            raise ValueError(
                f"the law of register {register.name!r} must have {len(register.values)} "
                f"probabilities, got shape {chosen[place].shape}"
            )
    return chosen


def append_table(
    circuit: QuantumCircuit, angles: Array, controls: Sequence[int], target: int
) -> None:
    """Append RY by a table of angles, of integers from 0 on; those beyond have the last one."""
    full = np.pad(angles, (0, 2 ** len(controls) - len(angles)), mode="edge")
    gate = WalshRYGate(nonzero_rotations(full), len(controls))
    circuit.append(gate, [*controls, target])
