"""The target: probabilities on a grid of ``2**n`` points, and how to make them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import (
    also_positional,
    size_after_distribution,
    size_after_samples,
    size_first,
)
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw._frozen import FrozenArrays
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.markets.model import PriceModel, at_maturity
from qiskit_ssqw.markets.normal_cells import normal_cells
from qiskit_ssqw.targets import checks, grid, price_grid, rules
from qiskit_ssqw.targets.grid import register_sizes
from qiskit_ssqw.targets.price_grid import Grid, Points, PriceGrid

Rule = Literal["pdf", "cell"]
Bounds = tuple[float, float] | tuple[tuple[float, float], ...]


_ROUNDING = 1e-15


class TargetDistribution(FrozenArrays, Tabular):
    """A discretised probability distribution, one- or multi-dimensional, that cannot change.

    The grid has ``2**n`` points per dimension: equidistant ones between two bounds, both included,
    or any increasing ones. Flattened in C
    order (the last dimension is the least significant part of the index), as qiskit-finance
    does, it gives the basis states of the loader.

    Two rules turn a continuous distribution into probabilities: ``"pdf"`` normalises the density
    at the grid points, as qiskit-finance does; ``"cell"`` gives each point the probability of the
    cell between its mid points, the end cells taking the tails, which prices options far more
    precisely on the same grid.

    Args:
        probabilities: Shape ``(2**n,)``, or ``(2**n1, ..., 2**nd)`` for a product grid;
            non-negative, with sum 1 up to 1e-8. What is negative, or misses 1, by no more than
            rounding errors of the numbers' own precision (float32, say) is put right.
        bounds: First and last of equidistant grid points, ``(low, high)``, or one such pair per
            dimension.
        axes: The grid points themselves, in place of ``bounds``: increasing numbers, shape
            ``(2**n,)``, or one such array per dimension.
        market: Where the prices come from, such as a `Market`: it discounts what they pay, and
            knows payoffs without a grid. It is no part of the target that is compared or saved.

    Raises:
        TypeError: The probabilities, bounds or axes are not real numbers, there are both or
            neither of ``bounds`` and ``axes``, or the market is something else.
        ValueError: A probability is negative, NaN or infinite, the sum is not 1, a length is not
            a power of two of at least 2, the bounds are inverted or of the wrong shape, or the
            points of an axis do not increase.

    Examples:
        >>> from qiskit_ssqw import TargetDistribution
        >>> target = TargetDistribution([0.1, 0.2, 0.3, 0.4], bounds=(0, 3))
        >>> target.num_qubits, target.values.tolist()
        (2, [0.0, 1.0, 2.0, 3.0])
        >>> round(target.expectation(lambda x: x), 12)
        2.0
    """

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

    @classmethod
    @also_positional("rule")
    def normal(
        cls,
        num_qubits: int | Sequence[int],
        mu: ArrayLike | None = None,
        sigma: ArrayLike | None = None,
        bounds: ArrayLike | None = None,
        *,
        rule: Rule = "pdf",
    ) -> Self:
        r"""Discretise a (multivariate) normal distribution, arguments as in qiskit-finance.

        Args:
            num_qubits: Qubits of the grid, an integer or one per dimension.
            mu: Mean, a number or shape ``(d,)``; 0 by default.
            sigma: The **variance** (not the standard deviation), a number, or the covariance
                matrix, shape ``(d, d)``; 1 or the identity by default.
            bounds: First and last grid point, per dimension; ``(-1, 1)`` by default.
            rule: ``"pdf"`` or ``"cell"``, whose integrals are precise to at least 1e-10 in up to
                four dimensions.

        Raises:
            TypeError: ``num_qubits`` is not an integer.
            ValueError: A shape is wrong, or the covariance not positive definite or, for the
                cells of three and more dimensions, too nearly singular.

        Warns:
            GridWarning: 99 % of the distribution or more lies beyond one bound.
        """
        sizes, boxes, mean, covariance = _gaussian(num_qubits, mu, sigma, bounds, (-1.0, 1.0))
        axes = grid.axes(sizes, boxes)
        ends = [checks.outer_edges(axis) for axis in axes]
        checks.warn_of_missed_grid(axes, rules.normal_shares(ends, mean, covariance))
        if check.one_of(rule, get_args(Rule), "rule") == "cell":
            edges = [grid.cell_edges(axis) for axis in axes]
            return cls._normalised(normal_cells(edges, mean, covariance), boxes)
        return cls._normalised(rules.normal_density(axes, mean, covariance), boxes)

    @classmethod
    @also_positional("rule")
    def lognormal(
        cls,
        num_qubits: int | Sequence[int],
        mu: ArrayLike | None = None,
        sigma: ArrayLike | None = None,
        bounds: ArrayLike | None = None,
        *,
        rule: Rule = "pdf",
    ) -> Self:
        r"""Discretise a (multivariate) log-normal distribution, arguments as in qiskit-finance.

        Args:
            num_qubits: Qubits of the grid, an integer or one per dimension.
            mu: Mean of the logarithm, a number or shape ``(d,)``; 0 by default.
            sigma: The **variance** of the logarithm (not its standard deviation), a number, or
                its covariance matrix, shape ``(d, d)``; 1 or the identity by default.
            bounds: First and last grid point, per dimension; ``(0, 1)`` by default.
            rule: ``"pdf"`` or ``"cell"``, as for `normal`.

        Raises:
            TypeError: ``num_qubits`` is not an integer.
            ValueError: A shape or the covariance is wrong, or no grid point has positive density.

        Warns:
            GridWarning: 99 % of the distribution or more lies beyond one bound.
        """
        sizes, boxes, mean, covariance = _gaussian(num_qubits, mu, sigma, bounds, (0.0, 1.0))
        axes = grid.axes(sizes, boxes)
        ends = [rules.log_or_minus_infinity(checks.outer_edges(axis)) for axis in axes]
        checks.warn_of_missed_grid(axes, rules.normal_shares(ends, mean, covariance))
        if check.one_of(rule, get_args(Rule), "rule") == "cell":
            edges = [rules.log_or_minus_infinity(grid.cell_edges(axis)) for axis in axes]
            return cls._normalised(normal_cells(edges, mean, covariance), boxes)
        logs = [rules.log_or_minus_infinity(axis) for axis in axes]
        points = grid.mesh(axes).prod(axis=-1)
        density = rules.normal_density(logs, mean, covariance)
        positive = np.isfinite(grid.mesh(logs)).all(axis=-1)
        return cls._normalised(
            np.where(positive, density / np.where(positive, points, 1), 0), boxes
        )

    @classmethod
    @size_first("distribution", size_after_distribution)
    @also_positional("rule")
    def from_scipy(
        cls, num_qubits: int, distribution: Any, bounds: ArrayLike, *, rule: Rule = "cell"
    ) -> Self:
        """Discretise a one-dimensional SciPy distribution.

        Args:
            num_qubits: Qubits of the grid.
            distribution: A frozen distribution such as ``scipy.stats.t(3)``, a ``gaussian_kde``,
                or anything else with methods ``cdf`` (rule ``"cell"``) or ``pdf`` (rule ``"pdf"``).
            bounds: First and last grid point.
            rule: ``"pdf"`` or ``"cell"``.

        Raises:
            TypeError: The distribution lacks the method that the rule needs, or parameters.
            ValueError: It has several dimensions or gives NaN, or the density is infinite at a
                grid point, or vanishes on all of them.

        Warns:
            GridWarning: 99 % of the distribution or more lies beyond one bound.
        """
        in_cells = check.one_of(rule, get_args(Rule), "rule") == "cell"
        function = (checks.distribution_function if in_cells else checks.density)(distribution)
        sizes = grid.register_sizes(check.integer(num_qubits, "num_qubits", minimum=1))
        boxes = grid.intervals(bounds, 1)
        (axis,) = grid.axes(sizes, boxes)
        if not in_cells:
            return cls._normalised(function(axis), boxes)
        checks.warn_of_missed_grid([axis], [checks.shares_beyond(axis, function)])
        inner = function(grid.cell_edges(axis)[1:-1])
        return cls._normalised(np.diff(inner, prepend=0.0, append=1.0), boxes)

    @classmethod
    @size_first("samples", size_after_samples)
    def from_samples(
        cls,
        num_qubits: int | Sequence[int],
        samples: ArrayLike,
        bounds: ArrayLike | None = None,
    ) -> Self:
        """Count samples in the cells of a grid; the end cells take what lies beyond the bounds.

        Args:
            num_qubits: Qubits of the grid, an integer or one per dimension.
            samples: Observations, shape ``(m,)``, or ``(m, d)`` in several dimensions.
            bounds: First and last grid point, per dimension; by default the smallest and the
                largest sample.

        Raises:
            ValueError: There is no sample, one is not finite, the shape does not fit the
                dimensions, or all samples are equal and no bounds are given.

        Warns:
            GridWarning: 99 % of the samples or more lie beyond one bound.
        """
        sizes = grid.register_sizes(num_qubits)
        data = check.real_array(samples, "samples")
        data = data[:, None] if data.ndim == 1 else data
        if data.ndim != 2 or data.shape[1] != len(sizes) or len(data) == 0:
            wanted = "(m,)" if len(sizes) == 1 else f"(m, {len(sizes)})"
            raise ValueError(f"samples must have shape {wanted}, m > 0, got {np.shape(samples)}")
        if bounds is None:
            bounds = np.stack([data.min(axis=0), data.max(axis=0)], axis=-1)
        boxes = grid.intervals(bounds, len(sizes))
        axes = grid.axes(sizes, boxes)
        checks.warn_of_missed_grid(axes, checks.shares_of_samples(axes, data))
        edges = [grid.cell_edges(axis) for axis in axes]
        cells = [
            np.searchsorted(edge[1:-1], column, side="right")
            for edge, column in zip(edges, data.T, strict=True)
        ]
        shape = tuple(2**size for size in sizes)
        counts = np.bincount(np.ravel_multi_index(cells, shape), minlength=2 ** sum(sizes))
        return cls._normalised(counts.reshape(shape).astype(float), boxes)

    @classmethod
    @also_positional("num_std", "rule")
    def from_black_scholes(
        cls,
        num_qubits: int | Sequence[int],
        spot: ArrayLike,
        volatility: ArrayLike,
        rate: float,
        maturity: float,
        *,
        num_std: float | None = None,
        rule: Rule | None = None,
        grid: Grid | None = None,
        points: Points | None = None,
        tail_mass: float | None = None,
        correlation: ArrayLike | None = None,
        align: float | None = None,
        dividend_yield: ArrayLike = 0.0,
    ) -> Self:
        r"""Discretise the risk-neutral prices at maturity under Black-Scholes.

        Each price is log-normal with ``mu = (rate - volatility**2 / 2) * maturity + log(spot)`` and
        standard deviation of the logarithm ``volatility * sqrt(maturity)``.

        The default grid, ``"log"``, has cells equally wide in the logarithm and takes the mean
        price in each as its value. So the forward is exact, a call or put errs only by the cell
        in which its strike lies, and the probabilities are the same in every market. The grid
        ``"linear"`` has equidistant prices, which qiskit-finance's applications need.

        Args:
            num_qubits: Qubits of the grid, an integer or one per asset.
            spot: Price today, a number or one per asset.
            volatility: Annual volatility (standard deviation of the logarithm over a year), a
                number or one per asset.
            rate: Annual risk-free rate, continuously compounded.
            maturity: Time to maturity in years.
            num_std: Half width of a linear grid in standard deviations of the price, cut at 0; by
                default its bounds are given by ``tail_mass``.
            rule: ``"cell"`` (default), or ``"pdf"`` on a linear grid.
            grid: ``"log"`` or ``"linear"``; by default the latter if ``num_std`` or ``rule`` is
                given.
            tail_mass: Probability of each end cell of a log grid, or beyond the bounds of a
                linear one (above, of the price weighted by itself). By default it falls with the
                number of points: 0.15 % on a log grid of 5 qubits, 3e-6 on 8.
            correlation: Correlation matrix of several assets' logarithms, shape ``(d, d)``; the
                identity by default.
            align: A price, such as a strike, that is to lie on the edge between two cells of one
                asset's grid, which is moved by half a cell or, at 0, one cell at most; a log grid
                is stretched to a strike beyond it. A digital option at that strike then has no
                grid error, on a log grid no piecewise linear payoff of that strike has.

        Raises:
            ValueError: ``spot``, ``volatility``, ``maturity``, ``num_std`` or ``tail_mass`` is out
                of range, arguments of both grids are mixed, a shape is wrong, or ``align`` lies
                outside the grid.

        Examples:
            The grid decides the error of 5 qubits against Black-Scholes:

            >>> from qiskit_ssqw import TargetDistribution
            >>> from qiskit_ssqw.finance import Call, Market
            >>> market = dict(spot=2.0, volatility=0.4, rate=0.05, maturity=40 / 365)
            >>> exact = Market(**market).expectation(Call(1.896))
            >>> for options in ({"num_std": 3, "rule": "pdf"}, {}, {"align": 1.896}):
            ...     target = TargetDistribution.from_black_scholes(5, **market, **options)
            ...     price = target.expectation(lambda s: max(s - 1.896, 0))
            ...     print(f"{options}: {abs(price / exact - 1):.3%}")
            {'num_std': 3, 'rule': 'pdf'}: 1.932%
            {}: 0.009%
            {'align': 1.896}: 0.000%
        """
        sizes = register_sizes(num_qubits)
        size = len(sizes)
        market = Market(
            _one_each(spot, "spot", size, every=True),
            _one_each(volatility, "volatility", size),
            rate,
            maturity,
            correlation,
            _one_each(dividend_yield, "dividend_yield", size),
        )
        price_grid.check_linear(grid, num_std, rule, tail_mass)
        if rule != "pdf" and num_std is None:
            grid = "linear" if grid is None and rule else grid
            return cls.from_market(
                sizes, market, grid=grid, points=points, tail_mass=tail_mass, align=align
            )
        chosen = PriceGrid.of(market, "linear", "centre", tail_mass, align)
        if num_std is None:
            bounds = chosen.bounds(market, sizes)
        else:
            bounds = chosen.aligned(price_grid.bounds_of_std(market, num_std), sizes, market)
        return cls.lognormal(
            sizes, market.log_mean, market.log_covariance, bounds, rule=rule or "cell"
        ).of_market(market)

    @classmethod
    def from_market(
        cls,
        num_qubits: int | Sequence[int],
        market: PriceDistribution | PriceModel,
        *,
        maturity: float | None = None,
        grid: Grid | None = None,
        points: Points | None = None,
        tail_mass: float | None = None,
        align: float | None = None,
    ) -> Self:
        """Discretise the prices of any market at maturity.

        Args:
            num_qubits: Qubits of the grid, an integer or one per asset.
            market: A market at maturity, such as a `Market`, or a model of the price at any time,
                such as a `Heston`.
            maturity: Time to maturity in years, of a model.
            grid: ``"log"``, ``"linear"`` or ``"quantile"``, as for `from_black_scholes`; of prices
                that may be negative, cells equally wide in the price by default.
            points: ``"mean"`` or ``"centre"``.
            tail_mass: Probability of each end cell, or beyond the bounds of equidistant prices.
            align: A price that is to lie on the edge between two cells.

        Raises:
            TypeError: The market is something else, a model has no maturity, or a market that has
                one is given another.
            ValueError: An argument is out of range, or does not go with the market or the grid.
        """
        prices = at_maturity(market, maturity)
        sizes = register_sizes(num_qubits)
        if len(sizes) != prices.num_assets:
            raise ValueError(
                f"num_qubits must name one size per asset, {prices.num_assets}, got {num_qubits}"
            )
        chosen = PriceGrid.of(prices, grid, points, tail_mass, align)
        weights, where = chosen.cells(prices, sizes)
        return cls(weights / weights.sum(), **where, market=prices)

    def of_market(self, market: PriceDistribution | None) -> Self:
        """The same target, of prices in a market.

        Raises:
            TypeError: The market is something else.
        """
        points: dict[str, Any] = {"axes": self._axes[0] if len(self._axes) == 1 else self._axes}
        if self._boxes is not None:
            points = {"bounds": self.bounds}
        return type(self)(self._probabilities, **points, market=market)

    @classmethod
    def _normalised(
        cls, weights: NDArray[np.float64], boxes: tuple[tuple[float, float], ...]
    ) -> Self:
        total = weights.sum()
        if not np.isfinite(total):
            raise ValueError('the density is infinite at a grid point: use rule="cell"')
        if total <= 0:
            raise ValueError(f"the distribution has no probability on the grid {boxes}")
        return cls(weights / total, boxes if len(boxes) > 1 else boxes[0])

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The probabilities in the shape of the grid, read-only."""
        return self._probabilities

    @property
    def values(self) -> NDArray[np.float64]:
        """Grid points in the order of the basis states: shape ``(2**n,)``, or ``(2**n, d)``."""
        points = grid.mesh(self._axes).reshape(-1, len(self._sizes))
        return points[:, 0] if len(self._sizes) == 1 else points

    @property
    def axes(self) -> tuple[NDArray[np.float64], ...]:
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
        if not isinstance(other, TargetDistribution):
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


