"""Payoffs: each against a formula of its own, the sums of them, their deltas, what they refuse."""

import pickle
import re

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import LinearAmplitudeFunctionGate
from qiskit.quantum_info import Statevector
from reference import data
from theirs import EuropeanCallDelta, FixedIncomePricing, LogNormalDistribution, NormalDistribution

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.finance import (
    Asian,
    Autocallable,
    Barrier,
    Basket,
    BearSpread,
    BestOf,
    Breaches,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    GeometricBasket,
    Market,
    PiecewiseLinear,
    Portfolio,
    PresentValue,
    Put,
    Spread,
    Straddle,
    WorstOf,
    delta,
)

OF_ONE_PRICE = [
    (Call(1.9), lambda s: np.maximum(s - 1.9, 0)),
    (Put(2.1), lambda s: np.maximum(2.1 - s, 0)),
    (DigitalCall(1.9), lambda s: 1.0 * (s >= 1.9)),
    (DigitalPut(1.9), lambda s: 1.0 * (s < 1.9)),
    (BullSpread(1.4, 2.6), lambda s: np.clip(s, 1.4, 2.6) - 1.4),
    (BearSpread(1.4, 2.6), lambda s: 2.6 - np.clip(s, 1.4, 2.6)),
    (Straddle(2.0), lambda s: np.abs(s - 2.0)),
    (Butterfly(1.5, 2.0, 2.5), lambda s: np.maximum(0.5 - np.abs(s - 2.0), 0)),
    (
        Butterfly(1.5, 1.75, 2.5),
        lambda s: np.maximum(0, np.minimum(s - 1.5, 0.25 * (2.5 - s) / 0.75)),
    ),
    (
        PiecewiseLinear([1.0, 2.0], [0.5, -1, 3], [-2, 4, 7]),
        lambda s: np.where(
            s < 1, -2 + 0.5 * (s - 1), np.where(s < 2, 4 - (s - 1), 7 + 3 * (s - 2))
        ),
    ),
    (FunctionPayoff(np.sqrt), lambda s: s**0.5),
]
CALL = Call(0.7)
OF_SEVERAL_PRICES = [
    (Basket((0.5, 1, -1), CALL), lambda p: np.maximum(p[:, 0] / 2 + p[:, 1] - p[:, 2] - 0.7, 0)),
    (
        GeometricBasket((0.5, 1, -1), CALL),
        lambda p: np.maximum(p[:, 0] ** 0.5 * p[:, 1] / p[:, 2] - 0.7, 0),
    ),
    (Breaches(Call(1), 1.2), lambda p: np.maximum(np.sum(p <= 1.2, axis=1) - 1, 0)),
    (
        Breaches(DigitalCall(2), (1.2, 0.9, 2.0), "above"),
        lambda p: 1.0 * (np.sum(p >= [1.2, 0.9, 2.0], axis=1) >= 2),
    ),
    (BestOf(CALL), lambda p: np.maximum(np.max(p, axis=1) - 0.7, 0)),
    (WorstOf(CALL), lambda p: np.maximum(np.min(p, axis=1) - 0.7, 0)),
    (Asian(CALL), lambda p: np.maximum(np.sum(p, axis=1) / 3 - 0.7, 0)),
    (Barrier(CALL, 2.0), lambda p: np.maximum(p[:, 2] - 0.7, 0) * (np.max(p, axis=1) < 2)),
    (
        Barrier(CALL, 2.0, "up-and-in"),
        lambda p: np.maximum(p[:, 2] - 0.7, 0) * (np.max(p, axis=1) >= 2),
    ),
    (
        Barrier(CALL, 1.0, "down-and-out"),
        lambda p: np.maximum(p[:, 2] - 0.7, 0) * (np.min(p, axis=1) > 1),
    ),
    (
        Barrier(CALL, 1.0, "down-and-in"),
        lambda p: np.maximum(p[:, 2] - 0.7, 0) * (np.min(p, axis=1) <= 1),
    ),
    (
        Barrier(Asian(Put(1.9)), 2.0),
        lambda p: np.maximum(1.9 - np.mean(p, axis=1), 0) * (np.max(p, axis=1) < 2),
    ),
    (
        PresentValue([1, 2, 3], [[1, 0, 0], [0, 1, 1], [0, 0.5, 0]], [0.1, 0.2, 0.3]),
        lambda p: (
            1 / (1.1 + p[:, 0]) + 2 / (1.2 + p[:, 1] + p[:, 2]) ** 2 + 3 / (1.3 + p[:, 1] / 2) ** 3
        ),
    ),
    (FunctionPayoff(lambda p: p[:, 0] * p[:, 2], 3), lambda p: p[:, 0] * p[:, 2]),
]
FROZEN = [
    *(payoff for payoff, _ in OF_ONE_PRICE),
    *(payoff for payoff, _ in OF_SEVERAL_PRICES[:-1]),
    Spread(CALL),
    Basket((1, 1), CALL) - 2 * BestOf(CALL),
    delta(Call(2), 2.0),
    delta(BestOf(CALL), 2.0, method="bump", asset=1),
]
GRID = np.linspace(1, 3, 8)
PATHS = np.array([[1.0, 2.0], [2.0, 2.2], [2.2, 3.0], [1.6, 1.0]])


def named(cases):
    return pytest.mark.parametrize(
        ("payoff", "formula"), cases, ids=[payoff.name for payoff, _ in cases]
    )


