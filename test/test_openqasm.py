"""Circuits survive OpenQASM 2 and 3, free parameters included."""

import re

import numpy as np
import pytest
from qiskit import QuantumCircuit, qasm2, qasm3, transpile
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator

from qiskit_ssqw import (
    MultiscaleWalk,
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
)
from qiskit_ssqw.circuit import SplitStepGate, WalkGate, WalshRYGate
from qiskit_ssqw.finance import Asian, Call, OptionPricing, PathModel
from qiskit_ssqw.walks import TorusWalk, TreeWalk, kind_of

STRICT = ["id", "x", "y", "z", "h", "rx", "ry", "rz", "cx"]
"""Gates of Qiskit that the original ``qelib1.inc`` has, too."""

WALKS = {
    "multiscale": MultiscaleWalk(3, [(2, 1), (0, 1), (1, 0)], np.zeros((3, 2))),
    "tree": TreeWalk(2, np.zeros(3)),
    "ry": SplitStepWalk(2, np.zeros((3, 2)), start=1),
    "traced": SplitStepWalk(2, np.zeros((3, 2, 3)), start=1, initial_coin=np.zeros(3)),
    "absorbed": SplitStepWalk(2, np.zeros((1, 2, 3)), start=1, coin="absorbed"),
    "torus": TorusWalk((2, 1), np.zeros((1, 2, 9)), start=(1, 0)),
}


A, B = Parameter("a"), Parameter("b")
FREE_GATES = [
    SplitStepGate(2, [B], [A]),
    SplitStepGate(2, [A], [A]),
    SplitStepGate(2, [A + 2 * B], [0.3]),
    SplitStepGate(1, [B, A, 0.2], [0.1, B, A]),
    WalshRYGate({0: B, 3: A}, 2),
    WalshRYGate({0: 0.4, 1: A, 2: A + B}, 2),
    *(
        kind_of(walk).find("gate")(
            walk, [B, *np.linspace(0.2, 0.9, walk.num_parameters - 2), A + 0.1]
        )
        for walk in WALKS.values()
    ),
]


@pytest.fixture(params=WALKS)
def walk(request, rng):
    template = WALKS[request.param]
    return template.with_parameters(rng.normal(size=template.num_parameters))


def through_qasm2(circuit):
    # Qiskit writes gates that the original qelib1.inc has not, such as p.
    return qasm2.loads(qasm2.dumps(circuit), custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)


def through_qasm3(circuit):
    return qasm3.loads(qasm3.dumps(circuit))


BOTH = pytest.mark.parametrize("exchange", [through_qasm2, through_qasm3])


def assert_same(found, expected):
    """Equal but for a global phase, which OpenQASM does not write."""
    assert Operator(found).equiv(expected, atol=1e-9)


def bound_by_name(loaded, circuit, values):
    """Bind what was loaded, whose parameters are named as identifiers, like the original."""
    angles = {
        re.sub(r"\W", "_", parameter.name): value
        for parameter, value in zip(circuit.parameters, values, strict=True)
    }
    names = {parameter: parameter.name for parameter in loaded.parameters}
    return loaded.assign_parameters(
        {p: angles.get(name, angles.get(name.removeprefix("_"))) for p, name in names.items()}
    )


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel.lognormal(2, 0.69, 0.0175, (1.21, 2.81), seed=1)


@pytest.fixture(scope="module")
def paths():
    return PathModel(1, 2, 2.0, 0.4, 0.05, 40 / 365, seed=1)


def application(walk):
    circuit = SSQWDistribution(walk)
    values = np.arange(1.0, 1 + walk.num_sites)
    return OptionPricing(Call(1.5), circuit, values=values)


