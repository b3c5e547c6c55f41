import math

import numpy as np
import pytest

from qiskit_ssqw import metrics

METRICS = [getattr(metrics, name) for name in metrics.__all__ if name != "fidelity"]

LEFT, RIGHT = [0.5, 0.25, 0.25, 0.0], [0.25, 0.25, 0.25, 0.25]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (metrics.total_variation, 0.25),
        (metrics.kl_divergence, 0.5 * math.log(2)),
        (metrics.hellinger, math.sqrt(1 - (math.sqrt(0.125) + 0.5))),
        (metrics.kolmogorov_smirnov, 0.25),
        (metrics.mean_squared_error, 0.03125),
    ],
)
def test_value_by_hand(metric, expected):
    assert metric(LEFT, RIGHT) == pytest.approx(expected, abs=1e-15)
    assert type(metric(LEFT, RIGHT)) is float


def test_kl_divergence_has_a_direction_and_may_be_infinite():
    assert metrics.kl_divergence(RIGHT, LEFT) == math.inf
    smallest = np.nextafter(0, 1)
    assert metrics.kl_divergence([1, 0], [smallest, 1]) == pytest.approx(-math.log(smallest))


def test_disjoint_distributions_are_at_distance_one():
    p, q = [1, 0], [0, 1]
    assert metrics.total_variation(p, q) == 1
    assert metrics.hellinger(p, q) == pytest.approx(1)
    assert metrics.kolmogorov_smirnov(p, q) == 1


def test_kolmogorov_smirnov_counts_in_c_order():
    p, q = [[0.5, 0.5], [0, 0]], [[0.5, 0], [0.5, 0]]
    assert metrics.kolmogorov_smirnov(p, q) == 0.5
    assert metrics.kolmogorov_smirnov(np.ravel(p), np.ravel(q)) == 0.5


def test_hellinger_resolves_tiny_distances():
    # sqrt(1 - sum sqrt(p q)) itself would round to zero here.
    p, q = [0.5, 0.5], [0.5 + 1e-10, 0.5 - 1e-10]
    assert metrics.hellinger(p, q) == pytest.approx(1e-10 / math.sqrt(2), rel=1e-5)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([0.5, 0.5], [1.0], r"same shape, got \(2,\) and \(1,\)"),
        ([1.5, -0.5], [0.5, 0.5], "p must not be negative, got -0.5"),
        ([0.5, 0.5], [1.5, -0.5], "q must not be negative, got -0.5"),
        ([0.5, math.nan], [0.5, 0.5], "p must be finite, got nan"),
        ([0.5, 0.5], [0.5, math.inf], "q must be finite, got inf"),
    ],
)
def test_invalid_arguments(metric, p, q, message):
    with pytest.raises(ValueError, match=message):
        metric(p, q)


def random_state(rng, size, kind=float):
    state = rng.normal(size=size).astype(kind)
    if kind is complex:
        state += 1j * rng.normal(size=size)
    return state / np.linalg.norm(state)


@pytest.mark.parametrize("kind", [float, complex])
def test_fidelity_of_a_pure_state(rng, kind):
    p, state = rng.dirichlet(np.ones(8)), random_state(rng, 8, kind)
    expected = abs(sum(math.sqrt(p[x]) * state[x] for x in range(8))) ** 2
    assert metrics.fidelity(p, state) == pytest.approx(expected, rel=1e-12)
    assert metrics.fidelity(p, np.exp(0.7j) * state) == pytest.approx(expected, rel=1e-12)
    assert metrics.fidelity(p, -np.sqrt(p)) == pytest.approx(1, abs=1e-15)
    assert type(metrics.fidelity(p, state)) is float


@pytest.mark.parametrize("coins", [1, 2])
def test_fidelity_of_a_reduced_state(rng, coins):
    """With coins behind the sites: ``<sqrt p| rho |sqrt p>``, and the best product."""
    p, state = rng.dirichlet(np.ones(4)), random_state(rng, 4 * 2**coins, complex)
    by_coin = state.reshape(2**coins, 4)
    rho = sum(np.outer(part, part.conj()) for part in by_coin)
    found = metrics.fidelity(p, state)
    assert found == pytest.approx((np.sqrt(p) @ rho @ np.sqrt(p)).real, rel=1e-12)
    for _ in range(50):
        coin = random_state(rng, 2**coins, complex)
        assert abs(np.vdot(np.kron(coin, np.sqrt(p)), state)) ** 2 <= found + 1e-12
    best = by_coin @ np.sqrt(p)
    product = np.kron(best / np.linalg.norm(best), np.sqrt(p))
    assert abs(np.vdot(product, state)) ** 2 == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize(
    ("p", "amplitudes", "error", "message"),
    [
        ([0.5, 0.5], [1, 0, 0], ValueError, "as many as p's 2 sites, or a multiple of them, got"),
        ([0.5, 0.5], [], ValueError, "as many as p's 2 sites"),
        ([0.5, 0.5], [[1, 0]], ValueError, r"got shape \(1, 2\)"),
        ([0.5, 0.5], [1, np.nan], ValueError, "amplitudes must be finite, got nan"),
        ([0.5, 0.5], [1, 1j * np.inf], ValueError, "amplitudes must be finite, got"),
        ([0.5, 0.5], ["a", "b"], TypeError, "amplitudes must be an array of numbers, got"),
        ([1.5, -0.5], [1, 0], ValueError, "p must not be negative, got -0.5"),
        ([[0.5, 0.5]], [1, 0], ValueError, "p must have shape"),
    ],
)
def test_fidelity_of_bad_input(p, amplitudes, error, message):
    with pytest.raises(error, match=message):
        metrics.fidelity(p, amplitudes)
