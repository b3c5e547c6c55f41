"""Circuits at a given place of a device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.transpiler import Target, generate_preset_pass_manager

from qiskit_ssqw.devices.noise import DeviceNoise

LEVEL = 3
"""Of Qiskit's optimisation, where nothing else is said."""

_SEEDS = range(3)
"""Of Qiskit's own placements, which differ by a SWAP or two."""


class PlacedPassManager:
    """Compiles circuits whose first qubits have given places on a device.

    The first further qubit, that of a payoff, is tried at each free place next to these, as what
    the payoff's rotation takes depends on that; others get the nearest free places. What errs least
    is taken. It may serve as ``pass_manager`` of `qiskit_ssqw.finance.price`.

    Args:
        target: The device.
        places: The device's qubit of each of the first qubits.
        level: Of Qiskit's optimisation. From 2 on, gates on the same two qubits are synthesised
            anew, which may turn qubits over on the way: relaxation then acts otherwise.
        noise: The device's errors; by default two-qubit gates count.
        may_move: Whether circuits that have further qubits go where Qiskit puts them if they err
            less there: the best place of a loader need not be that of a payoff.
    """

    def __init__(
        self,
        target: Target,
        places: Sequence[int],
        level: int = LEVEL,
        *,
        noise: DeviceNoise | None = None,
        may_move: bool = False,
    ) -> None:
        self.target, self.places, self.level = target, tuple(places), level
        self.noise, self.may_move = noise, may_move

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
        size = circuit.num_qubits
        settings: list[dict[str, Any]] = [
            {"initial_layout": layout} for layout in self._layouts(size)
        ]
        if self.may_move and size > len(self.places):
            settings += [{"seed_transpiler": seed} for seed in _SEEDS]
        found = (
            generate_preset_pass_manager(
                self.level, target=self.target, **{"seed_transpiler": 0, **setting}
            ).run(circuit, **options)
            for setting in settings
        )
        return min(found, key=self._loss) if len(settings) > 1 else next(found)

    def _loss(self, compiled: QuantumCircuit) -> float:
        """What goes wrong by gates, and with what is read; alike, the first is taken."""
        if self.noise is None:
            return float(compiled.num_nonlocal_gates())
        read = compiled.get_instructions("measure")
        flips = (self.noise.flips(compiled.find_bit(step.qubits[0]).index) for step in read)
        return self.noise.decay(compiled) + sum(map(max, flips))

    def _layouts(self, num_qubits: int) -> list[list[int]]:
        """The given places, and free ones for further qubits."""
        most = self.target.num_qubits or 0
        if not len(self.places) <= num_qubits <= most:
            raise ValueError(
                f"a circuit must have {len(self.places)} to {most} qubits, got {num_qubits}"
            )
        if num_qubits == len(self.places):
            return [list(self.places)]
        edges = self.target.build_coupling_map()
        if edges is None:
            return [self._grown([*self.places], num_qubits)]
        beside = {other for place in self.places for other in edges.neighbors(place)}
        free = sorted(beside - {*self.places})
        starts = [[*self.places, first] for first in free] or [[*self.places]]
        return [self._grown(start, num_qubits) for start in starts]

    def _grown(self, layout: list[int], num_qubits: int) -> list[int]:
        """A layout with the free places nearest to it."""
        most, edges = self.target.num_qubits or 0, self.target.build_coupling_map()
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
