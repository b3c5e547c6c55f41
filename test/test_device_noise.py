"""What is known of a device's errors: where it is read, and what it makes of circuits."""

import subprocess
import sys

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Measure, Parameter
from qiskit.circuit.library import CXGate, RZGate, SXGate
from qiskit.circuit.random import random_circuit
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import DensityMatrix, Operator, SuperOp, state_fidelity
from qiskit.transpiler import InstructionProperties, Target
from qiskit_aer import AerSimulator
from qiskit_aer.noise import (
    NoiseModel,
    ReadoutError,
    amplitude_damping_error,
    coherent_unitary_error,
    depolarizing_error,
)
from qiskit_aer.primitives import SamplerV2

from qiskit_ssqw.devices import DeviceNoise, Mitigation, ReadoutInversion
from qiskit_ssqw.devices.expected import expected_mean

LINE = [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5]]
DEVICE = GenericBackendV2(6, ["cx", "sx", "x", "rz"], coupling_map=LINE, seed=5)
PERFECT = GenericBackendV2(3, seed=1, noise_info=False)


def noise_model(up=0.02, down=0.05):
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(0.03, 2), "cx")
    model.add_quantum_error(depolarizing_error(0.01, 1), "sx", [1])
    model.add_all_qubit_readout_error(ReadoutError([[1 - up, up], [down, 1 - down]]))
    model.add_readout_error(ReadoutError([[0.9, 0.1], [0.2, 0.8]]), [2])
    return model


MODEL = noise_model()
NOISY = AerSimulator(noise_model=MODEL)


def target(two_qubit=0.01, one_qubit=0.001, readout=0.02):
    """Two qubits, whose CX is stated in one direction."""
    found = Target(num_qubits=2)

    def add(gate, error, *places):
        found.add_instruction(gate, {where: InstructionProperties(error=error) for where in places})

    add(SXGate(), one_qubit, (0,), (1,))
    add(RZGate(Parameter("a")), 0.0, (0,), (1,))
    add(CXGate(), two_qubit, (0, 1))
    add(Measure(), readout, (0,), (1,))
    return found


def on_two_qubits(gates):
    """SX and CX on two qubits in a random order, measured."""
    circuit = QuantumCircuit(2)
    for gate in gates:
        circuit.cx(gate % 2, 1 - gate % 2) if gate < 2 else circuit.sx(gate % 2)
    circuit.measure_all()
    return circuit


class TestSource:
    @pytest.mark.parametrize(
        "source",
        [
            DEVICE,
            DEVICE.target,
            BackendSamplerV2(backend=DEVICE),
            MODEL,
            NOISY,
            SamplerV2.from_backend(NOISY),
            SamplerV2(options={"backend_options": {"noise_model": MODEL}}),
            BackendSamplerV2(
                backend=AerSimulator(), options={"run_options": {"noise_model": MODEL}}
            ),
        ],
    )
    def test_with_noise(self, source):
        noise = DeviceNoise.of(source)
        known = DeviceNoise.of(DEVICE.target), DeviceNoise.of(MODEL)
        circuit = on_two_qubits([0, 0, 2])
        assert noise.decay(circuit) in [one.decay(circuit) for one in known]
        assert noise.decay(circuit) > 0
        assert DeviceNoise.of(noise) is noise

    def test_options_count_instead_of_the_backend(self):
        options = {"run_options": {"noise_model": MODEL}}
        noise = DeviceNoise.of(BackendSamplerV2(backend=DEVICE, options=options))
        assert noise.flips(2) == pytest.approx((0.1, 0.2))

    @pytest.mark.parametrize(
        "source",
        [
            None,
            PERFECT,
            PERFECT.target,
            target(0.0, 0.0, 0.0),
            target(None, None, None),
            Target(num_qubits=2),
            NoiseModel(),
            AerSimulator(),
            SamplerV2(),
            BackendSamplerV2(backend=AerSimulator()),
            StatevectorSampler(),
        ],
    )
    def test_without_noise(self, source):
        assert DeviceNoise.of(source) is None

    def test_the_runtime_in_local_mode(self):
        runtime = pytest.importorskip("qiskit_ibm_runtime")
        torino = runtime.fake_provider.FakeTorino()
        circuit = QuantumCircuit(2)
        circuit.cz(0, 1)
        stated = DeviceNoise.of(torino).decay(circuit)
        assert stated == pytest.approx(-np.log(1 - 4 / 3 * torino.target["cz"][0, 1].error))
        for mode in (torino, runtime.Session(backend=torino), runtime.Batch(backend=torino)):
            assert DeviceNoise.of(runtime.SamplerV2(mode=mode)).decay(circuit) == stated
        assert DeviceNoise.of(runtime.SamplerV2(mode=NOISY)).flips(2) == pytest.approx((0.1, 0.2))
        simulated = runtime.SamplerV2(mode=AerSimulator())
        assert DeviceNoise.of(simulated) is None
        simulated.options.simulator.noise_model = MODEL
        assert DeviceNoise.of(simulated).flips(2) == pytest.approx((0.1, 0.2))

    def test_the_sampler_of_the_executor(self):
        executor = pytest.importorskip("qiskit_ibm_runtime.executor_sampler")
        assert DeviceNoise.of(executor.Sampler(mode=NOISY)).flips(2) == pytest.approx((0.1, 0.2))
        assert DeviceNoise.of(executor.Sampler(mode=AerSimulator())) is None

    @pytest.mark.parametrize("source", ["auto", 3, 0.01, NoiseModel, AerSimulator, [DEVICE]])
    def test_of_something_else(self, source):
        with pytest.raises(TypeError, match="noise must be a DeviceNoise, a Target, a backend"):
            DeviceNoise.of(source)


