"""What a device makes of a CX and of a rotation, where, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.transpiler import Target, generate_preset_pass_manager

from qiskit_ssqw.devices.noise import DeviceNoise

Array = NDArray[np.floating]
Compiled = list[tuple[Any, list[int]]]

_PAIRS = ("cx", "cz", "ecr")
"""Gates on two qubits of which one makes a CX; they are looked for in this order."""

_PULSES = (("sx", 2), ("u", 1), ("u3", 1), ("ry", 1), ("rx", 2), ("r", 1))
"""Gates that make a rotation, and how many of them it takes."""


class NativeGates:
    """The CX and the rotations of a device, with their errors.

    Args:
        target: The device.
        noise: Its errors.
    """

    def __init__(self, target: Target, noise: DeviceNoise) -> None:
        self.target, self.noise = target, noise
        self._names = set(target.operation_names)
        self._known: dict[tuple[Any, ...], Compiled] = {}

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

    @cache  # noqa: B019 - lives as long as one fit
    def pair_error(self, one: int, other: int) -> float:
        """Chance that a CX depolarises two neighbours."""
        for name in _PAIRS:
            if name in self._names and self._joins(name, one, other):
                chances = [self.noise.depolarised(name, pair) for pair in self._pairs(one, other)]
                return max(chances)  # a symmetric gate may be stated for one direction only
        return self._compiled_error(one, other)

    @cache  # noqa: B019
    def rotation_error(self, qubit: int) -> float:
        """Chance that a rotation depolarises its qubit."""
        for name, count in _PULSES:
            if name in self._names:
                return 1 - (1 - self.noise.depolarised(name, (qubit,))) ** count
        return 0.0

    def flips(self, qubit: int) -> tuple[float, float]:
        """Chance to read 1 where a qubit is 0, and 0 where it is 1."""
        return self.noise.flips(qubit)

    @cached_property
    def ideal_cx(self) -> Array:
        """Pauli transfer matrix of a CX without errors, the control in front."""
        return pauli_transfer(_cx())

    @cache  # noqa: B019
    def cx_channel(self, control: int, target: int) -> Array:
        """Pauli transfer matrix of a CX, shape ``(16, 16)``, the control in front.

        Only gates on two qubits err: those on one become part of the rotations around them.
        """
        return self._channel(_cx(), (target, control), ideal_rotations=True)

    @cache  # noqa: B019
    def rotation_channel(self, qubit: int) -> Array:
        """Pauli transfer matrix of what a rotation does beyond turning, shape ``(4, 4)``."""
        circuit = QuantumCircuit(1)
        circuit.ry(1.0, 0)
        channel: Array = self._channel(circuit, (qubit,)) @ pauli_transfer(circuit).T
        return channel

    def _channel(
        self, circuit: QuantumCircuit, where: tuple[int, ...], *, ideal_rotations: bool = False
    ) -> Array:
        """Pauli transfer matrix of a circuit of the device's gates, errors behind each."""
        from qiskit.quantum_info import SuperOp

        model = self.noise.noise_model(where)
        nothing = SuperOp(np.eye(4 ** len(where)))
        product = np.eye(4 ** len(where))
        for gate, places in self._compiled(circuit, where):
            alone = QuantumCircuit(len(where))
            alone.append(gate, places)
            product = pauli_transfer(alone) @ product
            error = None if ideal_rotations and len(places) == 1 else _error(model, gate, places)
            if error is not None:
                behind = nothing.compose(SuperOp(error), qargs=places)
                product = pauli_transfer(behind) @ product
        return product

    def _compiled(self, circuit: QuantumCircuit, where: tuple[int, ...]) -> Compiled:
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
            for gate, places in self._compiled(_cx(), where)
            if len(places) == 2
        ]
        return 1 - float(np.prod(1 - np.array(chances)))

    def _joins(self, name: str, one: int, other: int) -> bool:
        entries = self.target[name] or {None: None}
        return None in entries or any(pair in entries for pair in self._pairs(one, other))

    @staticmethod
    def _pairs(one: int, other: int) -> tuple[tuple[int, int], tuple[int, int]]:
        return (one, other), (other, one)


def _error(model: Any, gate: Any, places: Sequence[int]) -> Any:
    """The error of a gate in a noise model, if it has one."""
    local = model._local_quantum_errors.get(gate.name, {})
    return local.get(tuple(places)) or model._default_quantum_errors.get(gate.name)


def _cx() -> QuantumCircuit:
    """A CX whose control is the last qubit, which Qiskit's matrices have in front."""
    circuit = QuantumCircuit(2)
    circuit.cx(1, 0)
    return circuit


def pauli_transfer(channel: Any) -> Array:
    """Pauli transfer matrix of a circuit or channel, its last qubit in front."""
    from qiskit.quantum_info import PTM

    matrix: Array = np.real(PTM(channel).data)
    return matrix
