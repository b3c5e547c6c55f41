"""Bachelier's model: normal prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.base import checked_inner
from qiskit_ssqw.markets.model import ModelPrices, PriceModel, convert
from qiskit_ssqw.markets.normal_cells import normal_pdf
from qiskit_ssqw.markets.paths import weights_of_steps
from qiskit_ssqw.markets.plausibility import warn_of_typos


@dataclass(frozen=True)
class Bachelier(PriceModel):
    """Prices that are normal, and so may be negative: of spreads, interest rates, power.

    At maturity the mean is the forward, and the standard deviation the volatility times the root of
    the time, as markets quote normal volatilities. So along a path the price less its forward is a
    Brownian motion.

    Args:
        spot: Price today, of any sign.
        rate: Annual risk-free rate, continuously compounded.
        volatility: Annual volatility in units of the price, not relative to it.
        dividend_yield: Annual yield of continuous dividends; equal to the rate, say, for a forward.

    Raises:
        TypeError: A value is not a number.
        ValueError: ``volatility`` is not positive.

    Warns:
        MarketWarning: The rate is beyond 1.
    """

    spot: float
    rate: float
    volatility: float
    dividend_yield: float = 0.0

    positive = False

    def __post_init__(self) -> None:
        convert(self, check.positive, "volatility")
        convert(self, check.number, "spot", "rate", "dividend_yield")
        warn_of_typos(0.0, self.rate, 0.0)

    def characteristic_function(self, u: Complex, maturity: float) -> Complex:
        variance = self.volatility**2 * maturity
        return np.asarray(np.exp(1j * u * self.forward(maturity) - variance / 2 * u * u))

    def at(self, maturity: float) -> BachelierPrices:
        """The normal distribution of the price after so many years."""
        return BachelierPrices(self, maturity)


@dataclass(frozen=True)
class BachelierPrices(ModelPrices):
    """Normal prices, in closed form; arguments, errors and warnings are those of `ModelPrices`."""

    model: Bachelier

    positive = False

    def _rows(self) -> list[Row]:
        forward, discount = super()._rows()
        return [forward, ("standard deviation", self.std, ""), discount]

    @property
    def std(self) -> float:
        """Standard deviation of the price."""
        return float(self.model.volatility * np.sqrt(self.maturity))

    def num_normals(self, num_steps: int | None = None) -> int:
        return 1 if num_steps is None else check.integer(num_steps, "num_steps", minimum=1)

    def prices_of(self, normals: Array, num_steps: int | None = None) -> Array:
        if num_steps is None:
            return np.asarray(self.forward + self.std * normals[:, 0])
        steps = self.std / np.sqrt(num_steps) * normals
        return np.asarray(self.path_forwards(num_steps) + np.cumsum(steps, axis=1))

    def weighted_sum(self, weights: Array, num_steps: int | None = None) -> BachelierPrices | None:
        if num_steps is None or len(weights) != num_steps:
            return None
        mean = float(weights @ self.path_forwards(num_steps))
        std = self.std * float(np.sqrt(np.mean(weights_of_steps(weights) ** 2)))
        if std == 0:
            return None
        model = Bachelier(mean, self.rate, std / np.sqrt(self.maturity), dividend_yield=self.rate)
        return model.at(self.maturity)

    def path_forwards(self, num_steps: int) -> Array:
        """Mean of the price at each time of a path."""
        times = self.maturity * np.arange(1, num_steps + 1) / num_steps
        return np.array([self.model.forward(time) for time in times])

    def cdf(self, prices: Array) -> Array:
        from scipy.special import ndtr

        return np.asarray(ndtr((np.asarray(prices) - self.forward) / self.std))

    def partial_mean(self, prices: Array) -> Array:
        places = (np.asarray(prices) - self.forward) / self.std
        return np.asarray(self.forward * self.cdf(prices) - self.std * normal_pdf(places))

    def quantile(self, probabilities: ArrayLike) -> Array:
        from scipy.special import ndtri

        return np.asarray(self.forward + self.std * ndtri(checked_inner(probabilities)))

    def upper_quantile(self, probabilities: ArrayLike) -> Array:
        return np.asarray(2 * self.forward - self.quantile(probabilities))
