"""Prices on samplers of any make: Qiskit's, Aer's, the IBM runtime's, and a silent one."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap, generate_preset_pass_manager
from qiskit_aer import AerError, AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms import (
    AlgorithmError,
    AmplitudeEstimation,
    FasterAmplitudeEstimation,
    IterativeAmplitudeEstimation,
    MaximumLikelihoodAmplitudeEstimation,
)

from qiskit_ssqw import QuantumWalkUncertaintyModel, RepeatedSeedWarning, TargetDistribution
from qiskit_ssqw._samplers import FreshSeeds
from qiskit_ssqw.finance import Call, price
from qiskit_ssqw.finance.running.meter import Meter

VALUE = 0.65  # of the call on the grid


@pytest.fixture(scope="module")
def model():
    target = TargetDistribution([0.1, 0.2, 0.4, 0.3], (0, 3))
    return QuantumWalkUncertaintyModel(target, seed=1)


def estimate(model, sampler=None, estimator="iae", **options):
    options = {"epsilon": 0.1, "seed": 1, **options}
    if estimator != "sampling":  # which has no payoff circuit
        options["payoff_tolerance"] = 0
    return price(Call(1.5), model, sampler=sampler, estimator=estimator, **options)


def on_backend(backend):
    """A function of seed that makes a sampler."""
    return lambda seed: BackendSamplerV2(backend=backend, options={"seed_simulator": seed})


class Silent:
    """A sampler that says nothing of itself, and nothing beside the data."""

    def run(self, pubs, *, shots=None):
        results = StatevectorSampler().run(pubs, shots=shots).result()
        bare = [SimpleNamespace(data=result.data, metadata={}) for result in results]
        return SimpleNamespace(result=lambda: bare)


def runtime(module, name, backend):
    """A sampler of qiskit-ibm-runtime in its local mode."""
    package = pytest.importorskip(module)
    return getattr(package, name)(mode=backend)


def device(line=5):
    return GenericBackendV2(
        line, ["cx", "rz", "sx", "x"], coupling_map=CouplingMap.from_line(line), seed=1
    )


SAMPLERS = {
    "default": lambda: None,
    "Aer": SamplerV2,
    "Aer, made": lambda: SamplerV2,
    "statevector": StatevectorSampler,
    "statevector, made": lambda: StatevectorSampler,
    "backend": lambda: BackendSamplerV2(backend=AerSimulator()),
    "backend, made": lambda: on_backend(AerSimulator()),
    "runtime": lambda: runtime("qiskit_ibm_runtime", "SamplerV2", AerSimulator()),
    "executor": lambda: runtime("qiskit_ibm_runtime.executor_sampler", "Sampler", AerSimulator()),
    "silent": Silent,
}
ESTIMATORS = {
    "iae": lambda: "iae",
    "mlae": lambda: "mlae",
    "fae": lambda: "fae",
    "ae": lambda: "ae",
    "sampling": lambda: "sampling",
    "IAE": lambda: IterativeAmplitudeEstimation(0.1, 0.01),
    "MLAE": lambda: MaximumLikelihoodAmplitudeEstimation(1),
    "FAE": lambda: FasterAmplitudeEstimation(0.05, 2),
    "AE": lambda: AmplitudeEstimation(2),
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_with_every_estimator(model, name, estimator):
    found = estimate(model, SAMPLERS[name](), ESTIMATORS[estimator](), epsilon=0.2, alpha=1e-3)
    assert abs(found.estimate - VALUE) < 0.3
    assert found.two_qubit_gates > 0


class TestDevices:
    @pytest.mark.parametrize(
        "make",
        [
            lambda: BackendSamplerV2(backend=device()),
            lambda: SamplerV2.from_backend(device()),
            lambda: runtime("qiskit_ibm_runtime", "SamplerV2", device()),
            lambda: runtime("qiskit_ibm_runtime.executor_sampler", "Sampler", device()),
        ],
    )
    @pytest.mark.parametrize("estimator", ["iae", "mlae", "IAE"])
    def test_circuits_are_laid_out(self, model, make, estimator):
        found = estimate(model, make(), ESTIMATORS[estimator](), shots=1000)
        assert abs(found.estimate - VALUE) < 0.2

    def test_a_seed_decides_on_layout_and_outcomes(self, model):
        ring = GenericBackendV2(7, coupling_map=CouplingMap.from_ring(7), seed=2)
        first, again, other = (
            estimate(model, on_backend(ring), epsilon=0.05, seed=seed) for seed in (3, 3, 4)
        )
        assert first == again
        assert first.estimate != other.estimate

    def test_a_circuit_that_was_laid_out_is_run_as_it_is(self, model):
        backend, runs = device(), []
        prepared = generate_preset_pass_manager(3, backend, seed_transpiler=1)

        class Spy(BackendSamplerV2):
            def run(self, pubs, *, shots=None):
                runs.extend(pub[0] for pub in pubs)
                return super().run(pubs, shots=shots)

        made = []

        class Recording:
            def run(self, circuit):
                made.append(prepared.run(circuit))
                return made[-1]

        estimator = IterativeAmplitudeEstimation(0.1, 0.05, transpiler=Recording())
        estimate(model, Spy(backend=backend), estimator)
        assert [id(circuit) for circuit in runs] == [id(circuit) for circuit in made]

    def test_noise_on_aer(self, model):
        noise = NoiseModel()
        noise.add_all_qubit_quantum_error(depolarizing_error(0.3, 2), ["cx"])
        options = {"backend_options": {"noise_model": noise}}
        noisy = estimate(model, lambda seed: SamplerV2(seed=seed, options=options), epsilon=0.02)
        low, high = noisy.confidence_interval
        assert not low <= VALUE <= high


class TestShots:
    def asked_for(self, model, sampler, **options):
        seen = []

        class Spy(type(sampler)):
            def run(self, pubs, *, shots=None):
                seen.extend(pub[2] for pub in pubs)
                return super().run(pubs, shots=shots)

        sampler.__class__ = Spy
        estimate(model, sampler, **options)
        return set(seen)

    @pytest.mark.parametrize("estimator", ["iae", "mlae", "ae"])
    def test_given_ones_count(self, model, estimator):
        sampler = StatevectorSampler(default_shots=50)
        assert self.asked_for(model, sampler, estimator=estimator, shots=77) == {77}

    @pytest.mark.parametrize(
        ("make", "shots"),
        [
            (lambda: StatevectorSampler(default_shots=50), 50),
            (lambda: SamplerV2(), 1024),
            (lambda: BackendSamplerV2(backend=AerSimulator()), 1024),
            (lambda: BackendSamplerV2(backend=AerSimulator(), options={"default_shots": 60}), 60),
            (lambda: runtime("qiskit_ibm_runtime", "SamplerV2", AerSimulator()), 100),
            (Silent, 100),
        ],
    )
    def test_the_samplers_default(self, model, make, shots):
        assert self.asked_for(model, make()) == {shots}

    @pytest.mark.parametrize("sampler", [None, StatevectorSampler, StatevectorSampler()])
    @pytest.mark.parametrize(
        ("shots", "error", "message"),
        [
            (0, ValueError, "shots must be at least 1, got 0"),
            (1.5, TypeError, r"shots must be an integer, got 1\.5"),
            (True, TypeError, "shots must be an integer, got True"),
        ],
    )
    def test_bad_ones(self, model, sampler, shots, error, message):
        with pytest.raises(error, match=message):
            estimate(model, sampler, shots=shots)

    def test_an_estimator_object_takes_them(self, model):
        estimator = IterativeAmplitudeEstimation(0.1, 0.05)
        found = estimate(model, StatevectorSampler, estimator, shots=40)
        assert found.oracle_calls % 40 == 0
        assert found.two_qubit_gates % 40 == 0


class TestErrors:
    def test_the_samplers_own_words(self, model):
        class Broken(StatevectorSampler):
            def run(self, pubs, *, shots=None):
                raise AerError("out of qubits")

        message = r"Broken failed at circuit 1 of .* 3 qubits and \d+ gates .*: AerError: .*qubits"
        for estimator in ("iae", "mlae", "fae", "ae", IterativeAmplitudeEstimation(0.1, 0.05)):
            with pytest.raises(AlgorithmError, match="out of qubits") as raised:
                estimate(model, Broken(), estimator)
            assert isinstance(raised.value.__cause__, AerError)
        with pytest.raises(AlgorithmError, match=message):
            estimate(model, Broken())

    def test_unknown_gates(self, model):
        class Lazy:
            def run(self, circuit):
                return circuit

        with pytest.raises(AlgorithmError, match="unknown instruction"):
            estimate(model, SamplerV2(), pass_manager=Lazy())

    def test_a_job_that_fails(self, model):
        class Failing:
            def run(self, pubs, *, shots=None):
                def result():
                    raise ConnectionError("the queue was closed")

                return SimpleNamespace(result=result)

        with pytest.raises(AlgorithmError, match="ConnectionError: the queue was closed"):
            estimate(model, Failing())

    def test_a_device_that_is_too_small(self, model):
        with pytest.raises(ValueError, match="take 3 qubits, the sampler's backend has 2"):
            estimate(model, BackendSamplerV2(backend=device(2)))

    def test_a_backend(self, model):
        with pytest.raises(TypeError, match="sampler must be a SamplerV2, got the backend generic"):
            estimate(model, device(3))

    def test_no_progress(self, model, monkeypatch):
        monkeypatch.setattr("qiskit_ssqw.finance.running.meter.MOST_CIRCUITS", 20)
        with pytest.raises(RuntimeError, match="makes no progress in 20 circuits of 1 shots"):
            estimate(model, shots=1, epsilon=0.001)

    @pytest.mark.parametrize("sampler", [3, "aer", BackendSamplerV2])
    def test_no_sampler(self, model, sampler):
        with pytest.raises(
            TypeError, match=r"sampler must be a function of seed|unexpected keyword"
        ):
            estimate(model, sampler)

    def test_what_is_made_is_no_sampler(self, model):
        with pytest.raises(TypeError, match="sampler must make a SamplerV2 with its method run"):
            estimate(model, dict)


class TestSeeds:
    def test_each_circuit_has_its_own(self):
        seeds = []

        def make(seed):
            seeds.append(seed)
            return StatevectorSampler(seed=seed, default_shots=50)

        circuit = QuantumCircuit(1)
        circuit.h(0)
        circuit.measure_all()
        sampler = FreshSeeds(make, np.random.default_rng(1))
        counts = [
            result.data.meas.get_counts()["0"]
            for _ in range(4)
            for result in sampler.run([(circuit,), (circuit,)]).result()
        ]
        assert len(set(seeds)) == len(seeds) == 9  # one is looked at only
        assert len(set(counts)) > 3

    @pytest.mark.parametrize("sampler", [None, SamplerV2, StatevectorSampler])
    @pytest.mark.parametrize("estimator", ["iae", "mlae"])
    def test_one_seed_gives_one_price(self, model, sampler, estimator):
        first, again, other = (
            estimate(model, sampler, estimator, epsilon=0.02, shots=100, seed=seed)
            for seed in (5, 5, 6)
        )
        assert first == again
        assert first.estimate != other.estimate

    def test_an_estimator_object_is_seeded_too(self, model):
        first, again, other = (
            estimate(model, None, IterativeAmplitudeEstimation(0.02, 0.05), seed=seed)
            for seed in (5, 5, 6)
        )
        assert first == again
        assert first.estimate != other.estimate

    @pytest.mark.parametrize("estimator", ["iae", "fae", IterativeAmplitudeEstimation(0.1, 0.05)])
    def test_a_sampler_that_begins_anew(self, model, estimator):
        with pytest.warns(RepeatedSeedWarning, match="begins each run with the seed 7") as warned:
            estimate(model, SamplerV2(seed=7), estimator)
        assert warned[0].filename == __file__

    @pytest.mark.parametrize("estimator", ["mlae", "ae", AmplitudeEstimation(2)])
    def test_one_run_is_not_repeated(self, model, estimator):
        with warnings.catch_warnings():
            warnings.simplefilter("error", RepeatedSeedWarning)
            estimate(model, SamplerV2(seed=7), estimator)

    def test_a_sampler_that_begins_anew_with_each_circuit(self, model):
        with pytest.warns(RepeatedSeedWarning, match="begins each run with the seed 7"):
            estimate(model, StatevectorSampler(seed=7), "mlae")

    def test_an_estimators_own_sampler(self, model):
        estimator = IterativeAmplitudeEstimation(0.1, 0.05, sampler=SamplerV2(seed=7))
        with pytest.warns(RepeatedSeedWarning):
            estimate(model, None, estimator)


def test_a_progress_bar_that_ends(model, capsys):
    pytest.importorskip("tqdm")
    estimate(model, progress=True)
    assert "estimation: " in capsys.readouterr().err


def test_shots_that_came_back_count():
    """A sampler may round them up."""

    class Generous(StatevectorSampler):
        def run(self, pubs, *, shots=None):
            return super().run([(circuit, None, 2 * times) for circuit, _, times in pubs])

    circuit = QuantumCircuit(1)
    circuit.measure_all()
    (result,) = Meter(Generous(), shots=30).run([circuit]).result()
    assert result.metadata["shots"] == 60
