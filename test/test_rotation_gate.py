"""The multiplexed rotation as a gate, and its circuit on a device."""

import copy
import io
import pickle

import numpy as np
import pytest
from qiskit import QuantumCircuit, qpy, transpile
from qiskit.circuit import Gate, Instruction, Measure, Parameter
from qiskit.circuit.library import RYGate
from qiskit.quantum_info import Operator
from qiskit.transpiler import CouplingMap, PassManager
from qiskit.transpiler.passes import HighLevelSynthesis, HLSConfig
from qiskit.transpiler.passes.synthesis.plugin import HighLevelSynthesisPluginManager

from qiskit_ssqw.circuit import WalshRYGate
from qiskit_ssqw.transpiler.plugins import WalshRotationSynthesis

BASIS = ["cx", "rz", "sx", "x"]


def random_rotations(rng, num_controls, share=1.0):
    masks = rng.permutation(2**num_controls)[: max(1, round(share * 2**num_controls))]
    return {int(mask): float(rng.uniform(-3, 3)) for mask in masks}


def dense(rotations, num_controls):
    """The definition, control ``j`` being qubit ``j`` and the target the last qubit."""
    size = 2**num_controls
    matrix = np.zeros((2 * size, 2 * size))
    for value in range(size):
        half = sum(a * (-1) ** (m & value).bit_count() for m, a in rotations.items()) / 2
        block = [[np.cos(half), -np.sin(half)], [np.sin(half), np.cos(half)]]
        matrix[np.ix_([value, value + size], [value, value + size])] = block
    return matrix


def matrix(thing):
    return Operator(thing).data


def on_its_own(gate):
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, circuit.qubits)
    return circuit


def through_qpy(circuit):
    buffer = io.BytesIO()
    qpy.dump(circuit, buffer)
    buffer.seek(0)
    return qpy.load(buffer)[0]


def edges_used(circuit):
    places = [[circuit.find_bit(qubit).index for qubit in step.qubits] for step in circuit.data]
    assert max(map(len, places)) <= 2
    return {tuple(pair) for pair in places if len(pair) == 2}


@pytest.fixture
def gate(rng):
    return WalshRYGate(random_rotations(rng, 3, 0.6), 3, label="payoff")


