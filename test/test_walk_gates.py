"""Gates that hold a walk as a name and numbers: what rebuilds them, and what users do to them."""

import copy
import io
import pickle

import numpy as np
import pytest
from qiskit import QuantumCircuit, qpy, transpile
from qiskit.circuit import AnnotatedOperation, Gate, Instruction, Measure, Parameter
from qiskit.circuit.library import XGate
from qiskit.quantum_info import Operator

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, SSQWDistribution
from qiskit_ssqw.circuit.known_gates import walk_gates
from qiskit_ssqw.circuit.walk_gates import (
    MultiscaleWalkGate,
    SplitStepWalkGate,
    TorusWalkGate,
    TreeWalkGate,
    WalkGate,
)
from qiskit_ssqw.synthesis import (
    synth_lattice_fourier,
    synth_lattice_tree,
    synth_multiscale,
    synth_torus_fourier,
    synth_tree,
)
from qiskit_ssqw.walks import TorusWalk, TreeWalk, walk_kinds

WALK_GATES = tuple(walk_gates(walk_kinds()).values())
BASIS = ["cx", "rz", "sx", "x"]
TEMPLATES = {
    "traced": SplitStepWalk(
        2, np.zeros((1, 2, 3)), start=1, initial_coin=np.zeros(3), final_coin=0.0, repetitions=2
    ),
    "absorbed": SplitStepWalk(2, np.zeros((2, 2)), start=2, final_coin=0.0, coin="absorbed"),
    "multiscale": MultiscaleWalk(3, [(2, 0), (1, 2), (0, 2)], np.zeros((3, 2)), line=(0, 2, 1)),
    "torus": TorusWalk((1, 2), np.zeros((1, 2, 9)), start=(1, 3)),
    "tree": TreeWalk(2, np.zeros(3)),
}
HEADERS = {
    "traced": [0, 1, 2, 0, 3, 3, 1],
    "absorbed": [0, 2, 1, 1, 0, 1, 1],
    "multiscale": [0, 0, 2, 1, 2, 0, 1, 2, 0, 2],
    "torus": [0, 1, 1, 3],
    "tree": [0],
}
CLASSES = {
    "traced": SplitStepWalkGate,
    "absorbed": SplitStepWalkGate,
    "multiscale": MultiscaleWalkGate,
    "torus": TorusWalkGate,
    "tree": TreeWalkGate,
}


@pytest.fixture(params=TEMPLATES)
def kind(request):
    return request.param


@pytest.fixture
def walk(kind, rng):
    template = TEMPLATES[kind]
    return template.with_parameters(rng.uniform(-3, 3, template.num_parameters))


@pytest.fixture
def gate(kind, walk):
    return CLASSES[kind](walk, label="mine")


@pytest.fixture
def free(kind, walk):
    """The gate with a parameter, an expression and numbers."""
    angles = walk.parameters.tolist()
    return CLASSES[kind](walk, [Parameter("a"), 2 * Parameter("b"), *angles[2:]], "free")


def on_its_own(*gates):
    circuit = QuantumCircuit(gates[0].num_qubits)
    for gate in gates:
        circuit.append(gate, circuit.qubits)
    return circuit


def through_qpy(circuit):
    buffer = io.BytesIO()
    qpy.dump(circuit, buffer)
    buffer.seek(0)
    return qpy.load(buffer)[0]


def through_pickle(thing):
    return pickle.loads(pickle.dumps(thing))


def plain(gate):
    """What is left of a gate whose class is not known."""
    return Gate(gate.name, gate.num_qubits, list(gate.params), gate.label)


def matrix(thing):
    return Operator(thing).data


def controlled(unitary, state=1):
    """With the control as the least significant qubit."""
    active = np.diag([1 - state, state])
    return np.kron(unitary, active) + np.kron(np.eye(len(unitary)), np.eye(2) - active)


def assert_equal_gates(found, gate):
    assert type(found) is type(gate)
    assert found == gate
    assert found.params == gate.params
    assert found.label == gate.label


