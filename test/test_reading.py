"""What circuits load is computed from the circuits themselves, whatever was done to them."""

import copy
import pickle

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, qpy
from qiskit.circuit import Parameter, QuantumRegister
from qiskit.circuit.library import RYGate
from qiskit.quantum_info import Statevector

from qiskit_ssqw import (
    MultiscaleWalk,
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
)
from qiskit_ssqw.circuit import SplitStepWalkGate, TreeWalkGate, WalkGate, reading
from qiskit_ssqw.circuit.reading import read_probabilities
from qiskit_ssqw.finance import PathModel
from qiskit_ssqw.walks import TorusWalk, TreeWalk

WALKS = {
    "multiscale": MultiscaleWalk(3, [(2, 1), (0, 1), (1, 0)], np.zeros((3, 2))),
    "tree": TreeWalk(3, np.zeros(7)),
    "traced": SplitStepWalk(2, np.zeros((2, 2, 3)), start=1),
    "absorbed": SplitStepWalk(2, np.zeros((2, 2, 3)), start=1, coin="absorbed"),
    "torus": TorusWalk((2, 1), np.zeros((2, 2, 9)), start=(1, 0)),
}


@pytest.fixture(params=WALKS)
def walk(request, rng):
    template = WALKS[request.param]
    return template.with_parameters(rng.normal(size=template.num_parameters))


@pytest.fixture
def circuit(walk):
    return SSQWDistribution(walk)


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel.lognormal(3, 0.69, 0.0175, (1.21, 2.81), seed=1)


@pytest.fixture(scope="module")
def paths():
    return PathModel(2, 2, 2.0, 0.4, 0.05, 40 / 365, seed=1)


@pytest.fixture
def no_state(monkeypatch):
    """A state vector is not asked for."""

    def refuse(*_):
        raise AssertionError("a state vector was computed")

    monkeypatch.setattr(reading, "Statevector", refuse)


def from_state(circuit, qubits):
    return Statevector(circuit).probabilities(list(qubits))


def other_walk(circuit):
    """Another walk on the same qubits."""
    size = circuit.num_qubits
    return SSQWDistribution(TreeWalk(size, np.linspace(0.3, 2.0, 2**size - 1)))


def with_x(circuit):
    changed = circuit.copy()
    changed.x(0)
    return changed


def with_replaced_gate(circuit):
    changed = circuit.copy()
    changed.data[0] = changed.data[0].replace(operation=RYGate(0.4), qubits=[changed.qubits[1]])
    return changed


def with_turned_qubits(circuit):
    changed = circuit.copy()
    changed.data[0] = changed.data[0].replace(qubits=changed.data[0].qubits[::-1])
    return changed


def with_inverse(circuit):
    changed = circuit.copy()
    changed.data[0] = changed.data[0].replace(operation=changed.data[0].operation.inverse())
    return changed


def composed(circuit):
    extra = QuantumCircuit(circuit.num_qubits)
    extra.h(range(circuit.num_qubits))
    return circuit.compose(extra)


CHANGES = {
    "a gate": with_x,
    "another gate": with_replaced_gate,
    "other qubits": with_turned_qubits,
    "the inverse": with_inverse,
    "composed": composed,
    "composed before": lambda circuit: circuit.compose(with_x(circuit), front=True),
    "a walk before": lambda circuit: circuit.compose(other_walk(circuit), front=True),
    "nothing left": lambda circuit: circuit.copy_empty_like(),
}
COPIES = {
    "copy": lambda circuit: circuit.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda circuit: pickle.loads(pickle.dumps(circuit)),
    "assigned": lambda circuit: circuit.assign_parameters([]),
    "same order": lambda circuit: circuit.reverse_ops(),
    "composed with nothing": lambda circuit: circuit.compose(QuantumCircuit(circuit.num_qubits)),
    "measured": lambda circuit: circuit.measure_all(inplace=False),
}


