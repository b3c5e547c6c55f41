"""Walks through Qiskit's transpiler: every method is the same operator, and fits the device."""

import io
import subprocess
import sys
import warnings
from functools import cache

import numpy as np
import pytest
from qiskit import QuantumCircuit, qpy, transpile
from qiskit.circuit import AnnotatedOperation, Gate, InverseModifier, PowerModifier
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Operator, Statevector
from qiskit.transpiler import CouplingMap, PassManager, TranspilerError
from qiskit.transpiler.passes import HighLevelSynthesis, HLSConfig
from qiskit.transpiler.passes.synthesis.plugin import HighLevelSynthesisPluginManager
from qiskit.transpiler.preset_passmanagers.plugin import list_stage_plugins

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, SSQWDistribution
from qiskit_ssqw.circuit import SplitStepWalkGate
from qiskit_ssqw.synthesis import (
    line_parents,
    num_unary_ancillas,
    synth_lattice_fourier,
    synth_lattice_tree,
)
from qiskit_ssqw.transpiler import generate_walk_pass_manager
from qiskit_ssqw.transpiler.plugins import (
    DefaultSynthesis,
    FourierSynthesis,
    LineSynthesis,
    MultiplexedSynthesis,
    ShiftsSynthesis,
    TreeSynthesis,
    UnarySynthesis,
)

BASIS = ["cx", "rz", "sx", "x"]
METHODS = {
    "default": "default",
    "fourier": "fourier",
    "line": "line",
    "line-middle": ("line", {"coin": "middle"}),
    "tree": "tree",
    "tree-star": ("tree", {"parents": "star"}),
    "multiplexed": "multiplexed",
    "shifts": "shifts",
}
CHEAP = ["default", "fourier", "line", "line-middle", "tree", "multiplexed"]
PLUGINS = {
    "default": DefaultSynthesis,
    "fourier": FourierSynthesis,
    "line": LineSynthesis,
    "multiplexed": MultiplexedSynthesis,
    "shifts": ShiftsSynthesis,
    "tree": TreeSynthesis,
    "unary": UnarySynthesis,
}
MAPS = {
    "line": CouplingMap.from_line(12),
    "grid": CouplingMap.from_grid(4, 4),
    "heavy-hex": CouplingMap.from_heavy_hex(3),
    "one-way line": CouplingMap.from_line(12, bidirectional=False),
    "one-way grid": CouplingMap.from_grid(4, 4, bidirectional=False),
}


def random_walk(rng, size, *, coins="u", steps=2, ends=True, **options):
    coin = (3,) if coins == "u" else ()
    if ends:
        drawn = {"initial_coin": rng.uniform(-4, 4, coin), "final_coin": rng.uniform(-4, 4, coin)}
        options = {**drawn, **options}
    start = int(rng.integers(2**size))
    angles = rng.uniform(-4, 4, (steps, 2, *coin))
    return SplitStepWalk(size, angles, **{"start": start, **options})


def config(method, size=None):
    """A fresh configuration, as Qiskit writes into the options."""
    if isinstance(method, str):
        method = METHODS.get(method, method)
    if isinstance(method, tuple):
        name, options = method
        if options.get("parents") == "star":
            options = {"parents": [size] * size}
        method = (name, dict(options))
    return HLSConfig(ssqw_walk=[method])


def on_its_own(*gates):
    circuit = QuantumCircuit(gates[0].num_qubits)
    for gate in gates:
        circuit.append(gate, circuit.qubits)
    return circuit


def compiled(circuit, *, level=1, **options):
    options = {"basis_gates": BASIS, "seed_transpiler": 1, **options}
    return transpile(circuit, optimization_level=level, **options)


def strictly(circuit, **options):
    """Compiled for any input."""
    return compiled(circuit, qubits_initially_zero=False, **options)


def matrix(thing):
    return Operator(thing).data


def strict_matrix(gate):
    circuit = synth_lattice_fourier(gate.structure, gate.angles, prepare=gate.prepare)
    return matrix(circuit.inverse() if gate.inverted else circuit)


def in_place(circuit):
    """A compiled circuit on the qubits of the original alone; others must be idle."""
    places = circuit.layout.final_index_layout()
    index = {circuit.qubits[place]: qubit for qubit, place in enumerate(places)}
    alone = QuantumCircuit(len(places), global_phase=circuit.global_phase)
    for step in circuit.data:
        alone.append(step.operation, [index[qubit] for qubit in step.qubits])
    return alone


def pairs(circuit):
    places = [[circuit.find_bit(qubit).index for qubit in step.qubits] for step in circuit.data]
    assert max(map(len, places)) <= 2
    return {tuple(pair) for pair in places if len(pair) == 2}


def assert_on_edges(circuit, coupling):
    """In the direction that the device has, and without a SWAP."""
    assert pairs(circuit) <= set(coupling.get_edges())
    assert "swap" not in circuit.count_ops()


def cx_bound(size, steps):
    return 2 * steps * (2 * size - 1) + size**2 + size - 3


def two_qubit_depth(circuit):
    return circuit.depth(lambda step: len(step.qubits) == 2)


@cache
def named_case():
    angles = np.random.default_rng(8).uniform(-3, 3, (8, 2))
    return SSQWDistribution(SplitStepWalk(8, angles))


