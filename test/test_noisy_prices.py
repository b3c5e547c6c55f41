"""Prices on noisy devices: predictions hold, and no verdict promises what noise has taken."""

import sys
from functools import cache
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.primitives import StatevectorSampler
from qiskit.quantum_info import DensityMatrix, SuperOp
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms import EstimationProblem, IterativeAmplitudeEstimation
from scipy.stats import binom
from stand_ins import NoisySampler, each_once

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.devices import DeviceNoise, Mitigation, ReadoutInversion
from qiskit_ssqw.finance import (
    Asian,
    BayesianAmplitudeEstimation,
    Call,
    DigitalCall,
    PathModel,
    Put,
    RobustAmplitudeEstimation,
    expected_shortfall,
    price,
    value_at_risk,
)
from qiskit_ssqw.finance.estimation import circuit_noise as of_circuits
from qiskit_ssqw.finance.estimation.circuit_noise import CircuitNoise
from qiskit_ssqw.finance.estimation.depths import MOST_SHOTS
from qiskit_ssqw.finance.estimation.methods.bayes import noisy_shots
from qiskit_ssqw.finance.estimation.posterior import Posterior
from qiskit_ssqw.finance.estimation.powers import power_of
from qiskit_ssqw.finance.estimation.registry import method_named
from qiskit_ssqw.finance.estimation.schedule import Decaying, Goal
from qiskit_ssqw.finance.loader import as_loader
from qiskit_ssqw.finance.measuring import SampledRun, with_measurements
from qiskit_ssqw.finance.option_pricing import OptionPricing
from qiskit_ssqw.finance.sampling import BySampling

pytestmark = [
    pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.PriceAccuracyWarning"),
    pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.RiskWarning"),
    pytest.mark.filterwarnings("ignore::qiskit_ssqw.RepeatedSeedWarning"),
]

BASIS = ["cx", "sx", "x", "rz"]
MANAGER = generate_preset_pass_manager(1, basis_gates=BASIS)
MARKETS = [
    (Call(2.0), {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365}),
    (Put(48.0), {"spot": 50.0, "volatility": 0.25, "rate": 0.01, "maturity": 0.5}),
    (DigitalCall(10.5), {"spot": 10.0, "volatility": 0.6, "rate": 0.03, "maturity": 1.0}),
]
UNAWARE = ("iae", "mlae", pytest.param("fae", marks=pytest.mark.deep), "ae")


@cache
def model(market=0):
    return QuantumWalkUncertaintyModel.from_black_scholes(3, **MARKETS[market][1], seed=1)


@cache
def depolarising(chance, readout=0.0, one_qubit=None):
    """Errors whose circuits are simulated once, for the sampler and for what is foreseen."""
    found = DeviceNoise.depolarising(chance, one_qubit, readout)
    found.probabilities = each_once(found.probabilities)
    return found


def readout_errors(chance):
    found = NoiseModel()
    found.add_all_qubit_readout_error(ReadoutError([[1 - chance, chance], [chance, 1 - chance]]))
    return found


def price_on(device, market=0, *, seed=1, **options):
    """A price on a noisy device that says what its errors are."""
    sampler = NoisySampler(device, np.random.default_rng(seed))
    settings = {"accuracy": 0.05, "noise": device, "pass_manager": MANAGER, "seed": seed}
    given = {"sampler": sampler, **settings, **options}
    return price(MARKETS[market][0], model(market), **given)


def held(found):
    low, high = found.interval
    return low <= found.reference.value <= high


def slow_law(circuit, chance, readout):
    """Outcomes of a circuit whose first bits are measured, gate by gate."""
    state = DensityMatrix.from_int(0, 2**circuit.num_qubits)
    measured = []
    for step in circuit.data:
        where = [circuit.find_bit(qubit).index for qubit in step.qubits]
        if step.operation.name == "measure":
            measured += where
        elif step.operation.name != "barrier":
            state = state.evolve(step.operation, where)
            error = {"cx": chance, "sx": chance / 10, "x": chance / 10}.get(step.operation.name)
            if error:
                state = state.evolve(SuperOp(depolarizing_error(error, len(where))), where)
    law = state.probabilities(measured)
    flips = np.array([[1 - readout, readout], [readout, 1 - readout]])
    confusion = np.ones((1, 1))
    for _ in measured:
        confusion = np.kron(confusion, flips)
    return confusion @ law


