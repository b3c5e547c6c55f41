"""The reference instance of all benchmarks, and how they count gates."""

from __future__ import annotations

from qiskit import QuantumCircuit, transpile
from qiskit.transpiler import CouplingMap

from qiskit_ssqw import TargetDistribution
from qiskit_ssqw.finance import Call, Market

BASIS = ["cx", "rz", "sx", "x"]
CALL = Call(1.896)
MARKET = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365}
BLACK_SCHOLES = Market(**MARKET).expectation(CALL)
SEEDS = range(5)


def reference(num_qubits: int) -> TargetDistribution:
    """The grid of qiskit-finance's tutorial: density at the points, three standard deviations."""
    return TargetDistribution.from_black_scholes(num_qubits, **MARKET, num_std=3, rule="pdf")


def count_cx(circuit: QuantumCircuit, *, line: bool) -> int:
    """CX after level-3 transpilation, all-to-all or on a line, best of five seeds."""
    coupling = CouplingMap.from_line(circuit.num_qubits) if line else None
    return min(
        transpile(
            circuit,
            basis_gates=BASIS,
            coupling_map=coupling,
            optimization_level=3,
            seed_transpiler=seed,
        )
        .count_ops()
        .get("cx", 0)
        for seed in SEEDS
    )
