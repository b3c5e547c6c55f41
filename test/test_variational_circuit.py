"""Variational fits through sampled circuits, with the samplers and optimisers of Qiskit."""

import warnings
from contextlib import nullcontext

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Statevector
from qiskit.transpiler import CouplingMap, PassManager, generate_preset_pass_manager
from qiskit.transpiler.passes import RemoveDiagonalGatesBeforeMeasure
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms.optimizers import COBYLA, SPSA
from qiskit_algorithms.utils import algorithm_globals
from theirs import release

from qiskit_ssqw import (
    MultiscaleWalk,
    RepeatedSeedWarning,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    fit,
)
from qiskit_ssqw.circuit.sampling import WalkSampling
from qiskit_ssqw.fitting import FitResult, Variational
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import TreeWalk

SHOTS = 10_000
SMALL = SplitStepWalk.template(2, 1, coins="ry")
TARGET = TargetDistribution([0.1, 0.2, 0.4, 0.3], (0, 3))
WALKS = {
    "traced": SplitStepWalk.template(2, 2),
    "absorbed": SplitStepWalk.template(2, 2, coin="absorbed", start=1),
    "repeated": SplitStepWalk.template(2, 1, coins="ry", repetitions=2, final_coin=True),
    "multiscale": MultiscaleWalk(4, [(3, 1), (0, 2), (1, 0)], np.zeros((3, 2)), line=[3, 1, 0, 2]),
    "tree": TreeWalk(3, np.zeros(7)),
}
SAMPLERS = {
    "default": lambda: None,
    "statevector": lambda: StatevectorSampler(seed=5),
    "aer": lambda: SamplerV2(seed=5),
    "backend": lambda: BackendSamplerV2(backend=AerSimulator(), options={"seed_simulator": 5}),
    "statevector, made": lambda: StatevectorSampler,
    "aer, made": lambda: SamplerV2,
    "backend, made": lambda: on_backend(AerSimulator()),
}


def on_backend(backend):
    """A function of seed that makes a sampler."""
    return lambda seed: BackendSamplerV2(backend=backend, options={"seed_simulator": seed})


def turned(walk, rng):
    return walk.with_parameters(rng.uniform(-np.pi, np.pi, walk.num_parameters))


def frequencies(walk, sampler=None, shots=SHOTS, pass_manager=None):
    return WalkSampling(walk, sampler, shots, pass_manager, seed=3)(walk.parameters, 0)


def assert_samples_of(walk, found, shots=SHOTS):
    p = np.clip(walk.probabilities(), 0, 1)
    assert found.sum() == pytest.approx(1)
    assert np.all(np.abs(found - p) <= 5 * np.sqrt(p * (1 - p) / shots) + 1e-9)


def train(walk=SMALL, target=TARGET, *, seed=1, callback=None, resume=None, **options):
    method = Variational(**{"shots": 1000, "max_evaluations": 30, **options})
    return fit(target, walk=walk, method=method, seed=seed, callback=callback, resume=resume)


def squared_error(walk, target=TARGET):
    return float(np.mean((walk.probabilities() - target.probabilities.ravel()) ** 2))


def on_the_line(probabilities):
    return TargetDistribution(probabilities, (0, len(probabilities) - 1))


class Counting:
    """A pass manager that counts its runs."""

    def __init__(self, pass_manager):
        self.pass_manager, self.runs = pass_manager, 0

    def run(self, circuit):
        self.runs += 1
        return self.pass_manager.run(circuit)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("kind", WALKS)
def test_samples_follow_the_walk(rng, kind, sampler):
    walk = turned(WALKS[kind], rng)
    assert_samples_of(walk, frequencies(walk, SAMPLERS[sampler]()))


@pytest.mark.parametrize("sampler", ["statevector, made", "aer, made"])
@pytest.mark.parametrize("kind", WALKS)
def test_sampled_loss_is_exact_up_to_shot_noise(rng, kind, sampler):
    walk = turned(WALKS[kind], rng)
    p = np.clip(walk.probabilities(), 0, 1)
    target = on_the_line(rng.dirichlet(np.ones(len(p))))
    options = {"shots": SHOTS, "initial_point": walk.parameters, "max_evaluations": 1}
    result = train(walk, target, sampler=SAMPLERS[sampler](), **options)
    noise = 5 * np.sqrt(np.mean(p * (1 - p)) / SHOTS)
    assert np.sqrt(result.history[0].loss) == pytest.approx(
        np.sqrt(squared_error(walk, target)), abs=noise
    )


