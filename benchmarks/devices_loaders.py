"""Loaders on noisy devices: what is read, and what prices are off by; called by ``devices.py``.

Each row of ``devices_loaders.csv`` is a loader of a distribution on a device. Rows that are there
are skipped, so it can be stopped and started again; delete rows to repeat them.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from devices_fit import targets
from qiskit import ClassicalRegister, QuantumCircuit, qasm2, transpile
from qiskit.circuit.library import StatePreparation
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap
from qiskit_ibm_runtime.fake_provider import FakeFez, FakeTorino
from row_files import append_rows

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution, fit
from qiskit_ssqw.devices import (
    DeviceNoise,
    Mitigation,
    ReadoutInversion,
    extrapolate,
    fit_for,
    fold_two_qubit_gates,
)
from qiskit_ssqw.devices.expected import expected_mean
from qiskit_ssqw.devices.used import taken_apart
from qiskit_ssqw.finance import Call, OptionPricing
from qiskit_ssqw.finance.estimation.run import EstimatorRun

HERE = Path(__file__).parent
FILE = HERE / "devices_loaders.csv"
CACHE = HERE.parent / ".benchmarks"
LEVELS = (0.0003, 0.001, 0.003, 0.01, 0.03)
TABLED = ("line 0.001", "line 0.003", "line 0.01", "FakeTorino", "FakeFez")
FAKES = {"FakeTorino": FakeTorino, "FakeFez": FakeFez}
SIZES = (4, 6, 8)
SEED = 1
DRAWN = 6
"""Qubits of what the picture shows."""
FOLDS = (1, 3)
MEASURES = ("tv", "tv_inverted", "sampling", "sampling_mitigated", "a", "a_mitigated", "rae")
FIELDS = ("device", "qubits", "loader", "target", "gates", *MEASURES)
MOST_FOLDED = 600
"""Two-qubit gates of circuits that are folded; beyond, density matrices take long."""
SHAPES = ("log-normal 0.4, 0.11 y", "log-normal 0.2, 1 y", "Heston", "bimodal")
"""Targets; the last one not on 8 qubits."""
PRICED = {4: SHAPES[:3], 6: SHAPES[:1], 8: ()}
"""Those whose circuits A are simulated."""

Row = dict[str, Any]


class Loaded(NamedTuple):
    """A loader on a device."""

    circuit: QuantumCircuit
    """Its first qubits hold the values."""
    target: TargetDistribution
    compiled: QuantumCircuit | None = None
    """With measurements, where somebody has compiled it already."""
    inside: QuantumCircuit | None = None
    """What is part of an amplitude estimation, if that may be done."""


class Device(NamedTuple):
    """A device, or a line where all CX err alike."""

    name: str
    backend: Any
    noise: DeviceNoise

    def run(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """Compile, as the ``pass_manager`` of a price."""
        return transpile(circuit, self.backend, optimization_level=3, seed_transpiler=SEED)

    def compiled(self, circuit: QuantumCircuit, qubits: Any) -> QuantumCircuit:
        """With some qubits measured."""
        register = ClassicalRegister(len(qubits), "value")
        made = QuantumCircuit(*circuit.qregs, register)
        made.compose(circuit, circuit.qubits, inplace=True)
        made.measure(qubits, register)
        return self.run(made)


@cache
def device(name: str, num_qubits: int) -> Device:
    """A device by its name."""
    if name in FAKES:
        backend = FAKES[name]()
        return Device(name, backend, DeviceNoise.of(backend))
    room = CouplingMap.from_line(num_qubits + 6)
    backend = GenericBackendV2(num_qubits + 6, coupling_map=room, seed=SEED)
    return Device(name, backend, DeviceNoise.depolarising(float(name.split()[1])))


def walk(target: TargetDistribution, on: Device) -> Loaded:
    """The package's by default, where Qiskit puts it."""
    model = QuantumWalkUncertaintyModel(target, walk=fit(target, seed=SEED).walk)
    return Loaded(model, target, inside=model)


def chosen(target: TargetDistribution, on: Device) -> Loaded:
    """The walk and its place chosen for the device; for the circuit A only the walk."""
    found = fit_for(target, on.backend, noise=on.noise, refit=False, seed=SEED)
    inside = fit_for(target, on.backend, noise=on.noise, inside_iterates=True, seed=SEED)
    return Loaded(found.model, target, found.compiled, inside.model)


def refitted(target: TargetDistribution, on: Device) -> Loaded:
    """The walk's angles fitted through the errors, for samples only."""
    found = fit_for(target, on.backend, noise=on.noise, seed=SEED)
    return Loaded(found.model, target, found.compiled)


def state_preparation(target: TargetDistribution, on: Device) -> Loaded:
    """Qiskit's, exact."""
    circuit = QuantumCircuit(target.num_qubits)
    circuit.append(StatePreparation(np.sqrt(target.probabilities)), range(target.num_qubits))
    return Loaded(circuit, target, inside=circuit)