class TestBound:
    @BOTH
    def test_distributions_and_their_inverses(self, walk, exchange):
        circuit = SSQWDistribution(walk)
        for exported in (circuit, circuit.inverse(), circuit.decompose()):
            assert_same(exchange(exported), exported)

    @BOTH
    def test_a_operators(self, walk, exchange):
        circuit = application(walk).state_preparation
        assert_same(exchange(circuit), circuit)

    @BOTH
    @pytest.mark.parametrize("power", [1, 2])
    def test_grover_operators(self, walk, exchange, power):
        circuit = application(walk).grover_operator.power(power)
        assert_same(exchange(circuit), circuit)

    @BOTH
    @pytest.mark.parametrize("kind", ["multiscale", "tree", "ry"])
    def test_controlled_and_rescaled_operators(self, kind, exchange, rng):
        template = WALKS[kind]
        walk = template.with_parameters(rng.normal(size=template.num_parameters))
        controlled = application(walk).grover_operator.control()
        assert_same(exchange(controlled), controlled)
        rescaled = application(walk).to_estimation_problem().rescale(0.5)
        assert_same(exchange(rescaled.state_preparation), rescaled.state_preparation)

    @BOTH
    def test_models(self, model, paths, exchange):
        for circuit in (model, paths):
            assert_same(exchange(circuit), circuit)
        for circuit, payoff in ((model, Call(1.9)), (paths, Asian(Call(2.0)))):
            prepare = OptionPricing(payoff, circuit).state_preparation
            assert_same(exchange(prepare), prepare)

    def test_the_original_openqasm_2_where_the_gates_are_in_it(self, model, rng):
        for kind in ("multiscale", "tree"):
            template = WALKS[kind]
            walk = template.with_parameters(rng.normal(size=template.num_parameters))
            circuit = SSQWDistribution(walk)
            assert_same(qasm2.loads(qasm2.dumps(circuit)), circuit)
            prepare = application(walk).state_preparation
            assert_same(qasm2.loads(qasm2.dumps(prepare)), prepare)
        assert_same(qasm2.loads(qasm2.dumps(model)), model)

    def test_the_original_openqasm_2_of_compiled_circuits(self, walk):
        compiled = transpile(SSQWDistribution(walk), basis_gates=STRICT, optimization_level=1)
        assert_same(qasm2.loads(qasm2.dumps(compiled)), SSQWDistribution(walk))

    @BOTH
    def test_a_loaded_walk_is_still_one(self, walk, exchange):
        loaded = exchange(SSQWDistribution(walk))
        gate = WalkGate.from_operation(loaded.data[0].operation)
        np.testing.assert_allclose(gate.walk.parameters, walk.parameters, atol=1e-12)

    def test_registers_are_no_gates(self, model, paths, walk):
        circuits = [
            SSQWDistribution(walk),
            application(walk).grover_operator,
            application(walk).to_estimation_problem().rescale(0.5).state_preparation,
            model,
            paths,
        ]
        for circuit in circuits:
            for register in circuit.qregs:
                assert f"qreg {register.name}[" in qasm2.dumps(circuit)
                assert f"] {register.name};" in qasm3.dumps(circuit)


class TestFree:
    @pytest.mark.parametrize("prefix", ["θ", "w", "x"])
    def test_an_ansatz(self, walk, prefix):
        circuit = SSQWDistribution.parametrised(walk, parameter_prefix=prefix)
        loaded = through_qasm3(circuit)
        assert len(loaded.parameters) == walk.num_parameters
        bound = bound_by_name(loaded, circuit, walk.parameters)
        assert_same(bound, SSQWDistribution(walk))

    def test_the_papers_ansatz_with_shared_parameters(self, rng):
        circuit = SSQWDistribution.ansatz(2, 2, repetitions=2)
        values = rng.normal(size=circuit.num_parameters)
        bound = bound_by_name(through_qasm3(circuit), circuit, values)
        assert_same(bound, circuit.assign_parameters(values))

    @pytest.mark.parametrize(
        "use",
        [
            lambda circuit: circuit.inverse(),
            lambda circuit: circuit.decompose(),
            lambda circuit: circuit.compose(circuit),
        ],
        ids=["inverse", "decompose", "twice"],
    )
    def test_what_is_made_of_an_ansatz(self, walk, use):
        circuit = use(SSQWDistribution.parametrised(walk))
        bound = bound_by_name(through_qasm3(circuit), circuit, walk.parameters)
        assert_same(bound, circuit.assign_parameters(walk.parameters))

    @pytest.mark.parametrize("gate", FREE_GATES, ids=lambda gate: gate.name)
    def test_gates_whose_parameters_are_not_those_of_their_definition(self, gate):
        for one in (gate, gate.inverse()):
            circuit = QuantumCircuit(gate.num_qubits)
            circuit.append(one, range(gate.num_qubits))
            values = np.linspace(0.3, 1.4, len(circuit.parameters))
            bound = bound_by_name(through_qasm3(circuit), circuit, values)
            assert_same(bound, circuit.assign_parameters(values))

    def test_a_loaded_ansatz_is_still_one(self, walk):
        circuit = SSQWDistribution.parametrised(walk)
        loaded = through_qasm3(circuit)
        free = WalkGate.from_operation(loaded.data[0].operation)
        assert len(free.definition.parameters) == walk.num_parameters
        bound = bound_by_name(loaded, circuit, walk.parameters).data[0].operation
        np.testing.assert_allclose(WalkGate.from_operation(bound).walk.parameters, walk.parameters)
