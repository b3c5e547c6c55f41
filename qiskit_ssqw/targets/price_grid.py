"""Grids of prices: where their cells end, and which price stands for each.

A cell that is stood for by the mean price in it keeps the forward exact, and a call or put errs
only by the cell in which its strike lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.targets import grid

Grid = Literal["log", "linear", "quantile"]
Points = Literal["mean", "centre"]

_FINER, _CANDIDATES, _MORE = 32, 25, 0.05
"""How much finer the grid is that others are compared with, how many tail masses are tried, and
what share of the loss may be lost besides."""

_VANISHING = 6.22e-16
"""Probability, 8 standard deviations out, beyond which no edge can be asked for."""


@dataclass(frozen=True)
class PriceGrid:
    """How prices are made a grid.

    Args:
        kind: ``"log"`` or ``"linear"``: cells equally wide in the logarithm or in the price;
            ``"quantile"``: equally probable cells.
        points: What stands for a cell: its ``"mean"``, or its ``"centre"``, which makes
            equidistant prices of a linear grid.
        tail_mass: Probability of each end cell; of equidistant prices, what lies beyond the bounds.
        align: A price that is to lie on an edge of the one asset's grid.
    """

    kind: Grid
    points: Points
    tail_mass: float | None
    align: float | None

    @classmethod
    def of(
        cls, market: PriceDistribution, kind: Any, points: Any, tail_mass: Any, align: Any
    ) -> Self:
        """Check the arguments, and fill in what suits the market.

        Raises:
            ValueError: A word is unknown, a number is out of range, or one does not go with the
                market or the kind of grid.
        """
        if kind is None:
            kind = "log" if market.positive else "linear"
            points = points or "mean"
        check.one_of(kind, get_args(Grid), "grid")
        if points is None:
            points = "centre" if kind == "linear" else "mean"
        check.one_of(points, get_args(Points), "points")
        if kind == "log" and not market.positive:
            raise ValueError(
                f'grid="log" needs positive prices, which those of {market.label} need not be: '
                'use "linear" or "quantile"'
            )
        if tail_mass is not None:
            if kind == "quantile":
                raise ValueError('tail_mass is for "log" and "linear": quantiles have equal cells')
            if not 0 < check.number(tail_mass, "tail_mass") < 0.5:
                raise ValueError(f"tail_mass must lie strictly between 0 and 0.5, got {tail_mass}")
        if align is not None:
            if market.num_assets > 1:
                raise ValueError(f"align needs a grid of one asset, got {market.num_assets}")
            (check.positive if market.positive else check.number)(align, "align")
        return cls(kind, points, tail_mass, align)

    def cells(
        self, market: PriceDistribution, sizes: tuple[int, ...]
    ) -> tuple[Array, dict[str, Any]]:
        """The probabilities of the cells, and ``bounds`` or ``axes`` of what stands for them.

        Raises:
            ValueError: ``align`` is a price of vanishing probability or outside the grid, or
                floating point cannot tell the prices apart.
        """
        pairs = list(zip(market.marginals, sizes, strict=True))
        if self.kind == "linear" and self.points == "centre":
            boxes = grid.intervals(self.bounds(market, sizes), len(sizes))
            axes = list(grid.axes(sizes, boxes))
            edges = [
                each.coordinate(grid.cell_edges(a))
                for (each, _), a in zip(pairs, axes, strict=True)
            ]
            return market.masses(edges), {"bounds": boxes if len(boxes) > 1 else boxes[0]}
        edges = [self._edges(each, 2**size) for each, size in pairs]
        axes = [self._points(each, edge) for (each, _), edge in zip(pairs, edges, strict=True)]
        if not all(np.isfinite(axis).all() and (np.diff(axis) > 0).all() for axis in axes):
            raise ValueError(
                f"floating point cannot tell the grid's prices apart: tail_mass {self.tail_mass} "
                f"or the spread of {market.label} prices is too small or too large"
            )
        return market.masses(edges), {"axes": axes if len(axes) > 1 else axes[0]}

    def bounds(self, market: PriceDistribution, sizes: tuple[int, ...]) -> Array:
        """First and last of equidistant prices of each asset, shape ``(d, 2)``.

        Below the first lies the tail mass of the price, and beyond the last the tail mass of the
        price weighted by itself, which is what a call there is worth.

        Raises:
            ValueError: ``align`` lies outside the grid.
        """
        boxes = [
            _bounds(each, 2**size, self.tail_mass)
            for each, size in zip(market.marginals, sizes, strict=True)
        ]
        return self.aligned(np.array(boxes), sizes, market)

    def aligned(self, boxes: Array, sizes: tuple[int, ...], market: PriceDistribution) -> Array:
        """Bounds moved so that the price to align lies midway between two grid points."""
        if self.align is None:
            return boxes
        price, (low, high) = self.align, boxes[0]
        cell = (high - low) / (2 ** sizes[0] - 1)
        if not low < price < high:
            raise ValueError(
                f"align must lie inside the grid ({low:.6g}, {high:.6g}), got {price:g}"
            )
        place = (price - low) / cell - 0.5
        shift = (place - round(place)) * cell
        if market.positive and low + shift < 0:
            shift += cell
        if low + shift > price:
            raise ValueError(
                f"align must be at least half a cell above 0, {cell / 2:g}, got {price:g}"
            )
        return np.asarray(boxes + shift)

    def _edges(self, market: PriceDistribution, num_points: int) -> Array:
        """Edges in the market's coordinate, shape ``(num_points + 1,)``, infinite at both ends."""
        place = None if self.align is None else place_of_an_edge(market, self.align)
        if self.kind == "quantile":
            return _outward(_quantiles(market, num_points, place))
        if self.tail_mass is not None:
            mass = self.tail_mass
        elif self.points == "mean" and not isinstance(market, Market):
            mass = _frugal_tail_mass(market, num_points, self.kind)
        else:  # Black-Scholes grids share the walks that are known
            mass = default_tail_mass(num_points)
        return _outward(_equally_wide(market, num_points, self.kind, mass, self.align))

    def _points(self, market: PriceDistribution, edges: Array) -> Array:
        if self.points == "mean" or self.kind == "quantile":
            _refuse_empty_cells(market, edges)
        if self.points == "mean":
            return market.means(edges)
        if self.kind == "quantile" or len(edges) == 3:
            upto = np.cumsum(market.masses([edges]))
            return market.price_at(market.quantile((upto + np.append(0, upto[:-1])) / 2))
        inner, half = edges[1:-1], (edges[2] - edges[1]) / 2
        return market.price_at(np.append(inner - half, inner[-1] + half))


