"""How fits converge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.visualization.figures import LINES, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROUNDING = 1e-17
"""Smallest infidelity drawn."""


def plot_convergence(
    results: FitResult | Mapping[str, FitResult] | Sequence[FitResult],
    *,
    show_tolerance: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the infidelity of the best walk found so far against the walks evaluated.

    A multiscale fit begins on coarse grids; each grid's curve is a piece of its own. It also
    tries walks with more two-qubit gates than the one that it returns: the cross at the end of
    the curve, with the number of gates, is the returned walk's infidelity. A fit that evaluated
    nothing, because no gates or a tree of rotations do, is a cross at zero.

    Args:
        results: One fit, or several, by name or numbered from 1.
        show_tolerance: Whether to draw the square of each tolerance. The total variation distance
            is at most the root of the infidelity, so what lies below the line meets the
            tolerance; what lies a little above it may, too.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: Something is no `FitResult`.
        ValueError: There is no fit.
    """
    named = _named(results)
    ax = new_axes() if ax is None else ax
    shades = np.linspace(0.0, 0.6, len(named))
    for (name, result), shade, style in zip(named.items(), shades, cycle(LINES), strict=False):
        _draw_history(ax, result, name or "fit", style, str(shade))
    if show_tolerance:
        for tolerance in sorted({result.tolerance for result in named.values()}):
            label = f"TV at most {tolerance:g} below"
            ax.axhline(tolerance**2, color="0.6", linewidth=3, alpha=0.5, zorder=0, label=label)
    ax.set_yscale("log")
    ax.set_xlabel("walks evaluated")
    ax.set_ylabel("infidelity")
    if len(named) > 1 or show_tolerance:
        ax.legend(frameon=False)
    return ax


def _named(results: Any) -> dict[str, FitResult]:
    """Fits by name, or by number from 1."""
    if isinstance(results, FitResult):
        named: dict[str, FitResult] = {"": results}
    elif isinstance(results, Mapping):
        named = dict(results)
    else:
        named = {
            str(number): result
            for number, result in enumerate(check.sequence(results, "results"), 1)
        }
    for result in named.values():
        if not isinstance(result, FitResult):
            raise TypeError(f"results must be of type FitResult, got {result!r}")
    if not named:
        raise ValueError("results must hold at least one fit")
    return named


def _draw_history(ax: Axes, result: FitResult, name: str, style: str, color: str) -> None:
    grids = sorted({step.num_qubits for step in result.history})
    for size in grids:
        steps = [step for step in result.history if step.num_qubits == size]
        best = np.minimum.accumulate([max(step.infidelity, _ROUNDING) for step in steps])
        ax.plot(
            [step.evaluation for step in steps],
            best,
            style,
            color=color,
            label=name if size == grids[-1] else None,
        )
    evaluations = result.history[-1].evaluation if grids else 0
    half = result.hellinger**2  # 1 - overlap, as in the history
    end = (evaluations, max(half * (2 - half), _ROUNDING))
    ax.scatter(*end, marker="x", color=color, zorder=3, label=None if grids else name)
    gates = f"{result.two_qubit_gates} CX"
    ax.annotate(gates, end, (4, 6), textcoords="offset points", ha="right")
