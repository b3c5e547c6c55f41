"""Options as estimation problems: values, bounds, results of every estimator, bad input."""

from functools import cache

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import StatePreparation
from qiskit.primitives import StatevectorSampler
from qiskit.quantum_info import Statevector
from qiskit_algorithms import (
    AmplitudeEstimation,
    EstimationProblem,
    FasterAmplitudeEstimation,
    IterativeAmplitudeEstimation,
    IterativeAmplitudeEstimationResult,
    MaximumLikelihoodAmplitudeEstimation,
)
from theirs import FixedIncomePricing, LogNormalDistribution, NormalDistribution

from qiskit_ssqw import (
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    fit,
)
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
    DigitalPut,
    FunctionPayoff,
    LoaderAccuracyWarning,
    OptionPricing,
    PathModel,
    PresentValue,
    Put,
    Spread,
    Straddle,
    WorstOf,
)

MARKET = (2.0, 0.4, 0.05, 40 / 365)
STRIKE = 1.896
ON_GRID, BLACK_SCHOLES = 0.16227609350087313, 0.170627
CONSTANT = FunctionPayoff(lambda prices: 0 * prices + 2)

VANILLA = [
    Call(STRIKE),
    Put(STRIKE),
    DigitalCall(STRIKE),
    DigitalPut(STRIKE),
    BullSpread(1.7, 2.2),
    BearSpread(1.7, 2.2),
    Straddle(STRIKE),
    Butterfly(1.5, 2.0, 2.5),
]
OF_TWO = [
    Basket((1, 1), Call(3.9)),
    Basket((0.3, 0.7), Put(2.0)),
    Spread(Call(0.1)),
    BestOf(Call(2.0)),
    WorstOf(Put(1.9)),
]
OF_PATHS = [
    Asian(Call(1.9)),
    Barrier(Call(1.9), 2.4, "up-and-out"),
    Barrier(Put(1.9), 1.8, "down-and-in"),
    Barrier(Asian(Call(1.9)), 2.4, "up-and-in"),
]


class Plain(QuantumCircuit):
    """Any circuit with the two attributes that pricing needs."""

    def __init__(self, values, probabilities, num_qubits=3):
        super().__init__(num_qubits)
        self.values, self.probabilities = values, probabilities


def loading(values, probabilities):
    model = Plain(values, probabilities)
    model.append(StatePreparation(np.sqrt(probabilities)), range(3))
    return model


@cache
def target(size=3):
    return TargetDistribution.from_black_scholes(size, *MARKET, num_std=3, rule="pdf")


@cache
def walk_model():
    return QuantumWalkUncertaintyModel.from_black_scholes(3, *MARKET, num_std=3, rule="pdf", seed=1)


@cache
def rough_model():
    with pytest.warns(LoaderAccuracyWarning):
        return QuantumWalkUncertaintyModel.from_black_scholes(
            3, *MARKET, num_std=3, rule="pdf", seed=1, tolerance=1e-6, max_two_qubit_gates=1
        )


def traced_model():
    result = fit(target(), method="exact")
    assert result.walk.coin == "traced"
    return SSQWDistribution(result.walk)


def absorbed_model():
    zeros = np.zeros(3)
    walk = SplitStepWalk(
        2,
        np.zeros((2, 2, 3)),
        start=2,
        initial_coin=zeros,
        final_coin=zeros,
        coin="absorbed",
    )
    return SSQWDistribution(fit(target(), walk=walk, tolerance=1e-6, seed=1).walk)


def lognormal_peer():
    mean, variance = float(np.log(2.0)), 0.4**2 * 40 / 365
    return LogNormalDistribution(3, mu=mean, sigma=variance, bounds=target().bounds)


def entangled_model():
    """Random angles: the coin is entangled with the site, and no target is near."""
    angles = np.random.default_rng(3).uniform(0.4, 2.0, (3, 2))
    return SSQWDistribution(SplitStepWalk(3, angles, start=3))


MODELS = {
    "walk": walk_model,
    "rough": rough_model,
    "traced": traced_model,
    "absorbed": absorbed_model,
    "entangled": entangled_model,
    "lognormal": lognormal_peer,
    "normal": lambda: NormalDistribution(3, mu=2.0, sigma=0.1, bounds=(1.2, 2.8)),
    "plain": lambda: loading(np.linspace(1.2, 2.8, 8), np.arange(1, 9) / 36),
}


