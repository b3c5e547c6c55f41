"""Prices by sampling: what is read from a loader, averaged classically."""

import json
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BitArray, StatevectorSampler
from qiskit_aer.primitives import SamplerV2
from scipy.stats import lognorm, norm, t
from theirs import LogNormalDistribution, NormalDistribution

from qiskit_ssqw import QuantumWalkUncertaintyModel, SplitStepWalk, SSQWDistribution
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Basket,
    Call,
    CreditModel,
    DigitalCall,
    FactorModel,
    FunctionPayoff,
    Market,
    PathModel,
    PriceAccuracyWarning,
    ProductModel,
    Put,
    delta,
    expected_shortfall,
    gamma,
    price,
    value_at_risk,
    vega,
)
from qiskit_ssqw.finance.loader import RegisterLaws, as_loader
from qiskit_ssqw.finance.means import Mean, shots_needed
from qiskit_ssqw.finance.measuring import measured_mean, with_measurements
from qiskit_ssqw.finance.registers import Law, Register
from qiskit_ssqw.finance.running.meter import Meter
from qiskit_ssqw.finance.views import view_of_samples
from qiskit_ssqw.finance.views.drawn import DrawnView
from qiskit_ssqw.finance.words import words_of

pytestmark = [
    pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.PriceAccuracyWarning"),
]

MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 0.25}
LOSS = FunctionPayoff(lambda losses: losses**1.5, label="loss")
SWING = FunctionPayoff(lambda paths: paths.max(axis=1) - paths.min(axis=1), 12, "swing")


@cache
def walk(num_qubits=5):
    return QuantumWalkUncertaintyModel.from_black_scholes(num_qubits, **MARKET, seed=1)


@cache
def two_assets():
    return QuantumWalkUncertaintyModel.from_black_scholes(
        [3, 2], [2.0, 2.2], [0.4, 0.3], 0.05, 0.25, correlation=[[1, 0.5], [0.5, 1]], seed=1
    )


@cache
def path(num_qubits, num_steps):
    return PathModel(num_qubits, num_steps, **MARKET, seed=1)


@cache
def assets(num_qubits):
    return ProductModel([walk(num_qubits), walk(3), walk(num_qubits)], most_qubits=10)


@cache
def factors():
    market = Market([2.0, 2.2, 1.9], [0.4, 0.3, 0.2], 0.05, 0.25)
    return FactorModel(3, market, [0.6, 0.7, 0.5], most_qubits=10, seed=1)


@cache
def credit(obligors):
    chances = np.linspace(0.05, 0.3, obligors)
    return CreditModel(2, chances, 0.2, np.arange(1.0, obligors + 1), seed=1)


def bare_walk():
    """A lattice walk, whose coin is traced out."""
    angles = np.random.default_rng(3).uniform(-2, 2, (4, 2))
    return SSQWDistribution(SplitStepWalk(4, angles))


CALL = Call(2.0)
LISTED = {
    "walk": (CALL, walk, None),
    "traced-out coin": (Call(9.0), bare_walk, np.arange(16.0)),
    "qiskit-finance": (CALL, lambda: LogNormalDistribution(4, 0.7, 0.02, (1.2, 3.0)), None),
    "qiskit-finance, two assets": (
        Basket([1.0, 0.5], Put(3.0)),
        lambda: NormalDistribution([2, 3], [2, 2.2], [[0.2, 0.1], [0.1, 0.3]], [(1, 3), (1, 4)]),
        None,
    ),
    "assets": (Basket([1.0, 0.5], Call(3.1)), two_assets, None),
    "path": (Barrier(CALL, 2.6, "up-and-out"), lambda: path(2, 4), None),
    "credit": (LOSS, lambda: credit(4), None),
}
MANY = {
    "assets": (Basket([1.0, -0.5, 1.0], Call(3.0)), lambda: assets(5)),
    "factors": (Basket([1.0, 1.0, 1.0], Call(6.1)), factors),
    "Asian": (Asian(CALL), lambda: path(2, 12)),
    "barrier": (Barrier(CALL, 2.6, "up-and-out"), lambda: path(2, 12)),
    "no sum": (SWING, lambda: path(2, 12)),
    "no sum, 36 qubits": (replace(SWING, values_per_point=18), lambda: path(2, 18)),
    "credit": (LOSS, lambda: credit(21)),
}


