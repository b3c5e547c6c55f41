"""How lattice walks are synthesised, and which way is cheapest on a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import rustworkx as rx
from qiskit import QuantumCircuit
from qiskit.circuit import Operation, ParameterExpression
from qiskit.transpiler import CouplingMap, Target

from qiskit_ssqw.circuit import SplitStepWalkGate
from qiskit_ssqw.synthesis import (
    line_parents,
    num_unary_ancillas,
    synth_lattice_fourier,
    synth_lattice_multiplexed,
    synth_lattice_shifts,
    synth_lattice_tree,
    synth_lattice_unary,
)
from qiskit_ssqw.transpiler.shapes import embeds, limiting_graph, path_edges, tree_among, tree_on

_ROUTING = 2.5
"""What routing multiplies the CX of the multiplexed form by, at most: 1.1 to 2.3 for n = 3 to 8."""


@dataclass(frozen=True)
class Task:
    """A walk to synthesise, and all that is known of where it will run."""

    gate: SplitStepWalkGate
    graph: rx.PyGraph | None
    """Pairs of the device's qubits that have a two-qubit gate; None if all have."""
    qubits: list[int] | None
    """Qubits of the device on which the gate acts, if they are chosen already."""
    rzz: bool
    """Whether an RZZ by any angle is one gate of the device."""
    from_zero: bool
    """Whether the position qubits are known to be 0."""
    options: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Number of position qubits."""
        return int(self.gate.num_qubits) - 1

    @property
    def walk(self) -> tuple[Any, list[Any]]:
        """Structure and angles."""
        return self.gate.structure, self.gate.angles

    @property
    def is_bound(self) -> bool:
        """Whether all angles are numbers."""
        return not any(isinstance(angle, ParameterExpression) for angle in self.gate.angles)

    def on_tree(self, parents: Sequence[int]) -> QuantumCircuit:
        """Synthesise along a tree."""
        return synth_lattice_tree(
            *self.walk,
            parents=parents,
            rzz=self.rzz,
            from_zero=self.from_zero,
            prepare=self.gate.prepare,
        )


def synthesise(
    build: Callable[[Task], QuantumCircuit | None],
    operation: Operation,
    coupling_map: CouplingMap | None,
    target: Target | None,
    qubits: list[int] | None,
    options: Mapping[str, Any],
) -> QuantumCircuit | None:
    """Return a circuit for a lattice walk, or None where the method does not apply.

    The first argument makes it, of the walk that is not inverted; the others are those of the
    plugins' method ``run``.
    """
    gate = SplitStepWalkGate.from_operation(operation)
    if gate is None:
        return None
    circuit = build(
        Task(
            gate=gate,
            graph=limiting_graph(coupling_map),
            qubits=None if qubits is None else list(qubits),
            rzz=target is not None and "rzz" in target.operation_names,
            from_zero=gate.prepare and not gate.inverted and _are_zero(options),
            options=options,
        )
    )
    return circuit.inverse() if circuit is not None and gate.inverted else circuit


def default(task: Task) -> QuantumCircuit | None:
    """The form that is cheapest on the device."""
    size, steps = task.size, task.gate.structure.num_steps
    couplings = 2 * steps * (2 * size - 1)
    core = 3 * 2**size - 2  # of the multiplexed form
    if task.graph is None:
        return multiplexed(task) if core < couplings and task.is_bound else fourier(task)
    if task.qubits is None:
        transform = size * (size - 1)
        if _ROUTING * (core + transform) < couplings + transform and task.is_bound:
            return multiplexed(task)
        if embeds(path_edges(size + 1), task.graph):
            return line(task)
    return tree(task)


def fourier(task: Task) -> QuantumCircuit | None:
    """Couplings of the coin to every bit of the momentum."""
    return synth_lattice_fourier(*task.walk, prepare=task.gate.prepare)


def line(task: Task) -> QuantumCircuit | None:
    """Neighbour gates on a line."""
    return task.on_tree(line_parents(task.size, task.options.get("coin", "end")))


def tree(task: Task) -> QuantumCircuit | None:
    """Neighbour gates on a tree, by default on one that the device has."""
    given = task.options.get("parents")
    parents = _parents_on(task) if given is None else given
    return fourier(task) if parents is None else task.on_tree(parents)


def unary(task: Task) -> QuantumCircuit | None:
    """One qubit for each site and coin value; None if there are too few ancillas."""
    if task.graph is not None and task.qubits is not None:  # nobody would route to the ancillas
        return None
    prepare, from_zero = task.gate.prepare, task.from_zero
    needed = num_unary_ancillas(task.gate.structure, prepare=prepare, from_zero=from_zero)
    if needed > task.options.get("num_clean_ancillas", 0):
        return None
    return synth_lattice_unary(*task.walk, prepare=prepare, from_zero=from_zero)


def multiplexed(task: Task) -> QuantumCircuit | None:
    """One rotation multiplexed by momentum; None if its angles are free."""
    if not task.is_bound:
        return None
    return synth_lattice_multiplexed(*task.walk, prepare=task.gate.prepare)


def shifts(task: Task) -> QuantumCircuit:
    """Multi-controlled X gates."""
    return synth_lattice_shifts(*task.walk, prepare=task.gate.prepare)


def _are_zero(options: Mapping[str, Any]) -> bool:
    """Whether Qiskit knows the gate's qubits to be in state 0."""
    tracker, qubits = options.get("qubit_tracker"), options.get("input_qubits")
    if tracker is None or qubits is None:
        return False
    return bool(tracker.num_clean(()) - tracker.num_clean(qubits) == len(qubits))


def _parents_on(task: Task) -> Sequence[int] | None:
    """The parents of a tree on the device, rooted at the coin; None if it has none."""
    if task.graph is None:
        return line_parents(task.size, "middle")
    if task.qubits is not None:
        found = tree_among(task.qubits, task.graph)
    else:
        found = tree_on(task.graph, task.size)
    return None if found is None else [found[qubit] for qubit in range(task.size)]
