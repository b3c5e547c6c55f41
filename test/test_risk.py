"""Value at risk and expected shortfall: by estimation, classically, and under Black-Scholes."""

import json
from functools import cache

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorSampler
from scipy.stats import norm
from stand_ins import ExactSampler, StandIn

from qiskit_ssqw import (
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
)
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Basket,
    Call,
    DigitalCall,
    FunctionPayoff,
    Market,
    PathModel,
    PiecewiseLinear,
    Put,
    RiskWarning,
    Straddle,
    expected_shortfall,
    value_at_risk,
)
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.loader import as_loader
from qiskit_ssqw.finance.loss_distribution import LossGrid
from qiskit_ssqw.finance.risk.estimation import RiskEstimation
from qiskit_ssqw.finance.risk.reference import references
from qiskit_ssqw.finance.risk.search import QuantileSearch

pytestmark = pytest.mark.filterwarnings(
    "ignore::qiskit_ssqw.finance.RiskWarning",
    "ignore::qiskit_ssqw.finance.LoaderAccuracyWarning",
)

SPOT = 2.0
MARKETS = [(SPOT, 0.4, 0.05, 40 / 365), (SPOT, 0.2, 0.0, 1.0), (SPOT, 0.8, 0.1, 0.5)]
LONG = PiecewiseLinear([SPOT], [-1, -1], [0, 0], "long stock")
LOSSES = [Call(SPOT), Put(SPOT), LONG, Straddle(SPOT), 3 * Put(1.8) - Call(2.2)]
MEASURES = [value_at_risk, expected_shortfall]


def by_name(item):
    return getattr(item, "name", getattr(item, "__name__", str(item)))


@cache
def model_of(size, market=MARKETS[0], **options):
    return QuantumWalkUncertaintyModel.from_black_scholes(size, *market, seed=1, **options)


@pytest.fixture(scope="module")
def model():
    return model_of(5)


@pytest.fixture(scope="module")
def basket_model():
    return QuantumWalkUncertaintyModel.from_black_scholes(
        [2, 3], [2.0, 2.2], [0.4, 0.3], 0.05, 0.25, correlation=[[1, 0.5], [0.5, 1]], seed=1
    )


class CoinRun(EstimatorRun):
    """Estimations of known amplitudes by stand-ins of one qubit."""

    def __init__(self, rng, estimator="bayes"):
        super().__init__(estimator, ExactSampler(rng), shots=1 if estimator == "bayes" else 100)

    def estimate(self, problems, epsilons, alpha, iterate_cx, amplitudes, **options):
        stand_ins = [StandIn(amplitude) for amplitude in amplitudes]
        return super().estimate(stand_ins, epsilons, alpha, 1, amplitudes, **options)


def tossed(loss, model, rng, level=0.99, epsilon=None, estimator="bayes"):
    return RiskEstimation(loss, as_loader(model), level, epsilon, CoinRun(rng, estimator))


def mean_of_worst(amounts, weights, level):
    """The shortfall by its definition: fill ``1 - level`` from the largest loss down."""
    left, total = 1 - level, 0.0
    for place in np.argsort(-amounts):
        taken = min(left, weights[place])
        total, left = total + taken * amounts[place], left - taken
    return total / (1 - level)


class TestClassically:
    @pytest.mark.parametrize("level", [0.01, 0.3, 0.5, 0.95, 0.999])
    def test_both_measures_by_their_definitions(self, level, rng):
        for _ in range(20):
            amounts = rng.integers(-4, 5, 16) / 3.0  # atoms of several points
            weights = rng.dirichlet(np.ones(16) / 2)
            losses = LossGrid.of(amounts).distribution(weights)
            reached = [x for x in np.unique(amounts) if weights[amounts <= x].sum() >= level]
            assert losses.value_at_risk(level) == min(reached)
            found = losses.expected_shortfall(level)
            assert found == pytest.approx(mean_of_worst(amounts, weights, level), abs=1e-12)

    def test_a_level_that_a_probability_meets(self):
        weights = np.array([0.1, 0.7, 0.1, 0.1])  # 0.7 + 0.1 + 0.1 is not 0.9 in binary
        losses = LossGrid.of(np.array([4.0, 1.0, 2.0, 3.0])).distribution(weights)
        assert losses.value_at_risk(0.9) == 3
        assert losses.expected_shortfall(0.9) == pytest.approx(4)

    def test_the_shortfall_is_subadditive_where_the_value_at_risk_is_not(self):
        weights = np.array([0.92, 0.04, 0.04])
        one, other = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
        grids = map(LossGrid.of, (one, other, one + other))
        first, second, both = (grid.distribution(weights) for grid in grids)
        assert both.value_at_risk(0.95) > 0
        assert first.value_at_risk(0.95) == second.value_at_risk(0.95) == 0
        parts = [losses.expected_shortfall(0.95) for losses in (first, second)]
        assert both.expected_shortfall(0.95) <= sum(parts) + 1e-12

    def test_losses_that_differ_by_rounding_are_one(self):
        grid = LossGrid.of(np.array([0.1 + 0.2, 0.3, 1.0, 1e-17, 0.0]))
        assert len(grid.losses) == 3
        assert grid.places.tolist() == [1, 1, 2, 0, 0]


