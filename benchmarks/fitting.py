"""Measure the fitting engine: gates, depth, errors, time and memory for each target and tolerance.

Run all tables with ``python benchmarks/fitting.py``, or some of them by name, such as
``python benchmarks/fitting.py reference shapes``. CX and depths are counted after level-3
transpilation to cx, rz, sx, x; CX on a line after routing to a line of as many qubits.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable
from itertools import product

import numpy as np
from arch.data import sp500
from instance import BASIS, MARKET, reference
from qiskit import QuantumCircuit, transpile
from qiskit.transpiler import CouplingMap
from running import run_tables
from scipy import stats
from scipy.optimize import minimize

from qiskit_ssqw import FitResult, SSQWDistribution, TargetDistribution, fit, fit_many
from qiskit_ssqw.fitting import fit_continuous
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.targets import TargetState

HEADER = (
    f"{'target':<22}{'n':>3}{'tolerance':>11}{'CX':>10}{'line':>6}{'2q depth':>10}{'depth':>7}"
    f"{'TV':>10}{'KL':>10}{'seconds':>9}{'MiB':>6}"
)


def shapes(num_qubits: int) -> dict[str, TargetDistribution]:
    """Targets of other shapes, as probabilities of cells where SciPy knows the distribution."""
    scipy = TargetDistribution.from_scipy
    points = np.linspace(-4, 4, 2**num_qubits)
    mixture = stats.norm.pdf(points, -1.5, 0.5) + 0.6 * stats.norm.pdf(points, 1, 0.8)
    prices = sp500.load()["Adj Close"].to_numpy()
    returns = np.diff(np.log(prices))
    reach = 4 * returns.std()
    return {
        "normal": scipy(num_qubits, stats.norm(), (-3, 3)),
        "Student t(3)": scipy(num_qubits, stats.t(3), (-6, 6)),
        "exponential": scipy(num_qubits, stats.expon(), (0, 6)),
        "gamma(2)": scipy(num_qubits, stats.gamma(2), (0, 8)),
        "beta(2, 5)": scipy(num_qubits, stats.beta(2, 5), (0, 1)),
        "triangular": scipy(num_qubits, stats.triang(0.3), (0, 1)),
        "two Gaussians": TargetDistribution(mixture / mixture.sum(), (-4, 4)),
        "uniform": TargetDistribution(np.full(2**num_qubits, 0.5**num_qubits), (0, 1)),
        "S&P 500, smoothed": scipy(num_qubits, stats.gaussian_kde(returns), (-reach, reach)),
        "S&P 500, raw counts": TargetDistribution.from_samples(
            num_qubits, returns, (-reach, reach)
        ),
    }


def basket(assets: int, qubits: int) -> TargetDistribution:
    """Correlated prices (0.6) of several assets, each with the reference market's parameters."""
    volatility, maturity, correlation = MARKET["volatility"], MARKET["maturity"], 0.6
    mu = (MARKET["rate"] - volatility**2 / 2) * maturity + np.log(MARKET["spot"])
    variance = volatility**2 * maturity
    covariance = variance * (correlation + (1 - correlation) * np.eye(assets))
    mean = np.exp(mu + variance / 2)
    spread = 3 * mean * np.sqrt(np.expm1(variance))
    bounds = [(max(0.0, mean - spread), mean + spread)] * assets
    return TargetDistribution.lognormal([qubits] * assets, [mu] * assets, covariance, bounds)


def depths(result: FitResult) -> tuple[int, int, int, int]:
    """CX all-to-all and on a line, two-qubit depth, and depth."""
    circuit = SSQWDistribution(result.walk)
    flat = transpile(circuit, basis_gates=BASIS, optimization_level=3, seed_transpiler=0)
    place = {qubit: index for index, qubit in enumerate(getattr(result.walk, "line", ()))}
    routed = transpile(
        circuit,
        basis_gates=BASIS,
        coupling_map=CouplingMap.from_line(circuit.num_qubits),
        initial_layout=[place[qubit] for qubit in range(circuit.num_qubits)] if place else None,
        optimization_level=3,
        seed_transpiler=0,
    )
    two_qubit_depth = flat.depth(lambda instruction: len(instruction.qubits) == 2)
    return (
        flat.count_ops().get("cx", 0),
        routed.count_ops().get("cx", 0),
        two_qubit_depth,
        flat.depth(),
    )


