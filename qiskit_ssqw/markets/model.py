"""Models of one price at any time, by their characteristic functions."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw import _validation as check
from qiskit_ssqw._display import Tabular
from qiskit_ssqw.markets.base import PriceDistribution


class PriceModel(Tabular):
    """A risk-neutral model of one price.

    A subclass says `characteristic_function` and `forward`; `at` makes a distribution of them.
    """

    spot: float
    """Price today."""
    rate: float
    """Annual risk-free rate, continuously compounded."""
    positive: bool = True
    """Whether all prices are positive; the characteristic function is that of their logarithm."""

    @abstractmethod
    def characteristic_function(
        self, u: NDArray[np.complex128], maturity: float
    ) -> NDArray[np.complex128]:
        """``E[exp(i u X)]`` of ``X``, the logarithm of the price or, if it may be negative, itself.

        Args:
            u: Any shape, real or complex where the mean exists.
            maturity: Time in years.
        """

    @abstractmethod
    def forward(self, maturity: float) -> float:
        """Mean of the price after so many years."""

    @abstractmethod
    def at(self, maturity: float) -> PriceDistribution:
        """The distribution of the price after so many years."""


def at_maturity(market: Any, maturity: float | None) -> PriceDistribution:
    """Return a market at maturity, from one or from a model and its time.

    Raises:
        TypeError: The market is something else, a model has no maturity, or a market that has one
            is given another.
        ValueError: The maturity is not positive.
    """
    if isinstance(market, PriceModel):
        if maturity is None:
            raise TypeError(f"a model of the price at any time needs maturity=, got {market!r}")
        return market.at(check.positive(maturity, "maturity"))
    if not isinstance(market, PriceDistribution):
        raise TypeError(f"market must be a market or a model of prices, got {market!r}")
    if maturity is not None:
        raise TypeError(
            f"the market has a maturity, {market.maturity:g}: leave out maturity={maturity}"
        )
    return market