class TestEntryPoints:
    def test_all_methods_are_found(self):
        assert {*HighLevelSynthesisPluginManager().method_names("ssqw_walk")} >= {*PLUGINS}

    @pytest.mark.parametrize("name", PLUGINS)
    def test_a_method_is_its_class(self, name):
        found = HighLevelSynthesisPluginManager().method("ssqw_walk", name)
        assert type(found) is PLUGINS[name]
        assert found.method == f"qiskit_ssqw.transpiler.methods:{name}"

    @pytest.mark.parametrize("stage", ["init", "layout"])
    def test_stages_are_found(self, stage):
        assert "ssqw" in list_stage_plugins(stage)

    @pytest.mark.parametrize(
        "code",
        [
            "import qiskit_ssqw.transpiler.plugins",
            "transpile(QuantumCircuit(2), basis_gates=['cx', 'u'], coupling_map=[[0, 1]])",
        ],
    )
    def test_a_transpiler_without_walks_imports_next_to_nothing(self, code):
        script = f"""
import sys
from qiskit import QuantumCircuit, transpile
import qiskit.transpiler, scipy
before = set(sys.modules)
{code}
print(*sorted(set(sys.modules) - before))
"""
        found = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        gained = found.stdout.split()
        assert {name for name in gained if "ssqw" in name} <= {
            "qiskit_ssqw",
            "qiskit_ssqw._lazy",
            "qiskit_ssqw.transpiler",
            "qiskit_ssqw.transpiler.plugins",
            "qiskit_ssqw.transpiler.stages",
        }
        heavy = ("scipy.", "qiskit_finance", "qiskit_algorithms", "matplotlib", "joblib")
        assert "import qiskit_ssqw" not in code or not [n for n in gained if n.startswith(heavy)]


class TestOneOperator:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("coins", ["ry", "u"])
    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_of_all_methods(self, size, coins, method, rng):
        gate = SplitStepWalkGate(random_walk(rng, size, coins=coins))
        for original in (gate, gate.inverse()):
            found = strictly(on_its_own(original), hls_config=config(method, size))
            np.testing.assert_allclose(matrix(found), strict_matrix(original), atol=1e-8)

    @pytest.mark.parametrize("method", CHEAP)
    def test_of_the_cheap_methods_on_six_qubits(self, method, rng):
        gate = SplitStepWalkGate(random_walk(rng, 5, steps=1))
        found = strictly(on_its_own(gate), hls_config=config(method))
        np.testing.assert_allclose(matrix(found), strict_matrix(gate), atol=1e-8)

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("size", [1, 3])
    def test_of_the_steps_alone(self, size, method, rng):
        gate = SplitStepWalkGate(random_walk(rng, size), prepare=False)
        for original in (gate, gate.inverse()):
            for initially_zero in (False, True):
                found = compiled(
                    on_its_own(original),
                    hls_config=config(method, size),
                    qubits_initially_zero=initially_zero,
                    level=0,
                )
                np.testing.assert_allclose(matrix(found), strict_matrix(original), atol=1e-8)

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("role", ["absorbed", "traced"])
    def test_of_every_structure(self, role, method, rng):
        for options in ({"repetitions": 3}, {"ends": False}, {"ends": False, "final_coin": 0.3}):
            gate = SplitStepWalkGate(random_walk(rng, 2, coin=role, **options))
            found = strictly(on_its_own(gate), hls_config=config(method, 2), level=0)
            np.testing.assert_allclose(matrix(found), strict_matrix(gate), atol=1e-8)

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("annotated", [False, True])
    def test_under_a_control(self, annotated, method, rng):
        gate = SplitStepWalkGate(random_walk(rng, 2, steps=1))
        for original in (gate, gate.inverse()):
            circuit = on_its_own(original.control(annotated=annotated))
            found = strictly(circuit, hls_config=config(method, 2))
            unitary = strict_matrix(original)
            expected = np.kron(unitary, np.diag([0, 1])) + np.kron(np.eye(8), np.diag([1, 0]))
            np.testing.assert_allclose(matrix(found), expected, atol=1e-7)

    @pytest.mark.parametrize("method", METHODS)
    def test_from_a_zero_that_qiskit_knows_the_states_are_equal(self, method, rng):
        gate = SplitStepWalkGate(random_walk(rng, 3))
        found = compiled(on_its_own(gate), hls_config=config(method, 3))
        expected = strict_matrix(gate)[:, 0]
        np.testing.assert_allclose(Statevector(found), expected, atol=1e-8)

    @pytest.mark.parametrize("inverted", [False, True])
    @pytest.mark.parametrize("size", [1, 2])
    def test_in_one_hot_form_with_clean_ancillas(self, size, inverted, rng):
        walk = random_walk(rng, size)
        before, gate = QuantumCircuit(size + 1), SplitStepWalkGate(walk, inverted=inverted)
        for qubit in before.qubits:
            before.ry(rng.uniform(1, 2), qubit)
        circuit = QuantumCircuit(size + 1 + num_unary_ancillas(walk))
        circuit.compose(before, range(size + 1), inplace=True)
        circuit.append(gate, range(size + 1))
        found = compiled(circuit, hls_config=config("unary"), level=0)
        assert pairs(found) - pairs(compiled(circuit, level=0))  # the ancillas are used
        block = matrix(found)[: 2 ** (size + 1), : 2 ** (size + 1)]
        np.testing.assert_allclose(block, strict_matrix(gate) @ matrix(before), atol=1e-8)

    @pytest.mark.parametrize(("size", "num_qubits"), [(1, 4), (2, 8), (3, 12)])
    def test_in_one_hot_form_from_zero(self, size, num_qubits, rng):
        walk = random_walk(rng, size, steps=2)
        circuit = QuantumCircuit(num_qubits)
        circuit.append(SplitStepWalkGate(walk), range(size + 1))
        compiled_walk = compiled(circuit, hls_config=config("unary"), level=0)
        assert pairs(compiled_walk) - pairs(compiled(circuit, level=0))
        found = Statevector(compiled_walk).data
        np.testing.assert_allclose(found[: 2 ** (size + 1)], synth_state(walk), atol=1e-8)

    @pytest.mark.parametrize("method", ["default", "line", "tree", "multiplexed"])
    def test_through_the_pass_alone(self, method, rng):
        gate = SplitStepWalkGate(random_walk(rng, 3))
        synthesis = HighLevelSynthesis(
            hls_config=config(method), basis_gates=["cx", "u"], qubits_initially_zero=False
        )
        found = PassManager([synthesis]).run(on_its_own(gate))
        assert "ssqw_walk" not in found.count_ops()
        np.testing.assert_allclose(matrix(found), strict_matrix(gate), atol=1e-8)

    def test_when_the_best_of_all_is_taken(self, rng):
        gate = SplitStepWalkGate(random_walk(rng, 2, steps=6))
        chosen = HLSConfig(
            ssqw_walk=["shifts", "unary", "multiplexed", "fourier", "line"],
            plugin_selection="all",
            plugin_evaluation_fn=lambda circuit: circuit.num_nonlocal_gates(),
        )
        found = strictly(on_its_own(gate), hls_config=chosen)
        np.testing.assert_allclose(matrix(found), strict_matrix(gate), atol=1e-8)
        multiplexed = strictly(on_its_own(gate), hls_config=config("multiplexed"))
        assert found.num_nonlocal_gates() == multiplexed.num_nonlocal_gates()

    def test_of_a_gate_that_only_has_its_name_and_numbers(self, rng):
        gate = SplitStepWalkGate(random_walk(rng, 3))
        for original in (gate, gate.inverse()):
            plain = original.to_mutable()
            plain.__class__ = Gate  # what QPY loads
            found = strictly(on_its_own(plain), hls_config=config("line"))
            np.testing.assert_allclose(matrix(found), strict_matrix(original), atol=1e-8)


