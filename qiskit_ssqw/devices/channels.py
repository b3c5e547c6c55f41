"""What a device's gates do to Paulis, errors included."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.devices.native import NativeGates, one_cx


class Channels:
    """Pauli transfer matrices of a device's CX, and of the errors of its rotations.

    Args:
        gates: The device's gates.

    Attributes:
        cx: Of control and target, see `_cx`.
        rotation: Of a qubit, see `_rotation`.
    """

    def __init__(self, gates: NativeGates) -> None:
        self.gates = gates
        self.cx, self.rotation = cache(self._cx), cache(self._rotation)

    @cached_property
    def ideal_cx(self) -> Array:
        """Pauli transfer matrix of a CX without errors, the control in front."""
        return pauli_transfer(one_cx())

    def _cx(self, control: int, target: int) -> Array:
        """Pauli transfer matrix of a CX, shape ``(16, 16)``, the control in front.

        Only gates on two qubits err: those on one become part of the rotations around them.
        """
        return self._channel(one_cx(), (target, control), ideal_rotations=True)

    def _rotation(self, qubit: int) -> Array:
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

        model = self.gates.noise.noise_model(where)
        nothing = SuperOp(np.eye(4 ** len(where)))
        product = np.eye(4 ** len(where))
        for gate, places in self.gates.compiled(circuit, where):
            alone = QuantumCircuit(len(where))
            alone.append(gate, places)
            product = pauli_transfer(alone) @ product
            error = None if ideal_rotations and len(places) == 1 else _error(model, gate, places)
            if error is not None:
                behind = nothing.compose(SuperOp(error), qargs=places)
                product = pauli_transfer(behind) @ product
        return product


def _error(model: Any, gate: Any, places: Sequence[int]) -> Any:
    """The error of a gate in a noise model, if it has one."""
    local = model._local_quantum_errors.get(gate.name, {})
    return local.get(tuple(places)) or model._default_quantum_errors.get(gate.name)


def pauli_transfer(channel: Any) -> Array:
    """Pauli transfer matrix of a circuit or channel, its last qubit in front."""
    from qiskit.quantum_info import PTM

    return np.real(PTM(channel).data)