def test_samples_of_a_walk_on_one_site():
    found = frequencies(SplitStepWalk(3, [[0, 0]], start=5))
    np.testing.assert_array_equal(found, np.eye(8)[4])


def test_default_sampler_is_seeded_anew_for_each_evaluation(rng):
    walk = turned(SMALL, rng)
    first, second = (WalkSampling(walk, None, SHOTS, None, seed=3) for _ in range(2))
    samples = [first(walk.parameters, call) for call in range(3)]
    for call in (2, 0, 1):  # in any order
        np.testing.assert_array_equal(second(walk.parameters, call), samples[call])
    assert len({sample.tobytes() for sample in samples}) == 3
    other = WalkSampling(walk, None, SHOTS, None, seed=4)(walk.parameters, 0)
    assert not np.array_equal(other, samples[0])


@pytest.mark.parametrize("name", ["statevector, made", "aer, made", "backend, made"])
def test_a_sampler_that_is_made_has_a_new_seed_for_each_evaluation(rng, name):
    walk = turned(SMALL, rng)
    first, second, other = (
        WalkSampling(walk, SAMPLERS[name](), SHOTS, None, seed) for seed in (3, 3, 4)
    )
    samples = [first(walk.parameters, call) for call in range(3)]
    for call in (2, 0, 1):
        np.testing.assert_array_equal(second(walk.parameters, call), samples[call])
    assert len({sample.tobytes() for sample in samples}) == 3
    assert not np.array_equal(other(walk.parameters, 0), samples[0])


def test_the_layout_on_a_device_is_seeded():
    device = GenericBackendV2(7, coupling_map=CouplingMap.from_ring(7), seed=2)
    walk = TreeWalk(4, np.zeros(15))
    circuits = [WalkSampling(walk, on_backend(device), SHOTS, None, 3)._circuit for _ in range(5)]
    bound = [circuit.assign_parameters(np.arange(15.0)) for circuit in circuits]
    assert all(circuit == bound[0] for circuit in bound)
    assert set(bound[0].count_ops()) <= set(device.operation_names)


@pytest.mark.parametrize(
    "make",
    [
        lambda: StatevectorSampler(seed=5),
        lambda: SamplerV2(seed=5),
        pytest.param(
            lambda: SamplerV2(options={"run_options": {"seed_simulator": 5}}),
            marks=pytest.mark.skipif(release("qiskit-aer") < (0, 18), reason="a fault of Aer"),
        ),
        lambda: SamplerV2(options={"backend_options": {"seed_simulator": 5}}),
        lambda: SamplerV2.from_backend(AerSimulator(seed_simulator=5)),
        lambda: on_backend(AerSimulator())(seed=5),
        lambda: BackendSamplerV2(backend=AerSimulator(seed_simulator=5)),
    ],
)
def test_a_seed_that_is_used_again_and_again(make):
    sampler, circuit = make(), QuantumCircuit(1)
    circuit.h(0)
    circuit.measure_all()
    counts = [sampler.run([circuit]).result()[0].data.meas.get_counts() for _ in range(3)]
    assert counts[0] == counts[1] == counts[2]  # the samplers do what the warning says
    with pytest.warns(RepeatedSeedWarning, match="the seed 5, so a fit follows the luck") as warned:
        Variational(sampler=sampler)
    assert warned[0].filename == __file__


@pytest.mark.parametrize(
    "sampler",
    [
        *(None, SamplerV2(), StatevectorSampler(), StatevectorSampler, SamplerV2),
        StatevectorSampler(seed=np.random.default_rng(5)),
        BackendSamplerV2(backend=GenericBackendV2(2, seed=1)),
    ],
)
def test_no_warning_of_samplers_that_go_on(sampler, recwarn):
    Variational(sampler=sampler)
    assert not [w for w in recwarn if w.category is RepeatedSeedWarning]


def test_something_else_that_makes_no_sampler():
    with pytest.raises(TypeError, match=r"sampler must make a SamplerV2 .*, got {'seed': \d+}"):
        train(sampler=dict)


@pytest.mark.parametrize("method", ["variational", Variational(loss="kl")])
def test_default_fit_is_reproducible(method):
    def stop(step):
        if step.evaluation == 3:
            raise StopIteration

    first, second, other = (
        fit(TARGET, walk=SMALL, method=method, seed=seed, callback=stop) for seed in (2, 2, 3)
    )
    assert first == second
    assert len(first.history) == 3
    assert other.history != first.history


