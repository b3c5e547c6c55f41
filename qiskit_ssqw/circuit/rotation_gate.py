"""A multiplexed rotation as one gate, so that the transpiler may choose its circuit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Operation, ParameterExpression
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit.parametrised_gate import ParametrisedGate
from qiskit_ssqw.synthesis import append_walsh_ry


class WalshRYGate(ParametrisedGate):
    """RY on the last qubit by ``sum_m rotations[m] (-1)**popcount(m & i)``, the others holding i.

    Args:
        rotations: Walsh coefficients of the angle in radians, by mask; mask bit ``j`` stands for
            control ``j``.
        num_controls: Number of control qubits, which come first.
        label: Label in drawings.

    Raises:
        ValueError: A mask has bits beyond the controls.
    """

    def __init__(
        self, rotations: Mapping[int, Any], num_controls: int, label: str | None = None
    ) -> None:
        size = check.integer(num_controls, "num_controls", minimum=0)
        for mask in check.instance(rotations, Mapping, "rotations"):
            if check.integer(mask, "a mask", minimum=0) >> size:
                raise ValueError(f"masks must be below 2**{size} for {size} controls, got {mask}")
        super().__init__("walsh_ry", size + 1, [*rotations, *rotations.values()], label)

    @classmethod
    def from_operation(cls, operation: Operation) -> Self | None:
        """Rebuild the gate from its name and parameters; None if it is another gate."""
        if isinstance(operation, cls):
            return operation
        if operation.name != "walsh_ry" or not isinstance(operation, Gate):
            return None
        half = len(operation.params) // 2
        masks, angles = operation.params[:half], operation.params[half:]
        controls = operation.num_qubits - 1
        # Another gate may have the same name.
        known = all(
            not isinstance(m, ParameterExpression) and m in range(2**controls) for m in masks
        )
        if not known or len(masks) != len(angles) or not masks:
            return None
        return cls(dict(zip(map(int, masks), angles, strict=True)), controls, operation.label)

    @property
    def _header(self) -> int:
        return len(self.params) // 2

    @property
    def rotations(self) -> dict[int, Any]:
        """Walsh coefficients by mask."""
        masks, angles = self.params[: self._header], self.params[self._header :]
        return dict(zip(masks, angles, strict=True))

    def inverse(self, annotated: bool = False) -> Self:
        """Return the rotation by the opposite angles."""
        gate: Self = self.copy()
        gate.params[self._header :] = [-angle for angle in self.params[self._header :]]
        gate.definition = None
        return gate

    def _define(self) -> None:
        target = self.num_qubits - 1
        self.definition = QuantumCircuit(self.num_qubits, name=self.name)
        append_walsh_ry(self.definition, self.rotations, range(target), target)
