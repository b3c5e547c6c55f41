"""Prices with unmodified qiskit-finance and qiskit-algorithms."""

import numpy as np
import pytest
from qiskit.primitives import StatevectorSampler
from qiskit.quantum_info import Statevector
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms import (
    AmplitudeEstimation,
    FasterAmplitudeEstimation,
    IterativeAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimation,
)
from qiskit_algorithms.exceptions import AlgorithmError
from theirs import (
    EuropeanCallDelta,
    EuropeanCallPricing,
    FixedIncomePricing,
    LogNormalDistribution,
    NormalDistribution,
)

from qiskit_ssqw import QuantumWalkUncertaintyModel, SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw._samplers import FreshSeeds

SPOT, VOLATILITY, RATE, MATURITY = 2.0, 0.4, 0.05, 40 / 365
STRIKE = 1.896
RESCALING = 0.25
LINEARISED = 0.168736
DELTA = 0.8098
SEED = 7


def exact_value(problem):
    """What a perfect amplitude estimation returns, in price units."""
    state = Statevector(problem.state_preparation)
    return problem.post_processing(state.probabilities(problem.objective_qubits)[1])


def on_statevector(estimator, *arguments):
    return estimator(*arguments, sampler=StatevectorSampler(seed=np.random.default_rng(SEED)))


def on_aer(estimator, *arguments):
    # SamplerV2 of Aer runs only circuits that a transpiler has unrolled.
    return estimator(
        *arguments,
        sampler=FreshSeeds(SamplerV2, np.random.default_rng(SEED)),
        transpiler=generate_preset_pass_manager(1, AerSimulator()),
    )


class UnrollingSampler(SamplerV2):
    """Transpiles by itself, for the estimator whose ``transpiler=`` is broken."""

    def __init__(self):
        super().__init__(seed=SEED)

    def run(self, pubs, *, shots=None):
        unroll = generate_preset_pass_manager(1, AerSimulator()).run
        return super().run([(unroll(circuit),) for (circuit,) in pubs], shots=shots)


def call_pricing(model):
    return EuropeanCallPricing(
        num_state_qubits=model.num_qubits,
        strike_price=STRIKE,
        rescaling_factor=RESCALING,
        bounds=model.bounds,
        uncertainty_model=model,
    )


@pytest.fixture(scope="module")
def target():
    return TargetDistribution.from_black_scholes(
        3, SPOT, VOLATILITY, RATE, MATURITY, num_std=3, rule="pdf"
    )


@pytest.fixture(scope="module")
def model(target):
    return QuantumWalkUncertaintyModel(target, tolerance=1e-6, seed=1)


@pytest.fixture(scope="module")
def lattice_model(target):
    walk = SplitStepWalk(
        2,
        np.zeros((2, 2, 3)),
        start=2,
        initial_coin=np.zeros(3),
        final_coin=np.zeros(3),
        coin="absorbed",
    )
    result = fit(target, walk=walk, tolerance=1e-6, seed=1)
    return QuantumWalkUncertaintyModel(target, walk=result.walk, tolerance=1e-6)


@pytest.fixture(scope="module")
def peer(target):
    """qiskit-finance's own loader of the same distribution."""
    mu = (RATE - VOLATILITY**2 / 2) * MATURITY + np.log(SPOT)
    variance = VOLATILITY**2 * MATURITY
    return LogNormalDistribution(3, mu=mu, sigma=variance, bounds=target.bounds)


@pytest.fixture(scope="module")
def problem(model):
    return call_pricing(model).to_estimation_problem()


@pytest.fixture(scope="module")
def peer_problem(peer):
    return call_pricing(peer).to_estimation_problem()


class TestEuropeanCall:
    @pytest.mark.parametrize("loader", ["model", "lattice_model", "peer"])
    def test_exact_value(self, loader, request):
        problem = call_pricing(request.getfixturevalue(loader)).to_estimation_problem()
        assert exact_value(problem) == pytest.approx(LINEARISED, abs=1e-6)

    @pytest.mark.parametrize("run", [on_statevector, on_aer])
    @pytest.mark.parametrize("loader", ["model", "lattice_model"])
    def test_iterative_amplitude_estimation(self, loader, run, request):
        application = call_pricing(request.getfixturevalue(loader))
        estimator = run(IterativeAmplitudeEstimation, 0.01, 0.05)
        result = estimator.estimate(application.to_estimation_problem())
        low, high = result.confidence_interval_processed
        assert low <= LINEARISED <= high
        assert high - low < 0.03
        assert low <= application.interpret(result) <= high

    @pytest.mark.parametrize("loader", ["model", "lattice_model"])
    def test_delta(self, loader, request):
        model = request.getfixturevalue(loader)
        application = EuropeanCallDelta(
            num_state_qubits=3, strike_price=STRIKE, bounds=model.bounds, uncertainty_model=model
        )
        problem = application.to_estimation_problem()
        exact = float(model.probabilities[model.values >= STRIKE].sum())
        assert exact == pytest.approx(DELTA, abs=5e-5)
        assert exact_value(problem) == pytest.approx(exact, abs=1e-6)
        for run in (on_statevector, on_aer):
            result = run(IterativeAmplitudeEstimation, 0.01, 0.05).estimate(problem)
            low, high = result.confidence_interval_processed
            assert low <= exact <= high
            assert application.interpret(result) == pytest.approx(exact, abs=0.02)


