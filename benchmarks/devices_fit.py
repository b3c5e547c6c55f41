"""What is read of loaders on noisy devices: plain fits and StatePreparation against `fit_for`.

    python benchmarks/devices_fit.py [family | line | pricing]

``family``: total variation of what is read on fake backends, and the bias of a call at the money
that is averaged over samples, by exact density matrices of the full backend model. ``line``: walks
and StatePreparation on a line where each CX depolarises with 1 %. ``pricing``: where the pass
manager of a fit puts the circuits of a call. Takes a quarter of an hour, ``pricing`` one minute.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import StatePreparation
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap, TranspilerError
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.fake_provider import (
    FakeFez,
    FakeMontrealV2,
    FakeSherbrooke,
    FakeTorino,
)
from running import run_tables
from scipy import stats

from qiskit_ssqw import SSQWDistribution, TargetDistribution, fit
from qiskit_ssqw.devices import DeviceNoise, fit_for
from qiskit_ssqw.devices.compiling import PlacedPassManager
from qiskit_ssqw.finance import Call, Heston
from qiskit_ssqw.finance.option_pricing import OptionPricing
from qiskit_ssqw.metrics import total_variation

SEED = 1


def targets(num_qubits: int) -> Iterator[tuple[str, TargetDistribution]]:
    """Distributions of several shapes."""
    for volatility, years in ((0.4, 0.11), (0.2, 1.0), (0.6, 0.25), (0.35, 2.0)):
        target = TargetDistribution.from_black_scholes(
            num_qubits, 2.0, volatility, 0.05, years, grid="linear"
        )
        yield f"log-normal {volatility:g}, {years:g} y", target
    yield "normal", TargetDistribution.normal(num_qubits, 0.0, 1.0, (-3.0, 3.0))
    market = Heston(
        spot=100.0,
        rate=0.03,
        initial_variance=0.04,
        mean_reversion=1.5,
        long_run_variance=0.06,
        volatility_of_variance=0.5,
        correlation=-0.7,
    )
    yield "Heston", TargetDistribution.from_market(num_qubits, market.at(0.5))
    points = np.linspace(-4, 4, 2**num_qubits)
    both = 0.6 * stats.norm(-1.5, 0.6).pdf(points) + 0.4 * stats.norm(1.2, 0.8).pdf(points)
    yield "bimodal", TargetDistribution(both / both.sum(), (-4, 4))


def measured(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with all qubits measured."""
    copy = circuit.copy()
    copy.measure_all()
    return copy


def read(circuit: QuantumCircuit, simulator: AerSimulator) -> np.ndarray:
    """Exact distribution of what a compiled circuit returns."""
    gates = circuit.copy()
    places = [None] * circuit.num_clbits
    for step in circuit.data:
        if step.operation.name == "measure":
            place = circuit.find_bit(step.clbits[0]).index
            places[place] = circuit.find_bit(step.qubits[0]).index
    gates.remove_final_measurements()
    gates.save_probabilities(places, label="chances")
    held = simulator.run(gates, shots=1).result().data(0)["chances"]
    return DeviceNoise.of(simulator).misread(np.asarray(held), places)


def call_bias(target: TargetDistribution, chances: np.ndarray) -> float:
    """Relative error of a call at the money that is averaged over samples."""
    values = target.values
    payoff = np.maximum(values - target.probabilities @ values, 0.0)
    exact = target.probabilities @ payoff
    return float((chances @ payoff - exact) / exact)


def compare(backend: Any, simulator: AerSimulator, target: TargetDistribution) -> tuple[float, ...]:
    """Total variation and bias by default and of `fit_for`, and its CPU time and prediction."""
    wanted = target.probabilities
    plain = measured(SSQWDistribution(fit(target, seed=SEED).walk))
    before = read(transpile(plain, backend, optimization_level=3, seed_transpiler=SEED), simulator)
    begin = time.process_time()
    result = fit_for(target, backend, seed=SEED)
    seconds = time.process_time() - begin
    after = read(result.compiled, simulator)
    return (
        total_variation(wanted, before),
        total_variation(wanted, after),
        result.total_variation,
        call_bias(target, before),
        call_bias(target, after),
        seconds,
    )


