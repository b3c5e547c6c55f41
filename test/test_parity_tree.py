"""The lattice walk along a tree of qubits: the same operator, neighbour gates, the promised CX."""

from itertools import product

import numpy as np
import pytest
from qiskit import transpile
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Operator

from qiskit_ssqw.synthesis import line_parents, synth_lattice_fourier, synth_lattice_tree
from qiskit_ssqw.walks import SplitStepWalk

BASIS = ["cx", "rz", "sx", "x"]
SHAPES = ["end", "middle", "star", "random", "random again"]
COINS = ["ry", "u", "mixed"]


def random_walk(rng, size, *, coins="u", steps=2, **options):
    """With a random start, and coins before and after the steps."""
    coin, end = {"ry": ((), ()), "u": ((3,), (3,)), "mixed": ((), (3,))}[coins]
    options = {
        "start": int(rng.integers(2**size)),
        "initial_coin": rng.uniform(-4, 4, end),
        "final_coin": rng.uniform(-4, 4, end),
        **options,
    }
    return SplitStepWalk(size, rng.uniform(-4, 4, (steps, 2, *coin)), **options)


def random_parents(rng, size):
    """Each position qubit, in a random order, hangs on one that the coin can reach already."""
    reached, parents = [size], [0] * size
    for qubit in rng.permutation(size):
        parents[qubit] = int(rng.choice(reached))
        reached.append(int(qubit))
    return tuple(parents)


def all_parents(size):
    """The parents of all trees of the qubits, rooted at the coin."""

    def is_tree(parents):
        for qubit in range(size):
            for _ in range(size):
                qubit = size if qubit == size else parents[qubit]
            if qubit != size:
                return False
        return True

    return filter(is_tree, product(range(size + 1), repeat=size))


def parents_of(shape, size, rng):
    if shape in ("end", "middle"):
        return line_parents(size, shape)
    return (size,) * size if shape == "star" else random_parents(rng, size)


def matrix(circuit):
    return Operator(circuit).data


def two_qubit_pairs(circuit):
    """The pairs on which gates act; there are no larger gates."""
    places = [[circuit.find_bit(qubit).index for qubit in step.qubits] for step in circuit.data]
    assert max(map(len, places)) <= 2
    return {tuple(sorted(pair)) for pair in places if len(pair) == 2}


def tree_edges(parents):
    return {tuple(sorted(edge)) for edge in enumerate(parents)}


def cx_count(circuit, level=3):
    compiled = transpile(circuit, basis_gates=BASIS, optimization_level=level, seed_transpiler=1)
    return compiled.count_ops().get("cx", 0)


def cx_from_zero(size, steps):
    return 2 * steps * (2 * size - 1) + size**2 + size - 3


