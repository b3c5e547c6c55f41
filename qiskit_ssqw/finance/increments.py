"""An increment of a path on few points that have the moments of a normal variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.markets.normal_cells import normal_masses, normal_pdf
from qiskit_ssqw.targets import TargetDistribution

Grid = Literal["log", "quantile"]
Points = Literal["mean", "centre"]

_NARROWEST, _WIDEST, _SCANNED = 1.0, 8.0, 141
"""Standard deviations between which the outer edges are searched, and in how many places."""

_KURTOSIS = 3.0
_ALLOWED = 1e-3
"""How far below that of a normal variable the kurtosis of equidistant points may be; they come as
close as one likes, but the wider they reach, the coarser they are."""


def increments(
    num_qubits: int, step: Market, grid: Grid, points: Points = "mean"
) -> TargetDistribution:
    """The logarithm of the growth over a step, its mean, variance and forward exact.

    The points of `normal_points` are scaled to the variance of the logarithm, and moved until the
    mean growth is that of the market.

    Args:
        num_qubits: Qubits of the grid.
        step: The market of one step, of spot 1.
        grid: As for `normal_points`.
        points: As for `normal_points`.
    """
    weights, places = normal_points(num_qubits, grid, points)
    steps = float(step.log_std[0]) * places
    drift = np.log(step.forward) - np.log(weights @ np.exp(steps))
    return TargetDistribution(weights, axes=drift + steps)


def price_increments(
    num_qubits: int, std: float, grid: Grid, points: Points = "mean"
) -> TargetDistribution:
    """What a normal price moves by over a step, besides its forward: mean 0, variance exact.

    A path of `BachelierPrices` is their sum up to each time, added to `path_forwards`. So all
    steps share these points, whatever the forward does.

    Args:
        num_qubits: Qubits of the grid.
        std: Standard deviation over the step, that at maturity over the root of their number.
        grid: As for `normal_points`.
        points: As for `normal_points`.

    Raises:
        ValueError: ``std`` is not positive.
    """
    weights, places = normal_points(num_qubits, grid, points)
    return TargetDistribution(weights, axes=check.positive(std, "std") * places)


def normal_points(num_qubits: int, grid: Grid, points: Points) -> tuple[Array, Array]:
    """Probabilities and points of mean 0 and variance 1 that stand for a normal variable.

    Points are the conditional means of cells, stretched until the variance is 1; equally wide cells
    end where the kurtosis is 3, too. Or they are equidistant, so that sums of increments are
    linear in the integers of their registers, with weights in proportion to the normal density:
    the trapezoidal rule, whose moments are those of the variable but for what lies beyond the
    outer points. They reach as far as the kurtosis needs to come within 1e-3 of 3; 4 and 8 of them
    reach 2.777 and 2.9986.

    Args:
        num_qubits: Qubits of the grid.
        grid: ``"log"`` for equally wide cells, ``"quantile"`` for equally probable ones. Of
            equidistant points, these are equally probable points, of kurtosis 1.8 if they are many:
            loaded by a Hadamard gate per qubit, and enough where many steps are summed.
        points: ``"mean"`` for means of cells, ``"centre"`` for equidistant points.

    Raises:
        ValueError: ``grid`` or ``points`` is an unknown word.
    """
    from scipy.special import ndtri

    check.one_of(grid, get_args(Grid), "grid")
    check.one_of(points, get_args(Points), "points")
    size = 2**num_qubits
    if points == "centre":
        even = grid == "quantile" or size == 2
        return _equidistant(size, 0.0 if even else _reach(size, _equidistant, _KURTOSIS - _ALLOWED))
    if grid == "quantile" or size == 2:
        return _means(ndtri(np.arange(1, size) / size))
    return _means_within(size, _reach(size, _means_within, _KURTOSIS))


def _means_within(size: int, reach: float) -> tuple[Array, Array]:
    """Equally wide cells between outer edges, and the two beyond them."""
    return _means(reach * np.linspace(-1, 1, size - 1))


def _means(inner: Array) -> tuple[Array, Array]:
    """Probabilities of cells, and points of variance 1 in them, from their inner edges."""
    edges = np.concatenate([[-np.inf], inner, [np.inf]])
    weights = normal_masses(edges)
    means = -np.diff(normal_pdf(edges)) / weights
    return weights, means / np.sqrt(weights @ means**2)


def _equidistant(size: int, reach: float) -> tuple[Array, Array]:
    """Points of variance 1, weighed by the density between outer points, or equally at 0."""
    places = np.linspace(-1, 1, size)
    density = normal_pdf(reach * places)
    weights = density / density.sum()
    return weights, places / np.sqrt(weights @ places**2)


def _reach(size: int, make: Callable[[int, float], tuple[Array, Array]], kurtosis: float) -> float:
    """The first outer edge at which the points have a kurtosis.

    Where there is none, fine grids being as close to it as floating point is, the one that comes
    closest.
    """
    from scipy.optimize import brentq

    def excess(reach: float) -> float:
        weights, points = make(size, reach)
        return float(weights @ points**4) - kurtosis

    marks = np.linspace(_NARROWEST, _WIDEST, _SCANNED)
    found = np.array([excess(mark) for mark in marks])
    if not (found > 0).any():
        return float(marks[np.argmax(found)])
    first = int(np.argmax(found > 0))
    return float(brentq(excess, marks[first - 1], marks[first]))
