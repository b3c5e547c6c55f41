import numpy as np
import pytest

from qiskit_ssqw.finance import Market
from qiskit_ssqw.markets.independent import IndependentPrices

ONE = Market(100.0, 0.3, 0.02, 0.5)
OTHER = Market(40.0, 0.6, 0.02, 0.5)
PAIR = Market([10.0, 20.0], [0.2, 0.4], 0.02, 0.5, correlation=[[1, 0.7], [0.7, 1]])


def test_it_lists_its_parts():
    prices = IndependentPrices((ONE, PAIR, OTHER))
    assert prices.num_assets == 4
    assert prices.spot == (100.0, 10.0, 20.0, 40.0)
    assert (prices.rate, prices.maturity) == (0.02, 0.5)
    assert prices.discount == pytest.approx(np.exp(-0.01))
    assert prices.positive
    forwards = [marginal.forward for marginal in prices.marginals]
    np.testing.assert_allclose(forwards, np.array([100, 10, 20, 40]) * np.exp(0.01))
    assert prices.label == ONE.label
    shown = str(prices)
    assert "4 independent prices" in shown
    assert all(text in shown for text in ("100", "10", "20", "40"))


def test_samples_have_the_parts_means_and_only_their_correlations():
    prices = IndependentPrices((ONE, PAIR, OTHER))
    samples = prices.sample(20_000, seed=1)
    assert samples.shape == (20_000, 4)
    spread = samples.std(axis=0) / np.sqrt(len(samples))
    forwards = np.array([marginal.forward for marginal in prices.marginals])
    assert (np.abs(samples.mean(axis=0) - forwards) < 4 * spread).all()
    found = np.corrcoef(np.log(samples).T)
    expected = np.eye(4)
    expected[1, 2] = expected[2, 1] = 0.7
    np.testing.assert_allclose(found, expected, atol=4 / np.sqrt(len(samples)))


def test_one_part_is_that_part():
    prices = IndependentPrices((ONE,))
    points = np.array([60.0, 100.0, 150.0])
    assert prices.forward == ONE.forward
    np.testing.assert_array_equal(prices.cdf(points), ONE.cdf(points))
    np.testing.assert_array_equal(prices.partial_mean(points), ONE.partial_mean(points))


def test_several_have_no_single_distribution():
    prices = IndependentPrices((ONE, OTHER))
    with pytest.raises(ValueError, match="known of one asset, got 2: see marginals"):
        _ = prices.forward
    with pytest.raises(ValueError, match="not a path of 3 steps"):
        prices.sample(2, num_steps=3, seed=1)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ((), "at least one part, got none"),
        ((ONE, Market(1.0, 0.3, 0.05, 0.5)), r"same rate, got \[0.02, 0.05\]"),
        ((ONE, Market(1.0, 0.3, 0.02, 1.0)), r"same maturity, got \[0.5, 1.0\]"),
    ],
)
def test_refuses_parts_that_do_not_belong_together(parts, message):
    with pytest.raises(ValueError, match=message):
        IndependentPrices(parts)
