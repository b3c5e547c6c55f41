"""Payoff circuits: what they show, what they cost, and how one is chosen."""

import numpy as np
import pytest
from qiskit.quantum_info import Operator

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Basket,
    BearSpread,
    BestOf,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    FunctionPayoff,
    OptionPricing,
    Put,
    Spread,
    Straddle,
    WorstOf,
)
from qiskit_ssqw.finance.encodings import (
    AngleEncoding,
    EncodedPayoff,
    choice,
    encode,
)
from qiskit_ssqw.finance.encodings.fourier import FourierSeries, fit_series, joint_range
from qiskit_ssqw.finance.encodings.sparse import (
    angles_of,
    clipped,
    nonzero_rotations,
    walsh_rotations,
)
from qiskit_ssqw.finance.loader import Loader
from qiskit_ssqw.synthesis.multiplexer import count_walsh_cx

MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365}
PAYOFFS = [
    Call(1.896),
    Put(2.05),
    DigitalCall(1.9),
    Butterfly(1.7, 2.0, 2.4),
    Straddle(2.0),
]
PIECEWISE = [*PAYOFFS, BearSpread(1.7, 2.2), BullSpread(1.8, 2.3)]
TWO_ASSETS = {
    "basket": Basket((0.5, 0.5), Call(1.9)),
    "best of": BestOf(Call(2.0)),
    "worst of": WorstOf(Put(2.0)),
    "spread": Spread(Call(0.1)),
    "asian": Asian(Call(1.9)),
    "up-and-out": Barrier(Call(1.9), 2.6, "up-and-out"),
    "down-and-in": Barrier(Put(2.0), 1.6, "down-and-in"),
}


def by_name(payoff):
    return payoff.name


def log_normal(size, rule="cell"):
    target = TargetDistribution.from_black_scholes(size, **MARKET, num_std=3, rule=rule)
    return target.values, target.probabilities


def fractions_of(payments):
    return (payments - payments.min()) / np.ptp(payments)


def weighted_error(rotations, fractions, weights):
    shown = np.sin(angles_of(rotations, len(fractions)) / 2) ** 2
    return weights @ np.abs(shown - fractions)


def two_prices(size=2):
    """A grid of two prices, `size` qubits each, and random probabilities."""
    axis = np.linspace(1.4, 2.8, 2**size)
    points = np.array([(x, y) for x in axis for y in axis])
    return points, np.random.default_rng(5).dirichlet(np.ones(len(points)))


def harmonic_range(points, payments, weights, tolerance):
    """Joint range of the fewest harmonics of a period, of the best period from 1 to 2 widths."""
    ranges = []
    for period in np.linspace(1, 2, 6) * np.ptp(points):
        for count in range(1, 65):
            angles = np.outer(points, np.arange(1, count + 1)) * 2 * np.pi / period
            columns = np.hstack([np.ones((len(points), 1)), np.cos(angles), np.sin(angles)])
            roots = np.sqrt(weights)[:, None]
            fitted = np.linalg.lstsq(roots * columns, roots[:, 0] * payments, rcond=1e-4)[0]
            if weights @ np.abs(columns @ fitted - payments) <= tolerance:
                ranges.append(joint_range(np.hypot(*fitted[1:].reshape(2, -1))))
                break
    return min(ranges)


def encoded_as(payoff, values, weights, encoding, tolerance=0.0, **options):
    defaults = {"other_cx": 40}
    return encode(
        payoff, values, weights, encoding=encoding, tolerance=tolerance, **(defaults | options)
    )


def outcomes(encoding):
    """Probabilities of (ancillas, objective, values) for every value with all else 0."""
    size, ancillas = 2**encoding.num_value_qubits, 2**encoding.num_ancillas
    columns = Operator(encoding.circuit()).data[:, :size]
    return np.abs(columns.reshape(ancillas, 2, size, size)) ** 2


