"""Estimation problems whose powers of a Grover operator are one instruction each."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw.finance.running.plane import Plane


class Turn(Gate):
    """A power of a Grover operator, or its A operator, as one instruction.

    Args:
        plane: Where it turns.
        power: The power, or None for A.
    """

    def __init__(self, plane: Plane, power: int | None) -> None:
        width = plane.problem.grover_operator.num_qubits
        super().__init__("A" if power is None else f"Q^{power}", width, [])
        self.plane, self.power_of_q = plane, power or 0
        self._whole = power is None

    def _define(self) -> None:
        problem = self.plane.problem
        part = problem.state_preparation
        if not self._whole:
            part = problem.grover_operator.power(self.power_of_q)
        self.definition = QuantumCircuit(self.num_qubits).compose(part, range(part.num_qubits))


class PlaneProblem(EstimationProblem):
    """An estimation problem whose circuits are simulated in a plane; they are made of `Turn`.

    Args:
        problem: The problem.
        plane: Its plane.
    """

    def __init__(self, problem: EstimationProblem, plane: Plane) -> None:
        operator = problem.grover_operator
        prepare = QuantumCircuit(operator.num_qubits)
        prepare.append(Turn(plane, None), prepare.qubits)
        super().__init__(
            prepare,
            problem.objective_qubits,
            _TurningOperator(plane),
            problem.post_processing,
            problem.is_good_state if problem.has_good_state else None,
        )
        self._problem, self._plane = problem, plane

    def rescale(self, scaling_factor: float) -> EstimationProblem:
        """Multiply the amplitude of the good states by a factor, with one more objective."""
        scaled = self._problem.rescale(scaling_factor)
        return PlaneProblem(scaled, self._plane.of(scaled))


class _TurningOperator(QuantumCircuit):
    """A Grover operator whose powers are single instructions."""

    def __init__(self, plane: Plane) -> None:
        super().__init__(plane.problem.grover_operator.num_qubits)
        self._plane = plane
        self.append(Turn(plane, 1), self.qubits)

    def power(
        self, power: float, matrix_power: bool = False, annotated: bool = False
    ) -> QuantumCircuit:
        circuit = QuantumCircuit(self.num_qubits)
        circuit.append(Turn(self._plane, int(power)), circuit.qubits)
        return circuit


def with_circuits(
    problem: EstimationProblem, prepare: QuantumCircuit, operator: QuantumCircuit
) -> EstimationProblem:
    """A problem with other circuits for its A operator and its Grover operator."""
    return EstimationProblem(
        prepare,
        problem.objective_qubits,
        operator,
        problem.post_processing,
        problem.is_good_state if problem.has_good_state else None,
    )


def simulated(circuit: QuantumCircuit) -> tuple[QuantumCircuit, int] | None:
    """A circuit of `Turn` as one that sets the state, and its two-qubit gates.

    Returns:
        None for a circuit without such instructions.

    Raises:
        ValueError: What follows needs more of the state than is known on so many qubits.
    """
    turns = [step.operation for step in circuit.data if isinstance(step.operation, Turn)]
    if not turns:
        return None
    plane, power = turns[0].plane, sum(turn.power_of_q for turn in turns)
    ready, kept = plane.begin(power, circuit, _only_measured(circuit))
    places = {circuit.qubits[qubit]: place for place, qubit in enumerate(kept)}
    for step in circuit.data:
        is_turn = isinstance(step.operation, Turn)
        if not is_turn and all(qubit in places for qubit in step.qubits):
            ready.append(step.operation, [places[qubit] for qubit in step.qubits], step.clbits)
    return ready, plane.two_qubit_gates(power)


def _only_measured(circuit: QuantumCircuit) -> list[int]:
    """The qubits that are measured, or none if anything else happens after the turns."""
    if any(
        step.name not in ("measure", "barrier") and not isinstance(step.operation, Turn)
        for step in circuit.data
    ):
        return []
    measured = [step.qubits[0] for step in circuit.data if step.name == "measure"]
    return sorted({circuit.find_bit(qubit).index for qubit in measured})
