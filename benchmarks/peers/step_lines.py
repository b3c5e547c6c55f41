"""What loaders cost for how exact they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from qiskit_ssqw.visualization import new_axes
from qiskit_ssqw.visualization.figures import DARK, MARKERS, SMALLEST_ERROR

_LONG_LEGEND = 10
"""Number of names above which the legend is set smaller."""


def plot_frontier(
    rows: Iterable[Any],
    *,
    emphasised: Sequence[str] = ("qiskit-ssqw",),
    ax: Axes | None = None,
) -> Axes:
    """Draw what loaders cost against how exact they are, and the best of each.

    The step line of a name is the fewest gates with which it gets at least as exact as the
    abscissa says. Rows that another one of the same name beats in both numbers are not drawn.

    Args:
        rows: Loaders, dictionaries or objects, each with entries ``"name"``,
            ``"two_qubit_gates"`` and ``"total_variation"``. A row in which one of the numbers is
            missing, ``None``, empty or NaN failed and is left out. Errors below 1e-16 are drawn
            there.
        emphasised: Names that are drawn in front, with a full line.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        TypeError: ``emphasised`` is one string.
        ValueError: No row has both numbers, one has no name, or a number is negative or infinite.
    """
    if isinstance(emphasised, str):
        raise TypeError(f"emphasised must be a sequence of names, got {emphasised!r}")
    points = _points_by_name(rows)
    if not points:
        raise ValueError("rows must hold at least one loader with both numbers, got none")
    ax = new_axes() if ax is None else ax
    for number, (name, found) in enumerate(sorted(points.items())):
        front = name in emphasised
        color = DARK if front else "0.5"
        full = number // len(MARKERS) % 2 == 0
        ax.plot(
            *np.transpose(_non_dominated(found)),
            "-" if front else ":",
            drawstyle="steps-post",
            marker=MARKERS[number % len(MARKERS)],
            markerfacecolor=color if full else "white",
            color=color,
            linewidth=2 if front else 1,
            zorder=3 if front else 2,
            label=name,
        )
    ax.set_xscale("log")
    if any(gates == 0 for found in points.values() for _, gates in found):
        ax.set_yscale("symlog", linthresh=1.0)
        ax.set_ylim(bottom=0.0)
    else:
        ax.set_yscale("log")
    ax.set_xlabel("total variation distance")
    ax.set_ylabel("two-qubit gates")
    size = "small" if len(points) > _LONG_LEGEND else None
    ax.legend(
        frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=size, labelspacing=0.3
    )
    return ax


def _points_by_name(rows: Iterable[Any]) -> dict[str, list[tuple[float, float]]]:
    """Pairs (error, gates) of the rows that did not fail."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        name, gates, error = (
            _entry(row, key) for key in ("name", "two_qubit_gates", "total_variation")
        )
        if any(number in (None, "") or np.isnan(float(number)) for number in (gates, error)):
            continue
        if name is None:
            raise ValueError(f"each row must have a name, got {row!r}")
        if not (0 <= float(gates) < np.inf and 0 <= float(error) < np.inf):
            raise ValueError(
                "two_qubit_gates and total_variation must be finite and not negative, "
                f"got {gates} and {error} for {name!r}"
            )
        points.setdefault(str(name), []).append((max(float(error), SMALLEST_ERROR), float(gates)))
    return points


def _entry(row: Any, key: str) -> Any:
    return row.get(key) if hasattr(row, "get") else getattr(row, key, None)


def _non_dominated(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points with fewer gates than all that are as exact, from the most exact one on."""
    kept: list[tuple[float, float]] = []
    for error, gates in sorted(points):
        if not kept or gates < kept[-1][1]:
            kept.append((error, gates))
    return kept
