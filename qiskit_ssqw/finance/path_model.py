"""One asset along a path: independent increments of its logarithm."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import also_positional
from qiskit_ssqw._display import Row
from qiskit_ssqw.circuit.reading import MOST_QUBITS
from qiskit_ssqw.finance.increments import Grid, increments
from qiskit_ssqw.finance.register_model import RegisterModel
from qiskit_ssqw.finance.registers import Price, TableSum
from qiskit_ssqw.finance.uncertainty_model import QuantumWalkUncertaintyModel
from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.targets.distribution import Rule
from qiskit_ssqw.targets.grid import mesh
from qiskit_ssqw.targets.price_grid import Points


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
        size = check.integer(num_qubits, "num_qubits", minimum=1)
        num_steps = check.integer(num_steps, "num_steps", minimum=1)
        market = Market(
            check.positive(spot, "spot"), volatility, rate, maturity, dividend_yield=dividend_yield
        )
        step = Market(1.0, volatility, rate, maturity / num_steps, dividend_yield=dividend_yield)
        check.one_of(grid or "log", get_args(Grid), "grid")
        check.one_of(rule or "cell", get_args(Rule), "rule")
        check.one_of(points or "mean", get_args(Points), "points")
        if num_std is not None and (grid is not None or points is not None):
            raise ValueError(
                f"grid, points and num_std exclude each other, got {grid!r}, {points!r} and "
                f"{num_std}"
            )
        if num_std is None and rule is not None:
            raise ValueError(f"rule is for equidistant points: give num_std too, got {rule!r}")
        if points is None:
            points = "mean" if size * num_steps <= most_qubits else "centre"
        target = (
            increments(size, step, grid or "log", points)
            if num_std is None
            else _equidistant(size, step, check.positive(num_std, "num_std"), rule or "cell")
        )
        self._origin, self._steps = market, num_steps
        self._increment = QuantumWalkUncertaintyModel(target, **fit_options)
        super().__init__(
            [(f"step{number + 1}", self._increment) for number in range(num_steps)],
            _prices(self._increment.values, num_steps, market.spot),
            market=market,
            num_steps=num_steps,
            most_qubits=most_qubits,
            name=name,
        )

    @property
    def fit_result(self) -> FitResult:
        """The fit of one increment of the logarithm."""
        return self._increment.fit_result

    @property
    def market(self) -> Market:
        """Where the paths come from."""
        return self._origin

    @property
    def values(self) -> NDArray[np.float64]:
        """The paths, shape ``(2**(num_steps * n), num_steps)``.

        Raises:
            ValueError: There are more than ``most_qubits`` qubits.
        """
        self._refuse_many("values")
        steps = mesh([self._increment.values] * self._steps)
        paths = self._origin.spot * np.exp(np.cumsum(steps, axis=-1))
        return np.asarray(paths.reshape(-1, self._steps))

    def __repr__(self) -> str:
        return f"<PathModel: {self._steps} steps of {self._increment!r}>"

    def _heading(self) -> str:
        return f"path of {self._steps} steps on {self.num_qubits} qubits"

    def _rows(self) -> list[Row]:
        fitted = self.fit_result
        tolerance = f"of each step, tolerance {fitted.tolerance:g}"
        return [
            ("walk of each step", repr(fitted.walk), ""),
            ("total variation", fitted.total_variation, tolerance),
            ("two-qubit gates", self._steps * fitted.two_qubit_gates, "of all steps"),
            *self._origin._rows(),
        ]

    def _note(self) -> str:
        return self.fit_result.message


def _prices(steps: NDArray[np.float64], num_steps: int, spot: float) -> list[Price]:
    """The price after each step: its logarithm is the sum of all increments so far."""
    tables = {(place,): steps for place in range(num_steps)}
    return [
        Price(
            TableSum({(place,): tables[place,] for place in range(number + 1)}, np.log(spot)),
            is_log=True,
        )
        for number in range(num_steps)
    ]


def _equidistant(size: int, step: Market, num_std: float, rule: Rule) -> TargetDistribution:
    """An increment of the logarithm on equidistant points."""
    mean, reach = float(step.log_mean[0]), num_std * float(step.log_std[0])
    bounds = (mean - reach, mean + reach)
    return TargetDistribution.normal(size, mean, step.log_covariance, bounds, rule=rule)
