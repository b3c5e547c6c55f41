"""Pricing circuits on devices: never more CX than by Qiskit's routing alone, few errors, right."""

from functools import cache
from statistics import median

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import CXGate, Measure, RZGate, SXGate, XGate
from qiskit.quantum_info import Operator, Statevector
from qiskit.transpiler import CouplingMap, InstructionProperties, Target
from qiskit.transpiler.passes import HLSConfig
from theirs import release

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.circuit import WalshRYGate, ZeroReflectionGate
from qiskit_ssqw.finance import Call, OptionPricing
from qiskit_ssqw.transpiler.rotations import rotate
from qiskit_ssqw.transpiler.routing import patch_of, reflection_on, tree_pays
from qiskit_ssqw.transpiler.shapes import limiting_graph

BASIS = ["cx", "rz", "sx", "x"]
PLAIN = HLSConfig(ssqw_walk=["fourier"], walsh_ry=[], zero_reflection=[])
MARKETS = {"low": (1.896, 2.0, 0.4, 0.11), "high": (110.0, 100.0, 0.2, 1.0)}


def diagonal_grid(rows, columns):
    """A square grid whose rows are its diagonals, as Google's Sycamore."""
    pairs = [
        (row * columns + column, (row + 1) * columns + other)
        for row in range(rows - 1)
        for column in range(columns)
        for other in (column, column + (1 if row % 2 else -1))
        if 0 <= other < columns
    ]
    return CouplingMap([edge for pair in pairs for edge in (pair, pair[::-1])])


MAPS = {
    "line": CouplingMap.from_line(12),
    "grid": CouplingMap.from_grid(6, 6),
    "diagonal grid": diagonal_grid(6, 6),
    "heavy-hex": CouplingMap.from_heavy_hex(5),
}


@cache
def circuits(size, market="low", tolerance=0.0):
    strike, spot, volatility, maturity = MARKETS[market]
    model = QuantumWalkUncertaintyModel.from_black_scholes(
        size, spot, volatility, 0.05, maturity, seed=1
    )
    application = OptionPricing(Call(strike), model, encoding="exact", payoff_tolerance=tolerance)
    (problem,) = application.to_estimation_problems()
    return {"A": problem.state_preparation, "Grover": problem.grover_operator}


def counts(circuit, coupling, **options):
    return [
        transpile(
            circuit,
            basis_gates=BASIS,
            coupling_map=coupling,
            optimization_level=3,
            seed_transpiler=seed,
            **options,
        ).num_nonlocal_gates()
        for seed in range(3)
    ]


@pytest.mark.parametrize(
    ("name", "size", "market", "tolerance"),
    [
        ("line", 4, "high", 0.0),
        ("grid", 3, "low", 0.0),
        pytest.param("grid", 4, "high", 0.0, marks=pytest.mark.deep),
        pytest.param("grid", 5, "low", 0.0, marks=pytest.mark.deep),
        ("diagonal grid", 4, "high", 3e-4),
        ("heavy-hex", 3, "high", 0.0),
        ("heavy-hex", 4, "low", 3e-4),
    ],
)
def test_never_more_cx_than_qiskit_alone(name, size, market, tolerance):
    for circuit in circuits(size, market, tolerance).values():
        ours = counts(circuit, MAPS[name])
        assert median(ours) <= median(counts(circuit, MAPS[name], hls_config=PLAIN))


FEWEST_OF_SIX = 300 if release("qiskit") >= (2, 5) else 320


@pytest.mark.parametrize(
    ("size", "most"), [(4, 96), pytest.param(6, FEWEST_OF_SIX, marks=pytest.mark.deep)]
)
def test_a_grover_operator_needs_no_swap_on_a_heavy_hex_map(size, most):
    found = counts(circuits(size)["Grover"], MAPS["heavy-hex"])
    assert max(found) == min(found) <= most


