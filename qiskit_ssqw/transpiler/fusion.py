r"""Making one gate of a lattice walk that is written step by step: `FuseWalkSteps`.

A conditional shift moves the walker by ``a`` sites if the coin is 0 and by ``b`` if it is 1. S- is
S+ followed by a step down whatever the coin, and that step commutes with coins and shifts. So the
order of S+ and S- does not matter, only how many there are of each, with the coins between them: as
many of one as of the other are a lattice walk, and ``c`` more pairs of S+ are a walk that starts
``c`` sites further up. All other shifts by one site are S+ or S- between two flips of the coin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from qiskit.circuit import CONTROL_FLOW_OP_NAMES, ControlFlowOp, Operation, Qubit
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler.basepasses import TransformationPass

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit import SplitStepWalkGate
from qiskit_ssqw.transpiler.candidates import may_hold_walk, registers
from qiskit_ssqw.transpiler.permutations import Coin
from qiskit_ssqw.transpiler.pieces import (
    Item,
    Link,
    is_flip,
    longest_walk,
    read_links,
    stretches,
    taken_apart,
)
from qiskit_ssqw.walks import SplitStepWalk


class FuseWalkSteps(TransformationPass):
    """Make one `SplitStepWalkGate` of each lattice walk that is written step by step.

    Conditional shifts are found by name, and among classical gates (X and swaps with any controls,
    and gates that consist of those) by the permutation that they are: by one site, on 4 sites or
    more, up or down for either value of the coin. Which qubit is the coin, and which position qubit
    has which significance, follows from the permutation. Coins are single-qubit gates; those with
    free parameters only where their product is one U rotation.

    The operator stays the same, global phase included, and parameters stay free. A walk stays as it
    is where one gate would cost more CX.
    """

    def __init__(self, *, qubits_initially_zero: bool = False, min_steps: int = 1) -> None:
        """Initialize the pass.

        Args:
            qubits_initially_zero: Whether the circuit is only run on the zero state. Then a walk
                whose position qubits were not touched before, but for X gates, starts on its site,
                which costs fewer gates; the operator on other inputs changes.
            min_steps: How many split steps a walk must have, at least.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: ``min_steps`` is below 1.
        """
        super().__init__()
        if not isinstance(qubits_initially_zero, bool):
            raise TypeError(f"qubits_initially_zero must be a bool, got {qubits_initially_zero!r}")
        self.qubits_initially_zero = qubits_initially_zero
        self.min_steps = check.integer(min_steps, "min_steps", minimum=1)

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Return the circuit with walks as gates; the same object if there are none."""
        return self._run(dag, self.qubits_initially_zero)[0]

    def _run(self, dag: DAGCircuit, zero: bool) -> tuple[DAGCircuit, bool]:
        """The circuit with walks as gates, and whether it differs."""
        counts = dag.count_ops(recurse=False)
        differs = not CONTROL_FLOW_OP_NAMES.isdisjoint(counts) and self._run_in_blocks(dag)
        if not may_hold_walk(dag, counts):
            return dag, differs
        sequence = _Sequence(dag)
        for register in registers(sequence.items):
            for stretch in stretches(read_links(sequence.items, sequence.owners, register)):
                self._fuse(sequence, stretch, zero)
        return (sequence.rebuilt(), True) if sequence.owners else (dag, differs)

    def _run_in_blocks(self, dag: DAGCircuit) -> bool:
        """Change the blocks of control flow in place; return whether any differs."""
        any_differs = False
        for node in dag.op_nodes(ControlFlowOp):
            results = [self._run(circuit_to_dag(block), False) for block in node.op.blocks]
            if any(differs for _, differs in results):
                blocks = [dag_to_circuit(block) for block, _ in results]
                dag.substitute_node(node, node.op.replace_blocks(blocks))
                any_differs = True
        return any_differs

    def _fuse(self, sequence: _Sequence, stretch: list[Link], zero: bool) -> None:
        """Make gates of the longest walk in a stretch, and of those before and after it."""
        todo = [stretch]
        while todo:
            links = todo.pop()
            start = sequence.start(links) if zero else None
            begin, end = longest_walk(links, placed=start is not None)
            if begin == end:
                start = None
                begin, end = longest_walk(links, placed=False)
            if begin == end:
                continue
            walk = _Walk.of(links[begin:end], start)
            if walk and walk.steps >= self.min_steps and walk.saves(sequence.items):
                sequence.add(walk)
            todo += [links[:begin], links[end:]]


class _Start(NamedTuple):
    """The site on which a walker is known to be, and the X gates that put it there."""

    site: int
    items: list[int]