class TestFormulas:
    @named(OF_ONE_PRICE)
    def test_of_one_price(self, payoff, formula, rng):
        prices = np.concatenate([rng.uniform(0, 4, 200), [0.0, 1e-12, 1e6]])
        np.testing.assert_allclose(payoff(prices), formula(prices), rtol=1e-13, atol=1e-14)

    @named(OF_ONE_PRICE[:-1])
    def test_at_the_strikes_and_beside_them(self, payoff, formula):
        strikes = np.array(payoff.breakpoints)
        for prices in (strikes, strikes * (1 - 2e-9), strikes * (1 + 2e-9)):
            np.testing.assert_allclose(payoff(prices), formula(prices), rtol=0, atol=2e-15)

    @named(OF_ONE_PRICE[:-1])
    def test_the_last_digits_of_a_strike_do_not_matter(self, payoff, formula):
        strikes = np.array(payoff.breakpoints)
        for digits in (-9e-10, -1e-12, -1e-16, 1e-16, 1e-12, 9e-10):
            np.testing.assert_array_equal(payoff(strikes * (1 + digits)), payoff(strikes))
        beside = np.concatenate([np.nextafter(strikes, 0), np.nextafter(strikes, 9)])
        np.testing.assert_array_equal(payoff(beside), np.tile(payoff(strikes), 2))

    @named(OF_ONE_PRICE[:7])
    def test_nothing_is_exactly_zero(self, payoff, formula):
        (strikes, prices) = np.array(payoff.breakpoints), np.linspace(0, 4.1, 997)
        prices = np.concatenate([prices, strikes, strikes * (1 - 2e-9), strikes * (1 + 2e-9)])
        zero = formula(prices) == 0
        assert zero.any()
        np.testing.assert_array_equal(payoff(prices) == 0, zero)

    @pytest.mark.parametrize("strikes", [(1.5, 1.75, 2.5), (0.1, 0.2, 0.3), (0.7, 0.8, 1.7)])
    def test_butterfly_is_exact_at_its_strikes_and_outside(self, strikes):
        low, middle, high = strikes
        outside = [0.0, low, high, np.nextafter(high, 9), 5.0]
        assert Butterfly(*strikes)(outside).tolist() == [0.0] * 5
        assert Butterfly(*strikes)([middle]) == [middle - low]

    @named(OF_SEVERAL_PRICES)
    def test_of_several_prices(self, payoff, formula, rng):
        points = rng.uniform(0.2, 2.5, (400, 3))
        expected = formula(points)
        assert np.ptp(expected) > 0
        np.testing.assert_allclose(payoff(points), expected, rtol=1e-13, atol=1e-14)

    def test_spread_is_the_first_less_the_second(self, rng):
        points = rng.uniform(0.2, 2.5, (100, 2))
        expected = np.maximum(points[:, 0] - points[:, 1] - 0.1, 0)
        np.testing.assert_allclose(Spread(Call(0.1))(points), expected, atol=1e-15)

    @pytest.mark.parametrize(
        ("kind", "paid"),
        [
            ("up-and-out", [2, 0, 0, 0, 0]),
            ("up-and-in", [0, 2, 2, 2, 2]),
            ("down-and-out", [0, 0, 0, 2, 0]),
            ("down-and-in", [2, 2, 2, 0, 2]),
        ],
    )
    def test_touching_a_barrier_is_reaching_it(self, kind, paid):
        level = 2.5
        below, above = level * (1 - 2e-9), level * (1 + 2e-9)
        paths = [[below, 2], [level, 2], [2, level], [above, 3], [level, 3]]
        always_two = FunctionPayoff(lambda prices: np.full(len(prices), 2.0))
        assert Barrier(always_two, level, kind)(paths).tolist() == paid

    @pytest.mark.parametrize("direction", ["up", "down"])
    @pytest.mark.parametrize("inner", [CALL, Asian(CALL)])
    def test_in_and_out_make_the_payoff_without_barrier(self, direction, inner, rng):
        paths = rng.uniform(0.5, 2.5, (200, 4))
        both = Barrier(inner, 1.5, f"{direction}-and-in") + Barrier(
            inner, 1.5, f"{direction}-and-out"
        )
        plain = inner(paths) if inner.num_values is None else inner(paths[:, -1])
        np.testing.assert_array_equal(both(paths), plain)

    def test_present_value_of_one_period_takes_one_rate(self):
        assert PresentValue([3.0])([0.0, 0.5]).tolist() == [3.0, 2.0]
        assert PresentValue([3.0], initial_rates=[0.5])([0.0]).tolist() == [2.0]

    def test_a_column_is_one_price(self):
        assert Call(2)([[1.0], [3.0]]).tolist() == [0.0, 1.0]

    def test_no_points_pay_nothing(self):
        assert Call(2)(np.zeros(0)).shape == (0,)
        assert BestOf(Call(2))(np.zeros((0, 2))).shape == (0,)

    def test_points_are_not_changed(self):
        points = np.array([[1.0, 3.0]])
        for payoff in (BestOf(CALL), Barrier(CALL, 2.0), delta(BestOf(CALL), 2, method="bump")):
            payoff(points)
        assert points.tolist() == [[1.0, 3.0]]

    @pytest.mark.parametrize(
        ("payoff", "number"),
        [
            (CALL, 1),
            (FunctionPayoff(len, 4), 4),
            (PresentValue([1, 2], [[1], [2]]), 1),
            (Basket((1, 2, 3), CALL), 3),
            (Spread(CALL), 2),
            (GeometricBasket((1, 2, 3), CALL), 3),
            (Breaches(CALL, 1), None),
            (Breaches(CALL, (1, 2)), 2),
            (Asian(CALL), None),
            (Barrier(CALL, 1), None),
            (Barrier(Asian(CALL), 1), None),
            (Barrier(Spread(CALL), 1), 2),
            (delta(Spread(CALL), 2, method="bump"), 2),
        ],
    )
    def test_number_of_prices(self, payoff, number):
        assert payoff.num_values == number

    @pytest.mark.parametrize(
        ("payoff", "expected"),
        [
            (Basket((2, 1), CALL), [4.0, 6.2, 7.4, 4.2]),
            (Spread(CALL), [-1.0, -0.2, -0.8, 0.6]),
            (GeometricBasket((2, -1), CALL), [0.5, 4 / 2.2, 4.84 / 3, 2.56]),
            (Breaches(CALL, 2.0), [2, 1, 0, 2]),
            (Breaches(CALL, (2.0, 2.2), "above"), [0, 2, 2, 0]),
            (BestOf(CALL), [2.0, 2.2, 3.0, 1.6]),
            (WorstOf(CALL), [1.0, 2.0, 2.2, 1.0]),
            (Asian(CALL), [1.5, 2.1, 2.6, 1.3]),
        ],
    )
    def test_the_one_number_it_depends_on(self, payoff, expected):
        assert payoff.coordinate(PATHS) == pytest.approx(expected)

    def test_a_price_is_its_own_coordinate_and_a_path_has_none(self):
        np.testing.assert_array_equal(CALL.coordinate(GRID), GRID)
        assert Barrier(CALL, 2).coordinate(PATHS) is None
        assert (BestOf(CALL) + WorstOf(CALL)).coordinate(PATHS) is None


class TestIdentities:
    def test_put_call_parity(self, rng):
        prices = rng.uniform(0, 4, 100)
        parity = Call(1.9) - Put(1.9)
        np.testing.assert_allclose(parity(prices), prices - 1.9, atol=1e-15)

    def test_spreads_straddles_and_butterflies_are_sums_of_calls_and_puts(self, rng):
        prices = np.concatenate([rng.uniform(0, 4, 100), [1.5, 2.0, 2.5]])
        for whole, parts in [
            (BullSpread(1.5, 2.5), Call(1.5) - Call(2.5)),
            (BearSpread(1.5, 2.5), Put(2.5) - Put(1.5)),
            (Straddle(2.0), Call(2.0) + Put(2.0)),
            (Butterfly(1.5, 2.0, 2.5), Call(1.5) - 2 * Call(2.0) + Call(2.5)),
        ]:
            assert parts.breakpoints == whole.breakpoints
            assert parts.slopes == whole.slopes
            np.testing.assert_allclose(parts(prices), whole(prices), atol=1e-15)

    def test_digitals_add_to_one(self, rng):
        both = DigitalCall(2.0) + DigitalPut(2.0)
        assert both([*rng.uniform(0, 4, 20), 2.0]).tolist() == [1.0] * 21

    def test_derivative_is_the_slope(self):
        slope = PiecewiseLinear([1, 2], [0.5, -1, 3], [-2, 4, 7]).derivative()
        assert slope([0.0, 1.0, 1.5, 2.0, 9.0]).tolist() == [0.5, -1.0, -1.0, 3.0, 3.0]