class TestDepolarising:
    @pytest.mark.parametrize("name", ["two_qubit", "one_qubit", "readout"])
    @pytest.mark.parametrize("chance", [-1e-9, 1.0, np.nan, "much"])
    def test_bad_numbers(self, name, chance):
        chances = {"two_qubit": 0.01, name: chance}
        with pytest.raises((TypeError, ValueError), match=f"{name} must be "):
            DeviceNoise.depolarising(**chances)

    def test_readout_is_better_than_a_coin(self):
        with pytest.raises(ValueError, match=r"readout must be at least 0 and below 0\.5, got 0.5"):
            DeviceNoise.depolarising(0.01, readout=0.5)

    @pytest.mark.parametrize("chances", [(0.0,), (0.0, 0.0)])
    def test_none(self, chances):
        noise = DeviceNoise.depolarising(*chances)
        assert not noise.exists
        assert noise.decay(on_two_qubits([0, 1, 2])) == 0
        assert DeviceNoise.depolarising(*chances, readout=0.1).exists

    def test_a_tenth_on_one_qubit(self):
        noise = DeviceNoise.depolarising(0.02, readout=0.03)
        assert noise.depolarised("sx", [7]) == pytest.approx(0.002)
        assert noise.depolarised("cz", [7, 3]) == pytest.approx(0.02)
        assert noise.depolarised("rz", [7]) == 0
        assert noise.flips(9) == pytest.approx((0.03, 0.03))


class TestDecay:
    def test_is_that_of_depolarised_states(self, rng):
        for chance in 10 ** rng.uniform(-4, -0.5, 6):
            circuit = on_two_qubits(rng.integers(2, size=5))
            circuit.remove_final_measurements()
            noise = DeviceNoise.depolarising(chance)
            kept = np.exp(-noise.decay(circuit))
            assert kept == pytest.approx((1 - chance) ** 5)
            noisy = evolved(circuit, {"cx": depolarizing_error(chance, 2)})
            fidelity = state_fidelity(noisy, DensityMatrix(circuit))
            assert fidelity == pytest.approx(kept + (1 - kept) / 4)

    def test_never_promises_too_much(self, rng):
        model = NOISY.options.noise_model
        for seed in range(4):
            circuit = random_circuit(3, 4, max_operands=2, seed=int(rng.integers(2**31)))
            circuit = transpile(circuit, basis_gates=["cx", "sx", "x", "rz"], seed_transpiler=seed)
            local = {("sx", (1,)): depolarizing_error(0.01, 1), "cx": depolarizing_error(0.03, 2)}
            kept = np.exp(-DeviceNoise.of(model).decay(circuit))
            fidelity = state_fidelity(evolved(circuit, local), DensityMatrix(circuit))
            assert kept <= fidelity + 1e-9

    @pytest.mark.parametrize("error", [np.nan, None])
    def test_errors_that_nobody_knows(self, error):
        noise = DeviceNoise.of(target(one_qubit=error))
        circuit = on_two_qubits([2, 0, 3])
        assert noise.decay(circuit) == pytest.approx(-np.log(1 - 0.01 * 4 / 3))
        assert noise.flips(1) == (0.02, 0.02)
        assert DeviceNoise.of(target(readout=error)).flips(0) == (0.0, 0.0)

    def test_gates_of_no_use(self):
        """Calibrations state the error 1 where a gate or a measurement does not work."""
        noise = DeviceNoise.of(target(two_qubit=1.0, readout=1.0))
        circuit = on_two_qubits([2, 0])
        assert 15 < noise.decay(circuit) < np.inf
        assert noise.flips(0) == (0.5, 0.5)
        assert noise.probabilities(circuit) == pytest.approx(np.full(4, 0.25))

    def test_the_other_direction(self):
        noise = DeviceNoise.of(target())
        assert noise.decay(on_two_qubits([1])) == noise.decay(on_two_qubits([0])) > 0


