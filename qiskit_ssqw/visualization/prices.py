"""How exact a price is for what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw.visualization.figures import DARK, MARKERS, SMALLEST_ERROR, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qiskit_ssqw.finance import PricingResult


def plot_estimation(
    runs: Mapping[str, Sequence[tuple[float, float] | PricingResult]] | Sequence[PricingResult],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw the error of estimates against the oracle calls that they took.

    Lines through the first series' middle show what amplitude estimation promises, an error
    proportional to ``1 / M`` for ``M`` calls, and what sampling does, ``1 / sqrt(M)``.

    Args:
        runs: Pairs (oracle calls, absolute error) by name, all positive; or prices, by name or, in
            one sequence, of several estimators. The error of a price is the distance of its
            estimate from ``loaded_value``: what the estimation adds, without the bias of grid,
            loader and payoff circuit, drawn at 1e-16 if it is less. A price that took no oracle
            calls, only samples of the state preparation, is left out.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: A run is neither a pair of numbers nor a price.
        ValueError: There is no run, or a number is not positive.
    """
    by_name = runs if isinstance(runs, Mapping) else _by_estimator(runs)
    named = {name: kept for name, found in by_name.items() if (kept := _pairs(found))}
    if not named or not all(map(len, by_name.values())):
        raise ValueError("runs must hold at least one pair of oracle calls and error by name")
    series = {
        name: check.real_array(pairs, f"runs[{name!r}]", shape=(None, 2))
        for name, pairs in named.items()
    }
    for name, pairs in series.items():
        if pairs.min() <= 0:
            raise ValueError(f"runs[{name!r}] must be positive, got {pairs.min()}")
    ax = new_axes() if ax is None else ax
    for (name, pairs), marker in zip(series.items(), cycle(MARKERS), strict=False):
        ax.plot(*pairs.T, marker, color=DARK, markerfacecolor="none", label=name)
    calls = np.concatenate([pairs[:, 0] for pairs in series.values()])
    span = np.array([calls.min(), calls.max()])
    middle = np.exp(np.log(next(iter(series.values()))).mean(axis=0))
    for power, style, label in ((1.0, "-", "1 / M"), (0.5, "--", "1 / sqrt(M)")):
        ax.plot(span, middle[1] * (middle[0] / span) ** power, style, color="0.6", label=label)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("oracle calls M")
    ax.set_ylabel("absolute error")
    ax.legend(frameon=False)
    return ax


def _by_estimator(runs: Iterable[Any]) -> dict[str, list[Any]]:
    """Prices by the name of their estimator, in the order of its first."""
    named: dict[str, list[Any]] = {}
    for run in check.sequence(runs, "runs"):
        if not hasattr(run, "oracle_calls"):
            raise TypeError(f"runs without names must be of type PricingResult, got {run!r}")
        named.setdefault(run.estimator, []).append(run)
    return named


def _pairs(runs: Iterable[Any]) -> list[Any]:
    """Oracle calls and errors of prices that took any calls; anything else as it is."""
    pairs = []
    for run in check.sequence(runs, "runs"):
        if not hasattr(run, "oracle_calls"):
            pairs.append(run)
        elif run.oracle_calls:
            error = max(abs(run.estimate - run.loaded_value), SMALLEST_ERROR)
            pairs.append((run.oracle_calls, error))
    return pairs
