"""What every distribution of a price at maturity offers to grids and to references."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Protocol, TypeGuard, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Tabular
from qiskit_ssqw.markets.roots import rising_roots

_FARTHEST_NORMAL, _TABLED = 8.0, 4001
"""Standard normal quantiles between which those of the price are tabled for samples, and how many
they are."""

_MOST_SAMPLES = 10**8

_SAME_VALUE = 1e-12
"""Relative difference of two values that is no jump."""


@runtime_checkable
class LinearPieces(Protocol):
    """A payoff that is linear between breakpoints, as `PiecewiseLinear` is."""

    @property
    def breakpoints(self) -> tuple[float, ...]: ...
    @property
    def slopes(self) -> tuple[float, ...]: ...
    @property
    def offsets(self) -> tuple[float, ...]: ...


def jump_sizes(payoff: LinearPieces) -> Array:
    """How far a payoff jumps up at each breakpoint; rounding is no jump."""
    strikes, slopes = np.array(payoff.breakpoints), np.array(payoff.slopes)
    starts, offsets = np.append(strikes[:1], strikes), np.array(payoff.offsets)
    below = offsets[:-1] + slopes[:-1] * (strikes - starts[:-1])
    sizes = np.abs(offsets[:-1]) + np.abs(slopes[:-1] * strikes) + np.abs(offsets[1:])
    jumps = offsets[1:] - below
    return np.asarray(np.where(np.abs(jumps) > _SAME_VALUE * sizes, jumps, 0.0))


class PriceDistribution(ABC, Tabular):
    """The risk-neutral distribution of a price at maturity.

    A subclass says `cdf`, `partial_mean` and `forward`. From these follow the cells of a grid, the
    mean price in each, quantiles, samples, and the value of every piecewise linear payoff.

    Edges of cells are given in a *coordinate* that increases with the price: its logarithm where
    prices are positive, the price itself otherwise. A subclass may take another one.
    """

    rate: Any
    """Annual risk-free rate, continuously compounded."""
    maturity: Any
    """Time to maturity in years."""
    spot: Any
    """Price today, one per asset of several, or ``None`` if it is not known."""
    positive: bool = True
    """Whether all prices are positive."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What tables and references call it."""

    @property
    @abstractmethod
    def forward(self) -> float:
        """Mean of the price."""

    @abstractmethod
    def cdf(self, prices: Array) -> Array:
        """Probability of a price below each, infinite ones included."""

    @abstractmethod
    def partial_mean(self, prices: Array) -> Array:
        """Mean of the price where it is below each, and 0 elsewhere: ``E[S; S < x]``."""

    @property
    def num_assets(self) -> int:
        """Number of assets."""
        return 1

    @property
    def discount(self) -> float:
        """What multiplies an expected payoff to give the price today."""
        return float(np.exp(-self.rate * self.maturity))

    @property
    def marginals(self) -> Sequence[PriceDistribution]:
        """The distribution of each asset by itself."""
        return [self]

    def coordinate(self, prices: ArrayLike) -> Array:
        """The coordinate of prices."""
        points = check.points(prices, "prices")
        if not self.positive:
            return points
        return np.asarray(np.log(points, out=np.full_like(points, -np.inf), where=points > 0))

    def price_at(self, coordinates: ArrayLike) -> Array:
        """The prices of coordinates."""
        points = check.points(coordinates, "coordinates")
        return np.asarray(np.exp(points) if self.positive else points)

    def quantile(self, probabilities: ArrayLike) -> Array:
        """Coordinates below which each probability lies.

        Raises:
            ValueError: A probability is not strictly between 0 and 1.
        """
        wanted = checked_inner(probabilities)
        return self._where(lambda coordinates: self.cdf(self.price_at(coordinates)), wanted)

    def upper_quantile(self, probabilities: ArrayLike) -> Array:
        """Coordinates above which each probability lies."""
        return self.quantile(1 - np.asarray(probabilities, dtype=float))

    def share_quantile(self, probabilities: ArrayLike) -> Array:
        """As `quantile`, of the distribution that weighs each price by itself."""
        wanted, mean = checked_inner(probabilities), self.forward
        return self._where(lambda edges: self.partial_mean(self.price_at(edges)) / mean, wanted)

    def masses(self, edges: Sequence[Array]) -> Array:
        """Probabilities of cells.

        Args:
            edges: Increasing coordinates for each asset, infinite at both ends.

        Returns:
            One axis per asset.
        """
        (edge,) = edges
        return np.clip(np.diff(self.cdf(self.price_at(edge))), 0.0, None)

    def shares(self, edges: Array) -> Array:
        """Mean of the price where it lies in each cell, and 0 elsewhere, of a single asset."""
        return np.diff(self.partial_mean(self.price_at(edges)))

    def means(self, edges: Array) -> Array:
        """Mean price in each cell, NaN where there is none, of a single asset."""
        prices = self.price_at(edges)
        with np.errstate(divide="ignore", invalid="ignore"):
            means = self.shares(edges) / self.masses([edges])
        return np.clip(means, prices[:-1], prices[1:])

    def has_closed_form(self, payoff: object) -> TypeGuard[LinearPieces]:
        """Whether `expectation` takes a payoff of the price at maturity."""
        return self.num_assets == 1 and isinstance(payoff, LinearPieces)

    def expectation(self, payoff: object) -> float:
        """Expected payoff of one asset at maturity, undiscounted, in closed form.

        Each linear piece takes the probability of its prices, and their share of the mean.

        Args:
            payoff: Piecewise linear in the price, such as a call.

        Raises:
            TypeError: The payoff is not piecewise linear.
            ValueError: The market has several assets.
        """
        pieces = self.linear_pieces(payoff)
        strikes, slopes = np.array(pieces.breakpoints), np.array(pieces.slopes)
        edges = np.concatenate([[-np.inf], self.coordinate(strikes), [np.inf]])
        constants = np.array(pieces.offsets) - slopes * np.append(strikes[:1], strikes)
        return float(constants @ self.masses([edges]) + slopes @ self.shares(edges))

    def linear_pieces(self, payoff: object) -> LinearPieces:
        """Return a payoff that has a closed form, or raise as `expectation` does."""
        if self.num_assets > 1:
            raise ValueError(f"a closed form needs one asset, got {self.num_assets}")
        if not self.has_closed_form(payoff):
            raise TypeError(f"a closed form needs a piecewise linear payoff, got {payoff!r}")
        return payoff

    def weighted_sum(
        self, weights: Array, num_steps: int | None = None
    ) -> PriceDistribution | None:
        """The distribution of a weighted sum of prices, or ``None`` if it is not known.

        Args:
            weights: One per asset or, of a path, one per time.
            num_steps: Number of equidistant times of a path of one asset, the last at maturity; by
                default the prices are those of the assets at maturity.
        """
        return None

    def weighted_product(
        self, weights: Array, num_steps: int | None = None
    ) -> PriceDistribution | None:
        """As `weighted_sum`, of the product of the prices to the power of their weights."""
        return None

    def sample(self, size: int, *, num_steps: int | None = None, seed: int | None = None) -> Array:
        """Draw prices at maturity or, where the model tells them, paths up to it.

        Args:
            size: Number of samples.
            num_steps: Number of equidistant times; by default only maturity, of all assets.
            seed: Seed of the pseudo-random numbers.

        Returns:
            Shape ``(size,)`` for one asset at maturity, otherwise ``(size, num_assets)`` or
            ``(size, num_steps)``.

        Raises:
            ValueError: Paths are asked for of several assets, or where only the prices at maturity
                are known.
        """
        check.integer(size, "size", minimum=1, maximum=_MOST_SAMPLES)
        normals = np.random.default_rng(check.seed(seed)).standard_normal(
            (size, self.num_normals(num_steps))
        )
        return self.prices_of(normals, num_steps)

    def num_normals(self, num_steps: int | None = None) -> int:
        """How many standard normal variables make up a sample of the prices, or of a path."""
        if num_steps is not None:
            raise ValueError(
                f"{self.label} tells the price at maturity only, not a path of {num_steps} steps"
            )
        return self.num_assets

    def prices_of(self, normals: Array, num_steps: int | None = None) -> Array:
        """Prices at maturity, or paths, from standard normal variables, one row per sample."""
        self.num_normals(num_steps)
        inside = np.clip(normals[:, 0], -_FARTHEST_NORMAL, _FARTHEST_NORMAL)
        return self.price_at(self._coordinates_of_normals(inside))

    @cached_property
    def _coordinates_of_normals(self) -> Callable[[Array], Array]:
        from scipy.interpolate import PchipInterpolator
        from scipy.special import ndtr

        marks = np.linspace(-_FARTHEST_NORMAL, _FARTHEST_NORMAL, _TABLED)
        table = np.maximum.accumulate(self.quantile(ndtr(marks)))
        interpolated: Callable[[Array], Array] = PchipInterpolator(marks, table)
        return interpolated

    def _where(self, function: Callable[[Array], Array], wanted: Array) -> Array:
        """Where an increasing function of the coordinate, from 0 to 1, reaches probabilities."""
        middle = float(self.coordinate(self.forward))
        first = 1.0 if self.positive else max(abs(middle), 1.0)
        goals = np.minimum(wanted.ravel(), function(np.array([np.inf])))  # not 1, by rounding
        low, high = np.full(goals.shape, middle), np.full(goals.shape, middle)
        step = first
        while (beyond := function(low) >= goals).any():
            low, step = np.where(beyond, low - step, low), 2 * step
        step = first
        while (beyond := function(high) < goals).any():
            high, step = np.where(beyond, high + step, high), 2 * step
        resolution = float(np.spacing(max(high.max(), -low.min())))
        found = rising_roots(
            lambda places, which: function(places) - goals[which], low, high, resolution
        )
        return found.reshape(wanted.shape)


def checked_inner(probabilities: ArrayLike) -> Array:
    """Return probabilities, or raise a `ValueError` unless they lie strictly between 0 and 1."""
    wanted = check.reals(probabilities, "probabilities")
    if not np.all((wanted > 0) & (wanted < 1)):
        raise ValueError(f"probabilities must lie strictly between 0 and 1, got {wanted}")
    return wanted
