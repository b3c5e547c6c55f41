"""What estimations take on a fault-tolerant machine.

Run with ``python benchmarks/resources.py``, or name tables: ``table``, ``loader``, ``words``,
``circuits``, ``size`` (a circuit on 2,000 qubits), ``physical`` (needs the package qdk).
``plot --plot FILE`` draws costs against accuracy, steps and assets.

To count contracts of your own, give a list of names and applications to `table`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter

import numpy as np
from coins import stand_in
from instance import CALL, MARKET
from qiskit import QuantumCircuit, generate_preset_pass_manager
from qiskit.quantum_info import Statevector
from running import run_script

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.clifford_t import clifford_t, t_count
from qiskit_ssqw.clifford_t.rotations import RotationWords
from qiskit_ssqw.finance import (
    Asian,
    Autocallable,
    Barrier,
    Basket,
    BayesianAmplitudeEstimation,
    Call,
    FactorModel,
    Market,
    OptionPricing,
    PathModel,
    ProductModel,
    Put,
    Resources,
    resources,
)
from qiskit_ssqw.finance.estimation.run import EstimatorRun
from qiskit_ssqw.finance.fault_tolerance.counts import GateCounts
from qiskit_ssqw.finance.fault_tolerance.tracing import Traced
from qiskit_ssqw.finance.loader import as_loader
from qiskit_ssqw.finance.views import view_of

ACCURACY = 2e-3
"""Statistical error of the table and of the figure, as a fraction of the price."""

ALPHA = 0.05
AMPLITUDES = (0.05, 0.3, 0.5, 0.9)
CLIFFORD_T = ["cx", "h", "s", "sdg", "t", "tdg", "x", "y", "z", "sx"]
OF_ONE_ASSET = (2.0, 0.4, 0.05, 1.0)
SPOT, RATE = 100.0, 0.03
ASSETS = Market([SPOT] * 5, [0.15, 0.2, 0.25, 0.3, 0.35], RATE, 1.0)

Named = Iterable[tuple[str, OptionPricing]]


def contracts() -> Iterator[tuple[str, OptionPricing]]:
    """Those of the page on resources."""
    for size in (5, 8):
        model = QuantumWalkUncertaintyModel.from_black_scholes(size, **MARKET, seed=1)
        yield f"call, {size} qubits", priced(CALL, model)
    yield "call on a basket of 2 assets, 4 qubits each", priced(basket(2), assets(2, 4))
    path = PathModel(2, 4, *OF_ONE_ASSET, seed=1)
    yield "up-and-out call, 4 steps of 2 qubits", priced(Barrier(Call(2.0), 3.0), path)
    yield from large()


def large() -> Iterator[tuple[str, OptionPricing]]:
    """Those whose points nobody lists."""
    several = ProductModel.from_market(6, ASSETS, seed=1)
    five = Basket([0.2] * 5, Call(SPOT))
    yield "call on a basket of 5 assets, 6 qubits each", priced(five, several)
    factors = FactorModel(4, ASSETS, [0.7] * 5, seed=1)
    yield "the same with a common factor, 4 qubits each", priced(five, factors)
    path = PathModel(3, 12, SPOT, 0.2, RATE, 1.0, points="centre", most_qubits=8, seed=1)
    yield "up-and-out call, 12 steps of 3 qubits", priced(Barrier(Call(SPOT), 130.0), path)
    coupons = 8.0 * np.arange(1, 13) / 12
    knocked = Barrier(-1 * Put(SPOT), 70.0, "down-and-in")
    note = Autocallable(105.0, coupons, knocked) + 5.0
    yield "autocallable note, 12 steps of 3 qubits", priced(note, path)
    daily = PathModel(8, 252, SPOT, 0.2, RATE, 1.0, points="centre", seed=1)
    yield "geometric Asian call, 252 steps of 8", priced(Asian(Call(SPOT), mean="geometric"), daily)


def priced(payoff: object, model: object) -> OptionPricing:
    """An application whose payoff circuit errs by half of the accuracy, or all where it cancels."""
    view = view_of(payoff, as_loader(model))
    low, high = view.payoff_range
    share = max(0.5, view.circuit_share)
    tolerance = share * ACCURACY * abs(view.target_value) / (high - low)
    return OptionPricing(payoff, view, payoff_tolerance=tolerance, ancilla=True)


def basket(number: int) -> Basket:
    """A call on the mean of some prices."""
    return Basket([1 / number] * number, Call(2.0))


def assets(number: int, qubits: int) -> QuantumWalkUncertaintyModel:
    correlation = np.full((number, number), 0.3) + 0.7 * np.eye(number)
    return QuantumWalkUncertaintyModel.from_black_scholes(
        [qubits] * number,
        [2.0] * number,
        [0.4] * number,
        0.05,
        1.0,
        correlation=correlation,
        tolerance=5e-3,
        seed=1,
    )


def needed(application: OptionPricing, accuracy: float = ACCURACY, **options: object) -> Resources:
    """Resources for a statistical error that is a fraction of the price."""
    low, high = application.payoff_range
    epsilon = accuracy * abs(application.exact_value) / (high - low)
    return resources(application, epsilon, alpha=ALPHA, **options)


def table(applications: Named | None = None) -> None:
    """Resources of contracts, a row each."""
    print(
        "| contract | points | qubits | problems | CX, T of an iterate | calls | T depth, deepest "
        "| T in all | samples of Monte Carlo |\n|---|---|---|---|---|---|---|---|---|"
    )
    for name, application in applications or contracts():
        found = needed(application)
        print(
            f"| {name} | 2^{found.grid_qubits} | {found.num_qubits} | {found.num_problems} "
            f"| {found.iterate.cx:,}, {found.iterate.t_count:,} | {found.oracle_calls:,} "
            f"| {found.deepest.t_depth:.1e} | {found.total.t_count:.1e} "
            f"| {found.classical_samples:.1e} |"
        )


def loader() -> None:
    """T gates of the loader on 8 qubits, beside Qiskit's default way to Clifford and T gates."""
    model = QuantumWalkUncertaintyModel.from_black_scholes(8, **MARKET, seed=1)
    plain = model.decompose(reps=3)
    rows = [
        (f"words within {e:g}", clifford_t(model, each=e)) for e in (3e-3, 1e-3, 2e-4, 1e-4, 1e-9)
    ]
    manager = generate_preset_pass_manager(2, basis_gates=CLIFFORD_T)
    rows.append(("Qiskit's pass manager", manager.run(plain)))
    exact = Statevector(model).probabilities()
    print("| 8 qubits | T | T depth | TV to the walk | TV to the target |\n|---|---|---|---|---|")
    for name, circuit in rows:
        gates, shown = t_count(circuit), Statevector(circuit).probabilities()
        distances = [abs(shown - other).sum() / 2 for other in (exact, model.probabilities)]
        counts = GateCounts.of(Traced.of(circuit), RotationWords(1e-3))
        print(
            f"| {name} | {gates:,} | {counts.t_depth:,} | {distances[0]:.1e} | {distances[1]:.1e} |"
        )


