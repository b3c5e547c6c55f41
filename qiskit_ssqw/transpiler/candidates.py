"""On which qubits there may be a walk, at a cheap first look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice

from qiskit.circuit import CONTROL_FLOW_OP_NAMES, AnnotatedOperation, ControlledGate, Gate, Qubit
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.dagcircuit import DAGCircuit

from qiskit_ssqw.transpiler.permutations import MAX_QUBITS
from qiskit_ssqw.transpiler.pieces import MOVES, Item, is_large_flip

_LARGE_FLIPS = {"ccx", "mcx", "cswap"}
_NAMES = {*MOVES, "split_step", "split_step_dg"}

Past = dict[Qubit, list[tuple[int, frozenset[Qubit]]]]  # operations on each qubit: index and qubits


def may_hold_walk(dag: DAGCircuit, counts: dict[str, int]) -> bool:
    """Whether a look at the names of all operations leaves room for a walk."""
    if not _NAMES.isdisjoint(counts):
        return True
    standard, coins = _standard_names()
    plain = {name: name.split("_o")[0] for name in counts}
    unknown = [name for name in counts if plain[name] not in standard]
    kinds = (Gate, ControlledGate, AnnotatedOperation)
    if unknown and any(type(node.op) in kinds for node in dag.named_nodes(*unknown)):
        return True
    large = {name for name in counts if plain[name] in _LARGE_FLIPS}
    if sum(counts[name] for name in large) < 2 or coins.isdisjoint(counts):
        return False
    acts = ((node.qargs, node.name in large, node.name) for node in dag.op_nodes())
    return bool(_met_twice(acts))


@cache
def _standard_names() -> tuple[frozenset[str], frozenset[str]]:
    """The names of operations that hold no walk by themselves, and of those that may be coins."""
    gates = get_standard_gate_name_mapping()
    coins = {
        name for name, gate in gates.items() if isinstance(gate, Gate) and gate.num_qubits == 1
    }
    others = {"mcx", "unitary", "barrier", *CONTROL_FLOW_OP_NAMES}
    return frozenset({*gates, *others}), frozenset({*coins, "unitary"} - {"x", "id"})


def registers(items: Sequence[Item]) -> list[frozenset[Qubit]]:
    """Sets of qubits on which there may be a walk, large ones first: small ones may lie within."""
    named = (frozenset(item.qubits) for item in items if item.operation.name in MOVES)
    written = _met_twice(
        (item.qubits, is_large_flip(item.operation), item.operation.name) for item in items
    )
    return sorted(dict.fromkeys([*named, *written]), key=len, reverse=True)


def _met_twice(acts: Iterable[tuple[Sequence[Qubit], bool, str]]) -> list[frozenset[Qubit]]:
    """Registers on which there are two large flips, a coin in between, and nothing that leaves.

    A shift up or down for one value of the coin is an odd permutation, so one of its gates acts on
    all of its qubits. The usual way to write "up if 1, down if 0" otherwise is a shift without
    a coin between CX gates from the coin to all position qubits.

    Args:
        acts: The qubits of each operation, whether it may be a large flip, and its name.
    """
    past: Past = {}
    last: dict[frozenset[Qubit], int] = {}
    found = []
    for index, (places, is_large, name) in enumerate(acts):
        if name == "x":
            continue
        qubits = frozenset(places)
        if is_large and len(qubits) <= MAX_QUBITS:
            for register in _around(qubits, past):
                if register in last and _is_closed(register, past, last[register]):
                    found.append(register)
                last[register] = index
        for qubit in places:
            if qubit in past:
                past[qubit].append((index, qubits))
            else:
                past[qubit] = [(index, qubits)]
    return found


def _around(qubits: frozenset[Qubit], past: Past) -> Iterator[frozenset[Qubit]]:
    """The qubits of a flip, and with them the one with which all last had a gate, of two qubits."""
    yield qubits
    partner: frozenset[Qubit] = frozenset()
    for qubit in qubits:
        recent = islice(reversed(past.get(qubit, ())), 4 * MAX_QUBITS)
        pair = next((acts for _, acts in recent if not acts <= qubits), qubits)
        if len(pair) != 2 or len(partner | pair - qubits) != 1:
            return
        partner = pair - qubits
    if len(qubits) < MAX_QUBITS:
        yield qubits | partner


def _is_closed(register: frozenset[Qubit], past: Past, since: int) -> bool:
    """Whether there was a coin since an index, and nothing on the register and other qubits."""
    tossed = False
    for qubit in register:
        for index, qubits in reversed(past.get(qubit, [])):
            if index < since:
                break
            if not qubits <= register:
                return False
            tossed = tossed or len(qubits) == 1
    return tossed
