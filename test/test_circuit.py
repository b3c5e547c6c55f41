"""Gates and `SSQWDistribution`: they hold a walk and survive what users do with circuits."""

import copy
import io
import pickle

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm3, qpy, transpile
from qiskit.circuit import Parameter, QuantumRegister
from qiskit.quantum_info import Operator, Statevector
from scipy.optimize import minimize

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, SSQWDistribution
from qiskit_ssqw.circuit import (
    ConditionalShiftGate,
    MultiscaleWalkGate,
    SplitStepGate,
    SplitStepWalkGate,
)

BASIS = ["cx", "rz", "sx", "x"]
KINDS = ["multiscale", "traced", "absorbed"]


def make_walk(kind, rng):
    if kind == "multiscale":
        walk = MultiscaleWalk(3, [(2, 1), (0, 1), (1, 0)], np.zeros((3, 2)))
        return walk.with_parameters(rng.normal(size=walk.num_parameters))
    return SplitStepWalk(
        2,
        rng.normal(size=(2, 2, 3)),
        start=1,
        initial_coin=rng.normal(size=3),
        final_coin=0.4,
        coin=kind,
    )


@pytest.fixture(params=KINDS)
def walk(request, rng):
    return make_walk(request.param, rng)


@pytest.fixture
def circuit(walk):
    return SSQWDistribution(walk)


@pytest.fixture
def gate(walk):
    return (MultiscaleWalkGate if isinstance(walk, MultiscaleWalk) else SplitStepWalkGate)(walk)


def through_qpy(circuit):
    buffer = io.BytesIO()
    qpy.dump(circuit, buffer)
    buffer.seek(0)
    return qpy.load(buffer)[0]


def through_qasm3(circuit):
    return qasm3.loads(qasm3.dumps(circuit))


def matrix(thing):
    return Operator(thing).data


class TestDistribution:
    def test_state_is_the_walk(self, circuit, walk):
        np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), atol=1e-10)
        assert circuit.num_qubits == walk.num_qubits
        assert circuit.walk == walk
        assert circuit.parameters.data == []

    def test_value_qubits_hold_the_distribution(self, circuit, walk):
        read = Statevector(circuit).probabilities(circuit.value_qubits)
        np.testing.assert_allclose(read, walk.probabilities(), atol=1e-12)
        np.testing.assert_allclose(circuit.probabilities, walk.probabilities(), atol=1e-12)

    @pytest.mark.parametrize(
        ("kind", "position", "coin", "value"),
        [
            ("multiscale", [0, 1, 2], [], [0, 1, 2]),
            ("traced", [0, 1], [2], [0, 1]),
            ("absorbed", [1, 2], [0], [0, 1, 2]),
        ],
    )
    def test_roles_of_the_qubits(self, kind, position, coin, value, rng):
        circuit = SSQWDistribution(make_walk(kind, rng))
        assert circuit.position_qubits == position
        assert circuit.coin_qubits == coin
        assert circuit.value_qubits == value
        # The registers are named for the same roles.
        for name, qubits in (("position", position), ("coin", coin)):
            named = [register for register in circuit.qregs if register.name == name]
            assert [circuit.find_bit(bit).index for r in named for bit in r] == qubits

    def test_decompose(self, circuit):
        once = circuit.decompose()
        assert {"ssqw_walk", "multiscale_walk"}.isdisjoint(once.count_ops())
        np.testing.assert_allclose(matrix(circuit.decompose(reps=5)), matrix(circuit), atol=1e-10)

    def test_compose_into_a_larger_circuit(self, circuit, walk):
        larger = QuantumCircuit(5)
        larger.compose(circuit, [1, 2, 3], inplace=True)
        larger.x(4)
        values = [1 + qubit for qubit in circuit.value_qubits]
        read = Statevector(larger).probabilities(values)
        np.testing.assert_allclose(read, walk.probabilities(), atol=1e-12)

    def test_inverse_is_the_adjoint(self, circuit):
        np.testing.assert_allclose(matrix(circuit.inverse()), matrix(circuit).conj().T, atol=1e-10)

    @pytest.mark.parametrize("power", [2, -1])
    def test_power(self, circuit, power):
        expected = np.linalg.matrix_power(matrix(circuit), power)
        np.testing.assert_allclose(matrix(circuit.power(power)), expected, atol=1e-10)

    def test_control(self, circuit):
        size = 2**circuit.num_qubits
        expected = np.kron(matrix(circuit), np.diag([0, 1])) + np.kron(
            np.eye(size), np.diag([1, 0])
        )
        np.testing.assert_allclose(matrix(circuit.to_gate().control()), expected, atol=1e-8)

    @pytest.mark.parametrize(
        "duplicate",
        [
            QuantumCircuit.copy,
            copy.copy,
            copy.deepcopy,
            lambda circuit: pickle.loads(pickle.dumps(circuit)),
        ],
    )
    def test_copies_keep_the_walk(self, circuit, walk, duplicate):
        twin = duplicate(circuit)
        assert type(twin) is SSQWDistribution
        assert twin.walk == walk
        assert twin == circuit
        assert twin.value_qubits == circuit.value_qubits
        assert twin.name == circuit.name

    def test_measuring_keeps_the_walk(self, circuit, walk):
        assert circuit.measure_all(inplace=False).walk == walk

    def test_qpy(self, circuit):
        loaded = through_qpy(circuit)
        assert type(loaded) is QuantumCircuit
        np.testing.assert_allclose(matrix(loaded), matrix(circuit), atol=1e-10)

    def test_openqasm3(self, circuit):
        for exported in (circuit, circuit.decompose(), circuit.decompose(reps=5)):
            np.testing.assert_allclose(matrix(through_qasm3(exported)), matrix(circuit), atol=1e-10)

    def test_transpile_keeps_the_state(self, circuit):
        compiled = transpile(circuit, basis_gates=BASIS, optimization_level=3, seed_transpiler=1)
        assert set(compiled.count_ops()) <= set(BASIS)
        np.testing.assert_allclose(matrix(compiled), matrix(circuit), atol=1e-8)

    def test_drawing(self, circuit):
        kind = "multiscale" if isinstance(circuit.walk, MultiscaleWalk) else "lattice"
        assert f"{kind} walk" in str(circuit.draw("text"))
        assert circuit.draw("mpl") is not None

    def test_name(self, walk):
        assert SSQWDistribution(walk, name="loader").name == "loader"

    @pytest.mark.parametrize("wrong", [None, 3, [[0.1, 0.2]], SplitStepWalk])
    def test_refuses_what_is_no_walk(self, wrong):
        with pytest.raises(TypeError, match=r"walk must be a Walk"):
            SSQWDistribution(wrong)