def sample(payoff, model, **options):
    options = {"seed": 1, "reference": False, **options}
    return price(payoff, model, estimator="sampling", **options)


class TestMeans:
    @pytest.mark.parametrize("name", LISTED)
    def test_against_the_sum_over_loaded_probabilities(self, name):
        payoff, make, values = LISTED[name]
        model = make()
        loader = as_loader(model, values)
        paid = payoff(loader.values)
        exact = paid @ loader.loaded
        deviation = np.sqrt((paid - exact) ** 2 @ loader.loaded)
        for seed in range(2):
            found = sample(payoff, model, values=values, shots=20000, seed=seed)
            assert abs(found.estimate - exact) < 4 * deviation / np.sqrt(20000)
            assert found.loaded_value == pytest.approx(exact, abs=1e-9)

    @pytest.mark.parametrize(
        "name",
        [pytest.param(name, marks=[pytest.mark.deep] * (name == "no sum")) for name in MANY],
    )
    def test_on_points_that_nobody_lists(self, name):
        payoff, make = MANY[name]
        loader = as_loader(make())
        assert loader.points is None
        found = sample(payoff, loader, shots=2000, alpha=1e-4)
        low, high = found.interval
        assert low < found.exact_value < high
        assert found.bias_bound.loader < 0.05 * found.exact_value
        variance = view_of_samples(payoff, loader).target_variance
        assert abs(found.estimate - found.loaded_value) < 4.5 * np.sqrt(variance / 2000)

    @pytest.mark.parametrize("make", [lambda: path(2, 4), lambda: assets(3), lambda: credit(5)])
    def test_registers_tell_the_prices_that_are_listed(self, make, rng):
        loader = as_loader(make())
        numbers = rng.integers(2**loader.num_value_qubits, size=50)
        words = (numbers[:, None] >> np.arange(loader.num_value_qubits) & 1).astype(np.uint8)
        of_registers = replace(loader, points=None).prices_of(words)
        assert np.allclose(of_registers, loader.values[numbers], rtol=1e-12)
        assert np.array_equal(loader.prices_of(words), loader.values[numbers])

    def test_a_simulated_expectation_is_that_of_the_sum(self):
        """Where both are known: on few qubits."""
        loader = as_loader(path(2, 6))
        swing = FunctionPayoff(SWING.function, 6)
        exact = swing(loader.values) @ loader.target
        drawn = view_of_samples(swing, replace(loader, points=None))
        assert drawn.description.startswith("simulated")
        assert 0 < drawn.numerical_error < 0.005 * exact
        assert abs(drawn.target_value - exact) < drawn.numerical_error
        assert drawn.payoff_range == pytest.approx(
            (swing(loader.values).min(), swing(loader.values).max())
        )
        errors = drawn._payments[1].mean(axis=1).std(ddof=1) / np.sqrt(8)
        share = t(7).sf(drawn.numerical_error / errors)
        assert share == pytest.approx(norm.sf(3))
        assert abs(drawn.loaded_value - swing(loader.values) @ loader.loaded) < 1e-3 * exact
        assert drawn.target_variance == pytest.approx(
            (swing(loader.values) - exact) ** 2 @ loader.target, rel=0.02
        )

    @pytest.mark.parametrize("make", [gamma, vega, lambda p, m: delta(p, 2.0)])
    def test_greeks(self, make):
        market = Market(**MARKET)
        model = QuantumWalkUncertaintyModel.from_black_scholes(6, **MARKET, align=2.0, seed=1)
        found = sample(make(CALL, market), model, reference=True, accuracy=0.05, alpha=1e-4)
        low, high = found.interval
        assert low < found.reference.value < high
        assert found.success


