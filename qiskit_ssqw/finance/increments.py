"""An increment of a log-price on few points that have the moments of a normal variable."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.markets.normal_cells import normal_masses, normal_pdf
from qiskit_ssqw.targets import TargetDistribution

Array = NDArray[np.float64]
Grid = Literal["log", "quantile"]

_NARROWEST, _WIDEST, _SCANNED = 1.0, 8.0, 141
"""Standard deviations between which the outer edges are searched, and in how many places."""


def increments(num_qubits: int, step: Market, grid: Grid) -> TargetDistribution:
    """The logarithm of the growth over a step, its mean, variance and forward exact.

    Cells are stood for by their conditional means, which are stretched until the variance is that
    of the normal variable, and moved until the mean growth is that of the market. Equally wide
    cells end where the kurtosis is 3, too.

    Args:
        num_qubits: Qubits of the grid.
        step: The market of one step, of spot 1.
        grid: ``"log"`` for equally wide cells, ``"quantile"`` for equally probable ones.
    """
    from scipy.special import ndtri

    size = 2**num_qubits
    if grid == "quantile" or size == 2:
        weights, points = _points(ndtri(np.arange(1, size) / size))
    else:
        weights, points = _points(_reach(size) * np.linspace(-1, 1, size - 1))
    steps = float(step.log_std[0]) * points
    drift = np.log(step.forward) - np.log(weights @ np.exp(steps))
    return TargetDistribution(weights, axes=drift + steps)


def _points(inner: Array) -> tuple[Array, Array]:
    """Probabilities of cells, and points of variance 1 in them, from their inner edges."""
    edges = np.concatenate([[-np.inf], inner, [np.inf]])
    weights = normal_masses(edges)
    means = -np.diff(normal_pdf(edges)) / weights
    return weights, means / np.sqrt(weights @ means**2)


def _reach(size: int) -> float:
    """The first outer edge at which the kurtosis is that of a normal variable.

    Where there is none, fine grids being as close to it as floating point is, the one that comes
    closest.
    """
    from scipy.optimize import brentq

    def excess(reach: float) -> float:
        weights, points = _points(reach * np.linspace(-1, 1, size - 1))
        return float(weights @ points**4) - 3

    marks = np.linspace(_NARROWEST, _WIDEST, _SCANNED)
    found = np.array([excess(mark) for mark in marks])
    if not (found > 0).any():
        return float(marks[np.argmax(found)])
    first = int(np.argmax(found > 0))
    return float(brentq(excess, marks[first - 1], marks[first]))