def synth_state(walk):
    return Statevector(synth_lattice_fourier(walk)).data


class TestKnownZeros:
    """The shorter circuit from zero is another operator: only where the input is zero."""

    line = CouplingMap.from_line(4)

    @pytest.fixture
    def gate(self, rng):
        return SplitStepWalkGate(random_walk(rng, 3))

    def assert_state(self, circuit, **options):
        """On a line and on it without coupling map, by a method that knows the zeros."""
        expected = Statevector(circuit.decompose(reps=4)).data
        width = circuit.num_qubits
        for coupling in (None, CouplingMap.from_line(width)):
            found = compiled(circuit, coupling_map=coupling, hls_config=config("line"), **options)
            state = Operator.from_circuit(found).data[:, 0] if coupling else Statevector(found)
            np.testing.assert_allclose(state, expected, atol=1e-8)

    def test_save_gates(self, gate):
        options = {"coupling_map": self.line, "level": 3}
        known = compiled(on_its_own(gate), **options).count_ops()["cx"]
        unknown = strictly(on_its_own(gate), **options).count_ops()["cx"]
        assert (known, unknown) == (cx_bound(3, 2), cx_bound(3, 2) + 2)

    @pytest.mark.parametrize("method", ["default", "line", "line-middle", "tree", "tree-star"])
    def test_are_not_assumed_where_the_user_says_so(self, gate, method):
        found = strictly(
            on_its_own(gate), coupling_map=self.line, hls_config=config(method, 3), level=2
        )
        np.testing.assert_allclose(
            Operator.from_circuit(found).data, strict_matrix(gate), atol=1e-8
        )

    @pytest.mark.parametrize("qubit", range(4))
    def test_are_gone_after_a_gate(self, gate, qubit):
        circuit = QuantumCircuit(4)
        circuit.h(qubit)
        circuit.append(gate, range(4))
        self.assert_state(circuit)

    def test_are_gone_after_an_entangled_neighbour(self, gate):
        circuit = QuantumCircuit(5)
        circuit.h(4)
        circuit.cx(4, 1)
        circuit.append(gate, range(4))
        self.assert_state(circuit)

    def test_are_gone_for_a_second_walk(self, gate):
        self.assert_state(on_its_own(gate, gate))

    def test_are_back_after_a_reset(self, gate):
        circuit = QuantumCircuit(4)
        circuit.h(range(4))
        circuit.reset(range(4))
        circuit.append(gate, range(4))
        found = compiled(circuit, coupling_map=self.line, level=3)
        assert found.count_ops()["cx"] == cx_bound(3, 2)

    @pytest.mark.parametrize("method", ["line", "tree", "default"])
    def test_are_no_matter_for_an_inverse_walk(self, gate, method):
        found = compiled(
            on_its_own(gate.inverse()), coupling_map=self.line, hls_config=config(method)
        )
        expected = strict_matrix(gate).conj().T
        np.testing.assert_allclose(Operator.from_circuit(found).data, expected, atol=1e-8)

    @pytest.mark.parametrize(
        "modifiers",
        [
            [InverseModifier()],
            [PowerModifier(2)],
            [PowerModifier(-1)],
            [InverseModifier(), InverseModifier()],
            [InverseModifier(), PowerModifier(2)],
        ],
        ids=str,
    )
    def test_are_no_matter_under_modifiers(self, gate, modifiers):
        self.assert_state(on_its_own(AnnotatedOperation(gate, modifiers)))

    def test_are_no_matter_under_a_control(self, gate):
        for state in (0, 1):
            circuit = QuantumCircuit(5)
            circuit.h(0)
            circuit.append(gate.control(ctrl_state=state, annotated=True), range(5))
            circuit.append(gate.inverse().control(ctrl_state=state, annotated=True), range(5))
            self.assert_state(circuit)

    def test_are_gone_between_the_walks_within_another_gate(self, gate):
        both = on_its_own(gate, gate).to_gate(label="both")
        self.assert_state(on_its_own(both))
        self.assert_state(on_its_own(both, both.inverse()))
        self.assert_state(on_its_own(gate.power(2), gate.power(-1)))

    def test_are_gone_in_the_second_pass_of_a_loop(self, gate):
        circuit = QuantumCircuit(4)
        with circuit.for_loop(range(2)):
            circuit.append(gate, range(4))
        expected = strict_matrix(gate) @ strict_matrix(gate)[:, 0]
        found = compiled(circuit, hls_config=config("line"), level=0)
        body = found.data[0].operation.blocks[0]
        np.testing.assert_allclose(Statevector(body.compose(body)).data, expected, atol=1e-8)

    def test_in_a_compiled_iterate_a_walk_and_its_inverse_cancel(self, gate):
        for method in ("line", "tree", "default"):
            circuit = on_its_own(gate, gate.inverse())
            found = compiled(circuit, coupling_map=self.line, hls_config=config(method), level=0)
            state = Operator.from_circuit(found).data[:, 0]
            np.testing.assert_allclose(state, np.eye(16)[0], atol=1e-8)