def check_what_it_shows(encoding):
    """The values are kept, the ancillas return to 0, the objective shows what it should."""
    probabilities = outcomes(encoding)
    here = np.arange(2**encoding.num_value_qubits)
    kept = probabilities[0][:, here, here]
    np.testing.assert_allclose(kept.sum(axis=0), 1, rtol=0, atol=1e-10)
    np.testing.assert_allclose(kept[1], encoding.shown, rtol=0, atol=1e-10)


def check_the_reflection(encoding):
    rotation = encoding.circuit()
    expected = rotation.copy()
    expected.z(encoding.num_value_qubits)
    expected.compose(rotation.inverse(), inplace=True)
    clean = 2 ** (encoding.num_value_qubits + 1)
    np.testing.assert_allclose(
        Operator(encoding.reflection()).data[:, :clean],
        Operator(expected).data[:, :clean],
        rtol=0,
        atol=1e-10,
    )


class TestSparseRotations:
    @pytest.mark.parametrize("size", [0, 1, 3, 6])
    def test_angles_are_the_inverse_of_the_transform(self, size, rng):
        angles = rng.uniform(-3, 3, size=2**size)
        back = angles_of(nonzero_rotations(angles), 2**size)
        np.testing.assert_allclose(back, angles, rtol=0, atol=1e-11)

    def test_coefficients_that_vanish_are_left_out(self):
        assert set(nonzero_rotations(0.2 * np.arange(16.0))) == {0, 1, 2, 4, 8}
        assert nonzero_rotations(np.zeros(8)) == {0: 0.0}

    @pytest.mark.parametrize("size", [1, 3, 5])
    def test_no_tolerance_reproduces_the_angles(self, size, rng):
        fractions = rng.uniform(size=2**size)
        weights = rng.dirichlet(np.ones(2**size))
        found = angles_of(walsh_rotations(fractions, weights, 0.0), 2**size)
        np.testing.assert_allclose(found, 2 * np.arcsin(np.sqrt(fractions)), rtol=0, atol=1e-11)

    @pytest.mark.parametrize("rule", ["pdf", "cell"])
    @pytest.mark.parametrize("payoff", PAYOFFS, ids=by_name)
    @pytest.mark.parametrize("size", [3, 4, 6])
    def test_the_tolerance_is_kept_with_fewer_flips(self, size, payoff, rule):
        values, weights = log_normal(size, rule)
        fractions = fractions_of(payoff(values))
        flips = [count_walsh_cx(walsh_rotations(fractions, weights, 0.0))]
        for tolerance in (1e-3, 3e-2):
            found = walsh_rotations(fractions, weights, tolerance)
            assert 0 in found
            assert weighted_error(found, fractions, weights) <= tolerance * (1 + 1e-9)
            flips.append(count_walsh_cx(found))
        assert flips == sorted(flips, reverse=True)
        assert size < 6 or flips[-1] < flips[0]

    @pytest.mark.parametrize("size", [5, 7, 8])
    def test_the_tolerance_is_kept_on_other_grids(self, size):
        values, weights = log_normal(size)
        fractions = fractions_of(Call(1.896)(values))
        found = walsh_rotations(fractions, weights, 5e-3)
        assert weighted_error(found, fractions, weights) <= 5e-3
        assert count_walsh_cx(found) < 2 ** (size - 1)

    def test_a_loose_tolerance_leaves_a_plain_rotation(self):
        values, weights = log_normal(4)
        found = walsh_rotations(fractions_of(Call(1.896)(values)), weights, 1.0)
        assert set(found) == {0}

    @pytest.mark.parametrize("tolerance", [1e-14, 1e-6, 1e-2, 0.2])
    @pytest.mark.parametrize("tail", [0.0, 1e-300, 1e-14, 1e-8])
    @pytest.mark.parametrize("kept", ["middle", "one point", "alternate"])
    def test_rare_grid_points_do_no_harm(self, kept, tail, tolerance, rng):
        index = np.arange(32)
        common = {"middle": abs(index - 15) < 4, "one point": index == 9, "alternate": index % 2}
        weights = np.where(common[kept], 1.0, tail)
        weights /= weights.sum()
        for fractions in (index / 31, (index > 11).astype(float), rng.uniform(size=32)):
            found = walsh_rotations(fractions, weights, tolerance)
            assert 0 in found
            assert np.isfinite(list(found.values())).all()
            assert weighted_error(found, fractions, weights) <= tolerance + 1e-12
            assert count_walsh_cx(found) <= 32

    def test_no_coefficient_is_dropped_above_the_largest_size(self):
        fractions = np.random.default_rng(0).uniform(size=2**13)
        weights = np.full(2**13, 2.0**-13)
        found = walsh_rotations(fractions, weights, 0.5)
        assert weighted_error(found, fractions, weights) < 1e-10


