"""Models of one price at any time, by their characteristic functions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Complex
from qiskit_ssqw._display import Row, Tabular
from qiskit_ssqw.markets.base import PriceDistribution
from qiskit_ssqw.markets.plausibility import warn_of_typos


class PriceModel(ABC, Tabular):
    """A risk-neutral model of one price.

    A subclass says `characteristic_function`, from which `at` makes a distribution, and `forward`
    if it is another one than that of an asset. If it is a dataclass, its fields are printed.
    """

    spot: float
    """Price today."""
    rate: float
    """Annual risk-free rate, continuously compounded."""
    dividend_yield: float = 0.0
    """Annual yield of continuous dividends; for a currency, its own interest rate."""
    positive: bool = True
    """Whether all prices are positive; the characteristic function is that of their logarithm."""

    @abstractmethod
    def characteristic_function(self, u: Complex, maturity: float) -> Complex:
        """``E[exp(i u X)]`` of ``X``, the logarithm of the price or, if it may be negative, itself.

        Args:
            u: Any shape, real or complex where the mean exists.
            maturity: Time in years.
        """

    def forward(self, maturity: float) -> float:
        """Mean of the price after so many years: as a rule, what holding the asset costs."""
        growth = (self.rate - self.dividend_yield) * maturity
        return float(self.spot * np.exp(growth))

    def at(self, maturity: float) -> PriceDistribution:
        """The distribution of the price after so many years, by the COS method.

        A model that knows it in closed form, or whose characteristic function decays too slowly,
        says another one.

        Raises:
            ValueError: The maturity is not positive, or the characteristic function does not tell
                probabilities to 1e-8: see `CosineDistribution`.
        """
        from qiskit_ssqw.markets.cos import CosineDistribution

        return CosineDistribution(self, maturity)

    @property
    def label(self) -> str:
        """What tables and messages call it."""
        return type(self).__name__

    def _heading(self) -> str:
        return f"{self.label} model"

    def _rows(self) -> list[Row]:
        if not is_dataclass(self):
            return []
        shown = [each.name for each in fields(self) if each.repr]
        return [(name.replace("_", " "), getattr(self, name), "") for name in shown]


@dataclass(frozen=True)
class ModelPrices(PriceDistribution):
    """Prices of a model after some time.

    Args:
        model: The model of the price at any time.
        maturity: Time to maturity in years.

    Raises:
        TypeError: The maturity is no number.
        ValueError: The maturity is not positive.

    Warns:
        MarketWarning: The maturity is above 100.
    """

    model: PriceModel
    maturity: float
    rate: float = field(init=False, repr=False)
    spot: float = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "maturity", check.positive(self.maturity, "maturity"))
        object.__setattr__(self, "rate", self.model.rate)
        object.__setattr__(self, "spot", self.model.spot)
        warn_of_typos(0.0, 0.0, self.maturity)

    def _heading(self) -> str:
        return f"{self.model.label} prices after {self.maturity:g} years"

    def _rows(self) -> list[Row]:
        return [("forward", self.forward, ""), ("discount", self.discount, "")]

    @property
    def label(self) -> str:
        return self.model.label

    @property
    def forward(self) -> float:
        return self.model.forward(self.maturity)


def convert(model: PriceModel, rule: Callable[[Any, str], float], *names: str) -> None:
    """Put fields of a frozen model through a rule, such as `_validation.positive`."""
    for name in names:
        object.__setattr__(model, name, rule(getattr(model, name), name))


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
        raise TypeError(
            "market must be a market or a model of prices, behind the number of qubits, got "
            f"{market!r}"
        )
    if maturity is not None:
        raise TypeError(
            f"the market has a maturity, {market.maturity:g}: leave out maturity={maturity}"
        )
    return market
