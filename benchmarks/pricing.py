"""Measure payoff circuits, whole prices and estimators on the reference call.

Run with ``python benchmarks/pricing.py``, or name tables: ``gates``, ``totals``, ``accuracy``,
``instances``, ``convergence`` (``convergence --plot FILE`` draws it too).

Where many runs are needed, a Grover operator is replaced by the rotation by ``4 theta`` of one
qubit, which gives the same law of outcomes, ``sin((2 k + 1) theta)**2`` after ``k`` iterates; gates
are counted on the real circuits.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from coins import Coins, stand_in
from instance import BASIS, BLACK_SCHOLES, CALL, MARKET, SEEDS, reference
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import grover_operator
from qiskit.exceptions import QiskitError
from qiskit.primitives import StatevectorSampler
from qiskit_algorithms import EstimationProblem
from qiskit_finance.applications.estimation import EuropeanCallPricing
from qiskit_finance.circuit.library import LogNormalDistribution
from running import run_script, run_tables

from qiskit_ssqw import QuantumWalkUncertaintyModel, TargetDistribution, fit
from qiskit_ssqw.finance import (
    Barrier,
    Basket,
    BullSpread,
    Call,
    OptionPricing,
    Put,
    delta,
    price,
)
from qiskit_ssqw.finance.estimation.registry import method_named
from qiskit_ssqw.finance.estimation.schedule import Goal

PAYOFF_TOLERANCE = 3e-4
SHOTS = 100
ALPHA = 0.05
TOTAL_SIZES = (3, 4, 5, 6)
NAMES = {
    "bayes": "Bayesian",
    "iae": "iterative",
    "mlae": "maximum likelihood",
    "fae": "faster",
    "ae": "canonical",
    "classical": "classical sampling",
}
SHARES = (0.01, 0.002)
"""Half widths of the interval, as shares of the price on the grid."""


def cx(circuit: QuantumCircuit) -> int:
    """CX after level-3 transpilation, all-to-all."""
    plain = transpile(circuit, basis_gates=BASIS, optimization_level=3, seed_transpiler=0)
    return int(plain.count_ops().get("cx", 0))


def best_model(num_qubits: int, tolerance: float = 1e-3) -> QuantumWalkUncertaintyModel:
    """The loader with the fewest CX of five seeds."""
    target = reference(num_qubits)
    results = [fit(target, tolerance=tolerance, seed=seed) for seed in SEEDS]
    best = min(results, key=lambda result: result.two_qubit_gates)
    return QuantumWalkUncertaintyModel(target, walk=best.walk, tolerance=tolerance)


def peer(num_qubits: int, rescaling: float) -> EuropeanCallPricing:
    """qiskit-finance's application with its own loader."""
    bounds = reference(num_qubits).bounds
    mu = np.log(2) + (0.05 - 0.08) * 40 / 365
    loader = LogNormalDistribution(num_qubits, mu, 0.16 * 40 / 365, bounds)
    return EuropeanCallPricing(num_qubits, CALL.breakpoints[0], rescaling, bounds, loader)


def peer_cost(num_qubits: int) -> Cost:
    """Gates of qiskit-finance's A and Grover operator."""
    problem = peer(num_qubits, 0.25).to_estimation_problem()
    prepare = problem.state_preparation
    oracle = QuantumCircuit(prepare.num_qubits)
    oracle.z(problem.objective_qubits[0])
    return Cost(cx(prepare), cx(grover_operator(oracle, prepare)), 0, prepare.num_qubits)


@dataclass(frozen=True)
class Cost:
    """CX of A, of one more Grover iterate, and of what is left at the end of a power."""

    prepare: int
    iterate: int
    tail: int
    qubits: int

    def of(self, powers: list[int], shots: int) -> int:
        """CX of all runs of circuits with these powers."""
        return sum(
            shots * (self.prepare + power * self.iterate + (power > 0) * self.tail)
            for power in powers
        )


def our_cost(application: OptionPricing) -> Cost:
    """Gates of our A operator and iterates."""
    operator = application.grover_operator
    prepare, iterate = cx(application.state_preparation), cx(operator.inner)
    tail = cx(operator) - iterate
    return Cost(prepare, iterate, tail, int(operator.num_qubits))