def test_a_sampler_is_used_as_it_is():
    runs = []

    class Sampler(StatevectorSampler):
        def run(self, pubs, *, shots=None):
            runs.append(shots)
            return super().run(pubs, shots=shots)

    train(sampler=Sampler(), shots=77, max_evaluations=3)
    assert runs == [77] * 3


def test_noise_moves_the_distribution_towards_uniform(rng):
    walk, distances = turned(WALKS["traced"], rng), []
    for error in (0.0, 0.05, 0.3):
        noise = NoiseModel()
        if error > 0:
            noise.add_all_qubit_quantum_error(depolarizing_error(error, 2), "cx")
        sampler = SamplerV2(seed=1, options={"backend_options": {"noise_model": noise}})
        distances.append(total_variation(frequencies(walk, sampler), np.full(4, 0.25)))
    assert distances[0] > 0.1
    assert distances[0] > 1.2 * distances[1]
    assert distances[1] > 2 * distances[2]


@pytest.fixture
def device():
    return GenericBackendV2(5, seed=2)


@pytest.mark.parametrize("level", [None, 3])
@pytest.mark.parametrize("kind", WALKS)
def test_samples_of_a_device(rng, device, kind, level):
    walk, pass_manager = turned(WALKS[kind], rng), None
    if level is not None:
        pass_manager = generate_preset_pass_manager(level, backend=device, seed_transpiler=1)
    sampler = BackendSamplerV2(backend=device, options={"seed_simulator": 1})
    found = frequencies(walk, sampler, pass_manager=pass_manager)
    assert total_variation(found, walk.probabilities()) <= 0.1


def test_backend_as_a_method(rng, device):
    """The samplers of qiskit-ibm-runtime have a method where others have a property."""

    class RuntimeSampler:
        def backend(self):
            return device

        def run(self, pubs, *, shots=None):
            assert all(set(pub[0].count_ops()) <= set(device.operation_names) for pub in pubs)
            return BackendSamplerV2(backend=device).run(pubs, shots=shots)

    walk = turned(SMALL, rng)
    assert total_variation(frequencies(walk, RuntimeSampler()), walk.probabilities()) <= 0.1


@pytest.mark.parametrize("sampler", ["default", "aer, made", "backend, made"])
def test_circuit_is_transpiled_once(sampler):
    counting = Counting(generate_preset_pass_manager(1, basis_gates=["cx", "rz", "sx", "x"]))
    result = train(sampler=SAMPLERS[sampler](), pass_manager=counting, max_evaluations=5)
    assert len(result.history) == 5
    assert counting.runs == 1


def test_transpiled_circuit_keeps_free_parameters():
    circuits = []

    class Sampler(StatevectorSampler):
        def run(self, pubs, *, shots=None):
            circuits.extend(pub[0] for pub in pubs)
            return super().run(pubs, shots=shots)

    train(sampler=Sampler(), max_evaluations=3)
    assert len({id(circuit) for circuit in circuits}) == 1
    assert circuits[0].num_parameters == SMALL.num_parameters
    assert set(circuits[0].count_ops()) <= {"cx", "rx", "ry", "rz", "measure"}


@pytest.mark.parametrize("dropped", [[11], [0, 4], range(12)])
def test_parameters_that_drop_out_of_the_circuit(rng, dropped):
    """A pass may find that angles do not matter; here it fixes them instead."""
    walk = turned(SplitStepWalk.template(2, 2, initial_coin=False), rng)
    dropped, values = list(dropped), walk.parameters

    class Fixing:
        def run(self, circuit):
            parameters = circuit.parameters
            return circuit.assign_parameters({parameters[k]: values[k] for k in dropped})

    sampling = WalkSampling(walk, None, SHOTS, Fixing(), seed=3)
    angles = rng.uniform(-np.pi, np.pi, size=12)
    found = sampling(angles, 0)
    angles[dropped] = values[dropped]
    assert_samples_of(walk.with_parameters(angles), found)


def test_a_phase_before_the_measurement_drops_out(rng):
    class Removing:
        def run(self, circuit):
            basis = ["cx", "rx", "ry", "rz"]
            circuit = generate_preset_pass_manager(1, basis_gates=basis).run(circuit)
            circuit.global_phase = 0
            return PassManager([RemoveDiagonalGatesBeforeMeasure()]).run(circuit)

    walk = turned(SplitStepWalk.template(2, 1, coin="absorbed"), rng)
    sampling = WalkSampling(walk, None, SHOTS, Removing(), seed=3)
    assert len(sampling._circuit.parameters) < walk.num_parameters
    assert_samples_of(walk, sampling(walk.parameters, 0))