@cache
def model_named(name):
    return MODELS[name]()


def own_values(name):
    return target().values if name in ("traced", "absorbed", "entangled") else None


@cache
def two_assets():
    return QuantumWalkUncertaintyModel.from_black_scholes(
        [2, 2],
        [2.0, 1.9],
        [0.4, 0.3],
        0.05,
        40 / 365,
        num_std=3,
        correlation=[[1, 0.5], [0.5, 1]],
        seed=1,
    )


@cache
def paths():
    return PathModel(2, 3, *MARKET, seed=1)


def circuit_value(problem):
    """What the statevector of A makes of the price."""
    good = Statevector(problem.state_preparation).probabilities(problem.objective_qubits)[-1]
    return problem.post_processing(float(good))


def exact_results(application):
    """Results of a perfect estimation, with an interval around them."""
    results = []
    for problem in application.to_estimation_problems():
        good = Statevector(problem.state_preparation).probabilities(problem.objective_qubits)[-1]
        result = IterativeAmplitudeEstimationResult()
        result.estimation = float(good)
        result.confidence_interval = (float(good) - 0.01, float(good) + 0.02)
        results.append(result)
    return results


class TestValues:
    @pytest.mark.parametrize("payoff", VANILLA, ids=lambda payoff: payoff.name)
    @pytest.mark.parametrize("name", MODELS)
    def test_the_circuit_gives_the_loaded_value(self, name, payoff):
        model = model_named(name)
        application = OptionPricing(payoff, model, values=own_values(name))
        loader = application.loader
        circuit = Statevector(model).probabilities(list(getattr(model, "value_qubits", range(3))))
        expected = float(payoff(loader.values) @ circuit)
        assert application.loaded_value == pytest.approx(expected, abs=1e-9)
        value = circuit_value(application.to_estimation_problem())
        assert value == pytest.approx(expected, abs=1e-9)
        assert application.exact_value == pytest.approx(
            float(payoff(loader.values) @ np.asarray(model.probabilities)), abs=1e-12
        )

    def test_the_reference_call(self):
        application = OptionPricing(Call(STRIKE), walk_model())
        assert application.exact_value == pytest.approx(ON_GRID, abs=1e-9)
        assert application.payoff == Call(STRIKE)
        assert application.encoded.kind == "exact"
        assert application.state_preparation.num_qubits == 4

    @pytest.mark.parametrize("encoding", ["exact", "auto"])
    @pytest.mark.parametrize("tolerance", [0.0, 0.02])
    @pytest.mark.parametrize("payoff", VANILLA, ids=lambda payoff: payoff.name)
    def test_the_loaded_value_is_the_circuits_with_every_encoding(
        self, payoff, encoding, tolerance
    ):
        application = OptionPricing(
            payoff, walk_model(), encoding=encoding, payoff_tolerance=tolerance
        )
        value = circuit_value(application.to_estimation_problem())
        assert value == pytest.approx(application.loaded_value, abs=1e-9)

    @pytest.mark.parametrize("payoff", OF_TWO, ids=lambda payoff: payoff.name)
    def test_two_correlated_assets(self, payoff):
        model = two_assets()
        application = OptionPricing(payoff, model)
        assert application.exact_value == pytest.approx(payoff(model.values) @ model.probabilities)
        loaded = payoff(model.values) @ Statevector(model).probabilities()
        assert application.loaded_value == pytest.approx(loaded, abs=1e-9)
        value = circuit_value(application.to_estimation_problem())
        assert value == pytest.approx(loaded, abs=1e-9)

    @pytest.mark.parametrize("payoff", OF_TWO, ids=lambda payoff: payoff.name)
    def test_two_assets_loaded_by_qiskit_finance(self, payoff):
        model = NormalDistribution(
            [1, 2],
            mu=[2.0, 1.9],
            sigma=[[0.1, 0.03], [0.03, 0.2]],
            bounds=[(1.5, 2.5), (1.1, 2.6)],
        )
        application = OptionPricing(payoff, model)
        expected = payoff(np.array(model.values)) @ model.probabilities
        assert application.exact_value == pytest.approx(expected)
        value = circuit_value(application.to_estimation_problem())
        assert value == pytest.approx(expected, abs=1e-9)

    @pytest.mark.parametrize("payoff", OF_PATHS, ids=lambda payoff: payoff.name)
    def test_paths(self, payoff):
        model = paths()
        application = OptionPricing(payoff, model)
        assert application.exact_value == pytest.approx(payoff(model.values) @ model.probabilities)
        loaded = payoff(model.values) @ Statevector(model).probabilities()
        assert application.loaded_value == pytest.approx(loaded, abs=1e-9)
        value = circuit_value(application.to_estimation_problem())
        assert value == pytest.approx(loaded, abs=1e-9)

    def test_given_values_replace_the_models(self):
        application = OptionPricing(Call(4.0), walk_model(), values=2 * walk_model().values)
        assert application.exact_value == pytest.approx(
            2 * OptionPricing(Call(2.0), walk_model()).exact_value
        )

    def test_a_strike_outside_the_grid_gives_the_sum_over_it(self):
        model = walk_model()
        for payoff in (Call(1.2), Call(3.0), Put(2.9), BullSpread(1.9, 5), DigitalCall(9)):
            expected = payoff(model.values) @ model.probabilities
            assert OptionPricing(payoff, model).exact_value == pytest.approx(expected, abs=1e-12)

    def test_the_old_order_of_arguments_warns(self):
        with pytest.warns(DeprecationWarning, match="give the payoff first") as seen:
            old = OptionPricing(walk_model(), Call(STRIKE), encoding="exact")
        assert seen[0].filename == __file__
        assert old.payoff == Call(STRIKE)
        assert old.loaded_value == OptionPricing(Call(STRIKE), walk_model()).loaded_value

    @pytest.mark.parametrize("tolerance", [0.0, 0.05])
    def test_the_old_name_of_an_argument_warns(self, tolerance):
        with pytest.warns(DeprecationWarning, match="tolerance is called payoff_tol") as seen:
            old = OptionPricing(Call(STRIKE), walk_model(), tolerance=tolerance)
        assert seen[0].filename == __file__
        new = OptionPricing(Call(STRIKE), walk_model(), payoff_tolerance=tolerance)
        assert old.loaded_value == new.loaded_value
        with pytest.raises(TypeError, match="tolerance is the old name of payoff_tolerance"):
            OptionPricing(Call(STRIKE), walk_model(), tolerance=0, payoff_tolerance=tolerance)

    def test_the_count_of_an_iterate_was_a_property(self):
        application = OptionPricing(Call(STRIKE), walk_model())
        with pytest.warns(DeprecationWarning, match="called count_iterate_two_qubit_gates") as seen:
            old = application.iterate_two_qubit_gates
        assert seen[0].filename == __file__
        assert old == application.count_iterate_two_qubit_gates()

    def test_the_problem_carries_the_applications_circuits(self):
        application = OptionPricing(Call(STRIKE), walk_model())
        problem = application.to_estimation_problem()
        assert isinstance(problem, EstimationProblem)
        assert problem.state_preparation == application.state_preparation
        assert problem.grover_operator == application.grover_operator
        assert problem.objective_qubits == [3]


