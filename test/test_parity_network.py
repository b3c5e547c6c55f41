"""Multiplexed rotations along the edges of a tree: their action, their CX, and bad input."""

import math

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from qiskit_ssqw.synthesis import append_walsh_ry
from qiskit_ssqw.synthesis.parity_network import (
    _checked_edges,
    _one_by_one,
    _plan,
    _search,
    _Tree,
    synth_walsh_ry_tree,
)


def line(size):
    """The target at the end of the line of controls."""
    return [(qubit, qubit + 1) for qubit in range(size)]


def fork(size):
    """The target beside the middle of the line of controls."""
    return [*line(max(size - 1, 0)), *([(size // 2, size)] if size else [])]


def star(size):
    return [(qubit, size) for qubit in range(size)]


def random_tree(rng, size):
    order = rng.permutation(size + 1).tolist()
    return [(order[i], order[rng.integers(i)]) for i in range(1, size + 1)]


def angles_of(masks, rng):
    return {int(mask): float(rng.normal()) for mask in masks}


def all_to_all(rotations, size):
    circuit = QuantumCircuit(size + 1)
    append_walsh_ry(circuit, rotations, range(size), size)
    return circuit


def cx_pairs(circuit):
    return [
        tuple(circuit.find_bit(qubit).index for qubit in instruction.qubits)
        for instruction in circuit.data
        if instruction.operation.num_qubits == 2
    ]


def assert_same_operator(circuit, expected):
    np.testing.assert_allclose(Operator(circuit).data, Operator(expected).data, atol=1e-12)


@pytest.mark.parametrize("size", range(6))
@pytest.mark.parametrize("tree", [line, fork, star])
def test_all_masks_act_as_on_all_to_all_qubits_along_edges(tree, size, rng):
    rotations = angles_of(range(2**size), rng)
    circuit = synth_walsh_ry_tree(rotations, tree(size), size)
    assert_same_operator(circuit, all_to_all(rotations, size))
    assert {tuple(sorted(pair)) for pair in cx_pairs(circuit)} <= set(tree(size))


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize("attempt", range(4))
def test_sparse_masks_act_the_same_on_random_trees(size, attempt, rng):
    masks = rng.choice(2**size, size=rng.integers(1, 2**size), replace=False)
    rotations, edges = angles_of(masks, rng), random_tree(rng, size)
    circuit = synth_walsh_ry_tree(rotations, edges, size)
    assert_same_operator(circuit, all_to_all(rotations, size))
    allowed = {tuple(sorted(edge)) for edge in edges}
    assert {tuple(sorted(pair)) for pair in cx_pairs(circuit)} <= allowed


@pytest.mark.parametrize(
    ("tree", "size", "most"),
    [(fork, 3, 12), (fork, 4, 23), (fork, 5, 43), (line, 3, 16), (line, 4, 28), (line, 5, 55)],
)
def test_all_masks_take_few_cx(tree, size, most):
    circuit = synth_walsh_ry_tree(dict.fromkeys(range(2**size), 0.1), tree(size), size)
    assert circuit.count_ops()["cx"] <= most


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_star_takes_as_few_cx_as_all_to_all_qubits(size):
    rotations = dict.fromkeys(range(2**size), 0.1)
    on_star = synth_walsh_ry_tree(rotations, star(size), size)
    assert len(cx_pairs(on_star)) == len(cx_pairs(all_to_all(rotations, size))) == 2**size


def test_one_far_parity_is_made_and_unmade_along_its_subtree():
    circuit = synth_walsh_ry_tree({0b00001: 0.3}, line(5), 5)
    assert len(cx_pairs(circuit)) == 2 * (2 * 6 - 1 - 2)


@pytest.mark.parametrize("rotations", [{}, {0: 0.7}])
def test_without_controls_in_the_masks_there_is_no_cx(rotations):
    circuit = synth_walsh_ry_tree(rotations, line(3), 3)
    assert_same_operator(circuit, all_to_all(rotations, 3))
    assert set(circuit.count_ops()) <= {"ry"}


def test_negated_angles_give_the_inverse_by_the_same_cx(rng):
    rotations = angles_of([1, 3, 4, 9, 14], rng)
    negated = {mask: -angle for mask, angle in rotations.items()}
    circuit, inverse = (synth_walsh_ry_tree(each, fork(4), 4) for each in (rotations, negated))
    assert_same_operator(circuit.compose(inverse), QuantumCircuit(5))
    assert cx_pairs(circuit) == cx_pairs(inverse)


def test_the_cx_depend_neither_on_the_run_nor_on_the_order_of_the_input(rng):
    rotations = angles_of(range(16), rng)
    circuit = synth_walsh_ry_tree(rotations, line(4), 4)
    _plan.cache_clear()
    turned = [edge[::-1] for edge in reversed(line(4))]
    again = synth_walsh_ry_tree(dict(reversed(rotations.items())), turned, 4)
    assert again == circuit
    assert _plan.cache_info().misses == 1
    synth_walsh_ry_tree(rotations, line(4), 4)
    assert _plan.cache_info().hits == 1


def test_a_plan_of_one_parity_after_another_meets_all_and_returns(rng):
    edges, wanted = _checked_edges(random_tree(rng, 5), 5), list(range(33, 64))
    held, met = [1 << qubit for qubit in range(6)], set()
    for control, target in _one_by_one(_Tree(edges, 5), wanted):
        held[target] ^= held[control]
        met.add(held[target])
    assert met >= set(wanted)
    assert held == [1 << qubit for qubit in range(6)]


def test_a_narrow_search_that_stalls_goes_on_to_the_nearest_parity():
    tree = _Tree(_checked_edges(line(6), 6), 6)
    assert _search(tree, range(65, 128), [], width=20, most=400) is not None


def test_a_search_within_too_few_moves_finds_nothing():
    tree = _Tree(_checked_edges(line(3), 3), 3)
    assert _search(tree, range(9, 16), [], width=100, most=9) is None


@pytest.mark.parametrize(
    "edges",
    [
        [(0, 1)],
        [(0, 1), (1, 2), (2, 0)],
        [(0, 1), (0, 1), (2, 3)],
        [(0, 1), (1, 2), (3, 3)],
        [(0, 1), (1, 2), (2, 4)],
    ],
)
def test_edges_that_make_no_tree_are_refused(edges):
    with pytest.raises(ValueError, match=r"edges must make a tree of qubits 0 to 3, got \(\("):
        synth_walsh_ry_tree({1: 0.1}, edges, 3)


def test_masks_beyond_the_controls_are_refused():
    with pytest.raises(ValueError, match=r"a mask must be less than 2\*\*3, got 8"):
        synth_walsh_ry_tree({8: 0.1}, line(3), 3)
    with pytest.raises(ValueError, match="a mask must be at least 0, got -1"):
        synth_walsh_ry_tree({-1: 0.1}, line(3), 3)


@pytest.mark.parametrize("angle", [math.nan, math.inf])
def test_angles_that_are_not_finite_are_refused(angle):
    with pytest.raises(ValueError, match=f"the angle of mask 2 must be finite, got {angle}"):
        synth_walsh_ry_tree({2: angle}, line(3), 3)


def test_a_negative_number_of_controls_is_refused():
    with pytest.raises(ValueError, match="num_controls must be at least 0, got -1"):
        synth_walsh_ry_tree({}, [], -1)
