"""Circuits whose drawings show walks and payoffs as boxes, without their lists of numbers."""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Operation

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit.walk_gates import WalkGate

_TITLES = {
    "multiscale_walk": "multiscale walk",
    "ssqw_walk": "lattice walk",
    "torus_walk": "torus walk",
    "tree_walk": "tree walk",
    "walsh_ry": "multiplexed RY",
    "zero_reflection": "zero reflection",
}
"""What is written on the gates of this package, by name."""


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
    if operation.name not in _TITLES or not isinstance(operation, Gate):
        return operation
    walk = WalkGate.from_operation(operation)
    dagger = "†" if walk is not None and walk.inverted else ""
    title = operation.label or _TITLES[operation.name] + dagger
    return Gate(operation.name, operation.num_qubits, [], label=title)
