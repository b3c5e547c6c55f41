"""The short rate of Cox, Ingersoll and Ross."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.base import checked_inner
from qiskit_ssqw.markets.model import ModelPrices, PriceModel, convert
from qiskit_ssqw.markets.plausibility import warn_of_typos

Measure = Literal["forward", "risk-neutral"]


@dataclass(frozen=True)
class CIR(PriceModel):
    r"""An interest rate that reverts to its mean and is never negative.

    .. math::  dr = \kappa (\theta - r)\, dt + \sigma \sqrt{r}\, dW

    The "price" of this model is the short rate itself. It also discounts, so that a payoff is
    not worth its risk-neutral mean times a discount. It is worth the price of the zero-coupon bond
    times the mean under the *forward measure*, which weighs each path by what it discounts. That
    is the default: the distribution's ``discount`` is the bond, its ``rate`` the bond's yield, its
    mean the instantaneous forward rate, and a cap or floor on the rate, paid at maturity, is priced
    exactly.

    Args:
        initial_rate: Short rate today.
        mean_reversion: Speed ``kappa`` at which the rate reverts, a year.
        long_run_rate: Rate ``theta`` that it reverts to.
        volatility: Volatility ``sigma`` of the rate: twice the annual standard deviation of its
            square root.
        measure: ``"forward"`` or ``"risk-neutral"``, which tells how the rate itself is
            distributed; the discount is then the bond still, and its product with a mean no price.

    Raises:
        TypeError: A value is not a number.
        ValueError: A number is not positive, or the measure another word.

    Warns:
        MarketWarning: A rate is above 1.

    References:
        J. C. Cox, J. E. Ingersoll and S. A. Ross, Econometrica 53, 385 (1985), equations (18) for
        the distribution, (23) for bonds and (32) for the forward measure.

    Examples:
        >>> from qiskit_ssqw.finance import CIR
        >>> model = CIR(0.03, 0.5, 0.05, 0.1)
        >>> round(model.bond_price(2.0), 6), round(model.forward(2.0), 6)
        (0.928223, 0.042353)
    """

    initial_rate: float
    mean_reversion: float
    long_run_rate: float
    volatility: float
    measure: Measure = "forward"
    spot: float = field(init=False, repr=False)
    """The short rate today."""
    rate: float = field(init=False, repr=False)
    """The short rate today."""

    positive = False  # it may be 0, and cells equally wide suit a rate

    def __post_init__(self) -> None:
        convert(self, check.positive, "initial_rate", "mean_reversion")
        convert(self, check.positive, "long_run_rate", "volatility")
        object.__setattr__(self, "spot", self.initial_rate)
        object.__setattr__(self, "rate", self.initial_rate)
        check.one_of(self.measure, get_args(Measure), "measure")
        warn_of_typos(0.0, max(self.initial_rate, self.long_run_rate), 0.0)

    def bond_price(self, maturity: float) -> float:
        """Price today of 1 after so many years."""
        speed, pull = self._speed, self.mean_reversion
        decay, lost = np.exp(-speed * maturity), -np.expm1(-speed * maturity)
        denominator = 2 * speed * decay + (pull + speed) * lost
        power = 2 * pull * self.long_run_rate / self.volatility**2
        level = power * (np.log(2 * speed / denominator) - (speed - pull) * maturity / 2)
        return float(np.exp(level - 2 * lost / denominator * self.initial_rate))

    def forward(self, maturity: float) -> float:
        scale, degrees, shift = self.chi_squared(maturity)
        return scale * (degrees + shift)

    def chi_squared(self, maturity: float) -> tuple[float, float, float]:
        """Scale, degrees of freedom and non-centrality of the rate's chi-squared distribution."""
        pull, square = self.mean_reversion, self.volatility**2
        speed = pull if self.measure == "risk-neutral" else self._speed
        decay, lost = np.exp(-speed * maturity), -np.expm1(-speed * maturity)
        denominator = 2 * speed * decay + (pull + speed) * lost
        scale = square * lost / (2 * denominator)
        degrees = 4 * pull * self.long_run_rate / square
        shift = 8 * self.initial_rate * speed**2 * decay / (square * lost * denominator)
        return float(scale), float(degrees), float(shift)

    @property
    def _speed(self) -> float:
        return float(np.sqrt(self.mean_reversion**2 + 2 * self.volatility**2))

    def characteristic_function(self, u: Complex, maturity: float) -> Complex:
        scale, degrees, shift = self.chi_squared(maturity)
        spread = 1 - 2j * scale * u
        return np.asarray(np.exp(1j * u * scale * shift / spread - degrees / 2 * np.log(spread)))

    def at(self, maturity: float) -> CIRRates:
        """The distribution of the rate after so many years, a chi-squared one."""
        return CIRRates(self, maturity)


@dataclass(frozen=True)
class CIRRates(ModelPrices):
    """Short rates after some time, in closed form; ``rate`` is the bond's yield to maturity.

    Arguments, errors and warnings are those of `ModelPrices`.
    """

    model: CIR

    positive = False

    def __post_init__(self) -> None:
        super().__post_init__()
        bond = self.model.bond_price(self.maturity)
        object.__setattr__(self, "rate", float(-np.log(bond) / self.maturity))

    def _heading(self) -> str:
        return f"{self.label} rates after {self.maturity:g} years"

    def _rows(self) -> list[Row]:
        rows = [("mean", self.forward, f"{self.model.measure} measure")]
        return [*rows, ("discount", self.discount, "price of the bond")]

    def cdf(self, prices: Array) -> Array:
        return self._chi_squared(prices, 0)

    def partial_mean(self, prices: Array) -> Array:
        # x f(x; k, c) = k f(x; k + 2, c) + c f(x; k + 4, c) for the non-central density f.
        scale, degrees, shift = self.model.chi_squared(self.maturity)
        central, shifted = self._chi_squared(prices, 2), self._chi_squared(prices, 4)
        return scale * (degrees * central + shift * shifted)

    def quantile(self, probabilities: ArrayLike) -> Array:
        return self._quantile("ppf", probabilities)

    def upper_quantile(self, probabilities: ArrayLike) -> Array:
        return self._quantile("isf", probabilities)

    def _quantile(self, name: str, probabilities: ArrayLike) -> Array:
        from scipy.stats import ncx2

        scale, degrees, shift = self.model.chi_squared(self.maturity)
        found = getattr(ncx2, name)(checked_inner(probabilities), degrees, shift)
        return np.asarray(scale * found)

    def _chi_squared(self, rates: Array, more_degrees: int) -> Array:
        from scipy.stats import ncx2

        scale, degrees, shift = self.model.chi_squared(self.maturity)
        return np.asarray(ncx2.cdf(np.asarray(rates) / scale, degrees + more_degrees, shift))