class TestNumbers:
    def test_header_then_angles(self, kind, gate, walk):
        assert gate.params == [*HEADERS[kind], *walk.parameters]

    def test_params_are_numbers_or_parameters_only(self, gate, free):
        assert {type(param) for param in gate.params} == {int, float}
        assert {type(param).__name__ for param in free.params} == {
            "int",
            "float",
            "Parameter",
            "ParameterExpression",
        }

    def test_structure_and_walk_come_back(self, gate, walk):
        assert gate.walk == walk
        assert gate.structure == walk.with_parameters(np.zeros(walk.num_parameters))

    def test_every_walk_has_a_name_of_its_own(self):
        assert len({kind.gate_name for kind in WALK_GATES}) == len(WALK_GATES) == 4

    def test_structures_of_all_lattice_walks_come_back(self):
        for template in (
            SplitStepWalk(1, [[0.1, 0.2]]),
            SplitStepWalk(3, [[0.1, 0.2]] * 3, start=7, initial_coin=0.3),
            SplitStepWalk(2, [[0.1, 0.2]], initial_coin=[1, 2, 3], final_coin=0.3, repetitions=4),
            SplitStepWalk(2, np.ones((2, 2, 3)), initial_coin=0.3, final_coin=[1, 2, 3]),
        ):
            assert SplitStepWalkGate(template).walk == template

    def test_a_walk_with_free_parameters_is_none_yet(self, free):
        with pytest.raises(ValueError, match="free parameters: bind them with assign_parameters"):
            _ = free.walk

    @pytest.mark.parametrize("excess", [-1, 1])
    def test_refuses_a_wrong_number_of_parameters(self, kind, walk, excess):
        count = walk.num_parameters
        with pytest.raises(ValueError, match=f"must have length {count}, got {count + excess}"):
            CLASSES[kind](walk, [0.1] * (count + excess))


class TestRebuilding:
    @pytest.mark.parametrize("inverted", [False, True])
    def test_from_name_and_numbers(self, gate, walk, inverted):
        gate = gate.inverse() if inverted else gate
        for cls in (WalkGate, type(gate)):
            found = cls.from_operation(plain(gate))
            assert_equal_gates(found, gate)
            assert found.walk == walk
            np.testing.assert_allclose(matrix(found), matrix(gate), atol=1e-12)

    def test_free_parameters_stay_free(self, free):
        found = WalkGate.from_operation(plain(free))
        assert_equal_gates(found, free)

    def test_a_walk_gate_is_itself(self, gate):
        assert WalkGate.from_operation(gate) is gate
        assert type(gate).from_operation(gate) is gate

    @pytest.mark.parametrize("inverted", [False, True])
    def test_from_what_qpy_loads(self, gate, free, inverted):
        for original in (gate, free):
            original = original.inverse() if inverted else original
            loaded = through_qpy(on_its_own(original)).data[0].operation
            assert not isinstance(loaded, WalkGate)
            assert_equal_gates(WalkGate.from_operation(loaded), original)

    def test_only_steps(self, rng):
        walk = TEMPLATES["traced"].with_parameters(rng.normal(size=10))
        gate = SplitStepWalkGate(walk, prepare=False)
        found = WalkGate.from_operation(through_qpy(on_its_own(gate)).data[0].operation)
        assert_equal_gates(found, gate)
        assert not found.prepare
        assert not found.inverse().prepare

    def test_a_walk_of_another_kind_is_none(self, gate):
        for other in WALK_GATES:
            found = other.from_operation(plain(gate))
            assert (found is None) == (other is not type(gate))

    @pytest.mark.parametrize(
        "foreign",
        [
            Measure(),
            XGate(),
            Gate("ssqw_walk_of_mine", 2, [0, 1]),
            Gate("ssqw", 2, []),
            Instruction("ssqw_walk", 3, 0, [0, 0, 1, 0, 0, 1, 0, 0.1, 0.2]),
            Instruction("tree_walk", 1, 1, [0, 0.1]),
            AnnotatedOperation(TreeWalkGate(TreeWalk(1, [0.1])), []),
        ],
        ids=lambda operation: f"{type(operation).__name__}-{operation.name}",
    )
    def test_foreign_operations_are_none(self, foreign):
        for cls in (WalkGate, *WALK_GATES):
            assert cls.from_operation(foreign) is None

    @pytest.mark.parametrize(
        ("kind", "synthesis"),
        [
            ("traced", synth_lattice_fourier),
            ("absorbed", synth_lattice_tree),
            ("multiscale", synth_multiscale),
            ("torus", synth_torus_fourier),
            ("tree", synth_tree),
        ],
    )
    def test_a_gate_made_of_a_synthesised_circuit_is_no_walk_gate(self, kind, synthesis, rng):
        walk = TEMPLATES[kind].with_parameters(rng.normal(size=TEMPLATES[kind].num_parameters))
        circuit = synthesis(walk)
        wrapped = on_its_own(circuit.to_gate())
        assert WalkGate.from_operation(wrapped.data[0].operation) is None
        compiled = transpile(wrapped, basis_gates=BASIS, optimization_level=0)
        np.testing.assert_allclose(matrix(compiled), matrix(circuit), atol=1e-8)

    def test_a_decomposed_walk_made_a_gate_again_is_compiled(self, gate):
        wrapped = on_its_own(gate.definition.to_gate())
        compiled = transpile(wrapped, basis_gates=BASIS, optimization_level=0)
        np.testing.assert_allclose(matrix(compiled), matrix(gate), atol=1e-8)

    @pytest.mark.parametrize("synthesis", [synth_lattice_fourier, synth_lattice_tree])
    def test_powers_of_a_synthesised_circuit_are_compiled(self, synthesis, rng):
        circuit = synthesis(TEMPLATES["traced"].with_parameters(rng.normal(size=10)))
        compiled = transpile(circuit.power(2), basis_gates=BASIS, optimization_level=0)
        expected = np.linalg.matrix_power(matrix(circuit), 2)
        np.testing.assert_allclose(matrix(compiled), expected, atol=1e-8)


