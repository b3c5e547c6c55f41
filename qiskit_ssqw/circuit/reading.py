"""The distribution that qubits show once a circuit has run, computed from the circuit itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import CircuitInstruction, Gate
from qiskit.quantum_info import Statevector

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.circuit.walk_gates import WalkGate
from qiskit_ssqw.walks import Walk

MOST_QUBITS = 20
"""Qubits up to which a circuit that is more than walks is computed, from its state vector."""

Factor = tuple[Array, list[int]]
"""Probabilities, and the qubits that show them, least significant first."""


def read_probabilities(circuit: QuantumCircuit, qubits: Sequence[int]) -> Array:
    """Return the distribution of the number that some qubits hold, all others traced out.

    Walks on qubits of their own are computed from their angles, any other circuit of up to 20
    qubits from its state vector. Barriers and measurements at the end do not count.

    Args:
        circuit: It starts in the zero state.
        qubits: Indices, least significant first.

    Returns:
        Shape ``(2**len(qubits),)``.

    Raises:
        ValueError: The circuit has free parameters, does not consist of gates, or is more than
            walks on more than 20 qubits.
    """
    refuse_free_parameters(circuit, "the circuit")
    if "measure" in circuit.count_ops():
        circuit = circuit.remove_final_measurements(inplace=False)
    walks = _separate_walks(circuit)
    found = None if walks is None else _product(_factors(circuit, walks), list(qubits))
    return _from_state(circuit, qubits) if found is None else found


def read_separate_walks(circuit: QuantumCircuit, groups: Sequence[Sequence[int]]) -> list[Walk]:
    """Return the walk that loads each of some groups of qubits.

    Args:
        circuit: Of walks on qubits of their own, as many as there may be.
        groups: Indices of qubits, least significant first.

    Raises:
        ValueError: The circuit is anything else.
    """
    refuse_free_parameters(circuit, "the circuit")
    walks = {tuple(places): walk for walk, places in _separate_walks(circuit) or []}
    if set(walks) != set(map(tuple, groups)):
        raise ValueError(
            f"a circuit of {circuit.num_qubits} qubits must consist of walks on registers of "
            f"their own: what others load is computed on up to {MOST_QUBITS} qubits"
        )
    return [walks[tuple(group)] for group in groups]


def refuse_free_parameters(circuit: QuantumCircuit, what: str) -> None:
    """Raise a `ValueError` if a circuit has free parameters."""
    free = [parameter.name for parameter in circuit.parameters]
    if free:
        raise ValueError(
            f"{what} has {len(free)} free parameters: bind them with assign_parameters first, "
            f"got {free[0]}"
        )


def refuse_non_gates(circuit: QuantumCircuit, what: str) -> None:
    """Raise a `ValueError` if a circuit holds measurements, resets or control flow."""
    others = {step.name for step in gates_of(circuit) if not isinstance(step.operation, Gate)}
    if others:
        raise ValueError(
            f"{what} must consist of gates alone, got {', '.join(sorted(others))}: leave out "
            "measurements and control flow, and take prepare_state in place of initialize"
        )


def gates_of(circuit: QuantumCircuit) -> list[CircuitInstruction]:
    """The circuit's instructions without barriers."""
    return [step for step in circuit.data if step.name != "barrier"]


def _separate_walks(circuit: QuantumCircuit) -> list[tuple[Walk, list[int]]] | None:
    """The walks on qubits of their own, and those that show their sites; None for anything else."""
    found: list[tuple[Walk, list[int]]] = []
    used: set[int] = set()
    for step in gates_of(circuit):
        gate = WalkGate.from_operation(step.operation)
        places = [circuit.find_bit(qubit).index for qubit in step.qubits]
        if gate is None or not gate.prepares_walk or not used.isdisjoint(places):
            return None
        used.update(places)
        found.append((gate.walk, [places[qubit] for qubit in gate.value_qubits]))
    return found


def _factors(circuit: QuantumCircuit, walks: list[tuple[Walk, list[int]]]) -> list[Factor]:
    """The distributions of walks, and of qubits on which nothing happens."""
    used = {circuit.find_bit(qubit).index for step in gates_of(circuit) for qubit in step.qubits}
    idle = sorted(set(range(circuit.num_qubits)) - used)
    return [
        *((walk.probabilities(), places) for walk, places in walks),
        *((np.array([1.0, 0.0]), [qubit]) for qubit in idle),
    ]


def _product(factors: list[Factor], qubits: list[int]) -> Array | None:
    """The joint distribution of some factors' qubits; None if it takes parts of a factor."""
    total: Array = np.ones(1)
    order: list[int] = []
    for probabilities, places in factors:
        if set(places) <= set(qubits):
            total = np.multiply.outer(probabilities, total).ravel()
            order += places
    if sorted(order) != sorted(qubits):
        return None
    if order == qubits:
        return total
    # The first axis is the most significant qubit.
    axes = [order[::-1].index(qubit) for qubit in reversed(qubits)]
    return np.asarray(total.reshape([2] * len(order)).transpose(axes)).ravel()


def _from_state(circuit: QuantumCircuit, qubits: Sequence[int]) -> Array:
    if circuit.num_qubits > MOST_QUBITS:
        raise ValueError(
            f"what a circuit loads that is more than walks is computed on up to {MOST_QUBITS} "
            f"qubits, got {circuit.num_qubits}"
        )
    if not all(isinstance(step.operation, Gate) for step in gates_of(circuit)):
        circuit = transpile(circuit, basis_gates=["u", "cx"], optimization_level=1)
        refuse_non_gates(circuit, "the circuit")
    return np.asarray(Statevector(circuit).probabilities(list(qubits)))
