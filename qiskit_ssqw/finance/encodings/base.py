"""What every payoff circuit offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.finance.encodings.sparse import angles_of, nonzero_rotations


class PayoffEncoding(ABC):
    """A rotation of one objective qubit whose probability of 1 tells a payoff.

    Its circuits act on the value qubits, least significant first, then the objective, then
    ``num_ancillas`` qubits that begin and end in 0.
    """

    num_value_qubits: int
    low: float
    """What probability 0 of the objective stands for."""
    high: float
    """What probability 1 stands for."""
    num_ancillas: int = 0

    @property
    @abstractmethod
    def shown(self) -> Array:
        """Probability of objective 1 at each grid point, shape ``(2**n,)``."""

    @property
    def structure(self) -> Hashable:
        """What decides about the number of gates: encodings that share it take as many."""
        return id(self)

    @abstractmethod
    def circuit(self) -> QuantumCircuit:
        """The rotation ``R``."""

    @abstractmethod
    def reflection(self) -> QuantumCircuit:
        """``R^-1 Z R``, with Z on the objective."""

    def to_price(self, amplitude: float) -> float:
        """The expected payoff that a probability of objective 1 stands for."""
        return self.low + (self.high - self.low) * amplitude

    @property
    def loaded_payoff(self) -> Array:
        """The payoff that the circuit computes, at each grid point."""
        return np.asarray(self.low + (self.high - self.low) * self.shown)


class TurnedEncoding(PayoffEncoding):
    """A circuit that turns the objective by angles, whatever it computes besides.

    ``RY(-a) Z RY(a) = Z RY(2 a)``, so the reflection is one circuit with twice the angles.
    """

    @abstractmethod
    def _turned(self, factor: float) -> QuantumCircuit:
        """The circuit with multiples of the angles."""

    def circuit(self) -> QuantumCircuit:
        return self._turned(1.0)

    def reflection(self) -> QuantumCircuit:
        circuit = self._turned(2.0)
        circuit.z(self.num_value_qubits)
        return circuit


@dataclass(frozen=True)
class AngleEncoding(TurnedEncoding):
    """A multiplexed RY by the angles whose Walsh coefficients are given; no ancillas.

    Args:
        rotations: Coefficients in radians, by mask.
        num_value_qubits: Number of value qubits.
        low: What probability 0 of the objective stands for.
        high: What probability 1 stands for.
    """

    rotations: dict[int, float]
    num_value_qubits: int
    low: float
    high: float

    @classmethod
    def from_angles(cls, angles: Array, low: float, high: float) -> AngleEncoding:
        """Make the encoding that turns the objective by the given angle at each grid point."""
        return cls(nonzero_rotations(angles), len(angles).bit_length() - 1, low, high)

    @property
    def shown(self) -> Array:
        return np.asarray(np.sin(angles_of(self.rotations, 2**self.num_value_qubits) / 2) ** 2)

    @property
    def structure(self) -> Hashable:
        return tuple(self.rotations)

    def _turned(self, factor: float) -> QuantumCircuit:
        size = self.num_value_qubits
        circuit = QuantumCircuit(size + 1, name="payoff")
        scaled = {mask: factor * angle for mask, angle in self.rotations.items()}
        circuit.append(WalshRYGate(scaled, size), range(size + 1))
        return circuit