class TestArithmetic:
    @pytest.mark.parametrize("factor", [2, 2.0, np.float64(2), np.int64(2)])
    def test_numbers_multiply_from_both_sides(self, factor):
        assert factor * CALL == CALL * factor
        assert (factor * CALL)([1.7]) == pytest.approx(2.0)
        assert (factor * BestOf(CALL)).parts == ((2.0, BestOf(CALL)),)
        assert factor * BestOf(CALL) == BestOf(CALL) * factor

    def test_what_cancels_is_exactly_zero(self):
        nothing = BullSpread(1.1, 1.3) - (Call(1.1) - Call(1.3))
        assert nothing(np.linspace(0, 4, 101)).tolist() == [0.0] * 101

    def test_mixed_payoffs_make_a_portfolio(self, rng):
        points = rng.uniform(0.2, 2.5, (50, 2))
        basket, best = Basket((1, 1), Call(3.5)), BestOf(Put(1.5))
        mixed = basket - 2 * best
        assert isinstance(mixed, Portfolio)
        assert mixed.name == "+1 call 3.5 on a basket -2 put 1.5 on the best"
        assert mixed.num_values == 2
        assert mixed.parts == ((1.0, basket), (-2.0, best))
        np.testing.assert_allclose(mixed(points), basket(points) - 2 * best(points), atol=1e-14)
        np.testing.assert_allclose((-mixed)(points), -mixed(points), atol=1e-14)
        np.testing.assert_allclose((mixed * 0.5)(points), mixed(points) / 2, atol=1e-14)

    def test_portfolios_are_flat(self):
        best, worst, mean = BestOf(CALL), WorstOf(CALL), Asian(CALL)
        assert len((best + (worst - (mean + best))).parts) == 4
        assert (best - (worst - mean)).parts == ((1.0, best), (-1.0, worst), (1.0, mean))

    def test_a_portfolio_of_any_number_of_prices(self):
        assert (BestOf(CALL) + WorstOf(CALL)).num_values is None
        assert (FunctionPayoff(np.sqrt) + CALL).num_values == 1
        assert (CALL + FunctionPayoff(np.sqrt))([4.0]) == pytest.approx(3.3 + 2)

    @pytest.mark.parametrize(
        "parts",
        [
            (CALL, BestOf(CALL)),
            (BestOf(CALL), CALL),
            (Spread(CALL), Basket((1, 1, 1), CALL)),
            (Spread(CALL), PresentValue([1, 1, 1])),
        ],
    )
    def test_refuses_payoffs_of_different_numbers_of_prices(self, parts):
        with pytest.raises(ValueError, match="must take equally many prices, got") as caught:
            _ = parts[0] + parts[1]
        assert all(part.name in str(caught.value) for part in parts)

    def test_refuses_an_empty_portfolio(self):
        with pytest.raises(ValueError, match="needs at least one payoff, got none"):
            Portfolio(())

    @pytest.mark.parametrize("payoff", [CALL, BestOf(CALL)])
    def test_refuses_to_add_or_multiply_something_else(self, payoff):
        for other in (1j, "call", None, [1.0]):
            with pytest.raises(TypeError, match="unsupported operand"):
                _ = payoff + other
        with pytest.raises(TypeError, match=r"factor must be a real number, got Call\(2\)"):
            _ = payoff * Call(2)
        with pytest.raises(TypeError, match="factor must be a real number, got 'a'"):
            _ = "a" * payoff
        with pytest.raises(ValueError, match="factor must be finite, got nan"):
            _ = np.nan * payoff


class TestFrozen:
    @pytest.mark.parametrize("payoff", FROZEN, ids=lambda payoff: payoff.name)
    def test_equal_to_its_pickle(self, payoff):
        copy = pickle.loads(pickle.dumps(payoff))
        assert copy == payoff
        assert hash(copy) == hash(payoff)
        assert repr(copy) == repr(payoff)
        assert copy.name == payoff.name

    def test_all_differ(self):
        assert len(set(FROZEN)) == len(FROZEN)

    def test_equality_is_by_kind_and_numbers(self):
        assert Call(2) == Call(2.0) != Call(2.1)
        assert Call(2) != Put(2)
        assert Call(2) != PiecewiseLinear([2], [0, 1], [0, 0])
        assert BestOf(Call(2)) != WorstOf(Call(2))
        assert Barrier(CALL, 2) != Barrier(CALL, 2, "up-and-in")
        assert Breaches(CALL, 2) != Breaches(CALL, 2, "above")
        assert Breaches(CALL, [2, 1]) == Breaches(CALL, np.array([2.0, 1.0]))
        assert Basket((1, 1), CALL) != GeometricBasket((1, 1), CALL)
        assert PiecewiseLinear([2], [0, 1], [0, 0], "a") == PiecewiseLinear([2], [0, 1], [0, 0])

    @pytest.mark.parametrize("payoff", [CALL, Basket((1, 1), CALL), Barrier(CALL, 2)])
    def test_cannot_be_changed(self, payoff):
        for name in list(vars(payoff)):
            with pytest.raises(AttributeError, match="cannot assign"):
                setattr(payoff, name, 1)

    @pytest.mark.parametrize(
        ("payoff", "name", "text"),
        [
            (Call(1.896), "call 1.896", "Call(1.896)"),
            (Put(2), "put 2", "Put(2)"),
            (DigitalCall(2), "digital call 2", "DigitalCall(2)"),
            (DigitalPut(2), "digital put 2", "DigitalPut(2)"),
            (BullSpread(1, 2), "bull spread 1, 2", "BullSpread(1, 2)"),
            (BearSpread(1, 2), "bear spread 1, 2", "BearSpread(1, 2)"),
            (Straddle(2), "straddle 2", "Straddle(2)"),
            (Butterfly(1, 2, 3), "butterfly 1, 2, 3", "Butterfly(1, 2, 3)"),
            (Call(1) - Call(2), "call 1 - call 2", "<PiecewiseLinear: call 1 - call 2>"),
            (Call(1) + 2 * Put(2), "call 1 + 2 put 2", "<PiecewiseLinear: call 1 + 2 put 2>"),
            (BestOf(Put(1)), "put 1 on the best", "BestOf(payoff=Put(1))"),
            (WorstOf(Put(1)), "put 1 on the worst", "WorstOf(payoff=Put(1))"),
            (Asian(Call(1)), "Asian call 1", "Asian(payoff=Call(1), mean='arithmetic')"),
            (Spread(Call(1)), "call 1 on a spread", "Spread(weights=(1.0, -1.0), payoff=Call(1))"),
            (
                Basket((1, 2), Call(1)),
                "call 1 on a basket",
                "Basket(weights=(1.0, 2.0), payoff=Call(1))",
            ),
            (
                GeometricBasket((1, 2), Call(1)),
                "call 1 on a geometric basket",
                "GeometricBasket(weights=(1.0, 2.0), payoff=Call(1))",
            ),
            (
                Breaches(Call(1), (2, 2.5), "above"),
                "call 1 on prices above 2, 2.5",
                "Breaches(payoff=Call(1), level=(2.0, 2.5), kind='above')",
            ),
            (
                Barrier(Call(1), 2.5),
                "up-and-out call 1, barrier 2.5",
                "Barrier(payoff=Call(1), level=2.5, kind='up-and-out')",
            ),
            (
                PresentValue([1]),
                "present value",
                "PresentValue(cash_flow=(1.0,), pca_matrix=((1.0,),), initial_rates=(0.0,))",
            ),
        ],
    )
    def test_name_and_repr(self, payoff, name, text):
        assert payoff.name == name
        assert repr(payoff) == text

    def test_names_of_the_others(self):
        assert FunctionPayoff(np.sqrt).name == "function"
        assert FunctionPayoff(np.sqrt, label="root").name == "root"
        assert PiecewiseLinear([1], [0, 0], [0, 0]).name == "piecewise linear"
        assert PiecewiseLinear([1], [0, 0], [0, 0], "nothing").name == "nothing"
        assert delta(Call(2), 2.0).name == "delta of call 2"
        assert delta(BestOf(CALL), 2.0, method="bump").name == "delta of call 0.7 on the best"


