"""An increment of a log-price on few points that have the moments of a normal variable."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.markets.normal_cells import normal_masses, normal_pdf
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.targets.price_grid import Points

Array = NDArray[np.float64]
Grid = Literal["log", "quantile"]

_NARROWEST, _WIDEST, _SCANNED = 1.0, 8.0, 141
"""Standard deviations between which the outer edges are searched, and in how many places."""


def increments(
    num_qubits: int, step: Market, grid: Grid, points: Points = "mean"
) -> TargetDistribution:
    """The logarithm of the growth over a step, its mean, variance and forward exact.

    Cells are stood for by their conditional means, which are stretched until the variance is that
    of the normal variable, and moved until the mean growth is that of the market. Equally wide
    cells end where the kurtosis is 3, too.

    Args:
        num_qubits: Qubits of the grid.
        step: The market of one step, of spot 1.
        grid: ``"log"`` for equally wide cells, ``"quantile"`` for equally probable ones.
        points: ``"mean"``, or ``"centre"`` for equidistant points.
    """
    from scipy.special import ndtri

    size = 2**num_qubits
    if points == "centre" and size > 2:
        weights, marks = _centred(_reach(size), size)
    elif grid == "quantile" or size == 2:
        weights, marks = _points(ndtri(np.arange(1, size) / size))
    else:
        weights, marks = _points(_reach(size) * np.linspace(-1, 1, size - 1))
    steps = float(step.log_std[0]) * marks
    drift = np.log(step.forward) - np.log(weights @ np.exp(steps))
    return TargetDistribution(weights, axes=drift + steps)


def standard_normal(num_qubits: int, grid: Grid) -> TargetDistribution:
    """A standard normal variable, its mean and variance exact.

    Args:
        num_qubits: Qubits of the grid.
        grid: As for `increments`.
    """
    from scipy.special import ndtri

    size = 2**num_qubits
    equal = grid == "quantile" or size == 2
    inner = ndtri(np.arange(1, size) / size) if equal else _reach(size) * _evenly(size)
    weights, marks = _points(inner)
    return TargetDistribution(weights, axes=marks)


def _evenly(size: int) -> Array:
    return np.linspace(-1, 1, size - 1)


def _centred(reach: float, size: int) -> tuple[Array, Array]:
    """Probabilities of equally wide cells, and equidistant points of variance 1."""
    edges = np.concatenate([[-np.inf], reach * np.linspace(-1, 1, size - 1), [np.inf]])
    weights = normal_masses(edges)
    marks = np.arange(size) - (size - 1) / 2
    return weights, marks / np.sqrt(weights @ marks**2)


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
