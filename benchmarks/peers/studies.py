"""What is compared beyond loaders: fits of the papers' walk, and whole prices."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

import lattice
import pricing
import results
from catalogue import LATTICE_FITS, PRICES

from qiskit_ssqw import metrics

SIZES = {LATTICE_FITS: (3, 4, 5), PRICES: pricing.TOTAL_SIZES}
COUNTS = {LATTICE_FITS: 8, PRICES: 2 * len(pricing.SHARES)}
"""Rows of each study on one size."""
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
    for loader, share, cost, total, *_ in pricing.spendings(num_qubits):
        yield {
            "peer": loader,
            "version": version(loader),
            "setting": f"half_width={share:g}",
            "qubits": cost.qubits,
            "cx": cost.prepare,
            "grover_cx": cost.iterate + cost.tail,
            "total_cx": total,
        }


def rows(sizes: Iterable[int], known: set[tuple[str, ...]]) -> Iterator[Columns]:
    """The rows of all studies on some numbers of qubits, but for those whose keys are known.

    A study of one size of which any row is missing is made again as a whole.
    """
    for target, study in ((LATTICE_FITS, fits), (PRICES, prices)):
        for size in sorted(set(sizes) & set(SIZES[target])):
            if sum(key[1:3] == (str(size), target) for key in known) < COUNTS[target]:
                for columns in study(size):
                    row = {"n": size, "target": target, **columns}
                    if tuple(str(row[name]) for name in results.KEY) not in known:
                        yield row
