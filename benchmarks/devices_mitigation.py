"""Measure what error mitigation makes of loaders and prices.

Run with ``python benchmarks/devices_mitigation.py``, or name tables: ``folding``, ``backends``,
``readout``, ``shots``, ``coherent``, all exact, and ``paper``, ``coverage``, ``executor``, which
draw shots; ``--runs`` changes the number of their seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, transpile
from qiskit.primitives import BitArray, DataBin, SamplerPubResult
from qiskit.quantum_info import Pauli
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, coherent_unitary_error, pauli_error
from qiskit_aer.primitives import SamplerV2
from qiskit_ibm_runtime.fake_provider import FakeFez, FakeMontrealV2, FakeTorino
from running import run_script

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution
from qiskit_ssqw.devices import (
    DeviceNoise,
    Mitigation,
    ReadoutInversion,
    estimate_on_executor,
    extrapolate,
    fold_two_qubit_gates,
)
from qiskit_ssqw.devices.used import taken_apart
from qiskit_ssqw.finance import Call, Payoff, Put
from qiskit_ssqw.finance.loader import as_loader
from qiskit_ssqw.finance.option_pricing import OptionPricing

BACKENDS = {"Torino": FakeTorino, "Fez": FakeFez, "Montreal": FakeMontrealV2}
LEVELS = (0.001, 0.003, 0.01)
FOLDS = (1, 3, 5)
BASIS = ["cx", "rz", "sx", "x"]


def market(spot: float, volatility: float, rate: float, maturity: float) -> dict[str, float]:
    """What a Black-Scholes model takes."""
    return {"spot": spot, "volatility": volatility, "rate": rate, "maturity": maturity}


MARKETS: dict[str, tuple[dict[str, float], Payoff]] = {
    "call 2 / 1.896": (market(2.0, 0.4, 0.05, 0.11), Call(1.896)),
    "put 2 / 2.126": (market(2.0, 0.4, 0.05, 0.11), Put(2.126)),
    "call 100 / 105": (market(100, 0.2, 0.02, 1.0), Call(105)),
    "call 100 / 90": (market(100, 0.3, 0.03, 0.25), Call(90)),
    "call 50 / 60": (market(50, 0.6, 0.0, 0.1), Call(60)),
}


class Measured(NamedTuple):
    """A compiled circuit that is measured, a function of its words, and its mean without noise."""

    circuit: QuantumCircuit
    function: Any
    ideal: float

    def mean(
        self, noise: DeviceNoise, factor: float = 1, inversion: ReadoutInversion | None = None
    ) -> float:
        """With noise, and the readout inverted if that is known."""
        chances = noise.probabilities(fold_two_qubit_gates(self.circuit, factor))
        if inversion is not None:
            chances = inversion.quasi_probabilities(chances)
        return float(chances @ self.function(np.arange(len(chances))))

    def deviation(self) -> float:
        """Standard deviation of one shot without noise, in % of the mean."""
        quiet = DeviceNoise.depolarising(0.0).probabilities(self.circuit)
        values = self.function(np.arange(len(quiet)))
        variance = quiet @ values**2 - (quiet @ values) ** 2
        return float(100 * np.sqrt(variance) / self.ideal)

    def error(self, value: float) -> float:
        """Of a mean, in %."""
        return 100 * (value / self.ideal - 1)


def reference_target(num_qubits: int, spot: float = 2.0) -> TargetDistribution:
    """That of qiskit-finance's tutorials and of the papers."""
    return TargetDistribution.from_black_scholes(
        num_qubits, spot, 0.4, 0.05, 40 / 365, num_std=3, rule="pdf"
    )


def single_shot(payoff: Payoff, model: Any, target: Any = None, seed: int = 1) -> Measured:
    """The circuit A with its objective measured."""
    estimation = OptionPricing(payoff, model)
    problem = estimation.to_estimation_problem()
    compiled = measured(problem.state_preparation, problem.objective_qubits, target, seed)
    price = np.array([problem.post_processing(0.0), problem.post_processing(1.0)])
    return Measured(compiled, lambda words: price[words], estimation.loaded_value)


def sampling(payoff: Payoff, model: Any, target: Any = None, seed: int = 1) -> Measured:
    """The loader with its values measured, the payoff to be averaged."""
    loader = as_loader(model)
    paid = payoff(loader.points.values)
    compiled = measured(model, range(loader.num_value_qubits), target, seed)
    return Measured(compiled, lambda words: paid[words], float(loader.points.loaded @ paid))


def measured(circuit: QuantumCircuit, qubits: Any, target: Any, seed: int) -> QuantumCircuit:
    """Compiled for a backend, or to CX all-to-all."""
    register = ClassicalRegister(len(qubits), "c")
    made = QuantumCircuit(*circuit.qregs, register)
    made.compose(circuit, circuit.qubits, inplace=True)
    made.measure(qubits, register)
    where = {"basis_gates": BASIS} if target is None else {"backend": target}
    return transpile(made, optimization_level=3, seed_transpiler=seed, **where)


