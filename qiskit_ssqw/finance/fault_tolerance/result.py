"""What an estimation takes on a fault-tolerant machine, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from qiskit_ssqw import _validation as check
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.finance.fault_tolerance.counts import GateCounts
from qiskit_ssqw.finance.fault_tolerance.physical import PhysicalResources, estimated


@dataclass(frozen=True)
class Resources(Tabular):
    """What an estimation takes on a fault-tolerant machine.

    Where a payoff is several problems, the gates of A and of an iterate are those of the problem
    with the costliest circuit.
    """

    payoff: str
    estimator: str
    error: float
    """Half width of the price's interval, in units of the payoff."""
    epsilon: float
    """The same as a fraction of the payoff's range on the grid."""
    alpha: float
    """Probability that the interval misses."""
    synthesis_share: float
    """Share of the error that words for rotations may make."""
    word_tolerance: float
    """How far each rotation may be off, in the operator norm."""
    words_are_fitted: bool
    """Whether a fit gave the T gates of rotations, for there are too many to find their words."""
    grid_qubits: int
    """Qubits of the grid."""
    num_qubits: int
    """All logical qubits, ancillas included."""
    num_problems: int
    prepare: GateCounts
    """Gates of A."""
    iterate: GateCounts
    """Gates that one more Grover iterate adds."""
    loader: GateCounts
    """Gates of the iterate that load, forwards and backwards."""
    payoff_rotation: GateCounts
    """Gates of the iterate that rotate by the payoff."""
    reflection: GateCounts
    """Gates of the iterate's zero reflection."""
    max_power: int
    """Largest power of the Grover operator."""
    deepest: GateCounts
    """Gates of the costliest circuit."""
    oracle_calls: int
    """Applications of the Grover operator, all shots and problems together."""
    shots: int
    """How often a circuit is measured, all together."""
    total: GateCounts
    """Gates of all circuits, each as often as it is measured."""
    classical_samples: float
    """Samples of classical Monte Carlo for the same interval."""

    def logical_counts(self, *, synthesised: bool = True) -> dict[str, int]:
        """Return what Microsoft's estimator takes for the costliest circuit.

        ``qdk.estimator.LogicalCounts`` is made of them.

        Args:
            synthesised: Whether rotations count as their T gates, or are left to that estimator.
        """
        circuit = self.deepest
        return {
            "numQubits": self.num_qubits,
            "tCount": circuit.t_count if synthesised else circuit.toffoli_t,
            "rotationCount": 0 if synthesised else circuit.rotations,
            "rotationDepth": 0 if synthesised else circuit.rotation_depth,
            "measurementCount": 1,
        }

    def physical(
        self, *, error_budget: float = 0.01, params: Mapping[str, Any] | None = None
    ) -> PhysicalResources:
        """Estimate physical qubits and time with Microsoft's estimator (extra ``resources``).

        Args:
            error_budget: Probability that the costliest circuit fails. A failure spoils one shot.
            params: More of that estimator's parameters, such as ``{"qubitParams": {"name":
                "qubit_gate_ns_e4"}}``; by default superconducting qubits with errors of 1e-3 and
                the surface code.

        Raises:
            ImportError: The package qdk is not there.
            ValueError: ``error_budget`` is not between 0 and 1.
        """
        check.open_unit_interval(error_budget, "error_budget")
        repeats = self.total.t_count / max(self.deepest.t_count, 1)
        return estimated(self.logical_counts(), repeats, error_budget, dict(params or {}))

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as a dictionary that JSON can hold."""
        return asdict(self)

    def _heading(self) -> str:
        return f"{self.payoff}: an estimation to {self.error:.3g} on a fault-tolerant machine"

    def _rows(self) -> list[Row]:
        problems = f"{self.grid_qubits} of the grid, {self.num_problems} estimation problem(s)"
        return [
            ("logical qubits", self.num_qubits, problems),
            *_gate_rows("A", self.prepare),
            *_gate_rows("an iterate", self.iterate),
            ("  T of the loader, twice", self.loader.t_count, ""),
            ("  T of the payoff", self.payoff_rotation.t_count, ""),
            ("  T of the reflection", self.reflection.t_count, "Toffolis without measurement"),
            ("oracle calls", self.oracle_calls, f"{self.estimator}, {self.shots:,} shots"),
            ("largest power", self.max_power, ""),
            ("T of the costliest circuit", self.deepest.t_count, ""),
            ("T depth of it", self.deepest.t_depth, ""),
            ("T in all", self.total.t_count, f"depth {self.total.t_depth:,}"),
            ("classical Monte Carlo", round(self.classical_samples), "samples, the same interval"),
        ]

    def _note(self) -> str:
        found = "by a fit of their length" if self.words_are_fitted else "found one by one"
        text = (
            f"Rotations are words within {self.word_tolerance:.2g}, {found}; all errors of words "
            f"together are at most {100 * self.synthesis_share:.3g}% of the error."
        )
        if self.reflection.rotations:
            text += " With ancilla=True the reflection would take no rotations."
        return text


def _gate_rows(name: str, counts: GateCounts) -> list[Row]:
    return [
        (f"CX of {name}", counts.cx, f"{counts.rotations:,} rotations"),
        (f"T of {name}", counts.t_count, f"depth {counts.t_depth:,}"),
    ]
