import numpy as np
import pytest
from reference import dense
from scipy.linalg import expm

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw.exact import strip_layers
from qiskit_ssqw.exact.chirp import chirp_coins, chirp_spinors
from qiskit_ssqw.exact.coins import Sites, su2, turned, u_angles
from qiskit_ssqw.exact.search import chirp_guess
from qiskit_ssqw.exact.spinors import autocorrelations, complementary_spinors
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import TreeWalk
from qiskit_ssqw.walks.momentum import MomentumWalk

STAY, LEAVE = np.eye(2, dtype=complex), np.array([[0, -1], [1, 0]], dtype=complex)
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
FITTED_TO = 1e-10


def on_the_line(weights):
    weights = np.asarray(weights, dtype=float)
    return TargetDistribution(weights / weights.sum(), (0, len(weights) - 1))


def complex_normal(rng, shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def random_coins(rng, count):
    columns = complex_normal(rng, (2, count))
    return su2(*(columns / np.linalg.norm(columns, axis=0)))


def gentle_coins(rng, count):
    angles = rng.uniform(0, 0.5, size=count)
    phases = np.exp(1j * rng.uniform(0, 2 * np.pi, size=(2, count)))
    return su2(np.cos(angles) * phases[0], np.sin(angles) * phases[1])


def spinors_on_a_line(coins):
    """Coin 0 stays and coin 1 moves up after every coin but the last."""
    sites = len(coins)
    spinors = np.zeros((sites, 2), dtype=complex)
    spinors[0, 0] = 1
    for toss, coin in enumerate(coins):
        following = np.zeros_like(spinors)
        for site in range(sites):
            stay = coin[0, 0] * spinors[site, 0] + coin[0, 1] * spinors[site, 1]
            move = coin[1, 0] * spinors[site, 0] + coin[1, 1] * spinors[site, 1]
            last = toss == sites - 1
            following[site, 0] += stay
            if last or move != 0:
                following[site if last else site + 1, 1] += move
        spinors = following
    return spinors


def probabilities_on_a_line(coins):
    return np.sum(np.abs(spinors_on_a_line(coins)) ** 2, axis=1)


def autocorrelations_one_by_one(spinors):
    lags = []
    for lag in range(1, len(spinors)):
        pairs = zip(spinors[:-lag], spinors[lag:], strict=True)
        lags.append(sum(np.vdot(first, second) for first, second in pairs))
    return np.array(lags)


def largest_autocorrelations(spinors):
    norms = np.linalg.norm(spinors, axis=1)
    return np.array([norms[:-lag] @ norms[lag:] for lag in range(1, len(norms))])


def dense_probabilities(walk):
    arguments = walk.to_dict()
    del arguments["walk"]
    weights = np.abs(dense.lattice_state(**arguments)) ** 2
    return weights if walk.coin == "absorbed" else weights.reshape(2, -1).sum(axis=0)


def assert_exact(result, *, checked):
    p = result.target.probabilities.ravel()
    q = dense_probabilities(result.walk) if checked else result.walk.probabilities()
    assert 0.5 * np.abs(p - q).sum() <= FITTED_TO
    assert result.total_variation <= FITTED_TO
    assert result.success


def structure(walk):
    entries = walk.to_dict()
    for name in ("coin_angles", "initial_coin", "final_coin"):
        entries[name] = np.shape(entries[name]) if entries[name] is not None else None
    return entries


@pytest.mark.parametrize("ends", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize(
    ("size", "steps", "start"), [(1, 1, 0), (1, 3, 1), (2, 2, 3), (3, 4, 5), (4, 9, 0), (4, 3, 15)]
)
def test_momentum_walk_equals_the_lattice_walk(rng, size, steps, start, ends):
    initial, final = (rng.uniform(-np.pi, np.pi, size=3) if end else None for end in ends)
    walk = SplitStepWalk(
        size,
        rng.uniform(-np.pi, np.pi, size=(steps, 2, 3)),
        start=start,
        initial_coin=initial,
        final_coin=final,
    )
    coins = np.array([dense.u(*angles) for angles in walk.parameters.reshape(-1, 3)])
    shifts = [shift for _, shift in walk.schedule()]
    amplitudes = MomentumWalk(shifts, start, 2**size).amplitudes(coins)
    assert amplitudes.shape == (2, 2**size)
    np.testing.assert_allclose(amplitudes.ravel(), walk.amplitudes(), rtol=0, atol=1e-13)
    expected = dense.lattice_state(
        size, walk.coin_angles, start=start, initial_coin=initial, final_coin=final
    )
    np.testing.assert_allclose(amplitudes.ravel(), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("sites", "start", "tosses"), [(1, 0, 3), (2, 1, 4), (5, 3, 8), (8, 0, 12), (16, 15, 21)]
)
def test_momentum_walk_with_any_order_of_shifts(rng, sites, start, tosses):
    shifts = rng.permutation(np.resize([1, -1, 0], tosses)).tolist()
    coins = random_coins(rng, tosses)
    matrices = {1: dense.shift_up(sites), -1: dense.shift_down(sites), 0: np.eye(2 * sites)}
    state = np.zeros(2 * sites, dtype=complex)
    state[2 * start] = 1
    for coin, shift in zip(coins, shifts, strict=True):
        state = matrices[shift] @ np.kron(np.eye(sites), coin) @ state
    amplitudes = MomentumWalk(shifts, start, sites).amplitudes(coins)
    np.testing.assert_allclose(amplitudes, state.reshape(sites, 2).T, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("sites", "start", "shifts"),
    [
        (2, 1, [1]),
        (4, 0, [0, 1, -1, 0]),
        (8, 5, [1, 1, 0, -1, -1, -1, 1]),
        (16, 15, [0] + [1, -1] * 6 + [0]),
        (6, 2, [-1, 0, 1, 1]),
    ],
)
def test_derivatives_of_a_momentum_walk(rng, sites, start, shifts):
    walk = MomentumWalk(shifts, start, sites)
    coins = random_coins(rng, len(shifts))
    directions = complex_normal(rng, (len(shifts), 3, 2, 2))
    derivatives = walk.derivatives(coins, directions)
    assert derivatives.shape == (len(shifts), 3, 2, sites)

    for toss in range(len(shifts)):
        for which in range(3):
            replaced = coins.copy()
            replaced[toss] = directions[toss, which]  # the amplitudes are linear in each coin
            expected = walk.amplitudes(replaced)
            np.testing.assert_allclose(derivatives[toss, which], expected, rtol=0, atol=1e-12)

    def moved(lengths):
        return walk.amplitudes(
            coins + np.einsum("tk,tkab->tab", lengths.reshape(-1, 3), directions)
        )

    differences = dense.derivative(moved, np.zeros(3 * len(shifts)))
    columns = np.moveaxis(derivatives.reshape(-1, 2, sites), 0, -1)
    np.testing.assert_allclose(columns, differences, rtol=0, atol=1e-8)


def test_momentum_walk_wants_a_coin_for_each_shift(rng):
    with pytest.raises(ValueError, match="argument 2 is longer than argument 1"):
        MomentumWalk([1, -1, 0], 0, 4).amplitudes(random_coins(rng, 2))


@pytest.mark.parametrize("draw", range(4))
@pytest.mark.parametrize("half_steps", [1, 2, 3, 5, 8])
def test_layers_of_random_coins(rng, half_steps, draw):
    spinors = spinors_on_a_line(random_coins(rng, half_steps + 1))
    coins = strip_layers(spinors)
    assert coins.shape == (half_steps + 1, 2, 2)
    np.testing.assert_allclose(spinors_on_a_line(coins), spinors, rtol=0, atol=1e-10)


@pytest.mark.parametrize("moved_up", [False, True])
@pytest.mark.parametrize("half_steps", [1, 4, 12, 40])
def test_layers_of_gentle_coins(rng, half_steps, moved_up):
    given = gentle_coins(rng, half_steps + 1)
    if moved_up:
        given[0] = LEAVE @ given[0]
    spinors = spinors_on_a_line(given)
    coins = strip_layers(spinors)
    unit = np.einsum("tab,tcb->tac", coins, coins.conj())
    np.testing.assert_allclose(unit, np.broadcast_to(np.eye(2), unit.shape), rtol=0, atol=1e-13)
    np.testing.assert_allclose(np.linalg.det(coins), 1, rtol=0, atol=1e-13)
    np.testing.assert_allclose(spinors_on_a_line(coins), spinors, rtol=0, atol=1e-12)


@pytest.mark.parametrize("half_steps", [1, 2, 7, 12])
@pytest.mark.parametrize("away", ["none", "first", "middle", "last", "there and back"])
def test_layers_where_ends_vanish(half_steps, away):
    given = np.array([STAY] * (half_steps + 1))
    if away == "there and back":
        given[half_steps // 3] = LEAVE
        given[2 * half_steps // 3] = LEAVE @ given[2 * half_steps // 3]
    elif away != "none":
        given[{"first": 0, "middle": half_steps // 2, "last": half_steps}[away]] = LEAVE
    spinors = spinors_on_a_line(given)
    assert np.count_nonzero(spinors) == 1
    coins = strip_layers(spinors)
    np.testing.assert_allclose(spinors_on_a_line(coins), spinors, rtol=0, atol=1e-14)


@pytest.mark.parametrize("draw", range(5))
def test_layers_of_random_coins_between_standing_and_moving(rng, draw):
    given = random_coins(rng, 9)
    given[[0, 3, 4, 7]] = STAY
    given[[2, 8]] = LEAVE
    spinors = spinors_on_a_line(given)
    assert np.any(np.linalg.norm(spinors, axis=1) == 0)
    coins = strip_layers(spinors)
    np.testing.assert_allclose(spinors_on_a_line(coins), spinors, rtol=0, atol=1e-10)


def test_layers_of_one_site_are_one_coin():
    coins = strip_layers(np.array([[0.6, 0.8j]]))
    np.testing.assert_allclose(coins, [[[0.6, 0.8j], [0.8j, 0.6]]], rtol=0, atol=1e-15)


@pytest.mark.parametrize("sites", [1, 2, 3, 8, 17])
def test_autocorrelations_equal_a_double_loop(rng, sites):
    spinors = complex_normal(rng, (sites, 2))
    lags = autocorrelations(spinors)
    assert lags.shape == (sites - 1,)
    expected = autocorrelations_one_by_one(spinors)
    np.testing.assert_allclose(lags, expected, rtol=0, atol=1e-12)


def test_autocorrelations_of_small_spinors_are_as_precise(rng):
    spinors = complex_normal(rng, (20, 2)) * np.logspace(0, -60, 20)[:, None]
    lags, expected = autocorrelations(spinors), autocorrelations_one_by_one(spinors)
    assert np.all(np.abs(lags - expected) <= 1e-14 * largest_autocorrelations(spinors))


@pytest.mark.parametrize("half_steps", [1, 2, 9, 40])
def test_autocorrelations_of_a_walk_vanish(rng, half_steps):
    spinors = spinors_on_a_line(random_coins(rng, half_steps + 1))
    np.testing.assert_allclose(autocorrelations(spinors), 0, rtol=0, atol=1e-14)
    shaken = spinors + 0.01 * complex_normal(rng, spinors.shape)
    assert np.abs(autocorrelations(shaken)).max() > 1e-4


SMOOTH = {
    "normal to 6 sigma": lambda x: np.exp(-0.5 * (12 * x - 6) ** 2),
    "normal to 8 sigma": lambda x: np.exp(-0.5 * (16 * x - 8) ** 2),
    "steep exponential": lambda x: np.exp(-20 * x),
    "rising exponential": lambda x: np.exp(5 * x),
    "uniform": np.ones_like,
}


@pytest.mark.parametrize("tilt", [0.1, 0.3, 0.02])
@pytest.mark.parametrize("shape", SMOOTH)
@pytest.mark.parametrize("num_qubits", [3, 4, 5, 6])
def test_complementary_spinors(num_qubits, shape, tilt):
    weights = SMOOTH[shape](np.linspace(0, 1, 2**num_qubits))
    weights /= weights.sum()
    guess = chirp_spinors(weights, tilt)
    norms = np.sqrt(weights)
    np.testing.assert_allclose(np.linalg.norm(guess, axis=1), norms, rtol=1e-13)
    spinors = complementary_spinors(guess)
    np.testing.assert_allclose(np.linalg.norm(spinors, axis=1), norms, rtol=1e-13)
    lags = np.abs(autocorrelations_one_by_one(spinors))
    assert np.all(lags <= 1e-13 * largest_autocorrelations(spinors))


@pytest.mark.parametrize("rate", [5, 20])
@pytest.mark.parametrize("num_qubits", [1, 3, 5])
def test_layers_of_complementary_spinors_load_their_norms(num_qubits, rate):
    weights = np.exp(-rate * np.linspace(0, 1, 2**num_qubits))
    weights /= weights.sum()
    coins = strip_layers(complementary_spinors(chirp_spinors(weights, 0.1)))
    assert total_variation(weights, probabilities_on_a_line(coins)) <= 1e-12


@pytest.mark.parametrize("sites", [2, 5, 16])
def test_complementary_spinors_keep_the_norms_whatever_the_guess(rng, sites):
    guess = complex_normal(rng, (sites, 2))
    untouched = guess.copy()
    norms = np.linalg.norm(complementary_spinors(guess), axis=1)
    np.testing.assert_allclose(norms, np.linalg.norm(guess, axis=1), rtol=1e-13)
    np.testing.assert_array_equal(guess, untouched)


def test_complementary_spinors_stay_as_they_are(rng):
    spinors = spinors_on_a_line(gentle_coins(rng, 6))
    np.testing.assert_allclose(complementary_spinors(spinors), spinors, rtol=0, atol=1e-12)


@pytest.mark.parametrize("num_qubits", [5, 6, 7])
def test_chirped_spinors_have_small_autocorrelations(num_qubits):
    weights = np.exp(-0.5 * np.linspace(-3, 3, 2**num_qubits) ** 2)
    weights /= weights.sum()
    guess = chirp_spinors(weights, 0.02)
    assert np.abs(autocorrelations(guess)).max() <= 0.1
    assert np.abs(autocorrelations(np.abs(guess).astype(complex))).max() >= 0.9


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param([1, 0], id="stand"),
        pytest.param([0, 1], id="move"),
        pytest.param([0.3, 0.7], id="one half step"),
        pytest.param([0, 0, 1, 0], id="two of three moves"),
        pytest.param([0.4, 0, 0, 0.6], id="none or all"),
    ],
)
def test_chirps_that_are_exact(weights):
    coins = chirp_coins(np.array(weights, dtype=float))
    assert probabilities_on_a_line(coins) == pytest.approx(weights, abs=1e-14)


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param(np.full(2, 0.5), id="uniform on 2"),
        pytest.param(np.full(8, 0.125), id="uniform on 8"),
        pytest.param(np.full(33, 1 / 33), id="uniform on 33"),
        pytest.param(np.array([0.1, 0, 0.2, 0, 0, 0.7]), id="holes"),
        pytest.param(2.0 ** -np.minimum(np.arange(1, 13), 11), id="falling"),
    ],
)
def test_chirp_coins(weights):
    coins = chirp_coins(weights)
    assert coins.shape == (len(weights), 2, 2)
    unit = np.einsum("tab,tcb->tac", coins, coins.conj())
    np.testing.assert_allclose(unit, np.broadcast_to(np.eye(2), unit.shape), rtol=0, atol=1e-14)
    np.testing.assert_allclose(np.linalg.det(coins), 1, rtol=0, atol=1e-14)
    np.testing.assert_allclose(coins[-1], np.eye(2), rtol=0, atol=0)
    probabilities = probabilities_on_a_line(coins)
    assert probabilities.sum() == pytest.approx(1, abs=1e-13)
    # Only who never leaves coin 0 is on the first site.
    assert probabilities[0] == pytest.approx(weights[0], abs=1e-14)
    leaving = np.abs(coins[:, 1, 0]) ** 2 * np.cumprod([1, *np.abs(coins[:-1, 0, 0]) ** 2])
    np.testing.assert_allclose(leaving[:-1], weights[:0:-1], rtol=0, atol=1e-14)


@pytest.mark.parametrize("sites", [16, 64, 256])
def test_a_chirp_of_falling_weights_comes_close(sites):
    weights = np.exp(-5 * np.linspace(0, 1, sites))
    weights /= weights.sum()
    assert total_variation(weights, probabilities_on_a_line(chirp_coins(weights))) <= 0.2


@pytest.mark.parametrize("coin", ["traced", "absorbed"])
@pytest.mark.parametrize("ends", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("moves", [0, 1, 4, 6])
def test_chirped_walk_reaches_a_single_site(moves, ends, coin):
    walk = SplitStepWalk.template(
        3, 3, start=1, coin=coin, initial_coin=ends[0], final_coin=ends[1]
    )
    probabilities = np.zeros(8)
    probabilities[(walk.start - walk.num_steps + moves) % 8] = 1
    wanted = probabilities if coin == "traced" else np.repeat(probabilities / 2, 2)
    found = chirp_guess(walk, wanted)
    assert structure(found) == structure(walk)
    loaded = dense_probabilities(found).reshape(8, -1).sum(axis=1)
    assert loaded == pytest.approx(probabilities, abs=1e-14)


def test_su2_from_first_columns(rng):
    columns = complex_normal(rng, (2, 4, 3))
    columns /= np.linalg.norm(columns, axis=0)
    coins = su2(*columns)
    assert coins.shape == (4, 3, 2, 2)
    np.testing.assert_array_equal(np.moveaxis(coins[..., 0], -1, 0), columns)
    np.testing.assert_allclose(np.linalg.det(coins), 1, rtol=0, atol=1e-14)
    unit = np.einsum("...ab,...cb->...ac", coins, coins.conj())
    np.testing.assert_allclose(unit, np.broadcast_to(np.eye(2), unit.shape), rtol=0, atol=1e-14)


@pytest.mark.parametrize("draw", range(5))
def test_u_angles_of_random_coins(rng, draw):
    coins = random_coins(rng, 10)
    angles = u_angles(coins)
    assert angles.shape == (10, 3)
    for coin, three in zip(coins, angles, strict=True):
        assert_same_up_to_phase(dense.u(*three), coin)


@pytest.mark.parametrize(
    ("stay", "turn"),
    [
        pytest.param(1, 0, id="identity"),
        pytest.param(-1, 0, id="minus identity"),
        pytest.param(np.exp(0.7j), 0, id="diagonal"),
        pytest.param(0, 1, id="flip"),
        pytest.param(0, -1j, id="zero diagonal"),
        pytest.param(0, np.exp(2.5j), id="zero diagonal and a phase"),
        pytest.param(1, 1e-12j, id="almost diagonal"),
        pytest.param(-1e-12, np.exp(-3j), id="almost zero diagonal"),
    ],
)
def test_u_angles_of_special_coins(stay, turn):
    coin = su2(np.array([stay], dtype=complex), np.array([turn], dtype=complex))[0]
    assert_same_up_to_phase(dense.u(*u_angles(coin)), coin)


def assert_same_up_to_phase(matrix, expected):
    phase = np.vdot(expected, matrix) / 2
    assert abs(phase) == pytest.approx(1, abs=1e-14)
    np.testing.assert_allclose(matrix, phase * expected, rtol=0, atol=1e-14)


def test_turned_coins_equal_the_matrix_exponential(rng):
    coins, vectors = random_coins(rng, 6), rng.normal(size=(6, 3))
    vectors[0] = 0
    expected = [
        expm(1j * np.einsum("j,jab->ab", vector, SIGMA)) @ coin
        for coin, vector in zip(coins, vectors, strict=True)
    ]
    np.testing.assert_allclose(turned(coins, vectors), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("absorbed", [False, True])
def test_jacobian_of_the_moduli_equals_finite_differences(rng, absorbed):
    walk = MomentumWalk([0, 1, -1, 1, -1, 1, -1, 0], 2, 4)
    coins = gentle_coins(rng, 8) @ expm(0.6j * SIGMA[1])
    amplitudes = walk.amplitudes(coins)
    moduli = np.abs(amplitudes.T.ravel()) if absorbed else np.linalg.norm(amplitudes, axis=0)
    root = moduli * rng.uniform(0.9, 1.1, size=moduli.shape)
    sites = Sites(root, absorbed)
    residuals, directions, held = sites.residuals(amplitudes)
    assert not held.any()
    assert residuals == pytest.approx(moduli - root, abs=1e-14)
    assert sites.total_variation(amplitudes) == pytest.approx(
        0.5 * np.abs(moduli**2 - root**2).sum(), abs=1e-14
    )
    moves = 1j * np.einsum("jab,tbc->tjac", SIGMA, coins)
    jacobian = sites.jacobian(walk.derivatives(coins, moves), directions, held)

    def moved(vectors):
        return sites.residuals(walk.amplitudes(turned(coins, vectors.reshape(-1, 3))))[0]

    expected = dense.derivative(moved, np.zeros(24))
    np.testing.assert_allclose(jacobian, expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("num_qubits", range(1, 8))
def test_reference_lognormal(lognormal, num_qubits):
    result = fit(lognormal(num_qubits), method="exact", seed=1)
    assert_exact(result, checked=num_qubits <= 5)
    assert isinstance(result.walk, SplitStepWalk)
    assert result.walk.coin == "traced"
    assert result.walk.num_position_qubits == num_qubits
    assert result.walk.num_steps == 2 ** (num_qubits - 1)


def normal(x, mean, sigma):
    return np.exp(-0.5 * ((x - mean) / sigma) ** 2)


KINDS = {
    "dirichlet": lambda x, rng: rng.dirichlet(np.ones(len(x))),
    "lognormal": lambda x, rng: (
        normal(np.log(0.3 + 3 * x), 0, rng.uniform(0.15, 0.6)) / (0.3 + 3 * x)
    ),
    "normal": lambda x, rng: normal(x, rng.uniform(0.3, 0.7), rng.uniform(0.06, 0.25)),
    "bimodal": lambda x, rng: (
        normal(x, rng.uniform(0.2, 0.4), rng.uniform(0.05, 0.1))
        + rng.uniform(0.3, 1) * normal(x, rng.uniform(0.6, 0.8), rng.uniform(0.05, 0.1))
    ),
    "exponential": lambda x, rng: np.exp(-rng.uniform(1, 20) * x),
    "noisy uniform": lambda x, rng: rng.uniform(0.5, 1.5, size=len(x)),
    "student": lambda x, rng: (1 + ((x - 0.5) / rng.uniform(0.03, 0.1)) ** 2) ** -2,
    "beta": lambda x, rng: x ** rng.uniform(0.5, 4) * (1 - x) ** rng.uniform(0.5, 4),
    "triangular": lambda x, rng: np.minimum(x / rng.uniform(0.2, 0.8), 1 - x) + 1e-3,
    "histogram": lambda x, rng: np.histogram(
        rng.normal(0.5, 0.12, size=10 * len(x)), len(x), (0, 1)
    )[0],
}


@pytest.mark.parametrize("num_qubits", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("kind", KINDS)
def test_random_targets(rng, kind, num_qubits):
    points = (np.arange(2**num_qubits) + 0.5) / 2**num_qubits
    for _ in range(3):
        target = on_the_line(KINDS[kind](points, rng))
        assert_exact(fit(target, method="exact", seed=1), checked=num_qubits <= 4)


def sites_of(count, weights):
    probabilities = np.zeros(count)
    probabilities[list(weights)] = list(weights.values())
    return probabilities


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param([1, 1, 0, 1], id="one hole"),
        pytest.param([0, 1, 2, 1], id="first site empty"),
        pytest.param([1, 0] * 2, id="every other of 4"),
        pytest.param([1, 0] * 4, id="every other of 8"),
        pytest.param([0, 1] * 8, id="every other of 16"),
        pytest.param([0] * 8 + [1, 2, 3, 4, 5, 4, 3, 2], id="upper half"),
        pytest.param([3, 2, 1, 0, 0, 0, 0, 4], id="around the cycle"),
        pytest.param(sites_of(8, {0: 0.5, 4: 0.5}), id="two opposite sites"),
        pytest.param(sites_of(16, {3: 0.3, 11: 0.7}), id="two opposite sites of 16"),
        pytest.param(sites_of(32, {1: 0.5, 17: 0.5}), id="two opposite sites of 32"),
        pytest.param(sites_of(16, {0: 0.2, 15: 0.8}), id="both ends"),
        pytest.param(sites_of(2, {0: 1}), id="first of 2"),
        pytest.param(sites_of(2, {1: 1}), id="last of 2"),
        pytest.param(sites_of(4, {3: 1}), id="last of 4"),
        pytest.param(sites_of(16, {5: 1}), id="one of 16"),
    ],
)
def test_targets_with_holes(weights):
    assert_exact(fit(on_the_line(weights), method="exact", seed=1), checked=len(weights) <= 16)


@pytest.mark.parametrize("num_qubits", [2, 5])
def test_half_of_the_sites_are_empty(rng, num_qubits):
    for _ in range(3):
        weights = rng.dirichlet(np.ones(2**num_qubits))
        weights[rng.permutation(len(weights))[::2]] = 0
        result = fit(on_the_line(weights), method="exact", seed=1)
        assert_exact(result, checked=False)


def test_a_target_with_holes_that_no_walk_loads():
    """A spinor on site 1 orthogonal enough to those on 0 and 6, orthogonal themselves, is short.

    Unitarity at each momentum of the cycle makes the autocorrelations around it vanish: at lag 2
    ``<v6, v0> = 0``, at lag 1 ``<v0, v1> = -<v5, v6>``, at lag 3 ``<v6, v1> = -<v5, v0>``. So
    ``|v1|**2`` is at most ``|v5|**2 max(p6 / p0, p0 / p6)``, below 0.04 for this target.
    """
    weights = [0.13, 0.43, 0, 0, 0, 0.01, 0.43, 0]
    result = fit(on_the_line(weights), method="exact", seed=1)
    assert not result.success
    assert 0.01 < result.total_variation < 0.1
    assert "misses the tolerance" in result.message


@pytest.mark.parametrize("method", ["gradient", "exact"])
def test_a_target_out_of_the_walks_reach(method):
    walk = SplitStepWalk.template(3, 1, start=0)
    result = fit(on_the_line([0, 0, 0, 1, 1, 0, 0, 0]), walk=walk, method=method, seed=1)
    assert result.total_variation == pytest.approx(1)


def test_three_sites_at_different_distances_are_out_of_reach():
    """Their spinors would have to be orthogonal to each other, in two dimensions."""
    result = fit(on_the_line([1, 1, 0, 1, 0, 0, 0, 0]), method="exact", seed=1)
    assert not result.success
    assert 0.04 < result.total_variation < 0.05
    assert "no lattice walk may load it" in result.message


def test_an_arc_of_the_cycle_takes_a_shorter_walk():
    weights = np.zeros(32)
    weights[[30, 31, 0, 1, 2, 3]] = [1, 4, 9, 7, 5, 2]
    result = fit(on_the_line(weights), method="exact", seed=1)
    assert_exact(result, checked=True)
    assert result.walk.num_steps == 3


def test_product_grid():
    target = TargetDistribution.normal(
        [2, 2], [0.1, -0.1], [[0.5, 0.2], [0.2, 0.4]], [(-1, 1), (-1.5, 1)]
    )
    assert target.probabilities.shape == (4, 4)
    result = fit(target, method="exact", seed=1)
    assert_exact(result, checked=True)
    assert result.walk.num_position_qubits == 4
    assert np.abs(result.mean_error).max() <= 1e-9


def test_same_seed_gives_the_same_walk(rng):
    weights = rng.dirichlet(np.ones(8))
    weights[[1, 4, 6]] = 0
    first = fit(on_the_line(weights), method="exact", seed=5)
    clutter = [np.empty(size) for size in range(1, 200, 7)]  # moves what is allocated next
    second = fit(on_the_line(weights), method="exact", seed=5)
    assert len(clutter) > 0
    assert first.walk == second.walk
    assert first.history == second.history
    assert first.seed == 5


@pytest.mark.parametrize("coin", ["none", "traced", "absorbed"])
def test_callback_sees_the_history(lognormal, coin):
    walk = None
    if coin != "none":
        walk = SplitStepWalk.template(4 if coin == "traced" else 3, 8, coin=coin, start=4)
    steps = []
    result = fit(lognormal(4), walk=walk, method="exact", seed=1, callback=steps.append)
    assert_exact(result, checked=True)
    assert tuple(steps) == result.history
    assert [step.evaluation for step in steps] == list(range(1, len(steps) + 1))
    assert all(0 <= step.infidelity <= 1 for step in steps)
    assert steps[0].infidelity > 1e-4
    assert steps[-1].infidelity <= 1e-10
    assert steps[-1].two_qubit_gates == result.two_qubit_gates


def template(num_qubits, coin, steps, ends=(True, None)):
    """Half way through the walk the walker is where the target is largest."""

    def make(target):
        per_site = target.probabilities
        if coin == "absorbed":
            per_site = per_site.reshape(-1, 2).sum(axis=1)
        return SplitStepWalk.template(
            num_qubits - (coin == "absorbed"),
            steps,
            coin=coin,
            start=(int(np.argmax(per_site)) + steps) % len(per_site),
            initial_coin=ends[0],
            final_coin=ends[1],
        )

    return make


@pytest.mark.parametrize("ends", [(True, True), (False, True), (True, False), (False, False)])
@pytest.mark.parametrize(
    ("num_qubits", "coin", "steps"),
    [
        (3, "absorbed", 4),
        (4, "absorbed", 6),
        (5, "absorbed", 10),
        (6, "absorbed", 18),
        (3, "traced", 4),
        (3, "traced", 9),
        (4, "traced", 11),
        (5, "traced", 19),
        (5, "traced", 32),
    ],
)
def test_angles_of_a_given_walk(lognormal, num_qubits, coin, steps, ends):
    target = lognormal(num_qubits)
    walk = template(num_qubits, coin, steps, ends)(target)
    result = fit(target, walk=walk, method="exact", seed=1)
    assert_exact(result, checked=num_qubits <= 4)
    assert structure(result.walk) == structure(walk)


def test_angles_of_a_given_walk_do_not_matter(rng, lognormal):
    walk = template(4, "traced", 10)(lognormal(4))
    other = walk.with_parameters(rng.normal(size=walk.num_parameters))
    first, second = (
        fit(lognormal(4), walk=each, method="exact", seed=2).walk for each in (walk, other)
    )
    assert first == second


def test_a_given_walk_of_too_few_steps_misses_with_advice(lognormal):
    walk = template(3, "traced", 1)(lognormal(3))
    result = fit(lognormal(3), walk=walk, method="exact", seed=1)
    assert not result.success
    assert 0.05 < result.total_variation < 0.7
    assert "give the walk more steps" in result.message
    assert structure(result.walk) == structure(walk)


@pytest.mark.parametrize(
    "walk",
    [
        pytest.param(SplitStepWalk.template(3, 4, coins="ry"), id="RY coins"),
        pytest.param(SplitStepWalk.template(3, 2, repetitions=2), id="repetitions"),
        pytest.param(SplitStepWalk(3, np.zeros((4, 2, 3)), initial_coin=0.5), id="RY first"),
        pytest.param(SplitStepWalk(3, np.zeros((4, 2, 3)), final_coin=0.5), id="RY last"),
        pytest.param(MultiscaleWalk.from_windows(3, [(1, 2), (0, 1)]), id="multiscale"),
        pytest.param(TreeWalk.from_probabilities(np.full(8, 0.125)), id="tree"),
    ],
)
def test_exact_angles_need_lattice_walks_with_u_coins(lognormal, walk):
    with pytest.raises(ValueError, match="lattice walk"):
        fit(lognormal(3), walk=walk, method="exact")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_two_qubit_gates": 5}, "grown walks, not for method='exact'"),
        (
            {"max_two_qubit_gates": 5, "walk": SplitStepWalk.template(3, 4)},
            "leave it out with walk=",
        ),
        ({"method": "exactly"}, "method must be one of 'auto', 'exact'.*got 'exactly'"),
        ({"walk": SplitStepWalk.template(4, 8)}, "the walk loads .* sites, but the target has 8"),
        (
            {"walk": SplitStepWalk.template(3, 8, coin="absorbed")},
            "loads 16 sites, but the target has 8",
        ),
        ({"walk": SplitStepWalk.template(2, 8)}, "loads 4 sites, but the target has 8"),
    ],
)
def test_arguments_that_do_not_go_with_an_exact_fit(lognormal, arguments, message):
    with pytest.raises(ValueError, match=message):
        fit(lognormal(3), **({"method": "exact"} | arguments))


@pytest.mark.parametrize("given", [False, True])
def test_an_exact_fit_cannot_be_resumed(lognormal, given):
    first = fit(lognormal(3), method="exact", seed=1)
    walk = first.walk if given else None
    with pytest.raises(ValueError, match="resume is for variational fits, not for method='exact'"):
        fit(lognormal(3), walk=walk, method="exact", resume=first)
