"""Cash and division of payoffs, digitals of any size, and payoffs of a whole path."""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import norm

from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Basket,
    BestOf,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    Last,
    Market,
    PathModel,
    PiecewiseLinear,
    Portfolio,
    PresentValue,
    Put,
    Straddle,
    delta,
)

MARKET = (2.0, 0.4, 0.05, 0.5)
PRICES = np.linspace(0.5, 3.5, 31)
PATHS = np.random.default_rng(5).uniform(0.5, 3.5, (40, 3))

PAYOFFS = [
    Call(1.9),
    DigitalPut(2.0),
    Call(1.5) - Call(2.5),
    FunctionPayoff(np.sqrt),
    Asian(Call(1.9)),
    Last(Put(2.0)),
    Barrier(Call(1.9), 2.4),
    BestOf(Call(1.9)) - 2 * Asian(Put(2.0)),
    Basket((1, 1, 1), Call(5.0)),
    PresentValue([1.0, 2.0, 1.0]),
]
of_all = pytest.mark.parametrize("payoff", PAYOFFS, ids=lambda payoff: payoff.name)


def points_of(payoff):
    return PRICES if payoff.num_values == 1 else PATHS


class TestCash:
    @of_all
    @pytest.mark.parametrize("cash", [5, -5, 0.25, np.float64(3), np.int64(2), Fraction(1, 4)])
    def test_is_paid_in_any_case(self, payoff, cash):
        points, amount = points_of(payoff), float(cash)
        pays = payoff(points)
        for made, expected in [
            (payoff + cash, pays + amount),
            (cash + payoff, pays + amount),
            (payoff - cash, pays - amount),
            (cash - payoff, amount - pays),
            (2 * (payoff + cash), 2 * pays + 2 * amount),
            ((payoff + cash) / 4, pays / 4 + amount / 4),
            (-(payoff + cash), -pays - amount),
            ((payoff + cash) + (payoff - 2 * cash), 2 * pays - amount),
            ((payoff + cash) - (payoff + cash), 0 * pays),
            (payoff + cash - cash, pays),
        ]:
            np.testing.assert_allclose(made(points), expected, atol=1e-13)
            assert made.num_values == payoff.num_values
            assert made.needs_path == payoff.needs_path

    def test_keeps_piecewise_linear_payoffs(self):
        made = Call(1.9) + 5
        assert isinstance(made, PiecewiseLinear)
        assert (made.breakpoints, made.slopes, made.offsets) == ((1.9,), (0.0, 1.0), (5.0, 5.0))
        assert Market(*MARKET).expectation(made) == pytest.approx(
            Market(*MARKET).expectation(Call(1.9)) + 5
        )

    def test_is_one_number_of_a_portfolio(self):
        made = 1 + (Asian(Call(1.9)) + 5) - 2 * (Last(Call(2)) - 3)
        assert isinstance(made, Portfolio)
        assert made.parts == ((1.0, Asian(Call(1.9))), (-2.0, Last(Call(2))))
        assert made.cash == 12
        assert made == Portfolio(made.parts, cash=12) != Portfolio(made.parts)

    def test_of_nothing_leaves_a_payoff_as_it_is(self):
        for payoff in PAYOFFS:
            assert payoff + 0 is payoff
            assert payoff - 0.0 is payoff
            assert sum([payoff]) is payoff

    @pytest.mark.parametrize(
        ("payoff", "name"),
        [
            (Call(1) + 5, "call 1 + 5"),
            (Call(1) - 5, "call 1 - 5"),
            (5 - Call(1), "-1 call 1 + 5"),
            (2 * (Call(1) - 5), "2 (call 1 - 5)"),
            (Asian(Call(1)) + 5, "+1 Asian call 1 +5"),
            (0.5 - Asian(Call(1)), "-1 Asian call 1 +0.5"),
        ],
    )
    def test_is_named(self, payoff, name):
        assert payoff.name == name

    @of_all
    def test_does_not_change_delta(self, payoff):
        points = points_of(payoff)
        bumped, plain = (
            delta(one, 2.0, method="bump", bump=1e-3)(points) for one in (payoff + 5, payoff)
        )
        np.testing.assert_allclose(bumped, plain, atol=1e-9)
        if isinstance(payoff, PiecewiseLinear) and not isinstance(payoff, DigitalPut):
            np.testing.assert_allclose(
                delta(payoff + 5, 2.0)(points), delta(payoff, 2.0)(points), atol=1e-12
            )

    def test_does_not_hide_the_number_that_a_payoff_depends_on(self):
        for payoff in (2 * Asian(Call(1.9)) + 5, Asian(Call(1.9)) - Asian(Call(2.1))):
            np.testing.assert_array_equal(payoff.coordinate(PATHS), PATHS.mean(axis=1))
        assert (Asian(Call(1.9)) + Last(Call(1.9))).coordinate(PATHS) is None
        assert (Barrier(Call(1.9), 2.0) + 5).coordinate(PATHS) is None

    def test_is_checked_on_the_grid_like_the_payoff(self):
        with pytest.raises(ValueError, match="barrier must lie inside the grid"):
            (Barrier(Call(2.0), 9.0) + 5).check_grid(PATHS)

    @of_all
    @pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
    def test_is_finite(self, payoff, wrong):
        for make in (lambda: payoff + wrong, lambda: wrong + payoff, lambda: payoff - wrong):
            with pytest.raises(ValueError, match="cash must be finite, got"):
                make()
        with pytest.raises(ValueError, match="cash must be finite"):
            Portfolio(((1.0, payoff),), wrong)

    @of_all
    @pytest.mark.parametrize("wrong", ["5", None, 1j, [5.0], np.array([1.0, 2.0])])
    def test_is_a_real_number(self, payoff, wrong):
        for make in (
            lambda: payoff + wrong,
            lambda: wrong + payoff,
            lambda: payoff - wrong,
            lambda: wrong - payoff,
        ):
            with pytest.raises(
                TypeError, match=r"unsupported operand|does not support|concatenate"
            ):
                make()

    def test_a_portfolios_cash_is_a_number(self):
        with pytest.raises(TypeError, match="cash must be a real number, got 'much'"):
            Portfolio(((1.0, Call(1)),), "much")


