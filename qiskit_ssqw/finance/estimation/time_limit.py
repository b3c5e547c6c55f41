"""Estimations that would take too long on a simulator are refused before they are run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw.finance.estimation.schedule import Schedule
from qiskit_ssqw.finance.running.runner import Runner
from qiskit_ssqw.finance.running.simulators import MOST_QUBITS
from qiskit_ssqw.finance.running.times import duration, seconds_per_iterate
from qiskit_ssqw.finance.running.turning import PlaneProblem

_POWERS_OF_PLANE = 4
"""Iterates that take as long as the powers 0, 1 and 2, made and simulated."""

_SECONDS_OF_STATES = 5.0
"""That state vectors may take which check what is known of problems already."""


class TimeLimit:
    """How long estimations may take on what runs their circuits.

    Args:
        runner: What runs them.
        iterate_cx: CX of one Grover iterate.
    """

    def __init__(self, runner: Runner, iterate_cx: int) -> None:
        self._runner, self._iterate_cx, self._most = runner, iterate_cx, runner.most_seconds

    def check_planes(self, problems: Sequence[EstimationProblem]) -> None:
        """Check the first powers of problems whose planes are not known yet.

        Args:
            problems: They have planes.

        Raises:
            ValueError: They take too long already.
        """
        seconds = self._seconds_of_planes(problems)
        if seconds > self._most:
            widest = max(problem.grover_operator.num_qubits for problem in problems)
            holds = "matrix product states" if widest > MOST_QUBITS else "state vectors"
            raise ValueError(
                f"the first powers of the Grover operator, {self._iterate_cx:,} CX each on "
                f"{widest:,} qubits, of {len(problems)} problem(s) take some "
                f"{duration(seconds)} on a simulator of {holds}, more than "
                f"max_seconds={self._most:g}: raise it; OptionPricing makes the circuits and "
                "counts them, and knows what a perfect estimation returns"
            )

    def has_time_for_states(self, problems: Sequence[EstimationProblem]) -> bool:
        """Whether state vectors of the first powers of all problems of few qubits take moments.

        Args:
            problems: They have planes.
        """
        narrow = [each for each in problems if each.grover_operator.num_qubits <= MOST_QUBITS]
        return self._seconds_of_planes(narrow) <= min(_SECONDS_OF_STATES, self._most)

    def _seconds_of_planes(self, problems: Sequence[EstimationProblem]) -> float:
        """How long it takes to find the planes of problems, about."""
        widths = [problem.grover_operator.num_qubits for problem in problems]
        return sum(
            _POWERS_OF_PLANE
            * seconds_per_iterate(self._iterate_cx, width, products=width > MOST_QUBITS)
            for width in widths
        )

    def check_schedules(
        self, schedules: Sequence[Schedule], problems: Sequence[EstimationProblem]
    ) -> None:
        """Check what is foreseen.

        Args:
            schedules: One per problem.
            problems: As they are run.

        Raises:
            ValueError: It takes too long.
        """
        holds_products = self._runner.meter.holds_products
        seconds = 0.0
        for schedule, problem in zip(schedules, problems, strict=True):
            if isinstance(problem, PlaneProblem):  # any power takes the same time
                seconds += schedule.seconds_without_gates
            else:
                width = problem.grover_operator.num_qubits
                seconds += schedule.seconds(
                    self._iterate_cx,
                    width,
                    products=holds_products(width),
                    noisy=self._runner.noise is not None,
                )
        if seconds > self._most:
            widest = max(problem.grover_operator.num_qubits for problem in problems)
            holds_states = widest > MOST_QUBITS and not holds_products(widest)
            advice = ", or take sampler=matrix_product_sampler" if holds_states else ""
            raise ValueError(
                f"the estimation takes powers of the Grover operator up to about "
                f"{max(schedule.deepest for schedule in schedules):,.0f} and "
                f"{sum(schedule.calls for schedule in schedules):.1e} oracle calls, in "
                f"{sum(schedule.measured for schedule in schedules):.1e} shots, some "
                f"{duration(seconds)} on a simulator, more than max_seconds={self._most:g}: ask "
                f"for an error {np.ceil(seconds / self._most):,.0f} times as large, or raise "
                f"max_seconds{advice}"
            )

    def bounded(self, problem: EstimationProblem) -> EstimationProblem:
        """A problem that refuses powers of its Grover operator which would take too long."""
        if isinstance(problem, PlaneProblem):
            return problem  # any power takes the same time
        width, meter = problem.grover_operator.num_qubits, self._runner.meter
        shots = None if self._runner.noise is None else meter.default_shots
        products = meter.holds_products(width)
        seconds = seconds_per_iterate(self._iterate_cx, width, products=products, noisy_shots=shots)
        return _BoundedProblem(problem, self._most, seconds)


class _BoundedProblem(EstimationProblem):
    """An estimation problem with a longest time of a circuit, and the time of one iterate."""

    def __init__(self, problem: EstimationProblem, max_seconds: float, seconds: float) -> None:
        super().__init__(
            problem.state_preparation,
            problem.objective_qubits,
            _BoundedOperator(problem.grover_operator, max_seconds, seconds),
            problem.post_processing,
            problem.is_good_state if problem.has_good_state else None,
        )
        self._problem, self._max_seconds, self._seconds = problem, max_seconds, seconds

    def rescale(self, scaling_factor: float) -> _BoundedProblem:
        """Multiply the amplitude of the good states by a factor, with one more objective."""
        scaled = self._problem.rescale(scaling_factor)
        return _BoundedProblem(scaled, self._max_seconds, self._seconds)


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
