import io
from math import pi

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qpy, transpile
from qiskit.circuit import Gate, Parameter
from qiskit.circuit.library import RYGate, ZGate, get_standard_gate_name_mapping
from qiskit.converters import circuit_to_dag, dag_to_circuit
from qiskit.quantum_info import Operator, Statevector

from qiskit_ssqw.circuit.gates import ConditionalShiftGate, SplitStepGate
from qiskit_ssqw.circuit.walk_gates import SplitStepWalkGate
from qiskit_ssqw.transpiler.fusion import FuseWalkSteps
from qiskit_ssqw.transpiler.steps import read_coin


def fused(circuit, **options):
    return dag_to_circuit(FuseWalkSteps(**options).run(circuit_to_dag(circuit)))


def walks_of(circuit):
    return [step.operation for step in circuit if isinstance(step.operation, SplitStepWalkGate)]


def steps_of(circuit):
    return [walk.structure.num_steps for walk in walks_of(circuit)]


def check_fused(circuit, steps):
    """The operator stays, and there are walks of so many steps."""
    result = fused(circuit)
    assert steps_of(result) == steps
    np.testing.assert_allclose(Operator(result).data, Operator(circuit).data, atol=1e-9)
    return result


def check_unchanged(circuit, **options):
    dag = circuit_to_dag(circuit)
    assert FuseWalkSteps(**options).run(dag) is dag
    assert dag == circuit_to_dag(circuit)


def by_name(size, step, side):
    circuit = QuantumCircuit(size + 1)
    gate = ConditionalShiftGate(size, 1 if side else -1)
    circuit.append(gate if (step == 1) == bool(side) else gate.inverse(), range(size + 1))
    return circuit


def toss(circuit, rng, kind="u"):
    coin = circuit.num_qubits - 1
    if kind == "ry":
        circuit.ry(rng.uniform(-7, 7), coin)
    else:
        circuit.u(*rng.uniform(-7, 7, 3), coin)


def walk_circuit(size, steps, rng, kind="u"):
    circuit = QuantumCircuit(size + 1)
    for _ in range(steps):
        for move, side in ((1, 1), (-1, 0)):
            toss(circuit, rng, kind)
            circuit.compose(by_name(size, move, side), inplace=True)
    return circuit


def placed(circuit, rng, extra=2):
    """The circuit on shuffled qubits with other gates before, after and on other qubits."""
    size = circuit.num_qubits
    order = rng.permutation(size + extra).tolist()
    result = QuantumCircuit(size + extra)
    result.h(range(size + extra))
    result.barrier()
    for step in circuit:
        result.append(step.operation, [order[circuit.find_bit(bit).index] for bit in step.qubits])
        result.cx(order[-1], order[-2])
        result.t(order[-2])
    result.barrier()
    result.cx(order[0], order[-1])
    return result


@pytest.mark.parametrize("kind", ["ry", "u"])
@pytest.mark.parametrize("steps", [1, 2, 4])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_named_walk_is_one_gate_wherever_it_is(size, steps, kind, rng):
    circuit = placed(walk_circuit(size, steps, rng, kind=kind), rng)
    (walk,) = walks_of(check_fused(circuit, [steps]))
    assert walk.structure.coin_angles.shape[2:] == (() if kind == "ry" else (3,))
    assert not walk.prepare


@pytest.mark.parametrize("kind", ["ry", "u"])
def test_inverse_of_a_walk_is_one_gate(kind, rng):
    result = check_fused(placed(walk_circuit(3, 2, rng, kind).inverse(), rng), [2])
    assert [walk.inverted for walk in walks_of(result)] == [True]
    result = check_fused(walk_circuit(3, 2, rng, kind).inverse(), [2])
    assert set(result.count_ops()) == {"ssqw_walk"}  # the last coin included


def test_a_walk_and_its_inverse_are_two_gates(rng):
    walk = walk_circuit(3, 2, rng)
    check_fused(walk.compose(walk.inverse()), [2, 2])
    check_fused(walk.inverse().compose(walk), [2, 2])