def errors_of(of: Measured, noise: DeviceNoise) -> list[float]:
    """In %: as measured, on a line through 1 and 3, on one through 1, 3 and 5, by Richardson."""
    return extrapolated(of, [of.mean(noise, fold) for fold in FOLDS])


def extrapolated(of: Measured, values: list[float]) -> list[float]:
    """The same of values at all factors."""
    line = extrapolate(FOLDS[:2], values[:2], [0, 0]).value
    long = extrapolate(FOLDS, values, [0, 0, 0]).value
    curve = extrapolate(FOLDS, values, [0, 0, 0], method="richardson").value
    return [of.error(value) for value in (values[0], line, long, curve)]


def cases(num_qubits: int) -> list[tuple[Payoff, Any]]:
    """Payoffs, and what loads their markets."""
    load = QuantumWalkUncertaintyModel.from_black_scholes
    return [(payoff, load(num_qubits, **where, seed=1)) for where, payoff in MARKETS.values()]


KINDS = (("A", single_shot, 3), ("sampling", sampling, 5), ("A", single_shot, 5))


def folding(runs: int) -> None:
    """Bias by depolarising gates."""
    print("depolarising gates, bias in %: as measured, line 1 3, line 1 3 5, Richardson 1 3 5")
    call = Call(1.896), QuantumWalkUncertaintyModel(reference_target(3), seed=1)
    for kind, make in (("A", single_shot), ("sampling", sampling)):
        for level in LEVELS:
            errors = errors_of(make(*call), DeviceNoise.depolarising(level))
            print(f"tutorial's call, 3 qubits, {kind:<10}{level:<7.1%}{columns(errors)}")
    print("median of the biases' sizes over five markets, and the largest")
    for kind, make, size in KINDS:
        circuits = [make(*case) for case in cases(size)]
        for level in LEVELS:
            noise = DeviceNoise.depolarising(level)
            sizes = np.abs([errors_of(of, noise) for of in circuits])
            shown = columns(np.median(sizes, axis=0)) + "   " + columns(sizes.max(axis=0))
            print(f"{kind:<10}{size} qubits  {level:<7.1%}{shown}")


def columns(values: Iterable[float]) -> str:
    """Numbers one below the other."""
    return "".join(f"{value:>9.2f}" for value in values)


def backends(runs: int) -> None:
    """Bias on models of devices, with their readout."""
    print(
        "bias in %, median of sizes over five markets: as read, readout inverted, and line 1 3, and"
    )
    print("Richardson 1 3 5; the largest of each")
    for name, backend in BACKENDS.items():
        device, noise = backend(), DeviceNoise.of(backend())
        for kind, make, size in KINDS[:2]:
            rows = [on_backend(make(*case, device), noise) for case in cases(size)]
            shown = columns(np.median(rows, axis=0)) + "   " + columns(np.max(rows, axis=0))
            print(f"{name:<10}{kind:<10}{size} qubits{shown}")


def on_backend(of: Measured, noise: DeviceNoise) -> list[float]:
    """Sizes of errors in %."""
    inversion = ReadoutInversion.of(noise, taken_apart(of.circuit)[2])
    inverted = extrapolated(of, [of.mean(noise, fold, inversion) for fold in FOLDS])
    read = of.error(of.mean(noise))
    return [abs(error) for error in (read, inverted[0], inverted[1], inverted[3])]


def readout(runs: int) -> None:
    """Total variation of loaders as they are read, and with the readout inverted."""
    print("TV of loaders: as read, inverted, inverted with two thirds of the flips")
    print("tutorials' distribution, and the largest over five markets")
    for name, backend in BACKENDS.items():
        device, noise = backend(), DeviceNoise.of(backend())
        for size in (4, 6):
            call = Call(1.896), QuantumWalkUncertaintyModel(reference_target(size), seed=1)
            first, *others = [distances(*case, device, noise) for case in (call, *cases(size))]
            shown = "".join(f"{distance:>9.4f}" for distance in (*first, *np.max(others, axis=0)))
            print(f"{name:<10}{size} qubits{shown}")


def distances(payoff: Payoff, model: Any, device: Any, noise: DeviceNoise) -> list[float]:
    """Total variation of what a model loads on a device."""
    of = sampling(payoff, model, device)
    ideal, read = as_loader(model).points.loaded, noise.probabilities(of.circuit)
    inversion = ReadoutInversion.of(noise, taken_apart(of.circuit)[2])
    weaker = ReadoutInversion(np.array(inversion.up) / 1.5, np.array(inversion.down) / 1.5)
    laws = [read, inversion.quasi_probabilities(read), weaker.quasi_probabilities(read)]
    return [0.5 * float(np.abs(law - ideal).sum()) for law in laws]


