"""Error mitigation: circuits stay what they are, means come back, errors are as large as stated."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit.random import random_circuit
from qiskit.primitives import (
    BackendSamplerV2,
    BitArray,
    DataBin,
    SamplerPubResult,
    StatevectorSampler,
)
from qiskit.quantum_info import Operator
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error
from qiskit_aer.primitives import SamplerV2

from qiskit_ssqw import RepeatedSeedWarning
from qiskit_ssqw.devices import (
    DeviceNoise,
    Mitigation,
    ReadoutInversion,
    estimate_on_executor,
    extrapolate,
    fold_two_qubit_gates,
    folding_factor,
    noise_maps,
)
from qiskit_ssqw.devices.expected import expected_mean
from qiskit_ssqw.devices.mitigated import Readings, combined

BASIS = ["cx", "rz", "sx", "x"]
CHANCES = [(0.01, 0.05), (0.03, 0.02), (0.0, 0.08)]


def payoff(words):
    return np.maximum(words - 2.5, 0)


def loader(seed=0, num_qubits=3):
    """A measured circuit of neighbour gates."""
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(num_qubits)
    for qubit in range(num_qubits):
        circuit.ry(rng.uniform(0.3, 2), qubit)
    for qubit in range(num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
        circuit.ry(rng.uniform(0.3, 2), qubit + 1)
    circuit.measure_all()
    return transpile(circuit, basis_gates=BASIS, optimization_level=1, seed_transpiler=1)


def noisy(two_qubit=0.02, chances=CHANCES):
    model = (
        DeviceNoise.depolarising(two_qubit).noise_model(range(len(chances)))
        if two_qubit
        else NoiseModel()
    )
    for qubit, (up, down) in enumerate(chances):
        if up + down:
            model.add_readout_error(ReadoutError([[1 - up, up], [down, 1 - down]]), [qubit])
    return model


def ideal_mean(circuit, function=payoff):
    chances = DeviceNoise.depolarising(0).probabilities(circuit)
    return float(chances @ function(np.arange(len(chances))))


class Drawn:
    """A sampler of the exact law of each circuit, which notes what it runs."""

    def __init__(self, noise, rng):
        self.noise, self.rng, self.jobs, self.laws = noise, rng, [], {}

    def run(self, pubs):
        self.jobs.append(list(pubs))
        results = [self.one(circuit, shots) for circuit, _, shots in self.jobs[-1]]
        return SimpleNamespace(result=lambda: results)

    def one(self, circuit, shots):
        key = str([(step.name, step.params, step.qubits) for step in circuit.data])
        if key not in self.laws:
            self.laws[key] = np.maximum(self.noise.probabilities(circuit), 0)
        law = self.laws[key] / self.laws[key].sum()
        words = np.repeat(np.arange(len(law)), self.rng.multinomial(shots, law))
        data, begin = {}, 0
        for register in circuit.cregs:
            part = (words >> begin) % 2**register.size
            data[register.name] = BitArray(part[:, None].astype(np.uint8), register.size)
            begin += register.size
        return SamplerPubResult(DataBin(**data))


# --- folding


@pytest.mark.parametrize("factor", [1, 1.5, 2, 3, 4.4, 5])
@pytest.mark.parametrize("seed", range(4))
def test_a_folded_circuit_is_the_same_operator(seed, factor):
    circuit = random_circuit(4, 5, max_operands=2, seed=seed)
    folded = fold_two_qubit_gates(circuit, factor)
    assert Operator(folded).equiv(Operator(circuit))
    before, after = two_qubit_gates(circuit), two_qubit_gates(folded)
    assert after == round(before * folding_factor(circuit, factor))
    assert abs(folding_factor(circuit, factor) - factor) <= 1 / before + 1e-9


def two_qubit_gates(circuit):
    return sum(len(step.qubits) == 2 and step.name != "barrier" for step in circuit.data)


def test_folds_are_spread_evenly():
    circuit = QuantumCircuit(2)
    for _ in range(12):
        circuit.cz(0, 1)
        circuit.sx(0)
    folded = fold_two_qubit_gates(circuit, 1.5)
    places = np.flatnonzero([step.name == "barrier" for step in folded.data])[::2]
    assert len(places) == 3
    assert np.ptp(np.diff(places)) <= 1


def test_no_compiler_undoes_folds_and_the_layout_stays():
    line = [[0, 1], [1, 2], [2, 3]]
    circuit = transpile(loader(), coupling_map=line, basis_gates=BASIS, seed_transpiler=1)
    folded = fold_two_qubit_gates(circuit, 3)
    assert folded.layout == circuit.layout
    again = transpile(folded, basis_gates=BASIS, optimization_level=3)
    assert two_qubit_gates(again) == 3 * two_qubit_gates(circuit)


def test_each_gate_depolarises_as_often_as_it_comes():
    noise, circuit = DeviceNoise.depolarising(0.01, 0), loader(1)
    for factor in (3, 5):
        assert noise.decay(fold_two_qubit_gates(circuit, factor)) == pytest.approx(
            factor * noise.decay(circuit)
        )


def test_circuits_that_cannot_be_folded():
    with pytest.raises(ValueError, match=r"factor must be between 1 and 1001, got 0.5"):
        fold_two_qubit_gates(loader(), 0.5)
    with pytest.raises(TypeError, match="factor must be a real number, got '3'"):
        fold_two_qubit_gates(loader(), "3")
    wide = QuantumCircuit(3)
    wide.ccx(0, 1, 2)
    with pytest.raises(ValueError, match=r"compiled to gates on one and two .* got 'ccx' on 3"):
        fold_two_qubit_gates(wide, 3)
    flow = QuantumCircuit(2, 1)
    with flow.if_test((flow.clbits[0], True)):
        flow.cx(0, 1)
    with pytest.raises(ValueError, match="without control flow, got 'if_else'"):
        folding_factor(flow, 3)


# --- extrapolation


@pytest.mark.parametrize("method", ["linear", "richardson"])
def test_a_line_is_extrapolated_exactly(method, rng):
    for factors in ([1, 3], [1, 3, 5], [1, 1.5, 2.2, 7]):
        height, slope = rng.normal(size=2)
        errors = rng.uniform(0.1, 1, len(factors))
        found = extrapolate(factors, height + slope * np.array(factors), errors, method=method)
        assert found.value == pytest.approx(height)
        assert found.correction == pytest.approx(-slope * factors[0])
        assert sum(found.weights) == pytest.approx(1)


def test_richardson_is_exact_for_polynomials(rng):
    factors = np.array([1, 3, 5, 6.5])
    coefficients = rng.normal(size=4)
    values = np.polyval(coefficients, factors)
    assert extrapolate(factors, values, np.zeros(4), method="richardson").value == pytest.approx(
        coefficients[-1]
    )


@pytest.mark.parametrize("method", ["linear", "richardson"])
def test_standard_errors_are_those_of_repeated_measurements(method, rng):
    factors, errors = np.array([1, 3, 5]), np.array([0.02, 0.05, 0.03])
    draws = 1 + 0.1 * factors + errors * rng.normal(size=(2000, 3))
    found = [extrapolate(factors, values, errors, method=method) for values in draws]
    values = np.array([one.value for one in found])
    assert values.mean() == pytest.approx(1, abs=4 * found[0].standard_error / np.sqrt(2000))
    assert values.std() == pytest.approx(found[0].standard_error, rel=0.08)
    corrections = np.array([one.correction for one in found])
    assert corrections.std() == pytest.approx(found[0].correction_error, rel=0.08)


def test_errors_weigh_and_the_spread_tells_what_is_no_line():
    tight = extrapolate([1, 3, 5], [1.0, 2.0, 4.0], [1e-4, 1e-4, 1.0])
    assert tight.value == pytest.approx(0.5, abs=1e-3)
    assert extrapolate([1, 3, 5], [1.0, 2.0, 4.0], [0.1] * 3).spread == pytest.approx(
        16.7, rel=0.01
    )
    assert extrapolate([1, 3], [1.0, 2.0], [0.1] * 2).spread is None


def test_it_pays_where_the_bias_is_larger_than_the_error():
    assert extrapolate([1, 3], [1.0, 1.5], [0.01, 0.01]).pays()
    assert not extrapolate([1, 3], [1.0, 1.01], [0.01, 0.01]).pays()
    some = extrapolate([1, 3], [1.0, 1.022], [0.01, 0.01])
    assert some.pays(0.0144)
    assert not some.pays(0.0127)


def test_what_cannot_be_extrapolated():
    with pytest.raises(ValueError, match=r"at least two different positive numbers, got .1.0."):
        extrapolate([1], [1.0], [0.1])
    with pytest.raises(ValueError, match=r"different positive numbers, got .1.0, 1.0."):
        extrapolate([1, 1], [1.0, 1.0], [0.1, 0.1])
    with pytest.raises(ValueError, match=r"all positive or all 0, got .0.1, 0.0."):
        extrapolate([1, 3], [1.0, 1.0], [0.1, 0.0])
    with pytest.raises(
        ValueError, match="method must be one of 'linear', 'richardson', got 'cubic'"
    ):
        extrapolate([1, 3], [1.0, 1.0], [0.1, 0.1], method="cubic")


# --- readout


@pytest.mark.parametrize("size", [1, 3, 5])
def test_inversion_undoes_the_confusion(size, rng):
    chances = rng.uniform(0, 0.2, (size, 2))
    noise = DeviceNoise.of(noisy(0, chances))
    held, qubits = rng.dirichlet(np.ones(2**size)), list(range(size))
    read = noise.misread(held, qubits)
    inversion = ReadoutInversion.of(noise, qubits)
    assert inversion.quasi_probabilities(read) == pytest.approx(held)
    counts = dict(enumerate(1e6 * read))
    assert inversion.quasi_probabilities(counts) == pytest.approx(held)
    words = np.arange(2**size)
    assert read @ inversion.inverted(np.sqrt, words) == pytest.approx(held @ np.sqrt(words))


@pytest.mark.parametrize("flips", [(0.565, 0.565), (0.9, 0.7), (0.0, 0.6), (0.45, 0.45), (1, 1)])
def test_bits_that_flip_more_often_than_not(flips, rng):
    """Where they flip often, errors of the chances weigh much, as their derivatives say."""
    noise = DeviceNoise.of(noisy(0, [(0.02, 0.05), flips]))
    held = rng.dirichlet(np.ones(4))
    inversion = ReadoutInversion.of(noise, [0, 1])
    read = noise.misread(held, [0, 1])
    assert inversion.quasi_probabilities(read) == pytest.approx(held)
    unsure = ReadoutInversion(inversion.up, inversion.down, [0, 0.01], [0, 0.01])
    moved = []
    for less, more, scale in unsure.uncertain():
        words = np.arange(4)
        change = more.inverted(lambda words: words >> 1, words) - less.inverted(
            lambda words: words >> 1, words
        )
        moved.append(scale * change @ read)
    shares = held.reshape(2, 2).sum(axis=1)
    assert np.abs(moved) == pytest.approx(0.01 * shares / abs(1 - sum(flips)), rel=1e-3)


def test_a_qubit_of_a_device_that_flips_more_often_than_not():
    runtime = pytest.importorskip("qiskit_ibm_runtime")
    noise = DeviceNoise.of(runtime.fake_provider.FakeTorino())
    assert noise.flips(86)[0] > 0.5
    held = np.array([0.3, 0.7])
    inversion = ReadoutInversion.of(noise, [86])
    assert inversion.quasi_probabilities(noise.misread(held, [86])) == pytest.approx(held)


def test_words_of_many_bits_are_inverted_on_what_was_read(rng):
    size, held = 70, {0: 0.5, 1: 0.3, 2**69: 0.2}
    inversion = ReadoutInversion([0.01] * size, [0.02] * size)
    bits = np.array([[word >> bit & 1 for bit in range(size)] for word in held])
    drawn = bits[rng.choice(3, 1000, p=list(held.values()))]
    flipped = drawn ^ (rng.random(drawn.shape) < np.where(drawn, 0.02, 0.01))
    words, counts = np.unique(
        np.array([sum(int(b) << j for j, b in enumerate(row)) for row in flipped], dtype=object),
        return_counts=True,
    )
    values = inversion.inverted(lambda words: (words >> 69 & 1).astype(float), words)
    mean = values @ counts / 1000
    assert mean == pytest.approx(0.2, abs=0.05)
    assert inversion.inverted(lambda words: np.ones(len(words)), words) == pytest.approx(1)


def test_many_and_few_bits_agree_where_all_words_are_read(monkeypatch, rng):
    inversion = ReadoutInversion(*np.transpose(CHANCES))
    words = np.arange(8)
    full = inversion.inverted(payoff, words)
    monkeypatch.setattr("qiskit_ssqw.devices.readout.MOST_LISTED", 2)
    assert inversion.inverted(payoff, words) == pytest.approx(full)
    monkeypatch.setattr("qiskit_ssqw.devices.readout.MOST_OBSERVED", 7)
    with pytest.raises(ValueError, match="at most 7 different words, got 8: take fewer shots"):
        inversion.inverted(payoff, words)


def test_chances_that_cannot_be_inverted():
    for chances in ((0.5, 0.5), (0.0, 0.91), (0.4, 0.69), (1.0, 0.0)):
        with pytest.raises(ValueError, match=r"at most 0.9 or at least 1.1, .* of bit 1"):
            ReadoutInversion([0, chances[0]], [0, chances[1]])
    with pytest.raises(ValueError, match=r"at most 1, got \(0.0, 1.1\) of bit 0"):
        ReadoutInversion([0], [1.1])
    with pytest.raises(ValueError, match=r"up must not be negative, got -0.1"):
        ReadoutInversion([-0.1], [0])
    with pytest.raises(ValueError, match=r"down must have shape \(1,\), got \(2,\)"):
        ReadoutInversion([0.1], [0.1, 0.1])
    with pytest.raises(ValueError, match="must have calibrated the measured qubits"):
        ReadoutInversion.of_mthree(SimpleNamespace(single_qubit_cals=None), [0])


# --- all of it

WAYS = {
    "as read": Mitigation(readout=False, folds=(1,)),
    "inverted": Mitigation(folds=(1,)),
    "calibrated": Mitigation(readout="calibrated", folds=(1,)),
    "line": Mitigation(),
    "all": Mitigation(readout="calibrated", folds=(1, 3, 5), extrapolation="richardson"),
}


@pytest.mark.parametrize(
    "way",
    [
        "as read",
        "inverted",
        "all",
        *(pytest.param(one, marks=pytest.mark.deep) for one in ("calibrated", "line")),
    ],
)
def test_errors_are_as_large_as_stated(way, rng):
    noise = DeviceNoise.of(noisy())
    sampler, circuit = Drawn(noise, rng), loader(2)
    results = [
        WAYS[way].estimate(sampler, circuit, payoff, shots=3000, noise=noise) for _ in range(60)
    ]
    means = np.array([result.mean for result in results])
    stated = np.sqrt(np.mean([result.standard_error**2 for result in results]))
    assert means.std(ddof=1) == pytest.approx(stated, rel=0.3)
    held = [low <= means.mean() <= high for low, high in (one.interval() for one in results)]
    assert np.mean(held) > 0.9


@pytest.mark.parametrize(
    "seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.deep) for seed in (2, 3))]
)
def test_mitigation_brings_the_mean_back(seed, rng):
    noise, circuit = DeviceNoise.of(noisy()), loader(seed)
    ideal, sampler = ideal_mean(circuit), Drawn(noise, rng)
    results = {
        name: way.estimate(sampler, circuit, payoff, shots=100_000, noise=noise)
        for name, way in WAYS.items()
    }
    errors = {name: abs(result.mean - ideal) for name, result in results.items()}
    raw = errors["as read"]
    assert results["line"].unmitigated == pytest.approx(results["as read"].mean, abs=0.02)
    assert errors["all"] < 5 * results["all"].standard_error
    assert errors["line"] < 0.25 * raw + 3 * results["line"].standard_error
    assert len(sampler.jobs) == len(WAYS)  # one job each
    for job in sampler.jobs:
        assert len({shots for _, _, shots in job}) == 1
        assert 99_980 < sum(shots for _, _, shots in job) <= 100_000


def test_shots_are_divided_by_weight():
    def repeats(**options):
        return [two_qubit_gates(one) for one in Mitigation(**options).circuits(loader())]

    assert repeats(folds=(1,)) == [2]
    assert repeats() == [2, 2, 2, 6]
    assert repeats(folds=(1, 3, 5)) == [2, 2, 2, 6, 10]
    assert repeats(folds=(1, 3, 5), extrapolation="richardson") == [2] * 5 + [6] * 3 + [10]
    assert repeats(folds=(1,), readout="calibrated") == [2, 2, 2, 2, 0, 0]


def test_words_of_several_registers_and_qubits_in_any_order(rng):
    circuit = QuantumCircuit(
        QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b")
    )
    circuit.x([1, 2])
    circuit.measure([2, 0, 1], [0, 1, 2])
    noise = DeviceNoise.of(noisy(0, [(0, 0), (0, 0), (0.1, 0.2)]))
    result = Mitigation(folds=(1,)).estimate(
        Drawn(noise, rng), circuit, lambda words: words == 0b101, shots=50_000, noise=noise
    )
    assert result.mean == pytest.approx(1, abs=0.03)
    assert result.unmitigated == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(
    "make", [SamplerV2.from_backend, lambda backend: BackendSamplerV2(backend=backend)]
)
def test_it_runs_on_samplers_of_qiskit_and_aer(make):
    model = noisy()
    backend, circuit = AerSimulator(noise_model=model, seed_simulator=5), loader(3)
    result = Mitigation(readout="calibrated").estimate(make(backend), circuit, payoff, shots=40_000)
    assert abs(result.mean - ideal_mean(circuit)) < 4 * result.standard_error + 0.01
    assert "gates x 3" in str(result)
    stated = Mitigation().estimate(make(backend), circuit, payoff, shots=40_000)
    assert abs(stated.mean - ideal_mean(circuit)) < 4 * stated.standard_error + 0.01
    assert "makes the standard error" in result.notes[-1]


def test_copies_of_shots_are_noticed(rng):
    with pytest.warns(RepeatedSeedWarning, match="each circuit of a job with the same seed"):
        Mitigation(readout=False).estimate(StatevectorSampler(seed=1), loader(), payoff, shots=1000)


@pytest.mark.filterwarnings("error")
def test_twirled_samplers_calibrate_and_fold():
    sampling = pytest.importorskip("qiskit_ibm_runtime.executor_sampler")
    circuit, model = loader(1), noisy()
    backend = AerSimulator(noise_model=model, basis_gates=BASIS, n_qubits=3)
    sampler = sampling.Sampler(mode=backend)
    sampler.options.twirling.enable_gates = True
    sampler.options.twirling.enable_measure = True
    result = Mitigation(readout="calibrated").estimate(sampler, circuit, payoff, shots=6000)
    assert abs(result.mean - ideal_mean(circuit)) < 5 * result.standard_error
    assert result.unmitigated < ideal_mean(circuit) - 3 * result.unmitigated_error


def test_notes_say_what_does_not_pay(rng):
    noise, circuit = DeviceNoise.depolarising(1e-5), loader()
    result = Mitigation().estimate(Drawn(noise, rng), circuit, payoff, shots=1000, noise=noise)
    assert any("Extrapolation does not pay" in note for note in result.notes)
    bent = DeviceNoise.depolarising(0.3)
    result = Mitigation(folds=(1, 3, 5)).estimate(
        Drawn(bent, rng), circuit, lambda words: words == 5, shots=10**5, noise=bent
    )
    assert any("lie on no line" in note for note in result.notes)


def test_nothing_to_fold_and_constant_functions(rng):
    circuit = QuantumCircuit(1)
    circuit.h(0)
    circuit.measure_all()
    noise = DeviceNoise.depolarising(0.01, readout=0.1)
    plain = Mitigation().estimate(Drawn(noise, rng), circuit, payoff, shots=10, noise=noise)
    assert plain.extrapolation is None
    result = Mitigation().estimate(
        Drawn(noise, rng), loader(), lambda words: np.full(len(words), 3.0), shots=100, noise=noise
    )
    assert result.mean == pytest.approx(3)
    assert "tell no error" in str(result)
    assert result.standard_error == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("bits", [1, 3, 30])
@pytest.mark.parametrize("chance", [0.0, 0.1])
def test_shots_that_are_all_alike_are_no_proof(bits, chance):
    inversion = ReadoutInversion([chance] * bits, [chance] * bits) if chance else None

    def found(*counts, function=lambda words: (words & 1).astype(float)):
        readings = [Readings(1 + 2 * i, given) for i, given in enumerate(counts)]
        return combined(readings, function, inversion, "linear", bits)

    varied = found({0: 1000}, {0: 500, 1: 500})
    shares = 0.5 * np.sqrt(0.25 / 1000) / (1 - 2 * chance)  # half of what is read at factor 3
    assert varied.standard_error == pytest.approx(shares, rel=0.05)
    assert varied.unmitigated_error > 0
    assert not any("tell no error" in note for note in varied.notes)
    for alike in (found({0: 1000}), found({0: 1000}, {0: 500})):
        assert 5e-4 < alike.standard_error < 5e-3
        assert any("tell no error" in note for note in alike.notes)
    constant = found({0: 1000}, {1: 500}, function=lambda words: np.full(len(words), 0.3))
    assert constant.standard_error == 0


def test_options_that_are_refused(rng):
    with pytest.raises(ValueError, match=r"folds must begin with 1 and grow, got \(3,\)"):
        Mitigation(folds=(3,))
    with pytest.raises(ValueError, match=r"folds must begin with 1 and grow, got \(1, 5, 3\)"):
        Mitigation(folds=(1, 5, 3))
    with pytest.raises(ValueError, match="readout must be one of 'calibrated', 'mthree', got 'm3'"):
        Mitigation(readout="m3")
    with pytest.raises(TypeError, match=r"readout must be True, False, .* got <object"):
        Mitigation(readout=object())
    with pytest.raises(ValueError, match="extrapolation must be one of 'linear', 'richardson'"):
        Mitigation(extrapolation="exponential")
    sampler, circuit = Drawn(DeviceNoise.depolarising(0), rng), loader()
    for options, arguments, message in [
        ({}, {"shots": 100}, "readout=True inverts .* nothing is known of them: give noise"),
        ({"readout": CHANCES[:2]}, {"shots": 100}, "each of 3 classical bits, got 2"),
        ({"readout": False}, {"shots": 3}, "shots must be at least .* each of 4 circuits, got 3"),
        ({"readout": "mthree"}, {"shots": 100}, "backend of the sampler, which has none"),
    ]:
        with pytest.raises(ValueError, match=message):
            Mitigation(**options).estimate(sampler, circuit, payoff, **arguments)
    with pytest.raises(TypeError, match=r"shots must be an integer, got 1.5"):
        Mitigation(readout=False).estimate(sampler, circuit, payoff, shots=1.5)
    with pytest.raises(ValueError, match=r"function\(words\) must have shape \(\d,\), got \(\)"):
        Mitigation(readout=False).estimate(sampler, circuit, lambda words: 1.0, shots=100)
    assert len(sampler.jobs) == 1  # of the last one, which cannot be known before
    with pytest.raises(ValueError, match="must lie strictly between 0 and 1"):
        Mitigation(folds=(1,), readout=False).estimate(
            sampler, circuit, payoff, shots=100
        ).interval(1.5)


def test_mthree_that_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "mthree", None)
    sampler = SamplerV2.from_backend(AerSimulator())
    with pytest.raises(ImportError, match=r"needs mthree: pip install qiskit-ssqw\[mitigation\]"):
        Mitigation(readout="mthree").estimate(sampler, loader(), payoff, shots=100)


def test_calibrations_of_mthree(rng):
    noise, circuit = DeviceNoise.of(noisy(0)), loader()
    known = SimpleNamespace(
        single_qubit_cals=[np.array([[1 - u, d], [u, 1 - d]]) for u, d in CHANCES], cal_shots=10_000
    )
    result = Mitigation(readout=known, folds=(1,)).estimate(
        Drawn(noise, rng), circuit, payoff, shots=100_000
    )
    given = Mitigation(readout=CHANCES, folds=(1,)).estimate(
        Drawn(noise, rng), circuit, payoff, shots=100_000
    )
    assert abs(result.mean - ideal_mean(circuit)) < 4 * result.standard_error
    assert abs(given.mean - ideal_mean(circuit)) < 4 * given.standard_error
    assert result.standard_error > 1.1 * given.standard_error


def test_mthree_calibrates_the_backend_of_the_sampler():
    pytest.importorskip("mthree")
    backend, circuit = AerSimulator(noise_model=noisy(0), n_qubits=3), loader()
    result = Mitigation(readout="mthree", folds=(1,)).estimate(
        SamplerV2.from_backend(backend, seed=1), circuit, payoff, shots=50_000
    )
    assert abs(result.mean - ideal_mean(circuit)) < 4 * result.standard_error


def test_readout_is_resolved_before_it_is_used(rng):
    noise, circuit = DeviceNoise.of(noisy(0)), loader()
    stated = ReadoutInversion(*np.transpose(CHANCES))
    sampler = Drawn(noise, rng)
    assert Mitigation().resolved(sampler, circuit, noise).readout == stated
    for way in (False, "calibrated", stated):
        assert Mitigation(way).resolved(sampler, circuit, noise) == Mitigation(way)
    with pytest.raises(ValueError, match="backend of the sampler, which has none"):
        Mitigation("mthree").resolved(sampler, circuit, noise)
    assert not sampler.jobs


def test_a_circuit_that_comes_several_times_is_simulated_once(monkeypatch):
    noise, circuit, seen = DeviceNoise.of(noisy()), loader(), []
    simulate = noise.probabilities
    monkeypatch.setattr(noise, "probabilities", lambda one: seen.append(one) or simulate(one))
    mitigation = Mitigation("calibrated", folds=(1, 3, 5))
    expected_mean(circuit, payoff, noise, mitigation, 0.0)
    assert len(seen) == 5 < len(mitigation.circuits(circuit))


# --- on the executor


@pytest.fixture
def executor():
    pytest.importorskip("qiskit_mitigation")
    runtime = pytest.importorskip("qiskit_ibm_runtime", minversion="0.51")

    def make(model, seed=1):
        device = AerSimulator(noise_model=model, basis_gates=BASIS)
        run = runtime.Executor(device, options={"simulator": {"seed_simulator": seed}}).run
        made = SimpleNamespace(results=[])

        def noted(program):
            made.results.append(run(program).result())
            return SimpleNamespace(result=lambda: made.results[-1])

        made.run = noted
        return made

    return make


def signs(words):
    return (-1.0) ** np.array([int(word).bit_count() for word in words])


def test_trex_agrees_with_qiskit_mitigation(executor):
    from qiskit.quantum_info import SparsePauliOp
    from qiskit_mitigation import MitigationTask
    from qiskit_mitigation.utils.measurement_bases import get_measurement_bases

    runner, circuit = executor(noisy()), loader(1)
    ours = estimate_on_executor(runner, circuit, signs, shots=2048, factors=(1,))
    (results,) = runner.results
    calibration = results[1]
    observables = [SparsePauliOp("ZZZ")]
    theirs = MitigationTask.compute_expectation_value(
        results[0],
        observables,
        None,
        None,
        meas_bases=list(get_measurement_bases(observables)[1]),
        measure_noise_data=calibration["_meas"] ^ calibration["measurement_flips._meas"],
    )
    assert ours.mean == pytest.approx(theirs.data.evs[0])
    binomial = np.sqrt((1 - ours.unmitigated**2) / 1024) * ours.mean / ours.unmitigated
    assert 0.6 < ours.standard_error / binomial < 2


def test_trex_and_pea_bring_the_mean_back(executor):
    model, circuit = noisy(0.05), loader(2)
    ideal = ideal_mean(circuit)
    result = estimate_on_executor(executor(model), circuit, payoff, shots=6000, noise=model)
    assert abs(result.mean - ideal) < 4 * result.standard_error
    assert result.extrapolation.factors == (1, 3)
    assert result.unmitigated_error < result.standard_error


def test_generators_belong_to_the_gates_of_their_layer(executor):
    model = NoiseModel()
    model.add_quantum_error(depolarizing_error(0.1, 2), "cx", [0, 1])
    maps = noise_maps(DeviceNoise.of(model), loader())
    found = [
        sorted({q for _, where, rate in m.to_sparse_list() if rate for q in where})
        for m in maps.values()
    ]
    assert sorted(found) == [[], [0, 1]]
    fidelity = [m.pauli_fidelity(_z_on_0(m.num_qubits)) for m in maps.values()]
    assert sorted(fidelity) == pytest.approx([0.9, 1.0])


def _z_on_0(num_qubits):
    from qiskit.quantum_info import QubitSparsePauli

    return QubitSparsePauli(("Z", [0]), num_qubits=num_qubits)


def test_what_the_executor_is_not_asked_for(monkeypatch):
    for options, message in [
        ({"shots": 10_000}, "noise must be known to be amplified, and nothing is"),
        ({"shots": 1000, "factors": (1,)}, "shots must be at least 1024, got 1000"),
        ({"shots": 1000, "factors": (3, 1)}, r"factors must begin with 1 and grow, got \(3, 1\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            estimate_on_executor(None, loader(), payoff, **options)
    wide = QuantumCircuit(21)
    wide.measure_all()
    with pytest.raises(ValueError, match="at most 20 bits can be measured, got 21"):
        estimate_on_executor(None, wide, payoff, shots=10_000)
    monkeypatch.setitem(sys.modules, "qiskit_mitigation", None)
    with pytest.raises(ImportError, match="TREX and PEA need qiskit-mitigation"):
        estimate_on_executor(StatevectorSampler(), loader(), payoff, shots=10_000, factors=(1,))
    with pytest.raises(ImportError, match="TREX and PEA need qiskit-mitigation"):
        noise_maps(DeviceNoise.depolarising(0.01), loader())
