"""Grids for log-normal prices whose bounds are probabilities.

A price is ``F exp(s z - s**2 / 2)`` with a standard normal ``z``, its forward ``F`` and the
standard deviation ``s`` of its logarithm. Edges of cells are numbers ``z``, so the probabilities of
the cells are those of every market.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw.targets.normal_cells import normal_masses

Array = NDArray[np.float64]


def default_tail_mass(num_points: int) -> float:
    """Probability of an end cell that is fine enough for prices and no spike for the loader.

    Wider cells cost accuracy, the error of a call being about ``h**2 / 8`` of it for cells of
    ``h`` standard deviations: with this mass at most 0.5 % of an at-the-money call on 32 points
    and 0.02 % on 256. A larger mass than that of the neighbouring cells costs gates. Few points
    have equally probable cells.
    """
    return min(1 / num_points, 48 / num_points**3)


def log_edges(num_points: int, tail_mass: float, through: float | None = None) -> Array:
    """Edges of the cells in ``z``: equidistant, the end cells with a given probability each.

    Args:
        num_points: Number of cells, at least 2.
        tail_mass: Probability of an end cell, below 1/2.
        through: A place on which an edge is to lie. All edges are moved by half a cell at most;
            if it lies further out, the grid is stretched to end there.

    Returns:
        Shape ``(num_points + 1,)``, infinite at both ends.
    """
    from scipy.special import ndtri

    if num_points == 2:
        return np.array([-np.inf, through or 0.0, np.inf])
    reach = -float(ndtri(tail_mass))
    inner = np.linspace(-reach, reach, num_points - 1)
    if through is not None:
        shift = through - inner[np.argmin(np.abs(inner - through))]
        if abs(through) <= reach or abs(shift) <= reach / (num_points - 2):
            inner = inner + shift
        else:
            inner = np.linspace(min(-reach, through), max(reach, through), num_points - 1)
    return np.concatenate([[-np.inf], inner, [np.inf]])


def conditional_means(edges: Array, std: float) -> Array:
    """Mean of the price in each cell, in units of the forward.

    ``E[exp(s z - s**2 / 2); a < z < b]`` is the probability that ``a - s < z < b - s``, as in the
    derivation of the Black-Scholes formula.

    Args:
        edges: Edges in ``z``, shape ``(N + 1,)``.
        std: Standard deviation ``s`` of the logarithm.
    """
    return np.asarray(normal_masses(edges - std) / normal_masses(edges))


def linear_bounds(num_points: int, tail_mass: float | None, std: float) -> tuple[float, float]:
    """First and last of equidistant prices, in units of the forward.

    Below the first lies the tail mass of the price, and beyond the last the tail mass of the
    price weighted by itself, which is what a call there is worth.

    Args:
        num_points: Number of prices.
        tail_mass: By default that of `default_tail_mass` below, and a quarter of an average cell's
            above, where wide cells cost more than a cut tail.
        std: Standard deviation ``s`` of the logarithm.
    """
    from scipy.special import ndtri

    below = default_tail_mass(num_points) if tail_mass is None else tail_mass
    above = 0.25 / num_points if tail_mass is None else tail_mass
    low, high = std * ndtri(below) - std**2 / 2, -std * ndtri(above) + std**2 / 2
    return float(np.exp(low)), float(np.exp(high))
