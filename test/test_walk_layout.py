"""`WalkLayout` puts lines and trees on edges of the device, and on the best ones."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import rustworkx as rx
from qiskit import QuantumCircuit, generate_preset_pass_manager
from qiskit.circuit.library import CXGate, Measure, RZZGate, SXGate
from qiskit.converters import circuit_to_dag
from qiskit.transpiler import (
    CouplingMap,
    InstructionProperties,
    Layout,
    QubitProperties,
    Target,
)
from qiskit.transpiler.exceptions import TranspilerError

from qiskit_ssqw import MultiscaleWalk, SSQWDistribution
from qiskit_ssqw.transpiler.costs import error_costs
from qiskit_ssqw.transpiler.layout import WalkLayout

HEAVY_HEX = CouplingMap.from_heavy_hex(7)
GRID = CouplingMap.from_grid(6, 5)
ISLANDS = CouplingMap([(0, 1), (1, 2), (3, 4), (4, 5), (5, 6), (6, 7)])
DIRECTED = CouplingMap([(1, 0), (1, 2), (3, 2), (3, 4)])


def graph(*pairs, size=0):
    """A circuit with a CX for each pair."""
    circuit = QuantumCircuit(max(size, 1 + max(map(max, pairs))))
    for pair in pairs:
        circuit.cx(*pair)
    return circuit


def line(size):
    return graph(*((qubit, qubit + 1) for qubit in range(size - 1)))


def multiscale(size):
    flips = [pair for q in range(size - 1, 1, -1) for pair in ((q - 1, q - 2), (q, q - 1))]
    angles = np.linspace(-1, 1, 2 * len(flips)).reshape(-1, 2)
    return SSQWDistribution(MultiscaleWalk(size, flips, angles)).decompose(reps=3)


def run(circuit, target, **options):
    """The places of the circuit's qubits, or ``None``, and the score."""
    walk_layout = WalkLayout(target, **options)
    walk_layout.run(circuit_to_dag(circuit))
    layout = walk_layout.property_set["layout"]
    assert layout is None or layout.get_registers() == set(circuit.qregs)
    score = walk_layout.property_set["walk_layout_score"]
    if layout is None:
        return None, score
    places = layout.get_virtual_bits()
    return [places[qubit] for qubit in circuit.qubits], score


def assert_on_edges(circuit, places, coupling_map):
    edges = {frozenset(edge) for edge in coupling_map.get_edges()}
    assert len(set(places)) == circuit.num_qubits
    for item in circuit.data:
        if len(item.qubits) == 2:
            assert {places[circuit.find_bit(bit).index] for bit in item.qubits} in edges


def make_target(errors, *, gate_errors=(), readout=(), t1=None, t2=None, duration=None):
    """A line of qubits with errors of CX by edge, of SX and of measurements by qubit."""
    size = len(errors) + 1
    pad = [0.0] * size
    times = [QubitProperties(one, two) for one, two in zip(t1 or pad, t2 or pad, strict=True)]
    target = Target(num_qubits=size, qubit_properties=times)
    cx = {(q, q + 1): InstructionProperties(duration, error) for q, error in enumerate(errors)}
    target.add_instruction(CXGate(), cx)
    for gate, given in ((SXGate(), gate_errors), (Measure(), readout)):
        errors_of = enumerate([*given, *pad][:size])
        target.add_instruction(gate, {(q,): InstructionProperties(error=e) for q, e in errors_of})
    return target


TREES = {
    "line": line(11),
    "long line": line(20),
    "T": graph((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 6), (6, 7)),
    "star": graph((0, 1), (0, 2), (0, 3)),
    "walk": multiscale(8),
    "two lines and a qubit": graph((0, 1), (1, 2), (3, 4), (4, 5), (5, 6), size=8),
}


@pytest.mark.parametrize("device", [HEAVY_HEX, GRID], ids=["heavy hex", "grid"])
@pytest.mark.parametrize("circuit", TREES.values(), ids=TREES)
def test_interactions_lie_on_edges(circuit, device):
    places, score = run(circuit, device)
    assert_on_edges(circuit, places, device)
    assert score == 0


@pytest.mark.parametrize(
    ("circuit", "device"),
    [
        (line(60), CouplingMap.from_line(60)),
        (line(20), CouplingMap.from_grid(5, 4)),
        (line(5), DIRECTED),
        (graph(*((q, (q + 1) % 12) for q in range(12))), HEAVY_HEX),  # a cell's ring
        (graph((0, 1), (1, 2), (3, 4), (4, 5)), CouplingMap.from_line(6)),
    ],
    ids=["whole line", "whole grid", "directed", "ring", "two halves"],
)
def test_the_only_places_are_found(circuit, device):
    places, _ = run(circuit, device)
    assert_on_edges(circuit, places, device)


def test_components_do_not_straddle_islands():
    circuit = graph((0, 1), (2, 3), (3, 4), (4, 5), size=7)
    places, _ = run(circuit, ISLANDS)
    assert_on_edges(circuit, places, ISLANDS)
    assert set(places[2:6]) <= {3, 4, 5, 6, 7}
    assert run(line(6), ISLANDS) == (None, None)


