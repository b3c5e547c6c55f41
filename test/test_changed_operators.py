"""An edited Grover operator is another operator: its powers and controls are those of the edit."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import RYGate, XGate
from qiskit.quantum_info import Operator, Statevector

from qiskit_ssqw import SSQWDistribution
from qiskit_ssqw.finance import Call, OptionPricing
from qiskit_ssqw.finance.grover import GroverIterate, PricingProblem
from qiskit_ssqw.walks import TreeWalk


@pytest.fixture
def application():
    walk = TreeWalk.from_probabilities([0.1, 0.2, 0.3, 0.4])
    return OptionPricing(Call(1.5), SSQWDistribution(walk), values=np.arange(4.0))


@pytest.fixture
def iterate(application):
    return application.grover_operator


def turn_phase(circuit):
    circuit.global_phase += 0.7


def append_gate(circuit):
    circuit.ry(0.3, 1)


def replace_gate(circuit):
    circuit.data[0] = circuit.data[0].replace(operation=XGate())


def replace_parameter(circuit):
    place = next(i for i, step in enumerate(circuit.data) if step.name == "tree_walk")
    gate = circuit.data[place].operation
    angle = gate.walk.with_parameters(gate.walk.parameters + 0.2)
    changed = type(gate)(angle, inverted=gate.inverted)
    circuit.data[place] = circuit.data[place].replace(operation=changed)


def change_parameter_in_place(circuit):
    step = next(step for step in circuit.data if step.name == "walsh_ry")
    step.operation.params = [*step.operation.params[:-1], 0.9]
    step.operation.definition = None


def replace_qubits(circuit):
    circuit.data[0] = circuit.data[0].replace(qubits=[circuit.qubits[0]])


def swap_instructions(circuit):
    circuit.data[0], circuit.data[1] = circuit.data[1], circuit.data[0]


def replace_name(circuit):
    """Another gate of the same name and as many parameters."""
    other = QuantumCircuit(1, name="z")
    other.ry(0.4, 0)
    circuit.data[0] = circuit.data[0].replace(operation=other.to_gate())


EDITS = [
    turn_phase,
    append_gate,
    replace_gate,
    replace_parameter,
    change_parameter_in_place,
    replace_qubits,
    swap_instructions,
    replace_name,
]


def matrix(circuit):
    return Operator(circuit).data


class TestGroverIterate:
    @pytest.mark.parametrize("edit", EDITS)
    def test_a_power_is_that_of_the_edited_circuit(self, iterate, edit):
        before = matrix(iterate)
        edit(iterate)
        edited = matrix(iterate)
        assert np.abs(edited - before).max() > 0.01
        for power in (0, 1, 2, 3):
            expected = np.linalg.matrix_power(edited, power)
            np.testing.assert_allclose(matrix(iterate.power(power)), expected, atol=1e-9)

    # Qiskit's control takes whatever is named z for the gate Z.
    @pytest.mark.parametrize("edit", [edit for edit in EDITS if edit is not replace_name])
    def test_so_is_a_control(self, iterate, edit):
        edit(iterate)
        found = matrix(iterate.control())
        size = 2**iterate.num_qubits
        expected = np.kron(np.eye(size), np.diag([1, 0])) + np.kron(
            matrix(iterate), np.diag([0, 1])
        )
        np.testing.assert_allclose(found, expected, atol=1e-8)

    @pytest.mark.parametrize("edit", EDITS)
    def test_a_power_can_be_edited_too(self, iterate, edit):
        power = iterate.power(3)
        edit(power)
        edited = matrix(power)
        np.testing.assert_allclose(matrix(power.power(2)), edited @ edited, atol=1e-9)

    @pytest.mark.parametrize(
        "change",
        [
            lambda circuit: circuit.reverse_ops(),
            lambda circuit: circuit.copy_empty_like(),
            lambda circuit: circuit.compose(circuit),
            lambda circuit: circuit.compose(circuit.reverse_ops(), front=True),
        ],
    )
    def test_circuits_made_of_it(self, iterate, change):
        made = change(iterate)
        np.testing.assert_allclose(matrix(made.power(2)), matrix(made) @ matrix(made), atol=1e-9)

    @pytest.mark.parametrize(
        "duplicate",
        [
            lambda circuit: circuit.copy(),
            copy.copy,
            copy.deepcopy,
            lambda circuit: pickle.loads(pickle.dumps(circuit)),
            lambda circuit: circuit.compose(QuantumCircuit(circuit.num_qubits)),
        ],
    )
    def test_a_copy_keeps_the_shortcut(self, iterate, duplicate):
        twin = duplicate(iterate)
        assert isinstance(twin.power(3), GroverIterate)
        assert twin.power(3) == iterate.power(3)

    def test_names_and_metadata_are_no_edit(self, iterate):
        expected = iterate.power(3)
        iterate.name, iterate.metadata = "other", {"made by": "me"}
        assert iterate.power(3) == expected

    def test_an_edited_copy_leaves_the_original_alone(self, iterate):
        expected = iterate.power(2)
        change_parameter_in_place(iterate.copy())
        replace_parameter(iterate.copy())
        assert iterate.power(2) == expected


def replace_preparation(problem):
    changed = problem.state_preparation.copy()
    changed.data[0] = changed.data[0].replace(operation=RYGate(0.6), qubits=[changed.qubits[0]])
    problem.state_preparation = changed


def edit_preparation(problem):
    problem.state_preparation.ry(0.4, 2)


def edit_operator(problem):
    problem.grover_operator.global_phase += 0.5


def change_objective(problem):
    problem.objective_qubits = [0]


def change_good_states(problem):
    problem.is_good_state = lambda bits: bits == "0"


class TestProblem:
    @pytest.mark.parametrize(
        "edit", [replace_preparation, edit_preparation, change_objective, edit_operator]
    )
    def test_rescaling_takes_the_edited_problem(self, application, edit):
        problem = application.to_estimation_problem()
        edit(problem)
        with pytest.warns(UserWarning, match="Rescaling discards the Grover operator"):
            rescaled = problem.rescale(0.5)
        good = [
            Statevector(one.state_preparation).probabilities(one.objective_qubits)[-1]
            for one in (problem, rescaled)
        ]
        assert good[1] == pytest.approx(good[0] / 4)
        assert not isinstance(rescaled, PricingProblem)

    def test_rescaling_keeps_other_good_states(self, application):
        problem = application.to_estimation_problem()
        change_good_states(problem)
        with pytest.warns(UserWarning, match="Rescaling discards the Grover operator"):
            rescaled = problem.rescale(0.5)
        assert rescaled.is_good_state("10")
        assert not rescaled.is_good_state("11")

    def test_a_problem_as_it_was_made_keeps_its_operator(self, application):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            rescaled = application.to_estimation_problem().rescale(0.5)
        assert isinstance(rescaled.grover_operator, GroverIterate)
