"""Circuits whose drawings show walks and payoffs as boxes, without their lists of numbers."""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Operation

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit.walk_gates import WalkGate
from qiskit_ssqw.walks import kind_of

_TITLES = {
    "walsh_ry": "multiplexed RY",
    "zero_reflection": "zero reflection",
}
"""What is written on gates that are no walks, by name; a walk's kind has a title of its own."""


def legible(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a circuit to be drawn: gates of this package as boxes with titles.

    The boxes are empty. ``circuit.decompose().draw()`` shows what is in them.

    Args:
        circuit: Any circuit, such as one of your own that begins with a model.

    Examples:
        >>> from qiskit import QuantumCircuit
        >>> from qiskit_ssqw import MultiscaleWalk, SSQWDistribution
        >>> from qiskit_ssqw.circuit import legible
        >>> circuit = QuantumCircuit(2)
        >>> _ = circuit.compose(SSQWDistribution(MultiscaleWalk(2, [], [])), inplace=True)
        >>> print(legible(circuit))
             ┌──────────────────┐
        q_0: ┤0                 ├
             │  multiscale walk │
        q_1: ┤1                 ├
             └──────────────────┘
    """
    boxes = check.instance(circuit, QuantumCircuit, "circuit").copy_empty_like()
    for step in circuit.data:
        boxes.append(step.replace(operation=_box(step.operation)))
    return boxes


class LegibleCircuit(QuantumCircuit):
    """A circuit that is drawn as `legible` makes it."""

    def draw(self, *args: Any, **options: Any) -> Any:
        """Draw the circuit, arguments as for Qiskit's ``QuantumCircuit.draw``."""
        return QuantumCircuit.draw(legible(self), *args, **options)


def _box(operation: Operation) -> Operation:
    """A gate without parameters in place of one of this package's."""
    if not isinstance(operation, Gate):
        return operation
    title, walk = _TITLES.get(operation.name), WalkGate.from_operation(operation)
    if walk is not None:
        title = kind_of(walk.structure).title + "†" * walk.inverted
    if title is None:
        return operation
    return Gate(operation.name, operation.num_qubits, [], label=operation.label or title)
