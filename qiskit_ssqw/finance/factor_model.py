"""Correlated assets through common factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.circuit.reading import MOST_QUBITS
from qiskit_ssqw.finance.increments import Grid, normal_points
from qiskit_ssqw.finance.register_model import RegisterModel
from qiskit_ssqw.finance.registers import Price, TableSum
from qiskit_ssqw.finance.uncertainty_model import QuantumWalkUncertaintyModel
from qiskit_ssqw.markets.black_scholes import Market
from qiskit_ssqw.targets import TargetDistribution

_MOST_QUBITS = 24
"""Of one normal variable; its points are listed."""


class FactorModel(RegisterModel):
    r"""Load log-normal prices that depend on common factors, and each on a factor of its own.

    The logarithm of price ``i`` is ``m_i + s_i (sum_k a_ik M_k + b_i Z_i)``, with independent
    standard normal factors, ``b_i**2 = 1 - sum_k a_ik**2`` and the standard deviation ``s_i`` of
    its market, so that the logarithms of two prices have the correlation ``sum_k a_ik a_jk``. All
    registers are loaded side by side: no walk is fitted to a joint distribution.

    Each factor has the mean, the variance and, from 2 qubits on, the skewness and the kurtosis of
    a normal variable, and every forward is exact.

    Args:
        num_qubits: Qubits of each asset's own factor, one number for all or one per asset.
        market: Log-normal prices of the assets, without correlation.
        loadings: The ``a_ik``, shape ``(assets,)`` for one common factor, else
            ``(assets, factors)``; the squares of an asset's sum to less than 1.
        factor_qubits: Qubits of each common factor; by default those of the first asset.
        grid: ``"log"``, equally wide cells of a factor, or ``"quantile"``, equally probable ones,
            which a Hadamard gate per qubit loads.
        most_qubits: Qubits up to which all points may be listed.
        name: Name of the circuit.
        **fit_options: Options of `QuantumWalkUncertaintyModel` and `fit`.

    Raises:
        TypeError: The market is no `Market`, or a number is something else.
        ValueError: The market has one asset or a correlation, loadings have another shape or are
            too large, ``grid`` is an unknown word, or there is no qubit.

    Warns:
        LoaderAccuracyWarning: A walk misses the tolerance.

    Examples:
        >>> from qiskit_ssqw.finance import FactorModel, Market
        >>> market = Market(spot=[100.0] * 10, volatility=0.2, rate=0.02, maturity=1.0)
        >>> model = FactorModel(4, market, [0.7] * 10)
        >>> model.num_qubits, round(model.market.correlation[0][1], 9)
        (44, 0.49)
    """

    def __init__(
        self,
        num_qubits: int | Sequence[int],
        market: Market,
        loadings: ArrayLike,
        *,
        factor_qubits: int | None = None,
        grid: Grid = "log",
        most_qubits: int = MOST_QUBITS,
        name: str = "P(X)",
        **fit_options: Any,
    ) -> None:
        _check_market(market)
        check.one_of(grid, get_args(Grid), "grid")
        count = market.num_assets
        self._loadings = _checked(loadings, count)
        sizes = _sizes(num_qubits, factor_qubits, self._loadings)
        made = {
            size: QuantumWalkUncertaintyModel(_factor(size, grid), **fit_options)
            for size in dict.fromkeys(sizes)
        }
        factors = self._loadings.shape[1]
        names = [f"factor{k + 1}" for k in range(factors)] + [f"asset{i + 1}" for i in range(count)]
        models = [made[size] for size in sizes]
        super().__init__(
            list(zip(names, models, strict=True)),
            _prices(market, self._loadings, [model.target for model in models]),
            market=_correlated(market, self._loadings),
            most_qubits=most_qubits,
            name=name,
        )

    @property
    def loadings(self) -> Array:
        """The loadings of each asset on the common factors, shape ``(assets, factors)``."""
        return np.array(self._loadings)

    def _rows(self) -> list[Row]:
        factors = self._loadings.shape[1]
        return [("common factors", factors, ""), *super()._rows()]


def _factor(size: int, grid: Grid) -> TargetDistribution:
    weights, points = normal_points(size, grid, "mean")
    return TargetDistribution(weights, axes=points)


def _check_market(market: Market) -> None:
    if not isinstance(market, Market):
        raise TypeError(f"market must be a Market of log-normal prices, got {market!r}")
    if market.num_assets < 2 or market.correlation is not None:
        raise ValueError(
            "market must have several assets and no correlation, which loadings make, got "
            f"{market.num_assets} and {market.correlation!r}"
        )


def _sizes(num_qubits: Any, factor_qubits: int | None, loadings: Array) -> list[int]:
    """Qubits of the common factors, and of each asset's own."""
    count, factors = loadings.shape
    own = list(num_qubits) if isinstance(num_qubits, (list, tuple)) else [num_qubits] * count
    if len(own) != count:
        raise ValueError(f"num_qubits must name one size per asset, {count}, got {num_qubits}")
    common = own[0] if factor_qubits is None else factor_qubits
    return [
        *[check.integer(common, "factor_qubits", minimum=1, maximum=_MOST_QUBITS)] * factors,
        *(check.integer(size, "num_qubits", minimum=1, maximum=_MOST_QUBITS) for size in own),
    ]


def _checked(loadings: ArrayLike, count: int) -> Array:
    array = check.real_array(loadings, "loadings")
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or len(array) != count or array.shape[1] == 0:
        raise ValueError(
            f"loadings must have shape ({count},) or ({count}, factors), got {np.shape(loadings)}"
        )
    squares = (array**2).sum(axis=1)
    if squares.max() >= 1:
        raise ValueError(
            f"the squares of an asset's loadings must sum to less than 1, got {squares.max():g}"
        )
    return array


def _prices(market: Market, loadings: Array, targets: Sequence[TargetDistribution]) -> list[Price]:
    """How each price depends on the common factors and on its own."""
    factors = loadings.shape[1]
    prices = []
    for number, (row, std, forward) in enumerate(
        zip(loadings, market.log_std, market.forwards, strict=True)
    ):
        own = factors + number
        shares = {place: float(share) for place, share in enumerate(row) if share}
        shares[own] = float(np.sqrt(1 - row @ row))
        tables: dict[tuple[int, ...], Array] = {
            (place,): std * share * targets[place].values for place, share in shares.items()
        }
        growth = [np.log(targets[p].probabilities @ np.exp(tables[(p,)])) for p in shares]
        prices.append(Price(TableSum(tables, np.log(forward) - sum(growth)), is_log=True))
    return prices


def _correlated(market: Market, loadings: Array) -> Market:
    """The market with the correlation that the loadings make."""
    correlation = loadings @ loadings.T
    np.fill_diagonal(correlation, 1.0)
    return Market(
        market.spot,
        market.volatility,
        market.rate,
        market.maturity,
        correlation=correlation.tolist(),
        dividend_yield=market.dividend_yield,
    )