def evolved(circuit, errors):
    """The state behind a circuit with errors by gates, or by gates and places, slowly."""
    state = DensityMatrix.from_int(0, 2**circuit.num_qubits)
    for step in circuit.data:
        if step.operation.name in ("measure", "barrier"):
            continue
        where = tuple(circuit.find_bit(qubit).index for qubit in step.qubits)
        state = state.evolve(step.operation, where)
        name = step.operation.name
        error = errors.get((name, where), errors.get(name))
        if error is not None:
            state = state.evolve(SuperOp(error), where)
    return state


def measured_anyhow(rng, num_qubits=6, used=4):
    """A random circuit on some qubits, measured in any order into several registers."""
    body = random_circuit(used, 3, max_operands=2, seed=int(rng.integers(2**31)))
    bits = int(rng.integers(1, used + 1))
    low, high = ClassicalRegister(bits, "low"), ClassicalRegister(used - bits, "high")
    registers = [QuantumRegister(2, "a"), QuantumRegister(num_qubits - 2, "b")]
    circuit = QuantumCircuit(*registers, *(part for part in (low, high) if part.size))
    circuit.compose(body, rng.permutation(num_qubits)[:used], inplace=True)
    compiled = transpile(circuit, DEVICE, initial_layout=[*range(num_qubits)], optimization_level=0)
    places = rng.permutation(num_qubits)[:used]
    compiled.measure(places.tolist(), rng.permutation(used).tolist())
    return compiled