class TestWithoutNoise:
    """Nothing changes where nobody knows of noise."""

    @pytest.mark.parametrize(
        "make",
        [lambda: None, lambda: SamplerV2, lambda: StatevectorSampler(seed=3)],
        ids=["default", "Aer", "state vectors"],
    )
    @pytest.mark.parametrize("estimator", ["auto", "rae", "iae", "sampling"])
    def test_results_are_the_same(self, make, estimator):
        options = {"accuracy": 0.3, "estimator": estimator, "seed": 1}
        found, plain = (
            price(Call(2.0), model(), sampler=make(), noise=noise, **options)
            for noise in ("auto", None)
        )
        assert found.to_dict() == plain.to_dict()
        assert found.bias_bound.noise is None
        assert found.estimator == ("bayes" if estimator == "auto" else estimator)

    def test_noise_that_is_not_to_be_known(self):
        """An honest user of a noisy device may say that nothing is known of it."""
        found = price_on(depolarising(0.01), noise=None, estimator="sampling")
        assert found.bias_bound.noise is None


class TestNoiseIsFound:
    def test_by_itself(self):
        backend = AerSimulator(noise_model=depolarising(0.02, 0.01).noise_model(range(6)))
        sampler = SamplerV2.from_backend(backend, seed=1)
        found = price(Call(2.0), model(), accuracy=0.1, sampler=sampler, seed=1)
        assert found.estimator == "sampling"
        found = price(Call(2.0), model(), encoding="exact", accuracy=0.1, sampler=sampler, seed=1)
        assert found.estimator == "rae"
        assert found.bias_bound.noise > 0

    def test_or_given(self):
        backend = AerSimulator(noise_model=depolarising(0.02).noise_model(range(6)))
        for noise in (backend, backend.options.noise_model, depolarising(0.02)):
            found = price_on(depolarising(0.02), noise=noise, estimator="sampling")
            expected = price_on(depolarising(0.02), estimator="sampling")
            assert found.bias_bound.noise == pytest.approx(expected.bias_bound.noise)


class TestUnknownErrors:
    """A sampler that makes errors and does not say so."""

    @pytest.mark.parametrize(
        "estimator",
        [
            "auto",
            "sampling",
            *(pytest.param(one, marks=pytest.mark.deep) for one in ("rae", "iae", "mlae")),
        ],
    )
    def test_no_verdict_without_a_word(self, estimator):
        for market in range(3):
            shots = None if estimator == "rae" else 100  # it chooses them
            found = price_on(
                depolarising(0.02, 0.05), market, noise=None, estimator=estimator, shots=shots
            )
            assert found.is_blind
            assert "errors of the sampler's device, of which nothing is known" in found.message
            assert held(found) or found.success is False

    def test_what_contradicts_the_sum_is_no_success(self):
        found = price_on(depolarising(0.02, 0.1), noise=None, estimator="bayes", shots=100)
        assert not found.success
        assert "makes errors that it does not state" in found.message
        assert held(found)

    def test_those_that_make_none(self):
        for sampler in (None, SamplerV2(seed=1), StatevectorSampler(seed=1)):
            found = price(
                Call(2.0), model(), accuracy=0.2, sampler=sampler, estimator="sampling", seed=1
            )
            assert not found.is_blind
            assert "errors of" not in found.message

    def test_nothing_to_mitigate(self):
        plain = price(Call(2.0), model(), accuracy=0.2, estimator="sampling", seed=1)
        options = {"mitigation": Mitigation(), "accuracy": 0.2, "seed": 1}
        assert price(Call(2.0), model(), **options) == plain


