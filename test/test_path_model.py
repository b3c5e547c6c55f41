"""Paths of one price: grid, circuit, and what the grid says about path-dependent payoffs."""

import copy
import pickle
import warnings

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from qiskit_ssqw import FitResult, QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Call,
    Last,
    LoaderAccuracyWarning,
    Market,
    PathModel,
    Put,
    reference_value,
)
from qiskit_ssqw.finance.increments import increments as increments_of
from qiskit_ssqw.targets.grid import mesh

SPOT, VOLATILITY, RATE, MATURITY = MARKET = (2.0, 0.4, 0.05, 40 / 365)


@pytest.fixture(scope="module")
def model():
    return PathModel(2, 3, *MARKET, seed=1)


@pytest.fixture(scope="module")
def rough():
    """Two steps whose loader is far from its target, so the two are told apart."""
    with pytest.warns(LoaderAccuracyWarning):
        return PathModel(3, 2, *MARKET, max_two_qubit_gates=1, tolerance=1e-6, seed=1)


@pytest.fixture(scope="module")
def four_steps():
    return PathModel(2, 4, *MARKET, seed=1)


class TestPaths:
    def test_has_one_price_per_step(self, model):
        assert model.num_steps == 3
        assert model.values.shape == (64, 3)
        assert model.probabilities.shape == model.loaded_probabilities.shape == (64,)

    def test_prices_are_the_spot_times_exponentials_of_sums(self, model):
        increments = np.log(model.values[::16, 0] / SPOT)
        for index, path in enumerate(model.values):
            # The first step is the most significant digit of the index in base 4.
            digits = [index // 16, index // 4 % 4, index % 4]
            expected = SPOT * np.exp(np.cumsum(increments[digits]))
            np.testing.assert_allclose(path, expected, rtol=1e-12)

    def test_the_first_step_is_the_most_significant(self, model):
        assert np.all(np.diff(model.values[:, 0].reshape(4, 16), axis=1) == 0)
        assert np.all(np.diff(model.values[:, 0].reshape(4, 16), axis=0) > 0)
        assert np.all(np.diff(model.values[:4, 2]) > 0)

    def test_increments_of_a_given_width_are_equidistant(self):
        model = PathModel(2, 3, *MARKET, num_std=3, seed=1)
        increments = np.log(model.values[::16, 0] / SPOT)
        np.testing.assert_allclose(np.diff(increments, 2), 0, atol=1e-12)

    def test_paths_are_independent_products(self, model):
        grid = model.probabilities.reshape(4, 4, 4)
        marginal = grid.sum(axis=(1, 2))
        expected = np.einsum("i,j,k->ijk", marginal, marginal, marginal)
        np.testing.assert_allclose(grid, expected, atol=1e-15)
        assert grid.sum() == pytest.approx(1)


class TestCircuit:
    @pytest.mark.parametrize("name", ["model", "rough"])
    def test_loads_what_it_says(self, name, request):
        model = request.getfixturevalue(name)
        loaded = Statevector(model).probabilities()
        np.testing.assert_allclose(model.loaded_probabilities, loaded, atol=1e-12)

    def test_a_good_fit_loads_the_target(self, model):
        gap = 0.5 * np.abs(model.loaded_probabilities - model.probabilities).sum()
        assert gap <= 3 * model.fit_result.tolerance

    def test_a_rough_fit_does_not(self, rough):
        assert 0.5 * np.abs(rough.loaded_probabilities - rough.probabilities).sum() > 0.01

    def test_each_step_has_a_register_the_last_one_first(self, model):
        registers = [(register.name, register.size) for register in model.qregs]
        assert registers == [("step3", 2), ("step2", 2), ("step1", 2)]
        assert model.num_qubits == 6
        assert model.name == "P(path)"

    def test_the_qubits_of_a_step_hold_its_increment(self, rough):
        loaded = rough.loaded_probabilities.reshape(8, 8)
        for qubits, axis in (([0, 1, 2], 0), ([3, 4, 5], 1)):
            marginal = Statevector(rough).probabilities(qubits)
            np.testing.assert_allclose(marginal, loaded.sum(axis=axis), atol=1e-12)

    def test_a_name_can_be_given(self):
        assert PathModel(1, 1, *MARKET, name="loader", seed=1).name == "loader"

    def test_steps_share_one_fit(self, model):
        assert isinstance(model.fit_result, FitResult)
        assert model.fit_result.success
        assert model.fit_result.target.num_qubits == 2
        assert len({str(step.operation.params) for step in model.data}) == 1
        assert len(model.data) == 3

    def test_the_market_is_kept(self, model):
        assert model.market == Market(*MARKET)

    @pytest.mark.parametrize(
        "duplicate",
        [
            PathModel.copy,
            copy.copy,
            copy.deepcopy,
            lambda model: pickle.loads(pickle.dumps(model)),
        ],
    )
    def test_copies_keep_the_paths(self, model, duplicate):
        twin = duplicate(model)
        assert type(twin) is PathModel
        assert twin == model
        assert (twin.market, twin.num_steps) == (model.market, model.num_steps)
        assert twin.fit_result == model.fit_result
        np.testing.assert_array_equal(twin.values, model.values)
        np.testing.assert_array_equal(twin.loaded_probabilities, model.loaded_probabilities)


class TestMoments:
    @pytest.mark.parametrize("grid", ["log", "quantile"])
    @pytest.mark.parametrize("size", [1, 2, 3, 4, 6])
    @pytest.mark.parametrize("market", [MARKET, (90.0, 0.9, -0.02, 2.0), (1.1, 0.08, 0.1, 0.02)])
    def test_an_increment_has_the_moments_of_the_logarithm(self, market, size, grid):
        _, volatility, rate, maturity = market
        step = Market(1.0, volatility, rate - 0.01, maturity / 3)
        found = increments_of(size, step, grid)
        weights, std = found.probabilities, volatility * np.sqrt(maturity / 3)
        scaled = (found.values - found.values @ weights) / std
        assert weights @ np.exp(found.values) == pytest.approx(step.forward, rel=1e-13)
        assert weights @ scaled**2 == pytest.approx(1, abs=1e-12)
        assert weights @ scaled**3 == pytest.approx(0, abs=1e-9)
        if grid == "log" and size > 1:
            assert weights @ scaled**4 == pytest.approx(3, abs=1e-9)
        if grid == "quantile":
            np.testing.assert_allclose(weights, 1 / 2**size, atol=1e-15)

    def test_forwards_along_the_path_are_exact(self):
        model = PathModel(2, 3, *MARKET, dividend_yield=0.03, seed=1)
        means = model.probabilities @ model.values
        times = MATURITY * np.arange(1, 4) / 3
        np.testing.assert_allclose(means, SPOT * np.exp((RATE - 0.03) * times), rtol=1e-12)

    @pytest.mark.parametrize(
        "market", [(100, 0.4, 0.03, 40 / 365), (100, 0.2, 0.03, 1), (100, 0.6, 0.0, 1)]
    )
    @pytest.mark.parametrize("payoff", [Asian(Call(100)), Asian(Put(95)), Last(Call(105))])
    def test_four_qubits_a_step_price_paths(self, market, payoff):
        step = increments_of(4, Market(1, *market[1:3], market[3] / 3), "log")
        paths = np.exp(np.cumsum(mesh([step.values] * 3), axis=-1)).reshape(-1, 3)
        weights = np.einsum("i,j,k->ijk", *[step.probabilities] * 3).ravel()
        value = payoff(market[0] * paths) @ weights
        reference = reference_value(payoff, Market(*market), num_steps=3, seed=1)
        assert value == pytest.approx(reference.value, rel=1e-2)

    def test_equally_probable_cells_need_no_gates(self):
        model = PathModel(3, 2, *MARKET, grid="quantile", seed=1)
        assert model.fit_result.two_qubit_gates == 0
        np.testing.assert_allclose(model.loaded_probabilities, 1 / 64, atol=1e-12)

    def test_on_one_qubit_an_increment_is_one_standard_deviation(self):
        model = PathModel(1, 4, *MARKET, seed=1)
        step = np.log(model.values[8, 0] / model.values[0, 0])
        std = VOLATILITY * np.sqrt(MATURITY / 4)
        assert step == pytest.approx(2 * std, rel=1e-9)
        np.testing.assert_allclose(model.probabilities, 1 / 16)

    def test_variance_grows_along_the_path(self, model):
        logarithms = np.log(model.values)
        means = model.probabilities @ logarithms
        variances = model.probabilities @ (logarithms - means) ** 2
        np.testing.assert_allclose(variances / variances[0], [1, 2, 3], rtol=1e-9)
        np.testing.assert_allclose(np.diff(means), means[0] - np.log(SPOT), atol=1e-12)

    @pytest.mark.parametrize("num_std", [1.0, 3.0])
    def test_num_std_sets_the_half_width_of_an_increment(self, num_std):
        model = PathModel(2, 2, *MARKET, num_std=num_std, seed=1)
        increments = np.log(model.values[::4, 0] / SPOT)
        std = VOLATILITY * np.sqrt(MATURITY / 2)
        assert np.ptp(increments) == pytest.approx(2 * num_std * std)
        drift = (RATE - VOLATILITY**2 / 2) * MATURITY / 2
        assert (increments[0] + increments[-1]) / 2 == pytest.approx(drift)

    @pytest.mark.parametrize("rule", ["cell", "pdf"])
    def test_one_step_is_a_one_dimensional_model(self, rule):
        path = PathModel(3, 1, *MARKET, num_std=3, rule=rule, seed=1)
        std = VOLATILITY * np.sqrt(MATURITY)
        mean = (RATE - VOLATILITY**2 / 2) * MATURITY
        bounds = (mean - 3 * std, mean + 3 * std)
        plain = QuantumWalkUncertaintyModel.normal(3, mean, std**2, bounds, rule=rule, seed=1)
        assert path.values.shape == (8, 1)
        np.testing.assert_allclose(path.values[:, 0], SPOT * np.exp(plain.values), rtol=1e-12)
        np.testing.assert_allclose(path.probabilities, plain.probabilities, atol=1e-12)
        np.testing.assert_allclose(
            path.loaded_probabilities, plain.loaded_probabilities, atol=1e-12
        )


class TestGridSums:
    @pytest.mark.parametrize("payoff", [Asian(Call(1.9)), Asian(Put(2.1)), Asian(Call(2.0))])
    def test_asian_options_are_near_monte_carlo(self, four_steps, payoff):
        grid = payoff(four_steps.values) @ four_steps.probabilities
        reference = reference_value(payoff, four_steps.market, num_steps=4, seed=1)
        assert reference.method.startswith("Monte Carlo")
        assert grid == pytest.approx(reference.value, rel=0.05)

    def test_a_barrier_option_is_near_monte_carlo(self):
        payoff = Barrier(Call(1.9), 2.4, "up-and-out")
        model = PathModel(3, 4, *MARKET, grid="quantile", seed=1)
        grid = payoff(model.values) @ model.probabilities
        reference = reference_value(payoff, model.market, num_steps=4, seed=1)
        assert grid == pytest.approx(reference.value, rel=0.05)

    def test_barriers_in_and_out_add_up(self, four_steps):
        vanilla = Call(1.9)(four_steps.values[:, -1])
        for side, level in (("up", 2.3), ("down", 1.8)):
            kinds = [Barrier(Call(1.9), level, f"{side}-and-{end}") for end in ("in", "out")]
            inside, outside = (kind(four_steps.values) for kind in kinds)
            np.testing.assert_allclose(inside + outside, vanilla)
            assert inside.any()
            assert outside.any()


class TestFitOptions:
    def test_the_seed_decides(self, model):
        again = PathModel(2, 3, *MARKET, seed=1)
        assert again == model
        assert again.fit_result.seed == 1

    def test_options_pass_through(self):
        steps = []
        model = PathModel(
            2, 2, *MARKET, seed=5, tolerance=0.3, max_two_qubit_gates=1, callback=steps.append
        )
        result = model.fit_result
        assert (result.seed, result.tolerance) == (5, 0.3)
        assert result.two_qubit_gates <= 1
        assert steps

    def test_a_miss_warns(self):
        with pytest.warns(LoaderAccuracyWarning, match="misses the tolerance 1e-06 with"):
            PathModel(3, 2, *MARKET, tolerance=1e-6, max_two_qubit_gates=1, seed=1)

    def test_a_hit_does_not_warn(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error", LoaderAccuracyWarning)
            PathModel(2, 2, *MARKET, seed=1)


class TestBadInput:
    GOOD = {  # noqa: RUF012, never changed
        "num_qubits": 2,
        "num_steps": 3,
        "spot": SPOT,
        "volatility": VOLATILITY,
        "rate": RATE,
        "maturity": MATURITY,
    }

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("num_qubits", 0, "num_qubits must be at least 1, got 0"),
            ("num_steps", 0, "num_steps must be at least 1, got 0"),
            ("num_steps", -1, "num_steps must be at least 1, got -1"),
            ("spot", 0, "spot must be positive, got 0"),
            ("spot", float("inf"), "spot must be finite, got inf"),
            ("volatility", 0, "volatility must be positive, got 0"),
            ("volatility", [0.1, 0.2], "one number or one per asset, got 2 for 1"),
            ("rate", float("nan"), "rate must be finite, got nan"),
            ("maturity", 0, "maturity must be positive, got 0"),
            ("maturity", -1, "maturity must be positive, got -1"),
            ("num_std", 0, "num_std must be positive, got 0"),
            ("num_std", -2, "num_std must be positive, got -2"),
            ("rule", "magic", "rule must be one of 'pdf', 'cell', got 'magic'"),
            ("rule", "cell", "rule is for equidistant points: give num_std too, got 'cell'"),
            ("grid", "linear", "grid must be one of 'log', 'quantile', got 'linear'"),
            ("dividend_yield", float("nan"), "dividend_yield must be finite, got nan"),
            ("tolerance", 2, "tolerance must lie strictly between 0 and 1, got 2"),
            ("method", "magic", "method must be one of"),
        ],
    )
    def test_refuses_a_value(self, name, value, message):
        with pytest.raises(ValueError, match=message):
            PathModel(**{**self.GOOD, name: value})

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("num_qubits", 2.5, "num_qubits must be an integer, got 2.5"),
            ("num_qubits", True, "num_qubits must be an integer, got True"),
            ("num_steps", "3", "num_steps must be an integer, got '3'"),
            ("spot", None, "spot must be a real number, got None"),
            ("spot", [2.0, 2.0], "spot must be a real number"),
            ("volatility", "high", "volatility must be a real number, got 'high'"),
            ("rate", None, "rate must be a real number, got None"),
            ("maturity", "soon", "maturity must be a real number, got 'soon'"),
            ("num_std", "wide", "num_std must be a real number, got 'wide'"),
            ("nonsense", 1, "nonsense"),
        ],
    )
    def test_refuses_another_type(self, name, value, message):
        with pytest.raises(TypeError, match=message):
            PathModel(**{**self.GOOD, name: value})


def test_the_warning_points_at_the_callers_line():
    with pytest.warns(LoaderAccuracyWarning) as warned:
        PathModel(3, 2, 2.0, 0.4, 0.05, 40 / 365, tolerance=1e-6, max_two_qubit_gates=1, seed=1)
    assert warned.pop(LoaderAccuracyWarning).filename == __file__
