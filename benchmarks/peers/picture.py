"""The figure: two-qubit gates against total variation, readable in grey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import catalogue
import matplotlib
import report
from matplotlib.axes import Axes

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FLOOR = 1e-6
MARKERS = {
    "StatePreparation": "s",
    "qclib LowRank": "^",
    "qclib BaaLowRank": "v",
    "qclib SVD": "p",
    "mps-to-circuit": "D",
    "qiu-mps-initializer": "P",
    "mpsprep": "X",
    "PennyLane MPSPrep": "*",
    "PennyLane MottonenStatePreparation": "h",
    "RealAmplitudes": "+",
}
"""Isometry, qiskit-finance and finqir lie on StatePreparation."""


def points(rows: report.Rows, column: str) -> tuple[list[int], list[float]]:
    errors = [max(float(row["tv"]), FLOOR) for row in rows]
    return [int(row[column]) for row in rows], errors


def panel(axes: Axes, rows: report.Rows, column: str, title: str) -> None:
    for name, marker in MARKERS.items():
        peer = [row for row in rows if row["peer"] == name]
        style: dict[str, Any] = {"color": "0.35", "markerfacecolor": "none", "markersize": 7}
        axes.plot(*points(peer, column), marker, label=name, **style)
    walk = []
    for tolerance in catalogue.TOLERANCES:
        seeds = report.ours(rows, tolerance)
        walk += sorted(seeds, key=lambda row: int(row[column]))[:1]
    axes.plot(*points(walk, column), "o-", color="black", label="multiscale walk")
    axes.set(xscale="log", yscale="log", title=title, xlabel="two-qubit gates (CX)")
    axes.grid(color="0.9")


def frontier(rows: report.Rows, file: Path, n: int = 8) -> None:
    """Draw the reference log-normal on ``n`` qubits, all-to-all and on a line."""
    known = report.circuits(rows, n)
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.9), sharey=True, layout="constrained")
    panel(axes[0], known, "cx", f"{n} qubits, all-to-all")
    panel(axes[1], known, "cx_line", f"{n} qubits on a line")
    axes[0].set_ylabel("total variation (1e-6: or less)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", fontsize=8)
    figure.savefig(file, dpi=120, metadata={"Software": None})
    plt.close(figure)