class TestInverse:
    def test_is_the_same_class_with_a_flag(self, gate, walk):
        inverse = gate.inverse()
        assert type(inverse) is type(gate)
        assert (gate.inverted, inverse.inverted) == (False, True)
        assert inverse.params == [1, *gate.params[1:]]
        assert inverse.walk == walk
        np.testing.assert_allclose(matrix(inverse), matrix(gate).conj().T, atol=1e-12)

    def test_of_the_inverse_is_the_gate(self, gate, free):
        for original in (gate, free):
            assert_equal_gates(original.inverse().inverse(), original)

    def test_may_be_made_at_once(self, kind, walk, gate):
        assert CLASSES[kind](walk, inverted=True) == gate.inverse()

    def test_leaves_the_gate_alone(self, gate):
        before = matrix(gate.definition)
        gate.inverse()
        assert not gate.inverted
        np.testing.assert_allclose(matrix(gate.definition), before, atol=1e-14)

    def test_of_an_inverse_with_its_definition_made_already(self, gate):
        expected = matrix(gate.definition)
        inverse = gate.inverse()
        np.testing.assert_allclose(matrix(inverse.definition), expected.conj().T, atol=1e-12)
        np.testing.assert_allclose(matrix(inverse.inverse()), expected, atol=1e-12)

    def test_of_a_circuit_holds_the_inverse_gate(self, gate):
        operation = on_its_own(gate).inverse().data[0].operation
        assert_equal_gates(operation, gate.inverse())

    def test_annotated(self, gate):
        expected = matrix(gate).conj().T
        np.testing.assert_allclose(matrix(gate.inverse(annotated=True)), expected, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2])
def test_only_steps_are_the_walk_without_its_start(size, rng):
    angles = rng.normal(size=(2, 2))
    steps = matrix(SplitStepWalkGate(SplitStepWalk(size, angles), prepare=False))
    for start in range(2**size):
        walk = SplitStepWalk(size, angles, start=start)
        np.testing.assert_allclose(steps[:, start], walk.amplitudes(), atol=1e-12)
        same = SplitStepWalkGate(walk, prepare=False)
        np.testing.assert_allclose(matrix(same), steps, atol=1e-12)


