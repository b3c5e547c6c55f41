"""The walker of a lattice walk in space and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw.visualization.figures import ACCENT, DARK, new_axes
from qiskit_ssqw.walks import SplitStepWalk

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def plot_walker(walk: SplitStepWalk, *, ax: Axes | None = None) -> Axes:
    """Draw where the walker is after each half step, from white for never to black for surely.

    Grey levels are those of the root of the probability, so that rare sites can be seen. Dots are
    the edges of the light cone: one site up after each S+, one site down after each S-.

    Args:
        walk: A lattice walk.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: ``walk`` is no lattice walk.
    """
    history = _history(walk)
    ax = new_axes() if ax is None else ax
    image = ax.imshow(
        np.sqrt(history.T), cmap="gray_r", origin="lower", aspect="auto", vmin=0, vmax=1
    )
    sites = history.shape[1]
    times = np.arange(min(len(history), sites))  # then the cone's edges have met
    look: dict[str, Any] = {"color": ACCENT, "markeredgecolor": "white"}  # seen on black, too
    edges = (walk.start + (times + 1) // 2, walk.start - times // 2)
    for edge, label in zip(edges, ("light cone", None), strict=True):
        ax.plot(times, edge % sites, "o", markersize=4, markeredgewidth=0.7, label=label, **look)
    ax.plot(0, walk.start, "D", markersize=7, label="start", **look)
    ax.locator_params(integer=True)
    ax.set_xlabel("half steps")
    ax.set_ylabel("site of the cycle")
    ax.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
    ax.figure.colorbar(image, ax=ax, label="root of the probability")
    return ax


def animate_walker(
    walk: SplitStepWalk, *, interval: int = 250, ax: Axes | None = None
) -> FuncAnimation:
    """Return the walker's distribution as a moving picture, one frame per half step.

    The bars are roots of probabilities, so that what has spread remains visible. A notebook shows
    the animation with buttons to play it where it ends a cell.

    ``animate_walker(walk).save("walker.gif", writer="pillow")`` writes it to a file.

    Args:
        walk: A lattice walk.
        interval: Milliseconds from one frame to the next.
        ax: Where to draw; a new figure by default.

    Returns:
        The animation; keep it, as it stops when it is forgotten.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: ``walk`` is no lattice walk, or ``interval`` no integer.
        ValueError: ``interval`` is below 1.
    """
    history = _history(walk)
    check.integer(interval, "interval", minimum=1)
    ax = new_axes() if ax is None else ax
    from qiskit_ssqw.visualization.shown import ShownAnimation

    heights = np.sqrt(history)
    bars = ax.bar(np.arange(history.shape[1]), heights[0], color=DARK)
    ax.set_ylim(0, 1)
    ax.set_xlabel("site of the cycle")
    ax.set_ylabel("root of the probability")

    def draw(time: int) -> list[Artist]:
        for bar, height in zip(bars, heights[time], strict=True):
            bar.set_height(height)
        ax.set_title(f"after {time / 2:g} split steps")
        return list(bars.patches)

    figure = cast("Figure", ax.figure)
    return ShownAnimation(figure, draw, frames=len(history), interval=interval)


def _history(walk: SplitStepWalk) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    check.instance(walk, SplitStepWalk, "walk")
    return walk.position_history()
