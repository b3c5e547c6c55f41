"""Densities whose logarithm is a smooth spline, and the smoothest one that prices options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.polynomial.legendre import leggauss

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._frozen import FrozenArrays

REACH = 40.0
"""Standard deviations at the money beyond which nothing is left, even of the widest tail."""

_CENTRE, _FINE, _COARSE = 10.0, 0.25, 1.0
"""Up to where the panels of the quadrature are fine, and how wide they are there and beyond."""

_NODES, _WEIGHTS = leggauss(6)


@dataclass(frozen=True, eq=False)
class SmoothDensity(FrozenArrays):
    """``exp(g(z))`` with a cubic spline ``g``, of a price ``exp(scale * z)``.

    The second derivative of ``g`` is linear between knots and constant beyond the outer ones, where
    the tails are therefore those of a normal variable, and the price's log-normal.

    Args:
        knots: Increasing, shape ``(m,)``.
        curvatures: Second derivatives at the knots, shape ``(m,)``, negative at both ends.
        slope: Derivative at 0.
        scale: Logarithm of the price per unit of ``z``, positive.
    """

    knots: Array
    curvatures: Array
    slope: float
    scale: float

    def below(self, z: Array) -> tuple[Array, Array]:
        """Probability of at most ``z``, and the mean of the price there, which is 0 elsewhere.

        Args:
            z: Any shape, infinite ones included.

        Returns:
            Two arrays of the shape of ``z``; at infinity they are 1 and `mean`.
        """
        edges, upto = self._cumulative
        inside = np.clip(np.asarray(z, dtype=float), edges[0], edges[-1])
        panel = np.searchsorted(edges, inside, side="right") - 1
        mass, share = self._integrals(edges[panel], inside)
        return upto[0, panel] + mass, upto[1, panel] + share

    def pdf(self, z: Array) -> Array:
        """The density of ``z``, of any shape."""
        return np.asarray(np.exp(self._logarithm(np.asarray(z, dtype=float)) - self._level))

    @cached_property
    def mean(self) -> float:
        """Mean of the price."""
        edges = quadrature_edges(self.knots)
        return float(self._integrals(edges[:-1], edges[1:])[1].sum())

    @cached_property
    def _cumulative(self) -> tuple[Array, Array]:
        """Edges of panels, and both integrals up to each, shape ``(2, number of edges)``."""
        edges = quadrature_edges(self.knots)
        parts = np.stack(self._integrals(edges[:-1], edges[1:]))
        upto = np.concatenate([np.zeros((2, 1)), np.cumsum(parts, axis=1)], axis=1)
        upto[0] /= upto[0, -1]  # exactly 1 at the end, where quantiles are looked for
        return edges, upto

    def _integrals(self, low: Array, high: Array) -> tuple[Array, Array]:
        half = (high - low)[..., None] / 2
        z = low[..., None] + half * (1 + _NODES)
        weights = self.pdf(z) * half * _WEIGHTS
        return weights.sum(axis=-1), (weights * np.exp(self.scale * z)).sum(axis=-1)

    def _logarithm(self, z: Array) -> Array:
        return np.asarray(self.slope * z + self._spline(z))

    @cached_property
    def _spline(self) -> Callable[[Array], Array]:
        return twice_integrated(self.knots, self.curvatures)

    @cached_property
    def _level(self) -> float:
        from scipy.special import logsumexp

        z, weights = quadrature(quadrature_edges(self.knots))
        return float(logsumexp(self._logarithm(z), b=weights))


def twice_integrated(knots: Array, curvatures: Array) -> Callable[[Array], Array]:
    """The function of given second derivative, constant beyond the knots, that is flat and 0 at 0.

    Args:
        knots: Shape ``(m,)``.
        curvatures: Shape ``(m,)``, or ``(m, p)`` for several functions.
    """
    from scipy.interpolate import make_interp_spline

    marks = np.concatenate([[-REACH], knots, [REACH]])
    padded = np.concatenate([curvatures[:1], curvatures, curvatures[-1:]])
    spline = make_interp_spline(marks, padded, k=1).antiderivative(2)
    return partial(_anchored, spline, spline(0.0), spline(0.0, nu=1))


def _anchored(function: Callable[[Array], Array], level: Array, slope: Array, z: Array) -> Array:
    return function(z) - level - np.multiply.outer(z, slope)


def quadrature_edges(breaks: Array) -> Array:
    """Edges of panels between which a function is smooth that is so but for breaks."""
    centre = np.arange(-_CENTRE, _CENTRE + _FINE / 2, _FINE)
    tail = np.arange(_CENTRE, REACH + _COARSE / 2, _COARSE)
    inside = breaks[np.abs(breaks) < REACH]
    return np.asarray(np.unique(np.concatenate([-tail, centre, tail, inside])))


def quadrature(edges: Array) -> tuple[Array, Array]:
    """Nodes and weights of the Gauss-Legendre rule over all panels."""
    half = np.diff(edges)[:, None] / 2
    nodes = edges[:-1, None] + half * (1 + _NODES)
    return nodes.ravel(), (half * _WEIGHTS).ravel()