class TestProbabilities:
    @pytest.mark.parametrize("source", [DEVICE, NOISY], ids=["target", "model"])
    def test_are_those_of_aer(self, rng, source):
        model = NoiseModel.from_backend(DEVICE) if source is DEVICE else MODEL
        for _ in range(3):
            circuit = measured_anyhow(rng)
            noise = DeviceNoise.of(source)
            taken, shots = noise.probabilities(circuit), 100_000
            backend = AerSimulator(
                method="density_matrix", noise_model=model, seed_simulator=int(rng.integers(2**31))
            )
            counts = backend.run(circuit, shots=shots).result().get_counts()
            seen = np.zeros(len(taken))
            for word, count in counts.items():
                seen[int(word.replace(" ", ""), 2)] = count
            chi_squared = np.sum((seen - shots * taken) ** 2 / (shots * taken))
            assert taken.sum() == pytest.approx(1)
            assert chi_squared < len(taken) + 6 * np.sqrt(2 * len(taken))

    def test_of_a_part_of_a_large_device(self):
        """On 133 qubits, of which two far apart from the first are used."""
        runtime = pytest.importorskip("qiskit_ibm_runtime")
        torino = runtime.fake_provider.FakeTorino()
        circuit = QuantumCircuit(133, 2)
        circuit.sx(100)
        circuit.cz(100, 101)
        circuit.measure([101, 100], [0, 1])
        zero, one = torino.target["measure"][101,].error, torino.target["measure"][100,].error
        noise = DeviceNoise.of(torino)
        assert noise.probabilities(circuit)[1::2].sum() == pytest.approx(zero, rel=0.2)
        assert noise.flips(100) == (one, one)

    def test_errors_of_a_reversed_pair(self):
        """Noise stays with its qubits, whatever these are called."""
        model = NoiseModel()
        model.add_quantum_error(depolarizing_error(0.2, 2), "cx", [4, 1])
        circuit = QuantumCircuit(5, 1)
        circuit.cx(4, 1)
        circuit.measure(1, 0)
        assert DeviceNoise.of(model).probabilities(circuit) == pytest.approx([0.9, 0.1])
        circuit = QuantumCircuit(5, 1)
        circuit.cx(1, 4)
        circuit.measure(1, 0)
        assert DeviceNoise.of(model).probabilities(circuit) == pytest.approx([1, 0])

    def test_gates_behind_a_measurement(self):
        circuit = QuantumCircuit(1, 1)
        circuit.measure(0, 0)
        circuit.x(0)
        with pytest.raises(ValueError, match="must end with measurements, got gates behind one"):
            DeviceNoise.of(MODEL).probabilities(circuit)

    def test_gates_that_depend_on_a_measurement(self):
        circuit = QuantumCircuit(2, 2)
        circuit.measure(0, 0)
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.x(1)
        circuit.measure(1, 1)
        with pytest.raises(ValueError, match=r"no classical bits but those .*, got if_else"):
            DeviceNoise.of(MODEL).probabilities(circuit)

    def test_bits_without_measurement(self):
        circuit = QuantumCircuit(2, 2)
        with pytest.raises(ValueError, match="each of its 2 classical bits, got 0"):
            DeviceNoise.of(MODEL).probabilities(circuit)

    def test_a_qubit_that_is_measured_twice(self):
        circuit = QuantumCircuit(1, 2)
        circuit.measure([0, 0], [0, 1])
        with pytest.raises(ValueError, match=r"measured at most once, got \[0, 0\]"):
            DeviceNoise.of(MODEL).probabilities(circuit)

    def test_many_qubits(self):
        circuit = QuantumCircuit(11)
        circuit.h(range(11))
        circuit.measure_all()
        with pytest.raises(ValueError, match="at most 10 qubits, got 11"):
            DeviceNoise.of(MODEL).probabilities(circuit)


class TestOfAnotherDevice:
    @pytest.mark.parametrize("local", [False, True])
    def test_errors_of_other_gates(self, local):
        model = noise_model()
        model._default_quantum_errors.pop("cx")
        circuit = on_two_qubits([2, 0])
        before = DeviceNoise.of(model)  # of one qubit and the readout
        assert before.decay(circuit) == before.decay(on_two_qubits([2]))
        assert before.probabilities(circuit).sum() == pytest.approx(1)
        if local:
            model.add_quantum_error(depolarizing_error(0.03, 2), "cz", [0, 1])
        else:
            model.add_all_qubit_quantum_error(depolarizing_error(0.03, 2), "cz")
        noise = DeviceNoise.of(model)
        assert noise.decay(on_two_qubits([2, 3])) > 0
        for method in (noise.decay, noise.probabilities):
            with pytest.raises(
                ValueError, match=r"two-qubit gates \['cx'\], got those of \['cz'\]"
            ):
                method(circuit)
        model.add_quantum_error(depolarizing_error(0.03, 2), "cx", [0, 1])
        assert DeviceNoise.of(model).decay(circuit) > 0.03

    @pytest.mark.parametrize("source", [target(), GenericBackendV2(2, seed=1)])
    def test_a_smaller_device(self, source):
        noise, circuit = DeviceNoise.of(source), QuantumCircuit(3)
        circuit.cx(0, 2)
        circuit.measure_all()
        for method in (noise.decay, noise.probabilities):
            with pytest.raises(ValueError, match="circuit of 3 qubits, got a device of 2"):
                method(circuit)
        assert DeviceNoise.of(DEVICE).probabilities(circuit).sum() == pytest.approx(1)

    def test_a_target_of_other_gates(self):
        circuit = QuantumCircuit(2)
        circuit.cz(0, 1)
        with pytest.raises(ValueError, match=r"\['cz'\], got those of \['cx'\]"):
            DeviceNoise.of(DEVICE).decay(circuit)
        assert DeviceNoise.of(target(two_qubit=None)).decay(circuit) == 0