class TestGate:
    @pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
    @pytest.mark.parametrize("num_controls", [0, 1, 2, 3, 4])
    def test_is_a_multiplexed_ry(self, num_controls, share, rng):
        rotations = random_rotations(rng, num_controls, share)
        gate = WalshRYGate(rotations, num_controls)
        expected = dense(rotations, num_controls)
        np.testing.assert_allclose(matrix(gate), expected, atol=1e-12)

    def test_without_rotations_does_nothing(self):
        gate = WalshRYGate({}, 2)
        np.testing.assert_allclose(matrix(gate), np.eye(8), atol=1e-14)
        assert gate.inverse() == gate

    def test_holds_masks_then_angles(self):
        gate = WalshRYGate({5: 0.5, 0: -1.0}, 3)
        assert gate.params == [5, 0, 0.5, -1.0]
        assert gate.rotations == {5: 0.5, 0: -1.0}
        assert (gate.name, gate.num_qubits) == ("walsh_ry", 4)

    def test_inverse(self, gate):
        inverse = gate.inverse()
        assert type(inverse) is WalshRYGate
        assert inverse.label == gate.label
        assert inverse.inverse() == gate
        np.testing.assert_allclose(matrix(inverse), matrix(gate).T, atol=1e-12)

    @pytest.mark.parametrize("exponent", [2, -1, 0.5])
    def test_power(self, gate, exponent):
        scaled = {mask: exponent * angle for mask, angle in gate.rotations.items()}
        # A root may lie on another branch, so it is compared by its own power.
        back = round(1 / exponent) if exponent == 0.5 else 1
        found = np.linalg.matrix_power(matrix(gate.power(exponent)), back)
        expected = np.linalg.matrix_power(dense(scaled, 3), back)
        np.testing.assert_allclose(found, expected, atol=1e-8)

    @pytest.mark.parametrize("annotated", [False, True])
    def test_control(self, gate, annotated):
        found = matrix(gate.control(annotated=annotated))
        expected = np.kron(matrix(gate), np.diag([0, 1])) + np.kron(np.eye(16), np.diag([1, 0]))
        np.testing.assert_allclose(found, expected, atol=1e-8)

    def test_free_angles_bind_later(self):
        free = Parameter("a")
        gate = WalshRYGate({0: free, 3: 2 * free, 1: 0.2}, 2)
        for circuit, sign in ((on_its_own(gate), 1), (on_its_own(gate.inverse()), -1)):
            bound = circuit.assign_parameters([0.4])
            expected = dense({0: 0.4 * sign, 3: 0.8 * sign, 1: 0.2 * sign}, 2)
            np.testing.assert_allclose(matrix(bound), expected, atol=1e-12)

    def test_equality(self, gate):
        assert gate == WalshRYGate(gate.rotations, 3)
        assert gate != WalshRYGate(gate.rotations, 4)
        assert gate != gate.inverse()

    def test_copies_have_their_own_parameters(self, gate):
        for copied in (gate.copy(), copy.deepcopy(gate)):
            assert copied == gate
            copied.params[-1] = 5.0
            assert gate.params[-1] != 5.0

    @pytest.mark.parametrize("wrong", [-1, 8, 100])
    def test_refuses_a_mask_out_of_range(self, wrong):
        with pytest.raises(
            ValueError, match=rf"mask.* must be (below 2\*\*3|at least 0).*, got {wrong}"
        ):
            WalshRYGate({1: 0.1, wrong: 0.2}, 3)

    def test_refuses_negative_controls(self):
        with pytest.raises(ValueError, match="num_controls must be at least 0, got -1"):
            WalshRYGate({}, -1)

    @pytest.mark.parametrize("wrong", [1.0, "1", None])
    def test_refuses_controls_that_are_no_integer(self, wrong):
        with pytest.raises(TypeError, match="num_controls must be an integer, got"):
            WalshRYGate({0: 0.1}, wrong)


class TestRebuilding:
    def test_from_name_and_numbers(self, gate):
        plain = Gate(gate.name, gate.num_qubits, list(gate.params), gate.label)
        found = WalshRYGate.from_operation(plain)
        assert type(found) is WalshRYGate
        assert found == gate
        assert found.rotations == gate.rotations
        assert found.label == gate.label

    def test_a_gate_is_itself(self, gate):
        assert WalshRYGate.from_operation(gate) is gate

    @pytest.mark.parametrize("inverted", [False, True])
    def test_from_what_qpy_loads(self, gate, inverted):
        gate = gate.inverse() if inverted else gate
        loaded = through_qpy(on_its_own(gate))
        assert WalshRYGate.from_operation(loaded.data[0].operation) == gate
        np.testing.assert_allclose(matrix(loaded), matrix(gate), atol=1e-12)

    def test_free_parameters_through_qpy(self):
        free = Parameter("a")
        gate = WalshRYGate({0: free, 3: 2 * free, 1: 0.2}, 2)
        loaded = through_qpy(on_its_own(gate))
        assert WalshRYGate.from_operation(loaded.data[0].operation) == gate
        bound = loaded.assign_parameters([0.4])
        expected = dense({0: 0.4, 3: 0.8, 1: 0.2}, 2)
        np.testing.assert_allclose(matrix(bound), expected, atol=1e-12)

    @pytest.mark.parametrize(
        "foreign",
        [
            RYGate(0.1),
            Measure(),
            Gate("walsh_ry_2", 2, [0, 0.1]),
            Instruction("walsh_ry", 1, 0, []),
        ],
        ids=lambda operation: operation.name,
    )
    def test_foreign_operations_are_none(self, foreign):
        assert WalshRYGate.from_operation(foreign) is None

    @pytest.mark.parametrize(
        "duplicate", [copy.copy, copy.deepcopy, lambda gate: pickle.loads(pickle.dumps(gate))]
    )
    def test_copies(self, gate, duplicate):
        twin = duplicate(gate)
        assert type(twin) is WalshRYGate
        assert twin == gate
        assert twin.label == gate.label
        np.testing.assert_allclose(matrix(twin), matrix(gate), atol=1e-14)


