"""The rotation by a payoff on a device: its couplings along the line that holds the walk."""

from __future__ import annotations

import rustworkx as rx
from qiskit import QuantumCircuit
from qiskit.circuit import Operation
from qiskit.transpiler import CouplingMap

from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.synthesis import synth_walsh_ry_tree
from qiskit_ssqw.transpiler.shapes import Edges, embeds, limiting_graph, path_edges, tree_among


def synthesise(
    operation: Operation, coupling_map: CouplingMap | None, qubits: list[int] | None
) -> QuantumCircuit | None:
    """Return a circuit for a gate ``walsh_ry``, or None where its definition serves as well.

    Args:
        operation: The gate, or anything that has its name and parameters.
        coupling_map: Pairs of qubits of the device that have a two-qubit gate.
        qubits: The device's qubits on which the gate acts, if they are chosen already.
    """
    gate, graph = WalshRYGate.from_operation(operation), limiting_graph(coupling_map)
    if gate is None or graph is None:
        return None
    edges = _edges_anywhere(gate, graph) if qubits is None else _edges_among(qubits, graph)
    return (
        None if edges is None else synth_walsh_ry_tree(gate.rotations, edges, gate.num_qubits - 1)
    )


def _edges_anywhere(gate: WalshRYGate, graph: rx.PyGraph) -> Edges | None:
    """The line of the controls with the target at its middle, or else before its first."""
    target = gate.num_qubits - 1
    line = path_edges(target)
    shapes = ([*line, (target // 2, target)], [*line, (0, target)])
    return next((edges for edges in shapes if embeds(edges, graph)), None)


def _edges_among(qubits: list[int], graph: rx.PyGraph) -> Edges | None:
    parents = tree_among(qubits, graph)
    return None if parents is None else list(parents.items())
