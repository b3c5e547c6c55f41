"""The uncertainty model against its target, its circuit and qiskit-finance's loaders."""

import copy
import inspect
import pickle
import warnings

import numpy as np
import pytest
from qiskit.quantum_info import Statevector
from scipy import stats
from theirs import LogNormalDistribution, NormalDistribution

from qiskit_ssqw import (
    FitResult,
    MultiscaleWalk,
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    TargetDistribution,
    fit,
)
from qiskit_ssqw.finance import Call, LoaderAccuracyWarning, price

LATTICE = SplitStepWalk(
    2,
    np.zeros((2, 2, 3)),
    start=2,
    initial_coin=np.zeros(3),
    final_coin=np.zeros(3),
    coin="absorbed",
)


@pytest.fixture(scope="module")
def target():
    return TargetDistribution.from_black_scholes(3, 2.0, 0.4, 0.05, 40 / 365, num_std=3, rule="pdf")


@pytest.fixture(scope="module")
def model(target):
    return QuantumWalkUncertaintyModel(target, tolerance=1e-6, seed=1)


def assert_loads(model, target, atol):
    """The circuit has n qubits, loads what it says, and that is near the target."""
    assert model.num_qubits == target.num_qubits
    loaded = Statevector(model).probabilities()
    np.testing.assert_allclose(model.loaded_probabilities, loaded, atol=1e-12)
    np.testing.assert_allclose(model.probabilities, target.probabilities.ravel(), atol=1e-15)
    assert 0.5 * np.abs(loaded - model.probabilities).sum() <= atol


class TestDropIn:
    @pytest.mark.filterwarnings("ignore::qiskit_ssqw.targets.GridWarning")
    @pytest.mark.parametrize("peer", [NormalDistribution, LogNormalDistribution])
    @pytest.mark.parametrize(
        ("sizes", "mu", "sigma", "bounds"),
        [
            (3, 0.7, 0.02, (1.2, 2.8)),
            (4, 0.2, 0.3, (0.1, 3.0)),
            ([2, 2], [0.2, 0.5], [[0.3, 0.1], [0.1, 0.2]], [(0.1, 2.0), (0.2, 3.0)]),
            ([1, 3], [0.2, 0.5], [[0.3, 0.0], [0.0, 0.2]], [(0.1, 2.0), (0.2, 3.0)]),
        ],
    )
    def test_the_same_data_as_qiskit_finance(self, peer, sizes, mu, sigma, bounds):
        theirs = peer(sizes, mu=mu, sigma=sigma, bounds=bounds)
        name = "lognormal" if peer is LogNormalDistribution else "normal"
        build = getattr(QuantumWalkUncertaintyModel, name)
        ours = build(sizes, mu, sigma, bounds, seed=1)
        assert ours.num_qubits == theirs.num_qubits
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-12)
        np.testing.assert_allclose(ours.values, theirs.values, atol=1e-12)
        np.testing.assert_allclose(ours.bounds, theirs.bounds, atol=1e-12)
        np.testing.assert_allclose(
            Statevector(ours).probabilities(), Statevector(theirs).probabilities(), atol=2e-3
        )

    def test_defaults_are_qiskit_finances(self):
        for name, peer in [("lognormal", LogNormalDistribution), ("normal", NormalDistribution)]:
            ours, theirs = getattr(QuantumWalkUncertaintyModel, name)(3, seed=1), peer(3)
            np.testing.assert_allclose(ours.bounds, theirs.bounds)
            np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-12)