class TestReference:
    @pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
    @pytest.mark.parametrize(("spot", "volatility", "rate", "maturity"), MARKETS)
    def test_closed_forms_of_a_long_stock(self, spot, volatility, rate, maturity, level):
        market = Market(spot, volatility, rate, maturity)
        std, score = volatility * np.sqrt(maturity), norm.ppf(level)
        risk, shortfall = references(LONG, market, level)
        forward = spot * np.exp(rate * maturity)
        assert risk.value == pytest.approx(spot - forward * np.exp(-(std**2) / 2 - std * score))
        mean = forward * norm.cdf(-score - std) / (1 - level)
        assert shortfall.value == pytest.approx(spot - mean, rel=1e-8)

    @pytest.mark.parametrize("loss", [Call(2.1), Put(1.7), DigitalCall(2.3)], ids=by_name)
    def test_closed_forms_of_the_excess(self, loss):
        market = Market(*MARKETS[0])
        for level in (0.6, 0.9, 0.99):
            risk, shortfall = references(loss, market, level)
            draws = loss(market.sample(400_000, seed=3))
            assert risk.value == pytest.approx(np.quantile(draws, level), abs=5e-3)
            worst = np.sort(draws)[-round((1 - level) * len(draws)) :].mean()
            assert shortfall.value == pytest.approx(worst, abs=1e-2)

    @pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
    @pytest.mark.parametrize("market", MARKETS)
    def test_of_losses_that_rise_and_fall(self, market, level):
        market = Market(*market)
        strike = market.forward
        risk, shortfall = references(Straddle(strike), market, level)
        # Prices beyond the loss on both sides have the rest of the probability.
        ends = strike + np.array([-1, 1]) * risk.value
        low, high = market.cdf(ends)
        assert low + 1 - high == pytest.approx(1 - level, rel=2e-3)
        excess = Put(ends[0]) + Call(ends[1]) if ends[0] > 0 else Call(ends[1])
        exact = risk.value + market.expectation(excess) / (1 - level)
        assert shortfall.value == pytest.approx(exact, rel=1e-4)

    def test_several_assets_have_none(self, basket_model):
        assert references(Basket([1, 1], Call(4)), basket_model.market, 0.9) is None


class TestSearch:
    """The search with probabilities that are told, or not, by an interval of a half width."""

    def follow(self, guess, actual, level, error=0.0):
        search, steps = QuantileSearch(guess, level), 0
        while (place := search.next_place) is not None:
            found = actual[place]
            search.learn(place, found, (found - error, found + error))
            steps += 1
            assert steps < 60
        return search, steps

    @pytest.mark.parametrize("level", [0.05, 0.5, 0.99])
    @pytest.mark.parametrize("size", [2, 5, 64, 256])
    def test_a_right_guess_takes_two(self, size, level, rng):
        for _ in range(20):
            actual = np.cumsum(rng.dirichlet(np.ones(size)))
            search, steps = self.follow(actual, actual, level)
            assert search.place == search.below + 1 == search.reached
            assert search.place == np.searchsorted(actual[:-1], level)
            assert steps <= 2

    @pytest.mark.parametrize("level", [0.05, 0.5, 0.99])
    def test_any_guess_leads_there(self, level, rng):
        for _ in range(100):
            actual, guess = (np.cumsum(rng.dirichlet(np.ones(256) / 3)) for _ in range(2))
            search, steps = self.follow(guess, actual, level)
            assert search.place == search.below + 1 == search.reached
            assert search.place == np.searchsorted(actual[:-1], level - 1e-12)
            assert steps <= 14

    def test_a_guess_that_is_off_by_a_thousandth_takes_six_at_most(self, rng):
        points = np.arange(256)
        for _ in range(100):
            weights = norm.pdf((points - 128 + rng.random()) / 32)
            actual = np.cumsum(weights / weights.sum())
            guess = np.cumsum(weights * (1 + rng.uniform(-0.05, 0.05, 256)))
            _, steps = self.follow(guess / guess[-1], actual, 0.99)
            assert steps <= 6

    @pytest.mark.parametrize("error", [1e-3, 1e-2])
    def test_what_cannot_be_told_is_an_interval(self, error, rng):
        for _ in range(100):
            actual = np.cumsum(rng.dirichlet(np.ones(64)))
            search, steps = self.follow(actual, actual, 0.9, error)
            assert steps <= 6
            right = np.searchsorted(actual[:-1], 0.9)
            assert search.below < right <= search.reached
            if search.below + 1 < search.reached:
                inside = actual[search.below + 1 : search.reached]
                assert np.abs(inside - 0.9).max() < 8 * error


