"""Additions and comparisons of integers, up to phases, from Qiskit's library."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from qiskit import QuantumCircuit
from qiskit.circuit.library import RCCXGate
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
    zeros = [*range(size - num_zeros, size), 2 * size]
    plain = _relaxed(adder_ripple_c04(size, "fixed"))
    return _without_pairs(_without_controls(plain, zeros))


@lru_cache(maxsize=64)
def greater(size: int) -> QuantumCircuit:
    """Flips a qubit where one integer is greater than another one, up to phases.

    The carry of ``a + (2**size - 1 - b)``: an addition with a carry, and one without undone, of
    which only the chain of carries remains.

    Args:
        size: Qubits of either integer.

    Returns:
        A circuit on the qubits of ``a``, of ``b``, the one that is flipped, and a clean one.
    """
    with_carry, without = (_relaxed(adder_ripple_c04(size, kind)) for kind in ("half", "fixed"))
    circuit = QuantumCircuit(2 * size + 2)
    circuit.compose(with_carry, inplace=True)
    unused = 2 * size
    others = [qubit for qubit in range(2 * size + 2) if qubit != unused]
    circuit.compose(without.reverse_ops(), others, inplace=True)
    inverted = circuit.copy_empty_like()
    inverted.x(range(size, 2 * size))
    lean = inverted.compose(_without_pairs(circuit))
    lean.x(range(size, 2 * size))
    return lean


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


def _relaxed(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit in X, CX and Toffoli gates with relative phases."""
    while composite := set(circuit.count_ops()) - {"x", "cx", "ccx"}:
        circuit = circuit.decompose(list(composite))
    relaxed = QuantumCircuit(circuit.num_qubits)
    places = {qubit: place for place, qubit in enumerate(circuit.qubits)}
    for step in circuit.data:
        gate = RCCXGate() if step.operation.name == "ccx" else step.operation
        relaxed.append(gate, [places[qubit] for qubit in step.qubits])
    return relaxed


def _without_pairs(circuit: QuantumCircuit) -> QuantumCircuit:
    """Leave out neighbours that undo each other."""
    cancel = PassManager([InverseCancellation()])
    while (shorter := cancel.run(circuit)).size() < circuit.size():
        circuit = shorter
    return circuit


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