def gates() -> None:
    """The table of the A operator and the Grover operator."""
    print("reference call, loader TV <= 1e-3; CX after level 3, all-to-all")
    print(
        f"{'n':<4}{'encoding':<10}{'tolerance':<11}{'A':>5}{'Grover':>8}{'iterate':>9}{'qubits':>8}"
        f"{'price error':>13}   qiskit-finance A / Grover / qubits"
    )
    for size in (3, 4, 5, 6, 8, 10):
        model = best_model(size)
        try:
            their = peer_cost(size)
            remark = f"{their.prepare} / {their.iterate} / {their.qubits}"
        except (QiskitError, ValueError):
            remark = "loader fails"
        rows = [("exact", 0.0, None), ("exact", PAYOFF_TOLERANCE, None)]
        rows += [("exact", PAYOFF_TOLERANCE, False)]
        rows += [("fourier", 1e-3, None), ("fourier", 1e-3, False)] if size == 10 else []
        for encoding, tolerance, ancilla in rows:
            application = OptionPricing(
                CALL, model, encoding=encoding, payoff_tolerance=tolerance, ancilla=ancilla
            )
            print(f"{size:<4}{encoding:<10}{tolerance:<11g}{_gate_cells(application)}   {remark}")


def _gate_cells(application: OptionPricing) -> str:
    from qiskit_ssqw.finance.grover import GroverIterate

    problems = application.to_estimation_problems()
    problem = problems[-1]
    operator = problem.grover_operator
    assert isinstance(operator, GroverIterate)
    error = application.loaded_value / application.exact_value - 1
    cells = (
        f"{cx(problem.state_preparation):>5}{cx(operator):>8}{cx(operator.inner):>9}"
        f"{operator.num_qubits:>8}{error:>+13.3%}"
    )
    return cells + (f"   {len(problems)} harmonics" if len(problems) > 1 else "")


def spent(
    amplitude: float, epsilon: float, cost: Cost, name: str, shots: int
) -> tuple[float, float]:
    """Mean over 50 seeds of the two-qubit gates, and of the half width, of an estimation."""
    totals, widths = [], []
    for seed in range(50):
        coins = Coins(seed, default_shots=shots)
        estimator = method_named(name).make(Goal(epsilon, ALPHA, shots), coins)
        result = estimator.estimate(stand_in(amplitude))
        powers = result.powers if name == "bayes" else result.powers[1:]
        totals.append(cost.of(powers, shots))
        widths.append(result.epsilon_estimated)
    return float(np.mean(totals)), float(np.mean(widths))


def linearised(num_qubits: int, rescaling: float) -> tuple[float, float, float]:
    """Amplitude of qiskit-finance's circuit, the price it stands for, and price per amplitude."""
    target = reference(num_qubits)
    payments = CALL(target.values)
    angles = np.pi / 4 + rescaling * np.pi / 2 * (payments / payments.max() - 0.5)
    amplitude = float(np.sin(angles) ** 2 @ target.probabilities)
    scale = payments.max() * 2 / np.pi / rescaling
    return amplitude, payments.max() / 2 + scale * (amplitude - 0.5), scale


class Spending(NamedTuple):
    """Two-qubit gates to an interval of a given half width, bias included."""

    loader: str
    share: float
    cost: Cost
    total: float
    rescaling: float | None = None
    iterative: float | None = None
    """The total with the estimation that the other takes."""


def spendings(num_qubits: int, shares: Iterable[float] = SHARES) -> Iterator[Spending]:
    """What this package and qiskit-finance spend for half widths as shares of the grid price."""
    application = OptionPricing(CALL, best_model(num_qubits), payoff_tolerance=PAYOFF_TOLERANCE)
    (part,) = application.encoded.parts
    exact, value = application.exact_value, application.loaded_value
    spread = part.high - part.low
    ours, theirs = our_cost(application), peer_cost(num_qubits)
    for share in shares:
        room = share * exact - abs(value - exact)
        aim = (value - part.low) / spread, room / spread, ours
        total, same = spent(*aim, "bayes", 1)[0], spent(*aim, "iae", SHOTS)[0]
        yield Spending("qiskit-ssqw", share, ours, total, iterative=same)
        rescaling, total = _peer_spends(num_qubits, share * exact, theirs)
        yield Spending("qiskit-finance", share, theirs, total, rescaling)


def totals() -> None:
    """Two-qubit gates to a 95% interval of a given half width, bias included."""
    print("\ntwo-qubit gates to a 95% interval of the grid price, bias and half width together")
    print(
        f"{'n':<4}{'half width':<12}{'Bayesian':>12}{'iterative':>12}{'qiskit-finance':>18}{'c':>8}"
        f"{'ratio':>9}"
    )
    for size in TOTAL_SIZES:
        found = spendings(size)
        for ours, theirs in zip(found, found, strict=True):
            print(
                f"{size:<4}{ours.share:<12.1%}{ours.total:>12,.0f}{ours.iterative:>12,.0f}"
                f"{theirs.total:>18,.0f}{theirs.rescaling:>8.3f}{theirs.total / ours.total:>9.0f}"
            )


