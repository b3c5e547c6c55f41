"""The target of a fit, and the ways to make one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import (
    also_positional,
    size_after_distribution,
    size_after_samples,
    size_first,
)
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.markets.functions import density, distribution_function
from qiskit_ssqw.markets.given import SampledPrices, ScipyPrices, is_continuous
from qiskit_ssqw.markets.model import PriceModel, at_maturity
from qiskit_ssqw.markets.normal_cells import normal_cells
from qiskit_ssqw.targets import arguments, checks, grid, price_grid, rules
from qiskit_ssqw.targets.grid import intervals, register_sizes, with_squares
from qiskit_ssqw.targets.price_grid import Grid, Points, PriceGrid
from qiskit_ssqw.targets.probabilities import GridProbabilities

Rule = Literal["pdf", "cell"]


class TargetDistribution(GridProbabilities):
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
        sizes, boxes, mean, covariance = arguments.gaussian(
            num_qubits, mu, sigma, bounds, (-1.0, 1.0)
        )
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
        sizes, boxes, mean, covariance = arguments.gaussian(
            num_qubits, mu, sigma, bounds, (0.0, 1.0)
        )
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
        cls,
        num_qubits: int,
        distribution: Any,
        bounds: ArrayLike | None = None,
        *,
        rule: Rule = "cell",
        grid: Grid | None = None,
        points: Points | None = None,
        tail_mass: float | None = None,
        align: float | None = None,
        rate: float | None = None,
        maturity: float | None = None,
    ) -> Self:
        """Discretise a one-dimensional SciPy distribution.

        Args:
            num_qubits: Qubits of the grid.
            distribution: A frozen distribution such as ``scipy.stats.t(3)``, a ``gaussian_kde``,
                or anything else with methods ``cdf`` (rule ``"cell"``) or ``pdf`` (rule ``"pdf"``).
            bounds: First and last of equidistant grid points; without them, the grid is found as
                `from_market` does, of a continuous distribution with ``cdf``.
            rule: ``"pdf"`` or ``"cell"``, between bounds.
            grid: ``"log"``, ``"linear"`` or ``"quantile"``, as for `from_market`.
            points: ``"mean"`` or ``"centre"``.
            tail_mass: Probability of each end cell, or beyond the bounds of equidistant points.
            align: A value that is to lie on the edge between two cells.
            rate: Annual risk-free rate that discounts what a price pays; needs a maturity.
            maturity: Time to maturity in years.

        Raises:
            TypeError: The distribution lacks the method that the rule needs, or parameters, or
                there are bounds and arguments of grids that have none.
            ValueError: It has several dimensions or gives NaN, the density is infinite at a
                grid point, or vanishes on all of them, or cells that are to have means are those
                of a distribution without one, or of a discrete one, or rule ``"pdf"`` has no
                bounds, or a rate nothing to discount, as of a discrete distribution.

        Warns:
            GridWarning: 99 % of the distribution or more lies beyond one bound.
        """
        in_cells = check.one_of(rule, get_args(Rule), "rule") == "cell"
        function = (distribution_function if in_cells else density)(distribution)
        chosen: dict[str, Any] = {
            "grid": grid,
            "points": points,
            "tail_mass": tail_mass,
            "align": align,
        }
        if bounds is None:
            if not in_cells:
                raise ValueError('rule="pdf" is for points between bounds: give them, too')
            return cls.from_market(num_qubits, ScipyPrices(distribution, rate, maturity), **chosen)
        arguments.refuse_bounds_with(chosen)
        sizes = register_sizes(check.integer(num_qubits, "num_qubits", minimum=1))
        boxes = intervals(bounds, 1)
        weights = (rules.of_cells if in_cells else rules.at_points)(function, sizes, boxes)
        market = None
        if is_continuous(distribution):
            market = ScipyPrices(distribution, rate, maturity)
        else:
            arguments.refuse_discount(rate, maturity)
        return cls._normalised(weights, boxes, market)

    @classmethod
    @size_first("samples", size_after_samples)
    def from_samples(
        cls,
        num_qubits: int | Sequence[int],
        samples: ArrayLike,
        bounds: ArrayLike | None = None,
        *,
        grid: Grid | None = None,
        points: Points | None = None,
        tail_mass: float | None = None,
        align: float | None = None,
        rate: float | None = None,
        maturity: float | None = None,
    ) -> Self:
        """Count samples in the cells of a grid; the end cells take what lies beyond it.

        Args:
            num_qubits: Qubits of the grid, an integer or one per dimension.
            samples: Observations, shape ``(m,)``, or ``(m, d)`` in several dimensions.
            bounds: First and last of equidistant grid points, per dimension; by default the
                smallest and the largest sample.
            grid: ``"log"``, ``"linear"`` or ``"quantile"``, as for `from_market`, of samples in one
                dimension; by default equidistant points.
            points: ``"mean"`` (of the samples in a cell) or ``"centre"``.
            tail_mass: Probability of each end cell, or beyond the bounds of equidistant points.
            align: A value that is to lie on the edge between two cells.
            rate: Annual risk-free rate that discounts what a price pays; needs a maturity.
            maturity: Time to maturity in years.

        Raises:
            TypeError: There are bounds and arguments of grids that have none.
            ValueError: There is no sample, one is not finite, the shape does not fit the
                dimensions, all samples are equal and no bounds are given, a cell that is to
                have a mean has no sample, or there is a rate in several dimensions.

        Warns:
            GridWarning: 99 % of the samples or more lie beyond one bound.
        """
        sizes = register_sizes(num_qubits)
        data = with_squares(check.real_array(samples, "samples"), "samples")
        data = data[:, None] if data.ndim == 1 else data
        if data.ndim != 2 or data.shape[1] != len(sizes) or len(data) == 0:
            wanted = "(m,)" if len(sizes) == 1 else f"(m, {len(sizes)})"
            raise ValueError(f"samples must have shape {wanted}, m > 0, got {np.shape(samples)}")
        market = None
        if len(sizes) == 1:
            market = SampledPrices(data[:, 0], rate, maturity)
        else:
            arguments.refuse_discount(rate, maturity)
        chosen: dict[str, Any] = {
            "grid": grid,
            "points": points,
            "tail_mass": tail_mass,
            "align": align,
        }
        if bounds is None and market and any(value is not None for value in chosen.values()):
            return cls.from_market(sizes, market, **chosen)
        arguments.refuse_bounds_with(chosen)
        if bounds is None:
            bounds = np.stack([data.min(axis=0), data.max(axis=0)], axis=-1)
        boxes = intervals(bounds, len(sizes))
        return cls._normalised(rules.counts(data, sizes, boxes), boxes, market)

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
                given. ``"quantile"`` has equally probable cells, which a Hadamard gate per qubit
                loads and no walk is needed for; with ``align``, as many on both sides of it.
            points: What stands for a cell: its ``"mean"`` (default), or its ``"centre"``, which
                makes a linear grid equidistant and is the default there.
            tail_mass: Probability of each end cell of a log grid, or beyond the bounds of a
                linear one (above, of the price weighted by itself). By default it falls with the
                number of points: 0.15 % on a log grid of 5 qubits, 3e-6 on 8.
            correlation: Correlation matrix of several assets' logarithms, shape ``(d, d)``; the
                identity by default.
            align: A price, such as a strike, that is to lie on the edge between two cells of one
                asset's grid, which is moved by half a cell or, at 0, one cell at most; a log grid
                is stretched to a strike beyond it. A digital option at that strike then has no
                grid error, and where means stand for cells no piecewise linear payoff of that
                strike has.
            dividend_yield: Annual yield of continuous dividends, a number or one per asset.

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
            arguments.one_each(spot, "spot", size, every=True),
            arguments.one_each(volatility, "volatility", size),
            rate,
            maturity,
            correlation,
            arguments.one_each(dividend_yield, "dividend_yield", size),
        )
        arguments.check_linear(grid, num_std, rule, tail_mass, points)
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