@pytest.mark.parametrize("optimizer", ["COBYLA", COBYLA(maxiter=60), SPSA(maxiter=10)])
@pytest.mark.parametrize("sampler", ["default", "aer, made"])
def test_training_through_samples(optimizer, sampler):
    options = {"optimizer": optimizer, "max_evaluations": 80, "sampler": SAMPLERS[sampler]()}
    result = train(initial_point=[0.3] * 3, **options)
    assert 20 <= len(result.history) <= 80
    assert squared_error(result.walk) < 0.5 * result.history[0].loss


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=[pytest.mark.deep] * (kind in ("absorbed", "repeated")))
        for kind in WALKS
    ],
)
def test_every_walk_trains_through_samples(rng, kind):
    target = on_the_line(turned(WALKS[kind], rng).probabilities())
    result = train(WALKS[kind], target, max_evaluations=30, sampler=SamplerV2)
    assert min(step.loss for step in result.history) < 0.9 * result.history[0].loss
    assert result.walk != WALKS[kind]


def test_spsa_is_seeded_by_the_fit():
    options = {"initial_point": [0.3] * 3, "sampler": SamplerV2, "max_evaluations": 10}
    first, second, other = (
        train(optimizer=SPSA(maxiter=10), seed=seed, **options) for seed in (1, 1, 2)
    )
    assert first == second
    assert first.history != other.history