def words() -> None:
    """The fit of the length of words, on angles that it has not seen."""
    rng = np.random.default_rng(1)
    tolerances = np.geomspace(1e-2, 1e-12, 11)
    lengths = [
        [RotationWords(e).t_count(a) for a in rng.uniform(0, np.pi, 300)] for e in tolerances
    ]
    logs = np.repeat(np.log2(1 / tolerances), 300)
    print("fit:", np.round(np.polyfit(logs, np.ravel(lengths), 1), 3))
    print("| tolerance | mean T | standard deviation | fitted |\n|---|---|---|---|")
    for tolerance, found in zip(tolerances, lengths, strict=True):
        fitted = RotationWords(tolerance, fitted=True).t_count(0.3)
        print(f"| {tolerance:.0e} | {np.mean(found):.1f} | {np.std(found):.1f} | {fitted:.1f} |")


def circuits() -> None:
    """How many circuits Bayesian and iterative estimation run, medians of seven seeds."""
    header = " | ".join(f"a = {amplitude}" for amplitude in AMPLITUDES)
    print(f"| estimator | shots | epsilon | {header} |\n|---|---|---|---|---|---|---|")
    for name, shots in (("bayes", 1), ("bayes", 10), ("bayes", 100), ("iae", 100)):
        for epsilon in (3e-2, 1e-2, 1e-3, 1e-4):
            numbers = [
                np.median([_circuits(name, shots, epsilon, amplitude, s) for s in range(7)])
                for amplitude in AMPLITUDES
            ]
            shown = " | ".join(f"{number:.0f}" for number in numbers)
            print(f"| {name} | {shots} | {epsilon:g} | {shown} |")


def _circuits(name: str, shots: int, epsilon: float, amplitude: float, seed: int) -> int:
    run = EstimatorRun(name, None, shots=shots, seed=seed)
    return len(run.estimate([stand_in(amplitude)], [epsilon], 0.01, 1)[0].powers)


def size() -> None:
    """Time to count a circuit on 2,000 qubits for 20 harmonics of other angles."""
    rng, seconds = np.random.default_rng(1), 0.0
    for _ in range(20):
        circuit = QuantumCircuit(2001)
        for qubit in rng.permutation(2000).repeat(6):
            circuit.cx(int(qubit), 2000)
            circuit.ry(rng.uniform(0, 3), 2000)
        begin = perf_counter()
        traced = Traced.of(circuit)
        counts = GateCounts.of(traced, RotationWords.for_angles(traced.angles, 1e-10))
        seconds += perf_counter() - begin
    print(f"20 circuits of {counts.cx:,} CX, {counts.t_count:,} T: counted in {seconds:.0f} s")