class TestWalkGates:
    def test_holds_the_walk(self, gate, walk):
        assert gate.walk == walk
        assert gate.num_qubits == walk.num_qubits
        assert gate.angles == walk.parameters.tolist()
        assert gate.structure == walk.with_parameters(np.zeros(walk.num_parameters))

    def test_inverse_power_and_control(self, gate):
        unitary = matrix(gate)
        np.testing.assert_allclose(matrix(gate.inverse()), unitary.conj().T, atol=1e-10)
        np.testing.assert_allclose(matrix(gate.power(2)), unitary @ unitary, atol=1e-10)
        np.testing.assert_allclose(matrix(gate.power(-1)), unitary.conj().T, atol=1e-10)
        idle, active = np.diag([1, 0]), np.diag([0, 1])
        expected = np.kron(np.eye(len(unitary)), idle) + np.kron(unitary, active)
        np.testing.assert_allclose(matrix(gate.control()), expected, atol=1e-8)

    def test_copies(self, gate):
        for twin in (copy.deepcopy(gate), pickle.loads(pickle.dumps(gate)), gate.copy()):
            assert twin == gate
            assert twin.walk == gate.walk

    def test_parameters_override_the_walks(self, gate, walk, rng):
        angles = rng.normal(size=walk.num_parameters)
        other = type(gate)(walk, angles.tolist(), label="other")
        assert other.label == "other"
        expected = type(gate)(walk.with_parameters(angles))
        np.testing.assert_allclose(matrix(other), matrix(expected), atol=1e-10)

    @pytest.mark.parametrize("excess", [-1, 1])
    def test_refuses_a_wrong_number_of_parameters(self, gate, walk, excess):
        count = walk.num_parameters + excess
        with pytest.raises(ValueError, match=f"length {walk.num_parameters}, got {count}"):
            type(gate)(walk, [0.1] * count)

    @pytest.mark.parametrize(
        "exchange",
        [through_qpy, through_qasm3, lambda circuit: transpile(circuit, basis_gates=BASIS)],
        ids=["qpy", "qasm3", "transpile"],
    )
    @pytest.mark.parametrize("kind", KINDS)
    def test_equal_names_and_angles_do_not_hide_a_different_structure(self, kind, exchange, rng):
        walk = make_walk(kind, rng)
        if kind == "multiscale":
            other = MultiscaleWalk(
                3, [(0, 1), (1, 2), (2, 1)], walk.angles, initial_angles=walk.initial_angles
            )
            first, second = MultiscaleWalkGate(walk), MultiscaleWalkGate(other)
        else:
            data = walk.to_dict()
            other = SplitStepWalk.from_dict({**data, "start": 2})
            first, second = SplitStepWalkGate(walk), SplitStepWalkGate(other)
        assert first.angles == second.angles
        assert first.params != second.params
        assert first != second
        assert np.abs(matrix(first) - matrix(second)).max() > 0.01
        circuit = QuantumCircuit(3)
        circuit.append(first, range(3))
        circuit.append(second, range(3))
        expected = matrix(second) @ matrix(first)
        np.testing.assert_allclose(matrix(exchange(circuit)), expected, atol=1e-8)