def test_what_does_not_embed_gets_no_layout():
    star = graph((0, 1), (0, 2), (0, 3), (0, 4))
    wide = QuantumCircuit(3)
    wide.ccx(0, 1, 2)
    for circuit in (star, graph((0, 1), (1, 2), (2, 0)), wide):
        assert run(circuit, HEAVY_HEX) == (None, None)


def test_a_target_without_limits_gets_no_layout():
    anywhere = Target(num_qubits=5)
    anywhere.add_instruction(CXGate(), None)
    for target in (anywhere, Target(), Target.from_configuration(["cx", "sx"])):
        assert run(line(3), target) == (None, None)


def test_a_given_layout_is_respected():
    circuit = line(2)
    given = Layout({circuit.qubits[0]: 4, circuit.qubits[1]: 0})
    walk_layout = WalkLayout(CouplingMap.from_line(5))
    walk_layout.property_set["layout"] = given
    walk_layout.run(circuit_to_dag(circuit))
    assert walk_layout.property_set["layout"] is given
    assert walk_layout.property_set["walk_layout_score"] is None


def test_a_device_may_be_too_small():
    with pytest.raises(TranspilerError, match="the circuit has 9 qubits, the device 5"):
        run(line(9), CouplingMap.from_line(5))


def test_arguments_are_checked():
    with pytest.raises(TypeError, match="target must be a Target or a CouplingMap, got 5"):
        WalkLayout(5)
    with pytest.raises(ValueError, match="call_limit must be at least 1, got 0"):
        WalkLayout(GRID, call_limit=0)


def test_the_score_is_minus_the_logarithm_of_the_success_probability():
    circuit = QuantumCircuit(3, 1)
    circuit.sx([0, 0])  # to become one gate
    circuit.cx([0, 0, 1], [1, 1, 2])
    circuit.measure(2, 0)
    target = make_target([0.1, 0.2], gate_errors=[0.01, 0.02, 0.03], readout=[0.05, 0.06, 0.07])
    places, score = run(circuit, target)
    assert places == [0, 1, 2]
    assert score == pytest.approx(-np.log(0.99 * 0.9**2 * 0.8 * 0.93))


def test_faulty_edges_and_qubits_are_avoided():
    assert run(line(3), make_target([0.0, 1.0, 0.1, 0.1]))[0] in ([2, 3, 4], [4, 3, 2])
    target = make_target([0.0, 0.0, 0.1, 0.1], gate_errors=[0, 1, 0, 0, 0])
    assert run(line(3), target)[0] in ([2, 3, 4], [4, 3, 2])
    target = make_target([0.0, 0.1], readout=[1, 0, 0])
    measured = line(2)
    measured.measure_all()
    assert set(run(measured, target)[0]) == {1, 2}
    assert set(run(line(2), target)[0]) == {0, 1}
    assert run(line(3), make_target([0.0, 1.0])) == (None, None)


def test_the_best_operation_of_an_edge_counts_and_missing_errors_are_zero():
    target = make_target([0.2, 0.1, None, float("nan")])
    rzz = {(1, 0): InstructionProperties(error=0.01), (1, 2): InstructionProperties(error=1.0)}
    target.add_instruction(RZZGate(0.1), rzz)
    assert run(line(3), target) == ([2, 3, 4], 0)
    _, score = run(line(5), target)
    assert score == pytest.approx(-np.log(0.99 * 0.9))


def test_waiting_costs_relaxation():
    circuit = QuantumCircuit(3)
    circuit.cx([0, *[1] * 9, 0], [1, *[2] * 9, 1])
    target = make_target([0.01] * 2, t1=[1e-5, 1e-3, 1e-3], t2=[2e-3] * 3, duration=1e-6)
    places, score = run(circuit, target)
    assert places == [2, 1, 0]  # qubit 0 waits for nine gates
    assert score == pytest.approx(-11 * np.log(0.99) + 9e-6 / 6e-3 + 9e-6 / 6e-3)
    measured = line(4)
    measured.measure_all()  # qubit 0 is held for two layers, qubit 1 for one
    target = make_target([0.0] * 3, t1=[1e-3] * 4, t2=[1e-5] * 4, duration=1e-6)
    assert run(measured, target)[1] == pytest.approx(3e-6 / 2e-3)


def test_qubits_without_interactions_go_where_measurements_are_best():
    circuit = graph((0, 1), size=4)
    circuit.measure_all()
    circuit.remove_final_measurements()
    circuit.add_bits(QuantumCircuit(0, 1).clbits)
    circuit.measure(3, 0)
    target = make_target([0, 0.1, 0.1, 0.1], readout=[0.1, 0.1, 0.3, 0.05, 0.2])
    places, score = run(circuit, target)
    assert (set(places[:2]), places[3]) == ({0, 1}, 3)
    assert score == pytest.approx(-np.log(0.95))
    assert run(QuantumCircuit(2), target) == ([0, 1], 0)
    circuit.measure(2, 0)
    broken = make_target([0, 0, 0], readout=[1, 1, 1, 0])
    assert run(circuit, broken) == (None, None)