class TestBadInput:
    def test_noise_of_the_default_sampler(self):
        with pytest.raises(ValueError, match="the default sampler makes none: give sampler="):
            price(Call(2.0), model(), noise=depolarising(0.01))
        with pytest.raises(ValueError, match="the default sampler makes none: give sampler="):
            value_at_risk(Put(2.0), model(), noise=depolarising(0.01))

    def test_none_of_the_default_sampler(self):
        found = price(Call(2.0), model(), noise=depolarising(0.0), accuracy=0.1, seed=1)
        assert found.bias_bound.noise is None

    @pytest.mark.parametrize("noise", ["much", 0.01, StatevectorSampler])
    def test_other_noise(self, noise):
        with pytest.raises((TypeError, ValueError), match="noise must be "):
            price(Call(2.0), model(), noise=noise)

    @pytest.mark.parametrize("estimator", ["bayes", "rae", "iae"])
    def test_mitigation_of_deep_circuits(self, estimator):
        with pytest.raises(ValueError, match='mitigation is for estimator "sampling", got'):
            price_on(depolarising(0.01), estimator=estimator, mitigation=Mitigation())

    def test_mitigation_of_another_kind(self):
        with pytest.raises(TypeError, match="mitigation must be a Mitigation, got 'all'"):
            price_on(depolarising(0.01), estimator="sampling", mitigation="all")

    def test_readout_that_nobody_knows(self):
        with pytest.raises(ValueError, match="readout=True inverts the flips that a device states"):
            price_on(depolarising(0.01), noise=None, estimator="sampling", mitigation=Mitigation())


class TestPredictedBias:
    """Against density matrices that are evolved gate by gate."""

    @pytest.mark.parametrize("market", range(3))
    @pytest.mark.parametrize(("chance", "readout"), [(1e-8, 0.0), (0.003, 0.02), (0.1, 0.0)])
    def test_of_sampling(self, market, chance, readout):
        payoff, loader = MARKETS[market][0], model(market)
        measured = MANAGER.run(with_measurements(loader, range(3)))
        truth = slow_law(measured, chance, readout) @ payoff(loader.values)
        found = price_on(depolarising(chance, readout), market, estimator="sampling", shots=100)
        moved, by_noise = abs(truth - found.exact_value), abs(truth - found.loaded_value)
        bias = found.bias_bound.loader + found.bias_bound.noise
        assert bias == pytest.approx(max(moved, found.bias_bound.loader + 0.2 * by_noise), abs=1e-7)

    @pytest.mark.parametrize(
        ("market", "chance"),
        [
            pytest.param(0, 1e-6, marks=pytest.mark.deep),
            (1, 0.003),
            pytest.param(2, 0.1, marks=pytest.mark.deep),
        ],
    )
    def test_of_one_state_preparation(self, market, chance):
        payoff, loader = MARKETS[market][0], model(market)
        application = OptionPricing(payoff, loader)
        (problem,), (amplitude,) = (
            application.to_estimation_problems(),
            application.loaded_amplitudes,
        )
        noise = CircuitNoise(problem, depolarising(chance, 0.01), MANAGER.run)
        for power in (0, 1):
            circuit = MANAGER.run(power_of(problem, power, measurement=True))
            truth = slow_law(circuit, chance, 0.01)[1]
            assert noise.chance(power) == pytest.approx(truth, abs=1e-9)
        off = abs(noise.chance(0) - amplitude)
        assert off <= noise.unaware(amplitude, 0) + 1e-12
        assert off <= noise.lost(0) + 0.01

    def test_flips_of_several_objectives_are_no_two_numbers(self):
        circuit = QuantumCircuit(2)
        circuit.ry(0.5, [0, 1])
        for objectives, flips in (([1], (0.01, 0.01)), ([0, 1], (0.0, 0.0))):
            problem = EstimationProblem(circuit, objectives)
            assert CircuitNoise(problem, depolarising(0.0, 0.01), MANAGER.run).flips == flips

    @pytest.mark.parametrize("estimator", ["bayes", "rae"])
    @pytest.mark.parametrize(
        ("market", "chance"),
        [
            pytest.param(0, 0.003, marks=pytest.mark.deep),
            pytest.param(1, 0.01, marks=pytest.mark.deep),
            (2, 0.03),  # where the test fails if no bias is foreseen
        ],
    )
    def test_of_estimators_that_know_of_noise(self, estimator, market, chance):
        noise = depolarising(chance, 0.01)
        runs = [price_on(noise, market, seed=seed, estimator=estimator) for seed in range(3)]
        truth = runs[0].loaded_value
        off = np.mean([one.estimate for one in runs]) - truth
        spread = np.std([one.estimate for one in runs])
        predicted = np.mean([one.bias_bound.noise for one in runs])
        assert abs(off) <= predicted + 3 * max(spread, 0.02 * truth) / np.sqrt(len(runs))
        assert predicted < 0.6 * truth
        assert all(map(held, runs))

    def test_where_nobody_simulates(self, monkeypatch):
        """Too many gates for density matrices: what a decay leaves unexplained is bounded."""
        monkeypatch.setattr(of_circuits, "_MOST_WORK", 0.0)
        for market, estimator in ((0, "rae"), (1, "bayes")):
            found = price_on(depolarising(0.003), market, estimator=estimator)
            assert 0 < found.bias_bound.noise < 0.2 * found.exact_value
            assert held(found)

    def test_of_a_sum_of_problems(self):
        for estimator in ("rae", "iae"):
            found = price_on(
                depolarising(1e-4, 1e-4),
                encoding="fourier",
                payoff_tolerance=0.02,
                estimator=estimator,
                accuracy=0.2,
            )
            assert found.num_problems > 1
            assert held(found)
            assert found.bias_bound.noise > 0

    def test_of_readout_alone(self):
        for readout in (0.01, 0.05):
            noise = depolarising(0.0, readout)
            unaware = price_on(noise, estimator="sampling")
            inverted = price_on(
                noise, estimator="sampling", mitigation=Mitigation(folds=(1,)), accuracy=0.1
            )
            robust = price_on(noise, estimator="rae")
            assert unaware.bias_bound.noise > 100 * inverted.bias_bound.noise
            assert held(unaware)
            assert held(inverted)
            assert held(robust)
            assert robust.bias_bound.noise < 0.1 * robust.exact_value

    def test_of_many_qubits(self):
        """12 qubits, which no density matrix holds: gates that err leave nothing but coins."""
        payoff, chance = Asian(Call(2.0)), 0.02
        paths = PathModel(2, 6, **MARKETS[0][1], seed=1)
        run = SampledRun(NoisySampler(depolarising(chance), None), noise=depolarising(chance))
        loader = as_loader(paths)
        ideal = BySampling(run).view(payoff, loader).loaded_value
        found = run.expected(
            with_measurements(paths, range(12)),
            lambda words: payoff(loader.prices_of(words)),
            ideal,
        )
        kept = np.exp(-depolarising(chance).decay(transpile(paths, basis_gates=["cx", "u"])))
        mean = kept * ideal + (1 - kept) * np.mean(payoff(loader.values))
        assert found.mean == pytest.approx(mean, rel=0.05)
        assert abs(found.mean - mean) < found.uncertainty + 0.01 * mean
        assert found.variance > 0