class TestConstructors:
    def test_of_a_target(self, model, target):
        assert_loads(model, target, 1e-6)
        assert model.name == "P(X)"
        assert isinstance(model.fit_result, FitResult)
        assert model.fit_result.success
        np.testing.assert_array_equal(model.values, target.values)
        assert model.bounds == target.bounds

    @pytest.mark.parametrize("rule", ["pdf", "cell"])
    def test_lognormal(self, rule):
        arguments = (3, 0.7, 0.02, (1.2, 2.8))
        model = QuantumWalkUncertaintyModel.lognormal(*arguments, rule=rule, seed=1)
        assert_loads(model, TargetDistribution.lognormal(*arguments, rule=rule), 1e-3)

    @pytest.mark.parametrize("rule", ["pdf", "cell"])
    def test_normal(self, rule):
        arguments = (3, 0.7, 0.1, (0.0, 2.0))
        model = QuantumWalkUncertaintyModel.normal(*arguments, rule=rule, seed=1)
        assert_loads(model, TargetDistribution.normal(*arguments, rule=rule), 1e-3)

    @pytest.mark.parametrize("rule", ["pdf", "cell"])
    def test_from_scipy(self, rule):
        arguments = (3, stats.gamma(3.0), (0.0, 9.0))
        model = QuantumWalkUncertaintyModel.from_scipy(*arguments, rule=rule, seed=1)
        assert_loads(model, TargetDistribution.from_scipy(*arguments, rule=rule), 1e-3)

    def test_from_samples(self, rng):
        samples = rng.normal(size=400)
        model = QuantumWalkUncertaintyModel.from_samples(3, samples, (-3, 3), seed=1)
        assert_loads(model, TargetDistribution.from_samples(3, samples, (-3, 3)), 1e-3)
        low, high = QuantumWalkUncertaintyModel.from_samples(2, samples, seed=1).bounds
        assert (low, high) == (samples.min(), samples.max())

    @pytest.mark.parametrize("rule", ["pdf", "cell"])
    def test_from_black_scholes(self, rule, reference_market):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            3, **reference_market, num_std=3, rule=rule, seed=1
        )
        target = TargetDistribution.from_black_scholes(3, **reference_market, num_std=3, rule=rule)
        assert_loads(model, target, 1e-3)

    def test_from_black_scholes_defaults_to_the_better_grid(self, reference_market):
        model = QuantumWalkUncertaintyModel.from_black_scholes(3, **reference_market, seed=1)
        target = TargetDistribution.from_black_scholes(3, **reference_market, grid="log")
        assert model.fit_result.target == target
        assert_loads(model, target, 1e-3)
        np.testing.assert_array_equal(model.values, target.values)

    @pytest.mark.parametrize(
        "options",
        [
            {"tail_mass": 0.01},
            {"align": 1.9},
            {"grid": "linear"},
            {"grid": "linear", "tail_mass": 0.01},
            {"num_std": 2.5, "rule": "cell", "align": 1.9},
        ],
    )
    def test_from_black_scholes_passes_its_options_on(self, options, reference_market):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            3, **reference_market, **options, seed=1
        )
        target = TargetDistribution.from_black_scholes(3, **reference_market, **options)
        assert model.fit_result.target == target

    def test_several_dimensions(self, rng):
        probabilities = rng.random((2, 4))
        probabilities /= probabilities.sum()
        target = TargetDistribution(probabilities, [(0, 1), (2, 5)])
        model = QuantumWalkUncertaintyModel(target, seed=1)
        assert_loads(model, target, 1e-3)
        assert model.values.shape == (8, 2)
        # Dimension 0 sits on the most significant qubit, as in qiskit-finance.
        marginal = Statevector(model).probabilities([2])
        np.testing.assert_allclose(marginal, probabilities.sum(axis=1), atol=2e-3)


