"""Figures, axes and animations that a notebook shows when they end a cell, without pyplot."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_SHARPNESS = 2
"""Pixels of the picture per pixel of the page, for screens of high resolution."""

Picture = tuple[bytes, dict[str, float]]
"""A PNG, and its width and height on the page."""


class ShownFigure(Figure):
    """A figure that a notebook shows."""

    def _repr_png_(self) -> Picture:
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=_SHARPNESS * self.dpi)
        width, height = self.get_size_inches() * self.dpi
        return buffer.getvalue(), {"width": float(width), "height": float(height)}


class ShownAxes(Axes):
    """Axes that a notebook shows as their whole figure."""

    def _repr_png_(self) -> Picture | None:
        return _picture_of(self)


class ShownGrid(np.ndarray[Any, np.dtype[np.object_]]):
    """An array of axes that a notebook shows as their whole figure."""

    def _repr_png_(self) -> Picture | None:
        return _picture_of(self.flat[0]) if self.size else None


class ShownAnimation(FuncAnimation):
    """An animation that a notebook shows with buttons to play it."""

    def _repr_html_(self) -> str:
        return str(self.to_jshtml())


def _picture_of(ax: Axes) -> Picture | None:
    """The picture of the axes' figure; none of somebody else's figure."""
    figure = ax.figure
    return figure._repr_png_() if isinstance(figure, ShownFigure) else None