class TestPowerAndControl:
    @pytest.mark.parametrize("exponent", [0, 1, 2, -1, -2, 3.0])
    def test_whole_powers(self, gate, exponent):
        expected = np.linalg.matrix_power(matrix(gate), int(exponent))
        np.testing.assert_allclose(matrix(gate.power(exponent)), expected, atol=1e-10)

    def test_half_a_power(self, gate):
        root = matrix(gate.power(0.5))
        np.testing.assert_allclose(root @ root, matrix(gate), atol=1e-8)

    def test_annotated_powers(self, gate):
        expected = matrix(gate) @ matrix(gate)
        np.testing.assert_allclose(matrix(gate.power(2, annotated=True)), expected, atol=1e-8)

    def test_powers_keep_free_parameters(self, free, rng):
        values = rng.normal(size=2)
        once = on_its_own(free).assign_parameters(values)
        for exponent in (2, -1):
            power = on_its_own(free.power(exponent)).assign_parameters(values)
            expected = np.linalg.matrix_power(matrix(once), exponent)
            np.testing.assert_allclose(matrix(power), expected, atol=1e-10)

    @pytest.mark.parametrize("annotated", [False, True])
    @pytest.mark.parametrize("state", [0, 1])
    def test_control(self, gate, annotated, state):
        found = gate.control(1, ctrl_state=state, annotated=annotated)
        expected = controlled(matrix(gate), state)
        np.testing.assert_allclose(matrix(found), expected, atol=1e-8)

    def test_control_of_the_inverse(self, gate):
        expected = controlled(matrix(gate).conj().T)
        np.testing.assert_allclose(matrix(gate.inverse().control()), expected, atol=1e-8)
        np.testing.assert_allclose(matrix(gate.control().inverse()), expected, atol=1e-8)

    def test_two_controls(self, rng):
        walk = TEMPLATES["absorbed"].with_parameters(rng.normal(size=5))
        gate = SplitStepWalkGate(walk)
        expected = controlled(controlled(matrix(gate)))
        for annotated in (False, True):
            found = gate.control(2, annotated=annotated)
            np.testing.assert_allclose(matrix(found), expected, atol=1e-8)


class TestParameters:
    def test_bind_later(self, kind, free, walk):
        first, second, *rest = walk.parameters.tolist()
        bound = on_its_own(free).assign_parameters([first, second / 2])
        gate = bound.data[0].operation
        assert type(gate) is CLASSES[kind]
        np.testing.assert_allclose(gate.walk.parameters, [first, second, *rest])

    @pytest.mark.parametrize("defined", [False, True])
    def test_bind_in_a_gate_and_its_inverse(self, free, defined, rng):
        circuit = on_its_own(free, free.inverse())
        if defined:
            assert all(step.operation.definition is not None for step in circuit.data)
        bound = circuit.assign_parameters(rng.normal(size=2))
        np.testing.assert_allclose(matrix(bound), np.eye(2**circuit.num_qubits), atol=1e-10)
        np.testing.assert_allclose(
            matrix(bound.decompose()), np.eye(2**circuit.num_qubits), atol=1e-10
        )

    def test_bind_in_what_qpy_loaded(self, free, rng):
        values = rng.normal(size=2)
        for gate in (free, free.inverse()):
            expected = matrix(on_its_own(gate).assign_parameters(values))
            loaded = through_qpy(on_its_own(gate)).assign_parameters(values)
            np.testing.assert_allclose(matrix(loaded), expected, atol=1e-12)
            rebuilt = WalkGate.from_operation(loaded.data[0].operation)
            np.testing.assert_allclose(matrix(rebuilt), expected, atol=1e-12)

    def test_bind_under_a_control(self, free, rng):
        values = rng.normal(size=2)
        expected = controlled(matrix(on_its_own(free).assign_parameters(values)))
        bound = on_its_own(free.control()).assign_parameters(values)
        np.testing.assert_allclose(matrix(bound), expected, atol=1e-8)


