"""Write what a version leaves behind beside lattice and multiscale walks, and of prices.

``python make_kinds.py FOLDER``, with that version importable: saved fits of every other kind, and
the circuits of a price for each way to encode its payoff.
"""

import json
import sys
from pathlib import Path

import numpy as np
from qiskit import qpy
from qiskit.quantum_info import Statevector

from qiskit_ssqw import (
    FitResult,
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    fit,
)
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    BestOf,
    Call,
    CreditModel,
    DigitalCall,
    FunctionPayoff,
    Market,
    OptionPricing,
    PathModel,
    ProductModel,
)
from qiskit_ssqw.targets import TargetState
from qiskit_ssqw.walks import TorusWalk, TreeWalk, Walk

OLDEST_READER = 13
"""Version of QPY that every supported Qiskit reads."""
MOST_PARTS = 2
"""Of a series, whose circuits are all alike."""

BLACK_SCHOLES = {"spot": 2.0, "volatility": 0.4, "rate": 0.05, "maturity": 40 / 365}


def fits() -> dict[str, FitResult]:
    """One fit of each kind of target and walk that schema 4 holds and `make.py` has not."""
    rng = np.random.default_rng(1)
    rough = TargetDistribution(rng.dirichlet(np.ones(8)), (0.0, 7.0))
    tree = TreeWalk.from_probabilities(rough.probabilities)
    signed = rng.normal(size=8)
    product = TargetDistribution.from_black_scholes(
        [2, 1], [2.0, 1.9], [0.4, 0.3], 0.05, 0.5, correlation=[[1, 0.5], [0.5, 1]]
    )
    square = TargetDistribution(rng.dirichlet(np.ones(4)).reshape(2, 2), axes=[[1, 2], [3, 5]])
    return {
        "tree": fit(rough, walk=tree, tolerance=1e-6, seed=1),
        "torus": fit(square, walk=TorusWalk.template((1, 1), 1), tolerance=1e-3, seed=1),
        "state": fit(TargetState(signed / np.linalg.norm(signed), (0, 1)), tolerance=0.05, seed=1),
        "product": fit(product, tolerance=0.05, seed=1),
    }


def walks() -> dict[str, Walk]:
    """One walk on two qubits of each kind but the multiscale one."""
    rng = np.random.default_rng(2)
    return {
        "tree": TreeWalk.from_probabilities(rng.dirichlet(np.ones(4))),
        "lattice": SplitStepWalk(2, rng.uniform(0, 3, (1, 2, 3)), start=1),
        "torus": TorusWalk((1, 1), rng.uniform(0, 3, (1, 2, 9))),
    }


def on_four_points(walk: Walk) -> OptionPricing:
    """A call on whatever the walk makes of four prices."""
    values = np.array([80.0, 95.0, 110.0, 125.0])
    return OptionPricing(Call(101), SSQWDistribution(walk), values=values, encoding="exact")


def prices() -> dict[str, OptionPricing]:
    """One price for each way to turn an objective qubit, on several models."""
    target = TargetDistribution.from_black_scholes(3, **BLACK_SCHOLES)
    walk = QuantumWalkUncertaintyModel(target, tolerance=5e-3, seed=1)
    two = Market([2.0, 1.9], [0.4, 0.3], 0.05, 0.5)
    path = {**BLACK_SCHOLES, "points": "centre", "most_qubits": 3, "seed": 1}
    obligors = {"default_probabilities": [0.15, 0.25], "sensitivities": [0.1, 0.05]}
    credit = CreditModel(1, **obligors, losses_given_default=[1, 2])
    return {
        "exact": OptionPricing(Call(2.0), walk, encoding="exact"),
        **{kind: on_four_points(each) for kind, each in walks().items()},
        "multiplexed": OptionPricing(Call(2.0), walk, encoding="exact", payoff_tolerance=0.05),
        "comparator": OptionPricing(DigitalCall(2.1), walk, encoding="comparator"),
        "fourier": OptionPricing(Call(2.0), walk, encoding="fourier", payoff_tolerance=0.05),
        "path": OptionPricing(Asian(Call(2.0)), PathModel(1, 2, **BLACK_SCHOLES, seed=1)),
        "barrier": OptionPricing(Barrier(Call(1.9), 2.3, "up-and-out"), PathModel(2, 2, **path)),
        "mean": OptionPricing(Asian(Call(2.0)), PathModel(2, 2, **path)),
        "sum": OptionPricing(Asian(Call(2.0)), PathModel(2, 2, **{**path, "points": "mean"})),
        "best": OptionPricing(
            BestOf(Call(2.0)), ProductModel.from_market(2, two, most_qubits=3, seed=1)
        ),
        "credit": OptionPricing(FunctionPayoff(np.sqrt), credit),
    }


def chances(prepare, iterate, objectives) -> list[float]:
    """Probabilities of a good state, before and after one iterate."""
    before = Statevector(prepare)
    after = before.evolve(iterate)
    good = 2 ** len(objectives) - 1
    return [float(state.probabilities(objectives)[good]) for state in (before, after)]


def main(folder: Path) -> None:
    """Fits with their amplitudes, and prices' circuits with their chances."""
    folder.mkdir(parents=True, exist_ok=True)
    circuits, amplitudes = [], {}
    for name, result in fits().items():
        result.save(folder / f"fit_{name}.json")
        circuits.append(SSQWDistribution(result.walk))
        found = Statevector(circuits[-1]).data
        amplitudes[name] = [found.real.round(15).tolist(), found.imag.round(15).tolist()]
    dump(circuits, folder / "walks.qpy")
    write(amplitudes, folder / "amplitudes.json")
    expected = {}
    for name, pricing in prices().items():
        parts = pricing.to_estimation_problems()[:MOST_PARTS]
        pairs = [(part.state_preparation, part.grover_operator) for part in parts]
        dump([circuit for pair in pairs for circuit in pair], folder / f"price_{name}.qpy")
        expected[name] = {
            "kind": pricing.encoded.kind,
            "objective_qubits": parts[0].objective_qubits,
            "chances": [chances(*pair, parts[0].objective_qubits) for pair in pairs],
        }
    write(expected, folder / "chances.json")


def dump(circuits, path: Path) -> None:
    with path.open("wb") as file:
        qpy.dump(circuits, file, version=OLDEST_READER)


def write(data, path: Path) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