def test_spsa_as_a_function_is_seeded_by_the_fit():
    first, second = (train(optimizer=SPSA(maxiter=10).minimize) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("ending", ["its end", "a callback", "an error"])
@pytest.mark.parametrize("seed", [None, 7])
def test_the_generator_of_qiskit_algorithms_is_given_back(seed, ending):
    def end(step):
        if ending != "its end":
            raise StopIteration if ending == "a callback" else ZeroDivisionError

    algorithm_globals.random_seed = seed
    generator = algorithm_globals.random
    generator.normal(size=3)
    state = generator.bit_generator.state
    with pytest.raises(ZeroDivisionError) if ending == "an error" else nullcontext():
        train(optimizer=SPSA(maxiter=2), callback=end)
    assert algorithm_globals.random_seed == seed
    assert algorithm_globals.random is generator
    assert generator.bit_generator.state == state


def test_a_fit_leaves_other_generators_alone():
    legacy, filters = np.random.get_state(), list(warnings.filters)  # noqa: NPY002
    train(optimizer=SPSA(maxiter=2))
    for before, after in zip(legacy, np.random.get_state(), strict=True):  # noqa: NPY002
        np.testing.assert_array_equal(before, after)
    assert warnings.filters == filters


def test_an_optimizer_that_remembers_its_last_fit_is_reproducible():
    """SPSA keeps the ``allowed_increase`` that it has estimated in its first fit."""
    optimizer = SPSA(maxiter=5, learning_rate=0.3, perturbation=0.2, blocking=True)
    first, second = (train(optimizer=optimizer, max_evaluations=60) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("sampler", ["default", "aer, made"])
@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.parametrize("name", ["SPSA", "SPSA of one object", "COBYLA"])
def test_resumed_fit_equals_an_uninterrupted_one(tmp_path, name, number, sampler):
    sampler = SAMPLERS[sampler]()
    limit, shared = 24, SPSA(maxiter=10)
    make = {
        "SPSA": lambda: SPSA(maxiter=10),
        "SPSA of one object": lambda: shared,
        "COBYLA": COBYLA,
    }
    optimizer = make[name]
    whole = train(optimizer=optimizer(), max_evaluations=limit, sampler=sampler)
    part = train(optimizer=optimizer(), max_evaluations=number, sampler=sampler)
    part.save(tmp_path / "result.json")
    loaded, new = FitResult.load(tmp_path / "result.json"), []
    resumed = train(
        optimizer=optimizer(),
        max_evaluations=limit,
        sampler=sampler,
        resume=loaded,
        callback=new.append,
        seed=None,
    )
    assert len(part.history) == number
    assert resumed == whole
    assert tuple(new) == whole.history[number:]


def test_optimizer_may_pass_a_list():
    def optimizer(fun, x0):
        fun(list(x0))
        return type("Result", (), {"x": list(x0)})

    assert len(train(optimizer=optimizer).history) == 1


@pytest.mark.parametrize("kind", ["traced", "absorbed", "long line", "tree"])
def test_free_parameters_come_in_the_order_of_the_walk(rng, kind):
    walk = {
        **WALKS,
        "long line": MultiscaleWalk.from_windows(4, [(0, 1), (2, 1)]),
        "tree": TreeWalk(4, np.zeros(15)),
    }[kind]
    circuit = SSQWDistribution.parametrised(walk)
    angles = rng.uniform(-np.pi, np.pi, walk.num_parameters)
    assert 10 < walk.num_parameters == len(circuit.parameters)
    bound = circuit.assign_parameters(angles)
    assert bound.walk == walk.with_parameters(angles)
    read = Statevector(bound).probabilities(bound.value_qubits)
    np.testing.assert_allclose(read, bound.walk.probabilities(), atol=1e-12)


def test_names_of_free_parameters():
    circuit = SSQWDistribution.parametrised(SMALL, parameter_prefix="a")
    assert [parameter.name for parameter in circuit.parameters] == ["a[0]", "a[1]", "a[2]"]
    assert SSQWDistribution.parametrised(SMALL).parameters[0].name == "θ[0]"


@pytest.mark.parametrize("walk", [None, 3, "walk", QuantumCircuit(2)])
def test_only_walks_have_free_parameters(walk):
    with pytest.raises(TypeError, match=r"walk must be a Walk, got"):
        SSQWDistribution.parametrised(walk)


class TestSamplerQNN:
    """The ansatz as the generator of a qiskit-machine-learning network."""

    @pytest.fixture
    def make(self):
        networks = pytest.importorskip("qiskit_machine_learning.neural_networks")

        def network(ansatz, sampler=None):
            sites = 2 ** len(ansatz.value_qubits)
            return networks.SamplerQNN(
                circuit=ansatz,
                weight_params=ansatz.parameters,
                interpret=lambda outcome: outcome % sites,  # drops the coin, the top bit
                output_shape=sites,
                sampler=sampler,
            )

        return network

    @pytest.mark.parametrize("coin", ["traced", "absorbed"])
    def test_forward_gives_the_walk(self, rng, make, coin):
        ansatz = SSQWDistribution.ansatz(2, 2, coin=coin)
        walk = turned(SplitStepWalk.template(2, 2, coin=coin), rng)
        exact = make(ansatz).forward([], walk.parameters)[0]
        np.testing.assert_allclose(exact, walk.probabilities(), atol=1e-9)
        sampled = make(ansatz, StatevectorSampler(default_shots=SHOTS, seed=1))
        assert_samples_of(walk, sampled.forward([], walk.parameters)[0])

    @pytest.mark.parametrize(
        ("sampler", "noise"),
        [(None, 1e-6), (StatevectorSampler(default_shots=SHOTS, seed=1), 0.05)],
    )
    def test_backward_gives_the_gradient(self, rng, make, sampler, noise):
        ansatz = SSQWDistribution.ansatz(2, 1, repetitions=2)
        walk = turned(SplitStepWalk.template(2, 1, repetitions=2), rng)
        gradient = make(ansatz, sampler).backward([], walk.parameters)[1][0]
        step = 1e-5
        differences = [
            walk.with_parameters(walk.parameters + shift).probabilities()
            - walk.with_parameters(walk.parameters - shift).probabilities()
            for shift in step * np.eye(walk.num_parameters)
        ]
        expected = np.transpose(differences) / (2 * step)
        np.testing.assert_allclose(gradient, expected, atol=noise)
        assert np.abs(expected).max() > 0.1
        large = np.abs(expected) > 0.1
        assert np.array_equal(np.sign(gradient[large]), np.sign(expected[large]))

    @pytest.mark.parametrize(
        "sampler",
        [
            None,
            pytest.param(StatevectorSampler(default_shots=SHOTS, seed=1), marks=pytest.mark.deep),
        ],
    )
    def test_gradient_steps_lower_the_loss(self, rng, make, sampler):
        ansatz = SSQWDistribution.ansatz(2, 1, coins="ry")
        network = make(ansatz, sampler)
        angles = rng.normal(size=ansatz.num_parameters)
        errors = []
        for _ in range(6):
            excess = network.forward([], angles)[0] - [0.1, 0.2, 0.5, 0.2]
            errors.append(np.sum(excess**2))
            angles -= 2 * excess @ network.backward([], angles)[1][0]
        assert errors[-1] < 0.7 * errors[0]
        trained = ansatz.assign_parameters(angles).walk
        assert np.sum((trained.probabilities() - [0.1, 0.2, 0.5, 0.2]) ** 2) < errors[0]