class TestCopies:
    @pytest.mark.parametrize(
        "duplicate", [copy.copy, copy.deepcopy, through_pickle, lambda gate: gate.to_mutable()]
    )
    @pytest.mark.parametrize("inverted", [False, True])
    def test_of_gates(self, gate, free, duplicate, inverted):
        for original in (gate, free):
            original = original.inverse() if inverted else original
            assert_equal_gates(duplicate(original), original)

    @pytest.mark.parametrize("duplicate", [copy.deepcopy, through_pickle, QuantumCircuit.copy])
    def test_of_circuits(self, gate, free, duplicate):
        circuit = on_its_own(gate, gate.inverse(), free, free.inverse())
        twin = duplicate(circuit)
        assert twin == circuit
        for step, original in zip(twin.data, circuit.data, strict=True):
            assert_equal_gates(step.operation, original.operation)

    def test_through_qpy(self, gate, free, rng):
        circuit = on_its_own(gate, gate.inverse(), free.inverse(), free)
        loaded = through_qpy(circuit)
        assert loaded.parameters == circuit.parameters
        for step, original in zip(loaded.data, circuit.data, strict=True):
            assert_equal_gates(WalkGate.from_operation(step.operation), original.operation)
        bound = loaded.assign_parameters(rng.normal(size=2))
        np.testing.assert_allclose(matrix(bound), np.eye(2**circuit.num_qubits), atol=1e-10)

    def test_through_qpy_inside_other_gates(self, gate):
        circuit = on_its_own(gate.power(2)).compose(on_its_own(gate.inverse()))
        np.testing.assert_allclose(matrix(through_qpy(circuit)), matrix(gate), atol=1e-10)
        under_control = on_its_own(gate.control())
        np.testing.assert_allclose(
            matrix(through_qpy(under_control)), controlled(matrix(gate)), atol=1e-8
        )

    def test_twice_through_qpy(self, gate):
        twice = through_qpy(through_qpy(on_its_own(gate)))
        assert_equal_gates(WalkGate.from_operation(twice.data[0].operation), gate)

    def test_what_qpy_loads_is_transpiled_alike(self, gate):
        options = {"basis_gates": BASIS, "optimization_level": 1, "seed_transpiler": 1}
        circuit = on_its_own(gate.inverse())
        assert transpile(through_qpy(circuit), **options) == transpile(circuit, **options)


class TestEquality:
    def test_equal_walks_make_equal_gates(self, kind, walk, gate):
        assert gate == CLASSES[kind](walk)
        assert on_its_own(gate) == on_its_own(CLASSES[kind](walk))

    def test_an_angle_makes_a_difference(self, kind, walk, gate):
        first, *others = walk.parameters
        assert gate != CLASSES[kind](walk.with_parameters([first + 0.1, *others]))

    def test_the_flag_makes_a_difference(self, gate):
        assert gate != gate.inverse()

    @pytest.mark.parametrize(
        "change",
        [
            {"start": 0},
            {"repetitions": 4},
            {"coin": "absorbed"},
            {"initial_coin": [0, 0, 0], "final_coin": None},
        ],
    )
    def test_structure_makes_a_difference(self, change):
        walk = TEMPLATES["traced"]
        other = SplitStepWalk.from_dict({**walk.to_dict(), **change})
        assert SplitStepWalkGate(walk) != SplitStepWalkGate(other)

    def test_the_start_makes_a_difference(self):
        walk = TEMPLATES["traced"]
        assert SplitStepWalkGate(walk) != SplitStepWalkGate(walk, prepare=False)

    def test_a_line_makes_a_difference(self):
        first, second = (MultiscaleWalk(3, [], [], line=line) for line in [(2, 1, 0), (0, 2, 1)])
        assert MultiscaleWalkGate(first) != MultiscaleWalkGate(second)


def test_several_processes_compile_walks(rng, monkeypatch):
    monkeypatch.setenv("QISKIT_PARALLEL", "TRUE")
    monkeypatch.delenv("QISKIT_IN_PARALLEL", raising=False)
    values = [rng.normal(size=template.num_parameters) for template in TEMPLATES.values()]
    free = [SSQWDistribution.parametrised(template) for template in TEMPLATES.values()]
    bound = [ansatz.assign_parameters(angles) for ansatz, angles in zip(free, values, strict=True)]
    inverses = [circuit.inverse() for circuit in bound]
    found = transpile(
        [*free, *bound, *inverses], basis_gates=BASIS, optimization_level=1, num_processes=2
    )
    late = [
        circuit.assign_parameters(angles) for circuit, angles in zip(found, values, strict=False)
    ]
    for circuit, expected in zip(
        [*late, *found[len(free) :]], [*bound, *bound, *inverses], strict=True
    ):
        np.testing.assert_allclose(matrix(circuit), matrix(expected), atol=1e-8)