class TestFixedIncome:
    """Two interest rates, of which qiskit-finance's own application swaps the dimensions."""

    BOUNDS = ((0.0, 0.12), (0.0, 0.24))
    LINEARISED, SWAPPED = 2.1942, 2.3402

    @pytest.fixture
    def model(self):
        return NormalDistribution(
            [2, 2], mu=[0.12, 0.24], sigma=0.01 * np.eye(2), bounds=list(self.BOUNDS)
        )

    def test_the_present_value_is_the_exact_sum(self, model):
        application = OptionPricing(PresentValue([1.0, 2.0]), model)
        expected = sum(
            probability * (1 / (1 + first) + 2 / (1 + second) ** 2)
            for probability, (first, second) in zip(model.probabilities, model.values, strict=True)
        )
        assert application.exact_value == pytest.approx(expected)
        value = circuit_value(application.to_estimation_problem())
        assert value == pytest.approx(expected, abs=1e-9)

    def test_the_linearised_value_is_the_tutorials_and_not_the_swapped_one(self, model):
        # The tutorial's number takes each discount factor (1 + r)**-t to 1 - t r.
        linearised = FunctionPayoff(lambda r: (1 - r[:, 0]) + 2 * (1 - 2 * r[:, 1]), 2)
        application = OptionPricing(linearised, model)
        value = circuit_value(application.to_estimation_problem())
        assert value == pytest.approx(self.LINEARISED, abs=1e-4)
        theirs = FixedIncomePricing(
            num_qubits=[2, 2],
            pca_matrix=np.eye(2),
            initial_interests=[0, 0],
            cash_flow=[1.0, 2.0],
            rescaling_factor=0.125,
            bounds=list(self.BOUNDS),
            uncertainty_model=model,
        )
        swapped = circuit_value(theirs.to_estimation_problem())
        assert swapped == pytest.approx(self.SWAPPED, abs=1e-4)