class TestClipping:
    @pytest.mark.parametrize("budget", [1e-6, 1e-3, 1e-2])
    @pytest.mark.parametrize("payoff", PIECEWISE, ids=by_name)
    @pytest.mark.parametrize("size", [3, 6])
    def test_the_change_is_what_it_says_and_within_the_budget(self, size, payoff, budget):
        values, weights = log_normal(size)
        payments = payoff(values)
        bounded, spent = clipped(payments, weights, budget)
        change = weights @ np.abs(bounded - payments)
        assert spent == pytest.approx(change, abs=1e-15)
        assert change <= budget * (1 + 1e-9)
        np.testing.assert_allclose(
            bounded, np.clip(payments, bounded.min(), bounded.max()), rtol=0, atol=1e-15
        )
        assert 0 < np.ptp(bounded) <= np.ptp(payments)

    def test_a_budget_narrows_the_range(self):
        values, weights = log_normal(6)
        payments = Call(1.896)(values)
        ranges = [np.ptp(clipped(payments, weights, budget)[0]) for budget in (0, 1e-4, 1e-3, 1e-2)]
        assert (np.diff(ranges) < 0).all()

    @pytest.mark.parametrize("payoff", PIECEWISE, ids=by_name)
    def test_no_budget_changes_nothing_that_can_happen(self, payoff):
        values, weights = log_normal(4)
        bounded, spent = clipped(payoff(values), weights, 0.0)
        np.testing.assert_array_equal(bounded, payoff(values))
        assert spent == 0

    def test_extremes_without_weight_are_cut_for_free(self):
        bounded, spent = clipped(np.arange(4.0), np.array([0, 0.5, 0.5, 0]), 0.0)
        assert bounded.tolist() == [1, 1, 2, 2]
        assert spent == 0

    @pytest.mark.parametrize("budget", [0.0, 1e-3, 10.0, 1e6])
    @pytest.mark.parametrize("weights", [[0.25] * 4, [0, 1, 0, 0], [1e-14, 1, 0, 1e-14]])
    def test_a_payoff_never_becomes_constant(self, weights, budget):
        payments = np.array([0.0, 0.5, 1.0, 3.0])
        bounded, spent = clipped(payments, np.array(weights), budget)
        assert np.ptp(bounded) > 0
        assert spent <= budget