class TestOperator:
    @pytest.mark.parametrize("coins", COINS)
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_is_that_of_the_fourier_form(self, size, shape, coins, rng):
        walk = random_walk(rng, size, coins=coins)
        parents = parents_of(shape, size, rng)
        for rzz, prepare in product([False, True], repeat=2):
            found = synth_lattice_tree(walk, parents=parents, rzz=rzz, prepare=prepare)
            expected = synth_lattice_fourier(walk, prepare=prepare)
            np.testing.assert_allclose(matrix(found), matrix(expected), atol=1e-10)

    @pytest.mark.parametrize("shape", SHAPES)
    def test_is_that_of_the_fourier_form_on_six_qubits(self, shape, rng):
        walk, parents = random_walk(rng, 5, coins="mixed"), parents_of(shape, 5, rng)
        found = synth_lattice_tree(walk, parents=parents, rzz=shape == "random")
        expected = synth_lattice_fourier(walk)
        np.testing.assert_allclose(matrix(found), matrix(expected), atol=1e-10)

    @pytest.mark.parametrize("rzz", [False, True])
    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_of_every_tree(self, size, rzz, rng):
        walk = random_walk(rng, size, steps=1)
        expected = matrix(synth_lattice_fourier(walk))
        trees = list(all_parents(size))
        assert len(trees) == (size + 1) ** (size - 1)  # Cayley's formula
        for parents in trees:
            found = synth_lattice_tree(walk, parents=parents, rzz=rzz)
            np.testing.assert_allclose(matrix(found), expected, atol=1e-10)

    @pytest.mark.parametrize("start", range(8))
    def test_from_every_start(self, start, rng):
        walk = random_walk(rng, 3, start=start, steps=1)
        expected = matrix(synth_lattice_fourier(walk))
        for shape in ("end", "middle", "star"):
            found = synth_lattice_tree(walk, parents=parents_of(shape, 3, rng))
            np.testing.assert_allclose(matrix(found), expected, atol=1e-10)

    @pytest.mark.parametrize(
        "options",
        [
            {"initial_coin": None},
            {"final_coin": None},
            {"initial_coin": None, "final_coin": None},
            {"repetitions": 3},
            {"coin": "absorbed"},
            {"coin": "absorbed", "repetitions": 2, "initial_coin": None},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("coins", ["ry", "u"])
    def test_of_every_structure(self, coins, options, rng):
        walk = random_walk(rng, 3, coins=coins, **options)
        expected = matrix(synth_lattice_fourier(walk))
        for shape, rzz in product(["end", "middle", "random"], [False, True]):
            found = synth_lattice_tree(walk, parents=parents_of(shape, 3, rng), rzz=rzz)
            np.testing.assert_allclose(matrix(found), expected, atol=1e-10)

    def test_on_the_line_by_default(self, rng):
        walk = random_walk(rng, 3)
        assert synth_lattice_tree(walk) == synth_lattice_tree(walk, parents=line_parents(3, "end"))

    @pytest.mark.parametrize("angle", [0.0, np.pi / 2, np.pi, -np.pi / 2, 2 * np.pi])
    def test_with_special_angles(self, angle):
        walk = SplitStepWalk(3, np.full((2, 2, 3), angle), initial_coin=angle, start=5)
        expected = matrix(synth_lattice_fourier(walk))
        for rzz in (False, True):
            found = synth_lattice_tree(walk, rzz=rzz)
            np.testing.assert_allclose(matrix(found), expected, atol=1e-10)


class TestFromZero:
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_agrees_where_the_positions_are_zero(self, size, shape, rng):
        walk = random_walk(rng, size, coins="mixed")
        parents = parents_of(shape, size, rng)
        expected = matrix(synth_lattice_fourier(walk))[:, [0, 2**size]]
        for rzz in (False, True):
            found = synth_lattice_tree(walk, parents=parents, from_zero=True, rzz=rzz)
            np.testing.assert_allclose(matrix(found)[:, [0, 2**size]], expected, atol=1e-10)

    def test_is_another_operator_elsewhere(self, rng):
        walk = random_walk(rng, 3)
        found = matrix(synth_lattice_tree(walk, from_zero=True))
        assert np.abs(found - matrix(synth_lattice_fourier(walk))).max() > 0.01

    def test_says_nothing_without_a_start(self, rng):
        walk = random_walk(rng, 3)
        found = synth_lattice_tree(walk, from_zero=True, prepare=False)
        assert found == synth_lattice_tree(walk, prepare=False)


class TestGates:
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("size", [2, 3, 5, 8])
    def test_act_on_edges_of_the_tree(self, size, shape, rng):
        walk, parents = random_walk(rng, size), parents_of(shape, size, rng)
        for rzz, from_zero, prepare in product([False, True], repeat=3):
            circuit = synth_lattice_tree(
                walk, parents=parents, rzz=rzz, from_zero=from_zero, prepare=prepare
            )
            assert circuit.num_qubits == size + 1
            assert two_qubit_pairs(circuit) <= tree_edges(parents)

    @pytest.mark.parametrize("coins", ["ry", "u"])
    @pytest.mark.parametrize("steps", [1, 2, 5])
    @pytest.mark.parametrize("size", [3, 4, 6])
    def test_cx_on_a_line_are_as_many_as_promised(self, size, steps, coins, rng):
        walk = random_walk(rng, size, coins=coins, steps=steps)
        assert cx_count(synth_lattice_tree(walk, from_zero=True)) == cx_from_zero(size, steps)
        assert cx_count(synth_lattice_tree(walk)) == cx_from_zero(size, steps) + size - 1

    @pytest.mark.parametrize("steps", [1, 4])
    def test_cx_of_three_qubits_are_at_most_as_many(self, steps, rng):
        circuit = synth_lattice_tree(random_walk(rng, 2, steps=steps), from_zero=True)
        assert circuit.num_nonlocal_gates() == cx_from_zero(2, steps)
        assert cx_count(circuit) <= cx_from_zero(2, steps)

    def test_cx_of_the_named_case(self, rng):
        assert cx_count(synth_lattice_tree(random_walk(rng, 8, steps=8), from_zero=True)) == 309

    @pytest.mark.parametrize("shape", SHAPES)
    def test_a_further_step_costs_the_same_on_any_tree(self, shape, rng):
        size = 5
        parents = parents_of(shape, size, rng)
        few, many = (
            cx_count(synth_lattice_tree(random_walk(rng, size, steps=steps), parents=parents))
            for steps in (2, 4)
        )
        # Position qubit 0 as a leaf takes one CX in each of the half steps, otherwise two.
        assert many - few == 4 * (2 * size - 1) + 4 * (0 in parents)

    def test_no_more_cx_before_optimisation_than_a_level_finds(self, rng):
        circuit = synth_lattice_tree(random_walk(rng, 5, steps=4), from_zero=True)
        assert cx_count(circuit, level=0) <= cx_from_zero(5, 4)

    def test_an_rzz_replaces_couplings_at_the_leaves(self, rng):
        walk = random_walk(rng, 4, steps=3)
        for shape in ("end", "middle", "star"):
            parents = parents_of(shape, 4, rng)
            without, with_rzz = (
                synth_lattice_tree(walk, parents=parents, rzz=rzz) for rzz in (False, True)
            )
            assert with_rzz.num_nonlocal_gates() < without.num_nonlocal_gates()
            assert with_rzz.count_ops()["rzz"] > 0

    def test_a_coin_in_the_middle_takes_less_depth(self, rng):
        walk = random_walk(rng, 8, steps=8)
        end, middle = (
            synth_lattice_tree(walk, parents=line_parents(8, coin)).depth(
                lambda step: len(step.qubits) == 2
            )
            for coin in ("end", "middle")
        )
        assert middle <= 0.75 * end

    def test_are_plain(self, rng):
        for rzz in (False, True):
            circuit = synth_lattice_tree(random_walk(rng, 3), rzz=rzz)
            assert circuit.num_clbits == 0
            assert not {"reset", "swap", "measure"} & set(circuit.count_ops())


class TestFreeParameters:
    @pytest.mark.parametrize("shape", ["end", "middle", "star", "random"])
    @pytest.mark.parametrize("coins", COINS)
    def test_bind_in_the_order_of_the_walk(self, coins, shape, rng):
        walk, parents = random_walk(rng, 3, coins=coins, repetitions=2), parents_of(shape, 3, rng)
        free = ParameterVector("t", walk.num_parameters)
        for rzz, from_zero in product([False, True], repeat=2):
            options = {"parents": parents, "rzz": rzz, "from_zero": from_zero}
            late = synth_lattice_tree(walk, list(free), **options)
            assert list(late.parameters) == list(free)
            bound = late.assign_parameters(walk.parameters)
            expected = synth_lattice_tree(walk, **options)
            np.testing.assert_allclose(matrix(bound), matrix(expected), atol=1e-10)

    def test_numbers_override_the_walks(self, rng):
        walk = random_walk(rng, 2)
        angles = rng.normal(size=walk.num_parameters)
        found = synth_lattice_tree(walk, angles.tolist())
        expected = synth_lattice_fourier(walk.with_parameters(angles))
        np.testing.assert_allclose(matrix(found), matrix(expected), atol=1e-10)


class TestParents:
    @pytest.mark.parametrize(
        ("size", "end", "middle"),
        [
            (1, (1,), (1,)),
            (2, (1, 2), (2, 2)),
            (3, (1, 2, 3), (1, 3, 3)),
            (4, (1, 2, 3, 4), (1, 4, 4, 2)),
            (5, (1, 2, 3, 4, 5), (1, 2, 5, 5, 3)),
        ],
    )
    def test_of_lines(self, size, end, middle):
        assert line_parents(size) == line_parents(size, "end") == end
        assert line_parents(size, "middle") == middle

    @pytest.mark.parametrize("coin", ["left", "", None, 0])
    def test_of_lines_refuse_another_word(self, coin):
        with pytest.raises(ValueError, match="coin must be one of 'end', 'middle', got"):
            line_parents(3, coin)

    @pytest.mark.parametrize(
        "parents",
        [
            (1, 0, 3),  # a cycle
            (1, 2, 0),
            (0, 3, 3),  # its own parent
            (3, 1, 3),
            (),
            (3, 3),  # too short
            (3, 3, 3, 3),  # too long
            (3, 3, 3, 3, 3),
        ],
        ids=str,
    )
    def test_refuse_what_is_no_tree(self, parents, rng):
        with pytest.raises(ValueError, match="parents must make a tree with root 3, got"):
            synth_lattice_tree(random_walk(rng, 3), parents=parents)

    @pytest.mark.parametrize("wrong", [-1, 4, 17])
    def test_refuse_a_qubit_that_is_none(self, wrong, rng):
        with pytest.raises(
            ValueError, match=f"(qubits from 0 to 3|parent must be at least 0), got {wrong}"
        ):
            synth_lattice_tree(random_walk(rng, 3), parents=(3, wrong, 3))

    def test_may_be_numpy_integers(self, rng):
        walk = random_walk(rng, 3)
        found = synth_lattice_tree(walk, parents=np.array([1, 3, 3]))
        assert found == synth_lattice_tree(walk, parents=(1, 3, 3))
