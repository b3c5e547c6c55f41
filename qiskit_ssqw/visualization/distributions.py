"""What a fit loads, and what a payoff makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.visualization.figures import ACCENT, DARK, PALE, new_axes, new_grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qiskit_ssqw.finance import Payoff

_LARGEST_SHARE_BELOW = 0.6
"""Share of the height for negative payoffs; the rest remains for the probabilities."""

_SLANT = 1e-6
"""Share of the grid over which a jump of a payoff is drawn."""

_SNAP = 1e-8
"""Relative distance from a strike at which a price is surely not taken for the strike."""

_MARGIN = 0.05
"""Share of the height that remains free at an end."""


def plot_loaded_distribution(
    result: FitResult,
    *,
    payoff: Callable[[Any], Any] | None = None,
    magnify_error: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the target and the loaded probabilities of a one-dimensional fit, and a payoff.

    A good fit cannot be told from its target by eye. ``magnify_error=20`` adds a hatched band
    around the target, of half width ``20 |loaded - target|`` at each point and cut off at zero: it
    shows where on the grid the error is.

    Args:
        result: The fit.
        payoff: Function of the grid points, an array, drawn on a second axis.
        magnify_error: By how much the error is magnified; no band by default.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: ``magnify_error`` is not a real number.
        ValueError: The target has several dimensions, or ``magnify_error`` is not positive.
    """
    target = check.instance(result, FitResult, "result").target
    if target.values.ndim != 1:
        raise ValueError(
            f"only one-dimensional targets can be drawn, got {len(target.register_sizes)}"
        )
    if magnify_error is not None:
        magnify_error = check.positive(magnify_error, "magnify_error")
    ax = new_axes() if ax is None else ax
    grid = target.values
    coarse = len(grid) <= 32
    _draw_bars(ax, grid, target.probabilities, 0.85 if coarse else 1.0, "target")
    ax.plot(
        grid,
        result.walk.probabilities(),
        "o" if coarse else "-",
        color=DARK,
        label=f"loaded, {result.two_qubit_gates} CX, TV {result.total_variation:.1e}",
    )
    if magnify_error is not None:
        _draw_band(ax, result, magnify_error)
    ax.set_xlabel("value at maturity" if payoff is not None else "value")
    ax.set_ylabel("probability")
    twins = [] if payoff is None else [_draw_payoff(ax, payoff, grid, "payoff")]
    _legend_above(ax, *twins)
    return ax


def _draw_bars(ax: Axes, grid: Array, weights: Array, share: float, label: str) -> None:
    """Bars that fill a share of the cells between the mid points of the grid."""
    middles = (grid[1:] + grid[:-1]) / 2
    edges = np.array([2 * grid[0] - middles[0], *middles, 2 * grid[-1] - middles[-1]])
    widths = np.diff(edges)
    left = edges[:-1] + (1 - share) / 2 * widths
    ax.bar(left, weights, width=share * widths, align="edge", color=PALE, label=label)


def _draw_band(ax: Axes, result: FitResult, factor: float) -> None:
    target = result.target.probabilities
    error = factor * np.abs(result.walk.probabilities() - target)
    ax.fill_between(
        result.target.values,
        np.maximum(target - error, 0.0),
        target + error,
        step="mid",
        facecolor="none",
        edgecolor="0.35",
        hatch="////",
        linewidth=0.5,
        label=f"error x {factor:g}",
    )


def plot_images(
    results: Sequence[FitResult],
    *,
    titles: Sequence[str] | None = None,
    axes: NDArray[np.object_] | None = None,
) -> NDArray[np.object_]:
    """Draw two-dimensional fits as grey images: targets above, loaded probabilities below.

    Dimension 0 runs downwards. Both images of a fit share their scale, from white for probability
    zero to black for the target's largest.

    Args:
        results: The fits, one column each.
        titles: Titles of the targets, one per fit.
        axes: Where to draw, shape ``(2, len(results))``; a new figure by default.

    Returns:
        The axes drawn on, shape ``(2, len(results))``.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: A target is not two-dimensional, there is no fit, or there are more or fewer
            titles or axes than fits.
    """
    results = check.sequence(results, "results")
    count = len(results)
    for result in results:
        check.instance(result, FitResult, "a result")
        if len(result.target.register_sizes) != 2:
            raise ValueError(
                "only two-dimensional targets can be drawn as images, "
                f"got {len(result.target.register_sizes)}"
            )
    if count == 0:
        raise ValueError("results must hold at least one fit, got none")
    if titles is not None and len(titles := check.sequence(titles, "titles")) != count:
        raise ValueError(f"titles must be as many as the {count} fits, got {len(titles)}")
    if axes is None:
        axes = new_grid(max(count, 3), 3, rows=2, columns=count)
    if np.shape(axes) != (2, count):
        raise ValueError(f"axes must have shape {(2, count)}, got {np.shape(axes)}")
    for column, result in enumerate(results):
        _draw_images(result, *axes[:, column])
        if titles is not None:
            axes[0, column].set_title(titles[column])
    return axes