@pytest.fixture
def published_grid():
    return TargetDistribution.from_black_scholes(3, **data.MARKET, num_std=3, rule="pdf")


@pytest.fixture
def published_product_grid():
    variance, (low, high) = data.SIGMA**2, data.BOUNDS
    return TargetDistribution.lognormal(
        [2, 2], [data.MU] * 2, variance * np.eye(2), [(low, high)] * 2
    )


def on_grid(target, payoff):
    return float(payoff(target.values) @ target.probabilities.ravel())


class TestPublishedValues:
    # Exact sums over the grid, printed in the qiskit-finance tutorials 03 to 07 and 10.
    @pytest.mark.parametrize(
        ("payoff", "value"),
        [
            (Call(1.896), 0.1623),
            (Put(2.126), 0.1709),
            (BullSpread(1.438, 2.584), 0.5695),
            (delta(Call(1.896), method="digital"), 0.8098),
            (delta(Put(2.126), method="digital"), -0.8193),
            (delta(BullSpread(1.438, 2.584), method="digital"), 0.9291),
        ],
        ids=lambda item: getattr(item, "name", None),
    )
    def test_of_one_price(self, published_grid, payoff, value):
        assert round(on_grid(published_grid, payoff), 4) == value

    @pytest.mark.parametrize(
        ("payoff", "value"),
        [
            (Basket((1, 1), Call(3.5)), 0.4870),
            (Barrier(Basket((1, 1), BullSpread(3, 4)), 2.5), 0.8023),
        ],
        ids=lambda item: getattr(item, "name", None),
    )
    def test_of_two_prices(self, published_product_grid, payoff, value):
        assert round(on_grid(published_product_grid, payoff), 4) == value


class TestAgainstQiskitFinance:
    @staticmethod
    def probability_of_one(application):
        problem = application.to_estimation_problem()
        state = Statevector(problem.state_preparation)
        return problem, state.probabilities(problem.objective_qubits)[1]

    @pytest.mark.parametrize("strike", [1.896, 2.126])
    def test_digital_call(self, published_grid, strike):
        loader = LogNormalDistribution(3, data.MU, data.SIGMA**2, data.BOUNDS)
        _, probability = self.probability_of_one(
            EuropeanCallDelta(3, strike, data.BOUNDS, uncertainty_model=loader)
        )
        assert on_grid(published_grid, DigitalCall(strike)) == pytest.approx(probability, abs=1e-9)

    def test_put_as_a_linear_amplitude_function(self, published_grid):
        low, strike = data.BOUNDS[0], 2.126
        # The encoding's sine is a line up to the cube of the rescaling factor.
        function = LinearAmplitudeFunctionGate(
            3,
            slope=[-1, 0],
            offset=[strike - low, 0],
            domain=data.BOUNDS,
            image=(0, strike - low),
            rescaling_factor=0.01,
            breakpoints=[low, strike],
        )
        circuit = QuantumCircuit(function.num_qubits)
        circuit.append(LogNormalDistribution(3, data.MU, data.SIGMA**2, data.BOUNDS), range(3))
        circuit.append(function, circuit.qubits)
        value = function.post_processing(Statevector(circuit).probabilities([3])[1])
        assert on_grid(published_grid, Put(strike)) == pytest.approx(value, rel=1e-3)

    def test_present_value(self):
        flow, matrix, rates = [1.0, 2.0], np.array([[1.0, 0.2], [0.3, 1.0]]), [0.01, 0.02]
        mean, covariance = [0.002, 0.003], np.array([[1e-6, 5e-7], [5e-7, 4e-6]])
        bounds = [(0, 0.004), (0, 0.008)]  # so narrow that qiskit-finance's linearisation holds
        # The objective reads the first rate from the lowest qubits, where the distribution of
        # qiskit-finance has its last dimension.
        loader = NormalDistribution([2, 2], mean[::-1], covariance[::-1, ::-1], bounds[::-1])
        problem, probability = self.probability_of_one(
            FixedIncomePricing([2, 2], matrix, rates, flow, 0.01, bounds, loader)
        )
        target = TargetDistribution.normal([2, 2], mean, covariance, bounds)
        value = on_grid(target, PresentValue(flow, matrix, rates))
        without_spread = PresentValue(flow, initial_rates=rates)([[0.0, 0.0]])[0]
        assert value < without_spread - 0.01
        assert value == pytest.approx(problem.post_processing(probability), abs=2e-4)


WITHOUT_JUMPS = [
    Call(1.9),
    Put(2.1),
    BullSpread(1.4, 2.6),
    BearSpread(1.4, 2.6),
    Straddle(2.0),
    Butterfly(1.5, 2.0, 2.6),
    Call(1.9) - 3 * Put(1.7),
]


