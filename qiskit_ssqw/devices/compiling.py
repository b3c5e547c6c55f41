"""Circuits at a fixed place of a device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.transpiler import Target, generate_preset_pass_manager

LEVEL = 3
"""Of Qiskit's optimisation, where nothing else is said."""


class PlacedPassManager:
    """Compiles circuits whose first qubits have given places on a device.

    Further qubits, such as those of a payoff, get the free places nearest to these. It may serve as
    ``pass_manager`` of `qiskit_ssqw.finance.price`.

    Args:
        target: The device.
        places: The device's qubit of each of the first qubits.
        level: Of Qiskit's optimisation. From 2 on, gates on the same two qubits are synthesised
            anew, which may turn qubits over on the way: relaxation then acts otherwise.
    """

    def __init__(self, target: Target, places: Sequence[int], level: int = LEVEL) -> None:
        self.target, self.places, self.level = target, tuple(places), level

    def run(self, circuits: Any, **options: Any) -> Any:
        """Compile a circuit, or each of several.

        Args:
            circuits: A circuit or a sequence of them.
            options: For Qiskit's ``PassManager.run``.

        Raises:
            ValueError: A circuit has fewer qubits than places, or more than the device.
        """
        if isinstance(circuits, QuantumCircuit):
            return self._compiled(circuits, options)
        return [self._compiled(circuit, options) for circuit in circuits]

    def _compiled(self, circuit: QuantumCircuit, options: dict[str, Any]) -> QuantumCircuit:
        manager = generate_preset_pass_manager(
            self.level,
            target=self.target,
            initial_layout=self._layout(circuit.num_qubits),
            seed_transpiler=0,
        )
        return manager.run(circuit, **options)

    def _layout(self, num_qubits: int) -> list[int]:
        """The given places, and the free ones nearest to them."""
        most = self.target.num_qubits or 0
        if not len(self.places) <= num_qubits <= most:
            raise ValueError(
                f"a circuit must have {len(self.places)} to {most} qubits, got {num_qubits}"
            )
        layout, edges = list(self.places), self.target.build_coupling_map()
        near = edges.neighbors if edges else lambda _: range(most)
        for place in layout:  # grows while it is walked along: breadth first
            if len(layout) >= num_qubits:
                break
            layout += sorted({*near(place)} - {*layout})
        rest = sorted({*range(most)} - {*layout})  # a device in parts
        return [*layout, *rest][:num_qubits]


def default_compiled(circuit: QuantumCircuit, target: Target) -> QuantumCircuit:
    """A circuit where Qiskit puts it."""
    return generate_preset_pass_manager(LEVEL, target=target, seed_transpiler=0).run(circuit)
