"""One asset along a path: independent increments of its logarithm."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._deprecation import also_positional
from qiskit_ssqw._display import Row
from qiskit_ssqw.circuit.reading import MOST_QUBITS
from qiskit_ssqw.finance.increments import Grid, Points, increments, price_increments
from qiskit_ssqw.finance.register_model import RegisterModel
from qiskit_ssqw.finance.registers import Price, TableSum
from qiskit_ssqw.finance.uncertainty_model import QuantumWalkUncertaintyModel
from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.markets.bachelier import BachelierPrices
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.markets.model import PriceModel, at_maturity
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.targets.distribution import Rule
from qiskit_ssqw.targets.grid import mesh

_MOST_STEP_QUBITS = 24
"""Of one step; its points are listed."""

_MOST_STEPS = 10_000


class PathModel(RegisterModel):
    """Load the path of a price: one walk per time step, each on qubits of its own.

    The logarithm's increments are independent and normal, so the loader is the same small walk
    once per step. A grid point is a path: the prices at equidistant times, the last at maturity.
    The first step is the most significant part of the index.

    On the default grid an increment has the mean, the variance and, from 2 qubits on, the skewness
    and the kurtosis of a normal one, and the forward at every time is exact.

    Args:
        num_qubits: Qubits of each increment.
        num_steps: Number of time steps.
        spot: Price today.
        volatility: Annual volatility.
        rate: Annual risk-free rate, continuously compounded.
        maturity: Time to maturity in years.
        grid: Cells of an increment of the logarithm: ``"log"`` (default), equally wide ones, or
            ``"quantile"``, equally probable ones, which a Hadamard gate per qubit loads.
        num_std: Half width in standard deviations, for an increment on equidistant points.
        rule: ``"cell"`` (default) or ``"pdf"``, as for `TargetDistribution.normal`, for the same.
        points: What stands for a cell: its ``"mean"``, or its ``"centre"``, so that the points of
            an increment are equidistant and payoffs that compute with it take shorter circuits. By
            default means where all paths can be listed, and centres otherwise.
        dividend_yield: Annual yield of continuous dividends.
        most_qubits: Qubits up to which all paths may be listed.
        name: Name of the circuit.
        **fit_options: Options of `QuantumWalkUncertaintyModel` and `fit`.

    Raises:
        TypeError: A number is something else.
        ValueError: ``spot``, ``volatility``, ``maturity`` or ``num_std`` is not positive, ``grid``,
            ``points`` or ``rule`` is an unknown word or goes without or with ``num_std``, or there
            is no step or no qubit.

    Warns:
        LoaderAccuracyWarning: The walk misses the tolerance.

    Examples:
        >>> from qiskit_ssqw.finance import PathModel
        >>> model = PathModel(2, 3, 2.0, 0.4, 0.05, 40 / 365, seed=1)
        >>> model.num_qubits, model.values.shape
        (6, (64, 3))
    """

    @also_positional("num_std", "rule")
    def __init__(
        self,
        num_qubits: int,
        num_steps: int,
        spot: float,
        volatility: float,
        rate: float,
        maturity: float,
        *,
        grid: Grid | None = None,
        num_std: float | None = None,
        rule: Rule | None = None,
        points: Points | None = None,
        dividend_yield: float = 0.0,
        most_qubits: int = MOST_QUBITS,
        name: str = "P(path)",
        **fit_options: Any,
    ) -> None:
        size = check.integer(num_qubits, "num_qubits", minimum=1, maximum=_MOST_STEP_QUBITS)
        steps = check.integer(num_steps, "num_steps", minimum=1, maximum=_MOST_STEPS)
        market = Market(
            check.positive(spot, "spot"), volatility, rate, maturity, dividend_yield=dividend_yield
        )
        step = Market(1.0, volatility, rate, maturity / steps, dividend_yield=dividend_yield)
        check.one_of(rule or "cell", get_args(Rule), "rule")
        if grid is not None:
            check.one_of(grid, get_args(Grid), "grid")
        if points is not None:
            check.one_of(points, get_args(Points), "points")
        if num_std is not None and (grid is not None or points is not None):
            raise ValueError(
                f"grid, points and num_std exclude each other, got {grid!r}, {points!r} and "
                f"{num_std}"
            )
        if num_std is None and rule is not None:
            raise ValueError(f"rule is for equidistant points: give num_std too, got {rule!r}")
        chosen = points or _points(size, steps, most_qubits)
        target = (
            increments(size, step, grid or "log", chosen)
            if num_std is None
            else _equidistant(size, step, check.positive(num_std, "num_std"), rule or "cell")
        )
        start = np.full(steps, np.log(market.spot))
        self._load(target, start, market, most_qubits=most_qubits, name=name, **fit_options)

    @classmethod
    def from_market(
        cls,
        num_qubits: int,
        num_steps: int,
        market: PriceDistribution | PriceModel,
        *,
        maturity: float | None = None,
        grid: Grid | None = None,
        points: Points | None = None,
        most_qubits: int = MOST_QUBITS,
        name: str = "P(path)",
        **fit_options: Any,
    ) -> Self:
        """Load the path of a price in a Black-Scholes market or a normal one.

        Args:
            num_qubits: Qubits of each increment.
            num_steps: Number of time steps.
            market: A `Market` of one asset, or a `Bachelier` model.
            maturity: Time to maturity in years, of a model of the price at any time.
            grid: As for the class, of the increments of the price itself in the normal model.
            points: As for the class.
            most_qubits: As for the class.
            name: Name of the circuit.
            **fit_options: As for the class.

        Raises:
            TypeError: The paths of the market are not known, or as for the class.
            ValueError: As for the class, or the market has several assets.

        Examples:
            >>> from qiskit_ssqw.finance import Bachelier, PathModel
            >>> model = PathModel.from_market(3, 12, Bachelier(2.0, 0.01, 0.5), maturity=1.0)
            >>> model.num_qubits, model.prices[-1].is_log
            (36, False)
        """
        prices = at_maturity(market, maturity)
        options = {"most_qubits": most_qubits, "name": name, **fit_options}
        if isinstance(prices, Market) and prices.num_assets == 1:
            return cls(
                num_qubits,
                num_steps,
                prices.spot,
                prices.volatility,
                prices.rate,
                prices.maturity,
                grid=grid,
                points=points,
                dividend_yield=prices.dividend_yield,
                **options,
            )
        if not isinstance(prices, BachelierPrices):
            raise TypeError(
                "market must be a Black-Scholes market of one asset or a Bachelier model, whose "
                f"paths are known, got {market!r}"
            )
        size = check.integer(num_qubits, "num_qubits", minimum=1, maximum=_MOST_STEP_QUBITS)
        steps = check.integer(num_steps, "num_steps", minimum=1, maximum=_MOST_STEPS)
        chosen = points or _points(size, steps, most_qubits)
        std = prices.std / np.sqrt(steps)
        target = price_increments(size, std, grid or "log", chosen)
        model = cls.__new__(cls)
        model._load(target, prices.path_forwards(steps), prices, **options)
        return model

    def _load(
        self,
        target: TargetDistribution,
        start: Array,
        market: PriceDistribution,
        *,
        most_qubits: int,
        name: str,
        **fit_options: Any,
    ) -> None:
        """Load one increment after the other.

        Args:
            target: An increment of the price or of its logarithm.
            start: What the increments up to each time are added to.
            market: Where the paths come from.
            most_qubits: As for the class.
            name: Name of the circuit.
            **fit_options: As for the class.
        """
        self._increment = QuantumWalkUncertaintyModel(target, **fit_options)
        self._origin, self._start = market, start
        super().__init__(
            [(f"step{number + 1}", self._increment) for number in range(len(start))],
            _prices(self._increment.values, start, is_log=isinstance(market, Market)),
            market=market,
            num_steps=len(start),
            most_qubits=most_qubits,
            name=name,
        )

    @property
    def fit_result(self) -> FitResult:
        """The fit of one increment of the logarithm."""
        return self._increment.fit_result

    @property
    def market(self) -> PriceDistribution:
        """Where the paths come from."""
        return self._origin

    @property
    def values(self) -> Array:
        """The paths, shape ``(2**(num_steps * n), num_steps)``.

        Raises:
            ValueError: There are more than ``most_qubits`` qubits.
        """
        self._refuse_many("values")
        steps = mesh([self._increment.values] * len(self._start))
        paths = self._start + np.cumsum(steps, axis=-1)
        return self.prices[0].link(paths.reshape(-1, len(self._start)))

    def __repr__(self) -> str:
        return f"<PathModel: {len(self._start)} steps of {self._increment!r}>"

    def _heading(self) -> str:
        return f"path of {len(self._start)} steps on {self.num_qubits} qubits"

    def _rows(self) -> list[Row]:
        fitted = self.fit_result
        tolerance = f"of each step, tolerance {fitted.tolerance:g}"
        return [
            ("walk of each step", repr(fitted.walk), ""),
            ("total variation", fitted.total_variation, tolerance),
            ("two-qubit gates", len(self._start) * fitted.two_qubit_gates, "of all steps"),
            *self._origin._rows(),
        ]

    def _note(self) -> str:
        return self.fit_result.message


def _points(size: int, num_steps: int, most_qubits: int) -> Points:
    """Means of cells, unless there are too many paths to list."""
    most = check.integer(most_qubits, "most_qubits", minimum=1)
    return "mean" if size * num_steps <= most else "centre"


def _prices(steps: Array, start: Array, *, is_log: bool) -> list[Price]:
    """The price after each step: it, or its logarithm, is the sum of all increments so far."""
    return [
        Price(TableSum({(place,): steps for place in range(number + 1)}, first), is_log=is_log)
        for number, first in enumerate(start)
    ]


def _equidistant(size: int, step: Market, num_std: float, rule: Rule) -> TargetDistribution:
    """An increment of the logarithm on equidistant points."""
    mean, reach = float(step.log_mean[0]), num_std * float(step.log_std[0])
    bounds = (mean - reach, mean + reach)
    return TargetDistribution.normal(size, mean, step.log_covariance, bounds, rule=rule)
