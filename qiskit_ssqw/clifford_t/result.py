"""A loader of Clifford and T gates, and how close it comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from qiskit_ssqw import metrics
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.clifford_t.synthesis import t_count, t_depth
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import MultiscaleWalk


@dataclass(frozen=True, eq=False)
class TLeanResult(Tabular):
    """A loader of Clifford and T gates, and how close it comes to its target.

    All numbers are read off the circuit itself, the error from its exact state.
    """

    circuit: QuantumCircuit
    """Gates CX, H, S, T, X, Z and inverses; it loads the target up to phases of the amplitudes."""
    target: TargetDistribution
    """What it is to load."""
    tolerance: float
    """The `total_variation` that was asked for."""
    walk: MultiscaleWalk = field(repr=False)
    """The walk whose coins were snapped."""
    seed: int
    """The same seed and versions give the same circuit."""

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """What the circuit loads, shape ``(2**n,)``."""
        return np.asarray(self._state.probabilities())

    @property
    def total_variation(self) -> float:
        """Total variation distance between target and circuit."""
        return metrics.total_variation(self.target.probabilities.ravel(), self.probabilities)

    @property
    def fidelity(self) -> float:
        """Fidelity with ``sum_x sqrt(p_x) |x>``: small, as phases are free."""
        return metrics.fidelity(self.target.probabilities.ravel(), self._state.data)

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
        """Whether the total variation is within the tolerance."""
        return self.total_variation <= self.tolerance

    @property
    def message(self) -> str:
        """What came of it, with advice where the tolerance was missed."""
        error = f"The total variation {self.total_variation:.2e}"
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
        return [
            ("qubits", self.circuit.num_qubits, ""),
            ("T gates", self.t_count, f"depth {self.t_depth:,}"),
            ("CX gates", self.two_qubit_gates, ""),
            ("total variation", f"{self.total_variation:.2e}", f"tolerance {self.tolerance:g}"),
            ("fidelity", f"{self.fidelity:.6f}", "with sum sqrt(p) |x>, but phases are free"),
        ]

    def _note(self) -> str:
        return self.message
