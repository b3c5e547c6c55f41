"""What a price promises: its interval holds the value, its success is relative to the price."""

import re
import warnings
from functools import cache

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from reference import data
from reference.estimation import Oracle
from scipy.stats import norm

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution, fit
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Basket,
    BearSpread,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    LoaderAccuracyWarning,
    Market,
    OptionPricing,
    PathModel,
    PriceAccuracyWarning,
    Put,
    Straddle,
    price,
)


@cache
def walk(num_qubits):
    """The loader of every log grid of so many qubits, whatever its market."""
    target = TargetDistribution.from_black_scholes(num_qubits, 100, 0.2, 0.03, 1)
    return fit(target, tolerance=1e-9 if num_qubits < 4 else 1e-4, seed=1).walk


def log_model(volatility, maturity, rate=0.03, *, num_qubits=5, spot=100.0, **options):
    return QuantumWalkUncertaintyModel.from_black_scholes(
        num_qubits, spot, volatility, rate, maturity, walk=walk(num_qubits), **options
    )


@cache
def year():
    """A volatility of 20 % over a year."""
    return log_model(0.2, 1)


def black_scholes(kind, strike, volatility, maturity, rate):
    """Undiscounted value on a spot of 100, by the formula of 1973."""
    std = volatility * np.sqrt(maturity)
    forward = 100 * np.exp(rate * maturity)
    d1 = np.log(forward / strike) / std + std / 2
    call = forward * norm.cdf(d1) - strike * norm.cdf(d1 - std)
    return {"call": call, "put": call - forward + strike, "digital": norm.cdf(d1 - std)}[kind]


