"""Targets: probabilities whatever they are made of, and what a grid of prices keeps of a market."""

import copy
import json
import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from qiskit_ssqw.targets import TargetDistribution, TargetState

from . import examples
from .strategies import bounds, distributions, markets, states, targets

pytestmark = pytest.mark.filterwarnings("ignore::qiskit_ssqw.targets.GridWarning")

OF_MEANS = [{}, {"grid": "quantile"}, {"grid": "linear", "points": "mean"}]
OTHERS = [{"grid": "linear"}, {"num_std": 3, "rule": "pdf"}, {"points": "centre"}, {"num_std": 2}]


def assert_is_distribution(target):
    assert target.probabilities.min() >= 0
    assert target.probabilities.sum() == pytest.approx(1, abs=1e-12)
    for axis in target.axes:
        assert np.isfinite(axis).all()
        assert np.all(np.diff(axis) > 0)


def black_scholes(market, strikes):
    """Undiscounted calls by the formula of 1973."""
    std = market.volatility * np.sqrt(market.maturity)
    forward = forward_of(market)
    d1 = np.log(forward / strikes) / std + std / 2
    return forward * stats.norm.cdf(d1) - strikes * stats.norm.cdf(d1 - std)


def forward_of(market):
    return market.spot * np.exp((market.rate - market.dividend_yield) * market.maturity)


def target_of(num_qubits, market, **options):
    return TargetDistribution.from_black_scholes(
        num_qubits,
        market.spot,
        market.volatility,
        market.rate,
        market.maturity,
        dividend_yield=market.dividend_yield,
        **options,
    )


@given(target=targets())
def test_copies_of_targets_are_equal(target):
    described = json.loads(json.dumps(target.to_dict()))
    copies = [
        TargetDistribution.from_dict(described),
        pickle.loads(pickle.dumps(target)),
        copy.deepcopy(target),
        copy.copy(target),
    ]
    for each in copies:
        assert each == target
        assert hash(each) == hash(target)
        np.testing.assert_array_equal(each.values, target.values)
    assert_is_distribution(target)


@given(target=states())
def test_copies_of_states_are_equal(target):
    described = json.loads(json.dumps(target.to_dict()))
    copies = [
        TargetState.from_dict(described),
        pickle.loads(pickle.dumps(target)),
        copy.deepcopy(target),
    ]
    for each in copies:
        assert each == target
        assert hash(each) == hash(target)
    assert target.probabilities.sum() == pytest.approx(1, abs=1e-12)


@given(
    make=st.sampled_from([TargetDistribution.normal, TargetDistribution.lognormal]),
    num_qubits=st.integers(1, 7),
    mu=st.floats(-3, 3),
    variance=st.floats(1e-3, 10),
    low=st.floats(-5, 5),
    width=st.floats(0.1, 10),
    rule=st.sampled_from(["pdf", "cell"]),
)
def test_any_gaussian_gives_probabilities(make, num_qubits, mu, variance, low, width, rule):
    high = max(low + width, 0.1)
    target = make(num_qubits, mu, variance, (low, high), rule=rule)
    assert_is_distribution(target)
    assert len(target.probabilities) == 2**num_qubits


@given(
    sizes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    correlation=st.floats(-0.95, 0.95),
    stds=st.tuples(st.floats(0.1, 2), st.floats(0.1, 2)),
    rule=st.sampled_from(["pdf", "cell"]),
)
def test_correlated_gaussians_may_change_places(sizes, correlation, stds, rule):
    covariance = np.outer(stds, stds) * np.array([[1, correlation], [correlation, 1]])
    target = TargetDistribution.normal(sizes, sigma=covariance, rule=rule)
    assert_is_distribution(target)
    other = TargetDistribution.normal(sizes[::-1], sigma=covariance[::-1, ::-1], rule=rule)
    np.testing.assert_allclose(other.probabilities, target.probabilities.T, rtol=0, atol=1e-9)


@given(
    samples=st.lists(st.floats(-100, 100), min_size=1, max_size=50), num_qubits=st.integers(1, 6)
)
def test_any_samples_are_counted(samples, num_qubits):
    target = TargetDistribution.from_samples(num_qubits, samples, bounds=(-10, 10))
    assert_is_distribution(target)
    counts = target.probabilities * len(samples)
    assert counts == pytest.approx(counts.round(), abs=1e-9)
    nearest = np.clip(samples, -10, 10)
    cell = 20 / (2**num_qubits - 1)
    mean = target.probabilities @ target.values
    assert mean == pytest.approx(nearest.mean(), abs=cell / 2 + 1e-9)


@given(
    loc=st.floats(-1e3, 1e3),
    scale=st.floats(1e-2, 1e2),
    kind=st.sampled_from([(stats.t, 3), (stats.gumbel_r,), (stats.uniform,), (stats.laplace,)]),
    num_qubits=st.integers(1, 5),
)
@examples(0.5)
def test_cells_follow_the_distribution_function(loc, scale, kind, num_qubits):
    family, *shape = kind
    distribution = family(*shape, loc=loc, scale=scale)
    box = (loc - 4 * scale, loc + 4 * scale)
    target = TargetDistribution.from_scipy(num_qubits, distribution, box)
    assert_is_distribution(target)
    ends = (target.values[1:] + target.values[:-1]) / 2
    below = np.cumsum(target.probabilities)[:-1]
    np.testing.assert_allclose(below, distribution.cdf(ends), rtol=0, atol=1e-12)


