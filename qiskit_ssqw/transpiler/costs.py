r"""What a layout costs: for each qubit of a circuit its places, for each pair its edges.

The costs of a layout add up to minus the logarithm of an estimate of the probability that nothing
goes wrong: :math:`-\log(1-e)` summed over all operations, ``e`` being the error which the target
gives, and :math:`t/(6T_1)+t/(3T_2)` for each time ``t`` a qubit waits for its next gate, the
infidelity of relaxation averaged over states. Dephasing does no harm to a qubit that waits to be
measured; :math:`t/(2T_1)` stands for that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, log1p
from statistics import median
from typing import Any

from qiskit.circuit import ControlFlowOp
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler import Target

Edge = tuple[int, int]


@dataclass(frozen=True)
class LayoutCosts:
    """What any layout of a circuit costs; what is left out is impossible.

    Args:
        places: For each qubit of the circuit, the cost of each place on the device.
        edges: For each pair of qubits that interact, the cost of each edge, in both directions.
    """

    places: list[dict[int, float]]
    edges: dict[Edge, dict[Edge, float]]


def error_costs(dag: DAGCircuit, target: Target) -> LayoutCosts | None:
    """Return costs by a device's errors; None if a gate acts on more than two qubits.

    Args:
        dag: The circuit.
        target: The device.
    """
    needs, device = _Needs(dag), _Device(target)
    if needs.is_wide:
        return None
    places = [
        {
            place: sum(n * device.losses[kind].get(place, 0.0) for kind, n in counts.items() if n)
            for place in range(target.num_qubits)
        }
        for counts in needs.counts
    ]
    return LayoutCosts(
        [{place: cost for place, cost in of.items() if cost < inf} for of in places],
        {
            (one, other): {edge: count * loss for edge, loss in device.edges.items()}
            for one, partners in enumerate(needs.near)
            for other, count in partners.items()
            if one < other
        },
    )


class _Needs:
    """What a circuit does to each qubit and to each pair of qubits.

    Counts are of rotations, runs of one-qubit gates, each of which becomes one gate; of
    measurements; and of the layers of two-qubit gates for which a qubit waits for a gate, or is
    held for a measurement.
    """

    def __init__(self, dag: DAGCircuit) -> None:
        size = dag.num_qubits()
        self.near: list[Counter[int]] = [Counter() for _ in range(size)]  # interactions by partner
        self.counts: list[Counter[str]] = [Counter() for _ in range(size)]
        self.is_wide = False  # whether there is a gate on more than two qubits
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
        self.is_wide |= len(others) > 1
        measured, counts = name == "measure", self.counts[qubit]
        if self.near[qubit]:  # until its first interaction a qubit may as well begin later
            counts["hold" if measured else "wait"] += self._now[qubit] - self._last[qubit]
        counts["measurement"] += measured
        for other in others:
            self.near[qubit][other] += 3 if name == "swap" else 1
        rotates = not others and not measured
        counts["rotation"] += rotates and not self._rotating[qubit]
        self._rotating[qubit] = rotates
        self._now[qubit] += len(others) > 0
        self._last[qubit] = self._now[qubit]


class _Device:
    """Which pairs of qubits are joined, and what an operation costs where."""

    def __init__(self, target: Target) -> None:
        self.edges: dict[Edge, float] = {}  # in both directions; the best operation counts
        self.losses: dict[str, dict[int, float]] = defaultdict(dict)  # the worst counts
        durations = []
        for name in set(target.operation_names) - {"reset", "delay"}:
            for place, properties in target[name].items():
                if place is None or len(place) > 2:
                    continue
                loss = _loss(properties)
                if len(place) == 2:
                    for pair in (place, place[::-1]):
                        self.edges[pair] = min(self.edges.get(pair, inf), loss)
                    durations.append(getattr(properties, "duration", None) or 0.0)
                else:
                    losses = self.losses["measurement" if name == "measure" else "rotation"]
                    losses[place[0]] = max(losses.get(place[0], 0.0), loss)
        faulty = {qubit for qubit, loss in self.losses["rotation"].items() if loss == inf}
        self.edges = {
            pair: loss
            for pair, loss in sorted(self.edges.items())
            if loss < inf and faulty.isdisjoint(pair)
        }
        layer = median(durations) if durations else 0.0
        for qubit, properties in enumerate(target.qubit_properties or ()):
            t1 = getattr(properties, "t1", None) or inf
            t2 = getattr(properties, "t2", None) or inf
            self.losses["wait"][qubit] = layer / (6 * t1) + layer / (3 * t2)
            self.losses["hold"][qubit] = layer / (2 * t1)


def _loss(properties: Any) -> float:
    error = getattr(properties, "error", None) or 0.0
    return inf if error >= 1 else -log1p(-error) if error > 0 else 0.0  # of NaN, 0
