"""Multiplexed rotations of few Walsh coefficients: their action, and the CX they take."""

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector
from reference import dense
from scipy.linalg import hadamard

from qiskit_ssqw.synthesis import append_multiplexed_ry, append_walsh_ry
from qiskit_ssqw.synthesis.multiplexer import (
    _LARGEST_TOUR,
    _length,
    _short_tour,
    append_walsh_ry_on_zero,
    count_walsh_cx,
    walsh_transform,
)


def angle_of(rotations, held):
    """The angle for a value of the controls, straight from the definition."""
    return sum(c * (-1) ** (mask & held).bit_count() for mask, c in rotations.items())


def expected_matrix(num_qubits, rotations, controls, target):
    """RY on the target in every block of the other qubits."""
    matrix = np.zeros((2**num_qubits, 2**num_qubits))
    for column in range(2**num_qubits):
        held = sum((column >> control & 1) << place for place, control in enumerate(controls))
        block = dense.ry(angle_of(rotations, held))
        bit = column >> target & 1
        for new_bit in (0, 1):
            matrix[column ^ ((bit ^ new_bit) << target), column] = block[new_bit, bit]
    return matrix


def walsh_circuit(rotations, size):
    circuit = QuantumCircuit(size + 1)
    append_walsh_ry(circuit, rotations, range(size), size)
    return circuit


def rotations_of(angles):
    coefficients = walsh_transform(np.asarray(angles, dtype=float))
    return {mask: float(c) for mask, c in enumerate(coefficients) if abs(c) > 1e-12}


def count_cx(rotations, size):
    found = walsh_circuit(rotations, size).count_ops().get("cx", 0)
    assert count_walsh_cx(rotations) == found
    return found


def random_rotations(rng, size, number):
    masks = rng.choice(2**size, size=number, replace=False)
    return dict(zip(masks.tolist(), rng.normal(size=number).tolist(), strict=True))


class TestTheWalshTransform:
    @pytest.mark.parametrize("size", range(6))
    def test_it_is_the_hadamard_matrix(self, size, rng):
        angles = rng.normal(size=2**size)
        expected = hadamard(2**size) @ angles / 2**size
        np.testing.assert_allclose(walsh_transform(angles), expected, rtol=0, atol=1e-14)

    @pytest.mark.parametrize("size", range(6))
    def test_it_is_its_own_inverse_up_to_a_factor(self, size, rng):
        angles = rng.normal(size=2**size)
        twice = walsh_transform(walsh_transform(angles)) * 2**size
        np.testing.assert_allclose(twice, angles, rtol=0, atol=1e-14)

    def test_it_leaves_its_argument_alone(self, rng):
        angles = rng.normal(size=8)
        before = angles.copy()
        walsh_transform(angles)
        np.testing.assert_array_equal(angles, before)


class TestTheOperator:
    @pytest.mark.parametrize("density", ["dense", "sparse"])
    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
    def test_it_is_block_diagonal(self, size, density, rng):
        num_qubits = size + 1 + (size < 5)  # one qubit is idle, except on the largest
        for _ in range(3):
            target, *controls = (int(q) for q in rng.permutation(num_qubits)[: size + 1])
            number = 2**size if density == "dense" else int(rng.integers(1, size + 2))
            rotations = random_rotations(rng, size, min(number, 2**size))
            before = dict(rotations)
            circuit = QuantumCircuit(num_qubits)
            append_walsh_ry(circuit, rotations, controls, target)
            expected = expected_matrix(num_qubits, rotations, controls, target)
            np.testing.assert_allclose(Operator(circuit).data, expected, rtol=0, atol=1e-12)
            assert set(circuit.count_ops()) <= {"ry", "cx"}
            assert circuit.count_ops()["ry"] == len(rotations)
            assert rotations == before

    @pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
    def test_the_full_transform_is_a_multiplexer(self, size, rng):
        angles = rng.normal(size=2**size)
        gray = QuantumCircuit(size + 1)
        append_multiplexed_ry(gray, angles, range(size), size)
        found = walsh_circuit(dict(enumerate(walsh_transform(angles).tolist())), size)
        np.testing.assert_allclose(Operator(found).data, Operator(gray).data, rtol=0, atol=1e-12)

    def test_parities_taken_on_by_the_controls_are_undone(self, rng):
        half = rng.normal(size=8)
        rotations = rotations_of(np.concatenate([half, half[::-1]]))
        circuit = walsh_circuit(rotations, 4)
        targets = {circuit.find_bit(i.qubits[-1]).index for i in circuit.data}
        assert targets != {4}
        expected = expected_matrix(5, rotations, range(4), 4)
        np.testing.assert_allclose(Operator(circuit).data, expected, rtol=0, atol=1e-12)

    def test_negated_angles_are_the_inverse(self, rng):
        rotations = random_rotations(rng, 4, 7)
        circuit = walsh_circuit(rotations, 4)
        back = walsh_circuit({mask: -angle for mask, angle in rotations.items()}, 4)
        np.testing.assert_allclose(
            Operator(circuit.compose(back)).data, np.eye(32), rtol=0, atol=1e-12
        )

    def test_no_coefficients_are_no_gates(self):
        assert len(walsh_circuit({}, 3).data) == 0

    def test_mask_zero_is_a_plain_rotation(self):
        circuit = walsh_circuit({0: 0.7}, 3)
        assert dict(circuit.count_ops()) == {"ry": 1}
        assert circuit.data[0].operation.params == [0.7]
        assert circuit.find_bit(circuit.data[0].qubits[0]).index == 3

    def test_a_set_above_the_tour_limit_acts_the_same(self, rng):
        size, number = 9, 400
        assert number > _LARGEST_TOUR
        rotations = random_rotations(rng, size, number)
        circuit = QuantumCircuit(size + 1)
        circuit.h(range(size))
        append_walsh_ry(circuit, rotations, range(size), size)
        half = np.array([angle_of(rotations, held) for held in range(2**size)]) / 2
        expected = np.concatenate([np.cos(half), np.sin(half)]) / 2 ** (size / 2)
        np.testing.assert_allclose(Statevector(circuit).data, expected, rtol=0, atol=1e-11)