class TestWalks:
    @pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
    @pytest.mark.usefixtures("no_state")
    def test_a_copy_has_its_walk_and_takes_no_state_vector(self, circuit, walk, duplicate):
        twin = duplicate(circuit)
        assert type(twin) is SSQWDistribution
        assert twin.walk == walk
        np.testing.assert_allclose(twin.probabilities, walk.probabilities(), atol=1e-14)

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_a_changed_circuit_tells_what_it_loads(self, circuit, walk, change):
        changed = change(circuit)
        expected = from_state(changed, circuit.value_qubits)
        np.testing.assert_allclose(changed.probabilities, expected, atol=1e-12)
        assert np.abs(expected - walk.probabilities()).max() > 1e-3

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_a_changed_circuit_has_no_walk(self, circuit, change):
        with pytest.raises(ValueError, match="holds no walk any more: it must consist of its walk"):
            _ = change(circuit).walk

    def test_only_the_steps_are_no_walk(self):
        walk = WALKS["traced"].with_parameters(np.linspace(0, 1, 12))
        circuit = SSQWDistribution(walk)
        gate = SplitStepWalkGate(walk, prepare=False)
        circuit.data[0] = circuit.data[0].replace(operation=gate)
        with pytest.raises(ValueError, match="holds no walk any more"):
            _ = circuit.walk
        np.testing.assert_allclose(
            circuit.probabilities, from_state(circuit, circuit.value_qubits), atol=1e-12
        )

    @pytest.mark.usefixtures("no_state")
    def test_what_qpy_loads(self, circuit, walk, tmp_path):
        with open(tmp_path / "circuit.qpy", "wb") as file:
            qpy.dump(circuit, file)
        with open(tmp_path / "circuit.qpy", "rb") as file:
            (loaded,) = qpy.load(file)
        found = read_probabilities(loaded, circuit.value_qubits)
        np.testing.assert_allclose(found, walk.probabilities(), atol=1e-14)

    def test_a_bound_ansatz_that_was_changed(self, walk):
        ansatz = SSQWDistribution.parametrised(walk)
        bound = ansatz.assign_parameters(walk.parameters)
        np.testing.assert_allclose(bound.probabilities, walk.probabilities(), atol=1e-14)
        changed = with_x(ansatz).assign_parameters(walk.parameters)
        expected = from_state(changed, changed.value_qubits)
        np.testing.assert_allclose(changed.probabilities, expected, atol=1e-12)

    @pytest.mark.usefixtures("no_state")
    def test_idle_qubits_and_bits_are_no_change(self, circuit, walk):
        circuit.add_register(QuantumRegister(1, "spare"), ClassicalRegister(2, "bits"))
        circuit.barrier()
        assert circuit.walk == walk
        np.testing.assert_allclose(circuit.probabilities, walk.probabilities(), atol=1e-14)

    @pytest.mark.parametrize("kind", WALKS)
    def test_the_gates_value_qubits_hold_the_site(self, kind, rng):
        template = WALKS[kind]
        walk = template.with_parameters(rng.normal(size=template.num_parameters))
        gate = SSQWDistribution(walk).data[0].operation
        alone = QuantumCircuit(gate.num_qubits)
        alone.append(gate, range(gate.num_qubits))
        np.testing.assert_allclose(
            from_state(alone, gate.value_qubits), walk.probabilities(), atol=1e-12
        )


class TestModels:
    @pytest.mark.parametrize("name", ["model", "paths"])
    @pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
    @pytest.mark.usefixtures("no_state")
    def test_a_copy_loads_the_same(self, name, duplicate, request):
        model = request.getfixturevalue(name)
        found = duplicate(model).loaded_probabilities
        np.testing.assert_allclose(found, model.loaded_probabilities, atol=1e-15)

    @pytest.mark.parametrize("name", ["model", "paths"])
    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_a_changed_model_tells_what_it_loads(self, name, change, request):
        model = request.getfixturevalue(name)
        changed = change(model)
        expected = from_state(changed, range(model.num_qubits))
        np.testing.assert_allclose(changed.loaded_probabilities, expected, atol=1e-12)
        if (name, change) != ("paths", with_turned_qubits):  # increments are symmetric
            assert np.abs(expected - model.loaded_probabilities).max() > 1e-3
        np.testing.assert_array_equal(changed.probabilities, model.probabilities)