class TestBiasBound:
    @pytest.mark.parametrize("payoff", VANILLA, ids=lambda payoff: payoff.name)
    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"payoff_tolerance": 0.05},
            {"encoding": "fourier", "payoff_tolerance": 0.05},
        ],
    )
    def test_each_part_is_its_bias(self, payoff, options):
        model = rough_model()
        application = OptionPricing(payoff, model, **options)
        bound = application.bias_bound
        payments = payoff(model.values)
        loaded = float(payments @ model.loaded_probabilities)
        same = {"rel": 1e-9, "abs": 1e-14}
        assert bound.loader > 1e-4
        assert bound.loader == pytest.approx(abs(loaded - application.exact_value), **same)
        assert bound.payoff == pytest.approx(abs(application.loaded_value - loaded), **same)
        closed_form = model.market.expectation(payoff)
        assert bound.grid == pytest.approx(abs(application.exact_value - closed_form), **same)
        assert bound.total == bound.loader + bound.payoff + bound.grid
        assert abs(application.loaded_value - closed_form) <= bound.total * (1 + 1e-12)

    @pytest.mark.parametrize("tolerance", [1e-3, 0.01, 0.1])
    @pytest.mark.parametrize("encoding", ["auto", "exact", "fourier"])
    def test_the_payoff_keeps_its_tolerance(self, tolerance, encoding):
        payoff = Straddle(STRIKE)
        application = OptionPricing(
            payoff, walk_model(), encoding=encoding, payoff_tolerance=tolerance
        )
        spread = np.ptp(payoff(walk_model().values))
        assert application.bias_bound.payoff <= tolerance * spread * (1 + 1e-9)

    def test_an_exact_payoff_has_no_error(self):
        bound = OptionPricing(Call(STRIKE), walk_model()).bias_bound
        assert bound.payoff == pytest.approx(0, abs=1e-12)
        assert bound.loader < 1e-3
        assert bound.grid == pytest.approx(BLACK_SCHOLES - ON_GRID, abs=1e-6)

    @pytest.mark.parametrize(
        ("make", "payoff"),
        [
            (lambda: QuantumWalkUncertaintyModel(target().of_market(None), seed=1), Call(STRIKE)),
            (lambda: model_named("lognormal"), Call(STRIKE)),
            (walk_model, FunctionPayoff(np.sqrt)),
            (two_assets, Basket((1, 1), Call(3.9))),
            (paths, Asian(Call(1.9))),
        ],
    )
    def test_the_grid_error_is_unknown_without_a_closed_form(self, make, payoff):
        bound = OptionPricing(payoff, make()).bias_bound
        assert bound.grid is None
        assert bound.total == bound.loader + bound.payoff


ESTIMATORS = {
    "iterative": lambda sampler: IterativeAmplitudeEstimation(0.02, 0.05, sampler=sampler),
    "likelihood": lambda sampler: MaximumLikelihoodAmplitudeEstimation(3, sampler=sampler),
    "faster": lambda sampler: FasterAmplitudeEstimation(0.05, 3, sampler=sampler),
    "canonical": lambda sampler: AmplitudeEstimation(4, sampler=sampler),
}


