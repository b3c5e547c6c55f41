"""The loaders of qclib by singular values."""

import numpy as np
from protocol import serve
from qclib.state_preparation import (
    BaaLowRankInitialize,
    LowRankInitialize,
    SVDInitialize,
)
from qiskit import QuantumCircuit


def build(amplitudes: np.ndarray, loader: str, rank: int = 0, loss: float = 0.0) -> QuantumCircuit:
    gate = {
        "LowRank": lambda: LowRankInitialize(list(amplitudes), opt_params={"lr": rank}),
        "BaaLowRank": lambda: BaaLowRankInitialize(
            list(amplitudes), opt_params={"max_fidelity_loss": loss, "use_low_rank": True}
        ),
        "SVD": lambda: SVDInitialize(list(amplitudes)),
    }[loader]()
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, circuit.qubits)
    return circuit


if __name__ == "__main__":
    serve(build)
