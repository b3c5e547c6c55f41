"""What is compared beyond loaders: fits of the papers' walk, and whole prices."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import lattice
import pricing
from catalogue import LATTICE_FITS, PRICES

from qiskit_ssqw import metrics

SIZES = {LATTICE_FITS: (3, 4, 5), PRICES: pricing.TOTAL_SIZES}
Columns = dict[str, Any]


def fits(num_qubits: int) -> Iterator[Columns]:
    """The lattice walk fitted by this package's methods and by those of the papers, on Aer."""
    started = time.process_time()
    for name, (result, _) in lattice.solved(num_qubits):
        seconds, started = time.process_time() - started, time.process_time()
        target, found = result.target.probabilities, result.walk.probabilities()
        yield {
            "peer": "lattice walk",
            "version": version("qiskit-ssqw"),
            "setting": name,
            "qubits": result.walk.num_qubits,
            "tv": result.total_variation,
            "kl": metrics.kl_divergence(target, found),
            "mse": metrics.mean_squared_error(target, found),
            "evaluations": result.history[-1].evaluation,
            "build_seconds": seconds,
        }


def prices(num_qubits: int) -> Iterator[Columns]:
    """Gates of A and the Grover operator, and in total to intervals of the price on the grid."""
    for loader, share, cost, total, _ in pricing.spendings(num_qubits):
        yield {
            "peer": loader,
            "version": version(loader),
            "setting": f"half_width={share:g}",
            "qubits": cost.qubits,
            "cx": cost.prepare,
            "grover_cx": cost.iterate + cost.tail,
            "total_cx": total,
        }


def rows(known: set[tuple[str, str]]) -> Iterator[Columns]:
    """The rows of all studies, but for targets and sizes that are known."""
    for target, study in ((LATTICE_FITS, fits), (PRICES, prices)):
        for size in SIZES[target]:
            if (target, str(size)) not in known:
                yield from ({"n": size, "target": target, **columns} for columns in study(size))
