"""Every estimator on the samplers of devices, in all their modes, and how many jobs it makes."""

import numpy as np
import pytest
from qiskit.primitives import (
    BackendSamplerV2,
    BitArray,
    DataBin,
    SamplerPubResult,
    StatevectorSampler,
)
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Statevector
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2 as AerSampler
from qiskit_algorithms import AlgorithmError, FasterAmplitudeEstimation
from stand_ins import StandIn

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw._samplers import Finished
from qiskit_ssqw.finance import Call, price
from qiskit_ssqw.finance.estimation.faster import PairedFasterAmplitudeEstimation
from qiskit_ssqw.finance.running.meter import Meter
from qiskit_ssqw.finance.running.rounds import side_by_side

runtime = pytest.importorskip("qiskit_ibm_runtime")

pytestmark = [
    pytest.mark.filterwarnings("ignore::qiskit_ssqw.finance.PriceAccuracyWarning"),
    pytest.mark.filterwarnings("ignore:Options .* have no effect in local testing mode"),
    pytest.mark.filterwarnings("ignore:Qiskit backend .* has no QubitProperties"),
]

OPTIONS = {
    "bayes": {"shots": 50},
    "iae": {"shots": 100},
    "mlae": {"shots": 100},
    "fae": {"epsilon": 0.49},
    "ae": {"shots": 100, "epsilon": 0.25},
    "sampling": {"shots": 1000},
}
MODES = {
    "job": lambda backend: backend,
    "session": lambda backend: runtime.Session(backend=backend),
    "batch": lambda backend: runtime.Batch(backend=backend),
}
CLASSES = {
    "legacy": lambda: runtime.SamplerV2,
    "executor": lambda: pytest.importorskip("qiskit_ibm_runtime.executor_sampler").Sampler,
}


def device():
    return GenericBackendV2(8, ["cx", "rz", "sx", "x"], noise_info=False, seed=1)


def fake():
    return pytest.importorskip("qiskit_ibm_runtime.fake_provider").FakeNairobiV2()


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel.from_black_scholes(3, 2.0, 0.4, 0.05, 40 / 365, seed=1)


def estimate(model, sampler, estimator, **options):
    options = {"epsilon": 0.15, "alpha": 1e-2, "seed": 1, **OPTIONS[estimator], **options}
    return price(Call(1.9), model, estimator=estimator, sampler=sampler, **options)


class Spied:
    """A sampler, and how many circuits each of its jobs has."""

    def __init__(self, sampler):
        self.sampler, self.jobs = sampler, []
        self.options = getattr(sampler, "options", None)
        self.backend = getattr(sampler, "backend", None)

    def run(self, pubs, *, shots=None):
        pubs = list(pubs)
        self.jobs.append(len(pubs))
        return self.sampler.run(pubs, shots=shots)


class Rounded:
    """Returns the counts that are expected, rounded: the same whenever a circuit is run."""

    def run(self, pubs, *, shots=None):
        return Finished([self._of(*pub) for pub in pubs])

    def _of(self, circuit, _, shots):
        (register,) = circuit.cregs
        bits = circuit.num_clbits
        measured = [
            circuit.find_bit(step.qubits[0]).index
            for step in circuit.data
            if step.operation.name == "measure"
        ]
        state = Statevector(circuit.remove_final_measurements(inplace=False))
        ends = np.round(shots * np.cumsum(state.probabilities(measured))).astype(int)
        counts = {f"{word:0{bits}b}": n for word, n in enumerate(np.diff(ends, prepend=0)) if n}
        data = DataBin(**{register.name: BitArray.from_counts(counts, num_bits=bits)})
        return SamplerPubResult(data)


class TestModes:
    @pytest.mark.parametrize("estimator", OPTIONS)
    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("kind", CLASSES)
    def test_of_the_runtime(self, model, kind, mode, estimator):
        sampler = Spied(CLASSES[kind]()(mode=MODES[mode](AerSimulator())))
        found = estimate(model, sampler, estimator)
        assert abs(found.estimate - found.loaded_value) < 0.15
        if estimator in ("mlae", "ae", "sampling"):
            assert len(sampler.jobs) == 1

    @pytest.mark.parametrize("estimator", OPTIONS)
    @pytest.mark.parametrize(
        "make",
        [
            lambda: StatevectorSampler(),
            lambda: AerSampler(),
            lambda: BackendSamplerV2(backend=device()),
        ],
    )
    def test_of_qiskit_and_aer(self, model, make, estimator):
        found = estimate(model, make(), estimator)
        assert abs(found.estimate - found.loaded_value) < 0.15

    @pytest.mark.parametrize("estimator", ["sampling", "mlae"])
    @pytest.mark.parametrize("kind", ["legacy", "executor", "backend"])
    def test_of_a_fake_device(self, model, kind, estimator):
        sampler = CLASSES[kind]()(mode=fake()) if kind in CLASSES else None
        found = estimate(model, sampler or BackendSamplerV2(backend=fake()), estimator)
        assert abs(found.estimate - found.loaded_value) < 0.25

    @pytest.mark.parametrize("estimator", ["sampling", "mlae"])
    @pytest.mark.parametrize("kind", ["gates", "measure"])
    def test_twirled(self, model, kind, estimator):
        """Where a job is many circuits, whose shots are rounded up, and only device gates are."""
        sampler = CLASSES["executor"]()(mode=AerSimulator())
        setattr(sampler.options.twirling, f"enable_{kind}", True)
        sampler.options.twirling.num_randomizations = 4
        found = estimate(model, sampler, estimator, shots=1001)
        assert found.oracle_calls % 1004 == 0
        assert abs(found.estimate - found.loaded_value) < 0.05