def of_law(name):
    """Payments and their probabilities."""
    if name == "call":
        prices = np.linspace(0.5, 4, 64)
        weights = lognorm.pdf(prices, 0.3, scale=2)
        return np.maximum(prices - 2.5, 0), weights / weights.sum()
    if name == "two kinds of rare":
        return np.array([0.0, 1.0, 30.0]), np.array([0.989, 0.01, 0.001])
    chance = float(name)
    return np.array([0.0, 1.0]), np.array([1 - chance, chance])


class TestIntervals:
    @pytest.mark.parametrize("alpha", [0.3, 0.05, 0.01])
    @pytest.mark.parametrize("shots", [20, 1000, 100000])
    @pytest.mark.parametrize("law", ["call", "two kinds of rare", "0.5", "1e-2", "1e-3", "1e-5"])
    def test_they_hold_the_value_as_often_as_they_say(self, law, shots, alpha, rng):
        paid, weights = of_law(law)
        runs = 400
        held = 0
        for counts in rng.multinomial(shots, weights, size=runs):
            mean = Mean.of(paid, counts)
            low, high = mean.interval(alpha, (paid.min(), paid.max()))
            assert low <= mean.value <= high
            held += low <= paid @ weights <= high
        # The guard stands in for an exact interval, short of which it falls by a per cent or two.
        allowed = alpha + 0.02 * np.sqrt(alpha) + 3 * np.sqrt(alpha * (1 - alpha) / runs)
        assert held >= (1 - allowed) * runs

    def test_of_many_shots_they_are_normal(self):
        mean = Mean.of(np.array([0.0, 1.0]), np.array([6 * 10**7, 4 * 10**7]))
        low, high = mean.interval(0.05, (0.0, 1.0))
        assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(0.24e-8), rel=1e-4)
        assert (high + low) / 2 == pytest.approx(0.4, abs=1e-7)

    @pytest.mark.parametrize(("seen", "other"), [(0.0, 1.0), (1.0, 0.0)])
    def test_what_was_not_seen_is_not_ruled_out(self, seen, other):
        mean = Mean.of(np.array([seen]), np.array([1000]))
        assert mean.standard_error == 0
        interval = mean.interval(0.01, (0.0, 1.0))
        assert seen in interval
        # Of an exact interval (Clopper and Pearson) the other end is 0.0053 away.
        assert 0.0053 < np.ptp(interval) < 0.01
        assert mean.interval(0.01, (seen, seen)) == (seen, seen)

    def test_far_out_of_the_money(self):
        found = sample(DigitalCall(3.9), walk(8), shots=200)
        low, high = found.interval
        assert found.estimate == low == 0
        assert 0 < found.exact_value < high

    @pytest.mark.parametrize("alpha", [0.3, 0.01])
    @pytest.mark.parametrize("variance", [0.0, 0.01, 0.24])
    @pytest.mark.parametrize("error", [0.1, 1e-3, 1e-6])
    def test_as_few_shots_as_reach_an_error(self, error, variance, alpha):
        def width(shots):
            low, high = Mean(0.4, np.sqrt(variance / shots), shots).interval(alpha, (0, 1))
            return max(high - 0.4, 0.4 - low)

        shots = shots_needed(error, alpha, 0.4, variance, (0.0, 1.0))
        assert width(shots) <= error < width(shots - 1)

    @pytest.mark.parametrize("accuracy", [0.1, 0.03])
    @pytest.mark.parametrize("payoff", [CALL, Put(1.8), DigitalCall(2.05)])
    def test_the_accuracy_asked_for_is_reached(self, payoff, accuracy):
        for seed in range(2):
            found = sample(payoff, walk(), accuracy=accuracy, seed=seed)
            assert found.success
            assert found.error > 0.9 * found.allowed_error
        asked = sample(payoff, walk(), epsilon=0.01)
        assert asked.statistical_error == pytest.approx(0.01 * np.ptp(asked.payoff_range), rel=0.1)

    def test_where_the_bias_is_too_large_shots_are_not_wasted(self):
        found = sample(DigitalCall(2.9), walk(5), reference=True, accuracy=1e-4)
        assert not found.success
        assert found.bias_bound.total > 0.1 * found.exact_value
        assert found.statistical_error == pytest.approx(0.5 * found.bias_bound.total, rel=0.1)