class TestDelta:
    @pytest.mark.parametrize("payoff", WITHOUT_JUMPS, ids=lambda payoff: payoff.name)
    def test_pathwise_is_the_derivative_of_the_closed_form(self, payoff):
        spot, step, others = 2.0, 1e-4, (0.4, 0.05, 40 / 365)
        up, down = (Market(spot + shift, *others).expectation(payoff) for shift in (step, -step))
        pathwise = delta(payoff, spot)
        assert isinstance(pathwise, PiecewiseLinear)
        value = Market(spot, *others).expectation(pathwise)
        assert value == pytest.approx((up - down) / (2 * step), abs=1e-6)

    def test_pathwise_of_a_call_is_black_scholes_delta(self):
        from scipy.stats import norm

        market = Market(2.0, 0.4, 0.05, 0.5)
        d1 = (np.log(2.0 / 1.9) + (0.05 + 0.08) * 0.5) / (0.4 * np.sqrt(0.5))
        value = market.discount * market.expectation(delta(Call(1.9), 2.0))
        assert value == pytest.approx(norm.cdf(d1), abs=1e-12)

    @pytest.mark.parametrize("payoff", WITHOUT_JUMPS, ids=lambda payoff: payoff.name)
    def test_pathwise_is_the_slope_times_the_price_over_the_spot(self, payoff, rng):
        prices = rng.uniform(0.1, 4, 50)
        expected = payoff.derivative()(prices) * prices / 1.7
        np.testing.assert_allclose(delta(payoff, 1.7)(prices), expected, atol=1e-13)

    @pytest.mark.parametrize("payoff", [*WITHOUT_JUMPS, DigitalCall(2.0), FunctionPayoff(np.sin)])
    def test_bump_is_the_central_difference(self, payoff, rng):
        prices = rng.uniform(0.1, 4, 50)
        expected = (payoff(1.05 * prices) - payoff(0.95 * prices)) / (2 * 0.05 * 1.7)
        bumped = delta(payoff, 1.7, method="bump", bump=0.05)
        np.testing.assert_allclose(bumped(prices), expected, atol=1e-12)

    def test_bump_is_one_percent_by_default(self):
        assert delta(Call(2.0), 2.0, method="bump")([2.0]) == pytest.approx(0.5)
        assert delta(Call(2.0), 2.0, method="bump")([1.99]) == pytest.approx(0.0099 / 0.04)

    @pytest.mark.parametrize("payoff", WITHOUT_JUMPS, ids=lambda payoff: payoff.name)
    def test_small_bumps_are_pathwise(self, payoff):
        prices = np.linspace(0.5, 3.5, 41) + 0.003  # away from the strikes
        bumped = delta(payoff, 2.0, method="bump", bump=1e-5)
        np.testing.assert_allclose(bumped(prices), delta(payoff, 2.0)(prices), atol=1e-9)

    def test_bump_finds_the_delta_of_a_digital(self):
        market = Market(2.0, 0.4, 0.05, 40 / 365)
        fine = TargetDistribution.from_black_scholes(14, **data.MARKET, num_std=4)
        estimate = on_grid(fine, delta(DigitalCall(1.9), 2.0, method="bump", bump=0.01))
        up, down = (
            Market(2.0 * factor, 0.4, 0.05, 40 / 365).expectation(DigitalCall(1.9))
            for factor in (1.01, 0.99)
        )
        assert estimate == pytest.approx((up - down) / 0.04, abs=2e-2)
        assert market.expectation(delta(DigitalCall(1.9), method="digital")) == 0

    @pytest.mark.parametrize("payoff", [*WITHOUT_JUMPS, DigitalCall(2.0)])
    def test_digital_is_the_slope(self, payoff, rng):
        prices = rng.uniform(0.1, 4, 50)
        slope = delta(payoff, method="digital")
        np.testing.assert_array_equal(slope(prices), payoff.derivative()(prices))

    def test_one_of_several_assets(self, rng):
        points = rng.uniform(0.5, 3, (40, 2))
        basket = Basket((1, 2), Call(3.0))
        alive = basket.reduce(points) > 3.1
        for asset, weight in enumerate(basket.weights):
            bumped = delta(basket, 1.5, method="bump", bump=1e-4, asset=asset)(points)
            expected = weight * points[alive, asset] / 1.5
            np.testing.assert_allclose(bumped[alive], expected, rtol=1e-8)

    def test_all_prices_of_a_path_by_default(self, rng):
        paths = rng.uniform(0.5, 3, (40, 3))
        bumped = delta(Asian(Call(0.1)), 2.0, method="bump", bump=1e-4)(paths)
        np.testing.assert_allclose(bumped, paths.mean(axis=1) / 2.0, rtol=1e-8)

    def test_the_bumps_of_all_assets_add_up(self, rng):
        points = rng.uniform(2, 3, (40, 3))
        payoff = FunctionPayoff(lambda p: p[:, 0] * p[:, 1] + p[:, 2] ** 2, 3)
        each = [delta(payoff, 2.0, method="bump", bump=1e-4, asset=k)(points) for k in range(3)]
        together = delta(payoff, 2.0, method="bump", bump=1e-4)(points)
        np.testing.assert_allclose(sum(each), together, rtol=1e-6)

    def test_its_grid_is_that_of_the_payoff(self):
        with pytest.raises(ValueError, match=r"barrier must lie inside the grid \(1, 3\), got 5"):
            delta(Barrier(Call(2), 5.0), 2.0, method="bump").check_grid(PATHS)
        delta(Barrier(Call(2), 2.5), 2.0, method="bump").check_grid(PATHS)

    @pytest.mark.parametrize(
        "payoff", [DigitalCall(2), DigitalPut(2), Call(1) + 0.1 * DigitalCall(2)]
    )
    def test_refuses_pathwise_with_jumps(self, payoff):
        with pytest.raises(
            ValueError, match=rf'{re.escape(payoff.name)} jumps, .* use method="bump"'
        ):
            delta(payoff, 2.0)

    @pytest.mark.parametrize("method", ["pathwise", "digital"])
    @pytest.mark.parametrize("payoff", [BestOf(CALL), FunctionPayoff(np.sqrt), "call"])
    def test_refuses_what_is_not_piecewise_linear(self, payoff, method):
        with pytest.raises(TypeError, match=f'method "{method}" needs a piecewise linear payoff'):
            delta(payoff, 2.0, method=method)

    @pytest.mark.parametrize("method", ["pathwise", "bump"])
    def test_refuses_a_missing_or_bad_spot(self, method):
        with pytest.raises(TypeError, match=f'method "{method}" needs the spot, got None'):
            delta(CALL, method=method)
        for spot in (0, -2.0):
            with pytest.raises(ValueError, match=f"spot must be positive, got {spot}"):
                delta(CALL, spot, method=method)
        with pytest.raises(ValueError, match="spot must be finite, got nan"):
            delta(CALL, np.nan, method=method)
        with pytest.raises(TypeError, match="spot must be a real number, got 'two'"):
            delta(CALL, "two", method=method)

    @pytest.mark.parametrize("bump", [0, 1, -0.1, 1.5])
    def test_refuses_a_bad_bump(self, bump):
        with pytest.raises(ValueError, match=f"bump must lie strictly between 0 and 1, got {bump}"):
            delta(CALL, 2.0, method="bump", bump=bump)

    def test_refuses_a_bad_asset(self):
        with pytest.raises(ValueError, match="asset must be at least 0, got -1"):
            delta(BestOf(CALL), 2.0, method="bump", asset=-1)
        with pytest.raises(TypeError, match=r"asset must be an integer, got 1\.0"):
            delta(BestOf(CALL), 2.0, method="bump", asset=1.0)
        with pytest.raises(ValueError, match="asset must be below 2, got 2"):
            delta(BestOf(CALL), 2.0, method="bump", asset=2)(PATHS)

    def test_refuses_an_unknown_method(self):
        with pytest.raises(ValueError, match=r"method must be one of 'pathwise', .* got 'vega'"):
            delta(CALL, 2.0, method="vega")