def place_of_an_edge(market: PriceDistribution, price: float) -> float:
    """The coordinate of a price that an edge is to lie on.

    Raises:
        ValueError: The probability below or above it vanishes.
    """
    if not can_align(market, price):
        ends = [market.quantile(_VANISHING), market.upper_quantile(_VANISHING)]
        low, high = market.price_at(ends)
        raise ValueError(
            f"align must lie inside ({low:.6g}, {high:.6g}), outside which the probability "
            f"vanishes, got {price:g}"
        )
    return float(market.coordinate(price))


def can_align(market: PriceDistribution, price: float) -> bool:
    """Whether an edge can be put at a price: neither side of it has vanishing probability."""
    place = float(market.coordinate(price))
    masses = market.masses([np.array([-np.inf, place, np.inf])])
    return bool(masses.min() >= _VANISHING)


def default_tail_mass(num_points: int) -> float:
    """Probability of an end cell that is fine enough for prices and no spike for the loader.

    Wider cells cost accuracy, the error of a call being about ``h**2 / 8`` of it for cells of
    ``h`` standard deviations: with this mass at most 0.5 % of an at-the-money call on 32 points
    and 0.02 % on 256. A larger mass than that of the neighbouring cells costs gates. Few points
    have equally probable cells.
    """
    return min(1 / num_points, 48 / num_points**3)


def equidistant_edges(
    num_points: int, low: float, high: float, through: float | None = None
) -> Array:
    """Inner edges of cells, equidistant between two that are given.

    Args:
        num_points: Number of cells, at least 2.
        low: First inner edge.
        high: Last inner edge.
        through: A place on which an edge is to lie. All edges are moved by half a cell at most;
            if it lies further out, the grid is stretched to end there.

    Returns:
        Shape ``(num_points - 1,)``.
    """
    if num_points == 2:
        return np.array([(low + high) / 2 if through is None else through])
    inner = np.linspace(low, high, num_points - 1)
    if through is None:
        return inner
    shift = through - inner[np.argmin(np.abs(inner - through))]
    if low <= through <= high or abs(shift) <= (high - low) / 2 / (num_points - 2):
        return np.asarray(inner + shift)
    return np.linspace(min(low, through), max(high, through), num_points - 1)


