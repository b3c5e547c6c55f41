"""Merton's model: a diffusion and jumps, both normal in the logarithm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Complex
from qiskit_ssqw.markets.model import PriceModel, convert
from qiskit_ssqw.markets.plausibility import warn_of_typos


@dataclass(frozen=True)
class Merton(PriceModel):
    """Prices that diffuse and, at random times, jump.

    The logarithm jumps by normal amounts, at the times of a Poisson process. Crashes are what it is
    for: the smiles of short maturities, which diffusions cannot make.

    Args:
        spot: Price today.
        rate: Annual risk-free rate, continuously compounded.
        volatility: Annual volatility between the jumps.
        jump_intensity: Mean number of jumps a year, at least 0.
        jump_mean: Mean of what a jump adds to the logarithm of the price.
        jump_std: Standard deviation of it, at least 0.
        dividend_yield: Annual yield of continuous dividends.

    Raises:
        TypeError: A value is not a number.
        ValueError: ``spot`` or ``volatility`` is not positive, or ``jump_intensity`` or
            ``jump_std`` negative.

    Warns:
        MarketWarning: The volatility is above 5 or the rate beyond 1.

    References:
        R. C. Merton, Journal of Financial Economics 3, 125 (1976).
    """

    spot: float
    rate: float
    volatility: float
    jump_intensity: float
    jump_mean: float
    jump_std: float
    dividend_yield: float = 0.0

    def __post_init__(self) -> None:
        convert(self, check.positive, "spot", "volatility")
        convert(self, check.at_least_zero, "jump_intensity", "jump_std")
        convert(self, check.number, "rate", "jump_mean", "dividend_yield")
        warn_of_typos(self.volatility, self.rate, 0.0)

    def characteristic_function(self, u: Complex, maturity: float) -> Complex:
        mean = 1j * u * np.log(self.forward(maturity))
        diffusion = -(self.volatility**2) / 2 * (u * u + 1j * u)
        jumps = normal_jumps(u, self.jump_intensity, self.jump_mean, self.jump_std)
        return np.asarray(np.exp(mean + maturity * (diffusion + jumps)))


def normal_jumps(u: Complex, intensity: float, mean: float, std: float) -> Complex:
    """What jumps add to the exponent of a characteristic function a year, the mean price kept.

    Args:
        u: Where it is asked for.
        intensity: Mean number of jumps a year.
        mean: Mean of what a jump adds to the logarithm.
        std: Standard deviation of it.
    """
    compensated = np.expm1(1j * u * mean - std**2 / 2 * u * u)
    return np.asarray(intensity * (compensated - 1j * u * np.expm1(mean + std**2 / 2)))
