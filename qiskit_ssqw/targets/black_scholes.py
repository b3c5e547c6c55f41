"""The market of Black and Scholes on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw.targets.lognormal_grid import (
    conditional_means,
    default_tail_mass,
    linear_bounds,
    log_edges,
)
from qiskit_ssqw.targets.normal_cells import normal_cells

Array = NDArray[np.float64]
Grid = Literal["log", "linear"]

FARTHEST = 8.0
"""Standard deviations of the logarithm within which an edge can be asked for."""


@dataclass(frozen=True)
class LogNormalPrices:
    """Risk-neutral prices at maturity: forwards, and the covariance of the logarithms."""

    forwards: Array
    covariance: Array

    @classmethod
    def of_market(
        cls,
        size: int,
        spot: ArrayLike,
        volatility: ArrayLike,
        rate: float,
        maturity: float,
        correlation: ArrayLike | None,
    ) -> LogNormalPrices:
        """Check the arguments of a market of so many assets.

        Raises:
            ValueError: One is out of range, or the price has no finite standard deviation.
        """
        spots = _each_positive(spot, "spot", size)
        std = _each_positive(volatility, "volatility", size)
        years = check.positive(maturity, "maturity")
        related = np.eye(size) if correlation is None else check.correlation(correlation, size)
        covariance = related * np.outer(std, std) * years
        with np.errstate(over="ignore", invalid="ignore"):
            forwards = spots * np.exp(check.number(rate, "rate") * years)
            variances = forwards**2 * np.expm1(np.diag(covariance))
        if not np.isfinite(variances).all() or forwards.min() <= 0:
            raise ValueError(
                f"volatility {std.max():g}, rate {rate:g} and maturity {maturity:g} give "
                "a price without a finite standard deviation"
            )
        return cls(forwards, covariance)

    @property
    def std(self) -> Array:
        """Standard deviations of the logarithms."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def log_means(self) -> Array:
        """Means of the logarithms."""
        return np.asarray(np.log(self.forwards) - np.diag(self.covariance) / 2)

    def log_grid(
        self, sizes: Sequence[int], tail_mass: float | None, align: float | None
    ) -> tuple[Array, list[Array]]:
        """Cells equally wide in the log-price: their probabilities, and the mean price in each.

        Args:
            sizes: Qubits per asset.
            tail_mass: Probability of each end cell, by default `default_tail_mass`.
            align: A price that is to lie on an edge, of one asset.

        Raises:
            ValueError: ``align`` is a price of vanishing probability, or floating point cannot
                tell the mean prices apart.
        """
        place = None if align is None else self._place_of_an_edge(align)
        edges = []
        for size in sizes:
            mass = default_tail_mass(2**size) if tail_mass is None else tail_mass
            edges.append(log_edges(2**size, mass, place))
        correlation = self.covariance / np.outer(self.std, self.std)
        np.fill_diagonal(correlation, 1.0)  # to the last digit, so that markets share a loader
        with np.errstate(divide="ignore", invalid="ignore"):
            points = [
                forward * conditional_means(edge, std)
                for forward, edge, std in zip(self.forwards, edges, self.std, strict=True)
            ]
        if not all(np.isfinite(axis).all() and (np.diff(axis) > 0).all() for axis in points):
            raise ValueError(
                f"floating point cannot tell the grid's prices apart: tail_mass {tail_mass} or the "
                f"volatility, {self.std} of the logarithm at maturity, is too small or too large"
            )
        return normal_cells(edges, np.zeros(len(sizes)), correlation), points

    def linear_bounds(
        self,
        sizes: Sequence[int],
        num_std: float | None,
        tail_mass: float | None,
        align: float | None,
    ) -> Array:
        """First and last of equidistant prices of each asset, shape ``(d, 2)``.

        Args:
            sizes: Qubits per asset.
            num_std: Half width in standard deviations of the price; by default the bounds are
                those of `lognormal_grid.linear_bounds`.
            tail_mass: As there.
            align: A price that is to lie midway between two points, of one asset.

        Raises:
            ValueError: ``align`` lies outside the grid.
        """
        if num_std is None:
            units = [
                linear_bounds(2**size, tail_mass, std)
                for size, std in zip(sizes, self.std, strict=True)
            ]
            bounds = self.forwards[:, None] * np.array(units)
        else:
            reach = check.positive(num_std, "num_std") * np.sqrt(np.expm1(self.std**2))
            low = np.maximum(0.0, self.forwards * (1 - reach))
            bounds = np.stack([low, self.forwards * (1 + reach)], axis=1)
        return bounds if align is None else _aligned(bounds, sizes[0], align)

    def _place_of_an_edge(self, price: float) -> float:
        place = self.place(price)
        if abs(place) > FARTHEST:
            ends = np.exp(self.log_means[0] + self.std[0] * FARTHEST * np.array([-1, 1]))
            raise ValueError(
                f"align must lie inside ({ends[0]:.6g}, {ends[1]:.6g}), outside which the "
                f"probability vanishes, got {price:g}"
            )
        return place

    def place(self, price: float) -> float:
        """Where a price of the first asset lies, in standard deviations of the logarithm."""
        return float((np.log(price) - self.log_means[0]) / self.std[0])


def check_align(align: Any, sizes: Sequence[int]) -> float | None:
    """Return a price to align the grid of one asset with, or ``None``."""
    if align is None:
        return None
    if len(sizes) > 1:
        raise ValueError(f"align needs a grid of one asset, got {len(sizes)}")
    return check.positive(align, "align")


def _aligned(bounds: Array, size: int, price: float) -> Array:
    """Move the bounds of one dimension so that a price lies midway between two grid points."""
    (low, high), cell = bounds[0], float(np.ptp(bounds[0])) / (2**size - 1)
    if not low < price < high:
        raise ValueError(f"align must lie inside the grid ({low:.6g}, {high:.6g}), got {price:g}")
    place = (price - low) / cell - 0.5
    shift = (place - round(place)) * cell
    if low + shift < 0:
        shift += cell
    if low + shift > price:
        raise ValueError(f"align must be at least half a cell above 0, {cell / 2:g}, got {price:g}")
    return np.asarray(bounds + shift)


def _each_positive(values: ArrayLike, name: str, size: int) -> Array:
    """One positive number per dimension, from one for all or one for each."""
    if np.ndim(values) == 0:
        return np.full(size, check.positive(values, name))
    array = check.real_array(values, name, shape=(size,))
    return np.array([check.positive(value, name) for value in array])


def check_grid(kind: Any, num_std: float | None, rule: str | None, tail_mass: float | None) -> Grid:
    """Return the kind of grid, if the other arguments go with it.

    Raises:
        ValueError: The word is unknown, a number is out of range, or an argument belongs to the
            other kind.
    """
    if kind is None:
        kind = "log" if num_std is None and rule is None else "linear"
    check.one_of(kind, get_args(Grid), "grid")
    if rule is not None:
        check.one_of(rule, ("pdf", "cell"), "rule")
    if kind == "log" and num_std is not None:
        raise ValueError('num_std is for grid="linear": the bounds of "log" follow from tail_mass')
    if kind == "log" and rule == "pdf":
        raise ValueError('rule="pdf" is for grid="linear": "log" takes the cells\' probabilities')
    if tail_mass is not None:
        if num_std is not None:
            raise ValueError("num_std and tail_mass both set the bounds: leave one out")
        if not 0 < check.number(tail_mass, "tail_mass") < 0.5:
            raise ValueError(f"tail_mass must lie strictly between 0 and 0.5, got {tail_mass}")
    return "log" if kind == "log" else "linear"