class TestBadInput:
    @pytest.mark.parametrize(
        ("kind", "strikes"),
        [
            (BullSpread, (2, 1)),
            (BullSpread, (2, 2)),
            (BearSpread, (2, 1)),
            (BearSpread, (2, 2)),
            (Butterfly, (1, 3, 2)),
            (Butterfly, (2, 1, 3)),
            (Butterfly, (1, 1, 2)),
            (Butterfly, (1, 2, 2)),
        ],
    )
    def test_strikes_must_ascend(self, kind, strikes):
        got = ", ".join(map(str, strikes))
        with pytest.raises(ValueError, match=f"strikes must ascend, got {got}"):
            kind(*strikes)

    @pytest.mark.parametrize(
        ("kind", "count"),
        [
            (Call, 1),
            (Put, 1),
            (DigitalCall, 1),
            (DigitalPut, 1),
            (Straddle, 1),
            (BullSpread, 2),
            (BearSpread, 2),
            (Butterfly, 3),
        ],
    )
    @pytest.mark.parametrize(
        ("value", "error", "message"),
        [
            (np.nan, ValueError, "strike must be finite, got nan"),
            (np.inf, ValueError, "strike must be finite, got inf"),
            ("2", TypeError, "strike must be a real number, got '2'"),
            (None, TypeError, "strike must be a real number, got None"),
            (1j, TypeError, "strike must be a real number, got 1j"),
        ],
    )
    def test_strikes_must_be_finite_numbers(self, kind, count, value, error, message):
        with pytest.raises(error, match=message):
            kind(*[1, 2, 3][: count - 1], value)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (([], [1], [1]), ValueError, "breakpoints must hold at least one strike, got none"),
            (([2, 1], [0] * 3, [0] * 3), ValueError, r"must ascend, got \[2\.0, 1\.0\]"),
            (([1, 1], [0] * 3, [0] * 3), ValueError, r"must ascend, got \[1\.0, 1\.0\]"),
            (([1, np.nan], [0] * 3, [0] * 3), ValueError, "breakpoints must be finite, got nan"),
            (([[1]], [0, 0], [0, 0]), ValueError, r"breakpoints must have shape .* got \(1, 1\)"),
            ((1.0, [0, 0], [0, 0]), ValueError, r"breakpoints must have shape .* got \(\)"),
            (([1], [0], [0, 0]), ValueError, r"slopes must have shape \(2,\), got \(1,\)"),
            (([1], [0, 0], [0] * 3), ValueError, r"offsets must have shape \(2,\), got \(3,\)"),
            (([1], [0, np.inf], [0, 0]), ValueError, "slopes must be finite, got inf"),
            (([1], [0, 0], [0, -np.inf]), ValueError, "offsets must be finite, got -inf"),
            ((["a"], [0, 0], [0, 0]), TypeError, "breakpoints must be an array of real numbers"),
            (([1], [0, None], [0, 0]), TypeError, "slopes must be an array of real numbers"),
        ],
    )
    def test_bad_pieces(self, arguments, error, message):
        with pytest.raises(error, match=message):
            PiecewiseLinear(*arguments)

    @pytest.mark.parametrize(
        ("payoff", "shape", "message"),
        [
            (CALL, (4, 2), r"call 0\.7 takes 1 price\(s\) per point, got .* \(4, 2\)"),
            (CALL, (4, 2, 1), r"takes 1 price\(s\) per point, got .* \(4, 2, 1\)"),
            (BestOf(CALL), (4,), r"on the best takes several prices per point, got .* \(4,\)"),
            (BestOf(CALL), (4, 1), r"takes several prices per point, got .* \(4, 1\)"),
            (Asian(CALL), (4,), r"takes several prices per point, got .* \(4,\)"),
            (Barrier(CALL, 2), (4,), r"takes several prices per point, got .* \(4,\)"),
            (Spread(CALL), (2,), r"takes 2 price\(s\) per point, got .* \(2,\)"),
            (Spread(CALL), (4, 3), r"takes 2 price\(s\) per point, got .* \(4, 3\)"),
            (Basket((1, 1, 1), CALL), (4, 2), r"takes 3 price\(s\) .* got .* \(4, 2\)"),
            (Barrier(Spread(CALL), 2), (4, 3), r"takes 2 price\(s\) .* got .* \(4, 3\)"),
            (PresentValue([1, 1]), (4, 3), r"present value takes 2 price\(s\) .* \(4, 3\)"),
            (FunctionPayoff(len, 2), (4, 3), r"function takes 2 price\(s\) .* \(4, 3\)"),
            (BestOf(CALL) + Spread(CALL), (4, 3), r"takes 2 price\(s\) .* got .* \(4, 3\)"),
        ],
    )
    def test_points_of_another_dimension(self, payoff, shape, message):
        with pytest.raises(ValueError, match=message):
            payoff(np.ones(shape))

    def test_points_that_are_no_numbers(self):
        with pytest.raises(ValueError, match="values must be finite, got nan"):
            CALL([1.0, np.nan])
        with pytest.raises(ValueError, match="values must be finite, got inf"):
            BestOf(CALL)([[1.0, np.inf]])
        with pytest.raises(TypeError, match="values must be an array of real numbers, got 'ab'"):
            CALL("ab")

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_functions_must_return_finite_numbers(self, bad):
        payoff = FunctionPayoff(lambda s: np.where(s > 2, bad, s), label="odd")
        with pytest.raises(ValueError, match=rf"odd pays {bad} at 3\.0"):
            payoff([1.0, 3.0])
        pair = FunctionPayoff(lambda p: np.where(p[:, 0] > 2, bad, 0), 2, "pair")
        with pytest.raises(ValueError, match=rf"pair pays {bad} at \[3\. 1\.\]"):
            pair([[1.0, 3.0], [3.0, 1.0]])

    @pytest.mark.parametrize(
        ("function", "got"),
        [
            (lambda s: s[:-1], r"\(1,\) for 2 points"),
            (lambda s: s[:, None], r"\(2, 1\) for 2 points"),
            (lambda s: 1.0, r"\(\) for 2 points"),
            (lambda s: None, r"\(\) for 2 points"),
        ],
    )
    def test_functions_must_return_one_number_per_point(self, function, got):
        with pytest.raises(ValueError, match=f"must return one number per point, got shape {got}"):
            FunctionPayoff(function)([1.0, 2.0])

    @pytest.mark.parametrize("bad", [None, 3.0, "max(0, s)", [np.sqrt]])
    def test_functions_must_be_callable(self, bad):
        with pytest.raises(TypeError, match="function must be callable, got"):
            FunctionPayoff(bad)

    def test_functions_take_at_least_one_price(self):
        with pytest.raises(ValueError, match="values_per_point must be at least 1, got 0"):
            FunctionPayoff(np.sqrt, 0)
        with pytest.raises(TypeError, match=r"values_per_point must be an integer, got 1\.5"):
            FunctionPayoff(np.sqrt, 1.5)

    @pytest.mark.parametrize(
        "make",
        [
            BestOf,
            WorstOf,
            Asian,
            Spread,
            lambda payoff: Basket((1, 1), payoff),
            lambda payoff: GeometricBasket((1, 1), payoff),
            lambda payoff: Breaches(payoff, 1.0),
        ],
    )
    def test_nested_payoffs_take_one_price(self, make):
        with pytest.raises(ValueError, match=r"must take one price, got the call 0\.7 on the best"):
            make(BestOf(CALL))
        with pytest.raises(ValueError, match="must take one price, got the present value"):
            make(PresentValue([1, 2]))
        for bad in (np.sqrt, 2.0, None, Call):
            with pytest.raises(TypeError, match="payoff must be a payoff of one price, got"):
                make(bad)

    @pytest.mark.parametrize(
        ("weights", "error", "message"),
        [
            ((1,), ValueError, "weights must have at least two entries, got 1"),
            ((), ValueError, "weights must have at least two entries, got 0"),
            (1.0, ValueError, r"weights must have shape \(any,\), got \(\)"),
            ([[1, 1]], ValueError, r"weights must have shape \(any,\), got \(1, 2\)"),
            ((1, np.nan), ValueError, "weights must be finite, got nan"),
            (("a", "b"), TypeError, "weights must be an array of real numbers"),
        ],
    )
    def test_bad_weights(self, weights, error, message):
        for kind in (Basket, GeometricBasket):
            with pytest.raises(error, match=message):
                kind(weights, CALL)

    @pytest.mark.parametrize("price", [0.0, -1.0])
    def test_a_geometric_basket_needs_positive_prices(self, price):
        with pytest.raises(ValueError, match=f"needs positive prices, got {price:g}"):
            GeometricBasket((0.5, 0.5), CALL)([[1.0, price]])

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((np.nan,), ValueError, "level must be finite, got nan"),
            ((None,), TypeError, "level must be a real number, got None"),
            (([1.0, "a"],), TypeError, "level must be a real number, got 'a'"),
            (([1.0],), ValueError, r"level must be a number, or one per price, got \[1\.0\]"),
            (([],), ValueError, r"level must be a number, or one per price, got \[\]"),
            ((2.0, "up"), ValueError, "kind must be one of 'above', 'below', got 'up'"),
        ],
    )
    def test_bad_breaches(self, arguments, error, message):
        with pytest.raises(error, match=message):
            Breaches(CALL, *arguments)

    def test_levels_of_other_prices(self):
        with pytest.raises(ValueError, match=r"takes 3 price\(s\) per point"):
            Breaches(CALL, (1.0, 2.0, 3.0))(PATHS)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((np.sqrt, 2.0), TypeError, "payoff must be a payoff, got"),
            ((CALL, 0), ValueError, "level must be positive, got 0"),
            ((CALL, -1.5), ValueError, r"level must be positive, got -1\.5"),
            ((CALL, np.nan), ValueError, "level must be finite, got nan"),
            ((CALL, None), TypeError, "level must be a real number, got None"),
            ((CALL, 2.0, "up"), ValueError, "kind must be one of 'up-and-out', .* got 'up'"),
            ((CALL, 2.0, "UP-AND-OUT"), ValueError, "kind must be one of .* got 'UP-AND-OUT'"),
            ((CALL, 2.0, None), ValueError, "kind must be one of .* got None"),
        ],
    )
    def test_bad_barriers(self, arguments, error, message):
        with pytest.raises(error, match=message):
            Barrier(*arguments)

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (([],), ValueError, "cash_flow must hold at least one payment, got none"),
            (([[1]],), ValueError, r"cash_flow must have shape \(any,\), got \(1, 1\)"),
            (([1, 2], np.eye(3)), ValueError, r"pca_matrix must have shape .* got \(3, 3\)"),
            (([1, 2], [1, 2]), ValueError, r"pca_matrix must have shape .* got \(2,\)"),
            (([1, 2], None, [1]), ValueError, r"initial_rates must have shape \(2,\), got \(1,\)"),
            (([1, np.nan],), ValueError, "cash_flow must be finite, got nan"),
            (("ab",), TypeError, "cash_flow must be an array of real numbers"),
        ],
    )
    def test_bad_present_values(self, arguments, error, message):
        with pytest.raises(error, match=message):
            PresentValue(*arguments)

    @pytest.mark.parametrize("rate", [-1.0, -1.5])
    def test_rates_must_be_above_minus_one(self, rate):
        with pytest.raises(ValueError, match=f"rates must be above -1, got {rate:g} on the grid"):
            PresentValue([1, 2])([[0.0, 0.0], [0.0, rate]])
        assert PresentValue([1.0])([-0.5]).tolist() == [2.0]