class TestFitOptions:
    def test_pass_through(self, target):
        steps = []
        model = QuantumWalkUncertaintyModel(
            target,
            tolerance=0.3,
            seed=5,
            name="loader",
            max_two_qubit_gates=2,
            callback=steps.append,
            method="gradient",
        )
        result = model.fit_result
        assert (model.name, result.seed, result.tolerance) == ("loader", 5, 0.3)
        assert result.two_qubit_gates <= 2
        assert tuple(steps) == result.history
        assert steps

    def test_pass_through_a_constructor(self):
        model = QuantumWalkUncertaintyModel.lognormal(
            3, 0.7, 0.02, (1.2, 2.8), seed=5, tolerance=0.4, max_two_qubit_gates=2
        )
        assert (model.fit_result.seed, model.fit_result.tolerance) == (5, 0.4)

    def test_the_seed_decides(self, target):
        first, second = (QuantumWalkUncertaintyModel(target, seed=3) for _ in range(2))
        assert first == second

    @pytest.mark.parametrize("tolerance", [0, 1, -0.1, 2, float("nan")])
    def test_refuses_a_tolerance_that_is_none(self, target, tolerance):
        message = "tolerance must (lie strictly between 0 and 1|be finite)"
        for walk in (None, LATTICE):
            with pytest.raises(ValueError, match=message):
                QuantumWalkUncertaintyModel(target, walk=walk, tolerance=tolerance)

    def test_refuses_an_unknown_method_or_option(self, target):
        with pytest.raises(ValueError, match="method must be one of"):
            QuantumWalkUncertaintyModel(target, method="magic")
        with pytest.raises(TypeError, match="nonsense"):
            QuantumWalkUncertaintyModel(target, nonsense=1)

    @pytest.mark.parametrize("wrong", [None, [0.5, 0.5], "lognormal"])
    def test_refuses_what_is_no_target(self, wrong):
        for walk in (None, LATTICE):
            with pytest.raises(TypeError, match="target must be a TargetDistribution"):
                QuantumWalkUncertaintyModel(wrong, walk=walk)


class TestAccuracy:
    def test_a_miss_warns(self, target):
        with pytest.warns(LoaderAccuracyWarning, match="misses the tolerance 1e-06 with") as seen:
            model = QuantumWalkUncertaintyModel(
                target, tolerance=1e-6, seed=1, max_two_qubit_gates=1
            )
        assert not model.fit_result.success
        assert str(seen.pop(LoaderAccuracyWarning).message) == model.fit_result.message
        assert model.num_qubits == 3
        np.testing.assert_allclose(
            model.loaded_probabilities, Statevector(model).probabilities(), atol=1e-12
        )
        assert np.abs(model.loaded_probabilities - model.probabilities).sum() > 1e-6

    def test_an_unfitted_walk_warns_with_advice(self, target):
        with pytest.warns(LoaderAccuracyWarning, match="fit it first, with fit"):
            QuantumWalkUncertaintyModel(target, walk=LATTICE)

    def test_a_hit_does_not_warn(self, target):
        with warnings.catch_warnings():
            warnings.simplefilter("error", LoaderAccuracyWarning)
            QuantumWalkUncertaintyModel(target, seed=1)


class TestGivenWalk:
    def test_a_multiscale_walk_is_used_as_it_is(self, model, target):
        walk = model.fit_result.walk
        assert isinstance(walk, MultiscaleWalk)
        again = QuantumWalkUncertaintyModel(target, walk=walk, tolerance=1e-6)
        assert again.fit_result.walk is walk
        assert again.fit_result.history == ()
        assert again.fit_result.seed is None
        assert again == model

    def test_a_lattice_walk_with_absorbed_coin_is_used_as_it_is(self, target):
        walk = fit(target, walk=LATTICE, tolerance=1e-6, seed=1).walk
        model = QuantumWalkUncertaintyModel(target, walk=walk, tolerance=1e-6)
        assert model.fit_result.walk is walk
        assert_loads(model, target, 1e-6)

    def test_a_traced_coin_is_refused(self, target):
        walk = SplitStepWalk(3, np.zeros((2, 2)))
        with pytest.raises(ValueError, match=r"traced-out coin .* use coin='absorbed'"):
            QuantumWalkUncertaintyModel(target, walk=walk)

    @pytest.mark.parametrize(
        "walk",
        [
            MultiscaleWalk.from_windows(4, [(0, 1)]),
            SplitStepWalk(3, np.zeros((2, 2)), coin="absorbed"),
        ],
    )
    def test_another_size_is_refused(self, target, walk):
        with pytest.raises(ValueError, match="the walk loads 16 sites, but the target has 8"):
            QuantumWalkUncertaintyModel(target, walk=walk)

    @pytest.mark.parametrize("wrong", [3, [[0.1, 0.2]], SplitStepWalk])
    def test_what_is_no_walk_is_refused(self, target, wrong):
        with pytest.raises(TypeError, match=r"walk must be a Walk"):
            QuantumWalkUncertaintyModel(target, walk=wrong)

    def test_fit_options_are_refused(self, target, model):
        with pytest.raises(TypeError, match=r"not fitted: leave out \['max_two_qubit_gates', 'me"):
            QuantumWalkUncertaintyModel(
                target, walk=model.fit_result.walk, method="auto", max_two_qubit_gates=3
            )


