"""The payoff's rotation and the zero reflection on a device, along the line that holds the walk."""

from __future__ import annotations

import rustworkx as rx
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Operation

from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.synthesis import synth_walsh_ry_tree, synth_zero_reflection_tree
from qiskit_ssqw.transpiler.shapes import Edges, embeds, path_edges, tree_among

_MOST_REFLECTED = 6
"""Qubits up to which routing the multi-controlled X costs more than all parities: 79 CX for 6."""

_DENSE = 3
"""Neighbours per qubit from which on routing the reflection is cheap, as on a grid."""


def rotate(
    operation: Operation, graph: rx.PyGraph, qubits: list[int] | None
) -> QuantumCircuit | None:
    """Return a circuit for a gate ``walsh_ry``, or None where its definition serves as well.

    Args:
        operation: The gate, or anything that has its name and parameters.
        graph: Pairs of qubits of the device that have a two-qubit gate.
        qubits: The device's qubits on which the gate acts, if they are chosen already.
    """
    gate = WalshRYGate.from_operation(operation)
    edges = None if gate is None else _edges(gate.num_qubits, graph, qubits)
    if gate is None or edges is None:
        return None
    if qubits is None:
        from qiskit_ssqw.transpiler.routing import patch_of, tree_pays

        patch = patch_of(graph, gate.num_qubits + 1)
        if not tree_pays(tuple(gate.rotations), tuple(edges), patch, _is_dense(graph)):
            return None
    return synth_walsh_ry_tree(gate.rotations, edges, gate.num_qubits - 1)


def reflect(
    operation: Operation, graph: rx.PyGraph, qubits: list[int] | None
) -> QuantumCircuit | None:
    """The same for a gate ``zero_reflection``."""
    if not isinstance(operation, Gate) or len(operation.params) != 1:
        return None
    ancilla = bool(operation.params[0])
    size = operation.num_qubits - ancilla
    if _is_dense(graph):
        return None
    edges = _edges(size, graph, None if qubits is None else qubits[:size])
    if edges is None:
        return None
    if size <= _MOST_REFLECTED:
        circuit = QuantumCircuit(operation.num_qubits, name=operation.name)
        return circuit.compose(synth_zero_reflection_tree(edges, size), range(size))
    if not ancilla or qubits is not None:
        return None
    from qiskit_ssqw.transpiler.routing import reflection_on

    trees = [(*edges, (qubit, size)) for qubit in range(size)]  # the ancilla next to each qubit
    found = [reflection_on(tree, size) for tree in trees if embeds(tree, graph)]
    return min(found, key=lambda circuit: circuit.num_nonlocal_gates(), default=None)


def _is_dense(graph: rx.PyGraph) -> bool:
    return bool(2 * graph.num_edges() >= _DENSE * graph.num_nodes())


def _edges(size: int, graph: rx.PyGraph, qubits: list[int] | None) -> Edges | None:
    """A line with the last qubit at its middle, or else before its first; None if neither fits."""
    if qubits is not None:
        parents = tree_among(qubits, graph)
        return None if parents is None else list(parents.items())
    line, last = path_edges(size - 1), size - 1
    shapes = ([*line, (last // 2, last)], [*line, (0, last)])
    return next((edges for edges in shapes if embeds(edges, graph)), None)
