"""Prices on noisy devices: whether a verdict holds, what loaders and prices are off by.

Run ``python benchmarks/devices.py verdicts`` and so on: ``verdicts``, ``loaders``, ``budget``,
``misfit``.
Errors are depolarising, ``p`` per CX and a tenth of it per SX and X, simulated exactly: outcomes
are drawn from the chances that density matrices give.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import BitArray, DataBin, PrimitiveResult, SamplerPubResult
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_algorithms import AmplitudeEstimation, FasterAmplitudeEstimation
from running import PRINTED, run_script

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.devices import DeviceNoise
from qiskit_ssqw.finance import Call, DigitalCall, Payoff, Put, price

LEVELS = (0.001, 0.003, 0.01, 0.03)
READOUT = 0.01
SHALLOW = {"fae": FasterAmplitudeEstimation(0.01, 4), "ae": AmplitudeEstimation(4)}
"""Estimators whose circuits for an accuracy of 5 % take too long to simulate."""

ESTIMATORS = ("auto", "bayes", "rae", "sampling", "iae", "mlae", "fae", "ae")
BASIS = ["cx", "sx", "x", "rz"]


class NoisySampler:
    """Draws from the exact outcomes of noisy circuits, each law computed once."""

    default_shots = 1024

    def __init__(self, noise: DeviceNoise, seed: int, laws: dict[Any, Any]) -> None:
        self._noise, self._rng, self._laws = noise, np.random.default_rng(seed), laws

    def run(self, pubs: Sequence[Any]) -> Any:
        results = [self._sample(*pub) for pub in pubs]
        return type("Job", (), {"result": lambda _: PrimitiveResult(results)})()

    def _sample(self, circuit: QuantumCircuit, _: Any = None, shots: int = 1024) -> Any:
        key = tuple(
            (step.operation.name, tuple(step.operation.params), tuple(map(hash, step.qubits)))
            for step in circuit.data
        )
        if key not in self._laws:
            law = np.maximum(self._noise.probabilities(circuit), 0)
            self._laws[key] = law / law.sum()
        drawn = self._rng.multinomial(shots, self._laws[key])
        counts = {word: int(number) for word, number in enumerate(drawn) if number}
        (register,) = circuit.cregs
        bits = BitArray.from_counts(counts, num_bits=register.size)
        return SamplerPubResult(DataBin(**{register.name: bits}, shape=()), {"shots": shots})


def instances(number: int, seed: int = 1) -> Iterator[tuple[Any, Payoff]]:
    """Random markets and payoffs on three qubits."""
    rng = np.random.default_rng(seed)
    for index in range(number):
        spot, vol = rng.uniform(0.5, 100), rng.uniform(0.15, 0.6)
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            3, spot, vol, rng.uniform(0, 0.06), rng.uniform(0.1, 1.0), seed=1
        )
        strike = spot * rng.uniform(0.9, 1.1)
        yield model, (Call, Put, DigitalCall)[index % 3](strike)


def verdicts(number: int = 50) -> None:
    """How often a price is called a success whose interval misses, or that is 5 % off."""
    manager = generate_preset_pass_manager(1, basis_gates=BASIS)
    print(
        f"{'p':>7} {'estimator':<10}{'runs':>6}{'success':>9}{'missed':>8}{'wrong':>7}{'held':>7}"
    )
    for level in LEVELS:
        noise = DeviceNoise.depolarising(level, readout=READOUT)
        laws: dict[Any, Any] = {}
        for estimator in ESTIMATORS:
            tallies = np.zeros(5)
            for index, (model, payoff) in enumerate(instances(number)):
                sampler = NoisySampler(noise, index, laws)
                try:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        found = price(
                            payoff,
                            model,
                            accuracy=0.05,
                            max_seconds=30,
                            sampler=sampler,
                            noise=noise,
                            estimator=SHALLOW.get(estimator, estimator),
                            pass_manager=manager,
                            seed=index,
                        )
                except ValueError:  # it would take too long, and says so
                    continue
                low, high = found.interval
                true = found.exact_value if found.reference is None else found.reference.value
                held = low <= true <= high
                off = abs(found.estimate - true) > 0.05 * abs(true)
                tallies += [
                    1,
                    found.success,
                    found.success and not held,
                    found.success and off,
                    held,
                ]
            runs, *others = tallies.astype(int)
            cells = "".join(
                f"{cell:>{width}}" for cell, width in zip(others, (9, 8, 7, 7), strict=True)
            )
            print(f"{level:>7} {estimator:<10}{runs:>6}{cells}", flush=True)


def loaders() -> None:
    """What is read of loaders, and prices with them: an hour where no rows are there."""
    import devices_loaders
    import devices_tables

    devices_loaders.fill()
    devices_tables.report(devices_loaders.known())


def budget() -> None:
    """Errors of a price by sampling, with as many shots as robust estimation has calls."""
    import devices_loaders

    devices_loaders.budget()


def misfit() -> None:
    """What of the chances of noisy circuits a decay does not explain."""
    import devices_misfit

    devices_misfit.report()


def main() -> None:
    chosen = sys.argv[1:] or ["verdicts"]
    for name in chosen:
        begun = time.perf_counter()
        tables = {"verdicts": verdicts, "loaders": loaders, "budget": budget, "misfit": misfit}
        tables[name]()
        print(f"{name}: {time.perf_counter() - begun:.0f} s\n")


if __name__ == "__main__":
    run_script(main, f"{PRINTED}, rows of loaders are in their file")