class TestStepGates:
    @pytest.mark.parametrize("shift", [0, 2, "up", None])
    def test_refuses_a_shift_that_is_none(self, shift):
        with pytest.raises(ValueError, match="shift must be 1 or -1, got"):
            ConditionalShiftGate(2, shift)

    def test_refuses_no_position_qubit(self):
        with pytest.raises(ValueError, match="num_position_qubits must be at least 1, got 0"):
            ConditionalShiftGate(0)
        with pytest.raises(ValueError, match="num_position_qubits must be at least 1, got 0"):
            SplitStepGate(0, [0.1], [0.2])

    @pytest.mark.parametrize(
        ("first", "second"), [([0.1], [0.1, 0.2, 0.3]), ([0.1, 0.2], [0.1, 0.2]), ([], [])]
    )
    def test_refuses_unequal_or_odd_coins(self, first, second):
        with pytest.raises(ValueError, match=f"got {len(first)} and {len(second)}"):
            SplitStepGate(2, first, second)

    def test_names_labels_and_inverses(self):
        plus, minus = ConditionalShiftGate(2, label="up"), ConditionalShiftGate(2, -1)
        assert (plus.name, plus.label, minus.name) == ("s_plus", "up", "s_minus")
        for gate in (plus, minus, SplitStepGate(2, [0.3], [0.7])):
            np.testing.assert_allclose(matrix(gate.inverse()), matrix(gate).conj().T, atol=1e-12)

    def test_a_split_step_takes_free_parameters(self):
        first, second = Parameter("a"), Parameter("b")
        circuit = QuantumCircuit(3)
        circuit.append(SplitStepGate(2, [first], [second]), range(3))
        bound = circuit.assign_parameters({first: 0.3, second: 0.7})
        np.testing.assert_allclose(
            matrix(bound), matrix(SplitStepGate(2, [0.3], [0.7])), atol=1e-12
        )

    def test_steps_chain_to_the_walk(self, rng):
        angles = rng.normal(size=(3, 2, 3))
        register = QuantumRegister(3)
        circuit = QuantumCircuit(register)
        circuit.x(1)
        for first, second in angles:
            circuit.append(SplitStepGate(2, first, second), register)
        walk = SplitStepWalk(2, angles, start=2)
        np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), atol=1e-10)