@pytest.mark.parametrize(("size", "place"), [(3, 1), (5, 0), (7, -1)])
def test_a_reflection_that_is_routed_ends_where_it_began(size, place):
    fork = [*((q, q + 1) for q in range(size - 2)), ((size - 1) // 2, size - 1)]
    edges = (*fork, (place % size, size))
    circuit = reflection_on(edges, size)
    pairs = {tuple(sorted(circuit.find_bit(q).index for q in s.qubits)) for s in circuit.data}
    assert {pair for pair in pairs if len(pair) == 2} <= {tuple(sorted(edge)) for edge in edges}
    clean = 2**size  # columns in which the ancilla is 0
    expected = Operator(ZeroReflectionGate(size, ancilla=True)).data[:, :clean]
    np.testing.assert_allclose(Operator(circuit).data[:, :clean], expected, atol=1e-9)


def test_the_choice_depends_on_the_masks_and_the_map_alone():
    patch = patch_of(limiting_graph(MAPS["grid"]), 5)
    assert len({qubit for edge in patch for qubit in edge}) == 10
    tree = ((0, 1), (1, 2), (1, 3))
    chosen = [tree_pays(tuple(range(8)), tree, patch, both) for both in (False, True)]
    tree_pays.cache_clear()
    assert chosen == [tree_pays(tuple(range(8)), tree, patch, both) for both in (False, True)]
    assert tree_pays((0, 1), tree, ((0, 1),), True)  # nothing to compare with


@pytest.mark.parametrize(("name", "size", "tree"), [("grid", 6, False), ("heavy-hex", 6, True)])
def test_a_tree_is_not_forced_where_there_are_more_edges(name, size, tree):
    gate = WalshRYGate({mask: 0.1 + mask for mask in range(2**size)}, size)
    graph = limiting_graph(MAPS[name])
    assert (rotate(gate, graph, None) is not None) == tree


def target_of(coupling, errors):
    """A device with errors of CX by edge, 0.01 elsewhere."""
    target = Target(num_qubits=coupling.size())
    properties = {
        edge: InstructionProperties(error=errors.get(frozenset(edge), 0.01))
        for edge in coupling.get_edges()
    }
    target.add_instruction(CXGate(), properties)
    for gate in (SXGate(), XGate(), RZGate(0.1), Measure()):
        target.add_instruction(gate, {(q,): None for q in range(coupling.size())})
    return target


@pytest.mark.parametrize("level", [0, 3])
def test_what_is_routed_goes_where_there_are_no_errors(level):
    grid = CouplingMap.from_grid(6, 6)
    corner = {frozenset(edge) for edge in CouplingMap.from_grid(3, 3).get_edges()}
    good = {frozenset((q // 3 * 6 + q % 3, p // 3 * 6 + p % 3)) for q, p in map(tuple, corner)}
    edges = {frozenset(edge) for edge in grid.get_edges()}
    target = target_of(grid, {edge: 1e-4 if edge in good else 1.0 for edge in edges})
    circuit = circuits(4)["Grover"]
    options = {"optimization_level": level, "seed_transpiler": 1}
    found = transpile(circuit, target=target, layout_method="ssqw", **options)
    used = {
        frozenset(found.find_bit(qubit).index for qubit in step.qubits)
        for step in found.data
        if len(step.qubits) == 2
    }
    assert used <= good
    plain = transpile(circuit, target=target, **options)
    assert found.num_nonlocal_gates() <= plain.num_nonlocal_gates()
    small, places = reduced(found)
    likely = Statevector(small).probabilities(places)
    np.testing.assert_allclose(likely, Statevector(circuit).probabilities(), atol=1e-7)


def reduced(circuit):
    """The circuit on the qubits that it uses, and where it leaves those of the original."""
    ends = circuit.layout.final_index_layout()
    used = sorted({circuit.find_bit(q).index for s in circuit.data for q in s.qubits} | set(ends))
    small = QuantumCircuit(len(used), global_phase=circuit.global_phase)
    for step in circuit.data:
        places = [used.index(circuit.find_bit(qubit).index) for qubit in step.qubits]
        small.append(step.operation, places)
    return small, [used.index(end) for end in ends]
