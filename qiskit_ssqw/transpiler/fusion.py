"""Making one gate of a lattice walk that is written step by step: `FuseWalkSteps`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qiskit.dagcircuit import DAGCircuit
from qiskit.transpiler.basepasses import TransformationPass

from qiskit_ssqw import _validation as check
from qiskit_ssqw.circuit import SplitStepWalkGate
from qiskit_ssqw.transpiler.steps import (
    SHIFTS,
    STEPS,
    Coin,
    Item,
    Written,
    parts_of,
    written_walks,
)
from qiskit_ssqw.walks import SplitStepWalk


class FuseWalkSteps(TransformationPass):
    """Make one `SplitStepWalkGate` of each lattice walk that is written step by step.

    Steps are `SplitStepGate`, or `ConditionalShiftGate` S+ and then S- with coins before them, and
    the inverses of these; they are known by their names. Coins are gates on the coin qubit; those
    with free parameters only where there is one between two shifts, or only RY.

    The operator stays the same, global phase included, and parameters stay free. What is inside of
    control flow is left as it is.
    """

    def __init__(self, *, qubits_initially_zero: bool = False) -> None:
        """Initialize the pass.

        Args:
            qubits_initially_zero: Whether the circuit is only run on the zero state. Then a walk
                whose position qubits were not touched before, but for X gates, starts on its site,
                which costs fewer gates; the operator on other inputs changes.

        Raises:
            TypeError: ``qubits_initially_zero`` is no bool.
        """
        super().__init__()
        check.instance(qubits_initially_zero, bool, "qubits_initially_zero")
        self.qubits_initially_zero = qubits_initially_zero

    def run(self, dag: DAGCircuit) -> DAGCircuit:
        """Return the circuit with walks as gates; the same object if there are none."""
        names = dag.count_ops(recurse=False).keys()
        if STEPS.isdisjoint(names) and SHIFTS.keys().isdisjoint(names):
            return dag
        nodes = dag.topological_op_nodes(key=lambda node: f"{node._node_id:09d}")  # as written
        items = [
            part
            for node in nodes
            for part in parts_of(Item(node.op, tuple(node.qargs), tuple(node.cargs)))
        ]
        walks = written_walks(items)
        return _with_gates(dag, items, walks, self.qubits_initially_zero) if walks else dag


def _with_gates(
    dag: DAGCircuit, items: Sequence[Item], walks: Sequence[Written], zero: bool
) -> DAGCircuit:
    """The circuit of some operations with walks as gates, in the places of their last ones."""
    result, phase = dag.copy_empty_like(), dag.global_phase
    left_out = {index for walk in walks for index in walk.items}
    ends = {walk.items[-1]: walk for walk in walks}
    starts = {end: _start(walk, items, left_out) if zero else None for end, walk in ends.items()}
    left_out |= {flip for start in starts.values() if start for flip in start[1]}
    for index, item in enumerate(items):
        if index in ends:
            walk, start = ends[index], starts[index]
            gate, turn = _gate(walk, walk.coins(items), None if start is None else start[0])
            result.apply_operation_back(gate, walk.qubits)
            phase = phase + turn
        elif index not in left_out:
            result.apply_operation_back(*item)
    result.global_phase = phase
    return result


def _start(walk: Written, items: Sequence[Item], taken: set[int]) -> tuple[int, list[int]] | None:
    """The site on which a walker is known to be, and the X gates that put it there."""
    places = {qubit: place for place, qubit in enumerate(walk.qubits[:-1])}
    site, flips = 0, []
    for index, item in enumerate(items[: walk.shifts[0]]):
        if places.keys().isdisjoint(item.qubits):
            continue
        name = item.operation.name
        if walk.inverted or index in taken or name not in ("x", "id", "barrier"):
            return None
        if name == "x":
            site ^= 1 << places[item.qubits[0]]
            flips.append(index)
    return site, flips


def _gate(walk: Written, coins: Sequence[Coin], start: int | None) -> tuple[SplitStepWalkGate, Any]:
    """The gate of a walk that starts on a site, or on what the qubits hold; its global phase."""
    count = len(walk.shifts)
    last = coins[count:] if walk.tosses[0 if walk.inverted else -1] else []
    shape, angles = _alike(coins[:count])
    last_shape, last_angles = _alike(last)
    structure = SplitStepWalk(
        len(walk.qubits) - 1,
        np.zeros((count // 2, 2, *shape)),
        start=start or 0,
        final_coin=np.zeros(last_shape) if last else None,
    )
    gate = SplitStepWalkGate(structure, [*angles, *last_angles], prepare=start is not None)
    phase = sum(coin.phase for coin in [*coins[:count], *last])
    return (gate.inverse(), -phase) if walk.inverted else (gate, phase)


def _alike(coins: Sequence[Coin]) -> tuple[tuple[int, ...], list[Any]]:
    """The shape of the angles of a coin, and all angles: RY if all coins are, else U."""
    if all(len(coin.angles) == 1 for coin in coins):
        return (), [angle for coin in coins for angle in coin.angles]
    return (3,), [angle for coin in coins for angle in (*coin.angles, 0.0, 0.0)[:3]]