class TestCheckGrid:
    @pytest.mark.parametrize(
        ("payoff", "values"),
        [
            (Call(2), GRID),
            (Call(1), GRID),
            (Call(3), GRID),
            (Basket((1, 1), Call(4)), PATHS),
            (Spread(Call(-0.5)), PATHS),
            (Asian(Call(2.5)), PATHS),
            (Barrier(Call(1.9), 2.5), PATHS),
            (Barrier(Asian(Call(2)), 2.5), PATHS),
            (FunctionPayoff(np.sqrt), GRID),
            (PresentValue([1, 1]), PATHS),
            (BestOf(Call(2)) + WorstOf(Call(2)), PATHS),
            (Call(0.9), GRID),
            (Butterfly(1, 2, 3.5), GRID),
            (Basket((1, 1), Call(2)), PATHS),
            (Barrier(Call(0.9), 2.5), PATHS),
            (BestOf(Call(2)) + Asian(Call(2.9)), PATHS),
        ],
    )
    def test_accepts_what_makes_sense(self, payoff, values):
        assert payoff.check_grid(values) is None
        assert payoff.check_grid(values, 2.0) is None

    @pytest.mark.parametrize("kind", ["up-and-out", "up-and-in", "down-and-out", "down-and-in"])
    @pytest.mark.parametrize("level", [0.9, 1, 3, 3.1])
    def test_barrier_outside(self, kind, level):
        with pytest.raises(
            ValueError, match=rf"inside the grid \(1, 3\), got {level}: no path, or"
        ):
            Barrier(Call(2), level, kind).check_grid(PATHS)

    @pytest.mark.parametrize("effect", ["in", "out"])
    def test_barrier_on_the_wrong_side_of_the_spot(self, effect):
        for direction, side, spots in [("up", "above", (2.1, 2.0)), ("down", "below", (1.9, 2.0))]:
            barrier = Barrier(Call(1.9), 2.0, f"{direction}-and-{effect}")
            for spot in spots:
                message = f"2 is on the wrong side: .* needs it {side} the spot, {spot:g}"
                with pytest.raises(ValueError, match=message):
                    barrier.check_grid(PATHS, spot)

    def test_barrier_on_the_right_side_of_the_spot(self):
        Barrier(Call(1.9), 2.1, "up-and-out").check_grid(PATHS, 2.0)
        Barrier(Call(1.9), 1.5, "down-and-out").check_grid(PATHS, 2.0)

    @pytest.mark.parametrize(("level", "number"), [(0.5, 0), (9.0, 2)])
    def test_levels_outside(self, level, number):
        with pytest.raises(ValueError, match=f"got {level}: {number} prices of each point"):
            Breaches(Call(1), level).check_grid(PATHS)
        Breaches(Call(1), 2.0).check_grid(PATHS)

    def test_barrier_that_kills_everything(self):
        message = "barrier 2 is on the wrong side: the up-and-out call 2.* pays nothing on any path"
        with pytest.raises(ValueError, match=message):
            Barrier(Call(2), 2, "up-and-out").check_grid(PATHS, 1.5)
        with pytest.raises(ValueError, match=r"the down-and-out put 1.* pays nothing on any path"):
            Barrier(Put(1.5), 1.5, "down-and-out").check_grid(PATHS, 2.0)
        with pytest.raises(ValueError, match="pays nothing on any path"):
            (Asian(Call(2)) + Barrier(Call(2), 2)).check_grid(PATHS, 1.5)