def qiskit_finance(target: TargetDistribution, on: Device) -> Loaded | None:
    """Its log-normal distribution, compared with its own probabilities."""
    from qiskit_finance.circuit.library import LogNormalDistribution

    market = target.market
    if market is None or not hasattr(market, "volatility"):
        return None
    variance = market.volatility**2 * market.maturity
    mean = np.log(market.spot) + market.rate * market.maturity - variance / 2
    size = target.num_qubits
    circuit = LogNormalDistribution(size, mu=mean, sigma=variance, bounds=target.bounds)
    own = TargetDistribution(circuit.probabilities, target.bounds)
    return Loaded(circuit, own, inside=circuit)


def mpsprep(target: TargetDistribution, on: Device) -> Loaded | None:
    """A matrix product state of bond dimension 2, built where ``peers/run.py`` builds it."""
    sys.path.insert(0, str(HERE / "peers"))
    from environments import python_of

    python = python_of("mpsprep", CACHE)
    if python is None:
        return None
    request = {
        "amplitudes": np.sqrt(target.probabilities).tolist(),
        "setting": {"bond": 2},
        "distribution": "mpsprep",
        "memory_mib": 4096,
        "seconds": 300,
    }
    with tempfile.TemporaryDirectory() as folder:
        question, reply = Path(folder, "request.json"), Path(folder, "answer.json")
        question.write_text(json.dumps(request))
        adapter = HERE / "peers" / "adapters" / "mpsprep_loader.py"
        subprocess.run([python, adapter, question, reply], check=True, capture_output=True)
        answer = json.loads(reply.read_text())
    if "qasm" not in answer:
        return None
    circuit = qasm2.loads(answer["qasm"])
    return Loaded(circuit, target, inside=circuit)


LOADERS: dict[str, Callable[[TargetDistribution, Device], Loaded | None]] = {
    "walk": walk,
    "walk, chosen": chosen,
    "walk, refitted": refitted,
    "mpsprep": mpsprep,
    "StatePreparation": state_preparation,
    "qiskit-finance": qiskit_finance,
}


def measure(loaded: Loaded, on: Device, has_a: bool) -> Row:
    """All numbers of a loader; shares, not percent."""
    target, size = loaded.target, loaded.target.num_qubits
    values, wanted = target.values, target.probabilities
    payoff = Call(float(wanted @ values))
    paid, exact = payoff(values), float(wanted @ payoff(values))
    ready = loaded.compiled or on.compiled(loaded.circuit, range(size))
    gates = ready.num_nonlocal_gates()
    row: Row = {"gates": gates}
    plain, mended = laws(ready, on.noise)
    row["tv"] = 0.5 * np.abs(plain - wanted).sum()
    if is_invertible(ready, on.noise):
        row["tv_inverted"] = 0.5 * np.abs(inverted(plain, ready, on.noise) - wanted).sum()
    row["sampling"] = plain @ paid / exact - 1
    if mended is not None:
        row["sampling_mitigated"] = mended @ paid / exact - 1
    if loaded.inside is not None and has_a:
        row |= of_estimation(payoff, loaded, on, exact)
    return row


def laws(circuit: QuantumCircuit, noise: DeviceNoise) -> tuple[np.ndarray, np.ndarray | None]:
    """What is read, and the same with the readout inverted and gates extrapolated to no error."""
    plain = noise.probabilities(circuit)
    if circuit.num_nonlocal_gates() > MOST_FOLDED or not is_invertible(circuit, noise):
        return plain, None
    folded = noise.probabilities(fold_two_qubit_gates(circuit, FOLDS[1]))
    read = [inverted(law, circuit, noise) for law in (plain, folded)]
    weights = [extrapolate(FOLDS, one, [0, 0]).value for one in np.eye(2)]
    return plain, weights[0] * read[0] + weights[1] * read[1]


def is_invertible(circuit: QuantumCircuit, noise: DeviceNoise) -> bool:
    """Whether no measurement is as good as a coin; one of FakeTorino's qubits is read so."""
    return all(max(noise.flips(qubit)) < 0.5 for qubit in taken_apart(circuit)[2])


def inverted(law: np.ndarray, circuit: QuantumCircuit, noise: DeviceNoise) -> np.ndarray:
    """A law with the flips of the readout taken back."""
    return ReadoutInversion.of(noise, taken_apart(circuit)[2]).quasi_probabilities(law)


def of_estimation(payoff: Call, loaded: Loaded, on: Device, exact: float) -> Row:
    """Errors of a shot of A, and of robust estimation with exact chances."""
    circuit, target = loaded.inside, loaded.target
    if type(circuit) is QuantumCircuit:
        circuit.probabilities = target.probabilities  # that it should load
    if type(circuit).__module__.startswith("qiskit_finance"):
        return of_qiskit_finance(payoff, circuit, on, exact)
    application = OptionPricing(payoff, circuit, values=target.values)
    problem = application.to_estimation_problem()
    row = of_a(problem, problem.post_processing, on, exact)
    run = EstimatorRun("rae", pass_manager=on, noise=on.noise, seed=SEED)
    (moved,) = run.bias_by_noise([problem], [0.005], 0.05, application.loaded_amplitudes)
    width = problem.post_processing(1.0) - problem.post_processing(0.0)
    row["rae"] = moved * abs(width) / exact
    return row


