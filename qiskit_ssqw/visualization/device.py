"""Where on a device a circuit runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.visualization.figures import new_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from qiskit import QuantumCircuit
    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target

_LEAST_ERROR = 1e-4
"""Where the colours of errors begin if all of them vanish."""


def plot_walk_layout(
    circuit: QuantumCircuit,
    device: BackendV2 | Target,
    *,
    coordinates: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a device's two-qubit errors, and the qubits on which a transpiled circuit runs.

    The pairs of qubits that the circuit uses are drawn broad. Its qubits are black and bear the
    numbers that they had before transpilation.

    Args:
        circuit: What ``transpile`` or a pass manager returned for the device.
        device: The backend, or its target.
        coordinates: Place of each of the device's qubits, shape ``(num_qubits, 2)``; by default
            so that distances resemble those in the coupling map.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: The device has no coupling map, the circuit was not transpiled for it, or the
            coordinates have another shape.
    """
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    check.instance(circuit, QuantumCircuit, "circuit")
    target = check.instance(getattr(device, "target", device), Target, "device")
    errors = _pair_errors(target)
    if circuit.layout is None or circuit.num_qubits != target.num_qubits or not errors:
        raise ValueError(
            "the circuit must be transpiled for a device with a coupling map, got one on "
            f"{circuit.num_qubits} qubits and a device of {target.num_qubits}"
        )
    shape = (target.num_qubits, 2)
    places = _spread(target) if coordinates is None else coordinates
    points = check.real_array(places, "coordinates", shape=shape)
    ax = new_grid(8.0, 5.0)[0, 0] if ax is None else ax
    index = {qubit: place for place, qubit in enumerate(circuit.qubits)}
    used = {
        frozenset(map(index.get, step.qubits)) for step in circuit.data if len(step.qubits) == 2
    }
    _draw_pairs(ax, points, errors, used)
    ax.plot(*points.T, "o", color="0.75", markersize=4, zorder=3)
    originals = circuit.layout.initial_index_layout(filter_ancillas=True)
    for number, place in enumerate(originals):
        ax.plot(*points[place], "o", color="black", markersize=11, zorder=4)
        ax.annotate(
            str(number), points[place], color="white", size=7, ha="center", va="center", zorder=5
        )
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _draw_pairs(ax: Axes, points: Array, errors: dict[frozenset[int], float], used: Any) -> None:
    """Draw every pair by its error, those used broad, and the colour bar."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LogNorm

    values = np.array(list(errors.values()))
    usable = values[(values > 0) & (values < 1)]
    low, high = (usable.min(), usable.max()) if len(usable) else (_LEAST_ERROR, 1.0)
    lines = LineCollection(
        [points[sorted(pair)] for pair in errors],
        array=np.clip(values, low, high),
        cmap="viridis_r",
        norm=LogNorm(low, high),
        linewidths=[8.0 if pair in used else 1.5 for pair in errors],
        capstyle="round",
        zorder=2,
    )
    ax.add_collection(lines)
    ax.figure.colorbar(lines, ax=ax, shrink=0.6, label="error of the two-qubit gate")


def _pair_errors(target: Target) -> dict[frozenset[int], float]:
    """Error of the best gate on each pair of qubits, 0 if the target does not tell."""
    errors: dict[frozenset[int], float] = {}
    for name in target.operation_names:
        for qubits, properties in target[name].items():
            if qubits is not None and len(qubits) == 2:
                pair = frozenset(qubits)
                error = getattr(properties, "error", None) or 0.0
                errors[pair] = min(errors.get(pair, np.inf), error)
    return errors


def _spread(target: Target) -> Array:
    """Places whose distances resemble those in the coupling map (classical scaling)."""
    import rustworkx

    graph = target.build_coupling_map().graph.to_undirected(multigraph=False)
    steps = rustworkx.graph_distance_matrix(graph, null_value=graph.num_nodes())
    squares = steps**2
    centred = squares.mean(axis=0) + squares.mean(axis=1)[:, None] - squares - squares.mean()
    weights, axes = np.linalg.eigh(centred / 2)
    return np.asarray(axes[:, :-3:-1] * np.sqrt(np.maximum(weights[:-3:-1], 0.0)))
