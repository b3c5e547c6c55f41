"""Pictures of fits and loaders; needs matplotlib (extra ``plot``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qiskit_ssqw.fitting import FitResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_loaded_distribution(
    result: FitResult,
    *,
    payoff: Callable[[Any], Any] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the target and the loaded probabilities of a one-dimensional fit, and a payoff.

    Args:
        result: The fit.
        payoff: Function of the grid points, an array, drawn on a second axis.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: The target has several dimensions.
    """
    target = result.target
    if target.values.ndim != 1:
        raise ValueError(
            f"only one-dimensional targets can be drawn, got {len(target.register_sizes)}"
        )
    ax = new_axes() if ax is None else ax
    grid = target.values
    coarse = len(grid) <= 32
    step = grid[1] - grid[0]
    width = (0.85 if coarse else 1.0) * step
    ax.bar(grid, target.probabilities, width=width, color="0.82", label="target")
    ax.plot(
        grid,
        result.walk.probabilities(),
        "o" if coarse else "-",
        color="#0f4c81",
        label=f"loaded, {result.two_qubit_gates} CX, TV {result.total_variation:.1e}",
    )
    ax.set_xlabel("value at maturity" if payoff is not None else "value")
    ax.set_ylabel("probability")
    handles, labels = ax.get_legend_handles_labels()
    if payoff is not None:
        twin = ax.twinx()
        twin.plot(grid, payoff(grid), "--", color="#c44e00", label="payoff")
        twin.set_ylabel("payoff")
        twin.set_ylim(bottom=0)
        handles, labels = (
            a + b for a, b in zip((handles, labels), twin.get_legend_handles_labels(), strict=True)
        )
    ax.legend(
        handles,
        labels,
        frameon=False,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=len(labels),
    )
    return ax


def new_axes() -> Axes:
    """Return axes of a new figure that no window shows.

    Raises:
        ImportError: matplotlib is not installed; the message says how to install it.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'qiskit-ssqw[plot]'") from error
    axes: Axes = Figure(figsize=(7.0, 4.2), layout="constrained").subplots()
    return axes
