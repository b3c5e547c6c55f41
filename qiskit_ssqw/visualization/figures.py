"""New figures, and the look that all pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qiskit_ssqw.visualization.shown import ShownGrid

DARK, ACCENT, PALE = "#0f4c81", "#c44e00", "0.82"
"""Colours that differ in lightness, too."""

SMALLEST_ERROR = 1e-16
"""Drawn where an error is less: that is rounding, and zero has no logarithm."""

LINES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "p", "P", "*", "<", ">")
"""Shapes that can be full or open."""


def new_axes() -> Axes:
    """Return axes of a new figure that no window shows; a notebook does where they end a cell.

    Raises:
        ImportError: matplotlib is not installed; the message says how to install it.
    """
    axes: Axes = new_grid(7.0, 4.2)[0, 0]
    return axes


def new_grid(width: float, height: float, *, rows: int = 1, columns: int = 1) -> ShownGrid:
    """Return axes of a new figure of a size in inches, shape ``(rows, columns)``.

    Raises:
        ImportError: matplotlib is not installed; the message says how to install it.
    """
    try:
        from qiskit_ssqw.visualization.shown import ShownAxes, ShownFigure, ShownGrid
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'qiskit-ssqw[plot]'") from error
    figure = ShownFigure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, subplot_kw={"axes_class": ShownAxes})
    return axes.view(ShownGrid)