def _peer_spends(size: int, allowed: float, cost: Cost) -> tuple[float, float]:
    """The rescaling factor that leaves the amplitude most room, and the gates spent with it."""
    exact = reference(size).probabilities @ CALL(reference(size).values)
    rooms = {}
    for rescaling in np.geomspace(0.005, 0.5, 200):
        _, value, scale = linearised(size, rescaling)
        rooms[rescaling] = (allowed - abs(value - exact)) / scale
    rescaling = max(rooms, key=lambda factor: rooms[factor])
    amplitude, _, _ = linearised(size, rescaling)
    return rescaling, spent(amplitude, rooms[rescaling], cost, "iae", SHOTS)[0]


def accuracy() -> None:
    """Within 0.5% of Black-Scholes, for half of what qiskit-finance's tutorial spends."""
    amplitude, value, scale = linearised(3, 0.25)
    theirs, width = spent(amplitude, 0.01, peer_cost(3), "iae", SHOTS)
    print(
        f"\nqiskit-finance's tutorial (n=3, c=0.25, epsilon 0.01): {theirs:,.0f} two-qubit gates, "
        f"value {value / BLACK_SCHOLES - 1:+.2%}, half width {width * scale / BLACK_SCHOLES:.2%} "
        "of Black-Scholes"
    )
    model = QuantumWalkUncertaintyModel.from_black_scholes(5, **MARKET, tolerance=1e-3, seed=1)
    application = OptionPricing(CALL, model, payoff_tolerance=1e-3)
    (part,) = application.encoded.parts
    spread = part.high - part.low
    amplitude = (application.loaded_value - part.low) / spread
    cost = our_cost(application)
    bias = application.loaded_value / BLACK_SCHOLES - 1
    room = (0.005 - abs(bias)) * BLACK_SCHOLES / spread
    print(f"ours: n=5, log grid; bias {bias:+.3%}; {cost}")
    kinds: list[tuple[str, int]] = [("bayes", 1), ("bayes", 10), ("bayes", 100)]
    kinds += [("iae", 20), ("iae", 50), ("iae", 100)]
    for name, shots in kinds:
        total, width = spent(amplitude, room, cost, name, shots)
        print(
            f"  {NAMES[name]}, {shots} shots: {total:,.0f} gates, half width "
            f"{width * spread / BLACK_SCHOLES:.2%}"
        )
    for doublings, shots in ((7, 50), (8, 18), (8, 22)):
        powers = [0, *(2**power for power in range(doublings))]
        draws = [likelihood_interval(amplitude, powers, shots, seed) for seed in range(400)]
        widths = np.array([high - low for low, high in draws]) / 2
        inside = np.mean([low <= amplitude <= high for low, high in draws])
        print(
            f"  maximum likelihood, {doublings} doublings, {shots} shots: "
            f"{cost.of(powers, shots):,} gates, half width "
            f"{np.median(widths) * spread / BLACK_SCHOLES:.2%} (median), "
            f"within 0.5% together with the bias in {np.mean(widths <= room):.0%} of 400 runs; "
            f"interval contains the value in {inside:.1%}"
        )


def likelihood_interval(
    amplitude: float, powers: list[int], shots: int, seed: int
) -> tuple[float, float]:
    """The likelihood-ratio interval of qiskit-algorithms, evaluated for all angles at once."""
    from scipy.stats import chi2

    odd = 2 * np.array(powers) + 1
    rng = np.random.default_rng(seed)
    counts = rng.binomial(shots, np.sin(odd * np.arcsin(np.sqrt(amplitude))) ** 2)
    angles = np.linspace(0, np.pi / 2, 40_001)
    good = np.clip(np.sin(np.outer(angles, odd)) ** 2, 1e-15, 1 - 1e-15)
    likelihood = np.log(good) @ counts + np.log1p(-good) @ (shots - counts)
    inside = angles[likelihood >= likelihood.max() - chi2.ppf(1 - ALPHA, 1) / 2]
    return float(np.sin(inside[0]) ** 2), float(np.sin(inside[-1]) ** 2)


