"""Simulate powers of a Grover operator: they turn a state in a plane, whose states cost nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.quantum_info import Statevector
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw.finance.gates import count_two_qubit_gates

State = NDArray[np.complex128]
Unroll = Callable[[QuantumCircuit], QuantumCircuit]

MOST_QUBITS = 20
"""Wider states are not held as vectors."""

_ROUNDING = 1e-9
_TOLERANCE = 0.01
"""Of probabilities; a device's compiler may have approximated an operator."""


class Plane:
    """The plane of ``A |0>`` and ``Q A |0>``, which a Grover operator ``Q`` leaves as it is.

    Args:
        problem: Has the A operator and the Grover operator.
        unroll: Makes plain gates of a circuit, which are counted.
    """

    def __init__(self, problem: EstimationProblem, unroll: Unroll) -> None:
        self.problem, self._unroll = problem, unroll
        operator = problem.grover_operator
        prepare = QuantumCircuit(operator.num_qubits)
        prepare.compose(problem.state_preparation, range(prepare.num_qubits), inplace=True)
        circuits = [prepare, *(prepare.compose(operator.power(k)) for k in (1, 2))]
        self._gates = [count_two_qubit_gates(unroll(circuit)) for circuit in circuits]
        self._states = [np.array(Statevector(prepare).data)]
        for _ in range(2):
            before = Statevector(self._states[-1].copy())  # Qiskit 2.2 changes it
            self._states.append(np.array(before.evolve(operator).data))
        self._axes = _orthonormal(*self._states[:2])
        images = self._images_of_axes()
        self._matrix = self._axes.conj() @ images.T
        self.is_exact = bool(np.abs(self._axes.T @ self._matrix - images.T).max() < _ROUNDING)
        """Whether the operator leaves the plane as it is."""

    def _images_of_axes(self) -> State:
        """What the operator makes of the axes, in rows."""
        _, second, third = self._states
        if len(self._axes) == 1:
            return np.array([second])
        along, across = (np.vdot(axis, second) for axis in self._axes)
        return np.array([second, (third - along * second) / across])

    def check_good_states(self) -> None:
        """Check that the first powers find good states as often as those of a Grover operator.

        Raises:
            ValueError: They do not, so what is estimated is not the amplitude.
        """
        problem, found = self.problem, []
        for state in self._states:
            words = Statevector(state).probabilities_dict(list(problem.objective_qubits))
            found.append(sum(p for word, p in words.items() if problem.is_good_state(word)))
        angle = np.arcsin(np.sqrt(np.clip(found[0], 0, 1)))
        wanted = np.sin(np.array([1, 3, 5]) * angle) ** 2
        if np.abs(found - wanted).max() > _TOLERANCE:
            raise ValueError(
                "the problem's Grover operator does not belong to its good states: their "
                f"probability is {found[0]:.4f}, and after one and two applications "
                f"{found[1]:.4f} and {found[2]:.4f}, not {wanted[1]:.4f} and {wanted[2]:.4f}; "
                "give the grover_operator of your is_good_state"
            )

    def of(self, problem: EstimationProblem) -> Plane:
        """The plane of another problem."""
        return Plane(problem, self._unroll)

    def state(self, power: int) -> State:
        """The state vector ``Q^power A |0>``."""
        state = np.linalg.matrix_power(self._matrix, power)[:, 0] @ self._axes
        return np.asarray(state / np.linalg.norm(state))

    def two_qubit_gates(self, power: int) -> int:
        """Two-qubit gates of its circuit: each iterate beyond the first adds the same."""
        if power == 0:
            return self._gates[0]
        return self._gates[1] + (power - 1) * (self._gates[2] - self._gates[1])


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

    Where nothing but a measurement follows, qubits that are not measured stay in 0: what is
    measured has the same law, and large states take long to set.

    Returns:
        None for a circuit without such instructions.
    """
    turns = [step.operation for step in circuit.data if isinstance(step.operation, Turn)]
    if not turns:
        return None
    plane, power = turns[0].plane, sum(turn.power_of_q for turn in turns)
    ready = circuit.copy_empty_like()
    measured = _only_measured(circuit)
    state = plane.state(power)
    if measured:
        ready.initialize(np.sqrt(Statevector(state).probabilities(measured)), measured)
    else:
        ready.initialize(state, ready.qubits)
    for step in circuit.data:
        if not isinstance(step.operation, Turn):
            ready.append(step)
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


def _orthonormal(first: State, second: State) -> State:
    """Orthonormal vectors of a plane, in rows; one if the two states are the same."""
    across = second - np.vdot(first, second) * first
    length = np.linalg.norm(across)
    if length < _ROUNDING:
        return np.array([first])
    return np.array([first, across / length])
