"""Estimate amplitudes on noisy devices: robust estimation against Bayesian estimation.

Run with ``python benchmarks/devices_estimation.py``, or name tables: ``reference``, ``family``,
``bayes``, ``coherent``, ``stale``; ``--runs`` changes the number of seeds.

The noise is depolarising, of probability p for each CX and a tenth of it for each SX and X. Chances
of the outcomes are exact, by density matrices, and runs draw from them. All spend 1e5 applications
of the state preparation and its inverse, ``2 k + 1`` for each shot of power ``k``.
"""

from __future__ import annotations

import argparse
import warnings
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from coins import stand_in
from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, coherent_unitary_error, depolarizing_error
from running import run_script

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import (
    BayesianAmplitudeEstimation,
    BullSpread,
    Call,
    DigitalCall,
    OptionPricing,
    Put,
    RobustAmplitudeEstimation,
)
from qiskit_ssqw.finance.estimation.depths import depth
from qiskit_ssqw.finance.grover import GroverIterate
from qiskit_ssqw.finance.running.meter import Meter

CALLS = 100_000
BASIS = ["cx", "rz", "sx", "x"]
MARKETS = (
    (2.0, 0.4, 0.05, 40 / 365),
    (2.0, 0.2, 0.02, 0.5),
    (2.0, 0.6, 0.03, 1.0),
    (2.0, 0.1, 0.05, 0.25),
)
_POWERS = 30
"""Powers whose chances are computed for estimators that do not know the decay."""


class Case(NamedTuple):
    """A contract on a market, with the outcomes of its circuits on a device."""

    name: str
    amplitude: float
    percent: float
    """Error of the price in % for an error of 1 of the amplitude."""
    decay: float
    """Of a state preparation, if every error did harm."""
    chances: np.ndarray
    """Of good states by power."""
    two_qubit_gates: np.ndarray


class Drawn(Meter):
    """Draws from the chances of a case."""

    def __init__(self, case: Case, seed: int) -> None:
        super().__init__(SimpleNamespace(run=None), shots=100)
        self._case, self._rng = case, np.random.default_rng([seed, int(1e9 * case.decay)])
        self.calls = 0

    def eased(self, problem: Any) -> Any:
        """The problem as it is."""
        return problem

    def run(self, pubs: Any, *, shots: int | None = None) -> Any:
        """Counts of the circuits, by their names."""
        results = [self._result(circuit, times) for circuit, _, times in pubs]
        return SimpleNamespace(result=lambda: results)

    def _result(self, circuit: QuantumCircuit, shots: int) -> Any:
        power = int(circuit.name.partition(" ")[0].removeprefix("Q^"))
        self.calls += shots * (2 * power + 1)
        good = int(self._rng.binomial(shots, self._case.chances[power]))
        counts = {word: times for word, times in (("0", shots - good), ("1", good)) if times}
        bits = SimpleNamespace(get_counts=lambda: counts, num_shots=shots)
        data = SimpleNamespace(values=lambda: [bits], keys=lambda: ["objective"])
        gates = {"two_qubit_gates": int(self._case.two_qubit_gates[power])}
        return SimpleNamespace(data=data, metadata=gates)


def payoffs(market: tuple[float, ...]) -> dict[str, Any]:
    """Contracts whose strikes lie at shares of a standard deviation from the spot."""
    spot, spread = market[0], market[1] * np.sqrt(market[3])
    at = {share: float(spot * np.exp(share * spread)) for share in (-0.6, -0.5, 0.1, 0.3, 0.7, 0.9)}
    return {
        "call, out": Call(at[0.7]),
        "call, in": Call(at[-0.5]),
        "put": Put(at[0.1]),
        "digital": DigitalCall(at[0.3]),
        "spread": BullSpread(at[-0.6], at[0.9]),
    }


def family(num_qubits: int, noise: float) -> list[Case]:
    """All contracts on all markets, or on five qubits on the first two."""
    markets = MARKETS if num_qubits == 3 else MARKETS[:2]
    return [case(num_qubits, market, name, noise) for market in markets for name in payoffs(market)]


def reference(num_qubits: int, noise: float) -> Case:
    """The call of the README."""
    return case(num_qubits, MARKETS[0], "reference", noise, most=_POWERS)


def case(
    num_qubits: int,
    market: tuple[float, ...],
    name: str,
    noise: float,
    *,
    angle: float = 0.0,
    most: int | None = None,
) -> Case:
    """A case with its exact chances.

    Args:
        num_qubits: Of the grid.
        market: Spot, volatility, rate and maturity.
        name: Of the contract.
        noise: Depolarising error of a CX.
        angle: By which each CX turns too far about ZZ.
        most: Powers whose chances are computed; by default those of robust estimation.
    """
    application = _application(num_qubits, market, name)
    return case_of(application, name, noise, angle=angle, most=most)