class TestVerdict:
    @pytest.mark.parametrize("estimator", UNAWARE)
    def test_estimators_that_know_nothing(self, estimator):
        for market, chance in ((0, 0.001), (1, 0.1)):
            found = price_on(depolarising(chance, 0.01), market, estimator=estimator, accuracy=0.3)
            assert held(found)
            assert not found.success
            assert "knows of none" in found.notes[0]

    @pytest.mark.parametrize("estimator", ["rae", "bayes", "sampling"])
    @pytest.mark.parametrize(
        "chance",
        [
            pytest.param(0.003, marks=pytest.mark.deep),
            0.01,
            pytest.param(0.03, marks=pytest.mark.deep),
        ],
    )
    def test_those_that_do(self, estimator, chance):
        found = [
            price_on(depolarising(chance, 0.01), market, estimator=estimator) for market in range(3)
        ]
        assert all(map(held, found))
        if chance > 0.01 and estimator != "sampling":
            assert not any(one.success for one in found)

    def test_objects_know_nothing(self):
        for epsilon in (0.02, 0.005):
            estimator = IterativeAmplitudeEstimation(epsilon, 0.01)
            found = price_on(depolarising(0.01), estimator=estimator)
            assert found.bias_bound.noise > 0.9 * (found.payoff_range[1] - found.payoff_range[0])
            assert not found.success
            assert held(found)

    def test_unless_they_are_told(self):
        application = OptionPricing(*MARKETS[0][:1], model())
        (problem,) = application.to_estimation_problems()
        noise = depolarising(0.003)
        decays = CircuitNoise(problem, noise, MANAGER.run).decaying.decays
        for estimator in (
            BayesianAmplitudeEstimation(0.01, 0.01, noise=decays, shots=100, max_power=5),
            RobustAmplitudeEstimation(0.01, 0.01, noise=decays),
        ):
            found = price_on(noise, estimator=estimator)
            assert found.bias_bound.noise < 0.1 * found.exact_value
            assert held(found)

    @pytest.mark.parametrize("estimator", ["iae", "mlae", "bayes", "sampling"])
    def test_negligible_noise(self, estimator):
        found = price_on(depolarising(1e-9), estimator=estimator, accuracy=0.2)
        assert held(found)
        assert found.bias_bound.noise < 0.02 * found.exact_value
        assert found.success

    @pytest.mark.parametrize("chance", [0.003, pytest.param(0.03, marks=pytest.mark.deep)])
    def test_mitigation_lowers_it(self, chance):
        noise = depolarising(chance, 0.02)
        for market in range(3):
            plain = price_on(noise, market, estimator="sampling")
            mended = price_on(noise, market, estimator="sampling", mitigation=Mitigation())
            assert mended.bias_bound.noise < plain.bias_bound.noise / 3
            assert held(plain)
            assert held(mended)

    def test_mthree_calibrates_once(self, monkeypatch):
        class Calibrated:
            cal_shots, calls = 10_000, []

            def __init__(self, backend):
                assert isinstance(backend, AerSimulator)

            def cals_from_system(self, qubits):
                self.calls.append(qubits)
                self.single_qubit_cals = [np.array([[0.98, 0.02], [0.02, 0.98]])] * 3

        monkeypatch.setitem(sys.modules, "mthree", SimpleNamespace(M3Mitigation=Calibrated))
        backend = AerSimulator(noise_model=readout_errors(0.02), n_qubits=3)
        found = price(
            Call(2.0),
            model(),
            estimator="sampling",
            accuracy=0.1,
            sampler=SamplerV2.from_backend(backend),
            mitigation=Mitigation("mthree", folds=(1,)),
            seed=1,
        )
        assert held(found)
        assert Calibrated.calls == [[0, 1, 2]]
        assert 0 < found.bias_bound.noise < 0.1 * found.exact_value

    def test_no_shots_are_taken_for_what_they_do_not_reduce(self):
        noise, chances = depolarising(0.0, 0.02), [0.02] * 3
        sure, unsure = (
            price_on(
                noise,
                estimator="sampling",
                epsilon=0.01,
                mitigation=Mitigation(ReadoutInversion(chances, chances, errors, errors), (1,)),
            )
            for errors in ((), [0.01] * 3)
        )
        assert unsure.oracle_calls == pytest.approx(sure.oracle_calls, rel=0.01)
        assert unsure.bias_bound.noise > sure.bias_bound.noise + 0.001
        assert held(unsure)

    @pytest.mark.parametrize("estimator", ["bayes", "sampling"])
    def test_a_seed_repeats_it(self, estimator):
        first, again = (price_on(depolarising(0.01), estimator=estimator) for _ in range(2))
        assert first.to_dict() == again.to_dict()