class TestAngleEncodings:
    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_the_objective_shows_the_angles(self, size, rng):
        angles = rng.uniform(-3, 3, size=2**size)
        encoding = AngleEncoding.from_angles(angles, 0.0, 1.0)
        assert (encoding.num_value_qubits, encoding.num_ancillas) == (size, 0)
        np.testing.assert_allclose(encoding.shown, np.sin(angles / 2) ** 2, rtol=0, atol=1e-12)
        check_what_it_shows(encoding)

    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_the_reflection_is_the_rotated_z(self, size, rng):
        check_the_reflection(AngleEncoding.from_angles(rng.uniform(-3, 3, 2**size), 0.0, 1.0))

    def test_the_reflection_takes_no_more_flips_than_the_rotation(self, rng):
        encoding = AngleEncoding.from_angles(rng.uniform(-3, 3, 16), 0.0, 1.0)
        counts = [
            c.decompose().count_ops()["cx"] for c in (encoding.circuit(), encoding.reflection())
        ]
        assert counts == [16, 16]

    def test_the_price_is_affine_in_the_probability(self, rng):
        encoding = AngleEncoding.from_angles(rng.uniform(0, 3, 8), -1.5, 4.0)
        assert encoding.to_price(0.0) == -1.5
        assert encoding.to_price(1.0) == pytest.approx(4.0)
        assert encoding.to_price(0.25) == pytest.approx(-0.125)
        expected = [encoding.to_price(p) for p in encoding.shown]
        np.testing.assert_allclose(encoding.loaded_payoff, expected, rtol=0, atol=1e-14)

    def test_the_highest_may_lie_below_the_lowest(self):
        encoding = AngleEncoding.from_angles(np.array([0.0, np.pi]), 2.0, -2.0)
        np.testing.assert_allclose(encoding.loaded_payoff, [2, -2], rtol=0, atol=1e-14)


