"""The linearised payoff of qiskit-finance that benchmarks compare with."""

import importlib
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from qiskit.quantum_info import Operator
from test_encodings import (
    PIECEWISE,
    by_name,
    check_the_reflection,
    check_what_it_shows,
    log_normal,
    outcomes,
    two_prices,
)
from theirs import EuropeanCallPricingObjective

from qiskit_ssqw.finance import (
    Basket,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    Straddle,
)


@pytest.fixture(scope="module")
def linear_payoff():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
        yield importlib.import_module("linear_payoff")
    for name in ("linear_payoff", "instance"):
        sys.modules.pop(name, None)


class TestLinearEncodings:
    @pytest.mark.parametrize("payoff", PIECEWISE, ids=by_name)
    @pytest.mark.parametrize("size", [2, 3])
    def test_the_objective_shows_the_payoff(self, linear_payoff, size, payoff):
        values, _ = log_normal(size)
        encoding = linear_payoff.LinearEncoding(payoff, values, 0.2)
        assert encoding.num_ancillas == encoding.num_value_qubits == size
        check_what_it_shows(encoding)

    @pytest.mark.parametrize("digits", [-1e-10, -1e-15, 0, 1e-15, 1e-10])
    @pytest.mark.parametrize("kind", [Call, DigitalCall, DigitalPut])
    def test_the_last_digits_of_a_strike_on_a_grid_point_do_not_matter(
        self, linear_payoff, kind, digits
    ):
        values, _ = log_normal(2)
        payoff, exact = kind(values[1] * (1 + digits)), kind(values[1])
        encoding = linear_payoff.LinearEncoding(payoff, values, 0.2)
        check_what_it_shows(encoding)
        shown = linear_payoff.LinearEncoding(exact, values, 0.2).shown
        np.testing.assert_allclose(encoding.shown, shown, rtol=0, atol=1e-8)

    @pytest.mark.parametrize("strikes", [(0.5, 1.9), (1.9, 9.0), (0.5, 9.0)])
    def test_strikes_outside_the_grid(self, linear_payoff, strikes):
        values, _ = log_normal(2)
        check_what_it_shows(linear_payoff.LinearEncoding(BullSpread(*strikes), values, 0.2))

    @pytest.mark.parametrize("payoff", [Call(1.896), Butterfly(1.7, 2.0, 2.4)], ids=by_name)
    def test_the_reflection_is_the_rotated_z(self, linear_payoff, payoff):
        check_the_reflection(linear_payoff.LinearEncoding(payoff, log_normal(2)[0], 0.2))

    @pytest.mark.parametrize("size", [2, 3])
    def test_a_call_has_the_probabilities_of_qiskit_finance(self, linear_payoff, size):
        values, _ = log_normal(size)
        encoding = linear_payoff.LinearEncoding(Call(1.896), values, 0.25)
        bounds = (float(values[0]), float(values[-1]))
        theirs = EuropeanCallPricingObjective(size, 1.896, 0.25, bounds)
        # Only the columns of values count; the other qubits begin in 0.
        columns = Operator(theirs.decompose(reps=8)).data[:, : 2**size]
        split = np.abs(columns.reshape(-1, 2, 2**size, 2**size)) ** 2
        np.testing.assert_allclose(
            outcomes(encoding)[:, 1].sum(axis=(0, 1)),
            split[:, 1].sum(axis=(0, 1)),
            rtol=0,
            atol=1e-10,
        )
        for amplitude in (0.3, 0.5, 0.62):
            assert encoding.to_price(amplitude) == pytest.approx(theirs.post_processing(amplitude))

    @pytest.mark.parametrize("payoff", PIECEWISE, ids=by_name)
    def test_the_bias_falls_with_the_square_of_the_factor(self, linear_payoff, payoff):
        values, _ = log_normal(5)
        bias = [
            np.abs(
                linear_payoff.LinearEncoding(payoff, values, c).loaded_payoff - payoff(values)
            ).max()
            for c in (0.1, 0.05, 0.025)
        ]
        np.testing.assert_allclose(np.array(bias[:-1]) / bias[1:], 4, rtol=0.01)

    def test_the_range_grows_as_the_factor_falls(self, linear_payoff):
        values, _ = log_normal(3)
        wide, narrow = (linear_payoff.LinearEncoding(Call(1.896), values, c) for c in (0.05, 0.1))
        assert wide.high - wide.low == pytest.approx(2 * (narrow.high - narrow.low))

    def test_no_deprecated_class_is_used(self, linear_payoff):
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)
            warnings.simplefilter("error", PendingDeprecationWarning)
            linear_payoff.LinearEncoding(Call(1.896), log_normal(2)[0], 0.2).reflection()


class TestLinearOnAwkwardGrids:
    @pytest.mark.parametrize("payoff", [Call(1.0), Straddle(1.0)], ids=by_name)
    def test_a_strike_on_the_lowest_grid_point_is_encoded(self, linear_payoff, payoff):
        values = np.linspace(1.0, 2.75, 8)
        check_what_it_shows(linear_payoff.LinearEncoding(payoff, values, 0.2))

    @pytest.mark.parametrize("place", [1, 2, 4, 5])
    def test_a_jump_on_a_grid_point_belongs_to_the_piece_above(self, linear_payoff, place):
        values = np.linspace(0.1, 0.7, 8)
        check_what_it_shows(
            linear_payoff.LinearEncoding(DigitalCall(float(values[place])), values, 0.2)
        )

    @pytest.mark.parametrize(
        "values", [np.exp(np.linspace(0, 1, 8)), np.linspace(2, 1, 8), two_prices()[0]]
    )
    def test_other_grids_are_refused(self, linear_payoff, values):
        with pytest.raises(ValueError, match="needs ascending, equidistant grid points"):
            linear_payoff.encode_linearly(Call(1.9), values, 0.2)

    @pytest.mark.parametrize("payoff", [FunctionPayoff(np.sqrt), Basket((0.5, 0.5), Call(1.9))])
    def test_other_payoffs_are_refused(self, linear_payoff, payoff):
        with pytest.raises(
            TypeError, match=f"needs a piecewise linear payoff, got the {payoff.name}"
        ):
            linear_payoff.encode_linearly(payoff, log_normal(3)[0], 0.2)

    def test_it_prices_the_tutorials_call(self, linear_payoff):
        values, weights = log_normal(3, "pdf")
        encoded = linear_payoff.encode_linearly(Call(1.896), values, 0.25)
        assert weights @ encoded.payments == pytest.approx(0.168736, abs=1e-6)
