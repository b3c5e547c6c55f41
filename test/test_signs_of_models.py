"""Circuits that are handed out load the roots of the probabilities, with one sign."""

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qiskit_ssqw import QuantumWalkUncertaintyModel, SSQWDistribution, TargetDistribution, fit
from qiskit_ssqw.finance import PathModel

MARKET = (2.0, 0.4, 0.05, 40 / 365)


def fidelity(circuit, probabilities):
    return abs(np.vdot(Statevector(circuit).data, np.sqrt(probabilities))) ** 2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("num_qubits", [2, 3, 4, [2, 2]])
def test_uncertainty_models(num_qubits, seed):
    correlation = [[1, 0.6], [0.6, 1]] if isinstance(num_qubits, list) else None
    model = QuantumWalkUncertaintyModel.from_black_scholes(
        num_qubits, *MARKET, correlation=correlation, tolerance=5e-3, seed=seed
    )
    found = fidelity(model, model.probabilities)
    assert found == pytest.approx(model.fit_result.fidelity, abs=1e-12)
    assert 1 - found <= 2 * model.fit_result.tolerance


def test_free_signs_are_an_option_of_models():
    target = TargetDistribution.from_black_scholes(3, *MARKET, num_std=3, rule="pdf")
    free = QuantumWalkUncertaintyModel(target, tolerance=5e-3, signs="free", seed=1)
    assert free.fit_result.two_qubit_gates == 2
    assert fidelity(free, free.probabilities) < 0.98
    with pytest.raises(TypeError, match=r"a given walk is not fitted: leave out \['signs'\]"):
        QuantumWalkUncertaintyModel(target, walk=free.fit_result.walk, signs="positive")


@pytest.mark.parametrize("seed", range(3))
def test_path_models(seed):
    model = PathModel(3, 2, *MARKET, tolerance=5e-3, seed=seed)
    assert 1 - fidelity(model, model.probabilities) <= 4 * model.fit_result.tolerance


def test_fidelity_of_a_circuit_with_a_coin():
    target = TargetDistribution.from_black_scholes(3, *MARKET, num_std=3, rule="pdf")
    result = fit(target, method="exact", seed=1)
    circuit = SSQWDistribution(result.walk)
    state = Statevector(circuit).data.reshape(2, 8)
    overlaps = state @ np.sqrt(target.probabilities)
    assert result.fidelity == pytest.approx(np.linalg.norm(overlaps) ** 2, abs=1e-12)