def instances() -> None:
    """The contracts of qiskit-finance's tutorials, on their grids."""
    low, high = reference(3).bounds
    mu, variance = np.log(2) + (0.05 - 0.08) * 40 / 365, 0.16 * 40 / 365
    two = TargetDistribution.lognormal(
        [2, 2], [mu, mu], variance * np.eye(2), [(low, high), (low, high)]
    )
    one = reference(3)
    spread = BullSpread(1.438, 2.584)
    cases = {
        "call 1.896": (CALL, one, 0.1623),
        "its delta": (delta(CALL, method="digital"), one, 0.8098),
        "put 2.126": (Put(2.126), one, 0.1709),
        "its delta ": (delta(Put(2.126), method="digital"), one, -0.8193),
        "bull spread 1.438, 2.584": (spread, one, 0.5695),
        "its delta  ": (delta(spread, method="digital"), one, 0.9291),
        "call 3.5 on a sum of two": (Basket((1, 1), Call(3.5)), two, 0.4870),
        "Asian barrier spread": (Barrier(Basket((1, 1), BullSpread(3, 4)), 2.5), two, 0.8023),
    }
    print("\nthe instances of qiskit-finance's tutorials; epsilon 0.01, seed 75")
    print(
        f"{'contract':<28}{'published':>10}{'exact':>10}{'estimate':>10}   95% interval"
        f"{'qubits':>16}{'A':>5}{'iterate':>9}"
    )
    for name, (payoff, target, published) in cases.items():
        model = QuantumWalkUncertaintyModel(target, tolerance=1e-6, seed=1)
        if target is two:
            model.num_steps = 2  # the tutorial takes two assets for two times of one
        result = price(payoff, model, epsilon=0.01, payoff_tolerance=0, seed=75, alpha=ALPHA)
        below, above = result.confidence_interval
        inside = "" if below <= result.exact_value <= above else "  misses"
        prepare = cx(OptionPricing(payoff, model).state_preparation)
        print(
            f"{name.strip():<28}{published:>10.4f}{result.exact_value:>10.4f}{result.estimate:>10.4f}"
            f"   [{below:.4f}, {above:.4f}]{inside:<8}{result.num_qubits:>6}{prepare:>5}"
            f"{result.iterate_two_qubit_gates:>9}"
        )


def convergence(plot: str | None = None) -> None:
    """Median error against oracle calls for each estimator, and for classical sampling."""
    warnings.simplefilter("ignore")
    application = OptionPricing(CALL, best_model(5))
    (part,) = application.encoded.parts
    amplitude = (application.loaded_value - part.low) / (part.high - part.low)
    problem = stand_in(amplitude)
    levels: dict[str, np.ndarray] = {
        "bayes": 2.0 ** -np.arange(3, 13),
        "iae": 2.0 ** -np.arange(3, 13),
        "mlae": 2.0 ** -np.arange(3, 13),
    }
    levels |= {"fae": 2.0 ** -np.arange(1, 8), "ae": 2.0 ** -np.arange(2, 9)}
    curves = {}
    for name, epsilons in levels.items():
        points = []
        for epsilon in epsilons:
            runs = [_error(name, epsilon, problem, amplitude, seed) for seed in range(21)]
            points.append(np.median(runs, axis=0))
        curves[name] = np.array(points)
    rng = np.random.default_rng(0)
    samples = 4 ** np.arange(3, 11)
    draws = [abs(rng.binomial(n, amplitude, 501) / n - amplitude) for n in samples]
    curves["classical"] = np.column_stack([samples, np.median(draws, axis=1)])
    print("\nerror of the amplitude against oracle calls (for classical sampling: samples), n=5")
    for name, curve in curves.items():
        slope = np.polyfit(np.log(curve[:, 0]), np.log(curve[:, 1]), 1)[0]
        print(f"{name:<10} slope {slope:+.2f}   " + _ends(curve))
    if plot is not None:
        _draw(curves, plot)


def _error(
    name: str, epsilon: float, problem: EstimationProblem, amplitude: float, seed: int
) -> tuple[float, float]:
    """Oracle calls, at least one per shot, and error of one run."""
    shots = 1 if name == "bayes" else SHOTS
    sampler = StatevectorSampler(default_shots=shots, seed=np.random.default_rng(seed))
    goal = Goal(epsilon, ALPHA, shots)
    result = method_named(name).make(goal, sampler).estimate(problem)
    estimate = result.mle if name == "ae" else result.estimation
    return max(result.num_oracle_queries, shots), abs(float(estimate) - amplitude)


def _ends(curve: np.ndarray) -> str:
    (first, coarse), (last, fine) = curve[0], curve[-1]
    return f"{first:,.0f} calls: {coarse:.1e} ... {last:,.0f} calls: {fine:.1e}"


def _draw(curves: dict[str, np.ndarray], path: str) -> None:
    from matplotlib.figure import Figure

    axes = Figure(figsize=(6.4, 4.2), layout="constrained").subplots()
    for name, curve in curves.items():
        style = {"color": "0.5", "linestyle": "--"} if name == "classical" else {"marker": "o"}
        axes.loglog(curve[:, 0], curve[:, 1], label=NAMES[name], markersize=4, **style)
    axes.set_xlabel("oracle calls (classical: samples)")
    axes.set_ylabel("median error of the amplitude")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.figure.savefig(path, dpi=150)


TABLES = {
    "gates": gates,
    "totals": totals,
    "accuracy": accuracy,
    "instances": instances,
    "convergence": convergence,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if "--plot" in sys.argv[1:]:
        run_script(lambda: convergence(sys.argv[sys.argv.index("--plot") + 1]))
    else:
        run_tables(TABLES)
