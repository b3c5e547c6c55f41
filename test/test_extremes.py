"""Numbers at the ends of what is asked for: right, or refused with the reason, and no warnings."""

import itertools
import json
import re
import time
import warnings
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest
from qiskit.primitives import StatevectorSampler
from reference.estimation import Oracle
from scipy import stats
from scipy.special import log_ndtr, ndtr

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution, fit, metrics
from qiskit_ssqw.finance import (
    CIR,
    Asian,
    Bachelier,
    Basket,
    Bates,
    BullSpread,
    Call,
    DigitalCall,
    GeometricBasket,
    Heston,
    Market,
    Merton,
    OptionPricing,
    PriceAccuracyWarning,
    Put,
    Straddle,
    VarianceGamma,
    price,
)
from qiskit_ssqw.targets import GridWarning, TargetState
from qiskit_ssqw.walks import MultiscaleWalk, TreeWalk

MINUTE, DAY = 1 / (365 * 24 * 60), 1 / 365
VOLATILITIES = [1e-3, 0.2, 1, 5]
MATURITIES = [MINUTE, DAY, 1, 10, 50]
MARKETS = [pair for pair in itertools.product(VOLATILITIES, MATURITIES) if pair != (5, 50)]
GRIDS = [
    {},
    {"grid": "quantile"},
    {"grid": "linear", "points": "mean"},
    {"grid": "linear"},
    {"num_std": 3, "rule": "pdf"},
]


def black_scholes(spot, volatility, rate, maturity, strike):
    """Undiscounted call, of its two terms' logarithms, and the forward."""
    std, forward = volatility * np.sqrt(maturity), spot * np.exp(rate * maturity)
    d1 = (np.log(spot / strike) + rate * maturity) / std + std / 2
    call = np.exp(np.log(forward) + log_ndtr(d1)) - np.exp(np.log(strike) + log_ndtr(d1 - std))
    return call, forward