def falling():
    """A single harmonic, whose probability 1 stands for the lower price."""
    application = OptionPricing(
        Call(STRIKE), walk_model(), encoding="fourier", payoff_tolerance=0.05
    )
    (part,) = application.encoded.parts
    assert part.low > part.high
    return application


class TestEstimators:
    @pytest.mark.parametrize("estimator", ESTIMATORS)
    @pytest.mark.parametrize(
        "make", [lambda: OptionPricing(Call(STRIKE), walk_model()), falling], ids=["call", "wave"]
    )
    def test_interval_and_estimate(self, estimator, make):
        application = make()
        sampler = StatevectorSampler(seed=np.random.default_rng(3))
        result = ESTIMATORS[estimator](sampler).estimate(application.to_estimation_problem())
        low, high = application.confidence_interval(result)
        assert isinstance(low, float)
        assert low <= application.loaded_value <= high
        estimate = application.interpret(result)
        assert low - 1e-9 <= estimate <= high + 1e-9
        assert estimate == pytest.approx(application.loaded_value, abs=0.02)
        again = application.confidence_interval([result])
        assert again == (low, high)

    def test_less_confidence_is_a_narrower_interval_of_likelihoods(self):
        application = OptionPricing(Call(STRIKE), walk_model())
        sampler = StatevectorSampler(seed=np.random.default_rng(3))
        result = ESTIMATORS["likelihood"](sampler).estimate(application.to_estimation_problem())
        (low, high), (inner_low, inner_high) = (
            application.confidence_interval(result, alpha) for alpha in (0.01, 0.3)
        )
        assert low < inner_low < inner_high < high

    @pytest.mark.parametrize("alpha", [0, 1, -0.1, 2])
    @pytest.mark.parametrize("payoff", [Call(STRIKE), CONSTANT])
    def test_refuses_an_alpha_out_of_range(self, alpha, payoff):
        application = OptionPricing(payoff, walk_model())
        with pytest.raises(ValueError, match="alpha must lie strictly between 0 and 1"):
            application.confidence_interval(exact_results(application), alpha)


class TestFourier:
    @pytest.fixture(scope="class")
    @staticmethod
    def application():
        return OptionPricing(Call(STRIKE), walk_model(), encoding="fourier", payoff_tolerance=0.01)

    def test_one_problem_per_harmonic(self, application):
        problems = application.to_estimation_problems()
        assert application.encoded.kind == "fourier"
        assert len(problems) == len(application.encoded.parts) > 1

    def test_perfect_results_give_the_loaded_value(self, application):
        results = exact_results(application)
        assert application.interpret(results) == pytest.approx(application.loaded_value, abs=1e-9)

    def test_the_intervals_add_up(self, application):
        low, high = application.confidence_interval(exact_results(application))
        assert low < application.loaded_value < high
        ranges = sum(abs(part.high - part.low) for part in application.encoded.parts)
        assert high - low == pytest.approx(0.03 * ranges)

    def test_a_run(self, application):
        sampler = StatevectorSampler(seed=np.random.default_rng(3))
        estimator = IterativeAmplitudeEstimation(0.02, 0.02, sampler=sampler)
        results = [estimator.estimate(one) for one in application.to_estimation_problems()]
        low, high = application.confidence_interval(results)
        assert low <= application.loaded_value <= high
        assert low <= application.interpret(results) <= high

    @pytest.mark.parametrize("error", [1e-4, 0.01, 0.05, 3.0])
    def test_errors_combine_to_the_one_asked_for(self, application, error):
        errors = application.amplitude_errors(error)
        ranges = [abs(part.high - part.low) for part in application.encoded.parts]
        assert len(errors) == len(ranges)
        assert all(0 < one < 0.5 for one in errors)
        assert np.dot(errors, ranges) <= error * (1 + 1e-9)
        if max(errors) < 0.49:
            assert np.dot(errors, ranges) == pytest.approx(error)

    def test_a_single_problem_takes_the_whole_error(self):
        application = OptionPricing(Call(STRIKE), walk_model())
        (part,) = application.encoded.parts
        (error,) = application.amplitude_errors(0.01)
        assert error * (part.high - part.low) == pytest.approx(0.01)

    @pytest.mark.parametrize("name", ["state_preparation", "grover_operator"])
    def test_single_circuits_are_refused(self, application, name):
        with pytest.raises(ValueError, match=r"\d problems: use to_estimation_problems, or price"):
            getattr(application, name)

    def test_a_single_problem_is_refused(self, application):
        with pytest.raises(ValueError, match=r"\d problems: use to_estimation_problems, or price"):
            application.to_estimation_problem()

    @pytest.mark.parametrize("payoff", [*OF_TWO, Asian(Call(1.9))], ids=lambda p: p.name)
    def test_payoffs_of_one_number_made_of_several_prices(self, payoff):
        model = paths() if isinstance(payoff, Asian) else two_assets()
        application = OptionPricing(payoff, model, encoding="fourier", payoff_tolerance=0.05)
        value = application.interpret(exact_results(application))
        assert value == pytest.approx(application.loaded_value, abs=1e-9)

    def test_without_a_tolerance_a_thousandth_is_taken(self):
        application = OptionPricing(Call(STRIKE), walk_model(), encoding="fourier")
        spread = float(walk_model().values[-1] - STRIKE)
        assert application.bias_bound.payoff <= 1e-3 * spread


