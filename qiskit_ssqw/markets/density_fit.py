"""The smoothest density that prices options to a tolerance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.markets.smooth_density import (
    SmoothDensity,
    quadrature,
    quadrature_edges,
    twice_integrated,
)

_KNOTS = (9, 41)
"""Fewest and most knots; between them two per option."""

_MARGIN, _NEAREST_KNOT, _FARTHEST_KNOT = 2.0, 1.0, 8.0
"""Standard deviations at the money: from the outer strikes to the outer knots, which bend the tails
as the forward and the outer quotes want it, and the least and most from the forward to a knot."""

_FLATTEST_TAIL = 1e-3
"""Least curvature of the logarithm in a tail."""

_ROUGHNESS = 10.0 ** np.arange(5, -11, -0.5)
"""Weights of the roughness against squared errors in units of the tolerance, tried in turn."""

_FORWARD = 10.0
"""How much closer than an option the forward is met, before a tilt meets it exactly. More of it
makes the minimum a narrow, bent valley that takes ten times as many steps."""


def smoothest_density(
    places: Array, values: Array, tolerances: Array, scale: float
) -> tuple[SmoothDensity, Array]:
    """The smoothest density of mean price 1 that prices out-of-the-money options.

    The logarithm's third derivative, squared and integrated, is its roughness: a log-normal price
    has none. Silverman, Ann. Statist. 10, 795 (1982), smooths samples so. Errors and roughness
    are minimised together, with less and less weight on the roughness until every price is met.

    Args:
        places: Logarithms of the strikes in units of ``scale``, increasing.
        values: Prices of calls where the place is positive, of puts elsewhere.
        tolerances: How close the prices must be.
        scale: A standard deviation of the logarithm.

    Returns:
        The density, and what its prices exceed the given ones by. If none meets all prices, it is
        the one that misses them least.
    """
    from scipy.optimize import least_squares

    family = _Family.of(places, scale)
    parameters = family.lognormal()
    found: list[tuple[float, SmoothDensity, Array]] = []
    for roughness in _ROUGHNESS:
        problem = _Problem(family, values, tolerances, roughness)
        parameters = least_squares(
            problem.residuals, parameters, problem.jacobian, bounds=(-np.inf, family.most)
        ).x
        density = _of_mean_one(family.density(parameters))
        errors = family.prices(np.append(density.slope, density.curvatures))[:-1] - values
        found.append((float(np.max(np.abs(errors) / tolerances)), density, errors))
        if found[-1][0] <= 1:
            break
    _, density, errors = min(found, key=lambda each: each[0])
    return density, errors


@dataclass(frozen=True)
class _Family:
    """Densities ``exp(parameters @ functions)``, normalised, on the nodes of a quadrature."""

    knots: Array
    scale: float
    weights: Array
    functions: Array
    payoffs: Array

    @classmethod
    def of(cls, places: Array, scale: float) -> _Family:
        fewest, most = _KNOTS
        low = np.clip(places[0] - _MARGIN, -_FARTHEST_KNOT, -_NEAREST_KNOT)
        high = np.clip(places[-1] + _MARGIN, _NEAREST_KNOT, _FARTHEST_KNOT)
        knots = np.linspace(low, high, min(max(2 * len(places), fewest), most))
        z, weights = quadrature(quadrature_edges(np.union1d(knots, places)))
        functions = np.column_stack([z, twice_integrated(knots, np.eye(len(knots)))(z)])
        gain = np.exp(scale * z) - np.exp(scale * places[:, None])
        payoffs = np.maximum(np.where(places[:, None] > 0, gain, -gain), 0.0)
        return cls(knots, scale, weights, functions, np.vstack([payoffs, np.exp(scale * z)]))

    def lognormal(self) -> Array:
        """The log-normal price whose logarithm has the standard deviation ``scale``."""
        return np.append(-self.scale / 2, -np.ones(len(self.knots)))

    @property
    def most(self) -> Array:
        """Bounds of the parameters from above."""
        bounds = np.full(len(self.knots) + 1, np.inf)
        bounds[[1, -1]] = -_FLATTEST_TAIL
        return bounds

    def density(self, parameters: Array) -> SmoothDensity:
        return SmoothDensity(self.knots, parameters[1:], float(parameters[0]), self.scale)

    def masses(self, parameters: Array) -> Array:
        logarithm = self.functions @ parameters
        masses = self.weights * np.exp(logarithm - logarithm.max())
        return np.asarray(masses / masses.sum())

    def prices(self, parameters: Array) -> Array:
        return np.asarray(self.payoffs @ self.masses(parameters))


@dataclass(frozen=True)
class _Problem:
    """Errors of prices in units of their tolerance, and roughness, as residuals."""

    family: _Family
    values: Array
    tolerances: Array
    roughness: float

    def residuals(self, parameters: Array) -> Array:
        errors = self.family.prices(parameters) - np.append(self.values, 1.0)
        return np.concatenate([errors * self._weights, self._differences @ parameters])

    def jacobian(self, parameters: Array) -> Array:
        # The derivatives of an exponential family's means are covariances with its functions.
        family = self.family
        masses = family.masses(parameters)
        products = (family.payoffs * masses) @ family.functions
        means = np.outer(family.payoffs @ masses, masses @ family.functions)
        return np.vstack([(products - means) * self._weights[:, None], self._differences])

    @property
    def _weights(self) -> Array:
        return 1 / np.append(self.tolerances, self.tolerances.min() / _FORWARD)

    @property
    def _differences(self) -> Array:
        knots = self.family.knots
        rows = np.diff(np.eye(len(knots)), axis=0) * np.sqrt(self.roughness / (knots[1] - knots[0]))
        return np.column_stack([np.zeros(len(rows)), rows])


def _of_mean_one(density: SmoothDensity) -> SmoothDensity:
    """Tilt a density until the mean of its price is 1, which grows with the slope."""
    from scipy.optimize import brentq

    def excess(tilt: float) -> float:
        return float(np.log(replace(density, slope=density.slope + tilt).mean))

    reach = 1e-6
    while excess(-reach) > 0 or excess(reach) < 0:
        reach *= 10
    return replace(density, slope=density.slope + brentq(excess, -reach, reach, xtol=1e-15))