class _Sequence:
    """The circuit in the order in which it was written, and the walks found in it."""

    def __init__(self, dag: DAGCircuit) -> None:
        self.dag = dag
        self.nodes = list(dag.topological_op_nodes(key=lambda node: f"{node._node_id:09d}"))
        self.items: list[Item] = []
        self.phases: list[Any] = []
        self.owners: dict[int, _Walk] = {}
        for number, node in enumerate(self.nodes):
            parts, phase = taken_apart(node.op, node.qargs)
            self.items += [Item(number, *part, bool(node.cargs)) for part in parts]
            self.phases.append(phase)

    def start(self, links: Sequence[Link]) -> _Start | None:
        """Where the walker is before its first shift, if nothing but X gates has put it there."""
        first = next((link for link in links if link.shifts), None)
        if first is None:
            return None
        site, flips = 0, []
        for place, qubit in enumerate(first.qubits[:-1]):
            for index, item in enumerate(self.items[: first.items[0]]):
                if qubit not in item.qubits:
                    continue
                name = item.operation.name
                if index in self.owners or name not in ("x", "id", "barrier"):
                    return None
                if name == "x":
                    site ^= 1 << place
                    flips.append(index)
        return _Start(site, flips)

    def add(self, walk: _Walk) -> None:
        """Put a walk's gate in the place of its operations, unless they are taken."""
        items = [*walk.items, *(walk.start.items if walk.start else ())]
        if self.owners.keys().isdisjoint(items):
            self.owners.update(dict.fromkeys(items, walk))

    def rebuilt(self) -> DAGCircuit:
        """Return the circuit with the walks' gates."""
        dag = self.dag.copy_empty_like()
        broken = {self.items[index].node for index in self.owners}
        phase = self.dag.global_phase + sum(self.phases[number] for number in broken)
        done = -1
        for index, item in enumerate(self.items):
            walk = self.owners.get(index)
            if walk is not None and index == walk.items[-1]:
                dag.apply_operation_back(walk.gate, walk.qubits)
                phase = phase + walk.phase
            elif walk is None and item.node in broken:
                dag.apply_operation_back(item.operation, item.qubits)
            elif walk is None and item.node != done:
                node = self.nodes[item.node]
                dag.apply_operation_back(node.op, node.qargs, node.cargs)
            done = item.node
        dag.global_phase = phase
        return dag


@dataclass(frozen=True)
class _Walk:
    """A walk found in the circuit: the gate that it becomes, and the operations in its place."""

    gate: SplitStepWalkGate
    phase: Any
    qubits: tuple[Qubit, ...]
    items: tuple[int, ...]
    start: _Start | None

    @classmethod
    def of(cls, links: Sequence[Link], start: _Start | None) -> _Walk | None:
        """Return the walk of links with as many S+ as S-; any even number if a start is given."""
        qubits = next(link.qubits for link in links if link.shifts)
        coins, last, net = [], Coin(), 0
        for token in (token for link in links for token in link.tokens):
            if isinstance(token, int):
                coins.append(last)
                last, net = Coin(), net + token
            else:
                product = last.then(token)
                if product is None:
                    return None
                last = product
        site = 0 if start is None else (start.site + net // 2) % 2 ** (len(qubits) - 1)
        gate, phase = _gate(len(qubits) - 1, coins, last, site, prepare=start is not None)
        items = tuple(index for link in links for index in link.items)
        return cls(gate, phase, qubits, items, start)

    @property
    def steps(self) -> int:
        return int(self.gate.structure.num_steps)

    def saves(self, items: Sequence[Item]) -> bool:
        """Whether the gate costs no more CX than the operations that it replaces, at least."""
        size = len(self.qubits) - 1
        cost = self.gate.structure.two_qubit_gates + (0 if self.start else size * (size - 1))
        return bool(cost <= sum(_cost(items[index].operation) for index in self.items))


def _gate(
    size: int, coins: Sequence[Coin], last: Coin, site: int, *, prepare: bool
) -> tuple[SplitStepWalkGate, Any]:
    """The gate that tosses ``coins`` before its half steps and ``last`` at its end, and a phase."""
    tosses, shape, angles = _alike(coins)
    final, final_shape, final_angles = _alike([] if last.is_identity else [last])
    walk = SplitStepWalk(
        size,
        np.zeros((len(coins) // 2, 2, *shape)),
        start=site,
        final_coin=np.zeros(final_shape) if final else None,
    )
    phase = sum(coin.phase for coin in [*tosses, *(final or [last])])
    return SplitStepWalkGate(walk, [*angles, *final_angles], prepare=prepare), phase


def _alike(coins: Sequence[Coin]) -> tuple[Sequence[Coin], tuple[int, ...], list[Any]]:
    """Coins as RY if all can be, else as U; the shape of the angles of one, and all angles."""
    rotations = [coin.as_ry() for coin in coins]
    plain = [coin for coin in rotations if coin is not None]
    if len(plain) == len(coins):
        return plain, (), [coin.theta for coin in plain]
    return coins, (3,), [angle for coin in coins for angle in (coin.theta, coin.phi, coin.lam)]


def _cost(operation: Operation) -> int:
    """About the fewest CX that an operation of a walk costs."""
    sizes = range(operation.num_qubits, operation.num_qubits + 1)
    if not is_flip(operation):
        sizes = range(2, operation.num_qubits + 1)
    return sum({1: 0, 2: 1, 3: 6}.get(size, 8 * size - 18) for size in sizes)