class TestConstantPayoff:
    @pytest.fixture(scope="class")
    @staticmethod
    def application():
        return OptionPricing(CONSTANT, walk_model())

    def test_needs_no_problem(self, application):
        assert application.to_estimation_problems() == []
        assert application.amplitude_errors(0.01) == []
        assert application.count_iterate_two_qubit_gates() == 0

    def test_every_value_is_the_constant(self, application):
        assert application.exact_value == pytest.approx(2)
        assert application.loaded_value == 2
        assert application.interpret([]) == 2
        assert application.confidence_interval([]) == (2, 2)
        assert application.bias_bound.total == pytest.approx(0, abs=1e-14)  # rounding

    @pytest.mark.parametrize(
        "ask",
        [
            lambda application: application.to_estimation_problem(),
            lambda application: application.state_preparation,
            lambda application: application.grover_operator,
        ],
    )
    def test_circuits_are_refused(self, application, ask):
        with pytest.raises(ValueError, match=r"constant on the grid .* exact_value, 2"):
            ask(application)


class TestCost:
    def test_a_tolerance_lowers_the_cost_of_an_iterate(self):
        model = QuantumWalkUncertaintyModel(target(4), seed=1)
        costs = [
            OptionPricing(
                Call(STRIKE), model, encoding="exact", payoff_tolerance=tolerance
            ).count_iterate_two_qubit_gates()
            for tolerance in (0.0, 1e-3, 0.03)
        ]
        assert costs == sorted(costs, reverse=True)
        assert costs[0] > costs[-1]

    @pytest.mark.parametrize("ancilla", [True, False])
    def test_the_ancilla_changes_cost_and_not_value(self, ancilla):
        model = QuantumWalkUncertaintyModel(target(4), seed=1)
        application = OptionPricing(Call(STRIKE), model, ancilla=ancilla)
        assert application.state_preparation.num_qubits == 5 + ancilla
        value = circuit_value(application.to_estimation_problem())
        assert value == pytest.approx(application.loaded_value, abs=1e-9)

    @pytest.mark.parametrize(
        ("size", "tolerance", "prepare", "iterate", "seeds"),
        [
            (3, 0.0, 11, 36, [1]),
            (4, 0.0, 23, 80, [1]),
            pytest.param(5, 3e-4, 42, 150, [0, 1, 2], marks=pytest.mark.deep),
        ],
    )
    def test_the_published_gate_counts_hold(self, size, tolerance, prepare, iterate, seeds):
        models = [QuantumWalkUncertaintyModel(target(size), seed=seed) for seed in seeds]
        model = min(models, key=lambda one: one.fit_result.two_qubit_gates)
        application = OptionPricing(Call(STRIKE), model, payoff_tolerance=tolerance)
        counts = [
            transpile(
                circuit,
                basis_gates=["cx", "rz", "sx", "x"],
                optimization_level=3,
                seed_transpiler=0,
            ).count_ops()["cx"]
            for circuit in (application.state_preparation, application.grover_operator)
        ]
        assert counts[0] <= prepare
        assert counts[1] <= iterate
        assert application.grover_operator.num_qubits == size + 1 + (size > 3)


