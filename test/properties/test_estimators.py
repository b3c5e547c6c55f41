"""Our amplitude estimators: what any result must satisfy, whatever the amplitude and the error."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorSampler
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw.finance import BayesianAmplitudeEstimation, RobustAmplitudeEstimation

from . import examples
from .strategies import seeds

# Each run begins with the seed that the test gives.
pytestmark = pytest.mark.filterwarnings("ignore::qiskit_ssqw.RepeatedSeedWarning")

KINDS = {
    "bayes": lambda epsilon, alpha, seed: BayesianAmplitudeEstimation(
        epsilon, alpha, sampler=StatevectorSampler(seed=seed), shots=50
    ),
    "rae": lambda epsilon, alpha, seed: RobustAmplitudeEstimation(
        epsilon, alpha, sampler=StatevectorSampler(seed=seed)
    ),
}
amplitudes = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1e-12, 0.5, 1 - 1e-12, 1.0]))


def problem(amplitude, low=0.0, high=1.0):
    """One qubit turned by an angle, and a value between two ends."""
    angle = 2 * np.arcsin(np.sqrt(amplitude))
    preparation, iterate = QuantumCircuit(1), QuantumCircuit(1)
    preparation.ry(angle, 0)
    iterate.ry(2 * angle, 0)
    return EstimationProblem(
        preparation,
        objective_qubits=[0],
        grover_operator=iterate,
        post_processing=lambda share: low + (high - low) * share,
    )


@pytest.mark.parametrize("kind", KINDS)
@examples(0.1)
@given(
    amplitude=amplitudes,
    epsilon=st.floats(0.01, 0.3),
    alpha=st.floats(1e-4, 0.3),
    seed=seeds,
    ends=st.tuples(st.floats(-100, 0), st.floats(1, 100)),
)
def test_the_interval_is_as_narrow_as_asked_for_and_holds_the_estimate(
    kind, amplitude, epsilon, alpha, seed, ends
):
    asked = problem(amplitude, *ends)
    found = KINDS[kind](epsilon, alpha, seed).estimate(asked)
    low, high = found.confidence_interval
    assert 0 <= low <= found.estimation <= high <= 1
    if kind == "bayes":  # the shots of the other are chosen for it, but promise nothing
        assert high - low <= 2 * epsilon * (1 + 1e-9)
    assert found.estimation_processed == pytest.approx(asked.post_processing(found.estimation))
    processed = found.confidence_interval_processed
    assert tuple(processed) == pytest.approx(tuple(map(asked.post_processing, (low, high))))
    assert found.num_oracle_queries >= 0
    if amplitude in (0.0, 1.0):  # nothing is left to chance there
        assert low <= amplitude <= high


@pytest.mark.parametrize("kind", KINDS)
@examples(0.05)
@given(amplitude=amplitudes, epsilon=st.floats(0.02, 0.2), seed=seeds)
def test_a_seed_decides_and_results_can_be_copied(kind, amplitude, epsilon, seed):
    first, second = (KINDS[kind](epsilon, 0.05, seed).estimate(problem(amplitude)) for _ in "12")
    assert first.estimation == second.estimation
    assert first.confidence_interval == second.confidence_interval
    assert first.num_oracle_queries == second.num_oracle_queries
    for other in (copy.copy(first), pickle.loads(pickle.dumps(without_functions(first)))):
        assert other.estimation == first.estimation


def without_functions(result):
    """A copy without the post-processing, a function that no pickle takes."""
    other = copy.copy(result)
    other.post_processing = None
    return other
