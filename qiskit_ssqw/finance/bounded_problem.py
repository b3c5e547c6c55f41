"""Estimation problems whose circuits may take only so long."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw.finance.schedules import duration


class BoundedProblem(EstimationProblem):
    """An estimation problem that refuses powers of its Grover operator which would take too long.

    Args:
        problem: The problem.
        max_seconds: Longest time of a circuit on a simulator.
        seconds: Time of one Grover iterate.
    """

    def __init__(self, problem: EstimationProblem, max_seconds: float, seconds: float) -> None:
        super().__init__(
            problem.state_preparation,
            problem.objective_qubits,
            _BoundedOperator(problem.grover_operator, max_seconds, seconds),
            problem.post_processing,
            problem.is_good_state if problem.has_good_state else None,
        )
        self._problem, self._max_seconds, self._seconds = problem, max_seconds, seconds

    def rescale(self, scaling_factor: float) -> BoundedProblem:
        """Multiply the amplitude of the good states by a factor, with one more objective."""
        scaled = self._problem.rescale(scaling_factor)
        return BoundedProblem(scaled, self._max_seconds, self._seconds)


class _BoundedOperator(QuantumCircuit):
    """A Grover operator with a bound on its powers."""

    def __init__(self, operator: QuantumCircuit, max_seconds: float, seconds: float) -> None:
        super().__init__(*operator.qregs, name=operator.name)
        self.compose(operator, inplace=True)
        self._operator, self._max_seconds, self._seconds = operator, max_seconds, seconds

    def power(
        self, power: float, matrix_power: bool = False, annotated: bool = False
    ) -> QuantumCircuit:
        seconds = power * self._seconds
        if seconds > self._max_seconds:
            raise ValueError(
                f"the estimator asks for the Grover operator to the power {power:,}, some "
                f"{duration(seconds)} on a simulator, more than max_seconds={self._max_seconds:g}"
            )
        return self._operator.power(power, matrix_power, annotated)