class TestCosts:
    @pytest.mark.parametrize("estimator", ["rae", "bayes"])
    def test_shots_are_bounded(self, estimator):
        """However little contrast is left, and however small the error is to be."""
        for decay, epsilon in product((0.01, 0.5, 3.0, 100.0), (1e-2, 1e-5, 1e-9)):
            noise = Decaying(2, decay, (0.3 * decay, 1.5 * decay))
            schedule = method_named(estimator).schedule(Goal(epsilon, 0.01, 1, 0.3, noise=noise))
            assert schedule.measured <= MOST_SHOTS
            assert noisy_shots(epsilon, 0.01, noise) <= MOST_SHOTS

    @pytest.mark.parametrize("estimator", ["rae", "bayes"])
    def test_strong_noise(self, estimator):
        """It ends, and says that what is left tells little."""
        found = price_on(depolarising(0.05), 2, estimator=estimator, accuracy=0.01)
        assert not found.success
        assert found.statistical_error + found.bias_bound.noise > 0.1 * found.exact_value
        assert held(found)

    def test_the_plan_is_what_is_foreseen(self):
        for decay, epsilon in product((0.01, 0.1), (1e-2, 1e-3)):
            noise = Decaying(2, decay, (0.3 * decay, 1.5 * decay))
            plan = RobustAmplitudeEstimation(epsilon, 0.05, noise=noise.decays).plan
            schedule = method_named("rae").schedule(Goal(epsilon, 0.05, 1, 0.3, noise=noise))
            assert schedule.measured == plan.shots * len(plan.powers)
            assert schedule.deepest == plan.powers[-1]

    def test_many_shots_take_little_memory(self):
        """Angles and decays that trade for each other are not resolved for ever."""
        posterior = Posterior(lambda angles: 0 * angles, np.geomspace(0.1, 0.5, 17))
        for _ in range(3):
            posterior.update(0, 3_000_000, 10_000_000)
        assert posterior._weights.size < 2**22
        low, high = posterior.central(0.01)[1:]
        for decay in (0.12, 0.3, 0.48):  # what the counts leave open
            assert low < 0.5 - 0.2 * np.exp(decay) < high