def row(
    name: str,
    target: TargetDistribution,
    tolerance: float,
    seeds: Iterable[int],
    signs: str = "positive",
) -> None:
    """Print one line: the best walk, best, median and worst CX, median time and peak memory."""
    results, seconds = [], []
    for seed in seeds:
        started = time.perf_counter()
        results.append(fit(target, tolerance=tolerance, signs=signs, seed=seed))
        seconds.append(time.perf_counter() - started)
    best = min(results, key=lambda result: (not result.success, result.two_qubit_gates))
    gates = [result.two_qubit_gates for result in results]
    median, worst = statistics.median_low(gates), max(gates)
    tracemalloc.start()
    fit(target, tolerance=tolerance, signs=signs, seed=best.seed, callback=lambda step: None)
    memory = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    cx, on_a_line, two_qubit_depth, depth = depths(best)
    print(
        f"{name:<22}{target.num_qubits:>3}{tolerance:>11g}{f'{cx}-{median}-{worst}':>10}{on_a_line:>6}"
        f"{two_qubit_depth:>10}{depth:>7}{best.total_variation:>10.1e}{best.kl_divergence:>10.1e}"
        f"{statistics.median(seconds):>9.2f}{memory:>6.0f}"
        + ("" if all(result.success for result in results) else "  MISSED"),
        flush=True,
    )


def reference_table() -> None:
    """The reference instance at all sizes and tolerances."""
    print(f"\nreference instance, best, median and worst of five seeds\n{HEADER}")
    for num_qubits in (3, 4, 6, 8, 10, 12, 16):
        for tolerance in (2e-2, 5e-3, 2e-3, 1e-3):
            row("log-normal", reference(num_qubits), tolerance, range(5))


def tight_table() -> None:
    """The reference instance at a tight tolerance."""
    print(f"\nreference instance, best, median and worst of three seeds\n{HEADER}")
    for num_qubits in (3, 4, 6, 8, 10, 12, 16):
        row("log-normal", reference(num_qubits), 5e-5, range(3))


def signs_table() -> None:
    """What free signs save, on the few qubits where they compete."""
    print(f"\nfree signs, best, median and worst of five seeds\n{HEADER}")
    for num_qubits in (3, 4):
        for tolerance in (2e-2, 5e-3, 2e-3, 1e-3, 1e-6):
            row("log-normal", reference(num_qubits), tolerance, range(5), "free")
    for tolerance in (1e-2, 1e-3):
        for signs in ("positive", "free"):
            row(f"2 assets x 2, {signs}", basket(2, 2), tolerance, range(5), signs)


def shapes_table() -> None:
    """Other shapes, and a random target that has to be loaded exactly."""
    print(f"\nother shapes, best to worst of two seeds\n{HEADER}")
    for name, target in shapes(8).items():
        row(name, target, 5e-3, range(2))
    for num_qubits in (6, 8, 10):
        random = np.random.default_rng(1).dirichlet(np.ones(2**num_qubits))
        row("random (Dirichlet)", TargetDistribution(random, (0, 1)), 1e-6, range(1))


def baskets_table() -> None:
    """Correlated assets on product grids."""
    print(f"\ncorrelated log-normal prices, one seed\n{HEADER}")
    for assets, qubits in ((2, 3), (2, 4), (2, 5), (3, 3)):
        row(f"{assets} assets x {qubits}", basket(assets, qubits), 1e-2, range(1))


def pairs_table() -> None:
    """Two correlated assets of volatilities 20 and 30 % over half a year, on log grids."""
    print(f"\ntwo assets, best, median and worst of three seeds\n{HEADER}")
    for sizes, correlation, tolerances in (
        ([4, 4], -0.8, (5e-3, 1e-3)),
        ([4, 4], 0.95, (5e-3, 1e-3)),
        ([5, 5], 0.6, (1e-2,)),
    ):
        target = TargetDistribution.from_black_scholes(
            sizes, 1.0, [0.2, 0.3], 0.0, 0.5, correlation=[[1, correlation], [correlation, 1]]
        )
        for tolerance in tolerances:
            row(f"correlation {correlation:g}", target, tolerance, range(3))


def default_table() -> None:
    """The default constructor, of every market, and of markets aligned with a strike."""
    markets = list(product((0.05, 0.1, 0.2, 0.4, 0.7, 1.0), (1 / 365, 0.1, 0.5, 1, 2, 5)))
    print("\nfrom_black_scholes with defaults, tolerance 1e-3; 36 markets, and aligned in brackets")
    print(f"{'n':>3}{'CX':>16}{'largest seconds':>22}")
    for num_qubits in range(3, 13):
        found = []
        for align in (None, 105.0):
            gates, seconds = [], []
            for volatility, maturity in markets:
                options = {} if align is None or volatility * maturity < 0.05 else {"align": align}
                target = TargetDistribution.from_black_scholes(
                    num_qubits, 100.0, volatility, 0.02, maturity, **options
                )
                started = time.perf_counter()
                result = fit(target, seed=len(seconds))
                seconds.append(time.perf_counter() - started)
                gates.append(result.two_qubit_gates if result.success else np.inf)
            found.append((f"{min(gates)} to {max(gates)}", f"{max(seconds):.2f}"))
        (cx, slow), (aligned, aligned_slow) = found
        print(
            f"{num_qubits:>3}{f'{cx} ({aligned})':>20}{f'{slow} ({aligned_slow})':>18}", flush=True
        )


