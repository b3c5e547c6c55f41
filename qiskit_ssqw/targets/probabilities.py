"""Probabilities on a grid of ``2**n`` points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw._frozen import FrozenArrays
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.targets import grid

Bounds = tuple[float, float] | tuple[tuple[float, float], ...]

_ROUNDING = 1e-15


class GridProbabilities(FrozenArrays, Tabular):
    """What a `TargetDistribution` is, without the ways to make one."""

    def __init__(
        self,
        probabilities: ArrayLike,
        bounds: ArrayLike | None = None,
        *,
        axes: ArrayLike | Sequence[ArrayLike] | None = None,
        market: PriceDistribution | None = None,
    ) -> None:
        if not (market is None or isinstance(market, PriceDistribution)):
            raise TypeError(f"market must be a market at maturity, such as Market, got {market!r}")
        self._market = market
        array = check.not_negative(probabilities, "probabilities")
        self._sizes = _sizes_of(array)
        total = float(array.sum())
        if abs(total - 1) > max(1e-8, check.rounding(probabilities)):
            raise ValueError(f"probabilities must sum to 1, got {total}; divide by their sum")
        if (bounds is None) == (axes is None):
            raise TypeError("a target needs either bounds or axes, its grid points")
        if bounds is not None:
            self._boxes: tuple[grid.Interval, ...] | None = grid.intervals(bounds, array.ndim)
            self._axes = grid.axes(self._sizes, self._boxes)
        else:
            self._axes = grid.increasing(axes, array.shape)
            self._boxes = None
        # Dividing twice would change the last digit of what was saved and loaded.
        rounded = abs(total - 1) <= _ROUNDING * array.size
        self._probabilities = array if rounded else check.real_array(array / total, "probabilities")

    def of_market(self, market: PriceDistribution | None) -> Self:
        """The same target, of prices in a market.

        Raises:
            TypeError: The market is something else.
        """
        if self._boxes is not None:
            return type(self)(self._probabilities, self.bounds, market=market)
        axes = self._axes[0] if len(self._axes) == 1 else self._axes
        return type(self)(self._probabilities, axes=axes, market=market)

    @classmethod
    def _normalised(
        cls,
        weights: Array,
        boxes: tuple[tuple[float, float], ...],
        market: PriceDistribution | None = None,
    ) -> Self:
        total = weights.sum()
        if not np.isfinite(total):
            raise ValueError('the density is infinite at a grid point: use rule="cell"')
        if total <= 0:
            raise ValueError(f"the distribution has no probability on the grid {boxes}")
        return cls(weights / total, boxes if len(boxes) > 1 else boxes[0], market=market)

    @property
    def probabilities(self) -> Array:
        """The probabilities in the shape of the grid, read-only."""
        return self._probabilities

    @property
    def values(self) -> Array:
        """Grid points in the order of the basis states: shape ``(2**n,)``, or ``(2**n, d)``."""
        points = grid.mesh(self._axes).reshape(-1, len(self._sizes))
        return points[:, 0] if len(self._sizes) == 1 else points

    @property
    def axes(self) -> tuple[Array, ...]:
        """Grid points of each dimension, increasing, read-only."""
        return self._axes

    @property
    def bounds(self) -> Bounds:
        """First and last of equidistant grid points, or one such pair per dimension.

        Raises:
            AttributeError: The points were given by themselves, so two numbers cannot tell them.
        """
        if self._boxes is None:
            raise AttributeError(
                "bounds describe equidistant grid points, and those of this target are not: "
                'use values or axes, or make it with grid="linear"'
            )
        return self._boxes[0] if len(self._boxes) == 1 else self._boxes

    @property
    def market(self) -> PriceDistribution | None:
        """Where the prices come from, if the target knows."""
        return self._market

    @property
    def num_qubits(self) -> int:
        """Number of qubits over all dimensions."""
        return sum(self._sizes)

    @property
    def register_sizes(self) -> tuple[int, ...]:
        """Number of qubits of each dimension."""
        return self._sizes

    def expectation(self, function: Callable[[Any], float]) -> float:
        """Return the sum of ``function(value) * probability`` over the grid.

        Args:
            function: Called with each grid point: a number, or an array of shape ``(d,)``.
        """
        weights = self._probabilities.ravel()
        return float(sum(p * function(x) for x, p in zip(self.values, weights, strict=True)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists that `from_dict` turns back into an equal target."""
        if self._boxes is None:
            points: dict[str, Any] = {"axes": [axis.tolist() for axis in self._axes]}
        else:
            points = {"bounds": self.bounds}
        return {"probabilities": self._probabilities.tolist(), **points}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the target that `to_dict` described.

        Raises:
            TypeError: An entry is no array of numbers, or there are both ``bounds`` and ``axes``.
            ValueError: An entry is missing or invalid.
        """
        missing = {"probabilities"} - set(data)
        missing |= set() if "axes" in data else {"bounds"} - set(data)
        if missing:
            raise ValueError(f"a target needs the entries {sorted(missing)}")
        axes = data.get("axes")
        if isinstance(axes, list) and len(axes) == 1:
            (axes,) = axes
        return cls(data["probabilities"], data.get("bounds"), axes=axes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GridProbabilities):
            return NotImplemented
        return (
            self._boxes == other._boxes
            and np.array_equal(self._probabilities, other._probabilities)
            and all(map(np.array_equal, self._axes, other._axes))
        )

    def __hash__(self) -> int:
        return hash((self._sizes, self._probabilities.tobytes(), self._axes[0].tobytes()))

    def __repr__(self) -> str:
        size = self._sizes[0] if len(self._sizes) == 1 else self._sizes
        if self._boxes is not None:
            return f"<TargetDistribution: {size} qubits, bounds {self.bounds}>"
        ends = ", ".join(f"{axis[0]:.6g} to {axis[-1]:.6g}" for axis in self._axes)
        return f"<TargetDistribution: {size} qubits, points from {ends}>"

    def _heading(self) -> str:
        return f"target on {self.num_qubits} qubits"

    def _rows(self) -> list[Row]:
        several = len(self._sizes) > 1
        rows: list[Row] = []
        for number, axis in enumerate(self._axes):
            others = tuple(other for other in range(len(self._sizes)) if other != number)
            weights = self._probabilities.sum(axis=others)
            mean = float(weights @ axis)
            deviation = float(np.sqrt(weights @ (axis - mean) ** 2))
            which = f" of dimension {number}" if several else ""
            extent = f"from {axis[0]:.6g} to {axis[-1]:.6g}"
            rows += [
                (f"grid points{which}", len(axis), extent),
                (f"mean{which}", mean, f"standard deviation {deviation:.6g}"),
            ]
        return [*rows, ("largest probability", float(self._probabilities.max()), "")]


def _sizes_of(array: Array) -> tuple[int, ...]:
    sizes = tuple(length.bit_length() - 1 for length in array.shape)
    if not sizes or any(
        size < 1 or length != 2**size for size, length in zip(sizes, array.shape, strict=True)
    ):
        raise ValueError(
            "probabilities must have 2**n entries, n >= 1, in every dimension, "
            f"got shape {array.shape}"
        )
    return sizes