class TestReadout:
    def test_asymmetric(self):
        noise = DeviceNoise.of(MODEL)
        assert noise.flips(0) == pytest.approx((0.02, 0.05))
        circuit = QuantumCircuit(4, 2)
        circuit.x(2)
        circuit.measure([2, 0], [0, 1])
        expected = np.kron([0.98, 0.02], [0.2, 0.8])
        assert noise.probabilities(circuit) == pytest.approx(expected)

    @pytest.mark.parametrize("local", [False, True])
    def test_quantum_errors_of_measurements(self, local, rng):
        """Depolarised, damped and turned before they are read, and flipped behind it."""
        turned = coherent_unitary_error(Operator.from_label("H").power(0.3))
        for error in (depolarizing_error(0.1, 1), amplitude_damping_error(0.3), turned):
            model = noise_model()
            if local:
                model.add_quantum_error(error, "measure", [1])
            else:
                model.add_all_qubit_quantum_error(error, "measure")
            noise, circuit = DeviceNoise.of(model), QuantumCircuit(3)
            circuit.u(*rng.uniform(0.5, 2.5, 3), 1)
            circuit.measure_all()
            counts = AerSimulator(noise_model=model, seed_simulator=3).run(circuit, shots=40_000)
            law = np.zeros(8)
            for word, count in counts.result().get_counts().items():
                law[int(word, 2)] = count / 40_000
            assert noise.probabilities(circuit) == pytest.approx(law, abs=0.012)
            for bit in (0, 1):
                held = QuantumCircuit(2, 1)
                if bit:
                    held.x(1)
                held.measure(1, 0)
                assert noise.flips(1)[bit] == pytest.approx(noise.probabilities(held)[1 - bit])
        model = NoiseModel()
        model.add_all_qubit_quantum_error(depolarizing_error(0.1, 1), "measure")
        assert DeviceNoise.of(model).flips(4) == pytest.approx((0.05, 0.05))
        assert "measurements 0.05" in repr(DeviceNoise.of(model))

    def test_errors_of_reading_two_qubits_together(self):
        model = NoiseModel()
        model.add_readout_error(ReadoutError(0.9 * np.eye(4) + 0.1 / 4), [0, 2])
        with pytest.raises(ValueError, match=r"single qubits, got one of the qubits \(0, 2\)"):
            DeviceNoise.of(model)

    @pytest.mark.parametrize("qubits", [[0], [2, 0], [3, 2, 5], [2, 1, 4, 0]])
    def test_misread_is_confusion(self, rng, qubits):
        noise = DeviceNoise.of(MODEL)
        held = rng.dirichlet(np.ones(2 ** len(qubits)))
        confusion = noise.confusion(qubits)
        assert confusion.sum(axis=0) == pytest.approx(np.ones(len(held)))
        assert noise.misread(held, qubits) == pytest.approx(confusion @ held)


