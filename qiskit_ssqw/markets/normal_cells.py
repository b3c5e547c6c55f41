"""Probabilities that a normal variable falls into the cells of a product grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike

from qiskit_ssqw._arrays import Array

_REACH = 9.0
"""Standard deviations within which all but 2e-19 of the probability lies."""

_NODES = {2: 16, 3: 12, 4: 8}
"""Gauss-Legendre nodes of a panel, by the number of dimensions; 4 beyond."""

_FINEST = {2: 1e-3, 3: 0.05, 4: 0.25}
"""Scale, in standard deviations, that the panels still follow; 0.5 from five dimensions on."""

_FAR = 6.0
"""Standard deviations within which wide cells are cut into panels; 2e-9 lies beyond."""

_WIDEST = 2.0
"""Widest panel, in units of the smallest scale on which the integrand changes."""

_LARGEST_LEAK = 1e-3
"""Distance of the sum from 1 that tells a quadrature that failed."""


def normal_cells(edges: Sequence[Array], mean: Array, covariance: Array) -> Array:
    """Integrate a normal density over each cell of a product grid.

    In one dimension these are differences of the distribution function. In more, the first
    variable is integrated over each cell by Gauss-Legendre quadrature, what remains being normal
    again given its value (the conditioning of Genz 1992, without its random points). Each cell is
    an integral of its own, so small probabilities are as precise as large ones.

    Args:
        edges: Edges of the cells in each dimension, ascending from minus infinity to infinity;
            cells may be empty.
        mean: Shape ``(d,)``.
        covariance: Shape ``(d, d)``, positive definite.

    Returns:
        The probabilities, one axis per dimension. Up to correlations of 0.95 they are right to a
        total variation of 1e-12 in two and three dimensions, 1e-10 in four and 1e-3 in five.

    Raises:
        ValueError: The variables depend on each other too closely for the quadrature.
    """
    std = np.sqrt(np.diag(covariance))
    scaled = [(edge - m) / s for edge, m, s in zip(edges, mean, std, strict=True)]
    cholesky = np.linalg.cholesky(covariance / np.outer(std, std))
    if len(std) == 1:
        return normal_masses(scaled[0])
    means, rule = np.zeros((1, len(std))), _Rule.of(len(std))
    panels = _with_panels(scaled[0], cholesky, rule)
    parts = [  # panel by panel, which bounds the memory
        _integrated(panels[first : first + 2], scaled[1:], cholesky, means, rule)[0, 0]
        for first in range(len(panels) - 1)
    ]
    cells = _summed(np.stack(parts)[None], panels, scaled[0])[0]
    if abs(cells.sum() - 1) > _LARGEST_LEAK:
        raise ValueError(
            f"{len(std)} variables depend on each other too closely for an integral over cells, "
            f"got a covariance of {covariance.tolist()}"
        )
    return np.asarray(cells)


class _Rule(NamedTuple):
    """How each variable but the last is integrated over a panel."""

    nodes: Array
    weights: Array
    finest: float

    @classmethod
    def of(cls, dimensions: int) -> _Rule:
        return cls(*leggauss(_NODES.get(dimensions, 4)), _FINEST.get(dimensions, 0.5))


def _conditional(edges: Sequence[Array], cholesky: Array, means: Array, rule: _Rule) -> Array:
    """Probabilities of the cells for each of several means, shape ``(len(means), ...)``."""
    head, *rest = edges
    if not rest:
        return normal_masses((head - means) / cholesky[0, 0])
    panels = _with_panels(head, cholesky, rule)
    return _summed(_integrated(panels, rest, cholesky, means, rule), panels, head)


def _integrated(
    panels: Array, rest: Sequence[Array], cholesky: Array, means: Array, rule: _Rule
) -> Array:
    """Integrate over each panel of the first variable, shape ``(len(means), panels, ...)``."""
    bounds = np.clip((panels - means[:, :1]) / cholesky[0, 0], -_REACH, _REACH)
    half = np.diff(bounds, axis=1)[..., None] / 2
    points = bounds[:, :-1, None] + half * (1 + rule.nodes)
    density = normal_pdf(points)
    shifted = means[:, None, None, 1:] + points[..., None] * cholesky[1:, 0]
    inner = _conditional(rest, cholesky[1:, 1:], shifted.reshape(-1, len(rest)), rule)
    inner = inner.reshape(*points.shape, *inner.shape[1:])
    return np.asarray(np.einsum("bpm,bpm...->bp...", half * rule.weights * density, inner))


def _summed(parts: Array, panels: Array, edges: Array) -> Array:
    """Add up the panels of each cell, along axis 1."""
    sums = np.add.reduceat(parts, np.searchsorted(panels, edges[:-1]), axis=1)
    sums[:, edges[:-1] == edges[1:]] = 0.0  # where `reduceat` gives the next panel
    return np.asarray(sums)


def _with_panels(edges: Array, cholesky: Array, rule: _Rule) -> Array:
    """The edges of the first variable, and marks that cut wide cells.

    The other variables' probabilities change over ``L_jj / |L_j0|`` of its standard deviation.
    """
    sharpness = np.max(np.abs(cholesky[1:, 0]) / np.diag(cholesky)[1:], initial=1.0)
    scale = max(cholesky[0, 0] / sharpness, rule.finest)
    marks = np.linspace(-_FAR, _FAR, int(np.ceil(2 * _FAR / (_WIDEST * scale))) + 1)
    inside = marks[(marks > edges[0]) & (marks < edges[-1])]
    return np.asarray(np.unique(np.concatenate([edges, inside])))


def normal_pdf(points: ArrayLike) -> Array:
    """The standard normal density."""
    return np.asarray(np.exp(-(np.asarray(points) ** 2) / 2) / np.sqrt(2 * np.pi))


def normal_masses(edges: Array) -> Array:
    """Differences of the standard normal distribution function, precise in both tails."""
    from scipy.special import ndtr

    below = np.diff(ndtr(edges), axis=-1)
    above = -np.diff(ndtr(-edges), axis=-1)
    return np.asarray(np.where(edges[..., :-1] > 0, above, below))
