r"""What a layout costs: for each qubit of a circuit its places, for each pair its edges.

The costs of a layout add up to minus the logarithm of an estimate of the probability that nothing
goes wrong: :math:`-\log(1-e)` summed over all operations, ``e`` being the error which the target
gives, and :math:`t/(6T_1)+t/(3T_2)` for each time ``t`` a qubit waits for its next gate, the
infidelity of relaxation averaged over states. Dephasing does no harm to a qubit that waits to be
measured; :math:`t/(2T_1)` stands for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, log1p
from statistics import median
from typing import Any

from qiskit.circuit import ControlFlowOp
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler import CouplingMap, Target

Edge = tuple[int, int]

_SWAP = 3
"""Interactions that a SWAP takes."""


@dataclass(frozen=True)
class LayoutCosts:
    """What any layout of a circuit costs; what is left out is impossible.

    Args:
        places: For each qubit of the circuit, the cost of each place on the device.
        edges: For each pair of qubits that interact, the cost of each edge, in both directions.
    """

    places: list[dict[int, float]]
    edges: dict[Edge, dict[Edge, float]]


def error_costs(dag: DAGCircuit, target: Target | CouplingMap) -> LayoutCosts | None:
    """Return costs by a device's errors; None if a gate acts on more than two qubits.

    Args:
        dag: The circuit.
        target: The device.
    """
    needs = _Needs(dag)
    if needs.is_wide:
        return None
    device = _Device(target)
    return LayoutCosts(
        [device.places(needs, qubit) for qubit in range(dag.num_qubits())],
        {
            (one, other): {edge: count * loss for edge, loss in device.edges.items()}
            for one, partners in enumerate(needs.near)
            for other, count in partners.items()
            if one < other
        },
    )


class _Needs:
    """What a circuit does to each qubit and to each pair of qubits."""

    def __init__(self, dag: DAGCircuit) -> None:
        size = dag.num_qubits()
        self.near: list[Counter[int]] = [Counter() for _ in range(size)]  # interactions by partner
        self.rotations = [0] * size  # runs of one-qubit gates, each of which becomes one gate
        self.measurements = [0] * size
        self.waits = [0] * size  # for a gate, in layers of two-qubit gates
        self.holds = [0] * size  # for a measurement
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
        measured = name == "measure"
        if self.near[qubit]:  # until its first interaction a qubit may as well begin later
            counts = self.holds if measured else self.waits
            counts[qubit] += self._now[qubit] - self._last[qubit]
        self.measurements[qubit] += measured
        for other in others:
            self.near[qubit][other] += _SWAP if name == "swap" else 1
        rotates = not others and not measured
        self.rotations[qubit] += rotates and not self._rotating[qubit]
        self._rotating[qubit] = rotates
        self._now[qubit] += len(others) > 0
        self._last[qubit] = self._now[qubit]


class _Device:
    """Which pairs of qubits are joined, and what an operation costs where."""

    def __init__(self, target: Target | CouplingMap) -> None:
        self.edges: dict[Edge, float] = {}  # in both directions; the best operation counts
        self._rotation: dict[int, float] = {}  # the worst operation counts
        self._measurement: dict[int, float] = {}
        self._wait: dict[int, float] = {}
        self._hold: dict[int, float] = {}
        if isinstance(target, CouplingMap):
            self._size = target.size()
            for one, other in target.get_edges():
                self.edges[one, other] = self.edges[other, one] = 0.0
        else:
            self._size = target.num_qubits or 0
            self._read(target)

    def places(self, needs: _Needs, qubit: int) -> dict[int, float]:
        """What a qubit of the circuit costs at each place, its interactions apart."""
        pairs = (
            (needs.rotations[qubit], self._rotation),
            (needs.measurements[qubit], self._measurement),
            (needs.waits[qubit], self._wait),
            (needs.holds[qubit], self._hold),
        )
        needed = [(count, losses) for count, losses in pairs if count]
        costs = {
            place: sum(count * losses.get(place, 0.0) for count, losses in needed)
            for place in range(self._size)
        }
        return {place: cost for place, cost in costs.items() if cost < inf}

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