def _one_each(values: ArrayLike, name: str, size: int, every: bool = False) -> Any:
    """A number for all assets or, of several assets, one for each (and always, for ``every``)."""
    if np.ndim(values) == 0:
        return (values,) * size if every and size > 1 else values
    found = check.real_array(values, name, shape=(size,)).tolist()
    return found if size > 1 else found[0]


def _sizes_of(array: NDArray[np.float64]) -> tuple[int, ...]:
    sizes = tuple(length.bit_length() - 1 for length in array.shape)
    if not sizes or any(
        size < 1 or length != 2**size for size, length in zip(sizes, array.shape, strict=True)
    ):
        raise ValueError(
            "probabilities must have 2**n entries, n >= 1, in every dimension, "
            f"got shape {array.shape}"
        )
    return sizes


def _gaussian(
    num_qubits: Any, mu: Any, sigma: Any, bounds: Any, default: tuple[float, float]
) -> tuple[
    tuple[int, ...],
    tuple[tuple[float, float], ...],
    NDArray[np.float64],
    NDArray[np.float64],
]:
    """Check qiskit-finance's arguments: register sizes, bounds, mean and covariance."""
    sizes = grid.register_sizes(num_qubits)
    dimensions = len(sizes)
    mean = np.atleast_1d(check.real_array(np.zeros(dimensions) if mu is None else mu, "mu"))
    if mean.shape != (dimensions,):
        raise ValueError(f"mu must have shape ({dimensions},), got {mean.shape}")
    covariance = np.eye(dimensions) if sigma is None else check.real_array(sigma, "sigma")
    if dimensions == 1:
        covariance = np.atleast_2d(covariance)
    if covariance.shape != (dimensions, dimensions):
        raise ValueError(
            f"sigma must have shape ({dimensions}, {dimensions}), got {covariance.shape}"
        )
    if not check.is_covariance(covariance, check.rounding([] if sigma is None else sigma)):
        raise ValueError(
            "sigma must be a positive variance or a symmetric positive definite covariance, "
            f"got {covariance.tolist()}"
        )
    bounds = [default] * dimensions if bounds is None else bounds
    return sizes, grid.intervals(bounds, dimensions), mean, covariance
