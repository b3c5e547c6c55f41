"""Qiskit's exact loaders."""

import numpy as np
from protocol import serve
from qiskit import QuantumCircuit
from qiskit.circuit.library import Isometry, StatePreparation


def build(amplitudes: np.ndarray, gate: str) -> QuantumCircuit:
    circuit = QuantumCircuit(int(np.log2(amplitudes.size)))
    if gate == "Isometry":
        circuit.append(Isometry(amplitudes, 0, 0), circuit.qubits)
    else:
        circuit.append(StatePreparation(amplitudes), circuit.qubits)
    return circuit


if __name__ == "__main__":
    serve(build)
