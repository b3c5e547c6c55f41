"""An amplitude estimator that knows the answer, for tests of what is made of it."""

from qiskit.quantum_info import Statevector
from qiskit_algorithms import AmplitudeEstimator, IterativeAmplitudeEstimationResult


class Oracle(AmplitudeEstimator):
    """Returns the exact amplitude, or a random one that is not further off than it says.

    Args:
        half_width: Of the interval around the estimate, in units of the amplitude.
        rng: Draws the estimate such that its interval contains the amplitude; by default the
            estimate is the amplitude.
    """

    sampler = None
    alpha = 0.05

    def __init__(self, half_width=1e-9, rng=None):
        self._half_width, self._rng = half_width, rng

    def estimate(self, estimation_problem):
        state = Statevector(estimation_problem.state_preparation)
        good = state.probabilities(estimation_problem.objective_qubits)[-1]
        off = 0.0 if self._rng is None else self._rng.uniform(-1, 1) * self._half_width
        result = IterativeAmplitudeEstimationResult()
        result.alpha, result.num_oracle_queries = self.alpha, 0
        result.estimation = float(good + off)
        result.confidence_interval = (
            result.estimation - self._half_width,
            result.estimation + self._half_width,
        )
        return result
