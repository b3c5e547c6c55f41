"""Print T gates of loaders: rotations synthesised one by one, and T-lean walks.

Run with ``python benchmarks/t_counts.py``; ``--qubits`` (3 4 5 6 8), ``--tolerances`` (1e-2 1e-3),
``--targets`` and ``--attempts`` (2) choose others, ``--phases free`` loads probabilities alone.
"T by rotations" writes the coins of a walk as Clifford RZ Clifford within one error budget, shared
equally, the largest that keeps the tolerance; the better of two walks counts. Seconds are those of
the processor.

For comparison, published loaders of 8 qubits at a total variation of about 1e-3 take 960 T on 21
qubits (alias sampling) and 2,608 T (rotations).
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from instance import MARKET
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector
from running import run_script
from scipy import stats

from qiskit_ssqw import SSQWDistribution, TargetDistribution, fit
from qiskit_ssqw.clifford_t import clifford_t, t_count, t_lean
from qiskit_ssqw.metrics import total_variation

HEADER = (
    f"{'target':<16}{'n':>2}{'tolerance':>11}{'CX':>4}{'T by rotations':>16}{'T-lean':>8}"
    f"{'TV':>10}{'T depth':>9}{'seconds':>9}"
)


def targets(num_qubits: int) -> dict[str, TargetDistribution]:
    """Several shapes: cells of known distributions, and one of two peaks."""
    scipy = TargetDistribution.from_scipy
    points = np.linspace(-4, 4, 2**num_qubits)
    peaks = stats.norm.pdf(points, -1.5, 0.5) + 0.6 * stats.norm.pdf(points, 1, 0.8)
    return {
        "log-normal": TargetDistribution.from_black_scholes(num_qubits, **MARKET),
        "wide log-normal": TargetDistribution.from_black_scholes(num_qubits, 1.0, 0.4, 0.0, 1.0),
        "normal": scipy(num_qubits, stats.norm(), (-3, 3)),
        "gamma(2)": scipy(num_qubits, stats.gamma(2), (0, 8)),
        "beta(2, 5)": scipy(num_qubits, stats.beta(2, 5), (0, 1)),
        "two Gaussians": TargetDistribution(peaks / peaks.sum(), (-4, 4)),
    }


def by_rotations(target: TargetDistribution, tolerance: float) -> int:
    """T gates of a walk whose rotations are synthesised one by one."""
    counts = []
    for share in (0.3, 0.7):
        circuit = SSQWDistribution(fit(target, tolerance=share * tolerance, seed=1).walk)
        for error in np.minimum(tolerance * 2.0 ** np.arange(6, -4, -0.5), 0.5):
            written = clifford_t(circuit, error)
            if total_variation(target.probabilities, loaded(written)) <= tolerance:
                counts.append(t_count(written))
                break
    return min(counts)


def loaded(circuit: QuantumCircuit) -> np.ndarray:
    """The probabilities of a circuit's exact state."""
    return np.asarray(Statevector(circuit).probabilities())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--qubits", nargs="+", type=int, default=[3, 4, 5, 6, 8])
    parser.add_argument("--tolerances", nargs="+", type=float, default=[1e-2, 1e-3])
    parser.add_argument("--targets", nargs="+", default=list(targets(3)))
    parser.add_argument("--attempts", type=int, default=2)
    parser.add_argument("--phases", choices=["positive", "free"], default="positive")
    options = parser.parse_args()
    print(HEADER)
    for size in options.qubits:
        for name in options.targets:
            for tolerance in options.tolerances:
                target = targets(size)[name]
                start = time.process_time()
                found = t_lean(
                    target,
                    tolerance=tolerance,
                    attempts=options.attempts,
                    phases=options.phases,
                    seed=1,
                )
                seconds = time.process_time() - start
                error = total_variation(target.probabilities, loaded(found.circuit))
                print(
                    f"{name:<16}{size:>2}{tolerance:>11g}{found.two_qubit_gates:>4}"
                    f"{by_rotations(target, tolerance):>16,}{found.t_count:>8,}{error:>10.2e}"
                    f"{found.t_depth:>9,}{seconds:>9.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    run_script(main)
