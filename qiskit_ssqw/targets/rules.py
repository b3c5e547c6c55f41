"""How a distribution becomes weights of grid points: densities, cells, and counts in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.targets import checks, grid


def log_or_minus_infinity(axis: Array) -> Array:
    """The logarithm of each point, minus infinity for points that are not positive."""
    return np.log(axis, out=np.full_like(axis, -np.inf), where=axis > 0)


def normal_density(axes: Sequence[Array], mean: Array, covariance: Array) -> Array:
    """The normal density on the grid, up to a constant factor; 0 at infinite points."""
    centred = grid.mesh(axes) - mean
    finite = np.asarray(np.isfinite(centred).all(axis=-1))
    centred = np.where(finite[..., None], centred, 0.0)
    exponent: Array = np.einsum("...i,ij,...j->...", centred, np.linalg.inv(covariance), centred)
    exponent -= exponent[finite].min(initial=np.inf)  # far tails keep a positive sum
    return np.exp(-np.where(finite, exponent, np.inf) / 2)


def normal_shares(
    ends: Sequence[Array],
    mean: Array,
    covariance: Array,
) -> list[tuple[float, float]]:
    """Probability of a normal variable below and above the two ``ends`` of each dimension."""
    from scipy.special import ndtr

    std = np.sqrt(np.diag(covariance))
    scaled = [(pair - m) / s for pair, m, s in zip(ends, mean, std, strict=True)]
    return [(float(ndtr(low)), float(ndtr(-high))) for low, high in scaled]


def at_points(
    density: checks.Function, sizes: Sequence[int], boxes: Sequence[grid.Interval]
) -> Array:
    """A density at equidistant points."""
    return density(grid.axes(sizes, boxes)[0])


def of_cells(cdf: checks.Function, sizes: Sequence[int], boxes: Sequence[grid.Interval]) -> Array:
    """Probabilities of the cells around equidistant points, the end cells with the tails.

    Warns:
        GridWarning: 99 % of the distribution or more lies beyond one bound.
    """
    (axis,) = grid.axes(sizes, boxes)
    checks.warn_of_missed_grid([axis], [checks.shares_beyond(axis, cdf)])
    return np.diff(cdf(grid.cell_edges(axis)[1:-1]), prepend=0.0, append=1.0)


def counts(samples: Array, sizes: Sequence[int], boxes: Sequence[grid.Interval]) -> Array:
    """Numbers of samples ``(m, d)`` in the cells around equidistant points.

    Warns:
        GridWarning: 99 % of the samples or more lie beyond one bound.
    """
    axes = grid.axes(sizes, boxes)
    checks.warn_of_missed_grid(axes, checks.shares_of_samples(axes, samples))
    cells = [
        np.searchsorted(grid.cell_edges(axis)[1:-1], column, side="right")
        for axis, column in zip(axes, samples.T, strict=True)
    ]
    shape = tuple(2**size for size in sizes)
    found = np.bincount(np.ravel_multi_index(cells, shape), minlength=2 ** sum(sizes))
    return found.reshape(shape).astype(float)