def test_interactions_in_control_flow_count():
    circuit = QuantumCircuit(3, 1)
    circuit.cx(0, 1)
    with circuit.if_test((0, 1)):
        circuit.cx(2, 1)
    places, score = run(circuit, make_target([0.1, 0.2, 0.3]))
    assert places in ([0, 1, 2], [2, 1, 0])
    assert score == pytest.approx(-np.log(0.9 * 0.8))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_stages_after_it_keep_the_layout(level):
    backend = pytest.importorskip("qiskit_ibm_runtime.fake_provider").FakeTorino()
    circuit = multiscale(8)
    chosen = []

    def note(pass_, property_set, **_):
        if isinstance(pass_, WalkLayout):
            chosen.extend(property_set["layout"][qubit] for qubit in circuit.qubits)

    pass_manager = generate_preset_pass_manager(
        level, backend, layout_method="ssqw", seed_transpiler=1
    )
    compiled = pass_manager.run(circuit, callback=note)
    assert compiled.layout.final_index_layout() == chosen
    assert compiled.num_nonlocal_gates() == circuit.num_nonlocal_gates()


def edge_errors(target):
    errors = {}
    for name in target.operation_names:
        for place, properties in target[name].items():
            if place is not None and len(place) == 2:
                edge = frozenset(place)
                errors[edge] = min(errors.get(edge, 1), properties.error)
    return errors


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("FakeKolkataV2", [4]),
        ("FakeSherbrooke", [4, 5, 6]),
        ("FakeBrisbane", range(4, 12)),
        ("FakeTorino", range(4, 12)),
        ("FakeMarrakesh", range(4, 12)),
    ],
)
def test_errors_on_the_line_are_half_of_the_devices(name, sizes):
    backends = pytest.importorskip("qiskit_ibm_runtime.fake_provider")
    target = getattr(backends, name)().target
    errors = edge_errors(target)
    device = np.mean([error for error in errors.values() if error < 1])
    for size in sizes:
        places, _ = run(line(size), target)
        chosen = [errors[frozenset(pair)] for pair in pairwise(places)]
        assert np.mean(chosen) <= device / 2


def all_layouts(circuit, target):
    """Every layout without SWAPs."""
    device, shape = rx.PyGraph(), rx.PyGraph(multigraph=False)
    device.extend_from_edge_list([tuple(sorted(edge)) for edge in edge_errors(target)])
    shape.add_nodes_from(circuit.qubits)
    for item in circuit.data:
        if len(item.qubits) == 2:
            shape.add_edge(*(circuit.find_bit(bit).index for bit in item.qubits), None)
    for found in rx.vf2_mapping(device, shape, subgraph=True, induced=False):
        yield sorted(found, key=found.__getitem__)


@pytest.mark.parametrize("name", ["FakeMontrealV2", "FakeSherbrooke"])
@pytest.mark.parametrize("circuit", [line(6), TREES["T"], multiscale(7)], ids=["line", "T", "walk"])
@pytest.mark.parametrize("measured", [False, True])
def test_the_result_is_the_optimum_and_repeatable(circuit, name, measured):
    target = getattr(pytest.importorskip("qiskit_ibm_runtime.fake_provider"), name)().target
    circuit = circuit.measure_all(inplace=False) if measured else circuit
    places, score = run(circuit, target)
    assert (places, score) == run(circuit, target)
    costs = error_costs(circuit_to_dag(circuit), target)
    scores = [
        sum(of.get(place, np.inf) for of, place in zip(costs.places, layout, strict=True))
        + sum(of.get((layout[a], layout[b]), np.inf) for (a, b), of in costs.edges.items())
        for layout in all_layouts(circuit, target)
    ]
    assert score == pytest.approx(min(scores), rel=1e-9)


def test_costs_may_be_others():
    """As where a flipped bit of the value does more harm the more significant it is."""
    target = make_target([0.0] * 3, readout=[0.3, 0.2, 0.1, 0.0])
    circuit = line(4)
    circuit.measure_all()

    def by_bits(dag, device):
        costs = error_costs(dag, device)
        places = [{p: 2**q * c for p, c in of.items()} for q, of in enumerate(costs.places)]
        return replace(costs, places=places)

    assert run(circuit, target, costs=by_bits)[0] == [0, 1, 2, 3]
    assert run(circuit, target, costs=lambda *_: None) == (None, None)


def test_a_short_search_is_not_much_worse():
    target = pytest.importorskip("qiskit_ibm_runtime.fake_provider").FakeFez().target
    for size in (10, 20):
        circuit = line(size)
        circuit.measure_all()
        _, short = run(circuit, target, call_limit=1000)
        _, score = run(circuit, target)
        assert score <= short <= 1.3 * score


def test_long_circuits_are_compared_although_none_succeeds():
    circuit = line(3)
    for _ in range(12):
        circuit.compose(circuit, inplace=True)
    places, score = run(circuit, make_target([0.02, 0.03, 0.01, 0.015]))
    assert places in ([2, 3, 4], [4, 3, 2])
    assert score == pytest.approx(-(2**12) * np.log(0.99 * 0.985))