COPIES = [
    QuantumWalkUncertaintyModel.copy,
    copy.copy,
    copy.deepcopy,
    lambda model: pickle.loads(pickle.dumps(model)),
]


@pytest.mark.parametrize("duplicate", COPIES)
def test_copies_keep_the_points_of_a_log_grid(duplicate, reference_market):
    model = QuantumWalkUncertaintyModel.from_black_scholes([1, 2], **reference_market, seed=1)
    twin = duplicate(model)
    assert twin.fit_result == model.fit_result
    assert twin.market == model.market
    np.testing.assert_array_equal(twin.values, model.values)
    with pytest.raises(AttributeError, match="bounds describe equidistant grid points"):
        _ = twin.bounds


@pytest.mark.parametrize("duplicate", COPIES)
def test_copies_keep_the_fit(model, duplicate):
    twin = duplicate(model)
    assert type(twin) is QuantumWalkUncertaintyModel
    assert twin == model
    assert twin.fit_result == model.fit_result
    assert twin.bounds == model.bounds
    np.testing.assert_array_equal(twin.loaded_probabilities, model.loaded_probabilities)


def test_the_warning_points_at_the_callers_line():
    for make in (
        lambda: QuantumWalkUncertaintyModel.lognormal(
            5, 0.7, 0.02, (1.2, 2.8), tolerance=1e-6, max_two_qubit_gates=1, seed=1
        ),
        lambda: QuantumWalkUncertaintyModel(
            TargetDistribution.normal(4, 0, 1, (-3, 3)),
            tolerance=1e-6,
            max_two_qubit_gates=1,
            seed=1,
        ),
    ):
        with pytest.warns(LoaderAccuracyWarning) as warned:
            make()
        assert warned.pop(LoaderAccuracyWarning).filename == __file__


def test_equal_targets_of_different_markets_keep_their_own():
    models = [
        QuantumWalkUncertaintyModel.from_black_scholes(
            4, 100, 0.2, rate, 0.5, dividend_yield=rate, seed=1
        )
        for rate in (0.0, 0.05, 0.1)
    ]
    assert models[0].fit_result.target == models[2].fit_result.target
    assert [model.market.rate for model in models] == [0.0, 0.05, 0.1]
    values = [price(Call(100), model, seed=1).present_value for model in models]
    np.testing.assert_allclose(values, values[0] * np.exp([0, -0.025, -0.05]), rtol=1e-12)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("dividend", "unexpected keyword argument 'dividend': did you mean dividend_yield"),
        ("sead", "unexpected keyword argument 'sead': did you mean seed"),
        ("tolerence", "unexpected keyword argument 'tolerence': did you mean tolerance"),
        ("colour", "from_black_scholes.* got an unexpected keyword argument 'colour'$"),
    ],
)
def test_options_that_nobody_takes_are_refused_by_name(option, message):
    with pytest.raises(TypeError, match=message):
        QuantumWalkUncertaintyModel.from_black_scholes(3, 100, 0.2, 0.03, 1, **{option: 0.1})


def test_constructors_are_those_of_targets_and_documented():
    for name in ("normal", "lognormal", "from_scipy", "from_samples", "from_black_scholes"):
        ours, theirs = (
            getattr(kind, name) for kind in (QuantumWalkUncertaintyModel, TargetDistribution)
        )
        *parameters, last = inspect.signature(ours).parameters
        assert parameters == list(inspect.signature(theirs).parameters)
        assert last == "fit_options"
        assert "**fit_options: Options of the class and of `fit`." in ours.__doc__
        assert ours.__qualname__ == f"QuantumWalkUncertaintyModel.{name}"
