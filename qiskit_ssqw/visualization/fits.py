"""How fits converge, what they cost, and the angles that they find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.visualization.figures import DARK, LINES, MARKERS, new_axes
from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_convergence(
    results: FitResult | Mapping[str, FitResult], *, ax: Axes | None = None
) -> Axes:
    """Draw the infidelity of the best walk found so far against the walks evaluated.

    A multiscale fit begins on coarse grids; each grid's curve is a piece of its own.

    Args:
        results: One fit, or several by name.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: There is no fit, or one without a history.
    """
    named = {"": results} if isinstance(results, FitResult) else dict(results)
    if not named or not all(result.history for result in named.values()):
        raise ValueError("results must hold at least one fit, each with a history")
    ax = new_axes() if ax is None else ax
    shades = np.linspace(0.0, 0.6, len(named))
    for (name, result), shade, style in zip(named.items(), shades, cycle(LINES), strict=False):
        grids = sorted({step.num_qubits for step in result.history})
        for size in grids:
            steps = [step for step in result.history if step.num_qubits == size]
            best = np.minimum.accumulate([max(step.infidelity, 1e-17) for step in steps])
            ax.plot(
                [step.evaluation for step in steps],
                best,
                style,
                color=str(shade),
                label=(name or "fit") if size == grids[-1] else None,
            )
    ax.set_yscale("log")
    ax.set_xlabel("walks evaluated")
    ax.set_ylabel("infidelity")
    if len(named) > 1:
        ax.legend(frameon=False)
    return ax


def plot_frontier(
    rows: Iterable[Mapping[str, Any]],
    *,
    emphasised: Sequence[str] = ("qiskit-ssqw",),
    ax: Axes | None = None,
) -> Axes:
    """Draw what loaders cost against how exact they are, and the best of each.

    Args:
        rows: Loaders, each with entries ``"name"``, ``"two_qubit_gates"`` and
            ``"total_variation"``; a row without the last two failed and is left out.
        emphasised: Names that are drawn in front, with a full line.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: No row has both numbers.
    """
    points: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        gates, error = row.get("two_qubit_gates"), row.get("total_variation")
        if gates is not None and error is not None:
            points.setdefault(str(row["name"]), []).append((float(error), float(gates)))
    if not points:
        raise ValueError("rows must hold at least one loader with both numbers, got none")
    ax = new_axes() if ax is None else ax
    for (name, found), marker in zip(sorted(points.items()), cycle(MARKERS), strict=False):
        best = _non_dominated(found)
        front = name in emphasised
        ax.plot(
            *np.transpose(best),
            "-" if front else ":",
            drawstyle="steps-post",
            marker=marker,
            color=DARK if front else "0.5",
            linewidth=2 if front else 1,
            zorder=3 if front else 2,
            label=name,
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("total variation distance")
    ax.set_ylabel("two-qubit gates")
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _non_dominated(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points with fewer gates than all that are as exact, from the most exact one on."""
    kept: list[tuple[float, float]] = []
    for error, gates in sorted(points):
        if not kept or gates < kept[-1][1]:
            kept.append((error, gates))
    return kept


def plot_angles(walk: MultiscaleWalk | SplitStepWalk, *, ax: Axes | None = None) -> Axes:
    """Draw a walk's angles, so that it can be seen which scales or steps look alike.

    Of a multiscale walk each flip has two angles: the control's and the target's. They stand above
    each other where the flip's fine end lies on the line. Of a lattice walk the angles ``theta`` of
    each half step's coin are drawn.

    Args:
        walk: A multiscale or a lattice walk.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: ``walk`` is a walk of another kind.
    """
    if isinstance(walk, SplitStepWalk):
        thetas = walk.coin_angles.reshape(2 * len(walk.coin_angles), -1)[:, 0]
        series = {"theta": (np.arange(1, len(thetas) + 1), thetas)}
        label = "half step of the block"
    elif isinstance(walk, MultiscaleWalk):
        place = {qubit: number for number, qubit in enumerate(walk.line)}
        levels = np.array([max(place[control], place[target]) for control, target in walk.flips])
        series = {
            name: (levels, walk.angles[:, column])
            for column, name in enumerate(("control", "target"))
        }
        label = "place on the line, coarse to fine"
    else:
        raise TypeError(f"walk must be a MultiscaleWalk or a SplitStepWalk, got {walk!r}")
    ax = new_axes() if ax is None else ax
    for (name, (x, angles)), marker, face in zip(
        series.items(), ("o", "s"), (DARK, "none"), strict=False
    ):
        wrapped = (angles + np.pi) % (2 * np.pi) - np.pi
        ax.plot(x, wrapped, marker, color=DARK, markerfacecolor=face, label=name)
    ax.axhline(0, color="0.8", linewidth=1, zorder=0)
    ax.set_ylim(-np.pi, np.pi)
    ax.set_xlabel(label)
    ax.set_ylabel("angle in radians")
    ax.legend(frameon=False)
    return ax