def test_shifts_in_another_order_stay(rng):
    circuit = QuantumCircuit(4)
    for shift in (-1, -1, 1, 1, -1, 1):
        toss(circuit, rng)
        circuit.append(ConditionalShiftGate(3, shift), range(4))
    result = check_fused(circuit, [1])
    assert [step.operation.name for step in result if step.operation.num_qubits > 1] == [
        *["s_minus"] * 2,
        "s_plus",
        "ssqw_walk",
        "s_plus",
    ]


def test_half_steps_too_many_stay(rng):
    circuit = walk_circuit(3, 2, rng)
    toss(circuit, rng)
    circuit.append(ConditionalShiftGate(3, 1), range(4))
    result = check_fused(circuit, [2])
    assert result.count_ops()["s_plus"] == 1


def test_only_shifts_up_are_no_walk(rng):
    circuit = QuantumCircuit(4)
    for _ in range(4):
        toss(circuit, rng)
        circuit.append(ConditionalShiftGate(3, 1), range(4))
    check_unchanged(circuit)
    check_unchanged(circuit, qubits_initially_zero=True)


def test_two_coins_make_two_walks(rng):
    circuit = QuantumCircuit(5)
    first, second = walk_circuit(3, 2, rng), walk_circuit(3, 1, rng)
    circuit.compose(first, [0, 1, 2, 3], inplace=True)
    circuit.compose(second, [0, 1, 2, 4], inplace=True)
    check_fused(circuit, [2, 1])


def test_walks_on_two_registers_at_once(rng):
    circuit = QuantumCircuit(6)
    for _ in range(3):
        circuit.compose(walk_circuit(2, 1, rng), [0, 4, 2], inplace=True)
        circuit.compose(walk_circuit(2, 1, rng), [3, 1, 5], inplace=True)
    check_fused(circuit, [3, 3])


def test_split_steps_and_their_copies(rng):
    step = SplitStepGate(2, *rng.uniform(-3, 3, (2, 3)).tolist())
    circuit = QuantumCircuit(3)
    for gate in (step, step, step.inverse(), step):
        circuit.append(gate, [2, 0, 1])
    assert not check_fused(circuit, [2, 1, 1]).count_ops().keys() - {"ssqw_walk"}
    check_fused(circuit.compose(circuit), [2, 1, 3, 1, 1])


@pytest.mark.parametrize("inverted", [False, True])
def test_split_steps_with_free_parameters(inverted, rng):
    angles = [Parameter(name) for name in "abcd"]
    circuit = QuantumCircuit(4)
    for pair in (angles[:2], angles[2:]):
        circuit.append(SplitStepGate(3, pair[:1], pair[1:]), range(4))
    circuit = circuit.inverse() if inverted else circuit
    result = fused(circuit)
    assert steps_of(result) == [2]
    assert result.parameters == circuit.parameters
    values = rng.uniform(-3, 3, 4)
    before, after = (c.assign_parameters(values) for c in (circuit, result))
    np.testing.assert_allclose(Operator(after).data, Operator(before).data, atol=1e-9)


def test_gates_that_lost_their_class(rng):
    circuit = walk_circuit(3, 1, rng)
    circuit.append(SplitStepGate(3, [0.3], [-2.1]), range(4))
    circuit.append(SplitStepGate(3, [1.3], [0.1]).inverse(), range(4))
    file = io.BytesIO()
    qpy.dump(circuit.compose(circuit.inverse()), file)
    file.seek(0)
    (loaded,) = qpy.load(file)
    assert not any(isinstance(step.operation, ConditionalShiftGate) for step in loaded)
    check_fused(loaded, [2, 1, 1, 2])


def test_other_gate_with_the_name_of_a_shift_is_none(rng):
    circuit = QuantumCircuit(4)
    for name in ("s_plus", "s_minus"):
        other = Gate(name, 4, [])
        other.definition = QuantumCircuit(4)
        other.definition.cx(3, [0, 1, 2])
        circuit.append(other, range(4))
        toss(circuit, rng)
    check_unchanged(circuit)


