"""Heston's model: the variance is random and reverts to its mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Complex
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.model import PriceModel, convert
from qiskit_ssqw.markets.plausibility import warn_of_typos


@dataclass(frozen=True)
class Heston(PriceModel):
    r"""Prices whose variance ``v`` is a random process that reverts to its mean.

    .. math::

        dS = (r - q) S\, dt + \sqrt{v}\, S\, dW_1, \qquad
        dv = \kappa (\theta - v)\, dt + \sigma \sqrt{v}\, dW_2, \qquad dW_1 dW_2 = \rho\, dt

    A negative correlation makes low prices volatile, the skew of equity; the volatility of
    variance makes both tails heavy, the smile.

    Where ``2 * mean_reversion * long_run_variance`` is below ``volatility_of_variance ** 2``
    (Feller's condition is violated, as by most fits to option prices), the variance reaches 0 now
    and then, and leaves it at once. The distribution of the price stays smooth and exact all the
    same; what suffers are simulations by time steps, which must not let the variance turn negative.

    Args:
        spot: Price today.
        rate: Annual risk-free rate, continuously compounded.
        initial_variance: Annual variance today, the square of a volatility.
        mean_reversion: Speed ``kappa`` at which the variance reverts, a year.
        long_run_variance: Annual variance ``theta`` that it reverts to.
        volatility_of_variance: Volatility ``sigma`` of the variance: twice the annual standard
            deviation of its square root.
        correlation: Correlation ``rho`` of price and variance, from -1 to 1.
        dividend_yield: Annual yield of continuous dividends.

    Raises:
        TypeError: A value is not a number.
        ValueError: One of the first six but the rate is not positive, or the correlation lies
            beyond -1 or 1.

    Warns:
        MarketWarning: The volatility is above 5 or the rate beyond 1.

    References:
        S. L. Heston, Review of Financial Studies 6, 327 (1993); the form of the characteristic
        function without jumps of the logarithm is that of H. Albrecher, P. Mayer, W. Schoutens and
        J. Tistaert, "The little Heston trap", Wilmott (2007).

    Examples:
        >>> from qiskit_ssqw.finance import Call, Heston
        >>> model = Heston(100, 0.03, 0.04, 1.5, 0.04, 0.5, -0.7)
        >>> prices = model.at(1.0)
        >>> round(prices.discount * prices.expectation(Call(100)), 6)
        8.802661
    """

    spot: float
    rate: float
    initial_variance: float
    mean_reversion: float
    long_run_variance: float
    volatility_of_variance: float
    correlation: float
    dividend_yield: float = 0.0

    def __post_init__(self) -> None:
        convert(self, check.positive, "spot", "initial_variance", "mean_reversion")
        convert(self, check.positive, "long_run_variance", "volatility_of_variance")
        convert(self, check.number, "rate", "correlation", "dividend_yield")
        if abs(self.correlation) > 1:
            raise ValueError(f"correlation must lie between -1 and 1, got {self.correlation}")
        warn_of_typos(self.initial_variance**0.5, self.rate, 0.0)

    @property
    def feller_ratio(self) -> float:
        """Below 1, the variance reaches 0."""
        pull = 2 * self.mean_reversion * self.long_run_variance
        return pull / self.volatility_of_variance**2

    def _rows(self) -> list[Row]:
        remark = "the variance stays positive" if self.feller_ratio >= 1 else "it reaches 0"
        return [*super()._rows(), ("Feller ratio", self.feller_ratio, f"of the variance: {remark}")]

    def characteristic_function(self, u: Complex, maturity: float) -> Complex:
        from scipy.special import expm1, log1p  # NumPy's are imprecise for complex numbers

        # With b = kappa - rho sigma i u, d = sqrt(b**2 + sigma**2 (u**2 + i u)), E as below, the
        # trap's quotient (1 - g exp(-d T)) / (1 - g), g = (b - d) / (b + d), is 1 + (b - d) E. So
        # nothing divides by b + d, which may vanish. Where b > 0, b - d loses digits for small
        # sigma, and b + d where b < 0: each is then the other one's share of their product.
        sigma, time = self.volatility_of_variance, maturity
        bend = u * u + 1j * u
        b = self.mean_reversion - 1j * self.correlation * sigma * u
        d = np.sqrt(b * b + sigma**2 * bend)
        d = np.where(d == 0, 1e-8, d)
        decayed, falling = -expm1(-d * time) / (2 * d), b.real < 0
        larger = np.where(falling, b - d, b + d)
        gap = np.where(falling, larger / sigma**2, -bend / larger)
        quotient = np.where(
            falling,
            -(sigma**2 * bend / larger + larger * np.exp(-d * time)) / (2 * d),
            1 + sigma**2 * gap * decayed,
        )
        grown = np.where(falling, np.log(quotient), log1p(sigma**2 * gap * decayed)) / sigma**2
        level = self.mean_reversion * self.long_run_variance * (gap * time - 2 * grown)
        slope = -bend * decayed / quotient
        mean = 1j * u * np.log(self.forward(maturity))
        return np.asarray(np.exp(mean + level + self.initial_variance * slope))