def physical() -> None:
    """Microsoft's estimator on circuits, and on counts of their parts."""
    from qdk.estimator import LogicalCounts
    from qdk.qiskit import ResourceEstimatorBackend

    from qiskit_ssqw.finance.estimation.registry import method_named
    from qiskit_ssqw.finance.estimation.schedule import Schedule
    from qiskit_ssqw.finance.fault_tolerance.circuits import TracedProblem

    build = BayesianAmplitudeEstimation(0.1).construct_circuit
    print("| qubits | power | rotations: circuit, counts | physical qubits | time in us |")
    print("|---|---|---|---|---|")
    for size, power in ((3, 1), (3, 8), (5, 3), (8, 5)):
        model = QuantumWalkUncertaintyModel.from_black_scholes(size, **MARKET, seed=1)
        application = priced(CALL, model)
        circuit = build(application.to_estimation_problem(), power, measurement=True)
        fed = ResourceEstimatorBackend().run(circuit).result()
        (parts,), schedule = application.parts, Schedule(power, power, power, 1)
        loader, bayes = Traced.of(application.loader.circuit), method_named("bayes")
        traced = TracedProblem.of(parts, loader, bayes, schedule)
        gates = traced.counted(RotationWords(1e-3)).circuit(power)
        counts = {
            "numQubits": traced.num_qubits,
            "tCount": gates.toffoli_t,
            "rotationCount": gates.rotations,
            "rotationDepth": gates.rotation_depth,
            "measurementCount": 1,
        }
        told = LogicalCounts(counts).estimate()
        pairs = [(found["logicalCounts"], found["physicalCounts"]) for found in (fed, told)]
        cells = [
            ", ".join(f"{logical['rotationCount']:,}" for logical, _ in pairs),
            ", ".join(f"{counted['physicalQubits']:,}" for _, counted in pairs),
            ", ".join(f"{counted['runtime'] / 1000:,.0f}" for _, counted in pairs),
        ]
        print(f"| {traced.num_qubits} | {power} | {' | '.join(cells)} |")
    for name, application in contracts():
        for qubit in ("qubit_gate_ns_e3", "qubit_gate_ns_e4"):
            found = needed(application).physical(params={"qubitParams": {"name": qubit}})
            print(f"\n{name}, {qubit}\n{found}")


def plot(path: str) -> None:
    """Cost against accuracy, number of steps and number of assets."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    by_accuracy, by_steps, by_assets = figure.subplots(1, 3, sharey=True)
    model = QuantumWalkUncertaintyModel.from_black_scholes(8, **MARKET, seed=1)
    application, accuracies = priced(CALL, model), np.geomspace(0.1, 1e-6, 11)
    for name, label in (("bayes", "T, Bayesian"), ("iae", "T, iterative")):
        found = [needed(application, one, estimator=name) for one in accuracies]
        by_accuracy.loglog(accuracies, [one.total.t_count for one in found], "o-", label=label)
    samples = [one.classical_samples for one in found]
    by_accuracy.loglog(accuracies, samples, "k--", label="samples, Monte Carlo")
    by_accuracy.invert_xaxis()
    by_accuracy.set(xlabel="error as a fraction of the price", title="call, 8 qubits")
    by_accuracy.set_ylabel("T gates in all, or samples")
    steps = range(2, 7)
    paths = [priced(Asian(Call(2.0)), PathModel(2, n, *OF_ONE_ASSET, seed=1)) for n in steps]
    _draw(by_steps, steps, map(needed, paths))
    by_steps.set(xlabel="time steps", title=f"Asian call, error {ACCURACY:.1%}")
    numbers = range(1, 5)
    baskets = [priced(basket(n) if n > 1 else Call(2.0), _grid(n)) for n in numbers]
    _draw(by_assets, numbers, map(needed, baskets))
    by_assets.set(xlabel="assets", title=f"basket call, error {ACCURACY:.1%}")
    for axes in (by_accuracy, by_steps, by_assets):
        axes.grid(alpha=0.3)
    by_accuracy.legend()
    by_steps.legend()
    figure.savefig(path, dpi=150)


def _grid(number: int) -> QuantumWalkUncertaintyModel:
    if number > 1:
        return assets(number, 2)
    return QuantumWalkUncertaintyModel.from_black_scholes(2, *OF_ONE_ASSET, seed=1)


def _draw(axes: object, numbers: Iterable[int], found: Iterable[Resources]) -> None:
    numbers, found = list(numbers), list(found)
    for values, style, label in (
        ([one.total.t_count for one in found], "o-", "T, all circuits"),
        ([one.deepest.t_depth for one in found], "s-", "T depth, deepest circuit"),
        ([one.classical_samples for one in found], "k--", "samples, Monte Carlo"),
        ([2.0**one.grid_qubits for one in found], "k:", "points of the grid"),
    ):
        axes.semilogy(numbers, values, style, label=label)
    axes.set_xticks(numbers)


TABLES: dict[str, Callable[[], None]] = {
    "table": table,
    "loader": loader,
    "words": words,
    "circuits": circuits,
    "size": size,
    "physical": physical,
}


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:2] == ["plot", "--plot"]:
        plot(arguments[2])
        return
    for name in arguments or [name for name in TABLES if name != "physical"]:
        print(f"\n## {name}\n")
        TABLES[name]()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    run_script(main)
