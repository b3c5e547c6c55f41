"""The figure: two-qubit gates against total variation, readable in grey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import catalogue
from matplotlib.figure import Figure
from step_lines import plot_frontier
from tables import Rows, circuits

FLOOR = 1e-6
HIDDEN = ("Isometry", "qiskit-finance", "finqir")
"""These lie on StatePreparation."""
WALK = "multiscale walk"


def points(rows: Rows, column: str) -> list[dict[str, Any]]:
    """What is drawn of each row."""
    return [
        {
            "name": WALK if row["peer"] == catalogue.OURS else row["peer"],
            "two_qubit_gates": int(row[column]),
            "total_variation": max(float(row["tv"]), FLOOR),
        }
        for row in rows
        if row["peer"] not in HIDDEN
    ]


def frontier(rows: Rows, file: Path, n: int = 8) -> None:
    """Draw the reference log-normal on ``n`` qubits, all-to-all and on a line."""
    known = circuits(rows, n)
    figure = Figure(figsize=(9, 3.9), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    maps = {"cx": f"{n} qubits, all-to-all", "cx_line": f"{n} qubits on a line"}
    for axes, (column, title) in zip(panels, maps.items(), strict=True):
        plot_frontier(points(known, column), emphasised=[WALK], ax=axes)
        axes.get_legend().remove()
        axes.set(title=title, xlabel=f"total variation ({FLOOR:g}: or less)")
        axes.grid(color="0.9")
    panels[1].set_ylabel("")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside right center", fontsize=8)
    figure.savefig(file, dpi=120, metadata={"Software": None})
