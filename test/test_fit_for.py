"""Fits for a device: what they predict, where they go, and what their refit gains."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Measure, Parameter
from qiskit.circuit.library import CXGate, RYGate, RZGate, SXGate, XGate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import (
    CouplingMap,
    InstructionProperties,
    Target,
    generate_preset_pass_manager,
)
from qiskit_aer import AerSimulator

from qiskit_ssqw import MultiscaleWalk, SSQWDistribution, TargetDistribution, fit
from qiskit_ssqw.devices import DeviceFit, DeviceNoise, fit_for, placement
from qiskit_ssqw.devices.channels import Channels
from qiskit_ssqw.devices.compiling import PlacedPassManager
from qiskit_ssqw.devices.native import NativeGates
from qiskit_ssqw.devices.noisy_walk import NoisyWalk
from qiskit_ssqw.devices.placement import placements
from qiskit_ssqw.devices.refit import distance, moments_of, refitted
from qiskit_ssqw.devices.response import Response, predicted_total_variation
from qiskit_ssqw.finance import Call
from qiskit_ssqw.finance.option_pricing import OptionPricing
from qiskit_ssqw.fitting.entry import remembered
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.walks import TreeWalk

pytestmark = pytest.mark.usefixtures("remembering")

LINE = CouplingMap.from_line(6)


def normal(num_qubits):
    return TargetDistribution.normal(num_qubits, 0.0, 1.0, (-3.0, 3.0))


def generic(seed, coupling_map=LINE, **options):
    size = coupling_map.size()
    return GenericBackendV2(size, coupling_map=coupling_map, seed=seed, **options)


def plain_target(edges=LINE, *, turns=("sx", "x"), readout=(), error=0.01, worse=()):
    """A target whose errors are alike, but those of some edges and measurements."""
    qubits = range(edges.size())
    readout, worse = dict(readout), dict(worse)
    target = Target(num_qubits=edges.size())
    target.add_instruction(RZGate(Parameter("t")), {(qubit,): None for qubit in qubits})
    for gate in (SXGate(), XGate(), RYGate(Parameter("t"))):
        if gate.name in turns:
            errors = {(qubit,): InstructionProperties(error=error / 10) for qubit in qubits}
            target.add_instruction(gate, errors)
    pairs = {
        pair: InstructionProperties(error=worse.get(tuple(sorted(pair)), error))
        for pair in edges.get_edges()
    }
    target.add_instruction(CXGate(), pairs)
    wrong = {(qubit,): InstructionProperties(error=readout.get(qubit, 0.01)) for qubit in qubits}
    target.add_instruction(Measure(), wrong)
    return target


def random_walk(num_qubits, flips, rng, line=None):
    order = list(rng.permutation(num_qubits)) if line is None else line
    pairs = []
    for _ in range(flips):
        place = rng.integers(num_qubits - 1)
        pairs.append((order[place : place + 2])[:: rng.choice([1, -1])])
    angles = rng.normal(size=(flips, 2))
    return MultiscaleWalk(
        num_qubits, pairs, angles, initial_angles=rng.normal(size=num_qubits), line=order
    )


def measured(walk):
    circuit = SSQWDistribution(walk)
    circuit.measure_all()
    return circuit


def device(noise, size=6):
    """Where any two qubits interact."""
    return NativeGates(plain_target(CouplingMap.from_full(size), turns=("ry",)), noise)


def noisy_walk(walk, gates, strength=1.0):
    return NoisyWalk(walk, range(walk.num_qubits), Channels(gates), strength)


class TestNoisyWalk:
    @pytest.mark.parametrize(("num_qubits", "flips"), [(1, 0), (2, 3), (3, 5), (4, 7)])
    def test_is_what_density_matrices_say(self, num_qubits, flips, rng):
        noise = DeviceNoise.depolarising(0.03, readout=0.04)
        walk = random_walk(num_qubits, flips, rng) if flips else MultiscaleWalk(1, [], [])
        noisy = noisy_walk(walk, device(noise))
        circuit = measured(walk).decompose(["multiscale_walk", walk_gate(walk)])
        assert {step.operation.name for step in circuit} <= {"cx", "ry", "measure", "barrier"}
        np.testing.assert_allclose(
            noisy.probabilities(walk.parameters), noise.probabilities(circuit), atol=1e-12
        )

    @pytest.mark.parametrize(
        ("pair", "places"),
        [("cx", (4, 3, 2, 1)), ("cz", (0, 1, 2, 3)), ("ecr", (4, 3, 2, 1)), ("ecr", (0, 1, 2, 3))],
    )
    def test_is_near_what_compiled_circuits_return(self, pair, places):
        backend = generic(1, basis_gates=[pair, "sx", "x", "rz"])
        noise, walk = DeviceNoise.of(backend), fit(normal(4), seed=1).walk
        gates = NativeGates(backend.target, noise)
        noisy = NoisyWalk(walk, places, Channels(gates)).probabilities(walk.parameters)
        compiled = PlacedPassManager(backend.target, places, 1).run(measured(walk))
        exact = noise.probabilities(compiled)
        moved = total_variation(exact, walk.probabilities())
        assert total_variation(noisy, exact) < 0.08 * moved

    def test_without_errors_it_is_the_walk(self, rng):
        walk = random_walk(4, 8, rng)
        noise = DeviceNoise.depolarising(0.03, readout=0.04)
        noisy = noisy_walk(walk, device(noise), strength=0.0)
        np.testing.assert_allclose(
            noisy.probabilities(walk.parameters), walk.probabilities(), atol=1e-12
        )

    def test_its_gradient_is_that_of_finite_differences(self, rng):
        walk = random_walk(4, 6, rng)
        noise = DeviceNoise.depolarising(0.05, readout=0.04)
        noisy = noisy_walk(walk, device(noise))
        cotangent, step = rng.normal(size=16), 1e-5
        gradient = noisy.vjp(walk.parameters)[1](cotangent)
        for index, entry in enumerate(gradient):
            move = step * np.eye(len(gradient))[index]
            ahead, behind = (noisy.probabilities(walk.parameters + sign * move) for sign in (1, -1))
            assert entry == pytest.approx((ahead - behind) @ cotangent / (2 * step), abs=1e-8)


def walk_gate(walk):
    return SSQWDistribution(walk).data[0].operation.name


class TestResponse:
    @pytest.mark.parametrize(("num_qubits", "flips"), [(2, 3), (4, 7), (5, 9)])
    def test_is_exact_to_first_order(self, num_qubits, flips, rng):
        walk = random_walk(num_qubits, flips, rng)
        errors = []
        for chance in (1e-3, 1e-4):
            gates = device(DeviceNoise.depolarising(chance, readout=0.05))
            exact = noisy_walk(walk, gates).probabilities(walk.parameters)
            errors.append(distance(Response.of(walk).read(range(num_qubits), gates), exact))
        assert errors[0] < 1e-4
        assert errors[1] < 0.02 * errors[0]  # of second order

    def test_score_is_the_total_variation_of_what_is_read(self, rng):
        walk = random_walk(4, 5, rng)
        gates = device(DeviceNoise.depolarising(1e-4, readout=0.05))
        wanted = rng.dirichlet(np.ones(16))
        exact = noisy_walk(walk, gates).probabilities(walk.parameters)
        score = predicted_total_variation(Response.of(walk), wanted, range(4), gates)
        assert score == pytest.approx(total_variation(exact, wanted), abs=1e-4)


class TestPlacement:
    def best(self, target, size=3, **options):
        law = normal(size)
        response = Response.of(fit(law, seed=1).walk)
        gates = NativeGates(target, DeviceNoise.of(target))
        return placements(response, law.probabilities, gates, **options)

    @pytest.mark.parametrize("mended", [False, True])
    @pytest.mark.parametrize("bad", [0, 2, 5])
    def test_keeps_away_from_a_bad_measurement(self, bad, mended):
        found = self.best(plain_target(readout={bad: 0.2}), mended=mended)
        assert bad not in found[0].places
        assert found == sorted(found)

    def test_a_narrow_search_keeps_away_from_it_too(self, monkeypatch):
        monkeypatch.setattr(placement, "_WIDTHS", (1,))
        wrong = dict.fromkeys((0, 1, 4, 5), 0.2)
        assert set(self.best(plain_target(readout=wrong), size=2)[0].places) == {2, 3}

    @pytest.mark.parametrize("bad", [(0, 1), (2, 3), (4, 5)])
    def test_keeps_away_from_a_bad_edge(self, bad):
        best = self.best(plain_target(worse={bad: 0.2}))[0].places
        assert not set(bad) <= set(best)

    @pytest.mark.parametrize("bad", [0, 2])
    def test_the_least_significant_bit_goes_where_it_is_misread(self, bad):
        ends = plain_target(CouplingMap.from_line(3), readout={bad: 0.1}, error=1e-4)
        assert self.best(ends)[0].places[0] == bad

    def test_is_a_line_of_the_device(self):
        edges = CouplingMap.from_heavy_hex(3)
        for found in self.best(plain_target(edges), size=5)[:20]:
            line = found.places[::-1]  # the usual one begins with the most significant qubit
            assert len({*line}) == 5
            assert set(pairwise(line)) <= set(edges.get_edges())

    def test_finds_none_where_there_is_none(self):
        star = CouplingMap([(0, other) for other in range(1, 6)])
        assert self.best(plain_target(star), size=4) == []


class TestRefit:
    def test_keeps_calls_and_puts_at_the_mean(self):
        """Though more is read in the tails than the target has there."""
        law = TargetDistribution.from_black_scholes(5, 2.0, 0.6, 0.05, 0.25, grid="linear")
        walk, wanted = fit(law, tolerance=0.02, seed=1).walk, law.probabilities
        noisy = noisy_walk(walk, device(DeviceNoise.depolarising(0.01, readout=0.02)))
        angles, left = refitted(noisy, walk.parameters, wanted, moments_of(law), iterations=80)
        off = noisy.probabilities(angles) - wanted
        before = noisy.probabilities(walk.parameters) - wanted
        for sign in (1, -1):
            payoff = np.maximum(sign * (law.values - law.values @ wanted), 0.0)
            assert abs(payoff @ off) < 0.002 * (payoff @ wanted)
        assert left == pytest.approx(0.5 * np.abs(off).sum())
        assert left < 0.5 * distance(before, 0.0)


@pytest.fixture(scope="module")
def on_a_line():
    """Fits of several targets on several devices."""
    points = np.linspace(-3, 3, 8)
    two = np.exp(-((points - 1) ** 2)) + 0.5 * np.exp(-2 * (points + 1.5) ** 2)
    laws = [
        normal(3),
        TargetDistribution.lognormal(3, 0.69, 0.0175, (1.21, 2.81)),
        TargetDistribution(two / two.sum(), (-3, 3)),
    ]
    backends = [generic(1), generic(2), generic(3, basis_gates=["cz", "sx", "x", "rz"])]
    found = []
    for law, backend in zip(laws, backends, strict=True):
        found.append((backend, fit_for(law, backend, seed=1)))
    return found


def named(device):
    if device == "line":
        return generic(1, CouplingMap.from_line(8))
    runtime = pytest.importorskip("qiskit_ibm_runtime")
    return getattr(runtime.fake_provider, f"Fake{device}")()


class TestFitFor:
    def test_predicts_what_the_full_backend_model_returns(self, on_a_line):
        for backend, result in on_a_line:
            simulator = AerSimulator.from_backend(backend, method="density_matrix")
            noise = DeviceNoise.of(simulator)
            read = noise.probabilities(result.compiled)
            np.testing.assert_allclose(read, result.probabilities, atol=1e-6)
            error = total_variation(read, result.target.probabilities)
            assert error == pytest.approx(result.total_variation, abs=1e-6)

    def test_the_refit_pays(self, on_a_line):
        for _, result in on_a_line:
            assert result.total_variation < min(result.without_refit, result.by_default) / 1.8

    def test_the_refit_pays_little_if_errors_are_half(self, on_a_line):
        for _, result in on_a_line:
            refit, plain = result.if_overstated
            assert refit > 2 * result.total_variation
            assert refit < 2 * plain

    def test_stays_at_its_place(self, on_a_line):
        for backend, result in on_a_line:
            edges = set(backend.coupling_map.get_edges())
            used = set()
            for step in result.compiled.data:
                if step.operation.name != "barrier":
                    where = [result.compiled.find_bit(qubit).index for qubit in step.qubits]
                    used.update(where)
                    assert len(where) == 1 or tuple(where) in edges
            assert used == set(result.initial_layout)
            assert result.two_qubit_gates <= result.walk.two_qubit_gates

    def test_prints_what_it_predicts(self, on_a_line):
        _, result = on_a_line[0]
        assert isinstance(result, DeviceFit)
        for part in ("without refit", "by default", "if errors are half", "density matrices"):
            assert part in str(result)
        assert f"{result.total_variation:.2e}" in str(result)

    def test_its_model_is_meant_as_it_is(self, on_a_line):
        for _, result in on_a_line:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                model = result.model
            np.testing.assert_allclose(model.loaded_probabilities, result.walk.probabilities())
            assert result.loader.walk == result.walk
            assert result.model is model
            assert result.loader is result.loader

    def test_its_pass_manager_places_larger_circuits(self, on_a_line):
        _, result = on_a_line[1]
        circuit = QuantumCircuit(5)
        circuit.compose(result.loader, range(3), inplace=True)
        circuit.cx(0, 3)
        one, other = result.pass_manager.run([circuit, result.loader])
        layout = one.layout.initial_index_layout(filter_ancillas=True)
        assert tuple(layout[:3]) == result.initial_layout
        assert (
            tuple(other.layout.initial_index_layout(filter_ancillas=True)) == result.initial_layout
        )
        assert len({*layout}) == 5
        with pytest.raises(ValueError, match="must have 3 to 6 qubits, got 2"):
            result.pass_manager.run(QuantumCircuit(2))

    @pytest.mark.parametrize(
        ("device", "num_qubits"),
        [
            ("MontrealV2", 3),
            *(
                pytest.param(*each, marks=pytest.mark.deep)
                for each in (("Torino", 3), ("line", 5), ("Torino", 4), ("Fez", 4))
            ),
        ],
    )
    def test_inside_iterates_pricing_circuits_err_no_more_than_elsewhere(self, device, num_qubits):
        backend, law = named(device), normal(num_qubits)
        walk = fit(law, tolerance=0.002, seed=1).walk
        result = fit_for(law, backend, walk=walk, inside_iterates=True, seed=1)
        (problem,) = OptionPricing(Call(0.3), result.model).to_estimation_problems()
        noise = DeviceNoise.of(backend)
        for circuit in (problem.state_preparation, problem.grover_operator):
            placed = result.pass_manager.run(circuit)
            free = [
                generate_preset_pass_manager(3, target=backend.target, seed_transpiler=seed).run(
                    circuit
                )
                for seed in range(5, 8)
            ]
            fewest = min(one.num_nonlocal_gates() for one in free)
            assert placed.num_nonlocal_gates() <= fewest + 3
            assert noise.decay(placed) <= 1.05 * min(map(noise.decay, free))

    def test_the_payoff_goes_where_it_errs_least(self):
        edges = CouplingMap([(0, 1), (1, 2), (2, 3), (1, 4), (0, 5)])
        edges.make_symmetric()
        circuit = QuantumCircuit(5)
        circuit.cx([0, 1, 2], [1, 2, 3])
        circuit.cx(1, 4)
        for worse, fewest in ({}, 4), ({(1, 4): 0.9}, 7):
            target = plain_target(edges, worse=worse)
            placed = PlacedPassManager(target, (0, 1, 2, 3), noise=DeviceNoise.of(target))
            compiled = placed.run(circuit)
            assert compiled.num_nonlocal_gates() == fewest
            assert compiled.layout.initial_index_layout()[:4] == [0, 1, 2, 3]
        assert PlacedPassManager(target, (0, 1, 2, 3)).run(circuit).num_nonlocal_gates() == 4

    def test_readings_count(self):
        edges = CouplingMap([(0, 1), (1, 2), (1, 3)])
        edges.make_symmetric()
        circuit = QuantumCircuit(3, 1)
        circuit.cx([0, 1], [1, 2])
        circuit.measure(2, 0)
        for wrong, other in ((2, 3), (3, 2)):
            target = plain_target(edges, readout={wrong: 0.2})
            compiled = PlacedPassManager(target, (0, 1), noise=DeviceNoise.of(target)).run(circuit)
            (read,) = compiled.get_instructions("measure")
            assert compiled.find_bit(read.qubits[0]).index == other

    def test_same_seed_same_fit(self, on_a_line):
        backend, result = on_a_line[1]
        remembered.cache_clear()
        again = fit_for(result.target, backend, seed=1)
        assert again.walk == result.walk
        assert again.initial_layout == result.initial_layout

    def test_noise_takes_gates_away(self):
        law, edges = normal(3), plain_target(CouplingMap.from_line(3))
        results = [
            fit_for(law, edges, noise=DeviceNoise.depolarising(p), refit=False, seed=1)
            for p in (1e-4, 0.03, 0.5)
        ]
        counts = [result.two_qubit_gates for result in results]
        assert counts == sorted(counts, reverse=True)
        assert counts[0] > counts[2]
        assert all(result.total_variation == result.without_refit for result in results)

    def test_inside_iterates_only_gates_count(self):
        law, edges = normal(3), plain_target()
        results = [
            fit_for(
                law,
                edges,
                noise=DeviceNoise.depolarising(0.01, readout=readout),
                inside_iterates=True,
                seed=1,
            )
            for readout in (0.0, 0.1)
        ]
        assert results[0].total_variation == pytest.approx(results[1].total_variation, abs=1e-12)
        assert results[0].walk == results[1].walk
        assert results[1].walk == fit(law, tolerance=0.001, seed=1).walk
        assert results[1].if_overstated is None
        assert "measure" not in results[1].compiled.count_ops()
        assert "use inside iterates" in results[1].message

    def test_trust_prepares_for_overstated_errors(self):
        law, edges = normal(3), plain_target()
        noise, walk = DeviceNoise.depolarising(0.02, readout=0.02), fit(law, seed=1).walk
        doubtful, trusting = (
            fit_for(law, edges, noise=noise, walk=walk, trust=trust) for trust in (0.5, 1.0)
        )
        assert doubtful.if_overstated[0] < trusting.if_overstated[0] / 3
        assert trusting.total_variation < doubtful.total_variation < doubtful.without_refit

    def test_a_given_walk_is_placed_and_refitted(self):
        law = normal(3)
        walk = fit(law, tolerance=0.05, seed=1).walk
        result = fit_for(law, generic(1), walk=walk, seed=1)
        assert result.walk.flips == walk.flips
        assert result.total_variation < result.without_refit

    def test_large_targets_are_predicted_to_first_order(self):
        law = normal(11)
        walk = fit(law, tolerance=0.05, seed=1).walk
        noise = DeviceNoise.depolarising(0.002, readout=0.01)
        result = fit_for(law, generic(1, CouplingMap.from_line(12)), noise=noise, walk=walk)
        assert "first order" in result.message
        assert result.by_default is None
        assert result.walk == walk
        bound = result.ideal_total_variation + 0.002 * 1.2 * len(walk.flips) + 11 * 0.01 + 0.01
        assert result.ideal_total_variation < result.total_variation < bound

    @pytest.mark.parametrize("num_qubits", [1, 2])
    def test_any_target_is_placed(self, num_qubits, rng):
        law = TargetDistribution(rng.dirichlet(np.full(2**num_qubits, 0.3)), (0.0, 1.0))
        result = fit_for(law, generic(1), tolerance=1e-4, seed=1)
        assert result.total_variation < result.without_refit + 1e-4

    def test_aer_noise_models_count(self):
        noise = DeviceNoise.depolarising(0.02, readout=0.02)
        simulator = AerSimulator(noise_model=noise.noise_model(range(6)), coupling_map=LINE)
        result = fit_for(normal(3), simulator, walk=fit(normal(3), seed=1).walk)
        assert result.total_variation < result.without_refit / 1.8


class TestBadInput:
    law = normal(3)

    def test_types(self):
        with pytest.raises(TypeError, match="target must be a TargetDistribution, got"):
            fit_for([0.5, 0.5], generic(1))
        with pytest.raises(TypeError, match="backend must be a backend or a target, got 'torino'"):
            fit_for(self.law, "torino")
        with pytest.raises(
            TypeError, match=r"fit_for is not for a tree walk, .* but for a multiscale walk"
        ):
            fit_for(self.law, generic(1), walk=TreeWalk.from_probabilities(self.law.probabilities))
        with pytest.raises(TypeError, match="refit must be True or False, got 1"):
            fit_for(self.law, generic(1), refit=1)
        with pytest.raises(TypeError, match="noise must be a DeviceNoise"):
            fit_for(self.law, generic(1), noise=0.01)

    @pytest.mark.parametrize("trust", [0.0, 1.5, -1])
    def test_trust(self, trust):
        with pytest.raises(ValueError, match=f"trust must be above 0 and at most 1, got {trust}"):
            fit_for(self.law, generic(1), trust=trust)

    def test_sizes(self):
        with pytest.raises(ValueError, match="the target needs 7 qubits, the device has 6"):
            fit_for(normal(7), generic(1))
        with pytest.raises(ValueError, match="the walk loads 4 sites, but the target has 8"):
            fit_for(self.law, generic(1), walk=MultiscaleWalk(2, [], []))
        star = CouplingMap([(0, other) for other in range(1, 6)])
        walk = MultiscaleWalk.from_windows(4, [(0, 1)])
        with pytest.raises(ValueError, match="no line of 4 qubits that interact"):
            fit_for(normal(4), plain_target(star), walk=walk)
        with pytest.raises(ValueError, match="must say how many qubits"):
            fit_for(self.law, Target(), noise=DeviceNoise.depolarising(0.01))

    def test_unknown_errors(self):
        silent = generic(1, noise_info=False)
        with pytest.raises(ValueError, match="nothing is known of the errors of"):
            fit_for(self.law, silent)
        with pytest.raises(ValueError, match="give them as noise="):
            fit_for(self.law, AerSimulator())

    def test_tolerance(self):
        with pytest.raises(ValueError, match="tolerance must lie strictly between 0 and 1"):
            fit_for(self.law, generic(1), tolerance=1.0)