def shots(runs: int) -> None:
    """Shots from which the mean squared error is less."""
    print(
        "shots from which a line 1 3 pays, and Richardson 1 3 5 instead; median (range) of markets"
    )
    for kind, make, size in KINDS:
        circuits = [make(*case) for case in cases(size)]
        for level in LEVELS:
            found = [from_how_many(of, DeviceNoise.depolarising(level)) for of in circuits]
            shown = "".join(
                f"{np.median(each):>12.1e} ({min(each):.0e} to {max(each):.0e})"
                for each in zip(*found, strict=True)
            )
            print(f"{kind:<10}{size} qubits  {level:<7.1%}{shown}")


def from_how_many(of: Measured, noise: DeviceNoise) -> tuple[float, float]:
    """Shots at which more variance weighs as much as less bias.

    Divided as is best, extrapolation takes the square of the sum of the weights' sizes times the
    shots for the same variance: 4 times for a line through 1 and 3, 12.25 for Richardson's.
    """
    raw, line, _, curve = errors_of(of, noise)
    once = of.deviation() ** 2
    return 3 * once / (raw**2 - line**2), 8.25 * once / (line**2 - curve**2)


def coherent(runs: int) -> None:
    """CX that turn too far, and the same errors twirled."""
    print("CX with a coherent error, bias in % over five markets, median of sizes and largest:")
    print("as measured, line 1 3, line 1 3 5, Richardson 1 3 5")
    circuits = [single_shot(*case) for case in cases(3)]
    for angle in (0.05, 0.1, 0.2):
        for axis, what in (("XZ", "turns too far"), ("ZZ", "stray ZZ")):
            for twirled in (False, True):
                noise = DeviceNoise.of(turned(angle, axis, twirled))
                sizes = np.abs([errors_of(of, noise) for of in circuits])
                shown = columns(np.median(sizes, axis=0)) + "   " + columns(sizes.max(axis=0))
                print(f"{what:<15}{angle:<6}{'twirled' if twirled else '':<9}{shown}")


def turned(angle: float, axis: str, twirled: bool) -> NoiseModel:
    """Errors of CX that turn about a Pauli, whose right letter acts on the control."""
    model = NoiseModel()
    if twirled:
        chance = np.sin(angle / 2) ** 2
        error = pauli_error([(axis, chance), ("II", 1 - chance)])
    else:
        matrix = Pauli(axis).to_matrix()
        turn = np.cos(angle / 2) * np.eye(4) - 1j * np.sin(angle / 2) * matrix
        error = coherent_unitary_error(turn)
    model.add_all_qubit_quantum_error(error, "cx")
    return model


def paper(runs: int) -> None:
    """A call on two qubits at eight spots, folded 1, 3 and 5 times."""
    print(
        "call on two qubits, spots 1.8 to 2.5, 3 x 8192 shots; root mean squared error in %, mean"
    )
    print("of |bias|: as read, readout inverted, line 1 3, line 1 3 5, Richardson 1 3 5")
    ways = {
        "as read": Mitigation(readout=False, folds=(1,)),
        "inverted": Mitigation(folds=(1,)),
        "line": Mitigation(folds=(1, 3)),
        "long line": Mitigation(folds=FOLDS),
        "Richardson": Mitigation(folds=FOLDS, extrapolation="richardson"),
    }
    for name, backend in BACKENDS.items():
        device, noise = backend(), DeviceNoise.of(backend())
        errors = []
        for spot in np.arange(1.8, 2.55, 0.1):
            model = QuantumWalkUncertaintyModel(reference_target(2, spot), seed=1)
            of = single_shot(Call(1.896), model, device)
            sampler = Drawn(noise, np.random.default_rng(round(10 * spot)))
            errors.append(
                [
                    [of.error(estimated(way, sampler, of, noise).mean) for way in ways.values()]
                    for _ in range(runs)
                ]
            )
        squared = np.sqrt(np.mean(np.square(errors), axis=(0, 1)))
        bias = np.abs(np.mean(errors, axis=1)).mean(axis=0)
        print(f"{name:<10}{columns(squared)}   {columns(bias)}")


def estimated(way: Mitigation, sampler: Any, of: Measured, noise: DeviceNoise) -> Any:
    """With as many shots as the paper's three circuits."""
    return way.estimate(sampler, of.circuit, of.function, shots=3 * 8192, noise=noise)