def _draw_images(result: FitResult, above: Axes, below: Axes) -> None:
    target = result.target.probabilities
    loaded = result.walk.probabilities().reshape(target.shape)
    for ax, image in ((above, target), (below, loaded)):
        ax.imshow(image, cmap="gray_r", vmin=0, vmax=target.max())
        ax.set_xticks([])
        ax.set_yticks([])
    below.set_title(f"TV {result.total_variation:.1e}", fontsize="small")


def plot_payoff(payoff: Payoff, model: Any, *, ax: Axes | None = None) -> Axes:
    """Draw a payoff over the distribution of a one-dimensional model, with its strikes.

    Args:
        payoff: What the option pays; strikes are drawn if it is piecewise linear.
        model: Anything with ``values`` and ``probabilities``, such as
            `QuantumWalkUncertaintyModel`, or a target.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes of the distribution; the payoff is on a second axis.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: ``payoff`` is no payoff, or ``model`` has no grid.
        ValueError: The model has several dimensions.
    """
    if not callable(payoff) or not hasattr(payoff, "name"):
        raise TypeError(f"payoff must be a payoff of qiskit_ssqw.finance, got {payoff!r}")
    if not hasattr(model, "values") or not hasattr(model, "probabilities"):
        raise TypeError(f"model must have values and probabilities, got {model!r}")
    grid, weights = np.asarray(model.values), np.asarray(model.probabilities).ravel()
    if grid.ndim == 2 and grid.shape[1] == 1:
        grid = grid[:, 0]
    if grid.ndim != 1:
        raise ValueError(f"only one-dimensional models can be drawn, got {grid.shape[1]}")
    ax = new_axes() if ax is None else ax
    _draw_bars(ax, grid, weights, 0.85, "probability")
    ax.set_xlabel("value at maturity")
    ax.set_ylabel("probability")
    twin = _draw_payoff(ax, payoff, grid, payoff.name)
    mean = float(weights @ payoff(grid))
    twin.axhline(mean, linestyle=":", color=DARK, label=f"mean {mean:.4g}")
    _mark_strikes(ax, getattr(payoff, "breakpoints", ()))
    _legend_above(ax, twin, height=1.05)
    return ax


def _draw_payoff(ax: Axes, payoff: Callable[[Any], Any], grid: Array, name: str) -> Axes:
    """Draw a payoff on a second axis, with its kinks and jumps, and zero at the same height."""
    strikes = np.array(getattr(payoff, "breakpoints", ()), dtype=float)
    strikes = strikes[(grid[0] < strikes) & (strikes <= grid[-1])]
    just_below = strikes - np.maximum(_SLANT * np.ptp(grid), _SNAP * np.abs(strikes))
    points = np.union1d(grid, [strikes, just_below])
    payments = np.broadcast_to(payoff(points), points.shape)
    twin = ax.twinx()
    twin.plot(points, payments, "--", color=ACCENT, label=name)
    twin.set_ylabel("payoff")
    _share_zero(ax, twin, payments)
    return twin


def _share_zero(ax: Axes, twin: Axes, payments: Array) -> None:
    """Put the zeros of both axes at one height, with a line there if some payments are negative."""
    low, high = min(payments.min(), 0.0), max(payments.max(), 0.0)
    below = min(-low / (high - low or 1.0), _LARGEST_SHARE_BELOW)
    above = 1 - below
    tallest = ax.dataLim.ymax / above
    largest = max(high / above, -low / below if below else 0.0) or 1.0
    bottom, top = -below - _MARGIN if below else 0.0, above + _MARGIN
    twin.set_ylim(bottom * largest, top * largest)
    ax.set_ylim(bottom * tallest, top * tallest)
    if below:
        ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= top * tallest])
        ax.axhline(0, color="0.4", linewidth=1)


def _mark_strikes(ax: Axes, strikes: Sequence[float]) -> None:
    """Lines with the strikes above them; the outer ones' numbers stand outside."""
    sides = {0: "right", len(strikes) - 1: "left"} if len(strikes) > 1 else {}
    for number, strike in enumerate(strikes):
        ax.axvline(strike, color="0.4", linewidth=1)
        place, side = (strike, 1.01), sides.get(number, "center")
        ax.annotate(f"{strike:g}", place, xycoords=("data", "axes fraction"), ha=side)


def _legend_above(ax: Axes, *twins: Axes, height: float = 1.0) -> None:
    """One legend for axes that share their abscissa, above them."""
    handles, labels = ax.get_legend_handles_labels()
    for twin in twins:
        more_handles, more_labels = twin.get_legend_handles_labels()
        handles, labels = handles + more_handles, labels + more_labels
    ax.legend(
        handles,
        labels,
        frameon=False,
        loc="lower center",
        bbox_to_anchor=(0.5, height),
        ncols=len(labels),
    )