def _outward(inner: Array) -> Array:
    return np.concatenate([[-np.inf], inner, [np.inf]])


def _equally_wide(
    market: PriceDistribution, num_points: int, kind: Grid, mass: float, align: float | None = None
) -> Array:
    """Inner edges, in the market's coordinate, of cells equally wide in it or in the price."""
    ends = np.array([market.quantile(mass), market.upper_quantile(mass)])
    if kind == "linear":
        low, high = market.price_at(ends)
        edges = equidistant_edges(num_points, low, high, align)
        if market.positive and edges[0] <= 0:
            edges = edges + (edges[1] - edges[0])
        return market.coordinate(edges)
    place = None if align is None else float(market.coordinate(align))
    return equidistant_edges(num_points, ends[0], ends[1], place)


def _frugal_tail_mass(market: PriceDistribution, num_points: int, kind: Grid) -> float:
    """The smallest tail mass from the default on that loses little more than the best does.

    What a grid of means loses of the variance is twice what calls of all strikes lose together,
    as the integral of ``(S - K)+`` over ``K`` is ``S**2 / 2``. Skewed prices need a larger tail
    mass than log-normal ones, and the smaller it is, the fewer gates load it.
    """
    first, most = default_tail_mass(num_points), 1 / num_points
    if first >= most:
        return first

    def kept(points: int, mass: float) -> float:
        edges = _outward(_equally_wide(market, points, kind, mass))
        shares, masses = market.shares(edges), market.masses([edges])
        return float(np.sum(shares[masses > 0] ** 2 / masses[masses > 0]))

    exact = kept(_FINER * num_points, first / _FINER)
    candidates = np.geomspace(first, most, _CANDIDATES)
    lost = exact - np.array([kept(num_points, mass) for mass in candidates])
    return float(candidates[np.argmax(lost <= (1 + _MORE) * lost.min())])


def _quantiles(market: PriceDistribution, num_points: int, place: float | None) -> Array:
    """Inner edges of equally probable cells, or of as many on both sides of a place."""
    if place is None:
        return market.quantile(np.arange(1, num_points) / num_points)
    below, above = market.masses([np.array([-np.inf, place, np.inf])])
    parts = np.arange(1, num_points // 2) / (num_points // 2)
    lower, upper = market.quantile(below * parts), market.upper_quantile(above * parts[::-1])
    return np.concatenate([lower, [place], upper])


def _refuse_empty_cells(market: PriceDistribution, edges: Array) -> None:
    empty = market.masses([edges]) <= 0
    if empty.any():
        low, high = market.price_at(edges[np.argmax(empty) :][:2])
        raise ValueError(
            f"no price lies between {low:.6g} and {high:.6g} ({market.label}), so nothing "
            'stands for the cell: take fewer qubits, a larger tail_mass or points="centre"'
        )


def _bounds(
    market: PriceDistribution, num_points: int, tail_mass: float | None
) -> tuple[float, float]:
    """First and last of equidistant prices.

    By default a quarter of an average cell's share lies above, where wide cells cost more than a
    cut tail.
    """
    below = default_tail_mass(num_points) if tail_mass is None else tail_mass
    above = 0.25 / num_points if tail_mass is None else tail_mass
    last = market.share_quantile(1 - above) if market.positive else market.upper_quantile(above)
    return float(market.price_at(market.quantile(below))), float(market.price_at(last))


def bounds_of_std(market: Market, num_std: float) -> Array:
    """Bounds so many standard deviations of the price from its mean, cut at 0, shape ``(d, 2)``.

    Raises:
        ValueError: The number is not positive.
    """
    reach = check.positive(num_std, "num_std") * np.sqrt(np.expm1(np.diag(market.log_covariance)))
    ends = np.stack([np.maximum(1 - reach, 0), 1 + reach], axis=1)
    return np.asarray(market.forwards[:, None] * ends)
