"""Tables and picture of loaders on noisy devices, from the rows of ``devices_loaders.csv``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from devices_loaders import DRAWN, LEVELS, LOADERS, SIZES, TABLED
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qiskit_ssqw.visualization.figures import ACCENT, DARK, LINES, MARKERS

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "noise.png"
FLOOR = {"tv": 3e-4, "sampling": 1e-4}
"""Least that is drawn."""
HEADS = {"line 0.001": "0.1 %", "line 0.003": "0.3 %", "line 0.01": "1 %"}
TITLES = {
    "tv": "total variation of what is read",
    "tv_inverted": "total variation, readout inverted",
    "sampling": "price by sampling, bias in %",
    "sampling_mitigated": "price by sampling, mitigated, bias in %",
    "a": "one shot of A, bias in %",
    "a_mitigated": "one shot of A, mitigated, bias in %",
    "rae": "robust estimation, bias in %",
}

Rows = list[dict[str, Any]]


def report(rows: Rows) -> None:
    """Print the tables and draw the picture."""
    for measure, title in TITLES.items():
        print(f"\n{title}, median / worst of the targets\n")
        table(rows, measure)
    draw(rows)


def table(rows: Rows, measure: str) -> None:
    """Print one number of all loaders, as Markdown."""
    heads = ["qubits", "loader", "CX on a line", *(HEADS.get(name, name) for name in TABLED)]
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for size in SIZES:
        for loader in LOADERS:
            found = [of(rows, measure, name, size, loader) for name in TABLED]
            if not any(len(numbers) for numbers in found):
                continue
            gates = of(rows, "gates", "line 0.003", size, loader)
            cells = [str(size), loader, f"{np.median(gates):.0f}", *(map(cell(measure), found))]
            print("| " + " | ".join(cells) + " |")


def of(rows: Rows, measure: str, device: str, size: int, loader: str) -> np.ndarray:
    """Sizes of a number, over the targets."""
    found = [
        abs(float(row[measure]))
        for row in rows
        if (row["device"], int(row["qubits"]), row["loader"]) == (device, size, loader)
        and row[measure] != ""
    ]
    return np.array(found)


def cell(measure: str) -> Any:
    """Writes median and worst."""

    def write(numbers: np.ndarray) -> str:
        if not len(numbers):
            return ""
        pair = (np.median(numbers), numbers.max())
        if measure.startswith("tv"):
            return " / ".join(f"{number:.4f}".lstrip("0") for number in pair)
        return " / ".join(f"{100 * number:.{1 if number < 0.1 else 0}f}" for number in pair)

    return write


def draw(rows: Rows) -> None:
    """Total variation and bias of a price against the error of a CX, for all loaders."""
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, measure in ((left, "tv"), (right, "sampling")):
        for place, loader in enumerate(drawn(rows)):
            lines(axes, rows, measure, loader, place)
        axes.set(xscale="log", yscale="log", xlabel="error per CX")
        axes.set_xticks(LEVELS, [f"{100 * level:g} %" for level in LEVELS])
        axes.minorticks_off()
        axes.grid(color="0.9")
    ticks(left, (0.001, 0.003, 0.01, 0.03, 0.1))
    ticks(right, (0.0001, 0.001, 0.01, 0.1))
    left.set(ylabel="total variation", title=f"what is read, {DRAWN} qubits on a line")
    right.set(ylabel="bias (0.01 %: or less)", title="a call, averaged over samples")
    figure.legend(*right.get_legend_handles_labels(), loc="outside right center", fontsize=8)
    figure.savefig(PICTURE, dpi=120, metadata={"Software": None})


def ticks(axes: Axes, shares: Sequence[float]) -> None:
    """Label the vertical axis in percent."""
    axes.set_yticks(shares, [f"{100 * share:g} %" for share in shares])
    axes.minorticks_off()


def drawn(rows: Rows) -> Iterable[str]:
    """Loaders that are drawn; qiskit-finance's lies on StatePreparation."""
    return [name for name in LOADERS if name != "qiskit-finance"]


def lines(axes: Axes, rows: Rows, measure: str, loader: str, place: int) -> None:
    """A loader as it is read and, of prices, mitigated."""
    own = loader.startswith("walk")
    look = {"color": DARK if own else ACCENT, "marker": MARKERS[place], "markersize": 5}
    medians = curve(rows, measure, loader)
    axes.plot(LEVELS, medians, linestyle=LINES[0], label=loader, **look)
    if measure == "sampling" and loader != "walk, refitted":
        mended = curve(rows, "sampling_mitigated", loader)
        axes.plot(LEVELS, mended, linestyle=LINES[2], markerfacecolor="white", **look)


def curve(rows: Rows, measure: str, loader: str) -> list[float]:
    """Medians over the targets by the error of a CX."""
    found = [of(rows, measure, f"line {level:g}", DRAWN, loader) for level in LEVELS]
    floor = FLOOR.get(measure, 0.0)
    return [max(float(np.median(one)), floor) if len(one) else np.nan for one in found]
