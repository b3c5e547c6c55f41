"""Circuits of more qubits than a state vector holds, by matrix product states."""

import numpy as np
import pytest
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2
from scipy import stats

from qiskit_ssqw import SSQWDistribution
from qiskit_ssqw.fitting import fit_continuous

SHOTS = 4000


@pytest.mark.parametrize("num_qubits", [64, 156])
def test_samples_follow_the_distribution(num_qubits):
    result = fit_continuous(stats.norm(), num_qubits, (-4, 4), tolerance=1e-2, seed=1)
    circuit = SSQWDistribution(result.walk).decompose(reps=4)
    circuit.measure_all()
    simulator = AerSimulator(method="matrix_product_state", seed_simulator=1)
    counts = SamplerV2.from_backend(simulator).run([circuit], shots=SHOTS).result()[0].data.meas
    sites = np.array([int(word, 2) / 2**num_qubits for word in counts.get_bitstrings()])
    points = -4 + 8 * sites
    statistic = stats.kstest(points, stats.norm.cdf).statistic
    assert statistic <= result.kolmogorov_smirnov + result.mass_beyond + 2 / np.sqrt(SHOTS)
