"""Physical qubits and time, by Microsoft's estimator."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.finance.running.times import duration

_NANOSECONDS = 1e-9


@dataclass(frozen=True)
class PhysicalResources(Tabular):
    """Physical qubits and time of an estimation, by the model of Microsoft's estimator.

    Its T gates follow one another (parallel synthesis, sequential Pauli computation), so the
    time is that of a logical cycle for each.
    """

    physical_qubits: int
    factory_qubits: int
    """Of them in factories of T states."""
    num_factories: int
    code_distance: int
    logical_qubits: int
    """With those of the layout."""
    error_budget: float
    """Probability that the costliest circuit fails."""
    circuit_seconds: float
    """Time of the costliest circuit."""
    total_seconds: float
    """Time of all circuits, one after the other on one machine."""

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as a dictionary that JSON can hold."""
        return asdict(self)

    def _heading(self) -> str:
        return "Physical resources by Microsoft's estimator"

    def _rows(self) -> list[Row]:
        factories = f"{self.factory_qubits:,} in {self.num_factories} factories of T states"
        return [
            ("physical qubits", self.physical_qubits, factories),
            ("logical qubits of the layout", self.logical_qubits, ""),
            ("code distance", self.code_distance, f"failures of a circuit {self.error_budget:g}"),
            ("seconds of the costliest circuit", self.circuit_seconds, ""),
            ("seconds in all", self.total_seconds, duration(self.total_seconds)),
        ]


def estimated(
    counts: dict[str, int], repeats: float, error_budget: float, params: dict[str, Any]
) -> PhysicalResources:
    """Estimate the resources of a circuit, and of so many that take as long.

    Args:
        counts: Logical counts of the circuit.
        repeats: Time of all circuits, in times of this one.
        error_budget: Probability that it fails.
        params: Parameters of Microsoft's estimator.

    Raises:
        ImportError: The package qdk is not there.
    """
    try:
        from qdk.estimator import LogicalCounts
    except ImportError as error:
        raise ImportError(
            "physical resources need the package qdk: pip install 'qiskit-ssqw[resources]'"
        ) from error
    found = LogicalCounts(counts).estimate({"errorBudget": error_budget, **params})
    physical, parts = found["physicalCounts"], found["physicalCounts"]["breakdown"]
    seconds = physical["runtime"] * _NANOSECONDS
    return PhysicalResources(
        physical_qubits=physical["physicalQubits"],
        factory_qubits=parts["physicalQubitsForTfactories"],
        num_factories=parts["numTfactories"],
        code_distance=found["logicalQubit"]["codeDistance"],
        logical_qubits=parts["algorithmicLogicalQubits"],
        error_budget=error_budget,
        circuit_seconds=seconds,
        total_seconds=repeats * seconds,
    )