class TestWords:
    @pytest.mark.parametrize("num_bits", [1, 7, 8, 9, 63, 64, 65, 100])
    def test_against_counts(self, num_bits, rng):
        some = rng.integers(2, size=(5, num_bits))
        bits = BitArray.from_bool_array(some[rng.integers(5, size=40)].astype(bool), order="little")
        for words, counts in (
            words_of(bits),
            words_of(SimpleNamespace(get_counts=bits.get_counts)),
        ):
            assert words.shape == (len(counts), num_bits)
            found = {
                "".join(map(str, word[::-1])): n for word, n in zip(words, counts, strict=True)
            }
            assert found == bits.get_counts()

    def test_qubits_in_an_order_of_their_own(self):
        circuit = QuantumCircuit(4)
        circuit.x(2)
        seen = []

        def paid(words):
            seen.append(words.tolist())
            return words.sum(axis=1).astype(float)

        mean = measured_mean(
            Meter.around(None, seed=1), with_measurements(circuit, [3, 2, 0]), paid, 50
        )
        assert seen == [[[0, 1, 0]]]
        assert mean == Mean(1.0, 0.0, 50, (1.0, 1.0))
        assert circuit.num_clbits == 0


class TestRuns:
    def test_what_it_says_of_itself(self):
        model = bare_walk()
        found = sample(Call(9.0), model, values=np.arange(16.0), shots=300)
        assert (found.estimator, found.encoding, found.num_problems) == ("sampling", "measured", 1)
        assert found.oracle_calls == 300
        assert found.iterate_two_qubit_gates == 0
        assert found.two_qubit_gates > 0
        assert found.two_qubit_gates % 300 == 0
        assert found.num_qubits == model.num_qubits == 5
        assert found.bias_bound.payoff == 0
        assert "of the loader, which is measured" in str(found)
        assert json.loads(json.dumps(found.to_dict()))["estimator"] == "sampling"

    @pytest.mark.parametrize("sampler", [None, SamplerV2, StatevectorSampler])
    def test_one_seed_gives_one_price(self, sampler):
        first, again, other = (
            sample(CALL, walk(), sampler=sampler, shots=500, seed=seed) for seed in (5, 5, 6)
        )
        assert first == again
        assert first.estimate != other.estimate

    def test_a_constant_needs_no_shots(self):
        found = sample(CALL - CALL + 3, walk())
        assert (found.estimate, found.oracle_calls, found.num_problems) == (3.0, 0, 0)
        assert found.confidence_interval == (3.0, 3.0)
        assert found.success

    def test_a_given_sampler_gets_one_job(self, monkeypatch):
        monkeypatch.setattr("qiskit_ssqw.finance.measuring._SHOTS_AT_ONCE", 100)
        jobs = []

        class Spy(StatevectorSampler):
            def run(self, pubs, *, shots=None):
                pubs = list(pubs)
                jobs.append([shots for _, _, shots in pubs])
                return super().run(pubs, shots=shots)

        assert sample(CALL, walk(), sampler=Spy(seed=3), shots=250).oracle_calls == 250
        assert jobs == [[250]]
        jobs.clear()
        found = sample(CALL, walk(), sampler=lambda seed: Spy(seed=seed), shots=250)
        assert found.oracle_calls == 250
        assert jobs == [[100], [100], [50]]

    def test_more_than_the_most_is_a_note(self, monkeypatch):
        monkeypatch.setattr("qiskit_ssqw.finance.measuring.MOST_SHOTS", 1000)
        with pytest.warns(PriceAccuracyWarning, match=r"needs about 1\d0,000 shots, and 1,000"):
            found = sample(CALL, walk())
        assert found.oracle_calls == 1000
        assert any("take more shots" in note for note in found.notes)
        assert sample(CALL, walk(), shots=1001).oracle_calls == 1001

    def test_time_that_is_allowed(self):
        with pytest.warns(PriceAccuracyWarning, match=r"are what max_seconds allows"):
            found = sample(CALL, walk(), max_seconds=0.01)
        assert 1000 < found.oracle_calls < 10000
        with pytest.raises(ValueError, match=r"100,000 shots of the loader's 5 qubits take some"):
            sample(CALL, walk(), max_seconds=0.01, shots=100000)
        with pytest.raises(ValueError, match=r"more than max_seconds=1e-06"):
            sample(CALL, walk(), max_seconds=1e-6)

    def test_a_progress_bar_that_ends(self, capsys):
        pytest.importorskip("tqdm")
        sample(CALL, walk(), shots=100, progress=True)
        assert "estimation: " in capsys.readouterr().err