@contextmanager
def quiet(category):
    """Without the warnings of a category."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category)
        yield


def assert_is_grid(target):
    assert np.isfinite(target.probabilities).all()
    assert target.probabilities.min() >= 0
    assert target.probabilities.sum() == pytest.approx(1, abs=1e-12)
    assert np.isfinite(target.values).all()
    assert np.all(np.diff(target.values) > 0)
    assert "nan" not in str(target)
    assert "inf" not in str(target)


class TestBlackScholes:
    @pytest.mark.parametrize("spot", [1e-8, 100.0, 1e12])
    def test_closed_forms(self, spot):
        for volatility, maturity in MARKETS:
            market = Market(spot, volatility, 0.03, maturity)
            for place in (1e-6, 0.9, 1.0, 1.1, 1e6):
                call, forward = black_scholes(
                    spot, volatility, 0.03, maturity, place * market.forward
                )
                payoff = Call(place * market.forward)
                found = market.expectation(payoff)
                assert found == pytest.approx(call, rel=1e-9, abs=1e-12 * max(forward, 1e-300))
                parity = found - market.expectation(Put(place * market.forward))
                assert parity == pytest.approx(forward * (1 - place), rel=1e-9, abs=1e-12 * forward)
                greeks = market.greeks(payoff)
                each = [greeks.value, greeks.delta, greeks.gamma]
                each += [greeks.vega, greeks.theta, greeks.rho]
                assert np.isfinite(each).all()
                assert -1e-9 <= greeks.delta <= 1 + 1e-9

    def test_a_variance_beyond_floating_point_is_refused(self):
        with pytest.raises(ValueError, match="a price without a finite standard deviation"):
            Market(100, 5, 0.03, 50)
        with pytest.raises(ValueError, match="too large or too small for floating-point numbers"):
            Market(100, 1e-170, 0.03, 1)

    @pytest.mark.parametrize("options", GRIDS)
    @pytest.mark.parametrize("num_qubits", [1, 5, 13])
    def test_grids(self, num_qubits, options):
        for volatility, maturity in MARKETS:
            target = TargetDistribution.from_black_scholes(
                num_qubits, 100, volatility, 0.03, maturity, **options
            )
            assert_is_grid(target)
            call, forward = black_scholes(100, volatility, 0.03, maturity, 100)
            if target.market and "num_std" not in options and options != {"grid": "linear"}:
                mean = target.probabilities @ target.values
                assert mean == pytest.approx(forward, rel=1e-9)
                on_grid = target.probabilities @ np.maximum(target.values - 100, 0)
                assert on_grid <= call + 1e-9 * forward
                if num_qubits == 13 and volatility * np.sqrt(maturity) < 1:
                    assert on_grid == pytest.approx(call, rel=1e-3)

    def test_prices_that_round_to_one_another_are_refused(self):
        with pytest.raises(ValueError, match="floating point cannot tell the grid's prices apart"):
            TargetDistribution.from_black_scholes(18, 100, 1e-3, 0.03, MINUTE, grid="quantile")

    def test_a_strike_below_the_first_cell_of_a_linear_grid(self):
        """Its edges were moved below a price of 0."""
        for strike in (0.02, 0.3, 1.0):
            target = TargetDistribution.from_black_scholes(
                2, 1.0, 1.0, 0.0, 2.0, grid="linear", points="mean", align=strike
            )
            assert_is_grid(target)
            call, _ = black_scholes(1.0, 1.0, 0.0, 2.0, strike)
            on_grid = target.probabilities @ np.maximum(target.values - strike, 0)
            assert on_grid == pytest.approx(call, rel=1e-9)

    @pytest.mark.parametrize(
        ("volatility", "maturity", "place"),
        [
            (1e-3, MINUTE, 1),
            (1e-3, 50, 1.01),
            (0.2, MINUTE, 1),
            (1, 50, 0.5),
            (5, 1, 1),
            (5, DAY, 2),
            (5, 10, 1),
        ],
    )
    def test_implied_volatilities(self, volatility, maturity, place):
        market = Market(100, volatility, 0.03, maturity)
        payoff = Call(place * market.forward)
        value = market.discount * market.expectation(payoff)
        found = Market(100, 0.3, 0.03, maturity).implied_volatility(payoff, value)
        assert found == pytest.approx(volatility, rel=0.01)

    @pytest.mark.parametrize(("volatility", "maturity", "place"), [(0.02, 1, 0.86), (5, 11, 1.0)])
    def test_prices_that_do_not_tell_the_volatility_are_refused(self, volatility, maturity, place):
        """Those of options deep in the money, and near their largest value."""
        market = Market(100, volatility, 0.03, maturity)
        payoff = Call(place * market.forward)
        value = market.discount * market.expectation(payoff)
        with pytest.raises(ValueError, match="does not tell the volatility to 1%"):
            market.implied_volatility(payoff, value)


MODELS = {
    "Bachelier": lambda v: Bachelier(100, 0.03, 100 * v),
    "Heston": lambda v: Heston(100, 0.03, v * v, 1.5, v * v, 0.5 * min(v, 1), -0.7),
    "Bates": lambda v: Bates(100, 0.03, v * v, 1.5, v * v, 0.5 * min(v, 1), -0.7, 0.5, -0.1, 0.15),
    "Merton": lambda v: Merton(100, 0.03, v, 0.5, -0.1, 0.15),
    "variance gamma": lambda v: VarianceGamma(100, 0.03, v, -0.1, 0.2),
    "CIR": lambda v: CIR(0.03, 0.5, 0.05, v),
}
"""Models of a volatility."""

REASONS = "|".join(
    [
        "vary too little for floating point",
        "more than 1e-08: override at",
        "no price lies between",
        "or the price has no mean",
        "cannot tell the grid's prices apart",
    ]
)


class TestModels:
    @pytest.mark.parametrize("name", MODELS)
    def test_no_arbitrage_or_a_reason(self, name):
        refused = []
        for volatility, maturity in [(0.05, DAY), (0.2, MINUTE), (1, 1), (5, 50)]:
            try:
                prices = MODELS[name](volatility).at(maturity)
                target = TargetDistribution.from_market(3, prices)
            except ValueError as error:
                refused.append(str(error))
                continue
            assert_is_grid(target)
            forward = prices.forward
            strikes = forward * np.array([0.5, 0.9, 1, 1.1, 2])
            calls = np.array([prices.expectation(Call(strike)) for strike in strikes])
            puts = np.array([prices.expectation(Put(strike)) for strike in strikes])
            near = 1e-6 * abs(forward)
            np.testing.assert_allclose(calls - puts, forward - strikes, rtol=0, atol=near)
            assert np.all(calls >= np.maximum(forward - strikes, 0) - near)
            assert target.probabilities @ target.values == pytest.approx(forward, rel=1e-6)
        assert len(refused) <= 3
        for reason in refused:
            assert re.search(REASONS, reason)

    @pytest.mark.parametrize(
        ("volatility", "maturity"),
        [(0.01, DAY), (0.2, MINUTE), (0.2, 50), (1, MINUTE), (1, 50), (5, MINUTE), (5, 10)],
    )
    def test_without_jumps_it_is_black_scholes(self, volatility, maturity):
        prices = Merton(100, 0.03, volatility, 0, 0, 0).at(maturity)
        for place in (0.5, 0.99, 1, 1.01, 2):
            strike = place * prices.forward
            call, forward = black_scholes(100, volatility, 0.03, maturity, strike)
            assert prices.expectation(Call(strike)) == pytest.approx(call, abs=1e-7 * forward)

    @pytest.mark.parametrize("maturity", MATURITIES)
    @pytest.mark.parametrize("volatility", [1e-3, 1, 1e5])
    def test_normal_prices_are_bacheliers_formula(self, volatility, maturity):
        prices = Bachelier(100, 0.03, volatility).at(maturity)
        std = volatility * np.sqrt(maturity)
        for place in (-3, 0, 3):
            strike = prices.forward + place * std
            call = std * (stats.norm.pdf(place) - place * ndtr(-place))
            assert prices.expectation(Call(strike)) == pytest.approx(
                call, rel=1e-6, abs=1e-13 * (abs(strike) + abs(prices.forward))
            )


class TestPrices:
    @pytest.mark.parametrize(
        ("volatility", "maturity", "place"),
        [
            (1e-3, MINUTE, 1),
            (0.2, 50, 1),
            (5, DAY, 1),
            (5, 1, 1),
            (3, 10, 1),
            (0.2, 1, 1e-6),
            (0.2, 1, 1e3),
            (5, 1, 1e6),
            (1e-3, MINUTE, 1.001),
        ],
    )
    @pytest.mark.parametrize("spot", [1e-8, 1e12])
    def test_the_interval_holds_the_formula(self, spot, volatility, maturity, place):
        strike = place * spot * np.exp(0.03 * maturity)
        exact, forward = black_scholes(spot, volatility, 0.03, maturity, strike)
        target = TargetDistribution.from_black_scholes(2, spot, volatility, 0.03, maturity)
        walk = TreeWalk.from_probabilities(target.probabilities)
        model = QuantumWalkUncertaintyModel(target, walk=walk)
        with quiet(PriceAccuracyWarning):
            found = price(Call(strike), model, estimator=Oracle(), encoding="exact", seed=1)
        low, high = found.interval
        assert low - 1e-9 * forward <= exact <= high + 1e-9 * forward
        assert found.error >= abs(found.estimate - exact) - 1e-9 * forward
        assert found.success == (found.error <= found.allowed_error)
        numbers = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert numbers["estimate"] == found.estimate
        assert "nan" not in str(found)

    def test_a_miss_warns(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(2, 100, 5, 0.03, 1, seed=1)
        with pytest.warns(PriceAccuracyWarning, match="due to the grid"):
            price(Call(100), model, estimator=Oracle(), seed=1)


class TestGivenGrids:
    @pytest.mark.parametrize(
        "bounds",
        [(1e-10, 1), (-1e10, 1e10), (1e-5, 1e5), (1e-300, 1e-290), (0, 1e150), (1, 1 + 1e-10)],
    )
    @pytest.mark.parametrize("num_qubits", [1, 3, 10])
    def test_bounds_of_ten_orders_of_magnitude(self, bounds, num_qubits, rng):
        weights = rng.dirichlet(np.ones(2**num_qubits))
        target = TargetDistribution(weights, bounds)
        assert_is_grid(target)
        assert target.values[0] == bounds[0]
        assert target.values[-1] == bounds[1]
        step = Fraction(bounds[1]) - Fraction(bounds[0])
        middle = Fraction(bounds[0]) + step / (2**num_qubits - 1)
        assert target.values[1] == pytest.approx(float(middle), rel=1e-14, abs=0)
        walk = TreeWalk.from_probabilities(weights)
        result = fit(target, walk=walk, seed=1)
        assert result.success
        assert np.isfinite([result.mean_error, result.second_moment_error]).all()
        assert str(result)

    @pytest.mark.parametrize("num_qubits", [2, 3, 10])
    @pytest.mark.parametrize("bounds", [(0, 5e-324), (1, 1 + 2.3e-16), (1e16, 1e16 + 2)])
    def test_points_that_round_to_one_another_are_refused(self, bounds, num_qubits):
        flat = np.full(2**num_qubits, 0.5**num_qubits)
        message = "floating point cannot tell .* points between .* apart"
        with pytest.raises(ValueError, match=message):
            TargetDistribution(flat, bounds)
        with pytest.raises(ValueError, match=message):
            TargetState(np.sqrt(flat), bounds)
        with pytest.raises(ValueError, match=message):
            TargetDistribution.normal(num_qubits, bounds[0], 1.0, bounds)

    @pytest.mark.parametrize(
        "make",
        [
            lambda: TargetDistribution([0.5, 0.5], (0, 1e300)),
            lambda: TargetDistribution([0.5, 0.5], (-1.7e308, 1.7e308)),
            lambda: TargetDistribution([0.5, 0.5], axes=[0, 1e151]),
            lambda: TargetDistribution.from_samples(1, [-1e308, 1e308]),
            lambda: TargetState([0.6, 0.8], (0, 1e300)),
            lambda: TargetDistribution.lognormal(1, 0, 1, (0, 1e300)),
        ],
    )
    def test_points_without_squares_are_refused(self, make):
        with pytest.raises(ValueError, match="must lie between -1e150 and 1e150"):
            make()

    @pytest.mark.parametrize("rule", ["pdf", "cell"])
    @pytest.mark.parametrize("make", [TargetDistribution.normal, TargetDistribution.lognormal])
    def test_gaussians_of_any_variance(self, make, rule):
        for variance, bounds in itertools.product(
            [1e-12, 1e-6, 1, 1e4], [(0, 1), (1e-5, 1e5), (1, 1e10), (-1e10, 1e10)]
        ):
            with quiet(GridWarning):
                target = make(3, 0.1, variance, bounds, rule=rule)
            assert_is_grid(target)
            if rule == "pdf":
                continue
            std, ends = np.sqrt(variance), (target.values[1:] + target.values[:-1]) / 2
            if make == TargetDistribution.lognormal:
                ends = np.log(ends, out=np.full_like(ends, -np.inf), where=ends > 0)
            below = ndtr((ends - 0.1) / std)
            found = np.cumsum(target.probabilities)[:-1]
            np.testing.assert_allclose(found, below, rtol=0, atol=1e-12)

    @pytest.mark.parametrize("grid", [None, "linear", "quantile"])
    @pytest.mark.parametrize(
        "distribution",
        [stats.norm(0, 1e-12), stats.norm(0, 1e12), stats.uniform(0, 1e-300), stats.lognorm(3)],
    )
    def test_scipy_distributions_of_any_scale(self, distribution, grid):
        target = TargetDistribution.from_scipy(4, distribution, grid=grid)
        assert_is_grid(target)

    def test_equal_samples_have_no_quantiles(self):
        with pytest.raises(ValueError, match=r"no price lies between .* nothing stands for"):
            TargetDistribution.from_samples(2, [3.0] * 5, grid="quantile", points="centre")


TINY = [
    [1, 1e-300],
    [5e-324, 1],
    [0, 1],
    [1, 1e-300, 1e-300, 1e-300],
    [0.25, 0.75, 1e-300, 0],
    [1e-17, 0.5, 0.5, 1e-300],
]


class TestProbabilities:
    @pytest.mark.parametrize("p", TINY)
    def test_fits_and_trees_of_tiny_probabilities(self, p):
        target = TargetDistribution(p, (0, 1))
        np.testing.assert_array_equal(target.probabilities, p)
        for method in ("auto", "exact"):
            result = fit(target, tolerance=1e-6, seed=1, method=method)
            assert result.success
            assert result.total_variation <= 1e-6
            assert 0 <= result.hellinger < 1e-3
            assert not np.isnan([result.kl_divergence, result.reverse_kl_divergence]).any()
            assert "nan" not in str(result)
        found = TreeWalk.from_probabilities(p).probabilities()
        assert np.all(np.abs(np.sqrt(found) - np.sqrt(p)) <= 1e-15)

    def test_subnormal_sums_are_refused(self):
        with pytest.raises(ValueError, match="must sum to 1, got 1e-300"):
            TargetDistribution([1e-300, 0.0], (0, 1))

    @pytest.mark.parametrize(
        ("p", "q", "divergence"),
        [
            ([1, 0], [1e-300, 1], 300 * np.log(10)),
            ([1, 0], [5e-324, 1], 1074 * np.log(2)),
            ([0.5, 0.5], [5e-324, 1], 0.5 * 1074 * np.log(2) - np.log(2)),
            ([1e-300, 1], [1e-300, 1], 0),
            ([1, 0], [0, 1], np.inf),
        ],
    )
    def test_divergences(self, p, q, divergence):
        assert metrics.kl_divergence(p, q) == pytest.approx(divergence, rel=1e-12)
        assert metrics.total_variation(p, q) == pytest.approx(0.5 * np.abs(np.subtract(p, q)).sum())
        assert 0 <= metrics.hellinger(p, q) <= 1
        assert 0 <= metrics.fidelity(p, np.sqrt(q)) <= 1 + 1e-15

    @pytest.mark.parametrize("angle", [1e-300, 1e-160, 1e-8])
    def test_walks_of_tiny_angles(self, angle):
        walk = MultiscaleWalk(2, [(1, 0)], [[angle, angle]], initial_angles=[angle, angle])
        assert walk.amplitudes()[0] == pytest.approx(1, abs=1e-15)
        assert np.isfinite(walk.jacobian(walk.parameters)[1]).all()


class TestPayoffs:
    @pytest.mark.parametrize("strike", [1e-300, 1e-10, 1, 1e10, 1e300])
    def test_strikes_of_all_sizes(self, strike):
        prices = np.array([1e-300, 1e-10, 1, 1e10, 1e300])
        expected = np.maximum(prices - strike, 0)
        np.testing.assert_array_equal(Call(strike)(prices), expected)
        np.testing.assert_allclose(Straddle(strike)(prices), np.abs(prices - strike), rtol=1e-14)
        np.testing.assert_array_equal(DigitalCall(strike)(prices), prices >= strike)
        spread = np.clip(prices, strike, 2 * strike) - strike
        np.testing.assert_allclose(BullSpread(strike, 2 * strike)(prices), spread, rtol=1e-14)
        rows = np.stack([prices, prices], axis=1)
        for payoff in (Asian(Call(strike)), Basket([0.5, 0.5], Call(strike))):
            np.testing.assert_allclose(payoff(rows), expected, rtol=1e-14)
        geometric = GeometricBasket([0.5, 0.5], Call(strike))(rows)
        np.testing.assert_allclose(geometric, expected, rtol=1e-12, atol=1e-12 * strike)

    @pytest.mark.parametrize(
        "payoff",
        [
            Basket([1e10, 1e10], Call(1.0)),
            Basket([1e10, -1e10], Call(1.0)),
            GeometricBasket([300, 300], Call(1.0)),
        ],
    )
    def test_what_is_beyond_floating_point_is_refused(self, payoff):
        with pytest.raises(ValueError, match=r"pays (inf|nan) at|must be finite"):
            payoff(np.array([[1e300, 1e300]]))


class TestSizes:
    def test_one_qubit(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(1, 100, 0.2, 0.03, 1, seed=1)
        assert model.fit_result.total_variation < 1e-12
        assert model.fit_result.two_qubit_gates == 0
        strike = float(np.mean(model.values))
        found = price(Call(strike), model, estimator=Oracle(), reference=False, absolute_accuracy=9)
        exact = model.probabilities[1] * (model.values[1] - strike)
        assert found.estimate == pytest.approx(exact, rel=1e-8)

    def test_eighteen_qubits(self):
        """Equally probable cells take no gate, and a tree loads what it is given."""
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            18, 100, 0.2, 0.03, 1, grid="quantile", seed=1
        )
        assert model.fit_result.success
        assert model.fit_result.two_qubit_gates == 0
        call, forward = black_scholes(100, 0.2, 0.03, 1, 103)
        on_grid = float(model.loaded_probabilities @ np.maximum(model.values - 103, 0))
        assert on_grid == pytest.approx(call, rel=1e-6)
        assert model.loaded_probabilities @ model.values == pytest.approx(forward, rel=1e-9)
        target = TargetDistribution.from_black_scholes(18, 100, 0.2, 0.03, 1)
        tree = TreeWalk.from_probabilities(target.probabilities)
        loaded = tree.probabilities()
        assert metrics.total_variation(target.probabilities, loaded) < 1e-12
        assert loaded @ np.maximum(target.values - 103, 0) == pytest.approx(call, rel=1e-6)

    @pytest.mark.parametrize(
        "encoding",
        ["auto", "exact", "comparator", pytest.param("fourier", marks=pytest.mark.deep)],
    )
    @pytest.mark.parametrize(
        ("num_qubits", "volatility", "maturity", "place"),
        [
            (14, 0.2, 1, 1),
            pytest.param(15, 0.4, 0.1, 0.95, marks=pytest.mark.deep),
            pytest.param(16, 0.1, 3, 1.1, marks=pytest.mark.deep),
            pytest.param(17, 0.3, 0.5, 1, marks=pytest.mark.deep),
            pytest.param(18, 0.2, 1, 1, marks=pytest.mark.deep),
        ],
    )
    @pytest.mark.parametrize("grid", ["quantile", pytest.param("log", marks=pytest.mark.deep)])
    def test_prices_of_many_points(self, grid, num_qubits, volatility, maturity, place, encoding):
        """Of one register, whose points are listed: within seconds, and right."""
        start = time.process_time()
        market = Market(100, volatility, 0.03, maturity)
        strike = place * market.forward
        target = TargetDistribution.from_market(num_qubits, market, grid=grid)
        walk = TreeWalk.from_probabilities(target.probabilities)
        loader = {"seed": 1} if grid == "quantile" else {"walk": walk}
        model = QuantumWalkUncertaintyModel(target, **loader)
        payoffs = {
            "auto": [Call(strike), DigitalCall(strike)],
            "exact": [Put(strike)],
            "comparator": [DigitalCall(strike)],
            "fourier": [Call(strike)],
        }[encoding]
        for payoff in payoffs:
            with quiet(PriceAccuracyWarning):
                found = price(payoff, model, encoding=encoding, seed=1, max_seconds=60)
            assert found.exact_value == pytest.approx(
                target.probabilities @ payoff(target.values), rel=1e-9
            )
            assert found.reference.value == pytest.approx(market.expectation(payoff), rel=1e-9)
            low, high = found.interval
            assert low <= found.reference.value <= high
            assert found.success
        assert time.process_time() - start < 90

    def test_a_digital_on_eighteen_qubits(self):
        """By comparison, since a table would take 2**18 CX."""
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            18, 100, 0.2, 0.03, 1, grid="quantile", seed=1
        )
        application = OptionPricing(DigitalCall(103), model)
        assert application.encoded.kind == "comparator"
        assert application.count_iterate_two_qubit_gates() < 300
        below = ndtr((np.log(1.03) - 0.01) / 0.2)
        assert application.loaded_value == pytest.approx(1 - below, abs=1e-5)
        found = price(DigitalCall(103), model, seed=1)
        low, high = found.interval
        assert low <= 1 - below <= high
        assert found.success

    def test_a_series_on_eighteen_qubits(self):
        """In the index, whose angles are linear in the bits: a CX or two of each."""
        target = TargetDistribution.from_black_scholes(18, 100, 0.2, 0.03, 1)
        walk = TreeWalk.from_probabilities(target.probabilities)
        model = QuantumWalkUncertaintyModel(target, walk=walk)
        application = OptionPricing(Call(103), model, encoding="fourier", payoff_tolerance=1e-3)
        call, _ = black_scholes(100, 0.2, 0.03, 1, 103)
        bias = application.bias_bound.total
        assert bias <= 1e-3 * np.ptp(application.payoff_range)
        assert application.loaded_value == pytest.approx(call, abs=bias + 1e-6)
        assert max(len(part.rotations) for part in application.encoded.parts) <= 19

    @pytest.mark.deep
    def test_an_exact_payoff_on_eighteen_qubits(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            18, 100, 0.2, 0.03, 1, grid="quantile", seed=1
        )
        application = OptionPricing(Call(103), model, encoding="exact")
        call, _ = black_scholes(100, 0.2, 0.03, 1, 103)
        assert application.loaded_value == pytest.approx(call, rel=1e-6)
        assert 2**18 <= application.count_iterate_two_qubit_gates() <= 2**18 + 200

    def test_what_takes_too_long_is_refused_at_once(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            14, 100, 0.2, 0.03, 1, grid="quantile", seed=1
        )
        start = time.process_time()
        for options in (
            {"encoding": "fourier", "max_seconds": 1},
            {"encoding": "exact", "sampler": StatevectorSampler},
            {"encoding": "exact", "estimator": "ae"},
        ):
            with pytest.raises(ValueError, match=r"on a simulator, more than max_seconds=.* times"):
                price(Call(103), model, seed=1, **options)
        assert time.process_time() - start < 60

    def test_more_points_than_are_listed_are_refused(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            21, 100, 0.2, 0.03, 1, grid="quantile", seed=1
        )
        for estimator in ("auto", "sampling"):
            with pytest.raises(
                ValueError, match="of at most 20 qubits, got 21: take a grid of few"
            ):
                price(Call(103), model, estimator=estimator, seed=1)
