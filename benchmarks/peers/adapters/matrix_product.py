"""mps-to-circuit and qiu-mps-initializer: layers or unitaries from a matrix product state."""

import numpy as np
import quimb.tensor as qtn
from protocol import serve
from qiskit import QuantumCircuit


def build(
    amplitudes: np.ndarray, library: str, layers: int | None = None, bond: int | None = None
) -> QuantumCircuit:
    if library == "qiu":
        from qiu_mps_initializer.state_preparation import mps_state_preparation

        return mps_state_preparation(amplitudes, max_layers=layers).circuit
    from mps_to_circuit import mps_to_circuit

    num_qubits = int(np.log2(amplitudes.size))
    state = qtn.MatrixProductState.from_dense(amplitudes, [2] * num_qubits)
    state.compress(form="right", max_bond=bond)
    state.normalize()
    state.permute_arrays("lrp")
    options = {"method": "exact"} if layers is None else {"method": "approximate"}
    if layers is not None:
        options["num_layers"] = layers
    circuit = mps_to_circuit(list(state.arrays), shape="lrp", **options)
    return circuit.reverse_bits()


if __name__ == "__main__":
    serve(build)
