"""How exact a price is for what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw.visualization.figures import DARK, MARKERS, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_estimation(
    runs: Mapping[str, Sequence[tuple[float, float]]], *, ax: Axes | None = None
) -> Axes:
    """Draw the error of estimates against the oracle calls that they took.

    Lines through the first series' middle show what amplitude estimation promises, an error
    proportional to ``1 / M`` for ``M`` calls, and what sampling does, ``1 / sqrt(M)``.

    Args:
        runs: Pairs (oracle calls, absolute error) by name, all positive.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: There is no run, or a number is not positive.
    """
    if not runs or not all(len(pairs) for pairs in runs.values()):
        raise ValueError("runs must hold at least one pair of oracle calls and error by name")
    series = {
        name: check.real_array(pairs, f"runs[{name!r}]", shape=(None, 2))
        for name, pairs in runs.items()
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