class TestReading:
    @pytest.mark.usefixtures("no_state")
    def test_separate_walks_in_any_order_of_qubits(self, rng):
        gates = {
            (4, 1): TreeWalkGate(TreeWalk(2, rng.normal(size=3))),
            (6, 0, 3): SplitStepWalkGate(
                SplitStepWalk(2, rng.normal(size=(2, 2)), coin="absorbed")
            ),
        }
        circuit = QuantumCircuit(8)
        for qubits, gate in gates.items():
            circuit.append(gate, qubits)
        order = [3, 5, 1, 0, 4, 6]
        tree, lattice = (gate.walk.probabilities() for gate in gates.values())
        expected = np.zeros(64)
        for index in range(64):
            bits = {qubit: index >> place & 1 for place, qubit in enumerate(order)}
            site = bits[3] + 2 * bits[6] + 4 * bits[0]  # the coin is the least significant bit
            expected[index] = (1 - bits[5]) * tree[bits[4] + 2 * bits[1]] * lattice[site]
        np.testing.assert_allclose(read_probabilities(circuit, order), expected, atol=1e-15)

    def test_parts_of_a_walk(self, circuit, walk):
        for qubits in ([0], [1, 0], range(circuit.num_qubits)):
            found = read_probabilities(circuit, qubits)
            np.testing.assert_allclose(found, from_state(circuit, qubits), atol=1e-12)

    def test_any_circuit(self):
        bell = QuantumCircuit(3)
        bell.h(0)
        bell.barrier()
        bell.cx(0, 2)
        bell.measure_all()
        np.testing.assert_allclose(read_probabilities(bell, [0, 2]), [0.5, 0, 0, 0.5], atol=1e-15)
        np.testing.assert_allclose(read_probabilities(bell, [1]), [1, 0], atol=1e-15)

    def test_a_prepared_state(self):
        circuit = QuantumCircuit(2)
        circuit.prepare_state([0.6, 0, 0, 0.8])
        found = read_probabilities(circuit, [0, 1])
        np.testing.assert_allclose(found, [0.36, 0, 0, 0.64], atol=1e-12)
        circuit = QuantumCircuit(2)
        circuit.initialize([0.6, 0, 0, 0.8])
        with pytest.raises(ValueError, match=r"got reset: .* prepare_state in place of initialize"):
            read_probabilities(circuit, [0, 1])

    @pytest.mark.parametrize("kind", ["measure", "reset", "if_else"])
    def test_refuses_what_is_no_gate(self, kind, circuit):
        circuit.add_register(ClassicalRegister(1, "bit"))
        if kind == "if_else":
            with circuit.if_test((circuit.clbits[0], 1)):
                circuit.x(0)
        else:
            getattr(circuit, kind)(0, *([0] if kind == "measure" else []))
        circuit.h(0)
        with pytest.raises(ValueError, match=f"must consist of gates alone, got {kind}: leave out"):
            _ = circuit.probabilities

    def test_refuses_free_parameters(self, walk):
        ansatz = SSQWDistribution.parametrised(walk, parameter_prefix="w")
        message = rf"{walk.num_parameters} free parameters: bind them .* first, got w\[0\]"
        with pytest.raises(ValueError, match=message):
            _ = ansatz.probabilities
        circuit = QuantumCircuit(1, global_phase=Parameter("φ"))
        with pytest.raises(ValueError, match=r"1 free parameters: bind them .* got φ"):
            read_probabilities(circuit, [0])

    def test_refuses_a_changed_circuit_on_many_qubits(self):
        large = SSQWDistribution(MultiscaleWalk(21, [], np.zeros((0, 2))))
        assert large.probabilities[0] == 1
        large.h(0)
        with pytest.raises(ValueError, match="computed on up to 20 qubits, got 21"):
            _ = large.probabilities


def test_a_walk_gate_tells_whether_it_prepares_its_walk(circuit):
    gate = circuit.data[0].operation
    assert isinstance(gate, WalkGate)
    assert gate.prepares_walk
    assert not gate.inverse().prepares_walk
    assert gate.inverse().inverse().prepares_walk
