"""mpsprep: one unitary per site of a matrix product state, synthesised by Qiskit."""

import numpy as np
from mpsprep.mpsstatepreparation import MatrixProductInitializer, MatrixProductState
from protocol import serve
from qiskit import QuantumCircuit


def build(amplitudes: np.ndarray, bond: int | None = None) -> QuantumCircuit:
    num_qubits = int(np.log2(amplitudes.size))
    tensor = amplitudes.reshape([2] * num_qubits).transpose()
    cores, _ = MatrixProductState.svd_decompose(tensor, bond)
    state = MatrixProductState(cores)
    state.right_normalize()
    circuit = QuantumCircuit(num_qubits)
    for site, unitary in enumerate(MatrixProductInitializer(state).gate_unitaries(False)):
        width = int(np.log2(unitary.shape[0]))
        circuit.unitary(unitary, range(site, site + width))
    return circuit


if __name__ == "__main__":
    serve(build)