def asked(payoff, model, **options):
    """A price that may warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PriceAccuracyWarning)
        return price(payoff, model, **options)


@pytest.fixture
def uncounted(monkeypatch):
    """Count no gates, which takes longest where the estimation is free."""
    for module in ("option_pricing", "loader", "encodings.choice"):
        name = f"qiskit_ssqw.finance.{module}.count_two_qubit_gates"
        monkeypatch.setattr(name, lambda *_, **__: 1)


WIDE = [
    # kind, strike, volatility, maturity, rate, value (undiscounted)
    ("call", 100, 3.0, 1, 0.03, 89.4825),
    pytest.param("call", 100, 0.8, 2, 0.03, 47.3113, marks=pytest.mark.deep),
    pytest.param("call", 100, 1.0, 1, 0.03, 40.4144, marks=pytest.mark.deep),
    pytest.param("call", 100, 0.2, 30, 0.03, 164.152, marks=pytest.mark.deep),
    ("call", 100, 0.2, 30, 0.05, 356.357),
    ("call", 170, 0.2, 1, 0.03, 0.0523191),
    ("put", 60, 0.2, 1, 0.03, 0.0163781),
]


class TestPricesThatWereFarOff:
    @pytest.mark.parametrize(("kind", "strike", "volatility", "maturity", "rate", "value"), WIDE)
    def test_far_out_and_in_wide_markets(self, kind, strike, volatility, maturity, rate, value):
        exact = black_scholes(kind, strike, volatility, maturity, rate)
        payoff = {"call": Call, "put": Put}[kind](strike)
        found = price(payoff, log_model(volatility, maturity, rate), estimator=Oracle())
        assert exact == pytest.approx(value, rel=1e-5)
        assert found.reference.value == pytest.approx(exact, rel=1e-9)
        assert found.success
        assert found.estimate == pytest.approx(exact, rel=0.01)
        low, high = found.interval
        assert low <= exact <= high
        assert found.error <= 0.01 * exact

    def test_a_portfolio_that_nearly_cancels_is_no_success(self):
        payoff = Call(120) - 2 * Put(90) + 3 * DigitalCall(100)
        exact = sum(
            weight * black_scholes(kind, strike, 0.2, 1, 0.03)
            for weight, kind, strike in [(1, "call", 120), (-2, "put", 90), (3, "digital", 100)]
        )
        with pytest.warns(PriceAccuracyWarning, match="due to the grid: take more qubits") as seen:
            found = price(payoff, year(), estimator=Oracle())
        assert seen[0].filename == __file__
        assert found.reference.value == pytest.approx(exact, rel=1e-9)
        assert abs(found.estimate - exact) > found.allowed_error == pytest.approx(0.01 * abs(exact))
        assert not found.success
        low, high = found.interval
        assert low <= exact <= high
        finer = TargetDistribution.from_black_scholes(8, 100, 0.2, 0.03, 1)
        on_grid = float(payoff(finer.values) @ finer.probabilities)
        assert abs(on_grid - exact) < found.bias_bound.grid / 3

    def test_the_reference_call_is_within_a_percent(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(5, **data.MARKET, seed=1)
        found = price(Call(data.CALL_STRIKE), model, seed=1)
        assert found.success
        assert found.estimate == pytest.approx(data.CALL_BLACK_SCHOLES, rel=0.01)
        assert found.error <= 0.01 * data.CALL_BLACK_SCHOLES * (1 + 1e-5)  # it has six digits

    @pytest.mark.parametrize("seed", [15, 16])
    def test_a_put_far_out_stays_above_zero(self, seed):
        found = asked(Put(85), log_model(0.2, 0.25), epsilon=0.02, seed=seed)
        low, high = found.interval
        assert 0 <= low <= found.estimate <= high
        assert found.confidence_interval[0] >= 0


class TestPromises:
    """Random markets and contracts, priced by an estimator whose interval always holds."""

    KINDS = ("call", "put", "digital call", "digital put", "bull", "bear", "straddle", "butterfly")

    @staticmethod
    def contract(rng, forward):
        strike, width = forward * rng.uniform(0.7, 1.4), rng.uniform(0.05, 0.3)
        low, high = strike * (1 - width), strike * (1 + width)
        return [
            Call(strike),
            Put(strike),
            DigitalCall(strike),
            DigitalPut(strike),
            BullSpread(low, high),
            BearSpread(low, high),
            Straddle(strike),
            Butterfly(low, strike, high),
            Call(high) - 2 * Put(low),
        ][rng.integers(9)]

    @pytest.mark.usefixtures("uncounted")
    @pytest.mark.parametrize(
        "batch", [0, *(pytest.param(batch, marks=pytest.mark.deep) for batch in (1, 2, 3))]
    )
    def test_success_is_true_and_the_interval_holds_the_value(self, batch):
        rng = np.random.default_rng(batch)
        successes, size = 0, 15
        for _ in range(size):
            volatility, rate = rng.uniform(0.05, 1), rng.uniform(-0.02, 0.1)
            maturity = np.exp(rng.uniform(np.log(1 / 52), np.log(5)))
            payoff = self.contract(rng, 100 * np.exp(rate * maturity))
            model = log_model(volatility, maturity, rate, num_qubits=int(rng.integers(3, 6)))
            estimator = Oracle(10 ** rng.uniform(-5, -2), rng)
            encoding = "auto" if rng.random() < 0.2 else "exact"
            found = asked(payoff, model, estimator=estimator, encoding=encoding)
            value, (low, high) = model.market.expectation(payoff), found.interval
            rounding = 1e-12 * max(1, abs(value))
            assert low - rounding <= value <= high + rounding
            assert low <= found.estimate <= high
            assert found.error >= abs(found.estimate - value) - rounding
            assert found.allowed_error <= max(0.01 * abs(value), 1e-3)
            if found.success:
                assert abs(found.estimate - value) <= found.allowed_error * (1 + 1e-9)
                successes += 1
            else:
                assert found.error > found.allowed_error
            floor, ceiling = found.payoff_range
            assert floor <= found.estimate <= ceiling
            assert floor <= found.confidence_interval[0]
            assert found.confidence_interval[1] <= ceiling
            assert min(floor, value) <= low
            assert high <= max(ceiling, value)
        assert 0.2 * size < successes < 0.9 * size

    def test_the_oracle_knows_the_circuit(self):
        (problem,) = OptionPricing(Call(100), year()).to_estimation_problems()
        good = Statevector(problem.state_preparation).probabilities(problem.objective_qubits)[1]
        assert Oracle().estimate(problem).estimation == pytest.approx(good, abs=1e-12)
        rng = np.random.default_rng(1)
        for _ in range(5):
            low, high = Oracle(1e-3, rng).estimate(problem).confidence_interval
            assert low <= good <= high
            assert high - low == pytest.approx(2e-3)


@pytest.mark.usefixtures("uncounted")
class TestTheInterval:
    def test_it_is_statistics_bias_and_noise(self):
        found = asked(Call(100), year(), encoding="exact", estimator=Oracle(1e-3))
        bias = found.bias_bound
        statistics = 1e-3 * np.ptp(found.payoff_range)
        low, high = found.confidence_interval
        assert found.statistical_error == pytest.approx(statistics)
        assert (low, high) == pytest.approx(
            (found.estimate - statistics, found.estimate + statistics)
        )
        assert bias.total == bias.loader + bias.payoff + bias.grid > 0
        assert found.interval == pytest.approx((low - bias.total, high + bias.total))
        assert found.error == pytest.approx(statistics + bias.total)
        discount = np.exp(-0.03)
        assert found.present_value == pytest.approx(discount * found.estimate)
        assert found.present_interval == pytest.approx(tuple(discount * np.array(found.interval)))

    @pytest.mark.parametrize("half_width", [1e-4, 0.01, 0.3])
    @pytest.mark.parametrize("payoff", [Put(60), Put(85), DigitalCall(60), BullSpread(90, 110)])
    def test_nothing_leaves_the_payoffs_range(self, payoff, half_width):
        rng = np.random.default_rng(2)
        low, high = np.min(payoff(year().values)), np.max(payoff(year().values))
        for _ in range(2):
            found = asked(payoff, year(), estimator=Oracle(half_width, rng), encoding="exact")
            assert found.payoff_range == (low, high)
            for one in (*found.interval, *found.confidence_interval, found.estimate):
                assert low <= one <= high

    def test_a_value_beyond_the_grid_widens_the_range(self):
        payoff = Call(float(year().values[-1]) + 5)
        found = asked(payoff, year())
        assert found.payoff_range == (0, 0)
        assert found.estimate == 0
        assert found.interval == (0, pytest.approx(found.reference.value))
        assert not found.success

    def test_a_strike_at_the_first_grid_point(self):
        payoff = Call(float(year().values[0]))
        for seed in range(5):
            rng = np.random.default_rng(seed)
            found = asked(payoff, year(), estimator=Oracle(0.01, rng), encoding="exact")
            low, high = found.interval
            assert low <= found.reference.value <= high
            assert found.payoff_range[0] == 0


@pytest.mark.usefixtures("uncounted")
class TestWhatIsAskedFor:
    def test_a_percent_of_the_price_by_default(self):
        found = asked(Call(100), year(), estimator=Oracle())
        assert found.allowed_error == pytest.approx(0.01 * found.reference.value)

    @pytest.mark.parametrize("accuracy", [0.2, 0.03, 1e-3])
    def test_a_share_of_the_price(self, accuracy):
        found = asked(Call(100), year(), accuracy=accuracy, estimator=Oracle())
        assert found.allowed_error == pytest.approx(accuracy * found.reference.value)
        assert found.success == (found.bias_bound.total < found.allowed_error * (1 - 1e-6))
        assert found.success == (accuracy > 2e-3)

    def test_the_larger_of_relative_and_absolute(self):
        options = {"estimator": Oracle()}
        small = asked(Put(60), year(), absolute_accuracy=0.01, **options)
        assert small.allowed_error == 0.01
        large = asked(Call(60), year(), absolute_accuracy=0.01, **options)
        assert large.allowed_error == pytest.approx(0.01 * large.reference.value)

    @pytest.mark.parametrize("spot", [1e-3, 100.0, 2506.85])
    def test_what_is_always_allowed_is_small_beside_payoff_and_underlying(self, spot):
        # One in a million of what a digital option pays, however dear its underlying is.
        model = log_model(0.2, 1, num_qubits=3, spot=spot)
        target, rare = float(model.values[-1]), 1e-5
        market = model.market
        digital = asked(DigitalCall(target), model, estimator=Oracle())
        assert digital.allowed_error == pytest.approx(
            max(0.01 * market.expectation(DigitalCall(target)), 1e-6 * min(1, spot)), rel=0.04
        )
        tiny = asked(rare * Call(target), model, estimator=Oracle())
        assert tiny.allowed_error <= max(0.01 * tiny.reference.value, 1e-6 * tiny.payoff_range[1])

    def test_a_price_of_zero_is_known_to_a_millionth(self):
        model = QuantumWalkUncertaintyModel.normal(3, 0, 1, (-2, 2), seed=1)
        odd = FunctionPayoff(lambda x: x, label="odd")
        found = asked(odd, model, estimator=Oracle())
        assert found.exact_value == pytest.approx(0, abs=1e-12)
        assert 1e-7 < found.allowed_error < 1e-5

    def test_epsilon_is_the_width_and_accuracy_the_verdict(self):
        options = {"seed": 1, "encoding": "exact"}
        rough = asked(Call(100), year(), epsilon=0.02, **options)
        assert rough.statistical_error <= 0.02 * np.ptp(rough.payoff_range) * (1 + 1e-9)
        assert not rough.success
        assert "Statistics make up" in rough.message
        same = price(Call(100), year(), epsilon=0.02, accuracy=0.25, **options)
        assert same.success
        assert same.estimate == rough.estimate
        assert same.error == rough.error

    @pytest.mark.deep
    def test_a_floor_that_decides_is_told(self):
        found = asked(Call(100), year(), accuracy=1e-7, seed=2)
        assert found.allowed_error == pytest.approx(1e-6 * found.payoff_range[1])
        assert any(
            re.search(
                r"error of 9\.4e-05 is allowed by default.*absolute_accuracy asks for less", note
            )
            for note in found.notes
        )
        for options in ({"accuracy": 0.01}, {"accuracy": 1e-7, "absolute_accuracy": 0.1}):
            notes = asked(Call(100), year(), seed=2, **options).notes
            assert not any("allowed by default" in note for note in notes)

    @pytest.mark.parametrize("accuracy", [0.1, 0.03])
    def test_the_estimation_is_as_good_as_accuracy_asks(self, accuracy):
        found = price(Call(100), year(), accuracy=accuracy, seed=2)
        assert found.success
        room = found.allowed_error - found.bias_bound.total
        assert found.statistical_error == pytest.approx(room)
        assert found.estimate == pytest.approx(found.reference.value, rel=accuracy)


class TestTheReference:
    def test_noise_is_no_bias(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            [2, 2], 100, 0.2, 0.03, 1, correlation=[[1, 0.5], [0.5, 1]], seed=1
        )
        found = asked(Basket((0.5, 0.5), Call(100)), model, estimator=Oracle())
        reference = found.reference
        assert reference.method.startswith("Monte Carlo")
        assert found.bias_bound.grid == abs(found.exact_value - reference.value)
        assert found.reference_error == 3 * reference.standard_error > 0
        assert found.reference_error <= 0.11 * found.allowed_error
        width = found.bias_bound.total + found.reference_error
        low, high = found.confidence_interval
        assert found.interval == pytest.approx((low - width, high + width))
        assert "noise of the reference" in str(found)

    def test_a_closed_form_has_none(self):
        found = asked(Call(100), year(), estimator=Oracle())
        assert found.reference_error == 0
        assert "noise of the reference" not in str(found)

    def test_switched_off(self):
        found = price(Call(100), year(), reference=False, estimator=Oracle())
        assert found.reference is None
        assert found.bias_bound.grid is None
        assert found.allowed_error == pytest.approx(0.01 * found.exact_value)
        assert found.discount == pytest.approx(np.exp(-0.03))
        assert found.success
        assert found.message.startswith(
            "Apart from what the grid misses, the price of the call 100"
        )
        assert found.to_dict()["reference"] is None
        known = price(Call(100), year(), estimator=Oracle())
        assert known.message.startswith("The price of the call 100 is off by at most")

    def test_a_table_that_raises_off_the_grid(self):
        def look_up(prices):
            table = {value: max(value - 100, 0) for value in year().values}
            return [table[value] for value in prices]

        found = price(FunctionPayoff(look_up, label="table"), year(), estimator=Oracle())
        plain = asked(Call(100), year(), estimator=Oracle())
        assert found.reference is None
        assert found.estimate == pytest.approx(plain.estimate, rel=1e-3)
        assert "There is no reference off the grid: KeyError" in found.message

    def test_not_a_number_off_the_grid(self):
        top = year().values[-1]
        holes = FunctionPayoff(lambda s: np.where(s > top, np.nan, s), label="holes")
        found = price(holes, year(), estimator=Oracle())
        assert found.reference is None
        assert "no reference off the grid: ValueError: holes pays nan at" in found.message

    def test_on_the_grid_it_still_raises(self):
        with pytest.raises(ValueError, match="holes pays nan at"):
            price(FunctionPayoff(lambda s: np.where(s > 100, np.nan, s), label="holes"), year())


@cache
def linear():
    return QuantumWalkUncertaintyModel.from_black_scholes(
        3, 100, 0.2, 0.03, 1, num_std=3, rule="pdf", seed=1
    )


@cache
def rough():
    with pytest.warns(LoaderAccuracyWarning):
        return QuantumWalkUncertaintyModel.from_black_scholes(
            5, 100, 0.2, 0.03, 1, max_two_qubit_gates=2, seed=1
        )


@cache
def coarse():
    return log_model(0.2, 1, num_qubits=3)


@cache
def assets(**options):
    return QuantumWalkUncertaintyModel.from_black_scholes(
        [2, 2], 100, 0.4, 0.03, 1, seed=1, **options
    )


@cache
def paths(steps):
    return PathModel(2, steps, 100, 0.4, 0.03, 1, seed=1)


BULL = BullSpread(90.0, 115.0)
EXACT = {"estimator": Oracle(), "accuracy": 1e-4, "encoding": "exact"}


class TestAdvice:
    """It names the largest part of the error, and what lowers that."""

    @pytest.mark.parametrize(
        ("payoff", "make", "options", "advice"),
        [
            (Call(100), rough, {}, "due to the loader: fit it to a smaller tolerance."),
            (Call(100), linear, {}, 'due to the grid: take grid="log".'),
            (Basket((1, 1), Call(200)), lambda: assets(num_std=2), {}, 'take grid="log".'),
            (Call(97.25), coarse, {}, "put its strike on the edge of a cell, align=97.25."),
            (BULL, coarse, {}, "due to the grid: take more qubits."),
            pytest.param(
                *(FunctionPayoff(np.square), coarse, {}, "due to the grid: take more qubits."),
                marks=pytest.mark.deep,
            ),
            (BullSpread(150, 220), coarse, {}, "take more qubits and a smaller tail_mass."),
            (Basket((1, 1), Call(200)), assets, {}, "due to the grid: take more qubits per asset."),
            (Asian(Call(100)), lambda: paths(2), {}, "the grid: take more qubits per step."),
            (Call(100), lambda: paths(1), {}, "the grid: take more qubits per step."),
            (
                Call(100),
                year,
                {"payoff_tolerance": 0.05},
                'lower payoff_tolerance, or take encoding="exact".',
            ),
            (Call(100), year, {"estimator": Oracle(0.1)}, "of it: ask more of the estimator."),
            (Call(100), year, {"estimator": "iae", "epsilon": 0.1}, "take a smaller epsilon."),
        ],
    )
    def test_each_kind(self, payoff, make, options, advice):
        with pytest.warns(PriceAccuracyWarning) as seen:
            found = price(payoff, make(), seed=1, **(EXACT | options))
        assert found.notes[0].endswith(advice)
        assert found.message in str(seen[0].message)
        assert not found.success

    def test_noise_of_a_reference_that_cannot_be_better(self):
        heavy = FunctionPayoff(lambda s: s, label="the price itself")
        found = asked(
            heavy, log_model(2, 1, num_qubits=3), accuracy=1e-3, seed=1, estimator=Oracle()
        )
        assert found.reference_error > max(found.bias_bound.total, found.allowed_error)
        assert found.notes[0].startswith("Noise of the reference makes up")
        assert "reference=False leaves it out" in found.notes[0]

    def test_a_success_gives_none(self):
        assert price(Call(100), year(), estimator=Oracle()).notes == ()

    @pytest.mark.parametrize(
        ("payoff", "before", "after"),
        [
            (Call(101.25), {}, {"align": 101.25}),
            (BULL, {}, {"num_qubits": 8}),
            (BullSpread(150, 220), {}, {"num_qubits": 8}),
            (Call(100), {"num_std": 4}, {"grid": "log"}),
        ],
    )
    def test_following_it_helps(self, payoff, before, after):
        def grid_error(num_qubits=5, **options):
            target = TargetDistribution.from_black_scholes(num_qubits, 100, 0.6, 0.03, 1, **options)
            exact = Market(100, 0.6, 0.03, 1).expectation(payoff)
            return abs(float(payoff(target.values) @ target.probabilities) - exact)

        assert grid_error(**after) < grid_error(**before) / 3


class TestNotes:
    @pytest.mark.parametrize(
        "make",
        [
            lambda grid: QuantumWalkUncertaintyModel(grid, walk=walk(3), tolerance=0.9),
            lambda grid: with_attributes(grid),
        ],
    )
    @pytest.mark.parametrize("strike", [20.0, 500.0])
    def test_a_strike_outside_a_grid_that_nobody_knows_warns(self, make, strike):
        grid = TargetDistribution.from_black_scholes(3, 100, 0.2, 0.03, 1).of_market(None)
        message = rf"The strike {strike:g} lies outside the grid \(.*\), on which the payoff does"
        for payoff in (Call(strike), Put(strike), DigitalCall(strike)):
            model = make(grid)
            with pytest.warns(PriceAccuracyWarning, match=message):
                found = price(payoff, model, estimator=Oracle(), encoding="exact")
            assert found.exact_value == pytest.approx(payoff(model.values) @ model.probabilities)
            assert found.estimate == pytest.approx(found.loaded_value, abs=1e-6)

    def test_a_reference_knows_the_grid(self):
        payoff = Put(float(year().values[-1]) + 5)  # the forward is exact, so is this
        found = price(payoff, year(), estimator=Oracle())
        assert found.notes == ()
        assert found.success

    @pytest.mark.parametrize(
        ("payoff", "model"),
        [
            (Basket((1, 1), Call(900)), assets),
            (Asian(Call(700)), lambda: paths(2)),
            (Barrier(Call(20), 120.0), lambda: paths(2)),
            (Basket((1, 1), Put(200)) + Basket((1, 1), Call(900)), assets),
        ],
    )
    def test_strikes_inside_baskets_and_paths(self, payoff, model):
        with pytest.warns(PriceAccuracyWarning, match="lies outside the grid"):
            found = price(payoff, model(), reference=False, estimator=Oracle())
        assert len(found.notes) == 1
        inside = price(Basket((1, 1), Call(200)), assets(), reference=False, estimator=Oracle())
        assert inside.notes == ()

    @pytest.mark.parametrize("digits", [-9e-10, -1e-14, 0, 1e-14, 9e-10])
    @pytest.mark.parametrize("kind", [DigitalCall, DigitalPut])
    def test_the_last_digits_of_a_digital_strike_do_not_matter(self, kind, digits):
        point = float(year().values[12])
        found, exact = (
            asked(kind(strike), year(), estimator=Oracle(), encoding="exact", reference=False)
            for strike in (point * (1 + digits), point)
        )
        assert found.estimate == pytest.approx(exact.estimate, abs=1e-9)
        mass = year().probabilities[12]
        assert found.notes == (
            f"The jump at {point:g} is on a grid point of probability {mass:.2g}, "
            "which counts as above it.",
        )

    def test_beyond_the_last_digits_they_do(self):
        point, mass = float(year().values[12]), year().probabilities[12]
        below, above = (
            OptionPricing(DigitalCall(point * (1 + shift)), year()).exact_value
            for shift in (-2e-9, 2e-9)
        )
        assert below - above == pytest.approx(mass, rel=1e-9)
        beside = price(DigitalCall(point * 1.001), year(), estimator=Oracle(), reference=False)
        assert beside.notes == ()

    def test_digits_of_a_digital_on_a_mean_and_of_a_barrier(self):
        model = paths(2)
        means = model.values.mean(axis=1)
        level = float(np.sort(model.values[:, 0])[-1])
        for payoff in (
            lambda x: Asian(DigitalCall(float(means[5]) * x)),
            lambda x: Barrier(Call(90), level * x, "up-and-out"),
            lambda x: Barrier(Call(90), level * x, "up-and-in"),
        ):
            values = [
                OptionPricing(payoff(1 + shift), model).exact_value for shift in (-1e-13, 0, 1e-13)
            ]
            assert values == pytest.approx([values[1]] * 3, rel=1e-9)
        found = price(
            Asian(DigitalCall(float(means[5]))), model, reference=False, estimator=Oracle()
        )
        assert "The jump at" in found.notes[0]


def with_attributes(grid):
    """Any circuit with the attributes of a model."""
    circuit = QuantumCircuit(3)
    circuit.compose(QuantumWalkUncertaintyModel(grid, walk=walk(3)), inplace=True)
    circuit.values, circuit.probabilities = grid.values, walk(3).probabilities()
    return circuit


class TestExactIsExact:
    PAYOFFS = (
        Call(101),
        Put(85),
        DigitalCall(101),
        BULL,
        Straddle(101),
        Call(120) - 2 * Put(90),
    )

    @pytest.mark.usefixtures("uncounted")
    @pytest.mark.parametrize("payoff", PAYOFFS, ids=lambda payoff: payoff.name)
    def test_in_price(self, payoff):
        model = year()
        found = asked(payoff, model, encoding="exact", estimator=Oracle(1e-13))
        loaded = float(payoff(model.values) @ model.loaded_probabilities)
        assert found.encoding == "exact"
        assert found.loaded_value == pytest.approx(loaded, abs=1e-12 * np.ptp(found.payoff_range))
        assert found.estimate == pytest.approx(loaded, abs=1e-10 * np.ptp(found.payoff_range))
        assert found.bias_bound.payoff <= 1e-12 * np.ptp(found.payoff_range)

    def test_a_tolerance_may_be_given(self):
        found = asked(
            Call(101), year(), encoding="exact", payoff_tolerance=0.01, estimator=Oracle()
        )
        assert found.encoding == "multiplexed"
        assert 0 < found.bias_bound.payoff <= 0.01 * np.ptp(found.payoff_range)

    def test_the_reference_call(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            3, **data.MARKET, num_std=3, rule="pdf", tolerance=1e-6, seed=1
        )
        for epsilon in (0.05, 0.01):
            found = asked(
                Call(data.CALL_STRIKE), model, encoding="exact", epsilon=epsilon, estimator=Oracle()
            )
            assert found.loaded_value == pytest.approx(data.CALL_ON_GRID[3], abs=1e-6)
