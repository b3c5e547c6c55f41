"""Additions and comparisons of integers, up to phases, from Qiskit's library."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from qiskit import QuantumCircuit
from qiskit.circuit.library import CXGate, RCCXGate
from qiskit.synthesis import adder_ripple_c04
from qiskit.transpiler import PassManager
from qiskit.transpiler.passes import InverseCancellation

from qiskit_ssqw.finance.encodings import ComparatorEncoding


@lru_cache(maxsize=64)
def adder(size: int, num_zeros: int) -> QuantumCircuit:
    """Adds an integer to another one, modulo ``2**size``, up to phases.

    It is Cuccaro's adder (arXiv:quant-ph/0410184) from Qiskit's library on the qubits of the
    addend, of the total and one that is clean. Its Toffoli gates have relative phases, 3 CX
    each: what is computed here is undone around rotations that it controls, so the phases cancel.

    Args:
        size: Qubits of either integer.
        num_zeros: How many of the addend's highest bits are 0; gates that they control go.
    """
    plain = _toffoli_level(adder_ripple_c04(size, "fixed"))
    zeros = [*range(size - num_zeros, size), 2 * size]
    lean = _without_controls(_relaxed(plain), zeros)
    return PassManager([InverseCancellation([RCCXGate(), CXGate()])]).run(lean)


def append_at_least(
    circuit: QuantumCircuit, edge: int, qubits: Sequence[int], scratch: Sequence[int]
) -> int:
    """Append the comparison of an integer with a constant, up to phases, and say where it is.

    Args:
        circuit: Changed in place; the inverse of what is appended undoes it.
        edge: The constant, between 1 and ``2**len(qubits) - 1``.
        qubits: They hold the integer, least significant first.
        scratch: Clean qubits, at least ``len(qubits) - 1``.

    Returns:
        The qubit that is 1 where the integer is at least ``edge``.
    """
    size = len(qubits)
    encoding = ComparatorEncoding((edge,), size, 0.0, 1.0)
    carry = encoding.carry(edge)
    result, *others = scratch
    circuit.compose(carry.chain, [*qubits, result, *others[: encoding.num_ancillas]], inplace=True)
    top = qubits[carry.top]
    if carry.qubit is None:
        return top
    below = qubits[carry.qubit] if carry.qubit < size else others[carry.qubit - size - 1]
    if carry.either:
        circuit.x([top, below])
    circuit.rccx(top, below, result)
    if carry.either:
        circuit.x([top, below, result])
    return result


def _toffoli_level(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit in X, CX and Toffoli gates."""
    while composite := set(circuit.count_ops()) - {"x", "cx", "ccx"}:
        circuit = circuit.decompose(list(composite))
    return circuit


def _relaxed(circuit: QuantumCircuit) -> QuantumCircuit:
    """The same with relative phases."""
    relaxed = circuit.copy_empty_like()
    for step in circuit.data:
        if step.operation.name == "ccx":
            relaxed.rccx(*step.qubits)
        else:
            relaxed.append(step)
    return relaxed


def _without_controls(circuit: QuantumCircuit, zeros: Sequence[int]) -> QuantumCircuit:
    """Leave out gates that a qubit controls which begins, or ends, in 0 and has not changed."""
    for _ in range(2):
        unchanged = {circuit.qubits[zero] for zero in zeros}
        kept = circuit.copy_empty_like()
        for step in circuit.data:
            *controls, target = step.qubits
            if unchanged.isdisjoint(controls):
                kept.append(step)
                unchanged.discard(target)
        circuit = kept.reverse_ops()
    return circuit