class TestBadInput:
    GRID, EVEN = np.linspace(1.2, 2.8, 8), np.full(8, 1 / 8)

    @pytest.mark.parametrize("wrong", [None, 3, [0.5, 0.5], QuantumCircuit])
    def test_a_model_that_is_no_circuit(self, wrong):
        with pytest.raises(TypeError, match="model must be a circuit that loads a distribution"):
            OptionPricing(Call(STRIKE), wrong)

    def test_a_model_without_values_or_probabilities(self):
        with pytest.raises(TypeError, match="SSQWDistribution, has no values: give values="):
            OptionPricing(Call(STRIKE), entangled_model())
        with pytest.raises(TypeError, match="QuantumCircuit, has no probabilities"):
            OptionPricing(Call(STRIKE), QuantumCircuit(3), values=self.GRID)

    def test_values_of_another_length_or_shape(self):
        with pytest.raises(ValueError, match=r"8 probabilities, and values of shape \(4,\)"):
            OptionPricing(Call(STRIKE), walk_model(), values=self.GRID[:4])
        with pytest.raises(ValueError, match=r"values of shape \(8, 1, 1\)"):
            OptionPricing(Call(STRIKE), walk_model(), values=self.GRID.reshape(8, 1, 1))

    def test_values_that_are_no_numbers(self):
        with pytest.raises(TypeError, match="values must be an array of real numbers"):
            OptionPricing(Call(STRIKE), walk_model(), values=["a"] * 8)
        with pytest.raises(ValueError, match="values must be finite, got nan"):
            OptionPricing(Call(STRIKE), walk_model(), values=[*self.GRID[:7], np.nan])

    def test_probabilities_of_another_length(self):
        with pytest.raises(ValueError, match="the model has 5 probabilities, and values"):
            OptionPricing(Call(STRIKE), Plain(self.GRID, np.full(5, 0.2)))
        with pytest.raises(ValueError, match="3 value qubits, but 4 probabilities need 2"):
            OptionPricing(
                Call(STRIKE),
                Plain(self.GRID[:4], np.full(4, 0.25)),
            )

    @pytest.mark.parametrize("wrong", [None, np.sqrt, STRIKE, Call])
    def test_what_is_no_payoff(self, wrong):
        with pytest.raises(TypeError, match=r"payoff must be a payoff of qiskit_ssqw\.finance"):
            OptionPricing(wrong, walk_model())

    def test_a_payoff_of_another_dimension(self):
        with pytest.raises(ValueError, match=r"takes 2 price\(s\) per point, got .*\(8,\)"):
            OptionPricing(Basket((1, 1), Call(3.9)), walk_model())
        with pytest.raises(ValueError, match=r"takes 1 price\(s\) per point, got .*\(16, 2\)"):
            OptionPricing(Call(1.9), two_assets())
        with pytest.raises(ValueError, match="takes several prices per point"):
            OptionPricing(Asian(Call(1.9)), walk_model())

    def test_weights_of_another_length(self):
        with pytest.raises(ValueError, match=r"takes 3 price\(s\) per point, got .*\(16, 2\)"):
            OptionPricing(Basket((1, 1, 1), Call(3.9)), two_assets())

    def test_a_function_that_pays_no_number(self):
        payoff = FunctionPayoff(lambda s: np.where(s > 2, np.nan, s), label="holes")
        with pytest.raises(ValueError, match="holes pays nan at 2"):
            OptionPricing(payoff, walk_model())
        with pytest.raises(ValueError, match="must return one number per point"):
            OptionPricing(FunctionPayoff(np.sum), walk_model())

    @pytest.mark.parametrize(
        ("level", "kind", "side"),
        [
            (1.9, "up-and-out", "above"),
            (1.9, "up-and-in", "above"),
            (2.1, "down-and-out", "below"),
            (2.1, "down-and-in", "below"),
        ],
    )
    def test_a_barrier_on_the_wrong_side_of_the_spot(self, level, kind, side):
        message = f"wrong side: {kind} needs it {side} the spot, 2"
        with pytest.raises(ValueError, match=message):
            OptionPricing(Barrier(Call(1.9), level, kind), paths())

    def test_a_barrier_outside_the_grid(self):
        with pytest.raises(ValueError, match="barrier must lie inside the grid"):
            OptionPricing(Barrier(Call(1.9), 9.0), paths())

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"encoding": "magic"}, "encoding must be one of .* got 'magic'"),
            ({"payoff_tolerance": -0.1}, r"tolerance must be at least 0 and below 1, got -0\.1"),
            ({"payoff_tolerance": 1}, "tolerance must be at least 0 and below 1, got 1"),
            ({"payoff_tolerance": float("nan")}, "tolerance must be finite, got nan"),
            ({"encoding": "linear"}, "encoding must be one of 'auto', 'exact', .* got 'linear'"),
        ],
    )
    def test_an_option_out_of_range(self, options, message):
        with pytest.raises(ValueError, match=message):
            OptionPricing(Call(STRIKE), walk_model(), **options)

    def test_an_option_that_is_no_number(self):
        with pytest.raises(TypeError, match="tolerance must be a real number, got 'small'"):
            OptionPricing(Call(STRIKE), walk_model(), payoff_tolerance="small")

    def test_a_payoff_that_does_not_fit_the_encoding(self):
        with pytest.raises(TypeError, match='"fourier" needs a payoff of one number, got the up-'):
            OptionPricing(Barrier(Call(1.9), 2.4), paths(), encoding="fourier")

    def test_another_number_of_results(self):
        application = OptionPricing(Call(STRIKE), walk_model())
        (result,) = exact_results(application)
        for wrong in ([], [result, result]):
            message = f"one result per problem, got {len(wrong)} for 1"
            with pytest.raises(ValueError, match=message):
                application.interpret(wrong)
            with pytest.raises(ValueError, match=message):
                application.confidence_interval(wrong)
        with pytest.raises(ValueError, match="one result per problem, got 1 for 0"):
            OptionPricing(CONSTANT, walk_model()).interpret(result)


