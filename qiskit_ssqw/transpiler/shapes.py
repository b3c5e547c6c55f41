"""Lines and trees of qubits, and whether a device has them."""

from __future__ import annotations

from collections.abc import Sequence

import rustworkx as rx
from qiskit.transpiler import CouplingMap

_MOST_TRIALS = 100_000
"""Nodes of the search for a shape in the coupling map."""

Edges = Sequence[tuple[int, int]]


def limiting_graph(coupling_map: CouplingMap | None) -> rx.PyGraph | None:
    """Pairs of qubits that have a two-qubit gate; None if all have."""
    if coupling_map is None:
        return None
    graph = coupling_map.graph.to_undirected(multigraph=False)
    size = graph.num_nodes()
    return None if graph.num_edges() >= size * (size - 1) // 2 else graph


def path_edges(size: int) -> Edges:
    """Edges of a line of so many qubits."""
    return [(qubit, qubit + 1) for qubit in range(size - 1)]


def embeds(edges: Edges, graph: rx.PyGraph) -> bool:
    """Whether the device has qubits joined like these."""
    shape = rx.PyGraph()
    shape.extend_from_edge_list(list(edges))
    found = rx.vf2_mapping(graph, shape, subgraph=True, induced=False, call_limit=_MOST_TRIALS)
    return next(iter(found), None) is not None


def tree_among(qubits: Sequence[int], graph: rx.PyGraph) -> dict[int, int] | None:
    """Parents in a tree of chosen qubits, by place, rooted at the last; None if they fall apart."""
    chosen = rx.PyGraph()
    chosen.add_nodes_from(qubits)
    for place, qubit in enumerate(qubits):
        for other in range(place):
            if graph.has_edge(qubit, qubits[other]):
                chosen.add_edge(place, other, None)
    paths = _shortest_paths(chosen, len(qubits) - 1)
    if len(paths) < len(qubits) - 1:
        return None
    return {place: paths[place][-2] for place in range(len(qubits) - 1)}


def tree_on(graph: rx.PyGraph, size: int) -> dict[int, int] | None:
    """Parents in a shallow tree of ``size + 1`` qubits of the device, whose root is ``size``.

    The other qubits are numbered from the leaves inwards. None if the device has no such tree.
    """
    parts = [part for part in rx.connected_components(graph) if len(part) > size]
    if not parts:
        return None
    root = max(set().union(*parts), key=lambda node: (graph.degree(node), -node))
    paths = _shortest_paths(graph, root)
    nearest = sorted(paths, key=lambda node: (len(paths[node]), node))[:size]
    inwards = sorted(nearest, key=lambda node: [*paths[node], graph.num_nodes()])
    numbers = {node: number for number, node in enumerate(inwards)} | {root: size}
    return {numbers[node]: numbers[paths[node][-2]] for node in inwards}


def _shortest_paths(graph: rx.PyGraph, root: int) -> dict[int, list[int]]:
    """A shortest path to every other qubit that can be reached; together they make a tree."""
    paths = rx.dijkstra_shortest_paths(graph, root, default_weight=1.0)
    return {node: list(path) for node, path in paths.items()}
