import numpy as np
import pytest
from reference import dense

from qiskit_ssqw.walks.flip_groups import Groups
from qiskit_ssqw.walks.flips import FlipSequence


def down(num_qubits, layers=1):
    return tuple((q, q - 1) for q in range(num_qubits - 1, 0, -1)) * layers


def up(num_qubits):
    return tuple((q, q + 1) for q in range(num_qubits - 1))


STRUCTURES = [
    (1, ()),
    (2, ()),
    (4, ()),
    (2, ((0, 1), (1, 0), (0, 1))),
    (3, ((2, 1), (0, 1), (1, 2))),
    (5, down(5)),
    (5, tuple((target, control) for control, target in down(5))),
    (5, ((4, 3), (3, 4), (3, 2), (1, 2), (1, 0), (0, 1))),
    (5, ((0, 1), (4, 3), (1, 0), (2, 3), (2, 1), (3, 2))),
    (4, up(4)),
    (4, tuple((target, control) for control, target in up(4))),
    (4, down(4) + up(4)),
    (6, down(6, 3)),
    (7, ((6, 5), (5, 4), (4, 5), (5, 6), (4, 3), (2, 3), (2, 1), (0, 1))),
    (8, ((7, 6), (5, 6), (4, 5), *down(8), (3, 2), (1, 2))),
    (8, down(8, 3)),
]
structures = pytest.mark.parametrize(
    ("num_qubits", "flips"), STRUCTURES, ids=lambda value: str(value).replace(" ", "")
)


def random_batch(rng, sequence, batch=3):
    return rng.uniform(-np.pi, np.pi, size=(batch, sequence.num_parameters))


def reference_state(num_qubits, flips, parameters, active=None):
    pairs = parameters[num_qubits:].reshape(-1, 2)
    kept = range(len(flips)) if active is None else np.flatnonzero(active)
    return dense.multiscale_state(
        num_qubits, [flips[i] for i in kept], pairs[kept], parameters[:num_qubits]
    )


def random_masks(rng, flips, batch):
    """No flip, all flips, then any."""
    masks = rng.integers(2, size=(batch, len(flips))).astype(bool)
    masks[0], masks[1] = False, True
    return masks


@structures
def test_amplitudes_equal_the_dense_reference(num_qubits, flips, rng):
    sequence = FlipSequence(num_qubits, flips)
    assert sequence.num_parameters == num_qubits + 2 * len(flips)
    parameters = random_batch(rng, sequence)
    before = parameters.copy()
    expected = [reference_state(num_qubits, flips, row) for row in parameters]
    np.testing.assert_allclose(sequence.amplitudes(parameters), expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(parameters, before)


@structures
def test_jacobian_equals_finite_differences(num_qubits, flips, rng):
    sequence = FlipSequence(num_qubits, flips)
    parameters = random_batch(rng, sequence, batch=2)
    amplitudes, rows = sequence.jacobian(parameters)
    assert rows.shape == (2, sequence.num_parameters, 2**num_qubits)
    for row, state, derivatives in zip(parameters, amplitudes, rows, strict=True):
        expected = reference_state(num_qubits, flips, row)
        np.testing.assert_allclose(state, expected, rtol=0, atol=1e-12)
        by_differences = dense.derivative(lambda x: sequence.amplitudes(x[None])[0], row)
        np.testing.assert_allclose(derivatives, by_differences.T, rtol=0, atol=1e-8)


@structures
def test_inactive_flips_are_left_out(num_qubits, flips, rng):
    sequence = FlipSequence(num_qubits, flips)
    parameters = random_batch(rng, sequence, batch=4)
    masks = random_masks(rng, flips, 4)
    amplitudes, rows = sequence.jacobian(parameters, masks)
    np.testing.assert_allclose(
        sequence.amplitudes(parameters, masks), amplitudes, rtol=0, atol=1e-13
    )
    for index, mask in enumerate(masks):
        expected = reference_state(num_qubits, flips, parameters[index], mask)
        np.testing.assert_allclose(amplitudes[index], expected, rtol=0, atol=1e-12)
        kept = np.concatenate([np.full(num_qubits, True), np.repeat(mask, 2)])
        assert not rows[index, ~kept].any()
        rest = FlipSequence(num_qubits, [flips[i] for i in np.flatnonzero(mask)])
        by_rest = rest.jacobian(parameters[index : index + 1, kept])[1][0]
        np.testing.assert_allclose(rows[index, kept], by_rest, rtol=0, atol=1e-12)


@structures
def test_columns_are_those_of_the_jacobian_in_another_order(num_qubits, flips, rng):
    sequence = FlipSequence(num_qubits, flips)
    assert sorted(sequence.order) == list(range(sequence.num_parameters))
    parameters = random_batch(rng, sequence, batch=2)
    columns = sequence.columns(parameters)
    amplitudes, rows = sequence.jacobian(parameters)
    np.testing.assert_array_equal(columns[..., 0], amplitudes)
    np.testing.assert_array_equal(columns[..., 1:], rows[:, sequence.order].swapaxes(1, 2))


def test_a_batch_is_evaluated_row_by_row(rng):
    sequence = FlipSequence(5, ((4, 3), (2, 3), (2, 1), (1, 0), (1, 2)))
    parameters, masks = random_batch(rng, sequence, 5), random_masks(rng, range(5), 5)
    together = sequence.jacobian(parameters, masks)
    for index in range(5):
        alone = sequence.jacobian(parameters[index : index + 1], masks[index : index + 1])
        for whole, one in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[index], one[0], rtol=0, atol=1e-13)


@pytest.mark.parametrize(("flip", "control"), [((1, 0), 1), ((0, 1), 0)])
def test_the_block_of_a_flip_acts_on_high_and_low(flip, control, rng):
    parameters = rng.normal(size=(3, 4))
    blocks = FlipSequence(2, [flip]).blocks(parameters)
    assert blocks.shape == (3, 1, 4, 4)
    for row, block in zip(parameters, blocks[:, 0], strict=True):
        by_qubit = {flip[0]: dense.ry(row[2]), flip[1]: dense.ry(row[3])}
        expected = np.kron(by_qubit[1], by_qubit[0]) @ dense.cx(control, 1 - control, 2)
        np.testing.assert_allclose(block, expected, rtol=0, atol=1e-14)


@structures
def test_every_flip_is_in_one_group_behind_those_before_it(num_qubits, flips):
    sequence = FlipSequence(num_qubits, flips)
    groups = list(Groups(num_qubits, sequence.edges))
    order = [flip for group in groups for flip in group.flips]
    assert sorted(order) == list(range(len(flips)))
    for group in groups:
        for flip in group.flips:
            assert group.first <= sequence.edges[flip] < group.first + min(3, num_qubits) - 1
    for later, flip in enumerate(order):
        for earlier in order[:later]:
            near = abs(sequence.edges[flip] - sequence.edges[earlier]) <= 1
            assert not near or earlier < flip


def test_few_groups_hold_a_sweep():
    assert len(list(Groups(8, list(range(7)) * 3))) <= 10
