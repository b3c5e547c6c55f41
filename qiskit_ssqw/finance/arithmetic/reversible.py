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


@lru_cache(maxsize=4096)
def at_least(size: int, edge: int) -> tuple[QuantumCircuit, int]:
    """Compares an integer with a constant, up to phases.

    Args:
        size: Qubits of the integer.
        edge: The constant, between 1 and ``2**size - 1``.

    Returns:
        A circuit on the integer's qubits and at most ``max(size - 1, 1)`` clean ones, and its
        qubit that is 1 after it where the integer is at least ``edge``.
    """
    carry = ComparatorEncoding((edge,), size, 0.0, 1.0).carry(edge)
    circuit, result = carry.chain, size
    if carry.qubit is None:
        return circuit, carry.top
    if carry.either:
        circuit.x([carry.top, carry.qubit])
    circuit.rccx(carry.top, carry.qubit, result)
    if carry.either:
        circuit.x([carry.top, carry.qubit, result])
    return circuit, result


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