def europeans(model, target):
    """qiskit-finance's two applications of a call, with the bounds of the model."""
    arguments = {"num_state_qubits": 3, "strike_price": STRIKE, "uncertainty_model": model}
    yield EuropeanCallPricing(**arguments, rescaling_factor=0.01, bounds=target.bounds)
    yield EuropeanCallDelta(**arguments, bounds=target.bounds)


class TestGrids:
    """qiskit-finance makes prices of bounds, which a log grid therefore refuses to have."""

    MARKET = (SPOT, VOLATILITY, RATE, MATURITY)

    @staticmethod
    def fixed_income(model):
        return FixedIncomePricing(
            num_qubits=[2, 2],
            pca_matrix=np.eye(2),
            initial_interests=[0, 0],
            cash_flow=[1.0, 2.0],
            rescaling_factor=0.125,
            bounds=list(model.bounds),
            uncertainty_model=model,
        )

    @pytest.mark.parametrize(
        ("make", "sizes"),
        [
            (call_pricing, 3),
            (lambda model: EuropeanCallDelta(3, STRIKE, model.bounds, model), 3),
            (lambda model: TestGrids.fixed_income(model), [2, 2]),
        ],
        ids=["EuropeanCallPricing", "EuropeanCallDelta", "FixedIncomePricing"],
    )
    @pytest.mark.parametrize(
        "options",
        [{}, {"grid": "quantile"}, {"points": "centre"}, {"grid": "linear", "points": "mean"}],
    )
    def test_other_grids_are_refused(self, make, sizes, options):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            sizes, *self.MARKET, **options, seed=1
        )
        with pytest.raises(AttributeError, match=r'are not: use values or axes, .* grid="linear"'):
            make(model)

    @pytest.mark.parametrize(
        "options",
        [{"grid": "linear"}, {"grid": "linear", "tail_mass": 0.01}, {"num_std": 3, "rule": "pdf"}],
    )
    def test_a_linear_grid_goes_through_them(self, options):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            3, *self.MARKET, **options, tolerance=1e-6, seed=1
        )
        target = model.fit_result.target
        value, chance = (
            exact_value(one.to_estimation_problem()) for one in europeans(model, target)
        )
        call = np.maximum(model.values - STRIKE, 0) @ model.probabilities
        assert value == pytest.approx(call, rel=1e-3)  # the sine of a small angle
        assert chance == pytest.approx(model.probabilities[model.values >= STRIKE].sum(), abs=1e-6)

    def test_a_linear_grid_goes_through_fixed_income(self):
        rates = ([0.12, 0.12], [0.3, 0.3], 0.0, 1.0)  # alike, as qiskit-finance swaps them
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            [2, 2], *rates, grid="linear", tolerance=1e-6, seed=1
        )
        value = exact_value(self.fixed_income(model).to_estimation_problem())
        linear = 3 - model.values @ [1, 4] @ model.probabilities
        assert value == pytest.approx(linear, abs=2e-3)


