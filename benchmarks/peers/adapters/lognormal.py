"""The log-normal loaders of qiskit-finance and finqir, for the reference instance only."""

import importlib

import numpy as np
from protocol import serve
from qiskit import QuantumCircuit


def build(amplitudes: np.ndarray, library: str) -> QuantumCircuit:
    spot, volatility, rate, maturity = 2.0, 0.4, 0.05, 40 / 365
    variance = volatility**2 * maturity
    mu = (rate - volatility**2 / 2) * maturity + np.log(spot)
    mean = np.exp(mu + variance / 2)
    reach = 3 * mean * np.sqrt(np.expm1(variance))
    loaders = importlib.import_module(f"{library}.circuit.library")
    num_qubits = int(np.log2(amplitudes.size))
    circuit: QuantumCircuit = loaders.LogNormalDistribution(
        num_qubits, mu, variance, (max(0.0, mean - reach), mean + reach)
    )
    return circuit


if __name__ == "__main__":
    serve(build)