def of_qiskit_finance(payoff: Call, circuit: Any, on: Device, exact: float) -> Row:
    """Errors of a shot of A with its own payoff circuit, whose density matrices fit at 4 qubits."""
    from qiskit_finance.applications.estimation import EuropeanCallPricing

    size = circuit.num_qubits
    if size > min(SIZES):
        return {}
    own = EuropeanCallPricing(size, payoff.breakpoints[0], 0.25, circuit.bounds, circuit)
    problem = own.to_estimation_problem()
    return of_a(problem, problem.post_processing, on, exact)


def of_a(problem: Any, price: Callable[[float], float], on: Device, exact: float) -> Row:
    """Errors of a shot of A."""
    ready = on.compiled(problem.state_preparation, problem.objective_qubits)
    plain, mended = laws(ready, on.noise)
    row = {"a": price(float(plain[1])) / exact - 1}
    if mended is not None:
        row["a_mitigated"] = price(float(mended[1])) / exact - 1
    return row


def known() -> list[Row]:
    """Rows of the file."""
    if not FILE.exists():
        return []
    with FILE.open(newline="") as file:
        return list(csv.DictReader(file))


def key(row: Row) -> tuple[str, ...]:
    """What a row is about."""
    return tuple(str(row[name]) for name in FIELDS[:4])


def cases(sizes: tuple[int, ...]) -> Iterator[tuple[str, str, str, TargetDistribution]]:
    """Devices, loaders, names of targets, and targets."""
    for size in sizes:
        shapes = dict(targets(size))
        names = SHAPES[:3] if size > DRAWN else SHAPES
        others = [f"line {level:g}" for level in LEVELS] if size == DRAWN else []
        for name in dict.fromkeys((*TABLED, *others)):
            for loader in LOADERS:
                yield from ((name, loader, shape, shapes[shape]) for shape in names)


def fill(sizes: tuple[int, ...] = SIZES) -> None:
    """Append the rows that are not in the file."""
    done = {key(row) for row in known()}
    for name, loader, shape, target in cases(sizes):
        head = dict(zip(FIELDS, (name, target.num_qubits, loader, shape), strict=False))
        if key(head) in done:
            continue
        on = device(name, target.num_qubits)
        try:
            loaded = LOADERS[loader](target, on)
            if loaded is None:
                continue
            has_a = name in TABLED and shape in PRICED[target.num_qubits]
            row = head | measure(loaded, on, has_a)
        except Exception as error:  # StatePreparation fails on some: state_preparation.py
            if loader != "StatePreparation":
                raise
            print(*key(head), type(error).__name__, flush=True)
            continue
        append(row)


def append(row: Row) -> None:
    """Write a row."""
    cells = {k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()}
    append_rows(FILE, FIELDS, [cells])
    print(*(f"{v:.4g}" if isinstance(v, float) else v for v in row.values()), flush=True)


def budget(shots: int = 100_000) -> None:
    """Errors of the reference call by sampling, with as many shots as robust estimation has calls.

    Compare ``python benchmarks/devices_estimation.py reference``.
    """
    print("root mean squared error in % (bias, standard error)")
    load = partial(QuantumWalkUncertaintyModel.from_black_scholes, seed=SEED)
    for size in (3, 5):
        model, equal = (
            load(size, 2.0, 0.4, 0.05, 40 / 365, grid=grid) for grid in ("log", "quantile")
        )
        for level in (0.001, 0.003, 0.005, 0.01, 0.03):
            on = device(f"line {level:g}", size)
            half = DeviceNoise.depolarising(level / 2)
            plain = on.compiled(model, range(size))
            refit = fit_for(model.target, on.backend, noise=on.noise, seed=SEED).compiled
            cells = {
                "sampling": off(plain, model, on.noise, shots),
                "mitigated": off(plain, model, on.noise, shots, Mitigation()),
                "refitted": off(refit, model, on.noise, shots),
                "refitted, half the errors": off(refit, model, half, shots),
                "equal cells": off(on.compiled(equal, range(size)), equal, on.noise, shots),
            }
            texts = [f"{name} {text}" for name, text in cells.items()]
            print(f"{size} qubits, {level:.1%}: " + "   ".join(texts), flush=True)


def off(
    circuit: QuantumCircuit,
    model: Any,
    noise: DeviceNoise,
    shots: int,
    mitigation: Mitigation | None = None,
) -> str:
    """How far the mean of the reference call is off."""
    paid = Call(1.896)(model.values)
    exact = float(model.probabilities @ paid)
    found = expected_mean(circuit, lambda words: paid[words], noise, mitigation, exact)
    bias = 100 * (found.mean / exact - 1)
    spread = 100 * np.sqrt(found.variance / shots) / exact
    return f"{np.hypot(bias, spread):.2f} ({bias:+.2f}, {spread:.2f})"