def coverage(runs: int) -> None:
    """Whether standard errors are what they say, and intervals hold the price."""
    print("24,576 shots on Torino: spread of estimates over stated error, 95 % intervals that hold")
    print("what the same way returns from endless shots, and the price")
    device, noise = FakeTorino(), DeviceNoise.of(FakeTorino())
    ways = {
        "as read": Mitigation(readout=False, folds=(1,)),
        "inverted": Mitigation(folds=(1,)),
        "calibrated": Mitigation(readout="calibrated", folds=(1,)),
        "inverted, line": Mitigation(),
        "calibrated, line": Mitigation(readout="calibrated"),
        "Richardson": Mitigation(folds=FOLDS, extrapolation="richardson"),
    }
    for kind, make, size in KINDS[:2]:
        circuits = [make(*case, device) for case in cases(size)]
        for name, way in ways.items():
            found = [held(way, of, noise, runs) for of in circuits]
            ratio, own, price = np.mean(found, axis=0)
            print(f"{kind:<10}{size} qubits  {name:<18}{ratio:>7.2f}{own:>8.1%}{price:>8.1%}")


def held(
    way: Mitigation, of: Measured, noise: DeviceNoise, runs: int
) -> tuple[float, float, float]:
    sampler = Drawn(noise, np.random.default_rng(7))
    results = [estimated(way, sampler, of, noise) for _ in range(runs)]
    means = np.array([result.mean for result in results])
    stated = np.array([result.standard_error for result in results])
    middle = means.mean()
    return (
        float(means.std(ddof=1) / np.sqrt(np.mean(stated**2))),
        float(np.mean(np.abs(means - middle) < 1.96 * stated)),
        float(np.mean(np.abs(means - of.ideal) < 1.96 * stated)),
    )


class Drawn:
    """A sampler that draws from exact distributions."""

    def __init__(self, noise: DeviceNoise, rng: np.random.Generator) -> None:
        self._noise, self._rng = noise, rng
        self._laws: dict[str, Any] = {}

    def run(self, pubs: Iterable[Any]) -> Drawn:
        self._pubs = list(pubs)
        return self

    def result(self) -> list[SamplerPubResult]:
        return [self._one(circuit, shots) for circuit, _, shots in self._pubs]

    def _one(self, circuit: QuantumCircuit, shots: int) -> SamplerPubResult:
        key = str([(step.name, step.params, step.qubits) for step in circuit.data])
        if key not in self._laws:
            self._laws[key] = np.maximum(self._noise.probabilities(circuit), 0)
        law = self._laws[key] / self._laws[key].sum()
        words = np.repeat(np.arange(len(law)), self._rng.multinomial(shots, law))
        data = np.stack([words >> 8, words & 255], axis=1).astype(np.uint8)
        (register,) = circuit.cregs
        bits = BitArray(data[:, -((register.size + 7) // 8) :], register.size)
        return SamplerPubResult(DataBin(**{register.name: bits}))


def executor(runs: int) -> None:
    """TREX and PEA beside folding, on three qubits with readout errors."""
    from qiskit_ibm_runtime import Executor

    print(
        "three qubits, CX .3 and 1 %, readout 2 and 4 %, 24,576 shots: error in % and stated, mean"
    )
    of = single_shot(Call(1.896), QuantumWalkUncertaintyModel(reference_target(2), seed=1))
    for level in LEVELS[1:]:
        model = DeviceNoise.depolarising(level).noise_model(range(of.circuit.num_qubits))
        model.add_all_qubit_readout_error(ReadoutError([[0.98, 0.02], [0.04, 0.96]]))
        device, noise = AerSimulator(noise_model=model, basis_gates=BASIS), DeviceNoise.of(model)
        for name, options in {
            "twirled": {"factors": (1,), "trex": False},
            "TREX": {"factors": (1,)},
            "TREX, PEA": {"noise": noise},
            "Mitigation()": None,
        }.items():
            rows = []
            for seed in range(max(runs // 20, 3)):
                if options is None:
                    sampler = SamplerV2.from_backend(device, seed=seed)
                    result = estimated(Mitigation(), sampler, of, noise)
                else:
                    runner = Executor(device, options={"simulator": {"seed_simulator": seed}})
                    result = estimate_on_executor(
                        runner, of.circuit, of.function, shots=3 * 8192, **options
                    )
                rows.append((of.error(result.mean), 100 * result.standard_error / of.ideal))
            error, stated = np.mean(rows, axis=0)
            print(f"{level:<7.1%}{name:<14}{error:>+8.2f} +-{stated:.2f}")


TABLES = {
    table.__name__: table
    for table in (folding, backends, readout, shots, coherent, paper, coverage, executor)
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", default=[], help=", ".join(TABLES))
    parser.add_argument("--runs", type=int, default=100)
    arguments = parser.parse_args()
    for name in arguments.tables or TABLES:
        TABLES[name](arguments.runs)
        print()


if __name__ == "__main__":
    run_script(main)