class TestCornerCases:
    @pytest.mark.parametrize("encoding", ["auto", "exact", "fourier"])
    def test_a_path_of_one_step_is_a_price(self, encoding):
        model = PathModel(3, 1, 2.0, 0.4, 0.05, 40 / 365, seed=1)
        application = OptionPricing(Call(1.9), model, encoding=encoding, payoff_tolerance=0.05)
        assert application.bias_bound.grid is not None
        assert application.loaded_value == pytest.approx(application.exact_value, rel=0.1)

    def test_probabilities_sum_to_one(self):
        model = QuantumCircuit(3)
        model.values, model.probabilities = np.arange(8.0), np.full(8, 0.2)
        with pytest.raises(ValueError, match=r"must sum to 1, got a sum of 1\.6"):
            OptionPricing(Call(1.9), model)

    def test_values_are_an_array(self):
        model = QuantumCircuit(3)
        model.probabilities = np.full(8, 1 / 8)
        with pytest.raises(ValueError, match=r"8 probabilities, and values of shape \(\)"):
            OptionPricing(Call(1.9), model, values=5.0)


def test_several_intervals_share_the_probability_to_miss():
    model = QuantumWalkUncertaintyModel.from_black_scholes(3, 2.0, 0.4, 0.05, 40 / 365, seed=1)
    application = OptionPricing(Call(1.896), model, encoding="fourier", payoff_tolerance=1e-2)
    problems = application.to_estimation_problems()
    estimator = MaximumLikelihoodAmplitudeEstimation(1, sampler=StatevectorSampler(seed=1))
    results = [estimator.estimate(problem) for problem in problems]
    separate = [
        sorted(estimator.compute_confidence_interval(one, 0.1 / len(problems), "lr"))
        for one in results
    ]
    together = application.encoded.constant + np.sum(separate, axis=0)
    assert len(problems) > 1
    found = application.confidence_interval(results, 0.1)
    assert found == pytest.approx(tuple(together), abs=3e-4)  # theirs ends on a grid
    assert found[0] <= together[0] < together[1] <= found[1]
    assert application.misses(results, 0.1) == pytest.approx(0.1)
