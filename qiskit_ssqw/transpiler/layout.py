r"""Where on a device the line or tree of a walk goes: `WalkLayout`.

A layout is worth the probability that nothing goes wrong. Its score is minus the logarithm of an
estimate of that: :math:`-\log(1-e)` summed over all operations, ``e`` being the error which the
target gives, and :math:`t/(6T_1)+t/(3T_2)` for each time ``t`` a qubit waits for its next gate, the
infidelity of relaxation averaged over states. Dephasing does no harm to a qubit that waits to be
measured; :math:`t/(2T_1)` stands for that.

The search is a beam search along a depth-first order of the circuit's qubits. The rest of a tree
costs at least what a dynamic program over the directed edges of the device finds if its qubits may
share places. So a beam from which nothing better than the result was dropped has found the optimum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf, log1p
from statistics import median
from typing import Any

import rustworkx as rx
from qiskit.circuit import ControlFlowOp
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler import CouplingMap, Layout, Target
from qiskit.transpiler.basepasses import AnalysisPass
from qiskit.transpiler.exceptions import TranspilerError
from qiskit.transpiler.passes.layout.vf2_layout import VF2LayoutStopReason

from qiskit_ssqw import _validation as check

Table = dict[tuple[int, int], float]
Partial = tuple[float, tuple[int, ...], int]  # lower bound of the score, places, places as bits

_NOWHERE = -1  # the place of the parent of a qubit that has none
_WIDENING = (1, 8, 64)  # of the beam after one that ended in dead ends
_STARTS = 32  # places tried for the first qubit of a component after the largest


class WalkLayout(AnalysisPass):
    """Put a circuit, without SWAPs, where a device makes the fewest errors.

    Made for circuits whose two-qubit gates act along a line or a tree, and good for any whose
    interactions embed into the coupling map, whatever its directions. If a layout is found,
    ``property_set["layout"]`` is set, and ``property_set["walk_layout_score"]`` to an estimate of
    minus the logarithm of the circuit's fidelity; ``property_set["VF2Layout_stop_reason"]`` tells
    Qiskit's stages that no other is needed. Nothing is set otherwise, or if there is a layout
    already, or no coupling map.

    An error that the target does not give counts as 0; what has an error of 1 is not used. The
    result depends on nothing but circuit and target.
    """

    def __init__(self, target: Target | CouplingMap, *, width: int = 200) -> None:
        """Initialize the pass.

        Args:
            target: The device.
            width: How many partial layouts are kept.

        Raises:
            TypeError: ``target`` is neither, or ``width`` is not an integer.
            ValueError: ``width`` is not positive.
        """
        super().__init__()
        if not isinstance(target, (Target, CouplingMap)):
            raise TypeError(f"target must be a Target or a CouplingMap, got {target!r}")
        self.target = target
        self.width = check.integer(width, "width", minimum=1)

    def run(self, dag: DAGCircuit) -> None:
        """Set the layout if there is none.

        Raises:
            TranspilerError: The device has fewer qubits than the circuit.
        """
        if self.property_set["layout"] is not None:
            return
        device = _Device(self.target)
        if not device.num_qubits:  # any number
            return
        if device.num_qubits < dag.num_qubits():
            raise TranspilerError(
                f"the circuit has {dag.num_qubits()} qubits, the device {device.num_qubits}"
            )
        found = _embed(_Needs(dag), device, self.width)
        if found is not None:
            self.property_set["walk_layout_score"], places = found
            layout = Layout({dag.qubits[qubit]: place for qubit, place in places.items()})
            for register in dag.qregs.values():
                layout.add_register(register)
            self.property_set["layout"] = layout
            # Otherwise Qiskit's routing stage looks for another, by averages over all operations.
            self.property_set["VF2Layout_stop_reason"] = VF2LayoutStopReason.SOLUTION_FOUND


class _Needs:
    """What a circuit does to each qubit and to each pair of qubits."""

    def __init__(self, dag: DAGCircuit) -> None:
        self.size = size = dag.num_qubits()
        self.near: list[Counter[int]] = [Counter() for _ in range(size)]  # interactions by partner
        self.rotations = [0] * size  # runs of one-qubit gates, each of which becomes one gate
        self.measurements = [0] * size
        self.waits = [0] * size  # for a gate, in layers of two-qubit gates
        self.holds = [0] * size  # for a measurement
        self.wide = False  # whether there is a gate on more than two qubits
        self._rotating = [False] * size
        self._now, self._last = [0] * size, [0] * size
        index = {qubit: place for place, qubit in enumerate(dag.qubits)}
        self._add(((node.op, node.qargs) for node in dag.topological_op_nodes()), index)

    def _add(self, operations: Iterable[tuple[Any, Any]], index: dict[Any, int]) -> None:
        for operation, bits in operations:
            qubits = [index[bit] for bit in bits]
            if isinstance(operation, ControlFlowOp):
                for block in operation.blocks:
                    inner = dict(zip(block.qubits, qubits, strict=True))
                    self._add(((item.operation, item.qubits) for item in block.data), inner)
                continue
            now = max((self._now[qubit] for qubit in qubits), default=0)
            for qubit in qubits:
                self._now[qubit] = now
                if not getattr(operation, "_directive", False) and operation.name != "delay":
                    self._count(operation.name, qubit, [q for q in qubits if q != qubit])

    def _count(self, name: str, qubit: int, others: list[int]) -> None:
        self.wide |= len(others) > 1
        measured = name == "measure"
        if self.near[qubit]:  # until its first interaction a qubit may as well begin later
            counts = self.holds if measured else self.waits
            counts[qubit] += self._now[qubit] - self._last[qubit]
        self.measurements[qubit] += measured
        self.near[qubit].update(others)
        rotates = not others and not measured
        self.rotations[qubit] += rotates and not self._rotating[qubit]
        self._rotating[qubit] = rotates
        self._now[qubit] += len(others) > 0
        self._last[qubit] = self._now[qubit]


class _Device:
    """Which pairs of qubits are joined, and what an operation costs where."""

    def __init__(self, target: Target | CouplingMap) -> None:
        self.edges: Table = {}  # in both directions; the best operation counts
        self.num_qubits: int | None
        self._rotation: dict[int, float] = {}  # the worst operation counts
        self._measurement: dict[int, float] = {}
        self._wait: dict[int, float] = {}
        self._hold: dict[int, float] = {}
        if isinstance(target, CouplingMap):
            self.num_qubits = target.size()
            for one, other in target.get_edges():
                self.edges[one, other] = self.edges[other, one] = 0.0
        else:
            self.num_qubits = target.num_qubits
            self._read(target)
        self.neighbours: dict[int, list[int]] = {}
        for one, other in sorted(self.edges):
            self.neighbours.setdefault(one, []).append(other)

    def cost(self, needs: _Needs, qubit: int, place: int) -> float:
        """What a qubit of the circuit adds to the score at a place, its interactions apart."""
        pairs = (
            (needs.rotations, self._rotation),
            (needs.measurements, self._measurement),
            (needs.waits, self._wait),
            (needs.holds, self._hold),
        )
        return sum(n[qubit] * cost.get(place, 0.0) for n, cost in pairs if n[qubit])

    def _read(self, target: Target) -> None:
        durations = []
        for name in target.operation_names:
            for place, properties in target[name].items():
                if place is None or len(place) > 2 or name in ("reset", "delay"):
                    continue
                loss = _loss(properties)
                if len(place) == 2:
                    for pair in (place, place[::-1]):
                        self.edges[pair] = min(self.edges.get(pair, inf), loss)
                    durations.append(getattr(properties, "duration", None) or 0.0)
                else:
                    losses = self._measurement if name == "measure" else self._rotation
                    losses[place[0]] = max(losses.get(place[0], 0.0), loss)
        faulty = {qubit for qubit, loss in self._rotation.items() if loss == inf}
        for pair, loss in list(self.edges.items()):
            if loss == inf or not faulty.isdisjoint(pair):
                del self.edges[pair]
        layer = median(durations) if durations else 0.0
        for qubit, properties in enumerate(target.qubit_properties or ()):
            t1 = getattr(properties, "t1", None) or inf
            t2 = getattr(properties, "t2", None) or inf
            self._wait[qubit] = layer / (6 * t1) + layer / (3 * t2)
            self._hold[qubit] = layer / (2 * t1)


def _loss(properties: Any) -> float:
    error = getattr(properties, "error", None) or 0.0
    return inf if error >= 1 else -log1p(-error) if error > 0 else 0.0  # of NaN, 0


@dataclass(frozen=True)
class _Step:
    """A qubit in the order in which they are placed; others are named by their steps."""

    qubit: int
    parent: int  # or -1 where a component begins
    count: int  # of interactions with the parent
    closing: dict[int, int]  # interactions with other steps before it
    degree: int


def _steps(needs: _Needs) -> list[_Step]:
    """Order the qubits that interact depth first, from an end of each component, largest first."""
    near = needs.near
    graph = rx.PyGraph()
    graph.add_nodes_from(range(needs.size))
    graph.add_edges_from_no_data([(one, other) for one in range(needs.size) for other in near[one]])
    steps: list[_Step] = []
    done = {_NOWHERE: _NOWHERE}
    for component in sorted(rx.connected_components(graph), key=lambda c: (-len(c), min(c))):
        stack = [(min(component, key=lambda q: (len(near[q]), q)), _NOWHERE)]
        while stack and len(component) > 1:
            qubit, parent = stack.pop()
            if qubit not in done:
                closing = {done[other]: n for other, n in near[qubit].items() if other in done}
                count = closing.pop(done[parent], 0)
                done[qubit] = len(steps)
                steps.append(_Step(qubit, done[parent], count, closing, len(near[qubit])))
                later = sorted(near[qubit], key=lambda q: (-len(near[q]), -q))
                stack += [(other, qubit) for other in later]
    return steps


def _embed(needs: _Needs, device: _Device, width: int) -> tuple[float, dict[int, int]] | None:
    """Return the score and the places of all qubits of a circuit, if a layout is found."""
    if needs.wide or not device.edges:
        return None
    steps = _steps(needs)
    search = _Search(steps, needs, device)
    found = next(filter(None, (search.run(width * wider) for wider in _WIDENING)), None)
    if found is None:
        return None
    score, chosen, _ = found
    places = {step.qubit: place for step, place in zip(steps, chosen, strict=True)}
    free = set(range(device.num_qubits or 0)) - set(chosen)
    rest = [qubit for qubit in range(needs.size) if qubit not in places]
    for qubit in sorted(rest, key=lambda q: (-needs.measurements[q], -needs.rotations[q], q)):
        cost, places[qubit] = min((device.cost(needs, qubit, place), place) for place in free)
        free.remove(places[qubit])
        score += cost
    return (score, places) if score < inf else None


class _Search:
    """A beam search for places of the qubits that interact.

    ``costs`` holds for each step, by the places of its parent and of itself, the least that it and
    its descendants add to the score if they may share places; ``least``, by the places of its
    grandparent and of its parent, the least of these over its own place.
    """

    def __init__(self, steps: list[_Step], needs: _Needs, device: _Device) -> None:
        self.steps = steps
        self.device = device
        self.costs: list[Table] = [{} for _ in steps]
        self.least: list[Table] = [{} for _ in steps]
        self._until = [0] * len(steps)  # the last step which depends on the place of each
        for index in reversed(range(len(steps))):
            self._bound(index, needs)
        for index, step in enumerate(steps):
            above = (step.parent, steps[step.parent].parent if step.parent >= 0 else _NOWHERE)
            for other in (*above, *step.closing):
                if other >= 0:
                    self._until[other] = index

    def _bound(self, index: int, needs: _Needs) -> None:
        step, near = self.steps[index], self.device.neighbours
        children = [later for later, other in enumerate(self.steps) if other.parent == index]
        own = {
            place: self.device.cost(needs, step.qubit, place)
            for place in near
            if len(near[place]) >= step.degree
        }
        begins = [(_NOWHERE, place) for place in near]
        table = self.costs[index]
        for arc in begins if step.parent < 0 else self.device.edges:
            if arc[1] in own:
                table[arc] = own[arc[1]] + step.count * self.device.edges.get(arc, 0.0)
                table[arc] += sum(self.least[child][arc] for child in children)
        least = self.least[index]
        if step.parent < 0:
            least[_NOWHERE, _NOWHERE] = min(table.values(), default=inf)
            return
        for before, parent in (*begins, *self.device.edges):
            options = (table.get((parent, q), inf) for q in near[parent] if q != before)
            least[before, parent] = min(options, default=inf)

    def run(self, width: int) -> Partial | None:
        """Return the best layout that a beam of a given width finds, if any."""
        roots = [index for index, step in enumerate(self.steps) if step.parent < 0]
        beam: list[Partial] = [(sum(self.least[i][_NOWHERE, _NOWHERE] for i in roots), (), 0)]
        for index in range(len(self.steps)):
            grown = (larger for partial in beam for larger in self._extend(index, *partial))
            beam = self._narrow(index, sorted(grown), width)
        return beam[0] if beam else None

    def _extend(
        self, index: int, bound: float, chosen: tuple[int, ...], taken: int
    ) -> Iterator[Partial]:
        step, table, edges = self.steps[index], self.costs[index], self.device.edges
        parent = before = _NOWHERE
        if step.parent < 0:
            options = [place for _, place in table if not taken >> place & 1]
            options.sort(key=lambda place: (table[_NOWHERE, place], place))
            options = options[: _STARTS if index else None]
        else:
            parent = chosen[step.parent]
            above = self.steps[step.parent].parent
            before = _NOWHERE if above < 0 else chosen[above]
            options = self.device.neighbours[parent]
        for place in options:
            if not taken >> place & 1:
                value = bound - self.least[index][before, parent] + table.get((parent, place), inf)
                for other, count in step.closing.items():
                    value += count * edges.get((chosen[other], place), inf)
                if value < inf:
                    yield value, (*chosen, place), taken | 1 << place

    def _narrow(self, index: int, beam: list[Partial], width: int) -> list[Partial]:
        """Keep the best, and the best at each last place, of those with different futures."""
        relevant = [step for step in range(index + 1) if self._until[step] > index]
        futures: set[tuple[int, ...]] = set()
        last: set[int] = set()
        kept: list[Partial] = []
        for partial in beam:
            _, chosen, taken = partial
            future = (taken, *(chosen[step] for step in relevant))
            if future not in futures and (len(kept) < width or chosen[-1] not in last):
                kept.append(partial)
                futures.add(future)
                last.add(chosen[-1])
        return kept
