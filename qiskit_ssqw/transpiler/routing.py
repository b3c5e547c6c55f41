"""What Qiskit's routing makes of a gate on part of a device, to be compared with plans on trees.

All is done with fixed seeds and remembered, so that results do not depend on what came before.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import median_low

import numpy as np
import rustworkx as rx
from qiskit import QuantumCircuit, transpile
from qiskit.transpiler import CouplingMap

from qiskit_ssqw.circuit.reflection_gate import ZeroReflectionGate
from qiskit_ssqw.synthesis import append_walsh_ry, synth_walsh_ry_tree
from qiskit_ssqw.transpiler.shapes import Edges, path_edges

_SEEDS = range(5)
_BASIS = ["cx", "rz", "sx", "x"]
_MARGIN = 1.015
"""By how much whole iterates must differ: loaders are not all alike, nor are seeds."""

_TRIALS = 20
"""Attempts of Qiskit's to find few SWAPs that undo a permutation."""


def patch_of(graph: rx.PyGraph, size: int) -> Edges:
    """Edges among ``2 * size`` qubits of a device around one with the most neighbours."""
    root = max(graph.node_indices(), key=lambda node: (graph.degree(node), -node))
    distances = {root: 0.0, **rx.dijkstra_shortest_path_lengths(graph, root, lambda _: 1.0)}
    nearest = sorted(distances, key=lambda node: (distances[node], node))[: 2 * size]
    return tuple(sorted(graph.subgraph(nearest).edge_list()))


@lru_cache(maxsize=256)
def tree_pays(masks: tuple[int, ...], tree: Edges, patch: Edges, routed_iterate: bool) -> bool:
    """Whether a payoff's rotation on a tree takes no more CX, in a pricing circuit, than routed.

    Args:
        masks: Masks of the Walsh coefficients.
        tree: Edges of the tree, whose last qubit is rotated.
        patch: Edges of a part of the device.
        routed_iterate: Whether the zero reflection of the Grover operator is routed, so that the
            rotation is to be compared within that operator, too.
    """
    controls = len(tree)
    if len({qubit for edge in patch for qubit in edge}) <= controls + routed_iterate:
        return True
    angles = np.random.default_rng(0).uniform(0.1, 1.0, len(masks)).tolist()
    rotations = dict(zip(masks, angles, strict=True))
    plain, on_tree = _loader(controls), _loader(controls)
    append_walsh_ry(plain, rotations, range(controls), controls)
    on_tree.compose(synth_walsh_ry_tree(rotations, tree, controls), inplace=True)
    if on_tree.num_nonlocal_gates() > _routed_cx(plain, patch):
        return False
    if not routed_iterate:
        return True
    ours, other = (_routed_cx(_iterate(circuit), patch) for circuit in (on_tree, plain))
    return _MARGIN * ours <= other


def _loader(num_controls: int) -> QuantumCircuit:
    """What loaders do: CX along a line of the value's qubits; a last qubit is left."""
    circuit = QuantumCircuit(num_controls + 1)
    for pair in path_edges(num_controls):
        circuit.ry(1.0, pair)
        circuit.cx(*pair)
    circuit.ry(1.0, range(num_controls))
    return circuit


def _iterate(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit after its inverse and a zero reflection with an ancilla."""
    size = circuit.num_qubits
    iterate = QuantumCircuit(size + 1).compose(circuit.inverse(), range(size))
    iterate.compose(ZeroReflectionGate(size, ancilla=True).definition, inplace=True)
    return iterate.compose(circuit, range(size))


def _routed_cx(circuit: QuantumCircuit, patch: Edges) -> int:
    return median_low(int(found.num_nonlocal_gates()) for found in _routed(circuit, patch))


@lru_cache(maxsize=256)
def reflection_on(edges: Edges, num_reflected: int) -> QuantumCircuit:
    """Return the zero reflection with an ancilla, routed on a tree of its qubits and undone there.

    Args:
        edges: Pairs of its qubits that are joined, the ancilla, which is the last, included.
        num_reflected: Number of qubits that are reflected.
    """
    size = num_reflected + 1
    circuit = ZeroReflectionGate(num_reflected, ancilla=True).definition
    found = [_undone(x, edges) for x in _routed(circuit, edges, initial_layout=range(size))]
    return min(found, key=lambda circuit: circuit.num_nonlocal_gates())


def _routed(circuit: QuantumCircuit, edges: Edges, **options: object) -> list[QuantumCircuit]:
    """The circuit on a device by Qiskit's level 3, once for each seed."""
    both = [pair for edge in edges for pair in (edge, edge[::-1])]
    return [
        transpile(
            circuit,
            basis_gates=_BASIS,
            coupling_map=CouplingMap(both),
            optimization_level=3,
            seed_transpiler=seed,
            **options,
        )
        for seed in _SEEDS
    ]


def _undone(routed: QuantumCircuit, edges: Edges) -> QuantumCircuit:
    """The circuit without layout, SWAPs at its end bringing all qubits home."""
    graph = rx.PyGraph()
    graph.extend_from_edge_list(list(edges))
    ends = enumerate(routed.layout.routing_permutation())
    moved = {end: home for home, end in ends if home != end}
    circuit = QuantumCircuit(routed.num_qubits).compose(routed)
    for pair in rx.graph_token_swapper(graph, moved, _TRIALS, 0):
        circuit.cx(*pair)
        circuit.cx(*pair[::-1])
        circuit.cx(*pair)
    return circuit
