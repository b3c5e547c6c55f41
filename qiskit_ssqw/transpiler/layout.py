"""Where on a device the line or tree of a walk goes: `WalkLayout`."""

from __future__ import annotations

from collections.abc import Callable
from math import expm1, inf
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.converters import circuit_to_dag
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler import CouplingMap, InstructionProperties, Layout, Target
from qiskit.transpiler.basepasses import AnalysisPass
from qiskit.transpiler.exceptions import TranspilerError
from qiskit.transpiler.passes import VF2Layout, VF2PostLayout
from qiskit.transpiler.passes.layout.vf2_layout import VF2LayoutStopReason

from qiskit_ssqw import _validation as check
from qiskit_ssqw.transpiler.costs import LayoutCosts, error_costs

_ANY_LAYOUT = (5_000_000, 10_000)  # steps until the first layout, and in all


class WalkLayout(AnalysisPass):
    """Put a circuit, without SWAPs, where a device makes the fewest errors.

    Good for any circuit whose interactions embed into the coupling map, whatever its directions.
    If a layout is found, ``property_set["layout"]`` is set, ``property_set["walk_layout_score"]``
    to what it costs, by default an estimate of minus the logarithm of the circuit's fidelity, and
    ``property_set["VF2Layout_stop_reason"]`` so that Qiskit's stages look for no other. Nothing is
    set otherwise, or if there is a layout already, or no coupling map.

    An error that the target does not give counts as 0; what has an error of 1 is not used. The
    search is Qiskit's ``VF2PostLayout`` with these costs in the place of its own; the result
    depends on nothing but circuit and target.
    """

    def __init__(
        self,
        target: Target | CouplingMap,
        *,
        costs: Callable[[DAGCircuit, Any], LayoutCosts | None] = error_costs,
        call_limit: int = 300_000,
    ) -> None:
        """Initialize the pass.

        Args:
            target: The device.
            costs: Takes a circuit and the device to what layouts cost, or to None where there is
                no layout.
            call_limit: Most steps of the search for better layouts than the first.

        Raises:
            TypeError: ``target`` is neither, or ``call_limit`` is not an integer.
            ValueError: ``call_limit`` is not positive.
        """
        super().__init__()
        if isinstance(target, CouplingMap):
            size = target.size()
            target = Target.from_configuration(["cx"], size, target if size else None)
        elif not isinstance(target, Target):
            raise TypeError(f"target must be a Target or a CouplingMap, got {target!r}")
        self.target = target
        self.costs = costs
        self.call_limit = check.integer(call_limit, "call_limit", minimum=1)

    def run(self, dag: DAGCircuit) -> None:
        """Set the layout if there is none.

        Raises:
            TranspilerError: The device has fewer qubits than the circuit.
        """
        if self.property_set["layout"] is None:
            self._set(dag, "layout", inf)

    def _set(self, dag: DAGCircuit, key: str, most: float) -> None:
        """Look for a layout that costs less than ``most``."""
        size = self.target.num_qubits
        if not size:  # any number
            return
        if size < dag.num_qubits():
            raise TranspilerError(f"the circuit has {dag.num_qubits()} qubits, the device {size}")
        costs = self.costs(dag, self.target)
        found = None if costs is None else _cheapest(costs, size, self.call_limit)
        if costs is None or found is None or _total(costs, found) >= most:
            return
        self.property_set["walk_layout_score"] = _total(costs, found)
        layout = Layout(dict(zip(dag.qubits, found, strict=True)))
        for register in dag.qregs.values():
            layout.add_register(register)
        self.property_set[key] = layout
        # Otherwise Qiskit's routing stage looks for another, by averages over all operations.
        self.property_set["VF2Layout_stop_reason"] = VF2LayoutStopReason.SOLUTION_FOUND


class WalkPostLayout(WalkLayout):
    """The same for a routed circuit: sets ``property_set["post_layout"]`` for `ApplyLayout`."""

    def run(self, dag: DAGCircuit) -> None:
        """Set the layout if there is one that costs less than the circuit's."""
        costs = self.costs(dag, self.target)
        if costs is not None:
            score = _total(costs, list(range(dag.num_qubits())))
            self.property_set["walk_layout_score"] = score
            self._set(dag, "post_layout", score)


def _total(costs: LayoutCosts, places: list[int]) -> float:
    """What a layout costs."""
    alone = (of.get(place, inf) for of, place in zip(costs.places, places, strict=True))
    joined = (of.get((places[one], places[two]), inf) for (one, two), of in costs.edges.items())
    return sum(alone) + sum(joined)


def _cheapest(costs: LayoutCosts, size: int, call_limit: int) -> list[int] | None:
    """The place of each qubit in the cheapest layout that is found."""
    joined = sorted({qubit for pair in costs.edges for qubit in pair})
    chosen = dict(zip(joined, _embedded(costs, joined, size, call_limit) or (), strict=False))
    if len(chosen) < len(joined) or not all(costs.edges.values()):
        return None
    alone = [qubit for qubit in range(len(costs.places)) if qubit not in chosen]
    # Those for which it matters most choose first.
    alone.sort(key=lambda qubit: -max(costs.places[qubit].values(), default=0.0))
    for qubit in alone:
        free = {p: c for p, c in costs.places[qubit].items() if p not in chosen.values()}
        if not free:
            return None
        chosen[qubit] = min(free, key=lambda place: (free[place], place))
    return [chosen[qubit] for qubit in range(len(costs.places))]


def _embedded(costs: LayoutCosts, joined: list[int], size: int, limit: int) -> list[int] | None:
    """The places of the qubits that interact, by VF2.

    Its scores are products of errors by gate. So the circuit is one in which each qubit has a gate
    of its own, and each pair, with the costs as errors, in a unit in which none is close to 1.
    """
    target, gates = Target(num_qubits=size), []
    tables: list[tuple[tuple[int, ...], dict[Any, float]]] = [*costs.edges.items()]
    tables += [((q,), {(at,): cost for at, cost in costs.places[q].items()}) for q in joined]
    unit = max((cost for _, table in tables for cost in table.values()), default=0.0) or 1.0
    for qubits, table in tables:
        gate = Gate("at_" + "_".join(map(str, qubits)), len(qubits), [])
        errors = {at: InstructionProperties(error=-expm1(-c / unit)) for at, c in table.items()}
        target.add_instruction(gate, errors)
        gates.append((gate, [joined.index(qubit) for qubit in qubits]))
    places = list(range(len(joined)))
    for search, key, width in (
        (VF2Layout(target=target, seed=-1, call_limit=_ANY_LAYOUT), "layout", len(joined)),
        (VF2PostLayout(target=target, seed=-1, call_limit=limit), "post_layout", size),
    ):
        circuit = QuantumCircuit(width)
        for gate, ends in gates:
            circuit.append(gate, [places[end] for end in ends])
        search.run(circuit_to_dag(circuit))
        layout = search.property_set[key]
        if layout is not None:
            places = [layout[circuit.qubits[place]] for place in places]
        elif key == "layout":
            return None
    return places