class TestAnsatz:
    @pytest.mark.parametrize(
        ("options", "count"),
        [
            ({}, 3 + 12),
            ({"repetitions": 4}, 3 + 12),
            ({"initial_coin": False}, 12),
            ({"coin": "absorbed"}, 3 + 12 + 3),
            ({"coin": "absorbed", "final_coin": False}, 3 + 12),
            ({"coins": "ry"}, 1 + 4),
            ({"coins": "ry", "final_coin": True}, 1 + 4 + 1),
        ],
    )
    def test_number_of_parameters(self, options, count):
        assert SSQWDistribution.ansatz(2, 2, **options).num_parameters == count

    def test_parameters_come_in_the_order_of_the_walk(self, rng):
        ansatz = SSQWDistribution.ansatz(2, 2, parameter_prefix="w", coin="absorbed", start=1)
        assert [p.name for p in ansatz.parameters] == [f"w[{i}]" for i in range(18)]
        values = rng.normal(size=18)
        bound = ansatz.assign_parameters(values)
        assert type(bound) is SSQWDistribution
        assert bound.walk == SplitStepWalk(
            2,
            values[3:15].reshape(2, 2, 3),
            start=1,
            initial_coin=values[:3],
            final_coin=values[15:],
            coin="absorbed",
        )
        np.testing.assert_allclose(Statevector(bound), bound.walk.amplitudes(), atol=1e-10)
        np.testing.assert_allclose(bound.probabilities, bound.walk.probabilities())

    def test_repetitions_share_their_parameters(self, rng):
        ansatz = SSQWDistribution.ansatz(2, 1, coins="ry", repetitions=3)
        walk = ansatz.assign_parameters(rng.normal(size=3)).walk
        assert walk.num_steps == 3
        assert walk.repetitions == 3

    def test_free_parameters_have_no_walk(self):
        ansatz = SSQWDistribution.ansatz(2, 1, coins="ry")
        partly = ansatz.assign_parameters({ansatz.parameters[0]: 0.3})
        for circuit in (ansatz, partly):
            with pytest.raises(ValueError, match="free parameters: bind them with assign_param"):
                _ = circuit.walk
            with pytest.raises(ValueError, match="free parameters: bind them with assign_param"):
                _ = circuit.probabilities
        assert partly.assign_parameters([0.1, 0.2]).walk.parameters.tolist() == [0.3, 0.1, 0.2]

    def test_binding_in_place_and_after_the_definition_was_asked_for(self, rng):
        ansatz = SSQWDistribution.ansatz(2, 1)
        assert ansatz.data[0].operation.definition is not None
        values = rng.normal(size=9)
        ansatz.assign_parameters(values, inplace=True)
        np.testing.assert_allclose(ansatz.walk.parameters, values)
        np.testing.assert_allclose(Statevector(ansatz), ansatz.walk.amplitudes(), atol=1e-10)

    @pytest.mark.parametrize("coin", ["traced", "absorbed"])
    def test_transpiling_and_binding_commute(self, coin, rng):
        ansatz = SSQWDistribution.ansatz(2, 2, coin=coin, start=2, repetitions=2)
        values = rng.normal(size=ansatz.num_parameters)
        options = {"basis_gates": BASIS, "optimization_level": 2, "seed_transpiler": 1}
        bound_last = transpile(ansatz, **options).assign_parameters(values)
        bound_first = transpile(ansatz.assign_parameters(values), **options)
        np.testing.assert_allclose(matrix(bound_last), matrix(bound_first), atol=1e-8)

    def test_survives_pickling_and_qpy(self, rng):
        ansatz = SSQWDistribution.ansatz(2, 1, coins="ry")
        values = rng.normal(size=3)
        expected = ansatz.assign_parameters(values)
        assert pickle.loads(pickle.dumps(ansatz)).assign_parameters(values).walk == expected.walk
        loaded = through_qpy(ansatz).assign_parameters(values)
        np.testing.assert_allclose(matrix(loaded), matrix(expected), atol=1e-10)

    def test_any_trainer_can_train_it(self):
        ansatz = SSQWDistribution.ansatz(2, 2, coins="ry", start=1)
        goal = ansatz.assign_parameters([0.9, 1.4, 0.4, 0.7, 1.2]).probabilities

        def loss(angles):
            bound = ansatz.assign_parameters(angles)
            loaded = Statevector(bound).probabilities(ansatz.value_qubits)
            return np.sum((np.sqrt(goal) - np.sqrt(loaded)) ** 2)

        start = np.full(ansatz.num_parameters, 0.8)
        assert loss(start) > 0.01
        result = minimize(loss, start, method="L-BFGS-B", options={"maxiter": 60})
        trained = ansatz.assign_parameters(result.x).probabilities
        np.testing.assert_allclose(trained, goal, atol=5e-3)

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"steps": 0}, "steps must be at least 1, got 0"),
            ({"coins": "rx"}, "coins must be one of 'ry', 'u', got 'rx'"),
            ({"coin": "lost"}, "coin must be one of 'traced', 'absorbed', got 'lost'"),
            ({"start": 4}, "start must be below the 4 sites"),
            ({"repetitions": 0}, "repetitions must be at least 1"),
            ({"num_position_qubits": 0}, "num_position_qubits must be at least 1"),
        ],
    )
    def test_refuses_bad_input(self, options, message):
        with pytest.raises(ValueError, match=message):
            SSQWDistribution.ansatz(**{"num_position_qubits": 2, "steps": 1, **options})

    def test_refuses_steps_that_are_no_integer(self):
        with pytest.raises(TypeError, match=r"steps must be an integer, got 1\.5"):
            SSQWDistribution.ansatz(2, 1.5)

    def test_refuses_a_wrong_number_of_values(self):
        with pytest.raises(ValueError, match=r"length|number"):
            SSQWDistribution.ansatz(2, 1).assign_parameters([0.1])


def test_an_emptied_circuit_has_no_walk():
    circuit = SSQWDistribution(MultiscaleWalk(1, [], [])).copy_empty_like()
    with pytest.raises(ValueError, match="the circuit holds no walk any more"):
        _ = circuit.walk


def test_a_circuit_that_begins_with_something_else_has_no_walk():
    circuit = SSQWDistribution(MultiscaleWalk(1, [], []))
    first = QuantumCircuit(1)
    first.ry(0.3, 0)
    with pytest.raises(ValueError, match=r"its walk alone, got \['ry', 'multiscale_walk'\]"):
        _ = circuit.compose(first, front=True).walk
