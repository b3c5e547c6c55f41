"""Simulate powers of a Grover operator: they turn a state in a plane, whose states cost nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from qiskit_algorithms import EstimationProblem

from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.finance.gates import count_two_qubit_gates

State = Complex
Unroll = Callable[[QuantumCircuit], QuantumCircuit]

_ROUNDING = 1e-9
_TOLERANCE = 0.01
"""Of probabilities; a device's compiler may have approximated an operator."""


class Plane(ABC):
    """The plane of ``A |0>`` and ``Q A |0>``, which a Grover operator ``Q`` leaves as it is.

    Args:
        problem: Has the A operator and the Grover operator.
        unroll: Makes plain gates of a circuit, which are counted.
    """

    is_exact: bool
    """Whether the operator leaves the plane as it is."""

    def __init__(self, problem: EstimationProblem, unroll: Unroll) -> None:
        self.problem, self._unroll = problem, unroll
        operator = problem.grover_operator
        self._prepare = QuantumCircuit(operator.num_qubits)
        self._prepare.compose(
            problem.state_preparation, range(problem.state_preparation.num_qubits), inplace=True
        )
        powers = [self._prepare, *(self._prepare.compose(operator.power(k)) for k in (1, 2))]
        self._gates = [count_two_qubit_gates(circuit) for circuit in self._counted(powers)]

    def _counted(self, powers: Sequence[QuantumCircuit]) -> list[QuantumCircuit]:
        """The circuits of the powers 0, 1 and 2 as their gates are counted."""
        return [self._unroll(circuit) for circuit in powers]

    @abstractmethod
    def _good_chances(self) -> Sequence[float]:
        """Probability of the good states after the powers 0, 1 and 2."""

    @abstractmethod
    def begin(
        self, power: int, circuit: QuantumCircuit, measured: Sequence[int]
    ) -> tuple[QuantumCircuit, Sequence[int]]:
        """A circuit that sets the state ``Q^power A |0>``, or all of it that is needed.

        Args:
            power: The power.
            circuit: The one whose turns this replaces, for its registers.
            measured: Its qubits that are measured, if nothing else follows, or none.

        Returns:
            The circuit, and which qubits of the other its qubits stand for, in their order.

        Raises:
            ValueError: Too little is known of the state for what follows.
        """

    def check_good_states(self) -> None:
        """Check that the first powers find good states as often as those of a Grover operator.

        Raises:
            ValueError: They do not, so what is estimated is not the amplitude.
        """
        found, wanted = np.array(self._good_chances()), self._wanted_chances()
        if np.abs(found - wanted).max() > _TOLERANCE:
            raise ValueError(
                "the problem's Grover operator does not belong to its good states: their "
                f"probability is {found[0]:.4f}, and after one and two applications "
                f"{found[1]:.4f} and {found[2]:.4f}, not {wanted[1]:.4f} and {wanted[2]:.4f}; "
                "give the grover_operator of your is_good_state"
            )

    def _wanted_chances(self) -> Array:
        """What `_good_chances` of a Grover operator are, by the first of them."""
        first = float(np.clip(self._good_chances()[0], 0, 1))
        return np.array([good_chance(first, power) for power in range(3)])

    def of(self, problem: EstimationProblem) -> Plane:
        """The plane of another problem."""
        return type(self)(problem, self._unroll)

    def two_qubit_gates(self, power: int) -> int:
        """Two-qubit gates of its circuit: each iterate beyond the first adds the same."""
        if power == 0:
            return self._gates[0]
        return self._gates[1] + (power - 1) * (self._gates[2] - self._gates[1])


class StatePlane(Plane):
    """A plane whose states are known, as vectors of few qubits."""

    def __init__(self, problem: EstimationProblem, unroll: Unroll) -> None:
        super().__init__(problem, unroll)
        self._states = [np.array(Statevector(self._prepare).data)]
        for _ in range(2):
            before = Statevector(self._states[-1].copy())  # Qiskit 2.2 changes it
            self._states.append(np.array(before.evolve(problem.grover_operator).data))
        self._axes = _orthonormal(*self._states[:2])
        images = self._images_of_axes()
        self._matrix = self._axes.conj() @ images.T
        self.is_exact = bool(np.abs(self._axes.T @ self._matrix - images.T).max() < _ROUNDING)

    def _images_of_axes(self) -> State:
        """What the operator makes of the axes, in rows."""
        _, second, third = self._states
        if len(self._axes) == 1:
            return np.array([second])
        along, across = (np.vdot(axis, second) for axis in self._axes)
        return np.array([second, (third - along * second) / across])

    def _good_chances(self) -> Sequence[float]:
        problem, found = self.problem, []
        for state in self._states:
            words = Statevector(state).probabilities_dict(list(problem.objective_qubits))
            found.append(sum(p for word, p in words.items() if problem.is_good_state(word)))
        return found

    def state(self, power: int) -> State:
        """The state vector ``Q^power A |0>``."""
        state = np.linalg.matrix_power(self._matrix, power)[:, 0] @ self._axes
        return np.asarray(state / np.linalg.norm(state))

    def begin(
        self, power: int, circuit: QuantumCircuit, measured: Sequence[int]
    ) -> tuple[QuantumCircuit, Sequence[int]]:
        # Qubits that are not measured stay in 0: what is measured has the same law, and large
        # states take long to set.
        ready, state = circuit.copy_empty_like(), self.state(power)
        if measured:
            ready.initialize(np.sqrt(Statevector(state).probabilities(measured)), measured)
        else:
            ready.initialize(state, ready.qubits)
        return ready, range(circuit.num_qubits)


def good_chance(amplitude: float, power: int) -> float:
    """Probability of the good states after a power of a Grover operator."""
    return float(np.sin((2 * power + 1) * np.arcsin(np.sqrt(amplitude))) ** 2)


def _orthonormal(first: State, second: State) -> State:
    """Orthonormal vectors of a plane, in rows; one if the two states are the same."""
    across = second - np.vdot(first, second) * first
    length = np.linalg.norm(across)
    if length < _ROUNDING:
        return np.array([first])
    return np.array([first, across / length])
