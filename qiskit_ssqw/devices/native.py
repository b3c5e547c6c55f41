"""Which qubits of a device interact, and how well they do what walks need."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.transpiler import Target, generate_preset_pass_manager

from qiskit_ssqw.devices.noise import DeviceNoise

Compiled = list[tuple[Any, list[int]]]

_PAIRS = ("cx", "cz", "ecr")
"""Gates on two qubits of which one makes a CX; they are looked for in this order."""

_PULSES = (("sx", 2), ("u", 1), ("u3", 1), ("ry", 1), ("rx", 2), ("r", 1))
"""Gates that make a rotation, and how many of them it takes."""


class NativeGates:
    """The CX and the rotations that a device makes of its gates, and their errors.

    Args:
        target: The device.
        noise: Its errors.
    """

    def __init__(self, target: Target, noise: DeviceNoise) -> None:
        self.target, self.noise = target, noise
        self._names = set(target.operation_names)
        self._known: dict[tuple[Any, ...], Compiled] = {}
        self.pair_error = cache(self._pair_error)
        self.rotation_error = cache(self._rotation_error)

    @cached_property
    def qubits(self) -> list[int]:
        """The device's qubits."""
        return list(range(self.target.num_qubits or 0))

    @cached_property
    def neighbours(self) -> dict[int, list[int]]:
        """The qubits with which each may interact, those that always fail left out."""
        edges = self.target.build_coupling_map()
        pairs = (
            [(one, other) for one in self.qubits for other in self.qubits if one != other]
            if edges is None
            else edges.get_edges()
        )
        near: dict[int, set[int]] = {qubit: set() for qubit in self.qubits}
        for one, other in pairs:
            if self.pair_error(one, other) < 1:
                near[one].add(other)
                near[other].add(one)
        return {qubit: sorted(others) for qubit, others in near.items()}

    def _pair_error(self, one: int, other: int) -> float:
        """Chance that a CX depolarises two neighbours."""
        for name in _PAIRS:
            if name in self._names and self._joins(name, one, other):
                chances = [self.noise.depolarised(name, pair) for pair in self._pairs(one, other)]
                return max(chances)  # a symmetric gate may be stated for one direction only
        return self._compiled_error(one, other)

    def _rotation_error(self, qubit: int) -> float:
        """Chance that a rotation depolarises its qubit."""
        for name, count in _PULSES:
            if name in self._names:
                return 1 - (1 - self.noise.depolarised(name, (qubit,))) ** count
        return 0.0

    def flips(self, qubit: int) -> tuple[float, float]:
        """Chance to read 1 where a qubit is 0, and 0 where it is 1."""
        return self.noise.flips(qubit)

    def compiled(self, circuit: QuantumCircuit, where: tuple[int, ...]) -> Compiled:
        """The device's gates for a circuit, and the places of the circuit on which each acts.

        They are found once for all places where the device has the same gates.
        """
        kind = (len(where), self._names_at(where), self._names_at(where[::-1]))
        if kind not in self._known:
            manager = generate_preset_pass_manager(
                1, target=self.target, initial_layout=list(where), seed_transpiler=0
            )
            compiled = manager.run(circuit)
            places = {qubit: place for place, qubit in enumerate(where)}
            self._known[kind] = [
                (step.operation, [places[compiled.find_bit(qubit).index] for qubit in step.qubits])
                for step in compiled.data
            ]
        return self._known[kind]

    def _names_at(self, qubits: tuple[int, ...]) -> frozenset[str]:
        """The operations on some qubits in this order."""
        try:
            return frozenset(self.target.operation_names_for_qargs(qubits))
        except KeyError:
            return frozenset()

    def _compiled_error(self, one: int, other: int) -> float:
        """Chance that any of the gates that make a CX depolarises its qubits."""
        where = (one, other)
        chances = [
            self.noise.depolarised(gate.name, [where[place] for place in places])
            for gate, places in self.compiled(one_cx(), where)
            if len(places) == 2
        ]
        return 1 - float(np.prod(1 - np.array(chances)))

    def _joins(self, name: str, one: int, other: int) -> bool:
        entries = self.target[name] or {None: None}
        return None in entries or any(pair in entries for pair in self._pairs(one, other))

    @staticmethod
    def _pairs(one: int, other: int) -> tuple[tuple[int, int], tuple[int, int]]:
        return (one, other), (other, one)


def one_cx() -> QuantumCircuit:
    """A CX whose control is the last qubit, which Qiskit's matrices have in front."""
    circuit = QuantumCircuit(2)
    circuit.cx(1, 0)
    return circuit