def test_shifts_with_other_significance_are_no_walk(rng):
    circuit = QuantumCircuit(4)
    for order in ([0, 1, 2, 3], [1, 0, 2, 3]):
        toss(circuit, rng)
        circuit.append(ConditionalShiftGate(3, 1), order)
        toss(circuit, rng)
    check_unchanged(circuit)


@pytest.mark.parametrize(
    "obstacle",
    [
        lambda circuit: circuit.h(0),
        lambda circuit: circuit.cx(1, 4),
        lambda circuit: circuit.cz(0, 3),
        lambda circuit: circuit.barrier(2),
        lambda circuit: circuit.measure(3, 0),
        lambda circuit: circuit.reset(0),
        lambda circuit: circuit.delay(10, 1),
        lambda circuit: circuit.x(1),
    ],
)
def test_obstacles_end_a_walk(obstacle, rng):
    circuit = QuantumCircuit(5, 1)
    circuit.compose(walk_circuit(3, 2, rng), range(4), inplace=True)
    obstacle(circuit)
    circuit.compose(walk_circuit(3, 1, rng), range(4), inplace=True)
    result = fused(circuit)
    assert steps_of(result) == [2, 1]
    half = circuit.copy_empty_like()
    obstacle(half)
    assert [step.operation.name for step in result] == ["ssqw_walk", half[0].name, "ssqw_walk"]


def test_obstacle_within_a_step_leaves_the_rest(rng):
    circuit = walk_circuit(3, 1, rng)
    toss(circuit, rng)
    circuit.append(ConditionalShiftGate(3, 1), range(4))
    circuit.h(0)
    toss(circuit, rng)
    circuit.append(ConditionalShiftGate(3, -1), range(4))
    assert check_fused(circuit, [1]).count_ops()["s_minus"] == 1


def test_parameters_stay_free(rng):
    names = [Parameter(name) for name in "abcdef"]
    circuit = QuantumCircuit(4)
    tosses = [
        lambda a: circuit.ry(a, 3),
        lambda a: circuit.u(a, 0.2, a, 3),
        lambda a: circuit.u(2 * a, a, -a, 3),
        lambda a: circuit.ry(a + 1, 3),
        lambda a: circuit.u(0.3, a, 0.1, 3),
        lambda a: (circuit.ry(a, 3), circuit.ry(-2 * a, 3)),
    ]
    for index, (function, angle) in enumerate(zip(tosses, names, strict=True)):
        function(angle)
        circuit.append(ConditionalShiftGate(3, -1 if index % 2 else 1), range(4))
    for original in (circuit, circuit.inverse()):
        result = fused(original)
        assert steps_of(result) == [3]
        assert result.parameters == original.parameters
        values = dict(zip(names, rng.uniform(-4, 4, len(names)), strict=True))
        before, after = (part.assign_parameters(values) for part in (original, result))
        np.testing.assert_allclose(Operator(after).data, Operator(before).data, atol=1e-9)


def test_ry_coins_keep_one_parameter_each(rng):
    angles = [Parameter(name) for name in "abcd"]
    circuit = QuantumCircuit(3)
    for index, angle in enumerate(angles):
        circuit.ry(angle, 2)
        circuit.append(ConditionalShiftGate(2, 1 - 2 * (index % 2)), range(3))
    (walk,) = walks_of(fused(circuit))
    assert walk.angles == angles
    assert walk.structure.num_parameters == 4


def test_coin_that_is_no_rotation_with_known_angles_ends_a_walk(rng):
    angle = Parameter("a")
    circuit = walk_circuit(3, 2, rng)
    for gate in (RYGate(angle), RYGate(0.3), ZGate().power(0.3), RYGate(angle / 2)):
        circuit.append(gate, [3])
    circuit.compose(walk_circuit(3, 1, rng), inplace=True)
    result = fused(circuit)
    assert steps_of(result) == [2, 1]
    before, after = (part.assign_parameters({angle: 1.1}) for part in (circuit, result))
    np.testing.assert_allclose(Operator(after).data, Operator(before).data, atol=1e-9)