class TestTheNumberOfFlips:
    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6])
    def test_full_sets_take_as_many_as_masks(self, size, rng):
        assert count_cx(random_rotations(rng, size, 2**size), size) == 2**size

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
    def test_linear_angles_take_two_per_control(self, size):
        rotations = rotations_of(0.3 + 0.1 * np.arange(2**size))
        assert len(rotations) == size + 1
        assert count_cx(rotations, size) == 2 * size

    @pytest.mark.parametrize("size", [1, 4])
    def test_constants_take_none(self, size):
        assert count_cx(rotations_of(np.full(2**size, 0.6)), size) == 0

    @pytest.mark.parametrize("size", [2, 3, 4, 5])
    def test_a_bit_without_effect_halves_them(self, size, rng):
        for bit in range(size):
            index = np.arange(2**size)
            angles = rng.normal(size=2**size)[index & ~(1 << bit)]
            assert count_cx(rotations_of(angles), size) == 2 ** (size - 1)

    @pytest.mark.parametrize("size", [2, 3, 4, 5, 6, 7])
    def test_symmetry_about_the_middle_halves_them(self, size, rng):
        half = rng.normal(size=2 ** (size - 1))
        rotations = rotations_of(np.concatenate([half, half[::-1]]))
        circuit = walsh_circuit(rotations, size)
        assert circuit.count_ops()["cx"] <= 2 ** (size - 1) + 2 * (size - 1)

    @pytest.mark.parametrize("size", [2, 4, 6, 7])
    def test_sparse_sets_take_no_more_than_the_gray_code(self, size, rng):
        # The reflected Gray code itself, not the package's order.
        code = [index ^ (index >> 1) for index in range(2**size)]
        for number in np.unique(np.linspace(1, min(2**size, 40), 8).astype(int)):
            rotations = random_rotations(rng, size, int(number))
            visited = [mask for mask in code if mask in rotations]
            assert count_cx(rotations, size) <= _length(visited)


class TestTours:
    def test_a_long_tour_visits_each_mask_once(self, rng):
        masks = rng.permutation(1024)[:500].tolist()
        assert sorted(_short_tour(tuple(masks))) == sorted(masks)

    @pytest.mark.parametrize("scale", [1, 2**60])
    def test_many_masks_are_in_the_order_of_the_gray_code(self, scale, rng):
        """Beyond machine integers, too."""
        masks = [scale * int(mask) for mask in rng.permutation(512)]
        tour = [mask // scale for mask in _short_tour(tuple(masks))]
        assert tour == [rank ^ rank >> 1 for rank in range(512)]

    @pytest.mark.parametrize("rank", [2, 4, 7])
    def test_of_symmetric_functions(self, rank, rng):
        """Masks in a subspace, which the controls may take on first."""
        vectors = rng.integers(1, 2**9, size=rank)
        masks = {0}
        for vector in vectors.tolist():
            masks |= {mask ^ vector for mask in masks}
        count_cx(dict.fromkeys(masks, 0.3), 9)

    def test_the_length_counts_the_way_out_and_back(self):
        assert _length([]) == 0
        assert _length([0b101]) == 4
        assert _length([0b001, 0b011, 0b010]) == 4


class TestOnZero:
    """The same on a target in 0, up to signs."""

    @pytest.mark.parametrize("number", [1, 2, 3, 5, 8, 16])
    @pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
    def test_shows_what_the_multiplexer_shows(self, size, number, rng):
        rotations = random_rotations(rng, size, min(number, 2**size))
        circuit = QuantumCircuit(size + 1)
        append_walsh_ry_on_zero(circuit, rotations, range(size), size)
        found = np.abs(Operator(circuit).data[:, : 2**size])
        expected = np.abs(Operator(walsh_circuit(rotations, size)).data[:, : 2**size])
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)

    @pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
    def test_saves_the_longest_hop(self, size, rng):
        for rotations, expected in (
            (random_rotations(rng, size, 2**size), 2**size - 1),
            (dict.fromkeys([0, *(1 << bit for bit in range(size))], 0.3), max(2 * size - 2, 1)),
        ):
            circuit = QuantumCircuit(size + 1)
            append_walsh_ry_on_zero(circuit, rotations, range(size), size)
            assert circuit.count_ops()["cz"] == expected

    def test_on_other_qubits(self, rng):
        rotations = random_rotations(rng, 2, 4)
        circuit = QuantumCircuit(4)
        circuit.h([3, 1])
        append_walsh_ry_on_zero(circuit, rotations, [3, 1], 0)
        shown = Statevector(circuit).probabilities([0, 3, 1]).reshape(4, 2)
        angles = [angle_of(rotations, held) for held in range(4)]
        np.testing.assert_allclose(shown[:, 1], np.sin(np.array(angles) / 2) ** 2 / 4, atol=1e-12)
