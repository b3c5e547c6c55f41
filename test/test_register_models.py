"""Models of registers: priced by sums over registers as by a list of all points."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import Statevector
from scipy.stats import norm

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution
from qiskit_ssqw.finance import (
    Asian,
    Bachelier,
    Barrier,
    Basket,
    BestOf,
    Breaches,
    Call,
    CreditModel,
    DigitalCall,
    FactorModel,
    FunctionPayoff,
    GeometricBasket,
    Last,
    Market,
    Merton,
    PathModel,
    PriceAccuracyWarning,
    ProductModel,
    Put,
    Spread,
    Straddle,
    WorstOf,
    price,
)
from qiskit_ssqw.finance.option_pricing import OptionPricing
from qiskit_ssqw.finance.register_model import RegisterModel
from qiskit_ssqw.finance.registers import Price, TableSum
from qiskit_ssqw.finance.running.chance_plane import ChancePlane
from qiskit_ssqw.finance.views.enumerated import EnumeratedView
from qiskit_ssqw.finance.views.summed import SummedView

THREE = Market(spot=(100.0, 90.0, 110.0), volatility=(0.2, 0.3, 0.25), rate=0.02, maturity=1.0)
TWO = Market(spot=(1.0, 1.2), volatility=(0.4, 0.2), rate=0.01, maturity=0.5)
JOINT = TargetDistribution.from_black_scholes(
    [2, 2], [100.0, 90.0], [0.2, 0.3], 0.02, 1.0, correlation=[[1, 0.6], [0.6, 1]]
)

MODELS = {
    "independent": lambda **o: ProductModel.from_market(2, THREE, **o),
    "equally probable": lambda **o: ProductModel.from_market(2, THREE, grid="quantile", **o),
    "sizes": lambda **o: ProductModel.from_market([1, 2, 3], THREE, **o),
    "joint and single": lambda **o: ProductModel(
        [
            QuantumWalkUncertaintyModel(JOINT, tolerance=1e-3, seed=1),
            QuantumWalkUncertaintyModel.from_market(2, Market(110.0, 0.2, 0.02, 1.0)),
        ],
        **o,
    ),
    "one factor": lambda **o: FactorModel(2, THREE, [0.6, 0.7, 0.5], **o),
    "two factors": lambda **o: FactorModel(
        [2, 1, 2], THREE, [[0.6, 0.1], [0.5, 0.0], [0.1, 0.7]], factor_qubits=1, **o
    ),
    "path": lambda **o: PathModel(2, 3, 100.0, 0.3, 0.02, 1.0, points="centre", **o),
    "path of means": lambda **o: PathModel(2, 3, 100.0, 0.3, 0.02, 1.0, points="mean", **o),
    "normal path": lambda **o: PathModel.from_market(
        2, 3, Bachelier(100.0, 0.0, 20.0), maturity=1.0, points="centre", **o
    ),
}
PAYOFFS = [
    Basket((0.4, 0.3, 0.3), Call(100)),
    Basket((0.5, 0.3, 0.2), Put(95)),
    Basket((1, -1, 0), Straddle(3)),
    GeometricBasket((0.3, 0.3, 0.4), Call(95)),
]


@pytest.fixture(name="models", scope="module", params=MODELS)
def _models(request):
    """A model whose points are listed, and the same without."""
    return MODELS[request.param](), MODELS[request.param](most_qubits=3)


class TestModels:
    def test_values_and_laws_are_those_of_all_points(self, models):
        model, _ = models
        integers = np.stack(
            np.unravel_index(
                np.arange(2**model.num_qubits), [len(r.values) for r in model.registers]
            ),
            axis=1,
        )
        for number, one in enumerate(model.prices):
            assert np.allclose(model.values[:, number], one.at(integers))
        index = sum(
            integers[:, place] << register.qubits[0]
            for place, register in enumerate(model.registers)
        )
        assert np.array_equal(index, np.arange(2**model.num_qubits))
        places = range(len(model.registers))
        assert np.allclose(model.target_law.marginal(places).ravel(), model.probabilities)
        assert np.allclose(model.loaded_law.marginal(places).ravel(), model.loaded_probabilities)
        assert np.allclose(
            Statevector(model).probabilities(), model.loaded_probabilities, atol=1e-12
        )

    def test_forwards_are_exact(self, models):
        model, _ = models
        forwards = model.probabilities @ model.values
        market = model.market
        if market is None:
            pytest.skip("nobody knows the forwards")
        times = np.arange(1, 4) / 3
        expected = (
            [market.spot * np.exp(market.rate * t) for t in times]
            if model.num_steps
            else [each.forward for each in market.marginals]
        )
        assert forwards == pytest.approx(expected)

    def test_lists_of_all_points_are_refused(self, models):
        _, wide = models
        for name in ("values", "probabilities", "loaded_probabilities"):
            with pytest.raises(ValueError, match=rf"{name} lists all points of {wide.num_qubits}"):
                getattr(wide, name)
        wide.most_qubits = 20
        assert len(wide.values) == 2**wide.num_qubits
        wide.most_qubits = 3

    def test_tables(self, models):
        model, _ = models
        assert f"{len(model.registers)} registers" in repr(model) or "steps" in repr(model)
        assert {row[0]: row[1] for row in model._rows()}["two-qubit gates"] >= 0


class TestPrices:
    @pytest.mark.parametrize("models", MODELS, indirect=True)
    @pytest.mark.parametrize("payoff", PAYOFFS, ids=lambda payoff: payoff.name)
    def test_sums_give_what_all_points_give(self, models, payoff):
        dense, wide = models
        if isinstance(payoff, GeometricBasket) and dense.values.min() <= 0:
            pytest.skip("there is no geometric mean")
        listed, summed = (
            OptionPricing(payoff, model, encoding="fourier", payoff_tolerance=1e-2)
            for model in (dense, wide)
        )
        assert isinstance(listed.view, EnumeratedView)
        assert isinstance(summed.view, SummedView)
        spread = np.ptp(listed.payoff_range)
        assert summed.exact_value == pytest.approx(listed.exact_value, abs=1e-4 * spread)
        shown = [part.shown @ dense.loaded_probabilities for part in summed.encoded.parts]
        assert summed.loaded_amplitudes == pytest.approx(shown, abs=1e-9)
        allowed = 1e-2 * spread
        assert abs(summed.loaded_value - listed.view.loaded_value) < allowed
        assert summed.bias_bound.loader == pytest.approx(
            listed.bias_bound.loader, abs=1e-4 * spread
        )

    def test_circuits_show_the_amplitudes(self, models):
        _, wide = models
        application = OptionPricing(PAYOFFS[0], wide, payoff_tolerance=3e-2)
        problems = application.to_estimation_problems()
        for problem, expected in list(zip(problems, application.loaded_amplitudes, strict=True))[
            :2
        ]:
            state = Statevector(problem.state_preparation)
            (objective,) = problem.objective_qubits
            assert state.probabilities([objective])[1] == pytest.approx(expected, abs=1e-10)
            turned = state.evolve(problem.grover_operator)
            angle = np.arcsin(np.sqrt(expected))
            assert turned.probabilities([objective])[1] == pytest.approx(np.sin(3 * angle) ** 2)

    @pytest.mark.parametrize(
        ("payoff", "name"),
        [
            (Last(Call(100)), "path"),
            (Asian(Call(100), mean="geometric"), "path"),
            (Asian(Call(100)), "normal path"),
            (Asian(Put(100)) - Asian(Call(100)) / 2 + 3, "normal path"),
            (Breaches(Call(1), 95.0), "independent"),
            (Asian(Call(100)), "path of means"),
            (Basket((1, 0, 0), DigitalCall(101.0)), "equally probable"),
        ],
        ids=lambda part: getattr(part, "name", part),
    )
    def test_other_payoffs(self, payoff, name):
        dense, wide = MODELS[name](), MODELS[name](most_qubits=3)
        summed = OptionPricing(payoff, wide, payoff_tolerance=1e-2)
        expected = dense.probabilities @ payoff(dense.values)
        spread = np.ptp(payoff(dense.values))
        assert summed.exact_value == pytest.approx(expected, abs=1e-4 * spread)

    def test_spreads_of_two_assets(self):
        model = ProductModel.from_market(3, TWO, most_qubits=2)
        dense = ProductModel.from_market(3, TWO)
        found = OptionPricing(Spread(Call(0.0)), model, payoff_tolerance=1e-2)
        expected = dense.probabilities @ Spread(Call(0.0))(dense.values)
        assert found.exact_value == pytest.approx(expected, rel=1e-4)

    @pytest.mark.parametrize("volatility", [1.0, 2.0, 3.0])
    @pytest.mark.parametrize(
        "payoff",
        [
            Basket((1, 1, 1), Put(300)),
            Basket((1, 1, 1), Call(300)),
            Basket((-1, -1, -1), Call(-300)),
            GeometricBasket((0.3, 0.3, 0.4), Call(100)),
        ],
        ids=lambda payoff: payoff.name,
    )
    def test_prices_near_one_end_of_a_wide_range(self, volatility, payoff):
        market = Market((100.0, 100.0, 100.0), volatility, 0.02, 2.0)
        dense, wide = (
            ProductModel.from_market(3, market, grid="quantile", most_qubits=most)
            for most in (20, 3)
        )
        expected = dense.probabilities @ payoff(dense.values)
        found = OptionPricing(payoff, wide, payoff_tolerance=1e-2)
        assert found.exact_value == pytest.approx(expected, rel=2e-4)
        assert found.payoff_range[0] == 0

    @pytest.mark.parametrize("losses", [[2, 3] * 3, [100, 250, 75] * 2, [0.6, 0.4, 1.0] * 2])
    def test_losses_of_which_the_least_divides_no_other(self, losses):
        chances = [0.1, 0.2, 0.15, 0.3, 0.05, 0.2]
        dense, wide = (
            CreditModel(2, chances, 0.15, losses, seed=1, most_qubits=most) for most in (20, 3)
        )
        for mark in np.unique(dense.values)[2:5]:
            payoff = DigitalCall(float(mark))
            found = OptionPricing(payoff, wide, payoff_tolerance=1e-2)
            expected = dense.probabilities @ payoff(dense.values)
            assert found.exact_value == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize(
        "payoff", [Spread(Call(0)), Breaches(Call(0), 100), BestOf(Call(100)), WorstOf(Put(100))]
    )
    @pytest.mark.parametrize("is_log", [False, True])
    def test_a_price_that_depends_on_no_register(self, payoff, is_log):
        part = QuantumWalkUncertaintyModel.from_market(2, Market(100.0, 0.2, 0.02, 1.0))
        fixed = Price(TableSum({}, np.log(99.0) if is_log else 99.0), is_log)
        prices = [*part.prices, fixed]
        dense, wide = (
            RegisterModel([("asset", part)], prices, most_qubits=most) for most in (20, 1)
        )
        found = OptionPricing(payoff, wide, payoff_tolerance=1e-2)
        expected = dense.probabilities @ payoff(dense.values)
        assert found.exact_value == pytest.approx(expected, rel=1e-6)

    def test_linear_tables_take_two_gates_per_qubit(self):
        model = PathModel(3, 8, 100.0, 0.2, 0.02, 1.0)
        application = OptionPricing(Asian(Call(100), mean="geometric"), model)
        for part in application.encoded.parts:
            assert part.circuit().decompose().count_ops()["cx"] == 2 * 24

    def test_tables_are_thinned_within_the_tolerance(self):
        model = ProductModel.from_market(5, THREE, grid="quantile", most_qubits=3)
        strict, loose = (
            OptionPricing(PAYOFFS[0], model, payoff_tolerance=tolerance)
            for tolerance in (3e-3, 3e-2)
        )
        sizes = [
            max(sum(map(len, part.structure)) for part in one.encoded.parts)
            for one in (strict, loose)
        ]
        assert sizes[1] < sizes[0]
        assert loose.bias_bound.payoff < 3e-2 * np.ptp(loose.payoff_range)


class TestNumericalErrors:
    def test_jumps_on_atoms_are_bounded(self):
        market = Market((1.0, 1.0), 0.3, 0.0, 1.0)
        dense = ProductModel.from_market(3, market)
        wide = ProductModel.from_market(3, market, most_qubits=3)
        for payoff in (Spread(DigitalCall(1e-9)), Spread(Call(0.1)), Basket((1, 1), Call(2.0))):
            found = OptionPricing(payoff, wide, payoff_tolerance=1e-2)
            error = abs(found.exact_value - dense.probabilities @ payoff(dense.values))
            assert error <= found.view.numerical_error + 1e-6
        assert found.view.numerical_error < 1e-4

    @pytest.mark.parametrize("strike", [pytest.param(100.0, marks=pytest.mark.deep), 160.0, 250.0])
    def test_sampled_means_are_bounded(self, strike):
        dense, wide = (
            PathModel(2, 3, 100.0, 0.4, 0.02, 1.0, points="centre", most_qubits=most)
            for most in (20, 3)
        )
        payoff = Asian(Call(strike))
        found = OptionPricing(payoff, wide, payoff_tolerance=1e-3)
        error = abs(found.exact_value - dense.probabilities @ payoff(dense.values))
        assert error <= found.view.numerical_error
        assert found.bias_bound.payoff >= found.view.numerical_error


class TestLargeModels:
    def test_a_basket_of_thirty_qubits(self):
        market = Market([100.0] * 5, [0.2, 0.3, 0.25, 0.15, 0.4], 0.02, 1.0)
        model = ProductModel.from_market(6, market, grid="quantile")
        application = OptionPricing(Basket([0.2] * 5, Call(100)), model, payoff_tolerance=1e-3)
        sample = market.sample(400_000, seed=1).mean(axis=1) - 100
        payments = np.maximum(sample, 0)
        error = payments.std() / np.sqrt(len(payments))
        assert abs(application.loaded_value - payments.mean()) < 4 * error + 1e-3
        assert (
            max(part.circuit().decompose().count_ops()["cx"] for part in application.encoded.parts)
            <= 320
        )

    def test_prices_that_the_grid_decides_about_say_so(self):
        model = ProductModel.from_market(1, THREE, grid="quantile", most_qubits=2)
        with pytest.warns(PriceAccuracyWarning, match="the grid: take more qubits per asset"):
            result = price(PAYOFFS[0], model, seed=1)
        assert not result.success

    @pytest.mark.parametrize("scaling", [0.25, 0.6])
    def test_rescaled_problems_know_what_their_objectives_hold(self, scaling):
        model = ProductModel.from_market(2, THREE, most_qubits=3)
        application = OptionPricing(PAYOFFS[0], model, payoff_tolerance=3e-2)
        problem = application.to_estimation_problems()[0]
        scaled = problem.rescale(scaling)
        for one in (problem, scaled):
            state = Statevector(one.state_preparation)
            assert np.allclose(one.chances, state.probabilities(one.objective_qubits), atol=1e-10)
            plane = ChancePlane(one, lambda circuit: circuit.decompose(reps=4))
            for power in (1, 2):
                state = state.evolve(one.grover_operator)
                expected = state.probabilities(one.objective_qubits)
                assert np.allclose(plane.chances(power), expected, atol=1e-10)
        scaled.state_preparation.x(0)
        assert scaled.chances is None

    @pytest.mark.parametrize(
        "estimator",
        ["bayes", *(pytest.param(one, marks=pytest.mark.deep) for one in ("iae", "fae"))],
    )
    def test_estimations_on_thirty_qubits(self, estimator):
        model = ProductModel.from_market(6, Market([100.0] * 5, 0.25, 0.02, 1.0), grid="quantile")
        result = price(
            Basket([0.2] * 5, Call(100)),
            model,
            accuracy=0.1,
            estimator=estimator,
            reference=False,
            seed=1,
            max_seconds=60,
        )
        low, high = result.confidence_interval
        assert low < result.loaded_value < high

    @pytest.mark.deep
    def test_one_factor_agrees_with_a_sum_over_its_values(self):
        market = Market([100.0] * 10, 0.2, 0.02, 1.0)
        model = FactorModel(4, market, [0.7] * 10)
        application = OptionPricing(Basket([0.1] * 10, Call(100)), model, payoff_tolerance=1e-2)
        factor = model.loaded_law.marginal((0,))
        expected = application.encoded.constant
        for part in application.encoded.parts:
            given = np.exp(1j * part.angles.constant) * np.ones(16, complex)
            for place in range(1, 11):
                own = model.loaded_law.marginal((place,))
                given *= np.exp(1j * part.angles.tables[0, place]) @ own
            expected += part.to_price((1 - (factor @ given).real) / 2)
        assert application.loaded_value == pytest.approx(expected, rel=1e-9)

    @pytest.mark.deep
    def test_a_year_of_daily_prices(self):
        model = PathModel(4, 252, 100.0, 0.2, 0.03, 1.0)
        application = OptionPricing(
            Asian(Call(100), mean="geometric"), model, payoff_tolerance=1e-3
        )
        shares = np.arange(252, 0, -1) / 252
        variance = 0.04 / 252 * (shares @ shares)
        forward = np.exp(np.log(100) + 0.01 * shares.sum() / 252 + variance / 2)
        place = np.log(forward / 100) / np.sqrt(variance) + np.sqrt(variance) / 2
        exact = forward * norm.cdf(place) - 100 * norm.cdf(place - np.sqrt(variance))
        assert application.exact_value == pytest.approx(exact, rel=1e-4)
        assert application.loaded_value == pytest.approx(exact, rel=1e-3)

    @pytest.mark.parametrize(
        "losses",
        [1.0, [1, 2, 3] * 10, pytest.param([0.7, 1.1, 1.234] * 10, marks=pytest.mark.deep)],
    )
    def test_credit_losses(self, losses):
        chances = np.linspace(0.02, 0.2, 30)
        model = CreditModel(3, chances, 0.2, losses, seed=1)
        application = OptionPricing(Call(5.0), model, payoff_tolerance=1e-3)
        weights = model.target_law.tensors[0][0]
        rng = np.random.default_rng(5)
        factor = rng.choice(8, 200_000, p=weights)
        defaults = rng.random((200_000, 30)) < model.conditional_probabilities[:, factor].T
        payments = np.maximum(defaults @ np.broadcast_to(losses, 30) - 5, 0)
        error = payments.std() / np.sqrt(len(payments))
        assert abs(application.exact_value - payments.mean()) < 4 * error
        assert application.loaded_value == pytest.approx(application.exact_value, rel=1e-2)

    @pytest.mark.parametrize("conditional", ["exact", "linear"])
    def test_credit_laws_are_those_of_the_circuit(self, conditional):
        options = {"num_std": 3.0, "conditional": conditional, "tolerance": 1e-3}
        model = CreditModel(2, [0.1, 0.2, 0.15], 0.3, [1, 2, 4], seed=1, **options)
        joint = model.loaded_law.marginal((2, 1, 0)).ravel()
        assert np.allclose(joint, model.loaded_probabilities, atol=1e-12)
        wide = CreditModel(2, [0.1, 0.2, 0.15], 0.3, [1, 2, 4], seed=1, most_qubits=3, **options)
        found = OptionPricing(Call(1.5), wide, payoff_tolerance=1e-2)
        expected = model.probabilities @ Call(1.5)(model.values)
        assert found.exact_value == pytest.approx(expected, rel=1e-9)
        with pytest.raises(ValueError, match="lists all points of 5 qubits"):
            _ = wide.values
        wide.x(0)
        with pytest.raises(ValueError, match="changed circuit loads"):
            OptionPricing(Call(1.5), wide)


class TestBadInput:
    def test_payoffs_that_are_no_sum(self):
        model = MODELS["independent"](most_qubits=3)
        with pytest.raises(
            ValueError, match="is no function of one sum of tables over the model's 3"
        ):
            OptionPricing(FunctionPayoff(lambda v: v.max(axis=1), 3), model)
        with pytest.raises(ValueError, match=r"takes 2 price\(s\), and the model has 3"):
            OptionPricing(Basket((1, 1), Call(100)), model)
        with pytest.raises(ValueError, match="is paid on a path"):
            OptionPricing(Asian(Call(100)), model)

    def test_encodings_that_list_all_points(self):
        model = MODELS["independent"](most_qubits=3)
        with pytest.raises(ValueError, match=r'encoding "exact" lists all 2\*\*6 points'):
            price(PAYOFFS[0], model, encoding="exact")

    def test_outer_functions_that_are_not_finite(self):
        class Inverse(Basket):
            def outer_sum(self, prices):
                found = super().outer_sum(prices)
                return type(found)(found.sum, lambda sums: 1 / np.maximum(sums - 100, 0))

        model = MODELS["independent"](most_qubits=3)
        with (
            np.errstate(divide="ignore"),
            pytest.raises(
                ValueError, match=r"must be finite on the range of the sum .*, got inf at"
            ),
        ):
            OptionPricing(Inverse((0.4, 0.3, 0.3), Call(100)), model)

    def test_barriers_on_the_wrong_side(self):
        model = PathModel(2, 12, 100.0, 0.3, 0.02, 1.0)
        with pytest.raises(ValueError, match="barrier 90 is on the wrong side: up-and-out needs"):
            OptionPricing(Barrier(Call(100), 90, "up-and-out"), model)
        with pytest.raises(ValueError, match=r"must lie inside the grid \(.*\), got 9000"):
            OptionPricing(2 * Barrier(Call(100), 9000) + 1, model)

    @pytest.mark.parametrize("place", [-1, 1])
    def test_registers_that_there_are_not(self, place):
        part = QuantumWalkUncertaintyModel.from_black_scholes(2, 100.0, 0.2, 0.02, 1.0)
        wrong = Price(TableSum.of_register(place, part.values))
        with pytest.raises(ValueError, match=f"depends on register {place}, and there are 1"):
            RegisterModel([("a", part)], [wrong])

    def test_changed_circuits(self):
        model = MODELS["independent"](most_qubits=3)
        model.cx(0, 2)
        with pytest.raises(ValueError, match="must consist of walks on registers of their own"):
            model.loaded_law  # noqa: B018

    def test_models_that_do_not_fit(self):
        with pytest.raises(ValueError, match="without correlation: take FactorModel"):
            ProductModel.from_market(2, Market((1, 1), 0.2, 0, 1, correlation=[[1, 0.5], [0.5, 1]]))
        with pytest.raises(ValueError, match=r"one number or one per asset, 3, got \[2, 2\]"):
            ProductModel.from_market([2, 2], THREE)
        with pytest.raises(TypeError, match="must be QuantumWalkUncertaintyModels, got 3"):
            ProductModel([3])
        with pytest.raises(ValueError, match="at least one part, got none"):
            ProductModel([])
        with pytest.raises(ValueError, match=r"sum to less than 1, got 1\.21"):
            FactorModel(2, THREE, [0.5, 1.1, 0.3])
        with pytest.raises(ValueError, match=r"shape \(3,\) or \(3, factors\), got \(2,\)"):
            FactorModel(2, THREE, [0.5, 0.3])
        with pytest.raises(TypeError, match="market must be a Market of log-normal"):
            FactorModel(2, Merton, [0.5])
        with pytest.raises(ValueError, match="must have several assets and no correlation"):
            FactorModel(2, Market(1.0, 0.2, 0, 1), [0.5])
        with pytest.raises(ValueError, match="grid must be one of"):
            FactorModel(2, THREE, [0.5] * 3, grid="linear")
        with pytest.raises(TypeError, match="whose paths are known, got"):
            PathModel.from_market(2, 3, Merton(2.0, 0.01, 0.2, 0.1, 0.0, 0.1), maturity=1.0)

    def test_enumeration_of_a_payoff_without_sum_where_points_are_listed(self):
        model = MODELS["independent"]()
        found = OptionPricing(BestOf(Call(100)), model)
        assert found.exact_value == pytest.approx(
            model.probabilities @ BestOf(Call(100))(model.values)
        )


@pytest.mark.parametrize("payoff", [Call(95), Put(110)], ids=lambda payoff: payoff.name)
def test_many_listed_points_are_seen_as_a_sum(payoff):
    """On 16 qubits all points could be listed, but tables of 256 are far smaller."""
    market = Market([100.0, 90.0], [0.2, 0.3], 0.02, 1.0)
    model = ProductModel.from_market(8, market, grid="quantile")
    application = OptionPricing(Basket([0.5, 0.5], payoff), model, payoff_tolerance=1e-2)
    assert isinstance(application.view, SummedView)
    first, second = (register.values for register in model.registers)
    every = payoff(np.add.outer(first, second).ravel() / 2)
    assert abs(application.exact_value - every.mean()) <= application.view.numerical_error
    assert application.view.numerical_error <= 1e-3 * every.mean()
    bound = application.bias_bound
    assert abs(application.loaded_value - application.exact_value) <= bound.total + 1e-9
    assert bound.payoff <= 1e-2 * np.ptp(every)