def family_table() -> None:
    """Random log-normal markets on linear grids, either rule: gates, time, and what was missed."""
    print("\nrandom log-normals, tolerance 1e-3: CX, seconds, fits that missed")
    rng = np.random.default_rng(7)
    for num_qubits in (6, 8, 10):
        gates, seconds, missed = [], [], 0
        for rule in ("pdf", "cell"):
            for _ in range(34):
                std = np.exp(rng.uniform(np.log(0.02), np.log(1.0)))
                target = TargetDistribution.from_black_scholes(
                    num_qubits, 100.0, std, 0.02, 1.0, num_std=rng.uniform(2.5, 4), rule=rule
                )
                started = time.perf_counter()
                result = fit(target, seed=len(seconds))
                seconds.append(time.perf_counter() - started)
                gates.append(result.two_qubit_gates)
                missed += not result.success
        print(
            f"n={num_qubits}: {min(gates)} to {max(gates)} CX, median "
            f"{statistics.median(gates):g}; {statistics.median(seconds):.2f} s, largest "
            f"{max(seconds):.1f} s; "
            f"{missed} of {len(gates)} missed",
            flush=True,
        )


def rivals_table() -> None:
    """Published instances of others, and walks on more qubits than a state vector holds."""
    print("\nLevy distribution within (0, 20), arXiv:2412.05202: CX, TV and KS at most, seconds")
    for num_qubits in (14, 64, 156):
        started = time.perf_counter()
        levy = fit_continuous(stats.levy(), num_qubits, (0, 20), tolerance=1e-2, seed=0)
        print(
            f"{num_qubits:>4} qubits: {levy.two_qubit_gates} CX, {levy.total_variation:.1e}, "
            f"{levy.kolmogorov_smirnov:.1e}, {time.perf_counter() - started:.1f}"
        )
    points = np.linspace(-2, 2, 256, endpoint=False)
    wave = np.exp(-(points**2))
    wave /= np.linalg.norm(wave)
    result = fit(TargetState(wave, (-2, 2)), tolerance=7.6e-5, seed=0)
    loaded = result.walk.amplitudes()
    error = np.mean((loaded * np.sign(loaded @ wave) - wave) ** 2)
    print(f"exp(-x^2), 8 qubits, arXiv:2210.14892: {result.two_qubit_gates} CX, MSE {error:.1e}")
    started = time.perf_counter()
    target = bivariate_normal(7)
    result = fit(target, tolerance=1.4e-2, seed=0)
    walk = result.walk.refined([12, 12], register_sizes=target.register_sizes)
    fine = bivariate_normal(12).probabilities
    distance = total_variation(walk.probabilities(), fine.ravel())
    print(
        f"bivariate normal, rho 0.5, within 3 std, 2 x 12 qubits, arXiv:2405.21058: "
        f"{len(walk.flips)} CX, TV {distance:.1e}, {time.perf_counter() - started:.0f} s"
    )


def bivariate_normal(size: int) -> TargetDistribution:
    """Density at the middles of equal cells of 3 standard deviations around the mean."""
    end = 3 * (1 - 2.0**-size)
    return TargetDistribution.normal(
        [size, size], [0, 0], [[1, 0.5], [0.5, 1]], [(-end, end)] * 2, rule="pdf"
    )


def surface_table() -> None:
    """An option surface of 500 maturities and volatilities."""
    family = [
        TargetDistribution.from_black_scholes(
            6, 2.0, volatility, 0.05, maturity, num_std=3, rule="pdf"
        )
        for maturity in np.linspace(0.1, 2, 25)
        for volatility in np.linspace(0.1, 0.6, 20)
    ]
    started = time.perf_counter()
    results = fit_many(family, tolerance=2e-3, n_jobs=2, seed=0)
    seconds = time.perf_counter() - started
    gates = [result.two_qubit_gates for result in results]
    print(
        f"\nfit_many, 25 maturities x 20 volatilities, 6 qubits, tolerance 2e-3, two workers: "
        f"{seconds:.0f} s, {sum(result.success for result in results)} of {len(results)} within "
        f"the tolerance, CX {min(gates)} to {max(gates)}, median {statistics.median(gates):g}"
    )