class TestFourierSeries:
    @pytest.fixture
    def call(self):
        values, weights = log_normal(6)
        return values, Call(1.896)(values), weights

    @pytest.mark.parametrize("relative", [1e-2, 3e-3, 1e-3])
    def test_a_call_is_met_within_the_tolerance(self, call, relative):
        points, payments, weights = call
        tolerance = relative * np.ptp(payments)
        series = fit_series(points, payments, weights, tolerance)
        assert weights @ np.abs(series(points) - payments) <= tolerance
        assert (series.amplitudes >= 0).all()

    @pytest.mark.parametrize("relative", [1e-2, 1e-3])
    @pytest.mark.parametrize("payoff", PIECEWISE, ids=by_name)
    def test_any_payoff_is_met_with_mean_error_zero(self, payoff, relative):
        for size in (3, 6):
            points, weights = log_normal(size)
            payments = payoff(points)
            spread = np.ptp(payments)
            series = fit_series(points, payments, weights, relative * spread)
            errors = series(points) - payments
            assert weights @ np.abs(errors) <= relative * spread
            assert abs(weights @ errors) <= 1e-12 * spread
            assert len(series.amplitudes) >= 1
            assert len(series.amplitudes) <= 2 ** (size - 1)

    @pytest.mark.parametrize("payoff", PAYOFFS[:2] + PIECEWISE[-3:], ids=by_name)
    @pytest.mark.parametrize("reach", [3, 7])
    def test_it_takes_fewer_calls_than_harmonics_of_one_period(self, payoff, reach):
        """Least squares with as few of them as possible, for the best of several periods."""
        points = np.linspace(2 - 0.2 * reach, 2 + 0.2 * reach, 256)
        weights = np.exp(-0.5 * ((points - 2) / 0.2) ** 2)
        weights, payments = weights / weights.sum(), payoff(points)
        tolerance = 1e-3 * np.ptp(payments)
        found = joint_range(fit_series(points, payments, weights, tolerance).amplitudes)
        assert found <= 0.85 * harmonic_range(points, payments, weights, tolerance)

    @pytest.mark.parametrize("payoff", [Call(2.0), Put(2.1), BullSpread(1.9, 2.2)], ids=by_name)
    def test_bins_without_weight_change_nothing(self, payoff):
        """A distribution that fills a fifth of the width takes no more calls than on its own."""
        points = np.linspace(1, 3, 4096)
        weights = np.where(abs(points - 2) < 0.2, 1 + np.cos(5 * np.pi * (points - 2)), 0)
        weights, payments = weights / weights.sum(), payoff(points)
        inside = weights > 0
        tolerance = 1e-3 * np.ptp(payments[inside])
        whole = fit_series(points, payments, weights, tolerance)
        alone = fit_series(points[inside], payments[inside], weights[inside], tolerance)
        assert weights @ np.abs(whole(points) - payments) <= tolerance
        assert joint_range(whole.amplitudes) == pytest.approx(joint_range(alone.amplitudes))

    def test_the_order_of_the_points_does_not_matter(self, call, rng):
        points, payments, _ = call
        order = rng.permutation(len(points))
        tolerance = 1e-3 * np.ptp(payments)
        sorted_, shuffled = (
            fit_series(*(x[places] for x in call), tolerance) for places in (slice(None), order)
        )
        np.testing.assert_allclose(shuffled(points), sorted_(points), rtol=0, atol=1e-9)

    @pytest.mark.parametrize(
        ("factor", "shift"), [(1e-6, 0.0), (1e9, 0.0), (1.0, 1e5), (-2.0, 3.0)]
    )
    def test_units_do_not_matter(self, call, factor, shift):
        points, payments, weights = call
        spread = np.ptp(payments)
        series = fit_series(points, payments, weights, 1e-3 * spread)
        scaled = fit_series(
            points * abs(factor), factor * payments + shift, weights, 1e-3 * abs(factor) * spread
        )
        expected = abs(factor) * joint_range(series.amplitudes)
        assert joint_range(scaled.amplitudes) == pytest.approx(expected, rel=1e-2)

    @pytest.mark.parametrize("size", [1, 2, 3, 4])
    def test_few_points_are_met_exactly(self, size, rng):
        points = np.arange(2.0**size)
        weights = rng.dirichlet(np.ones(2**size))
        payments = rng.uniform(size=2**size)
        series = fit_series(points, payments, weights, 1e-6)
        assert weights @ np.abs(series(points) - payments) <= 1e-6
        assert len(series.amplitudes) <= 2 ** (size - 1)

    def test_a_payoff_that_does_not_vary_where_there_is_weight(self):
        points, weights = np.arange(4.0), np.array([0.5, 0.5, 0, 0])
        series = fit_series(points, np.array([1.0, 1.0, 2.0, 3.0]), weights, 1e-3)
        np.testing.assert_allclose(series(points[:2]), 1)

    def test_a_larger_tolerance_needs_fewer_harmonics(self, call):
        points, payments, weights = call
        lengths = [
            len(fit_series(points, payments, weights, r * np.ptp(payments)).amplitudes)
            for r in (1e-3, 1e-2, 1e-1)
        ]
        assert lengths[0] > lengths[1] > lengths[2] >= 1

    def test_it_evaluates_as_written(self, rng):
        amplitudes, frequencies, phases = rng.uniform(0.1, 2, size=(3, 4))
        series = FourierSeries(0.7, amplitudes, frequencies, phases)
        points = rng.normal(size=5)
        expected = [
            0.7
            + sum(
                a * np.cos(w * u + p)
                for a, w, p in zip(amplitudes, frequencies, phases, strict=True)
            )
            for u in points
        ]
        np.testing.assert_allclose(series(points), expected, rtol=0, atol=1e-13)

    def test_a_cosine_is_a_single_harmonic(self):
        points = np.linspace(0, 1, 64)
        width = 65 / 64
        payments = 0.5 + 2 * np.cos(2 * np.pi * points / width + 0.4)
        series = fit_series(points, payments, np.full(64, 1 / 64), 1e-5)
        assert len(series.amplitudes) == 1
        assert series.constant == pytest.approx(0.5, abs=1e-4)
        assert series.amplitudes[0] == pytest.approx(2, abs=1e-4)
        assert series.phases[0] == pytest.approx(0.4, abs=1e-4)
        assert joint_range(series.amplitudes) == pytest.approx(2, abs=1e-4)

    def test_a_tolerance_out_of_reach_gives_the_closest(self):
        points, weights = log_normal(9)
        payments = DigitalCall(1.9)(points)
        series = fit_series(points, payments, weights, 1e-5)
        assert 1e-5 < weights @ np.abs(series(points) - payments) <= 2e-2

    def test_a_tolerance_of_rounding_meets_every_point(self, call):
        points, payments, weights = call
        series = fit_series(points, payments, weights, 1e-12)
        assert weights @ np.abs(series(points) - payments) <= 1e-7

    def test_the_spread_is_of_the_roots(self):
        series = FourierSeries(0.0, np.array([4.0, 1.0, 0.25]), np.ones(3), np.zeros(3))
        assert joint_range(series.amplitudes) == pytest.approx(3.5**2)