class TestRisk:
    @pytest.mark.parametrize(
        ("market", "chance"),
        [pytest.param(0, 0.001, marks=pytest.mark.deep), (1, 0.01), (0, 0.1)],
    )
    def test_value_at_risk(self, market, chance):
        spot = MARKETS[market][1]["spot"]
        noise, rng = depolarising(chance, 0.01), np.random.default_rng(1)
        found = value_at_risk(
            Put(1.3 * spot),
            model(market),
            level=0.8,
            epsilon=0.03,
            sampler=NoisySampler(noise, rng),
            noise=noise,
            pass_manager=MANAGER,
            seed=1,
        )
        low, high = found.interval
        assert low <= found.exact_value <= high
        if chance == 0.1:
            assert not found.success

    @pytest.mark.parametrize("measure", [value_at_risk, expected_shortfall])
    @pytest.mark.parametrize(
        ("estimator", "advice"),
        [("bayes", "better device"), ("rae", "better device"), ("iae", 'take estimator="rae"')],
    )
    def test_advice_is_against_noise(self, measure, estimator, advice):
        """A smaller epsilon does not help where noise keeps intervals wide."""
        noise, rng = depolarising(0.02, 0.01), np.random.default_rng(1)
        found = measure(
            Put(2.6),
            model(),
            level=0.8,
            epsilon=0.02,
            estimator=estimator,
            sampler=NoisySampler(noise, rng),
            noise=noise,
            pass_manager=MANAGER,
            seed=1,
        )
        assert not found.success
        assert "Noise of the device leaves probabilities uncertain by up to" in found.message
        assert "smaller epsilon" not in found.message
        assert advice in found.notes[0]

    def test_advice_without_noise(self):
        for noise in (None, depolarising(1e-8)):
            sampler = None if noise is None else NoisySampler(noise, np.random.default_rng(1))
            found = expected_shortfall(
                Put(2.6), model(), level=0.8, epsilon=0.02, sampler=sampler, noise=noise, seed=1
            )
            assert "oise" not in found.message
            assert found.success or "take a smaller epsilon" in found.message

    def test_expected_shortfall(self):
        noise, rng = depolarising(0.005), np.random.default_rng(1)
        found = expected_shortfall(
            Put(2.6),
            model(),
            level=0.8,
            epsilon=0.04,
            sampler=NoisySampler(noise, rng),
            noise=noise,
            pass_manager=MANAGER,
            seed=1,
        )
        low, high = found.interval
        assert low <= found.exact_value <= high


def test_intervals_hold_as_often_as_they_say():
    """Of sampling, its bias included, on another seed each time."""
    noise = depolarising(0.003, 0.01)
    runs = [price_on(noise, seed=seed, estimator="sampling", shots=500) for seed in range(40)]
    assert sum(map(held, runs)) >= binom.ppf(1e-4, len(runs), 0.99)