class TestExpectedMean:
    """Of circuits that are too wide for density matrices."""

    @pytest.mark.parametrize("chance", [1e-8, 0.01, 0.1])
    @pytest.mark.parametrize("mitigation", [None, Mitigation(readout=False)])
    def test_lies_between_perfect_and_mixed(self, chance, mitigation):
        circuit = QuantumCircuit(12)
        circuit.cx(range(11), range(1, 12))
        circuit.measure_all()
        noise = DeviceNoise.depolarising(chance)
        found = expected_mean(circuit, lambda words: words / 4095, noise, mitigation, 0.0)
        mean = (1 - (1 - chance) ** 11) / 2
        assert found.mean == pytest.approx(mean, rel=0.05)
        assert abs(found.mean - mean) <= found.uncertainty
        shots = (mean - mean**2 - mean / 3) * (1 if mitigation is None else 4)  # 1.5 and -0.5
        assert found.variance == pytest.approx(shots, rel=0.1)

    @pytest.mark.parametrize(
        ("size", "readout"),
        [(11, 1e-7), (11, 0.02), (18, 0.1), pytest.param(70, 0.02, marks=pytest.mark.deep)],
    )
    def test_reads_wrongly(self, size, readout):
        """Half of the bits are 1, and one is read."""
        circuit = QuantumCircuit(size)
        circuit.x(range(0, size, 2))
        circuit.ry(0.7, 0)
        circuit.measure_all()
        noise = DeviceNoise.depolarising(0.0, readout=readout)
        for bit, ideal in ((0, np.cos(0.35) ** 2), (size - 1, float(size % 2))):

            def one(words, bit=bit):
                return (words >> bit & 1).astype(float)

            read = ideal + readout * (1 - 2 * ideal)
            found = expected_mean(circuit, one, noise, None, ideal)
            assert abs(found.mean - read) <= found.uncertainty
            assert found.uncertainty < 0.02
            mended = expected_mean(circuit, one, noise, Mitigation("calibrated"), ideal)
            assert mended.mean == pytest.approx(ideal)
            assert mended.variance >= 0.9 * ideal * (1 - ideal)

    @pytest.mark.parametrize("size", [3, 11])
    @pytest.mark.parametrize("error", [1e-4, 1e-2])
    def test_errors_that_no_shots_reduce(self, size, error):
        """Those of chances that were measured before."""
        circuit = QuantumCircuit(size)
        circuit.ry(1.0, 0)
        circuit.measure_all()
        noise = DeviceNoise.depolarising(0.0, readout=0.02)
        chances = [0.02] * size
        expected = [
            expected_mean(circuit, lambda words: (words & 1) * 1.0, noise, Mitigation(way, (1,)), p)
            for p in [np.sin(0.5) ** 2]
            for way in (
                ReadoutInversion(chances, chances),
                ReadoutInversion(chances, chances, [error] * size, [error] * size),
                "calibrated",
            )
        ]
        sure, unsure, along = expected
        held = np.array([np.cos(0.5) ** 2, np.sin(0.5) ** 2])
        assert unsure.uncertainty == pytest.approx(
            3 * error * np.linalg.norm(held) / 0.96, rel=0.05
        )
        assert sure.uncertainty == along.uncertainty == 0
        assert unsure.variance == pytest.approx(sure.variance, rel=1e-3)
        assert sure.variance == pytest.approx(held.prod() / 0.96**2, rel=0.2)

    def test_agrees_with_density_matrices(self, monkeypatch, rng):
        circuit = QuantumCircuit(5, 4)
        for qubit in range(4):
            circuit.u(*rng.uniform(0, 3, 3), qubit)
            circuit.cx(qubit, qubit + 1)
        circuit.measure([4, 2, 0, 3], range(4))
        noise, plain = DeviceNoise.of(MODEL), DeviceNoise.depolarising(0.0)
        ideal = float(plain.probabilities(circuit) @ np.sqrt(np.arange(16)))
        ways = [None, *(Mitigation(way, folds=(1,)) for way in (True, [(0.1, 0.2)] * 4))]
        exact = [expected_mean(circuit, np.sqrt, noise, way, ideal) for way in ways]
        monkeypatch.setattr("qiskit_ssqw.devices.expected.MOST_QUBITS", 1)
        for way, known in zip(ways, exact, strict=True):
            found = expected_mean(circuit, np.sqrt, noise, way, ideal)
            lost = 1 - np.exp(-noise.decay(circuit))
            assert abs(found.mean - known.mean) < found.uncertainty + 3 * lost
            assert found.variance == pytest.approx(known.variance, rel=0.3)


def test_it_prints():
    noise = DeviceNoise.depolarising(0.01, readout=0.02)
    assert repr(noise) == (
        "<DeviceNoise: gates on 1 qubit 0.001, gates on 2 qubits 0.01, measurements 0.02>"
    )
    heading, *rows = str(noise).splitlines()
    assert heading == "errors of a device, medians"
    assert [row.split()[-2:] for row in rows] == [
        ["to", "depolarise"],
        ["to", "depolarise"],
        ["read", "wrongly"],
    ]
    assert "at most 0.15" in str(DeviceNoise.of(MODEL))  # the worst readout
    assert "gates on 2 qubits" in DeviceNoise.of(DEVICE)._repr_html_()


def test_packages_of_devices_are_imported_when_they_are_needed():
    code = (
        "import sys, qiskit_ssqw.devices; print(*sys.modules); "
        "from qiskit_ssqw.finance import price; print(*sys.modules)"
    )
    lines = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = (line.split() for line in lines.stdout.splitlines())
    assert "qiskit" not in before
    assert not {"qiskit_aer", "qiskit_ibm_runtime", "mthree"} & set(after)
