import numpy as np
import pytest
from reference import dense

from qiskit_ssqw.walks.flip_windows import Windows
from qiskit_ssqw.walks.flips import FlipSequence


def down(num_qubits, layers=1):
    return tuple((q, q - 1) for q in range(num_qubits - 1, 0, -1)) * layers


def up(num_qubits):
    return tuple((q, q + 1) for q in range(num_qubits - 1))


# Structure, and whether it is evaluated by windows.
STRUCTURES = [
    (1, (), True),
    (2, (), True),
    (4, (), True),
    (2, ((0, 1), (1, 0), (0, 1)), True),
    (3, ((2, 1), (0, 1), (1, 2)), True),
    (5, down(5), True),
    (5, tuple((target, control) for control, target in down(5)), True),
    (5, ((4, 3), (3, 4), (3, 2), (1, 2), (1, 0), (0, 1)), True),
    (5, ((0, 1), (4, 3), (1, 0), (2, 3), (2, 1), (3, 2)), False),
    (4, up(4), False),
    (4, tuple((target, control) for control, target in up(4)), False),
    (4, down(4) + up(4), False),
    (6, down(6, 3), False),
    (7, ((6, 5), (5, 4), (4, 5), (5, 6), (4, 3), (2, 3), (2, 1), (0, 1)), True),
    (8, ((7, 6), (5, 6), (4, 5), *down(8), (3, 2), (1, 2)), True),
    (8, down(8, 3), True),
]
both_engines = pytest.mark.parametrize(
    ("num_qubits", "flips", "windowed"), STRUCTURES, ids=lambda value: str(value).replace(" ", "")
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


@both_engines
def test_amplitudes_equal_the_dense_reference(num_qubits, flips, windowed, rng):
    sequence = FlipSequence(num_qubits, flips)
    assert (sequence._windows is not None) == windowed
    assert sequence.num_parameters == num_qubits + 2 * len(flips)
    parameters = random_batch(rng, sequence)
    before = parameters.copy()
    expected = [reference_state(num_qubits, flips, row) for row in parameters]
    np.testing.assert_allclose(sequence.amplitudes(parameters), expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(parameters, before)


@both_engines
def test_jacobian_equals_finite_differences(num_qubits, flips, windowed, rng):
    sequence = FlipSequence(num_qubits, flips)
    assert (sequence._windows is not None) == windowed
    parameters = random_batch(rng, sequence, batch=2)
    amplitudes, rows = sequence.jacobian(parameters)
    assert rows.shape == (2, sequence.num_parameters, 2**num_qubits)
    for row, state, derivatives in zip(parameters, amplitudes, rows, strict=True):
        expected = reference_state(num_qubits, flips, row)
        np.testing.assert_allclose(state, expected, rtol=0, atol=1e-12)
        by_differences = dense.derivative(lambda x: sequence.amplitudes(x[None])[0], row)
        np.testing.assert_allclose(derivatives, by_differences.T, rtol=0, atol=1e-8)


@both_engines
def test_inactive_flips_are_left_out(num_qubits, flips, windowed, rng):
    sequence = FlipSequence(num_qubits, flips)
    assert (sequence._windows is not None) == windowed
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


@both_engines
def test_both_engines_agree(num_qubits, flips, windowed, rng):
    windows, rows = FlipSequence(num_qubits, flips), FlipSequence(num_qubits, flips)
    assert (windows._windows is not None) == windowed
    windows._windows, rows._windows = Windows(num_qubits, windows.edges), None
    parameters = random_batch(rng, windows, batch=4)
    for masks in (None, random_masks(rng, flips, 4)):
        np.testing.assert_allclose(
            windows.amplitudes(parameters, masks),
            rows.amplitudes(parameters, masks),
            rtol=0,
            atol=1e-12,
        )
        for one, other in zip(
            windows.jacobian(parameters, masks), rows.jacobian(parameters, masks), strict=True
        ):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


@pytest.mark.parametrize("windows", [True, False])
def test_a_batch_is_evaluated_row_by_row(windows, rng):
    sequence = FlipSequence(5, ((4, 3), (2, 3), (2, 1), (1, 0), (1, 2)))
    assert sequence._windows is not None
    if not windows:
        sequence._windows = None
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


@pytest.mark.parametrize("layers", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [2, 3, 5, 8])
def test_a_window_is_one_qubit_wider_than_the_layers_of_a_downward_sweep(size, layers):
    edges = [*range(size - 1)] * layers
    assert Windows(size, edges).width == min(layers + 1, size)


@pytest.mark.parametrize(
    ("size", "edges", "width"),
    [
        (1, [], 1),
        (2, [], 2),
        (6, [], 2),
        (6, [0, 0, 1, 1, 1, 2, 3, 4, 4], 2),
        (6, [4, 2, 0], 2),
        (6, [0, 1, 0], 3),
        (6, [1, 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4], 3),
        (6, [2, 1, 0], 4),
        (6, [4, 3, 2, 1, 0], 6),
        (6, [0, 1, 2, 3, 4, 3, 2, 1, 0], 6),
    ],
)
def test_windows_are_as_narrow_as_the_flips_allow(size, edges, width):
    assert Windows(size, edges).width == width