@pytest.mark.parametrize("site", [0, 5, 7])
def test_known_start_is_the_gates(site, rng):
    circuit = QuantumCircuit(5)
    for place in range(3):
        if site >> place & 1:
            circuit.x([4, 2, 0][place])
    circuit.h(3)
    circuit.barrier(0, 2, 3)
    order = [4, 2, 0, 3]
    circuit.compose(walk_circuit(3, 2, rng), order, inplace=True)
    circuit.compose(walk_circuit(3, 1, rng), [4, 2, 0, 1], inplace=True)
    check_fused(circuit, [2, 1])
    result = fused(circuit, qubits_initially_zero=True)
    assert steps_of(result) == [2, 1]
    assert [walk.prepare for walk in walks_of(result)] == [True, False]
    assert walks_of(result)[0].walk.start == site
    assert "x" not in result.count_ops()
    np.testing.assert_allclose(Statevector(result).data, Statevector(circuit).data, atol=1e-9)


@pytest.mark.parametrize(
    "before", [lambda c: c.h(0), lambda c: c.cx(4, 0), lambda c: c.reset(1), lambda c: c.y(2)]
)
def test_start_that_is_not_known_is_not_assumed(before, rng):
    circuit = QuantumCircuit(5)
    before(circuit)
    circuit.compose(walk_circuit(3, 2, rng), range(4), inplace=True)
    result = fused(circuit, qubits_initially_zero=True)
    assert [walk.prepare for walk in walks_of(result)] == [False]


def test_control_flow_is_left(rng):
    quantum, bits = QuantumRegister(4), ClassicalRegister(1)
    circuit = QuantumCircuit(quantum, bits)
    with circuit.if_test((bits, 1)):
        circuit.compose(walk_circuit(3, 2, rng), quantum, inplace=True)
    check_unchanged(circuit, qubits_initially_zero=True)


def test_bad_arguments():
    with pytest.raises(TypeError, match="qubits_initially_zero must be a bool, got 'no'"):
        FuseWalkSteps(qubits_initially_zero="no")


def test_random_sequences_of_shifts_keep_their_operator(rng):
    for _ in range(20):
        size = int(rng.integers(1, 4))
        circuit = QuantumCircuit(size + 1)
        for _ in range(12):
            draw = rng.integers(6)
            if draw == 0:
                circuit.x(size)
            elif draw < 3:
                toss(circuit, rng, str(rng.choice(["ry", "u"])))
            else:
                moves = int(rng.choice([1, -1])), int(rng.integers(2))
                circuit.compose(by_name(size, *moves), inplace=True)
        circuit = placed(circuit, rng, extra=2)
        result = fused(circuit)
        np.testing.assert_allclose(Operator(result).data, Operator(circuit).data, atol=1e-9)
        zero = fused(circuit, qubits_initially_zero=True)
        np.testing.assert_allclose(Statevector(zero).data, Statevector(circuit).data, atol=1e-9)


def test_coins_of_all_standard_gates(rng):
    for name, form in get_standard_gate_name_mapping().items():
        if isinstance(form, Gate) and form.num_qubits == 1:
            gates = [type(form)(*rng.uniform(-3, 3, len(form.params))) for _ in range(2)]
            for product in (gates[:1], gates):
                circuit, written = QuantumCircuit(1), QuantumCircuit(1)
                for gate in product:
                    circuit.append(gate, [0])
                coin = read_coin(product)
                written.u(*(*coin.angles, 0, 0)[:3], 0)
                written.global_phase = coin.phase
                np.testing.assert_allclose(
                    Operator(written).data, Operator(circuit).data, atol=1e-9, err_msg=name
                )


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_last_coin_of_whole_turns_keeps_its_sign(turns, rng):
    circuit = walk_circuit(2, 2, rng)
    circuit.x(2)
    circuit.ry(2 * pi * turns, 2)
    circuit.x(2)
    check_fused(circuit, [2])


def test_fewer_gates_after_transpilation(rng):
    circuit = walk_circuit(4, 3, rng)
    options = {"basis_gates": ["cx", "rz", "sx", "x"], "optimization_level": 3}
    before = transpile(circuit, **options).count_ops()["cx"]
    after = transpile(fused(circuit, qubits_initially_zero=True), **options).count_ops()["cx"]
    assert after <= 2 * 3 * 7 + 12 < before / 3