@given(probabilities=distributions(8), box=bounds())
def test_expectations_are_sums(probabilities, box):
    target = TargetDistribution(probabilities, box)
    scale = max(map(abs, box))
    assert target.expectation(lambda x: 1.0) == pytest.approx(1, abs=1e-12)
    mean = target.expectation(lambda x: x)
    assert mean == pytest.approx(float(probabilities @ target.values), abs=1e-12 * scale)
    assert box[0] - 1e-9 * scale <= mean <= box[1] + 1e-9 * scale


class TestGridsOfPrices:
    @given(
        market=markets(), num_qubits=st.integers(1, 6), options=st.sampled_from(OF_MEANS + OTHERS)
    )
    def test_parity_convexity_and_monotony_on_every_grid(self, market, num_qubits, options):
        target = target_of(num_qubits, market, **options)
        assert_is_distribution(target)
        values, weights = target.values, target.probabilities
        mean = float(weights @ values)
        strikes = np.linspace(0, values[-1] * 1.1, 12)
        calls = weights @ np.maximum(values[:, None] - strikes, 0)
        puts = weights @ np.maximum(strikes - values[:, None], 0)
        np.testing.assert_allclose(calls - puts, mean - strikes, rtol=0, atol=1e-12 * strikes[-1])
        slopes = np.diff(calls) / np.diff(strikes)
        assert -1 - 1e-9 <= slopes.min() <= slopes.max() <= 1e-9
        assert np.diff(slopes).min() >= -1e-9
        assert np.all(calls >= np.maximum(mean - strikes, 0) - 1e-12 * strikes[-1])
        assert np.all(calls <= mean * (1 + 1e-12))

    @given(market=markets(), num_qubits=st.integers(1, 6), options=st.sampled_from(OF_MEANS))
    def test_means_keep_the_forward_and_overprice_no_call(self, market, num_qubits, options):
        target = target_of(num_qubits, market, **options)
        forward = forward_of(market)
        assert target.probabilities @ target.values == pytest.approx(forward, rel=1e-9)
        strikes = forward * np.array([0.3, 0.7, 0.95, 1, 1.1, 1.6, 4])
        calls = target.probabilities @ np.maximum(target.values[:, None] - strikes, 0)
        assert np.all(calls <= black_scholes(market, strikes) + 1e-9 * forward)

    @given(
        market=markets(),
        factor=st.floats(1e-3, 1e3),
        num_qubits=st.integers(1, 6),
        options=st.sampled_from(OF_MEANS + OTHERS),
    )
    def test_the_currency_does_not_count(self, market, factor, num_qubits, options):
        target = target_of(num_qubits, market, **options)
        other = target_of(num_qubits, market._replace(spot=factor * market.spot), **options)
        np.testing.assert_allclose(other.probabilities, target.probabilities, rtol=0, atol=1e-9)
        np.testing.assert_allclose(other.values, factor * target.values, rtol=1e-9)

    @given(
        market=markets(),
        place=st.floats(-2, 2),
        num_qubits=st.integers(2, 6),
        options=st.sampled_from(OF_MEANS),
    )
    def test_an_aligned_call_has_no_error(self, market, place, num_qubits, options):
        std = market.volatility * np.sqrt(market.maturity)
        strike = forward_of(market) * np.exp(place * std - std**2 / 2)
        if options.get("grid") == "linear":
            low, *_, high = target_of(num_qubits, market, **options).values
            assume(low < strike < high)
        target = target_of(num_qubits, market, align=strike, **options)
        call = float(target.probabilities @ np.maximum(target.values - strike, 0))
        scale = forward_of(market)
        assert call == pytest.approx(float(black_scholes(market, strike)), abs=1e-9 * scale)

    @given(
        spots=st.tuples(st.floats(1, 100), st.floats(1, 100)),
        volatilities=st.tuples(st.floats(0.05, 0.8), st.floats(0.05, 0.8)),
        correlation=st.floats(-0.95, 0.95),
        sizes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
        grid=st.sampled_from(["log", "linear", "quantile"]),
    )
    def test_assets_may_change_places(self, spots, volatilities, correlation, sizes, grid):
        matrix = [[1, correlation], [correlation, 1]]

        def made(order):
            return TargetDistribution.from_black_scholes(
                sizes[::order],
                spots[::order],
                volatilities[::order],
                0.03,
                1.0,
                correlation=matrix,
                grid=grid,
            )

        target, other = made(1), made(-1)
        assert_is_distribution(target)
        np.testing.assert_allclose(other.probabilities, target.probabilities.T, rtol=0, atol=1e-9)
        for axis, same in zip(target.axes, other.axes[::-1], strict=True):
            np.testing.assert_allclose(axis, same, rtol=1e-12)