class TestDivision:
    @of_all
    @pytest.mark.parametrize("divisor", [2, -0.5, np.float64(3), Fraction(1, 3)])
    def test_is_multiplication_by_the_inverse(self, payoff, divisor):
        points = points_of(payoff)
        expected = payoff(points) / float(divisor)
        np.testing.assert_allclose((payoff / divisor)(points), expected, rtol=1e-14)

    @of_all
    @pytest.mark.parametrize("zero", [0, 0.0, -0.0, np.float64(0)])
    def test_by_zero(self, payoff, zero):
        with pytest.raises(ZeroDivisionError, match="must not be divided by zero"):
            _ = payoff / zero

    @pytest.mark.parametrize("payoff", [Call(2), Asian(Call(2))])
    def test_by_something_else(self, payoff):
        with pytest.raises(ValueError, match="divisor must be finite, got nan"):
            _ = payoff / np.nan
        with pytest.raises(ValueError, match="must be finite, got inf"):
            _ = payoff / 1e-320
        for wrong in ("a", None, Call(1), 1j):
            with pytest.raises(TypeError, match="divisor must be a real number, got"):
                _ = payoff / wrong

    @pytest.mark.parametrize("payoff", [Call(2), Asian(Call(2))])
    def test_a_number_is_not_divided_by_a_payoff(self, payoff):
        for number in (2, np.float64(2)):
            with pytest.raises(TypeError, match="unsupported operand"):
                _ = number / payoff


class TestDigitalSize:
    def test_is_what_is_paid(self):
        assert DigitalCall(2, size=10)([1.9, 2.0, 2.1]).tolist() == [0, 10, 10]
        assert DigitalPut(2, size=0.5)([1.9, 2.0, 2.1]).tolist() == [0.5, 0, 0]
        np.testing.assert_array_equal(DigitalCall(2, size=3)(PRICES), (3 * DigitalCall(2))(PRICES))
        assert (DigitalCall(2).size, DigitalPut(2, size=7).size) == (1, 7)

    def test_tells_digitals_apart(self):
        assert DigitalCall(2, size=1) == DigitalCall(2) != DigitalCall(2, size=2)
        assert DigitalCall(2, size=2) != DigitalPut(2, size=2)
        for payoff in (DigitalCall(2, size=2), DigitalPut(2, size=3)):
            assert pickle.loads(pickle.dumps(payoff)) == copy.deepcopy(payoff) == payoff

    @pytest.mark.parametrize(
        ("payoff", "name", "text"),
        [
            (DigitalCall(2), "digital call 2", "DigitalCall(2)"),
            (DigitalPut(2, size=10), "digital put 2, size 10", "DigitalPut(2, size=10)"),
            (
                DigitalCall(1.5, size=0.25),
                "digital call 1.5, size 0.25",
                "DigitalCall(1.5, size=0.25)",
            ),
        ],
    )
    def test_is_named(self, payoff, name, text):
        assert (payoff.name, repr(payoff)) == (name, text)

    @pytest.mark.parametrize("kind", [DigitalCall, DigitalPut])
    def test_is_a_positive_number_given_by_name(self, kind):
        for wrong in (0, -1):
            with pytest.raises(ValueError, match=f"size must be positive, got {wrong}"):
                kind(2, size=wrong)
        with pytest.raises(ValueError, match="size must be finite, got nan"):
            kind(2, size=np.nan)
        with pytest.raises(TypeError, match="size must be a real number, got 'big'"):
            kind(2, size="big")
        with pytest.raises(TypeError, match="takes 2 positional arguments"):
            kind(2, 3)

    def test_has_its_closed_form(self):
        market = Market(*MARKET)
        expected = 25 * market.expectation(DigitalCall(2.1))
        assert market.expectation(DigitalCall(2.1, size=25)) == pytest.approx(expected)