def case_of(
    application: Any, name: str, noise: float, *, angle: float = 0.0, most: int | None = None
) -> Case:
    """A case of any contract of one estimation problem, arguments as for `case`."""
    parts = application.parts[0]
    iterate = GroverIterate(parts)
    start = parts.state_preparation()
    first = start.compose(iterate._iterate(parts.good_phase().compose(parts.rotation.inverse())))
    pieces = [_compiled(part) for part in (start, first, iterate.inner, parts.rotation)]
    gates = np.array([_gates(piece) for piece in pieces])
    decay = float(gates[2] @ -np.log1p([-noise, -noise / 10])) / 2
    most = most or int(depth(decay))
    counts = [gates[0, 0]]
    counts += [gates[1, 0] + power * gates[2, 0] + gates[3, 0] for power in range(most)]
    chances = _chances(pieces, parts.objectives[0], most, _noise_model(noise, angle))
    low, high = (application.encoded.parts[0].to_price(end) for end in (0.0, 1.0))
    percent = 100 * abs(high - low) / application.loaded_value
    amplitude = application.loaded_amplitudes[0]
    return Case(name, amplitude, percent, decay, chances, np.array(counts))


@cache
def _application(num_qubits: int, market: tuple[float, ...], name: str) -> OptionPricing:
    model = QuantumWalkUncertaintyModel.from_black_scholes(num_qubits, *market, seed=1)
    payoff = Call(1.896) if name == "reference" else payoffs(market)[name]
    return OptionPricing(payoff, model)


def _compiled(circuit: QuantumCircuit) -> QuantumCircuit:
    return transpile(circuit, basis_gates=BASIS, optimization_level=1, seed_transpiler=1)


def _gates(circuit: QuantumCircuit) -> tuple[int, int]:
    """CX, and single-qubit gates that have errors."""
    counts = circuit.count_ops()
    return counts.get("cx", 0), counts.get("sx", 0) + counts.get("x", 0)


def _noise_model(noise: float, angle: float) -> NoiseModel:
    model = NoiseModel(basis_gates=BASIS)
    error = depolarizing_error(noise, 2)
    if angle:
        turn = np.diag(np.exp(-0.5j * angle * np.array([1, -1, -1, 1])))
        error = coherent_unitary_error(turn).compose(error)
    model.add_all_qubit_quantum_error(error, ["cx"])
    model.add_all_qubit_quantum_error(depolarizing_error(noise / 10, 1), ["sx", "x"])
    return model


def _chances(
    pieces: list[QuantumCircuit], objective: int, most: int, noise: NoiseModel
) -> np.ndarray:
    """Chances of good states by power, from the states between the iterates."""
    start, first, inner, last = pieces
    device = AerSimulator(method="density_matrix", noise_model=noise, max_parallel_threads=1)
    alone = start.copy()
    alone.save_probabilities([objective])
    chain = QuantumCircuit(start.num_qubits)
    for power in range(most):
        chain.compose(inner if power else first, range(start.num_qubits), inplace=True)
        chain.save_density_matrix(label=f"{power}")
    before = device.run([alone, chain]).result()
    ends = []
    for power in range(most):
        end = QuantumCircuit(start.num_qubits)
        end.set_density_matrix(before.data(1)[f"{power}"])
        end.compose(last, range(start.num_qubits), inplace=True)
        end.save_probabilities([objective])
        ends.append(end)
    after = device.run(ends).result()
    found = [before.data(0), *(after.data(place) for place in range(most))]
    return np.array([data["probabilities"][1] for data in found]).clip(0, 1)


def robust(case: Case, seed: int, noise: Any) -> Any:
    """One run of robust estimation."""
    sampler = Drawn(case, seed)
    estimator = RobustAmplitudeEstimation(calls=CALLS, sampler=sampler, noise=noise)
    return estimator.estimate(stand_in(case.amplitude)), sampler.calls


def bayesian(case: Case, seed: int, shots: int) -> Any:
    """One run of Bayesian estimation, about as many calls, as deep as robust estimation goes."""
    sampler, low, high = Drawn(case, seed), case.decay / 2, case.decay * 2
    estimator = BayesianAmplitudeEstimation(
        1e-5,
        sampler=sampler,
        shots=shots,
        noise=(low, high),
        max_power=int(depth(case.decay)),
        max_calls=int(CALLS / 2.1),
    )
    return estimator.estimate(stand_in(case.amplitude)), sampler.calls