def family() -> None:
    """Fake backends and targets."""
    generic = [
        GenericBackendV2(9, coupling_map=CouplingMap.from_grid(3, 3), seed=seed) for seed in (1, 2)
    ]
    backends = [FakeTorino(), FakeFez(), FakeSherbrooke(), FakeMontrealV2(), *generic]
    print(f"{'backend':24}{'target':22}{'TV default':>10} {'fit_for':>8} gain   price bias   CPU s")
    found: dict[int, list[tuple[float, float]]] = {4: [], 6: []}
    for backend in backends:
        simulator = AerSimulator.from_backend(backend, method="density_matrix")
        for num_qubits, rows in found.items():
            for shape, target in targets(num_qubits):
                before, after, said, bias, left, seconds = compare(backend, simulator, target)
                rows.append((before / after, abs(left)))
                print(
                    f"{backend.name + f', {num_qubits}':24}{shape:22}{before:10.4f}{after:9.4f}"
                    f"{before / after:5.1f}{100 * bias:+7.1f} %{100 * left:+6.2f} %{seconds:6.1f}"
                    f"   said {said:.4f}",
                    flush=True,
                )
    for num_qubits, rows in found.items():
        gains, biases = np.array(rows).T
        print(
            f"{num_qubits} qubits: gain median {np.median(gains):.1f}, least {gains.min():.1f}; "
            f"price bias median {100 * np.median(biases):.2f} %, worst {100 * biases.max():.2f} %"
        )


def line() -> None:
    """Walks and StatePreparation on a line, without refits."""
    noise = DeviceNoise.depolarising(0.01)
    for num_qubits in (6, 8):
        device = GenericBackendV2(
            num_qubits, coupling_map=CouplingMap.from_line(num_qubits), seed=SEED
        )
        gains = []
        for shape, target in targets(num_qubits):
            circuit = QuantumCircuit(num_qubits)
            circuit.append(StatePreparation(np.sqrt(target.probabilities)), range(num_qubits))
            try:
                compiled = transpile(
                    measured(circuit), device, optimization_level=3, seed_transpiler=SEED
                )
            except TranspilerError as error:  # see state_preparation.py
                print(f"{num_qubits} {shape:22}  {error.message}", flush=True)
                continue
            peer = total_variation(target.probabilities, noise.probabilities(compiled))
            ours = fit_for(target, device, noise=noise, refit=False, seed=SEED)
            gains.append(peer / ours.total_variation)
            print(
                f"{num_qubits} {shape:22}{compiled.count_ops()['cx']:5} CX{peer:9.4f}"
                f"{ours.two_qubit_gates:5} CX{ours.total_variation:9.4f}{gains[-1]:6.1f}",
                flush=True,
            )
        print(
            f"{num_qubits} qubits: StatePreparation's total variation is {np.median(gains):.1f} "
            f"times as large in the median, at least {min(gains):.1f} times"
        )


def pricing() -> None:
    """CX and gate errors of A and of the Grover operator: best of Qiskit's seeds, and ours."""
    backends = {
        "line": GenericBackendV2(10, coupling_map=CouplingMap.from_line(10), seed=SEED),
        "FakeTorino": FakeTorino(),
        "FakeFez": FakeFez(),
        "FakeMontrealV2": FakeMontrealV2(),
    }
    print(f"{'':23}{'Qiskit, best of 8':>20}{'at its place':>20}{'pass_manager':>20}")
    for num_qubits, (name, backend) in product((3, 4, 5, 6), backends.items()):
        target = TargetDistribution.from_black_scholes(num_qubits, 2.0, 0.4, 0.05, 40 / 365)
        found = fit_for(target, backend, inside_iterates=True, seed=SEED)
        (problem,) = OptionPricing(Call(2.0), found.model).to_estimation_problems()
        stays = PlacedPassManager(found.device, found.initial_layout, noise=found.noise)
        circuits = {"A": problem.state_preparation, "Grover": problem.grover_operator}
        for what, circuit in circuits.items():
            plain = [
                transpile(circuit, backend, optimization_level=3, seed_transpiler=seed)
                for seed in range(8)
            ]
            compiled = (stays.run(circuit), found.pass_manager.run(circuit))
            free = min(map(_cx, plain)), min(map(found.noise.decay, plain))
            others = [(_cx(one), found.noise.decay(one)) for one in compiled]
            cells = "".join(f"{cx:>10} CX{error:7.3f}" for cx, error in (free, *others))
            print(f"{num_qubits} {name:15}{what:6}{cells}", flush=True)


def _cx(circuit: QuantumCircuit) -> int:
    return int(circuit.num_nonlocal_gates())


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    run_tables({"family": family, "line": line, "pricing": pricing})