class TestFourierEncodings:
    def cases(self):
        values, weights = log_normal(4)
        yield Call(1.896), values, weights
        points, chances = two_prices()
        yield TWO_ASSETS["basket"], points, chances

    def test_each_part_shows_its_harmonic(self):
        for payoff, values, weights in self.cases():
            encoded = encoded_as(payoff, values, weights, "fourier", 1e-2)
            points = payoff.coordinate(values)
            payments = payoff(values)
            series = fit_series(points, payments, weights, 1e-2 * np.ptp(payments))
            assert encoded.kind == "fourier"
            assert len(encoded.parts) == len(series.amplitudes)
            for place, part in enumerate(encoded.parts):
                angles = series.frequencies[place] * points + series.phases[place]
                np.testing.assert_allclose(part.shown, np.sin(angles / 2) ** 2, rtol=0, atol=1e-10)
                check_what_it_shows(part)
                check_the_reflection(part)

    def test_each_part_takes_two_flips_per_value_qubit(self):
        for payoff, values, weights in self.cases():
            for part in encoded_as(payoff, values, weights, "fourier", 1e-2).parts:
                flips = part.circuit().decompose().count_ops()["cx"]
                assert (
                    flips
                    == part.reflection().decompose().count_ops()["cx"]
                    == 2 * part.num_value_qubits
                )

    def test_constant_and_parts_add_up_to_the_series(self):
        for payoff, values, weights in self.cases():
            payments = payoff(values)
            tolerance = 1e-2 * np.ptp(payments)
            encoded = encoded_as(payoff, values, weights, "fourier", 1e-2)
            series = fit_series(payoff.coordinate(values), payments, weights, tolerance)
            expected = series(payoff.coordinate(values))
            np.testing.assert_allclose(encoded.payments, expected, rtol=0, atol=1e-10)
            assert encoded.range == pytest.approx(2 * joint_range(series.amplitudes))
            assert weights @ np.abs(encoded.payments - payments) <= tolerance

    def test_without_a_tolerance_it_takes_one(self):
        values, weights = log_normal(5)
        payments = Call(1.896)(values)
        encoded = encoded_as(Call(1.896), values, weights, "fourier")
        assert weights @ np.abs(encoded.payments - payments) <= 1e-3 * np.ptp(payments)