class TestJobs:
    def jobs(self, model, estimator, **options):
        sampler = Spied(Rounded())
        found = estimate(model, sampler, estimator, **options)
        return found, sampler.jobs

    def test_what_depends_on_nothing_is_one(self, model):
        for estimator in ("mlae", "ae", "sampling"):
            _, jobs = self.jobs(model, estimator)
            assert len(jobs) == 1

    @pytest.mark.parametrize("amplitude", [0.01, 0.2, 0.5, 0.83])
    def test_faster_estimation_pairs_its_circuits(self, amplitude):
        sampler = Spied(Rounded())
        meters = (Meter(sampler), Meter(Rounded()))
        kinds = (PairedFasterAmplitudeEstimation, FasterAmplitudeEstimation)
        found, alone = (
            kind(0.01, 7, sampler=meter).estimate(StandIn(amplitude))
            for kind, meter in zip(kinds, meters, strict=True)
        )
        first = sampler.jobs.count(1)
        assert sampler.jobs == [1] * first + [2] * (7 - first)
        assert 1 <= first < 7
        assert found.estimation == alone.estimation
        assert found.confidence_interval == alone.confidence_interval
        assert found.num_oracle_queries == alone.num_oracle_queries

    @pytest.mark.parametrize(
        "estimator", ["bayes", "iae", "mlae", pytest.param("ae", marks=pytest.mark.deep)]
    )
    def test_all_problems_share_the_jobs_of_a_round(self, model, estimator):
        options = {"encoding": "fourier", "payoff_tolerance": 0.02}
        found, jobs = self.jobs(model, estimator, **options)
        one_by_one = []

        class Alone(Rounded):
            def run(self, pubs, *, shots=None):
                pubs = list(pubs)
                one_by_one.append(len(pubs))
                return super().run(pubs)

        again = estimate(model, lambda seed: Alone(), estimator, **options)
        assert found.num_problems > 1
        assert found == again  # the rounds are those of the problems one by one
        assert sum(jobs) == sum(one_by_one)
        if estimator in ("mlae", "ae"):
            assert len(jobs) == 1
        else:
            assert jobs[0] == found.num_problems
            assert len(jobs) < len(one_by_one)

    def test_one_job_for_each_number_of_shots(self):
        """Samplers of the runtime want one."""
        sampler = Spied(Rounded())
        circuit = StandIn(0.3).state_preparation.measure_all(inplace=False)
        pubs = [(circuit, None, shots) for shots in (10, 20, 10, 30)]
        results = Meter(sampler).run(pubs).result()
        assert sampler.jobs == [2, 1, 1]
        assert [result.metadata["shots"] for result in results] == [10, 20, 10, 30]


class TestErrors:
    def test_a_job_that_fails_ends_all_estimations(self, model):
        class Failing(Rounded):
            jobs = 0

            def run(self, pubs, *, shots=None):
                self.jobs += 1
                if self.jobs == 3:
                    raise ConnectionError("the session was closed")
                return super().run(pubs)

        sampler = Failing()
        with pytest.raises(AlgorithmError, match="ConnectionError: the session was closed"):
            estimate(model, sampler, "iae", encoding="fourier", epsilon=0.01)
        assert sampler.jobs == 3

    def test_an_estimation_that_fails_ends_the_others(self):
        sampler = Spied(Rounded())
        circuit = StandIn(0.3).state_preparation.measure_all(inplace=False)

        def lasting(part):
            for _ in range(50):
                part.run([(circuit, None, 10)]).result()

        def failing(part):
            part.run([(circuit, None, 10)]).result()
            raise OverflowError("no more")

        with pytest.raises(OverflowError, match="no more"):
            side_by_side(Meter(sampler), [lasting, failing, lasting])
        assert len(sampler.jobs) <= 2

    @pytest.mark.parametrize("running", [True, False])
    def test_an_interrupt_ends_all(self, monkeypatch, running):
        def interrupt(*_):
            raise KeyboardInterrupt

        sampler = Meter(Rounded())
        if running:
            monkeypatch.setattr(sampler, "run", interrupt)
        else:
            monkeypatch.setattr("qiskit_ssqw.finance.running.rounds._Rounds._run", interrupt)
        circuit = StandIn(0.3).state_preparation.measure_all(inplace=False)
        with pytest.raises(KeyboardInterrupt):
            side_by_side(sampler, [lambda part: part.run([(circuit, None, 10)]).result()] * 3)

    @pytest.mark.parametrize("estimator", ["bayes", "sampling"])
    @pytest.mark.parametrize("kind", CLASSES)
    @pytest.mark.parametrize(
        ("option", "value"), [("meas_type", "kerneled"), ("init_qubits", False)]
    )
    def test_options_that_spoil_the_outcomes(self, model, kind, option, value, estimator):
        sampler = CLASSES[kind]()(mode=AerSimulator())
        setattr(sampler.options.execution, option, value)
        with pytest.raises(ValueError, match=rf"got options\.execution\.{option}={value!r}"):
            estimate(model, sampler, estimator)

    def test_options_of_a_backend(self, model):
        sampler = BackendSamplerV2(
            backend=AerSimulator(), options={"run_options": {"meas_level": 1}}
        )
        with pytest.raises(ValueError, match=r"got options\.run_options\.meas_level=1"):
            estimate(model, sampler, "sampling")