def line(head: str, case: Case, runs: list[Any]) -> float:
    """Print what some runs found, and return the coverage."""
    results, calls = zip(*runs, strict=True)
    errors = case.percent * (np.array([r.estimation for r in results]) - case.amplitude)
    ends = np.array([r.confidence_interval for r in results])
    inside = np.mean((ends[:, 0] <= case.amplitude) & (case.amplitude <= ends[:, 1]))
    alarms = np.mean([getattr(r, "p_value", 1.0) < 0.01 for r in results])
    print(
        f"{head:<34}{case.amplitude:>7.3f}{case.decay:>8.4f}{max(results[0].powers):>6}"
        f"{np.mean(calls):>9.0f}{np.mean([r.num_oracle_queries for r in results]):>9.0f}"
        f"{np.sqrt(np.mean(errors**2)):>8.2f}{errors.mean():>+8.2f}{inside:>9.1%}"
        f"{case.percent * np.mean(np.diff(ends)) / 2:>8.2f}{alarms:>8.1%}",
        flush=True,
    )
    return float(inside)


def heading(title: str) -> None:
    """Print a title and the names of the columns."""
    print(
        f"\n{title}\n{'':<34}{'a':>7}{'decay':>8}{'power':>6}{'A':>9}{'Q':>9}{'RMSE %':>8}"
        f"{'bias %':>8}{'covered':>9}{'half %':>8}{'alarm':>8}"
    )


def table_reference(runs: int) -> None:
    """The reference call, with the decay known to a factor of two and unknown."""
    heading(f"robust estimation, reference call, {runs} runs; errors in % of the price")
    for num_qubits, levels in ((3, (0.001, 0.003, 0.005, 0.01, 0.03)), (5, (0.001, 0.003, 0.005))):
        for noise in levels:
            one = reference(num_qubits, noise)
            for how, known, times in (("", one.decay, 1), (", decay unknown", None, 4)):
                found = [robust(one, seed, known) for seed in range(max(runs // times, 1))]
                line(f"{num_qubits} qubits, {noise:.1%}{how}", one, found)
    one = reference(5, 0.01)
    line("5 qubits, 1.0%", one, [robust(one, seed, one.decay) for seed in range(runs)])


def table_family(runs: int) -> None:
    """All contracts on all markets."""
    runs = max(runs // 4, 1)
    heading(f"robust estimation, all contracts, {runs} runs; errors in % of the price")
    for num_qubits, levels in ((3, (0.001, 0.003, 0.005, 0.01, 0.03)), (5, (0.001, 0.003, 0.005))):
        for noise in levels:
            covered = [
                line(
                    f"{num_qubits} qubits, {noise:.1%}, {one.name}",
                    one,
                    [robust(one, seed, one.decay) for seed in range(runs)],
                )
                for one in family(num_qubits, noise)
            ]
            print(
                f"{num_qubits} qubits, {noise:.1%}: covered {np.mean(covered):.1%} on average, "
                f"{min(covered):.1%} at worst, of {len(covered)} contracts"
            )


def table_bayes(runs: int) -> None:
    """Bayesian estimation with a decay between bounds, on the reference and one other call."""
    runs = max(runs // 8, 1)
    heading(f"Bayesian estimation, decay within a factor of two, {runs} runs")
    for name in ("reference", "call, out"):
        for noise in (0.001, 0.003, 0.005):
            one = case(3, MARKETS[0], name, noise)
            for shots in (100, 1000):
                found = [bayesian(one, seed, shots) for seed in range(runs)]
                line(f"3 qubits, {noise:.1%}, {name}, {shots} shots", one, found)
            found = [robust(one, seed, one.decay) for seed in range(runs)]
            line(f"3 qubits, {noise:.1%}, {name}, robust", one, found)


def table_coherent(runs: int) -> None:
    """CX that turn too far about ZZ, with depolarising errors of 0.1 %."""
    runs = max(runs // 4, 1)
    heading(f"robust estimation, 3 qubits, 0.1%, CX that turn too far, {runs} runs")
    for angle in (0.01, 0.03, 0.1):
        for name in ("reference", "call, out", "digital"):
            one = case(3, MARKETS[0], name, 0.001, angle=angle)
            found = [robust(one, seed, one.decay) for seed in range(runs)]
            line(f"angle {angle}, {name}", one, found)


def table_stale(runs: int) -> None:
    """Decays that are given wrongly."""
    runs = max(runs // 4, 1)
    heading(f"robust estimation, 3 qubits, 0.3%, the decay given wrongly, {runs} runs")
    one = reference(3, 0.003)
    for factor in (0.25, 0.5, 2.0, 4.0):
        found = [robust(one, seed, factor * one.decay) for seed in range(runs)]
        line(f"{factor} times", one, found)


TABLES = {
    "reference": table_reference,
    "family": table_family,
    "bayes": table_bayes,
    "coherent": table_coherent,
    "stale": table_stale,
}


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("tables", nargs="*", choices=[[], *TABLES], default=list(TABLES))
    parser.add_argument("--runs", type=int, default=400)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in options.tables:
        TABLES[name](options.runs)


if __name__ == "__main__":
    run_script(main)