class TestTheChoice:
    @pytest.mark.parametrize("payoff", PIECEWISE, ids=by_name)
    @pytest.mark.parametrize("encoding", ["exact", "auto"])
    def test_without_a_tolerance_it_is_exact(self, payoff, encoding):
        values, weights = log_normal(6)
        encoded = encoded_as(payoff, values, weights, encoding)
        two_valued = encoding == "auto" and len(set(payoff(values))) == 2
        assert encoded.kind == ("comparator" if two_valued else "exact")
        np.testing.assert_allclose(encoded.payments, payoff(values), rtol=0, atol=1e-12)

    @pytest.mark.parametrize("name", TWO_ASSETS)
    def test_payoffs_of_several_prices_are_exact(self, name):
        payoff = TWO_ASSETS[name]
        points, weights = two_prices()
        encoded = encoded_as(payoff, points, weights, "exact")
        np.testing.assert_allclose(encoded.payments, payoff(points), rtol=0, atol=1e-12)
        (part,) = encoded.parts
        assert part.num_value_qubits == 4
        check_what_it_shows(part)

    def test_an_option_that_pays_at_one_point_is_exact(self):
        payoff = FunctionPayoff(lambda prices: (prices == prices.max()) * 1e-9)
        values, weights = log_normal(4)
        encoded = encoded_as(payoff, values, weights, "exact")
        np.testing.assert_allclose(encoded.payments, payoff(values), rtol=0, atol=1e-20)

    @pytest.mark.parametrize("tolerance", [1e-3, 1e-2, 5e-2])
    @pytest.mark.parametrize("payoff", PIECEWISE, ids=by_name)
    def test_multiplexed_stays_within_the_tolerance(self, payoff, tolerance):
        values, weights = log_normal(5)
        payments = payoff(values)
        encoded = encoded_as(payoff, values, weights, "exact", tolerance)
        allowed = tolerance * np.ptp(payments) * (1 + 1e-9)
        assert encoded.kind == "multiplexed"
        assert weights @ np.abs(encoded.payments - payments) <= allowed
        assert encoded.range <= np.ptp(payments) * (1 + 1e-9)

    @pytest.mark.parametrize("tolerance", [1e-3, 2e-2])
    @pytest.mark.parametrize("payoff", [Call(1.896), DigitalCall(1.9)], ids=by_name)
    def test_auto_takes_one_rotation_on_small_grids(self, payoff, tolerance):
        values, weights = log_normal(3)
        payments = payoff(values)
        encoded = encoded_as(payoff, values, weights, "auto", tolerance)
        two_valued = len(set(payments)) == 2
        assert encoded.kind == ("comparator" if two_valued else "multiplexed")
        allowed = tolerance * np.ptp(payments) * (1 + 1e-9)
        assert weights @ np.abs(encoded.payments - payments) <= allowed

    @pytest.mark.parametrize("encoding", ["exact", "auto"])
    def test_gates_beside_the_payoff_count(self, encoding):
        """Where an iterate costs much anyway, few calls are worth a longer payoff circuit."""
        values, weights = log_normal(3, "pdf")
        cheap, dear = (
            encoded_as(Put(1.9), values, weights, encoding, 0.1, other_cx=cx) for cx in (0, 10_000)
        )
        gates = [part.reflection().decompose().num_nonlocal_gates() for part in cheap.parts]
        more = [part.reflection().decompose().num_nonlocal_gates() for part in dear.parts]
        assert gates < more
        assert dear.range < 0.5 * cheap.range

    def test_gates_beside_the_payoff_decide_between_kinds(self):
        values, weights = log_normal(5, "pdf")
        waves = FunctionPayoff(lambda prices: np.cos(6 * prices) + 0.3 * np.cos(11 * prices))
        cheap, dear = (
            encoded_as(waves, values, weights, "auto", 1e-3, other_cx=cx) for cx in (0, 10_000)
        )
        assert (cheap.kind, dear.kind) == ("fourier", "multiplexed")
        assert dear.range < 0.7 * cheap.range

    def test_pricing_counts_the_gates_of_its_loader(self, monkeypatch):
        model = QuantumWalkUncertaintyModel.lognormal(3, 0.69, 0.0175, (1.2, 2.8), seed=1)
        spreads = []
        for cx in (0, 10_000):
            monkeypatch.setattr(Loader, "iterate_cx", cx)
            spreads.append(OptionPricing(Put(1.9), model, payoff_tolerance=0.1).encoded.range)
        assert spreads[1] < 0.5 * spreads[0]

    @pytest.mark.parametrize("order", [1, -1])
    def test_at_equal_cost_the_smaller_error_is_taken(self, order):
        values, weights = log_normal(3)
        payments = Call(1.896)(values)
        angles = 2 * np.arcsin(np.sqrt(fractions_of(payments)))
        exact, near, far = (
            EncodedPayoff(kind, 0.0, (AngleEncoding.from_angles(angle, 0.0, np.ptp(payments)),))
            for kind, angle in (("exact", angles), ("near", 0.99 * angles), ("far", 0.9 * angles))
        )
        for candidates, best in (([far, exact, near], exact), ([far, near], near)):
            assert choice._cheapest(candidates[::order], payments, weights, 40) is best

    @pytest.mark.parametrize("name", TWO_ASSETS)
    def test_auto_stays_within_the_tolerance_for_several_prices(self, name):
        payoff = TWO_ASSETS[name]
        points, weights = two_prices()
        payments = payoff(points)
        encoded = encoded_as(payoff, points, weights, "auto", 1e-2)
        assert weights @ np.abs(encoded.payments - payments) <= 1e-2 * np.ptp(payments) * (1 + 1e-9)

    def test_a_kind_can_be_asked_for(self):
        values, weights = log_normal(3)
        assert encoded_as(Call(1.896), values, weights, "fourier", 1e-2).kind == "fourier"

    @pytest.mark.parametrize("name", ["basket", "best of", "worst of", "spread", "asian"])
    def test_a_series_takes_payoffs_of_one_number_made_of_several(self, name):
        points, weights = two_prices()
        payments = TWO_ASSETS[name](points)
        encoded = encoded_as(TWO_ASSETS[name], points, weights, "fourier", 2e-2)
        assert weights @ np.abs(encoded.payments - payments) <= 2e-2 * np.ptp(payments)

    @pytest.mark.parametrize(
        "payoff",
        [TWO_ASSETS["up-and-out"], FunctionPayoff(lambda p: p[:, 0] * p[:, 1], 2)],
        ids=by_name,
    )
    def test_a_series_of_two_prices_raises(self, payoff):
        with pytest.raises(TypeError, match='"fourier" needs a payoff of one number'):
            encoded_as(payoff, *two_prices(), "fourier", 1e-2)

    @pytest.mark.parametrize("tolerance", [0, 1e-300, 1e-16])
    def test_tolerances_below_rounding(self, tolerance):
        payoff, values = -2 * Call(0.5), np.array([0.55, 1.45])
        encoded = encoded_as(payoff, values, np.array([0.6, 0.4]), "auto", tolerance)
        np.testing.assert_allclose(encoded.payments, payoff(values), atol=1e-14)

    @pytest.mark.parametrize("weight", [0.0, 5e-324, 1e-300, 1e-160, 1e-17])
    def test_a_payoff_that_is_constant_where_the_weight_is(self, weight):
        payoff, values = -2 * Call(1.0), np.array([0.6, 1.4])
        for weights in (np.array([1.0, weight]), np.array([weight, 1.0])):
            encoded = encoded_as(payoff, values, weights, "fourier", 0.125)
            assert weights @ np.abs(encoded.payments - payoff(values)) <= 1e-15

    def test_the_shares_add_up_to_one(self):
        encoded = encoded_as(Call(1.896), *log_normal(5), "fourier", 3e-3)
        assert len(encoded.shares) == len(encoded.parts) > 1
        assert encoded.shares.sum() == pytest.approx(1)
        assert (encoded.shares > 0).all()

    def test_shares_go_with_the_roots_of_the_ranges(self):
        parts = tuple(
            AngleEncoding.from_angles(np.array([0.0, 1.0]), 0.0, width) for width in (4.0, -1.0)
        )
        encoded = EncodedPayoff("two", 1.0, parts)
        np.testing.assert_allclose(encoded.shares, [2 / 3, 1 / 3])
        assert encoded.range == pytest.approx(9)

    @pytest.mark.parametrize("payoff", PIECEWISE, ids=by_name)
    def test_the_spread_of_a_single_part_is_its_range(self, payoff):
        values, weights = log_normal(4)
        encoded = encoded_as(payoff, values, weights, "exact")
        assert encoded.range == pytest.approx(np.ptp(payoff(values)))
        np.testing.assert_allclose(encoded.shares, [1])
