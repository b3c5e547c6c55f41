"""New figures, and the look that all pictures share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DARK, ACCENT, PALE = "#0f4c81", "#c44e00", "0.82"
"""Colours that differ in lightness, too."""

SMALLEST_ERROR = 1e-16
"""Drawn where an error is less: that is rounding, and zero has no logarithm."""

LINES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "p", "P", "*", "<", ">")
"""Shapes that can be full or open."""


def new_axes() -> Axes:
    """Return axes of a new figure that no window shows.

    Raises:
        ImportError: matplotlib is not installed; the message says how to install it.
    """
    axes: Axes = new_figure(7.0, 4.2).subplots()
    return axes


def new_figure(width: float, height: float) -> Figure:
    """Return a new figure of a size in inches that no window shows.

    Raises:
        ImportError: matplotlib is not installed; the message says how to install it.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("plots need matplotlib: pip install 'qiskit-ssqw[plot]'") from error
    return Figure(figsize=(width, height), layout="constrained")