class TestSynthesis:
    def test_is_found_by_its_name(self):
        assert HighLevelSynthesisPluginManager().method_names("walsh_ry") == ["default"]

    def test_leaves_the_definition_where_all_qubits_are_joined(self, gate):
        for coupling in (None, CouplingMap.from_full(5)):
            assert WalshRotationSynthesis().run(gate, coupling_map=coupling) is None

    def test_leaves_other_gates_alone(self):
        line = CouplingMap.from_line(3)
        assert WalshRotationSynthesis().run(RYGate(0.1), coupling_map=line) is None

    @pytest.mark.parametrize(
        ("num_controls", "share"), [(1, 1.0), (2, 0.5), (2, 1.0), (3, 0.3), (3, 1.0), (4, 0.5)]
    )
    def test_on_a_line_is_the_same_operator_without_swaps(self, num_controls, share, rng):
        gate = WalshRYGate(random_rotations(rng, num_controls, share), num_controls)
        line = CouplingMap.from_line(num_controls + 1)
        for original in (gate, gate.inverse()):
            compiled = transpile(
                on_its_own(original),
                coupling_map=line,
                basis_gates=BASIS,
                optimization_level=2,
                seed_transpiler=1,
                qubits_initially_zero=False,
            )
            found = Operator.from_circuit(compiled).data
            np.testing.assert_allclose(found, matrix(original), atol=1e-8)
            assert edges_used(compiled) <= set(line.get_edges())

    def test_binds_late_on_a_line(self):
        free = Parameter("a")
        circuit = on_its_own(WalshRYGate({0: free, 3: 2 * free, 6: -free, 1: 0.2}, 3))
        compiled = transpile(
            circuit,
            coupling_map=CouplingMap.from_line(4),
            basis_gates=BASIS,
            optimization_level=1,
            seed_transpiler=1,
        ).assign_parameters([0.4])
        expected = dense({0: 0.4, 3: 0.8, 6: -0.4, 1: 0.2}, 3)
        np.testing.assert_allclose(Operator.from_circuit(compiled).data, expected, atol=1e-8)

    @pytest.mark.parametrize(
        "places", [[0, 1, 2, 5], [4, 3, 0, 1], [7, 4, 6, 3], [8, 2, 4, 5]], ids=str
    )
    def test_on_chosen_qubits_of_a_grid(self, places, gate):
        grid = CouplingMap.from_grid(3, 3)
        circuit = QuantumCircuit(9)
        circuit.append(gate, places)
        synthesis = HighLevelSynthesis(
            coupling_map=grid, use_qubit_indices=True, basis_gates=["cx", "u"]
        )
        found = PassManager([synthesis]).run(circuit)
        assert edges_used(found) <= set(grid.get_edges())
        alone = QuantumCircuit(4, global_phase=found.global_phase)
        index = dict(zip((found.qubits[place] for place in places), range(4), strict=True))
        for step in found.data:
            alone.append(step.operation, [index[qubit] for qubit in step.qubits])
        np.testing.assert_allclose(matrix(alone), matrix(gate), atol=1e-8)

    def test_may_be_switched_off(self, gate):
        compiled = transpile(
            on_its_own(gate),
            coupling_map=CouplingMap.from_line(4),
            basis_gates=BASIS,
            hls_config=HLSConfig(walsh_ry=[]),
            seed_transpiler=1,
            qubits_initially_zero=False,
        )
        np.testing.assert_allclose(Operator.from_circuit(compiled).data, matrix(gate), atol=1e-8)

    def test_leaves_a_decomposed_rotation_made_a_gate_again(self, gate):
        wrapped = on_its_own(gate.definition.to_gate())
        for coupling in (None, CouplingMap.from_line(4)):
            compiled = transpile(
                wrapped,
                coupling_map=coupling,
                basis_gates=BASIS,
                seed_transpiler=1,
                qubits_initially_zero=False,
            )
            found = Operator.from_circuit(compiled).data
            np.testing.assert_allclose(found, matrix(gate), atol=1e-8)
