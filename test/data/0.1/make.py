"""Write what a version leaves behind: ``python make.py FOLDER``, with that version importable."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from qiskit import qpy
from qiskit.quantum_info import Statevector

from qiskit_ssqw import SplitStepWalk, SSQWDistribution, TargetDistribution, fit
from qiskit_ssqw.walks import Walk

OLDEST_READER = 13
"""Version of QPY that every supported Qiskit reads."""


def walks(target: TargetDistribution) -> dict[str, Walk]:
    """One walk of each kind that all states of version 0.1 can make and save."""
    rng = np.random.default_rng(1)
    traced = rng.uniform(0, 3, (2, 2, 3)), rng.uniform(0, 3, 3)
    absorbed = rng.uniform(0, 3, (2, 2, 3))
    return {
        "multiscale": fit(target, tolerance=5e-3, seed=1).walk,
        "traced": SplitStepWalk(3, traced[0], start=3, initial_coin=traced[1]),
        "absorbed": SplitStepWalk(2, absorbed, start=1, coin="absorbed"),
    }


def main(folder: Path) -> None:
    """A saved fit and a circuit of each walk, with the probabilities that it had then."""
    folder.mkdir(parents=True, exist_ok=True)
    target = TargetDistribution.from_black_scholes(
        3, spot=2.0, volatility=0.4, rate=0.05, maturity=40 / 365
    )
    result = fit(target, tolerance=5e-3, seed=1)
    circuits, expected = [], {}
    for name, walk in walks(target).items():
        replace(result, walk=walk, history=()).save(folder / f"{name}.json")
        circuits.append(SSQWDistribution(walk))
        measured = Statevector(circuits[-1]).probabilities(range(3))
        expected[name] = measured.round(15).tolist()
    with (folder / "circuits.qpy").open("wb") as file:
        qpy.dump(circuits, file, version=OLDEST_READER)
    (folder / "probabilities.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