class TestEstimates:
    @pytest.mark.parametrize("number", range(len(LOSSES)), ids=lambda n: LOSSES[n].name)
    def test_at_99_percent_on_8_qubits(self, number, rng):
        loss, model = LOSSES[number], model_of(8, MARKETS[number % len(MARKETS)])
        risk = tossed(loss, model, rng).value_at_risk(None, 0.01)
        assert risk.num_estimations <= 6
        assert risk.confidence_interval[0] <= risk.loaded_value <= risk.confidence_interval[1]
        assert risk.grid_interval[0] <= risk.exact_value <= risk.grid_interval[1]
        shortfall = tossed(loss, model, rng).expected_shortfall(None, 0.01)
        assert shortfall.num_estimations <= 6
        low, high = shortfall.confidence_interval
        assert low <= shortfall.loaded_value <= high
        assert shortfall.estimate == pytest.approx(shortfall.loaded_value, rel=2e-3)
        low, high = shortfall.grid_interval
        assert low <= shortfall.exact_value <= high

    @pytest.mark.parametrize("measure", MEASURES, ids=by_name)
    @pytest.mark.parametrize("loss", [Call(SPOT), Straddle(SPOT)], ids=by_name)
    def test_with_the_circuits(self, measure, loss, model):
        result = measure(loss, model, level=0.9, epsilon=1e-3, seed=2)
        low, high = result.confidence_interval
        assert low <= result.loaded_value <= high
        assert result.num_estimations <= 6
        assert result.oracle_calls > 0 < result.two_qubit_gates
        assert result.num_qubits >= 6

    def test_two_assets(self, basket_model):
        loss = Basket([0.5, 0.5], PiecewiseLinear([2.1], [-1, -1], [0, 0], "long"))
        result = value_at_risk(loss, basket_model, level=0.9, epsilon=1e-3, seed=1)
        amounts, weights = loss(basket_model.values), basket_model.probabilities
        assert result.exact_value == LossGrid.of(amounts).distribution(weights).value_at_risk(0.9)
        assert result.confidence_interval[0] <= result.loaded_value
        assert result.loaded_value <= result.confidence_interval[1]
        assert result.reference is None

    def test_a_function_is_a_loss(self, model):
        found = value_at_risk(lambda prices: SPOT - prices, model, level=0.9, seed=1)
        same = value_at_risk(LONG, model, level=0.9, seed=1)
        assert found.estimate == same.estimate
        assert found.reference.value == pytest.approx(same.reference.value)

    def test_a_path(self):
        paths = PathModel(2, 2, spot=2.0, volatility=0.4, rate=0.05, maturity=0.25, seed=1)
        result = expected_shortfall(Asian(Put(2.0)), paths, level=0.9, epsilon=2e-3, seed=1)
        assert result.reference is None
        low, high = result.confidence_interval
        assert low <= result.loaded_value <= high

    def test_a_traced_out_coin(self):
        walk = SplitStepWalk(3, [[0.6, 1.1], [0.4, 1.4], [0.9, 0.7]], start=4)
        loader = SSQWDistribution(walk)
        result = value_at_risk(
            lambda prices: -prices, loader, values=np.arange(8.0), level=0.8, epsilon=0.01, seed=1
        )
        assert loader.num_qubits > 3
        assert result.estimate == result.loaded_value == result.exact_value

    def test_other_estimators(self, model, rng):
        for estimator in ("iae", "mlae"):
            found = tossed(Call(SPOT), model, rng, 0.9, 2e-3, estimator).value_at_risk(None, 0.01)
            assert found.confidence_interval[0] <= found.loaded_value
            assert found.loaded_value <= found.confidence_interval[1]

    def test_estimations_end_when_they_are_told(self, model, rng):
        found = tossed(Call(SPOT), model, rng, 0.95, 1e-6).value_at_risk(None, 0.01)
        assert found.oracle_calls < 1e5  # at 1e-6 one estimation alone takes a million