class TestOtherEstimators:
    """Every estimator of qiskit-algorithms, against qiskit-finance's own loader."""

    # The two loaders agree to 1e-13, so equally seeded samplers count the same bit strings.
    same = staticmethod(lambda value: pytest.approx(value, abs=1e-6))

    @pytest.mark.parametrize(
        ("estimator", "arguments"),
        [
            (IterativeAmplitudeEstimation, (0.01, 0.05)),
            pytest.param(AmplitudeEstimation, (3,), marks=pytest.mark.deep),
            pytest.param(FasterAmplitudeEstimation, (0.01, 3), marks=pytest.mark.deep),
            (MaximumLikelihoodAmplitudeEstimation, (3,)),
        ],
    )
    def test_the_same_as_with_qiskit_finances_loader(
        self, estimator, arguments, problem, peer_problem
    ):
        ours = on_statevector(estimator, *arguments).estimate(problem)
        theirs = on_statevector(estimator, *arguments).estimate(peer_problem)
        assert ours.estimation == self.same(theirs.estimation)
        assert ours.estimation_processed == self.same(theirs.estimation_processed)

    @pytest.mark.parametrize("run", [pytest.param(on_statevector, marks=pytest.mark.deep), on_aer])
    def test_canonical_estimation_finds_the_nearest_point_of_its_grid(self, run, problem):
        result = run(AmplitudeEstimation, 3).estimate(problem)
        # Three evaluation qubits know sin(y pi / 8)**2 only; 0.376 is nearest to 1/2 there.
        assert result.estimation == pytest.approx(0.5, abs=1e-6)
        assert result.estimation_processed == pytest.approx(problem.post_processing(0.5))

    @pytest.mark.parametrize("run", [on_statevector, pytest.param(on_aer, marks=pytest.mark.deep)])
    def test_faster_estimation(self, run, problem):
        result = run(FasterAmplitudeEstimation, 0.01, 3).estimate(problem)
        assert result.estimation_processed == pytest.approx(LINEARISED, abs=0.03)

    @pytest.mark.deep
    def test_maximum_likelihood_estimation(self, problem):
        result = on_statevector(MaximumLikelihoodAmplitudeEstimation, 3).estimate(problem)
        assert result.estimation_processed == pytest.approx(LINEARISED, abs=0.02)

    def test_maximum_likelihood_estimation_on_aer(self, problem):
        estimator = MaximumLikelihoodAmplitudeEstimation(3, sampler=UnrollingSampler())
        result = estimator.estimate(problem)
        assert result.estimation_processed == pytest.approx(LINEARISED, abs=0.02)


class TestKnownDefectsOfTheNeighbours:
    """Not ours: a failure here means that a neighbour was mended, and advice can go."""

    def test_maximum_likelihood_estimation_fails_with_a_transpiler(self, problem):
        with pytest.raises(AlgorithmError, match="not completed successfully"):
            on_aer(MaximumLikelihoodAmplitudeEstimation, 3).estimate(problem)

    @pytest.mark.deep
    def test_canonical_estimations_processed_interval_is_processed_twice(self, problem):
        result = on_statevector(AmplitudeEstimation, 3).estimate(problem)
        low, high = result.confidence_interval
        assert low <= LINEARISED <= high
        twice = tuple(problem.post_processing(bound) for bound in (low, high))
        assert result.confidence_interval_processed == pytest.approx(twice)
        assert not twice[0] <= LINEARISED <= twice[1]


class TestFixedIncome:
    """Two interest rates; qiskit-finance swaps the dimensions of every loader, its own too.

    Its loaders put dimension 0 on the most significant qubits, its `FixedIncomePricing` reads it
    from the least significant ones. A model built with its dimensions reversed gives the right
    price.
    """

    BOUNDS = ((0.0, 0.12), (0.0, 0.24))
    MU = (0.12, 0.24)
    SIGMA = 0.01 * np.eye(2)
    SWAPPED, CORRECT = 2.3402, 2.19423

    def price(self, model):
        application = FixedIncomePricing(
            num_qubits=[2, 2],
            pca_matrix=np.eye(2),
            initial_interests=[0, 0],
            cash_flow=[1.0, 2.0],
            rescaling_factor=0.125,
            bounds=list(self.BOUNDS),
            uncertainty_model=model,
        )
        return exact_value(application.to_estimation_problem())

    def build(self, mu, bounds):
        return QuantumWalkUncertaintyModel.normal(
            [2, 2], mu, self.SIGMA, bounds, tolerance=1e-6, seed=1
        )

    def test_the_same_value_as_with_qiskit_finances_loader(self):
        ours = self.price(self.build(self.MU, self.BOUNDS))
        peer = NormalDistribution(
            [2, 2], mu=list(self.MU), sigma=self.SIGMA, bounds=list(self.BOUNDS)
        )
        assert ours == pytest.approx(self.price(peer), abs=1e-6)
        assert ours == pytest.approx(self.SWAPPED, abs=1e-4)

    def test_reversed_dimensions_give_the_right_value(self):
        target = TargetDistribution.normal([2, 2], self.MU, self.SIGMA, self.BOUNDS)
        # qiskit-finance linearises each discount factor (1 + r)**-t to 1 - t r.
        linear = target.expectation(lambda r: (1 - r[0]) + 2 * (1 - 2 * r[1]))
        assert linear == pytest.approx(self.CORRECT, abs=1e-5)
        price = self.price(self.build(self.MU[::-1], self.BOUNDS[::-1]))
        # The sine of the payoff circuit adds 1.3e-3 at this rescaling factor.
        assert price == pytest.approx(linear, abs=2e-3)