class TestOfAPath:
    def test_the_last_price(self):
        np.testing.assert_array_equal(Last(Put(2.0))(PATHS), Put(2.0)(PATHS[:, -1]))
        assert Last(Straddle(2)).name == "straddle 2 on the last price"
        assert repr(Last(Call(2))) == "Last(payoff=Call(2))"
        with pytest.raises(ValueError, match="takes several prices per point"):
            Last(Call(2))(PRICES)
        with pytest.raises(ValueError, match="must take one price"):
            Last(Asian(Call(2)))

    def test_the_geometric_mean(self):
        payoff = Asian(Call(1.5), mean="geometric")
        expected = np.maximum(PATHS.prod(axis=1) ** (1 / 3) - 1.5, 0)
        np.testing.assert_allclose(payoff(PATHS), expected, atol=1e-13)
        assert np.all(payoff(PATHS) <= Asian(Call(1.5))(PATHS))
        assert payoff.name == "geometric Asian call 1.5"
        assert repr(payoff) == "Asian(payoff=Call(1.5), mean='geometric')"
        assert payoff != Asian(Call(1.5)) == Asian(Call(1.5), mean="arithmetic")
        assert Barrier(payoff, 2.0).name == "up-and-out geometric Asian call 1.5, barrier 2"

    @pytest.mark.parametrize("price", [0.0, -1.0])
    def test_a_geometric_mean_needs_positive_prices(self, price):
        payoff = Asian(Call(1.5), mean="geometric")
        with pytest.raises(ValueError, match=f"needs positive prices, got {price:g}"):
            payoff([[1.0, price]])
        assert Asian(Put(1.5))([[1.0, price]]).size == 1

    def test_another_mean(self):
        with pytest.raises(ValueError, match=r"mean must be one of .* got 'harmonic'"):
            Asian(Call(1.5), mean="harmonic")
        with pytest.raises(TypeError, match="positional arguments"):
            Asian(Call(1.5), "geometric")

    def test_the_geometric_call_has_the_value_of_its_closed_form(self):
        """The mean of the logarithms is normal (Kemna and Vorst 1990)."""
        spot, volatility, rate, maturity = MARKET
        times = maturity * np.array([1, 2, 3]) / 3
        mean = np.log(spot) + (rate - volatility**2 / 2) * times.mean()
        std = volatility * np.sqrt(np.minimum.outer(times, times).mean())
        strike = 2.0
        above = (mean - np.log(strike)) / std
        expected = np.exp(mean + std**2 / 2) * norm.cdf(above + std) - strike * norm.cdf(above)
        draws = Market(*MARKET).sample(400_000, num_steps=3, seed=1)
        pays = Asian(Call(strike), mean="geometric")(draws)
        assert pays.mean() == pytest.approx(expected, abs=4 * pays.std() / np.sqrt(len(pays)))
        model = PathModel(4, 3, *MARKET, seed=1)
        on_grid = Asian(Call(strike), mean="geometric")(model.values) @ model.probabilities
        assert on_grid == pytest.approx(expected, rel=5e-3)

    def test_the_last_price_has_its_black_scholes_value(self):
        model = PathModel(4, 2, *MARKET, seed=1)
        value = Last(Call(2.0))(model.values) @ model.probabilities
        assert value == pytest.approx(Market(*MARKET).expectation(Call(2.0)), rel=4e-3)

    @pytest.mark.parametrize(
        ("payoff", "needs"),
        [
            (Call(2), False),
            (Basket((1, 1), Call(2)), False),
            (BestOf(Call(2)), False),
            (Asian(Call(2)), True),
            (Last(Call(2)), True),
            (Barrier(Basket((1, 1), Call(2)), 3.0), True),
            (BestOf(Call(2)) + 0.5 * Last(Call(2)), True),
            (BestOf(Call(2)) + 5, False),
            (delta(Last(Call(2)), 2.0, method="bump"), True),
            (delta(BestOf(Call(2)), 2.0, method="bump"), False),
        ],
    )
    def test_which_need_one(self, payoff, needs):
        assert payoff.needs_path == needs