class TestResult:
    def test_what_cannot_be_told_is_said(self, rng):
        target = TargetDistribution([0.5, 0.4 + 1e-9, 0.06 - 1e-9, 0.04], axes=[0, 1, 2, 3])
        model = QuantumWalkUncertaintyModel(target, tolerance=1e-6, seed=1)
        result = tossed(lambda values: values, model, rng, 0.9, 1e-3).value_at_risk(None, 0.01)
        assert result.confidence_interval == result.value_at_risk_interval == (1, 2)
        assert "cannot be told from 0.9 within 0.001" in result.message
        shortfall = tossed(lambda values: values, model, rng, 0.9, 1e-3).expected_shortfall(
            None, 0.01
        )
        assert shortfall.estimate == pytest.approx(shortfall.exact_value, rel=5e-3)

    def test_a_miss_warns(self):
        model = model_of(4, tolerance=0.2)
        with pytest.warns(RiskWarning, match="more than the .* asked for") as caught:
            result = value_at_risk(Call(SPOT), model, accuracy=1e-4, epsilon=1e-2, seed=1)
        assert caught[0].filename == __file__
        assert not result.success

    def test_it_prints(self, model):
        result = expected_shortfall(Put(2.0), model, level=0.9, epsilon=1e-3, seed=1)
        text = str(result)
        assert text.startswith("put 2: expected shortfall at 90%")
        for row in ("value at risk", "Black-Scholes", "estimations", "CX per Grover iterate"):
            assert row in text
        assert "P(loss &lt;= " in result._repr_html_()
        numbers = json.loads(json.dumps(result.to_dict()))
        assert numbers["interval"] == list(result.interval)
        assert numbers["decisions"][0]["verdict"] == "reaches the level"

    @pytest.mark.parametrize("measure", MEASURES, ids=by_name)
    @pytest.mark.parametrize("amount", [0.0, -2.5])
    def test_a_constant_loss(self, measure, amount, model):
        result = measure(lambda prices: np.full(len(prices), amount), model, seed=1)
        assert result.estimate == result.exact_value == amount
        assert (result.num_estimations, result.success) == (0, True)
        assert "constant on the grid" in str(result)

    def test_a_tail_within_the_largest_loss(self):
        result = value_at_risk(DigitalCall(SPOT), model_of(4), level=0.9, epsilon=0.01, seed=1)
        assert result.estimate == 1
        assert "more than the 0.1 of the tail" in result.message

    @pytest.mark.parametrize("size", [4, 6, 8])
    def test_the_grid_is_off_by_a_cell_at_most(self, size, rng):
        found = tossed(LONG, model_of(size), rng, 0.95, 1e-3).value_at_risk(None, 0.01)
        assert found.bias_bound.grid == abs(found.exact_value - found.reference.value)
        assert found.bias_bound.grid <= found.resolution


class TestRefusals:
    @pytest.mark.parametrize("measure", MEASURES, ids=by_name)
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"level": 1.0}, "level must lie strictly between 0 and 1, got 1"),
            ({"level": 0}, "level must lie strictly between 0 and 1, got 0"),
            ({"alpha": 1.5}, "alpha must lie strictly between 0 and 1"),
            ({"epsilon": 0.5}, "epsilon must be below 0.5, got 0.5"),
            ({"epsilon": -1.0}, "epsilon must be positive"),
            ({"accuracy": 0}, "accuracy must be positive"),
            ({"estimator": "guess"}, "estimator must be one of"),
            ({"seed": -1}, "seed must be at least 0"),
        ],
    )
    def test_numbers(self, measure, options, message, model):
        with pytest.raises(ValueError, match=message):
            measure(Call(SPOT), model, **options)

    @pytest.mark.parametrize("measure", MEASURES, ids=by_name)
    def test_losses(self, measure, model, basket_model):
        with pytest.raises(TypeError, match="or a function, got 3"):
            measure(3.0, model)
        with pytest.raises(ValueError, match="loss pays inf at"):
            measure(lambda prices: np.where(prices > 2, np.inf, 0), model)
        with pytest.raises(ValueError, match="must return one number per point, got shape"):
            measure(lambda prices: prices[:-1], model)
        with pytest.raises(ValueError, match="takes 1 price"):
            measure(Call(2.0), basket_model)
        with pytest.raises(ValueError, match="is paid on a path"):
            measure(Asian(Call(2.0)), basket_model)
        with pytest.raises(ValueError, match="barrier"):
            measure(FunctionPayoff(np.sin) * 0 + Barrier(Call(2.0), 9.0), model)

    def test_a_sampler_without_time(self, model):
        """The time is that of the gates, for as long as a decision needs."""
        with pytest.raises(ValueError, match=r"more than max_seconds=0\.001"):
            value_at_risk(
                Call(SPOT), model, sampler=StatevectorSampler, max_seconds=1e-3, level=0.9
            )

    def test_models(self):
        with pytest.raises(TypeError, match="model must be a circuit"):
            value_at_risk(Call(2.0), 3)
        with pytest.raises(TypeError, match="has no values"):
            value_at_risk(Call(2.0), QuantumCircuit(2))
