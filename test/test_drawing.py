"""Drawings of circuits: boxes with titles instead of lists of numbers."""

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate

from qiskit_ssqw import MultiscaleWalk, QuantumWalkUncertaintyModel, SSQWDistribution
from qiskit_ssqw.circuit import MultiscaleWalkGate, WalshRYGate, legible
from qiskit_ssqw.finance import Call, OptionPricing, PathModel
from qiskit_ssqw.walks import SplitStepWalk, TorusWalk, TreeWalk

WALKS = {
    "multiscale walk": MultiscaleWalk(3, [(2, 1), (1, 0)], [[0.1, 0.2], [0.3, 0.4]]),
    "lattice walk": SplitStepWalk(2, [[1.0, 2.0]], start=1),
    "torus walk": TorusWalk.template((1, 1), 1),
    "tree walk": TreeWalk(2, [0.1, 0.2, 0.3]),
}


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel.from_black_scholes(5, 2.0, 0.4, 0.05, 0.1, seed=1)


def assert_is_legible(drawing):
    text = str(drawing)
    assert max(map(len, text.splitlines())) <= 80
    assert "," not in text


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_is_a_box_with_its_name(title):
    circuit = SSQWDistribution(WALKS[title])
    assert_is_legible(circuit.draw(fold=80))
    assert title in str(circuit)
    assert title + "†" in str(legible(circuit.inverse()))


def test_free_parameters_are_not_listed():
    ansatz = SSQWDistribution.ansatz(3, 4)
    assert_is_legible(ansatz.draw(fold=80))
    assert ansatz.num_parameters == 27


def test_models_paths_and_amplitude_estimation(model):
    application = OptionPricing(Call(1.9), model)
    for circuit in (
        model,
        PathModel(2, 2, 2.0, 0.4, 0.05, 0.1, seed=1),
        application.state_preparation,
        application.grover_operator,
        application.grover_operator.power(2),
        application.to_estimation_problem().rescale(0.25).grover_operator,
    ):
        assert_is_legible(circuit.draw(fold=80))
        assert "multiscale walk" in str(circuit.draw())


def test_the_drawing_does_not_change_the_circuit(model):
    before = model.copy()
    model.draw()
    assert model == before
    assert len(model.data[0].operation.params) > 20
    assert model.decompose().count_ops()["cx"] == model.fit_result.two_qubit_gates


def test_options_are_those_of_qiskit(model):
    assert model.draw("mpl") is not None
    reversed_bits = str(model.draw("text", reverse_bits=True)).splitlines()
    assert "q_4" in reversed_bits[1]


def test_circuits_of_one_s_own(model):
    circuit = QuantumCircuit(6, 1)
    circuit.h(5)
    circuit.compose(model, range(5), inplace=True)
    circuit.append(WalshRYGate({0: 0.1, 3: 0.2}, 2), [0, 1, 5])
    circuit.measure(5, 0)
    assert_is_legible(legible(circuit).draw(fold=80))
    assert "multiplexed RY" in str(legible(circuit))


def test_labels_and_other_gates_of_the_same_name_are_kept():
    circuit = QuantumCircuit(3)
    circuit.append(MultiscaleWalkGate(WALKS["multiscale walk"], label="P"), range(3))
    circuit.rx(0.5, 0)
    drawing = str(legible(circuit))
    assert "P" in drawing
    assert "multiscale" not in drawing
    assert "Rx(0.5)" in drawing
    foreign = QuantumCircuit(1)
    foreign.append(Gate("somebody's", 1, [0.25]), [0])
    assert "0.25" in str(legible(foreign))