class TestPricing:
    @staticmethod
    @cache
    def problem(role):
        from qiskit_ssqw.finance import Call, OptionPricing

        angles = np.random.default_rng(3).uniform(0.3, 2.0, (2, 2))
        walk = SplitStepWalk(2, angles, start=1, initial_coin=0.7, final_coin=0.4, coin=role)
        loader = SSQWDistribution(walk)
        values = np.linspace(1.2, 2.8, len(loader.probabilities))
        return OptionPricing(Call(1.6), loader, values=values).to_estimation_problem()

    def iterate(self, role, power):
        problem = self.problem(role)
        circuit = problem.state_preparation.copy()
        circuit.compose(problem.grover_operator.power(power), inplace=True)
        return circuit

    def good(self, circuit, role):
        (objective,) = self.problem(role).objective_qubits
        return Statevector(circuit).probabilities([objective])[1]

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("role", ["traced", "absorbed"])
    def test_the_good_state_is_as_likely_by_every_method(self, role, method):
        for power in (0, 2):
            circuit = self.iterate(role, power)
            expected = self.good(circuit.decompose(reps=4), role)
            found = self.good(compiled(circuit, hls_config=config(method, 2)), role)
            assert found == pytest.approx(expected, abs=1e-8)

    def test_the_good_state_grows_as_amplitude_estimation_expects(self):
        probability = self.good(self.iterate("traced", 0), "traced")
        angle = np.arcsin(np.sqrt(probability))
        for power in (1, 2, 3):
            found = self.good(compiled(self.iterate("traced", power)), "traced")
            assert found == pytest.approx(np.sin((2 * power + 1) * angle) ** 2, abs=1e-8)

    @pytest.mark.parametrize("method", ["default", "line-middle", "tree", "fourier"])
    @pytest.mark.parametrize("name", ["line", "grid", "ring"])
    def test_the_good_state_is_as_likely_on_a_map(self, name, method):
        circuit = self.iterate("traced", 1)
        width = circuit.num_qubits
        coupling = {
            "line": CouplingMap.from_line(width),
            "grid": CouplingMap.from_grid(2, (width + 1) // 2),
            "ring": CouplingMap.from_ring(width),
        }[name]
        found = compiled(circuit, coupling_map=coupling, hls_config=config(method))
        places = found.layout.final_index_layout()
        assert pairs(found) <= set(coupling.get_edges())
        (objective,) = self.problem("traced").objective_qubits
        likely = Statevector(found).probabilities([places[objective]])[1]
        assert likely == pytest.approx(self.good(circuit, "traced"), abs=1e-8)


class TestOnDevices:
    @pytest.mark.parametrize("name", MAPS)
    @pytest.mark.parametrize("size", [1, 3, 4, 6])
    def test_gates_lie_on_edges_and_are_as_few_as_promised(self, name, size, rng):
        for coins, steps in (("ry", 1), ("u", size)):
            walk = random_walk(rng, size, coins=coins, steps=steps, start=0)
            found = compiled(SSQWDistribution(walk), coupling_map=MAPS[name], level=3)
            assert_on_edges(found, MAPS[name])
            assert found.num_nonlocal_gates() <= max(cx_bound(size, steps), 2 * steps)
            alone = in_place(found)
            np.testing.assert_allclose(Statevector(alone), synth_state(walk), atol=1e-7)

    @pytest.mark.parametrize("method", ["default", "line", "line-middle", "tree"])
    @pytest.mark.parametrize("name", ["line", "grid", "heavy-hex"])
    def test_gates_lie_on_edges_by_every_method(self, name, method, rng):
        loader = SSQWDistribution(random_walk(rng, 5))
        found = compiled(loader, coupling_map=MAPS[name], hls_config=config(method), level=2)
        assert_on_edges(found, MAPS[name])
        np.testing.assert_allclose(
            Statevector(in_place(found)), synth_state(loader.walk), atol=1e-7
        )

    @pytest.mark.parametrize("level", [0, 1, 2, 3])
    def test_every_level_keeps_to_a_line_as_long_as_the_walk(self, level, rng):
        loader = SSQWDistribution(random_walk(rng, 5, start=0))
        line = CouplingMap.from_line(6)
        found = compiled(loader, coupling_map=line, level=level)
        assert_on_edges(found, line)
        assert found.num_nonlocal_gates() <= cx_bound(5, 2)

    @pytest.mark.parametrize("width", [9, 20])
    def test_the_named_case_on_a_line(self, width):
        line = CouplingMap.from_line(width)
        found = compiled(named_case(), coupling_map=line, level=3)
        assert_on_edges(found, line)
        assert found.num_nonlocal_gates() <= 309

    def test_the_named_case_with_a_coin_in_the_middle_takes_less_depth(self):
        end, middle = (
            compiled(
                named_case(),
                coupling_map=CouplingMap.from_line(9),
                hls_config=config(method),
                level=3,
            )
            for method in ("line", "line-middle")
        )
        assert two_qubit_depth(middle) <= 0.75 * two_qubit_depth(end)
        assert_on_edges(middle, CouplingMap.from_line(9))

    @pytest.mark.parametrize("level", [0, 3])  # from 2 on Qiskit finds some RZZ by itself
    @pytest.mark.parametrize(
        ("coupling", "most"),
        [(CouplingMap.from_full(9), 156), (CouplingMap.from_line(9), 288)],
        ids=["all-to-all", "line"],
    )
    def test_the_named_case_on_a_device_with_rzz(self, coupling, most, level):
        backend = GenericBackendV2(
            9, basis_gates=["cz", "rzz", "rz", "sx", "x"], coupling_map=coupling, seed=1
        )
        found = transpile(named_case(), backend, optimization_level=level, seed_transpiler=1)
        assert_on_edges(found, coupling)
        assert found.num_nonlocal_gates() <= most
        assert set(found.count_ops()) <= {"cz", "rzz", "rz", "sx", "x"}

    def test_on_a_device_with_rzz_the_state_is_the_walk(self, rng):
        loader = SSQWDistribution(random_walk(rng, 4))
        for method in ("default", "line-middle", "tree"):
            backend = GenericBackendV2(
                5,
                basis_gates=["cz", "rzz", "rz", "sx", "x"],
                coupling_map=CouplingMap.from_line(5),
                seed=1,
            )
            if method == "tree":
                method = ("tree", {"parents": line_parents(4, "middle")})
            found = transpile(loader, backend, hls_config=config(method), seed_transpiler=1)
            assert "rzz" in found.count_ops()
            np.testing.assert_allclose(
                Statevector(in_place(found)), synth_state(loader.walk), atol=1e-7
            )

    def test_what_qpy_loads_fits_a_line_too(self, rng):
        ansatz = SSQWDistribution.ansatz(4, 2)
        bound = ansatz.assign_parameters(rng.normal(size=ansatz.num_parameters))
        for circuit in (ansatz, bound):
            buffer = io.BytesIO()
            qpy.dump(circuit, buffer)
            buffer.seek(0)
            (loaded,) = qpy.load(buffer)
            options = {"coupling_map": CouplingMap.from_line(5), "level": 2}
            assert compiled(loaded, **options) == compiled(circuit, **options)

    def test_two_walks_side_by_side(self, rng):
        circuit = QuantumCircuit(8)
        for first in (0, 4):
            gate = SplitStepWalkGate(random_walk(rng, 3, start=0))
            circuit.append(gate, range(first, first + 4))
        found = compiled(circuit, coupling_map=MAPS["grid"], level=3)
        assert_on_edges(found, MAPS["grid"])
        assert found.num_nonlocal_gates() <= 2 * cx_bound(3, 2)

    @pytest.mark.parametrize("layout", [[0, 1, 2, 3], [2, 0, 3, 1], [3, 1, 0, 2]])
    def test_a_layout_of_the_users_is_routed_by_qiskit(self, layout, rng):
        gate = SplitStepWalkGate(random_walk(rng, 3))
        found = strictly(
            on_its_own(gate), coupling_map=CouplingMap.from_line(4), initial_layout=layout
        )
        assert found.layout.initial_index_layout() == layout
        assert pairs(found) <= set(CouplingMap.from_line(4).get_edges())
        np.testing.assert_allclose(Operator.from_circuit(found), strict_matrix(gate), atol=1e-8)

    def test_one_way_devices_turn_gates_only(self):
        both, one = (
            compiled(
                named_case(), coupling_map=CouplingMap.from_line(9, bidirectional=way), level=3
            )
            for way in (True, False)
        )
        assert one.num_nonlocal_gates() <= both.num_nonlocal_gates() == 309
        assert_on_edges(one, CouplingMap.from_line(9, bidirectional=False))

    def test_a_star_has_a_tree_but_no_path(self, rng):
        star = CouplingMap([(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)])
        star.make_symmetric()
        loader = SSQWDistribution(random_walk(rng, 5, start=0))
        found = compiled(loader, coupling_map=star, level=3)
        assert_on_edges(found, star)
        tree = synth_lattice_tree(loader.walk, parents=[5] * 5, from_zero=True)
        assert found.num_nonlocal_gates() <= tree.num_nonlocal_gates()
        np.testing.assert_allclose(
            Statevector(in_place(found)), synth_state(loader.walk), atol=1e-7
        )

    @pytest.mark.parametrize("reverse", [False, True])
    def test_one_part_of_a_device_holds_the_walk(self, reverse, rng):
        long, short = [(q, q + 1) for q in range(5)], [(6, 7), (7, 8)]
        if reverse:
            long, short = [(8 - a, 8 - b) for a, b in long], [(8 - a, 8 - b) for a, b in short]
        parts = CouplingMap([*long, *short])
        parts.make_symmetric()
        loader = SSQWDistribution(random_walk(rng, 5, start=0))
        found = compiled(loader, coupling_map=parts, level=3)
        assert_on_edges(found, parts)
        assert found.num_nonlocal_gates() <= cx_bound(5, 2)

    def test_a_device_in_pieces_too_small_for_the_walk_is_an_error_of_qiskit(self, rng):
        parts = CouplingMap([(0, 1), (1, 2), (3, 4), (4, 5)])
        parts.make_symmetric()
        with pytest.raises(TranspilerError, match=r"connected|component|coupling"):
            compiled(SSQWDistribution(random_walk(rng, 4)), coupling_map=parts)

    def test_a_device_with_too_few_qubits_is_an_error_of_qiskit(self, rng):
        loader = SSQWDistribution(random_walk(rng, 4))
        with pytest.raises(TranspilerError, match=r"(?s)\(5\).*\(4\)"):
            compiled(loader, coupling_map=CouplingMap.from_line(4))

    @pytest.mark.parametrize("role", ["absorbed", "traced"])
    def test_binding_after_a_line_is_binding_before(self, role, rng):
        ansatz = SSQWDistribution.ansatz(4, 2, coin=role, start=3)
        values = rng.uniform(-3, 3, ansatz.num_parameters)
        bound = ansatz.assign_parameters(values)
        options = {"coupling_map": CouplingMap.from_line(5), "level": 3}
        late = compiled(ansatz, **options).assign_parameters(values)
        early = compiled(bound, **options)
        assert_on_edges(late, CouplingMap.from_line(5))
        assert late.num_nonlocal_gates() == early.num_nonlocal_gates() == cx_bound(4, 2)
        for found in (late, early):
            np.testing.assert_allclose(Statevector(in_place(found)), Statevector(bound), atol=1e-7)

    @pytest.mark.parametrize("size", [4, 6, 8])
    def test_a_multiscale_walk_costs_the_same_everywhere(self, size, rng):
        template = MultiscaleWalk.from_windows(size, [(1, 2), (0, 1), (1, 2)])
        walk = template.with_parameters(rng.uniform(-3, 3, template.num_parameters))
        for name, coupling in {"none": None, **MAPS}.items():
            found = compiled(SSQWDistribution(walk), coupling_map=coupling, level=3)
            assert found.num_nonlocal_gates() == len(walk.flips), name
            if coupling is not None:
                assert_on_edges(found, coupling)


class TestChosenQubits:
    """After the layout the plugin is told the qubits of the device."""

    @staticmethod
    def synthesised(circuit, coupling, **options):
        options = {"basis_gates": ["cx", "cz", "u", "rz", "h", "s", "sdg", "p", "ry"], **options}
        synthesis = HighLevelSynthesis(coupling_map=coupling, use_qubit_indices=True, **options)
        return PassManager([synthesis]).run(circuit)

    @staticmethod
    def restricted(circuit, places):
        alone = QuantumCircuit(len(places), global_phase=circuit.global_phase)
        index = dict(zip((circuit.qubits[place] for place in places), alone.qubits, strict=True))
        for step in circuit.data:
            alone.append(step.operation, [index[qubit] for qubit in step.qubits])
        return matrix(alone)

    @pytest.mark.parametrize("method", ["default", "tree"])
    @pytest.mark.parametrize(
        "places",
        [[0, 1, 2, 3], [3, 2, 1, 0], [5, 1, 6, 9], [0, 5, 6, 1], [15, 10, 14, 11]],
        ids=str,
    )
    def test_of_a_grid_joined_in_any_way(self, places, method, rng):
        grid = CouplingMap.from_grid(4, 4)
        gate = SplitStepWalkGate(random_walk(rng, 3))
        for original in (gate, gate.inverse()):
            circuit = QuantumCircuit(16)
            circuit.append(original, places)
            found = self.synthesised(
                circuit, grid, hls_config=config(method), qubits_initially_zero=False
            )
            assert_on_edges(found, grid)
            np.testing.assert_allclose(
                self.restricted(found, places), strict_matrix(original), atol=1e-8
            )

    def test_that_fall_apart_give_the_fourier_form(self, rng):
        gate = SplitStepWalkGate(random_walk(rng, 3))
        circuit = QuantumCircuit(16)
        circuit.append(gate, [0, 2, 8, 10])
        found = self.synthesised(circuit, CouplingMap.from_grid(4, 4), qubits_initially_zero=False)
        np.testing.assert_allclose(
            self.restricted(found, [0, 2, 8, 10]), strict_matrix(gate), atol=1e-8
        )

    def test_of_a_one_way_device(self, rng):
        gate = SplitStepWalkGate(random_walk(rng, 3))
        line = CouplingMap.from_line(4, bidirectional=False)
        found = self.synthesised(on_its_own(gate), line, qubits_initially_zero=False)
        edges = set(line.get_edges())
        assert all(pair in edges or pair[::-1] in edges for pair in pairs(found))
        np.testing.assert_allclose(matrix(found), strict_matrix(gate), atol=1e-8)


class TestWhereAMethodDoesNotApply:
    def test_multiplexed_with_free_parameters(self):
        gate = SSQWDistribution.ansatz(2, 1).data[0].operation
        assert MultiplexedSynthesis().run(gate) is None

    def test_multiplexed_with_free_parameters_becomes_the_definition(self, rng):
        ansatz = SSQWDistribution.ansatz(2, 1)
        values = rng.normal(size=ansatz.num_parameters)
        found = strictly(ansatz, hls_config=config("multiplexed")).assign_parameters(values)
        expected = strict_matrix(ansatz.assign_parameters(values).data[0].operation)
        np.testing.assert_allclose(matrix(found), expected, atol=1e-8)

    def test_the_default_with_free_parameters_is_not_multiplexed(self, rng):
        ansatz = SSQWDistribution.ansatz(2, 9)
        values = rng.normal(size=ansatz.num_parameters)
        found = strictly(ansatz).assign_parameters(values)
        expected = strict_matrix(ansatz.assign_parameters(values).data[0].operation)
        np.testing.assert_allclose(matrix(found), expected, atol=1e-8)

    @pytest.mark.parametrize("num_ancillas", [0, 1, 4])
    def test_one_hot_form_without_its_ancillas(self, num_ancillas, rng):
        gate = SplitStepWalkGate(random_walk(rng, 2))
        assert num_unary_ancillas(gate.walk) == 5
        assert UnarySynthesis().run(gate, num_clean_ancillas=num_ancillas) is None
        assert UnarySynthesis().run(gate, num_clean_ancillas=5).num_qubits == 8

    def test_one_hot_form_without_its_ancillas_becomes_the_definition(self, rng):
        gate = SplitStepWalkGate(random_walk(rng, 2))
        circuit = on_its_own(gate)
        found = compiled(circuit, hls_config=config("unary"))
        assert found == compiled(circuit, hls_config=HLSConfig(ssqw_walk=[]))
        np.testing.assert_allclose(matrix(found), strict_matrix(gate), atol=1e-8)

    def test_one_hot_form_next_to_qubits_that_are_in_use(self, rng):
        gate = SplitStepWalkGate(random_walk(rng, 2))
        circuit = QuantumCircuit(8)
        circuit.h(range(3, 8))
        circuit.cz(range(3, 8), [2] * 5)
        circuit.append(gate, range(3))
        found, definition = (
            compiled(circuit, hls_config=HLSConfig(ssqw_walk=methods), level=0)
            for methods in (["unary"], [])
        )
        assert found == definition

    @pytest.mark.parametrize("name", PLUGINS)
    def test_other_gates(self, name):
        loader = SSQWDistribution(MultiscaleWalk(2, [(0, 1)], [[0.1, 0.2]]))
        foreign = [loader.data[0].operation, QuantumCircuit(1, name="ssqw_walk_2").to_gate()]
        for operation in foreign:
            assert PLUGINS[name]().run(operation) is None

    def test_a_chain_of_methods_goes_on(self, rng):
        gate = SplitStepWalkGate(random_walk(rng, 2))
        found = compiled(on_its_own(gate), hls_config=HLSConfig(ssqw_walk=["unary", "shifts"]))
        assert found == compiled(on_its_own(gate), hls_config=config("shifts"))


class TestOptions:
    def test_a_coin_in_no_known_place(self, rng):
        circuit = on_its_own(SplitStepWalkGate(random_walk(rng, 2)))
        with pytest.raises(ValueError, match="coin must be one of 'end', 'middle', got 'left'"):
            compiled(circuit, hls_config=config(("line", {"coin": "left"})))

    @pytest.mark.parametrize("parents", [(1, 0, 3), (3, 3), (3, 3, 3, 3)])
    def test_parents_that_are_no_tree(self, parents, rng):
        circuit = on_its_own(SplitStepWalkGate(random_walk(rng, 3)))
        with pytest.raises(ValueError, match="parents must make a tree with root 3"):
            compiled(circuit, hls_config=config(("tree", {"parents": parents})))

    def test_an_unknown_method(self, rng):
        circuit = on_its_own(SplitStepWalkGate(random_walk(rng, 2)))
        with pytest.raises(TranspilerError, match="brickwork not found in available plugins"):
            compiled(circuit, hls_config=config("brickwork"))

    def test_a_plugin_may_be_an_object(self, rng):
        circuit = on_its_own(SplitStepWalkGate(random_walk(rng, 3)))
        named, given = (
            compiled(circuit, hls_config=HLSConfig(ssqw_walk=[(method, {"coin": "middle"})]))
            for method in ("line", LineSynthesis())
        )
        assert named == given

    def test_the_coin_goes_where_it_is_told(self, rng):
        walk = random_walk(rng, 4)
        for coin in ("end", "middle"):
            found = LineSynthesis().run(SplitStepWalkGate(walk), coin=coin)
            assert found == synth_lattice_tree(walk, parents=line_parents(4, coin))

    @pytest.mark.parametrize(("steps", "better"), [(1, "fourier"), (12, "multiplexed")])
    def test_the_default_without_a_map_is_the_cheapest(self, steps, better, rng):
        circuit = on_its_own(SplitStepWalkGate(random_walk(rng, 3, steps=steps)))
        default = strictly(circuit, level=3).num_nonlocal_gates()
        costs = {
            method: strictly(circuit, hls_config=config(method), level=3).num_nonlocal_gates()
            for method in ("fourier", "multiplexed")
        }
        assert min(costs, key=costs.get) == better
        assert default == costs[better]


class TestStages:
    @pytest.mark.parametrize("name", MAPS)
    @pytest.mark.parametrize("size", [3, 5])
    def test_together_keep_to_the_bound(self, name, size, rng):
        loader = SSQWDistribution(random_walk(rng, size, start=0))
        found = compiled(
            loader,
            coupling_map=MAPS[name],
            level=3,
            init_method="ssqw",
            layout_method="ssqw",
        )
        assert_on_edges(found, MAPS[name])
        assert found.num_nonlocal_gates() <= cx_bound(size, 2)
        np.testing.assert_allclose(
            Statevector(in_place(found)), synth_state(loader.walk), atol=1e-7
        )

    @pytest.mark.parametrize("level", [0, 1, 2, 3])
    def test_of_the_pass_manager(self, level, rng):
        coupling = MAPS["heavy-hex"]
        backend = GenericBackendV2(coupling.size(), coupling_map=coupling, seed=1)
        loader = SSQWDistribution(random_walk(rng, 5, start=0))
        manager = generate_walk_pass_manager(backend, level, seed_transpiler=1)
        found = manager.run(loader)
        assert_on_edges(found, coupling)
        assert found.num_nonlocal_gates() <= cx_bound(5, 2)
        np.testing.assert_allclose(
            Statevector(in_place(found)), synth_state(loader.walk), atol=1e-7
        )

    def test_of_the_pass_manager_run_in_several_processes(self, rng, monkeypatch):
        monkeypatch.setenv("QISKIT_PARALLEL", "TRUE")
        monkeypatch.delenv("QISKIT_IN_PARALLEL", raising=False)
        backend = GenericBackendV2(9, coupling_map=CouplingMap.from_grid(3, 3), seed=1)
        loaders = [SSQWDistribution(random_walk(rng, 3, start=0)) for _ in range(3)]
        manager = generate_walk_pass_manager(backend, 1, seed_transpiler=1)
        assert manager.run(loaders, num_processes=2) == [manager.run(item) for item in loaders]

    def test_of_the_pass_manager_leave_measurements(self, rng):
        backend = GenericBackendV2(9, coupling_map=CouplingMap.from_grid(3, 3), seed=1)
        loader = SSQWDistribution(random_walk(rng, 4, start=0)).measure_all(inplace=False)
        found = generate_walk_pass_manager(backend, 3, seed_transpiler=1).run(loader)
        assert found.count_ops()["measure"] == 5
        assert found.num_nonlocal_gates() <= cx_bound(4, 2)

    def test_of_the_pass_manager_name_both_sizes_of_a_device_that_is_too_small(self, rng):
        backend = GenericBackendV2(4, coupling_map=CouplingMap.from_line(4), seed=1)
        manager = generate_walk_pass_manager(backend)
        with pytest.raises(TranspilerError, match=r"5 qubits.* 4"):
            manager.run(SSQWDistribution(random_walk(rng, 4)))

    @pytest.mark.parametrize("device", [None, 5, CouplingMap.from_line(5)])
    def test_of_the_pass_manager_need_a_device(self, device):
        with pytest.raises(TypeError, match="device must be a backend or a target, got"):
            generate_walk_pass_manager(device)

    def test_leave_circuits_without_walks_right(self):
        circuit = QuantumCircuit(3)
        circuit.h(0)
        circuit.cx(0, 1)
        circuit.cx(0, 2)
        found = compiled(
            circuit,
            coupling_map=CouplingMap.from_line(3),
            init_method="ssqw",
            layout_method="ssqw",
        )
        np.testing.assert_allclose(
            Operator.from_circuit(found).data[:, 0], Statevector(circuit), atol=1e-8
        )

    def test_respect_an_initial_layout(self, rng):
        loader = SSQWDistribution(random_walk(rng, 3))
        found = compiled(
            loader,
            coupling_map=CouplingMap.from_line(6),
            layout_method="ssqw",
            initial_layout=[4, 3, 2, 1],
        )
        assert found.layout.initial_index_layout(filter_ancillas=True) == [4, 3, 2, 1]


def test_nothing_that_qiskit_deprecated_is_used(rng):
    loader = SSQWDistribution(random_walk(rng, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        for method in METHODS:
            compiled(loader, hls_config=config(method, 3))
        for coupling in MAPS.values():
            compiled(loader, coupling_map=coupling)
