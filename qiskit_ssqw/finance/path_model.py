"""One asset along a path: independent increments of its logarithm."""

from __future__ import annotations

from functools import reduce
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from qiskit.circuit import QuantumRegister

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import also_positional
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.circuit.drawing import LegibleCircuit
from qiskit_ssqw.circuit.reading import read_probabilities
from qiskit_ssqw.finance.increments import Grid, increments
from qiskit_ssqw.finance.uncertainty_model import QuantumWalkUncertaintyModel
from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.targets.distribution import Rule
from qiskit_ssqw.targets.grid import mesh


class PathModel(LegibleCircuit, Tabular):
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
        dividend_yield: Annual yield of continuous dividends.
        name: Name of the circuit.
        **fit_options: Options of `QuantumWalkUncertaintyModel` and `fit`.

    Raises:
        TypeError: A number is something else.
        ValueError: ``spot``, ``volatility``, ``maturity`` or ``num_std`` is not positive, ``grid``
            or ``rule`` is an unknown word or goes without or with ``num_std``, or there is no step
            or no qubit.

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
        dividend_yield: float = 0.0,
        name: str = "P(path)",
        **fit_options: Any,
    ) -> None:
        size = check.integer(num_qubits, "num_qubits", minimum=1)
        self._num_steps = check.integer(num_steps, "num_steps", minimum=1)
        self._market = Market(
            check.positive(spot, "spot"), volatility, rate, maturity, dividend_yield=dividend_yield
        )
        step = Market(1.0, volatility, rate, maturity / num_steps, dividend_yield=dividend_yield)
        check.one_of(grid or "log", get_args(Grid), "grid")
        check.one_of(rule or "cell", get_args(Rule), "rule")
        if num_std is not None and grid is not None:
            raise ValueError(f"grid and num_std exclude each other, got {grid!r} and {num_std}")
        if num_std is None and rule is not None:
            raise ValueError(f"rule is for equidistant points: give num_std too, got {rule!r}")
        target = (
            increments(size, step, grid or "log")
            if num_std is None
            else _equidistant(size, step, check.positive(num_std, "num_std"), rule or "cell")
        )
        self._increment = QuantumWalkUncertaintyModel(target, **fit_options)
        super().__init__(
            *(QuantumRegister(size, f"step{step}") for step in range(num_steps, 0, -1)), name=name
        )
        for number in range(num_steps):
            qubits = range(number * size, (number + 1) * size)
            self.compose(self._increment, qubits, inplace=True)

    @property
    def fit_result(self) -> FitResult:
        """The fit of one increment of the logarithm."""
        return self._increment.fit_result

    @property
    def market(self) -> Market:
        """Where the paths come from."""
        return self._market

    @property
    def num_steps(self) -> int:
        """Number of time steps."""
        return self._num_steps

    @property
    def values(self) -> NDArray[np.float64]:
        """The paths, shape ``(2**(num_steps * n), num_steps)``."""
        steps = mesh([self._increment.values] * self._num_steps)
        paths = self._market.spot * np.exp(np.cumsum(steps, axis=-1))
        return np.asarray(paths.reshape(-1, self._num_steps))

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """Probabilities of the paths on the grid, in the order of `values`."""
        axes = [self._increment.probabilities] * self._num_steps
        return np.asarray(reduce(np.multiply.outer, axes)).ravel()

    @property
    def loaded_probabilities(self) -> NDArray[np.float64]:
        """What the circuit loads, in the order of `values`, computed from the walks' amplitudes.

        Of a circuit that has been changed, it is computed from the state vector.

        Raises:
            ValueError: A changed circuit has free parameters, does not consist of gates or has
                more than 20 qubits.
        """
        return read_probabilities(self, range(self._num_steps * self._increment.num_qubits))

    def __repr__(self) -> str:
        return f"<PathModel: {self._num_steps} steps of {self._increment!r}>"

    def _heading(self) -> str:
        return f"path of {self._num_steps} steps on {self.num_qubits} qubits"

    def _rows(self) -> list[Row]:
        fitted = self.fit_result
        tolerance = f"of each step, tolerance {fitted.tolerance:g}"
        return [
            ("walk of each step", repr(fitted.walk), ""),
            ("total variation", fitted.total_variation, tolerance),
            ("two-qubit gates", self._num_steps * fitted.two_qubit_gates, "of all steps"),
            *self._market._rows(),
        ]

    def _note(self) -> str:
        return self.fit_result.message


def _equidistant(size: int, step: Market, num_std: float, rule: Rule) -> TargetDistribution:
    """An increment of the logarithm on equidistant points."""
    mean, reach = float(step.log_mean[0]), num_std * float(step.log_std[0])
    bounds = (mean - reach, mean + reach)
    return TargetDistribution.normal(size, mean, step.log_covariance, bounds, rule=rule)
