"""The qubits of a device that a circuit uses."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check


def taken_apart(circuit: QuantumCircuit) -> tuple[QuantumCircuit, list[int], list[int]]:
    """A circuit's gates on its used qubits, these, and the qubit measured for each of its bits.

    Raises:
        ValueError: The circuit does not end with measurements of all its bits.
    """
    check.instance(circuit, QuantumCircuit, "circuit")
    where = {qubit: place for place, qubit in enumerate(circuit.qubits)}
    bits = {bit: place for place, bit in enumerate(circuit.clbits)}
    measured: dict[int, int] = {}
    active: set[int] = set()
    for step in circuit.data:
        qubits = [where[qubit] for qubit in step.qubits]
        if step.operation.name == "measure":
            measured[bits[step.clbits[0]]] = qubits[0]
        elif step.operation.name not in ("barrier", "delay"):
            if step.clbits:
                raise ValueError(
                    "the circuit must have no classical bits but those of its measurements, got "
                    f"{step.operation.name}"
                )
            if not set(measured.values()).isdisjoint(qubits):
                raise ValueError("the circuit must end with measurements, got gates behind one")
            active.update(qubits)
    if not measured or len(measured) < len(bits):
        raise ValueError(
            f"the circuit must measure something for each of its {len(bits)} classical bits, got "
            f"{len(measured)}"
        )
    used = sorted(active | set(measured.values()))
    gates = QuantumCircuit(len(used))
    places = dict(zip(used, gates.qubits, strict=True))
    for step in circuit.data:
        if step.operation.name not in ("measure", "barrier", "delay"):
            gates._append(step.replace(qubits=[places[where[qubit]] for qubit in step.qubits]))
    return gates, used, [measured[bit] for bit in range(len(bits))]


def check_device(circuit: QuantumCircuit, num_qubits: int | None, known: AbstractSet[str]) -> None:
    """Check that a circuit may run on a device whose errors are stated.

    Args:
        circuit: As it is run.
        num_qubits: Of the device; ``None`` if that is not known.
        known: Two-qubit gates whose errors are stated.

    Raises:
        ValueError: The circuit has more qubits, or none of its two-qubit gates is among those whose
            errors are stated.
    """
    if num_qubits is not None and circuit.num_qubits > num_qubits:
        raise ValueError(
            f"noise must be that of what runs the circuit of {circuit.num_qubits} qubits, got a "
            f"device of {num_qubits}"
        )
    steps = (step for step in circuit.data if len(step.qubits) == 2)
    used = {step.operation.name for step in steps} - {"barrier"}
    if known and used and known.isdisjoint(used):
        raise ValueError(
            f"noise must state errors of the circuit's two-qubit gates {sorted(used)}, got those "
            f"of {sorted(known)}: give that of what runs the circuit"
        )
