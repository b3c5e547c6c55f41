"""A loader of Clifford and T gates, and how close it comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qiskit_ssqw import metrics
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.clifford_t.synthesis import t_count, t_depth
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import MultiscaleWalk

Phases = Literal["free", "positive"]


@dataclass(frozen=True, eq=False)
class TLeanResult(Tabular):
    """A loader of Clifford and T gates, and how close it comes to its target.

    All numbers are read off the circuit itself, the error from its exact state.
    """

    circuit: QuantumCircuit
    """Gates CX, H, S, T, X, Z and inverses."""
    target: TargetDistribution
    """What it is to load."""
    tolerance: float
    """The `error` that was asked for."""
    phases: Phases
    """``"positive"`` if phases of the amplitudes count, else ``"free"``."""
    walk: MultiscaleWalk = field(repr=False)
    """The walk whose coins were snapped."""
    seed: int
    """The same seed and versions give the same circuit."""

    @cached_property
    def probabilities(self) -> Array:
        """What the circuit loads, shape ``(2**n,)``."""
        return np.asarray(self._state.probabilities())

    @property
    def total_variation(self) -> float:
        """Total variation distance between target and circuit."""
        return metrics.total_variation(self.target.probabilities.ravel(), self.probabilities)

    @property
    def fidelity(self) -> float:
        """Fidelity with ``sum_x sqrt(p_x) |x>``, which may be small where phases are free."""
        return metrics.fidelity(self.target.probabilities.ravel(), self._state.data)

    @property
    def error(self) -> float:
        """What the tolerance bounds: `total_variation`, and half the infidelity if phases count."""
        if self.phases == "free":
            return self.total_variation
        return max(self.total_variation, (1 - self.fidelity) / 2)

    @property
    def t_count(self) -> int:
        """Number of T gates."""
        return t_count(self.circuit)

    @property
    def t_depth(self) -> int:
        """Largest number of T gates that wait for each other."""
        return t_depth(self.circuit)

    @property
    def two_qubit_gates(self) -> int:
        """Number of CX gates."""
        return int(self.circuit.count_ops().get("cx", 0))

    @property
    def success(self) -> bool:
        """Whether the error is within the tolerance."""
        return self.error <= self.tolerance

    @property
    def message(self) -> str:
        """What came of it, with advice where the tolerance was missed."""
        error = f"The error {self.error:.2e}"
        if self.success:
            return f"{error} is within the tolerance, with {self.t_count} T gates."
        return (
            f"{error} misses the tolerance {self.tolerance:g}: give a walk that is closer to the "
            "target, or raise the tolerance."
        )

    @cached_property
    def _state(self) -> Statevector:
        return Statevector(self.circuit)

    def _heading(self) -> str:
        return f"T-lean loader {'succeeded' if self.success else 'MISSED THE TOLERANCE'}"

    def _rows(self) -> list[Row]:
        free = ", but phases are free" if self.phases == "free" else ""
        return [
            ("qubits", self.circuit.num_qubits, ""),
            ("T gates", self.t_count, f"depth {self.t_depth:,}"),
            ("CX gates", self.two_qubit_gates, ""),
            ("total variation", f"{self.total_variation:.2e}", f"tolerance {self.tolerance:g}"),
            ("fidelity", f"{self.fidelity:.6f}", f"with sum sqrt(p) |x>{free}"),
        ]

    def _note(self) -> str:
        return self.message