def qgan_targets() -> dict[str, TargetDistribution]:
    """Samples rounded to integers and truncated to [0, 7] (arXiv 1904.00043), exactly."""
    edges = np.arange(-0.5, 8)

    def cells(cdf: Callable[[np.ndarray], np.ndarray]) -> TargetDistribution:
        masses = np.diff(cdf(edges))
        return TargetDistribution(masses / masses.sum(), (0, 7))

    return {
        "qGAN log-normal": cells(stats.lognorm(s=1, scale=np.e).cdf),
        "qGAN triangular": cells(stats.triang(2 / 7, 0, 7).cdf),
        "qGAN bimodal": cells(lambda x: stats.norm.cdf(x, 0.5, 1) + stats.norm.cdf(x, 3.5, 0.5)),
    }


def trained_ansatz(target: TargetDistribution, blocks: int) -> tuple[float, int]:
    """Best TV of the qGAN's own ansatz (RY, then blocks of CZ and RY) trained on the same loss.

    Returns:
        The total variation of the best of ten starts, and the number of CZ.
    """
    root, size = np.sqrt(target.probabilities), target.num_qubits
    index = np.arange(2**size)
    signs = np.ones(2**size)
    for qubit in range(size):  # a ring of CZ, as in qiskit's RealAmplitudes with full rotation
        pair = (index >> qubit) & (index >> ((qubit + 1) % size)) & 1
        signs = signs * np.where(pair, -1.0, 1.0)

    def state(angles: np.ndarray) -> np.ndarray:
        amplitudes = np.zeros(2**size)
        amplitudes[0] = 1.0
        for layer, row in enumerate(angles.reshape(blocks + 1, size)):
            if layer:
                amplitudes = signs * amplitudes
            for qubit, angle in enumerate(row):
                cos, sin = np.cos(angle / 2), np.sin(angle / 2)
                halves = amplitudes.reshape(-1, 2, 2**qubit)
                zero, one = halves[:, 0], halves[:, 1]
                amplitudes = np.stack([cos * zero - sin * one, sin * zero + cos * one], 1).ravel()
        return amplitudes

    rng, best = np.random.default_rng(0), 1.0
    for _ in range(10):
        start = rng.normal(size=(blocks + 1) * size)
        angles = minimize(lambda x: 1 - (root @ state(x)) ** 2, start, method="BFGS").x
        best = min(best, 0.5 * np.abs(state(angles) ** 2 - target.probabilities).sum())
    return best, blocks * size


def qgan_table() -> None:
    """The qGAN trio, beside the qGAN's own ansatz trained directly."""
    print("\nqGAN trio: CX and TV of the walk (tolerance 1e-6); CZ and TV of the qGAN's ansatz")
    print("with 1, 2 and 3 blocks trained on the same loss (best of ten starts)")
    print("published for the trained generator (qiskit tutorial, log-normal): KL 0.0387, KS 0.061")
    for name, target in qgan_targets().items():
        result = fit(target, tolerance=1e-6, seed=1)
        trained = [trained_ansatz(target, blocks) for blocks in (1, 2, 3)]
        others = "   ".join(f"{gates} CZ: {error:.1e}" for error, gates in trained)
        print(f"{name:<22}{result.two_qubit_gates} CX: {result.total_variation:.1e}   {others}")


def exact_table() -> None:
    """What exact preparation costs on random targets: the walk, the tree, StatePreparation."""
    from qiskit.circuit.library import StatePreparation
    from qiskit.exceptions import QiskitError

    print(
        "\nrandom targets: CX of the walk, of the tree, of StatePreparation; lower bound of flips"
    )
    for num_qubits in (3, 4, 5, 6, 7, 8, 9, 10):
        probabilities = np.random.default_rng(2).dirichlet(np.ones(2**num_qubits))
        result = fit(TargetDistribution(probabilities, (0, 1)), tolerance=1e-6, seed=0)
        circuit = QuantumCircuit(num_qubits)
        circuit.append(StatePreparation(np.sqrt(probabilities)), circuit.qubits)
        try:
            flat = transpile(circuit, basis_gates=BASIS, optimization_level=3, seed_transpiler=0)
            peer = str(flat.count_ops()["cx"])
        except QiskitError:
            peer = "fails"
        bound = -(-(2**num_qubits - 1 - num_qubits) // 2)
        tree = 2**num_qubits - 2
        print(f"n={num_qubits}: {result.two_qubit_gates:>4}{tree:>6}{peer:>6}{bound:>6}")


TABLES = {
    "reference": reference_table,
    "tight": tight_table,
    "signs": signs_table,
    "shapes": shapes_table,
    "baskets": baskets_table,
    "pairs": pairs_table,
    "default": default_table,
    "family": family_table,
    "rivals": rivals_table,
    "surface": surface_table,
    "qgan": qgan_table,
    "exact": exact_table,
}

if __name__ == "__main__":
    run_tables(TABLES)