class TestErrors:
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            (
                {"encoding": "exact"},
                ValueError,
                "no payoff circuit: leave out encoding, got 'exact'",
            ),
            ({"payoff_tolerance": 0.1}, ValueError, "leave out payoff_tolerance, got 0.1"),
            ({"payoff_tolerance": "auto"}, TypeError, "payoff_tolerance must be a real number"),
            ({"shots": 0}, ValueError, "shots must be at least 1, got 0"),
            ({"shots": 2.5}, TypeError, "shots must be an integer"),
            ({"epsilon": 0.5}, ValueError, "epsilon must be below 0.5"),
            ({"alpha": 1}, ValueError, "alpha must lie strictly between 0 and 1"),
            ({"max_seconds": 0}, ValueError, "max_seconds must be positive"),
            ({"sampler": 3}, TypeError, "sampler must be a function of seed"),
            ({"pass_manager": 3}, TypeError, "pass_manager must have a method run"),
        ],
    )
    def test_bad_arguments(self, options, error, message):
        with pytest.raises(error, match=message):
            sample(CALL, walk(), **options)

    def test_no_estimator(self):
        with pytest.raises(ValueError, match=r"must be one of 'auto', .*'sampling', got 'guess'"):
            price(CALL, walk(), estimator="guess")

    @pytest.mark.parametrize("measure", [value_at_risk, expected_shortfall])
    def test_risk_measures_take_amplitudes(self, measure):
        with pytest.raises(ValueError, match="estimates no amplitudes: price takes it, and risk"):
            measure(Put(2.0), walk(), estimator="sampling")

    def test_a_payoff_that_does_not_suit(self):
        with pytest.raises(ValueError, match=r"function takes 11 price\(s\), and the model has 12"):
            sample(FunctionPayoff(lambda paths: paths[:, 0], 11), path(2, 12))
        with pytest.raises(ValueError, match="is paid on a path"):
            sample(Asian(CALL), assets(5))

    @pytest.mark.parametrize("number", [6, 15])
    def test_the_range_of_a_payoff_that_rises_with_each_price(self, number):
        """Its ends have next to no probability, so that nobody draws them."""
        last = FunctionPayoff(lambda paths: np.maximum(paths[:, -1] * paths.max(axis=1), 1), number)
        loader = replace(as_loader(path(2, number)), points=None)
        grids = [np.array([0, 2 ** len(r.qubits) - 1]) for r in loader.on_registers.registers]
        ends = last(loader.on_registers.prices_at(np.stack(grids, axis=-1)))
        drawn = view_of_samples(last, loader)
        assert drawn.payoff_range == pytest.approx((ends.min(), ends.max()))

    def test_too_many_points_that_depend_on_each_other(self):
        joint = Law.of_groups([(np.full((128, 128, 128), 2.0**-21), (0, 1, 2))])
        values = np.arange(128.0)
        registers = tuple(Register(word, tuple(range(7)), values) for word in "abc")
        model = RegisterLaws(registers, (), joint, joint)
        with pytest.raises(ValueError, match=r"at most 1,048,576 points .*, got 2,097,152"):
            DrawnView(SWING, as_loader(walk()), model)
