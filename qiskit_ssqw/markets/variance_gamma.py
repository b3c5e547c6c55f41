"""The variance gamma model: a Brownian motion whose clock is a gamma process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array, Complex
from qiskit_ssqw.markets.model import ModelPrices, PriceModel, convert
from qiskit_ssqw.markets.plausibility import warn_of_typos

_STEP, _STEP_OF_SHAPE, _STEP_OF_DRIFT = 0.25, 0.5, 1.5
"""Steps of the quadrature with errors below 1e-14: the largest, and for narrow clocks and narrow
normal distributions, which `_Clock.quadrature` explains."""
_FINEST = 1e-18
"""Standard deviation of the logarithm that no price in floating point can tell from 0."""
_BLOCK = 2**18


@dataclass(frozen=True)
class VarianceGamma(PriceModel):
    """Prices that move by jumps only, most of them tiny: a Brownian motion on a random clock.

    The logarithm is ``drift * g + volatility * W(g)``, where ``g`` is a gamma process with mean
    ``t`` and variance ``variance_rate * t``. The drift sets the skew, the variance rate the excess
    kurtosis, which is ``3 * variance_rate / maturity`` without drift.

    Args:
        spot: Price today.
        rate: Annual risk-free rate, continuously compounded.
        volatility: Annual volatility of the Brownian motion.
        drift: Annual drift of it; negative for a skew to low prices.
        variance_rate: Annual variance of the clock.
        dividend_yield: Annual yield of continuous dividends.

    Raises:
        TypeError: A value is not a number.
        ValueError: ``spot``, ``volatility`` or ``variance_rate`` is not positive, or the price has
            no mean: ``(drift + volatility**2 / 2) * variance_rate`` is 1 or more.

    Warns:
        MarketWarning: The volatility is above 5 or the rate beyond 1.

    References:
        D. B. Madan, P. Carr and E. C. Chang, European Finance Review 2, 79 (1998).
    """

    spot: float
    rate: float
    volatility: float
    drift: float
    variance_rate: float
    dividend_yield: float = 0.0

    def __post_init__(self) -> None:
        convert(self, check.positive, "spot", "volatility", "variance_rate")
        convert(self, check.number, "rate", "drift", "dividend_yield")
        if self.mean_reserve <= 0:
            raise ValueError(
                "(drift + volatility**2 / 2) * variance_rate must be below 1, or the price has no "
                f"mean, got {1 - self.mean_reserve:g}"
            )
        warn_of_typos(self.volatility, self.rate, 0.0)

    @property
    def label(self) -> str:
        return "variance gamma"

    @property
    def mean_reserve(self) -> float:
        """How far the clock's tail is from giving the price an infinite mean, between 1 and 0."""
        return 1 - (self.drift + self.volatility * self.volatility / 2) * self.variance_rate

    def log_start(self, maturity: float) -> float:
        """The logarithm of the price where the Brownian motion adds nothing to it."""
        compensation = np.log(self.mean_reserve) * maturity / self.variance_rate
        return float(np.log(self.forward(maturity)) + compensation)

    def characteristic_function(self, u: Complex, maturity: float) -> Complex:
        from scipy.special import log1p

        spread = self.volatility**2 / 2 * u * u - 1j * self.drift * u
        clock = -maturity / self.variance_rate * log1p(self.variance_rate * spread)
        return np.asarray(np.exp(1j * u * self.log_start(maturity) + clock))

    def at(self, maturity: float) -> VarianceGammaPrices:
        """The distribution of the price after so many years, by quadrature over the clock."""
        return VarianceGammaPrices(self, maturity)


@dataclass(frozen=True)
class VarianceGammaPrices(ModelPrices):
    """Prices of the variance gamma model after some time, to rounding error.

    Given the clock, the logarithm is normal, so that the distribution function is a mean of normal
    ones. The characteristic function decays too slowly to use it: as a power of the frequency, to
    ``2 * maturity / variance_rate``. Arguments, errors and warnings are those of `ModelPrices`.
    """

    model: VarianceGamma

    @property
    def label(self) -> str:
        return f"{self.model.label}, mixture of normal distributions"

    def cdf(self, prices: Array) -> Array:
        model = self.model
        clock = _Clock(self.maturity / model.variance_rate, model.variance_rate)
        return self._mixture(prices, clock, model.drift)

    def partial_mean(self, prices: Array) -> Array:
        # Weighted by its price, a variance gamma price is one again: the normal distributions are
        # shifted by their variances, and later clocks weigh more.
        model = self.model
        scale = model.variance_rate / model.mean_reserve
        clock = _Clock(self.maturity / model.variance_rate, scale)
        return self.forward * self._mixture(prices, clock, model.drift + model.volatility**2)

    def _mixture(self, prices: Array, clock: _Clock, drift: float) -> Array:
        from scipy.special import ndtr

        places = self.coordinate(prices) - self.model.log_start(self.maturity)
        volatility = self.model.volatility
        times, weights = clock.quadrature(_FINEST / volatility, abs(drift) / volatility)
        means, stds = drift * times, volatility * np.sqrt(times)
        found = []
        for part in np.array_split(places.ravel(), 1 + places.size * len(times) // _BLOCK):
            right = part >= 0  # where no time has passed, all probability is at 0
            sign = np.where(right, -1.0, 1.0)[:, None]
            beyond = ndtr(sign * (part[:, None] - means) / stds) @ weights
            found.append(np.where(right, 1 - beyond, beyond))
        return np.concatenate(found).clip(0.0, 1.0).reshape(places.shape)


class _Clock(NamedTuple):
    """A gamma distribution of times."""

    shape: float
    scale: float

    def quadrature(self, shortest: float, drift: float) -> tuple[Array, Array]:
        """Times and weights that integrate normal distribution functions less a step at 0.

        The trapezoidal rule in the logarithm of the time, whose error falls exponentially with the
        step: the integrand is analytic, its largest frequency that of the density, the root of the
        shape, or that of a normal distribution whose mean moves fast in its standard deviations.

        Args:
            shortest: Square root of the time below which the functions vanish.
            drift: Size of the normal mean after one year, in standard deviations then.
        """
        from scipy.special import gammainccinv, gammaincinv, gammaln

        with np.errstate(divide="ignore"):
            first = np.log(gammaincinv(self.shape, 1e-18))
        first = max(float(first), 2 * np.log(shortest) - np.log(self.scale))
        last = float(np.log(gammainccinv(self.shape, 1e-18)))
        speed = 2 * drift * np.sqrt(self.scale * np.exp(last))
        step = min(_STEP, _STEP_OF_SHAPE / np.sqrt(self.shape + 1), _STEP_OF_DRIFT / (speed + 1))
        logs = np.arange(first - step, last + 2 * step, step)
        apart = logs - np.log(self.shape)
        height = self.shape * (np.log(self.shape) - 1) - gammaln(self.shape)
        weights = step * np.exp(height - self.shape * (np.expm1(apart) - apart))
        if self.shape > 1:
            weights /= weights.sum()  # better known than the logarithm of a large gamma function
        return self.scale * np.exp(logs), weights