class TestCornerCases:
    def test_a_single_price_is_a_point(self):
        assert Call(2.0)(3.5) == 1.5
        assert TargetDistribution([0.5, 0.5], (1, 3)).expectation(Call(2)) == 0.5

    def test_the_inner_of_two_barriers_sees_the_spot(self):
        paths = np.array([[1.2, 2.0], [2.0, 1.3], [2.2, 2.4], [2.6, 2.7], [1.6, 2.0]])
        double = Barrier(Barrier(Call(1.9), 2.5, "up-and-out"), 1.5, "down-and-out")
        double.check_grid(paths, 2.0)
        with pytest.raises(ValueError, match=r"barrier 2\.5 is on the wrong side"):
            double.check_grid(paths, 2.7)

    def test_scaled_sums_are_named_with_parentheses(self):
        assert (2 * (Call(1) + Put(1))).name == "2 (call 1 + put 1)"
        assert (Call(3) - (Call(1) - Call(2))).name == "call 3 - (call 1 - call 2)"

    def test_sum_adds_payoffs(self):
        assert sum([Call(1), Call(2)])([3.0]).tolist() == [3.0]

    @pytest.mark.parametrize("payoff", [1e-9 * DigitalCall(2), Put(2e5) + DigitalCall(5e4)])
    def test_small_jumps_have_no_pathwise_delta(self, payoff):
        with pytest.raises(ValueError, match="jumps"):
            delta(payoff, 2.0)

    def test_an_asset_needs_several_prices(self):
        with pytest.raises(ValueError, match="takes one price, so asset must be 0, got 3"):
            delta(Call(2), 2.0, method="bump", asset=3)

    def test_a_portfolio_holds_payoffs(self):
        with pytest.raises(TypeError, match="a portfolio holds payoffs, got 'x'"):
            Portfolio(((1.0, "x"),))
        with pytest.raises(ValueError, match="weight must be finite, got nan"):
            Portfolio(((float("nan"), Call(1)),))

    def test_rates_need_a_column(self):
        with pytest.raises(ValueError, match="at least one column"):
            PresentValue([1, 2], np.zeros((2, 0)))


def by_hand(levels, coupons, rest, paths):
    """What an autocallable pays, path by path."""
    paid = []
    for prices, otherwise in zip(paths, rest, strict=True):
        times = [time for time, price in enumerate(prices) if price >= levels[time]]
        paid.append(coupons[times[0]] if times else otherwise)
    return paid


@pytest.mark.parametrize("num_times", [2, 3, 5])
def test_autocallable(num_times, rng):
    paths = rng.uniform(1.5, 2.5, (200, num_times))
    levels, coupons = rng.uniform(2.0, 2.6, num_times), rng.normal(size=num_times)
    for payoff, seen in (
        (Put(2.0), paths[:, -1]),
        (Barrier(-1 * Put(2.0), 1.7, "down-and-in"), paths),
        (Asian(Call(1.9)), paths),
    ):
        found = Autocallable(levels, coupons, payoff)(paths)
        np.testing.assert_allclose(found, by_hand(levels, coupons, payoff(seen), paths))
    one_level = Autocallable(2.2, coupons, Put(2.0))
    assert one_level.levels == (2.2,) * num_times
    assert one_level.num_values == num_times
    assert one_level.needs_path
    assert "autocallable put 2" in str(one_level)


def test_autocallable_at_its_level():
    note = Autocallable(2.2, (1.0, 2.0), Call(1.9))
    rounded = 2.2 * (1 - 1e-12)
    assert note([[rounded, 1.0], [2.1, rounded]]).tolist() == [1.0, 2.0]


def test_autocallable_refuses():
    with pytest.raises(ValueError, match="coupons must have at least two entries, got 1"):
        Autocallable(2.0, (0.1,), Call(2.0))
    with pytest.raises(ValueError, match=r"one for each of 2 coupons, got shape \(3,\)"):
        Autocallable((2.0, 2.1, 2.2), (0.1, 0.2), Call(2.0))
    with pytest.raises(ValueError, match=r"one for each of 3 coupons, got shape \(2,\)"):
        Autocallable((2.0, 2.1), (0.1, 0.2, 0.3), Call(2.0))
    with pytest.raises(ValueError, match="levels must be positive, got 0"):
        Autocallable((2.0, 0.0), (0.1, 0.2), Call(2.0))
    with pytest.raises(TypeError, match="payoff must be a payoff, got 2"):
        Autocallable(2.0, (0.1, 0.2), 2.0)
    with pytest.raises(ValueError, match="the last price or all 2 of the path"):
        Autocallable(2.0, (0.1, 0.2), Basket((1, 1, 1), Call(2.0)))
    with pytest.raises(ValueError, match="takes 2 price"):
        Autocallable(2.0, (0.1, 0.2), Call(2.0))([[1.0, 2.0, 3.0]])


def test_a_function_of_single_numbers_is_told_how_to_be_one_of_arrays():
    with pytest.raises(ValueError, match=r"gets all points at once, .* np.maximum for max"):
        FunctionPayoff(lambda price: max(price - 2, 0))([1.0, 3.0])


def test_other_errors_are_the_functions():
    def broken(prices):
        raise ValueError("of one's own")

    with pytest.raises(ValueError, match="of one's own"):
        FunctionPayoff(broken)([1.0])
