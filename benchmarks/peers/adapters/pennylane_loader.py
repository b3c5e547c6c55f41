"""PennyLane's templates, wire 0 being the most significant; unitaries are synthesised by Qiskit."""

import numpy as np
import pennylane as qml
from protocol import serve
from qiskit import QuantumCircuit


def tensors(amplitudes: np.ndarray, bond: int) -> list[np.ndarray]:
    """Matrix product state of at most that bond dimension, most significant site first."""
    sites, rest, left = [], amplitudes[None], 1
    for _ in range(int(np.log2(amplitudes.size)) - 1):
        u, s, vh = np.linalg.svd(rest.reshape(left * 2, -1), full_matrices=False)
        kept = min(bond, s.size)
        sites.append(u[:, :kept].reshape(left, 2, kept))
        rest, left = s[:kept, None] * vh[:kept], kept
    sites.append(rest / np.linalg.norm(rest))
    sites[0] = sites[0][0]
    return sites


def build(amplitudes: np.ndarray, template: str, bond: int = 0) -> QuantumCircuit:
    num_qubits = int(np.log2(amplitudes.size))
    places = list(range(num_qubits))[::-1]
    if template == "MPSPrep":
        helpers = list(range(num_qubits, num_qubits + int(np.log2(bond))))
        places += helpers
        state = tensors(amplitudes, bond)
        gate = qml.MPSPrep(state, range(num_qubits), helpers, right_canonicalize=True)
    else:
        gate = qml.MottonenStatePreparation(amplitudes, range(num_qubits))
    circuit = QuantumCircuit(len(places))
    for step in gate.decomposition():
        wires = [places[wire] for wire in step.wires]
        if step.name == "CNOT":
            circuit.cx(*wires)
        elif step.name == "RY":
            circuit.ry(float(step.parameters[0]), wires)
        else:
            circuit.unitary(qml.matrix(step), wires[::-1])
    return circuit


if __name__ == "__main__":
    serve(build)
